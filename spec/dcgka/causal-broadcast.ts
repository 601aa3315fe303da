/**
 * # Authenticated causal broadcast
 *
 * Clauses and steps: `causal-broadcast`. Layer, methods and cases: `broadcast`.
 *
 * What carries the messages of key agreement over a network that may reorder, repeat, delay, change and forge: every
 * message is signed by its sender, taken once, in the sender's order, and after what it acknowledges. (ePrint 2020/1281
 * sections 5 and 8.1.) No server is needed, and none is trusted.
 *
 * ## Envelopes
 *
 * A sender puts one or more of its control messages, in the order of their numbers, with their direct messages, into an
 * **envelope**, and signs it. So acknowledgements can be delayed and sent together under one signature (section 8.1),
 * and an acknowledgement that has to be followed by an update at once travels with it. An
 * acknowledgement does not come after a remove in one envelope: it may acknowledge an add that others can process only
 * when they know of the removal. An add is alone in its envelope,
 * so that its new member can check the signature.
 *
 * ## Signing keys
 *
 * A member signs with the signing key of its user (chapter "key-bundles") until it has sent its first create, update or
 * remove. Each of these carries a new public signing key, which verifies the sender's envelopes from the next one on;
 * the envelope that brings it is still signed under the old one. So authentication heals by the same messages that heal
 * secrecy. A new member gets the current public signing keys of the others in its welcome, as its **attachment**, with
 * their digests and the messages that may still be acknowledged. It takes them on its adder's word until each member
 * **confirms** what it says of this member.
 *
 * ## Confirmations
 *
 * A member that answers the addition of a new member tells it, beside its ratchet, in the direct message of its
 * add-ack:
 *
 * ```text
 * confirmation = SHA-256(CBOR([ "conclave/1 confirmation", group, sender, seq, previous, signingKey ]))
 * ```
 *
 * where `sender` and `seq` are those of the add-ack, `previous` is the digest of the sender's message before it, and
 * `signingKey` is the sender's public signing key by then. The direct message is a first contact, which nobody but a
 * holder of the sender's identity keys can make. So the adder cannot confirm what it has invented.
 *
 * Until then the member is **unconfirmed**. If the confirmation is another than the one that the welcome lets expect,
 * or comes under a number that the welcome has counted already, the adder has lied about this member, or the member
 * about itself: refused (causal-broadcast.confirmation), and the new member knows that it is one of the two. This is
 * looked for also where the signature does not verify or the number has been counted, because that is what such lies
 * lead to.
 *
 * ## Former members
 *
 * A removal takes effect whatever is concurrent to it, and so do the removals, updates and additions of one who is
 * being removed: it may not know yet. But nothing in its messages says when they were written. One who was removed and
 * keeps silent about it could for ever remove others, have all members that came later rekey, and add members that
 * never come.
 *
 * So an update, remove or add of a member of whom we know a removal is **withheld**: it is held, as what comes too
 * early is, and waits for an *acknowledgement* of it. It counts, and is taken, as soon as an envelope that acknowledges
 * it, or what comes after it, comes from a member of our view: that member took it before it knew of the removal.
 * Acknowledgements of a former member are not withheld; they change nothing for others.
 *
 * One case is special: a removal makes its target leave without a word. If the target is in our view and did not know,
 * as of its last message, of every removal of the former member that we know of, it may have left, and the removal is
 * taken without waiting. The same holds for what shows that a removal counts: the acknowledgement of a second former
 * member counts if the target may not have known of that one's removal.
 *
 * So members who take the same messages agree, and when every member is known to have processed a removal, nothing that
 * the removed one sends later counts. Two who remove each other while nobody else acknowledges either go on, each for
 * itself; if others have one of the removals first, and all the same one, only that one counts.
 *
 * > **Flaw** (ePrint 2020/1281 section 6.1). In the paper a removed member that does not acknowledge its removal keeps
 * > the power to remove everybody, for ever. Vectors: `broadcast/former-for-good`, `broadcast/former-aware`.
 *
 * ## Digests, and what they are for
 *
 * Each message has a **digest**, which depends on the message with its direct messages, on all messages of its sender
 * before it, and, if it acknowledges a message, on the digest of that one:
 *
 * ```text
 * digest = SHA-256(CBOR([ "conclave/1 broadcast message", previous, acknowledged, item ]))
 * ```
 *
 * where `previous` is the digest of the sender's message before, 32 zero bytes for its first; `acknowledged` is the
 * digest of the message acknowledged, null if it is no acknowledgement; and `item`, a byte string, is the encoding of
 * the `Item` below. An envelope's signature is over `CBOR([ "conclave/1 envelope", digest of its last message ])`.
 * Neither digest is sent: the receiver has them.
 *
 * The group stands in every control message, so that no digest of one group is one of another, and no signature
 * verifies in two.
 *
 * Each message also states what its sender has written in application messages since its message before: how many, and
 * a digest over them (the field `chain`; chapter "application-messages"). So a thief of old keys cannot write on where
 * the sender has gone on. There is nothing to check in the field: who has opened the messages compares it.
 *
 * ## Equivocation
 *
 * To **equivocate** is to send different messages with one number to different members. Digests make it visible. Who
 * got one of the messages refuses the acknowledgements of those who got another, because their signatures do not
 * verify; from then on the two halves of the group cannot process each other's messages, and nobody is in a group that
 * is silently split. The same goes for direct messages: they are part of what everybody digests, so everybody has to be
 * sent all of them. Who equivocates only in acknowledgements, which nobody acknowledges, splits the group with its next
 * create, update, remove or add, whose digest depends on them.
 *
 * Which member is to blame is found by comparing **notes**: for each member the number and the digest of its last
 * message. Two members who have different digests for one number have been told different things by that member, or one
 * of them by its adder. A digest is kept for the last message of each member, for the ends of its last four envelopes,
 * and for its open messages: what is older is not compared. Notes are worth what the way is worth on which they come:
 * the chapter "group-messaging" sends them as application messages, which the other half of a split group cannot read
 * any more; people have to compare them on another way then. A second envelope that comes to a member who has the first
 * is refused as equivocation, if it is among its sender's last four, begins with the same number, and acknowledges only
 * what is still open; otherwise it is ignored, as a repetition is. In our own name it means that somebody has our keys,
 * or that an old copy of our state is in use.
 *
 * A group that was split does not come together again. Its members go on by removing the one who is to blame, each half
 * for itself, and adding the others again.
 *
 * > **Erratum B1** (section 5.2). Signatures and numbers as described do not keep a member from giving two messages one
 * > number: those who were told different things go on with different keys and different members, and no step of theirs
 * > notices it. Here every signature depends on all messages of its sender and on what they acknowledge. Vectors:
 * > `broadcast/equivocation-splits`, `broadcast/equivocation-in-notes`.
 *
 * ## What else an attacker can do, and cannot
 *
 * Who has no keys can have an envelope held that will never be processed, within the shares below, and nothing else. A
 * member can, beside equivocating:
 *
 * - send a message whose direct message for one member does not open: that one refuses it, and then waits forever, for
 *   this sender and for all who acknowledged the message. It shows as a member that is behind; it has to be added
 *   again.
 * - send a member another seed than it commits to. That one refuses the message, and knows why; it has to be added
 *   again.
 * - bring a signing key of which it does not have the secret half: nobody hears it again.
 * - add a user of whom others have no key bundle: they wait, until somebody who has not taken the add has removed the
 *   adder (chapter "group-messaging").
 * - as an adder, lie to its new member: see chapter "key-agreement", and below.
 * - after its removal, go on as if it did not know of it, as long as some member has not processed the removal: see
 *   above.
 *
 * Whoever gets hold of a member's secret signing key can send in its name until the member's next create, update or
 * remove, and afterwards no more, unless it has sent one before: then the two equivocate.
 *
 * ## What may still be acknowledged
 *
 * For each create, update, remove and add, its digest is kept while somebody may still acknowledge it. Those are, when
 * it is processed or sent: the members of the sender's view as of the message, and those brought in by an add that the
 * sender did not know; not the sender (chapter "key-agreement" says why nobody else acknowledges it). A member leaves
 * this list when it acknowledges this message or a later one of the same sender. A member that is added joins it if its
 * adder is on it, because an adder who has acknowledged a message has given it to its new member with the welcome. A
 * message with nobody on its list any more is **closed**. Nobody whose acknowledgement comes later can have been a
 * member without our knowing: it was added by one who had not acknowledged the message, and whose add comes before its
 * acknowledgement.
 *
 * A message stays open while a member on its list is silent, and for good when that member was removed by one of whom
 * the sender did not know it. There is no safe way to give a silent member up: its acknowledgement may be on its way,
 * others will take it, and who has forgotten the message could not verify it, nor anything that depends on it. What
 * this costs is bounded by the number of messages (below), and ends with the membership.
 *
 * > **Erratum B2** (section 8.1). That an acknowledgement is processed after what it acknowledges cannot be meant
 * > literally for a new member: acknowledgements of messages older than its addition reach it, and these messages never
 * > do. Here what the welcome counts as seen is seen, and the digests that such acknowledgements depend on come with
 * > it. Vector: `broadcast/old-message-acknowledged`.
 *
 * ## Waiting
 *
 * An envelope that comes too early is **held**, together with what it **needs**: the message before its first one, and
 * those of other members that it acknowledges. It is tried again when all of them have come, and not before. So what
 * others send costs nothing for what is held but a look at what it needs, however it was made; and what was forged is
 * tried once, and gone.
 *
 * Held envelopes have not been verified: their signing key may still be to come. So anybody can have envelopes held, in
 * any member's name. The room for them is divided into **shares**. Each member of our view has one, for envelopes in
 * its name; all other senders together have one, the **strangers' share**. An envelope counts with its length in bytes,
 * and with 4,096 if it is shorter. All shares together have 4,194,304 bytes, of which the strangers' share has 262,144
 * at most. When there is no room left, the largest share loses its newest envelopes. So who fills one share takes
 * nothing from a smaller one. An envelope that was refused or lost in this way has to be sent to us again.
 *
 * What is held may be forgotten at any time (forget), and then has to be sent again too. Retry is done after each
 * operation of our own, and when a key bundle has been learned. What held envelopes wait for is a result of each step
 * that tries them, so that it can be asked for.
 *
 * ## State
 *
 * | state | content |
 * | --- | --- |
 * | agreement | the state of key agreement, with which this one shares the keyring |
 * | signing key | our secret signing key, null while it is that of our user |
 * | queue | our messages that are not in an envelope yet, each with its digest and, if it brings a signing key, the secret one |
 * | signers | by member, ourselves among them: the public signing key and the digest of its last message; and of its last four envelopes the number of the first and the last message, the digest before it and after it, and the public key that verified it |
 * | unconfirmed | the members of whom our welcome has told us and who have not confirmed it, in ascending order |
 * | open | the messages not closed, in the order in which they came: sender, number, digest, and who may still acknowledge them, in ascending order |
 * | held | the envelopes that came too early, in the order in which they came, each with its SHA-256, its group, its sender, the number of its first message, the messages that it needs, for which bundle or acknowledgement it waits, and when it was tried |
 * | chain | what we have written in application messages since our last message, as the next one states it |
 *
 * Beside the state of key agreement this takes at most 600 bytes a member, 75 bytes an open message and 17 more for
 * each of those whom it awaits, what is in the queue, and 4 MiB for what is held. So it is the silent members that make
 * it grow: one of them keeps each message open that is sent meanwhile.
 *
 * @module
 */
