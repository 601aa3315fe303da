import { Hex } from "effect/encoding"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses as application } from "../../../spec/dcgka/application-messages.ts"
import { clauses as broadcast, Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { type Case, caseFile } from "../author.ts"
import { filled, first, flipped } from "../people.ts"
import { copyOf, type EventJson, inOrder, type MessengerGroup, memberOf, messengerCase } from "./messenger-group.ts"

const abc = first(3)
const abcd = first(4)

/** Whether the memberships of a user have been removed, in their order. */
const removedOf = ({ author, group }: MessengerGroup, on: string): string =>
  author
    .accepts("messenger.memberships", { on, group })
    .memberships.map(({ removed }) => removed)
    .join()

/** Forgets what is on its way to a user, and gives it. */
const kept = (messengers: MessengerGroup, user: string): ReadonlyArray<string> => {
  const packets = messengers.waitingFor(user)
  messengers.reorder(user, () => [])
  return packets
}

/** Envelopes of somebody unknown, which wait. */
const junk = (group: string, seq: number): string => {
  const key = new Uint8Array(32)
  const control = { type: "update", group, sender: filled(0xee, 16), seq, commitment: key } as const
  const items = [{ control, signingKey: key, cut: key, chain: null, directs: {} }]
  return Hex.encode(encodeWire(Envelope, { type: "envelope", items, signature: new Uint8Array(64) }))
}

const events = (): ReadonlyArray<Case> => [
  messengerCase(
    "events-in-order",
    {
      title:
        "All that a step can tell without a membership that comes or goes: in the order of the table, and messages and refused envelopes as they came about",
      clauses: [
        clauses["refused-told"],
        clauses["loss-told"],
        clauses["chain-compared"],
        clauses["notes-compared"],
        clauses["leave-carried-out"],
        application.differs,
        application.uncompared,
      ],
    },
    abcd,
    (messengers) => {
      const { author } = messengers
      const [writer, reader] = inOrder(messengers, ["alice", "bob"]) as [string, string]
      const give = (to: string, packet: string) => author.accepts("messenger.receive", { on: to, packet }).packets
      // The writer acknowledges one update to the reader and another one to Carol, with one number: their notes will differ.
      const twin = copyOf(messengers, writer)
      const [ofReader, ofCarol] = [reader, "carol"].map((user) => messengers.update(user).packets[0]!) as [string, string]
      const answer = give(writer, ofReader)[0]!
      messengers.receive("carol", give(twin, ofCarol)[0]!)
      messengers.settle([reader, "carol"])
      messengers.receive(reader, answer)
      for (const packet of kept(messengers, writer)) {
        if (packet !== ofReader) for (const one of give(writer, packet)) messengers.receive(reader, one)
      }
      const thief = copyOf(messengers, writer)
      messengers.receive(reader, messengers.say(thief, "forged").packets.at(-1)!)
      messengers.say("carol", "slow")
      const [update] = messengers.update("carol").packets
      const messages = [messengers.say("carol", "from carol"), messengers.compare("carol")].map(({ packets }) => packets.at(-1)!)
      const second = messengers.add("carol", "erin").packets[0]!
      messages.push(messengers.leave("carol").packets.at(-1)!)
      const changes = [give(writer, update!)[0]!, messengers.remove(writer, "dave").packets[0]!]
      const another = copyOf(messengers, writer)
      messages.push(...[writer, another].map((user) => messengers.say(user, `from ${user}`).packets.at(-1)!))
      messengers.heard(reader, `${writer}: forged`)
      for (const packet of [flipped(second, -1), flipped(changes[0]!, -1), ...messages, ...changes, second]) give(reader, packet)
      messengers.receive(reader, update!)
      messengers.heard(
        reader,
        "user-added erin",
        "user-removed dave",
        "carol: from carol",
        `${writer}: from ${writer}`,
        `message-refused ${writer}`,
        "envelope-refused carol",
        `envelope-refused ${writer}`,
        `chain-differs ${writer}`,
        "chain-uncompared carol 1",
        "leaving carol",
        "equivocation carol",
      )
    },
    { outsiders: ["erin"] },
  ),
  messengerCase(
    "member-changed-with-more",
    {
      title:
        "Carol removes Dave, whose second membership she does not know, and adds Erin: he takes both in one step, and says it in order",
      clauses: [clauses["member-changed"]],
    },
    abc,
    (messengers) => {
      for (const by of ["alice", "bob"]) messengers.add(by, "dave")
      for (const from of ["alice", "bob"]) messengers.receive("dave", messengers.next("dave", [from])!)
      messengers.receive("carol", messengers.next("carol", ["alice"])!)
      const [answer] = messengers.waitingFor("dave").slice(-1)
      kept(messengers, "dave")
      const [update] = messengers.update("carol").packets
      const rest = [messengers.remove("carol", "dave"), messengers.add("carol", "erin")].map(({ packets }) => packets[0]!)
      kept(messengers, "dave")
      messengers.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "user-added carol")
      for (const packet of [answer!, ...rest, update!]) messengers.receive("dave", packet)
      messengers.author.claim(removedOf(messengers, "dave") === "true,false", "the first membership is removed")
      messengers.heard("dave", "member-changed", "user-added erin")
    },
    { outsiders: ["dave", "erin"] },
  ),
]

