import { Hex } from "effect/encoding"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import type { Missing } from "../../../spec/conventions/verdicts.ts"
import { Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { type Case, caseFile } from "../author.ts"
import { filled, first, hexOf } from "../people.ts"
import { copyOf, type MessengerGroup, memberOf, messengerCase, twoAdditions } from "./messenger-group.ts"

const abc = first(3)
const abcd = first(4)

const fromBoth = ["alice: from alice", "bob: from bob"]

/** Bob, whom Dave does not know, adds Dave at the same time as Alice: Dave has one membership, to which a second one comes when Dave has met Bob. Bob has acknowledged neither. */
export const secondLater = (messengers: MessengerGroup): void => {
  const { author } = messengers
  for (const user of ["alice", "carol"]) for (let count = 0; count < 2; count++) messengers.meet("dave", user)
  for (const user of abc) for (let count = 0; count < 2; count++) messengers.meet(user, "dave")
  messengers.add("alice", "dave")
  messengers.add("bob", "dave")
  messengers.receive("dave", messengers.next("dave", ["alice"])!)
  messengers.receive("dave", messengers.next("dave", ["bob"])!)
  messengers.settle(abc)
  messengers.settle(["dave"], ["alice", "carol"])
  const { memberships } = author.accepts("messenger.memberships", { on: "dave", group: messengers.group })
  author.claim(memberships.length === 1, "Dave has one membership")
}

/** Dave meets Bob, and has two memberships. */
const joinLater = (messengers: MessengerGroup, missing: ReadonlyArray<Missing> = []): void => {
  messengers.meet("dave", "bob")
  messengers.retry("dave", missing)
  const { memberships } = messengers.author.accepts("messenger.memberships", { on: "dave", group: messengers.group })
  messengers.author.claim(memberships.length === 2 && memberships.every(({ removed }) => !removed), "Dave has two memberships")
}

/** Envelopes of somebody unknown. */
const junk = (group: string, seq: number): string =>
  Hex.encode(
    encodeWire(Envelope, {
      type: "envelope",
      items: [
        {
          control: { type: "update", group, sender: filled(0xee, 16), seq, commitment: new Uint8Array(32) },
          signingKey: new Uint8Array(32),
          cut: new Uint8Array(32),
          chain: null,
          directs: {},
        },
      ],
      signature: new Uint8Array(64),
    }),
  )

const further = (): ReadonlyArray<Case> => [
  messengerCase(
    "addition-withheld",
    {
      title: "Carol removes Alice and adds her again, and gives her the addition only: it makes nothing before the removal has come",
      clauses: [clauses["same-addition"], clauses["one-voice"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      messengers.acquaint(abc)
      const [removal] = messengers.remove("carol", "alice").packets
      const [addition] = messengers.add("carol", "alice").packets
      messengers.reorder("alice", () => [])
      messengers.receive("alice", addition!)
      messengers.heard("alice")
      const { memberships } = author.accepts("messenger.memberships", { on: "alice", group })
      author.claim(memberships.length === 1, "Alice has one membership")
      messengers.say("alice", "to all of you")
      messengers.settle(["bob"], ["alice"])
      messengers.heard("bob", "alice: to all of you")
      messengers.receive("alice", removal!)
      messengers.heard("alice", "left", "joined", "user-added bob", "user-added alice", "user-added carol")
      messengers.flood(abc)
      messengers.agree(abc)
    },
  ),
  messengerCase(
    "second-later",
    {
      title: "A second membership is made later: what the first one has told is not told again, and something else by the same name is",
      clauses: [clauses["same-addition"], clauses["one-event"], clauses["log-replayed"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      secondLater(messengers)
      const twin = copyOf(messengers, "carol")
      const one = messengers.say("carol", "for dave").packets.at(-1)!
      const another = author.accepts("messenger.send", { on: twin, group, payload: hexOf("for bob!") }).packets.at(-1)!
      messengers.settle(["dave"], ["carol"])
      const two = messengers.say("carol", "and this").packets.at(-1)!
      messengers.settle(["dave"], ["carol"])
      messengers.read("dave", "carol: for dave", "carol: and this")
      joinLater(messengers)
      messengers.receive("dave", two)
      messengers.read("dave")
      messengers.receive("dave", another)
      messengers.read("dave", "carol: for bob!")
      author.ignores("messenger.receive", { on: "dave", packet: one })
    },
    { strangers: ["dave"] },
  ),
  messengerCase(
    "log-shares",
    {
      title: "Strangers fill the log again and again: what members have sent is there for a second membership",
      clauses: [clauses["log-shares"], clauses["log-replayed"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      secondLater(messengers)
      for (let round = 0; round < 5; round++) {
        for (let seq = 1; seq <= 64; seq++) author.accepts("messenger.receive", { on: "dave", packet: junk(group, 1 + 64 * round + seq) })
        author.accepts("messenger.forget-held", { on: "dave", group })
      }
      joinLater(messengers, [{ message: { sender: filled(0xee, 16), seq: 1 } }])
      const { missing } = messengers.receive("dave", messengers.update("carol").packets[0]!)
      const carol = memberOf(messengers, "carol", null, 0)
      author.claim(!JSON.stringify(missing).includes(carol), "nothing of Carol is missing")
    },
    { strangers: ["dave"] },
  ),
]

const memberships = (): ReadonlyArray<Case> => [
  messengerCase(
    "two-additions",
    {
      title: "Two members add one user at once: one membership remains, and messages are told once",
      clauses: [clauses["one-voice"], clauses["one-event"], clauses["log-replayed"]],
    },
    abc,
    (messengers) => {
      twoAdditions(messengers)
      messengers.settle(abcd)
      messengers.agree(abcd)
      const { memberships } = messengers.author.accepts("messenger.memberships", { on: "dave", group: messengers.group })
      messengers.author.claim(memberships.length === 2 && memberships.filter(({ removed }) => removed).length === 1, "one of two remains")
      messengers.read("dave", "alice: from alice", "bob: from bob")
      messengers.say("carol", "hello dave")
      messengers.say("dave", "hello all")
      messengers.settle(abcd)
      messengers.read("dave", "carol: hello dave")
      messengers.read("alice", "bob: from bob", "carol: hello dave", "dave: hello all")
      messengers.read("carol", "alice: from alice", "bob: from bob", "dave: hello all")
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "two-additions-in-another-order",
    { title: "The same, and the packets come in another order", clauses: [clauses["one-voice"], clauses["log-replayed"]] },
    abc,
    (messengers) => {
      twoAdditions(messengers)
      messengers.reorder("dave", (packets) => [...packets].reverse())
      messengers.reorder("carol", (packets) => [...packets].reverse())
      messengers.settle(["dave", "carol"], abcd)
      messengers.settle(abcd)
      messengers.agree(abcd)
      messengers.read("dave", "alice: from alice", "bob: from bob")
      messengers.read("carol", "alice: from alice", "bob: from bob")
      messengers.update("dave")
      messengers.settle(abcd)
      messengers.say("alice", "rekeyed")
      messengers.settle(abcd)
      messengers.read("dave", "alice: rekeyed")
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "message-for-both",
    {
      title: "A message that both memberships can open is told once, also when it comes again after one was removed",
      clauses: [clauses["one-event"], clauses["one-voice"]],
    },
    abc,
    (messengers) => {
      messengers.add("alice", "dave")
      messengers.add("bob", "dave")
      messengers.settle(abc)
      const message = messengers.say("carol", "for both").packets.at(-1)!
      messengers.receive("dave", messengers.next("dave", ["alice"])!)
      messengers.receive("dave", messengers.next("dave", ["bob"])!)
      // Bob has not acknowledged the one addition yet, and Alice not the other: nobody is retired.
      messengers.settle(["dave"], ["carol"])
      messengers.read("dave", "carol: for both")
      messengers.settle(abcd)
      messengers.read("dave")
      messengers.author.ignores("messenger.receive", { on: "dave", packet: message })
      messengers.agree(abcd)
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "adder-removed-meanwhile",
    {
      title: "The adder of the membership that would retire the other is removed at the same time: the other remains",
      clauses: [clauses["one-voice"], clauses["member-changed"]],
    },
    abc,
    (messengers) => {
      twoAdditions(messengers)
      messengers.settle(["alice", "bob", "dave"])
      const { memberships } = messengers.author.accepts("messenger.memberships", { on: "dave", group: messengers.group })
      const adder = memberOf(messengers, "alice", null, 0)
      const [removed, remaining] = memberOf(messengers, "dave", adder, 2) === memberships[0]!.member ? ["alice", "bob"] : ["bob", "alice"]
      messengers.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "user-added carol", ...fromBoth)
      messengers.remove("carol", removed!)
      messengers.flood(abcd)
      messengers.agree(["carol", "dave", remaining!])
      messengers.say("dave", "still here")
      messengers.flood(abcd)
      messengers.read("carol", "former alice: from alice", "bob: from bob", "dave: still here")
      messengers.heard("dave", "member-changed", `user-removed ${removed}`)
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "added-again",
    { title: "A user is removed and added again", clauses: [clauses["one-voice"], clauses["one-event"]] },
    abc,
    (messengers) => {
      messengers.acquaint(abc)
      messengers.say("carol", "the first time")
      messengers.settle(abc)
      messengers.remove("alice", "carol")
      messengers.settle(abc)
      messengers.add("bob", "carol")
      messengers.settle(abc)
      messengers.agree(abc)
      messengers.say("carol", "the second time")
      messengers.say("alice", "welcome back")
      messengers.settle(abc)
      messengers.heard("carol", "left", "joined", "user-added bob", "user-added alice", "user-added carol", "alice: welcome back")
      messengers.read("bob", "carol: the first time", "carol: the second time", "alice: welcome back")
    },
  ),
  messengerCase(
    "added-again-unaware",
    { title: "A user is added again before it knows that it was removed", clauses: [clauses["one-voice"], clauses["log-replayed"]] },
    abc,
    (messengers) => {
      messengers.acquaint(abc)
      messengers.remove("alice", "carol")
      messengers.settle(["alice", "bob"])
      messengers.say("carol", "who, me?")
      messengers.add("bob", "carol")
      messengers.settle(["alice", "bob"])
      messengers.reorder("carol", (packets) => [...packets].reverse())
      messengers.settle(abc)
      messengers.agree(abc)
      messengers.say("carol", "again")
      messengers.settle(abc)
      messengers.read("alice", "former carol: who, me?", "carol: again")
    },
  ),
  messengerCase(
    "own-message-comes-back",
    { title: "A message of one membership that comes back is no event through the other", clauses: [clauses["one-event"]] },
    abc,
    (messengers) => {
      messengers.add("alice", "dave")
      messengers.add("bob", "dave")
      messengers.settle(abc)
      messengers.receive("dave", messengers.next("dave", ["alice"])!)
      messengers.receive("dave", messengers.next("dave", ["bob"])!)
      const [message] = messengers.say("dave", "mine").packets.slice(-1)
      messengers.read("dave")
      const { verdict } = messengers.author.answers("messenger.receive", { on: "dave", packet: message! })
      messengers.author.claim(verdict === "accepted" || verdict === "ignored", "the message is nothing new")
      messengers.flood(abcd)
      messengers.read("dave")
      messengers.read("carol", "dave: mine")
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "three-additions",
    { title: "Three members add one user at once: two memberships are retired", clauses: [clauses["one-voice"], clauses["log-replayed"]] },
    abc,
    (messengers) => {
      messengers.acquaint(abcd, 2)
      for (const user of abc) messengers.add(user, "dave")
      for (const user of abc) messengers.say(user, "welcome")
      messengers.flood(abcd)
      messengers.agree(abcd)
      const { memberships } = messengers.author.accepts("messenger.memberships", { on: "dave", group: messengers.group })
      const alive = memberships.filter(({ removed }) => !removed)
      messengers.author.claim(memberships.length === 3 && alive.length === 1, "one of three remains")
      messengers.read("dave", "alice: welcome", "bob: welcome", "carol: welcome")
      messengers.say("dave", "thank you")
      messengers.flood(abcd)
      messengers.read("carol", "alice: welcome", "bob: welcome", "dave: thank you")
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "both-removed",
    { title: "A user who is in the group twice is removed: both members are", clauses: [clauses["one-voice"]] },
    abc,
    (messengers) => {
      messengers.add("alice", "dave")
      messengers.add("bob", "dave")
      messengers.settle(abc)
      const { packets } = messengers.remove("carol", "dave")
      messengers.author.claim(packets.length === 1, "both removals in one envelope")
      messengers.flood(abcd)
      messengers.agree(abc)
      messengers.author.gives("messenger.users", { on: "dave", group: messengers.group }, { users: [] })
      messengers.author.accepts("messenger.forget", { on: "dave", group: messengers.group })
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "late-joiner",
    { title: "What was sent before a user was known to be added is taken from its log", clauses: [clauses["log-replayed"]] },
    abc,
    (messengers) => {
      messengers.listen("dave")
      const addition = messengers.add("alice", "dave").packets[0]!
      messengers.receive("bob", messengers.next("bob")!)
      messengers.say("bob", "hello dave")
      messengers.update("carol")
      messengers.next("dave")
      const early = messengers.waitingFor("dave")
      for (const packet of early) {
        const { missing } = messengers.receive("dave", packet)
        messengers.author.claim(JSON.stringify(missing) === JSON.stringify([{ join: messengers.group }]), "Dave has to join")
        messengers.next("dave")
      }
      messengers.author.ignores("messenger.receive", { on: "dave", packet: early[0]! })
      messengers.receive("dave", addition)
      messengers.read("dave", "bob: hello dave")
      messengers.settle(abcd)
      messengers.agree(abcd)
      messengers.say("dave", "thank you")
      messengers.settle(abcd)
      messengers.read("carol", "bob: hello dave", "dave: thank you")
    },
    { outsiders: ["dave"] },
  ),
]

/** Users in a group more than once. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-memberships", layer: "messaging", flags: {} }, () => [
  ...memberships(),
  ...further(),
])
