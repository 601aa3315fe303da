import { clauses as application, maximumChains } from "../../../spec/dcgka/application-messages.ts"
import { clauses as broadcast } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { type Case, caseFile, fork, twins } from "../author.ts"
import { first, flipped } from "../people.ts"
import { copyOf, MessengerGroup, messengerCase } from "./messenger-group.ts"

const ab = first(2)
const abc = first(3)

/** Alice updates and writes so many times; all messages come before all updates, and the first update comes last. */
const heldChains = (messengers: MessengerGroup, length: number): void => {
  const all = Array.from({ length }, (_, count) => [messengers.update("alice"), messengers.say("alice", `message ${count}`)])
  const [updates, messages] = [0, 1].map((which) => all.map((both) => both[which]!.packets[0]!))
  messengers.reorder("bob", () => [...messages!.toReversed(), ...updates!.slice(1), updates![0]!])
  messengers.settle(ab)
  messengers.heard("bob", ...all.map((_, count) => `alice: message ${count}`))
}

const held = (): ReadonlyArray<Case> => [
  messengerCase(
    "twelve-chains",
    {
      title: "Twelve times Alice updates and writes; the first update comes last, after all messages",
      clauses: [clauses["held-tried"], application["out-of-order"]],
    },
    ab,
    (messengers) => {
      heldChains(messengers, 12)
    },
  ),
  messengerCase(
    "held-before-removal",
    { title: "What was held is told also when Carol is removed in the same step", clauses: [clauses["held-tried"]] },
    abc,
    (messengers) => {
      messengers.update("alice")
      messengers.say("alice", "farewell")
      messengers.receive("bob", messengers.next("bob", ["alice"])!)
      messengers.remove("bob", "carol")
      messengers.reorder("carol", ([update, ...others]) => [...others, update!])
      messengers.settle(["carol"], abc)
      messengers.heard("carol", "left", "alice: farewell")
    },
  ),
  messengerCase(
    "held-and-refused",
    {
      title: "Of two messages with one number that were held one is told, and the other is an event",
      clauses: [clauses["loss-told"], application.equivocation],
    },
    ab,
    (messengers) => {
      const copy = copyOf(messengers, "alice")
      const update = messengers.update("alice").packets[0]!
      messengers.author.accepts("messenger.update", { on: copy, group: messengers.group })
      const one = messengers.say("alice", "yes").packets[0]!
      const other = messengers.author.accepts("messenger.send", { on: copy, group: messengers.group, payload: "8200416e" }).packets[0]!
      messengers.reorder("bob", () => [])
      for (const packet of [one, other, update]) messengers.receive("bob", packet)
      messengers.heard("bob", "alice: yes", "message-refused alice")
    },
  ),
  messengerCase(
    "held-and-forged",
    { title: "A message that was held, and that its member has not signed, is nothing to tell", clauses: [clauses["loss-told"]] },
    ab,
    (messengers) => {
      const update = messengers.update("alice").packets[0]!
      const message = messengers.say("alice", "yes").packets[0]!
      messengers.reorder("bob", () => [])
      for (const packet of [flipped(message, -1), message, update]) messengers.receive("bob", packet)
      messengers.heard("bob", "alice: yes")
    },
  ),
]

const compared = (): ReadonlyArray<Case> => [
  ...twins(
    "group-messaging/stolen",
    application.closed,
    "A thief of Bob's state writes on in his old chain, after Bob has updated",
    (author) => {
      const messengers = MessengerGroup.settled(author, abc)
      messengers.say("bob", "hello")
      messengers.settle(abc)
      const thief = copyOf(messengers, "bob")
      messengers.update("bob")
      messengers.settle(abc)
      const right = messengers.say("bob", "healed").packets[0]!
      const wrong = author.accepts("messenger.send", { on: thief, group: messengers.group, payload: "666f726765" }).packets[0]!
      return fork("messenger.receive", { on: "alice", packet: right }, { packet: wrong })
    },
    [broadcast["chain-stated"]],
  ),
  messengerCase(
    "stolen-in-time",
    {
      title: "A thief of Bob's state writes before Bob updates: it is told when the update comes",
      clauses: [clauses["chain-compared"], application.differs],
    },
    abc,
    (messengers) => {
      const thief = copyOf(messengers, "bob")
      const forged = messengers.author.accepts("messenger.send", { on: thief, group: messengers.group, payload: "666f726765" }).packets[0]!
      messengers.receive("alice", forged)
      messengers.heard("alice", "bob: forge")
      messengers.update("bob")
      messengers.settle(abc)
      messengers.heard("alice", "chain-differs bob")
      messengers.heard("carol")
    },
  ),
  messengerCase(
    "two-texts",
    {
      title: "Alice writes two texts with one number: who has the other one sees it when her chain ends",
      clauses: [clauses["chain-compared"], application.differs, broadcast["chain-stated"]],
    },
    abc,
    (messengers) => {
      const copy = copyOf(messengers, "alice")
      messengers.say("alice", "yes")
      const no = messengers.author.accepts("messenger.send", { on: copy, group: messengers.group, payload: "6e6f" }).packets[0]!
      messengers.reorder("carol", () => [])
      messengers.receive("bob", messengers.next("bob")!)
      messengers.receive("carol", no)
      messengers.author.refuses(application.equivocation, "messenger.receive", { on: "bob", packet: no })
      messengers.update("carol")
      messengers.settle(["alice", "carol"])
      messengers.heard("carol", "alice: no", "chain-differs alice")
      messengers.settle(abc)
      messengers.heard("bob", "alice: yes")
    },
  ),
]

