import { clauses as membership } from "../../../spec/dcgka/group-membership.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { type Case, caseFile } from "../author.ts"
import { first } from "../people.ts"
import { scenario } from "./key-agreement-group.ts"

const abc = first(3)

const errata = (): ReadonlyArray<Case> => [
  scenario(
    "f1-nothing-for-the-removed",
    {
      title: "Whoever acknowledges a removal forwards nothing to the removed user",
      clauses: [clauses["own-ack-first"], clauses["nobody-outside"], clauses.forward],
      flags: ["F1"],
    },
    abc,
    [],
    (group) => {
      const removal = group.remove("alice", "bob")
      const answer = group.deliver(removal, "carol")!
      group.author.claim(answer.directs.length === 0, "the acknowledgement brings no direct message")
      group.deliver(answer, "alice")
      group.deliverRemoval(removal, "bob")
      group.agree(["alice", "carol"])
    },
  ),
  scenario(
    "f1-nothing-for-those-it-brought",
    {
      title: "Nor to those whom the removed user is adding",
      clauses: [clauses["own-ack-first"], clauses["nobody-outside"], clauses["cancelled-addition"]],
      flags: ["F1", "F3"],
    },
    abc,
    ["dave"],
    (group) => {
      const addition = group.add("alice", "dave")
      const removal = group.remove("bob", "alice")
      const welcomed = group.deliver(addition, "carol")!
      group.author.claim(welcomed.directs.length === 1, "before it knows of the removal, Carol sends Dave her ratchet")
      const answer = group.deliver(removal, "carol")!
      group.author.claim(answer.directs.length === 0, "after it, she forwards to neither Alice nor Dave")
      const bobs = group.deliver(addition, "bob")!
      group.author.claim(bobs.directs.length === 0, "Bob, who knows of the removal, sends Dave nothing")
      group.deliver(welcomed, "bob")
      group.deliver(answer, "bob")
      group.deliver(bobs, "carol")
      group.agree(["bob", "carol"])
    },
  ),
  scenario(
    "f2-non-recipient-records-its-ack",
    {
      title: "A member added concurrently with a removal acknowledges it, and knows it",
      clauses: [clauses["record-every-ack"], clauses["no-view-no-secret"]],
      flags: ["F2"],
    },
    abc,
    ["dave", "erin"],
    (group) => {
      const addition = group.add("alice", "dave")
      const removal = group.remove("bob", "carol")
      const joined = group.deliver(addition, "dave")!
      const bobsAddAck = group.deliver(addition, "bob")!
      const answer = group.deliver(removal, "dave", { secret: false })!
      group.author.claim(answer.secret === null && answer.directs.length === 0, "Dave has no secret for it")
      const alices = group.deliver(removal, "alice")!
      group.author.claim(alices.directs.length === 1, "Alice forwards hers to Dave, whom Bob did not know")
      for (const sent of [bobsAddAck, alices]) group.deliver(sent, "dave")
      for (const user of ["alice", "bob"]) {
        group.deliver(joined, user, { secret: true })
        group.deliver(answer, user)
      }
      group.deliver(bobsAddAck, "alice")
      group.deliver(alices, "bob")
      group.settle(group.rekeyOf("dave"), ["alice", "bob", "dave"])
      group.agree(["alice", "bob", "dave"])
      const update = group.update("dave")
      group.author.claim(update.directs.length === 2, "Dave's next seed goes to Alice and Bob, not to Carol")
      group.settle(update, ["alice", "bob", "dave"])
      // The welcome that Dave sends has his acknowledgement of the removal.
      group.settle(group.add("dave", "erin"), ["alice", "bob", "dave", "erin"])
    },
  ),
  scenario(
    "f3-no-ratchet-for-a-cancelled-addition",
    {
      title: "An addition by somebody who was removed concurrently is answered without the ratchet",
      clauses: [clauses["cancelled-addition"], clauses["nobody-outside"]],
      flags: ["F3"],
    },
    ["alice", "bob"],
    ["carol"],
    (group) => {
      const addition = group.add("alice", "carol")
      group.remove("bob", "alice")
      const answer = group.deliver(addition, "bob")!
      group.author.claim(answer.directs.length === 0, "Bob sends Carol nothing")
      group.agree(["bob"])
    },
  ),
  scenario(
    "f4-view-of-a-transitively-added-member",
    {
      title: "A member added by one who was itself added sees the whole group",
      clauses: [membership.view, clauses["welcome-history"]],
      flags: ["F4"],
    },
    ["alice", "bob"],
    ["carol", "dave"],
    (group) => {
      group.settle(group.add("alice", "carol"), abc)
      group.settle(group.add("carol", "dave"), first(4))
      group.agree(first(4))
      group.settle(group.update("dave"), first(4))
    },
  ),
  scenario(
    "f7-no-secret-without-view",
    {
      title: "Two are added at once: neither takes a secret from one who does not have it as a member",
      clauses: [clauses["no-view-no-secret"], clauses["record-every-ack"]],
      flags: ["F7"],
    },
    abc,
    ["dave", "erin"],
    (group) => {
      const addsDave = group.add("alice", "dave")
      const addsErin = group.add("bob", "erin")
      const dave = group.deliver(addsDave, "dave")!
      const erin = group.deliver(addsErin, "erin")!
      const toDave = group.deliver(addsErin, "dave", { secret: false })!
      const toErin = group.deliver(addsDave, "erin", { secret: false })!
      group.author.claim(toDave.directs.length === 1 && toErin.directs.length === 1, "each sends the other its ratchet")
      const carols = [group.deliver(addsDave, "carol")!, group.deliver(addsErin, "carol")!]
      const alices = group.deliver(addsErin, "alice")!
      const bobs = group.deliver(addsDave, "bob")!
      group.deliver(dave, "erin", { secret: false })
      group.deliver(erin, "dave", { secret: false })
      group.deliver(toDave, "erin")
      group.deliver(toErin, "dave")
      for (const user of ["dave", "erin"]) {
        // Carol answered Dave's addition first: as of that answer she does not have Erin.
        group.deliver(carols[0]!, user, { secret: user === "dave" })
        group.deliver(carols[1]!, user)
        group.deliver(alices, user)
        group.deliver(bobs, user)
      }
      for (const user of abc) for (const sent of [dave, erin, toDave, toErin]) group.deliver(sent, user)
      for (const [sent, users] of [
        [carols[0]!, ["alice", "bob"]],
        [carols[1]!, ["alice", "bob"]],
        [alices, ["bob", "carol"]],
        [bobs, ["alice", "carol"]],
      ] as const) {
        for (const user of users) group.deliver(sent, user)
      }
      group.agree(first(5))
      group.settle(group.update("erin"), first(5))
    },
  ),
  scenario(
    "s1-rekey-after-a-removal",
    {
      title: "A member added concurrently with a removal rekeys at once, so that the removed cannot follow it",
      clauses: [clauses.rekey, clauses["nobody-outside"]],
      flags: ["S1"],
    },
    abc,
    ["dave", "erin"],
    (group) => {
      const addition = group.add("alice", "dave")
      const removal = group.remove("bob", "carol")
      // Carol does not know of her removal yet, and so learns Dave's ratchet.
      const carols = group.deliver(addition, "carol")!
      const joined = group.deliver(addition, "dave")!
      group.deliver(joined, "carol")
      group.deliver(carols, "dave")
      const answer = group.deliver(removal, "dave", { secret: false })!
      const rekey = group.rekeyOf("dave")
      group.author.claim(answer.directs.length === 0 && rekey.directs.length === 2, "Dave's update goes to Alice and Bob only")
      group.author.claim(
        rekey.directs.every(({ to }) => to !== group.member("carol")),
        "it does not go to Carol",
      )
      const alices = group.deliver(removal, "alice")!
      const bobs = group.deliver(addition, "bob")!
      for (const user of ["alice", "bob"]) for (const sent of [joined, answer, rekey]) group.deliver(sent, user)
      group.deliver(bobs, "alice")
      group.deliver(alices, "bob")
      group.deliverRemoval(removal, "carol")
      group.agree(["alice", "bob", "dave"])
    },
  ),
  scenario(
    "s1-rekey-after-an-update",
    {
      title: "A member added concurrently with an update rekeys at once, so that the update heals it too",
      clauses: [clauses.rekey, clauses["no-view-no-secret"]],
      flags: ["S1"],
    },
    ["alice", "bob"],
    ["carol"],
    (group) => {
      const update = group.update("alice")
      const addition = group.add("bob", "carol")
      group.deliver(addition, "carol")
      const answer = group.deliver(update, "carol", { secret: false })!
      group.author.claim(answer.secret === null, "the acknowledgement itself gives nobody a secret")
      group.author.claim(group.rekeyOf("carol").directs.length === 2, "the update that follows it goes to both")
    },
  ),
]

