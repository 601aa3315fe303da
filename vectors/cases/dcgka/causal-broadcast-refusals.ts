import { bytesOf } from "../../../reference/conventions.ts"
import { memberId } from "../../../reference/simulation/network.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses, type Item } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as agreement, type ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile, twins } from "../author.ts"
import { filled, first, flipped, hexOf } from "../people.ts"
import { BroadcastGroup, type EnvelopeInTransit, identity, itemsOf, publicKeyOf, withFirst } from "./broadcast-group.ts"

const abc = first(3)
const nobody = filled(0xee, 16)

/** What Bob gets: right, and with one fault. */
const forBob = (
  id: string,
  clause: Clause,
  title: string,
  play: (group: BroadcastGroup) => readonly [right: EnvelopeInTransit, wrong: string],
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

const bare = (control: ControlMessage): Item => ({ control, signingKey: null, cut: null, chain: null, directs: {} })

/** An update of Alice's after another that Bob has, and one made from it. */
const secondUpdate = (wrong: (group: BroadcastGroup, posted: EnvelopeInTransit) => string) => (group: BroadcastGroup) => {
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
    const item = { control, signingKey: publicKeyOf("dave", "signing/dave"), cut: new Uint8Array(32), chain: null, directs: {} }
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
  const twoAcks = (group: BroadcastGroup): EnvelopeInTransit => {
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
    ...forBob("update-without-cut", clauses.cut, "An update that states no cut", (group) => {
      const update = group.update("alice")
      return [update, group.resealed(update, (items) => withFirst(items, { cut: null }))]
    }),
    ...forBob("add-without-cut", clauses.cut, "An add that states no cut", (group) => {
      const addition = group.add("alice", "dave")
      return [addition, group.resealed(addition, (items) => withFirst(items, { cut: null }))]
    }),
    ...fromTwoAcks("ack-with-cut", clauses.cut, "An acknowledgement that states a cut", (items) =>
      withFirst(items, { cut: bytesOf(filled(9, 32)) }),
    ),
    ...forBob("update-other-cut", clauses.cut, "An update that states another cut than its sender has", (group) => {
      const update = group.update("alice")
      return [update, group.resealed(update, (items) => withFirst(items, { cut: bytesOf(filled(9, 32)) }))]
    }),
    ...forBob("remove-other-cut", clauses.cut, "A removal that states another cut than its sender has", (group) => {
      const removal = group.remove("alice", "carol")
      return [removal, group.resealed(removal, (items) => withFirst(items, { cut: bytesOf(filled(9, 32)) }))]
    }),
    ...forBob("add-other-cut", clauses.cut, "An add that states another cut than its sender has", (group) => {
      const addition = group.add("alice", "dave")
      return [addition, group.resealed(addition, (items) => withFirst(items, { cut: bytesOf(filled(9, 32)) }))]
    }),
    ...forBob(
      "cut-before-acknowledging",
      clauses.cut,
      "An update that states the cut of before what its sender has acknowledged",
      (group) => {
        const old = group.update("alice")
        group.deliver(old, "bob")
        const update = group.update("carol")
        for (const user of ["alice", "bob"]) group.deliver(update, user)
        group.deliver(group.post("alice"), "bob")
        const next = group.update("alice")
        const { cut } = itemsOf(old.envelope)[0]!
        return [next, group.resealed(next, (items) => withFirst(items, { cut }))]
      },
    ),
    ...forBob(
      "cut-of-one-behind",
      clauses.cut,
      "An update of one who has not had another's yet, and one that states that it has",
      (group) => {
        group.deliver(group.update("carol"), "bob")
        const update = group.update("alice")
        const ahead = group.update("carol")
        const { cut } = itemsOf(ahead.envelope)[0]!
        return [update, group.resealed(update, (items) => withFirst(items, { cut }))]
      },
    ),
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

const digests = (): ReadonlyArray<Case> => {
  const alice = filled(0xa1, 16)
  const bob = filled(0xb0, 16)
  const head = { group: filled(0x11, 16), sender: alice, seq: 2 }
  const item = {
    control: { type: "ack", ...head, ofSender: bob, ofSeq: 1 },
    signingKey: null,
    cut: null,
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
])
