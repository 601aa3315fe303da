import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { memberId } from "../../../reference/simulation/network.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { encodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { Attachment, clauses, type Item } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as agreement, type ControlMessage, Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { type Author, aCase, type Case, caseFile, type Fork, fork, twins } from "../author.ts"
import { filled, first, flipped, hexOf } from "../people.ts"
import { BroadcastGroup, identity, itemsOf, type Posted, publicKeyOf } from "./broadcast-group.ts"
import { controlHex } from "./group.ts"
import { historyDigest } from "./history-digest.ts"

const abc = first(3)
const nobody = filled(0xee, 16)

/** What Bob gets: right, and with one fault. */
const forBob = (
  id: string,
  clause: Clause,
  title: string,
  play: (group: BroadcastGroup) => readonly [right: Posted, wrong: string],
  also: ReadonlyArray<Clause> = [],
): ReadonlyArray<Case> =>
  twins(
    `broadcast/${id}`,
    clause,
    title,
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc, ["dave"])
      const [right, wrong] = play(group)
      return group.fork(right, "bob", wrong)
    },
    also,
  )

const bare = (control: ControlMessage): Item => ({ control, signingKey: null, chain: null, directs: {} })

const withFirst = (items: ReadonlyArray<Item>, changes: Partial<Item>): ReadonlyArray<Item> => [
  { ...items[0]!, ...changes },
  ...items.slice(1),
]

/** An update of Alice's after another that Bob has, and one made from it. */
const secondUpdate = (wrong: (group: BroadcastGroup, posted: Posted) => string) => (group: BroadcastGroup) => {
  group.deliver(group.update("alice"), "bob")
  const posted = group.update("alice")
  return [posted, wrong(group, posted)] as const
}

const forgeries = (): ReadonlyArray<Case> => [
  ...forBob(
    "heals",
    clauses.signature,
    "An envelope signed under the key that the update before it has replaced",
    secondUpdate((group, { envelope }) => group.sealed(itemsOf(envelope), "alice", `signing/${group.member("alice")}/1`)),
    [clauses.heals],
  ),
  ...forBob(
    "identity-key-replaced",
    clauses.signature,
    "An envelope signed under the user's identity key after its first update",
    secondUpdate((group, { envelope }) => group.sealed(itemsOf(envelope), "alice", identity)),
    [clauses.heals],
  ),
  ...forBob(
    "new-key-too-early",
    clauses.signature,
    "An update signed under the key that it brings",
    secondUpdate((group, { envelope }) => group.sealed(itemsOf(envelope), "alice", `signing/${group.member("alice")}/3`)),
    [clauses.heals],
  ),
  ...forBob(
    "signed-by-another",
    clauses.signature,
    "An envelope of Alice signed by Carol",
    secondUpdate((group, { envelope }) => group.sealed(itemsOf(envelope), "carol", identity)),
  ),
  ...forBob(
    "signature-flipped",
    clauses.signature,
    "A bit of the signature flipped",
    secondUpdate((_, { envelope }) => flipped(envelope, -1)),
  ),
  ...forBob(
    "signature-zero",
    clauses.signature,
    "A signature of zeros",
    secondUpdate((_, { envelope }) => envelope.slice(0, -128) + filled(0, 64)),
  ),
  ...forBob(
    "swapped-signing-key",
    clauses.signature,
    "The signing key that an update brings exchanged on the way",
    secondUpdate((group, posted) => group.second(posted).slice(0, -128) + posted.envelope.slice(-128)),
  ),
  ...forBob(
    "direct-removed",
    clauses.signature,
    "A direct message for another taken out on the way",
    secondUpdate((group, posted) => {
      const without = group.resealed(posted, (items) => {
        const directs = Object.entries(items[0]!.directs).filter(([to]) => to !== group.member("carol"))
        return withFirst(items, { directs: Object.fromEntries(directs) })
      })
      return without.slice(0, -128) + posted.envelope.slice(-128)
    }),
  ),
  ...forBob("other-digest-before", clauses.signature, "An envelope that continues another message than the one before", (group) => {
    const update = group.update("alice")
    const next = group.update("alice")
    group.deliver(update, "bob")
    group.note(group.second(update))
    return [next, group.sealed(itemsOf(next.envelope), "alice", next.signedWith)]
  }),
  ...forBob(
    "acknowledges-another",
    clauses.signature,
    "An acknowledgement of another message than the one with that number",
    (group) => {
      const update = group.update("alice")
      group.deliver(update, "bob")
      const ack = group.answer(update, "carol")
      group.note(group.second(update))
      return [ack, group.sealed(itemsOf(ack.envelope), "carol", ack.signedWith)]
    },
    [clauses.split],
  ),
  ...forBob(
    "group",
    agreement.group,
    "An envelope for another group",
    secondUpdate((group, posted) => group.changed(posted, { group: nobody })),
  ),
  ...forBob("stranger", agreement["sender-member"], "An envelope of one who was never a member", (group) => {
    const control: ControlMessage = {
      type: "update",
      group: group.id,
      sender: memberId(group.id, "dave", null, 0),
      seq: 1,
      commitment: new Uint8Array(32),
    }
    const item = { control, signingKey: publicKeyOf("dave", "signing/dave"), chain: null, directs: {} }
    return [group.update("alice"), group.sealed([item], "dave", identity)]
  }),
  ...forBob("equivocation", clauses.equivocation, "A second update with the number of the first", (group) => {
    const update = group.update("alice")
    group.deliver(update, "bob")
    return [group.update("alice"), group.second(update)]
  }),
  ...forBob("repetition-forged", clauses.signature, "Another update with the number of the first, not signed by its sender", (group) => {
    const update = group.update("alice")
    group.deliver(update, "bob")
    return [group.update("alice"), flipped(group.second(update), -1)]
  }),
  ...forBob(
    "equivocation-in-an-open-acknowledgement",
    clauses.equivocation,
    "A second acknowledgement with the number of the first",
    (group) => {
      const [a, c] = [group.update("alice"), group.update("carol")]
      for (const one of [a, c]) group.deliver(one, "bob")
      const ack = group.answer(c, "alice")
      group.deliver(ack, "bob")
      const { control } = itemsOf(ack.envelope)[0]!
      // Bob's own message is acknowledged by nobody yet.
      const bobs = group.post("bob")
      group.author.claim(itemsOf(bobs.envelope).length === 2, "Bob acknowledges both")
      const update = group.update("bob")
      const other = bare({ ...control, ofSender: group.member("bob"), ofSeq: 4 } as ControlMessage)
      group.deliver(bobs, "alice")
      group.deliver(update, "alice")
      return [group.post("alice"), group.sealed([other], "alice", ack.signedWith)]
    },
  ),
]

