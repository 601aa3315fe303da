import type { Clause } from "../../../spec/conventions/clauses.ts"
import type { Missing } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/dcgka/causal-broadcast.ts"
import { type Case, caseFile, twins } from "../author.ts"
import { first } from "../people.ts"
import { BroadcastGroup, broadcastScenario, type EnvelopeInTransit } from "./broadcast-group.ts"

const abc = first(3)
const abcd = first(4)

const scenario = (
  id: string,
  title: string,
  users: ReadonlyArray<string>,
  play: (group: BroadcastGroup) => void,
  also: ReadonlyArray<Clause> = [],
) => broadcastScenario(`former-${id}`, { title, clauses: [clauses.withheld, ...also] }, users, [], play)

/** What somebody lacks who withholds a message of `user`, whose number is `seq`. */
export const unshown = (group: BroadcastGroup, user: string, seq: number): Missing => ({
  acknowledgement: { sender: group.member(user), seq },
})

/** That the envelope, whose last message has this number, waits for somebody to acknowledge it. */
export const withheld = (group: BroadcastGroup, posted: EnvelopeInTransit, to: string, seq: number): void =>
  group.holds(posted, to, unshown(group, posted.by, seq))

const mutual = (): ReadonlyArray<Case> => [
  scenario("mutual-removal", "Two remove each other; the third has one removal first, and it counts", abc, (group) => {
    const [a, b] = [group.remove("alice", "bob"), group.remove("bob", "alice")]
    withheld(group, a, "bob", 2)
    withheld(group, b, "alice", 2)
    group.deliver(a, "carol")
    withheld(group, b, "carol", 2)
    const ack = group.post("carol")
    group.deliver(ack, "alice", 1, [unshown(group, "bob", 2)])
    group.author.claim(group.deliver(ack, "bob", 1).removed, "Carol's acknowledgement shows Bob that his removal counts")
    group.agree(["alice", "carol"])
  }),
  scenario("mutual-removal-both", "Two remove each other; of two others each has another removal first, and both count", abcd, (group) => {
    const [a, b] = [group.remove("alice", "bob"), group.remove("bob", "alice")]
    group.deliver(a, "carol")
    group.deliver(b, "dave")
    const [carols, daves] = [group.post("carol"), group.post("dave")]
    group.holds(carols, "dave", { message: { sender: group.member("alice"), seq: 2 } })
    withheld(group, b, "carol", 2)
    group.deliver(daves, "carol", 2)
    group.deliver(a, "dave", 2)
    withheld(group, b, "alice", 2)
    group.author.claim(group.deliver(daves, "alice", 1).removed, "Alice is out")
    withheld(group, a, "bob", 2)
    group.author.claim(group.deliver(carols, "bob", 1).removed, "Bob is out")
    for (const one of [group.post("carol"), group.post("dave")]) group.deliver(one, one.by === "carol" ? "dave" : "carol")
    group.agree(["carol", "dave"])
  }),
  scenario("alone", "Two remove each other, and nobody else is there: each goes on alone", ["alice", "bob"], (group) => {
    const [a, b] = [group.remove("alice", "bob"), group.remove("bob", "alice")]
    withheld(group, a, "bob", 2)
    withheld(group, b, "alice", 2)
    for (const user of ["alice", "bob"]) {
      const members = [{ member: group.member(user), user }]
      group.author.gives("broadcast.members", { on: user }, { members })
    }
  }),
]

