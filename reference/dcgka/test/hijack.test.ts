/** Attacks by second memberships: somebody adds Alice to a group of its own that has the identifier of hers. Whatever comes of it, she goes on speaking to those to whom she spoke, and hears nobody in another's name. */
import { Effect, Layer, Result } from "effect"
import { assert, describe, it } from "vitest"
import type { Event } from "../../../spec/dcgka/group-messaging.ts"
import { bytesOf } from "../../conventions.ts"
import { node } from "../../crypto/providers/node.ts"
import { injected, Randomness } from "../../crypto/randomness.ts"
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

/** A group with an identifier of its creator's choice: its randomness is its own. */
const createAs = (one: Person, group: string, users: ReadonlyArray<string>): Done => {
  const drawn = Effect.map(Randomness, ({ draw }) => ({
    draw: (label: string, length: number) => (label === "group" ? bytesOf(group) : draw(label, length)),
  }))
  const chosen = Layer.provide(Layer.effect(Randomness, drawn), Layer.provide(injected(one.seed), node))
  const done = Effect.runSync(Messaging.create(one.messenger, users).pipe(Effect.provide(Layer.merge(chosen, node))))
  one.messenger = done.messenger
  return done
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

/** Alice, Bob and Carol in a group; Mallory is a contact of theirs. */
const beginning = () => {
  const people = ["alice", "bob", "carol", "mallory"].map((user) => newPerson(user, policy))
  for (const one of people) for (const other of people) if (one !== other) meet(one, other, 4)
  const [alice, bob, carol, mallory] = people as [Person, Person, Person, Person]
  const { group, packets } = act(alice, (messenger) => Messaging.create(messenger, ["bob", "carol"]))
  settle([alice, bob, carol], alice, packets)
  return { alice, bob, carol, mallory, group }
}

/** What `adder` sends to add Alice to a group of its own, with this identifier and these users. */
const lure = (adder: Person, group: string, users: ReadonlyArray<string>) => {
  const { packets: create } = createAs(adder, group, users)
  const { packets } = act(adder, (messenger) => Messaging.add(messenger, group, "alice"))
  return { create, add: packets }
}

const assertOneMembership = (alice: Person, group: string) =>
  assert.lengthOf(alice.messenger.groups[group]!.memberships, 1, "Alice has one membership")

describe("a second membership that nobody in the group knows of", () => {
  it("is not made by a contact who is no member: Alice goes on speaking to her group", () => {
    const { alice, bob, carol, mallory, group } = beginning()
    const { add } = lure(mallory, group, ["bob", "carol"])
    assert.deepEqual(give(alice, add).words, [])
    assertOneMembership(alice, group)
    const packets = say(alice, group, "the plan")
    for (const one of [bob, carol]) assert.deepEqual(give(one, packets).words, ["alice: the plan"])
    assert.deepEqual(give(mallory, packets).words, [])
  })

  it("is not made by a member, who is removed then: Alice hears of it, and speaks to those who stay", () => {
    const { alice, bob, carol, group } = beginning()
    const apart: Person = { ...bob, messenger: { ...bob.messenger, groups: {} } }
    assert.deepEqual(give(alice, lure(apart, group, ["carol"]).add).words, [])
    const { packets } = act(carol, (messenger) => Messaging.remove(messenger, group, "bob"))
    const heard = give(alice, packets)
    assert.deepEqual(heard.words, ["user-removed bob"])
    give(carol, heard.packets)
    const said = say(alice, group, "without bob")
    assert.deepEqual(give(carol, said).words, ["alice: without bob"])
    for (const one of [bob, apart]) assert.deepEqual(give(one, said).words, [])
  })

  it("tells nothing in the name of a member", () => {
    const { alice, mallory, group } = beginning()
    const puppet = newPerson("bob", policy)
    const apart: Person = { ...newPerson("mallory", policy), messenger: Messaging.messenger(mallory.messenger.keyring.keys, policy) }
    meet(apart, puppet, 4)
    meet(puppet, apart, 4)
    meet(apart, alice, 2)
    const { create, add } = lure(apart, group, ["bob"])
    const answers = give(puppet, [...create, ...add]).packets
    const lie = say(puppet, group, "I am bob")
    assert.deepEqual(give(alice, [...add, ...answers, ...lie]).words, [])
    assertOneMembership(alice, group)
  })

  it("does not suppress what a member says", () => {
    const { alice, bob, mallory, group } = beginning()
    const puppet = newPerson("bob", policy)
    const apart: Person = { ...newPerson("mallory", policy), messenger: Messaging.messenger(mallory.messenger.keyring.keys, policy) }
    meet(apart, puppet, 4)
    meet(puppet, apart, 4)
    meet(apart, alice, 2)
    const { create, add } = lure(apart, group, ["bob"])
    const answers = give(puppet, [...create, ...add]).packets
    give(alice, [...add, ...answers, ...say(puppet, group, "I am bob")])
    assert.deepEqual(give(alice, say(bob, group, "it is me")).words, ["bob: it is me"])
  })

  it("is made when Alice has been removed, and then she hears that she has joined", () => {
    const { alice, bob, mallory, group } = beginning()
    give(alice, act(bob, (messenger) => Messaging.remove(messenger, group, "alice")).packets)
    const { add } = lure(mallory, group, ["carol"])
    assert.include(give(alice, add).words, "joined")
  })
})
