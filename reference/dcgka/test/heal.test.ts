/**
 * Two members removed at once, who put together what each of them knows, follow the others until somebody updates: the difference between dom-safe and safe (ePrint 2020/1281 appendix A), acted out. With the policy heal somebody does.
 */
import { Hex } from "effect/encoding"
import { assert, describe, it } from "vitest"
import { Conversation, chooser, type Participant } from "../../simulation/conversation.ts"
import { accepted } from "../../simulation/network.ts"
import * as Messaging from "../group-messaging.ts"
import { updateRatchet } from "../ratchet.ts"

type Agreement = Messaging.Messenger["groups"][string]["memberships"][number]["broadcast"]["agreement"]

const agreementOf = (conversation: Conversation, one: Participant): Agreement =>
  one.messenger.groups[conversation.group]!.memberships[0]!.broadcast.agreement

/** What the two who were removed can know of the ratchet of `member`: each one's state of it, fed with every secret kept for it by either, in any order, any number of times up to three. */
const guesses = (conversation: Conversation, colluding: ReadonlyArray<Agreement>, member: string): ReadonlySet<string> => {
  const secrets = colluding.flatMap(({ memberSecrets }) => memberSecrets.filter((one) => one.member === member).map(({ secret }) => secret))
  let states = colluding.flatMap(({ ratchets }) => (ratchets[member] === undefined ? [] : [ratchets[member]]))
  const known = new Set(states.map((state) => Hex.encode(state)))
  for (let round = 0; round < 3; round++) {
    states = states.flatMap((state) =>
      secrets.map((secret) => accepted(new Uint8Array(32), updateRatchet(state, secret, conversation.group, member)).next),
    )
    for (const state of states) known.add(Hex.encode(state))
  }
  return known
}

/** Alice removes Carol, Bob removes Dave; each of the removed processes the removal of the other, keeps its state, and then everything is delivered. Gives whether they know the ratchets of Alice and Bob. */
const collusion = (heal: 0 | 1) => {
  const choose = chooser(7)
  const conversation = new Conversation(["alice", "bob", "carol", "dave"], { delay: 0, heal }, 3)
  const [alice, bob, carol, dave] = conversation.people as [Participant, Participant, Participant, Participant]
  conversation.act(alice, (messenger) => Messaging.create(messenger, ["bob", "carol", "dave"]))
  conversation.group = Object.keys(alice.messenger.groups)[0]!
  conversation.settle(choose)
  const { group } = conversation
  conversation.act(alice, (messenger) => Messaging.remove(messenger, group, "carol"))
  const removalOfCarol = conversation.sent.at(-1)!
  conversation.act(bob, (messenger) => Messaging.remove(messenger, group, "dave"))
  const removalOfDave = conversation.sent.at(-1)!
  conversation.act(carol, (messenger) => Messaging.receive(messenger, removalOfDave))
  conversation.act(dave, (messenger) => Messaging.receive(messenger, removalOfCarol))
  const colluding = [carol, dave].map((one) => agreementOf(conversation, one))
  conversation.settle(choose)
  return [alice, bob].map((one) => {
    const { me, ratchets } = agreementOf(conversation, one)
    return guesses(conversation, colluding, me!).has(Hex.encode(ratchets[me!]!))
  })
}

describe("group-messaging.heal", () => {
  it("is needed: without it two who were removed at once follow both of the others together", () => {
    assert.deepEqual(collusion(0), [true, true])
  })

  it("locks them out", () => {
    assert.deepEqual(collusion(1), [false, false])
  })
})
