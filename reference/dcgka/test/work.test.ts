/** What a packet costs, counted in decodings, verifications and digests: a stranger's costs the same however much is held already, and nobody else's costs more for it. */
import { Effect, Layer, Result } from "effect"
import { assert, describe, it, vi } from "vitest"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { injected } from "../../crypto/randomness.ts"
import { acquaintedMessengers, type Person } from "../../simulation/messengers.ts"
import type { Step } from "../../simulation/network.ts"
import * as Messaging from "../group-messaging.ts"

const work = vi.hoisted(() => ({ decoded: 0, verified: 0, digested: 0 }))

vi.mock(import("../../../spec/conventions/encoding.ts"), async (original) => {
  const actual = await original()
  const decodeWire: typeof actual.decodeWire = (wire, bytes) => {
    work.decoded++
    return actual.decodeWire(wire, bytes)
  }
  return { ...actual, decodeWire }
})

const counting = Layer.succeed(Crypto, {
  ...nodePrimitives,
  ed25519Verify: (key, message, signature) => {
    work.verified++
    return nodePrimitives.ed25519Verify(key, message, signature)
  },
  sha256: (data) => {
    work.digested++
    return nodePrimitives.sha256(data)
  },
})

type Done = Effect.Success<ReturnType<typeof Messaging.receive>>

const run = (one: Person, step: Step<Done>) =>
  Effect.runSync(Effect.result(step).pipe(Effect.provide(Layer.provideMerge(injected(one.seed), counting))))

const act = (one: Person, step: Step<Done>): ReadonlyArray<Uint8Array> => {
  const done = Result.getOrThrow(run(one, step))
  one.messenger = done.messenger
  return done.packets
}

/** Gives a packet; what it cost, and what came of it. */
const give = (one: Person, packet: Uint8Array) => {
  Object.assign(work, { decoded: 0, verified: 0, digested: 0 })
  const result = run(one, Messaging.receive(one.messenger, packet))
  if (Result.isSuccess(result)) one.messenger = result.success.messenger
  return { cost: { ...work }, result }
}

const beginning = () => {
  const people = acquaintedMessengers(["alice", "bob"], 6, { delay: 0, heal: 0 })
  const [alice, bob] = people as [Person, Person]
  const [create] = act(alice, Messaging.create(alice.messenger, ["bob"]))
  const group = Object.keys(alice.messenger.groups)[0]!
  const { result } = give(bob, create!)
  for (const packet of Result.getOrThrow(result).packets) give(alice, packet)
  const member = bob.messenger.groups[group]!.memberships[0]!.broadcast.agreement.me!
  return { alice, bob, group, member }
}

/** About 3.5 kB by somebody who has no keys. */
const junk = (group: string, sender: string, seq: number): Uint8Array => {
  const control = { type: "update", group, sender, seq, commitment: new Uint8Array(32) } as const
  const items = [
    { control, signingKey: new Uint8Array(32), cut: new Uint8Array(32), chain: null, directs: { ["dd".repeat(16)]: new Uint8Array(3400) } },
  ]
  return encodeWire(Envelope, { type: "envelope", items, signature: new Uint8Array(64) })
}

const held = (one: Person, group: string) => one.messenger.groups[group]!.memberships[0]!.broadcast.held.length

describe("the work of a packet (causal-broadcast.bounded-work)", () => {
  it.each([
    { name: "a member's name", share: (member: string) => member, packets: 1100, kept: 1024 },
    { name: "a name unknown", share: () => "ee".repeat(16), packets: 70, kept: 64 },
  ])("of a stranger, in $name, does not grow with what is held, nor does that of others", ({ share, packets, kept }) => {
    const { alice, bob, group, member } = beginning()
    const honest = () => {
      const [update] = act(bob, Messaging.update(bob.messenger, group))
      const { cost, result } = give(alice, update!)
      for (const answer of Result.getOrThrow(result).packets) give(bob, answer)
      return cost
    }
    const before = honest()
    const sender = share(member)
    const costs = Array.from({ length: packets }, (_, index) => give(alice, junk(group, sender, 1000 + 2 * index)).cost)
    assert.strictEqual(held(alice, group), kept)
    for (const cost of costs) assert.deepEqual(cost, costs[0])
    assert.isAtMost(costs[0]!.decoded, 3)
    assert.strictEqual(costs[0]!.verified, 0)
    assert.deepEqual(honest(), before)
    const [message] = act(bob, Messaging.send(bob.messenger, group, new Uint8Array(10)))
    const { cost, result } = give(alice, message!)
    assert.isTrue(Result.isSuccess(result))
    assert.isAtMost(cost.decoded, 4)
    assert.strictEqual(cost.verified, 1)
  })

  it("of a message does not grow by forged envelopes that acknowledge it and the next ones", () => {
    const { alice, bob, group, member } = beginning()
    const next = bob.messenger.groups[group]!.memberships[0]!.broadcast.agreement.seen[member]! + 1
    const forged = (byte: number) => {
      const items = Array.from({ length: 58 }, (_, index) => ({
        control: { type: "ack", group, sender: "ee".repeat(16), seq: 1 + index, ofSender: member, ofSeq: next + index } as const,
        signingKey: null,
        cut: null,
        chain: null,
        directs: {},
      }))
      return encodeWire(Envelope, { type: "envelope", items, signature: new Uint8Array(64).fill(byte) })
    }
    const costs: Array<unknown> = []
    for (let count = 0; count < 4; count++) {
      if (count === 2) for (let byte = 0; byte < 60; byte++) give(alice, forged(byte))
      const [update] = act(bob, Messaging.update(bob.messenger, group))
      const { cost, result } = give(alice, update!)
      for (const answer of Result.getOrThrow(result).packets) give(bob, answer)
      costs.push(cost)
    }
    assert.strictEqual(held(alice, group), 60)
    for (const cost of costs) assert.deepEqual(cost, costs[0])
  })

  it("of envelopes that come in reverse order is that of envelopes in order", () => {
    const { alice, bob, group } = beginning()
    const updates = Array.from({ length: 10 }, () => act(bob, Messaging.update(bob.messenger, group))[0]!)
    const costs = updates.toReversed().map((packet) => give(alice, packet).cost)
    assert.deepEqual(
      costs.map(({ verified }) => verified),
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 10],
    )
    assert.strictEqual(held(alice, group), 0)
  })

  it("of a stranger in a group that we are not in does not grow with its log", () => {
    const { bob, group, member } = beginning()
    const [carol] = acquaintedMessengers(["carol"], 1, { delay: 0, heal: 0 }) as [Person]
    const [update] = act(bob, Messaging.update(bob.messenger, group))
    give(carol, update!)
    const costs = Array.from({ length: 300 }, (_, index) => give(carol, junk(group, member, 1000 + 2 * index)).cost)
    for (const cost of costs) assert.deepEqual(cost, costs[0])
    assert.isAtMost(costs[0]!.decoded, 2)
  })
})
