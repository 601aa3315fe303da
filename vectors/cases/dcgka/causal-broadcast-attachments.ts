import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { memberId } from "../../../reference/simulation/network.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { encodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { Attachment, clauses, type Item } from "../../../spec/dcgka/causal-broadcast.ts"
import { type ControlMessage, Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { type Author, type Case, caseFile, type Fork, fork, twins } from "../author.ts"
import { filled } from "../people.ts"
import { BroadcastGroup, identity, itemsOf, publicKeyOf } from "./broadcast-group.ts"
import { cutOf, historyDigest } from "./history-digest.ts"
import { commitmentOfAdd, controlHex } from "./key-agreement-group.ts"

const nobody = filled(0xee, 16)
const filledDigest = bytesOf(filled(0xdd, 32))
const ratchet = bytesOf(filled(7, 32))

/** Alice adds Dave with this attachment to the group of her and Bob, in a welcome made by hand, which may count messages of others too. */
const craftedAddition = (group: BroadcastGroup, attachment: string, counted: Welcome["seen"] = {}): string => {
  const { author, id } = group
  const [alice, bob] = [group.member("alice"), group.member("bob")]
  const dave = memberId(id, "dave", alice, 2)
  const { group: _, ...created } = group.creation
  const changes: Welcome["changes"] = [
    { change: { type: "welcome-create", sender: alice, seq: 1, ...created }, unknown: [] },
    { change: { type: "welcome-add", sender: alice, seq: 2, user: "dave" }, unknown: [] },
  ]
  const control: ControlMessage = {
    type: "add",
    group: id,
    sender: alice,
    seq: 2,
    user: "dave",
    history: historyDigest(id, changes.slice(0, -1)),
    commitment: commitmentOfAdd(ratchet, id, alice, 2),
  }
  const welcome = encodeWire(Welcome, {
    changes,
    known: {},
    seen: { [alice]: 2, [bob]: 1, ...counted },
    ratchet,
    attachment: bytesOf(attachment),
  })
  author.accepts("channel.open", { on: "alice", group: id, me: alice, peer: dave, peerUser: "dave" })
  const { message } = author.accepts("channel.send", { on: "alice", payload: Hex.encode(welcome), outer: controlHex(control) })
  const ends = [{ member: alice, seq: 1, signingKey: publicKeyOf("alice", `signing/${alice}/1`) }]
  const cut = cutOf(id, changes.slice(0, -1), ends)
  const item: Item = { control, signingKey: null, cut, chain: null, directs: { [dave]: bytesOf(message) } }
  return group.sealed([item], "alice", `signing/${alice}/1`)
}

/** What an attachment is made of. */
interface Attached {
  readonly signers: Attachment["signers"]
  readonly open: Attachment["open"]
}

const attachments = (): ReadonlyArray<Case> => {
  const crafted = (
    id: string,
    clause: Clause,
    title: string,
    wrongOf: (right: Attached, group: BroadcastGroup) => string,
    signed = (envelope: string, _: BroadcastGroup): string => envelope,
    counted: Welcome["seen"] = {},
  ) =>
    twins(`broadcast/attachment-${id}`, clause, title, (author: Author): Fork<"broadcast.receive"> => {
      const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
      group.introduce("alice", "dave")
      const [alice, bob] = [group.member("alice"), group.member("bob")]
      const signers = {
        [alice]: { signingKey: publicKeyOf("alice", `signing/${alice}/1`), digest: group.digest(alice, 1), last: 1 },
        [bob]: { signingKey: publicKeyOf("bob", identity), digest: group.digest(bob, 1), last: 0 },
      }
      const right = { signers, open: [] }
      const wrong = craftedAddition(group, wrongOf(right, group), counted)
      const envelope = craftedAddition(group, Hex.encode(encodeWire(Attachment, right)))
      return fork("broadcast.receive", { on: "dave", envelope }, { envelope: signed(wrong, group) })
    })
  const changed = (id: string, title: string, change: (right: Attached, group: BroadcastGroup) => Attached) =>
    crafted(id, clauses.attachment, title, (right, group) => Hex.encode(encodeWire(Attachment, change(right, group))))
  /** Alice's create as an open message, with changes. */
  const opened = (id: string, title: string, change: (group: BroadcastGroup) => Readonly<Record<string, unknown>>, times = 1) =>
    changed(id, title, (right, group) => {
      const sender = group.member("alice")
      const before = { seq: 0, signingKey: publicKeyOf("alice", identity) }
      const open = { sender, seq: 1, digest: group.digest(sender, 1), before, awaited: [group.member("bob")], ...change(group) }
      return { ...right, open: Array.from({ length: times }, () => open) }
    })
  const withSigner = (right: Attached, member: string, changes: Partial<Attached["signers"][string]>): Attached => ({
    ...right,
    signers: { ...right.signers, [member]: { ...right.signers[member]!, ...changes } },
  })
  /** The first message of a user as an open one. */
  const openOf = (group: BroadcastGroup, user: string, awaited: ReadonlyArray<string>): Attached["open"][number] => {
    const sender = group.member(user)
    const before = { seq: 0, signingKey: publicKeyOf(user, identity) }
    return { sender, seq: 1, digest: group.digest(sender, 1), before, awaited: awaited.map((one) => group.member(one)) }
  }
  const without = (right: Attached, member: string) => ({
    ...right,
    signers: Object.fromEntries(Object.entries(right.signers).filter(([one]) => one !== member)),
  })
  return [
    ...crafted("shape", encoding.shape, "A welcome with something else than an attachment", () => "00"),
    ...changed("without-sender", "An attachment without a signing key of its sender", (right, group) =>
      without(right, group.member("alice")),
    ),
    ...changed("without-member", "An attachment without a signing key of a member", (right, group) => without(right, group.member("bob"))),
    ...changed("with-stranger", "An attachment with a signing key of one of whom the welcome counts no messages", (right, group) => ({
      ...right,
      signers: { ...right.signers, [nobody]: right.signers[group.member("bob")]! },
    })),
    ...changed("stranger-for-member", "An attachment with a signing key of a stranger in place of a member's", (right, group) => ({
      ...right,
      signers: { ...without(right, group.member("bob")).signers, [nobody]: right.signers[group.member("bob")]! },
    })),
    ...crafted(
      "counted-stranger",
      clauses.cut,
      "A welcome that counts a message of one whom nobody has added, with a signing key of it: the cut does not name it",
      (right, group) => {
        const { signingKey } = right.signers[group.member("alice")]!
        return Hex.encode(encodeWire(Attachment, withSigner(right, nobody, { signingKey, digest: filledDigest, last: 1 })))
      },
      undefined,
      { [nobody]: 1 },
    ),
    ...opened("open-of-stranger", "An open message of a stranger", () => ({ sender: nobody })),
    ...opened("open-of-future", "An open message that the welcome does not count", () => ({ seq: 3 })),
    ...opened("open-of-the-add", "The add itself as an open message", () => ({ seq: 2 })),
    ...opened("open-twice", "An open message twice", () => ({}), 2),
    ...opened("awaits-stranger", "An open message that awaits one who is not in the history", () => ({ awaited: [nobody] })),
    ...opened("awaits-sender", "An open message that awaits its sender", (group) => ({ awaited: [group.member("alice")] })),
    ...changed("awaits-its-sender", "An open message of Bob's that awaits Bob", (right, group) => ({
      ...withSigner(right, group.member("bob"), { last: 1 }),
      open: [openOf(group, "bob", ["bob"])],
    })),
    ...opened("awaits-new-member", "An open message that awaits the new member", (group) => ({
      awaited: [memberId(group.id, "dave", group.member("alice"), 2)],
    })),
    ...changed("last-not-counted", "An attachment with a last number of Bob's that is not counted", (right, group) =>
      withSigner(right, group.member("bob"), { last: 2 }),
    ),
    ...changed("last-is-the-add", "An attachment in which the add is the last message of the adder before it", (right, group) =>
      withSigner(right, group.member("alice"), { last: 2 }),
    ),
    ...crafted(
      "of-a-forgery",
      clauses.attachment,
      "An attachment with a last number of Bob's that is not counted, in an add that somebody else has signed",
      (right, group) => Hex.encode(encodeWire(Attachment, withSigner(right, group.member("bob"), { last: 2 }))),
      (envelope, group) => group.sealed(itemsOf(envelope), "bob", identity),
    ),
    ...changed("other-identity", "An attachment with another identity key of a user whom the new member can contact", (right, group) =>
      withSigner(right, group.member("bob"), { signingKey: publicKeyOf("alice", identity) }),
    ),
    ...opened("open-after-itself", "An open message that comes after itself", (group) => ({
      before: { seq: 1, signingKey: publicKeyOf("alice", identity) },
      awaited: [group.member("bob")],
    })),
    ...changed("awaits-adder", "An open message that awaits the adder", (right, group) => ({
      ...withSigner(right, group.member("bob"), { last: 1 }),
      open: [openOf(group, "bob", ["alice"])],
    })),
    ...opened("awaits-twice", "An open message that awaits a member twice", (group) => ({
      awaited: [group.member("bob"), group.member("bob")],
    })),
  ]
}

/** What a welcome attaches, and what of it is refused. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-attachments", layer: "broadcast", flags: {} }, attachments)
