import { Hex } from "effect/encoding"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { type Case, caseFile } from "../author.ts"
import { filled, first, hexOf } from "../people.ts"
import { copyOf, memberOf, type Talk, talking, twoAdditions } from "./talk.ts"

const abc = first(3)
const abcd = first(4)

const fromBoth = ["alice: from alice", "bob: from bob"]

/** Bob, whom Dave does not know, adds Dave at the same time as Alice: Dave has one membership, to which a second one comes when Dave has met Bob. Bob has acknowledged neither. */
const secondLater = (talk: Talk): void => {
  const { author } = talk
  for (const user of ["alice", "carol"]) for (let count = 0; count < 2; count++) talk.meet("dave", user)
  for (const user of abc) for (let count = 0; count < 2; count++) talk.meet(user, "dave")
  talk.add("alice", "dave")
  talk.add("bob", "dave")
  talk.receive("dave", talk.next("dave", ["alice"])!)
  talk.receive("dave", talk.next("dave", ["bob"])!)
  talk.settle(abc)
  talk.settle(["dave"], ["alice", "carol"])
  const { memberships } = author.accepts("messenger.memberships", { on: "dave", group: talk.group })
  author.claim(memberships.length === 1, "Dave has one membership")
}

/** Dave meets Bob, and has two memberships. */
const joinLater = (talk: Talk): void => {
  talk.meet("dave", "bob")
  talk.retry("dave")
  const { memberships } = talk.author.accepts("messenger.memberships", { on: "dave", group: talk.group })
  talk.author.claim(memberships.length === 2 && memberships.every(({ removed }) => !removed), "Dave has two memberships")
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
  talking(
    "addition-withheld",
    {
      title: "Carol removes Alice and adds her again, and gives her the addition only: it makes nothing before the removal has come",
      clauses: [clauses["same-addition"], clauses["one-voice"]],
    },
    abc,
    (talk) => {
      const { author, group } = talk
      talk.acquaint(abc)
      const [removal] = talk.remove("carol", "alice").packets
      const [addition] = talk.add("carol", "alice").packets
      talk.reorder("alice", () => [])
      talk.receive("alice", addition!)
      talk.heard("alice")
      const { memberships } = author.accepts("messenger.memberships", { on: "alice", group })
      author.claim(memberships.length === 1, "Alice has one membership")
      talk.say("alice", "to all of you")
      talk.settle(["bob"], ["alice"])
      talk.heard("bob", "alice: to all of you")
      talk.receive("alice", removal!)
      talk.heard("alice", "left", "joined", "user-added bob", "user-added alice", "user-added carol")
      talk.flood(abc)
      talk.agree(abc)
    },
  ),
  talking(
    "second-later",
    {
      title: "A second membership is made later: what the first one has told is not told again, and something else by the same name is",
      clauses: [clauses["same-addition"], clauses["one-event"], clauses["log-replayed"]],
    },
    abc,
    (talk) => {
      const { author, group } = talk
      secondLater(talk)
      const twin = copyOf(talk, "carol")
      const one = talk.say("carol", "for dave").packets.at(-1)!
      const another = author.accepts("messenger.send", { on: twin, group, payload: hexOf("for bob!") }).packets.at(-1)!
      talk.settle(["dave"], ["carol"])
      const two = talk.say("carol", "and this").packets.at(-1)!
      talk.settle(["dave"], ["carol"])
      talk.read("dave", "carol: for dave", "carol: and this")
      joinLater(talk)
      talk.receive("dave", two)
      talk.read("dave")
      talk.receive("dave", another)
      talk.read("dave", "carol: for bob!")
      author.ignores("messenger.receive", { on: "dave", packet: one })
    },
    { strangers: ["dave"] },
  ),
  talking(
    "log-shares",
    {
      title: "Strangers fill the log again and again: what members have sent is there for a second membership",
      clauses: [clauses["log-shares"], clauses["log-replayed"]],
    },
    abc,
    (talk) => {
      const { author, group } = talk
      secondLater(talk)
      for (let round = 0; round < 5; round++) {
        for (let seq = 1; seq <= 64; seq++) author.accepts("messenger.receive", { on: "dave", packet: junk(group, 1 + 64 * round + seq) })
        author.accepts("messenger.forget-held", { on: "dave", group })
      }
      joinLater(talk)
      const { missing } = talk.receive("dave", talk.update("carol").packets[0]!)
      const carol = memberOf(talk, "carol", null, 0)
      author.claim(!JSON.stringify(missing).includes(carol), "nothing of Carol is missing")
    },
    { strangers: ["dave"] },
  ),
]