import { check, declareClauses, declareSteps, provedBy, rule, shownBy, theorems } from "../conventions/clauses.ts"
import { bytes, listOf, message, named, nullable, record, table, uint, type ValueOf } from "../conventions/encoding.ts"
import { Key, MemberId, Seq } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"
import { ControlMessage } from "./key-agreement.ts"

export const clauses = declareClauses("causal-broadcast", {
  "one-sender": check(
    "MUST",
    "The messages of an envelope are of one group and one sender, and their numbers follow one another.",
    "ePrint 2020/1281 section 5.2",
  ),
  "signing-key": check(
    "MUST",
    "A create, an update and a remove bring a signing key, and no other message does.",
    "ePrint 2020/1281 section 5.2",
  ),
  "add-alone": check("MUST", "An add is alone in its envelope.", "Conclave"),
  signature: check("MUST", "An envelope is signed under the current signing key of its sender.", "ePrint 2020/1281 section 5.2"),
  equivocation: check(
    "MUST",
    "A second, different envelope of one sender that begins with the same number is not taken, and is told from a repetition.",
    "Conclave",
  ),
  acknowledges: check("MUST", "Only those acknowledge a message who may still acknowledge it.", "Conclave"),
  confirmation: check(
    "MUST",
    "What a welcome says of a member's signing key and messages is what this member confirms with its add-ack.",
    "Conclave",
  ),
  withheld: rule(
    "MUST",
    "An update, remove or add of a member that we know to have been removed counts only when a member that has taken it shows so, or when a member may have left by it.",
    "Conclave",
  ),
  "held-limit": check(
    "MUST",
    "The envelopes that are held count 4,194,304 bytes at most, 4,096 each at least; those of senders who are not in our view count 262,144 at most.",
    "Conclave",
  ),
  size: shownBy(
    "reference/dcgka/test/broadcast.test.ts",
    check("MUST", "Nothing is sent that does not fit into an envelope of 1 MiB.", "Conclave"),
  ),
  attachment: check(
    "MUST",
    "The attachment of a welcome has a signer for exactly the members of whom the welcome counts messages. Its open messages are of these, once each, with no higher number than is counted (of the adder a lower one than the add's), and await members of the history, in ascending order, other than their sender and the new member.",
    "Conclave",
  ),
  "bounded-work": shownBy(
    "reference/dcgka/test/work.test.ts",
    rule("MUST", "What a packet costs does not grow with what is held.", "Conclave"),
  ),
  shares: rule("MUST", "Who fills one share of what is held takes nothing from a smaller one.", "Conclave"),
  heals: rule("MUST", "A new signing key verifies from the next envelope on, and the old one no more.", "ePrint 2020/1281 section 5.2"),
  coalesce: rule("SHOULD", "The messages of the queue go into as few envelopes as can be, in their order.", "ePrint 2020/1281 section 8.1"),
  "held-retried": provedBy(
    theorems("CausalBroadcast", "held_retried", "taken_is_what_can", "same_taken"),
    rule("MUST", "What is held is processed as soon as it becomes possible.", "ePrint 2020/1281 section 5"),
  ),
  split: rule("MUST", "An acknowledgement of another message than the one we have does not verify.", "Conclave"),
  "chain-stated": rule(
    "MUST",
    "A message states what its sender has written in application messages since its message before.",
    "Conclave",
  ),
  notes: rule(
    "MUST",
    "Two members that compare notes and have different digests for one number of a third see it, as far back as one of them keeps digests.",
    "Conclave",
  ),
})

