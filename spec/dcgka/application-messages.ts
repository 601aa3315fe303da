/**
 * # Application messages
 *
 * Clauses and steps: `application-messages`. Layer, methods and cases: `application`.
 *
 * What people write to each other, encrypted under keys made from update secrets. (ePrint 2020/1281 section 7.6:
 * FS-AEAD.)
 *
 * Each update secret of a member starts a new **chain** of that member, named by the member and the number of the
 * control message that gave the secret. Message number `index` of a chain, counted from 0, has a key of its own, which
 * is deleted when it has been used. From a chain's state nothing can be computed about keys before it. The chain is
 * secret as long as the update secret is, and the next update secret makes a new one: forward secrecy within a chain,
 * and healing between chains.
 *
 * With `group` and `sender` as byte strings, a chain begins with the update secret as its state. Its commitment, and
 * one step of it, are
 *
 * ```text
 * commitment  = HKDF-Expand(update secret, CBOR([ "conclave/1 application commitment", group, sender, seq ]), 32)
 *
 * context     = [ group, sender, seq, index ]
 * key || next = HKDF-Expand(state, CBOR([ "conclave/1 application chain", ...context ]), 64)
 * ```
 *
 * where `...context` stands for the four elements, and `key` and `next` are 32 bytes each. An update secret is
 * uniformly random, and so is each state: neither needs HKDF-Extract.
 *
 * A message is sealed with ChaCha20-Poly1305 under the key, the associated data
 * `CBOR([ "conclave/1 application message", ...context ])`, and a nonce of 4 zero bytes and the 8 bytes of the
 * message's **guard**. The sender signs
 * `CBOR([ "conclave/1 application signature", ...context, commitment, guard, ciphertext ])`.
 *
 * The signature is by the sender's current signing key as of the control message that began the chain: the one that
 * this message brought, or that was current before it. It says which member wrote the message; the sealing alone would
 * show only that somebody in the group did.
 *
 * - **The guard** is drawn for each message. It is for one who goes on from an old copy of its state, by restoring a
 *   backup or by running two programs on one state: the same key seals two messages then. With another guard neither
 *   the keystream nor the authenticator is used twice. It does not make this right: two such messages have one number,
 *   and are an equivocation.
 * - **The commitment** is not sent. ChaCha20-Poly1305 does not commit to its key: one ciphertext can be made that opens
 *   to different texts under two keys. As a signature is valid for one update secret only, two members who take the
 *   same signature have the same key, and read the same text.
 *
 * ## The end of a chain
 *
 * A chain ends with the next control message of its sender. This message states how many messages the chain has, and a
 * digest over them (the field `chain` of the chapter "causal-broadcast"; null stands for none):
 *
 * ```text
 * digest of 0 messages     = 32 zero bytes
 * digest of i + 1 messages = SHA-256(CBOR([ "conclave/1 application digest", digest of i messages,
 *                                           SHA-256(message number i, as it was sent) ]))
 * ```
 *
 * The control message is signed under the key that the chain ends with. So who has stolen the state of a member writes
 * in its name until the member's next control message has arrived, and can then fill in only messages that the member
 * has sent itself and that have not come. Who has opened all messages of an ended chain compares the digests. When they
 * differ, or more messages were opened than the sender states, then somebody was told something else, or somebody else
 * has written with the member's keys. The chain *differs*.
 *
 * Who lacks messages of an ended chain cannot compare it. Messages may be on their way, or lost; or the sender may have
 * stated more than it has written, so that nobody ever compares what it has told to whom. An honest sender leaves out
 * no index. So how many messages have not come when a chain ends is a result: the chain is **uncompared**. If they
 * come, the chain is compared after all. If nobody has them, its sender may never have written them.
 *
 * Nobody acknowledges an acknowledgement. So a member that has written one text to some and another to others can end
 * the chain with two acknowledgements, and state to each what they have opened. Neither of the two differs then. It
 * shows with the member's next create, update, remove or add: this depends on the acknowledgement before it, and is
 * refused by those who have the other one (chapter "causal-broadcast"). Until then only notes show it.
 *
 * A control message with number `seq` ends the chain with number `seq - 1` at everybody, whether it begins a chain for
 * them or not: a member always writes in the chain of its last control message. To a receiver who was given no such
 * chain the statement means nothing.
 *
 * The chain of a removed member ends as others do, if the member sends a control message once more. Otherwise it does
 * not end. What the member wrote before it could know of its removal is for all who were members then. The chapter
 * "group-messaging" marks what it writes.
 *
 * ## Order and loss
 *
 * Application messages have no place in the order of control messages. They may be lost, and come in any order, within
 * bounds:
 *
 * - A message is at most 256 ahead of the **next** one, whose index is one more than the highest that was opened. This
 *   bounds what a message costs: beside one verification and one opening at most 257 steps of the chain, on a packet
 *   that the member has signed. That is less than ten times what a message costs that comes in order. When more than
 *   256 messages of a member in a row are lost, its next messages are refused until its next control message.
 * - The keys of messages skipped are kept, 1,024 of each member at most.
 * - Of each member the chain that has not ended is kept. An ended chain is kept as long as messages of it are to come,
 *   64 such chains of each member at most: more than a member begins in an hour of a busy group, and at most 150 kB.
 * - A message of a chain that is still to begin waits for the control message that begins it.
 *
 * What falls out of these bounds can never be opened any more. It is counted, and is a result: *lost*. This departs
 * from the paper, whose goal is that all members receive the same application messages in the end (CCS 2021
 * section 2). Here it holds as long as the network loses nothing and delays no message by more than these bounds.
 * Beyond them a member is told how many messages of whom it lacks, when their chain is given up. Who cannot accept this
 * has to have the packets sent again before.
 *
 * A key that is skipped stays until its message comes, until the chain ends with a length at or below its index, until
 * 1,024 later ones are skipped, or until its chain is the first of 66. A key is **used** when its index is below its
 * chain's and it is not among the skipped ones, or its chain is complete and has this index. A key that was deleted
 * before its message came counts as used.
 *
 * To tell a repetition from an equivocation, the digests of the last 32 messages (by index) that were opened are kept
 * of each chain. An older message that comes again is ignored without a comparison. The running digest goes over the
 * messages from 0 on that have been opened without a gap. When more than 32 messages beyond a gap have been opened
 * before the gap was filled, the digests of this chain cannot be compared: it is uncompared, with no messages to come.
 *
 * ## State
 *
 * | state | content |
 * | --- | --- |
 * | own | our chain; null before we have an update secret |
 * | chains | by member: its chains, oldest first |
 * | complete | by member: number and length of the last 64 chains of which no message is to come, without empty ones |
 *
 * Our chain has its number, the index of our next message, the state at that index, the commitment, and the digest of
 * our messages so far. A chain of another member has:
 *
 * - its number, the index of the next message, the state at that index, the commitment, and the signing key;
 * - the skipped keys, with their indexes;
 * - how many messages from 0 on have been opened without a gap, and the digest of these;
 * - the digests of the last 32 messages opened, with their indexes;
 * - the statement that ended it; null as long as none did.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule, shownBy } from "../conventions/clauses.ts"
import { bytes, message, uint, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, MemberId, Seq } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"

export const clauses = declareClauses("application-messages", {
  "no-secret": check("MUST", "Nobody sends who has no update secret.", "ePrint 2020/1281 section 7.6"),
  "payload-length": check("MUST", "A payload is at most 1,047,552 bytes long.", "Conclave"),
  "chain-length": shownBy(
    "reference/dcgka/test/message-size.test.ts",
    check("MUST", "A chain has at most 4,294,967,295 messages.", "Conclave"),
  ),
  group: check("MUST", "A message is opened only in the group that it names.", "Conclave"),
  chain: check("MUST", "A message is opened with a chain that we have.", "Conclave"),
  signature: check("MUST", "A message is signed by its sender.", "ePrint 2020/1281 section 5"),
  closed: check("MUST", "A message of an ended chain has an index below its length.", "Conclave"),
  equivocation: check(
    "MUST",
    "A second message with the number of one that was opened is not taken, and is told from a repetition.",
    "Conclave",
  ),
  ahead: check("MUST", "A message is at most 256 ahead in its chain.", "Conclave"),
  opens: check("MUST", "A message opens with its key.", "ePrint 2020/1281 section 7.6"),
  "chain-of-secret": rule(
    "MUST",
    "Each update secret begins a chain, and messages are sent in the chain of our last one.",
    "ePrint 2020/1281 section 7.6",
  ),
  "key-used-once": rule(
    "MUST",
    "A key is used once: it is deleted when its message has been sealed or opened.",
    "ePrint 2020/1281 section 7.6",
  ),
  guard: rule("MUST", "The nonce of a message has 8 random bytes, which the message carries.", "Conclave"),
  commitment: rule("MUST", "The signature of a message is valid for one update secret only.", "Conclave"),
  skipped: rule(
    "MUST",
    "At most 1,024 keys are kept for messages of a member that have not come; of more the first are deleted.",
    "Conclave",
  ),
  "out-of-order": rule("MUST", "Messages of a chain are opened in any order.", "ePrint 2020/1281 section 7.6"),
  ended: rule("MUST", "An ended chain is kept until all its messages are opened; of a member 64 at most.", "Conclave"),
  differs: rule(
    "MUST",
    "Who has opened all messages of an ended chain, or more, sees when they are not those of the statement.",
    "Conclave",
  ),
  uncompared: rule("MUST", "That an ended chain cannot be compared is a result.", "Conclave"),
  lost: rule("MUST", "Messages that can never be opened any more are counted, and are a result.", "Conclave"),
})

export const steps = declareSteps("application-messages", {
  begin: [
    "An update secret of ours, with the number of the message that gave it, becomes our chain, with its commitment, " +
      "index 0 and the digest of no messages; the chain before it is deleted.",
    "An update secret of another member becomes the last of its chains, with its commitment, index 0, the member's " +
      "current signing key, and the digest of no messages. It is not ended. Do tidy with the member.",
  ],
  end: [
    "A control message of another member, and what it states. If we have no chain of the member with the number " +
      "before this message's: nothing changes, and nothing is a result.",
    "The chain is ended, with the statement. Skipped keys with an index that is not below the length are deleted; no " +
      "message is lost by that. If the chain's index is above the length, the chain differs: a result.",
    "To come are as many messages of the chain as it has skipped keys, and as its index is below the length. " +
      "If there are any, the chain is uncompared, with their number: a result.",
    "Do tidy with the member.",
  ],
  tidy: [
    "While more than 1,024 skipped keys of the member are kept in all: delete the one with the lowest index of the " +
      "first chain that has any. Its message is lost.",
    "No message is to come of each ended chain without skipped keys whose index is not below its length. If " +
      "as many messages as its length were opened without a gap, and the digests are not the same, the chain " +
      "differs. If fewer were, it is uncompared, with 0 messages to come.",
    "Delete each such chain. If its length is not 0, its number and length enter those that are complete, of which " +
      "the last 64 are kept.",
    "While more than 65 chains are left: delete the first. Lost are as many messages as it has skipped keys, and, " +
      "if it is ended, as its index is below its length.",
    "The results are, in ascending order and each once, the numbers of chains that differ; and of each chain with " +
      "lost messages its number and how many, and likewise of each that is uncompared. What end says is among these. " +
      "(One operation never loses by steps 1 and 4: keys are skipped by open, chains grow in number by begin.)",
  ],
  seal: [
    "If there is no own chain: refused (application-messages.no-secret).",
    "If the payload is longer than 1,047,552 bytes: refused (application-messages.payload-length).",
    "If the index is 4,294,967,295: refused (application-messages.chain-length).",
    "Draw the guard, `application/{group}/{me}/{seq}/{index}`, 8 bytes.",
    "Take a step of our chain. The key seals the payload. The next state replaces the state; the index goes up by 1.",
    "Sign with our secret signing key.",
    "The digest goes on over the message. Our chain's length, which is its index, and the digest are a result: what " +
      "our next control message states.",
  ],
  "forget-keys": [
    "The own chain is deleted. Of the others, the state, the commitment, the signing key and the skipped keys are " +
      "replaced by 32 zero bytes each: what remains tells the messages that have been opened, and opens none.",
  ],
  open: [
    "Decode the message (encoding.decode).",
    "If it names another group than ours: refused (application-messages.group).",
    "If the sender is we ourselves: ignored.",
    "If the chain is complete: if its length is above the index: ignored; else refused (application-messages.closed).",
    "If we have no such chain of the sender: if its number is above that of the last control message seen of the " +
      "sender: waiting for the control message with that number; otherwise refused (application-messages.chain).",
    "If the digest of this very message is kept with its index: ignored.",
    "If strict verification of the signature under the chain's key fails: refused (application-messages.signature).",
    "If the chain is ended and the index is not below its length: refused (application-messages.closed).",
    "If the index is below the chain's and its key is not among the skipped ones, because it was used or deleted: " +
      "if a digest is kept with this index: refused (application-messages.equivocation); otherwise ignored.",
    "If the index is more than 256 above the chain's: refused (application-messages.ahead).",
    "If the index is below the chain's: take the key from the skipped ones and delete it there. Otherwise step the " +
      "chain up to the index, keeping the keys before it as skipped, and take the key at the index. The index of " +
      "the chain is one more from now on.",
    "Open the ciphertext; if it does not open: refused (application-messages.opens).",
    "Keep the digest of the message with its index. While one is kept for the next message without a gap, the " +
      "running digest goes on over it. Of more than 32 those with the lowest indexes are deleted.",
    "Do tidy with the sender.",
  ],
})

/** The longest payload, in bytes. */
export const maximumPayload = (1 << 20) - 1024
/** The most messages in a chain. */
export const maximumMessages = 0xffffffff
/** How far ahead in its chain a message may be. */
export const maximumAhead = 256
/** How many keys are kept for messages of a member that have not come. */
export const maximumSkipped = 1024
/** How many chains are kept of a member: 64 that have ended, and the one that has not. */
export const maximumChains = 65
/** Of how many chains of a member is remembered that no message is to come. */
export const maximumComplete = 64
/** How many digests of messages are kept of a chain. */
export const rememberedMessages = 32
/** The digest of no messages. */
export const noMessages = new Uint8Array(32)
/** The nonce under which the key of a message seals it. */
export const nonceOf = (guard: Uint8Array): Uint8Array => Uint8Array.of(0, 0, 0, 0, ...guard)

/** What is sent. `seq` and `index` name the key. */
export const ApplicationMessage = message("application-message", 1, {
  group: GroupId,
  sender: MemberId,
  seq: Seq,
  index: uint(0, maximumMessages - 1),
  guard: bytes(8),
  ciphertext: bytes(16, maximumPayload + 16),
  signature: Signature,
})
export type ApplicationMessage = ValueOf<typeof ApplicationMessage>
