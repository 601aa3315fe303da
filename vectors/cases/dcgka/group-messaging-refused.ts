import { Hex } from "effect/encoding"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses as broadcast, Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { type Case, caseFile } from "../author.ts"
import { filled, first, flipped } from "../people.ts"
import { copyOf, type EventJson, type MessengerGroup, memberOf, messengerCase } from "./messenger-group.ts"

const abc = first(3)

/** Claims that one of the events of a step says that an envelope of a member, which begins with this number, was refused. */
const tells = (
  messengers: MessengerGroup,
  done: { readonly events: ReadonlyArray<unknown> },
  user: string | null,
  member: string,
  seq: number,
  clause: Clause,
) => {
  const told = (done.events as ReadonlyArray<EventJson>).filter(({ type }) => type === "envelope-refused")
  const wanted = { type: "envelope-refused", group: messengers.group, user, member, seq, clause: clause.id }
  const isSame = (one: EventJson) => Object.entries(wanted).every(([key, value]) => one[key] === value)
  messengers.author.claim(told.length === 1 && isSame(told[0]!), `it is told that ${member} ${seq} was refused by ${clause.id}`)
}

/** An acknowledgement that nobody has signed, as the first message of its sender. */
const acknowledging = (group: string, sender: string, ofSender: string, ofSeq: number): string => {
  const control = { type: "ack", group, sender, seq: 1, ofSender, ofSeq } as const
  const items = [{ control, signingKey: null, cut: null, chain: null, directs: {} }]
  return Hex.encode(encodeWire(Envelope, { type: "envelope", items, signature: new Uint8Array(64).fill(7) }))
}

/** Alice updates; after that she updates once more for some, and removes Carol for others. */
const twoFaced = (messengers: MessengerGroup) => {
  const twin = copyOf(messengers, "alice")
  const [one] = messengers.update("alice").packets
  messengers.author.accepts("messenger.update", { on: twin, group: messengers.group })
  const [two] = messengers.update("alice").packets
  const [other] = messengers.author.accepts("messenger.remove", { on: twin, group: messengers.group, user: "carol" }).packets
  for (const user of ["bob", "carol"]) messengers.reorder(user, () => [])
  return { one: one!, two: two!, other: other! }
}