/** What the paper has wrong: a case for each erratum. */
export default caseFile(
  {
    part: "dcgka",
    chapter: "key-agreement-errata",
    layer: "key-agreement",
    flags: {
      F1: {
        note: "Erratum F1 (DGM-1): figure 4 takes the own view before the own acknowledgement is recorded.",
        effect: "The removed user gets the member secrets of those who acknowledge its removal, and follows them.",
      },
      F2: {
        note: "Erratum F2: a non-recipient does not record its own acknowledgement.",
        effect: "Its view stays behind: it sends seeds to removed members.",
      },
      F3: {
        note: "Erratum F3: every add is answered with the ratchet.",
        effect: "A user whose addition is cancelled by a concurrent removal gets ratchets.",
      },
      F4: {
        note: "Erratum F4: the printed member-view has one level.",
        effect: "A member added by an added member never sees the group.",
      },
      S1: {
        note: "Erratum S1: a removal or an update does not rekey members that are added concurrently.",
        effect: "One who was removed follows such a member, inside the region that theorem 8 claims.",
      },
      F7: {
        note: "Erratum F7: a message is used by those who are not in its sender's view. Of acks no case can show it, since additions are unique; of adds and add-acks this one does.",
        effect: "Secrets from a stale ratchet.",
      },
    },
  },
  errata,
)
