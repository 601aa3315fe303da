import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { encodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses, type Item, Notes } from "../../../spec/dcgka/causal-broadcast.ts"
import { type Author, aCase, type Case, caseFile, twins } from "../author.ts"
import { filled, first, meet } from "../people.ts"
import {
  BroadcastGroup,
  type EnvelopeInTransit,
  identity,
  itemsOf,
  kindsOf,
  broadcastScenario as scenario,
  strangers,
  withFirst,
} from "./broadcast-group.ts"
import { withheld } from "./causal-broadcast-former.ts"
import { additionWith } from "./causal-broadcast-welcomes.ts"
import { controlHex } from "./key-agreement-group.ts"

const abc = first(3)
const abcd = first(4)

const ackOf = (group: BroadcastGroup, user: string, seq: number, ofUser: string, ofSeq: number): Item => ({
  control: { type: "ack", group: group.id, sender: group.member(user), seq, ofSender: group.member(ofUser), ofSeq },
  signingKey: null,
  cut: null,
  chain: null,
  directs: {},
})

/** Alice has added Dave, who has heard nothing of Bob and Carol. */
const added = (author: Author, ...outsiders: ReadonlyArray<string>) => {
  const group = BroadcastGroup.acquainted(author, abc, ["dave", ...outsiders])
  const addition = group.add("alice", "dave")
  group.deliver(addition, "dave")
  return { group, addition }
}

