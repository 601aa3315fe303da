/**
 * # Extensions
 *
 * Clauses and steps of this chapter are called `extensions.*`.
 *
 * What the design document says is missing, and outlines (sections 6.1 and 6.2). With all options off, nothing of it
 * changes a byte of what the other chapters say, but for abort, saving and what liveness does already (flow control:
 * resends and heartbeats, chapter "liveness").
 *
 * | extension | new on the wire | option |
 * | --- | --- | --- |
 * | abort | a greeting packet with greet type 00e3 | |
 * | order acknowledgements | bodies of type 04 (chapter "messages") | orderAcknowledgements |
 * | publishing the ephemeral key | a packet with message type 05 | publishKey |
 * | ratchet inside a subsession | protocol version 2; MESSAGE_INDEX in data packets | ratchet |
 * | another transport for messages | nothing | direct |
 * | saving and loading | nothing | |
 *
 * An option says what we write, and, for order acknowledgements, whether final packets are noted. What others write is
 * received with it and without it, but for the ratchet.
 *
 * A text with the armour and well-formed records is an **abort** when it has MESSAGE_TYPE 02 and GREET_TYPE 00e3, and a
 * **published key** when it has MESSAGE_TYPE 05, as its third and fourth, and as its second record. It is one then,
 * however wrong the rest of it is. A text of more than 1 MiB is neither.
 *
 * ## Abort
 *
 * Without it, an operation of which one member says nothing more stands until somebody leaves the channel. An abort is
 * a **final packet** by which the operation fails; the server order takes whichever final packet is first, so that all
 * agree whether it succeeded. Its records are
 *
 * ```text
 * MESSAGE_SIGNATURE, PROTOCOL_VERSION, MESSAGE_TYPE = 02, GREET_TYPE = 00e3, SOURCE, DEST (empty), MEMBER+, PREV_PI,
 * ABORT_REASON, SESSION_SIGNATURE
 * ```
 *
 * (`+`: at least one) with the new records PREV_PI (0304, 32 bytes, the packet id of the initial packet) and
 * ABORT_REASON (0305, 1 byte: 01 the user, 02 time-out, 03 verification failed, 04 leaving). MEMBERs are the targets of
 * the operation, in its order.
 *
 * ```text
 * SESSION_SIGNATURE = Ed25519(identity key, SHA-256("abortsig" || name || PREV_PI || ABORT_REASON))
 * MESSAGE_SIGNATURE = Ed25519(identity key, "greetmsgsig" || signed part)
 * ```
 *
 * `name` is SOURCE in UTF-8, PREV_PI and ABORT_REASON the values of the records. Both by the identity key, because
 * everybody has to be able to verify it,
 * also who knows no ephemeral key yet.
 *
 * **Only targets may abort that are members already, and each of them may.** Members know each other's identity keys
 * from the operations before. Of somebody who comes in by the operation, one member may know the key and another not:
 * to the one its abort would end the operation, to the other not. A newcomer leaves the channel instead. Those
 * who are to be excluded must not be able to prevent it. But any one target can prevent an
 * operation: by an abort, or by not confirming. So a friend of the one who is to be excluded can keep it in the session
 * for ever. Whoever wants to be rid of
 * both excludes both at once; then neither is a target. Every abort names its author to the user (notice *operation*,
 * `by`).
 *
 * Who came into the line by the very operation that does not end cannot know whether others are in it at all (the
 * newcomer's risk of rule EII); it leaves the
 * channel and enters again, by which the operation fails if there is one. It asks the channel to leave only; what
 * follows does rule *kicked*.
 *
 * The reason tells people why; all have the same effect:
 *
 * | reason | sent by |
 * | --- | --- |
 * | 01 user | whose user says so |
 * | 02 time-out | those to whom the operation is late (extensions.abort-late) |
 * | 03 verification failed | who gets a downflow packet that is a lie (below), or lacks the identity key of a member |
 * | 04 leaving | who parts while the operation runs |
 *
 * A packet that is damaged, comes in the name of another, or does not fit is no reason: it does not count, and the
 * operation goes on, or is late. For in an honest channel a confirm may come that was written for an operation that was
 * aborted meanwhile; but lists and an acknowledgement in one packet that contradict each other are a lie, whichever
 * operation they are for, and so are an intermediate key of small order, and
 * two downflow packets by one ephemeral key in one operation: honest members make neither.
 *
 * ## Order acknowledgements
 *
 * Packet ids and chain hashes differ when a server tells members different things, but somebody has to compare them.
 * After each final packet each member
 * of the session that results writes an order acknowledgement, with that packet's id and chain hash, in its subsession.
 * Everybody compares it with its own
 * line. The option `orderAcknowledgements` is on unless the application switches it off. A member without it writes
 * none, and ignores those of others.
 *
 * **One accuser is not enough.** A member **disputes** our order when it has named another chain hash than ours for one
 * packet, or a packet that we do
 * not know within `full`. Then the server has told it, or us, something else; or the member lies. Nobody can tell which
 * by one signature. So the user is told
 * who disputes the order, and nothing else happens: the user may exclude that member. When a second member disputes it,
 * or the only other one, the order is
 * **inconsistent**: we propose nothing any more, and end the subsession.
 *
 * | the server is | and | then |
 * | --- | --- | --- |
 * | honest | one member lies, of three or more | all others are told of that member, and go on |
 * | honest | two members lie together, or the other one of two | all others are told of both, and end the subsession |
 * | lying | one member is shown another line than two or more others | that member ends its subsession; the others are told of it, and go on |
 * | lying | on both sides there are two or more | all end the subsession |
 *
 * A member that has not confirmed after `full` is told to the user. A newcomer's line is taken on trust from one packet
 * until then. What a server can
 * still do unnoticed is to choose between proposals that were made at once.
 *
 * ## Publishing the ephemeral key
 *
 * Once nobody can use our ephemeral secret key to deceive anybody, publishing it lets everybody forge what we wrote, so
 * that a transcript proves nothing. The packet has the records
 *
 * ```text
 * PROTOCOL_VERSION, MESSAGE_TYPE = 05, SOURCE, SIGNING_KEY, SUBSESSION_HASH*
 * ```
 *
 * SIGNING_KEY (0107) is the 32-byte secret key, SUBSESSION_HASH (0108, 32 bytes) the subsession hashes it was used
 * with, in order of use: a forger needs them. It is not signed: that the secret key fits our public key is proof
 * enough. It may be published when we part, our second FIN and every other message of ours is fully acknowledged, and
 * every FIN that we know of is acknowledged by us. Since a key is kept for as long as a member stays, it is not
 * published before it leaves. Receivers take the key only after both FINs: earlier, a member could have one message
 * read by some, publish its key, and so make the others refuse that message for ever, and with it every message that
 * refers to it. An acknowledgement that follows the FINs it can still show to some only (limit
 * *acknowledgement-after-the-fins*). They accept nothing by that key any more that is not in the
 * transcript already. If others withhold their acknowledgements, the key is not published; our own last
 * acknowledgements may stay unconfirmed.
 *
 * ## Ratchet
 *
 * A subsession has one key, and who learns it reads all of it. Here each author has a chain of keys, of which each is
 * forgotten when used:
 *
 * ```text
 * chain 0 of an author = HKDF(group key, "", "mpenc sender chain" || name)
 * message key i        = HKDF(chain i, "", "mpenc message key")
 * chain i + 1          = HKDF(chain i, "", "mpenc chain step")
 * ```
 *
 * each 32 bytes; `name` is the author's, in UTF-8. The cipher key is the first `cipherKeyBytes` bytes of message key i,
 * in the place of the group key's. Otherwise a message is as in the chapter "messages", but its packet has the records
 *
 * ```text
 * SIDKEY_HINT, MESSAGE_SIGNATURE, PROTOCOL_VERSION = 02, MESSAGE_TYPE = 03, MESSAGE_INDEX, MESSAGE_IV, MESSAGE_PAYLOAD
 * ```
 *
 * with the new record MESSAGE_INDEX (0015, 32 bits, big-endian): i, which is how many messages its author has written
 * in the subsession before. From PROTOCOL_VERSION on they are the signed part, so that no index can be changed under
 * way.
 *
 * **Who switches it on.** The option `ratchet` is a parameter of the session, like `cipherKeyBytes`: all members must
 * have the same. A session with it writes PROTOCOL_VERSION 02 in every greeting and data packet, and reads no other;
 * one without it writes and reads 01, as the original does. The version is signed, so it cannot be changed under way,
 * and nobody takes part half: to whoever has the other version, each packet of the operation is malformed
 * (mpenc-records.version), and the operation ends as late. Aborts and published keys have 01 in both, so that everybody
 * can read them. A group changes over by beginning a new session.
 *
 * **What is deleted, and when.**
 *
 * | secret | deleted |
 * | --- | --- |
 * | the group key, in the subsession | when its chains have begun; the subsession keeps its hash, by which signatures are verified |
 * | a chain key | when the next one is derived |
 * | the message key of our own message | when it is sealed |
 * | the message key of another's message | when the message is fully acknowledged |
 * | the message key of a message that did not come yet, or was dropped from the buffer | when the message has come and is fully acknowledged |
 * | all of them | when the subsession is forgotten |
 *
 * No key is derived before the signature is verified: nobody but the author moves the author's chain. A message that we
 * have is recognised by its identifier, for which no key is needed. An index is at most 64 ahead of its chain, so that
 * no author has us derive keys without end.
 *
 * > **Erratum ME-1** (section 6.2.1, which promises forward secrecy inside of a subsession). The membership keeps our
 * > contributions for the next operation, the intermediate keys travelled in clear, and together they give the group
 * > key and so every chain from its beginning. So the ratchet protects what was written before from whoever learns the
 * > keys of the subsession, which are needed for every message; not from whoever learns our contributions too, which
 * > are needed once in an operation, and can be kept apart. Nor does it heal: who has learned a chain key reads on.
 * > Against both, a new session (start) has new contributions of everybody. Vector: `extensions/ratchet-session`.
 *
 * ## Another transport for messages
 *
 * Only operations need the one order of the channel. With the option `direct`, data packets, also those that are
 * resent, are requested to be sent directly to the members of the subsession, ourselves included, in their order, by
 * any transport; they may come in any order, before or after what comes by the channel. Greetings that come that way
 * are refused.
 *
 * ## Saving and loading
 *
 * A session is a value. Saved, it is the deterministic encoding of an array of the number 1 and the session's state;
 * what holds of it then is the business
 * of one implementation, and ports need not read each other's. It holds all keys, so it is kept secret.
 *
 * **Persist before sending.** What leaves a member is signed, and cannot be taken back. So the state that a step leaves
 * is durable before any request of that
 * step is made; an event of the channel counts as taken when the state after it is durable. The requests are kept with
 * the state. After a restart, those of
 * which it is not known that they were made are made again: the same packet twice does no harm, and the channel ignores
 * what is so already.
 *
 * Who writes on from an older state contradicts its own signed messages (transcript.own-line). Others refuse that, and
 * it looks like the lie of an insider.
 *
 * **Restarts and backups.** Whoever loads the last durable state, and is given every event of the channel since, goes
 * on as if nothing had happened. Whoever
 * loads an older state, or may have missed events, loads it by *restore*: it takes part in nothing that it took part in
 * before, and brings its identity, its
 * choices and its log only. If the channel still has it as a member, it leaves the channel first. Then it enters, and
 * others include it, as anybody. To
 * them it is a member that has left (rule LS): they exclude it, and nothing of it is mistaken for a lie. What was
 * written meanwhile is not given to it.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule, shownBy } from "../conventions/clauses.ts"
import { bytes, listOf, record, table, uint, type ValueOf } from "../conventions/encoding.ts"
import { Key } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"
import { MemberName, maximumValue } from "./records.ts"

const missing = "design document section 6.1.1"

export const clauses = declareClauses("extensions", {
  "abort-form": check("MUST", "An abort has the records above, with lengths as given and a reason of 1 to 4.", missing),
  "abort-operation": check("MUST", "An abort is for the running operation, and has its targets.", missing),
  "abort-author": check("MUST", "The author of an abort is its sender, and a target that is no newcomer.", missing),
  "abort-signature": check("MUST", "An abort has both signatures, by the author's identity key.", missing),
  "abort-verification": rule(
    "MUST",
    "Targets abort an operation in which a member has signed what contradicts itself, or cannot be verified, and the user is told.",
    missing,
  ),
  "abort-leaving": rule("MUST", "Who parts aborts the running operation, if it is a target and no newcomer.", missing),
  "abort-late": rule(
    "MUST",
    "Targets abort an operation that takes too long, the initiator first; newcomers leave and enter again.",
    missing,
  ),
  "order-acknowledged": rule(
    "MUST",
    "Each final packet is acknowledged with its chain hash, and the user told of who does not.",
    "design document section 6.1.1, server-order consistency",
  ),
  "order-disputed": rule(
    "MUST",
    "The user is told of each member that names another order than ours; by one such member alone, of three or " +
      "more, nothing else happens.",
    "Conclave",
  ),
  "order-inconsistent": rule(
    "MUST",
    "When two members name another order than ours, or the only other one does, we propose nothing any more, and end the subsession.",
    "design document section 6.1.1, server-order consistency",
  ),
  "order-option": rule("MUST", "Without the option, order acknowledgements are neither written nor looked at.", "Conclave"),
  "key-form": check(
    "MUST",
    "A published key has the records above, with lengths as given.",
    "design document section 6.1.1, publish signature keys",
  ),
  "key-fits": check(
    "MUST",
    "A published key is the secret key of its sender's ephemeral key.",
    "design document section 6.1.1, publish signature keys",
  ),
  "key-early": check("MUST", "A key is published after both FINs of its owner.", "Conclave; design document section 6.1.1"),
  "key-published": check("MUST", "Nothing new by a published key is accepted.", "design document section 6.1.1, publish signature keys"),
  "publish-safely": rule(
    "MUST",
    "A key is published only when all that we wrote is fully acknowledged and we have acknowledged every FIN.",
    "design document section 6.1.1, publish signature keys",
  ),
  "data-form": check(
    "MUST",
    'A data packet in a session with the ratchet has the records above, with lengths as in the chapter "mpenc-records".',
    "design document section 6.2.1",
  ),
  "message-index": check(
    "MUST",
    "The index of a message is the number of messages that its author wrote in the subsession before.",
    "design document section 6.2.1",
  ),
  "ratchet-version": rule(
    "MUST",
    "A session with the ratchet reads and writes greeting and data packets of version 2 only, one without it of version 1 only.",
    "Conclave",
  ),
  "ratchet-index": check("MUST", "An index is not that of a key that was used, nor more than 64 ahead.", "design document section 6.2.1"),
  "ratchet-keys": rule("MUST", "Chain keys and message keys are derived as above.", "design document section 6.2.1"),
  "ratchet-forgets": shownBy(
    "reference/mpenc/test/extensions.test.ts",
    rule(
      "MUST",
      "A chain key is deleted when the next one is derived, a message key when its message is fully acknowledged.",
      "design document section 6.2.1",
    ),
  ),
  "direct-data": check("MUST", "By another transport come data packets only.", "design document section 6.2.1"),
  "persist-before-send": shownBy(
    "reference/mpenc/test/restart.test.ts",
    rule("MUST", "The state that a step leaves is durable before a request of that step is made.", "Conclave"),
  ),
  restored: shownBy(
    "reference/mpenc/test/restart.test.ts",
    rule(
      "MUST",
      "Who loads a state that is not its last takes part in no session, operation or channel of that state any more.",
      "Conclave",
    ),
  ),
  saved: shownBy(
    "reference/mpenc/test/extensions.test.ts",
    rule(
      "MUST",
      "A session that was saved and loaded goes on as if nothing had happened; other bytes are malformed.",
      "design document section 6.3, save and load",
    ),
  ),
})

export const steps = declareSteps("extensions", {
  abort: [
    "If no operation of which we are a target is running, or we are a newcomer of it: refused (session.no-operation). " +
      "A proposal of ours that has not come back is none that runs.",
    "Send an abort with the reason 01 (extensions.send-abort). Settle is not done.",
  ],
  "abort-deceived": [
    "A packet of the running operation was not accepted by the greeting. We are a target of the operation: for " +
      "others no greeting is running.",
    "If a start-downflow or include-downflow is refused by aske.acknowledgement, suite.x25519-zero or " +
      "greeting.one-downflow, or any packet by greeting.identity: the step is accepted. The user is told (security) of " +
      "the clause and of SOURCE; with greeting.identity, of the first other MEMBER whose identity key is unknown.",
    "Otherwise the verdict is that of the greeting, and the operation goes on.",
    "After step 2: abort the operation with the reason 03 (extensions.send-abort), unless we are a newcomer of it, or " +
      "this step or abort-late has asked for something in it before. An abort that our user wanted does not count.",
  ],
  "send-abort": [
    "Sign SHA-256 of `abortsig` in ASCII, our name, PREV_PI and the reason by our identity key. Then sign " +
      "`greetmsgsig` in ASCII and the signed part likewise.",
    "Ask the channel to send the packet to the members of our session, and then to the other targets, each in " + "their order.",
  ],
  "receive-abort": [
    "If the records, their lengths, the version or the reason are others, or there is no MEMBER: malformed " +
      "(extensions.abort-form). Then, if SOURCE or a MEMBER is no name: malformed (mpenc-records.name). That a MEMBER " +
      "stands there twice is left to step 2.",
    "If no operation is running, or PREV_PI is not its initial packet, or the MEMBERs are not its targets in their " +
      "order: refused (extensions.abort-operation).",
    "If SOURCE is not the sender, no target, or a newcomer: refused (extensions.abort-author). Newcomers are those " +
      "targets that come into the line by the operation: in a start, all but the initiator; in an include, those who " +
      "are included.",
    "If the identity key of SOURCE is unknown (ours is that of our own secret key), or one of the signatures is " +
      "not accepted strictly by it: refused (extensions.abort-signature).",
    "Offer the packet to the server order as final (server-order.offer), with the members of our session in the " +
      "place of targets. The operation has failed (session.fail).",
  ],
  "abort-late": [
    "An operation of which we are a target is late 3/2 of its expected time after we accepted its initial packet.",
    "If we are not its initiator, it is late for us `latency` times our position in its MEMBERs, counted from 0, " + "after that.",
    "When step 4 or 5, or step 4 of abort-deceived, has asked for something in this operation, the operation is late " +
      "again `latency` after the last time, but not before the time of step 2.",
    "If it is late, and we are a newcomer of it: ask the channel to leave. We are joining since `now`, also if we " +
      "were joining before, so that we enter again when we have left (step 6 of session.left). We do not count as having asked to leave.",
    "If it is late otherwise: abort it with the reason 02 (extensions.send-abort).",
  ],
  "acknowledge-order": [
    "Without the option `orderAcknowledgements`: nothing.",
    "After a final packet (a departure too): receive again, in their order, the order acknowledgements that are " +
      "kept (extensions.receive-order), each with the time when it came first.",
    "Note the id of the final packet and `now`, in the place of the one before.",
    "If there is a current subsession that we are not parting from: write an order acknowledgement in it, with the " +
      "id and the chain hash of the final packet.",
  ],
  "receive-order": [
    "Without the option `orderAcknowledgements`: nothing.",
    "If our line has the packet that it names: with the same chain hash, the author has confirmed the packet and " +
      "all before it; with another, by dispute-order.",
    "If our line does not have the packet: keep what the author says, with `now`. If more than 4 are kept of the " +
      "author, the oldest is dropped.",
  ],
  "check-order": [
    "When the final packet noted came `full` ago: look, once, at those who have not confirmed it, in the order in " + "which they had to.",
    "Of these we leave out ourselves, and those who have written a FIN in the current subsession, who may not. If " +
      "somebody is left, tell the user of them (order-unconfirmed).",
    "Each order acknowledgement that is kept and came `full` ago or earlier is forgotten. Its author disputes the " +
      "order (by dispute-order), in the order in which they were kept.",
  ],
  "dispute-order": [
    "If the author is no other member of our session, or has disputed the order before: nothing.",
    "Note that the author disputes the order, and tell the user (security, with extensions.order-disputed and the " + "author).",
    "If two other members of our session dispute the order, or the only other one does: the order is inconsistent. " +
      "Tell the user, once (security, with extensions.order-inconsistent and this author), and propose nothing any " +
      "more.",
  ],
  "end-disputed": [
    "When the order has become inconsistent: write a FIN in the current subsession, if we are not parting from it, as " +
      "after session.depart in the same call. There is a current one, since only a member of our session disputes the " +
      "order. In a later subsession no FIN is written for it.",
  ],
  "publish-key": [
    "Without the option `publishKey`: nothing. Whether an order is inconsistent is not looked at.",
    "If a message of ours in the current subsession that is no explicit acknowledgement is not fully acknowledged, or we have not " +
      "written both FINs: nothing.",
    "If we have not acknowledged a FIN of another in it: nothing.",
    "Ask the channel to send the published key to the members of the subsession, in their order, also with the option `direct`.",
  ],
  "receive-key": [
    "If the records, their lengths or the version are others: malformed (extensions.key-form). Then, if SOURCE is no " +
      "name: malformed (mpenc-records.name).",
    "If SOURCE is not the sender, or not in the current or previous subsession, or the public key of SIGNING_KEY " +
      "is not its ephemeral key: refused (extensions.key-fits).",
    "If SOURCE has not written both its FINs in a subsession in which this is its key: refused (extensions.key-early).",
    "The key is published: from now on a message by it that is not in the transcript is refused " +
      "(extensions.key-published). Who publishes it once more is accepted, and nothing changes.",
  ],
  "ratchet-begin": [
    "Each author has chain 0, of the group key, and the index 0. No message keys are kept.",
    "In a session: the subsession keeps its hash, and forgets the group key.",
  ],
  "ratchet-key": [
    "If the author has no chain, or the index is more than 64 higher than the chain's: refused " +
      "(extensions.ratchet-index). If the index is lower than the chain's and no key is kept for it: likewise.",
    "If a key is kept for it, that is the key.",
    "Otherwise derive message keys and next chains up to it, keep the message keys, and delete the chains before.",
  ],
  "ratchet-seal": [
    "The index is that of our own chain. Take its key (extensions.ratchet-key), and delete it " + "(extensions.ratchet-forget).",
    "Seal the message (messages.seal) with the IV given, with this key in the place of the group key, " +
      "MESSAGE_INDEX before MESSAGE_IV, PROTOCOL_VERSION 02, and the hash that is kept.",
  ],
  "ratchet-open": [
    "If the text does not begin with SIDKEY_HINT, MESSAGE_SIGNATURE, PROTOCOL_VERSION 02 and MESSAGE_TYPE 03, it " +
      "is no such packet. Nor is a text of more bytes than mpenc-records.limit allows.",
    "If such a packet has other records then, or with other lengths: malformed (extensions.data-form).",
    "Check hint, author and signature as messages.open does, with the hash that is kept, and compute the " +
      "identifier. If the transcript has the message, go on with step 3 of session.open.",
    "Take the key of the author and the index (extensions.ratchet-key). With it in the place of the group key, " +
      "decrypt and decode as messages.open does from there on. Only then steps 4 and 5 of session.open are done.",
    "When the message is accepted: if its index is not the number of its author's messages before: refused " +
      "(extensions.message-index).",
    "If a message of the buffer is refused by step 5, it leaves the buffer, and the user is told, as in step 8 of " +
      "session.open. Such messages are told of before those that the transcript refuses.",
    "When a message has become fully acknowledged: delete its key (extensions.ratchet-forget).",
  ],
  "ratchet-forget": ["Delete the message key that is kept for the author and the index."],
  direct: [
    "Decode the text as in step 3 of session.packet. Aborts and published keys are not looked for, so they are " +
      "malformed (mpenc-records.decode).",
    "If the packet is no data packet: refused (extensions.direct-data).",
    "Otherwise receive it as session.data does; its sender need not be in the channel. Splice and settle follow, " +
      "as in steps 5 and 6 of session.packet.",
  ],
  restore: [
    "Load the session (extensions.load).",
    'Forget all that is forgotten outside of the channel (chapter "session", state), our proposal, and since when ' +
      "we are joining and when we enter again.",
  ],
  load: ["If the bytes are not the deterministic encoding of a saved session: malformed (encoding.canonical, " + "encoding.shape)."],
})

/** The new record types, with the lengths of their values. */
export const extensionRecords = {
  MESSAGE_INDEX: { type: 0x0015, length: 4 },
  SIGNING_KEY: { type: 0x0107, length: 32 },
  SUBSESSION_HASH: { type: 0x0108, length: 32 },
  PREV_PI: { type: 0x0304, length: 32 },
  ABORT_REASON: { type: 0x0305, length: 1 },
} as const