const withheldOrNot = (): ReadonlyArray<Case> => [
  scenario("update", "An update of one who was removed counts when a member has taken it before the removal", abc, (group) => {
    const [removal, update] = [group.remove("alice", "bob"), group.update("bob")]
    withheld(group, update, "alice", 2)
    const ack = group.answer(update, "carol")
    group.deliver(ack, "alice", 2)
    group.settle(removal, ["carol"])
    group.deliver(group.post("alice"), "carol")
    group.author.claim(group.deliver(removal, "bob").removed, "Bob is removed")
  }),
  scenario("early", "The acknowledgement of the update comes before the update", abc, (group) => {
    const update = group.update("bob")
    const ack = group.answer(update, "carol")
    group.remove("alice", "bob")
    group.holds(ack, "alice", { message: { sender: group.member("bob"), seq: 2 } })
    group.deliver(update, "alice", 2)
  }),
  scenario("several", "What is acknowledged, and what comes before it, counts, and what comes after it does not", abc, (group) => {
    const [one, two, three] = [group.update("bob"), group.update("bob"), group.update("bob")]
    group.remove("alice", "bob")
    withheld(group, one, "alice", 2)
    for (const posted of [two, three]) {
      group.holds(posted, "alice", { message: { sender: group.member("bob"), seq: 2 } })
    }
    for (const posted of [one, two]) group.deliver(posted, "carol")
    group.deliver(group.post("carol"), "alice", 4, [unshown(group, "bob", 4)])
  }),
  scenario("own-answer", "What one who was removed answers afterwards does not show that its update counts", abcd, (group) => {
    const removal = group.remove("alice", "bob")
    group.deliver(removal, "carol")
    const before = group.update("dave")
    const update = group.update("bob")
    const answer = group.answer(before, "bob")
    group.deliver(before, "carol")
    withheld(group, update, "carol", 2)
    group.holds(answer, "carol", { message: { sender: group.member("bob"), seq: 2 } })
  }),
  scenario("answers", "Answers of one who was removed count as ever", abcd, (group) => {
    const update = group.update("dave")
    const answer = group.answer(update, "bob")
    const removal = group.remove("alice", "bob")
    for (const posted of [removal, update, answer]) group.deliver(posted, "carol")
  }),
  scenario(
    "unaware",
    "A removal by one who was removed counts while the other may not have known better",
    abcd,
    (group) => {
      const removal = group.remove("alice", "bob")
      const second = group.remove("bob", "carol")
      group.author.claim(group.deliver(second, "carol").removed, "Carol leaves by it")
      group.deliver(removal, "dave")
      // Dave has nothing of Carol's that shows that she knew of Bob's removal.
      group.deliver(second, "dave")
      group.deliver(second, "alice")
      group.deliver(group.post("dave"), "alice")
      group.deliver(group.post("alice"), "dave")
      group.agree(["alice", "dave"])
    },
    [clauses.cut],
  ),
  scenario("aware", "A removal by one who was removed does not count when the other knew better", abcd, (group) => {
    const removal = group.remove("alice", "bob")
    const second = group.remove("bob", "carol")
    const ack = group.answer(removal, "carol")
    withheld(group, second, "carol", 2)
    group.deliver(removal, "dave")
    group.deliver(ack, "dave")
    withheld(group, second, "dave", 2)
    group.deliver(ack, "alice")
    withheld(group, second, "alice", 2)
    const daves = group.post("dave")
    for (const user of ["alice", "carol"]) group.deliver(daves, user, 1, [unshown(group, "bob", 2)])
  }),
  scenario("for-good", "One who was removed can remove nobody once all know of its removal", abcd, (group) => {
    const removal = group.remove("alice", "bob")
    group.settle(removal, ["alice", "carol", "dave"])
    for (const user of ["alice", "carol", "dave"]) {
      const posted = group.remove("bob", user)
      for (const other of ["alice", "carol", "dave"]) {
        const seq = { alice: 2, carol: 3, dave: 4 }[user]!
        if (user === "alice") withheld(group, posted, other, seq)
        else group.holds(posted, other, { message: { sender: group.member("bob"), seq: 2 } })
      }
    }
    group.agree(["alice", "carol", "dave"])
  }),
  broadcastScenario(
    "former-by-a-ghost",
    { title: "One who was removed adds a user and removes it again: nobody can have left by that", clauses: [clauses.withheld] },
    abc,
    ["erin"],
    (group) => {
      group.settle(group.remove("alice", "bob"), ["alice", "carol"])
      const missing = { message: { sender: group.member("bob"), seq: 2 } }
      withheld(group, group.remove("bob", "alice"), "carol", 2)
      for (const posted of [group.add("bob", "erin"), group.remove("bob", "erin")]) group.holds(posted, "carol", missing)
      group.agree(["alice", "carol"])
    },
  ),
  scenario("lent", "A member acknowledges what it should withhold of one who was removed: for the others it counts", abcd, (group) => {
    group.settle(group.remove("alice", "bob"), ["alice", "carol", "dave"])
    const honest = group.answer(group.update("carol"), "dave")
    const second = group.remove("bob", "carol")
    for (const user of ["alice", "carol", "dave"]) withheld(group, second, user, 2)
    const lent = group.changed(honest, { ofSender: group.member("bob"), ofSeq: 2 })
    const { taken } = group.author.accepts("broadcast.receive", { on: "alice", envelope: lent })
    group.author.claim(taken.length === 2, "Alice takes the removal, and the acknowledgement")
    const members = ["alice", "dave"].map((user) => ({ member: group.member(user), user }))
    group.author.gives("broadcast.members", { on: "alice" }, { members: members.sort((a, b) => (a.member < b.member ? -1 : 1)) })
  }),
  scenario("shown-by-another", "One who was removed shows that a removal counts whose target may not know of that", abcd, (group) => {
    group.settle(group.remove("alice", "bob"), ["alice", "carol"])
    group.remove("alice", "dave")
    const second = group.remove("bob", "carol")
    const answer = group.answer(second, "dave")
    // All know of Bob's removal, but Carol has said nothing since Dave's.
    withheld(group, second, "alice", 2)
    group.deliver(answer, "alice", 2)
  }),
  scenario("two-of-them", "Two who were removed do not show for each other that what they send counts", abcd, (group) => {
    for (const user of ["bob", "dave"]) group.settle(group.remove("alice", user), ["alice", "carol"])
    const update = group.update("bob")
    const answer = group.answer(update, "dave")
    withheld(group, update, "carol", 2)
    const missing = { message: { sender: group.member("bob"), seq: 2 } }
    group.holds(answer, "carol", missing)
    group.retry("carol", 0, [unshown(group, "bob", 2), missing])
  }),
]

