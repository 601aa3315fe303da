/** What dishonest members and the network may do to the MLS back end: keys of small order, paths with other keys than were derived, bytes changed anywhere. */
import { Effect, Layer, Result } from "effect"
import { createCommit, decodeGroupState, emptyPskIndex, encodeMlsMessage, type PublicKey } from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { beforeAll, describe, expect, it } from "vitest"
import type { MlsGroup, TreeKemGroup } from "../../../spec/delivery-service/tree-kem.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { injected } from "../../crypto/randomness.ts"
import { seeded, withFlippedBit } from "../../crypto/test/seeded.ts"
import { drawingSuite } from "../tree-kem/mls-suite.ts"
import * as TreeKem from "../tree-kem.ts"

const group = "33".repeat(16)

const run = <A, E, R>(user: string, effect: Effect.Effect<A, E, R>): Promise<Result.Result<A, E>> => {
  const seed = new TextEncoder().encode(user.repeat(32).slice(0, 32))
  const layer = Layer.provideMerge(injected(seed), Layer.succeed(Crypto, nodePrimitives))
  return Effect.runPromise(Effect.result(effect).pipe(Effect.provide(layer)) as Effect.Effect<Result.Result<A, E>>)
}

const as = async <A, E, R>(user: string, effect: Effect.Effect<A, E, R>): Promise<A> => Result.getOrThrow(await run(user, effect))

const clause = (result: Result.Result<unknown, unknown>) =>
  Result.isFailure(result) ? (result.failure as { readonly clause: string }).clause : "accepted"

let alice: TreeKemGroup
let bob: TreeKemGroup
let carol: TreeKemGroup
let update: Uint8Array
let addition: Uint8Array
let welcome: Uint8Array
let commit: Uint8Array

beforeAll(async () => {
  const outside = await Promise.all(["alice", "bob", "carol", "dave"].map((user) => as(user, TreeKem.init("mls", user, 0))))
  alice = await as("alice", TreeKem.found(outside[0]!, group))
  for (const one of outside.slice(1, 3)) {
    const made = await as("alice", TreeKem.proposeAdd(alice, one.keyPackage))
    alice = (await as("alice", TreeKem.admit(made.state, made.proposal))).state
  }
  const first = await as("alice", TreeKem.commit(alice, TreeKem.select(alice)))
  alice = first.next
  welcome = first.welcome!
  bob = await as("bob", TreeKem.join(outside[1]!, welcome))
  carol = await as("carol", TreeKem.join(outside[2]!, welcome))
  update = (await as("carol", TreeKem.proposeUpdate(carol))).proposal
  addition = (await as("carol", TreeKem.proposeAdd(carol, outside[3]!.keyPackage))).proposal
  commit = (await as("carol", TreeKem.commit(carol, []))).commit
})

/** A commit by alice with a suite that was tampered with. */
const tampered = async (publicKey: (key: PublicKey) => Promise<PublicKey>) => {
  const suite = await drawingSuite(nodePrimitives, new Uint8Array(32).fill(9))
  const deriveKeyPair: typeof suite.hpke.deriveKeyPair = async (material) => {
    const pair = await suite.hpke.deriveKeyPair(material)
    return { ...pair, publicKey: await publicKey(pair.publicKey) }
  }
  const state = { ...decodeGroupState((alice as MlsGroup).state, 0)![0], clientConfig: defaultClientConfig }
  const rigged = { ...suite, hpke: { ...suite.hpke, deriveKeyPair } }
  const made = await createCommit({ state, cipherSuite: rigged, pskIndex: emptyPskIndex }, { wireAsPublicMessage: true })
  return encodeMlsMessage(made.commit)
}

describe("a dishonest committer", () => {
  it("is found out by nobody when it does as it should", async () => {
    const honest = await tampered(async (key) => key)
    expect(clause(await run("bob", TreeKem.process(bob, honest)))).toBe("accepted")
  })

  it("cannot put other keys on its path than those that it sends", async () => {
    const { hpke } = await drawingSuite(nodePrimitives, new Uint8Array(32).fill(7))
    const other = await tampered(async () => (await hpke.generateKeyPair()).publicKey)
    expect(clause(await run("bob", TreeKem.process(bob, other)))).toBe("tree-kem.decrypts")
  })

  it("cannot put keys of small order there", async () => {
    const { hpke } = await drawingSuite(nodePrimitives, new Uint8Array(32).fill(7))
    let keys = 0
    const small = await tampered(async () => hpke.importPublicKey(new Uint8Array(32).fill(0, 1).fill(keys++ % 2, 0, 1)))
    expect(clause(await run("bob", TreeKem.process(bob, small)))).toBe("tree-kem.decrypts")
  })
})

describe("changed bytes", () => {
  const random = seeded("changed bytes")

  it.each(["update", "addition"])("of an %s are never admitted", async (name) => {
    const proposal = name === "update" ? update : addition
    expect(clause(await run("bob", TreeKem.admit(bob, proposal)))).toBe("accepted")
    for (let count = 0; count < 150; count++) {
      expect(clause(await run("bob", TreeKem.admit(bob, withFlippedBit(random, proposal))))).toMatch(/^tree-kem\./)
    }
  })

  it("of a commit are never processed", async () => {
    expect(clause(await run("bob", TreeKem.process(bob, commit)))).toBe("accepted")
    for (let count = 0; count < 150; count++) {
      expect(clause(await run("bob", TreeKem.process(bob, withFlippedBit(random, commit))))).toMatch(/^tree-kem\./)
    }
  })

  it("of a welcome are never joined by", async () => {
    const outside = await as("carol", TreeKem.init("mls", "carol", 0))
    for (let count = 0; count < 100; count++) {
      const result = await run("carol", TreeKem.join(outside, withFlippedBit(random, welcome)))
      // A change to what is for the other new member is none to us.
      if (Result.isSuccess(result)) expect(result.success.authenticator).toEqual(carol.authenticator)
      else expect(clause(result)).toMatch(/^tree-kem\./)
    }
  })

  it("that are no message at all are malformed", async () => {
    for (let count = 0; count < 300; count++) {
      const bytes = Uint8Array.from([0, 1, ...random.bytes(1 + random.integer(60))])
      expect(clause(await run("bob", TreeKem.admit(bob, bytes)))).toBe("tree-kem.message")
      expect(clause(await run("bob", TreeKem.process(bob, bytes)))).toBe("tree-kem.message")
    }
  })
})
