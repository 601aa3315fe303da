import { memberId } from "../../../reference/simulation/network.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile, type Fork, twins } from "../author.ts"
import { filled, first } from "../people.ts"
import { CausalDelivery } from "./causal-delivery.ts"
import { controlOf, deliverAll, KeyAgreementGroup, scenario } from "./key-agreement-group.ts"
import { addOfDave, givenToDave, settledWelcome, welcomeHex } from "./welcome.ts"

const abc = first(3)

const scenarios = (): ReadonlyArray<Case> => [
  scenario(
    "welcome-concurrent",
    {
      title: "A welcome with changes that were concurrent, before all have acknowledged them",
      clauses: [clauses["welcome-history"], clauses["no-view-no-secret"]],
    },
    abc,
    ["dave", "erin", "frank"],
    (group) => {
      const delivery = new CausalDelivery(group)
      delivery.add("alice", "dave")
      delivery.deliver(delivery.post(group.remove("bob", "carol")), "alice")
      // Bob has not heard of Dave when Alice adds Erin, nor Dave of the removal.
      delivery.add("alice", "erin")
      delivery.settle(["erin"])
      // Erin passes on what she was told.
      delivery.add("erin", "frank")
      delivery.settle(["frank", "erin", "dave", "alice", "bob"])
      group.agree(["alice", "bob", "dave", "erin", "frank"])
      delivery.post(group.update("frank"))
      delivery.settle(["alice", "bob", "dave", "erin", "frank"])
    },
  ),
  scenario(
    "welcome-covers-update",
    {
      title: "An update that the welcome covers, acknowledged by a member that does not know of the new one yet",
      clauses: [clauses["ack-once"], clauses["no-view-no-secret"]],
    },
    abc,
    ["dave"],
    (group) => {
      const delivery = new CausalDelivery(group)
      const update = delivery.post(group.update("bob"))
      delivery.deliver(update, "alice")
      delivery.deliver(delivery.add("alice", "dave"), "dave")
      group.author.claim(delivery.deliver(update, "carol")!.directs.length === 0, "Carol does not know of Dave yet")
      delivery.settle(first(4))
      group.agree(first(4))
    },
  ),
  scenario(
    "welcome-covers-update-twice",
    {
      title: "An update that two welcomes cover, acknowledged by a member that was no recipient",
      clauses: [clauses["ack-once"], clauses["no-view-no-secret"], clauses.rekey],
    },
    abc,
    ["dave", "erin", "frank"],
    (group) => {
      const delivery = new CausalDelivery(group)
      const addition = delivery.add("alice", "dave")
      const update = delivery.post(group.update("bob"))
      for (const sent of [update, addition]) delivery.deliver(sent, "carol")
      delivery.deliver(delivery.add("carol", "erin"), "erin")
      delivery.deliver(delivery.add("erin", "frank"), "frank")
      delivery.settle(first(6))
      group.agree(first(6))
      delivery.post(group.update("dave"))
      delivery.settle(first(6))
    },
  ),
  scenario(
    "update-awaits-later-addition",
    {
      title: "A member that is added by one who has yet to acknowledge an update acknowledges it too",
      clauses: [clauses["ack-once"], clauses.rekey],
    },
    abc,
    ["dave", "erin"],
    (group) => {
      const delivery = new CausalDelivery(group)
      const update = delivery.post(group.update("alice"))
      delivery.deliver(update, "bob")
      const addition = delivery.add("carol", "dave")
      for (const user of ["bob", "dave"]) delivery.deliver(addition, user)
      // For Erin, Bob's welcome covers the update, which Carol and Dave are still to acknowledge.
      delivery.deliver(delivery.add("bob", "erin"), "erin")
      delivery.settle(first(5))
      group.agree(first(5))
    },
  ),
  aCase(
    "key-agreement/welcome-many-changes",
    { title: "A welcome with 5,002 changes", clauses: [clauses["welcome-history"]] },
    (author) => {
      const group = new KeyAgreementGroup(author, ["alice", "bob", "dave"])
      group.introduce("alice", "dave")
      group.found(["alice", "bob"])
      group.members.set("dave", memberId(group.id, "dave", group.member("alice"), 2))
      const [alice, bob] = [group.member("alice"), group.member("bob")]
      const removal = (_: unknown, index: number) => ({
        change: { type: "remove" as const, sender: bob, seq: index + 2, member: filled(0xee, 16) },
        unknown: [],
      })
      const { changes, ...welcome } = settledWelcome(group, 2)
      const many = [changes[0]!, ...Array.from({ length: 5000 }, removal), changes[1]!]
      const control = addOfDave(group, 2, many)
      const bytes = welcomeHex({ ...welcome, changes: many, seen: { [alice]: 2, [bob]: 5001 } })
      author.accepts("group.process", givenToDave(group, control, group.crafted("alice", "dave", bytes, control)))
      const members = ["alice", "bob", "dave"].map((user) => ({ member: group.member(user), user }))
      author.gives("group.members", { on: "dave" }, { members: members.sort((a, b) => (a.member < b.member ? -1 : 1)) })
    },
  ),
]

/** Dave has joined, by a welcome that covers an update of Bob's, and acknowledges an update of Alice's. Gives that to Carol. */
const acknowledgedByDave = (group: KeyAgreementGroup, ofSeq: number): Fork<"group.process"> => {
  const delivery = new CausalDelivery(group)
  delivery.post(group.update("bob"))
  delivery.settle(["alice", "carol"])
  delivery.add("alice", "dave")
  delivery.settle(first(4))
  const update = delivery.post(group.update("alice"))
  delivery.deliver(update, "carol")
  const ack = delivery.deliver(update, "dave")!
  return group.fork(ack, "carol", { control: group.changed(ack, { ofSender: group.member("bob"), ofSeq }) })
}

