/**
 * # Methods of sessions
 *
 * How a test calls the functions of the chapters from "server-order" on; what holds for all methods stands in the
 * convention "methods".
 *
 * `on` names a **handle**: what one member holds: a transcript with those of earlier subsessions and the log over all
 * of them (layer "transcript"), a server order (layer "server-order"), and a liveness with the transcript (layer
 * "liveness"). `transcript.make`, `server-order.begin` and `liveness.make` make the handle if there is none, and
 * begin that part of it anew; likewise `session.make` a session, `extensions.ratchet-begin` a ratchet, and
 * `send-queue.begin` a send queue. Its randomness is drawn from the seed given to `liveness.make` or `session.make`,
 * whichever was last.
 *
 * A method that has the name of an operation does what the operation does. The four others that change something,
 * `transcript.make`, `transcript.receive-and-append`, `liveness.make` and `liveness.receive`, say what they do.
 *
 * | layer | what a port needs for it |
 * | --- | --- |
 * | transcript | chapter "transcript" |
 * | server-order | chapter "server-order" |
 * | liveness | chapter "liveness" |
 * | session | chapter "session" |
 * | extensions | chapter "extensions" |
 * | send-queue | chapter "send-queue"; some cases have a session too, made by `session.make` |
 *
 * @module
 */
import { Schema } from "effect"
import { bytes, uint } from "../conventions/encoding.ts"
import { Key } from "../conventions/identifiers.ts"
import { Count, drawing, Hex, HexOut, inJson, method, Name } from "../conventions/methods.ts"
import { IndexedPacket } from "./extensions.ts"
import { Identities } from "./greeting.ts"
import { Milliseconds, milliseconds, times } from "./liveness.ts"
import { Body, CipherKeyBytes } from "./messages.ts"
import { MemberName, MessageId, PacketId } from "./records.ts"
import { QueuedText } from "./send-queue.ts"
import { ServerOrder, Summary } from "./server-order.ts"
import { Members, Message } from "./transcript.ts"

const User = inJson(MemberName)
const Users = Schema.Array(User)
const MessageName = inJson(MessageId)
const MessageNames = Schema.Array(MessageName)
const PacketName = inJson(PacketId)
const Positions = Schema.Array(Count.annotate({ description: "lines above" }))
const Text = Schema.String.check(Schema.isPattern(/^\P{Cs}*$/u))
const ClauseName = Schema.String.check(Schema.isPattern(/^[a-z0-9-]+\.[a-z0-9-]+$/u))

/** The layers, in the order in which a port gets them right. */
export const layers = ["transcript", "server-order", "liveness", "session", "extensions", "send-queue"] as const

const ofTranscript = {
  "transcript.make": method(
    "transcript",
    "Makes a transcript of these members, or, with null, of messages with any members, and an empty log, in which " +
      "the parents of the subsession are none.",
    { on: Name, members: Schema.NullOr(inJson(Members)) },
    {},
  ),
  "transcript.receive-and-append": method(
    "transcript",
    "Receives a message (transcript.receive), and appends each payload that is accepted to the log " +
      "(transcript.append). `missing` has all missing parents in ascending order; `positions` is null and `marked` " +
      "false unless the message is a payload.",
    { on: Name, message: Message.json as Schema.Codec<Message, Schema.Json> },
    {
      accepted: Schema.Array(
        Schema.Struct({ id: MessageName, fullyAcknowledged: MessageNames, positions: Schema.NullOr(Positions), marked: Schema.Boolean }),
      ),
      missing: MessageNames,
      dropped: MessageNames,
      refused: Schema.Array(Schema.Struct({ id: MessageName, clause: ClauseName })),
    },
  ),
  "transcript.query": method(
    "transcript",
    "The heads, in ascending order; the messages that are not fully acknowledged, in the order of acceptance, with those who have not acknowledged them, in the order of readers; and the log.",
    { on: Name },
    {
      heads: MessageNames,
      unacknowledged: Schema.Array(Schema.Struct({ id: MessageName, by: Users })),
      log: Schema.Array(
        Schema.Struct({ id: MessageName, author: User, parents: MessageNames, positions: Positions, marked: Schema.Boolean }),
      ),
    },
  ),
  "transcript.around": method(
    "transcript",
    "The last message of `author` before the message, and its first by which it acknowledged the message " +
      "(definitions `latestBefore` and `earliestAfter`); null for both when the transcript does not have the message.",
    { on: Name, id: MessageName, author: User },
    { latestBefore: Schema.NullOr(MessageName), earliestAfter: Schema.NullOr(MessageName) },
  ),
  "transcript.begin": method(
    "transcript",
    "Begins the log of a new subsession (transcript.begin), by one who was in the subsession before, and an empty " +
      "transcript of these members. The transcript before is kept beside it.",
    { on: Name, members: inJson(Members) },
    {},
  ),
  "transcript.splice": method(
    "transcript",
    "Splices the log to the transcript before (transcript.splice), after these messages of it; once more when it was " +
      "spliced already. Without a transcript before it is no call.",
    { on: Name, latest: MessageNames },
    {},
  ),
}

