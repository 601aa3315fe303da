import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { clauses as channel } from "../../../spec/dcgka/two-party-messaging.ts"
import { type Case, caseFile, fork, twins } from "../author.ts"
import { filled, first, flipped, repeated } from "../people.ts"
import { controlHex, controlOf, KeyAgreementGroup, type Sent } from "./key-agreement-group.ts"

const abc = first(3)

/** What Bob is given by Alice: right, and with one fault made from it. */
const fromAlice = (
  id: string,
  title: string,
  clause: Parameters<typeof twins>[1],
  send: (group: KeyAgreementGroup) => Sent,
  wrong: (group: KeyAgreementGroup, sent: Sent) => { control?: string; direct?: string | null; recipients?: ReadonlyArray<string> },
  to = "bob",
): ReadonlyArray<Case> =>
  twins(`key-agreement/${id}`, clause, title, (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    const sent = send(group)
    return group.fork(sent, to, wrong(group, sent))
  })

const update = (group: KeyAgreementGroup) => group.update("alice")

/** Carol's acknowledgement of an update of Alice's that Bob has processed, for Bob. */
const carolsAck = (group: KeyAgreementGroup): Sent => {
  const sent = group.update("alice")
  group.deliver(sent, "bob")
  return group.deliver(sent, "carol")!
}

/** Carol's add-ack of Dave's addition by Alice, which Bob has processed. */
const carolsAddAck = (group: KeyAgreementGroup): Sent => {
  const sent = group.add("alice", "dave")
  group.deliver(sent, "bob")
  return group.deliver(sent, "carol")!
}

/** Carol's acknowledgement of Bob's update, forwarded to Dave, whom Alice added meanwhile; Dave has processed the update. */
const forwardedToDave = (group: KeyAgreementGroup): Sent => {
  const addition = group.add("alice", "dave")
  const sent = group.update("bob")
  group.deliver(addition, "dave")
  group.deliver(group.deliver(addition, "carol")!, "dave")
  group.deliver(sent, "dave", { secret: false })
  return group.deliver(sent, "carol")!
}

const nobody = filled(0xee, 16)

const refusedOperations = (): ReadonlyArray<Case> => [
  ...twins("key-agreement/create-again", clauses["joined-once"], "Creating a group in the state of another", (author) => {
    KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    return fork("group.create", { on: "dave", users: [] }, { on: "alice" })
  }),
  ...twins("key-agreement/update-before-joining", clauses.joined, "An update before joining", (author) => {
    KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    return fork("group.update", { on: "alice" }, { on: "dave" })
  }),
  ...twins("key-agreement/update-after-removal", clauses.removed, "An update after removal", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    group.deliverRemoval(group.remove("alice", "bob"), "bob")
    return fork("group.update", { on: "carol" }, { on: "bob" })
  }),
  ...twins("key-agreement/remove-oneself", clauses["remove-other"], "Removing oneself", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    return fork("group.remove", { on: "alice", member: group.member("bob") }, { member: group.member("alice") })
  }),
  ...twins("key-agreement/remove-nobody", clauses["remove-member"], "Removing one who is not a member", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    return fork("group.remove", { on: "alice", member: group.member("bob") }, { member: nobody })
  }),
  ...twins("key-agreement/remove-removed", clauses["remove-member"], "Removing one who was removed before", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    group.remove("alice", "carol")
    return fork("group.remove", { on: "alice", member: group.member("bob") }, { member: group.member("carol") })
  }),
  ...twins("key-agreement/add-member", clauses["add-new"], "Adding a user who is a member", (author) => {
    KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    return fork("group.add", { on: "alice", user: "dave", attachment: "" }, { user: "bob" })
  }),
]