const forms = (): ReadonlyArray<Case> => {
  /** Carol's acknowledgements of two updates of Alice's in one envelope, which Bob can take. */
  const twoAcks = (group: BroadcastGroup): Posted => {
    for (const update of [group.update("alice"), group.update("alice")]) for (const user of ["bob", "carol"]) group.deliver(update, user)
    return group.post("carol")
  }
  const fromTwoAcks = (
    id: string,
    clause: Clause,
    title: string,
    change: (items: ReadonlyArray<Item>, group: BroadcastGroup) => ReadonlyArray<Item>,
  ) =>
    forBob(id, clause, title, (group) => {
      const acks = twoAcks(group)
      return [acks, group.resealed(acks, (items) => change(items, group))]
    })
  const second = (changes: Readonly<Record<string, unknown>>) => (items: ReadonlyArray<Item>) => [
    items[0]!,
    bare({ ...items[1]!.control, ...changes } as ControlMessage),
  ]
  return [
    ...fromTwoAcks("two-senders", clauses["one-sender"], "Messages of two senders in one envelope", (items, group) =>
      second({ sender: group.member("alice") })(items),
    ),
    ...fromTwoAcks("two-groups", clauses["one-sender"], "Messages of two groups in one envelope", second({ group: nobody })),
    ...fromTwoAcks("number-left-out", clauses["one-sender"], "A number left out in an envelope", second({ seq: 4 })),
    ...fromTwoAcks("number-twice", clauses["one-sender"], "A number twice in an envelope", second({ seq: 2 })),
    ...fromTwoAcks("ack-with-key", clauses["signing-key"], "An acknowledgement that brings a signing key", (items) =>
      withFirst(items, { signingKey: publicKeyOf("carol", "signing/carol") }),
    ),
    ...forBob("update-without-key", clauses["signing-key"], "An update without a signing key", (group) => {
      const update = group.update("alice")
      return [update, group.resealed(update, (items) => withFirst(items, { signingKey: null }))]
    }),
    ...forBob("remove-without-key", clauses["signing-key"], "A remove without a signing key", (group) => {
      const removal = group.remove("alice", "carol")
      return [removal, group.resealed(removal, (items) => withFirst(items, { signingKey: null }))]
    }),
    ...forBob("add-with-key", clauses["signing-key"], "An add with a signing key", (group) => {
      const addition = group.add("alice", "dave")
      return [addition, group.resealed(addition, (items) => withFirst(items, { signingKey: publicKeyOf("alice", "signing/add") }))]
    }),
    ...forBob("add-with-another", clauses["add-alone"], "An add after an acknowledgement in one envelope", (group) => {
      const update = group.update("carol")
      group.deliver(update, "bob")
      group.deliver(update, "alice")
      group.queueAdd("alice", "dave")
      const [ack, add] = [group.post("alice"), group.post("alice")]
      return [ack, group.sealed([...itemsOf(ack.envelope), ...itemsOf(add.envelope)], "alice", ack.signedWith)]
    }),
    ...forBob("removed-acknowledges", clauses.acknowledges, "One who is removed acknowledges its removal", (group) => {
      const removal = group.remove("alice", "carol")
      group.deliver(removal, "bob")
      const sender = group.member("carol")
      const ack = bare({ type: "ack", group: group.id, sender, seq: 2, ofSender: group.member("alice"), ofSeq: 2 })
      return [group.update("carol"), group.sealed([ack], "carol", identity)]
    }),
    ...forBob("acknowledged-twice", clauses.acknowledges, "An update acknowledged a second time", (group) => {
      const update = group.update("alice")
      group.deliver(update, "bob")
      const ack = group.answer(update, "carol")
      group.deliver(ack, "bob")
      const next = group.update("carol")
      const { control } = itemsOf(ack.envelope)[0]!
      return [next, group.sealed([bare({ ...control, seq: 3 })], "carol", next.signedWith)]
    }),
    ...twins(
      "broadcast/acknowledged-again",
      clauses.acknowledges,
      "An update that others may still acknowledge, acknowledged a second time",
      (author) => {
        const group = BroadcastGroup.acquainted(author, [...abc, "dave"])
        const update = group.update("alice")
        group.deliver(update, "bob")
        const ack = group.answer(update, "carol")
        group.deliver(ack, "bob")
        const next = group.update("carol")
        const { control } = itemsOf(ack.envelope)[0]!
        return group.fork(next, "bob", group.sealed([bare({ ...control, seq: 3 })], "carol", next.signedWith))
      },
    ),
  ]
}