const ofServerOrder = {
  "server-order.packet-id": method(
    "server-order",
    "The packet id of a text that came while the channel had these members, the sender among them or not.",
    { sender: User, channel: Users, text: Text },
    { id: PacketName },
  ),
  "server-order.departure-id": method(
    "server-order",
    "The id of a departure during the operation that `initial` began; `channel` are those who are left.",
    { initial: PacketName, leavers: Users, channel: Users },
    { id: PacketName },
  ),
  "server-order.chain-hash": method(
    "server-order",
    "The next chain hash; with `previous` null, the first one, of the previous final `id`.",
    { previous: Schema.NullOr(PacketName), id: PacketName, type: Schema.Literals(["initial", "final", "both", "leave"]) },
    { chainHash: PacketName },
  ),
  "server-order.peek": method(
    "server-order",
    "Decodes a text (mpenc-records.decode) and gives the class of the packet, `none` unless it is a greeting, and its summary if it is initial (server-order.peek).",
    { text: Text, id: PacketName },
    {
      class: Schema.Literals(["initial", "initial-and-final", "maybe-final", "none"]),
      summary: Schema.NullOr(Summary.json as Schema.Codec<Summary, Schema.Json>),
    },
  ),
  "server-order.begin": method(
    "server-order",
    "Begins, synced with a previous final (server-order.begin), or not synced when it is null.",
    { on: Name, previousFinal: Schema.NullOr(PacketName) },
    {},
  ),
  "server-order.offer": method(
    "server-order",
    "Offers a summary to the member `me` (server-order.offer). Gives what was accepted. A summary of what is neither " +
      "initial nor final, or is both and ends another packet, is no call.",
    { on: Name, me: User, summary: Summary.json as Schema.Codec<Summary, Schema.Json>, channel: Users },
    { initial: Schema.Boolean, final: Schema.Boolean },
  ),
  "server-order.depart": method(
    "server-order",
    "Notes a departure (server-order.depart). Gives whether an operation failed by it.",
    { on: Name, leavers: Users, channel: Users, session: Users },
    { final: Schema.Boolean },
  ),
  "server-order.state": method(
    "server-order",
    "The whole state.",
    { on: Name },
    { state: ServerOrder.json as Schema.Codec<ServerOrder, Schema.Json> },
  ),
}

const ActionOut = Schema.Union([
  Schema.Struct({ type: Schema.Literals(["acknowledge", "heartbeat"]) }),
  Schema.Struct({ type: Schema.Literal("resend"), id: MessageName }),
  Schema.Struct({ type: Schema.Literal("not-acknowledged"), id: MessageName, by: Users, last: Schema.Boolean }),
  Schema.Struct({ type: Schema.Literal("not-accepted"), id: MessageName, author: User, missing: MessageNames }),
  Schema.Struct({ type: Schema.Literals(["expired", "back"]), member: User }),
  Schema.Struct({ type: Schema.Literal("ended"), good: Schema.Boolean }),
])
const Actions = Schema.Array(ActionOut)
const Time = inJson(milliseconds(times.latest))
// Sessions refuse what is later than the latest time.
const AnyTime = inJson(Milliseconds)

const ofLiveness = {
  "liveness.make": drawing(
    "liveness",
    "Begins a transcript of these members, in the place of all that the handle has, one that is kept beside it " +
      "(transcript.begin) included, and the liveness of `me` among them (liveness.begin). The log and the server order " +
      "stay as they are.",
    { on: Name, me: User, members: inJson(Members), now: Time, seed: Hex },
    {},
  ),
  "liveness.receive": drawing(
    "liveness",
    "Receives a message, ours or another's, by the operation transcript.receive (nothing goes into a log), and " +
      "does liveness.accepted for each that is accepted, liveness.held if it waits, and liveness.refused for those of " +
      "the buffer that are refused. If it is ignored: liveness.duplicate, and the verdict is accepted, with nothing " +
      "accepted. If it is refused, that is the verdict, and nothing is noted, not even that it was seen.",
    { on: Name, message: Message.json as Schema.Codec<Message, Schema.Json>, now: Time },
    { accepted: MessageNames, actions: Actions },
  ),
  "liveness.tick": method(
    "liveness",
    "Does what is due (liveness.tick); what is to be written is not written by it.",
    { on: Name, now: Time },
    { actions: Actions },
  ),
  "liveness.next": method(
    "liveness",
    "When something is due next (definition `nextTick`), and the phase.",
    { on: Name },
    { at: Schema.NullOr(AnyTime), phase: Schema.Literals(["joined", "parting", "parted", "part-failed"]) },
  ),
}

