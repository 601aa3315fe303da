import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { Attachment, clauses } from "../../../spec/dcgka/causal-broadcast.ts"
import { Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, meet } from "../people.ts"
import { BroadcastGroup, type EnvelopeInTransit, identity, itemsOf, kindsOf, publicKeyOf, withFirst } from "./broadcast-group.ts"
import { cutOf } from "./history-digest.ts"
import { controlHex, lastSealed } from "./key-agreement-group.ts"

/** What Alice says of Bob to Dave, whom she adds. */
interface Said {
  readonly signingKey: Uint8Array
  readonly digest: Uint8Array
  readonly last: number
  readonly count: number
  readonly known: Welcome["known"][string] | undefined
  readonly open: Attachment["open"]
}

type Say = (truth: Said, group: BroadcastGroup) => Said

/** Alice adds Dave, and says something of Bob in the welcome. Gives the add, with the truth and with what she says. */
export const additionWith = (
  group: BroadcastGroup,
  say: (truth: Said) => Said,
): { readonly told: string; readonly truth: EnvelopeInTransit } => {
  const { author } = group
  group.introduce("alice", "dave")
  group.queueAdd("alice", "dave")
  const welcome = Result.getOrThrow(decodeWire(Welcome, bytesOf(lastSealed(author))))
  const truth = group.post("alice")
  const [alice, bob, dave] = [group.member("alice"), group.member("bob"), group.member("dave")]
  const { signers, open } = Result.getOrThrow(decodeWire(Attachment, welcome.attachment))
  const { [bob]: knownToBob, ...known } = welcome.known
  const said = say({ ...signers[bob]!, count: welcome.seen[bob]!, known: knownToBob, open })
  const { count, known: ofBob, open: told, ...signer } = said
  const lie = encodeWire(Welcome, {
    ...welcome,
    known: ofBob === undefined ? known : { ...known, [bob]: ofBob },
    seen: { ...welcome.seen, [bob]: count },
    attachment: encodeWire(Attachment, { signers: { ...signers, [bob]: signer }, open: told }),
  })
  author.accepts("channel.open", { on: "alice", group: group.id, me: alice, peer: dave, peerUser: "dave" })
  const outer = controlHex(itemsOf(truth.envelope)[0]!.control)
  const { message } = author.accepts("channel.send", { on: "alice", payload: Hex.encode(lie), outer })
  return { told: group.resealed(truth, (items) => withFirst(items, { directs: { [dave]: bytesOf(message) } })), truth }
}

/** What a new member compares with the cut in its add. */
const cuts = (): ReadonlyArray<Case> => {
  /** Bob's update has been acknowledged by all when Alice adds Dave and says something else of it. */
  const lied = (id: string, title: string, say: Say) =>
    twins(`broadcast/welcome-${id}`, clauses.cut, title, (author) => {
      const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
      group.settle(group.update("bob"), ["alice", "bob"])
      const { told, truth } = additionWith(group, (said) => say(said, group))
      return fork("broadcast.receive", { on: "dave", envelope: truth.envelope }, { envelope: told })
    })
  return [
    ...lied("other-key", "A welcome with another signing key of Bob's than all others have", (truth) => ({
      ...truth,
      signingKey: publicKeyOf("alice", identity),
    })),
    ...lied("other-last", "A welcome with a lower last number of Bob's than all others have", (truth) => ({
      ...truth,
      last: truth.last - 1,
    })),
    ...lied(
      "update-not-counted",
      "A welcome that has Bob as he was before his update, which the adder has acknowledged",
      (truth, group) => ({
        ...truth,
        signingKey: publicKeyOf("bob", identity),
        digest: group.digest(group.member("bob"), 1),
        last: 0,
        count: 1,
      }),
    ),
    aCase("broadcast/cut", { title: "The cut that an add states, computed as the chapter says", clauses: [clauses.cut] }, (author) => {
      const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
      group.settle(group.update("bob"), ["alice", "bob"])
      const [alice, bob] = [group.member("alice"), group.member("bob")]
      const { group: _, ...created } = group.creation
      const creation = { change: { type: "welcome-create", sender: alice, seq: 1, ...created }, unknown: [] } as const
      const ends = [
        { member: alice, seq: 1, signingKey: publicKeyOf("alice", `signing/${alice}/1`) },
        { member: bob, seq: 2, signingKey: publicKeyOf("bob", `signing/${bob}/2`) },
      ]
      const { cut } = itemsOf(group.add("alice", "dave").envelope)[0]!
      author.claim(cut !== null && Hex.encode(cut) === Hex.encode(cutOf(group.id, [creation], ends)), "the cut is as the chapter says")
    }),
  ]
}