const memberships = (): ReadonlyArray<Case> => [
  talking(
    "two-additions",
    {
      title: "Two members add one user at once: one membership remains, and messages are told once",
      clauses: [clauses["one-voice"], clauses["one-event"], clauses["log-replayed"]],
    },
    abc,
    (talk) => {
      twoAdditions(talk)
      talk.settle(abcd)
      talk.agree(abcd)
      const { memberships } = talk.author.accepts("messenger.memberships", { on: "dave", group: talk.group })
      talk.author.claim(memberships.length === 2 && memberships.filter(({ removed }) => removed).length === 1, "one of two remains")
      talk.read("dave", "alice: from alice", "bob: from bob")
      talk.say("carol", "hello dave")
      talk.say("dave", "hello all")
      talk.settle(abcd)
      talk.read("dave", "carol: hello dave")
      talk.read("alice", "bob: from bob", "carol: hello dave", "dave: hello all")
      talk.read("carol", "alice: from alice", "bob: from bob", "dave: hello all")
    },
    { outsiders: ["dave"] },
  ),
  talking(
    "two-additions-in-another-order",
    { title: "The same, and the packets come in another order", clauses: [clauses["one-voice"], clauses["log-replayed"]] },
    abc,
    (talk) => {
      twoAdditions(talk)
      talk.reorder("dave", (packets) => [...packets].reverse())
      talk.reorder("carol", (packets) => [...packets].reverse())
      talk.settle(["dave", "carol"], abcd)
      talk.settle(abcd)
      talk.agree(abcd)
      talk.read("dave", "alice: from alice", "bob: from bob")
      talk.read("carol", "alice: from alice", "bob: from bob")
      talk.update("dave")
      talk.settle(abcd)
      talk.say("alice", "rekeyed")
      talk.settle(abcd)
      talk.read("dave", "alice: rekeyed")
    },
    { outsiders: ["dave"] },
  ),
  talking(
    "message-for-both",
    {
      title: "A message that both memberships can open is told once, also when it comes again after one was removed",
      clauses: [clauses["one-event"], clauses["one-voice"]],
    },
    abc,
    (talk) => {
      talk.add("alice", "dave")
      talk.add("bob", "dave")
      talk.settle(abc)
      const message = talk.say("carol", "for both").packets.at(-1)!
      talk.receive("dave", talk.next("dave", ["alice"])!)
      talk.receive("dave", talk.next("dave", ["bob"])!)
      // Bob has not acknowledged the one addition yet, and Alice not the other: nobody is retired.
      talk.settle(["dave"], ["carol"])
      talk.read("dave", "carol: for both")
      talk.settle(abcd)
      talk.read("dave")
      talk.author.ignores("messenger.receive", { on: "dave", packet: message })
      talk.agree(abcd)
    },
    { outsiders: ["dave"] },
  ),
  talking(
    "adder-removed-meanwhile",
    {
      title: "The adder of the membership that would retire the other is removed at the same time: the other remains",
      clauses: [clauses["one-voice"], clauses["member-changed"]],
    },
    abc,
    (talk) => {
      twoAdditions(talk)
      talk.settle(["alice", "bob", "dave"])
      const { memberships } = talk.author.accepts("messenger.memberships", { on: "dave", group: talk.group })
      const adder = memberOf(talk, "alice", null, 0)
      const [removed, remaining] = memberOf(talk, "dave", adder, 2) === memberships[0]!.member ? ["alice", "bob"] : ["bob", "alice"]
      talk.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "user-added carol", ...fromBoth)
      talk.remove("carol", removed!)
      talk.flood(abcd)
      talk.agree(["carol", "dave", remaining!])
      talk.say("dave", "still here")
      talk.flood(abcd)
      talk.read("carol", "former alice: from alice", "bob: from bob", "dave: still here")
      talk.heard("dave", "member-changed", `user-removed ${removed}`)
    },
    { outsiders: ["dave"] },
  ),
  talking(
    "added-again",
    { title: "A user is removed and added again", clauses: [clauses["one-voice"], clauses["one-event"]] },
    abc,
    (talk) => {
      talk.acquaint(abc)
      talk.say("carol", "the first time")
      talk.settle(abc)
      talk.remove("alice", "carol")
      talk.settle(abc)
      talk.add("bob", "carol")
      talk.settle(abc)
      talk.agree(abc)
      talk.say("carol", "the second time")
      talk.say("alice", "welcome back")
      talk.settle(abc)
      talk.heard("carol", "left", "joined", "user-added bob", "user-added alice", "user-added carol", "alice: welcome back")
      talk.read("bob", "carol: the first time", "carol: the second time", "alice: welcome back")
    },
  ),
  talking(
    "added-again-unaware",
    { title: "A user is added again before it knows that it was removed", clauses: [clauses["one-voice"], clauses["log-replayed"]] },
    abc,
    (talk) => {
      talk.acquaint(abc)
      talk.remove("alice", "carol")
      talk.settle(["alice", "bob"])
      talk.say("carol", "who, me?")
      talk.add("bob", "carol")
      talk.settle(["alice", "bob"])
      talk.reorder("carol", (packets) => [...packets].reverse())
      talk.settle(abc)
      talk.agree(abc)
      talk.say("carol", "again")
      talk.settle(abc)
      talk.read("alice", "former carol: who, me?", "carol: again")
    },
  ),
  talking(
    "own-message-comes-back",
    { title: "A message of one membership that comes back is no event through the other", clauses: [clauses["one-event"]] },
    abc,
    (talk) => {
      talk.add("alice", "dave")
      talk.add("bob", "dave")
      talk.settle(abc)
      talk.receive("dave", talk.next("dave", ["alice"])!)
      talk.receive("dave", talk.next("dave", ["bob"])!)
      const [message] = talk.say("dave", "mine").packets.slice(-1)
      talk.read("dave")
      const { verdict } = talk.author.answers("messenger.receive", { on: "dave", packet: message! })
      talk.author.claim(verdict === "accepted" || verdict === "ignored", "the message is nothing new")
      talk.flood(abcd)
      talk.read("dave")
      talk.read("carol", "dave: mine")
    },
    { outsiders: ["dave"] },
  ),
  talking(
    "three-additions",
    { title: "Three members add one user at once: two memberships are retired", clauses: [clauses["one-voice"], clauses["log-replayed"]] },
    abc,
    (talk) => {
      talk.acquaint(abcd, 2)
      for (const user of abc) talk.add(user, "dave")
      for (const user of abc) talk.say(user, "welcome")
      talk.flood(abcd)
      talk.agree(abcd)
      const { memberships } = talk.author.accepts("messenger.memberships", { on: "dave", group: talk.group })
      const alive = memberships.filter(({ removed }) => !removed)
      talk.author.claim(memberships.length === 3 && alive.length === 1, "one of three remains")
      talk.read("dave", "alice: welcome", "bob: welcome", "carol: welcome")
      talk.say("dave", "thank you")
      talk.flood(abcd)
      talk.read("carol", "alice: welcome", "bob: welcome", "dave: thank you")
    },
    { outsiders: ["dave"] },
  ),
  talking(
    "both-removed",
    { title: "A user who is in the group twice is removed: both members are", clauses: [clauses["one-voice"]] },
    abc,
    (talk) => {
      talk.add("alice", "dave")
      talk.add("bob", "dave")
      talk.settle(abc)
      const { packets } = talk.remove("carol", "dave")
      talk.author.claim(packets.length === 1, "both removals in one envelope")
      talk.flood(abcd)
      talk.agree(abc)
      talk.author.gives("messenger.users", { on: "dave", group: talk.group }, { users: [] })
      talk.author.accepts("messenger.forget", { on: "dave", group: talk.group })
    },
    { outsiders: ["dave"] },
  ),
  talking(
    "late-joiner",
    { title: "What was sent before a user was known to be added is taken from its log", clauses: [clauses["log-replayed"]] },
    abc,
    (talk) => {
      talk.listen("dave")
      const addition = talk.add("alice", "dave").packets[0]!
      talk.receive("bob", talk.next("bob")!)
      talk.say("bob", "hello dave")
      talk.update("carol")
      talk.next("dave")
      const early = talk.waitingFor("dave")
      for (const packet of early) {
        const { missing } = talk.receive("dave", packet)
        talk.author.claim(JSON.stringify(missing) === JSON.stringify([{ join: talk.group }]), "Dave has to join")
        talk.next("dave")
      }
      talk.author.ignores("messenger.receive", { on: "dave", packet: early[0]! })
      talk.receive("dave", addition)
      talk.read("dave", "bob: hello dave")
      talk.settle(abcd)
      talk.agree(abcd)
      talk.say("dave", "thank you")
      talk.settle(abcd)
      talk.read("carol", "bob: hello dave", "dave: thank you")
    },
    { outsiders: ["dave"] },
  ),
]

/** Users in a group more than once. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-memberships", layer: "messaging", flags: {} }, () => [
  ...memberships(),
  ...further(),
])