/** Alice adds Dave with this attachment to the group of her and Bob, in a welcome made by hand. */
const craftedAddition = (group: BroadcastGroup, attachment: string, bobsCount = 1): string => {
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
  }
  const welcome = encodeWire(Welcome, {
    changes,
    known: {},
    seen: { [alice]: 2, [bob]: bobsCount },
    ratchet: bytesOf(filled(7, 32)),
    attachment: bytesOf(attachment),
  })
  author.accepts("channel.open", { on: "alice", group: id, me: alice, peer: dave, peerUser: "dave" })
  const { message } = author.accepts("channel.send", { on: "alice", payload: Hex.encode(welcome), outer: controlHex(control) })
  const item: Item = { control, signingKey: null, chain: null, directs: { [dave]: bytesOf(message) } }
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
        [alice]: { signingKey: publicKeyOf("alice", `signing/${alice}/1`), digest: group.digest(alice, 1) },
        [bob]: { signingKey: publicKeyOf("bob", identity), digest: group.digest(bob, 1) },
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
      const open = { sender, seq: 1, digest: group.digest(sender, 1), awaited: [group.member("bob")], ...change(group) }
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

/** What Alice says of Bob to Dave, whom she adds. */
interface Said {
  readonly signingKey: Uint8Array
  readonly digest: Uint8Array
  readonly count: number
}

const confirmations = (): ReadonlyArray<Case> => {
  /** Alice says something of Bob, and Bob answers her addition; gives his answer. */
  const addedWith = (group: BroadcastGroup, say: (truth: Said) => Said): Posted => {
    group.introduce("alice", "dave")
    const [alice, bob] = [group.member("alice"), group.member("bob")]
    const { count, ...ofBob } = say({ signingKey: publicKeyOf("bob", identity), digest: group.digest(bob, 1), count: 1 })
    const signers = { [alice]: { signingKey: publicKeyOf("alice", `signing/${alice}/1`), digest: group.digest(alice, 1) }, [bob]: ofBob }
    const envelope = craftedAddition(group, Hex.encode(encodeWire(Attachment, { signers, open: [] })), count)
    group.note(envelope)
    group.members.set("dave", memberId(group.id, "dave", alice, 2))
    for (const user of ["bob", "dave"]) group.author.accepts("broadcast.receive", { on: user, envelope })
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

const digests = (): ReadonlyArray<Case> => {
  const alice = filled(0xa1, 16)
  const bob = filled(0xb0, 16)
  const head = { group: filled(0x11, 16), sender: alice, seq: 2 }
  const item = {
    control: { type: "ack", ...head, ofSender: bob, ofSeq: 1 },
    signingKey: null,
    chain: null,
    directs: { [bob]: hexOf("direct") },
  }
  return [
    aCase("broadcast/digest", { title: "The digest of a message", clauses: [clauses.signature] }, (author) => {
      const { bytes } = author.accepts("encoding.encode", { type: "item", value: item })
      const params = { previous: filled(1, 32), acknowledged: filled(2, 32), item: bytes }
      const digest = author.accepts("broadcast.digest", params)
      const others = [{ previous: filled(3, 32) }, { acknowledged: null }].map((one) =>
        author.accepts("broadcast.digest", { ...params, ...one }),
      )
      author.claim(new Set([digest, ...others].map((one) => one.digest)).size === 3, "each input counts")
    }),
  ]
}

/** What is refused, and its twin that is accepted. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-refusals", layer: "broadcast", flags: {} }, () => [
  ...digests(),
  ...forgeries(),
  ...forms(),
  ...attachments(),
  ...confirmations(),
])
