/**
 * What is taken together: whatever former members have sent, and one envelope shows to count, is taken, or removes the receiver, in whatever order it comes, and whatever is forged beside it.
 */
import { Result } from "effect"
import { assert, describe, it } from "vitest"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { flush, operate, type Participant, participant, receive } from "../../simulation/broadcasts.ts"
import { acquainted } from "../../simulation/network.ts"
import * as Broadcast from "../causal-broadcast.ts"

type User = "alice" | "bob" | "carol" | "dave"

const users: ReadonlyArray<User> = ["alice", "bob", "carol", "dave"]
const beginnings = acquainted(users, 3)

const ordersOf = <T>(values: ReadonlyArray<T>): ReadonlyArray<ReadonlyArray<T>> =>
  values.length === 0 ? [[]] : values.flatMap((one, index) => ordersOf(values.toSpliced(index, 1)).map((rest) => [one, ...rest]))

/** The envelope with a signature that is none. */
const forged = (envelope: Uint8Array): Uint8Array =>
  encodeWire(Envelope, { ...Result.getOrThrow(decodeWire(Envelope, envelope)), signature: new Uint8Array(64).fill(7) })

type People = Readonly<{ [user in User]: Participant }>

const settled = (): People => {
  const people = Object.fromEntries(users.map((user, index) => [user, participant(beginnings[index]!)])) as People
  operate(people.alice, (before) => Broadcast.create(before, users.slice(1)))
  for (let sent = flush(people.alice); sent.length > 0; ) {
    for (const envelope of sent) for (const user of users) receive(people[user], envelope)
    sent = users.flatMap((user) => flush(people[user]))
  }
  return people
}

const memberOf = ({ now }: Participant): string => now.state.agreement.me!

const update = (one: Participant) => operate(one, Broadcast.update)
const remove = (one: Participant, other: Participant) => operate(one, (before) => Broadcast.remove(before, memberOf(other)))

/** What Alice, who has removed Carol and perhaps Dave, gets of them and of Bob, who has taken all that they have sent, and answers in one envelope. */
const scenarios: Readonly<Record<string, (people: People) => ReadonlyArray<Uint8Array>>> = {
  "Carol removes Alice, and updates": ({ alice, carol }) => {
    remove(carol, alice)
    const removal = flush(carol)
    update(carol)
    return [...removal, ...flush(carol)]
  },
  "Carol removes Alice and updates in one envelope, and updates again": ({ alice, carol }) => {
    remove(carol, alice)
    update(carol)
    const both = flush(carol)
    update(carol)
    return [...both, ...flush(carol)]
  },
  "Carol updates, and removes Alice": ({ alice, carol }) => {
    update(carol)
    const one = flush(carol)
    remove(carol, alice)
    return [...one, ...flush(carol)]
  },
  "Carol updates twice": ({ carol }) => {
    update(carol)
    const one = flush(carol)
    update(carol)
    return [...one, ...flush(carol)]
  },
  "Carol updates, and Dave answers and updates": ({ carol, dave }) => {
    update(carol)
    const one = flush(carol)
    for (const envelope of one) receive(dave, envelope)
    update(dave)
    return [...one, ...flush(dave)]
  },
  "Carol updates, and Dave answers and removes Alice": ({ alice, carol, dave }) => {
    update(carol)
    const one = flush(carol)
    for (const envelope of one) receive(dave, envelope)
    const answer = flush(dave)
    remove(dave, alice)
    return [...one, ...answer, ...flush(dave)]
  },
}

/** What Alice has in the end. */
const endOf = ({ state }: Broadcast.Broadcaster): string =>
  JSON.stringify([
    state.agreement.removed,
    state.held.length,
    state.agreement.removed === 1 ? [] : Object.entries(state.agreement.seen).sort(),
  ])

describe("what is taken together (causal-broadcast.withheld, causal-broadcast.judged-alike)", () => {
  it.each(
    Object.keys(scenarios).flatMap((name) =>
      [["carol"], ["carol", "dave"]].map((removed) => ({ name, removed: removed as ReadonlyArray<User> })),
    ),
  )("comes out the same in each order: $name; Alice removes $removed", ({ name, removed }) => {
    const people = settled()
    const sent = scenarios[name]!(people)
    for (const envelope of sent) assert.isTrue(Result.isSuccess(receive(people.bob, envelope)))
    const answers = flush(people.bob)
    assert.strictEqual(answers.length, 1)
    for (const user of removed) remove(people.alice, people[user])
    flush(people.alice)
    const before = people.alice.now
    const isOut = name.includes("Alice")
    const ends = new Set<string>()
    for (const order of ordersOf([...sent, ...answers])) {
      for (const forgery of [undefined, ...order.keys()]) {
        people.alice.now = before
        for (const [index, envelope] of order.entries()) {
          if (index === forgery) receive(people.alice, forged(envelope))
          receive(people.alice, envelope)
        }
        assert.strictEqual(people.alice.now.state.agreement.removed, isOut ? 1 : 0)
        ends.add(endOf(people.alice.now))
      }
    }
    assert.strictEqual(ends.size, 1)
    assert.isTrue([...ends][0]!.includes(",0,"), "nothing is held in the end")
  })
})
