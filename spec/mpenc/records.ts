/**
 * # Records and packets
 *
 * Clauses and steps of this chapter are called `mpenc-records.*`.
 *
 * mpENC is older than this specification, and its formats are not ours: they are those of the design document of 2015
 * (release 0.1-4-g75e6b2d) and of the original implementation, byte for byte. Where the original reads carelessly, this
 * chapter reads strictly: each accepted packet has exactly one form.
 *
 * ## A packet is a text
 *
 * A transport carries texts. A text that does not begin with `?mpENC` is **plain**: not ours, and shown as it is. Every
 * other packet is
 *
 * ```text
 * "?mpENC:" base64(TLV string) "."
 * ```
 *
 * with the alphabet and the padding of RFC 4648 section 4, and no line breaks. The TLV string is a sequence of records,
 * with nothing between or around them:
 *
 * ```text
 * type (16 bits, big-endian) || length (16 bits, big-endian) || value (length bytes)
 * ```
 *
 * ## Records
 *
 * The types stand in `recordTypes`, below, with the length of the value. Type 0107 (SIGNING_KEY) is reserved: no packet
 * of this chapter has it.
 *
 * ## Packets
 *
 * The MESSAGE_TYPE says which records follow, in which order (`layouts`). `?` marks a record that may be missing, `*`
 * one that stands any number of times:
 *
 * | MESSAGE_TYPE | packet | records |
 * | --- | --- | --- |
 * | 01 | query | PROTOCOL_VERSION, MESSAGE_TYPE |
 * | 02 | greeting | MESSAGE_SIGNATURE, PROTOCOL_VERSION, MESSAGE_TYPE, GREET_TYPE, SOURCE, DEST, MEMBER*, INT_KEY*, NONCE*, PUB_KEY*, PREV_PF?, CHAIN_HASH?, LATEST_PM*, SESSION_SIGNATURE? |
 * | 03 | data | SIDKEY_HINT, MESSAGE_SIGNATURE, PROTOCOL_VERSION, MESSAGE_TYPE, MESSAGE_IV, MESSAGE_PAYLOAD |
 * | 04 | error | MESSAGE_SIGNATURE?, PROTOCOL_VERSION, MESSAGE_TYPE, SOURCE, SEVERITY, MESSAGE_PAYLOAD |
 *
 * The **signed part** of a packet is all its records from PROTOCOL_VERSION on. MESSAGE_SIGNATURE covers it (chapters
 * "greeting" and "messages"); SIDKEY_HINT is not covered.
 *
 * A query asks who speaks the protocol, and an error tells people something. Both are read and written here, and
 * nothing in this specification ever acts on one.
 *
 * > **Erratum A1** (design document section 5.1, which says 16 bits): PROTOCOL_VERSION is one byte, 01. Vector:
 * > `mpenc-records/query`.
 *
 * > **Erratum A2** (section 5.2.3, which leaves DEST out of a broadcast): DEST is always there, and empty in a
 * > broadcast. Vector: `mpenc-records/destination`.
 *
 * ## Greeting packets
 *
 * The 16 bits of GREET_TYPE say what a packet is for: bit 0 an operation on an existing session (AUX), bit 1 downflow
 * (DOWN), bit 2 carries key agreement (GKA), bit 3 carries signature key exchange (SKE), bits 4 to 6 the operation (1
 * start, 2 include, 3 exclude, 4 refresh), bit 7 first packet of an operation (INIT). Eleven values occur, those of
 * `greetTypes`. The value 00d3 (quit) of early versions is refused like any other that is not in the table.
 *
 * MEMBER, INT_KEY, NONCE and PUB_KEY are parallel lists: what stands at index i belongs to MEMBER i. While a packet
 * travels up from member to member, the last three grow. `p` is the position of SOURCE in MEMBER, counted from 0, and n
 * the number of MEMBERs:
 *
 * | greet type | value | p | DEST | INT_KEY | NONCE and PUB_KEY | PREV_PF, CHAIN_HASH | SESSION_SIGNATURE |
 * | --- | --- | --- | --- | --- | --- | --- | --- |
 * | start-initial | 009c | p = 0 | MEMBER 1 | 2, the first empty | 1 each | yes | no |
 * | start-upflow | 001c | 1 ≤ p ≤ n - 2 | MEMBER p + 1 | p + 2 | p + 1 each | no | no |
 * | start-downflow | 001e | p = n - 1 | empty | n | n each | no | yes |
 * | start-confirm | 001a | p < n - 1 | empty | 0 | 0, or n each | no | yes |
 * | include-initial | 00ad | p < m | MEMBER m | m + 1 | m each; 2 ≤ m < n | yes | no |
 * | include-upflow | 002d | 2 ≤ p ≤ n - 2 | MEMBER p + 1 | p + 2 | p + 1 each | no | no |
 * | include-downflow | 002f | p = n - 1 | empty | n | n each | no | yes |
 * | include-confirm | 002b | p < n - 1 | empty | 0 | 0, or n each | no | yes |
 * | exclude-initial | 00bf | any | empty | n | n each | yes | yes |
 * | exclude-confirm | 003b | any | empty | 0 | 0, or n each | no | yes |
 * | refresh-initial | 00c7 | any | empty | n | 0 | yes | no |
 *
 * Here m is the number of members before an include, which the packet shows by its number of NONCEs. n is at least 2;
 * but at least 3 in an include, and 1 in an exclude-initial by which nobody else remains. LATEST_PM stands only beside
 * PREV_PF, any number of times. An INT_KEY that is empty stands for the base point.
 *
 * > **Erratum A7** (section 5.2.2, by which confirms do not repeat the lists; the original repeats them). A reader
 * > takes both forms; which one is written is a parameter of the session (chapter "greeting"). Vector:
 * > `mpenc-records/confirm-with-lists`.
 *
 * > **Erratum A23.** The design document writes the base point as an element; the original writes an empty value, and
 * > reads it anywhere. Here it is read as the first INT_KEY of a start-initial, where it must be, and nowhere else.
 * > Vector: `mpenc-records/base-point`.
 *
 * ## Member names
 *
 * A member is named by a non-empty text (on the original's platform, a full XMPP JID), in UTF-8, without control
 * characters (U+0000 to U+001F, U+007F to U+009F): the original separates names by line feeds when it hashes them.
 * **Sorted** names are in ascending order of their UTF-8 bytes.
 *
 * ```ts run
 * import { recordTypes, sorted } from "../spec/mpenc/records.ts"
 *
 * sorted(["b", "a", "ab", "B"]) // => ["B", "a", "ab", "b"]
 * recordTypes.GREET_TYPE.type // => 511
 * ```
 *
 * @module
 */
