import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { encodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses, Notes } from "../../../spec/dcgka/causal-broadcast.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { filled, first } from "../people.ts"
import { BroadcastGroup, broadcastScenario, identity, itemsOf, kindsOf } from "./broadcast-group.ts"
import { withheld } from "./causal-broadcast-former.ts"
import { added } from "./causal-broadcast-unconfirmed.ts"
import { additionWith } from "./causal-broadcast-welcomes.ts"

const abc = first(3)

/** Alice has added Dave, and Bob's add-ack and his update are in one envelope. */
const confirmsAndUpdates = (author: Author) => {
  const { group, addition } = added(author)
  group.deliver(addition, "bob")
  group.queueUpdate("bob")
  const both = group.post("bob")
  author.claim(kindsOf(both.envelope) === "add-ack,update", "Bob has sent both in one envelope")
  return { group, both }
}

const doubted = (): ReadonlyArray<Case> => [
  aCase(
    "broadcast/unconfirmed-confirms-and-breaks",
    {
      title:
        "The first message of an envelope confirms what the welcome says, and the second states a false cut: the envelope was in doubt",
      clauses: [clauses.unconfirmed],
    },
    (author) => {
      const { group, both } = confirmsAndUpdates(author)
      const wrong = group.resealed(both, ([ack, update]) => [ack!, { ...update!, cut: bytesOf(filled(9, 32)) }])
      group.refuses(clauses.unconfirmed, wrong, "dave")
      group.deliver(both, "dave")
    },
  ),
  aCase(
    "broadcast/unconfirmed-malformed",
    {
      title: "The direct message of one who has not confirmed is none: that is malformed, whatever the welcome says",
      clauses: [clauses.unconfirmed],
    },
    (author) => {
      const { group, both } = confirmsAndUpdates(author)
      const dave = group.member("dave")
      const wrong = group.resealed(both, ([ack, update]) => [ack!, { ...update!, directs: { ...update!.directs, [dave]: bytesOf("00") } }])
      group.refuses(encoding.shape, wrong, "dave")
      group.deliver(both, "dave")
    },
  ),
  aCase(
    "broadcast/confirmed-too-late",
    {
      title: "Alice removes Bob, who confirms after that: what comes from him is in doubt all the same",
      clauses: [clauses.unconfirmed],
    },
    (author) => {
      const { group, addition } = added(author)
      const ack = group.answer(addition, "bob")
      const update = group.update("alice")
      const answer = group.answer(update, "bob")
      group.deliver(update, "dave")
      group.deliver(group.remove("alice", "bob"), "dave")
      group.deliver(ack, "dave")
      group.refuses(clauses.unconfirmed, group.sealed(itemsOf(answer.envelope), "alice", identity), "dave")
      group.deliver(answer, "dave")
    },
  ),
  aCase(
    "broadcast/confirmation-counted-of-one-removed",
    {
      title: "Alice counts what Bob has not sent, and removes him: his add-ack, under a number that she has counted, shows it all the same",
      clauses: [clauses.confirmation],
    },
    (author) => {
      const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
      const { told } = additionWith(group, (truth) => ({ ...truth, count: 4294967295 }))
      const removal = group.remove("alice", "bob")
      group.note(told)
      author.accepts("broadcast.receive", { on: "dave", envelope: told })
      author.accepts("broadcast.receive", { on: "bob", envelope: told })
      const ack = group.post("bob")
      author.accepts("broadcast.receive", { on: "dave", envelope: group.resealed(removal, (items) => items) })
      group.refuses(clauses.confirmation, ack.envelope, "dave")
    },
  ),
]

const together = (): ReadonlyArray<Case> => [
  broadcastScenario(
    "former-removed-by-what-is-withheld",
    {
      title: "What would show that a removal of Alice counts is withheld itself, though she is only looking on by then: she stays",
      clauses: [clauses.withheld, clauses["judged-alike"]],
    },
    first(4),
    [],
    (group) => {
      group.settle(group.remove("alice", "bob"), ["alice", "carol"])
      group.remove("alice", "dave")
      const removals = ["carol", "alice"].map((user) => group.remove("bob", user))
      for (const posted of removals) group.deliver(posted, "dave")
      group.queueUpdate("dave")
      const answer = group.post("dave")
      withheld(group, removals[0]!, "alice", 2)
      group.holds(removals[1]!, "alice", { message: { sender: group.member("bob"), seq: 2 } })
      const { removed } = group.author.accepts("broadcast.receive", { on: "alice", envelope: answer.envelope })
      group.author.claim(!removed, "Alice stays")
      const members = ["alice", "carol"].map((user) => ({ member: group.member(user), user }))
      group.author.gives("broadcast.members", { on: "alice" }, { members: members.sort((a, b) => (a.member < b.member ? -1 : 1)) })
    },
  ),
]

const compared = (): ReadonlyArray<Case> => [
  broadcastScenario(
    "notes-withhold-ours",
    {
      title: "Somebody withholds a message of ours with a higher number than our last one: we have not sent it",
      clauses: [clauses.notes],
    },
    abc,
    [],
    (group) => {
      const alice = group.member("alice")
      const notes: Notes = { [alice]: { seq: 1, digest: group.digest(alice, 1), withheld: { seq: 2, digest: bytesOf(filled(9, 32)) } } }
      const hex = Hex.encode(encodeWire(Notes, notes))
      group.author.gives("broadcast.compare-notes", { on: "alice", notes: hex }, { differ: [alice], behind: [] })
      group.author.gives("broadcast.compare-notes", { on: "bob", notes: hex }, { differ: [], behind: [] })
    },
  ),
]

/** What a reader could read in two ways. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-confirmations", layer: "broadcast", flags: {} }, () => [
  ...doubted(),
  ...together(),
  ...compared(),
])
