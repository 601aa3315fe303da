import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile, twins } from "../author.ts"
import { first, meet } from "../people.ts"
import { BroadcastGroup, broadcastScenario, type EnvelopeInTransit, identity, itemsOf } from "./broadcast-group.ts"
import { unshown, withheld } from "./causal-broadcast-former.ts"

const abcd = first(4)

const scenario = (id: string, title: string, play: (group: BroadcastGroup) => void, also: ReadonlyArray<Clause> = []) =>
  broadcastScenario(`former-${id}`, { title, clauses: [clauses.withheld, ...also] }, abcd, [], play)

/** That the envelope waits for the message of a user with this number. */
const early = (group: BroadcastGroup, posted: Pick<EnvelopeInTransit, "envelope">, to: string, user: string, seq: number): void =>
  group.holds(posted, to, { message: { sender: group.member(user), seq } })

/** Carol removes Alice and updates, while Alice removes Carol; Bob takes Carol's messages, and acknowledges both in one envelope. */
const removedWithMore = (
  group: BroadcastGroup,
): { readonly removal: EnvelopeInTransit; readonly update: EnvelopeInTransit; readonly ack: EnvelopeInTransit } => {
  const [removal, update] = [group.remove("carol", "alice"), group.update("carol")]
  group.remove("alice", "carol")
  for (const posted of [removal, update]) group.deliver(posted, "bob")
  return { removal, update, ack: group.post("bob") }
}

/** Bob updates twice, while Alice removes him; Carol takes both, and Alice withholds the first. Gives the second. */
const twoUpdates = (group: BroadcastGroup): EnvelopeInTransit => {
  const [one, two] = [group.update("bob"), group.update("bob")] as const
  group.remove("alice", "bob")
  for (const posted of [one, two]) group.deliver(posted, "carol")
  withheld(group, one, "alice", 2)
  return two
}

const isOut = (group: BroadcastGroup, posted: EnvelopeInTransit, user: string): void => {
  const { taken, removed } = group.author.accepts("broadcast.receive", { on: user, envelope: posted.envelope })
  group.author.claim(removed && taken.length === 1, `${user} is removed, and nothing after that is a result`)
}

/** Whom a user has in the group. */
const memberUsers = (group: BroadcastGroup, on: string): ReadonlyArray<string> =>
  group.author.accepts("broadcast.members", { on }).members.map(({ user }) => user)

