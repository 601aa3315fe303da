/**
 * # Methods
 *
 * How a test calls the functions of this part. What holds for all methods, and the methods `reset`, `fingerprint` and
 * `state`, stand in the convention "methods"; the protocol by which they are called, in `conformance/README.md`.
 *
 * `on` names a **handle**: everything that one user holds: its key store, its contacts, one channel (for the layer
 * "channel"), one group (for the layer "key-agreement") and one group with its broadcast (for the layer "broadcast").
 * `keys.generate` makes a handle, or makes it anew and forgets all that it held; `channel.open` likewise its channel. A
 * handle's randomness is drawn from the seed given to `keys.generate` (chapter "randomness"); labels are printable
 * ASCII.
 *
 * Calling for a channel that does not exist, or to encode a value that is not of the wire type, is no call. Keys,
 * seeds, nonces and digests of a wrong length are refused (suite.length), after these checks and before any step.
 * Numbers and names that no message can have are taken as they are, by a method that only computes.
 *
 * A peer may report intermediate values of a call, whatever its verdict, in a `trace`: a list of names and values in
 * hex, in the order of their computation: `key-bundles.dh1` to `key-bundles.dh4`, `key-bundles.first-contact-key`,
 * `channel.plaintext`, `key-agreement.seed`, `causal-broadcast.digest` (of each message),
 * `application-messages.signed` (what the signature covers), `application-messages.key`, and, each followed by a space
 * and the member, `ratchet.member-secret`, `ratchet.state`, `ratchet.input`, `ratchet.update-secret`, `ratchet.next`.
 *
 * | layer | what a port needs for it |
 * | --- | --- |
 * | encoding | chapters "cbor", "encoding", "identifiers", "labels", and the messages of all chapters |
 * | primitives | chapters "suite" and "randomness" |
 * | key-bundles | chapter "key-bundles" |
 * | channel | chapter "two-party-messaging" |
 * | ratchet | chapter "ratchet" |
 * | membership | chapter "group-membership" |
 * | key-agreement | chapter "key-agreement" |
 * | broadcast | chapter "causal-broadcast" |
 * | application | chapter "application-messages", with the chapter "methods of messaging" |
 * | messaging | chapter "group-messaging", likewise |
 *
 * @module
 */
import { Schema } from "effect"
import { table } from "../conventions/encoding.ts"
import { GroupId, MemberId, UserId } from "../conventions/identifiers.ts"
import { Count, drawing, Hex, HexOut, inJson, Label, method, Name } from "../conventions/methods.ts"
import { Chain } from "./causal-broadcast.ts"
import { Knowledge, Operation } from "./group-membership.ts"
import { messagingMethods } from "./methods-messaging.ts"

const Group = inJson(GroupId)
const Member = inJson(MemberId)
const User = inJson(UserId)
const WireType = Schema.Literals([
  "key-bundle",
  "channel-message",
  "channel-plaintext",
  "control-message",
  "welcome",
  "envelope",
  "item",
  "attachment",
  "notes",
  "application-message",
  "packet",
  "content",
  "event",
])
const Outgoing = { control: HexOut, directs: Schema.Array(Schema.Struct({ to: Member, message: HexOut })) }
const Done = { seq: Count, updateSecret: Hex }
const Taken = Schema.Array(
  Schema.Struct({
    control: Hex,
    digest: Hex,
    signingKey: Hex,
    unseen: Schema.Array(Schema.Struct({ sender: Member, seq: Count })),
    secrets: Schema.Array(Schema.Struct({ member: Member, seq: Count, secret: Hex })),
    chain: Schema.NullOr(inJson(Chain)),
  }),
)
const RefusedLater = Schema.Array(Schema.Struct({ sender: Member, seq: Count, clause: Label }))
const Members = { members: Schema.Array(Schema.Struct({ member: Member, user: User })) }
const Operations = Schema.Array(inJson(Operation))

/** The layers, in the order in which a port gets them right. */
export const layers = [
  "encoding",
  "primitives",
  "key-bundles",
  "channel",
  "ratchet",
  "membership",
  "key-agreement",
  "broadcast",
  "application",
  "messaging",
] as const

