import { memberId } from "../../../reference/simulation/network.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses, type Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { clauses as channel } from "../../../spec/dcgka/two-party-messaging.ts"
import { aCase, type Case, caseFile, fork, twins, withoutTraces } from "../author.ts"
import { filled, first, meet } from "../people.ts"
import { creationOf, groupOf, historyDigest } from "./history-digest.ts"
import { controlHex, KeyAgreementGroup, type Sent, scenario } from "./key-agreement-group.ts"
import { givenToDave, settledTwins, settledWelcome, welcomeHex } from "./welcome.ts"

const abc = first(3)

const order = (title: string, ...also: ReadonlyArray<Clause>) => ({
  title,
  clauses: [verdicts["order-of-checks"], ...also],
  twin: "key-agreement/seed-length",
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

/** The changes of a welcome with a removal of nobody by Bob after the create. */
const withRemoval = ({ changes }: Welcome, group: KeyAgreementGroup): Welcome["changes"] =>
  changes.toSpliced(1, 0, { change: { type: "remove", sender: group.member("bob"), seq: 2, member: filled(0xee, 16) }, unknown: [] })

const bundles = (): ReadonlyArray<Case> => [
  aCase(
    "key-agreement/waits-for-the-first-member",
    {
      title: "Who has no bundle of several users waits for that of the smallest member, whatever the order of the users",
      clauses: [clauses["create-users"]],
    },
    (author) => {
      const users = first(6)
      const group = new KeyAgreementGroup(author, users)
      group.found(users)
      const rest = [...users.slice(1)].sort((a, b) => (group.member(a) < group.member(b) ? -1 : 1))
      author.claim(rest[0] !== "bob" && rest.at(-1) !== "bob", "the orders of users and of members are different")
      for (const bundle of rest) {
        author.waits({ bundle }, "group.create", { on: "alice", users: users.slice(1) })
        meet(author, "alice", bundle)
      }
      author.accepts("group.create", { on: "alice", users: users.slice(1) })
    },
  ),
  aCase(
    "key-agreement/order-of-checks-bundles",
    order("What is wrong with an addition is found before it waits for a bundle", clauses["add-new"], clauses.commitment),
    (author) => {
      const group = KeyAgreementGroup.settled(author, abc, ["dave"])
      author.refuses(clauses["add-new"], "group.add", { on: "alice", user: "bob", attachment: "" })
      author.waits({ bundle: "dave" }, "group.add", { on: "alice", user: "dave", attachment: "" })
      meet(author, "alice", "dave")
      const sent = group.add("alice", "dave")
      refusing(group, "bob")(clauses.commitment, sent, { commitment: new Uint8Array(32) })
      author.waits({ bundle: "dave" }, "group.process", group.offer(sent, "bob"))
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
      clauses.commitment,
    ),
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, abc, ["dave", "erin"])
      const [alice, bob] = [group.member("alice"), group.member("bob")]
      const update = group.update("alice")
      const refuses = refusing(group, "bob")
      refuses(clauses["own-message"], update, { sender: bob, seq: 9 })
      const removal = { type: "remove", sender: alice, seq: 2, group: group.id, commitment: new Uint8Array(32) } as const
      const bare = (control: Parameters<typeof controlHex>[0]) => ({
        on: "bob",
        control: controlHex(control),
        recipients: [],
        direct: null,
      })
      author.refuses(clauses["remove-member"], "group.process", bare({ ...removal, member: filled(9, 16) }))
      author.refuses(clauses["remove-other"], "group.process", bare({ ...removal, member: alice }))
      author.waits({ message: { sender: alice, seq: 2 } }, "group.process", bare({ ...removal, seq: 9, member: alice }))
      const creation = { ...creationOf(abc), type: "create", commitment: new Uint8Array(32) } as const
      author.refuses(clauses["own-message"], "group.process", bare({ ...creation, sender: bob, seq: 9 }))
      author.waits({ message: { sender: alice, seq: 2 } }, "group.process", bare({ ...creation, sender: alice, seq: 9 }))
      author.refuses(clauses["joined-once"], "group.process", bare({ ...creation, sender: alice, seq: 2 }))
      // Whatever is acknowledged, what is missing before it is its sender's own.
      const early = { type: "ack", group: group.id, sender: group.member("carol"), seq: 9 } as const
      for (const ofSender of [alice, bob]) {
        author.waits({ message: { sender: early.sender, seq: 2 } }, "group.process", bare({ ...early, ofSender, ofSeq: 9 }))
      }
      const addition = { ...removal, type: "add", history: new Uint8Array(32) } as const
      author.refuses(clauses["add-new"], "group.process", bare({ ...addition, user: "carol" }))
      author.refuses(clauses["add-history"], "group.process", bare({ ...addition, user: "dave" }))
      const ack = { group: group.id, sender: group.member("carol"), seq: 2 }
      author.refuses(
        clauses["ack-other"],
        "group.process",
        bare({ type: "add-ack", ...ack, ofSender: ack.sender, ofSeq: 1, commitment: null }),
      )
      author.refuses(clauses["ack-kind"], "group.process", bare({ type: "add-ack", ...ack, ofSender: alice, ofSeq: 1, commitment: null }))
      author.refuses(clauses["ack-once"], "group.process", {
        ...bare({ type: "ack", ...ack, ofSender: alice, ofSeq: 1 }),
        recipients: [bob],
      })
      group.deliver(update, "bob")
      const added = group.add("alice", "dave")
      group.deliver(added, "bob")
      const of = { ofSender: alice, ofSeq: 3 }
      author.refuses(
        clauses["sender-member"],
        "group.process",
        bare({ type: "add-ack", group: group.id, sender: group.member("dave"), seq: 1, ...of, commitment: null }),
      )
      const begun = { type: "ack", group: group.id, sender: group.member("dave"), seq: 1, ofSender: alice } as const
      group.deliver(group.add("alice", "erin"), "bob")
      for (const ofSeq of [1, 2, 4]) author.refuses(clauses["sender-member"], "group.process", bare({ ...begun, ofSeq }))
      // A forward is an ack: that a member has nothing to forward with its first message is found later.
      author.refuses(clauses.commitment, "group.process", bare({ ...begun, type: "forward", ofSeq: 3, commitment: new Uint8Array(32) }))
    },
  ),
  scenario(
    "order-of-checks-acks",
    order(
      "An ack and an add-ack of an acknowledgement, by one who has not acknowledged an update before that",
      clauses["ack-once"],
      clauses["ack-kind"],
    ),
    abc,
    [],
    (group) => {
      const [alice, carol] = [group.member("alice"), group.member("carol")]
      const [update, other] = [group.update("alice"), group.update("bob")]
      group.deliver(update, "bob")
      group.deliver(group.deliver(other, "alice")!, "bob")
      const ack = { group: group.id, sender: carol, seq: 2, ofSender: alice, ofSeq: 3 } as const
      for (const [clause, control] of [
        [clauses["ack-once"], controlHex({ type: "ack", ...ack })],
        [clauses["ack-kind"], controlHex({ type: "add-ack", ...ack, commitment: null })],
      ] as const) {
        group.author.refuses(clause, "group.process", { on: "bob", control, recipients: [], direct: null })
      }
    },
  ),
  scenario(
    "covered-update-forwarded",
    {
      title:
        "Carol acknowledges an update that Dave's welcome covers, and forwards her secret to one whom she has added: Dave lets it pass",
      clauses: [clauses.recipients, clauses.commitment],
    },
    abc,
    ["dave", "erin"],
    (group) => {
      const update = group.update("bob")
      const erins = group.add("carol", "erin")
      group.deliver(update, "alice")
      const daves = group.add("alice", "dave")
      group.deliver(daves, "dave")
      group.deliver(erins, "dave", { secret: false })
      const ack = group.deliver(update, "carol")!
      group.author.claim(ack.directs.map(({ to }) => to).join() === group.member("erin"), "Carol's secret is for Erin")
      const offered = group.offer(ack, "dave")
      const recipients = [group.member("dave"), group.member("erin")]
      group.author.refuses(clauses.recipients, "group.process", { ...offered, recipients, direct: "00" })
      group.author.refuses(clauses.commitment, "group.process", { ...offered, recipients: [] })
      group.deliver(ack, "dave", { secret: false })
    },
  ),
  aCase(
    "key-agreement/order-of-checks-welcomes",
    order(
      "An addition of us whose digest of the history and commitment are wrong; and one of which only the commitment is",
      clauses["add-history"],
      clauses.commitment,
    ),
    (author) => {
      const group = KeyAgreementGroup.settled(author, ["alice", "bob"], ["dave"])
      for (const _ of [1, 2]) group.introduce("alice", "dave")
      const [alice, none] = [group.member("alice"), new Uint8Array(32)]
      group.members.set("dave", memberId(group.id, "dave", alice, 2))
      const welcome = settledWelcome(group, 2)
      for (const [clause, history] of [
        [clauses["add-history"], none],
        [clauses.commitment, historyDigest(group.id, welcome.changes.slice(0, -1))],
      ] as const) {
        const head = { group: group.id, sender: alice, seq: 2, user: "dave" }
        const control = controlHex({ type: "add", ...head, history, commitment: none })
        const direct = group.crafted("alice", "dave", welcomeHex(welcome), control)
        author.refuses(clause, "group.process", givenToDave(group, control, direct))
      }
    },
  ),
  ...settledTwins({
    id: "history-before-seen",
    title: "A welcome that does not end with the addition, and counts another number of its sender",
    clause: clauses["welcome-history"],
    change: (welcome, group) => ({
      ...welcome,
      changes: welcome.changes.slice(0, -1),
      seen: { ...welcome.seen, [group.member("alice")]: 3 },
    }),
  }),
  ...settledTwins({
    id: "member-before-seen",
    title: "A welcome by which the adder had been removed, and which counts another number of it",
    clause: clauses["welcome-history"],
    change: (welcome, group) => ({
      ...welcome,
      changes: welcome.changes.toSpliced(1, 0, {
        change: { type: "remove", sender: group.member("bob"), seq: 2, member: group.member("alice") },
        unknown: [],
      }),
      seen: { ...welcome.seen, [group.member("alice")]: 3 },
    }),
  }),
  ...settledTwins({
    id: "seen-before-digest",
    title: "A welcome with a change that the digest in the add does not cover, and that the counts do not cover either",
    clause: clauses["welcome-seen"],
    change: (welcome, group) => ({ ...welcome, changes: withRemoval(welcome, group) }),
  }),
  ...settledTwins({
    id: "known-before-digest",
    title: "A welcome with a change that the digest in the add does not cover, and whose sender is said not to know it",
    clause: clauses["welcome-history"],
    change: (welcome, group) => ({
      ...welcome,
      changes: withRemoval(welcome, group),
      seen: { ...welcome.seen, [group.member("bob")]: 2 },
      known: { [group.member("bob")]: { length: 1, unknown: [] } },
    }),
  }),
  aCase(
    "key-agreement/recipient-twice",
    {
      title: "Direct messages that came twice, or not for whom they are said to be",
      clauses: [clauses.recipients],
      twin: "key-agreement/seed-length",
    },
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, abc)
      const update = group.update("alice")
      const right = group.offer(update, "bob")
      for (const user of ["bob", "carol"]) {
        const recipients = [...right.recipients, group.member(user)]
        author.refuses(clauses.recipients, "group.process", { ...right, recipients })
      }
      author.refuses(clauses.recipients, "group.process", { ...right, recipients: [] })
      const others = right.recipients.filter((member) => member !== group.member("bob"))
      author.refuses(clauses.recipients, "group.process", { ...right, recipients: others })
      author.refuses(clauses.recipients, "group.process", { ...right, recipients: others, direct: null })
      author.refuses(clauses.recipients, "group.process", { ...right, direct: null })
      author.accepts("group.process", { ...right, recipients: right.recipients.toReversed() })
      const ack = group.offer(group.deliver(update, "carol")!, "bob")
      author.refuses(clauses.recipients, "group.process", { ...ack, direct: "00" })
      author.accepts("group.process", ack)
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

const awaited = (): ReadonlyArray<Case> => [
  scenario(
    "awaited-though-gone",
    {
      title:
        "Dave was added and removed before Bob's update came, which knows of neither: his acknowledgement of it is to come all the same",
      clauses: [clauses["ack-once"]],
    },
    abc,
    ["dave"],
    (group) => {
      const addition = group.add("alice", "dave")
      const first = group.deliver(addition, "dave")!
      const removal = group.remove("alice", "dave")
      const update = group.update("bob")
      const second = group.deliver(update, "dave", { secret: false })!
      for (const sent of [addition, first, removal, update]) group.deliver(sent, "carol")
      group.deliver(second, "carol", { secret: false })
    },
  ),
]

/** Cases that need more bytes than others. */
export const limits = caseFile({ part: "dcgka", chapter: "key-agreement-limits", layer: "key-agreement", flags: {} }, () => [
  ...twins(
    "key-agreement/attachment-length",
    channel["payload-length"],
    "An attachment of more than 1 MiB, which no welcome can have",
    (author) => {
      KeyAgreementGroup.acquainted(author, ["alice"], ["dave"])
      return fork("group.add", { on: "alice", user: "dave", attachment: "" }, { attachment: "00".repeat((1 << 20) + 1) })
    },
  ),
  withoutTraces(
    aCase(
      "key-agreement/attachment-long",
      {
        title: "An attachment of more than half a MiB is within the limit, and then needs a bundle",
        clauses: [channel["payload-length"]],
        twin: "key-agreement/attachment-length",
      },
      (author) => {
        KeyAgreementGroup.settled(author, ["alice"], ["dave"])
        author.waits({ bundle: "dave" }, "group.add", { on: "alice", user: "dave", attachment: "00".repeat((1 << 19) + 1) })
      },
    ),
  ),
])

/** What is looked for before what, and who is named twice. */
export default caseFile({ part: "dcgka", chapter: "key-agreement-orders", layer: "key-agreement", flags: {} }, () => [
  ...creates(),
  ...bundles(),
  ...messages(),
  ...awaited(),
])
