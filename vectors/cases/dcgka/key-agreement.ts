import { memberId } from "../../../reference/simulation/network.ts"
import { clauses as identifiers } from "../../../spec/conventions/identifiers.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { type Case, caseFile, type OutputOf } from "../author.ts"
import { appear, expires, first, meet, now, repeated } from "../people.ts"
import { controlOf, deliverAll, type Sent, scenario } from "./key-agreement-group.ts"

const abc = first(3)

const scenarios = (): ReadonlyArray<Case> => [
  scenario(
    "concurrent-updates",
    { title: "Two update at once; their messages cross", clauses: [clauses.recipients, clauses["delete-used"]] },
    abc,
    [],
    (group) => {
      const a = group.update("alice")
      const b = group.update("bob")
      const answers = [...deliverAll(group, a, ["bob", "carol"]), ...deliverAll(group, b, ["alice", "carol"])]
      for (const answer of answers) for (const user of abc) if (user !== answer.by) group.deliver(answer, user)
      group.agree(abc)
    },
  ),
  scenario(
    "update-concurrent-with-add",
    {
      title: "An update does not reach a member added concurrently; the acknowledgements are forwarded to it",
      clauses: [clauses.forward, clauses["no-view-no-secret"]],
    },
    abc,
    ["dave"],
    (group) => {
      const addition = group.add("alice", "dave")
      const update = group.update("bob")
      const joined = group.deliver(addition, "dave")!
      const bobs = group.deliver(addition, "bob")!
      const carols = group.deliver(addition, "carol")!
      const daves = group.deliver(update, "dave", { secret: false })!
      const alices = group.deliver(update, "alice")!
      const carolsAck = group.deliver(update, "carol")!
      group.author.claim(alices.directs.length === 1 && carolsAck.directs.length === 1, "Alice and Carol forward to Dave")
      for (const sent of [bobs, carols, alices, carolsAck]) group.deliver(sent, "dave")
      for (const sent of [joined, bobs, carols, daves, alices, carolsAck]) {
        for (const user of abc) if (user !== sent.by) group.deliver(sent, user)
      }
      group.settle(group.rekeyOf("dave"), first(4))
      group.agree(first(4))
      group.settle(group.update("dave"), first(4))
    },
  ),
  scenario(
    "acks-in-other-orders",
    { title: "Acknowledgements of different members arrive in any order", clauses: [clauses["delete-used"]] },
    abc,
    [],
    (group) => {
      const one = group.update("alice")
      const two = group.update("alice")
      const bobs = [group.deliver(one, "bob")!, group.deliver(two, "bob")!]
      const carols = [group.deliver(one, "carol")!, group.deliver(two, "carol")!]
      for (const sent of [...carols, ...bobs]) group.deliver(sent, "alice")
      for (const sent of carols) group.deliver(sent, "bob")
      for (const sent of bobs) group.deliver(sent, "carol")
      group.agree(abc)
    },
  ),
  scenario(
    "one-user-added-twice",
    {
      title: "Two add one user at once: it is two members, with a channel between them",
      clauses: [identifiers["member-id"], clauses["add-new"], clauses["no-view-no-secret"]],
      flags: ["UniqueAdditions"],
    },
    ["alice", "bob"],
    [],
    (group) => {
      // One key store, in two states: the second has published the bundles of the first, and goes on from there.
      const { author } = group
      appear(author, "dave")
      group.introduce("alice", "dave")
      author.accepts("keys.generate", { on: "dave-2", user: "dave", seed: repeated("dave") })
      author.accepts("keys.rotate", { on: "dave-2", expires })
      for (const _ of [1, 2]) author.accepts("keys.publish", { on: "dave-2" })
      const bundles = [1, 2].map(() => author.accepts("keys.publish", { on: "dave-2" }).bundle)
      author.accepts("keys.learn", { on: "bob", bundle: bundles[0]!, now })
      meet(author, "dave-2", "bob")
      const byAlice = group.add("alice", "dave")
      const first = group.deliver(byAlice, "dave")!
      const byBob = author.accepts("group.add", { on: "bob", user: "dave", attachment: "" })
      const second: Sent = { by: "bob", ...byBob, secret: byBob.updateSecret }
      group.members.set("dave-2", memberId(group.id, "dave", group.member("bob"), controlOf(second.control).seq))
      group.deliver(second, "dave-2")
      author.waits({ bundle: "dave" }, "group.process", group.offer(second, "dave"))
      author.accepts("keys.learn", { on: "dave", bundle: bundles[1]!, now })
      const answer = group.deliver(second, "dave", { secret: false })!
      author.claim(answer.directs.length === 1, "the first member sends the second its ratchet")
      author.waits({ bundle: "dave" }, "group.process", group.offer(byAlice, "dave-2"))
      author.claim(first.secret !== null, "the first member has an update secret of its own")
    },
  ),
  scenario(
    "attachment",
    { title: "What the layer above attaches to an addition reaches the new member", clauses: [clauses["welcome-history"]] },
    ["alice", "bob"],
    ["carol"],
    (group) => {
      const output = group.author.accepts("group.process", group.offer(group.add("alice", "carol", "c0ffee"), "carol"))
      group.author.claim(output.attachment === "c0ffee", "the attachment is given as it was")
    },
  ),
  scenario(
    "cancelled-member-leaves",
    { title: "A member whose adder was removed concurrently is no member, and leaves", clauses: [clauses.wipe, clauses["nobody-outside"]] },
    abc,
    ["dave"],
    (group) => {
      const addition = group.add("alice", "dave")
      const removal = group.remove("bob", "alice")
      group.deliver(addition, "dave")
      const carols = group.deliver(addition, "carol")!
      group.deliver(carols, "dave")
      const bobs = group.deliver(addition, "bob")!
      const params = group.offer(bobs, "dave")
      group.author.waits({ message: { sender: group.member("bob"), seq: 2 } }, "group.process", params)
      group.deliverRemoval(removal, "dave")
    },
  ),
  scenario(
    "create-for-others",
    { title: "A create that does not name us is for others: we wait to join", clauses: [clauses["joined-once"]] },
    ["alice", "bob"],
    ["carol"],
    (group) => {
      const { output } = group.author.steps.find(({ method }) => method === "group.create")!.expect as {
        output: OutputOf<"group.create">
      }
      const params = group.offer(output, "carol")
      group.author.waits({ join: group.id }, "group.process", params)
      group.deliver(group.add("alice", "carol"), "carol")
      group.author.ignores("group.process", params)
    },
  ),
  scenario(
    "removed-by-two",
    { title: "Two remove one member at once; both removals are legal", clauses: [clauses["remove-member"], clauses.forward] },
    ["alice", "bob", "carol", "dave"],
    [],
    (group) => {
      const a = group.remove("alice", "dave")
      const b = group.remove("bob", "dave")
      const answers = [...deliverAll(group, a, ["bob", "carol"]), ...deliverAll(group, b, ["alice", "carol"])]
      for (const answer of answers) for (const user of abc) if (user !== answer.by) group.deliver(answer, user)
      group.agree(abc)
    },
  ),
  scenario(
    "mutual-removal",
    { title: "Two remove each other; the third is left alone", clauses: [clauses.wipe, clauses["nobody-outside"]] },
    abc,
    [],
    (group) => {
      const a = group.remove("alice", "bob")
      const b = group.remove("bob", "alice")
      group.deliver(a, "carol")
      group.deliver(b, "carol", { secret: true })
      group.deliverRemoval(b, "alice")
      group.deliverRemoval(a, "bob")
      group.agree(["carol"])
      const update = group.update("carol")
      group.author.claim(update.directs.length === 0, "there is nobody left to send a seed to")
    },
  ),
  scenario(
    "removed-and-added-again",
    {
      title: "A user who was removed is added again, as a new member",
      clauses: [clauses["joined-once"], clauses.removed, clauses["add-history"]],
    },
    abc,
    [],
    (group) => {
      const removal = group.remove("alice", "carol")
      group.settle(removal, ["alice", "bob"])
      group.deliverRemoval(removal, "carol")
      group.author.refuses(clauses.removed, "group.update", { on: "carol" })
      group.author.refuses(clauses["joined-once"], "group.create", { on: "carol", users: [] })
      const left = ["alice", "bob"].map((user) => ({ member: group.member(user), user })).sort((a, b) => (a.member < b.member ? -1 : 1))
      group.author.gives("group.members", { on: "carol" }, { members: left })
      const old = group.member("carol")
      const addition = group.add("alice", "carol")
      group.author.claim(group.member("carol") !== old, "the new member has another identifier")
      group.author.refuses(clauses.removed, "group.process", group.offer(addition, "carol"))
      group.deliver(group.deliver(addition, "bob")!, "alice")
    },
  ),
  scenario(
    "order-of-checks",
    {
      title: "A duplicate for another group is refused for the group; a removed member refuses even duplicates",
      clauses: [verdicts["order-of-checks"]],
    },
    abc,
    [],
    (group) => {
      const sent = group.update("alice")
      group.deliver(sent, "bob")
      const params = group.offer(sent, "bob")
      group.author.ignores("group.process", params)
      const foreign = { ...params, control: group.changed(sent, { group: repeated("other").slice(0, 32) }) }
      group.author.refuses(clauses.group, "group.process", foreign)
      group.deliverRemoval(group.remove("alice", "bob"), "bob")
      group.author.refuses(clauses.removed, "group.process", params)
      group.author.refuses(clauses.group, "group.process", foreign)
    },
  ),
  scenario(
    "waits-and-duplicates",
    { title: "What comes too early waits, what comes again is ignored", clauses: [verdicts["state-unchanged"]] },
    ["alice", "bob", "carol"],
    ["dave"],
    (group) => {
      const one = group.update("alice")
      const two = group.update("alice")
      const params = (sent: Sent, on: string) => group.offer(sent, on)
      group.author.waits({ message: { sender: group.member("alice"), seq: 2 } }, "group.process", params(two, "bob"))
      const bobs = group.deliver(one, "bob")!
      group.author.ignores("group.process", params(one, "bob"))
      group.author.waits({ message: { sender: group.member("alice"), seq: 2 } }, "group.process", params(bobs, "carol"))
      // Of a message of Alice's that nobody has: the one named is waited for, not the one before it.
      const far = group.changed(bobs, { ofSeq: 9 })
      group.author.waits({ message: { sender: group.member("alice"), seq: 9 } }, "group.process", {
        ...group.offer(bobs, "carol"),
        control: far,
      })
      group.deliver(two, "bob")
      group.deliver(one, "carol")
      group.deliver(bobs, "carol")
      group.author.ignores("group.process", params(one, "alice"))
      group.author.waits({ join: group.id }, "group.process", params(one, "dave"))
    },
  ),
]

/** Concurrent operations, waiting, duplicates, additions again. */
export default caseFile(
  {
    part: "dcgka",
    chapter: "key-agreement",
    layer: "key-agreement",
    flags: {
      UniqueAdditions: {
        note: "Each addition makes another member, also when two members add one user at once.",
        effect: "A port that takes users for members mixes up their ratchets.",
      },
    },
  },
  scenarios,
)
