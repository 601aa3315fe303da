/** Members that are saved and loaded again before every step end, byte for byte, as members that never were. */
import { Hex } from "effect/encoding"
import { assert, describe, it } from "vitest"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { stateOf } from "../../conventions.ts"
import { Conversation, chooser, operation } from "../../simulation/conversation.ts"
import * as Messaging from "../group-messaging.ts"

const reloaded = (messenger: Messaging.Messenger) => stateOf(Messaging.Messenger, encodeWire(Messaging.Messenger, messenger))

const operations = 200

/** Three members and 200 random operations, with up to three random deliveries after each, and everything delivered in the end. */
const driven = (seed: number, policy: Messaging.Messenger["policy"], reload?: typeof reloaded): Conversation => {
  const choose = chooser(seed)
  const conversation = new Conversation(["alice", "bob", "carol"], policy, 15, reload)
  const [creator, ...others] = conversation.people
  conversation.act(creator!, (messenger) =>
    Messaging.create(
      messenger,
      others.map(({ user }) => user),
    ),
  )
  conversation.group = Object.keys(creator!.messenger.groups)[0]!
  conversation.settle(choose)
  for (let count = 0; count < operations; count++) {
    // Somebody who is not in the group acts too: that is refused, and counts.
    const one = conversation.people[choose(3)]!
    conversation.act(one, operation(conversation, one, choose, `message ${count}`))
    if (count % 10 === 9) conversation.settle(choose)
    for (let deliveries = choose(4); deliveries > 0; deliveries--) {
      const busy = conversation.people.filter(({ inbox }) => inbox.length > 0)
      if (busy.length > 0) conversation.deliver(busy[choose(busy.length)]!, choose)
    }
  }
  conversation.settle(choose)
  return conversation
}

const inHex = (all: ReadonlyArray<Uint8Array>) => all.map((bytes) => Hex.encode(bytes))

describe("saving and loading", () => {
  it.each([{ seed: 1, delay: 0, heal: 1 }])("200 operations, seed $seed, delay $delay", ({ seed, delay, heal }) => {
    const never = driven(seed, { delay, heal })
    const always = driven(seed, { delay, heal }, reloaded)
    assert.deepEqual(inHex(always.sent), inHex(never.sent))
    assert.deepEqual(inHex(always.state()), inHex(never.state()))
    for (const one of never.people) assert.deepEqual(inHex(always.told(always.person(one.user))), inHex(never.told(one)))
    assert.deepEqual([...always.verdicts], [...never.verdicts])
    assert.isAbove(never.sent.length, operations, String([...never.verdicts]))
    assert.isAbove(never.inside().length, 0)
  })
})