const refused = (): ReadonlyArray<Case> => [
  ...twins(
    "key-agreement/ack-of-covered-update",
    clauses["ack-once"],
    "An ack of an update that the welcome of its sender covers",
    (author) => acknowledgedByDave(KeyAgreementGroup.acquainted(author, abc, ["dave"]), 2),
  ),
  ...twins(
    "key-agreement/ack-of-covered-open-update",
    clauses["ack-once"],
    "The same, while another has still to acknowledge the update",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, abc, ["dave"])
      const delivery = new CausalDelivery(group)
      delivery.deliver(delivery.post(group.update("bob")), "alice")
      delivery.settle(["bob"])
      delivery.add("alice", "dave")
      delivery.settle(["bob", "dave"])
      const update = delivery.post(group.update("alice"))
      delivery.deliver(update, "bob")
      delivery.settle(["bob"])
      const ack = delivery.deliver(update, "dave")!
      return group.fork(ack, "bob", { control: group.changed(ack, { ofSender: group.member("bob"), ofSeq: 2 }) })
    },
  ),
  ...twins(
    "key-agreement/ack-of-covered-change",
    clauses["ack-once"],
    "An ack of a removal that the welcome of its sender covers",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(4), ["erin"])
      const delivery = new CausalDelivery(group)
      delivery.post(group.remove("bob", "dave"))
      delivery.settle(["alice", "carol", "bob"])
      delivery.add("alice", "erin")
      delivery.settle([...abc, "erin"])
      const update = delivery.post(group.update("alice"))
      delivery.deliver(update, "carol")
      const ack = delivery.deliver(update, "erin")!
      return group.fork(ack, "carol", { control: group.changed(ack, { ofSender: group.member("bob"), ofSeq: 2 }) })
    },
  ),
  ...twins(
    "key-agreement/ack-leaves-out-update",
    clauses["ack-complete"],
    "An ack of an update whose sender leaves out the update before",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, abc)
      const [one, two] = [group.update("alice"), group.update("alice")]
      for (const sent of [one, two]) group.deliver(sent, "bob")
      const ack = group.deliver(one, "carol")!
      return group.fork(ack, "bob", { control: group.changed(ack, { ofSeq: 3 }) })
    },
  ),
  ...twins(
    "key-agreement/ack-leaves-out-change",
    clauses["ack-complete"],
    "An ack of an update whose sender leaves out the removal before",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(4))
      const [one, two] = [group.remove("alice", "dave"), group.update("alice")]
      for (const sent of [one, two]) group.deliver(sent, "bob")
      const ack = group.deliver(one, "carol")!
      return group.fork(ack, "bob", { control: group.changed(ack, { ofSeq: 3 }) })
    },
  ),
  ...twins(
    "key-agreement/ack-leaves-out-for-change",
    clauses["ack-complete"],
    "An ack of a removal whose sender leaves out the update before",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(4))
      const [one, two] = [group.update("alice"), group.remove("alice", "dave")]
      for (const sent of [one, two]) group.deliver(sent, "bob")
      const ack = group.deliver(one, "carol")!
      return group.fork(ack, "bob", { control: group.changed(ack, { ofSeq: 3 }) })
    },
  ),
  ...twins("key-agreement/welcome-for-us-twice", clauses.recipients, "An add with two direct messages for the new member", (author) => {
    const group = KeyAgreementGroup.acquainted(author, abc, ["dave"])
    const add = group.add("alice", "dave")
    const dave = group.member("dave")
    return group.fork(add, "dave", { recipients: [dave, dave] })
  }),
  ...twins(
    "key-agreement/ack-leaves-out-not-knowing-us",
    clauses["ack-complete"],
    "An ack of a removal whose sender leaves out the update before, and does not know yet of the member that it comes to",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(4), ["erin"])
      group.deliver(group.add("alice", "erin"), "erin")
      const [one, two] = [group.update("bob"), group.remove("bob", "dave")]
      for (const sent of [one, two]) group.deliver(sent, "erin", { secret: false })
      const ack = group.deliver(one, "carol")!
      return group.fork(ack, "erin", { control: group.changed(ack, { ofSeq: 3 }) })
    },
  ),
  ...twins(
    "key-agreement/ack-leaves-out-what-is-before",
    clauses["ack-complete"],
    "An ack of a removal whose sender leaves out the removal by another that is before it",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(5))
      const one = group.remove("bob", "erin")
      const answers = deliverAll(group, one, ["alice", "carol"])
      const two = group.remove("alice", "dave")
      group.author.claim(answers.length === 2, "both acknowledge the first removal")
      return group.fork(answers[1]!, "alice", {
        control: group.changed(answers[1]!, { ofSender: group.member("alice"), ofSeq: controlOf(two.control).seq }),
      })
    },
  ),
  ...twins(
    "key-agreement/ack-leaves-out-before-an-update",
    clauses["ack-complete"],
    "An ack of an update whose sender leaves out the removal by another that is before it",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(5))
      const one = group.remove("bob", "erin")
      const answers = deliverAll(group, one, ["alice", "carol"])
      const two = group.update("alice")
      return group.fork(answers[1]!, "alice", {
        control: group.changed(answers[1]!, { ofSender: group.member("alice"), ofSeq: controlOf(two.control).seq }),
      })
    },
  ),
]

/** Welcomes to groups that are not settled, and acknowledgements judged by what was kept. */
export default caseFile({ part: "dcgka", chapter: "key-agreement-histories", layer: "key-agreement", flags: {} }, () => [
  ...scenarios(),
  ...refused(),
])