export const steps = declareSteps("causal-broadcast", {
  write: ["An application message of ours has been sealed: the chain in our state is the one that sealing it gave."],
  send: [
    "The message states the chain in our state, which is null from now on.",
    "If the message is a create, an update or a remove: draw a secret signing key, `signing/{me}/{seq}`, 32 bytes; its public key goes with the message.",
    "Compute the message's digest. Our message before it may still be in the queue.",
    "If an envelope with this message alone would be longer than 1 MiB: refused (causal-broadcast.size).",
    "Put it at the end of the queue, and do note with ourselves as the sender. Our signer, which begins with our user's public signing key and the digest of 32 zero bytes, has from now on this digest and, if the message brings one, this public key: our notes and attachments count what is in the queue.",
  ],
  operate: [
    "Create, update and remove: as key-agreement.create, key-agreement.update and key-agreement.remove say. Do send with what it gives.",
    "Add: likewise by key-agreement.add, with the attachment: of each member in our signers its signing key and digest, and the open messages.",
  ],
  flush: [
    "If the queue is empty, there is nothing to send.",
    "Take the first message of the queue, and if it is no add, those after it up to the next add, and up to the next acknowledgement that comes after a remove, as many as fit into an envelope of 1 MiB, and at most 1,024.",
    "Sign with our signing key: it is the envelope, and the last of the four that our signer keeps, like those of other senders. If one of its messages brings a signing key, the last of these is our signing key from now on.",
  ],
  receive: [
    "Do release. If it is waiting, go on with step 2; if it is accepted, with step 7. Any other verdict is the verdict here too.",
    "If the same envelope is held already: ignored.",
    "If it belongs to the strangers' share, and that share would count more than 262,144 bytes with it: refused (causal-broadcast.held-limit).",
    "While all shares would count more than 4,194,304 bytes with it: the share that counts most, of equal ones the strangers' first and then that of the smallest member identifier, loses its newest envelope. If that is this envelope: refused (causal-broadcast.held-limit).",
    "Hold it, with its needs: the message before its first one, unless that is the sender's first, and those of others that it acknowledges, in the order of its messages; but none that we have seen, nor one of a sender of whom a later one is needed already.",
    "This is accepted: nothing was processed, and what this envelope waits for is a result, as what is missing. The operation ends here, unless it waits for an acknowledgement.",
    "Do retry.",
  ],
  retry: [
    "A held envelope that waits for a bundle is due if, since it was tried last, a bundle of that user has been taken in, or a remove processed or sent. One that waits for an acknowledgement is not due. Any other is due if we have joined, and all messages that it needs have been processed or sent; or if the first that has not is of a sender of whom an envelope waits for an acknowledgement, unless it was tried last when this one did, and the history had as many changes.",
    "Before the next step, and whenever it begins again: what begins with a message that has been processed is held no more.",
    "Do release with each envelope that is due, in turn. If it is accepted, it is held no more, and this step begins again with the first, as it does if it is waiting for an acknowledgement. If it is waiting, it waits for that from now on; a message for which it waits is needed. With any other verdict it is held no more and forgotten.",
    "What those that are left wait for, in their order, each once, is a result, as what is missing: a bundle; an acknowledgement; to join, if we have not; otherwise the first message that the envelope needs and we have not seen, or, for one of its own sender, the next one of that sender.",
    "If we have been removed: nothing is held any more and nothing is missing, and the queue, our secret signing key, the signers, the open messages, the list of the unconfirmed and the chain are deleted.",
  ],
  forget: ["Nothing is held any more."],
  release: [
    "Do accept. If it is waiting for a message, whose sender is called the **former** here, go on; any other verdict is the verdict here too.",
    "If no envelope is held that begins with the next message of the former: the verdict is that of accept. Likewise unless, as everything was before this operation: our envelope is the former's and may have made a member leave that did not know of the former's removal; or it is another's who is in our view; or the held envelope may have made a member leave that did not know of this other's removal.",
    "Do accept with that held envelope, without its step 10. If it is not accepted: the verdict is that of step 1. If it is, it is held no more.",
    "If we have not been removed by it: begin again with step 1. If we have, our envelope is only verified, by the steps 6 to 9 of accept, as if we had not been removed: its verdict is the verdict here, and if there is none, this is accepted with what was taken so far. Whenever this operation is not accepted, nothing has changed.",
  ],
  accept: [
    "Decode the envelope (encoding.decode).",
    "If its messages are not of one group and one sender, or a number is not the one after that before it: refused (causal-broadcast.one-sender).",
    "If a create, update or remove brings no signing key, or another message brings one: refused (causal-broadcast.signing-key).",
    "If there is an add and another message: refused (causal-broadcast.add-alone).",
    "If we have not joined: do join.",
    "The steps 3 to 8 of key-agreement.process are done for each message in turn, with those before it in the envelope counted as seen. Where the first would be ignored, do confirm with nothing expected, then compare, in place of that.",
    "The signing key of the sender is the one in its signer; if it has none, that of the contact with its user: if the sender is no member that we know of: refused (key-agreement.sender-member), and if there is no contact: waiting for a bundle of the user.",
    "Compute the digests. If a message acknowledges one that is not open, or whose list does not have the sender: refused (causal-broadcast.acknowledges).",
    "If the strict verification of the signature fails: do confirm, where the digest of the sender's message before and its signing key there are expected; then refused (causal-broadcast.signature).",
    "If a removal of the sender is in the history, and there is an update, remove or add in the envelope: waiting for an acknowledgement of its last message; unless it may have made a member leave that did not know of the sender's removal.",
    "Do take.",
  ],
  take: [
    "This step and the next two are for each message in turn, until one by which we are removed: the rest is not processed. Process it (key-agreement.process), with its direct message for us, if there is one; an add by which we have just joined has been processed. Before we have joined, we are the member that a create makes of our user. A verdict other than accepted is the verdict for the envelope.",
    "If key agreement gives a confirmation: if it is not that of the sender's number, its digest before this message and its signing key there: refused (causal-broadcast.confirmation). The sender is unconfirmed no more.",
    "What the sender of the message had not seen are the open messages that await it. Do note, and its signer has the message's digest and, if it brings one, its signing key. The results are: the message; its digest; this signing key; what its sender had not seen; and the new update secrets that key agreement gave, each with its member and number; and the chain that the message states. The number is that of the message for its sender, and for ourselves that of the last message that we have made by then, which is the response or the rekey.",
    "Send the response and the rekey of the message, in this order.",
    "Finally the envelope is among the last four of the sender's signer.",
  ],
  confirm: [
    "The first message of the envelope that is an add-ack of our addition, by a sender who is unconfirmed, with a direct message for us, is looked at; if there is none, the operation ends.",
    "Receive the direct message as key-agreement.process-add-ack does; if it is not accepted, the operation ends. The state does not change by it.",
    "If nothing is expected, or the confirmation in it is not that of what is expected: refused (causal-broadcast.confirmation).",
  ],
  note: [
    "A create, update, remove or add becomes open, with the list given above; if it is empty, it does not. An ack or add-ack takes its sender from the lists of the open messages of the member that it acknowledges, up to the number that it acknowledges.",
    "An add puts its new member on the lists of the open messages, but its own, that have the adder on them.",
    "Messages with an empty list are closed: forget them.",
  ],
  compare: [
    "Look among the last four envelopes of the sender for one that begins with the same number. If there is none: ignored.",
    "Compute the digests from the digest before that envelope. If one cannot be computed because a message acknowledged is not open, or the last digest is the same: ignored.",
    "If the signature verifies under the key that verified that envelope: refused (causal-broadcast.equivocation); otherwise refused (causal-broadcast.signature).",
  ],
  join: [
    "If the first message is a create: the signing key is that of the contact with the first user it names; if there is none: waiting for a bundle of that user. Go on with accept from the computation of digests, with 32 zero bytes before the first.",
    "If it is an add of our user: process it (key-agreement.process) with the direct message for the member that it makes. If its attachment is not an attachment, it is malformed; if it is not as the clause demands: refused (causal-broadcast.attachment). Take over signers and open messages; all members in the signers but the adder are unconfirmed. Go on with accept from the computation of digests.",
    "Otherwise: waiting to join the group.",
  ],
  "compare-notes": [
    "Notes are, for each member in our signers, the number of its last message and its digest. For each member in both notes: if we have another digest for the number in the other's notes, the member is among those that *differ*. We have one for its last message, for the ends of its last four envelopes, and for each open message of it.",
    "We ourselves are among those that differ also if the other's notes have a higher number of ours than our last one. If they have a higher number of another member, it is among those where we are *behind*.",
  ],
})

