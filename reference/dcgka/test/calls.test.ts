/** What an operation costs in calls of the primitives, without those that only draw: by its sender, by one who receives it, and by one who receives all acknowledgements. */
import { Effect, Layer, Result } from "effect"
import { describe, expect, it } from "vitest"
import { Crypto, type Primitives } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { Randomness, seeded } from "../../crypto/randomness.ts"
import { acquaintedMessengers, type Person } from "../../simulation/messengers.ts"
import type { Step } from "../../simulation/network.ts"
import * as Messaging from "../group-messaging.ts"

type Calls = Record<keyof Primitives, number>

const none: Calls = {
  sha256: 0,
  hkdfExtract: 0,
  hkdfExpand: 0,
  x25519PublicKey: 0,
  x25519: 0,
  ed25519PublicKey: 0,
  ed25519Sign: 0,
  ed25519Verify: 0,
  aeadSeal: 0,
  aeadOpen: 0,
}

const calls = { ...none }

const names = Object.keys(none) as ReadonlyArray<keyof Primitives>

const counting = Object.fromEntries(
  names.map((name) => {
    const primitive = nodePrimitives[name] as (...inputs: ReadonlyArray<unknown>) => unknown
    const counted = (...inputs: ReadonlyArray<unknown>) => {
      calls[name]++
      return primitive(...inputs)
    }
    return [name, counted]
  }),
) as unknown as Primitives

type Done = Effect.Success<ReturnType<typeof Messaging.receive>>

/** Does a step; gives its packets and what it cost. */
const act = (one: Person, step: Step<Done>) => {
  Object.assign(calls, none)
  const services = Layer.merge(Layer.succeed(Crypto, counting), Layer.succeed(Randomness, seeded(nodePrimitives, one.seed)))
  const { messenger, packets } = Result.getOrThrow(Effect.runSync(Effect.result(step).pipe(Effect.provide(services))))
  one.messenger = messenger
  return { packets, cost: { ...calls } }
}

const receive = (one: Person, packet: Uint8Array) => act(one, Messaging.receive(one.messenger, packet))

interface Sent {
  readonly by: Person
  readonly packet: Uint8Array
}

const sum = (costs: ReadonlyArray<Calls>): Calls =>
  costs.reduce((all, cost) => Object.fromEntries(names.map((name) => [name, all[name] + cost[name]])) as Calls, none)

/** Gives everybody what somebody sends, and everybody the answers: what each spent on what was sent, and on all answers. */
const spread = (people: ReadonlyArray<Person>, by: Person, packets: ReadonlyArray<Uint8Array>) => {
  const others = people.filter((one) => one !== by)
  const taken = others.map((one) => ({ one, ...receive(one, packets[0]!) }))
  const answers = taken.flatMap(({ one, packets: sent }) => sent.map((packet): Sent => ({ by: one, packet })))
  const answered = people.map((one) => sum(answers.filter((sent) => sent.by !== one).map(({ packet }) => receive(one, packet).cost)))
  return { taken: taken.map(({ cost }) => cost), answered }
}

/** A group of `n` in which everybody has a channel with the first two. */
const groupOf = (n: number) => {
  const people = acquaintedMessengers(
    Array.from({ length: n }, (_, index) => `user-${index}`),
    2,
    { delay: 0, heal: 0 },
  )
  const [first, second] = people as [Person, Person]
  const created = act(
    first,
    Messaging.create(
      first.messenger,
      people.slice(1).map(({ user }) => user),
    ),
  )
  spread(people, first, created.packets)
  const group = Object.keys(first.messenger.groups)[0]!
  for (const one of [second, first]) spread(people, one, act(one, Messaging.update(one.messenger, group)).packets)
  return { people, first, second, group, created: created.cost }
}

describe.each([2, 3, 8, 32])("in a group of %i", (n) => {
  const { people, first, second, group, created } = groupOf(n)
  const update = act(first, Messaging.update(first.messenger, group))
  const { taken, answered } = spread(people, first, update.packets)

  it("who creates it makes its own bundles once", () => {
    // Its bundles it verifies as those of others. A first contact takes three products, and what is sealed one.
    expect(created).toMatchObject({ aeadSeal: n - 1, x25519: 4 * (n - 1), ed25519Verify: 2 })
  })

  it("who updates seals a seed for each other, with an ephemeral key, a new key for itself and one for the other", () => {
    expect(update.cost).toMatchObject({ aeadSeal: n - 1, x25519: n - 1, x25519PublicKey: 3 * (n - 1), ed25519Sign: 1, ed25519Verify: 0 })
    expect(update.cost.ed25519PublicKey).toBeLessThanOrEqual(2)
    expect(update.cost.hkdfExpand).toBeLessThanOrEqual(4 * n + 3)
  })

  it("who receives an update opens one seed, whatever the size; only the secrets of the members are as many as these", () => {
    for (const cost of taken) {
      expect(cost).toMatchObject({ aeadOpen: 1, aeadSeal: 0, x25519: 1, x25519PublicKey: 1, ed25519Verify: 1, ed25519Sign: 1 })
      expect(cost.hkdfExpand).toBe(n + 10)
      expect(cost.sha256).toBeLessThanOrEqual(6)
    }
  })

  it("who receives all acknowledgements does the same for each: a signature, and one step of a ratchet", () => {
    for (const [index, cost] of answered.entries()) {
      const count = people[index] === first ? n - 1 : n - 2
      expect(cost).toEqual({ ...none, ed25519Verify: count, sha256: 2 * count, hkdfExtract: count, hkdfExpand: 3 * count })
    }
  })

  it("a message costs a signature, a cipher and one derivation, whatever the size", () => {
    const sent = act(first, Messaging.send(first.messenger, group, new Uint8Array(32)))
    expect(sent.cost).toEqual({ ...none, ed25519Sign: 1, aeadSeal: 1, hkdfExpand: 1, sha256: 2 })
    const { cost } = receive(second, sent.packets[0]!)
    expect(cost).toEqual({ ...none, ed25519Verify: 1, aeadOpen: 1, hkdfExpand: 1, sha256: 3 })
  })
})
