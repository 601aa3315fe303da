/**
 * Packets that are not what they should be: damaged, crafted, repeated, early, foreign, from strangers. What every answer has to be stands in `bad-input.ts`. After a great many of them the honest packets are
 * still accepted.
 *
 * @module
 */
import { Result } from "effect"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { decodeWire, encodeWire, type Wire } from "../../spec/conventions/encoding.ts"
import { ApplicationMessage } from "../../spec/dcgka/application-messages.ts"
import { Content, Event, Packet } from "../../spec/dcgka/group-messaging.ts"
import * as Application from "../dcgka/application-messages.ts"
import * as Messaging from "../dcgka/group-messaging.ts"
import { Conversation, chooser } from "../simulation/conversation.ts"
import { runStep } from "../simulation/network.ts"
import { altered, assertSame, beforeOf, damage, keyBytes, nameOf, offer, oversized, partly, property, Tally } from "./bad-input.ts"

/** Alice and Bob in a group; Carol, who has been removed; and what is on its way to Bob. */
const conversation = new Conversation(["alice", "bob", "carol", "dave"], { delay: 0, heal: 1 }, 4)
const [alice, bob] = conversation.people
const begin = (talk: Conversation, users: ReadonlyArray<string>) => {
  const [creator] = talk.people
  talk.act(creator!, (messenger) => Messaging.create(messenger, users))
  talk.group = Object.keys(creator!.messenger.groups)[0]!
  talk.settle(chooser(1))
}
begin(conversation, ["bob", "carol"])
const { group } = conversation
const before = conversation.sent.length
conversation.act(conversation.person("carol"), (messenger) => Messaging.send(messenger, group, new Uint8Array(5)))
conversation.act(alice!, (messenger) => Messaging.remove(messenger, group, "carol"))
conversation.act(alice!, (messenger) => Messaging.send(messenger, group, new Uint8Array(40)))
conversation.act(alice!, (messenger) => Messaging.add(messenger, group, "dave"))
conversation.act(alice!, (messenger) => Messaging.compare(messenger, group))
const honest = conversation.sent.slice(before)

/** Another group of the same people. */
const elsewhere = new Conversation(["bob", "alice", "carol"], { delay: 0, heal: 0 }, 2)
begin(elsewhere, ["alice", "carol"])
elsewhere.act(elsewhere.people[1]!, (messenger) => Messaging.send(messenger, elsewhere.group, new Uint8Array(40)))

const packets = [...conversation.sent, ...elsewhere.sent]
const state = (messenger: Messaging.Messenger) => encodeWire(Messaging.Messenger, messenger)

/** The receivers: Bob in the group, and Dave, who is about to be added. */
const receivers = [bob!, conversation.person("dave")].map((one) => {
  const { messenger } = one
  return { messenger, before: beforeOf(one.seed, () => state(messenger), messenger) }
})

const receive = (which: number, packet: Uint8Array) => {
  const { messenger, before: found } = receivers[which]!
  const result = offer(found, Messaging.receive(messenger, packet))
  if (Result.isSuccess(result)) state(result.success.messenger)
  return result
}

/** What Bob holds after the honest packets. */
const afterHonest = (first: Messaging.Messenger) => {
  let messenger = first
  for (const packet of honest) {
    const result = runStep(bob!.seed, Messaging.receive(messenger, packet))
    if (Result.isFailure(result)) return assert.fail(`the honest packet is answered ${nameOf(result)}`)
    messenger = result.success.messenger
  }
  return messenger
}
const expected = state(afterHonest(bob!.messenger))
const assertHonest = () => assertSame(state(afterHonest(bob!.messenger)), expected)

const which = fc.nat(receivers.length - 1)
const packet = fc.nat(packets.length - 1).map((index) => packets[index]!)
const members = bob!.messenger.groups[group]!.memberships[0]!.broadcast.agreement.users

const fields = {
  group: fc.constantFrom(group, elsewhere.group, "00".repeat(16)),
  sender: fc.constantFrom(...Object.keys(members), "00".repeat(16)),
  seq: fc.integer({ min: 1, max: 6 }),
  index: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(256, 257, 0xfffffffe)),
  guard: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  ciphertext: fc.uint8Array({ minLength: 16, maxLength: 40 }),
  signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
}

describe("group-messaging.receive", () => {
  it("a damaged packet", () => {
    const tally = new Tally()
    property(21, fc.tuple(which, packet, packet, damage), ([to, one, other, apply]) => tally.add(receive(to, apply(one, other))))
    tally.assertIncludes("encoding.canonical", "encoding.shape", "accepted", "causal-broadcast.signature")
    assertHonest()
  })

  it("any packet of this group and of another: repeated, early, foreign", () => {
    const tally = new Tally()
    property(22, fc.tuple(which, packet), ([to, one]) => tally.add(receive(to, one)), 300)
    tally.assertIncludes("accepted", "Ignored")
    assertHonest()
  })

  it("an application message with other values in its fields", () => {
    const messages = honest.filter((one) => Result.isSuccess(decodeWire(ApplicationMessage, one)))
    const tally = new Tally()
    const changed = fc.tuple(fc.nat(messages.length - 1), partly(fields))
    property(23, fc.tuple(which, changed), ([to, [index, changes]]) =>
      tally.add(receive(to, altered(ApplicationMessage, messages[index]!, changes))),
    )
    tally.assertIncludes("accepted", "Ignored", "application-messages.signature")
    assertHonest()
  })

  it("oversized packets", () => {
    property(
      24,
      fc.tuple(which, packet, oversized),
      ([to, one, apply]) => assert.strictEqual(nameOf(receive(to, apply(one, one))), "encoding.limit"),
      50,
    )
    assertHonest()
  })
})

describe("application-messages.open", () => {
  it("a damaged message", () => {
    const { application, broadcast } = bob!.messenger.groups[group]!.memberships[0]!
    const message = honest[0]!
    const found = beforeOf(bob!.seed, () => encodeWire(Application.ApplicationState, application), application)
    const tally = new Tally()
    property(25, damage, (apply) => {
      const place = { group, me: broadcast.agreement.me! }
      tally.add(
        offer(
          found,
          Application.open(application, place, () => 1, apply(message, honest[1]!)),
        ),
      )
    })
    tally.assertIncludes("encoding.canonical", "encoding.shape", "application-messages.signature", "application-messages.chain")
  })
})

describe("decoding", () => {
  const values: Readonly<Record<string, readonly [Wire<unknown>, Uint8Array]>> = {
    packet: [Packet as unknown as Wire<unknown>, honest[0]!],
    content: [Content as unknown as Wire<unknown>, encodeWire(Content, { type: "data", payload: new Uint8Array(9) })],
    event: [Event as unknown as Wire<unknown>, encodeWire(Event, { type: "user-added", group, user: "alice" })],
  }

  it.each(Object.entries(values))(
    "%s: damaged bytes are malformed, or are the encoding of what they are decoded to",
    (_, [wire, bytes]) => {
      property(26, fc.tuple(damage, keyBytes), ([apply, other]) => {
        const damaged = apply(bytes, other)
        const decoded = decodeWire(wire, damaged)
        if (Result.isSuccess(decoded)) assertSame(encodeWire(wire, decoded.success), damaged)
      })
    },
  )
})
