import { clauses as application, maximumChains } from "../../../spec/dcgka/application-messages.ts"
import { clauses as broadcast } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { type Case, caseFile, fork, twins } from "../author.ts"
import { first, flipped } from "../people.ts"
import { copyOf, Talk, talking } from "./talk.ts"

const ab = first(2)
const abc = first(3)

/** Alice updates and writes so many times; all messages come before all updates, and the first update comes last. */
const heldChains = (talk: Talk, length: number): void => {
  const all = Array.from({ length }, (_, count) => [talk.update("alice"), talk.say("alice", `message ${count}`)])
  const [updates, messages] = [0, 1].map((which) => all.map((both) => both[which]!.packets[0]!))
  talk.reorder("bob", () => [...messages!.toReversed(), ...updates!.slice(1), updates![0]!])
  talk.settle(ab)
  talk.heard("bob", ...all.map((_, count) => `alice: message ${count}`))
}

const held = (): ReadonlyArray<Case> => [
  talking(
    "twelve-chains",
    {
      title: "Twelve times Alice updates and writes; the first update comes last, after all messages",
      clauses: [clauses["held-tried"], application["out-of-order"]],
    },
    ab,
    (talk) => {
      heldChains(talk, 12)
    },
  ),
  talking(
    "held-before-removal",
    { title: "What was held is told also when Carol is removed in the same step", clauses: [clauses["held-tried"]] },
    abc,
    (talk) => {
      talk.update("alice")
      talk.say("alice", "farewell")
      talk.receive("bob", talk.next("bob", ["alice"])!)
      talk.remove("bob", "carol")
      talk.reorder("carol", ([update, ...others]) => [...others, update!])
      talk.settle(["carol"], abc)
      talk.heard("carol", "left", "alice: farewell")
    },
  ),
  talking(
    "held-and-refused",
    {
      title: "Of two messages with one number that were held one is told, and the other is an event",
      clauses: [clauses["loss-told"], application.equivocation],
    },
    ab,
    (talk) => {
      const copy = copyOf(talk, "alice")
      const update = talk.update("alice").packets[0]!
      talk.author.accepts("messenger.update", { on: copy, group: talk.group })
      const one = talk.say("alice", "yes").packets[0]!
      const other = talk.author.accepts("messenger.send", { on: copy, group: talk.group, payload: "8200416e" }).packets[0]!
      talk.reorder("bob", () => [])
      for (const packet of [one, other, update]) talk.receive("bob", packet)
      talk.heard("bob", "alice: yes", "message-refused alice")
    },
  ),
  talking(
    "held-and-forged",
    { title: "A message that was held, and that its member has not signed, is nothing to tell", clauses: [clauses["loss-told"]] },
    ab,
    (talk) => {
      const update = talk.update("alice").packets[0]!
      const message = talk.say("alice", "yes").packets[0]!
      talk.reorder("bob", () => [])
      for (const packet of [flipped(message, -1), message, update]) talk.receive("bob", packet)
      talk.heard("bob", "alice: yes")
    },
  ),
]

const compared = (): ReadonlyArray<Case> => [
  ...twins(
    "group-messaging/stolen",
    application.closed,
    "A thief of Bob's state writes on in his old chain, after Bob has updated",
    (author) => {
      const talk = Talk.settled(author, abc)
      talk.say("bob", "hello")
      talk.settle(abc)
      const thief = copyOf(talk, "bob")
      talk.update("bob")
      talk.settle(abc)
      const right = talk.say("bob", "healed").packets[0]!
      const wrong = author.accepts("messenger.send", { on: thief, group: talk.group, payload: "666f726765" }).packets[0]!
      return fork("messenger.receive", { on: "alice", packet: right }, { packet: wrong })
    },
    [broadcast["chain-stated"]],
  ),
  talking(
    "stolen-in-time",
    {
      title: "A thief of Bob's state writes before Bob updates: it is told when the update comes",
      clauses: [clauses["chain-compared"], application.differs],
    },
    abc,
    (talk) => {
      const thief = copyOf(talk, "bob")
      const forged = talk.author.accepts("messenger.send", { on: thief, group: talk.group, payload: "666f726765" }).packets[0]!
      talk.receive("alice", forged)
      talk.heard("alice", "bob: forge")
      talk.update("bob")
      talk.settle(abc)
      talk.heard("alice", "chain-differs bob")
      talk.heard("carol")
    },
  ),
  talking(
    "two-texts",
    {
      title: "Alice writes two texts with one number: who has the other one sees it when her chain ends",
      clauses: [clauses["chain-compared"], application.differs, broadcast["chain-stated"]],
    },
    abc,
    (talk) => {
      const copy = copyOf(talk, "alice")
      talk.say("alice", "yes")
      const no = talk.author.accepts("messenger.send", { on: copy, group: talk.group, payload: "6e6f" }).packets[0]!
      talk.reorder("carol", () => [])
      talk.receive("bob", talk.next("bob")!)
      talk.receive("carol", no)
      talk.author.refuses(application.equivocation, "messenger.receive", { on: "bob", packet: no })
      talk.update("carol")
      talk.settle(["alice", "carol"])
      talk.heard("carol", "alice: no", "chain-differs alice")
      talk.settle(abc)
      talk.heard("bob", "alice: yes")
    },
  ),
]

const overtaken = (): ReadonlyArray<Case> => [
  talking(
    "uncompared",
    {
      title: "Alice's update overtakes what she wrote before it: her chain cannot be compared until that has come",
      clauses: [clauses["chain-compared"], application.uncompared],
    },
    ab,
    (talk) => {
      talk.say("alice", "slow")
      talk.update("alice")
      talk.reorder("bob", ([message, update]) => [update!, message!])
      talk.receive("bob", talk.next("bob")!)
      talk.heard("bob", "chain-uncompared alice 1")
      talk.receive("bob", talk.next("bob")!)
      talk.heard("bob", "alice: slow")
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
  talking(
    "sixty-six-chains",
    {
      title: "66 times Alice updates and writes; the first update comes last: messages are told before their chains are too many",
      clauses: [clauses["held-tried"]],
    },
    ab,
    (talk) => heldChains(talk, maximumChains + 1),
  ),
  talking(
    "lost",
    {
      title: "Two messages of each of 66 chains never came: when a 66th is kept, those of the first are lost",
      clauses: [clauses["loss-told"], clauses["chain-compared"], application.lost, application.ended, application.uncompared],
    },
    ab,
    (talk) => {
      for (let count = 0; count <= maximumChains; count++) {
        talk.say("alice", "lost")
        talk.say("alice", "lost too")
        talk.next("bob")
        talk.next("bob")
        talk.update("alice")
        talk.receive("bob", talk.next("bob")!)
        talk.heard("bob", ...(count < maximumChains - 1 ? [] : ["messages-lost alice 2"]), "chain-uncompared alice 2")
      }
    },
  ),
])