const takenTogether = (): ReadonlyArray<Case> => [
  scenario(
    "update-after-removal",
    "What shows that a withheld removal of our own counts acknowledges an update after it, too: we are removed",
    (group) => {
      const { removal, update, ack } = removedWithMore(group)
      withheld(group, removal, "alice", 2)
      early(group, update, "alice", "carol", 2)
      isOut(group, ack, "alice")
    },
    [clauses["judged-alike"]],
  ),
  scenario(
    "removed-with-more",
    "The removal and the update are in one envelope",
    (group) => {
      group.queueRemove("carol", "alice")
      group.queueUpdate("carol")
      const both = group.post("carol")
      group.remove("alice", "carol")
      const ack = group.answer(both, "bob")
      withheld(group, both, "alice", 3)
      isOut(group, ack, "alice")
    },
    [clauses["judged-alike"]],
  ),
  scenario(
    "removed-before-another",
    "Of two withheld removals that are shown to count the first is our own: what we keep is as it was after that one",
    (group) => {
      const removals = [group.remove("carol", "alice"), group.remove("carol", "dave")] as const
      // Dave knows of Carol's removal: hers of him shows nothing by itself.
      group.deliver(group.answer(group.remove("alice", "carol"), "dave"), "alice")
      for (const posted of removals) group.deliver(posted, "bob")
      withheld(group, removals[0], "alice", 2)
      early(group, removals[1], "alice", "carol", 2)
      isOut(group, group.post("bob"), "alice")
      group.author.claim(memberUsers(group, "alice").toSorted().join() === "bob,dave", "Dave is there yet")
    },
    [clauses["judged-alike"]],
  ),
  scenario(
    "removed-before-a-direct-message",
    "What is only judged after Alice's removal brings her a direct message that does not open: she is out already, and leaves it closed",
    (group) => {
      const [removal, update] = [group.remove("carol", "alice"), group.update("dave")]
      for (const user of ["carol", "dave"]) group.remove("alice", user)
      const alice = group.member("alice")
      const envelope = group.resealed(update, ([item]) => {
        const direct = item!.directs[alice]!
        return [{ ...item!, directs: { ...item!.directs, [alice]: direct.with(-1, direct.at(-1)! ^ 1) } }]
      })
      group.note(envelope)
      for (const posted of [removal, { envelope }]) group.deliver(posted, "bob")
      withheld(group, removal, "alice", 2)
      group.deliver({ envelope }, "alice", 0, [unshown(group, "carol", 2), unshown(group, "dave", 2)])
      isOut(group, group.post("bob"), "alice")
    },
    [clauses["judged-alike"]],
  ),
  scenario(
    "update-last",
    "The update comes last: until then nothing is taken",
    (group) => {
      const { removal, update, ack } = removedWithMore(group)
      early(group, ack, "alice", "carol", 2)
      group.deliver(removal, "alice", 0, [{ message: { sender: group.member("carol"), seq: 3 } }, unshown(group, "carol", 2)])
      isOut(group, update, "alice")
    },
    [clauses["judged-alike"], clauses["held-retried"]],
  ),
  scenario(
    "waits-for-a-third",
    "What shows that a withheld update counts acknowledges an update of a third, too, which comes last",
    (group) => {
      const [bobs, daves] = [group.update("bob"), group.update("dave")]
      group.remove("alice", "bob")
      for (const posted of [bobs, daves]) group.deliver(posted, "carol")
      withheld(group, bobs, "alice", 2)
      early(group, group.post("carol"), "alice", "dave", 2)
      group.deliver(daves, "alice", 4)
    },
    [clauses["held-retried"]],
  ),
  broadcastScenario(
    "former-with-the-cancelled",
    {
      title: "What shows that a withheld update counts acknowledges what followed it, too, of a member whose addition was cancelled",
      clauses: [clauses.withheld, clauses["held-retried"]],
    },
    abcd,
    ["erin"],
    (group) => {
      const addition = group.add("bob", "erin")
      const bobs = group.update("bob")
      for (const posted of [addition, bobs]) group.deliver(posted, "erin")
      const erins = [group.post("erin"), group.update("erin")] as const
      for (const posted of [addition, bobs, ...erins]) group.deliver(posted, "carol")
      group.remove("alice", "bob")
      withheld(group, addition, "alice", 2)
      early(group, bobs, "alice", "bob", 2)
      early(group, erins[0], "alice", "bob", 2)
      early(group, erins[1], "alice", "erin", 1)
      group.deliver(group.post("carol"), "alice", 8)
    },
  ),
  scenario(
    "follows-late",
    "What shows that two updates count comes between them",
    (group) => {
      const two = twoUpdates(group)
      early(group, group.post("carol"), "alice", "bob", 3)
      group.deliver(two, "alice", 4)
    },
    [clauses["held-retried"]],
  ),
  scenario(
    "forged-before-it",
    "A forgery is held that begins with the number of the second of two updates: it is refused, and both are shown to count",
    (group) => {
      const two = twoUpdates(group)
      early(group, { envelope: group.sealed(itemsOf(two.envelope), "dave", identity) }, "alice", "bob", 2)
      early(group, two, "alice", "bob", 2)
      group.deliver(group.post("carol"), "alice", 4, [], [group.refusedLater("bob", 3, clauses.signature)])
    },
    [clauses["refused-told"], clauses["held-retried"]],
  ),
  scenario(
    "forged-that-needs",
    "A forgery with the number of a withheld update needs what never comes: what shows that the update counts passes it over",
    (group) => {
      const update = group.update("bob")
      group.remove("alice", "bob")
      const ack = group.answer(update, "carol")
      const [bob, dave] = [group.member("bob"), group.member("dave")]
      const control = { type: "ack", group: group.id, sender: bob, seq: 2, ofSender: dave, ofSeq: 99 } as const
      const forged = group.sealed([{ control, signingKey: null, cut: null, chain: null, directs: {} }], "dave", identity)
      early(group, { envelope: forged }, "alice", "dave", 99)
      group.deliver(update, "alice", 0, [{ message: { sender: dave, seq: 99 } }, unshown(group, "bob", 2)])
      group.deliver(ack, "alice", 2)
    },
    [clauses["held-retried"]],
  ),
  scenario(
    "shown-beside",
    "One who was removed shows that an update counts, because it acknowledges a removal, too, whose target may not know better",
    (group) => {
      group.settle(group.remove("alice", "bob"), ["alice", "carol"])
      group.remove("alice", "dave")
      const [update, second] = [group.update("bob"), group.remove("bob", "carol")]
      for (const posted of [update, second]) group.deliver(posted, "dave")
      const answer = group.post("dave")
      for (const user of ["alice", "carol"]) {
        withheld(group, update, user, 2)
        early(group, second, user, "bob", 2)
      }
      group.author.claim(group.deliver(answer, "carol", 2).removed, "Carol, who does not know of Dave's removal, leaves")
      group.deliver(answer, "alice", 4)
    },
  ),
  scenario(
    "shown-by-a-removal",
    "One who was removed shows that an update counts by an envelope with a removal, whose target may not know better",
    (group) => {
      group.settle(group.remove("alice", "bob"), ["alice", "carol"])
      group.remove("alice", "dave")
      const update = group.update("bob")
      group.deliver(update, "dave")
      group.queueRemove("dave", "carol")
      const answer = group.post("dave")
      for (const user of ["alice", "carol"]) withheld(group, update, user, 2)
      group.author.claim(group.deliver(answer, "carol", 3).removed, "Carol, who does not know of Dave's removal, leaves")
      group.deliver(answer, "alice", 3)
    },
  ),
  broadcastScenario(
    "former-shown-by-a-later-removal",
    {
      title:
        "A removal by Erin, whom two have removed, is held with what it acknowledges: a removal of Erin that its target may not know makes it due again",
      clauses: [clauses.withheld, clauses["held-retried"]],
    },
    first(6),
    [],
    (group) => {
      const unknown = group.remove("carol", "erin")
      const update = group.update("frank")
      group.deliver(update, "erin")
      group.queueRemove("erin", "dave")
      const removal = group.post("erin")
      for (const posted of ["erin", "frank"].map((user) => group.remove("bob", user))) {
        group.deliver(posted, "dave")
        group.deliver(posted, "alice")
      }
      group.deliver(group.post("dave"), "alice")
      withheld(group, update, "alice", 2)
      early(group, removal, "alice", "frank", 2)
      group.deliver(unknown, "alice", 4)
      group.author.claim(!memberUsers(group, "alice").includes("dave"), "Dave is out")
    },
  ),
  aCase(
    "broadcast/former-waits-for-a-bundle",
    {
      title:
        "What shows that a withheld update counts acknowledges what followed it, of a user of whom Alice has no bundle: she lacks that bundle",
      clauses: [clauses.withheld, clauses["held-retried"]],
    },
    (author) => {
      const group = new BroadcastGroup(author, [...abcd, "erin"])
      group.acquaint(abcd)
      for (const user of abcd.slice(1)) group.introduce(user, "erin")
      meet(author, "erin", "alice")
      group.settle(group.create(abcd), abcd)
      const addition = group.add("bob", "erin")
      group.deliver(addition, "erin")
      const erins = [group.post("erin"), group.update("erin")] as const
      for (const posted of [addition, ...erins]) group.deliver(posted, "carol")
      group.remove("alice", "bob")
      withheld(group, addition, "alice", 2)
      early(group, erins[0], "alice", "bob", 2)
      early(group, erins[1], "alice", "erin", 1)
      const shows = group.post("carol")
      group.holds(shows, "alice", { bundle: "erin" })
      meet(author, "alice", "erin")
      group.retry("alice", 5)
    },
  ),
  scenario(
    "forged-before-a-forgery",
    "What would show that two updates count is forged: the forgery that is held before the second of them is refused later, with what does show it",
    (group) => {
      const [one, two] = [group.update("bob"), group.update("bob")] as const
      group.remove("alice", "bob")
      for (const posted of [one, two]) group.deliver(posted, "carol")
      const ack = group.post("carol")
      early(group, { envelope: group.sealed(itemsOf(two.envelope), "dave", identity) }, "alice", "bob", 2)
      early(group, two, "alice", "bob", 2)
      early(group, { envelope: group.sealed(itemsOf(ack.envelope), "dave", identity) }, "alice", "bob", 2)
      const missing = [{ message: { sender: group.member("bob"), seq: 2 } }, unshown(group, "bob", 2)]
      group.deliver(one, "alice", 0, missing, [group.refusedLater("carol", 2, clauses.signature)])
      group.deliver(ack, "alice", 4, [], [group.refusedLater("bob", 3, clauses.signature)])
    },
    [clauses["refused-told"], clauses["held-retried"]],
  ),
  scenario(
    "forged-before-a-withheld-one",
    "What shows that an update and a removal count is withheld itself: the forgery that was held before the removal is refused all the same",
    (group) => {
      group.settle(group.remove("alice", "bob"), ["alice", "carol"])
      group.remove("alice", "dave")
      const [update, second] = [group.update("bob"), group.remove("bob", "carol")]
      for (const posted of [update, second]) group.deliver(posted, "dave")
      group.queueUpdate("dave")
      const answer = group.post("dave")
      withheld(group, update, "alice", 2)
      early(group, { envelope: group.sealed(itemsOf(second.envelope), "dave", identity) }, "alice", "bob", 2)
      early(group, second, "alice", "bob", 2)
      const missing = [unshown(group, "bob", 2), { message: { sender: group.member("bob"), seq: 2 } }, unshown(group, "dave", 4)]
      group.deliver(answer, "alice", 0, missing, [group.refusedLater("bob", 3, clauses.signature)])
    },
    [clauses["refused-told"]],
  ),
  ...twins(
    "broadcast/former-left-by-what-others-refuse",
    agreement["ack-complete"],
    "What shows Alice that she is removed acknowledges the update after her removal",
    (author) => {
      const group = BroadcastGroup.acquainted(author, abcd)
      const { removal, update, ack } = removedWithMore(group)
      withheld(group, removal, "alice", 2)
      early(group, update, "alice", "carol", 2)
      const { seq } = itemsOf(ack.envelope)[0]!.control
      const wrong = group.resealed(ack, ([, second]) => [{ ...second!, control: { ...second!.control, seq } }])
      return group.fork(ack, "alice", wrong)
    },
    [clauses["judged-alike"]],
  ),
  ...twins(
    "broadcast/removed-by-what-others-refuse",
    agreement.recipients,
    "A member removes Alice, and updates in the same envelope for all but Dave",
    (author) => {
      const group = BroadcastGroup.acquainted(author, abcd)
      group.queueRemove("carol", "alice")
      group.queueUpdate("carol")
      const both = group.post("carol")
      const dave = group.member("dave")
      const wrong = group.resealed(both, ([first, second]) => {
        const { [dave]: _, ...directs } = second!.directs
        return [first!, { ...second!, directs }]
      })
      return group.fork(both, "alice", wrong)
    },
    [clauses["judged-alike"]],
  ),
]

/** What is taken together with what shows that a former member's message counts, or not at all. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-together", layer: "broadcast", flags: {} }, () => [...takenTogether()])