import { Schema } from "effect"
import type { Cbor } from "../conventions/cbor.ts"
import { check, declareClauses, declareSteps } from "../conventions/clauses.ts"
import {
  anyOf,
  asItIs,
  bytes,
  hexIdentifier,
  listOf,
  message,
  nullable,
  oneOf,
  record,
  type ValueOf,
  type Wire,
} from "../conventions/encoding.ts"
import { Key } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"

const strictly = "Conclave; the original reads on"

export const clauses = declareClauses("mpenc-records", {
  limit: check("MUST", "A text is not empty, and at most 1,048,576 bytes of UTF-8 long.", "Conclave"),
  armour: check(
    "MUST",
    "A text that begins with ?mpENC has the form ?mpENC:, base64, full stop, in the one spelling of RFC 4648 section 4.",
    strictly,
  ),
  tlv: check("MUST", "A TLV string ends with the last byte of a record.", strictly),
  order: check("MUST", "A packet has the records of its layout in that order, and no others.", strictly),
  version: check(
    "MUST",
    "The protocol version is 1; in a session with the ratchet it is 2.",
    'design document section 5.1; chapter "extensions"',
  ),
  "message-type": check("MUST", "The message type is 01, 02, 03 or 04.", "design document section 5.1"),
  lengths: check("MUST", "The value of each record has a length that the table of record types allows.", strictly),
  "greet-type": check("MUST", "The greet type is one of the table.", strictly),
  name: check("MUST", "A member's name is a non-empty text in UTF-8 without control characters.", "Conclave"),
  "distinct-members": check("MUST", "No member stands in the list of members twice.", "design document section 5.2.1"),
  source: check("MUST", "The source is a member, at a position that the greet type allows.", "design document section 5.2.2"),
  counts: check("MUST", "A greeting has as many records of each type as the table of greet types says.", strictly),
  destination: check(
    "MUST",
    "The destination is the next member of the upflow, or empty in the downflow.",
    "design document section 5.2.1",
  ),
  "base-point": check("MUST", "An intermediate key is empty as the first of a start-initial, and nowhere else.", "Conclave; erratum A23"),
  "distinct-ids": check("MUST", "No LATEST_PM stands in a packet twice.", "Conclave"),
  text: check("MUST", "The severity of an error is 0, 1 or 2, and its payload is UTF-8.", "Conclave"),
})

