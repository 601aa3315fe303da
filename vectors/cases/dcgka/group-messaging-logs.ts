import { Hex } from "effect/encoding"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses as broadcast, Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { filled, first, flipped } from "../people.ts"
import { kindsOf } from "./broadcast-group.ts"
import { copyOf, MessengerGroup, memberOf, messengerCase } from "./messenger-group.ts"

const ab = first(2)
const abc = first(3)

/** An acknowledgement that its sender has not signed, and for which many messages of the same sender are lacking. */
const acknowledging = (group: string, sender: string, seq: number, ofSender: string): string => {
  const control = { type: "ack", group, sender, seq, ofSender, ofSeq: 1 } as const
  const items = [{ control, signingKey: null, cut: null, chain: null, directs: {} }]
  return Hex.encode(encodeWire(Envelope, { type: "envelope", items, signature: new Uint8Array(64).fill(7) }))
}

const held = (): ReadonlyArray<Case> => [
  messengerCase(
    "held-beyond-the-log",
    {
      title: "Bob holds an update of Alice's when 256 later envelopes in her name take its place in the log: it is processed all the same",
      clauses: [clauses["log-shares"]],
    },
    ab,
    (messengers) => {
      const { author, group } = messengers
      const [alice, bob] = ab.map((user) => memberOf(messengers, user, null, 0)) as [string, string]
      const [one, two] = [messengers.update("alice"), messengers.update("alice")].flatMap(({ packets }) => packets)
      messengers.reorder("bob", () => [])
      messengers.receive("bob", two!)
      for (let seq = 101; seq <= 356; seq++)
        author.accepts("messenger.receive", { on: "bob", packet: acknowledging(group, alice, seq, bob) })
      const { packets } = messengers.receive("bob", one!)
      author.claim(packets.map(kindsOf).join() === "ack,ack", "Bob acknowledges both updates")
      messengers.say("alice", "with the second")
      messengers.receive("bob", messengers.next("bob", ["alice"])!)
      messengers.heard("bob", "alice: with the second")
    },
  ),
  messengerCase(
    "waits-from-the-log",
    {
      title:
        "A message that came before Dave was added waits when he has joined: a refusal changes nothing, and it is opened when its chain begins",
      clauses: [clauses["log-replayed"], clauses["held-tried"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const [addition] = messengers.add("alice", "dave").packets
      messengers.receive("bob", messengers.next("bob")!)
      const [update] = messengers.update("bob").packets
      const message = messengers.say("bob", "hello dave").packets.at(-1)!
      messengers.receive("dave", message)
      messengers.receive("dave", addition!)
      messengers.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "user-added carol")
      author.refuses(clauses["no-such-user"], "messenger.remove", { on: "dave", group, user: "erin" })
      messengers.reorder("dave", (packets) => packets.filter((packet) => packet !== addition && packet !== message && packet !== update))
      messengers.settle(["dave"], ["bob"])
      messengers.heard("dave")
      messengers.receive("dave", update!)
      messengers.heard("dave", "bob: hello dave")
    },
    { outsiders: ["dave"] },
  ),
  aCase(
    "group-messaging/forget-held-unknown",
    { title: "What is held is dropped in a group that is not known: it is not known then, either", clauses: [clauses["no-such-group"]] },
    (author) => {
      new MessengerGroup(author, ["alice"])
      const there = { on: "alice", group: filled(1, 16) }
      author.gives("messenger.forget-held", there, {})
      author.refuses(clauses["no-such-group"], "messenger.retry", there)
    },
  ),
]

/** Alice, of whom Bob has no bundle, creates a group with him. */
const unknownInviter = (messengers: MessengerGroup): string => {
  messengers.meet("alice", "bob")
  return messengers.create("alice", ["bob"]).packets[0]!
}

const invitations = (): ReadonlyArray<Case> => [
  aCase(
    "group-messaging/invitation-again-for-its-bundle",
    {
      title:
        "An invitation waits for a bundle, and comes again after that: the first time it is ignored, and with the bundle Bob joins by it",
      clauses: [clauses.retried],
    },
    (author) => {
      const messengers = new MessengerGroup(author, ab)
      const packet = unknownInviter(messengers)
      author.gives("messenger.receive", { on: "bob", packet }, { packets: [], events: [], missing: [{ bundle: "alice" }] })
      author.ignores("messenger.receive", { on: "bob", packet })
      messengers.meet("bob", "alice")
      messengers.receive("bob", packet)
      messengers.heard("bob", "joined", "user-added bob", "user-added alice")
    },
  ),
  aCase(
    "group-messaging/refused-invitation-again",
    {
      title:
        "An invitation with a wrong signature was refused when the bundle for which it waited had come: when it comes again it is ignored",
      clauses: [clauses["refused-told"], clauses.retried],
    },
    (author) => {
      const messengers = new MessengerGroup(author, ab)
      const packet = flipped(unknownInviter(messengers), -1)
      messengers.receive("bob", packet)
      messengers.meet("bob", "alice")
      messengers.retry("bob", [{ join: messengers.group }])
      messengers.heard("bob", "envelope-refused alice")
      author.ignores("messenger.receive", { on: "bob", packet })
    },
  ),
  messengerCase(
    "second-invitation-again",
    {
      title:
        "Dave has taken Bob's addition of him, and needs a bundle of Bob's to join by it: it comes again with the bundle there, and is accepted though it is nothing new to his first membership",
      clauses: [clauses["same-addition"], clauses.retried],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      for (const user of ["alice", "carol"]) messengers.meet("dave", user)
      for (const user of abc) messengers.meet(user, "dave")
      const [one] = messengers.add("alice", "dave").packets
      const [other] = messengers.add("bob", "dave").packets
      for (const packet of [one!, other!]) messengers.receive("dave", packet)
      author.ignores("messenger.receive", { on: "dave", packet: other! })
      messengers.meet("dave", "bob")
      messengers.receive("dave", other!)
      const { memberships } = author.accepts("messenger.memberships", { on: "dave", group })
      author.claim(memberships.length === 2, "Dave has two memberships")
    },
    { strangers: ["dave"] },
  ),
]

/** How many memberships Dave has. */
const numbers = ({ author, group }: MessengerGroup, count: number): void => {
  const { memberships } = author.accepts("messenger.memberships", { on: "dave", group })
  author.claim(memberships.length === count, `Dave has ${count} memberships`)
}

const vouched = (): ReadonlyArray<Case> => [
  messengerCase(
    "vouched-by-the-newest",
    {
      title:
        "Carol, who has an answer of Bob's that Dave lacks, adds him: the membership that she makes takes Bob's addition of Dave from the log, where it stands first, and Dave joins by it in the next step",
      clauses: [clauses["same-addition"], clauses["log-replayed"]],
    },
    abc,
    (messengers) => {
      for (const user of abc) messengers.meet(user, "dave")
      const [update] = messengers.update("alice").packets
      const answers = ["bob", "carol"].map((user) => messengers.receive(user, update!).packets[0]!) as [string, string]
      messengers.receive("alice", answers[1])
      messengers.receive("carol", answers[0])
      const additions = ["alice", "bob", "carol"].map((user) => messengers.add(user, "dave").packets[0]!)
      for (const packet of additions) messengers.receive("dave", packet)
      numbers(messengers, 2)
      // The answers lack which nobody has given to him, and the additions after them, which others of his have answered.
      const [bob, carol] = ["bob", "carol"].map((user) => memberOf(messengers, user, null, 0)) as [string, string]
      const lacking = [bob, carol].flatMap((sender) => [2, 3].map((seq) => ({ message: { sender, seq } })))
      messengers.retry("dave", lacking)
      numbers(messengers, 3)
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "added-removed-and-added-by-one",
    {
      title:
        "Bob adds Dave, removes him and adds him again, all of which a membership of Dave has taken before he can join by either addition: each is known by its own digest, and he joins by both",
      clauses: [clauses["same-addition"]],
    },
    abc,
    (messengers) => {
      for (const user of ["alice", "carol"]) messengers.meet("dave", user)
      for (const user of abc) for (let count = 0; count < 3; count++) messengers.meet(user, "dave")
      messengers.receive("dave", messengers.add("alice", "dave").packets[0]!)
      const sent = [messengers.add("bob", "dave"), messengers.remove("bob", "dave"), messengers.add("bob", "dave")]
      for (const packet of sent.flatMap(({ packets }) => packets)) messengers.receive("dave", packet)
      messengers.meet("dave", "bob")
      messengers.take("dave", messengers.author.accepts("messenger.retry", { on: "dave", group: messengers.group }))
      numbers(messengers, 3)
    },
    { strangers: ["dave"] },
  ),
]

/** Dave is added by Alice and by Bob at once, and speaks as the member that Alice has made; Carol has confirmed what the one welcome says, and not the other. */
const confirmedToOne = (messengers: MessengerGroup): void => {
  const [one] = messengers.add("alice", "dave").packets
  const [other] = messengers.add("bob", "dave").packets
  messengers.receive("dave", one!)
  const [answer] = messengers.receive("carol", one!).packets
  messengers.receive("dave", answer!)
  messengers.receive("dave", other!)
  messengers.reorder("carol", () => [])
  messengers.reorder("dave", () => [])
}

const verdicts = (): ReadonlyArray<Case> => [
  messengerCase(
    "first-verdict",
    {
      title:
        "Both memberships of Dave refuse an update of Carol's that was changed on its way, the second one by the word of Bob, who added it: the verdict is the first one's",
      clauses: [clauses["one-voice"], broadcast.signature],
    },
    abc,
    (messengers) => {
      const { author } = messengers
      confirmedToOne(messengers)
      const [update] = messengers.update("carol").packets
      author.refuses(broadcast.signature, "messenger.receive", { on: "dave", packet: flipped(update!, -1) })
      messengers.receive("dave", update!)
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "refused-by-one",
    {
      title:
        "Carol acknowledges one message for some and another for others: what she sends next is accepted by the membership of Dave that has the one, and refused by that which Bob made, who has the other",
      clauses: [clauses["refused-told"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const twin = copyOf(messengers, "carol")
      const [first] = messengers.update("alice").packets
      const [second] = messengers.update("bob").packets
      const [one] = messengers.receive("carol", first!).packets
      const [other] = author.accepts("messenger.receive", { on: twin, packet: second! }).packets
      messengers.receive("dave", messengers.add("alice", "dave").packets[0]!)
      messengers.receive("dave", one!)
      messengers.receive("bob", other!)
      const [addition] = messengers.add("bob", "dave").packets
      for (const packet of [second!, addition!]) messengers.receive("dave", packet)
      const { memberships } = author.accepts("messenger.memberships", { on: "dave", group })
      author.claim(memberships.length === 2, "Dave has two memberships")
      messengers.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "user-added carol")
      messengers.receive("dave", messengers.update("carol").packets[0]!)
      messengers.heard("dave", "envelope-refused carol")
    },
    { outsiders: ["dave"] },
  ),
]

/** Logs, and the verdicts on packets that come again or go to two memberships. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-logs", layer: "messaging", flags: {} }, () => [
  ...held(),
  ...invitations(),
  ...vouched(),
  ...verdicts(),
])
