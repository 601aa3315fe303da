/**
 * # Group messaging
 *
 * Clauses and steps: `group-messaging`. Layer and cases: `messaging`. Methods: `messenger.…`.
 *
 * What an application uses: groups of *users*, messages between them, and events. Everything below is hidden: members, welcomes, acknowledgements, chains.
 *
 * A user has a **messenger** with its keyring and its groups. An operation, or a **packet** that comes from the network, gives a new messenger, packets to send to all others in the group, and
 * events for the application. A packet is an envelope (chapter "causal-broadcast") or an application message.
 *
 * ## Users and members
 *
 * Each addition makes a member of its own (chapter "identifiers"), so a user can be in a group more than once: after it was removed and added again, or because two members added it at once. Each of these is a **membership**, with
 * a state of its own. An application sees users only:
 *
 * - We **speak as** the membership with the smallest member identifier among those that have joined and have not been removed.
 * - The membership as which we speak **retires** the others: it removes each other member of our user that is in its view, so that one remains. It does so when everybody of other users in its view has acknowledged the message that made it: before that, others
 *   may still send what only the other memberships can read, and somebody may be removing the one who added it, so that none would remain. Until then the user is a member twice, which costs messages, and shows nowhere else.
 * - To remove a user is to remove all its members in our view.
 * - A message that several memberships can open is one event.
 *
 * Packets that others sent before they knew of a new membership may be for it as well. So of each group the last packets are kept, the **log**, and a new membership is given all of them. What is not in the log
 * any more is missing when something waits for it, is reported with the next envelope that is accepted, and has to be asked for. Envelopes that are held have not been verified, so a stranger can push others out of the log, which is bounded.
 *
 * Each step on a group says what is missing in it: messages, or key bundles of users. When a bundle that is missing has been learned, the application does **retry** in the group.
 *
 * The envelopes that we send in a group, our other memberships in it process too; our application messages are given to none of them, and are no event if they come back. For that a user needs key bundles of its own: two are always kept.
 *
 * An application message whose sender is not in our view any more is marked as one of a **former** member: it was written before the member knew of its removal, or by one that does not keep to the rules. An application
 * may show it differently; what it says about the group is worth nothing.
 *
 * Application messages may be lost, and some may come too late (chapter "application-messages"). Nothing is lost in
 * silence: a message that was held and is refused at last, messages that can never be opened any more, and a chain that
 * is not what its sender states it to be, are events. There are two exceptions. What was held and turns out to be
 * signed by somebody else was no message of the member. What was held for a chain of which we were given no secret was
 * not written for us.
 *
 * What is held has not been verified: anybody can have messages held, in any member's name. The room for them is divided
 * into shares as that for envelopes is (chapter "causal-broadcast"): each member in the view of the membership has one,
 * for messages in its name, and all other senders together have the strangers' share. A message counts with its length
 * in bytes, and with 4,096 if it is shorter. All shares together have 4,194,304 bytes, of which the strangers' share has
 * 262,144 at most. What is dropped from the largest share is as if it had not come.
 *
 * ## Acknowledgements
 *
 * By default a packet is answered at once. With the policy **delay**, answers stay in the queue until the next operation of ours, the next application message, or `flush`; then they go out in one envelope. This costs time until others hear from us: those that
 * wait for our answers are healed later; it saves an envelope (about 70 bytes) for each answer.
 *
 * ## Heal on concurrency
 *
 * Key agreement heals after one update that follows all others. Updates or removals that are concurrent heal what each of them covers, but two whose keys were stolen, or two removed users, can put together what they know
 * until an update follows them all (ePrint 2020/1281 sections 7.5 and appendix A: the difference between *dom-safe* and *safe*). The paper names the remedy and leaves it out. It is the policy **heal**: a messenger keeps
 * the **frontier**: those creates, updates and removes that no other one known to it comes after. When there are two or more, the *healer* sends an update: the one with the smallest identifier among the
 * senders in the frontier that are members in our view, or among all members of our view if there are none. A later message of a sender follows its earlier ones, so a frontier has one message of a sender at most; and whoever knew of the sender's
 * removal is not followed by anything that this sender still sends.
 *
 * It costs one update (about 39 kB in all with 128 members) when the healer has seen all that is concurrent. Where it has not, there may be several healers, whose updates are concurrent in their turn; but the largest of *n* concurrent senders
 * is no healer, so that after n - 1 rounds it ends, and after n(n - 1)/2 updates at the very most. All members should have the policy, and nothing is healed while the healer is away; an update of anybody who has seen all does it too.
 *
 * ## Comparing notes
 *
 * `compare` sends our notes (chapter "causal-broadcast") as an application message. Who gets notes that differ from its own is given the event `equivocation` with the members whose messages differ, and the one who says so: it may be lying.
 *
 * An equivocation by a message that is answered splits the group at once: those who got different ones refuse each other's answers, and with them all chains that begin later, so that no application message crosses any more. It shows in packets
 * that are refused or wait for ever; to find who is to blame, the notes have to come on another way. For that an application can take its notes as bytes, and give those of others to be **checked**.
 *
 * ## Events
 *
 * | event | when |
 * | --- | --- |
 * | joined | we had no membership, and have one now |
 * | left | we had a membership, and have none any more |
 * | user-added, user-removed | a user has come into, or gone from, the view of the membership as which we speak; when we join all users are added, ourselves among them, and when we leave nobody is removed |
 * | message | a payload from a user: its member, and number and index of the message, by which it can be told from all others; and whether the member is a former one |
 * | messages-lost | so many messages of this chain can never be opened any more |
 * | message-refused | this message was held, and refused when it could be judged; its member has signed it |
 * | chain-differs | what this member states to have written in this chain is not what we have opened |
 * | equivocation | the notes of this user and member differ from ours about these members |
 *
 * A chain that differs was another one for others: its member has told them something else, or somebody else has
 * written with the keys of the member.
 *
 * In one step they come in the order of the table's rows, those of one kind sorted by the bytes of their encoding, but messages in the order in which they were opened.
 *
 * ## State
 *
 * | state | content |
 * | --- | --- |
 * | keyring | key store and contacts, of all groups |
 * | policy | delay and heal, each 0 or 1 |
 * | groups | by group: the memberships, in the order in which they were made, removed ones too; and the log |
 *
 * Group identifiers are drawn, so two groups never have the same but by a fault of the source of randomness; that would be refused. A group in which we have no membership any more is kept, for its log, until the application **forgets** it; after that,
 * no old packet brings it back, because the prekeys with which we joined are used up.
 *
 * A new membership begins with an empty frontier, which a create by which it joins enters: what was concurrent before it is the business of the others. A membership has the state of the broadcast, that of application messages, its frontier (sender and number each, in ascending order), and the application messages that wait for the beginning of their chain, in the order in which they came.
 *
 * ## Persist before send
 *
 * A messenger whose packets have left, and that is then loaded from an earlier state, would use a key and a number twice with different contents. So a new state is made durable, together with the packets of
 * its step, before any of them is sent; and what has been sent is sent again only as the same bytes.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule, shownBy } from "../conventions/clauses.ts"
import { bytes, listOf, message, oneOf, uint, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, MemberId, Seq, UserId } from "../conventions/identifiers.ts"
import { ApplicationMessage, maximumMessages, maximumPayload } from "./application-messages.ts"
import { Envelope, Notes } from "./causal-broadcast.ts"

export const clauses = declareClauses("group-messaging", {
  member: check("MUST", "Only who has a membership in a group acts in it.", "Conclave"),
  "no-such-group": check("MUST", "Only in a group that is known something is tried again.", "Conclave"),
  "no-such-user": check("MUST", "Only a user who is in our view is removed.", "Conclave"),
  "new-group": check("MUST", "A new group has an identifier that none of our groups has.", "Conclave"),
  strangers: check("MUST", "Logs are kept of at most 64 groups in which we never had a membership.", "Conclave"),
  "own-identity": check("MUST", "No key bundle of our own user is taken in but with our own keys.", "Conclave"),
  "forget-left": check("MUST", "No group is forgotten in which we have a membership.", "Conclave"),
  "held-limit": check(
    "MUST",
    "The messages that wait count 4,194,304 bytes at most, 4,096 each at least; those of senders who are not in our " +
      "view count 262,144 at most.",
    "Conclave",
  ),
  "held-shares": rule("MUST", "Who fills one share of what waits takes nothing from a smaller one.", "Conclave"),
  content: check("MUST", "What an application message carries is content as defined here.", "Conclave"),
  "held-tried": rule(
    "MUST",
    "A message that waits is tried when its chain has begun, before the next control message is taken.",
    "CCS 2021 section 2",
  ),
  "loss-told": rule("MUST", "What is lost of a member's messages, or held and then refused, is an event.", "Conclave"),
  "chain-compared": rule("MUST", "A chain that is not what its sender states is an event.", "Conclave"),
  "one-voice": rule("MUST", "A user speaks as one member, and retires its others.", "CCS 2021 section 2.1"),
  "one-event": rule("MUST", "A message is one event, through however many memberships it can be opened.", "Conclave"),
  retried: rule("MUST", "What waits for a key bundle is processed when it has been learned, and is tried again.", "Conclave"),
  former: rule("MUST", "A message of a member that is not in our view any more is marked.", "ePrint 2020/1281 section 5"),
  "log-replayed": rule("MUST", "A new membership is given the packets of the log.", "Conclave"),
  coalesced: rule("MUST", "Delayed answers leave in one envelope, before anything else of ours.", "ePrint 2020/1281 section 8.1"),
  heal: rule(
    "MUST",
    "With the policy heal, concurrent updates and removals are followed by an update that comes after them all.",
    "ePrint 2020/1281 section 7.5",
  ),
  "notes-compared": rule("MUST", "Notes that differ are an event.", "Conclave"),
  "persist-before-send": shownBy(
    "reference/store/test/kill.test.ts",
    rule("MUST", "A packet leaves only when the state after it is durable, and leaves again only as the same bytes.", "Conclave"),
  ),
})

export const steps = declareSteps("group-messaging", {
  prepare: [
    "While fewer than two key bundles of our own user are kept, and we have a signed prekey: publish one, and learn it ourselves, with the time 0. If learning it is not accepted, that bundle is not published either, and we go on without. This is done before everything that a membership does with the broadcast: an operation, an envelope, a retry, joining; and undone with it when it is not accepted.",
  ],
  learn: [
    "Learn the key bundle (key-bundles.learn).",
    "If it is of our own user, and has another signing key or agreement key than we have: refused (group-messaging.own-identity).",
  ],
  create: [
    "Create the group with a new membership (causal-broadcast.operate). If we have a group with its identifier: refused (group-messaging.new-group).",
    "The membership is in a new group with an empty log. Take its update secret, and finish.",
  ],
  check: [
    "Decode the content, which has to be of the kind notes-to-compare (encoding.decode), and compare its notes them with those of the membership as which we speak (causal-broadcast.compare-notes); if there is none: refused (group-messaging.member).",
  ],
  forget: [
    "If we have a membership in the group that has not been removed: refused (group-messaging.forget-left).",
    "Delete the group. If we have none of this identifier, nothing is deleted.",
  ],
  act: [
    "The membership is the one as which we speak; if there is none: refused (group-messaging.member).",
    "Add: add the user (causal-broadcast.operate).",
    "Remove: remove each member of the user in our view (causal-broadcast.operate), in ascending order; if there is none: refused (group-messaging.no-such-user).",
    "Update (causal-broadcast.operate).",
    "Take the update secret of each, and finish.",
  ],
  send: [
    "If the payload is longer than 1,047,536 bytes: refused (application-messages.payload-length). The membership " +
      "is the one as which we speak, by act.",
    "Flush all of this membership's queue, as finish does: the control message that began our chain leaves first.",
    "Seal (application-messages.seal) the encoding of the content with the membership's signing key. What sealing " +
      "gives of the chain is what our next control message states (causal-broadcast.write).",
    "The message is the packet after those flushed; no membership of ours is given it. Finish.",
  ],
  receive: [
    "Decode the packet (encoding.decode). Its group is the one that it names; if that is a new one, begin it with no membership and an empty log.",
    "If it is an envelope, or no membership of the group is left that has not been removed: put it at the end of the log, unless it is there already; drop from the front while the log has more than 256 packets or more than 1 MiB.",
    "Give it to each membership that has not been removed, by deliver, in their order. Then do join with each envelope of the log, from the first, that has a create or an add of our user that makes a member of which we have no membership.",
    "If none of the memberships accepted the packet, and no membership was made: the verdict is ignored, if one of them said so, otherwise that of the first of them; if there was none, that of join with this packet if it is refused or malformed; if there was none of these either, and the packet was in the log before: ignored.",
    "If the group is new, no membership was made, and we had 64 groups before in which we never had a membership: refused (group-messaging.strangers).",
    "What is missing, each once, is what deliver found missing for this packet, membership by membership, and then what the first step of join did, envelope by envelope; if we never had a membership in the group, and nothing is missing yet, it is to join the group. What is replayed from the log, and what our other memberships are given of ours, adds nothing.",
    "Finish.",
  ],
  retry: [
    "If we have no group of this identifier, not even a log: refused (group-messaging.no-such-group).",
    "Each membership that has not been removed, in their order: causal-broadcast.retry, and go on with what it gives as deliver does.",
    "Join as receive does, with each envelope of the log. What is missing is as receive says. Finish.",
  ],
  deliver: [
    "An envelope: causal-broadcast.receive. The next two steps are for each message that was processed, in order, " +
      "also when we are removed in the end.",
    "Take the update secrets of the message.",
    "Open each application message that waits for this message, in ascending order of index, as the steps below " +
      "say. It waits no more. If it is refused by another clause than application-messages.chain and " +
      "application-messages.signature, that is an event.",
    "An application message: application-messages.open. If it waits: do hold.",
    "If it is opened: decode its content; if it is none: refused (group-messaging.content). What opening tells of a " +
      "chain (that it differs, or that messages of it are lost) is an event.",
    "Notes are compared with those of this membership, and if some differ it is an event.",
    "Data are an event, unless another membership of ours, which may have been removed, has sent the message or has " +
      "used its key. It is one of a former member when its sender is not in the view of the membership that opens it.",
  ],
  join: [
    "Give the packet to a new membership (causal-broadcast.receive). If it is not accepted, or was only held, there is no membership, and no change; a packet that stays in the log is tried again with the next packet of the group.",
    "Deliver each packet of the log to the new membership, in order, whatever the verdicts.",
  ],
  hold: [
    "If the same message is held already: ignored.",
    "If it belongs to the strangers' share, and that would count more than 262,144 bytes with it: refused " +
      "(group-messaging.held-limit).",
    "While all would count more than 4,194,304 bytes with it: the share that counts most, of equal ones the strangers' " +
      "first and then that of the smallest member identifier, loses its newest message. If that is this message: " +
      "refused (group-messaging.held-limit).",
    "It is the last that waits.",
  ],
  "take-secrets": [
    "The message ends a chain of its sender (application-messages.end), with the chain that it states.",
    "A secret of our own begins our chain, another its sender's (application-messages.begin), with the sender's " +
      "signing key as of that message. What ending and beginning tell of chains are events.",
    "A create, update or remove joins the frontier. Another message leaves the frontier if it is of the same " +
      "sender, or if the sender of the one that joins had seen it (it is not among what was not seen, " +
      "causal-broadcast.take).",
    "A message stays in the frontier all the same if its sender knew that the sender of the one that joins had been " +
      "removed. What it knew is taken as of its last message that the broadcast has processed, those of this packet " +
      "included. So it heals once too often now and then, and never too seldom.",
    "If our own message, a rekey too, joins the frontier, the frontier is it alone.",
  ],
  finish: [
    'If the membership as which we speak has other members of our user in its view, and the create or add that made it is not open (chapter "causal-broadcast") or awaits no member of its view that is of another user: it removes each of them, in ascending order.',
    "With the policy heal, if the frontier of the membership as which we speak has two or more and we are the healer: it updates.",
    "If an operation of these two steps is not accepted, it is put off: it is tried again at the end of the next step of the group. What it waits for is missing, too.",
    "Unless the policy delay holds and this is a step of receive or retry: for each membership that has not been removed, in their order, and while its queue is not empty: flush it (causal-broadcast.flush); the envelope is a packet; log it, and give it to our other memberships that have not been removed, by deliver, whatever the verdicts. Repeat from the first step while there was any envelope.",
    "A membership that has been removed forgets its keys (application-messages.forget-keys), frontier and waiting messages.",
    "Whether we joined or left by this step, and otherwise the users of the view that were not in it before the step, and those that no longer are, are events. Events that are equal are one.",
  ],
})

/** The most packets in a log, and their bytes together. */
export const maximumLog = { packets: 256, bytes: 1 << 20 } as const
/** The most groups of which there is only a log. */
export const maximumStrangers = 64
/** How many bytes the application messages count that wait in a membership: in all, and in the strangers' share. */
export const maximumWaiting = { all: 4 << 20, strangers: 256 << 10 } as const
/** With how many bytes a message that waits counts at least. */
export const leastWaiting = 4096