const forgotten = (): Case =>
  messengerCase(
    "kept-when-removed",
    {
      title: "What the saved state of a user has when it has been removed: no chain, and no message that waited",
      clauses: [application["key-used-once"], clauses["held-limit"]],
    },
    abcd,
    (messengers) => {
      const { author } = messengers
      // Who leaves, and what is held and delayed, is in the state as well.
      author.accepts("messenger.receive", { on: "bob", packet: messengers.leave("dave").packets.at(-1)! })
      const [update] = messengers.update("carol").packets
      author.accepts("messenger.receive", { on: "bob", packet: update! })
      const carol = memberOf(messengers, "carol", null, 0)
      const chains = author.steps.flatMap(({ params, expect }) =>
        params.on === "bob" && "trace" in expect
          ? (expect.trace ?? []).filter(({ name }) => name === `ratchet.update-secret ${carol}`)
          : [],
      )
      const chain = { name: "the first state of Carol's chain", value: chains.at(-1)!.value }
      messengers.update("carol")
      const waiting = { name: "the message that waits", value: messengers.say("carol", "early").packets[0]! }
      author.accepts("messenger.receive", { on: "bob", packet: waiting.value })
      author.accepts("messenger.receive", { on: "bob", packet: messengers.update("carol").packets[0]! })
      author.keeps("bob", [chain, waiting], [])
      author.accepts("messenger.receive", { on: "bob", packet: messengers.remove("alice", "bob").packets[0]! })
      author.keeps("bob", [], [chain, waiting])
    },
    { delay: ["bob"], heal: true },
  )

const retiring = (): ReadonlyArray<Case> => [
  messengerCase(
    "retires-by-its-own-addition",
    {
      title: "All have acknowledged Erin's addition, and nobody that of Dave, who is a member twice: he retires nobody yet",
      clauses: [clauses["one-voice"]],
    },
    abc,
    (messengers) => {
      messengers.add("alice", "erin")
      messengers.settle([...abc, "erin"])
      for (const by of ["alice", "bob"]) messengers.add(by, "dave")
      for (const from of ["alice", "bob"]) messengers.receive("dave", messengers.next("dave", [from])!)
      messengers.author.claim(removedOf(messengers, "dave") === "false,false", "Dave has two memberships")
    },
    { outsiders: ["dave", "erin"] },
  ),
  messengerCase(
    "retires-by-no-earlier-message",
    {
      title:
        "Of the users all have acknowledged an update of the adder's, and not the addition after it: Dave does not retire his other member",
      clauses: [clauses["one-voice"]],
    },
    abc,
    (messengers) => {
      const [update] = messengers.update("alice").packets
      const [second] = messengers.add("bob", "dave").packets
      const [bobs, carols] = ["bob", "carol"].map((user) => messengers.receive(user, update!).packets[0]!)
      messengers.receive("alice", carols!)
      const [addition] = messengers.add("alice", "dave").packets
      for (const packet of [addition!, second!]) messengers.receive("dave", packet)
      // Nobody gives Dave the update: his second membership lacks it, and acknowledges nothing.
      const { packets } = messengers.receive("dave", bobs!)
      messengers.author.claim(packets.length === 0, "Dave removes nobody")
      messengers.author.claim(removedOf(messengers, "dave") === "false,false", "Dave has two memberships")
    },
    { outsiders: ["dave"] },
  ),
]

const further = (): ReadonlyArray<Case> => [
  messengerCase(
    "own-envelope-refused",
    {
      title: "One of Dave's memberships has no room for what the other one sends: that it refuses it is an event",
      clauses: [clauses["refused-told"], broadcast["held-limit"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      messengers.update("alice")
      const additions = ["alice", "bob"].map((by) => messengers.add(by, "dave").packets[0]!)
      for (const packet of additions) messengers.receive("dave", packet)
      author.claim(removedOf(messengers, "dave") === "false,false", "Dave has two memberships")
      // The second lacks the update, and forgets the addition of the first, which comes after that.
      author.accepts("messenger.forget-held", { on: "dave", group })
      for (let seq = 2; seq <= 65; seq++) author.accepts("messenger.receive", { on: "dave", packet: junk(group, seq) })
      const told = messengers.update("dave").events as ReadonlyArray<EventJson>
      const [one] = author.accepts("messenger.memberships", { on: "dave", group }).memberships
      const isIt = told[0]?.member === one?.member && told[0]?.user === null && told[0].clause === broadcast["held-limit"].id
      author.claim(told.length === 1 && isIt, "the envelope of the first membership is refused")
    },
    { outsiders: ["dave"] },
  ),
]

/** What the end of a step does and tells. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-steps", layer: "messaging", flags: {} }, () => [
  ...events(),
  forgotten(),
  ...retiring(),
  ...further(),
])
