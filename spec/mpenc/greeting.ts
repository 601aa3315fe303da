/**
 * # Greeting
 *
 * Clauses and steps of this chapter are called `greeting.*`.
 *
 * A **greeting** is one operation on the membership of a session, as one member goes through it: key agreement and
 * signature key exchange, in the same packets. Each operation has its own greeting. It begins with what the operation
 * before left (a **membership**: all keys of a subsession), and either ends with a new membership or is forgotten, with
 * no trace. While it runs, nothing of it touches the session. (Design document sections 3.1 and 5.2.3.)
 *
 * | operation | packets |
 * | --- | --- |
 * | start, n members | start-initial, n - 2 start-upflow, start-downflow, n - 1 start-confirm |
 * | include, n members afterwards, i of them new | include-initial, i - 1 include-upflow, include-downflow, n - 1 include-confirm |
 * | exclude, n members afterwards | exclude-initial, n - 1 exclude-confirm |
 * | refresh | refresh-initial |
 *
 * The confirms come in any order; the last packet of all is the **final** one, whichever it is. Start of three, by c:
 *
 * ```text
 * c -> a    start-initial
 * a -> b    start-upflow
 * b -> all  start-downflow
 * a -> all  start-confirm
 * c -> all  start-confirm      the final packet, if it comes last
 * ```
 *
 * The transport gives every packet to everybody in the channel, its sender included, in one order. A packet of our own
 * counts when it comes back, not when it is sent.
 *
 * Which operation changes a membership M' into M is not a choice: with no others in M' it is a start; otherwise
 * include, exclude or, for M' = M, refresh. To include some and exclude others takes two operations.
 *
 * ## Signature
 *
 * ```text
 * MESSAGE_SIGNATURE = Ed25519(ephemeral key of SOURCE, "greetmsgsig" || signed part)
 * ```
 *
 * It is verified by the key that we know for SOURCE: that of the finished lists of this operation; before there are
 * such, that of the membership before; and for whoever is not in that, the PUB_KEY at the position of SOURCE in the
 * packet itself. The last is worth nothing at first. But the finished lists are confirmed by everybody's identity key,
 * they must have the key by which the initiator signed the first packet (greeting.initiator-key), and each member finds
 * its own key and nonce in them (greeting.own-share); so when the operation ends, all of its packets are authenticated,
 * PREV_PF and CHAIN_HASH in the first one included.
 *
 * > **Erratum A11.** The original accepts a greeting without a signature. Here there is none (mpenc-records.order).
 * > Vector: `mpenc-records/no-signature~refused`.
 *
 * > **Erratum A25.** The original does not compare SOURCE with the sender that the transport names. Here they must be
 * > equal. Vector: `greeting/sender`.
 *
 * > **Erratum A10.** Section 5.2.2 has each member check its own values in the first downflow packet, which the
 * > original leaves to the others. Here it is checked. Vector: `greeting/own-nonce`.
 *
 * > **Erratum A27.** The original writes the initiator first and the others sorted, and new members sorted at the end;
 * > a reader accepts any order. Vector: `greeting/any-order`.
 *
 * The members of a membership have one order, that of the MEMBERs of the last operation: the lists of the agreement and
 * those of the exchange follow it. A
 * refresh may name the members in another order than before; then the nonces and ephemeral public keys of the exchange
 * change their places with them.
 * Otherwise the next packet with these lists would have each key in another member's place. Vector:
 * `greeting/order-after-refresh`.
 *
 * ## An initial packet is valid for all or for none
 *
 * An initial packet that counts is a place in the line of operations (chapter "server-order"). So all members have to
 * come to the same verdict about it,
 * those whom it excludes too: if it were valid for some only, their lines would part for good, and honest members would
 * accuse each other of it. Therefore each
 * member checks all of an initial packet that any member can check (check-alike), and not only its own part. What is
 * wrong for one member alone, and cannot
 * be seen by the others, can come in later packets only; these are no places in the line, and an operation in which a
 * member cannot go on ends as late.
 *
 * ## One downflow
 *
 * An acknowledgement vouches for the names, for all nonces, and for the ephemeral key of its own member; not for the
 * ephemeral keys of others, nor for intermediate keys. So the last member can make two downflow packets with one
 * session id, which its acknowledgement and all others fit. If one member refused the first of them and took the
 * second, and another did the converse, both would finish, and have other keys.
 *
 * Therefore what makes one member refuse a downflow packet makes all refuse it, also an intermediate key of small order
 * for somebody else. What one member alone can see is a wrong nonce or ephemeral key of its own. A wrong nonce makes
 * another session id; and whoever has a wrong ephemeral key for a member does not accept that member's acknowledgement.
 * Whoever has taken the first packet refuses the second, which its sender has signed by the same key, as a lie.
 *
 * Whoever lacks the identity key of a member cannot confirm: others who have it would finish by that member's confirm,
 * which it would have to refuse.
 *
 * ## Confirms with and without lists
 *
 * The parameter `repeatLists` of a member says whether it repeats NONCE and PUB_KEY in its confirms, as the original
 * does, or not, as section 5.2.2 says (erratum A7). It changes nothing else; members with different parameters
 * understand each other. The default is not to repeat them.
 *
 * ## State
 *
 * A membership is `Membership`, below. An exclusion may leave one member alone; its membership counts as none in what
 * follows. The state of a greeting is `Greeting`: what the first packet said (`initial`), our agreement and, once we
 * have had our turn, our nonce and ephemeral key; the finished lists (`exchange`) once the first downflow packet was
 * accepted; the acknowledgements since then; and the signatures of those packets of our own that have not come back
 * yet.
 *
 * The parameter `version` of a member is the PROTOCOL_VERSION of the packets that it reads and writes: 1, unless the
 * session has the ratchet (chapter "extensions").
 *
 * Identity keys of others come from outside, as do PREV_PF, CHAIN_HASH and LATEST_PM (chapters "server-order" and
 * "transcript"). Where several keys of one member are known, the first of them is its identity key. Our own identity
 * key is that of our secret key: what is known in our name is never looked at.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { listOf, nullable, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { Key } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"
import { Exchange, Nonce } from "./aske.ts"
import { Agreement } from "./cliques.ts"
import { MemberName, named } from "./records.ts"

const section = "design document section 5.2.3"

export const clauses = declareClauses("greeting", {
  "one-change": check("MUST", "An operation includes, or excludes, but not both.", section),
  previous: check(
    "MUST",
    "A start comes where there is no session with others; exclude and refresh, and include for those who are not new, where there is one.",
    section,
  ),
  kind: check("MUST", "An operation consists of greetings.", section),
  sender: check("MUST", "The source of a greeting is the transport's sender.", "Conclave; erratum A25"),
  "own-packet": check("MUST", "A packet that comes from ourselves is one that we have sent and that has not come back.", "Conclave"),
  "initial-first": check("MUST", "The first packet of an operation is an initial one.", "design document section 3.3"),
  "one-initial": check("MUST", "An operation has one initial packet.", "design document section 3.3"),
  "same-operation": check("MUST", "All packets of a greeting belong to its operation.", section),
  "same-members": check("MUST", "All packets of a greeting have the list of members of the first one.", section),
  change: check(
    "MUST",
    "The initiator is a member before; an include keeps all members, an exclude keeps some and brings nobody, a refresh keeps exactly all.",
    section,
  ),
  member: check("MUST", "We are among the members, except when we are excluded.", section),
  "key-kept": check("MUST", "Whoever was a member before keeps its ephemeral key.", "design document section 5.2.2"),
  "nonce-kept": check(
    "MUST",
    "Whoever was a member before keeps its nonce in an initial packet, but for the initiator.",
    "design document section 5.2.2; erratum A15",
  ),
  "initiator-key": check("MUST", "The initiator's ephemeral key is the one of the first packet.", "Conclave, for section 6.1.1"),
  "downflow-first": check("MUST", "A confirm comes after the first downflow packet.", "design document section 5.2.2"),
  "one-downflow": check("MUST", "A second downflow packet of an operation is the first one again.", "Conclave"),
  signature: check("MUST", "A greeting is signed by the ephemeral key of its source.", `${section}; erratum A11`),
  turn: check("MUST", "An upflow packet goes to a new member, once.", "design document section 5.2.1"),
  "own-share": check("MUST", "The finished lists have our own nonce and ephemeral key.", "design document section 5.2.2; erratum A10"),
  identity: check(
    "MUST",
    "The identity key of whoever acknowledges is known, and before we confirm, those of all members.",
    "design document section 5.2.2",
  ),
  "one-acknowledgement": check("MUST", "A member acknowledges once; the same again is ignored.", "Conclave"),
  "same-lists": check("MUST", "A confirm that repeats the lists repeats those of the first downflow packet.", "Conclave; erratum A7"),
  "members-order": rule(
    "MUST",
    "The initiator of a start is the first member, and the others follow sorted; new members follow sorted.",
    "original implementation",
  ),
  "refresh-order": rule("MUST", "After a refresh the members, their nonces and their keys stand in the order of its MEMBERs.", "Conclave"),
  "latest-order": rule("MUST", "LATEST_PMs are written in ascending order of their bytes.", "original implementation"),
  "nonce-replaced": rule(
    "MUST",
    "The initiator of an include or exclude replaces its nonce.",
    "design document section 5.2.2; erratum A15",
  ),
  "key-for-the-stay": rule(
    "MUST",
    "A member makes one ephemeral key, when it enters, and uses it for as long as it stays.",
    "original implementation",
  ),
  confirms: rule("MUST", "Whoever accepts the first downflow packet of another member confirms it, once.", "design document section 5.2.2"),
  "repeat-lists": rule("MUST", "A confirm repeats the lists if, and only if, the parameter says so.", "Conclave; erratum A7"),
  finished: rule(
    "MUST",
    "An operation is finished when all members' acknowledgements have come from the channel, our own included; a refresh when its packet has.",
    "design document section 5.2.2",
  ),
})

export const steps = declareSteps("greeting", {
  draw: [
    "Draw a contribution, `mpenc/greeting/{number}/contribution`, a nonce, `mpenc/greeting/{number}/nonce`, and an " +
      "ephemeral secret key, `mpenc/greeting/{number}/ephemeral`, 32 bytes each, where number counts the draws of " +
      "this member from 1. What is not used is forgotten.",
  ],
  begin: [
    "The greeting has the membership before as `previous`, or none if it has no members but us. Its agreement is " +
      "the previous one, if any. It has no nonce; its ephemeral key is the previous one, if any. Everything else " +
      "is empty.",
  ],
  propose: [
    "Begin a greeting (greeting.begin). The LATEST_PMs of the metadata are put in ascending order.",
    "If somebody is to be included and somebody to be excluded: refused (greeting.one-change).",
    "If there is no previous membership, and nobody is to be included: refused (greeting.previous).",
    "If there is no previous membership, it is a start, by propose-start. Otherwise it is an include, exclude or " +
      "refresh, by propose-include, propose-exclude or propose-refresh.",
    "What the first packet says is noted as in step 5 of receive, also that it is ours.",
  ],
  "propose-start": [
    "Start the agreement with the others, sorted (cliques.start). Our nonce and our ephemeral key are the drawn " +
      "ones. Send start-initial to the second member, with the keys, our nonce, our ephemeral public key and the " +
      "metadata (greeting.send).",
  ],
  "propose-include": [
    "Include the others, sorted, in the agreement (cliques.include). Our nonce is the drawn one, and takes the " +
      "place of ours among the nonces.",
    "Send include-initial to the first new member, with the keys, the nonces and ephemeral public keys of the " +
      "members before, and the metadata (greeting.send).",
  ],
  "propose-exclude": [
    "Exclude the others from the agreement (cliques.exclude). Remove their nonces and ephemeral public keys. Our " +
      "nonce is the drawn one, and takes the place of ours among the nonces.",
    "Complete the exchange (aske.complete), and acknowledge it (aske.acknowledge). The exchange is that of the " + "greeting.",
    "Send exclude-initial to all, with the keys, the lists, the metadata and the acknowledgement (greeting.send).",
  ],
  "propose-refresh": [
    "Refresh the agreement (cliques.refresh). Send refresh-initial to all, with the keys and the metadata " + "(greeting.send).",
  ],
  send: [
    "Sign `greetmsgsig` in ASCII and the signed part of the packet with our ephemeral key. Note the signature as " +
      "sent, and encode the packet (mpenc-records.encode).",
  ],
  receive: [
    "Decode the text (mpenc-records.decode). If it is no greeting: refused (greeting.kind).",
    "If SOURCE is not the sender: refused (greeting.sender).",
    "If SOURCE is ourselves: do receive-own, and go on with step 9.",
    "Otherwise do check-packet.",
    "If the packet is initial, note what it says, by the steps of note-initial.",
    "If we are not a member: we are excluded, and the greeting is over.",
    "Do process-refresh for refresh-initial, process-confirm for a confirm, and process-downflow for a downflow " +
      "packet or exclude-initial.",
    "Do process-upflow for any other packet.",
    "If it was a refresh-initial, or all members have acknowledged: the operation is finished. The new membership " +
      "has our agreement, the exchange and our ephemeral key.",
    "After a refresh the exchange is the previous one, with its lists in the order of the MEMBERs.",
  ],
  "note-initial": [
    "Note the operation, the source, and the members of the packet. Note the ephemeral key of the source: its " +
      "PUB_KEY, and of a refresh its key in the previous exchange.",
    "Note how many of its members are not new: 1 in a start, the number of NONCEs in an include, and all in an " + "exclude or refresh.",
  ],
  "receive-own": [
    "If its MESSAGE_SIGNATURE is not one that we have noted as sent: refused (greeting.own-packet). Otherwise " +
      "remove the signature from there.",
    "If it has a SESSION_SIGNATURE, note that as our acknowledgement. What an initial packet of ours says was " +
      "noted when we proposed it.",
  ],
  "check-packet": [
    "If it is an initial packet and we have had one: refused (greeting.one-initial). If it is none and we have had " +
      "none: refused (greeting.initial-first).",
    "If it is an initial packet, do check-initial.",
    "Otherwise, if its operation is not that of the first packet: refused (greeting.same-operation). If its " +
      "MEMBERs are not those of the first packet, in the same order: refused (greeting.same-members).",
    "If it has a PUB_KEY for somebody who is in the previous exchange, and it is another one than there: refused " + "(greeting.key-kept).",
    "If it has a PUB_KEY for the initiator that is another one than in the first packet: refused " + "(greeting.initiator-key).",
    "If it is a confirm, and there is no exchange: refused (greeting.downflow-first).",
    "Verify its MESSAGE_SIGNATURE strictly by the key of SOURCE: the one in the exchange, or, if there is none, " +
      "the one in the previous exchange, or, if SOURCE is not in that, the one in the packet. If the signature is " +
      "not accepted: refused (greeting.signature).",
    "If it is an initial packet, and there is a previous membership, do check-alike.",
  ],
  "check-alike": [
    "If it has a NONCE of a member of the previous exchange, other than SOURCE, that is another one than there: " +
      "refused (greeting.nonce-kept). An include is checked no further.",
    "If an INT_KEY is of small order (its product with any scalar is all zero): refused (suite.x25519-zero). A " +
      "refresh is checked no further.",
    "Complete the exchange of the packet's lists (aske.complete), and verify the acknowledgement of SOURCE in it " +
      "by verify-acknowledgement.",
  ],
  "check-initial": [
    "If there is a previous membership, and it is a start: refused (greeting.previous).",
    "If there is no previous membership, and it is an exclude or refresh, or an include of which we are one of the " +
      "first m MEMBERs, where m is the number of NONCEs: refused (greeting.previous).",
    "If there is a previous membership, and SOURCE is not in it: refused (greeting.change).",
    "If there is a previous membership, it is an include, and the first m MEMBERs are not the previous members, in " +
      "any order: refused (greeting.change).",
    "If there is a previous membership, it is an exclude, and the MEMBERs are not fewer than the previous members, " +
      "or one of them is not among those: refused (greeting.change).",
    "If there is a previous membership, it is a refresh, and the MEMBERs are not the previous members, in any " +
      "order: refused (greeting.change).",
    "If we are not a MEMBER, and it is no exclude: refused (greeting.member).",
  ],
  "process-upflow": [
    "If DEST is not us: nothing happens.",
    "If we have had our turn, or are one of the members that are not new: refused (greeting.turn).",
    "Our nonce and our ephemeral key are the drawn ones. Add the nonce and the public key to the lists of the " + "packet, at their ends.",
    "If we are not the last member: take part in the upflow (cliques.forward), and send start-upflow or " +
      "include-upflow to the next member, with the keys and the lists (greeting.send).",
    "If we are the last member: end the upflow (cliques.close). Complete the exchange (aske.complete), which is " +
      "that of the greeting, and acknowledge it (aske.acknowledge).",
    "Then send start-downflow or include-downflow to all, with the keys, the lists and the acknowledgement " + "(greeting.send).",
  ],
  "process-downflow": [
    "If SOURCE has acknowledged before, and the INT_KEYs are not those of our agreement, or the lists not those of " +
      "the exchange: refused (greeting.one-downflow).",
    "If SOURCE has acknowledged before otherwise: as in step 1 of process-confirm.",
    "If an INT_KEY, whoever it is for, is of small order: refused (suite.x25519-zero).",
    "If it is a start-downflow or include-downflow, and the identity key of a MEMBER other than us is unknown: " +
      "refused (greeting.identity).",
    "Complete the exchange of the packet's lists (aske.complete).",
    "If our nonce in the exchange is not the one that we drew in this operation, or, if we drew none, the previous " +
      "one: refused (greeting.own-share). If our ephemeral public key in the exchange is not ours: likewise. " +
      "Before our turn in a start or include we have neither, so that every downflow is refused here.",
    "Receive the keys, with our contributions (cliques.receive).",
    "Verify the acknowledgement of SOURCE by verify-acknowledgement, and note it. The exchange is that of the " + "greeting.",
    "Acknowledge the exchange (aske.acknowledge). Send the confirm of the operation to all, with the " +
      "acknowledgement, and the two lists if `repeatLists` says so (greeting.send).",
  ],
  "process-confirm": [
    "If SOURCE has acknowledged before: if by the same signature: ignored (greeting.one-acknowledgement); else: " +
      "refused (greeting.one-acknowledgement).",
    "If it has lists, and they are not those of the exchange: refused (greeting.same-lists).",
    "Verify the acknowledgement of SOURCE by verify-acknowledgement, and note it.",
  ],
  "process-refresh": ["Receive the keys, with our contributions (cliques.receive)."],
  "verify-acknowledgement": [
    "If the identity key of SOURCE is unknown: refused (greeting.identity).",
    "Verify the SESSION_SIGNATURE by it (aske.verify).",
  ],
})

/** What the signed bytes of a greeting begin with, in ASCII. */
export const greetingContext = "greetmsgsig"

