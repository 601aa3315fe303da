/**
 * # Methods of messaging
 *
 * The methods of the chapters "application-messages" and "group-messaging". Their handles are apart from those of the
 * other methods, though they may have the same names:
 *
 * - `application.start` makes a handle, or makes it anew, that holds the chains of one member of one group. It draws
 *   nothing; what is drawn later is drawn from the seed given.
 * - `messenger.generate` makes a handle, or makes it anew, that holds a messenger. Its randomness is drawn from the
 *   seed given.
 *
 * Beginning or ending a chain with the number of no message, 0 or more than 4,294,967,295, is no call. The numbers with
 * which the chains of one member are begun rise, and so do those with which they are ended, as key agreement gives
 * them: what becomes of others is free, and no case asks it. An update
 * secret, a signing key or a seed that is not 32 bytes long is refused (suite.length), after what is no call and
 * before any step.
 *
 * What a method of a messenger gives when it is accepted are the packets to send, the events, and what is missing, each
 * in order.
 *
 * @module
 */
import { Schema } from "effect"
import { GroupId, MemberId, UserId } from "../conventions/identifiers.ts"
import { Count, drawing, Hex, HexOut, inJson, method, Name } from "../conventions/methods.ts"
import { Chain } from "./causal-broadcast.ts"
import { Event as EventWire } from "./group-messaging.ts"

const Group = inJson(GroupId)
const Member = inJson(MemberId)
const User = inJson(UserId)
const Event = EventWire.json as unknown as Schema.Codec<EventWire, Schema.Json>

const Missing = Schema.Union([
  Schema.Struct({ message: Schema.Struct({ sender: Member, seq: Count }) }),
  Schema.Struct({ acknowledgement: Schema.Struct({ sender: Member, seq: Count }) }),
  Schema.Struct({ bundle: User }),
  Schema.Struct({ join: Group }),
  // Of another part; never of this one.
  Schema.Struct({ parent: Name }),
])

const Told = {
  differ: Schema.Array(Count),
  lost: Schema.Array(Schema.Struct({ seq: Count, count: Count })),
  uncompared: Schema.Array(Schema.Struct({ seq: Count, count: Count })),
}
const Statement = inJson(Chain)

const InGroup = { on: Name, group: Group }
const Done = { packets: Schema.Array(HexOut), events: Schema.Array(Event), missing: Schema.Array(Missing) }

/** The methods, by name. */
export const messagingMethods = {
  "application.start": method(
    "application",
    "Makes a handle without chains for a member of a group.",
    { ...InGroup, me: Member, seed: Hex },
    {},
  ),
  "application.begin-own": method(
    "application",
    "Begins our chain (application-messages.begin.1).",
    { on: Name, seq: Count, updateSecret: Hex },
    {},
  ),
  "application.begin-other": method(
    "application",
    "Begins a chain of another member (application-messages.begin.2), whose public signing key is given.",
    { on: Name, member: Member, seq: Count, updateSecret: Hex, signingKey: Hex },
    Told,
  ),
  "application.end": method(
    "application",
    "Ends the chain of another member before its control message `seq`, which states this (application-messages.end).",
    { on: Name, member: Member, seq: Count, chain: Schema.NullOr(Statement) },
    Told,
  ),
  "application.seal": drawing(
    "application",
    "Seals a payload (application-messages.seal), signed with the secret signing key given.",
    { on: Name, signingSecretKey: Hex, payload: Hex },
    { message: HexOut, chain: Statement },
  ),
  "application.open": method(
    "application",
    "Opens a message (application-messages.open), with the number of the last control message seen of its sender.",
    { on: Name, seen: Count, message: Hex },
    { sender: Member, seq: Count, index: Count, payload: HexOut, ...Told },
  ),
  "application.forget-keys": method("application", "Deletes all keys (application-messages.forget-keys).", { on: Name }, {}),
  "messenger.generate": drawing(
    "messaging",
    "Makes a messenger for a user with new identity keys (key-bundles.generate) and this policy.",
    { on: Name, user: User, seed: Hex, delay: Schema.Boolean, heal: Schema.Boolean },
    { signingKey: Hex, agreementKey: Hex },
  ),
  "messenger.rotate": drawing("messaging", "Makes a new signed prekey (key-bundles.rotate).", { on: Name, expires: Count }, {}),
  "messenger.publish": drawing("messaging", "Publishes a key bundle (key-bundles.publish).", { on: Name }, { bundle: Hex }),
  "messenger.learn": method("messaging", "Takes in a key bundle (group-messaging.learn).", { on: Name, bundle: Hex, now: Count }, {}),
  "messenger.retire": method("messaging", "Deletes what has expired (key-bundles.retire).", { on: Name, now: Count }, {}),
  "messenger.create": drawing(
    "messaging",
    "Creates a group with other users (group-messaging.create).",
    { on: Name, users: Schema.Array(User) },
    { group: Group, ...Done },
  ),
  "messenger.add": drawing("messaging", "Adds a user (group-messaging.act).", { ...InGroup, user: User }, Done),
  "messenger.remove": drawing("messaging", "Removes a user (group-messaging.act).", { ...InGroup, user: User }, Done),
  "messenger.update": drawing("messaging", "Updates (group-messaging.act).", InGroup, Done),
  "messenger.send": drawing("messaging", "Sends a payload (group-messaging.send).", { ...InGroup, payload: Hex }, Done),
  "messenger.leave": drawing("messaging", "Says that we leave a group (group-messaging.leave).", InGroup, Done),
  "messenger.compare": drawing("messaging", "Sends our notes (group-messaging.send).", InGroup, Done),
  "messenger.notes": method("messaging", "Our notes (group-messaging.notes): the encoding of the content `notes-to-compare`.", InGroup, {
    content: HexOut,
  }),
  "messenger.check": method(
    "messaging",
    "Compares notes of another member with ours (group-messaging.check).",
    { ...InGroup, content: Hex },
    { differ: Schema.Array(Member), behind: Schema.Array(Member) },
  ),
  "messenger.flush": drawing("messaging", "Sends what was delayed (group-messaging.flush).", InGroup, Done),
  "messenger.receive": drawing("messaging", "Receives a packet (group-messaging.receive).", { on: Name, packet: Hex }, Done),
  "messenger.retry": drawing("messaging", "Tries what waits in a group (group-messaging.retry).", InGroup, Done),
  "messenger.forget-held": method("messaging", "Drops what is held in a group (group-messaging.forget-held).", InGroup, {}),
  "messenger.restore": drawing(
    "messaging",
    "Makes of the messenger, loaded from a backup, one that acts as none of its members (group-messaging.restore).",
    { on: Name },
    { events: Schema.Array(Event) },
  ),
  "messenger.forget": method("messaging", "Forgets a group (group-messaging.forget).", InGroup, {}),
  "messenger.users": method(
    "messaging",
    "The users in the view of the membership as which we speak, in ascending order; none when there is none.",
    InGroup,
    { users: Schema.Array(User) },
  ),
  "messenger.memberships": method(
    "messaging",
    "Our memberships in a group, in their order: the member, and whether it has been removed.",
    InGroup,
    { memberships: Schema.Array(Schema.Struct({ member: Member, removed: Schema.Boolean })) },
  ),
} as const