/** What goes over the network. */
export const Packet = oneOf("packet", [Envelope, ApplicationMessage])
export type Packet = ValueOf<typeof Packet>

/** The longest payload of the application, in bytes: with it, the content is a payload of the chapter "application-messages". */
export const maximumData = maximumPayload - 16

/** A payload of the application. */
export const Data = message("data", 0, { payload: bytes(0, maximumData) })
/** Notes to be compared. */
export const NotesContent = message("notes-to-compare", 1, { notes: Notes })
/** What an application message carries. */
export const Content = oneOf("content", [Data, NotesContent])
export type Content = ValueOf<typeof Content>

/** What an application is told. */
export const Event = oneOf("event", [
  message("joined", 0, { group: GroupId }),
  message("left", 1, { group: GroupId }),
  message("user-added", 2, { group: GroupId, user: UserId }),
  message("user-removed", 3, { group: GroupId, user: UserId }),
  message("message", 4, {
    group: GroupId,
    user: UserId,
    member: MemberId,
    seq: Seq,
    index: uint(0, 0xffffffff),
    former: uint(0, 1),
    payload: bytes(0, maximumData),
  }),
  message("messages-lost", 8, { group: GroupId, user: UserId, member: MemberId, seq: Seq, count: uint() }),
  message("message-refused", 9, {
    group: GroupId,
    user: UserId,
    member: MemberId,
    seq: Seq,
    index: uint(0, maximumMessages - 1),
  }),
  message("chain-differs", 10, { group: GroupId, user: UserId, member: MemberId, seq: Seq }),
  message("equivocation", 5, { group: GroupId, user: UserId, member: MemberId, members: listOf(MemberId, 1, 65_536) }),
])
export type Event = ValueOf<typeof Event>