export const steps = declareSteps("mpenc-records", {
  decode: [
    "If the text is empty, or longer than 1,048,576 bytes of UTF-8: malformed (mpenc-records.limit).",
    "If it does not begin with `?mpENC`: it is a plain packet with this text as its content, and nothing else is " + "looked at.",
    "If it is not `?mpENC:`, then canonical padded base64, then `.`: malformed (mpenc-records.armour). The base64 " + "may be of no bytes.",
    "Divide the TLV string into records (by decode-records).",
    "The packet begins with SIDKEY_HINT if that is there, then MESSAGE_SIGNATURE if that is there, then " +
      "PROTOCOL_VERSION and MESSAGE_TYPE. If one of the last two is not there: malformed (mpenc-records.order).",
    'If PROTOCOL_VERSION is not the one byte 01, or in a session with the ratchet (chapter "extensions") the one ' +
      "byte 02, also for queries and errors: malformed (mpenc-records.version).",
    "If MESSAGE_TYPE is not one byte of 01 to 04: malformed (mpenc-records.message-type).",
    "If the records, from the first on, are not as the layout of the MESSAGE_TYPE says: malformed " + "(mpenc-records.order).",
    "If the value of a record has a length that its type does not allow: malformed (mpenc-records.lengths).",
    "If an error has a SEVERITY above 2, or a MESSAGE_PAYLOAD that is not UTF-8: malformed (mpenc-records.text).",
    "If the SOURCE of an error is not a name: malformed (mpenc-records.name).",
    "If it is a greeting: check it by check-greeting.",
  ],
  "decode-records": [
    "While bytes are left: take a type, a length and a value. If fewer bytes are left than these need: malformed " + "(mpenc-records.tlv).",
  ],
  "check-greeting": [
    "If GREET_TYPE is not in the table: malformed (mpenc-records.greet-type).",
    "If SOURCE, a MEMBER, or a DEST that is not empty is not a name: malformed (mpenc-records.name).",
    "If a MEMBER stands there twice: malformed (mpenc-records.distinct-members).",
    "If SOURCE is not a MEMBER, or its position p is not one that the table allows with n MEMBERs (for " +
      "include-initial: p < m, where m is the number of NONCEs): malformed (mpenc-records.source).",
    "If the number of MEMBERs is less than the greet type needs, or another number is not that of the table: " +
      "malformed (mpenc-records.counts).",
    "If DEST is not the one of the table: malformed (mpenc-records.destination).",
    "If the first INT_KEY of a start-initial is not empty, or any other INT_KEY is: malformed " + "(mpenc-records.base-point).",
    "If a LATEST_PM stands there twice: malformed (mpenc-records.distinct-ids).",
  ],
  encode: [
    "Write the records in the order of the layout, those of a list in its order.",
    "If a value is longer than 65,535 bytes: malformed (mpenc-records.tlv).",
    "The text is the armour around the base64 of the records; that of a plain packet is its content.",
    "If decode does not accept the text: the verdict is that of decode.",
    "If the packet is a plain one, and decode finds another packet in its content: malformed (mpenc-records.armour).",
  ],
})

/** The longest text, in bytes of UTF-8. */
export const maximumText = 1 << 20

/** A record type: its number, and how many bytes its value may have. */
interface RecordType {
  readonly type: number
  readonly lengths: { readonly minimum: number; readonly maximum: number }
}

const of = (type: number, minimum: number, maximum: number = minimum): RecordType => ({ type, lengths: { minimum, maximum } })

/** The longest value of a record, in bytes. */
export const maximumValue = 0xffff

