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
  withFirst,
} from "./broadcast-group.ts"
import { withheld } from "./causal-broadcast-former.ts"
import { strangers } from "./causal-broadcast-held.ts"
import { added } from "./causal-broadcast-unconfirmed.ts"

const abc = first(3)
const abcd = first(4)

const ackOf = (group: BroadcastGroup, user: string, seq: number, ofUser: string, ofSeq: number): Item => ({
  control: { type: "ack", group: group.id, sender: group.member(user), seq, ofSender: group.member(ofUser), ofSeq },
  signingKey: null,
  cut: null,
  chain: null,
  directs: {},
})

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
    "duplicate-of-three",
    {
      title: "Three updates in one envelope come again: a repetition; without the last two they equivocate",
      clauses: [clauses.equivocation],
    },
    abc,
    [],
    (group) => {
      for (const _ of [1, 2]) group.queueUpdate("alice")
      const all = group.update("alice")
      group.deliver(all, "bob", 3)
      group.author.ignores("broadcast.receive", { on: "bob", envelope: all.envelope })
      group.refuses(
        clauses.equivocation,
        group.resealed(all, ([one]) => [one!]),
        "bob",
      )
    },
  ),
  aCase(
    "broadcast/awaited-in-order",
    {
      title: "Dave, whom Carol has added, is awaited beside her, in the order of their members, as a welcome of Bob's has it",
      clauses: [clauses.attachment],
    },
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc, ["dave", "erin"])
      group.deliver(group.update("alice"), "bob")
      group.deliver(group.add("carol", "dave"), "bob")
      author.claim(group.member("dave") < group.member("carol"), "the new member is the smaller one")
      group.queueAdd("bob", "erin")
      const [answers, addition] = [group.post("bob"), group.post("bob")]
      author.claim(kindsOf(answers.envelope) === "ack,add-ack", "Bob has answered both before he adds")
      group.deliver(addition, "erin")
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
  scenario(
    "notes-at-the-end-of-two",
    {
      title: "Notes are compared at the end of an envelope of two updates, which all have acknowledged, and not between the two",
      clauses: [clauses.notes],
    },
    abc,
    [],
    (group) => {
      const bob = group.member("bob")
      group.queueUpdate("bob")
      group.settle(group.update("bob"), abc)
      group.settle(group.update("bob"), abc)
      const compare = (seq: number, digest: Uint8Array, differ: ReadonlyArray<string>) => {
        const notes = Hex.encode(encodeWire(Notes, { [bob]: { seq, digest, withheld: null } }))
        group.author.gives("broadcast.compare-notes", { on: "alice", notes }, { differ, behind: [] })
      }
      compare(2, group.digest(bob, 3), [])
      compare(3, group.digest(bob, 3), [])
      compare(3, group.digest(bob, 2), [bob])
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
      group.update("alice")
      // What comes from a member makes nobody look at what else is held.
      const before = { message: { sender: group.member("alice"), seq: 2 } }
      group.holds(group.update("alice"), "bob", before)
      group.deliver({ envelope: strangers(group.id, nobody, 3) }, "bob", 0, [{ bundle: "dave" }, missing, before])
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
  scenario(
    "held-when-two-are-removed",
    {
      title: "65 envelopes are held in Alice's name when Carol removes her and Bob: he is removed, and nothing is told of what he held",
      clauses: [clauses["held-limit"], clauses["refused-told"]],
    },
    abc,
    [],
    (group) => {
      const alice = group.member("alice")
      for (let seq = 3; seq < 68; seq++) {
        group.holds({ envelope: strangers(group.id, alice, seq) }, "bob", { message: { sender: alice, seq: 2 } })
      }
      group.queueRemove("carol", "alice")
      group.author.claim(group.deliver(group.remove("carol", "bob"), "bob", 2).removed, "Bob is removed")
    },
  ),
  scenario(
    "held-one-too-many",
    {
      title: "65 envelopes are held in Alice's name when Bob removes her: one is refused, once",
      clauses: [clauses["held-limit"], clauses.shares, clauses["refused-told"]],
    },
    abc,
    [],
    (group) => {
      const alice = group.member("alice")
      const missing = { message: { sender: alice, seq: 2 } }
      for (let seq = 3; seq < 68; seq++) group.holds({ envelope: strangers(group.id, alice, seq) }, "bob", missing)
      group.queueRemove("bob", "alice")
      group.retry("bob", 0, [missing], [group.refusedLater("alice", 67, clauses["held-limit"])])
      group.retry("bob", 0, [missing])
    },
  ),
  scenario(
    "former-lacks-more",
    {
      title: "What one who was removed sends needs a message that is withheld, and one that has not come: it lacks the latter",
      clauses: [clauses.withheld, clauses["held-retried"]],
    },
    abcd,
    [],
    (group) => {
      for (const user of ["bob", "dave"]) group.settle(group.remove("alice", user), ["alice", "carol"])
      const updates = [group.update("bob"), group.update("carol")] as const
      withheld(group, updates[0], "alice", 2)
      const { seq } = itemsOf(updates[1].envelope)[0]!.control
      const answer = group.sealed([ackOf(group, "dave", 2, "bob", 2), ackOf(group, "dave", 3, "carol", seq)], "dave", identity)
      group.holds({ envelope: answer }, "alice", { message: { sender: group.member("carol"), seq } })
    },
  ),
]

/** What is decided at the edges: what is compared, waited for, and withheld. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-edges", layer: "broadcast", flags: {} }, () => [
  ...compared(),
  ...waiting(),
  ...forBundles(),
  ...former(),
])
