import { bytesOf } from "../../../reference/conventions.ts"
import { clauses, type Item } from "../../../spec/dcgka/causal-broadcast.ts"
import { type Author, aCase, type Case, caseFile, twins } from "../author.ts"
import { filled, first } from "../people.ts"
import { BroadcastGroup, identity, itemsOf, kindsOf, withFirst } from "./broadcast-group.ts"
import { additionWith } from "./causal-broadcast-welcomes.ts"
import { controlHex } from "./key-agreement-group.ts"

const abc = first(3)

/** Alice has added Dave, who has heard nothing of Bob and Carol. */
export const added = (author: Author, ...outsiders: ReadonlyArray<string>) => {
  const group = BroadcastGroup.acquainted(author, abc, ["dave", ...outsiders])
  const addition = group.add("alice", "dave")
  group.deliver(addition, "dave")
  return { group, addition }
}

const doubted = (): ReadonlyArray<Case> => [
  ...twins(
    "broadcast/welcome-forged",
    clauses.signature,
    "The addition of Dave, whole, under another signature than his adder's",
    (author) => {
      const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
      const addition = group.add("alice", "dave")
      return group.fork(addition, "dave", group.sealed(itemsOf(addition.envelope), "bob", identity))
    },
  ),
  aCase(
    "broadcast/unconfirmed-confirms-nothing",
    {
      title: "Bob's add-ack without its direct message, or with one that does not open, under another signature: it confirms nothing",
      clauses: [clauses.unconfirmed],
    },
    (author) => {
      const { group, addition } = added(author)
      const ack = group.answer(addition, "bob")
      for (const directs of [{}, { [group.member("dave")]: bytesOf("00") }]) {
        const items = withFirst(itemsOf(ack.envelope), { directs })
        group.refuses(clauses.unconfirmed, group.sealed(items, "alice", identity), "dave")
      }
      group.deliver(ack, "dave")
    },
  ),
  aCase(
    "broadcast/unconfirmed-answers-another",
    {
      title:
        "Bob's ack of Dave's addition, or his add-ack of another's, has a direct message for Dave, and is under another signature: it confirms nothing",
      clauses: [clauses.unconfirmed],
    },
    (author) => {
      const { group } = added(author, "erin")
      group.deliver(group.add("carol", "erin"), "dave")
      const [alice, bob, carol, dave] = ["alice", "bob", "carol", "dave"].map((user) => group.member(user)) as [
        string,
        string,
        string,
        string,
      ]
      const head = { group: group.id, sender: bob, seq: 2 }
      const answers = [
        { type: "ack", ...head, ofSender: alice, ofSeq: 2 },
        { type: "add-ack", ...head, ofSender: carol, ofSeq: 2, commitment: null },
      ] as const
      for (const control of answers) {
        group.introduce("bob", "dave")
        author.accepts("channel.open", { on: "bob", group: group.id, me: bob, peer: dave, peerUser: "dave" })
        const { message } = author.accepts("channel.send", { on: "bob", payload: filled(9, 64), outer: controlHex(control) })
        const item = { control, signingKey: null, cut: null, chain: null, directs: { [dave]: bytesOf(message) } }
        group.refuses(clauses.unconfirmed, group.sealed([item], "alice", identity), "dave")
      }
    },
  ),
  aCase(
    "broadcast/unconfirmed-beside-another",
    {
      title: "Bob, who has not confirmed, adds Erin: Carol, who has not either, is doubted all the same",
      clauses: [clauses.unconfirmed],
    },
    (author) => {
      const { group } = added(author, "erin")
      group.deliver(group.add("bob", "erin"), "dave")
      const update = group.update("carol")
      group.refuses(clauses.unconfirmed, group.sealed(itemsOf(update.envelope), "alice", identity), "dave")
      group.deliver(update, "dave")
    },
  ),
  aCase(
    "broadcast/confirmed-adds",
    {
      title: "Bob has confirmed, and adds Erin: she is judged by the rules as any other",
      clauses: [clauses.unconfirmed, clauses.signature],
    },
    (author) => {
      const { group, addition } = added(author, "erin")
      group.deliver(group.answer(addition, "bob"), "dave")
      const another = group.add("bob", "erin")
      for (const user of ["dave", "erin"]) group.deliver(another, user)
      const answer = group.post("erin")
      group.refuses(clauses.signature, group.sealed(itemsOf(answer.envelope), "alice", identity), "dave")
      group.deliver(answer, "dave")
    },
  ),
  aCase(
    "broadcast/adder-is-judged",
    {
      title: "Of its adder, and of who has confirmed and acknowledges its own update, a new member doubts nothing",
      clauses: [clauses.unconfirmed, clauses.signature],
    },
    (author) => {
      const { group, addition } = added(author)
      group.deliver(group.answer(addition, "bob"), "dave")
      const update = group.update("alice")
      group.refuses(clauses.signature, group.sealed(itemsOf(update.envelope), "bob", identity), "dave")
      const own = group.update("dave")
      group.author.claim(kindsOf(own.envelope) === "ack,update", "Dave has sent both in one envelope")
      group.deliver(own, "bob")
      const answer = group.post("bob")
      group.refuses(clauses.signature, group.sealed(itemsOf(answer.envelope), "alice", identity), "dave")
      for (const posted of [update, answer]) group.deliver(posted, "dave")
    },
  ),
  aCase(
    "broadcast/unconfirmed-twin-of-an-answer",
    {
      title:
        "An update with the number of an acknowledgement that we have taken, of one who has not confirmed: whatever the welcome says, it equivocates",
      clauses: [clauses.unconfirmed, clauses.equivocation],
    },
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc, ["dave"])
      const update = group.update("alice")
      group.deliver(group.add("alice", "dave"), "dave")
      const second = group.update("bob")
      const control = { ...itemsOf(second.envelope)[0]!.control, sender: group.member("carol") } as Item["control"]
      const twin = group.sealed(withFirst(itemsOf(second.envelope), { control }), "carol", identity)
      group.deliver(group.answer(update, "carol"), "dave")
      group.refuses(clauses.equivocation, twin, "dave")
    },
  ),
  aCase(
    "broadcast/confirmed-when-removed",
    {
      title: "Alice removes Bob, whose add-ack of Dave's addition comes after that: it is taken, and a repetition afterwards",
      clauses: [clauses.unconfirmed],
    },
    (author) => {
      const { group, addition } = added(author)
      const ack = group.answer(addition, "bob")
      group.deliver(group.remove("alice", "bob"), "dave")
      group.deliver(ack, "dave")
      author.ignores("broadcast.receive", { on: "dave", envelope: ack.envelope })
    },
  ),
]

