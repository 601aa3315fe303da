/**
 * # Methods of sessions
 *
 * How a test calls the functions of the chapters from "server-order" on; what holds for all methods stands in the convention "methods".
 *
 * `on` names a **handle**: what one member holds: a transcript with those of earlier subsessions and the log over all of them (layer "transcript"), a server order (layer "server-order"), and a liveness with the transcript (layer
 * "liveness"). `transcript.begin`, `server-order.begin` and `liveness.begin` make the handle if there is none, and begin that part of it anew. Its randomness is drawn from the seed given to `liveness.begin`.
 *
 * | layer | what a port needs for it |
 * | --- | --- |
 * | transcript | chapter "transcript" |
 * | server-order | chapter "server-order" |
 * | liveness | chapter "liveness" |
 *
 * @module
 */
import { Schema } from "effect"
import { Count, drawing, Hex, method, Name } from "../conventions/methods.ts"
import { Milliseconds } from "./liveness.ts"
import { MemberName } from "./records.ts"
import { PacketId, ServerOrder, Summary } from "./server-order.ts"
import { Message, MessageId } from "./transcript.ts"

const User = MemberName.json as Schema.Codec<string, string>
const Users = Schema.Array(User)
const MessageName = MessageId.json as Schema.Codec<string, string>
const MessageNames = Schema.Array(MessageName)
const PacketName = PacketId.json as Schema.Codec<string, string>
const Positions = Schema.Array(Count)

/** The layers, in the order in which a port gets them right. */
export const layers = ["transcript", "server-order", "liveness"] as const

const ofTranscript = {
  "transcript.begin": method(
    "transcript",
    "Begins a transcript of these members, or, with null, of messages with any members, and an empty log.",
    { on: Name, members: Schema.NullOr(Users) },
    {},
  ),
  "transcript.receive": method(
    "transcript",
    "Receives a message (transcript.receive); payloads go into the log (transcript.append). `missing` has all missing parents in ascending order; `positions` is null unless the message is a payload.",
    { on: Name, message: Message.json as Schema.Codec<Message, Schema.Json> },
    {
      accepted: Schema.Array(
        Schema.Struct({ id: MessageName, fullyAcknowledged: MessageNames, positions: Schema.NullOr(Positions), marked: Schema.Boolean }),
      ),
      missing: MessageNames,
      dropped: MessageNames,
      refused: Schema.Array(Schema.Struct({ id: MessageName, clause: Schema.String })),
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
    "The last message of `author` before the message, and its first by which it acknowledged the message (definitions `latestBefore` and `earliestAfter`).",
    { on: Name, id: MessageName, author: User },
    { latestBefore: Schema.NullOr(MessageName), earliestAfter: Schema.NullOr(MessageName) },
  ),
  "transcript.next": method(
    "transcript",
    "Begins the transcript of a new subsession of these members (transcript.begin), which the one before is kept beside.",
    { on: Name, members: Users },
    {},
  ),
  "transcript.splice": method(
    "transcript",
    "Splices the log to the transcript before (transcript.splice), after these messages of it.",
    { on: Name, latest: MessageNames },
    {},
  ),
}

const ofServerOrder = {
  "server-order.packet-id": method(
    "server-order",
    "The packet id of a text that came while the channel had these members, the sender among them or not.",
    { sender: User, channel: Users, text: Schema.String },
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
    { text: Schema.String, id: PacketName },
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
    "Offers a summary to the member `me` (server-order.offer). Gives what was accepted.",
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
const Time = Milliseconds.json as Schema.Codec<number, number>

const ofLiveness = {
  "liveness.begin": drawing(
    "liveness",
    "Begins a transcript of these members and the liveness of `me` among them (liveness.begin).",
    { on: Name, me: User, members: Users, now: Time, seed: Hex },
    {},
  ),
  "liveness.receive": drawing(
    "liveness",
    "Receives a message, ours or another's, by transcript.receive, and does liveness.accepted for each that is accepted, liveness.held for one that waits, and liveness.duplicate for one that is ignored.",
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
    { at: Schema.NullOr(Time), phase: Schema.Literals(["joined", "parting", "parted", "part-failed"]) },
  ),
}

/** Every method of these layers. */
export const methods = { ...ofTranscript, ...ofServerOrder, ...ofLiveness } as const
