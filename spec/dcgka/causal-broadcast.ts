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
 * their digests and the messages that may still be acknowledged.
 *
 * ## Cuts
 *
 * What a member has **taken** of another is known to all who have its messages: every message but an acknowledgement is
 * acknowledged, so the last one that a member has acknowledged tells it; a new member begins with what its adder has
 * taken. What a member has taken of all, with what it knows of the history, is its **cut**:
 *
 * ```text
 * cut = SHA-256(CBOR([ "conclave/1 cut", history, [ [ member, seq, signingKey ], ... ] ]))
 * ```
 *
 * `history` is the digest of the history that it knows (chapter "key-agreement"). There is an element for each member
 * of whom it has taken a message that is no acknowledgement, itself too, in ascending order: `seq` is the number of the
 * last such message, and `signingKey` the public signing key that its sender has since then.
 *
 * Every update, remove and add states the cut that its sender had before it. Everybody who has the sender as a member
 * computes the same cut, and refuses the message if it is another (causal-broadcast.cut). So the cut in an add commits
 * its sender to what the welcome says of signing keys and of messages taken: the new member compares it with its
 * welcome. An adder who lies there to all is refused by all. One who states one cut to its new member and another one
 * to the others equivocates, and no add-ack of the others verifies at the new member.
 *
 * Which acknowledgements a member has seen is known to nobody else: nobody acknowledges them. So a welcome says more
 * than the cut: how many messages of each member have been seen, with the digest of the last; which messages are open,
 * and whom they await; what the others know. For this the new member has its adder's word, until each member
 * **confirms** what the welcome says of it.
 *
 * ## Confirmations
 *
 * A member that answers the addition of a new member tells it, beside its ratchet, in the direct message of its
 * add-ack:
 *
 * ```text
 * confirmation = SHA-256(CBOR([ "conclave/1 confirmation", group, sender, seq, add, previous, signingKey, cut ]))
 * ```
 *
 * where `sender` and `seq` are those of the add-ack, `add` is the digest of the add, `previous` that of the sender's
 * message before the add-ack, `signingKey` is the sender's public signing key by then, and `cut` its cut before it
 * takes the add. A member takes
 * what an adder has acknowledged before it takes the add, and acknowledges it at once. So its cut says that nothing is
 * open to it of what the welcome covers, and what it knows of the history. The direct message is a first contact, which
 * nobody but a holder of the sender's identity keys can make. So the adder cannot confirm what it has invented.
 *
 * Until then the member is **unconfirmed**. If the confirmation is another than the one that the welcome lets expect,
 * or comes under a number that the welcome has counted already, the adder has lied about this member, or the member
 * about itself: refused (causal-broadcast.confirmation), and the new member knows that it is one of the two. This is
 * looked for also where the signature does not verify or the number has been counted, because that is what such lies
 * lead to.
 *
 * Whether a message of an unconfirmed member keeps to the rules is judged by what the welcome says of this member. If
 * it does not, that is no proof against the member: it, or the adder, has lied (causal-broadcast.unconfirmed). The new
 * member takes no more of that member then, and acknowledges nothing that others do not have.
 *
 * The same goes for whoever acknowledges a message of an unconfirmed member: the acknowledgement contradicts what the
 * adder has said of that message. And one who is added by an unconfirmed member acknowledges in its place what the
 * welcome calls open; so this new one is unconfirmed too, until its add-ack. An envelope is **in doubt** if its sender,
 * or the sender of a message that it acknowledges, is unconfirmed. This is asked before the envelope is taken: what
 * its first message confirms makes nothing of what follows in it less doubtful.
 *
 * An adder who counts too many messages of a member would have its new member ignore what that member sends. But the
 * welcome names the last message that is no acknowledgement, and the cut holds the adder to it. All that is counted
 * after it are acknowledgements. An update, remove or add in the place of one contradicts the adder.
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
 * it, or what comes after it, comes from a member of our view: that member took it before it knew of the removal, or
 * when the acknowledgement of another showed it that the message counts. Acknowledgements of a former member are not
 * withheld; they change nothing for others.
 *
 * A member can lend its acknowledgement to a former one: it acknowledges what it should withhold. What it knew of the
 * removal proves nothing against it, since it says with no message which acknowledgements of others it has. Were such
 * an acknowledgement not taken, honest members who have it from another would be parted from those who have not. The
 * member who lends it could send another removal, update or addition by itself.
 *
 * One case is special: a removal makes its target leave without a word. If the target is in our view and did not know,
 * as of its last message, of every removal of the former member that we know of, it may have left, and the removal is
 * taken without waiting. The same holds for what shows that a removal counts: an envelope of a second former member
 * shows it if the target may not have known of that one's removal, or if the envelope itself may have made somebody
 * leave who did not know of it. Whoever left had taken all that this envelope acknowledges. So all of it counts.
 * Vectors: `broadcast/former-shown-beside`, `broadcast/former-shown-by-a-removal`.
 *
 * What an envelope shows to count is taken with that envelope, or not at all: the messages withheld, those held that
 * follow them, and the envelope itself. Whoever is removed by one of these messages has no keys for those that come
 * after it. It judges them all the same, up to the end of the envelope: their signatures, and each rule for which no
 * secret is needed. So nobody can make a member leave by an envelope that others refuse for one of these rules. And
 * a member does not stay because there was more in the envelope than its removal. It leaves at the same moment at which
 * others take its removal: when all has come that the envelope acknowledges. Vectors:
 * `broadcast/former-update-after-removal`, `broadcast/former-removed-with-more`.
 *
 * So what an envelope shows comes to one of three (steps `release`):
 *
 * | verdict | what is kept |
 * | --- | --- |
 * | accepted | what was taken, to the end of the envelope that removes us; what was refused is held no more |
 * | waiting | all is as it was before, but what was refused is held no more |
 * | any other | all is as it was before |
 *
 * So members who take the same messages agree. When every member is known to have processed a removal, nothing that the
 * removed one sends later counts, unless a member lends it an acknowledgement, or it removes a member that may not know
 * of all other removals. The others matter: as long as a member may not know of the removal of a second former member,
 * that one's acknowledgement can show that a removal of this member counts. Vector:
 * `broadcast/former-shown-by-another`.
 *
 * Two who remove each other while nobody else acknowledges either go on, each for itself. If others have one of the
 * removals first, and all the same one, only that one counts.
 *
 * A member can lend its acknowledgement at any time. So nothing is ever dropped without which a message of a former
 * member could not be processed: its signer, its ratchet, the channel with it, its last chain. Whoever had dropped them
 * would be parted from those who had not. So a member that has come and gone leaves some 900 bytes at each other one,
 * two changes in the history among them. Who has had very many guests does better with a new group.
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
 * verify; from then on the two halves of the group cannot process each other's messages. So nobody shares new keys with
 * the other half. People see it in packets that are refused, or wait; since a stranger can cause such packets too, only
 * notes show who is to blame. The same goes for direct messages: they are part of what everybody digests, so everybody
 * has to be sent all of them. Who equivocates only in acknowledgements, which nobody acknowledges, splits the group
 * with its next create, update, remove or add, whose digest depends on them. Until then it can state in each of them
 * another chain.
 *
 * Which member is to blame is found by comparing **notes**: for each member the number and the digest of its last
 * message, and of the last one of it that is withheld. Two members who have different digests for one number have been
 * told different things by that member, or one of them by its adder. A digest is kept for the last message of each
 * member, for the ends of its last four envelopes, for its open messages, and for those that are withheld: what is
 * older is not compared. Notes are worth what the way is worth on which they come: the chapter "group-messaging" sends
 * them as application messages, which the other half of a split group cannot read any more; people have to compare them
 * on another way then. A member that has one envelope, and is given another one that begins with the same number,
 * refuses the other as equivocation, if the one that it has is among the last four of its sender, and the other
 * acknowledges only what is still open. Otherwise it ignores the other, as it ignores a repetition. The same goes for a
 * second envelope beside one that is withheld. In our own name it means that somebody has our keys, or that an old copy
 * of our state is in use.
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
 * - after its removal, go on as if it did not know of it, as long as some member has not processed the removal, or
 *   acknowledges what it sends all the same: see above.
 *
 * Whoever gets hold of a member's secret signing key can send in its name until the member's next create, update or
 * remove, and afterwards no more, unless it has sent one before: then the two equivocate.
 *
 * ## What may still be acknowledged
 *
 * For each create, update, remove and add, its digest is kept while somebody may still acknowledge it, with what was
 * last of its sender before it: that is how far those have come who have not acknowledged it. Those are, when
 * it is processed or sent: the members of the sender's view as of the message, and those brought in by an add that the
 * sender did not know; not the sender (chapter "key-agreement" says why nobody else acknowledges it). A member leaves
 * this list when it acknowledges this message or a later one of the same sender. A member that is added joins it if its
 * adder is on it, because an adder who has acknowledged a message has given it to its new member with the welcome. A
 * message with nobody on its list any more is **closed**. Nobody whose acknowledgement comes later can have been a
 * member without our knowing: it was added by one who had not acknowledged the message, and whose add comes before its
 * acknowledgement. So closing a message loses nothing: no later message acknowledges it.
 *
 * A list may have one who never acknowledges: whom somebody brought in whose removal the sender of the message knew of.
 * Whether it is on the list depends on the order in which the add and the message came.
 *
 * A message stays open while a member on its list is silent, and for good when that member was removed by one of whom
 * the sender did not know it. There is no safe way to give a silent member up: its acknowledgement may be on its way,
 * others will take it, and who has forgotten the message could not verify it, nor anything that depends on it. What
 * this costs is bounded by the number of messages (below), and ends with the membership. Some 10,000 open messages make
 * an attachment longer than a welcome can be: nobody can add then (channel.payload-length).
 *
 * > **Erratum B2** (section 8.1). That an acknowledgement is processed after what it acknowledges cannot be meant
 * > literally for a new member: acknowledgements of messages older than its addition reach it, and these messages never
 * > do. Here what the welcome counts as seen is seen, and the digests that such acknowledgements depend on come with
 * > it. Vector: `broadcast/old-message-acknowledged`.
 *
 * ## Waiting
 *
 * An envelope that comes too early is **held**, together with what it **needs**: the message before its first one, and
 * those of other members that it acknowledges. It is tried again when all of them have come, and not before:
 * processed, or held in its **run**, which is what is held of those who are not in our view and would be taken
 * together with it. So what others send costs nothing for what is held but a look at what it needs, however it was
 * made; and what was forged is tried once, and gone. What waits for a bundle may be tried more often than retry says:
 * it waits for that again, and nobody sees it. What receive asks is only whether something is due as retry says.
 *
 * Held envelopes have not been verified: their signing key may still be to come. So anybody can have envelopes held, in
 * any member's name. The room for them is divided into **shares**. Each member of our view has one, for envelopes in
 * its name, and in the names of those whom it adds, as long as these adds are held. So has each former member, for the
 * envelope that is withheld of it, whose signature has been verified; it is one at most. All else is in one share, the
 * **strangers' share**. An envelope counts with its length in bytes, and with 4,096 if it is shorter. All shares
 * together have 4,194,304 bytes, of which the strangers' share has 262,144 at most. When there is no room left, the
 * largest share loses its newest envelopes. So who fills one share takes nothing from a smaller one, and no stranger
 * takes room from a new member that answers before its add could be processed.
 *
 * Shares follow our view: when somebody has left it, what it has had in its share is the strangers'. So shares are
 * counted anew whenever held envelopes are tried. What a share loses is refused, and told as what is refused when its
 * turn comes. It has to be sent to us again.
 *
 * What is held is judged when its turn comes, or when another envelope with its number has been processed. If it is
 * **refused** then, or malformed, nobody waits for the verdict any more. So those that were are a result of each step
 * that tries them, in the order in which they were judged: the sender, the number of the first message, and the clause.
 * There are never more than were held. What is refused by the clause signature or held-limit, or by a check before that
 * of the signature, may have been made by anybody; what is refused by a later check has been signed by its sender.
 *
 * What is held may be forgotten at any time (forget), and then has to be sent again too. Retry is to be done after
 * each operation of our own, and when a key bundle has been learned: by the layer above, since neither operate nor
 * learn does it. What held envelopes wait for is a result of each step
 * that tries them, so that it can be asked for.
 *
 * ## State
 *
 * | state | content |
 * | --- | --- |
 * | agreement | the state of key agreement, with which this one shares the keyring |
 * | signing key | our secret signing key, null while it is that of our user |
 * | queue | our messages that are not in an envelope yet, each with its digest and, if it brings a signing key, the secret one |
 * | signers | by member, ourselves among them: the public signing key, the digest of its last message, and the number of its last one that is no acknowledgement, 0 if there is none; and of its last four envelopes the number of the first and the last message, the digest before it and after it, and the public key that verified it |
 * | unconfirmed | the members of whom our welcome has told us, or whom one of these has added, and who have not confirmed our welcome, in ascending order |
 * | open | the messages not closed, in the order in which they came: sender, number, digest, the number and signing key that were last of the sender before, and who may still acknowledge them, in ascending order |
 * | held | the envelopes that came too early, in the order in which they came, each with its SHA-256, its group, its sender, the numbers of its first and last message, the member that it would make if it is an add, the messages that it needs, for which bundle or acknowledgement it waits, the digests of its messages if it is withheld, and with which end of its run, and how many changes, it was tried |
 * | chain | what we have written in application messages since our last message, as the next one states it |
 *
 * Beside the state of key agreement this takes at most 600 bytes a member, 120 bytes an open message and 17 more for
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
  cut: provedBy(
    theorems("Acknowledgements", "cut_by_the_lists", "cut_is_local"),
    check(
      "MUST",
      "An update, a remove and an add state the cut of their sender, and no other message states one; an add " +
        "states that of its welcome.",
      "Conclave",
    ),
  ),
  "add-alone": check("MUST", "An add is alone in its envelope.", "Conclave"),
  signature: check("MUST", "An envelope is signed under the current signing key of its sender.", "ePrint 2020/1281 section 5.2"),
  equivocation: check(
    "MUST",
    "A second, different envelope of one sender that begins with the same number is not taken, and is " + "told from a repetition.",
    "Conclave",
  ),
  acknowledges: provedBy(
    theorems("Acknowledgements", "acknowledges_rightly", "awaited_of_our_view", "closed_for_good", "closing_loses_nothing"),
    check("MUST", "Only those acknowledge a message who may still acknowledge it.", "Conclave"),
  ),
  confirmation: check(
    "MUST",
    "What a welcome says of a member's signing key and messages is what this member confirms with its add-ack.",
    "Conclave",
  ),
  unconfirmed: check(
    "MUST",
    "What comes from a member that has not confirmed our welcome, or acknowledges a message of such a member, keeps to " +
      "the rules by what the welcome says, and is no message but an acknowledgement where the welcome counts one.",
    "Conclave",
  ),
  withheld: provedBy(
    theorems("FormerMembers", "released_when_shown", "taken_when_shown", "nothing_counts"),
    rule(
      "MUST",
      "An update, remove or add of a member that we know to have been removed counts only when a member " +
        "that has taken it shows so, or when a member may have left by it.",
      "Conclave",
    ),
  ),
  "judged-alike": rule(
    "MUST",
    "Whoever is removed by a message judges what is taken together with it as if it had not been removed.",
    "Conclave",
  ),
  "held-limit": check(
    "MUST",
    "The envelopes that are held count 4,194,304 bytes at most, 4,096 each at least; those of the strangers' " +
      "share count 262,144 at most.",
    "Conclave",
  ),
  size: shownBy(
    "reference/dcgka/test/broadcast.test.ts",
    check("MUST", "Nothing is sent that does not fit into an envelope of 1 MiB.", "Conclave"),
  ),
  attachment: check(
    "MUST",
    "The attachment of a welcome has a signer for exactly the members of whom the welcome counts " +
      "messages. Its last number is no higher than is counted (of the adder lower than the add's). If there " +
      "is no last one and we have a contact, its key is the identity key of its user. The open messages are " +
      "of these members, once each; the number of each is no higher than the last one, and higher than the " +
      "one before it. They await members of the history, in ascending order, other than their sender, the " +
      "adder and the new member.",
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
  "refused-told": rule(
    "MUST",
    "What was held and is refused when it is judged is a result: its sender, its first number and the clause.",
    "Conclave",
  ),
  split: rule("MUST", "An acknowledgement of another message than the one we have does not verify.", "Conclave"),
  "chain-stated": rule(
    "MUST",
    "A message states what its sender has written in application messages since its message before.",
    "Conclave",
  ),
  notes: rule(
    "MUST",
    "Two members that compare notes and have different digests for one number of a third see it, as far back as " +
      "one of them keeps digests; what is withheld is compared too.",
    "Conclave",
  ),
})

