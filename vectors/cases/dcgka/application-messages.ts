import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { type Cbor, decodeCbor, encodeCbor } from "../../../spec/conventions/cbor.ts"
import { clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import {
  clauses,
  maximumAhead,
  maximumChains,
  maximumComplete,
  maximumPayload,
  maximumSkipped,
  rememberedMessages,
} from "../../../spec/dcgka/application-messages.ts"
import { aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, flipped, hexOf, repeated } from "../people.ts"
import { ended } from "./application-messages-ended.ts"
import { kept } from "./application-messages-kept.ts"
import {
  alice,
  aliceWith,
  begins,
  bob,
  bobWith,
  ends,
  group,
  ignored,
  lacking,
  leaps,
  messageOf,
  messagesOf,
  opens,
  publicKey,
  seals,
  secretOf,
  seed,
  signingKeys,
  statementOf,
  type Variation,
} from "./chains.ts"

const opening = (message: string, wrong: string) => fork("application.open", { on: "bob", seen: 9, message }, { message: wrong })

const openings = (): ReadonlyArray<Case> => [
  aCase(
    "application-messages/sealed",
    {
      title: "Two messages of a chain, and one of the next chain",
      clauses: [clauses["chain-of-secret"], clauses["key-used-once"], clauses.guard, clauses.commitment],
    },
    (author) => {
      aliceWith(author)
      bobWith(author, 1, 4)
      const draw = (seq: number, index: number) =>
        author.accepts("primitives.draw", { seed: seed.alice, label: `application/${group}/${alice}/${seq}/${index}`, length: 8 }).bytes
      const first = seals(author, "one")
      const second = seals(author, "")
      const claimed = [messageOf(1, 0, { text: "one", guard: draw(1, 0) }), messageOf(1, 1, { text: "", guard: draw(1, 1) })]
      author.claim([first.message, second.message].join() === claimed.join(), "messages are sealed and signed as the chapter says")
      author.claim(JSON.stringify(second.chain) === JSON.stringify(statementOf(claimed)), "the digest is over both")
      opens(author, first.message, 1, 0, "one")
      opens(author, second.message, 1, 1, "")
      author.accepts("application.begin-own", { on: "alice", seq: 4, updateSecret: secretOf(4) })
      const third = seals(author, "three")
      author.claim(third.chain.length === 1, "the length is that of the new chain")
      opens(author, third.message, 4, 0, "three")
    },
  ),
  aCase(
    "application-messages/guarded",
    { title: "Two copies of one state seal with different nonces under one key", clauses: [clauses.guard] },
    (author) => {
      aliceWith(author)
      author.accepts("application.start", { on: "copy", group, me: alice, seed: repeated("a restored copy") })
      author.accepts("application.begin-own", { on: "copy", seq: 1, updateSecret: secretOf(1) })
      bobWith(author, 1)
      const [one, other] = [seals(author, "one"), seals(author, "one", "copy")]
      author.claim(one.message !== other.message, "the messages are not the same")
      opens(author, one.message, 1, 0, "one")
      author.refuses(clauses.equivocation, "application.open", { on: "bob", seen: 9, message: other.message })
    },
  ),
  ...kept(),
  aCase(
    "application-messages/out-of-order",
    { title: "The messages of two chains in another order", clauses: [clauses["out-of-order"], clauses["key-used-once"]] },
    (author) => {
      bobWith(author, 1, 2)
      const [first, second] = [messagesOf(1, 5), messagesOf(2, 2)]
      for (const index of [3, 0]) opens(author, first[index]!, 1, index)
      opens(author, second[1]!, 2, 1)
      for (const index of [4, 2]) opens(author, first[index]!, 1, index)
      opens(author, second[0]!, 2, 0)
      opens(author, first[1]!, 1, 1)
    },
  ),
  aCase(
    "application-messages/once",
    { title: "Messages that come again, in order and out of order, are ignored", clauses: [clauses["key-used-once"]] },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, rememberedMessages + 2)
      opens(author, messages[0]!, 1, 0)
      ignored(author, messages[0]!)
      opens(author, messages[2]!, 1, 2)
      opens(author, messages[1]!, 1, 1)
      for (const message of messages.slice(0, 3)) ignored(author, message)
      for (const [index, message] of messages.entries()) if (index > 2) opens(author, message, 1, index)
      for (const message of messages) ignored(author, message)
      // Its digest is kept no more.
      ignored(author, messageOf(1, 0, { text: "another" }))
    },
  ),
  aCase(
    "application-messages/own",
    { title: "Our own message, come back to us, is ignored", clauses: [clauses["key-used-once"]] },
    (author) => {
      aliceWith(author)
      author.ignores("application.open", { on: "alice", seen: 1, message: seals(author, "one").message })
    },
  ),
  aCase(
    "application-messages/before-its-chain",
    { title: "A message waits for the control message that begins its chain", clauses: [clauses["chain-of-secret"]] },
    (author) => {
      bobWith(author, 1)
      const message = messageOf(4, 0)
      author.waits({ message: { sender: alice, seq: 4 } }, "application.open", { on: "bob", seen: 3, message })
      begins(author, 4)
      opens(author, message, 4, 0)
    },
  ),
  aCase(
    "application-messages/keys-forgotten",
    {
      title:
        "Without keys, what was opened is still ignored, of a chain that is complete, too, and nothing is sealed; the group is looked at before the sender",
      clauses: [clauses["key-used-once"]],
    },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, 3)
      opens(author, messages[1]!, 1, 1)
      begins(author, 4)
      opens(author, messageOf(4, 0), 4, 0)
      ends(author, 5, statementOf(messagesOf(4, 1)))
      author.accepts("application.forget-keys", { on: "bob" })
      ignored(author, messageOf(4, 0))
      ignored(author, messages[1]!)
      author.refuses(clauses.signature, "application.open", { on: "bob", seen: 9, message: messages[0]! })
      aliceWith(author)
      const elsewhere = messageOf(1, 0, { inGroup: filled(0x98, 16) })
      author.ignores("application.open", { on: "alice", seen: 9, message: messages[0]! })
      author.refuses(clauses.group, "application.open", { on: "alice", seen: 9, message: elsewhere })
      author.accepts("application.forget-keys", { on: "alice" })
      author.refuses(clauses["no-secret"], "application.seal", { on: "alice", signingSecretKey: signingKeys.alice, payload: "00" })
    },
  ),
]