/** An envelope in the name of a member that nobody has signed: an acknowledgement of a message that never comes. */
const forged = (group: BroadcastGroup, user: string, seq: number, ofSender: string, ofSeq: number): EnvelopeInTransit => {
  const control = { type: "ack", group: group.id, sender: group.member(user), seq, ofSender, ofSeq } as const
  const items = [{ control, signingKey: null, cut: null, chain: null, directs: {} }]
  return { by: user, envelope: group.sealed(items, "carol", "signing/nobody"), signedWith: "" }
}

const behindForgeries = (): ReadonlyArray<Case> => [
  scenario("behind-a-forgery", "A forged envelope that waits hides none with its number that is withheld", abc, (group) => {
    group.remove("alice", "bob")
    const never = { message: { sender: group.member("carol"), seq: 9 } }
    group.holds(forged(group, "bob", 2, group.member("carol"), 9), "alice", never)
    const update = group.update("bob")
    group.deliver(update, "alice", 0, [never, unshown(group, "bob", 2)])
    group.refuses(clauses.equivocation, group.second(update), "alice")
    group.deliver(group.answer(update, "carol"), "alice", 2)
  }),
  scenario(
    "behind-another-forgery",
    "Of two envelopes with one number after one that is withheld the first is forged: it is refused, and the second is taken",
    abc,
    (group) => {
      group.remove("alice", "bob")
      const [two, three] = [group.update("bob"), group.update("bob")]
      for (const posted of [two, three]) group.deliver(posted, "carol")
      const ack = group.post("carol")
      const before = { message: { sender: group.member("bob"), seq: 2 } }
      const forgery = group.resealed({ ...three, signedWith: "signing/nobody" }, (items) => items)
      for (const envelope of [forgery, three.envelope]) group.holds({ envelope }, "alice", before)
      group.deliver(two, "alice", 0, [before, unshown(group, "bob", 2)])
      group.deliver(ack, "alice", 4, [], [group.refusedLater("bob", 3, clauses.signature)])
    },
    [clauses["refused-told"]],
  ),
  scenario(
    "two-after-a-withheld-one",
    "Bob, whom Alice has removed, sends two messages with one number, after one that she withholds: no notes show it",
    abc,
    (group) => {
      const { author } = group
      group.remove("alice", "bob")
      const [two, three] = [group.update("bob"), group.update("bob")]
      const another = group.second(three)
      withheld(group, two, "alice", 2)
      group.holds(three, "alice", { message: { sender: group.member("bob"), seq: 2 } })
      group.deliver(two, "carol")
      group.note(another)
      group.deliver({ envelope: another }, "carol")
      group.refuses(clauses.signature, group.post("carol").envelope, "alice")
      const notes = (on: string) => author.accepts("broadcast.notes", { on }).notes
      const [alices, carols] = [notes("alice"), notes("carol")]
      const behind = [group.member("bob"), group.member("carol")].sort()
      author.gives("broadcast.compare-notes", { on: "alice", notes: carols }, { differ: [], behind })
      author.gives("broadcast.compare-notes", { on: "carol", notes: alices }, { differ: [], behind: [group.member("alice")] })
    },
    [clauses.notes],
  ),
]