/** Bob's acknowledgement of Alice's update and his add-ack of Dave's addition, in one envelope, when Alice has told Dave something of Bob. */
const secondInEnvelope = (author: Author, say: Parameters<typeof additionWith>[1]) => {
  const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
  const update = group.update("alice")
  const { told } = additionWith(group, say)
  group.note(told)
  author.accepts("broadcast.receive", { on: "dave", envelope: told })
  group.deliver(update, "bob")
  author.accepts("broadcast.receive", { on: "bob", envelope: told })
  const { envelope } = group.post("bob")
  author.claim(kindsOf(envelope) === "ack,add-ack", "Bob has sent both in one envelope")
  return { group, envelope }
}

const confirmedSecond = (): ReadonlyArray<Case> => [
  aCase(
    "broadcast/confirmation-second",
    {
      title: "The adder has told another digest of Bob's: his add-ack, which is not the first of its envelope, is not compared with it",
      clauses: [clauses.unconfirmed],
    },
    (author) => {
      const { group, envelope } = secondInEnvelope(author, (truth) => ({ ...truth, digest: bytesOf(filled(9, 32)) }))
      group.refuses(clauses.unconfirmed, envelope, "dave")
    },
  ),
  aCase(
    "broadcast/confirmation-second-counted",
    {
      title: "The adder has counted what Bob has not sent: his add-ack, which is not the first of its envelope, shows it",
      clauses: [clauses.confirmation],
    },
    (author) => {
      const { group, envelope } = secondInEnvelope(author, (truth) => ({ ...truth, count: 4294967295 }))
      group.refuses(clauses.confirmation, envelope, "dave")
    },
  ),
]

/** What is doubted by the word of an adder, and what is not. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-unconfirmed", layer: "broadcast", flags: {} }, () => [
  ...doubted(),
  ...confirmedSecond(),
])