/** Every method: its layer, what it does, its parameters, and the output of the verdict *accepted*. */
export const methods = {
  "encoding.decode": method(
    "encoding",
    "Decodes the bytes of a wire type (encoding.decode).",
    { type: WireType, bytes: Hex },
    { value: Schema.Json },
  ),
  "encoding.encode": method("encoding", "Encodes a value of a wire type.", { type: WireType, value: Schema.Json }, { bytes: HexOut }),
  "identifiers.group": method(
    "encoding",
    "Computes the identifier of a group (identifiers.group-id).",
    { signingKey: Hex, users: Schema.Array(User), nonce: Hex },
    { group: Group },
  ),
  "identifiers.member": method(
    "encoding",
    "Computes the identifier of a member (identifiers.member-id); `adder` is null and `seq` 0 for those " + "whom a create names.",
    { group: Group, user: User, adder: Schema.NullOr(Member), seq: Count },
    { member: Member },
  ),
  "primitives.sha256": method("primitives", "SHA-256.", { data: Hex }, { digest: Hex }),
  "primitives.hkdf": method(
    "primitives",
    "HKDF-Expand(HKDF-Extract(salt, input), info, length).",
    { salt: Hex, input: Hex, info: Hex, length: Count },
    { output: Hex },
  ),
  "primitives.x25519-public": method("primitives", "The public key of an X25519 secret key.", { secretKey: Hex }, { publicKey: Hex }),
  "primitives.x25519": method("primitives", "X25519.", { secretKey: Hex, publicKey: Hex }, { sharedSecret: Hex }),
  "primitives.ed25519-public": method("primitives", "The public key of an Ed25519 secret key.", { secretKey: Hex }, { publicKey: Hex }),
  "primitives.ed25519-sign": method("primitives", "Signs with Ed25519.", { secretKey: Hex, message: Hex }, { signature: Hex }),
  "primitives.ed25519-verify": method(
    "primitives",
    "Verifies strictly: accepted or refused.",
    { publicKey: Hex, message: Hex, signature: Hex },
    {},
  ),
  "primitives.aead-seal": method(
    "primitives",
    "Seals with ChaCha20-Poly1305.",
    { key: Hex, nonce: Hex, associatedData: Hex, plaintext: Hex },
    { ciphertext: HexOut },
  ),
  "primitives.aead-open": method(
    "primitives",
    "Opens with ChaCha20-Poly1305.",
    { key: Hex, nonce: Hex, associatedData: Hex, ciphertext: Hex },
    { plaintext: Hex },
  ),
  "primitives.hpke-seal": method(
    "primitives",
    "Seals with HPKE, base mode, single shot, with the ephemeral secret key given.",
    { recipientPublicKey: Hex, ephemeralSecretKey: Hex, info: Hex, associatedData: Hex, plaintext: Hex },
    { encapsulatedKey: HexOut, ciphertext: HexOut },
  ),
  "primitives.hpke-open": method(
    "primitives",
    "Opens with HPKE.",
    { recipientSecretKey: Hex, encapsulatedKey: Hex, info: Hex, associatedData: Hex, ciphertext: Hex },
    { plaintext: Hex },
  ),
  "primitives.draw": method(
    "primitives",
    'A labelled draw (chapter "randomness"), at most 8,160 bytes.',
    { seed: Hex, label: Label, length: Count },
    { bytes: Hex },
  ),
  "keys.generate": drawing(
    "key-bundles",
    "Makes a handle for a user with new identity keys (key-bundles.generate).",
    { on: Name, user: User, seed: Hex },
    { signingKey: Hex, agreementKey: Hex },
  ),
  "keys.rotate": drawing("key-bundles", "Makes a new signed prekey (key-bundles.rotate).", { on: Name, expires: Count }, {}),
  "keys.publish": drawing("key-bundles", "Publishes a key bundle (key-bundles.publish).", { on: Name }, { bundle: Hex }),
  "keys.verify": method("key-bundles", "Verifies a key bundle (key-bundles.verify).", { bundle: Hex, now: Count }, { user: User }),
  "keys.learn": method("key-bundles", "Takes in a key bundle (key-bundles.learn).", { on: Name, bundle: Hex, now: Count }, {}),
  "keys.retire": method("key-bundles", "Deletes what has expired (key-bundles.retire).", { on: Name, now: Count }, {}),
  "first-contact.initiate": method(
    "key-bundles",
    "Takes a bundle of `user` (key-bundles.take) and seals for it (key-bundles.initiate) with the " + "ephemeral secret key given.",
    { on: Name, user: User, ephemeralSecretKey: Hex, context: Hex, associatedData: Hex, plaintext: Hex },
    { ephemeralKey: HexOut, signedPrekeyId: Count, oneTimePrekeyId: Count, ciphertext: HexOut },
  ),
  "first-contact.respond": method(
    "key-bundles",
    "Opens a first contact (key-bundles.respond) from the user whose agreement key is given.",
    {
      on: Name,
      agreementKey: Hex,
      ephemeralKey: Hex,
      signedPrekeyId: Count,
      oneTimePrekeyId: Count,
      ciphertext: Hex,
      context: Hex,
      associatedData: Hex,
    },
    { plaintext: Hex },
  ),
  "channel.open": method(
    "channel",
    "Opens the handle's channel (channel.open).",
    { on: Name, group: Group, me: Member, peer: Member, peerUser: User },
    {},
  ),
  "channel.send": drawing(
    "channel",
    "Sends on the handle's channel (channel.send).",
    { on: Name, payload: Hex, outer: Hex },
    { message: Hex },
  ),
  "channel.receive": method(
    "channel",
    "Receives on the handle's channel (channel.receive).",
    { on: Name, message: Hex, outer: Hex },
    { payload: Hex },
  ),
  "ratchet.member-secret": method(
    "ratchet",
    "Derives a member secret (ratchet.member-secret).",
    { seed: Hex, group: Group, sender: Member, seq: Count, member: Member },
    { secret: Hex },
  ),
  "ratchet.update": method(
    "ratchet",
    "One step of a ratchet (ratchet.update).",
    { state: Hex, input: Hex, group: Group, member: Member },
    { updateSecret: Hex, next: Hex },
  ),
  "membership.members": method(
    "membership",
    "Appends the operations one by one to an empty history (membership.append); gives its members.",
    { operations: Operations },
    { members: Schema.Array(Member) },
  ),
  "membership.view": method(
    "membership",
    "Appends the operations likewise; gives the view of a member as of its message with the number `seq`.",
    { operations: Operations, member: Member, seq: Count },
    { members: Schema.Array(Member) },
  ),
  "membership.kept": method(
    "membership",
    "Appends the operations likewise; gives what is kept without acks: of each change, by position, what " +
      "its sender did not know (definition `unknownTo`), and by sender what it knew as of its last " +
      "operation (definition `knowledgeOf`).",
    { operations: Operations },
    { unknown: Schema.Array(Schema.Array(Count)), known: inJson(table(MemberId, Knowledge)) },
  ),
  "group.create": drawing(
    "key-agreement",
    "Creates a group with other users (key-agreement.create).",
    { on: Name, users: Schema.Array(User) },
    { ...Outgoing, updateSecret: Hex },
  ),
  "group.update": drawing("key-agreement", "Updates (key-agreement.update).", { on: Name }, { ...Outgoing, updateSecret: Hex }),
  "group.remove": drawing(
    "key-agreement",
    "Removes a member (key-agreement.remove).",
    { on: Name, member: Member },
    { ...Outgoing, updateSecret: Hex },
  ),
  "group.add": drawing(
    "key-agreement",
    "Adds a user, with an attachment for the layer above (key-agreement.add). One that is too long for a welcome is " +
      "refused by channel.payload-length.",
    { on: Name, user: User, attachment: Hex },
    { ...Outgoing, updateSecret: Hex },
  ),
  "group.process": drawing(
    "key-agreement",
    "Processes a control message (key-agreement.process). `recipients` are the members for whom direct " +
      "messages came with it, in any order, and `direct` is the one for us. If `direct` is null though `recipients` " +
      "name us, or is not though they do not, the direct messages are not those that the steps demand " +
      "(key-agreement.recipients): it is refused where the steps look at the recipients. The layer above gives no " +
      "confirmation. Gives the response, the rekey that follows it, the new update secrets of the message's " +
      "sender and of ourselves, whether we were removed, and the attachment of a welcome.",
    { on: Name, control: Hex, recipients: Schema.Array(Member), direct: Schema.NullOr(Hex) },
    {
      response: Schema.NullOr(Schema.Struct(Outgoing)),
      rekey: Schema.NullOr(Schema.Struct(Outgoing)),
      senderSecret: Schema.NullOr(Hex),
      ownSecret: Schema.NullOr(Hex),
      removed: Schema.Boolean,
      attachment: Schema.NullOr(Hex),
    },
  ),
  "group.members": method(
    "key-agreement",
    "Our view: the members with their users, in ascending order of the members; none before joining, and " +
      "after removal those of the history that was kept.",
    { on: Name },
    Members,
  ),
  "broadcast.digest": method(
    "broadcast",
    "The digest of a message, from the digest before it, that of the message acknowledged or null, and the item.",
    { previous: Hex, acknowledged: Schema.NullOr(Hex), item: Hex },
    { digest: Hex },
  ),
  "broadcast.create": drawing(
    "broadcast",
    "Creates a group with other users (causal-broadcast.operate). Gives the number of the message, and " +
      "our new update secret. What it sends is in the queue.",
    { on: Name, users: Schema.Array(User) },
    Done,
  ),
  "broadcast.update": drawing("broadcast", "Updates (causal-broadcast.operate).", { on: Name }, Done),
  "broadcast.remove": drawing("broadcast", "Removes a member (causal-broadcast.operate).", { on: Name, member: Member }, Done),
  "broadcast.add": drawing("broadcast", "Adds a user (causal-broadcast.operate).", { on: Name, user: User }, Done),
  "broadcast.write": method(
    "broadcast",
    "Takes note of what we have written (causal-broadcast.write), which our next message states. Whether there is a " +
      "group is not asked.",
    { on: Name, chain: inJson(Chain) },
    {},
  ),
  "broadcast.flush": method(
    "broadcast",
    "Signs the next envelope (causal-broadcast.flush); null when the queue is empty.",
    { on: Name },
    { envelope: Schema.NullOr(HexOut) },
  ),
  "broadcast.receive": drawing(
    "broadcast",
    "Receives an envelope (causal-broadcast.receive). Gives what was processed, of it and of what was held, in " +
      "this order: each control message with its sender's signing key from then on, what its sender had not seen, " +
      "the new update secrets of its sender and of ourselves, each with the member and the number of the message " +
      "that it belongs to, and the chain that it states; what of that which was held was refused or malformed, in " +
      "the order in which it was judged: its sender, its first number and the clause; what is missing: to this " +
      "envelope when it is held, otherwise to those that are still held; and whether we have been removed, now or before.",
    { on: Name, envelope: Hex },
    { taken: Taken, refused: RefusedLater, missing: Schema.Array(Schema.Json), removed: Schema.Boolean },
  ),
  "broadcast.retry": drawing(
    "broadcast",
    "Tries what is held (causal-broadcast.retry). Gives what broadcast.receive gives.",
    { on: Name },
    { taken: Taken, refused: RefusedLater, missing: Schema.Array(Schema.Json), removed: Schema.Boolean },
  ),
  "broadcast.forget": method("broadcast", "Forgets what is held (causal-broadcast.forget).", { on: Name }, {}),
  "broadcast.notes": method("broadcast", "Our notes (causal-broadcast.compare-notes).", { on: Name }, { notes: HexOut }),
  "broadcast.compare-notes": method(
    "broadcast",
    "Compares our notes with those of another (causal-broadcast.compare-notes); both lists in ascending order.",
    { on: Name, notes: Hex },
    { differ: Schema.Array(Member), behind: Schema.Array(Member) },
  ),
  "broadcast.members": method(
    "broadcast",
    "Our view: the members with their users, in ascending order of the members; none before joining, and " +
      "after removal those of the history that was kept.",
    { on: Name },
    Members,
  ),
  ...messagingMethods,
} as const
