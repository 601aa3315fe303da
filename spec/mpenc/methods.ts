/**
 * # Methods of packets, keys and messages
 *
 * How a test calls the functions of the chapters from "records" to "messages"; what holds for all methods stands in the
 * convention "methods". The chapters from "server-order" on have a chapter of their own ("session-methods").
 *
 * `on` names a **handle** (layer "greeting"): what one member holds: its identity keys, a membership, a proposal and a
 * running greeting.
 *
 * No method of these layers draws: contributions, nonces, ephemeral keys and initialisation vectors are parameters, in
 * the place of draws. A value that is no value of its type is no call, so that a contribution of 31 bytes, for example,
 * never meets a clause. Values are given in the JSON forms of the chapters' types; a packet is an object with its kind
 * in `type`.
 *
 * In the layer "messages" a group key may have 16 bytes as well as 32, and a session id any number, and in the layer
 * "aske" a nonce any number, so that test data of others can be used; a cipher key of 32 bytes out of a group key of 16
 * is that group key.
 *
 * A peer may report intermediate values of a call, whatever its verdict, in a `trace`: names and values in hex, in the
 * order of their computation.
 *
 * | name | value |
 * | --- | --- |
 * | `cliques.cardinal-key` | the cardinal key that a new contribution makes |
 * | `cliques.group-secret`, `cliques.group-key` | what the group key is derived from, and it |
 * | `aske.session-id` | the session id of complete lists |
 * | `aske.authenticator` | an authenticator, made or verified |
 * | `greeting.signed` | what the MESSAGE_SIGNATURE of a greeting covers, made or verified |
 * | `messages.plaintext` | a plaintext before it is encrypted, or after it was decrypted |
 * | `messages.signed` | what the MESSAGE_SIGNATURE of a message covers, made or verified |
 * | `server-order.packet-id`, `server-order.chain-hash` | of a packet or departure |
 * | `extensions.message-key`, `extensions.chain-key` | the keys that a ratchet derives, one after the other |
 *
 * Cases whose values would be very many have none.
 *
 * | layer | what a port needs for it |
 * | --- | --- |
 * | mpenc-records | chapter "records" |
 * | cliques | chapter "cliques" |
 * | aske | chapter "aske" |
 * | greeting | chapter "greeting" |
 * | messages | chapter "messages"; only a few cases need "greeting" too |
 *
 * @module
 */
import { Schema } from "effect"
import { bytes, uint } from "../conventions/encoding.ts"
import { Key } from "../conventions/identifiers.ts"
import { Hex, HexOut, inJson, method, Name } from "../conventions/methods.ts"
import { Signature } from "../conventions/suite.ts"
import { Agreement } from "./cliques.ts"
import { Identities, Membership, Shares } from "./greeting.ts"
import { Body, CipherKeyBytes } from "./messages.ts"
import { Hash, IntermediateKey, MemberName, MessageId, Metadata, Packet } from "./records.ts"

const Member = inJson(MemberName)
const Members = Schema.Array(Member)
const Text = Schema.String.check(Schema.isPattern(/^\P{Cs}*$/u))
const Keys = Schema.Array(inJson(IntermediateKey))
const Contribution = inJson(Key)
const UInt16 = inJson(uint(0, 0xffff))
const Records = Schema.Array(Schema.Struct({ type: UInt16, value: Hex }))

/** The layers, in the order in which a port gets them right. */
export const layers = ["mpenc-records", "cliques", "aske", "greeting", "messages"] as const

const ofRecords = {
  "mpenc-records.decode": method("mpenc-records", "Decodes a text (mpenc-records.decode).", { text: Text }, { packet: inJson(Packet) }),
  "mpenc-records.encode": method("mpenc-records", "Encodes a packet (mpenc-records.encode).", { packet: inJson(Packet) }, { text: Text }),
  "mpenc-records.signed-part": method(
    "mpenc-records",
    "The signed part of a packet: its records from PROTOCOL_VERSION on. A plain packet, which has no records, is no call.",
    { packet: inJson(Packet) },
    { bytes: HexOut },
  ),
  "mpenc-records.decode-records": method(
    "mpenc-records",
    "Divides a TLV string into records of any types (mpenc-records.decode-records).",
    { bytes: Hex },
    { records: Records },
  ),
  "mpenc-records.encode-records": method("mpenc-records", "Writes records of any types.", { records: Records }, { bytes: HexOut }),
  "mpenc-records.sort": method("mpenc-records", "Sorts names by their bytes.", { names: Members }, { names: Members }),
}