/**
 * The record types. An INT_KEY has 0 or 32 bytes (which of the two: mpenc-records.base-point); 1 to 31 are not allowed.
 */
export const recordTypes = {
  PROTOCOL_VERSION: of(0x0001, 1),
  MESSAGE_TYPE: of(0x0002, 1),
  MESSAGE_SIGNATURE: of(0x0003, 64),
  MESSAGE_PAYLOAD: of(0x0010, 0, maximumValue),
  MESSAGE_IV: of(0x0011, 12),
  SIDKEY_HINT: of(0x0012, 1),
  MESSAGE_PARENT: of(0x0013, 20),
  MESSAGE_BODY: of(0x0014, 1, maximumValue),
  SOURCE: of(0x0100, 1, maximumValue),
  DEST: of(0x0101, 0, maximumValue),
  MEMBER: of(0x0102, 1, maximumValue),
  INT_KEY: of(0x0103, 0, 32),
  NONCE: of(0x0104, 32),
  PUB_KEY: of(0x0105, 32),
  SESSION_SIGNATURE: of(0x0106, 64),
  GREET_TYPE: of(0x01ff, 2),
  SEVERITY: of(0x0201, 1),
  PREV_PF: of(0x0301, 32),
  CHAIN_HASH: of(0x0302, 32),
  LATEST_PM: of(0x0303, 20),
} as const satisfies Readonly<Record<string, RecordType>>

/** The name of a record type. */
export type RecordName = keyof typeof recordTypes

/** The protocol version. */
export const protocolVersion = 1

/** A place in a layout: a record that stands there once, at most once (`?`), or any number of times (`*`). */
export type Place = RecordName | `${RecordName}?` | `${RecordName}*`

/** The layouts of packets, by their MESSAGE_TYPE. */
export const layouts = {
  1: ["PROTOCOL_VERSION", "MESSAGE_TYPE"],
  2: [
    "MESSAGE_SIGNATURE",
    "PROTOCOL_VERSION",
    "MESSAGE_TYPE",
    "GREET_TYPE",
    "SOURCE",
    "DEST",
    "MEMBER*",
    "INT_KEY*",
    "NONCE*",
    "PUB_KEY*",
    "PREV_PF?",
    "CHAIN_HASH?",
    "LATEST_PM*",
    "SESSION_SIGNATURE?",
  ],
  3: ["SIDKEY_HINT", "MESSAGE_SIGNATURE", "PROTOCOL_VERSION", "MESSAGE_TYPE", "MESSAGE_IV", "MESSAGE_PAYLOAD"],
  4: ["MESSAGE_SIGNATURE?", "PROTOCOL_VERSION", "MESSAGE_TYPE", "SOURCE", "SEVERITY", "MESSAGE_PAYLOAD"],
} as const satisfies Readonly<Record<number, ReadonlyArray<Place>>>

/** The greet types, by name. */
export const greetTypes = {
  "start-initial": 0x009c,
  "start-upflow": 0x001c,
  "start-downflow": 0x001e,
  "start-confirm": 0x001a,
  "include-initial": 0x00ad,
  "include-upflow": 0x002d,
  "include-downflow": 0x002f,
  "include-confirm": 0x002b,
  "exclude-initial": 0x00bf,
  "exclude-confirm": 0x003b,
  "refresh-initial": 0x00c7,
} as const

const nameOf = <N extends string>(table: Readonly<Record<N, number>>, value: Cbor): N | undefined =>
  (Object.keys(table) as Array<N>).find((name) => table[name] === value)

/** One of several numbers that programs and people handle by their names. */
export const named = <const N extends string>(table: Readonly<Record<N, number>>): Wire<N> => {
  const names = Schema.Literals(Object.keys(table) as unknown as readonly [N, ...Array<N>])
  return {
    encode: (name) => (Object.hasOwn(table, name) ? table[name] : undefined),
    decode: (value) => nameOf(table, value),
    json: names as unknown as Schema.Codec<N, unknown>,
    cddl: Object.values<number>(table).join(" / "),
    rules: {},
  }
}

const utf8 = new TextEncoder()

