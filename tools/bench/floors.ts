/**
 * What the same primitives need for the least that a protocol has to do: the bare floor of an update, and two comparators of table 1 of the paper, *pairwise* channels and *sender keys*.
 *
 * @module
 */
import { randomBytes } from "node:crypto"
import type { Primitives } from "../../reference/crypto/crypto.ts"
import { openBase, sealBase } from "../../reference/crypto/hpke.ts"
import type { Task } from "./measure.ts"

/** A floor, with the operation and the party that it is the floor of. */
export interface Floor {
  readonly name: string
  readonly operation: string
  readonly who: string
  readonly task: Task
}

const random = (length: number) => new Uint8Array(randomBytes(length))
const empty = new Uint8Array()
const payload = new Uint8Array(32)

const derive = (primitives: Primitives, key: Uint8Array) => primitives.hkdfExpand(key, payload, 32)!

const pairs = (primitives: Primitives, count: number) =>
  Array.from({ length: count }, () => {
    const secretKey = random(32)
    return { secretKey, publicKey: primitives.x25519PublicKey(secretKey) }
  })

const task = (setUp: () => () => void): Task => ({ prepare: setUp })

/** A fresh seed for each other member: for each two new key pairs, one sealed message and one derived secret; and a signature. */
const seedToAll = (primitives: Primitives, n: number, others: ReadonlyArray<{ readonly publicKey: Uint8Array }>) =>
  task(() => {
    const recipients = others.map(({ publicKey }) => Uint8Array.from(publicKey))
    const signingKey = random(32)
    return () => {
      const seed = primitives.hkdfExtract(empty, random(32))
      for (const recipientPublicKey of recipients) {
        for (const secretKey of [random(32), random(32)]) primitives.x25519PublicKey(secretKey)
        const plaintext = new Uint8Array(110)
        sealBase(primitives, { recipientPublicKey, ephemeralSecretKey: random(32), info: payload, associatedData: payload, plaintext })
      }
      for (let member = 0; member < n; member++) derive(primitives, seed)
      primitives.ed25519PublicKey(random(32))
      primitives.ed25519Sign(signingKey, payload)
    }
  })

/** The seed opened, all members' secrets derived from it, the signature verified, an acknowledgement signed. */
const seedTaken = (primitives: Primitives, n: number) => {
  const [own] = pairs(primitives, 1)
  const sealed = sealBase(primitives, {
    recipientPublicKey: own!.publicKey,
    ephemeralSecretKey: random(32),
    info: payload,
    associatedData: payload,
    plaintext: new Uint8Array(110),
  })!
  const signingSecretKey = random(32)
  const signature = primitives.ed25519Sign(signingSecretKey, payload)
  const publicKey = primitives.ed25519PublicKey(signingSecretKey)
  return task(() => {
    const [recipientSecretKey, signer, acknowledger] = [Uint8Array.from(own!.secretKey), Uint8Array.from(publicKey), random(32)]
    return () => {
      openBase(primitives, { recipientSecretKey, ...sealed, info: payload, associatedData: payload })
      const seed = primitives.hkdfExtract(empty, payload)
      for (let member = 0; member < n; member++) derive(primitives, seed)
      primitives.ed25519Verify(signer, payload, signature)
      primitives.ed25519Sign(acknowledger, payload)
    }
  })
}

const chainStep = (primitives: Primitives, key: Uint8Array) => {
  const messageKey = derive(primitives, key)
  derive(primitives, key)
  return messageKey
}

const signedMessage = (primitives: Primitives) =>
  task(() => {
    const [chain, signingKey] = [random(32), random(32)]
    return () => {
      primitives.aeadSeal(chainStep(primitives, chain), new Uint8Array(12), payload, payload)
      primitives.ed25519Sign(signingKey, payload)
    }
  })

/** A message for each other member in a channel with it: a step of its chain, and a sealed message. */
const messageToEach = (primitives: Primitives, n: number) =>
  task(() => {
    const chains = Array.from({ length: n - 1 }, () => random(32))
    return () => {
      for (const chain of chains) primitives.aeadSeal(chainStep(primitives, chain), new Uint8Array(12), payload, payload)
    }
  })

/** All floors in a group of `n`. */
export const floors = (primitives: Primitives, n: number): ReadonlyArray<Floor> => {
  const others = pairs(primitives, n - 1)
  return [
    { name: "bare floor", operation: "update", who: "sender", task: seedToAll(primitives, n, others) },
    { name: "bare floor", operation: "update", who: "one recipient", task: seedTaken(primitives, n) },
    { name: "bare floor", operation: "message", who: "sender", task: signedMessage(primitives) },
    { name: "pairwise", operation: "message", who: "sender", task: messageToEach(primitives, n) },
    { name: "sender keys", operation: "message", who: "sender", task: signedMessage(primitives) },
    { name: "sender keys", operation: "remove", who: "each member", task: messageToEach(primitives, n) },
  ]
}