const twinsOfWithheld = (): ReadonlyArray<Case> => [
  broadcastScenario(
    "former-in-notes",
    {
      title: "One who is being removed sends an update to Alice, who withholds it, and another one to Carol: notes show it to both",
      clauses: [clauses.withheld, clauses.notes],
    },
    abc,
    [],
    (group) => {
      const { author } = group
      const bob = group.member("bob")
      group.remove("alice", "bob")
      const update = group.update("bob")
      withheld(group, update, "alice", 2)
      const second = { ...update, envelope: group.second(update) }
      group.note(second.envelope)
      const ack = group.answer(second, "carol")
      group.refuses(clauses.signature, ack.envelope, "alice")
      const notes = (on: string) => author.accepts("broadcast.notes", { on }).notes
      const [alices, carols] = [notes("alice"), notes("carol")]
      const carol = group.member("carol")
      author.gives("broadcast.compare-notes", { on: "alice", notes: carols }, { differ: [bob], behind: [bob, carol].sort() })
      author.gives("broadcast.compare-notes", { on: "carol", notes: alices }, { differ: [bob], behind: [group.member("alice")] })
    },
  ),
  broadcastScenario(
    "former-in-notes-of-two",
    {
      title: "Two who both withhold an update of one who was removed see in their notes that it is not the same",
      clauses: [clauses.withheld, clauses.notes],
    },
    abc,
    [],
    (group) => {
      const { author } = group
      const bob = group.member("bob")
      group.settle(group.remove("alice", "bob"), ["alice", "carol"])
      for (const _ of [1, 2]) group.queueUpdate("bob")
      const both = group.post("bob")
      withheld(group, both, "alice", 3)
      const single = group.resealed(both, ([first]) => [{ ...first!, signingKey: first!.signingKey!.toReversed() }])
      group.holds({ envelope: single }, "carol", unshown(group, "bob", 2))
      const notes = (on: string) => author.accepts("broadcast.notes", { on }).notes
      const [alices, carols] = [notes("alice"), notes("carol")]
      author.gives("broadcast.compare-notes", { on: "alice", notes: carols }, { differ: [bob], behind: [] })
      // Of the second message, which alone stands in Alice's notes, Carol knows nothing.
      author.gives("broadcast.compare-notes", { on: "carol", notes: alices }, { differ: [], behind: [] })
      author.gives("broadcast.compare-notes", { on: "alice", notes: alices }, { differ: [], behind: [] })
    },
  ),
  broadcastScenario(
    "former-signed-again",
    {
      title: "Two updates in one envelope that is withheld come again under another signature: a repetition",
      clauses: [clauses.withheld, clauses.equivocation],
    },
    abc,
    [],
    (group) => {
      group.remove("alice", "bob")
      for (const _ of [1, 2]) group.queueUpdate("bob")
      const both = group.post("bob")
      withheld(group, both, "alice", 3)
      group.author.ignores("broadcast.receive", { on: "alice", envelope: group.signedAgain(both) })
      group.deliver(group.answer(both, "carol"), "alice", 4)
    },
  ),
  ...twins(
    "broadcast/former-twin",
    clauses.equivocation,
    "A second update with the number of one that is withheld",
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc)
      group.remove("alice", "bob")
      const update = group.update("bob")
      withheld(group, update, "alice", 2)
      const ack = group.answer(update, "carol")
      return group.fork(ack, "alice", group.second(update))
    },
    [clauses.withheld],
  ),
]

/** What one who was removed sends, and when it counts. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-former", layer: "broadcast", flags: {} }, () => [
  ...mutual(),
  ...withheldOrNot(),
  ...twinsOfWithheld(),
  ...behindForgeries(),
])