/** A text of at most `maximum` bytes of UTF-8 that the pattern allows. */
export const textUpTo = (pattern: RegExp, maximum: number): Wire<string> => {
  const isShort = (text: string) => text.length <= maximum && utf8.encode(text).length <= maximum
  return {
    ...asItIs<string>((value) => typeof value === "string" && isShort(value) && pattern.test(value)),
    json: Schema.String.check(Schema.makeFilter(isShort, undefined, true))
      .check(Schema.isPattern(pattern))
      .annotate({ description: `at most ${maximum} bytes of UTF-8` }),
    cddl: "tstr",
    rules: {},
  }
}

/** The name of a member. */
export const MemberName = textUpTo(/^[^\p{Cc}\p{Cs}]+$/u, maximumValue)
export type MemberName = ValueOf<typeof MemberName>

/** Compares two names by their UTF-8 bytes. */
export const compareNames = (a: string, b: string): number => {
  const [first, second] = [utf8.encode(a), utf8.encode(b)]
  const index = first.findIndex((byte, at) => byte !== second[at])
  return index < 0 ? first.length - second.length : first[index]! - (second[index] ?? -1)
}

/** Names in ascending order of their UTF-8 bytes. */
export const sorted = (names: ReadonlyArray<string>): ReadonlyArray<string> => [...names].sort(compareNames)

/** Well-formed text of a record. */
const Text = textUpTo(/^\P{Cs}*$/u, maximumValue)

/** A hash with SHA-256. */
export const Hash = bytes(32)

/** The identifier of a packet, and a chain hash (chapter "server-order"). */
export const PacketId = hexIdentifier(32)

/** The identifier of a message (chapter "messages"). */
export const MessageId = hexIdentifier(20)

/** An intermediate key: a public key of X25519, or nothing, which stands for the base point. */
export const IntermediateKey: Wire<Uint8Array> = {
  ...anyOf([bytes(0), bytes(32)]),
  json: Schema.Union([bytes(0).json, bytes(32).json]),
  cddl: `${bytes(0).cddl} / ${bytes(32).cddl}`,
  rules: {},
}

/** No list of a packet is longer: each item takes at least five bytes of a text that is at most 1 MiB long. */
const many = 1 << 18

/**
 * What the first packet of an operation says of the session before it: PREV_PF, CHAIN_HASH and LATEST_PM (identifiers
 * of messages).
 */
export const Metadata = record("mpenc-metadata", {
  previousFinal: PacketId,
  chainHash: PacketId,
  latestMessages: listOf(MessageId, 0, many),
})
export type Metadata = ValueOf<typeof Metadata>

/** A text that is not ours. */
export const PlainPacket = message("plain", 0, { content: textUpTo(/^\P{Cs}*$/u, maximumText) })

/** A query. */
export const QueryPacket = message("query", 1, {})

/**
 * A greeting: one packet of an operation. `destination` is null in a broadcast; `metadata` is there in the first packet
 * of an operation.
 */
export const GreetingPacket = message("greeting", 2, {
  signature: Signature,
  greetType: named(greetTypes),
  source: MemberName,
  destination: nullable(MemberName),
  members: listOf(MemberName, 0, many),
  intermediateKeys: listOf(IntermediateKey, 0, many),
  nonces: listOf(bytes(32), 0, many),
  publicKeys: listOf(Key, 0, many),
  metadata: nullable(Metadata),
  sessionSignature: nullable(Signature),
})
export type GreetingPacket = ValueOf<typeof GreetingPacket>

/** The name of a greet type. */
export type GreetType = GreetingPacket["greetType"]

/** A data packet: one message of a subsession. */
export const DataPacket = message("data", 3, {
  hint: bytes(1),
  signature: Signature,
  iv: bytes(12),
  payload: bytes(0, maximumValue),
})
export type DataPacket = ValueOf<typeof DataPacket>

/** An error, for people. */
export const ErrorPacket = message("error", 4, {
  signature: nullable(Signature),
  source: MemberName,
  severity: named({ information: 0, warning: 1, terminal: 2 }),
  text: Text,
})
export type ErrorPacket = ValueOf<typeof ErrorPacket>

/** Any packet. */
export const Packet = oneOf("mpenc-packet", [PlainPacket, QueryPacket, GreetingPacket, DataPacket, ErrorPacket])
export type Packet = ValueOf<typeof Packet>