const refused = (): ReadonlyArray<Case> => [
  messengerCase(
    "refused-when-held",
    {
      title: "Two messages of Alice with one number come before the one before them: that the second is refused is an event",
      clauses: [clauses["refused-told"], broadcast["refused-told"]],
    },
    abc,
    (messengers) => {
      const { one, two, other } = twoFaced(messengers)
      for (const packet of [two, other]) messengers.receive("bob", packet)
      messengers.heard("bob")
      tells(messengers, messengers.receive("bob", one), "alice", memberOf(messengers, "alice", null, 0), 3, broadcast.equivocation)
      messengers.heard("bob", "envelope-refused alice")
    },
  ),
  messengerCase(
    "refused-two-when-held",
    {
      title:
        "Two messages of Alice that another one of hers contradicts were held: both are refused, and told in the order of their numbers",
      clauses: [clauses["refused-told"], broadcast["refused-told"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const twin = copyOf(messengers, "alice")
      const [one] = messengers.update("alice").packets
      author.accepts("messenger.update", { on: twin, group })
      const [two] = messengers.update("alice").packets
      const [other] = author.accepts("messenger.remove", { on: twin, group, user: "carol" }).packets
      const [after] = author.accepts("messenger.update", { on: twin, group }).packets
      for (const user of ["bob", "carol"]) messengers.reorder(user, () => [])
      for (const packet of [two!, other!, after!]) messengers.receive("bob", packet)
      const { events } = messengers.receive("bob", one!)
      const told = (events as ReadonlyArray<EventJson>).filter(({ type }) => type === "envelope-refused")
      author.claim(told.map(({ seq }) => seq).join() === "3,4", "both are told, the earlier one first")
    },
  ),
  messengerCase(
    "refused-after-own-operation",
    {
      title: "Bob removes Carol, whose addition of a user unknown to him he holds: what comes after it is judged, and an event if refused",
      clauses: [clauses["refused-told"]],
    },
    abc,
    (messengers) => {
      messengers.meet("carol", "dave")
      messengers.meet("alice", "dave")
      const [addition] = messengers.add("carol", "dave").packets
      for (const user of ["alice", "bob"]) messengers.reorder(user, () => [])
      const [answer] = messengers.receive("alice", addition!).packets
      messengers.receive("bob", addition!)
      messengers.receive("bob", flipped(answer!, -1))
      tells(messengers, messengers.remove("bob", "carol"), "alice", memberOf(messengers, "alice", null, 0), 2, broadcast.signature)
    },
    { strangers: ["dave"] },
  ),
  messengerCase(
    "refused-from-the-log",
    {
      title: "Dave is given two messages of Alice with one number before the one that adds him: the second is refused when he has joined",
      clauses: [clauses["refused-told"], clauses["log-replayed"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const [addition] = messengers.add("bob", "dave").packets
      messengers.settle(abc)
      const twin = copyOf(messengers, "alice")
      const [one] = messengers.update("alice").packets
      const [other] = author.accepts("messenger.remove", { on: twin, group, user: "carol" }).packets
      const rest: Array<string> = []
      messengers.reorder("dave", (packets) => {
        rest.push(...packets.filter((packet) => packet !== one && packet !== addition))
        return []
      })
      for (const packet of [...rest, one!, other!, addition!]) messengers.receive("dave", packet)
      messengers.heard("dave", "joined", ...["bob", "dave", "alice", "carol"].map((user) => `user-added ${user}`), "envelope-refused alice")
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "removed-by-the-log",
    {
      title: "Dave is given his removal, and an update after it, before the message that adds him: he does not judge the update",
      clauses: [clauses["refused-told"], clauses["log-replayed"]],
    },
    abc,
    (messengers) => {
      const [addition] = messengers.add("bob", "dave").packets
      messengers.settle(abc)
      messengers.remove("alice", "dave")
      messengers.settle(abc)
      messengers.update("alice")
      messengers.reorder("dave", (packets) => [...packets.filter((packet) => packet !== addition), addition!])
      messengers.flood(["dave"])
      messengers.heard("dave")
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "refused-when-the-bundle-comes",
    {
      title: "An invitation whose signature is wrong waits for the bundle of its sender: that it is refused then is an event",
      clauses: [clauses["refused-told"], clauses.retried],
    },
    abc,
    (messengers) => {
      const { author } = messengers
      messengers.meet("erin", "dave")
      const { packets, group } = author.accepts("messenger.create", { on: "erin", users: ["dave"] })
      const wrong = flipped(packets[0]!, -1)
      const { missing } = messengers.receive("dave", wrong)
      author.claim(JSON.stringify(missing) === '[{"bundle":"erin"}]', "Dave needs a bundle of Erin")
      messengers.meet("dave", "erin")
      const { member } = author.accepts("identifiers.member", { group, user: "erin", adder: null, seq: 0 })
      messengers.group = group
      tells(messengers, author.accepts("messenger.retry", { on: "dave", group }), "erin", member, 1, broadcast.signature)
    },
    { strangers: ["dave", "erin"] },
  ),
  messengerCase(
    "refused-of-nobody",
    {
      title: "What nobody knows whose it is has no user when it is refused",
      clauses: [clauses["refused-told"], broadcast["refused-told"]],
    },
    abc,
    (messengers) => {
      const update = messengers.update("alice").packets[0]!
      messengers.reorder("bob", () => [])
      const nobody = filled(0xee, 16)
      const alice = memberOf(messengers, "alice", null, 0)
      messengers.receive("bob", acknowledging(messengers.group, nobody, alice, 2))
      tells(messengers, messengers.receive("bob", update), null, nobody, 1, agreement["sender-member"])
    },
  ),
]

/** Claims what a step says that is missing: a message of a user, the only one of the group that it does. */
const lacks = (messengers: MessengerGroup, missing: ReadonlyArray<unknown>, user: string, seq: number) => {
  const sender = memberOf(messengers, user, null, 0)
  const isIt = JSON.stringify(missing) === JSON.stringify([{ message: { sender, seq } }])
  messengers.author.claim(isIt, `${user}'s message ${seq} is missing, not ${JSON.stringify(missing)}`)
}

const untold = (): ReadonlyArray<Case> => [
  messengerCase(
    "missing-after-own-operation",
    {
      title: "Carol's acknowledgement of Alice's update waits at Bob when he updates: he is told that Alice's update is missing",
      clauses: [clauses["missing-told"]],
    },
    abc,
    (messengers) => {
      messengers.receive("carol", messengers.update("alice").packets[0]!)
      const ack = messengers.next("bob", ["carol"])!
      lacks(messengers, messengers.receive("bob", ack).missing, "alice", 2)
      lacks(messengers, messengers.update("bob").missing, "alice", 2)
    },
  ),
  messengerCase(
    "missing-after-joining",
    {
      title: "What Dave has of the log when Carol adds him waits for an update of Alice: he is told that it is missing",
      clauses: [clauses["missing-told"], clauses["log-replayed"]],
    },
    abc,
    (messengers) => {
      messengers.listen("dave")
      const update = messengers.update("alice").packets[0]!
      const ack = messengers.receive("bob", update).packets[0]!
      messengers.receive("dave", ack)
      lacks(messengers, messengers.receive("dave", messengers.add("carol", "dave").packets[0]!).missing, "alice", 2)
    },
    { outsiders: ["dave"] },
  ),
]

/** What is refused by a step of which this is not the verdict. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-refused", layer: "messaging", flags: {} }, () => [
  ...refused(),
  ...untold(),
])