const last = maximumAhead + 1

const bounded = (): ReadonlyArray<Case> => [
  aCase(
    "application-messages/skipped",
    {
      title: "Of the keys skipped in all chains of a member 1,024 are kept; the first go first, and are lost",
      clauses: [clauses.skipped, clauses.lost, clauses["out-of-order"]],
    },
    (author) => {
      bobWith(author, 1, 2)
      leaps(author, 1, maximumAhead, maximumAhead + last)
      leaps(author, 2, maximumAhead, maximumAhead + last)
      const message = messageOf(2, maximumAhead + last + 3)
      opens(author, message, 2, maximumAhead + last + 3, undefined, { lost: [{ seq: 1, count: 2 }] })
      for (const index of [0, 1]) ignored(author, messageOf(1, index))
      leaps(author, 1, 2, maximumAhead + last - 1)
      leaps(author, 2, 0, maximumAhead + last + 1, maximumAhead + last + 2)
      author.claim(4 * maximumAhead === maximumSkipped, "four leaps skip as many as are kept")
    },
  ),
  aCase(
    "application-messages/lost",
    {
      title: "The 65th ended chain of which messages are to come takes the place of the first, whose messages are lost",
      clauses: [clauses.ended, clauses.lost],
    },
    (author) => {
      bobWith(author, 1)
      leaps(author, 1, 1)
      for (let seq = 2; seq <= maximumChains; seq++) {
        ends(author, seq, statementOf(messagesOf(seq - 1, 4)), lacking(seq - 1, seq === 2 ? 3 : 4))
        author.claim(begins(author, seq).lost.length === 0, "nothing is lost yet")
      }
      // Complete ones do not count.
      for (const index of [0, 1, 2, 3]) leaps(author, 2, index)
      ends(author, maximumChains + 1, statementOf(messagesOf(maximumChains, 4)), lacking(maximumChains, 4))
      begins(author, maximumChains + 1)
      opens(author, messageOf(1, 0), 1, 0)
      ends(author, maximumChains + 2, statementOf(messagesOf(maximumChains + 1, 4)), lacking(maximumChains + 1, 4))
      const { lost } = begins(author, maximumChains + 2)
      author.claim(JSON.stringify(lost) === JSON.stringify([{ seq: 1, count: 2 }]), "two messages of chain 1 are lost")
      author.refuses(clauses.chain, "application.open", { on: "bob", seen: 99, message: messageOf(1, 2) })
      leaps(author, 3, 0)
    },
  ),
  aCase(
    "application-messages/complete",
    { title: "Of 64 complete chains is remembered that they are complete", clauses: [clauses.ended] },
    (author) => {
      bobWith(author)
      for (let seq = 1; seq <= maximumComplete + 1; seq++) {
        begins(author, seq)
        opens(author, messageOf(seq, 0), seq, 0)
        ends(author, seq + 1, statementOf(messagesOf(seq, 1)))
      }
      ignored(author, messageOf(2, 0))
      author.refuses(clauses.chain, "application.open", { on: "bob", seen: 99, message: messageOf(1, 0) })
    },
  ),
]

