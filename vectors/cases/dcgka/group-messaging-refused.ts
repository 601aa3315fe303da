import { Hex } from "effect/encoding"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses as broadcast, Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { type Case, caseFile } from "../author.ts"
import { filled, first, flipped } from "../people.ts"
import { copyOf, type EventJson, memberOf, type Talk, talking } from "./talk.ts"

const abc = first(3)

/** Claims that one of the events of a step says that an envelope of a member, which begins with this number, was refused. */
const tells = (
  talk: Talk,
  done: { readonly events: ReadonlyArray<unknown> },
  user: string | null,
  member: string,
  seq: number,
  clause: Clause,
) => {
  const told = (done.events as ReadonlyArray<EventJson>).filter(({ type }) => type === "envelope-refused")
  const wanted = { type: "envelope-refused", group: talk.group, user, member, seq, clause: clause.id }
  const isSame = (one: EventJson) => Object.entries(wanted).every(([key, value]) => one[key] === value)
  talk.author.claim(told.length === 1 && isSame(told[0]!), `it is told that ${member} ${seq} was refused by ${clause.id}`)
}

/** An acknowledgement that nobody has signed, as the first message of its sender. */
const acknowledging = (group: string, sender: string, ofSender: string, ofSeq: number): string => {
  const control = { type: "ack", group, sender, seq: 1, ofSender, ofSeq } as const
  const items = [{ control, signingKey: null, cut: null, chain: null, directs: {} }]
  return Hex.encode(encodeWire(Envelope, { type: "envelope", items, signature: new Uint8Array(64).fill(7) }))
}

/** Alice updates; after that she updates once more for some, and removes Carol for others. */
const twoFaced = (talk: Talk) => {
  const twin = copyOf(talk, "alice")
  const [one] = talk.update("alice").packets
  talk.author.accepts("messenger.update", { on: twin, group: talk.group })
  const [two] = talk.update("alice").packets
  const [other] = talk.author.accepts("messenger.remove", { on: twin, group: talk.group, user: "carol" }).packets
  for (const user of ["bob", "carol"]) talk.reorder(user, () => [])
  return { one: one!, two: two!, other: other! }
}

const refused = (): ReadonlyArray<Case> => [
  talking(
    "refused-when-held",
    {
      title: "Two messages of Alice with one number come before the one before them: that the second is refused is an event",
      clauses: [clauses["refused-told"], broadcast["refused-told"]],
    },
    abc,
    (talk) => {
      const { one, two, other } = twoFaced(talk)
      for (const packet of [two, other]) talk.receive("bob", packet)
      talk.heard("bob")
      tells(talk, talk.receive("bob", one), "alice", memberOf(talk, "alice", null, 0), 3, broadcast.equivocation)
      talk.heard("bob", "envelope-refused alice")
    },
  ),
  talking(
    "refused-after-own-operation",
    {
      title: "Bob removes Carol, whose addition of a user unknown to him he holds: what comes after it is judged, and an event if refused",
      clauses: [clauses["refused-told"]],
    },
    abc,
    (talk) => {
      talk.meet("carol", "dave")
      talk.meet("alice", "dave")
      const [addition] = talk.add("carol", "dave").packets
      for (const user of ["alice", "bob"]) talk.reorder(user, () => [])
      const [answer] = talk.receive("alice", addition!).packets
      talk.receive("bob", addition!)
      talk.receive("bob", flipped(answer!, -1))
      tells(talk, talk.remove("bob", "carol"), "alice", memberOf(talk, "alice", null, 0), 2, broadcast.signature)
    },
    { strangers: ["dave"] },
  ),
  talking(
    "refused-from-the-log",
    {
      title: "Dave is given two messages of Alice with one number before the one that adds him: the second is refused when he has joined",
      clauses: [clauses["refused-told"], clauses["log-replayed"]],
    },
    abc,
    (talk) => {
      const { author, group } = talk
      const [addition] = talk.add("bob", "dave").packets
      talk.settle(abc)
      const twin = copyOf(talk, "alice")
      const [one] = talk.update("alice").packets
      const [other] = author.accepts("messenger.remove", { on: twin, group, user: "carol" }).packets
      const rest: Array<string> = []
      talk.reorder("dave", (packets) => {
        rest.push(...packets.filter((packet) => packet !== one && packet !== addition))
        return []
      })
      for (const packet of [...rest, one!, other!, addition!]) talk.receive("dave", packet)
      talk.heard("dave", "joined", ...["bob", "dave", "alice", "carol"].map((user) => `user-added ${user}`), "envelope-refused alice")
    },
    { outsiders: ["dave"] },
  ),
  talking(
    "removed-by-the-log",
    {
      title: "Dave is given his removal, and an update after it, before the message that adds him: he does not judge the update",
      clauses: [clauses["refused-told"], clauses["log-replayed"]],
    },
    abc,
    (talk) => {
      const [addition] = talk.add("bob", "dave").packets
      talk.settle(abc)
      talk.remove("alice", "dave")
      talk.settle(abc)
      talk.update("alice")
      talk.reorder("dave", (packets) => [...packets.filter((packet) => packet !== addition), addition!])
      talk.flood(["dave"])
      talk.heard("dave")
    },
    { outsiders: ["dave"] },
  ),
  talking(
    "refused-when-the-bundle-comes",
    {
      title: "An invitation whose signature is wrong waits for the bundle of its sender: that it is refused then is an event",
      clauses: [clauses["refused-told"], clauses.retried],
    },
    abc,
    (talk) => {
      const { author } = talk
      talk.meet("erin", "dave")
      const { packets, group } = author.accepts("messenger.create", { on: "erin", users: ["dave"] })
      const wrong = flipped(packets[0]!, -1)
      const { missing } = talk.receive("dave", wrong)
      author.claim(JSON.stringify(missing) === '[{"bundle":"erin"}]', "Dave needs a bundle of Erin")
      talk.meet("dave", "erin")
      const { member } = author.accepts("identifiers.member", { group, user: "erin", adder: null, seq: 0 })
      talk.group = group
      tells(talk, author.accepts("messenger.retry", { on: "dave", group }), "erin", member, 1, broadcast.signature)
    },
    { strangers: ["dave", "erin"] },
  ),
  talking(
    "refused-of-nobody",
    {
      title: "What nobody knows whose it is has no user when it is refused",
      clauses: [clauses["refused-told"], broadcast["refused-told"]],
    },
    abc,
    (talk) => {
      const update = talk.update("alice").packets[0]!
      talk.reorder("bob", () => [])
      const nobody = filled(0xee, 16)
      const alice = memberOf(talk, "alice", null, 0)
      talk.receive("bob", acknowledging(talk.group, nobody, alice, 2))
      tells(talk, talk.receive("bob", update), null, nobody, 1, agreement["sender-member"])
    },
  ),
]

/** What is refused by a step of which this is not the verdict. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-refused", layer: "messaging", flags: {} }, refused)