/** The operations, with the number that a greet type has for them. */
export const operations = { start: 1, include: 2, exclude: 3, refresh: 4 } as const

/** The name of an operation. */
export type OperationName = keyof typeof operations

/** What a member draws for an operation. */
export const Shares = record("mpenc-shares", { contribution: Key, nonce: Nonce, ephemeralSecretKey: Key })
export type Shares = ValueOf<typeof Shares>

/** All keys of a subsession, as one member holds them: what an operation ends with, and the next one begins with. */
export const Membership = record("mpenc-membership", { agreement: Agreement, exchange: Exchange, ephemeralSecretKey: Key })
export type Membership = ValueOf<typeof Membership>

/** Our identity key, and those of others that we know. */
export const Identities = record("mpenc-identities", {
  secretKey: Key,
  known: listOf(record("mpenc-identity", { member: MemberName, publicKey: Key }), 0, unlimited),
})
export type Identities = ValueOf<typeof Identities>

/** What the first packet of an operation said. `settled` members, the first ones, are not new. */
export const Initial = record("mpenc-initial", {
  operation: named(operations),
  initiator: MemberName,
  initiatorKey: Key,
  members: listOf(MemberName, 1, unlimited),
  settled: uint(0, unlimited),
})

/** The state of a greeting. */
export const Greeting = record("mpenc-greeting", {
  me: MemberName,
  repeatLists: uint(0, 1),
  version: uint(1, 2),
  previous: nullable(Membership),
  initial: nullable(Initial),
  agreement: nullable(Agreement),
  nonce: nullable(Nonce),
  ephemeralSecretKey: nullable(Key),
  exchange: nullable(Exchange),
  acknowledgements: listOf(record("mpenc-acknowledgement", { member: MemberName, signature: Signature }), 0, unlimited),
  sent: listOf(Signature, 0, unlimited),
})
export type Greeting = ValueOf<typeof Greeting>