const confirmations = (): ReadonlyArray<Case> => {
  /** Alice says something of Bob, and Bob answers her addition; gives his answer. */
  const addedWith = (group: BroadcastGroup, say: Say): EnvelopeInTransit => {
    const { told } = additionWith(group, (truth) => say(truth, group))
    group.note(told)
    for (const user of ["bob", "dave"]) group.author.accepts("broadcast.receive", { on: user, envelope: told })
    return group.post("bob")
  }
  const settled = (author: Author) => BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
  /** A group in which Dave has no bundle of Bob's, and so does not know his identity. */
  const distant = (author: Author) => {
    const group = new BroadcastGroup(author, ["alice", "bob", "dave"])
    group.introduce("alice", "bob")
    group.introduce("alice", "dave")
    meet(author, "bob", "dave")
    group.settle(group.create(["alice", "bob"]), ["alice", "bob"])
    return group
  }
  const lied = (id: string, title: string, say: Say, groupOf = settled, clause: Clause = clauses.confirmation) =>
    aCase(`broadcast/welcome-lies-about-${id}`, { title, clauses: [clause] }, (author) => {
      const group = groupOf(author)
      const { envelope } = addedWith(group, say)
      if (groupOf === distant) meet(author, "dave", "bob")
      group.refuses(clause, envelope, "dave")
    })
  /** Alice has Bob's acknowledgement of Carol's update, and Dave is told something of it. */
  const acknowledging = (author: Author) => {
    const group = BroadcastGroup.acquainted(author, ["alice", "bob", "carol"], ["dave"])
    const update = group.update("carol")
    for (const user of ["alice", "bob"]) group.deliver(update, user)
    const acks = ["alice", "bob"].map((user) => group.post(user))
    group.deliver(acks[0]!, "bob")
    group.deliver(acks[1]!, "alice")
    return group
  }
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
        const ratchet = lastSealed(author).slice(0, 64)
        const [bob, dave] = [group.member("bob"), group.member("dave")]
        author.accepts("channel.open", { on: "bob", group: group.id, me: bob, peer: dave, peerUser: "dave" })
        const outer = controlHex(itemsOf(ack.envelope)[0]!.control)
        const { message } = author.accepts("channel.send", { on: "bob", payload: ratchet + filled(9, 32), outer })
        return group.fork(
          ack,
          "dave",
          group.resealed(ack, (items) => withFirst(items, { directs: { [dave]: bytesOf(message) } })),
        )
      },
    ),
    lied(
      "key",
      "The adder has told a new member another signing key of Bob's, whom it could not contact: his own add-ack shows it",
      (truth) => ({ ...truth, signingKey: publicKeyOf("alice", identity) }),
      distant,
    ),
    lied("digest", "The adder has told a new member another digest of Bob's last message", (truth) => ({
      ...truth,
      digest: bytesOf(filled(9, 32)),
    })),
    lied(
      "knowledge",
      "The adder has told a new member that Bob does not know of a removal, without which he acknowledges no addition",
      (truth) => ({ ...truth, known: { length: 1, unknown: [] } }),
      (author) => {
        const group = BroadcastGroup.acquainted(author, ["alice", "bob", "carol", "erin"], ["dave"])
        group.settle(group.remove("alice", "erin"), ["alice", "bob", "carol"])
        return group
      },
      clauses.unconfirmed,
    ),
    lied(
      "open-message",
      "The adder has told a new member that Bob has still to acknowledge an update, which he has acknowledged",
      (truth, group) => {
        const [bob, sender] = [group.member("bob"), group.member("carol")]
        const before = { seq: 0, signingKey: publicKeyOf("carol", identity) }
        return { ...truth, open: [{ sender, seq: 2, digest: group.digest(sender, 2), before, awaited: [bob] }] }
      },
      acknowledging,
    ),
    lied("count", "The adder has told a new member that Bob has sent more than he has", (truth) => ({ ...truth, count: 4294967295 })),
    aCase(
      "broadcast/confirmation-before-comparison",
      {
        title: "Bob's add-ack and an update in one envelope, which the welcome has counted: what the add-ack confirms is looked at first",
        clauses: [clauses.confirmation],
      },
      (author) => {
        const group = settled(author)
        const { told } = additionWith(group, (truth) => ({ ...truth, count: 4294967295 }))
        group.note(told)
        for (const user of ["bob", "dave"]) author.accepts("broadcast.receive", { on: user, envelope: told })
        group.queueUpdate("bob")
        const { envelope } = group.post("bob")
        author.claim(kindsOf(envelope) === "add-ack,update", "Bob has sent both in one envelope")
        group.refuses(clauses.confirmation, envelope, "dave")
      },
    ),
    aCase(
      "broadcast/added-otherwise",
      {
        title: "The adder has sent a new member another add than Bob, with the same welcome: Bob's add-ack shows it",
        clauses: [clauses.confirmation],
      },
      (author) => {
        const group = settled(author)
        const { told, truth } = additionWith(group, (said) => said)
        author.accepts("broadcast.receive", { on: "dave", envelope: told })
        group.refuses(clauses.confirmation, group.answer(truth, "bob").envelope, "dave")
      },
    ),
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

