import { memberId } from "../../../reference/simulation/network.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { filled, first, meet } from "../people.ts"
import { creationOf, groupOf } from "./history-digest.ts"
import { controlHex, KeyAgreementGroup, type Sent } from "./key-agreement-group.ts"

const abc = first(3)

const order = (title: string, ...also: ReadonlyArray<Clause>) => ({
  title,
  clauses: [verdicts["order-of-checks"], ...also],
  twin: "key-agreement/order-of-checks",
})

const refusing = (group: KeyAgreementGroup, to: string) => (clause: Clause, sent: Sent, changes: Readonly<Record<string, unknown>>) =>
  group.author.refuses(clause, "group.process", { ...group.offer(sent, to), control: group.changed(sent, changes) })

const creates = (): ReadonlyArray<Case> => [
  aCase(
    "key-agreement/order-of-checks-create",
    order("Creates with two faults each: the first that is looked for is told", clauses["create-users"], clauses["group-id"]),
    (author) => {
      const group = new KeyAgreementGroup(author, [...abc, "dave"])
      const sent = group.create(abc)
      const bob = refusing(group, "bob")
      bob(clauses["create-users"], sent, { users: ["alice", "carol", "bob"], nonce: new Uint8Array(16).fill(9) })
      bob(clauses["group-id"], sent, { nonce: new Uint8Array(16).fill(9), seq: 2 })
      const { group: id, ...own } = creationOf(["bob", "alice"])
      bob(clauses["create-sender"], sent, { ...own, group: id, sender: memberId(id, "bob", null, 0), seq: 2 })
      const { group: _, ...daves } = creationOf(["dave", "alice", "bob", "carol"])
      const forged = groupOf(daves.signingKey, abc, daves.nonce)
      const of = { ...daves, users: abc, group: forged, sender: memberId(forged, "alice", null, 0) }
      author.refuses(clauses["group-id"], "group.process", {
        ...group.offer(sent, "bob"),
        recipients: [],
        direct: null,
        control: group.changed(sent, of),
      })
      // Dave is not named.
      author.refuses(clauses["create-sender"], "group.process", {
        ...group.offer(sent, "dave"),
        control: group.changed(sent, { seq: 2 }),
      })
      author.waits({ join: group.id }, "group.process", group.offer(sent, "dave"))
      group.deliver(sent, "bob")
      author.refuses(clauses["joined-once"], "group.create", { on: "bob", users: ["carol", "carol"] })
    },
  ),
  aCase(
    "key-agreement/order-of-checks-create-of-one-unknown",
    order("A wrong create by one whose bundle is missing is refused; a right one waits for the bundle", clauses["create-sender"]),
    (author) => {
      const group = new KeyAgreementGroup(author, ["alice", "bob"])
      meet(author, "alice", "bob")
      group.found(["alice", "bob"])
      const { control, directs } = author.accepts("group.create", { on: "alice", users: ["bob"] })
      const sent: Sent = { by: "alice", control, directs, secret: null }
      refusing(group, "bob")(clauses["create-sender"], sent, { seq: 2 })
      author.waits({ bundle: "alice" }, "group.process", group.offer(sent, "bob"))
    },
  ),
]

const messages = (): ReadonlyArray<Case> => [
  aCase(
    "key-agreement/order-of-checks-messages",
    order(
      "Control messages with two faults each: the first that is looked for is told",
      clauses["own-message"],
      clauses["remove-member"],
      clauses["add-new"],
      clauses["ack-other"],
      clauses["ack-kind"],
      clauses["sender-member"],
    ),
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, abc, ["dave"])
      const [alice, bob] = [group.member("alice"), group.member("bob")]
      const update = group.update("alice")
      const refuses = refusing(group, "bob")
      refuses(clauses["own-message"], update, { sender: bob, seq: 9 })
      const removal = { type: "remove", sender: alice, seq: 2, group: group.id, commitment: new Uint8Array(32) } as const
      const bare = (control: Parameters<typeof controlHex>[0]) => ({ on: "bob", control: controlHex(control), recipients: [], direct: null })
      author.refuses(clauses["remove-member"], "group.process", bare({ ...removal, member: filled(9, 16) }))
      author.refuses(clauses["remove-other"], "group.process", bare({ ...removal, member: alice }))
      const addition = { ...removal, type: "add", history: new Uint8Array(32) } as const
      author.refuses(clauses["add-new"], "group.process", bare({ ...addition, user: "carol" }))
      author.refuses(clauses["add-history"], "group.process", bare({ ...addition, user: "dave" }))
      const ack = { group: group.id, sender: group.member("carol"), seq: 2 }
      author.refuses(clauses["ack-other"], "group.process", bare({ type: "add-ack", ...ack, ofSender: ack.sender, ofSeq: 1 }))
      author.refuses(clauses["ack-kind"], "group.process", bare({ type: "add-ack", ...ack, ofSender: alice, ofSeq: 1 }))
      author.refuses(clauses["ack-once"], "group.process", { ...bare({ type: "ack", ...ack, ofSender: alice, ofSeq: 1 }), recipients: [bob] })
      group.deliver(update, "bob")
      const added = group.add("alice", "dave")
      group.deliver(added, "bob")
      const of = { ofSender: alice, ofSeq: 3 }
      author.refuses(
        clauses["sender-member"],
        "group.process",
        bare({ type: "add-ack", group: group.id, sender: group.member("dave"), seq: 1, ...of }),
      )
    },
  ),
  aCase(
    "key-agreement/recipient-twice",
    { title: "A direct message for one member came twice", clauses: [clauses.recipients], twin: "key-agreement/order-of-checks" },
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, abc)
      const update = group.update("alice")
      const right = group.offer(update, "bob")
      for (const user of ["bob", "carol"]) {
        const recipients = [...right.recipients, group.member(user)]
        author.refuses(clauses.recipients, "group.process", { ...right, recipients })
      }
      author.refuses(clauses.recipients, "group.process", { ...right, recipients: [] })
      author.refuses(clauses.recipients, "group.process", { ...right, direct: null })
      author.accepts("group.process", { ...right, recipients: right.recipients.toReversed() })
    },
  ),
  aCase(
    "key-agreement/order-of-checks-welcome",
    order("An addition of us for two members, whose direct message for us is none", clauses.recipients),
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, ["alice", "bob"], ["dave"])
      const added = group.add("alice", "dave")
      const right = group.offer(added, "dave")
      const recipients = [group.member("bob"), group.member("dave")]
      author.refuses(clauses.recipients, "group.process", { ...right, recipients, direct: "ff" })
      author.refuses(clauses.recipients, "group.process", { ...right, recipients })
      group.deliver(added, "dave")
    },
  ),
]

/** What is looked for before what, and who is named twice. */
export default caseFile({ part: "dcgka", chapter: "key-agreement-orders", layer: "key-agreement", flags: {} }, () => [
  ...creates(),
  ...messages(),
])
