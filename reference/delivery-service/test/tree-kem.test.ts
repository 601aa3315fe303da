/** The operations of TreeKEM in groups that grow, change and shrink, with each back end. */
import { Effect, Layer } from "effect"
import { decodeGroupState } from "ts-mls"
import { describe, expect, it } from "vitest"
import type { MlsGroup, TreeKemGroup } from "../../../spec/delivery-service/tree-kem.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { injected } from "../../crypto/randomness.ts"
import * as TreeKem from "../tree-kem.ts"

const group = "11".repeat(16)

const seedOf = (user: string) => new TextEncoder().encode(user.repeat(32).slice(0, 32))

const as = <A, E>(user: string, effect: Effect.Effect<A, E, any>): Promise<A> =>
  Effect.runPromise(
    (effect as Effect.Effect<A, E, never>).pipe(
      Effect.provide(Layer.provideMerge(injected(seedOf(user)), Layer.succeed(Crypto, nodePrimitives))),
    ) as Effect.Effect<A, E>,
  )

const backEnds = ["symbolic", "mls"] as const

describe.each(backEnds)("with the back end %s", (backEnd) => {
  it("members who process the same commits share the key, and each epoch has its own", async () => {
    const alice = await as("alice", TreeKem.init(backEnd, "alice", 0))
    const bob = await as("bob", TreeKem.init(backEnd, "bob", 0))
    const carol = await as("carol", TreeKem.init(backEnd, "carol", 0))
    let a: TreeKemGroup = await as("alice", TreeKem.found(alice, group))
    for (const one of [bob, carol]) {
      const { state, proposal } = await as("alice", TreeKem.proposeAdd(a, one.keyPackage))
      a = (await as("alice", TreeKem.admit(state, proposal))).state
    }
    const first = await as("alice", TreeKem.commit(a, TreeKem.select(a)))
    a = first.next
    let b = await as("bob", TreeKem.join(bob, first.welcome!))
    let c = await as("carol", TreeKem.join(carol, first.welcome!))
    expect([a, b, c].map(({ epoch }) => epoch)).toEqual([1, 1, 1])
    expect(b.authenticator).toEqual(a.authenticator)
    expect(c.groupKey).toEqual(a.groupKey)
    const update = await as("bob", TreeKem.proposeUpdate(b))
    b = (await as("bob", TreeKem.admit(update.state, update.proposal))).state
    a = (await as("alice", TreeKem.admit(a, update.proposal))).state
    c = (await as("carol", TreeKem.admit(c, update.proposal))).state
    const second = await as("carol", TreeKem.commit(c, TreeKem.select(c)))
    const keys = [
      second.next,
      (await as("alice", TreeKem.process(a, second.commit))).state,
      (await as("bob", TreeKem.process(b, second.commit))).state,
    ]
    expect(keys.map(({ groupKey }) => groupKey)).toEqual(keys.map(() => second.next.groupKey))
    expect(second.next.groupKey).not.toEqual(a.groupKey)
    expect(keys.map(({ epoch }) => epoch)).toEqual([2, 2, 2])
  })
})

describe("the state of an MLS member", () => {
  it("has nothing of former epochs, its own commits or those of others", async () => {
    const alice = await as("alice", TreeKem.init("mls", "alice", 0))
    const bob = await as("bob", TreeKem.init("mls", "bob", 0))
    let a: TreeKemGroup = await as("alice", TreeKem.found(alice, group))
    const { state, proposal } = await as("alice", TreeKem.proposeAdd(a, bob.keyPackage))
    a = (await as("alice", TreeKem.admit(state, proposal))).state
    const first = await as("alice", TreeKem.commit(a, TreeKem.select(a)))
    a = first.next
    let b = await as("bob", TreeKem.join(bob, first.welcome!))
    for (let left = 6; left > 0; left--) {
      const { next, commit } = await as("alice", TreeKem.commit(a, []))
      b = (await as("bob", TreeKem.process(b, commit))).state
      a = next
    }
    for (const one of [a, b]) expect(decodeGroupState((one as MlsGroup).state, 0)![0].historicalReceiverData.size).toBe(0)
  })
})
