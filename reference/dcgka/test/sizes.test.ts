/**
 * How many bytes an operation costs in a group of 128, counted as ePrint 2020/1281 section 8.2 does: the bytes of all that all members send, what is broadcast counted once.
 * The bounds are what the paper measured for its prototype, in the same units.
 */
import { Result } from "effect"
import { assert, describe, it } from "vitest"
import { flush, operate, type Participant, participant, receive } from "../../simulation/broadcasts.ts"
import { type Actor, accepted, actor } from "../../simulation/network.ts"
import * as Broadcast from "../causal-broadcast.ts"
import * as KeyBundles from "../key-bundles.ts"

const size = 128

const learn = (one: Actor, bundle: Uint8Array) => {
  one.state = { ...one.state, contacts: accepted(one.seed, KeyBundles.learn(one.state.contacts, bundle, 1_000_000_000)) }
}

/** A creator, the others, and one who is added later, with the key bundles that they need, and no more. */
const people = () => {
  const creator = actor("user-0", size)
  const others = Array.from({ length: size - 1 }, (_, index) => actor(`user-${index + 1}`, 1))
  const newcomer = actor(`user-${size}`, size)
  for (const [index, { actor: other, bundles }] of others.entries()) {
    learn(creator.actor, bundles[0]!)
    learn(other, creator.bundles[index]!)
    learn(other, newcomer.bundles[index]!)
  }
  learn(creator.actor, newcomer.bundles[size - 1]!)
  learn(newcomer.actor, creator.bundles[size - 1]!)
  return { creator: participant(creator.actor), others: others.map((one) => participant(one.actor)), newcomer: participant(newcomer.actor) }
}

const lengthOf = (envelopes: ReadonlyArray<Uint8Array>): number => envelopes.reduce((sum, { length }) => sum + length, 0)

/** Does an operation, which all of `others` answer, and gives the bytes sent. The answers are delivered to the one who acted, so that what it does next is as in a group that has settled. */
const cost = (by: Participant, others: ReadonlyArray<Participant>, operation: Parameters<typeof operate>[1]) => {
  operate(by, operation)
  const sent = flush(by)
  const answers = others.flatMap((one) => {
    for (const envelope of sent) assert.isTrue(Result.isSuccess(receive(one, envelope)))
    return flush(one)
  })
  for (const answer of answers) assert.isTrue(Result.isSuccess(receive(by, answer)))
  return { total: lengthOf([...sent, ...answers]), answers: answers.length, longest: Math.max(...answers.map(({ length }) => length)) }
}

describe("keys of a channel on which only one side sends", () => {
  it("do not grow with the updates that the other has acknowledged (channel.key-superseded)", () => {
    const { creator, others } = people()
    cost(creator, others.slice(0, 2), (before) => Broadcast.create(before, [others[0]!.user, others[1]!.user]))
    const keys = () => Object.values(creator.now.state.agreement.channels).map(({ ownKeys }) => ownKeys.length)
    for (let count = 0; count < 40; count++) {
      cost(creator, others.slice(0, 2), Broadcast.update)
      assert.deepEqual(keys(), [1, 1], `after ${count + 1} updates`)
    }
  })
})

describe("a group of 128", () => {
  const { creator, others, newcomer } = people()
  const users = others.map(({ user }) => user)
  const all = [...others, newcomer]

  it("create: at most 43,400 bytes", () => {
    const { total, answers, longest } = cost(creator, others, (before) => Broadcast.create(before, users))
    assert.strictEqual(answers, size - 1)
    assert.strictEqual(total, 41_406)
    assert.isAtMost(total, 43_400)
    assert.isAtMost(longest, 131, "an acknowledgement alone in its envelope")
  })

  it("update: at most 39,600 bytes", () => {
    const { total, answers } = cost(creator, others, Broadcast.update)
    assert.strictEqual(answers, size - 1)
    assert.strictEqual(total, 39_201)
    assert.isAtMost(total, 39_600)
  })

  it("add: at most 75,500 bytes", () => {
    const { total, answers } = cost(creator, all, (before) => Broadcast.add(before, newcomer.user))
    assert.strictEqual(answers, size)
    assert.strictEqual(total, 64_163)
    assert.isAtMost(total, 75_500)
  })

  it("remove: at most 39,300 bytes", () => {
    const leaving = others[0]!
    const { total, answers } = cost(creator, all.slice(1), (before) => Broadcast.remove(before, leaving.now.state.agreement.me!))
    assert.strictEqual(answers, size - 1)
    assert.strictEqual(total, 39_218)
    assert.isAtMost(total, 39_300)
  })
})