const Flag = inJson(uint(0, 1)).annotate({ description: "0 is off, 1 is on" })

const OptionsIn = Schema.Struct({
  autoInclude: Flag,
  stayAlone: Flag,
  repeatLists: Flag,
  cipherKeyBytes: Schema.Literals([16, 32]),
  padding: Flag,
  orderAcknowledgements: Flag,
  publishKey: Flag,
  direct: Flag,
  ratchet: Flag,
})

const EventIn = Schema.Union([
  Schema.Struct({ type: Schema.Literals(["entered", "enter", "leave"]), members: Users }),
  Schema.Struct({ type: Schema.Literal("left") }),
  Schema.Struct({ type: Schema.Literals(["packet", "direct"]), sender: User, text: Text }),
])

const ActionIn = Schema.Union([
  Schema.Struct({ type: Schema.Literals(["join", "part", "refresh", "abort"]) }),
  Schema.Struct({ type: Schema.Literals(["include", "exclude"]), members: Users }),
  Schema.Struct({ type: Schema.Literal("send"), text: Text }),
])

const Requests = Schema.Array(
  Schema.Union([
    Schema.Struct({ type: Schema.Literals(["send", "send-directly"]), recipients: Users, text: Text }),
    Schema.Struct({ type: Schema.Literals(["enter", "leave"]) }),
    Schema.Struct({ type: Schema.Literals(["let-in", "kick"]), members: Users }),
  ]),
)

const Change = { include: Users, exclude: Users }
const OperationStage = Schema.Literals(["proposed", "late", "rejected", "started", "succeeded", "failed"])
const MessageNotice = {
  type: Schema.Literal("message"),
  id: MessageName,
  author: User,
  text: Text,
  members: Users,
  positions: Positions,
  marked: Schema.Boolean,
  isEarlier: Schema.Boolean,
}

const Notices = Schema.Array(
  Schema.Union([
    Schema.Struct(MessageNotice),
    Schema.Struct({ type: Schema.Literal("acknowledged"), id: MessageName }),
    Schema.Struct({ type: Schema.Literal("not-acknowledged"), id: MessageName, by: Users, last: Schema.Boolean }),
    Schema.Struct({ type: Schema.Literal("not-accepted"), id: MessageName, author: User, missing: MessageNames }),
    Schema.Struct({ type: Schema.Literal("not-decrypted"), sender: User, size: Count.annotate({ description: "bytes" }) }),
    Schema.Struct({
      type: Schema.Literal("operation"),
      stage: OperationStage,
      id: Schema.NullOr(PacketName),
      by: Schema.NullOr(User),
      ...Change,
    }),
    Schema.Struct({ type: Schema.Literal("membership"), remain: Users, ...Change, parents: MessageNames }),
    Schema.Struct({ type: Schema.Literals(["present", "order-unconfirmed"]), members: Users }),
    Schema.Struct({ type: Schema.Literals(["leaving", "expired", "back"]), member: User }),
    Schema.Struct({ type: Schema.Literal("ended"), good: Schema.Boolean }),
    Schema.Struct({ type: Schema.Literal("security"), clause: ClauseName, member: User }),
    Schema.Struct({ type: Schema.Literal("history-missing"), ids: MessageNames }),
    Schema.Struct({ type: Schema.Literal("plain"), sender: User, text: Text }),
    Schema.Struct({ type: Schema.Literal("not-joined") }),
  ]),
)

const Index = inJson(uint(0, 0xffffffff))
const Content = { parents: MessageNames, body: inJson(Body) }

const Stepped = { requests: Requests, notices: Notices }