/** A check on what Bob, who has Alice's chain 1, opens: message 0, and a message with one fault. */
const faulty = (id: string, clause: Parameters<typeof twins>[1], title: string, wrong: Variation, also: Parameters<typeof twins>[4] = []) =>
  twins(
    `application-messages/${id}`,
    clause,
    title,
    (author) => {
      bobWith(author, 1)
      return opening(messageOf(1, 0), messageOf(1, 0, wrong))
    },
    also,
  )

const checks = (): ReadonlyArray<Case> => [
  ...twins("application-messages/no-secret", clauses["no-secret"], "Sealing before there is an update secret", (author) => {
    aliceWith(author)
    author.accepts("application.start", { on: "bob", group, me: bob, seed: seed.bob })
    return fork("application.seal", { on: "alice", signingSecretKey: signingKeys.alice, payload: hexOf("hello") }, { on: "bob" })
  }),
  ...faulty("group", clauses.group, "A message of the same member in another group", { inGroup: filled(0x98, 16) }),
  ...twins("application-messages/no-chain", clauses.chain, "A message of a chain that we were not given", (author) => {
    bobWith(author, 1)
    return opening(messageOf(1, 0), messageOf(2, 0))
  }),
  ...twins("application-messages/ahead", clauses.ahead, "A message 257 ahead", (author) => {
    bobWith(author, 1)
    return opening(messageOf(1, maximumAhead), messageOf(1, maximumAhead + 1))
  }),
  ...faulty("forged", clauses.signature, "A message that another member sealed in Alice's chain", { signedBy: signingKeys.bob }),
  ...twins("application-messages/guard-changed", clauses.signature, "A message with another guard than was signed", (author) => {
    bobWith(author, 1)
    const message = messageOf(1, 0)
    return opening(message, message.replace(filled(0, 8), filled(1, 8)))
  }),
  ...twins("application-messages/signature", clauses.signature, "A message whose signature is changed", (author) => {
    bobWith(author, 1)
    const message = messageOf(1, 0)
    return opening(message, flipped(message, -1))
  }),
  ...faulty(
    "commitment",
    clauses.signature,
    "A ciphertext for two keys, signed for the members who have the other one",
    { committedTo: secretOf(2) },
    [clauses.commitment],
  ),
  ...twins("application-messages/old-signing-key", clauses.signature, "A chain begun with another signing key", (author) => {
    bobWith(author, 1)
    begins(author, 4, signingKeys.bob)
    return opening(messageOf(4, 0, { signedBy: signingKeys.bob }), messageOf(4, 0))
  }),
  ...twins("application-messages/ahead-and-forged", clauses.signature, "A forged message 257 ahead", (author) => {
    bobWith(author, 1)
    return opening(messageOf(1, maximumAhead), messageOf(1, maximumAhead + 1, { signedBy: signingKeys.bob }))
  }),
  ...twins("application-messages/used-and-forged", clauses.signature, "A forged message with the number of one opened", (author) => {
    bobWith(author, 1)
    opens(author, messageOf(1, 0), 1, 0)
    return opening(messageOf(1, 1), messageOf(1, 0, { signedBy: signingKeys.bob }))
  }),
  ...twins(
    "application-messages/closed",
    clauses.closed,
    "A thief of Alice's state writes on in her chain after her next message",
    (author) => {
      bobWith(author, 1)
      ends(author, 2, statementOf(messagesOf(1, 2)), lacking(1, 2))
      begins(author, 2)
      return opening(messageOf(1, 1), messageOf(1, 2))
    },
  ),
  ...twins("application-messages/closed-and-complete", clauses.closed, "A thief writes on in a chain that is complete", (author) => {
    bobWith(author, 1)
    leaps(author, 1, 0, 1)
    ends(author, 2, statementOf(messagesOf(1, 2)))
    begins(author, 2)
    return opening(messageOf(2, 0), messageOf(1, 2))
  }),
  ...twins("application-messages/equivocation", clauses.equivocation, "A second message with the number of one opened", (author) => {
    bobWith(author, 1)
    leaps(author, 1, 0)
    return opening(messageOf(1, 1), messageOf(1, 0, { text: "something else" }))
  }),
  ...twins(
    "application-messages/equivocation-beyond-a-gap",
    clauses.equivocation,
    "A second message with the number of one opened before those before it",
    (author) => {
      bobWith(author, 1)
      leaps(author, 1, 3)
      return opening(messageOf(1, 1), messageOf(1, 3, { text: "something else" }))
    },
  ),
  ...twins("application-messages/own-secret-length", suite.length, "Our update secret a byte too short", (author) => {
    author.accepts("application.start", { on: "alice", group, me: alice, seed: seed.alice })
    return fork("application.begin-own", { on: "alice", seq: 1, updateSecret: secretOf(1) }, { updateSecret: secretOf(1).slice(2) })
  }),
  ...twins("application-messages/other-secret-length", suite.length, "An update secret of another a byte too long", (author) => {
    author.accepts("application.start", { on: "bob", group, me: bob, seed: seed.bob })
    const signingKey = publicKey(author, signingKeys.alice)
    const right = { on: "bob", member: alice, seq: 1, updateSecret: secretOf(1), signingKey }
    return fork("application.begin-other", right, { updateSecret: `${secretOf(1)}00` })
  }),
  ...faulty("opens", clauses.opens, "A ciphertext that nobody sealed", { ciphertext: new Uint8Array(40) }),
  ...twins("application-messages/opens-ahead", clauses.opens, "256 ahead, a ciphertext that nobody sealed", (author) => {
    bobWith(author, 1)
    return opening(messageOf(1, maximumAhead), messageOf(1, maximumAhead, { ciphertext: new Uint8Array(40) }))
  }),
]

