import { memberId } from "../../../reference/simulation/network.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile, type Fork, twins } from "../author.ts"
import { filled, first } from "../people.ts"
import { controlOf, deliverAll, Group, scenario } from "./group.ts"
import { Post } from "./post.ts"
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
      const post = new Post(group)
      post.add("alice", "dave")
      post.deliver(post.post(group.remove("bob", "carol")), "alice")
      // Bob has not heard of Dave when Alice adds Erin, nor Dave of the removal.
      post.add("alice", "erin")
      post.settle(["erin"])
      // Erin passes on what she was told.
      post.add("erin", "frank")
      post.settle(["frank", "erin", "dave", "alice", "bob"])
      group.agree(["alice", "bob", "dave", "erin", "frank"])
      post.post(group.update("frank"))
      post.settle(["alice", "bob", "dave", "erin", "frank"])
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
      const post = new Post(group)
      const update = post.post(group.update("bob"))
      post.deliver(update, "alice")
      post.deliver(post.add("alice", "dave"), "dave")
      group.author.claim(post.deliver(update, "carol")!.directs.length === 0, "Carol does not know of Dave yet")
      post.settle(first(4))
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
      const post = new Post(group)
      const addition = post.add("alice", "dave")
      const update = post.post(group.update("bob"))
      for (const sent of [update, addition]) post.deliver(sent, "carol")
      post.deliver(post.add("carol", "erin"), "erin")
      post.deliver(post.add("erin", "frank"), "frank")
      post.settle(first(6))
      group.agree(first(6))
      post.post(group.update("dave"))
      post.settle(first(6))
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
      const post = new Post(group)
      const update = post.post(group.update("alice"))
      post.deliver(update, "bob")
      const addition = post.add("carol", "dave")
      for (const user of ["bob", "dave"]) post.deliver(addition, user)
      // For Erin, Bob's welcome covers the update, which Carol and Dave are still to acknowledge.
      post.deliver(post.add("bob", "erin"), "erin")
      post.settle(first(5))
      group.agree(first(5))
    },
  ),
  aCase(
    "key-agreement/welcome-many-changes",
    { title: "A welcome with 5,002 changes", clauses: [clauses["welcome-history"]] },
    (author) => {
      const group = new Group(author, ["alice", "bob", "dave"])
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
const acknowledgedByDave = (group: Group, ofSeq: number): Fork<"group.process"> => {
  const post = new Post(group)
  post.post(group.update("bob"))
  post.settle(["alice", "carol"])
  post.add("alice", "dave")
  post.settle(first(4))
  const update = post.post(group.update("alice"))
  post.deliver(update, "carol")
  const ack = post.deliver(update, "dave")!
  return group.fork(ack, "carol", { control: group.changed(ack, { ofSender: group.member("bob"), ofSeq }) })
}

const refused = (): ReadonlyArray<Case> => [
  ...twins(
    "key-agreement/ack-of-covered-update",
    clauses["ack-once"],
    "An ack of an update that the welcome of its sender covers",
    (author) => acknowledgedByDave(Group.acquainted(author, abc, ["dave"]), 2),
  ),
  ...twins(
    "key-agreement/ack-of-covered-open-update",
    clauses["ack-once"],
    "The same, while another has still to acknowledge the update",
    (author) => {
      const group = Group.acquainted(author, abc, ["dave"])
      const post = new Post(group)
      post.deliver(post.post(group.update("bob")), "alice")
      post.settle(["bob"])
      post.add("alice", "dave")
      post.settle(["bob", "dave"])
      const update = post.post(group.update("alice"))
      post.deliver(update, "bob")
      post.settle(["bob"])
      const ack = post.deliver(update, "dave")!
      return group.fork(ack, "bob", { control: group.changed(ack, { ofSender: group.member("bob"), ofSeq: 2 }) })
    },
  ),
  ...twins(
    "key-agreement/ack-of-covered-change",
    clauses["ack-once"],
    "An ack of a removal that the welcome of its sender covers",
    (author) => {
      const group = Group.acquainted(author, first(4), ["erin"])
      const post = new Post(group)
      post.post(group.remove("bob", "dave"))
      post.settle(["alice", "carol", "bob"])
      post.add("alice", "erin")
      post.settle([...abc, "erin"])
      const update = post.post(group.update("alice"))
      post.deliver(update, "carol")
      const ack = post.deliver(update, "erin")!
      return group.fork(ack, "carol", { control: group.changed(ack, { ofSender: group.member("bob"), ofSeq: 2 }) })
    },
  ),
  ...twins(
    "key-agreement/ack-leaves-out-update",
    clauses["ack-complete"],
    "An ack of an update whose sender leaves out the update before",
    (author) => {
      const group = Group.acquainted(author, abc)
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
      const group = Group.acquainted(author, first(4))
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
      const group = Group.acquainted(author, first(4))
      const [one, two] = [group.update("alice"), group.remove("alice", "dave")]
      for (const sent of [one, two]) group.deliver(sent, "bob")
      const ack = group.deliver(one, "carol")!
      return group.fork(ack, "bob", { control: group.changed(ack, { ofSeq: 3 }) })
    },
  ),
  ...twins(
    "key-agreement/ack-leaves-out-what-is-before",
    clauses["ack-complete"],
    "An ack of a removal whose sender leaves out the removal by another that is before it",
    (author) => {
      const group = Group.acquainted(author, first(5))
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
      const group = Group.acquainted(author, first(5))
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
