/**
 * Chains of application messages, computed as the chapter says, apart from the reference.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives as crypto } from "../../../reference/crypto/providers/node.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { labels } from "../../../spec/conventions/labels.ts"
import { ApplicationMessage } from "../../../spec/dcgka/application-messages.ts"
import type { Author } from "../author.ts"
import { filled, hexOf, repeated } from "../people.ts"

export const group = filled(0x99, 16)
export const alice = filled(0xaa, 16)
export const bob = filled(0xbb, 16)
export const signingKeys = { alice: repeated("alice's signing key"), bob: repeated("bob's signing key") }

/** The update secret that Alice's message with this number gave. */
export const secretOf = (seq: number): string => repeated(`update secret ${seq}`)

/** What can be otherwise about a message. */
export interface Variation {
  readonly inGroup?: string
  readonly signedBy?: string
  readonly secret?: string
  /** The update secret to which the signature commits. */
  readonly committedTo?: string
  readonly guard?: string
  readonly text?: string
  /** What is signed and sent in place of the sealed payload. */
  readonly ciphertext?: Uint8Array
}

const statesOf = new Map<string, Array<Uint8Array>>()

const stepOf = (state: Uint8Array, context: ReadonlyArray<Uint8Array | number>) => {
  const both = crypto.hkdfExpand(state, encodeCbor([labels.applicationChain, ...context]), 64)!
  return { key: both.slice(0, 32), next: both.slice(32) }
}

const keyOf = (secret: string, place: ReadonlyArray<Uint8Array>, seq: number, index: number): Uint8Array => {
  const name = [secret, ...place.map((one) => Hex.encode(one)), seq].join()
  const states = statesOf.get(name) ?? [bytesOf(secret)]
  statesOf.set(name, states)
  while (states.length <= index) states.push(stepOf(states.at(-1)!, [...place, seq, states.length - 1]).next)
  return stepOf(states[index]!, [...place, seq, index]).key
}

const commitmentOf = (secret: string, place: ReadonlyArray<Uint8Array>, seq: number): Uint8Array =>
  crypto.hkdfExpand(bytesOf(secret), encodeCbor([labels.applicationCommitment, ...place, seq]), 32)!

/** The commitment of Alice's chain `seq`, by name. */
export const committedBy = (seq: number) => ({
  name: "the commitment of the chain",
  value: Hex.encode(commitmentOf(secretOf(seq), [bytesOf(group), bytesOf(alice)], seq)),
})

/** The key of message `index` of Alice's chain `seq`, and the state of the chain before it, by name. */
export const secretsOf = (seq: number, index: number) => {
  const place = [bytesOf(group), bytesOf(alice)]
  const key = keyOf(secretOf(seq), place, seq, index)
  const state = statesOf.get([secretOf(seq), group, alice, seq].join())![index]!
  return {
    key: { name: `the key of message ${index}`, value: Hex.encode(key) },
    state: { name: `the state of the chain before message ${index}`, value: Hex.encode(state) },
  }
}

/** Message `index` of Alice's chain `seq`, as anybody who knows its secret can seal it. */
export const messageOf = (seq: number, index: number, variation: Variation = {}): string => {
  const { inGroup = group, signedBy = signingKeys.alice, secret = secretOf(seq), text = `message ${index}` } = variation
  const guard = bytesOf(variation.guard ?? filled(index % 256, 8))
  const place = [bytesOf(inGroup), bytesOf(alice)]
  const context = [...place, seq, index]
  const nonce = new Uint8Array([0, 0, 0, 0, ...guard])
  const associatedData = encodeCbor([labels.applicationMessage, ...context])
  const sealed = crypto.aeadSeal(keyOf(secret, place, seq, index), nonce, associatedData, new TextEncoder().encode(text))
  const ciphertext = variation.ciphertext ?? sealed
  const commitment = commitmentOf(variation.committedTo ?? secret, place, seq)
  const content = encodeCbor([labels.applicationSignature, ...context, commitment, guard, ciphertext])
  const signature = crypto.ed25519Sign(bytesOf(signedBy), content)
  const fields = { group: inGroup, sender: alice, seq, index, guard, ciphertext, signature }
  return Hex.encode(encodeWire(ApplicationMessage, { type: "application-message", ...fields }))
}

/** The first `count` messages of Alice's chain `seq`. */
export const messagesOf = (seq: number, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => messageOf(seq, index))

/** What Alice states of a chain of these messages; null for none. */
export const statementOf = (messages: ReadonlyArray<string>) => {
  let digest = new Uint8Array(32)
  for (const message of messages) {
    digest = new Uint8Array(crypto.sha256(encodeCbor([labels.applicationDigest, digest, crypto.sha256(bytesOf(message))])))
  }
  return messages.length === 0 ? null : { length: messages.length, digest: Hex.encode(digest) }
}

export const seed = { alice: repeated("alice"), bob: repeated("bob") }

export const publicKey = (author: Author, secretKey: string) => author.accepts("primitives.ed25519-public", { secretKey }).publicKey

/** What is told of chains. */
export interface ChainReport {
  readonly differ: ReadonlyArray<number>
  readonly lost: ReadonlyArray<{ readonly seq: number; readonly count: number }>
  readonly uncompared: ReadonlyArray<{ readonly seq: number; readonly count: number }>
}

const nothing: ChainReport = { differ: [], lost: [], uncompared: [] }

/** Bob is given Alice's chain with this number. */
export const begins = (author: Author, seq: number, signedBy = signingKeys.alice) =>
  author.accepts("application.begin-other", {
    on: "bob",
    member: alice,
    seq,
    updateSecret: secretOf(seq),
    signingKey: publicKey(author, signedBy),
  })

/** Bob, who has Alice's chains with these numbers. */
export const bobWith = (author: Author, ...chains: ReadonlyArray<number>) => {
  author.accepts("application.start", { on: "bob", group, me: bob, seed: seed.bob })
  for (const seq of chains) begins(author, seq)
}

/** Alice, with her chain 1. */
export const aliceWith = (author: Author) => {
  author.accepts("application.start", { on: "alice", group, me: alice, seed: seed.alice })
  author.accepts("application.begin-own", { on: "alice", seq: 1, updateSecret: secretOf(1) })
}

export const seals = (author: Author, text: string, on = "alice") =>
  author.accepts("application.seal", { on, signingSecretKey: signingKeys.alice, payload: hexOf(text) })

export const opens = (
  author: Author,
  message: string,
  seq: number,
  index: number,
  text = `message ${index}`,
  told: Partial<ChainReport> = {},
) =>
  author.gives(
    "application.open",
    { on: "bob", seen: 9, message },
    { sender: alice, seq, index, payload: hexOf(text), ...nothing, ...told },
  )

export const ignored = (author: Author, message: string) => author.ignores("application.open", { on: "bob", seen: 9, message })

/** The chain before Alice's message `seq` ends, with a statement. */
export const ends = (author: Author, seq: number, chain: ReturnType<typeof statementOf>, told: Partial<ChainReport> = {}) =>
  author.gives("application.end", { on: "bob", member: alice, seq, chain }, { ...nothing, ...told })

/** That so many messages of Alice's chain have not come, and it cannot be compared. */
export const lacking = (seq: number, count: number): Partial<ChainReport> => ({ uncompared: [{ seq, count }] })

/** Bob opens the messages of a chain with these indexes, none of them more than 256 ahead. */
export const leaps = (author: Author, seq: number, ...indexes: ReadonlyArray<number>) => {
  for (const index of indexes) opens(author, messageOf(seq, index), seq, index)
}