/** Application messages, on chains of given update secrets. */
export default caseFile({ part: "dcgka", chapter: "application-messages", layer: "application", flags: {} }, () => [
  ...openings(),
  ...ended(),
  ...bounded(),
  ...checks(),
])

/** What is too long for most readers. */
export const limits = caseFile({ part: "dcgka", chapter: "application-messages-limits", layer: "application", flags: {} }, () => [
  ...twins("application-messages/payload-length", clauses["payload-length"], "A payload of 1,047,553 bytes", (author) => {
    aliceWith(author)
    const right = { on: "alice", signingSecretKey: signingKeys.alice, payload: "" }
    return fork("application.seal", right, { payload: "00".repeat(maximumPayload + 1) })
  }),
  aCase(
    "application-messages/ciphertext-length",
    {
      title: "A message with the longest ciphertext waits for the beginning of its chain, and one that is a byte longer is none",
      clauses: [encoding.shape, clauses["payload-length"]],
    },
    (author) => {
      bobWith(author)
      const fields = decodeCbor(bytesOf(messageOf(4, 0))) as ReadonlyArray<Cbor>
      const message = (length: number) => {
        const bytes = encodeCbor(fields.with(-2, new Uint8Array(length)))
        return { on: "bob", seen: 3, message: Hex.encode(bytes) }
      }
      author.waits({ message: { sender: alice, seq: 4 } }, "application.open", message(maximumPayload + 16))
      author.refuses(encoding.shape, "application.open", message(maximumPayload + 17))
    },
  ),
])