const refusedMessages = (): ReadonlyArray<Case> => [
  ...fromAlice("group", "A message for another group", clauses.group, update, (group, sent) => ({
    control: group.changed(sent, { group: repeated("other").slice(0, 32) }),
  })),
  ...twins("key-agreement/process-after-removal", clauses.removed, "A message after our removal", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    const removal = group.remove("alice", "bob")
    group.deliver(removal, "carol")
    group.deliverRemoval(removal, "bob")
    const sent = group.update("alice")
    return fork("group.process", group.offer(sent, "carol"), { on: "bob", recipients: [group.member("carol")], direct: null })
  }),
  ...fromAlice("own-message", "A message in our own name", clauses["own-message"], update, (group, sent) => ({
    control: group.changed(sent, { sender: group.member("bob"), seq: 2 }),
    direct: null,
  })),
  ...fromAlice(
    "remove-removed-before",
    "A removal of one whom its sender has removed before",
    clauses["remove-member"],
    (group) => {
      group.deliver(group.remove("alice", "carol"), "bob")
      return group.update("alice")
    },
    (group, sent) => ({ control: group.changed(sent, { type: "remove", member: group.member("carol") }) }),
  ),
  ...fromAlice("sender-unknown", "A message of nobody we know", clauses["sender-member"], update, (group, sent) => ({
    control: group.changed(sent, { sender: nobody, seq: 1 }),
  })),
  ...(["update", "remove", "add"] as const).flatMap((type) =>
    twins(
      `key-agreement/sender-begins-with-${type}`,
      clauses["sender-member"],
      `A member whose first message is no ack but one of the kind ${type}`,
      (author) => {
        const group = new KeyAgreementGroup(author, first(3))
        const create = group.create(first(3))
        group.deliver(create, "bob")
        const ack = group.deliver(create, "carol")!
        const { sender, seq } = controlOf(ack.control)
        const commitment = new Uint8Array(32)
        const fields = {
          update: { commitment },
          remove: { member: group.member("alice"), commitment },
          add: { user: "dave", history: commitment, commitment },
        }[type]
        const control = controlHex({ type, group: group.id, sender, seq, ...fields } as never)
        return group.fork(ack, "bob", { control })
      },
    ),
  ),
  ...twins(
    "key-agreement/sender-begins-with-add-ack",
    clauses["sender-member"],
    "A member whose first message acknowledges an addition, in place of the create",
    (author) => {
      const group = new KeyAgreementGroup(author, [...abc, "dave"])
      const create = group.create(abc)
      group.deliver(create, "bob")
      for (const user of ["alice", "bob"]) group.introduce(user, "dave")
      group.deliver(group.add("alice", "dave"), "bob")
      const ack = group.deliver(create, "carol")!
      const { sender, seq } = controlOf(ack.control)
      const acknowledged = { ofSender: group.member("alice"), ofSeq: 2 }
      return group.fork(ack, "bob", {
        control: controlHex({ type: "add-ack", group: group.id, sender, seq, ...acknowledged, commitment: null }),
      })
    },
  ),
  ...twins("key-agreement/sender-removed", clauses["sender-member"], "A message of one who knew that it was removed", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    const removal = group.remove("alice", "carol")
    group.deliver(removal, "bob")
    const sent = group.update("alice")
    const carol = group.member("carol")
    const ack = controlHex({ type: "ack", group: group.id, sender: carol, seq: 2, ofSender: group.member("alice"), ofSeq: 2 })
    return group.fork(sent, "bob", { control: ack, direct: null })
  }),
  ...fromAlice("create-twice", "A second create", clauses["joined-once"], update, (group) => ({
    control: controlHex({
      type: "create",
      sender: group.member("alice"),
      seq: 2,
      ...group.creation,
      commitment: new Uint8Array(32),
    }),
  })),
  ...fromAlice(
    "remove-itself",
    "A member removes itself",
    clauses["remove-other"],
    (group) => group.remove("alice", "carol"),
    (group, sent) => ({
      control: group.changed(sent, { member: group.member("alice") }),
    }),
  ),
  ...fromAlice(
    "remove-no-member",
    "A removal of one who is not a member",
    clauses["remove-member"],
    (group) => group.remove("alice", "carol"),
    (group, sent) => ({
      control: group.changed(sent, { member: nobody }),
    }),
  ),
  ...fromAlice(
    "add-present",
    "An addition of a user who is a member",
    clauses["add-new"],
    (group) => group.add("alice", "dave"),
    (group, sent) => ({
      control: group.changed(sent, { user: "carol" }),
    }),
  ),
  ...fromAlice("direct-missing", "An update without the seed", clauses.recipients, update, () => ({ direct: null })),
  ...fromAlice("seed-for-one-less", "An update whose seed does not go to Carol", clauses.recipients, update, (group) => ({
    recipients: [group.member("bob")],
  })),
  ...fromAlice("seed-for-one-more", "An update whose seed goes to somebody else too", clauses.recipients, update, (group) => ({
    recipients: [group.member("bob"), group.member("carol"), nobody],
  })),
  ...fromAlice("seed-for-another", "An update whose seed goes to somebody else in Carol's place", clauses.recipients, update, (group) => ({
    recipients: [group.member("bob"), nobody],
  })),
  ...fromAlice(
    "add-without-welcome",
    "An addition that brings nobody a welcome",
    clauses.recipients,
    (group) => group.add("alice", "dave"),
    () => ({ recipients: [] }),
  ),
  ...fromAlice("add-ack-without-ratchet", "An add-ack that brings the new member no ratchet", clauses.recipients, carolsAddAck, () => ({
    recipients: [],
  })),
  ...fromAlice("ack-with-secret-for-another", "An ack that forwards its secret to somebody else", clauses.recipients, carolsAck, () => ({
    recipients: [nobody],
  })),
  ...fromAlice(
    "add-commitment",
    "An addition that does not commit to what its sender's ratchet gives",
    clauses.commitment,
    (group) => group.add("alice", "dave"),
    (group, sent) => ({ control: group.changed(sent, { commitment: new Uint8Array(32).fill(7) }) }),
  ),
  ...fromAlice(
    "add-other-history",
    "An addition with the digest of another history",
    clauses["add-history"],
    (group) => group.add("alice", "dave"),
    (group, sent) => ({ control: group.changed(sent, { history: new Uint8Array(32).fill(7) }) }),
  ),
  ...fromAlice("direct-of-another-member", "An update with the direct message of another member", channel.opens, update, (group, sent) => ({
    direct: group.directOf(sent, "carol"),
  })),
  ...fromAlice("direct-changed", "An update with a bit of the direct message flipped", channel.opens, update, (group, sent) => ({
    direct: flipped(group.directOf(sent, "bob")!, -1),
  })),
  ...fromAlice(
    "control-changed",
    "An update made a removal of Carol, with the same direct message",
    channel.opens,
    update,
    (group, sent) => ({
      control: controlHex({ ...controlOf(sent.control), type: "remove", member: group.member("carol") } as never),
      recipients: [group.member("bob")],
    }),
  ),
  ...fromAlice(
    "add-with-direct",
    "An addition that brings a bystander a direct message",
    clauses.recipients,
    (group) => group.add("alice", "dave"),
    (group, sent) => ({
      direct: group.directOf(sent, "dave"),
    }),
  ),
  ...fromAlice("ack-with-direct", "An ack with a direct message, though its secret is known", clauses.recipients, carolsAck, () => ({
    direct: "00",
  })),
  ...fromAlice(
    "add-ack-with-direct",
    "An add-ack that brings a bystander a direct message",
    clauses.recipients,
    carolsAddAck,
    (group, sent) => ({
      direct: group.directOf(sent, "dave"),
    }),
  ),
  ...fromAlice("ack-own", "An ack of a message of the sender itself", clauses["ack-other"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { ofSender: group.member("carol"), ofSeq: 1 }),
  })),
  ...fromAlice("ack-own-later", "An ack of a later message of the sender itself", clauses["ack-other"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { ofSender: group.member("carol"), ofSeq: 9 }),
  })),
  ...fromAlice("ack-unsent", "An ack of a message that we have not sent", clauses["ack-unsent"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { ofSender: group.member("bob"), ofSeq: 9 }),
  })),
  ...fromAlice("ack-of-ack", "An ack of an ack", clauses["ack-once"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { ofSender: group.member("bob"), ofSeq: 1 }),
  })),
  ...fromAlice("ack-of-add", "An ack of an add by a bystander", clauses["ack-kind"], carolsAddAck, (group, sent) => ({
    control: group.changed(sent, { type: "ack" }),
  })),
  ...fromAlice("add-ack-of-create", "An add-ack of a create", clauses["ack-kind"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { type: "add-ack", commitment: null, ofSeq: 1 }),
  })),
  ...fromAlice("add-ack-of-update", "An add-ack of an update", clauses["ack-kind"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { type: "add-ack", commitment: null }),
  })),
  ...fromAlice("ack-create-twice", "A create acknowledged twice by one member", clauses["ack-once"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { ofSeq: 1 }),
  })),
  ...twins("key-agreement/add-ack-twice", clauses["ack-once"], "An add acknowledged twice by one member", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    group.deliver(carolsAddAck(group), "bob")
    const update = group.update("alice")
    group.deliver(update, "bob")
    const ack = group.deliver(update, "carol")!
    return group.fork(ack, "bob", { control: group.changed(ack, { type: "add-ack", commitment: null, ofSeq: 2 }) })
  }),
  ...twins(
    "key-agreement/ack-known-from-welcome",
    clauses["ack-once"],
    "A second ack of what its sender knows by the welcome",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
      const addition = group.add("alice", "dave")
      group.deliver(addition, "dave")
      const addAck = group.deliver(addition, "carol")!
      return group.fork(addAck, "dave", { control: group.changed(addAck, { type: "ack", ofSeq: 1 }) })
    },
  ),
  ...twins(
    "key-agreement/ack-forwarded-twice",
    clauses["ack-once"],
    "An update acknowledged twice, by one who forwards to us",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
      const ack = forwardedToDave(group)
      group.deliver(ack, "dave")
      const update = group.update("alice")
      group.deliver(update, "dave")
      const next = group.deliver(update, "carol")!
      return group.fork(next, "dave", { control: group.changed(next, { ofSender: group.member("bob"), ofSeq: 2 }) })
    },
  ),
  ...twins("key-agreement/add-ack-of-own-add", clauses["ack-kind"], "An add-ack by the added member", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    const addition = group.add("alice", "dave")
    group.deliver(addition, "bob")
    group.deliver(group.deliver(addition, "dave")!, "bob")
    const update = group.update("alice")
    group.deliver(update, "bob")
    const ack = group.deliver(update, "dave")!
    return group.fork(ack, "bob", { control: group.changed(ack, { type: "add-ack", commitment: null, ofSeq: 2 }) })
  }),
  ...twins("key-agreement/ack-update-twice", clauses["ack-once"], "An update acknowledged twice by one member", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    group.deliver(carolsAck(group), "bob")
    const next = group.update("alice")
    group.deliver(next, "bob")
    const ack = group.deliver(next, "carol")!
    return group.fork(ack, "bob", { control: group.changed(ack, { ofSeq: 2 }) })
  }),
]