const doubted = (): ReadonlyArray<Case> => [
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

const compared = (): ReadonlyArray<Case> => [
  scenario(
    "duplicate-of-an-answer",
    {
      title: "An update with the number of an acknowledgement that is too old to be compared, of one who is not doubted: a repetition",
      clauses: [clauses.equivocation, clauses.unconfirmed],
    },
    abc,
    [],
    (group) => {
      const bob = group.member("bob")
      for (let count = 0; count < 5; count++) {
        const update = group.update("carol")
        group.deliver(update, "alice")
        group.deliver(group.answer(update, "bob"), "alice")
      }
      const update = itemsOf(group.update("carol").envelope)[0]!
      const control = { ...update.control, sender: bob, seq: 2 } as Item["control"]
      const envelope = group.sealed([{ ...update, control }], "bob", identity)
      group.author.ignores("broadcast.receive", { on: "alice", envelope })
    },
  ),
  scenario(
    "duplicate-of-two",
    { title: "Two updates in one envelope come again: a repetition", clauses: [clauses.equivocation] },
    abc,
    [],
    (group) => {
      group.queueUpdate("alice")
      const both = group.update("alice")
      group.deliver(both, "bob")
      group.author.ignores("broadcast.receive", { on: "bob", envelope: both.envelope })
      group.refuses(
        clauses.equivocation,
        group.resealed(both, ([one]) => [one!]),
        "bob",
      )
    },
  ),
  scenario(
    "notes-between",
    {
      title: "Notes with a number of Bob's of which no digest is kept: an open message of his with another number is not compared",
      clauses: [clauses.notes],
    },
    abc,
    [],
    (group) => {
      const bob = group.member("bob")
      group.settle(group.update("bob"), abc)
      for (let count = 0; count < 5; count++) group.deliver(group.update("bob"), "alice")
      const notes = Hex.encode(encodeWire(Notes, { [bob]: { seq: 2, digest: group.digest(bob, 2), withheld: null } }))
      group.author.gives("broadcast.compare-notes", { on: "alice", notes }, { differ: [], behind: [] })
    },
  ),
  aCase(
    "broadcast/notes-of-a-newcomer",
    {
      title: "A new member has another digest of the last message of a member, by its welcome, than the notes of another",
      clauses: [clauses.notes],
    },
    (author) => {
      const { group } = added(author)
      const bob = group.member("bob")
      const of = (digest: Uint8Array) => Hex.encode(encodeWire(Notes, { [bob]: { seq: 1, digest, withheld: null } }))
      const compare = (digest: Uint8Array, differ: ReadonlyArray<string>) =>
        author.gives("broadcast.compare-notes", { on: "dave", notes: of(digest) }, { differ, behind: [] })
      compare(group.digest(bob, 1), [])
      compare(bytesOf(filled(9, 32)), [bob])
    },
  ),
]

const waiting = (): ReadonlyArray<Case> => [
  ...twins("broadcast/cut-second", clauses.cut, "The second message of an envelope, an update, states no cut", (author) => {
    const group = BroadcastGroup.acquainted(author, abc)
    group.queueUpdate("alice")
    const both = group.update("alice")
    return group.fork(
      both,
      "bob",
      group.resealed(both, ([one, two]) => [one!, { ...two!, cut: null }]),
    )
  }),
  aCase(
    "broadcast/lacks-to-join",
    {
      title:
        "What comes before we have joined waits for that, whatever message it needs, and is not tried again by what another group sends",
      clauses: [clauses["held-retried"]],
    },
    (author) => {
      const group = new BroadcastGroup(author, ["alice", "bob"])
      group.acquaint(["alice", "bob"])
      group.create(["alice", "bob"])
      const join = { join: group.id }
      const update = group.update("alice")
      const withoutKey = group.resealed(update, (items) => withFirst(items, { signingKey: null }))
      group.refuses(clauses["signing-key"], withoutKey, "bob")
      group.holds(update, "bob", join)
      group.retry("bob", 0, [join])
      for (const byte of [1, 2])
        group.holds({ envelope: strangers(filled(byte, 16), filled(0xee, 16), 1) }, "bob", { join: filled(byte, 16) })
    },
  ),
  scenario(
    "held-answer-to-itself",
    {
      title: "An envelope that comes too early acknowledges a later message of its own sender: it is judged when its turn comes",
      clauses: [clauses["held-retried"], clauses["refused-told"], clauses.acknowledges],
    },
    abc,
    [],
    (group) => {
      const carol = group.member("carol")
      const update = group.update("carol")
      const envelope = group.sealed([ackOf(group, "carol", 3, "carol", 99)], "carol", `signing/${carol}/2`)
      group.holds({ envelope }, "bob", { message: { sender: carol, seq: 2 } })
      group.deliver(update, "bob", 1, [], [group.refusedLater("carol", 3, clauses.acknowledges)])
    },
  ),
  scenario(
    "held-and-malformed",
    {
      title: "Alice's second update comes first, and its direct message for Bob is none: that is told when its turn comes",
      clauses: [clauses["refused-told"]],
    },
    abc,
    [],
    (group) => {
      const [one, two] = [group.update("alice"), group.update("alice")]
      const bob = group.member("bob")
      const envelope = group.resealed(two, (items) => withFirst(items, { directs: { ...items[0]!.directs, [bob]: bytesOf("00") } }))
      group.holds({ envelope }, "bob", { message: { sender: group.member("alice"), seq: 2 } })
      group.deliver(one, "bob", 1, [], [group.refusedLater("alice", 3, encoding.shape)])
    },
  ),
]

/** Bob holds Alice's addition of Dave, for whom he has no bundle. */
const withoutBundle = (author: Author) => {
  const group = new BroadcastGroup(author, [...abcd, "erin"])
  group.acquaint(abc)
  group.introduce("alice", "dave")
  group.introduce("bob", "erin")
  group.settle(group.create(abc), abc)
  group.holds(group.add("alice", "dave"), "bob", { bundle: "dave" })
  return group
}

/** Alice creates a group with Bob, Carol and Dave, who has no bundle of one of them, and has heard nothing of that one. */
const withoutBundleOf = (author: Author, user: "bob" | "carol") => {
  const group = new BroadcastGroup(author, abcd)
  group.acquaint(abc)
  group.introduce("alice", "dave")
  for (const other of ["bob", "carol"]) meet(author, other, "dave")
  for (const other of ["bob", "carol"]) if (other !== user) meet(author, "dave", other)
  const created = group.create(abcd)
  for (const other of ["bob", "carol", "dave"]) group.deliver(created, other)
  return group
}

/** Carol has the update of Bob, whom Alice has removed, and her acknowledgement of it waits for a bundle that Dave does not have. */
const shownLater = (group: BroadcastGroup, update: EnvelopeInTransit, user: string) => {
  const acks = group.answer(update, "carol")
  group.holds(acks, "dave", { bundle: user })
  meet(group.author, "dave", user)
  return [update, acks].reduce((sum, { envelope }) => sum + itemsOf(envelope).length, 0)
}

const forBundles = (): ReadonlyArray<Case> => [
  aCase(
    "broadcast/due-for-a-bundle",
    {
      title: "An addition of our own makes nothing due that waits for a bundle; a removal does",
      clauses: [clauses["held-retried"]],
    },
    (author) => {
      const group = withoutBundle(author)
      const nobody = filled(0xee, 16)
      const missing = { message: { sender: nobody, seq: 1 } }
      group.queueAdd("bob", "erin")
      group.holds({ envelope: strangers(group.id, nobody, 2) }, "bob", missing)
      group.queueRemove("bob", "carol")
      group.deliver({ envelope: strangers(group.id, nobody, 3) }, "bob", 0, [{ bundle: "dave" }, missing])
    },
  ),
  aCase(
    "broadcast/due-for-a-bundle-and-a-removal",
    {
      title: "Between two attempts we remove a member, and learn the bundle for which an addition waits: it is taken",
      clauses: [clauses["held-retried"]],
    },
    (author) => {
      const group = withoutBundle(author)
      group.queueRemove("bob", "carol")
      meet(author, "bob", "dave")
      group.retry("bob", 1)
    },
  ),
  aCase(
    "broadcast/former-shown-without-a-bundle",
    {
      title: "What shows that a withheld update counts is the first of its sender, of whom there is no bundle: it waits for that",
      clauses: [clauses.withheld, clauses["held-retried"]],
    },
    (author) => {
      const group = withoutBundleOf(author, "carol")
      const answer = group.post("bob")
      for (const user of ["alice", "carol", "dave"]) group.deliver(answer, user)
      const update = group.update("bob")
      group.deliver(group.remove("alice", "bob"), "dave")
      withheld(group, update, "dave", 2)
      group.retry("dave", shownLater(group, update, "carol"))
    },
  ),
  aCase(
    "broadcast/former-without-a-bundle",
    {
      title: "One who was removed updates, and there is no bundle of it: what shows that the update counts waits for that, too",
      clauses: [clauses.withheld, clauses["held-retried"]],
    },
    (author) => {
      const group = withoutBundleOf(author, "bob")
      const update = group.update("bob")
      author.claim(kindsOf(update.envelope) === "ack,update", "Bob has sent both in one envelope")
      group.deliver(group.remove("alice", "bob"), "dave")
      group.holds(update, "dave", { bundle: "bob" })
      group.retry("dave", shownLater(group, update, "bob"))
    },
  ),
]

const former = (): ReadonlyArray<Case> => [
  aCase(
    "broadcast/former-removes-the-silent",
    {
      title: "One who was removed removes a member that has not said anything: it may have left by that",
      clauses: [clauses.withheld],
    },
    (author) => {
      const group = new BroadcastGroup(author, abcd)
      group.acquaint(abcd)
      const created = group.create(abcd)
      for (const user of ["bob", "carol", "dave"]) group.deliver(created, user)
      const answer = group.post("bob")
      for (const user of ["alice", "dave"]) group.deliver(answer, user)
      const removal = group.remove("alice", "bob")
      const second = group.remove("bob", "carol")
      for (const posted of [removal, second]) group.deliver(posted, "dave")
    },
  ),
  scenario(
    "former-answers-and-updates",
    {
      title: "One who was removed answers and updates in one envelope: it is withheld",
      clauses: [clauses.withheld],
    },
    abc,
    [],
    (group) => {
      const update = group.update("carol")
      for (const user of ["alice", "bob"]) group.deliver(update, user)
      const both = group.update("bob")
      group.author.claim(kindsOf(both.envelope) === "ack,update", "Bob has sent both in one envelope")
      group.queueRemove("alice", "bob")
      withheld(group, both, "alice", 3)
    },
  ),
]

/** What is decided at the edges: what is doubted, compared, waited for, and withheld. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-edges", layer: "broadcast", flags: {} }, () => [
  ...doubted(),
  ...confirmedSecond(),
  ...compared(),
  ...waiting(),
  ...forBundles(),
  ...former(),
])