/** The protocol version of greeting and data packets in a session with the ratchet. */
export const ratchetVersion = 2

/** The greet type of an abort. */
export const abortType = 0x00e3

/** The message type of a published key. */
export const publishedKeyType = 5

/** So many order acknowledgements of one author that name unknown packets are kept. */
export const maximumClaims = 4

/** Why an operation is aborted. */
export const abortReasons = { user: 1, late: 2, verification: 3, leaving: 4 } as const
export type AbortReason = keyof typeof abortReasons

/** Labels, in ASCII. */
export const extensionLabels = {
  abort: "abortsig",
  senderChain: "mpenc sender chain",
  messageKey: "mpenc message key",
  chainStep: "mpenc chain step",
} as const

/** How far a message may be ahead of the chain. */
export const maximumAhead = 64

const Index = uint(0, 0xffffffff)

/** A data packet in a session with the ratchet. */
export const IndexedPacket = record("mpenc-indexed-packet", {
  hint: bytes(1),
  signature: Signature,
  index: Index,
  iv: bytes(12),
  payload: bytes(0, maximumValue),
})
export type IndexedPacket = ValueOf<typeof IndexedPacket>

/** The ratchet of a subsession: by author its chain key and index, and the message keys that are kept. */
export const SenderChains = record("sender-chains", {
  chains: table(MemberName, record("sender-chain", { key: Key, index: Index })),
  kept: listOf(record("kept-message-key", { author: MemberName, index: Index, key: Key }), 0, 1 << 20),
})
export type SenderChains = ValueOf<typeof SenderChains>