const refusedForwards = (): ReadonlyArray<Case> => [
  ...fromAlice(
    "forward-missing",
    "An acknowledgement that forwards nothing to a member added concurrently",
    clauses.recipients,
    forwardedToDave,
    () => ({ direct: null }),
    "dave",
  ),
  ...twins("key-agreement/forward-length", clauses["secret-length"], "A forwarded member secret of 33 bytes", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    group.acquaint([...abc, "dave"])
    const addition = group.add("alice", "dave")
    const sent = group.update("bob")
    group.deliver(addition, "dave")
    const update = group.deliver(sent, "carol")!
    group.deliver(sent, "dave", { secret: false })
    // Carol has not processed the addition, so she forwards nothing; the crafted forward is made after she has.
    author.claim(update.directs.length === 0, "Carol does not know Dave yet")
    const welcome = group.deliver(addition, "carol")!
    const right = group.offer(update, "dave")
    author.accepts("group.process", right)
    return group.fork(welcome, "dave", { direct: group.crafted("carol", "dave", filled(5, 33), welcome.control) })
  }),
  ...fromAlice(
    "ratchet-missing",
    "An add-ack that does not bring the added member the ratchet",
    clauses.recipients,
    (group) => {
      const addition = group.add("alice", "dave")
      group.deliver(addition, "dave")
      return group.deliver(addition, "carol")!
    },
    () => ({ direct: null }),
    "dave",
  ),
  ...twins("key-agreement/non-recipient-with-direct", clauses.recipients, "A seed for one who is not in the sender's view", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    const addition = group.add("alice", "dave")
    const sent = group.update("bob")
    group.deliver(addition, "dave")
    return group.fork(sent, "dave", { direct: group.directOf(sent, "alice") })
  }),
  ...twins(
    "key-agreement/ack-without-view-with-direct",
    clauses.recipients,
    "An ack that brings a direct message to one who is not in its sender's view",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
      const addition = group.add("alice", "dave")
      const sent = group.update("bob")
      group.deliver(addition, "dave")
      group.deliver(sent, "dave", { secret: false })
      const ack = group.deliver(sent, "carol")!
      return group.fork(ack, "dave", { direct: "00" })
    },
  ),
  ...twins(
    "key-agreement/non-recipient-ack-with-direct",
    clauses.recipients,
    "An ack of a non-recipient that brings a direct message",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
      const addition = group.add("alice", "dave")
      const sent = group.update("bob")
      const joined = group.deliver(addition, "dave")!
      for (const user of ["bob", "carol"]) {
        group.deliver(addition, user)
        group.deliver(joined, user)
      }
      group.deliver(sent, "carol")
      const ack = group.deliver(sent, "dave", { secret: false })!
      return group.fork(ack, "carol", { direct: "00" })
    },
  ),
]

/** What is refused, and its twin that is accepted. */
export default caseFile({ part: "dcgka", chapter: "key-agreement-refusals", layer: "key-agreement", flags: {} }, () => [
  ...refusedOperations(),
  ...refusedMessages(),
  ...refusedForwards(),
])