/** How much may be held: in all, and in the strangers' share. */
export const maximumHeld = { all: 4 << 20, strangers: 256 << 10 } as const

/** With how many bytes an envelope that is held counts at least. */
export const leastHeld = 4096

/** The largest number of messages in an envelope. */
export const maximumItems = 1024

/** How many of a member's envelopes are remembered, to tell an equivocation from a repetition. */
export const remembered = 4

/** What stands before the first message of a sender. */
export const noDigest = new Uint8Array(32)

/** What a member has written in application messages between two of its control messages. */
export const Chain = record("chain", { length: uint(1, 0xffffffff), digest: Key })
export type Chain = ValueOf<typeof Chain>

/** A control message with the signing key that it brings, the chain that it ends, and direct messages by recipient. */
export const Item = record("item", {
  control: ControlMessage,
  signingKey: nullable(Key),
  chain: nullable(Chain),
  directs: table(MemberId, bytes(0, 1 << 20)),
})
export type Item = ValueOf<typeof Item>

/** What is broadcast: messages of one sender with its signature. */
export const Envelope = message("envelope", 0, { items: listOf(Item, 1, maximumItems), signature: Signature })
export type Envelope = ValueOf<typeof Envelope>

/** A message that may still be acknowledged, by those in `awaited`. */
export const Open = record("open", { sender: MemberId, seq: Seq, digest: Key, awaited: listOf(MemberId, 1, 65_536) })
export type Open = ValueOf<typeof Open>

/**
 * What goes with a welcome: of each member its signing key and the digest of its last message before the add, and the
 * open messages.
 */
export const Attachment = record("attachment", {
  signers: table(MemberId, record("attached-signer", { signingKey: Key, digest: Key })),
  open: listOf(Open, 0, 1 << 20),
})
export type Attachment = ValueOf<typeof Attachment>

/** What members compare: of each member the number and the digest of its last message. */
export const Notes = named("notes", table(MemberId, record("head", { seq: Seq, digest: Key })))
export type Notes = ValueOf<typeof Notes>