const Sent = { agreement: inJson(Agreement), keys: Keys }
const Change = { agreement: inJson(Agreement), me: Member, others: Members, contribution: Contribution }
const Upflow = { members: Members, me: Member, keys: Keys, contribution: Contribution }

const ofCliques = {
  "cliques.multiply": method(
    "cliques",
    "The product of an intermediate key and contributions, one after the other; with no contributions, the key itself.",
    { contributions: Schema.Array(Contribution), key: inJson(IntermediateKey) },
    { product: inJson(IntermediateKey) },
  ),
  "cliques.derive": method(
    "cliques",
    "The group key of a group secret (cliques.derive).",
    { secret: Contribution },
    { groupKey: Contribution },
  ),
  "cliques.start": method(
    "cliques",
    "Begins an agreement (cliques.start). `keys` are those to send.",
    { me: Member, others: Members, contribution: Contribution },
    Sent,
  ),
  "cliques.forward": method("cliques", "Takes part in an upflow (cliques.forward).", Upflow, Sent),
  "cliques.close": method("cliques", "Ends an upflow (cliques.close).", Upflow, Sent),
  "cliques.receive": method(
    "cliques",
    "Takes a downflow (cliques.receive).",
    { members: Members, me: Member, keys: Keys, contributions: Schema.Array(Contribution) },
    { agreement: inJson(Agreement) },
  ),
  "cliques.include": method("cliques", "Includes others (cliques.include).", Change, Sent),
  "cliques.exclude": method("cliques", "Excludes others (cliques.exclude).", Change, Sent),
  "cliques.refresh": method(
    "cliques",
    "Makes a new group key (cliques.refresh).",
    { agreement: inJson(Agreement), me: Member, contribution: Contribution },
    Sent,
  ),
}

const Lists = { members: Members, nonces: Schema.Array(Hex), publicKeys: Schema.Array(inJson(Key)) }

/** Lists that are completed (aske.complete) first; a session id that is given takes the place of the one computed. */
const Completed = { ...Lists, sessionId: Schema.NullOr(inJson(Hash)) }

const ofAske = {
  "aske.complete": method(
    "aske",
    "The session id that complete lists make (aske.complete). The other methods of this layer do the same first, and then use the session id that they are given in its place, unless that is null.",
    Lists,
    { sessionId: inJson(Hash) },
  ),
  "aske.authenticator": method(
    "aske",
    "Makes the authenticator of a member (aske.authenticator).",
    { ...Completed, member: Member },
    { authenticator: HexOut },
  ),
  "aske.acknowledge": method(
    "aske",
    "Acknowledges (aske.acknowledge).",
    { ...Completed, me: Member, identitySecretKey: inJson(Key) },
    { signature: inJson(Signature) },
  ),
  "aske.verify": method(
    "aske",
    "Verifies the acknowledgement of a member (aske.verify).",
    { ...Completed, member: Member, identityKey: inJson(Key), signature: inJson(Signature) },
    {},
  ),
}

const ofGreeting = {
  "greeting.sign": method(
    "greeting",
    "Signs a greeting with an ephemeral key (greeting.send). The signature that it has is of no account; a packet that " +
      "is no greeting is refused (greeting.kind).",
    { packet: inJson(Packet), ephemeralSecretKey: inJson(Key) },
    { text: Text },
  ),
  "greeting.verify": method(
    "greeting",
    "Decodes a text, and verifies that it is a greeting with a signature by this ephemeral key (greeting.kind, greeting.signature).",
    { text: Text, publicKey: inJson(Key) },
    {},
  ),
  "greeting.appear": method(
    "greeting",
    "Makes a handle for a member, or makes it anew, with identity keys and a membership, null for none. A membership whose lists do not have one entry for each member, the same members in the same order in both halves and we among them, or that has no group key, is no call.",
    { on: Name, me: Member, identities: inJson(Identities), repeatLists: Schema.Boolean, membership: Schema.NullOr(inJson(Membership)) },
    {},
  ),
  "greeting.propose": method(
    "greeting",
    "Proposes a change of the handle's membership (greeting.propose): what it gives is to be sent. The handle keeps the greeting as its proposal, in the place of an earlier one.",
    { on: Name, include: Members, exclude: Members, metadata: inJson(Metadata), shares: inJson(Shares) },
    { text: Text },
  ),
  "greeting.receive": method(
    "greeting",
    "Receives a packet in the handle's running greeting (greeting.receive). If none runs: in the proposal, if we are the sender and have one, and in one that begins (greeting.begin) otherwise; once it has accepted an initial packet, it runs, and the proposal is gone, also when another's packet was accepted. When it is finished, the handle has the new membership, and when we are excluded, none; no greeting runs then.",
    { on: Name, sender: Member, text: Text, shares: inJson(Shares) },
    { text: Schema.NullOr(Text), finished: Schema.Boolean, excluded: Schema.Boolean },
  ),
  "greeting.abandon": method(
    "greeting",
    "Forgets the running greeting and the proposal, as when an operation has failed.",
    { on: Name },
    {},
  ),
  "greeting.membership": method(
    "greeting",
    "The handle's membership, null when it has none.",
    { on: Name },
    { membership: Schema.NullOr(inJson(Membership)) },
  ),
}