export const steps = declareSteps("causal-broadcast", {
  write: ["An application message of ours has been sealed: the chain in our state is the one that sealing it gave."],
  send: [
    "The message states the chain in our state, which is null from now on.",
    "If the message is a create, an update or a remove: draw a secret signing key, `signing/{me}/{seq}`, " +
      "32 bytes; its public key goes with the message.",
    "If the message is an update, a remove or an add: it states our cut before it (causal-broadcast.cut).",
    "Compute the message's digest; that of the message which it acknowledges stands among the open ones. " +
      "Our message before it may still be in the queue.",
    "If an envelope with this message alone would be longer than 1 MiB: refused (causal-broadcast.size).",
    "Put it at the end of the queue, and do note with ourselves as the sender. Our signer begins with our " +
      "user's public signing key, the digest of 32 zero bytes and the number 0. Our notes, cuts and " +
      "attachments count what is in the queue.",
  ],
  operate: [
    "Create, update and remove: as key-agreement.create, key-agreement.update and key-agreement.remove " +
      "say. Do send with what it gives.",
    "Add: likewise by key-agreement.add, with the attachment: of each member in our signers its signing key, " +
      "digest and last number, and the open messages.",
  ],
  cut: [
    "A cut is computed for a message of the member before this message changes anything: before it is recorded or " +
      "noted; for a rekey, after the response is noted. The cut begins with the digest of the history that the member " +
      "knows then.",
    "Of each member in our signers: if an open message of this member awaits the one whose cut it is, what was " +
      "last before the first of these; otherwise the number and the key in the signer. If that number is 0, there " +
      "is none.",
    "The cut is the hash of these, as defined above.",
  ],
  flush: [
    "If the queue is empty, there is nothing to send.",
    "Take the first message of the queue. If it is no add, take with it those after it up to the next " +
      "add, and up to the next acknowledgement that comes after a remove. Take as many as fit into an " +
      "envelope of 1 MiB, and at most 1,024.",
    "Sign with our signing key: it is the envelope, and the last of the four that our signer keeps, like " +
      "those of other senders. If one of its messages brings a signing key, the last of these is our " +
      "signing key from now on.",
  ],
  receive: [
    "Do release. If it is waiting, go on with step 2; if it is accepted, with step 6. Any other verdict " + "is the verdict here too.",
    "If the same envelope is held already: ignored.",
    "With it as the newest that is held, do bound. If it is lost itself: refused (causal-broadcast.held-limit).",
    "Hold it, with its needs: the message before its first one, unless its first one has the number 1, and " +
      "the messages of others that it acknowledges, in the order in which it acknowledges them. What we have " +
      "seen is not needed.",
    "The operation ends here, accepted, if the envelope waits for no acknowledgement, and one of two holds: none that " +
      "is held is due (this one, just tried, never is), or its sender is in our view and release refused nothing. What " +
      "release refused, then what bound refused, is a result. What this envelope waits for is missing, and nothing else.",
    "Do retry. This is accepted: what release has taken and refused, and then bound, comes before what retry has. " +
      "Missing is what retry says, and no more: an envelope that is still withheld is among those.",
  ],
  retry: [
    "A held envelope that waits for a bundle is due if, since it was tried last, a bundle of that user " +
      "has been taken in, or a remove processed or sent. One that waits for an acknowledgement is not due.",
    "Any other, also one that waited to join, is due if we have joined, and if all messages that it needs have " +
      "been processed or sent.",
    "One of step 2 that needs what has not come is due too if its run is complete, unless nothing is new. Nothing is " +
      "new if, at the end of the last release with it, the run was complete and ended with the same envelope, and the " +
      "history had as many changes.",
    "Before the next step, and whenever it begins again, until we have been removed: what begins with a message " +
      "that has been processed is held no more; do accept with it, in turn, for the verdict alone.",
    "Until we have been removed: do release with each envelope that is due, in turn. Whether it is due is asked when " +
      "its turn comes. If it is accepted, it is held no more, and this step begins again with the first.",
    "If it is waiting, it waits for that from now on. If release has refused something, step 5 begins again with the " +
      "first. With any other verdict it is held no more. When the last has had its turn, and one has gone in that " +
      "way since step 5 began, step 5 begins again with the first.",
    "Until we have been removed: do bound.",
    "What is missing is a result: what those left wait for, in their order, each once: a bundle, an " +
      "acknowledgement, or to join, if we have not. Otherwise it is the message that the envelope lacks by run. If its " +
      "run is complete, it is the first needed that we have not seen; of its own sender, the next.",
    "If we have been removed: nothing is held any more and nothing is missing, and the queue, our secret " +
      "signing key, the signers, the open messages, the list of the unconfirmed and the chain are deleted.",
    "Those that were held and that were refused in this operation, or malformed, are a result, in the order in " +
      "which they were judged: of each its sender, the number of its first message, and the clause of the " +
      "verdict. What was ignored is none.",
  ],
  share: [
    "What is in the name of a member in our view counts as this member's.",
    "What is in the name of another one counts as the sender's of the held add that would make it, if that sender is " +
      "in our view. All else counts as the strangers'.",
  ],
  bound: [
    "Shares are counted by share, and anew after each loss. An envelope that waits for an acknowledgement counts as " + "its sender's.",
    "While the strangers' share counts more than 262,144 bytes: it loses its newest envelope.",
    "While all shares count more than 4,194,304 bytes: the share that counts most, of equal ones the strangers' first " +
      "and then that of the smallest member identifier, loses its newest envelope. Step 2 is done again.",
    "What is lost is held no more, and refused (causal-broadcast.held-limit), in the order in which it was lost.",
  ],
  forget: ["Nothing is held any more."],
  run: [
    "The **run** of an envelope that has not been processed is a list of held envelopes, empty at first. **At hand** is " +
      "what has been processed or sent, and what is in the run.",
    "A held envelope **fits** if its sender is not in our view, it begins with the first message of its sender that is " +
      "not at hand, and all that it needs is at hand.",
    "As long as one fits of whose sender our envelope needs that message or a later one: the first such envelope is " +
      "put at the end of the run.",
    "The run is **complete** if all is at hand that our envelope needs, and the run is not empty. Otherwise our envelope " +
      "lacks the first message that it needs and that is not at hand; of its own sender, the first that is not at hand.",
  ],
  release: [
    "Do accept. If it is waiting for a message, go on; any other verdict is the verdict here too.",
    "If the run of our envelope is not complete: waiting for the message that it lacks.",
    "Whether our envelope may show that its run counts is decided by what was before this operation. It may if " +
      "its sender is in our view. It may too if a member that did not know of a removal of our envelope's sender " +
      "may have left: by our envelope, or by one of its run with another sender.",
    "If it may not: the verdict is that of accept.",
    "Do accept with each envelope of the run in turn, without its steps 11 to 13. If it is accepted, it is held no more. " +
      "If it is waiting, its verdict is the verdict here too.",
    "If it is refused, or malformed, it is held no more all the same, and is one of those that were refused. All " +
      "else is again as it was before step 5; begin again with step 2.",
    "If one of them has removed us: those after it, and our envelope, are only judged, each on what the one before it " +
      "has changed, as take judges messages after our removal. In the end all is as it was after the whole envelope " +
      "that has removed us, and nothing that came of those after it is a result.",
    "Do accept with our envelope, with its steps 11 to 13, also if we only judge it. Its verdict is the verdict here.",
    "If the verdict is waiting, by whichever step, nothing has changed but what step 6 says. If it is another than " +
      "accepted, nothing has changed at all.",
  ],
  accept: [
    "Decode the envelope (encoding.decode).",
    "If its messages are not of one group and one sender, or a number is not the one after that before " +
      "it: refused (causal-broadcast.one-sender).",
    "If a create, update or remove brings no signing key, or another message brings one: refused " + "(causal-broadcast.signing-key).",
    "If an update, remove or add states no cut, or another message states one: refused (causal-broadcast.cut).",
    "If there is an add and another message: refused (causal-broadcast.add-alone).",
    "If we have not joined: do join.",
    "The steps 3 to 8 of key-agreement.process are done for each message in turn, with those before it in " +
      "the envelope counted as seen. Where the first would be ignored, do confirm with nothing expected, " +
      "then compare, in place of that.",
    "The signing key of the sender is the one in its signer; if it has none, that of the contact with its " +
      "user. If the sender is no member that we know of: refused (key-agreement.sender-member). If there is " +
      "no contact: waiting for a bundle of the user.",
    "Compute the digests. If a message acknowledges one that is not open, or whose list does not have the " +
      "sender: refused (causal-broadcast.acknowledges). The lists are those before the envelope, for all its messages.",
    "If the strict verification of the signature fails: if the sender is unconfirmed and in our view, and we " +
      "have a message of it, do confirm, where the envelope is expected to be its next. Then, if the envelope is in " +
      "doubt, unless confirm has found what is expected: refused (causal-broadcast.unconfirmed); otherwise refused " +
      "(causal-broadcast.signature).",
    "If a removal of the sender is in the history, and there is an update, remove or add in the envelope, " +
      "it is to be withheld. It is not if it may have made a member leave that did not know of the sender's " +
      "removal. If it is not to be withheld, go on with step 14.",
    "If an envelope of this sender that begins with the same number is withheld: if its last digest is the " +
      "same: ignored; otherwise refused (causal-broadcast.equivocation).",
    "Waiting for an acknowledgement of its last message.",
    "Do take.",
    "If the envelope was in doubt before it was taken, and the verdict of step 9 or 14 is refused by another " +
      "clause than causal-broadcast.confirmation and key-agreement.commitment: refused " +
      "(causal-broadcast.unconfirmed) in its place. What is malformed stays so.",
  ],
  take: [
    "All steps but the last are done for each message in turn. After one that removes us, those that follow in the " +
      "envelope give no results: step 4 of key-agreement.process is left out for them, and they end with its step 13, " +
      "as we still are outside our view. So we keep all changes of the envelope.",
    "Process the message (key-agreement.process), with its direct message for us, if there is one; an add " +
      "by which we have just joined has been processed. Before we have joined, we are the member that a " +
      "create makes of our user. A verdict other than accepted is the verdict for the envelope.",
    "If the message states a cut, and as everything was before it the sender is in our view and has another cut: " +
      "refused (causal-broadcast.cut). No message changes whether its sender is in our view. An add by which we " +
      "have just joined has been compared.",
    "If key agreement gives a confirmation, and the sender is in our view: if the confirmation is not that of " +
      "this number, of the add, and of the sender's digest, signing key and cut before this message: refused " +
      "(causal-broadcast.confirmation). Otherwise the sender is unconfirmed no more; one not in our view stays so.",
    "What the sender of the message had not seen are the open messages that await it. The message that an " +
      "acknowledgement is of is among them. Do note.",
    "If the message is an add by one who is unconfirmed: its new member is unconfirmed too.",
    "The results are: the message; its digest; its sender's signing key from then on; what its sender had " +
      "not seen; and the chain that it states. So are the new update secrets that key agreement gave, each " +
      "with its member and number.",
    "The number of an update secret is, for the sender, that of the message. For ourselves it is that of " +
      "the last message that we have made by then, which is the response or the rekey.",
    "Send the response and the rekey of the message, in this order.",
    "Finally the envelope is among the last four of the sender's signer.",
  ],
  confirm: [
    "The first message of the envelope that is an add-ack of the add by which we joined, by a sender who is " +
      "unconfirmed (in our view or not), with a direct message for us, is looked at. If there is none, or " +
      "something is expected and it is not the first of the envelope, the operation ends.",
    "Receive the direct message as the first step of key-agreement.process-add-ack does; if it is not accepted, the " +
      "operation ends. The state does not change by it.",
    "If nothing is expected, or the confirmation in it is not that of what is expected: refused " +
      "(causal-broadcast.confirmation). Otherwise it has found what is expected. (Where something is, that add is " +
      "open, by step 9 of accept.)",
  ],
  note: [
    "A create, update, remove or add becomes open, with the list given above and with the number and key of its " +
      "sender's signer; if the list is empty, it does not. An ack or add-ack takes its sender from the lists of " +
      "the open messages of the member that it acknowledges, up to the number that it acknowledges.",
    "An add puts its new member on the lists of the open messages that have the adder on them.",
    "The sender's signer has from now on the message's digest, and, if the message brings one, its signing key, " +
      "and, if it is no acknowledgement, its number.",
    "Messages with an empty list are closed: forget them.",
  ],
  compare: [
    "Look among the last four envelopes of the sender for one that begins with the same number.",
    "If there is none: if the sender is unconfirmed, and the envelope has an update, remove or add with a higher " +
      "number than the last one in its signer: refused (causal-broadcast.unconfirmed); otherwise ignored.",
    "Compute the digests from the digest before that envelope, with the messages that are open now, whomever they " +
      "await. If one cannot be computed because a message acknowledged is not open, or the last digest is the same: " +
      "ignored.",
    "If the signature verifies under the key that verified that envelope: refused " +
      "(causal-broadcast.equivocation); otherwise refused (causal-broadcast.signature).",
  ],
  join: [
    "If the first message is a create: the signing key is that of the contact with the first user it " +
      "names; if there is none: waiting for a bundle of that user. Go on with accept from the computation " +
      "of digests, with 32 zero bytes before the first.",
    "If it is an add of our user: process it (key-agreement.process) with the direct message for the " + "member that it makes.",
    "After such an add: if its attachment is not an attachment, it is malformed; if it is not as the clause " +
      "demands: refused (causal-broadcast.attachment). Take over signers and open messages. All members that the " +
      "history has brought in, former ones too, are unconfirmed, but not the adder nor we ourselves. Go on with " +
      "accept from the computation of digests.",
    "This step is done after step 10 of accept, when the signature has been verified: if the cut that the add " +
      "states is not the cut of the adder by these signers and the changes before the add: refused " +
      "(causal-broadcast.cut).",
    "Otherwise: waiting to join the group.",
  ],
  "compare-notes": [
    "Notes are, for each member in our signers, the number of its last message and its digest, and those of its " +
      "last message that is withheld, if there is one. So there are none before we join and after our removal.",
    "Compared are the members that both notes have, and no others. If we have another digest for a number in " +
      "the other's notes, the member is among those that *differ*.",
    "We have a digest for the last message of a member, for the ends of its last four envelopes, for each open " +
      "message of it, and for each that is withheld.",
    "We ourselves are among those that differ also if the other's notes have a higher number of ours than our " +
      "last one, as our last message or as one that is withheld. If the last message of another member, as the " +
      "other's notes have it, has a higher number than ours, the member is among those where we are *behind*.",
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

/**
 * A control message with the signing key that it brings, the cut of its sender, the chain that it ends, and direct
 * messages by recipient.
 */
export const Item = record("item", {
  control: ControlMessage,
  signingKey: nullable(Key),
  cut: nullable(Key),
  chain: nullable(Chain),
  directs: table(MemberId, bytes(0, 1 << 20)),
})
export type Item = ValueOf<typeof Item>

/** What is broadcast: messages of one sender with its signature. */
export const Envelope = message("envelope", 0, { items: listOf(Item, 1, maximumItems), signature: Signature })
export type Envelope = ValueOf<typeof Envelope>

/** The number of a member's last message that is no acknowledgement, 0 if there is none, and its signing key since. */
export const Last = record("last", { seq: uint(0, 0xffffffff), signingKey: Key })
export type Last = ValueOf<typeof Last>

/** A message that may still be acknowledged, by those in `awaited`; `before` is what was last before it. */
export const Open = record("open", {
  sender: MemberId,
  seq: Seq,
  digest: Key,
  before: Last,
  awaited: listOf(MemberId, 1, 65_536),
})
export type Open = ValueOf<typeof Open>

/**
 * What goes with a welcome: of each member its signing key, the digest of its last message before the add, and the
 * number of its last one before the add that is no acknowledgement, 0 if there is none; and the open messages.
 */
export const Attachment = record("attachment", {
  signers: table(MemberId, record("attached-signer", { signingKey: Key, digest: Key, last: uint(0, 0xffffffff) })),
  open: listOf(Open, 0, 1 << 20),
})
export type Attachment = ValueOf<typeof Attachment>

const WithheldHead = record("withheld-head", { seq: Seq, digest: Key })
const Head = record("head", { seq: Seq, digest: Key, withheld: nullable(WithheldHead) })

/**
 * What members compare: of each member the number and the digest of its last message, and of the last one that is
 * withheld.
 */
export const Notes = named("notes", table(MemberId, Head))
export type Notes = ValueOf<typeof Notes>
