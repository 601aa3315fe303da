/**
 * Packets of cases: as lists of records in hex, and as values in JSON.
 *
 * @module
 */
import { bytesOf } from "../../../reference/conventions.ts"
import { armoured } from "../../../reference/mpenc/records.ts"
import type { InJson } from "../../../spec/conventions/methods.ts"
import { type GreetingPacket, type GreetType, greetTypes, type RecordName, recordTypes } from "../../../spec/mpenc/records.ts"
import { filled, hexOf } from "../people.ts"

/** A record: its type, by name or number, and its value in hex. */
export type HexRecord = readonly [type: RecordName | number, value: string]

const hexOf16 = (value: number): string => value.toString(16).padStart(4, "0")

/** A TLV string, in hex. */
export const tlvOf = (records: ReadonlyArray<HexRecord>): string =>
  records
    .map(([type, value]) => hexOf16(typeof type === "number" ? type : recordTypes[type].type) + hexOf16(value.length / 2) + value)
    .join("")

/** The text of a packet with these records. */
export const textOf = (records: ReadonlyArray<HexRecord>): string => armoured(bytesOf(tlvOf(records)))

/** The text of a TLV string in hex. */
export const textOfHex = (hex: string): string => armoured(bytesOf(hex))

/** A greeting in JSON. */
export type JsonGreeting = InJson<GreetingPacket>

/** What a greeting is like: `shares` is its number of nonces and of public keys. */
export interface Outline {
  readonly greetType: GreetType
  readonly n: number
  readonly p: number
  readonly keys: number
  readonly shares: number
}

const range = (length: number): ReadonlyArray<number> => Array.from({ length }, (_, index) => index)

/** All outlines of one greet type with n members, by the table of the chapter "records". */
export const outlinesOf = (greetType: GreetType, n: number): ReadonlyArray<Outline> => {
  const one = (p: number, keys: number, shares: number): Outline => ({ greetType, n, p, keys, shares })
  const confirms = (positions: ReadonlyArray<number>) => positions.flatMap((p) => [one(p, 0, 0), one(p, 0, n)])
  switch (greetType) {
    case "start-initial":
      return [one(0, 2, 1)]
    case "start-upflow":
      return range(n - 1).flatMap((p) => (p >= 1 ? [one(p, p + 2, p + 1)] : []))
    case "include-upflow":
      return range(n - 1).flatMap((p) => (p >= 2 ? [one(p, p + 2, p + 1)] : []))
    case "start-downflow":
      return [one(n - 1, n, n)]
    case "include-downflow":
      return n >= 3 ? [one(n - 1, n, n)] : []
    case "start-confirm":
      return confirms(range(n - 1))
    case "include-confirm":
      return n >= 3 ? confirms(range(n - 1)) : []
    case "include-initial":
      return range(n).flatMap((m) => (m >= 2 ? range(m).map((p) => one(p, m + 1, m)) : []))
    case "exclude-initial":
      return range(n).map((p) => one(p, n, n))
    case "exclude-confirm":
      return confirms(range(n))
    case "refresh-initial":
      return range(n).map((p) => one(p, n, 0))
  }
}

/** Names of members; not in ascending order. */
export const memberNames = ["dave", "alice", "bob@example.org", "Carol", "émile", "frank", "grace", "heidi"] as const

const numbered = (first: number, count: number, length: number): ReadonlyArray<string> =>
  range(count).map((index) => filled(first + index, length))

/** A greeting of this outline, with made-up keys and signatures. */
export const greetingOf = ({ greetType, n, p, keys, shares }: Outline): JsonGreeting => {
  const bits = greetTypes[greetType]
  const members = memberNames.slice(0, n)
  const isUpflow = (bits & 2) === 0
  const isFirstOfStart = greetType === "start-initial"
  const next = greetType === "include-initial" ? shares : p + 1
  return {
    type: "greeting",
    signature: filled(0xa1, 64),
    greetType,
    source: members[p]!,
    destination: isUpflow ? members[next]! : null,
    members,
    intermediateKeys: isFirstOfStart ? ["", filled(0x10, 32)] : numbered(0x10, keys, 32),
    nonces: numbered(0x30, shares, 32),
    publicKeys: numbered(0x50, shares, 32),
    metadata:
      (bits & 0x80) === 0 ? null : { previousFinal: filled(0x70, 32), chainHash: filled(0x71, 32), latestMessages: numbered(0x80, 2, 20) },
    sessionSignature: isUpflow || greetType === "refresh-initial" ? null : filled(0xa2, 64),
  }
}

/** The records of a greeting. */
export const recordsOf = (packet: JsonGreeting): ReadonlyArray<HexRecord> => {
  const { metadata, sessionSignature } = packet
  const all = (name: RecordName, values: ReadonlyArray<string>): ReadonlyArray<HexRecord> => values.map((value) => [name, value])
  return [
    ["MESSAGE_SIGNATURE", packet.signature],
    ["PROTOCOL_VERSION", "01"],
    ["MESSAGE_TYPE", "02"],
    ["GREET_TYPE", hexOf16(greetTypes[packet.greetType])],
    ["SOURCE", hexOf(packet.source)],
    ["DEST", hexOf(packet.destination ?? "")],
    ...all("MEMBER", packet.members.map(hexOf)),
    ...all("INT_KEY", packet.intermediateKeys),
    ...all("NONCE", packet.nonces),
    ...all("PUB_KEY", packet.publicKeys),
    ...all("PREV_PF", metadata === null ? [] : [metadata.previousFinal]),
    ...all("CHAIN_HASH", metadata === null ? [] : [metadata.chainHash]),
    ...all("LATEST_PM", metadata === null ? [] : metadata.latestMessages),
    ...all("SESSION_SIGNATURE", sessionSignature === null ? [] : [sessionSignature]),
  ]
}

/** The records of a data packet. */
export const dataRecords: ReadonlyArray<HexRecord> = [
  ["SIDKEY_HINT", "5a"],
  ["MESSAGE_SIGNATURE", filled(0xa1, 64)],
  ["PROTOCOL_VERSION", "01"],
  ["MESSAGE_TYPE", "03"],
  ["MESSAGE_IV", filled(0xb1, 12)],
  ["MESSAGE_PAYLOAD", filled(0xc1, 128)],
]

/** The records of an error. */
export const errorRecords: ReadonlyArray<HexRecord> = [
  ["PROTOCOL_VERSION", "01"],
  ["MESSAGE_TYPE", "04"],
  ["SOURCE", hexOf("alice")],
  ["SEVERITY", "01"],
  ["MESSAGE_PAYLOAD", hexOf("inconsistent history")],
]

/** The records with the first one of a type changed, or, when `value` is null, left out. */
export const changed = (records: ReadonlyArray<HexRecord>, type: RecordName, value: string | null): ReadonlyArray<HexRecord> => {
  const index = records.findIndex(([name]) => name === type)
  const replacement: ReadonlyArray<HexRecord> = value === null ? [] : [[type, value]]
  return [...records.slice(0, index), ...replacement, ...records.slice(index + 1)]
}

/** The records with one more before the first of a type, or after all of them when `type` is null. */
export const inserted = (records: ReadonlyArray<HexRecord>, type: RecordName | null, record: HexRecord): ReadonlyArray<HexRecord> => {
  const found = records.findIndex(([name]) => name === type)
  const index = found < 0 ? records.length : found
  return [...records.slice(0, index), record, ...records.slice(index)]
}
