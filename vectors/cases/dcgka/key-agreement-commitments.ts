import { bytesOf } from "../../../reference/conventions.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile, twins } from "../author.ts"
import { filled, first } from "../people.ts"
import { commitmentTo, controlHex, controlOf, KeyAgreementGroup, lastSealed, type Sent } from "./key-agreement-group.ts"

const [other, ratchetAndMore] = [filled(5, 32), filled(5, 64)]

/** Alice has added Dave, and he has processed it. Gives the add. */
const added = (group: KeyAgreementGroup): Sent => {
  const addition = group.add("alice", "dave")
  group.deliver(addition, "dave")
  return addition
}

/** Carol's add-ack of Dave's addition, which Bob has processed too. */
const handedOver = (group: KeyAgreementGroup): Sent => {
  const addition = added(group)
  group.deliver(addition, "bob")
  return group.deliver(addition, "carol")!
}

/** Carol's forward to Dave, whom Alice has added meanwhile, of her secret of Bob's update. Dave and Bob have processed what is before it. */
const forwarded = (group: KeyAgreementGroup): Sent => {
  const addition = added(group)
  const update = group.update("bob")
  const addAck = group.deliver(addition, "carol")!
  group.deliver(update, "dave", { secret: false })
  group.deliver(addAck, "dave")
  group.deliver(addition, "bob")
  group.deliver(addAck, "bob")
  return group.deliver(update, "carol")!
}

/** A direct message of Carol's for Dave, with something else in it. */
const crafted = (group: KeyAgreementGroup, payload: string, control: string): string => {
  group.introduce("carol", "dave")
  return group.crafted("carol", "dave", payload, control)
}

type Play = (group: KeyAgreementGroup) => Sent

/** The control message with a commitment of its sender's to something else. */
const committedTo = (group: KeyAgreementGroup, sent: Sent, secret: string): string => {
  const { sender, seq } = controlOf(sent.control)
  return group.changed(sent, { commitment: commitmentTo(secret, group.id, sender, seq) })
}

const judged = (
  id: string,
  title: string,
  play: Play,
  to: string,
  wrong: (group: KeyAgreementGroup, sent: Sent) => { control?: string; direct?: string },
): ReadonlyArray<Case> =>
  twins(`key-agreement/${id}`, clauses.commitment, title, (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    const sent = play(group)
    return group.fork(sent, to, wrong(group, sent))
  })

/** What acknowledgements hand over, and what commits to it. */
export default caseFile({ part: "dcgka", chapter: "key-agreement-commitments", layer: "key-agreement", flags: {} }, () => [
  ...judged("ratchet-another", "An add-ack with another ratchet than it commits to", handedOver, "dave", (group, sent) => ({
    direct: crafted(group, ratchetAndMore, sent.control),
  })),
  ...judged(
    "ratchet-another-committed",
    "An add-ack that commits to another ratchet than others have",
    handedOver,
    "bob",
    (group, sent) => ({
      control: committedTo(group, sent, other),
    }),
  ),
  aCase(
    "key-agreement/forward-another",
    { title: "A forward with another member secret than it commits to", clauses: [clauses.commitment] },
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
      const addition = added(group)
      const update = group.update("bob")
      const addAck = group.deliver(addition, "carol")!
      // Carol sends Dave the same from a channel that the case can go on with.
      const introduction = crafted(group, lastSealed(author), addAck.control)
      group.deliver(update, "dave", { secret: false })
      group.deliver({ ...addAck, directs: [{ to: group.member("dave"), message: introduction }] }, "dave")
      const forward = group.deliver(update, "carol")!
      const { message: direct } = author.accepts("channel.send", { on: "carol", payload: other, outer: forward.control })
      author.refuses(clauses.commitment, "group.process", { ...group.offer(forward, "dave"), direct })
    },
  ),
  ...judged(
    "forward-another-committed",
    "A forward that commits to another member secret than others keep",
    forwarded,
    "bob",
    (group, sent) => ({
      control: committedTo(group, sent, other),
    }),
  ),
  ...judged("forward-uncommitted", "An ack that forwards without being a forward", forwarded, "bob", (group, sent) => ({
    control: group.changed(sent, { type: "ack" }),
  })),
  ...judged(
    "forward-of-nothing",
    "A forward that brings nothing",
    (group) => {
      const update = group.update("alice")
      group.deliver(update, "bob")
      return group.deliver(update, "carol")!
    },
    "bob",
    (group, sent) => ({ control: group.changed(sent, { type: "forward", commitment: bytesOf(other) }) }),
  ),
  ...judged("ratchet-uncommitted", "An add-ack that brings a ratchet and does not commit to it", handedOver, "bob", (group, sent) => ({
    control: group.changed(sent, { commitment: null }),
  })),
  ...judged(
    "ratchet-of-nothing",
    "An add-ack of a cancelled addition that commits to something",
    (group) => {
      const addition = group.add("alice", "dave")
      const removal = group.remove("bob", "alice")
      group.deliver(addition, "bob")
      group.deliver(group.deliver(removal, "carol")!, "bob")
      return group.deliver(addition, "carol")!
    },
    "bob",
    (group, sent) => ({ control: group.changed(sent, { commitment: bytesOf(other) }) }),
  ),
  aCase(
    "key-agreement/ratchet-another-for-one",
    {
      title: "An add-ack that commits to another ratchet, which it brings: its new member takes it, and the others refuse it",
      clauses: [clauses.commitment],
    },
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
      const sent = handedOver(group)
      const control = committedTo(group, sent, other)
      const direct = crafted(group, ratchetAndMore, control)
      for (const user of ["alice", "bob"]) author.refuses(clauses.commitment, "group.process", { ...group.offer(sent, user), control })
      const { senderSecret } = author.accepts("group.process", { ...group.offer(sent, "dave"), control, direct })
      author.claim(senderSecret !== null && senderSecret !== sent.secret, "Dave takes another secret than the others have")
    },
  ),
  aCase(
    "key-agreement/commitment-of-a-forward",
    { title: "What a forward commits to, computed as the chapter says", clauses: [clauses.commitment, clauses.forward] },
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
      const message = controlOf(forwarded(group).control)
      const traced = author.steps.flatMap(({ expect }) => ("trace" in expect ? (expect.trace ?? []) : []))
      const secret = traced.findLast(({ name }) => name === `ratchet.input ${group.member("carol")}`)!.value
      const commitment = commitmentTo(secret, group.id, message.sender, message.seq)
      author.claim(
        controlHex({ ...message, commitment } as typeof message) === controlHex(message),
        "the commitment is as the chapter says",
      )
    },
  ),
])