const ofSession = {
  "session.make": drawing(
    "session",
    "Makes a session of one outside of the channel, who has an identity key and knows those of others.",
    { on: Name, me: User, identities: inJson(Identities), options: OptionsIn, seed: Hex },
    {},
  ),
  "session.receive": drawing("session", "Takes an event of the channel.", { on: Name, event: EventIn, now: AnyTime }, Stepped),
  "session.act": drawing("session", "Does what the user wants.", { on: Name, action: ActionIn, now: AnyTime }, Stepped),
  "session.tick": drawing("session", "Does what is due (session.tick).", { on: Name, now: AnyTime }, Stepped),
  "session.look": method(
    "session",
    "When something is due next; whether we are in the channel, in a session, on the way in or out; the members of our session, ourselves alone if we are in none; and the last chain hash, null when we are not synced.",
    { on: Name },
    {
      at: Schema.NullOr(AnyTime),
      state: Schema.Literals(["parted", "joining", "joined", "parting"]),
      members: Users,
      chainHash: Schema.NullOr(PacketName),
    },
  ),
}

const ofExtensions = {
  "extensions.abort": method(
    "extensions",
    "The text of an abort (extensions.send-abort). Without members it is made too, though no reader accepts it.",
    {
      me: User,
      identityKey: inJson(Key),
      members: Users,
      operation: PacketName,
      reason: Schema.Literals(["user", "late", "verification", "leaving"]),
    },
    { text: Text },
  ),
  "extensions.published-key": method(
    "extensions",
    "The text by which a key is published.",
    { me: User, secretKey: inJson(Key), hashes: Schema.Array(inJson(Key)) },
    { text: Text },
  ),
  "extensions.seal": method(
    "extensions",
    "Seals a message by a message key (extensions.ratchet-seal, without taking the key) in the subsession with this hash.",
    {
      hash: inJson(Key),
      messageKey: inJson(Key),
      index: Index,
      ephemeralSecretKey: inJson(Key),
      ...Content,
      iv: inJson(bytes(12)),
      cipherKeyBytes: inJson(CipherKeyBytes),
      padding: Schema.Boolean,
    },
    { text: Text, id: MessageName },
  ),
  "extensions.decode": method(
    "extensions",
    "The records of a data packet of a session with the ratchet (steps 1 and 2 of extensions.ratchet-open); null for " +
      "any other text, also for one whose armour or records are wrong.",
    { text: Text },
    { packet: Schema.NullOr(inJson(IndexedPacket)) },
  ),
  "extensions.open": method(
    "extensions",
    "Opens a message by its message key (extensions.ratchet-open, without taking the key) in the subsession with this hash, whose members have these ephemeral public keys. Any text that is no such packet is refused (messages.kind).",
    {
      hash: inJson(Key),
      messageKey: inJson(Key),
      members: Users,
      publicKeys: Schema.Array(inJson(Key)),
      sender: User,
      text: Text,
      cipherKeyBytes: inJson(CipherKeyBytes),
    },
    { id: MessageName, author: User, readers: Users, index: Index, ...Content },
  ),
  "extensions.ratchet-begin": method(
    "extensions",
    "Begins a ratchet (extensions.ratchet-begin).",
    { on: Name, groupKey: inJson(Key), members: Users },
    {},
  ),
  "extensions.ratchet-key": method(
    "extensions",
    "The key of a message (extensions.ratchet-key).",
    { on: Name, author: User, index: Index },
    { key: HexOut },
  ),
  "extensions.ratchet-forget": method(
    "extensions",
    "Forgets the key of a message (extensions.ratchet-forget).",
    { on: Name, author: User, index: Index },
    {},
  ),
}

const Sent = { send: Schema.Array(Text) }
const Numbered = { on: Name, number: Count }

const ofSendQueue = {
  "send-queue.begin": method(
    "send-queue",
    "Begins the queue of one who is outside of a session, with the option `sendLater`.",
    { on: Name, me: User, sendLater: Flag },
    {},
  ),
  "send-queue.write": method(
    "send-queue",
    "Remembers a text (send-queue.write). Gives the texts to be sent now.",
    { on: Name, text: Text },
    Sent,
  ),
  "send-queue.note": method(
    "send-queue",
    "Notes what a session has told, in one step or in several (send-queue.note). Gives the texts to be sent now, in this order.",
    { on: Name, notices: Notices },
    Sent,
  ),
  "send-queue.send-by-hand": method("send-queue", "Sends a text after all (send-queue.send-by-hand).", Numbered, Sent),
  "send-queue.drop": method("send-queue", "Forgets a text (send-queue.drop).", Numbered, {}),
  "send-queue.look": method(
    "send-queue",
    "The texts of the queue, and the logical parents of a text that would be written now (definition `logicalParents`).",
    { on: Name },
    { texts: Schema.Array(inJson(QueuedText)), parents: MessageNames },
  ),
}

/** Every method of these layers. */
export const methods = { ...ofTranscript, ...ofServerOrder, ...ofLiveness, ...ofSession, ...ofExtensions, ...ofSendQueue } as const
