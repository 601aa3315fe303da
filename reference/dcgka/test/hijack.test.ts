/**
 * Attacks by second memberships. Whoever has created a group can play it again with others, by the same identifier, and add Alice to that. Whatever comes of it, she goes on speaking to those to whom she spoke, and hears nobody in
 * another's name.
 */
import { type Effect, Result } from "effect"
import { assert, describe, it } from "vitest"
import type { Event } from "../../../spec/dcgka/group-messaging.ts"
import { meet, newPerson, type Person } from "../../simulation/messengers.ts"
import { runStep, type Step } from "../../simulation/network.ts"
import * as Messaging from "../group-messaging.ts"

type Done = Effect.Success<ReturnType<typeof Messaging.receive>>

const policy = { delay: 0, heal: 0 }

const textOf = (payload: Uint8Array): string => new TextDecoder().decode(payload)

const wordsOf = (event: Event): string => {
  if (event.type === "message") return `${event.user}: ${textOf(event.payload)}`
  return "user" in event ? `${event.type} ${event.user}` : event.type
}

const act = (one: Person, step: (messenger: Messaging.Messenger) => Step<Done>): Done => {
  const result = runStep(one.seed, step(one.messenger))
  if (Result.isFailure(result)) throw new Error(`${one.user}: ${JSON.stringify(result.failure)}`)
  one.messenger = result.success.messenger
  return result.success
}

/** Gives packets, whatever the verdicts; what comes of it. */
const give = (one: Person, packets: ReadonlyArray<Uint8Array>) => {
  const results = packets.map((packet) => {
    const result = runStep(one.seed, Messaging.receive(one.messenger, packet))
    if (Result.isSuccess(result)) one.messenger = result.success.messenger
    return Result.isSuccess(result) ? result.success : { packets: [], events: [] }
  })
  return { packets: results.flatMap(({ packets }) => packets), words: results.flatMap(({ events }) => events.map(wordsOf)) }
}

/** Delivers packets to everybody, and what they answer. */
const settle = (people: ReadonlyArray<Person>, from: Person, packets: ReadonlyArray<Uint8Array>): void => {
  for (let sent = [{ from, packets }]; sent.length > 0; ) {
    sent = sent.flatMap((one) =>
      people.filter((other) => other !== one.from).map((to) => ({ from: to, packets: give(to, one.packets).packets })),
    )
    sent = sent.filter((one) => one.packets.length > 0)
  }
}

const say = (one: Person, group: string, text: string) =>
  act(one, (messenger) => Messaging.send(messenger, group, new TextEncoder().encode(text))).packets

const users = ["alice", "bob", "carol"]

/** A group that Mallory has created. */
const beginning = () => {
  const people = [...users, "mallory"].map((user) => newPerson(user, policy))
  for (const one of people) for (const other of people) if (one !== other) meet(one, other, 4)
  const [alice, bob, carol, mallory] = people as [Person, Person, Person, Person]
  const { group, packets } = act(mallory, (messenger) => Messaging.create(messenger, users))
  settle(people, mallory, packets)
  return { alice, bob, carol, mallory, group }
}

/** Mallory again, without the group, and with a Bob and a Carol who are her own. */
const apartFrom = (mallory: Person, alice: Person, bob: Person, carol: Person) => {
  const apart: Person = { ...mallory, messenger: Messaging.messenger(mallory.messenger.keyring.keys, policy) }
  for (const one of [bob, carol]) meet(apart, one, 4)
  for (const one of [bob, carol]) meet(one, apart, 4)
  meet(apart, alice, 4)
  return apart
}

/** What Mallory sends to play the group again: its create, in which Alice is removed at once, and the addition of Alice. */
const lure = (apart: Person, group: string) => {
  const created = act(apart, (messenger) => Messaging.create(messenger, users))
  assert.strictEqual(created.group, group, "her randomness is hers")
  const removed = act(apart, (messenger) => Messaging.remove(messenger, group, "alice"))
  const { packets } = act(apart, (messenger) => Messaging.add(messenger, group, "alice"))
  return { before: [...created.packets, ...removed.packets], add: packets }
}

const assertOneMembership = (alice: Person, group: string) =>
  assert.lengthOf(alice.messenger.groups[group]!.memberships, 1, "Alice has one membership")

describe("a second membership that nobody in the group knows of", () => {
  it("is not made: Alice goes on speaking to her group", () => {
    const { alice, bob, carol, mallory, group } = beginning()
    const { add } = lure(apartFrom(mallory, alice, bob, carol), group)
    assert.deepEqual(give(alice, add).words, [])
    assertOneMembership(alice, group)
    const packets = say(alice, group, "the plan")
    for (const one of [bob, carol]) assert.deepEqual(give(one, packets).words, ["alice: the plan"])
  })

  it("is not made when its adder is removed: Alice hears of it, and speaks to those who stay", () => {
    const { alice, bob, carol, mallory, group } = beginning()
    const apart = apartFrom(mallory, alice, bob, carol)
    assert.deepEqual(give(alice, lure(apart, group).add).words, [])
    const { packets } = act(carol, (messenger) => Messaging.remove(messenger, group, "mallory"))
    const heard = give(alice, packets)
    assert.deepEqual(heard.words, ["user-removed mallory"])
    for (const answer of [heard.packets, give(bob, packets).packets]) for (const one of [alice, bob, carol]) give(one, answer)
    const said = say(alice, group, "without mallory")
    for (const one of [bob, carol]) assert.deepEqual(give(one, said).words, ["alice: without mallory"])
    for (const one of [mallory, apart]) assert.deepEqual(give(one, said).words, [])
  })

  it("tells nothing in the name of a member, and suppresses nothing of what the member says", () => {
    const { alice, bob, mallory, group } = beginning()
    const puppets = [newPerson("bob", policy), newPerson("carol", policy)] as const
    const { before, add } = lure(apartFrom(mallory, alice, ...puppets), group)
    const answers = give(puppets[0], [...before, ...add]).packets
    const lie = say(puppets[0], group, "I am bob")
    assert.deepEqual(give(alice, [...add, ...answers, ...lie]).words, [])
    assertOneMembership(alice, group)
    assert.deepEqual(give(alice, say(bob, group, "it is me")).words, ["bob: it is me"])
  })

  it("is made when Alice has been removed, and then she hears that she has joined", () => {
    const { alice, bob, carol, mallory, group } = beginning()
    const { packets } = act(bob, (messenger) => Messaging.remove(messenger, group, "alice"))
    assert.deepEqual(give(alice, packets).words, ["left"])
    const { add } = lure(apartFrom(mallory, alice, bob, carol), group)
    assert.include(give(alice, add).words, "joined")
  })
})