const overtaken = (): ReadonlyArray<Case> => [
  messengerCase(
    "uncompared",
    {
      title: "Alice's update overtakes what she wrote before it: her chain cannot be compared until that has come",
      clauses: [clauses["chain-compared"], application.uncompared],
    },
    ab,
    (messengers) => {
      messengers.say("alice", "slow")
      messengers.update("alice")
      messengers.reorder("bob", ([message, update]) => [update!, message!])
      messengers.receive("bob", messengers.next("bob")!)
      messengers.heard("bob", "chain-uncompared alice 1")
      messengers.receive("bob", messengers.next("bob")!)
      messengers.heard("bob", "alice: slow")
    },
  ),
  messengerCase(
    "compared-late",
    {
      title: "Alice's chain could not be compared before its message came: another one comes in its place, and the chain differs",
      clauses: [clauses["chain-compared"], application.differs],
    },
    ab,
    (messengers) => {
      const copy = copyOf(messengers, "alice")
      messengers.say("alice", "yes")
      const no = messengers.author.accepts("messenger.send", { on: copy, group: messengers.group, payload: "6e6f" }).packets[0]!
      messengers.receive("bob", messengers.update("alice").packets[0]!)
      messengers.heard("bob", "chain-uncompared alice 1")
      messengers.receive("bob", no)
      messengers.heard("bob", "alice: no", "chain-differs alice")
    },
  ),
]

/** Chains of application messages in groups: what is held, lost and compared. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-chains", layer: "messaging", flags: {} }, () => [
  ...held(),
  ...compared(),
  ...overtaken(),
])

/** What takes many chains. */
export const limits = caseFile({ part: "dcgka", chapter: "group-messaging-chains-limits", layer: "messaging", flags: {} }, () => [
  messengerCase(
    "sixty-six-chains",
    {
      title: "66 times Alice updates and writes; the first update comes last: messages are told before their chains are too many",
      clauses: [clauses["held-tried"]],
    },
    ab,
    (messengers) => heldChains(messengers, maximumChains + 1),
  ),
  messengerCase(
    "lost",
    {
      title: "Two messages of each of 66 chains never came: when a 66th is kept, those of the first are lost",
      clauses: [clauses["loss-told"], clauses["chain-compared"], application.lost, application.ended, application.uncompared],
    },
    ab,
    (messengers) => {
      for (let count = 0; count <= maximumChains; count++) {
        messengers.say("alice", "lost")
        messengers.say("alice", "lost too")
        messengers.next("bob")
        messengers.next("bob")
        messengers.update("alice")
        messengers.receive("bob", messengers.next("bob")!)
        messengers.heard("bob", ...(count < maximumChains - 1 ? [] : ["messages-lost alice 2"]), "chain-uncompared alice 2")
      }
    },
  ),
  messengerCase(
    "lost-with-more",
    {
      title:
        "In the step in which messages are lost one that was held is told before that, and another one with its number is refused after",
      clauses: [clauses["loss-told"], application.lost, application.equivocation],
    },
    ab,
    (messengers) => {
      for (let count = 1; count < maximumChains; count++) {
        messengers.say("alice", "lost")
        messengers.next("bob")
        messengers.update("alice")
        messengers.receive("bob", messengers.next("bob")!)
        messengers.heard("bob", "chain-uncompared alice 1")
      }
      messengers.say("alice", "lost")
      const [update] = messengers.update("alice").packets
      const twin = copyOf(messengers, "alice")
      for (const user of ["alice", twin]) messengers.receive("bob", messengers.say(user, `from ${user}`).packets[0]!)
      messengers.receive("bob", update!)
      messengers.heard("bob", "alice: from alice", "messages-lost alice 1", "message-refused alice", "chain-uncompared alice 1")
    },
  ),
])