/** What is judged by the word of an adder. */
const unconfirmed = (): ReadonlyArray<Case> => {
  /** Alice adds Dave, who has heard nothing of Bob and Carol; then Dave gets something of Bob's, right and with a fault. */
  const fromBob = (id: string, title: string, play: (group: BroadcastGroup) => readonly [right: EnvelopeInTransit, wrong: string]) =>
    twins(`broadcast/unconfirmed-${id}`, clauses.unconfirmed, title, (author) => {
      const group = BroadcastGroup.acquainted(author, ["alice", "bob", "carol"], ["dave"])
      const addition = group.add("alice", "dave")
      group.deliver(addition, "dave")
      const [right, wrong] = play(group)
      return group.fork(right, "dave", wrong)
    })
  /** Carol has not acknowledged an update of Bob's when Alice adds Dave. */
  const behind = (author: Author, say: (truth: Said) => Said) => {
    const group = BroadcastGroup.acquainted(author, ["alice", "bob", "carol"], ["dave"])
    const update = group.update("bob")
    group.deliver(update, "alice")
    group.deliver(group.post("alice"), "bob")
    const { told } = additionWith(group, say)
    group.note(told)
    author.accepts("broadcast.receive", { on: "dave", envelope: told })
    group.deliver(update, "carol")
    return { group, ack: group.post("carol") }
  }
  /** Bob removes Alice, who has told Dave of acknowledgements that Bob has not sent. */
  const overstated = (author: Author) => {
    const group = BroadcastGroup.acquainted(author, ["alice", "bob", "carol"], ["dave"])
    const { told } = additionWith(group, (truth) => ({ ...truth, count: 4294967295 }))
    group.note(told)
    author.accepts("broadcast.receive", { on: "dave", envelope: told })
    return { group, told, removal: group.remove("bob", "alice") }
  }
  return [
    ...fromBob("signature", "An update of one who has not confirmed, signed under another key than the welcome has", (group) => {
      const update = group.update("bob")
      return [update, group.sealed(itemsOf(update.envelope), "alice", identity)]
    }),
    ...fromBob("cut", "An update of one who has not confirmed that states another cut than the welcome lets expect", (group) => {
      const update = group.update("bob")
      return [update, group.resealed(update, (items) => withFirst(items, { cut: bytesOf(filled(9, 32)) }))]
    }),
    ...fromBob("acknowledges", "One who has not confirmed acknowledges what by the welcome nobody may", (group) => {
      const update = group.update("bob")
      const control = {
        type: "ack",
        group: group.id,
        sender: group.member("bob"),
        seq: 2,
        ofSender: group.member("alice"),
        ofSeq: 1,
      } as const
      return [update, group.sealed([{ control, signingKey: null, cut: null, chain: null, directs: {} }], "bob", identity)]
    }),
    ...twins(
      "broadcast/unconfirmed-uncounted",
      clauses.unconfirmed,
      "The first envelope of one of whom the welcome counts nothing, signed by somebody else",
      (author) => {
        const group = new BroadcastGroup(author, ["alice", "bob", "carol", "dave"])
        group.acquaint(["alice", "bob", "carol", "dave"])
        const creation = group.create(["alice", "bob", "carol"])
        for (const user of ["bob", "carol"]) group.deliver(creation, user)
        group.deliver(group.post("bob"), "alice")
        group.deliver(group.add("alice", "dave"), "dave")
        const first = group.post("carol")
        return group.fork(first, "dave", group.sealed(itemsOf(first.envelope), "bob", identity))
      },
    ),
    aCase(
      "broadcast/welcome-counts-what-was-not-sent",
      {
        title: "The adder has counted acknowledgements that Bob has not sent: his removal of the adder, in the place of one, shows it",
        clauses: [clauses.unconfirmed],
      },
      (author) => {
        const { group, removal } = overstated(author)
        group.refuses(clauses.unconfirmed, removal.envelope, "dave")
      },
    ),
    aCase(
      "broadcast/welcome-lies-about-what-is-acknowledged",
      {
        title:
          "The adder has counted acknowledgements that Bob has not sent: Carol, who has confirmed, acknowledges what came in their place",
        clauses: [clauses.unconfirmed],
      },
      (author) => {
        const { group, removal, told } = overstated(author)
        author.accepts("broadcast.receive", { on: "carol", envelope: told })
        group.deliver(group.post("carol"), "dave")
        group.deliver(removal, "carol")
        group.refuses(clauses.unconfirmed, group.post("carol").envelope, "dave")
      },
    ),
    ...twins(
      "broadcast/unconfirmed-acknowledged",
      clauses.unconfirmed,
      "One who has confirmed acknowledges an update of one who has not, under another signature",
      (author) => {
        const group = BroadcastGroup.acquainted(author, ["alice", "bob", "carol"], ["dave"])
        const addition = group.add("alice", "dave")
        group.deliver(addition, "dave")
        group.deliver(group.answer(addition, "carol"), "dave")
        const update = group.update("bob")
        group.deliver(update, "dave")
        const ack = group.answer(update, "carol")
        return group.fork(ack, "dave", group.sealed(itemsOf(ack.envelope), "alice", identity))
      },
    ),
    ...twins(
      "broadcast/unconfirmed-added",
      clauses.unconfirmed,
      "One whom Bob, who has not confirmed, has added acknowledges in his place what is open, under another signature",
      (author) => {
        const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave", "erin"])
        const update = group.update("alice")
        group.deliver(group.add("alice", "dave"), "dave")
        const addition = group.add("bob", "erin")
        for (const user of ["dave", "erin"]) group.deliver(addition, user)
        group.deliver(group.post("erin"), "dave")
        const ack = group.answer(update, "erin")
        return group.fork(ack, "dave", group.sealed(itemsOf(ack.envelope), "bob", identity))
      },
    ),
    aCase(
      "broadcast/welcome-lies-about-what-is-open",
      { title: "The adder has told a new member that nothing is open: Carol's acknowledgement shows it", clauses: [clauses.unconfirmed] },
      (author) => {
        const { group, ack } = behind(author, (truth) => ({ ...truth, open: [] }))
        group.refuses(clauses.unconfirmed, ack.envelope, "dave")
      },
    ),
    aCase(
      "broadcast/unconfirmed-twins",
      {
        title: "Two updates with one number, of a former member that has not confirmed: whatever the welcome says, it equivocates",
        clauses: [clauses.unconfirmed, clauses.equivocation],
      },
      (author) => {
        const group = BroadcastGroup.acquainted(author, ["alice", "bob", "carol"], ["dave"])
        const update = group.update("carol")
        group.settle(group.remove("alice", "carol"), ["alice", "bob"])
        group.deliver(group.add("alice", "dave"), "dave")
        group.holds(update, "dave", { acknowledgement: { sender: group.member("carol"), seq: 2 } })
        group.refuses(clauses.equivocation, group.second(update), "dave")
      },
    ),
    aCase(
      "broadcast/confirmed-is-judged",
      { title: "One who has confirmed is judged by the rules as any other", clauses: [clauses.unconfirmed, clauses.signature] },
      (author) => {
        const group = BroadcastGroup.acquainted(author, ["alice", "bob"], ["dave"])
        const addition = group.add("alice", "dave")
        group.deliver(addition, "dave")
        group.deliver(group.answer(addition, "bob"), "dave")
        const update = group.update("bob")
        group.refuses(clauses.signature, group.sealed(itemsOf(update.envelope), "alice", identity), "dave")
        group.refuses(
          clauses.cut,
          group.resealed(update, (items) => withFirst(items, { cut: bytesOf(filled(9, 32)) })),
          "dave",
        )
        group.deliver(update, "dave")
      },
    ),
  ]
}

/** What is compared with a welcome: the cut in its add, what others confirm, and what comes from those who have not. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-welcomes", layer: "broadcast", flags: {} }, () => [
  ...cuts(),
  ...confirmations(),
  ...unconfirmed(),
])
