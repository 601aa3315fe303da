/**
 * Records and packets: chapter "records".
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Base64 } from "effect/encoding"
import { malformed } from "../../spec/conventions/verdicts.ts"
import {
  clauses,
  type ErrorPacket,
  layouts,
  maximumText,
  type Packet,
  protocolVersion,
  type RecordName,
  recordTypes,
} from "../../spec/mpenc/records.ts"
import { greetingRecords, nameOf, readGreeting, textOf } from "./records/greeting.ts"
import { decodeRecords, encodeNamed, fitLayout, type NamedRecord, type TlvRecord, type Values, wrongLength } from "./records/tlv.ts"

const utf8 = new TextEncoder()

const begin = "?mpENC:"

const severities = ["information", "warning", "terminal"] as const

/** The bytes in the armour of a packet; `undefined` when it is not one. */
const withoutArmour = (text: string): Uint8Array | undefined => {
  if (!text.startsWith(begin) || !text.endsWith(".")) return undefined
  const base64 = text.slice(begin.length, -1)
  const bytes = Base64.decode(base64)
  return Result.isSuccess(bytes) && Base64.encode(bytes.success) === base64 ? bytes.success : undefined
}

/** The text of a TLV string. */
export const armoured = (bytes: Uint8Array): string => `${begin}${Base64.encode(bytes)}.`

const isRecord = (record: TlvRecord | undefined, name: RecordName): record is TlvRecord => record?.type === recordTypes[name].type

/** The layout that the head of a packet asks for. */
const layoutOf = Effect.fnUntraced(function* (records: ReadonlyArray<TlvRecord>, expected: number) {
  // mpenc-records.decode.5
  const afterHint = isRecord(records[0], "SIDKEY_HINT") ? 1 : 0
  const at = isRecord(records[afterHint], "MESSAGE_SIGNATURE") ? afterHint + 1 : afterHint
  const [version, type] = [records[at], records[at + 1]]
  if (!isRecord(version, "PROTOCOL_VERSION") || !isRecord(type, "MESSAGE_TYPE")) return yield* malformed(clauses.order, "head")
  // mpenc-records.decode.6
  if (version.value.length !== 1 || version.value[0] !== expected) return yield* malformed(clauses.version, "PROTOCOL_VERSION")
  // mpenc-records.decode.7
  const number = type.value[0]
  if (type.value.length !== 1 || !(number === 1 || number === 2 || number === 3 || number === 4)) {
    return yield* malformed(clauses["message-type"], "MESSAGE_TYPE")
  }
  return number
})

const readError = Effect.fnUntraced(function* (values: Values) {
  // mpenc-records.decode.10
  const severity = severities[values.SEVERITY![0]![0]!]
  const text = textOf(values.MESSAGE_PAYLOAD![0]!)
  if (severity === undefined || text === undefined) return yield* malformed(clauses.text, "error")
  // mpenc-records.decode.11
  const source = yield* nameOf(values.SOURCE![0]!)
  const packet: ErrorPacket = { type: "error", signature: values.MESSAGE_SIGNATURE![0] ?? null, source, severity, text }
  return packet
})

const readData = (values: Values): Packet => ({
  type: "data",
  hint: values.SIDKEY_HINT![0]!,
  signature: values.MESSAGE_SIGNATURE![0]!,
  iv: values.MESSAGE_IV![0]!,
  payload: values.MESSAGE_PAYLOAD![0]!,
})

/** The packet that a TLV string is, or the clause by which it is none. */
const decodeTlv = Effect.fnUntraced(function* (bytes: Uint8Array, version: number): Effect.fn.Return<Packet, ReturnType<typeof malformed>> {
  // mpenc-records.decode.4
  const records = yield* decodeRecords(bytes)
  const type = yield* layoutOf(records, version)
  // mpenc-records.decode.8
  const values = fitLayout(layouts[type], records)
  if (values === undefined) return yield* malformed(clauses.order, `message type ${type}`)
  // mpenc-records.decode.9
  const wrong = wrongLength(values)
  if (wrong !== undefined) return yield* malformed(clauses.lengths, wrong)
  if (type === 1) return { type: "query" }
  if (type === 3) return readData(values)
  if (type === 4) return yield* readError(values)
  // mpenc-records.decode.12
  return yield* readGreeting(values)
})

/** The packet of a protocol version that a text is. Verdicts: malformed, by the clauses of the chapter. */
export const decodePacket = Effect.fnUntraced(function* (text: string, version: number = protocolVersion) {
  // mpenc-records.decode.1
  if (text === "" || utf8.encode(text).length > maximumText) return yield* malformed(clauses.limit, `${text.length} characters`)
  // mpenc-records.decode.2
  const plain: Packet = { type: "plain", content: text }
  if (!text.startsWith("?mpENC")) return plain
  // mpenc-records.decode.3
  const bytes = withoutArmour(text)
  if (bytes === undefined) return yield* malformed(clauses.armour, `${text.length} characters`)
  return yield* decodeTlv(bytes, version)
})

/** A packet that has records. */
type TlvPacket = Exclude<Packet, { type: "plain" }>

const numbers = { query: 1, greeting: 2, data: 3, error: 4 } as const

const contentOf = (packet: TlvPacket): ReadonlyArray<NamedRecord> => {
  switch (packet.type) {
    case "query":
      return []
    case "greeting":
      return greetingRecords(packet)
    case "data":
      return [
        ["MESSAGE_IV", packet.iv],
        ["MESSAGE_PAYLOAD", packet.payload],
      ]
    case "error":
      return [
        ["SOURCE", utf8.encode(packet.source)],
        ["SEVERITY", Uint8Array.of(severities.indexOf(packet.severity))],
        ["MESSAGE_PAYLOAD", utf8.encode(packet.text)],
      ]
  }
}

const signedRecords = (packet: TlvPacket, version: number): ReadonlyArray<NamedRecord> => [
  ["PROTOCOL_VERSION", Uint8Array.of(version)],
  ["MESSAGE_TYPE", Uint8Array.of(numbers[packet.type])],
  ...contentOf(packet),
]

/** The signed part of a packet, which its MESSAGE_SIGNATURE covers. The signature that the packet has is of no account. */
export const signedPart = (packet: TlvPacket, version: number = protocolVersion) => encodeNamed(signedRecords(packet, version))

const headOf = (packet: TlvPacket): ReadonlyArray<NamedRecord> => {
  const hint: ReadonlyArray<NamedRecord> = packet.type === "data" ? [["SIDKEY_HINT", packet.hint]] : []
  const signature = packet.type === "query" ? null : packet.signature
  return signature === null ? hint : [...hint, ["MESSAGE_SIGNATURE", signature]]
}

// mpenc-records.encode.1
const tlvOf = (packet: TlvPacket, version: number) => encodeNamed([...headOf(packet), ...signedRecords(packet, version)])

/** The text of a packet. Verdicts: malformed, when it is one that `decodePacket` does not accept. */
export const encodePacket = Effect.fnUntraced(function* (packet: Packet, version: number = protocolVersion) {
  // mpenc-records.encode.3
  const text = packet.type === "plain" ? packet.content : armoured(yield* tlvOf(packet, version))
  // mpenc-records.encode.4
  const decoded = yield* decodePacket(text, version)
  // mpenc-records.encode.5
  if (decoded.type !== packet.type) return yield* malformed(clauses.armour, "a plain packet that is none")
  return text
})
