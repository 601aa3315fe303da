/**
 * Long random runs of up to eight messengers: partitions, packets in any order and repeated, users removed and added again. Each time all packets have come through, everybody agrees on who is in the group, and what is
 * written then is told once to everybody else.
 */

import { Result } from "effect"
import { Hex } from "effect/encoding"
import { assert, describe, it } from "vitest"
import { type Choose, Conversation, chooser, operation, type Participant } from "../../simulation/conversation.ts"
import * as Messaging from "../group-messaging.ts"

const names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]

const messagesTold = (one: Participant) => one.events.flatMap((event) => (event.type === "message" ? [event] : []))

const textsTold = (one: Participant) => messagesTold(one).map(({ payload }) => new TextDecoder().decode(payload))

const assertAgreement = (conversation: Conversation, where: string) => {
  for (const one of conversation.inside()) {
    const users = conversation.users(one)
    // Those who have removed each other, so that nobody is left whom both have as a member, go on apart.
    for (const user of users) assert.deepEqual(conversation.users(conversation.person(user)), users, `${one.user} ${where}`)
  }
}

const assertOnce = (conversation: Conversation, where: string) => {
  for (const one of conversation.people) {
    const references = messagesTold(one).map(({ member, seq, index }) => `${member} ${seq} ${index}`)
    assert.strictEqual(new Set(references).size, references.length, `${one.user} is told twice ${where}`)
  }
}

/** Among honest members on a network that loses nothing, no message is lost and no chain differs. */
const assertNothingLost = (conversation: Conversation, where: string) => {
  const losses = ["messages-lost", "message-refused", "envelope-refused", "chain-differs"]
  for (const one of conversation.people)
    assert.deepEqual(
      one.events.filter(({ type }) => losses.includes(type)),
      [],
      `${one.user} ${where}`,
    )
}

/** Everybody in the group writes, and everybody else in it is told. */
const assertConnected = (conversation: Conversation, choose: Choose, where: string) => {
  const inside = conversation.inside()
  for (const one of inside) {
    const text = `settled ${where} ${one.user}`
    const sent = conversation.act(one, (messenger) => Messaging.send(messenger, conversation.group, new TextEncoder().encode(text)))
    assert.isTrue(Result.isSuccess(sent))
  }
  conversation.settle(choose)
  for (const one of inside) {
    const told = textsTold(one).filter((text) => text.startsWith(`settled ${where} `))
    const others = conversation.users(one).filter((user) => user !== one.user)
    const expected = others.map((user) => `settled ${where} ${user}`)
    assert.deepEqual(told.sort(), expected.sort(), `${one.user} ${where}`)
  }
}

/** A phase in which two sides of a partition act and hear only themselves; what is sent over the cut comes later. */
const partitioned = (conversation: Conversation, choose: Choose, operations: number, phase: string) => {
  const { people } = conversation
  const side = new Map(people.map((one) => [one, choose(2)]))
  const parted: Array<readonly [Participant, ReadonlyArray<Uint8Array>]> = []
  for (let count = 0; count < operations; count++) {
    const inside = conversation.inside()
    if (inside.length === 0) return
    const one = inside[choose(inside.length)]!
    const before = conversation.sent.length
    conversation.act(one, operation(conversation, one, choose, `${phase} ${count}`))
    const packets = conversation.sent.slice(before)
    for (const other of people.filter((other) => side.get(other) !== side.get(one))) {
      other.inbox = other.inbox.filter((packet) => !packets.includes(packet))
      parted.push([other, packets])
    }
    const busy = people.filter(({ inbox }) => inbox.length > 0)
    for (let deliveries = choose(4); deliveries > 0 && busy.length > 0; deliveries--) {
      const to = busy[choose(busy.length)]!
      if (to.inbox.length > 0) conversation.deliver(to, choose)
    }
  }
  for (const [other, packets] of parted) other.inbox.push(...packets)
}

const run = (seed: number, size: number, policy: Messaging.Messenger["policy"]) => {
  const choose = chooser(seed)
  const conversation = new Conversation(names.slice(0, size), policy, 8)
  const creator = conversation.people[0]!
  const users = names.slice(1, Math.max(2, size - 2))
  conversation.act(creator, (messenger) => Messaging.create(messenger, users))
  conversation.group = Object.keys(creator.messenger.groups)[0]!
  conversation.settle(choose)
  for (let phase = 0; phase < 3 && conversation.inside().length > 0; phase++) {
    const where = `in phase ${phase} of run ${seed}`
    partitioned(conversation, choose, 7, where)
    // Some packets come twice.
    for (const one of conversation.people)
      for (let count = 0; count < 5; count++) one.inbox.push(conversation.sent[choose(conversation.sent.length)]!)
    conversation.settle(choose)
    for (const one of conversation.inside()) conversation.act(one, (messenger) => Messaging.flush(messenger, conversation.group))
    conversation.settle(choose)
    assertAgreement(conversation, where)
    assertConnected(conversation, choose, where)
    assertOnce(conversation, where)
    assertNothingLost(conversation, where)
  }
  return conversation
}

describe("group messaging", () => {
  const runs = [2, 3, 4, 6].map((seed) => ({ seed, size: 2 + seed, delay: seed % 2, heal: seed % 3 === 0 ? 0 : 1 }))

  it.each(runs)("agrees and tells once: run $seed of $size users, delay $delay, heal $heal", ({ seed, size, delay, heal }) => {
    const conversation = run(seed, size, { delay, heal })
    assert.isAbove(conversation.verdicts.get("accepted")!, 60)
    assert.isAbove(new Set(conversation.sent.map((packet) => Hex.encode(packet))).size, 20)
  })
})