const GroupKey = Schema.Union([inJson(bytes(16)), inJson(bytes(32))])
const Subsession = { sessionId: Hex, groupKey: GroupKey }
const Parents = Schema.Array(inJson(MessageId))
const Content = { parents: Parents, body: inJson(Body) }
const KeyBytes = inJson(CipherKeyBytes)
const Iv = inJson(bytes(12))

const ofMessages = {
  "messages.subsession-hash": method("messages", "The subsession hash; its first byte is the hint.", Subsession, { hash: inJson(Hash) }),
  "messages.cipher": method(
    "messages",
    "AES in counter mode, as for a message. Encrypting and decrypting are the same.",
    { key: GroupKey, iv: Iv, data: Hex },
    { data: HexOut },
  ),
  "messages.encode-body": method(
    "messages",
    "The value of a MESSAGE_BODY; an empty text is refused (messages.body).",
    { body: inJson(Body) },
    { value: HexOut },
  ),
  "messages.decode-body": method(
    "messages",
    "The body that the value of a MESSAGE_BODY is (messages.body).",
    { value: Hex },
    { body: inJson(Body) },
  ),
  "messages.encode-content": method(
    "messages",
    "The plaintext of a message, with its length and padding (steps 1 to 3 of messages.seal).",
    { ...Content, padding: Schema.Boolean },
    { plaintext: HexOut },
  ),
  "messages.decode-content": method(
    "messages",
    "What a plaintext contains (steps 5 to 9 of messages.open, without decryption).",
    { plaintext: Hex },
    Content,
  ),
  "messages.seal": method(
    "messages",
    "Seals a message (messages.seal).",
    { ...Subsession, ephemeralSecretKey: inJson(Key), ...Content, iv: Iv, cipherKeyBytes: KeyBytes, padding: Schema.Boolean },
    { text: Text, id: inJson(MessageId) },
  ),
  "messages.open": method(
    "messages",
    "Opens a message (messages.open) in the subsession of these members, whose ephemeral public keys are in the " +
      "same order. A member for whom there is no key is a reader, and no author (messages.author).",
    { ...Subsession, members: Members, publicKeys: Schema.Array(inJson(Key)), sender: Member, text: Text, cipherKeyBytes: KeyBytes },
    { id: inJson(MessageId), author: Member, readers: Members, ...Content },
  ),
  "messages.decrypt": method(
    "messages",
    "Does steps 1 to 8 of messages.open, and gives the value of the MESSAGE_BODY as it stands there, whether it is a body or not.",
    { ...Subsession, members: Members, publicKeys: Schema.Array(inJson(Key)), sender: Member, text: Text, cipherKeyBytes: KeyBytes },
    { id: inJson(MessageId), parents: Parents, value: HexOut },
  ),
  "messages.id": method(
    "messages",
    "The identifier of a message; a text that is no data packet is refused (messages.kind).",
    { text: Text },
    { id: inJson(MessageId) },
  ),
  "messages.sign-error": method(
    "messages",
    "Signs an error; a packet that is none is refused (messages.kind); the signature that it has is of no account (messages.sign-error).",
    { packet: inJson(Packet), ephemeralSecretKey: inJson(Key) },
    { text: Text },
  ),
  "messages.verify-error": method(
    "messages",
    "Verifies the signature of an error (messages.verify-error).",
    { text: Text, publicKey: inJson(Key) },
    { packet: inJson(Packet) },
  ),
}

/** Every method of these layers. */
export const methods = { ...ofRecords, ...ofCliques, ...ofAske, ...ofGreeting, ...ofMessages } as const
