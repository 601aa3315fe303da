import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { memberId } from "../../../reference/simulation/network.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { decodeWire, encodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { Attachment, clauses, type Item } from "../../../spec/dcgka/causal-broadcast.ts"
import { type ControlMessage, Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { ChannelPlaintext } from "../../../spec/dcgka/two-party-messaging.ts"
import { type Author, aCase, type Case, caseFile, type Fork, fork, twins } from "../author.ts"
import { filled } from "../people.ts"
import { BroadcastGroup, identity, itemsOf, type Posted, publicKeyOf, withFirst } from "./broadcast-group.ts"
import { commitmentOfAdd, controlHex } from "./group.ts"
import { cutOf, historyDigest } from "./history-digest.ts"

const nobody = filled(0xee, 16)
const ratchet = bytesOf(filled(7, 32))

/** Alice adds Dave with this attachment to the group of her and Bob, in a welcome made by hand. */
const craftedAddition = (group: BroadcastGroup, attachment: string): string => {
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
    seen: { [alice]: 2, [bob]: 1 },
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
  const crafted = (id: string, clause: Clause, title: string, wrongOf: (right: Attached, group: BroadcastGroup) => string) =>
    twins(`broadcast/attachment-${id}`, clause, title, (author: Author): Fork<"broadcast.receive"> => {
      const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
      group.introduce("alice", "dave")
      const [alice, bob] = [group.member("alice"), group.member("bob")]
      const signers = {
        [alice]: { signingKey: publicKeyOf("alice", `signing/${alice}/1`), digest: group.digest(alice, 1), last: 1 },
        [bob]: { signingKey: publicKeyOf("bob", identity), digest: group.digest(bob, 1), last: 0 },
      }
      const right = { signers, open: [] }
      const wrong = craftedAddition(group, wrongOf(right, group))
      const envelope = craftedAddition(group, Hex.encode(encodeWire(Attachment, right)))
      return fork("broadcast.receive", { on: "dave", envelope }, { envelope: wrong })
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
    ...opened("open-of-stranger", "An open message of a stranger", () => ({ sender: nobody })),
    ...opened("open-of-future", "An open message that the welcome does not count", () => ({ seq: 3 })),
    ...opened("open-of-the-add", "The add itself as an open message", () => ({ seq: 2 })),
    ...opened("open-twice", "An open message twice", () => ({}), 2),
    ...opened("awaits-stranger", "An open message that awaits one who is not in the history", () => ({ awaited: [nobody] })),
    ...opened("awaits-sender", "An open message that awaits its sender", (group) => ({ awaited: [group.member("alice")] })),
    ...opened("awaits-new-member", "An open message that awaits the new member", (group) => ({
      awaited: [memberId(group.id, "dave", group.member("alice"), 2)],
    })),
    ...opened("awaits-twice", "An open message that awaits a member twice", (group) => ({
      awaited: [group.member("bob"), group.member("bob")],
    })),
  ]
}

/** The welcome that the last step has sealed, as the trace has it. */
const welcomeIn = (author: Author): Welcome => {
  const { expect } = author.steps.at(-1)!
  const traced = "trace" in expect ? expect.trace?.find(({ name }) => name === "channel.plaintext") : undefined
  if (traced === undefined) throw new Error("the last step has sealed nothing")
  const { payload } = Result.getOrThrow(decodeWire(ChannelPlaintext, bytesOf(traced.value)))
  return Result.getOrThrow(decodeWire(Welcome, payload))
}

/** What Alice says of Bob to Dave, whom she adds. */
interface Said {
  readonly signingKey: Uint8Array
  readonly digest: Uint8Array
  readonly count: number
}

const confirmations = (): ReadonlyArray<Case> => {
  /** Alice says something of Bob, and Bob answers her addition; gives his answer. */
  const addedWith = (group: BroadcastGroup, say: (truth: Said) => Said): Posted => {
    const { author } = group
    group.introduce("alice", "dave")
    group.queueAdd("alice", "dave")
    const welcome = welcomeIn(author)
    const posted = group.post("alice")
    const [alice, bob, dave] = [group.member("alice"), group.member("bob"), group.member("dave")]
    const { signers, open } = Result.getOrThrow(decodeWire(Attachment, welcome.attachment))
    const { count, ...ofBob } = say({ ...signers[bob]!, count: welcome.seen[bob]! })
    const attachment = encodeWire(Attachment, { signers: { ...signers, [bob]: ofBob }, open })
    const lie = encodeWire(Welcome, { ...welcome, seen: { ...welcome.seen, [bob]: count }, attachment })
    author.accepts("channel.open", { on: "alice", group: group.id, me: alice, peer: dave, peerUser: "dave" })
    const outer = controlHex(itemsOf(posted.envelope)[0]!.control)
    const { message } = author.accepts("channel.send", { on: "alice", payload: Hex.encode(lie), outer })
    const envelope = group.resealed(posted, (items) => withFirst(items, { directs: { [dave]: bytesOf(message) } }))
    group.note(envelope)
    for (const user of ["bob", "dave"]) author.accepts("broadcast.receive", { on: user, envelope })
    return group.post("bob")
  }
  const lied = (id: string, title: string, say: (truth: Said) => Said) =>
    aCase(`broadcast/welcome-lies-about-${id}`, { title, clauses: [clauses.confirmation] }, (author) => {
      const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
      group.refuses(clauses.confirmation, addedWith(group, say).envelope, "dave")
    })
  return [
    ...twins(
      "broadcast/confirmation",
      clauses.confirmation,
      "An add-ack that confirms something else than its sender's messages",
      (author) => {
        const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
        group.introduce("bob", "dave")
        const addition = group.add("alice", "dave")
        group.deliver(addition, "dave")
        const ack = group.answer(addition, "bob")
        const [bob, dave] = [group.member("bob"), group.member("dave")]
        author.accepts("channel.open", { on: "bob", group: group.id, me: bob, peer: dave, peerUser: "dave" })
        const outer = controlHex(itemsOf(ack.envelope)[0]!.control)
        const { message } = author.accepts("channel.send", { on: "bob", payload: filled(9, 64), outer })
        return group.fork(
          ack,
          "dave",
          group.resealed(ack, (items) => withFirst(items, { directs: { [dave]: bytesOf(message) } })),
        )
      },
    ),
    lied("key", "The adder has told a new member another signing key of Bob's: his own add-ack shows it", (truth) => ({
      ...truth,
      signingKey: publicKeyOf("alice", identity),
    })),
    lied("digest", "The adder has told a new member another digest of Bob's last message", (truth) => ({
      ...truth,
      digest: bytesOf(filled(9, 32)),
    })),
    lied("count", "The adder has told a new member that Bob has sent more than he has", (truth) => ({ ...truth, count: 4294967295 })),
    ...twins(
      "broadcast/confirmation-forged",
      clauses.signature,
      "A true add-ack of Bob's under another signature: nobody has lied",
      (author) => {
        const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
        const addition = group.add("alice", "dave")
        group.deliver(addition, "dave")
        const ack = group.answer(addition, "bob")
        return group.fork(ack, "dave", group.sealed(itemsOf(ack.envelope), "alice", identity))
      },
    ),
    aCase(
      "broadcast/confirmed-once",
      { title: "An add-ack that comes again after it was taken is a repetition", clauses: [clauses.confirmation] },
      (author) => {
        const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
        const addition = group.add("alice", "dave")
        group.deliver(addition, "dave")
        const ack = group.answer(addition, "bob")
        group.deliver(ack, "dave")
        author.ignores("broadcast.receive", { on: "dave", envelope: ack.envelope })
      },
    ),
  ]
}

/** What a welcome attaches, what others confirm of it, and what is refused of both. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-welcomes", layer: "broadcast", flags: {} }, () => [
  ...attachments(),
  ...confirmations(),
])
