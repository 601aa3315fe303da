import { clauses } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { type Case, caseFile } from "../author.ts"
import { first } from "../people.ts"
import { kindsOf, broadcastScenario as scenario } from "./broadcast-group.ts"

const abc = first(3)

const together = (): ReadonlyArray<Case> => [
  scenario(
    "two-updates-in-one-envelope",
    {
      title: "Two updates leave in one envelope; who takes it answers each, and has a secret for each answer",
      clauses: [clauses.coalesce, agreement.recipients],
    },
    abc,
    [],
    (group) => {
      group.queueUpdate("alice")
      group.queueUpdate("alice")
      const both = group.post("alice")
      group.author.claim(kindsOf(both.envelope) === "update,update", "both in one")
      const seqs = group.deliver(both, "bob").taken.map(({ secrets }) => secrets.map(({ seq }) => seq).join())
      group.author.claim(seqs.join("; ") === "2,2; 3,3", `an update secret of Alice and of Bob from each, not ${seqs.join("; ")}`)
      group.deliver(both, "carol")
      for (const by of ["bob", "carol"]) {
        const answer = group.post(by)
        for (const to of abc) if (to !== by) group.deliver(answer, to)
      }
      group.agree(abc)
      group.settle(group.update("bob"), abc)
      group.agree(abc)
    },
  ),
  scenario(
    "update-and-removal-in-one-envelope",
    {
      title:
        "An update and a removal in one envelope: the one who is removed may still acknowledge the update, as far as a new member is told",
      clauses: [clauses.acknowledges, clauses.attachment],
    },
    abc,
    ["dave"],
    (group) => {
      group.queueUpdate("alice")
      const both = group.remove("alice", "carol")
      group.author.claim(kindsOf(both.envelope) === "update,remove", "both in one")
      const answer = group.answer(both, "bob")
      group.deliver(answer, "alice")
      const addition = group.add("bob", "dave")
      group.author.claim(group.deliver(both, "carol", 2).removed, "Carol is removed")
      group.author.gives("broadcast.flush", { on: "carol" }, { envelope: null })
      group.settle(addition, ["alice", "bob", "dave"])
      group.agree(["alice", "bob", "dave"])
    },
  ),
  scenario(
    "removal-and-update-in-one-envelope",
    { title: "What comes after one's own removal in an envelope is not processed", clauses: [agreement.wipe] },
    abc,
    [],
    (group) => {
      group.queueRemove("alice", "carol")
      const both = group.update("alice")
      group.author.claim(kindsOf(both.envelope) === "remove,update", "both in one")
      group.author.claim(group.deliver(both, "carol", 1).removed, "Carol is removed by the first")
      group.settle(both, ["alice", "bob"])
      group.agree(["alice", "bob"])
    },
  ),
  scenario(
    "removal-before-an-answer",
    {
      title: "A removal and an acknowledgement after it leave in two envelopes: what is acknowledged may need the removal",
      clauses: [clauses.coalesce],
    },
    abc,
    [],
    (group) => {
      const update = group.update("bob")
      group.queueRemove("alice", "carol")
      group.deliver(update, "alice")
      const [removal, answer] = [group.post("alice"), group.post("alice")]
      group.author.claim(kindsOf(removal.envelope) === "remove" && kindsOf(answer.envelope) === "ack", "one after the other")
      for (const posted of [removal, answer]) group.deliver(posted, "bob")
    },
  ),
  scenario(
    "added-after-a-queued-update",
    {
      title: "An addition leaves after an update that was in the queue: the new member has the key that the update brings",
      clauses: [clauses.attachment, clauses.heals],
    },
    abc,
    ["dave"],
    (group) => {
      group.queueUpdate("alice")
      group.queueAdd("alice", "dave")
      const [update, addition] = [group.post("alice"), group.post("alice")]
      group.author.claim(kindsOf(update.envelope) === "update" && kindsOf(addition.envelope) === "add", "one after the other")
      group.deliver(addition, "dave")
      for (const to of ["bob", "carol"]) for (const posted of [update, addition]) group.deliver(posted, to)
      for (const by of ["bob", "carol", "dave"]) {
        const answer = group.post(by)
        for (const to of [...abc, "dave"]) if (to !== by) group.deliver(answer, to)
      }
      group.settle(group.update("alice"), [...abc, "dave"])
      group.agree([...abc, "dave"])
    },
  ),
]

/** Several messages in one envelope, and envelopes that leave together. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-envelopes", layer: "broadcast", flags: {} }, together)
