/**
 * Records: from bytes and back, and whether they fit a layout.
 *
 * @module
 */
import { concatBytes } from "@noble/hashes/utils.js"
import { Effect } from "effect"
import { malformed } from "../../../spec/conventions/verdicts.ts"
import { clauses, maximumValue, type Place, type RecordName, recordTypes } from "../../../spec/mpenc/records.ts"

/** A record. */
export interface TlvRecord {
  readonly type: number
  readonly value: Uint8Array
}

/** A record of a known type. */
export type NamedRecord = readonly [name: RecordName, value: Uint8Array]

/** The values of a packet's records by the names of their types, each in the order in which they stand there. */
export type Values = { readonly [N in RecordName]?: ReadonlyArray<Uint8Array> }

const uint16 = (value: number) => Uint8Array.of(value >> 8, value & 0xff)

/** The records that a TLV string consists of. */
export const decodeRecords = Effect.fnUntraced(function* (bytes: Uint8Array) {
  const records: Array<TlvRecord> = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at < bytes.length; ) {
    // mpenc-records.decode-records.1
    const start = at + 4
    const end = start <= bytes.length ? start + view.getUint16(at + 2) : start
    if (end > bytes.length) return yield* malformed(clauses.tlv, `byte ${at}`)
    records.push({ type: view.getUint16(at), value: bytes.slice(start, end) })
    at = end
  }
  return records
})

/** The TLV string of records, whatever their types. A value of more than 65,535 bytes is malformed. */
export const encodeRecords = Effect.fnUntraced(function* (records: ReadonlyArray<TlvRecord>) {
  // mpenc-records.encode.2
  const tooLong = records.find(({ value }) => value.length > maximumValue)
  if (tooLong !== undefined) return yield* malformed(clauses.tlv, `${tooLong.value.length} bytes`)
  return concatBytes(...records.map(({ type, value }) => concatBytes(uint16(type), uint16(value.length), value)))
})

/** The TLV string of records of known types. */
export const encodeNamed = (records: ReadonlyArray<NamedRecord>) =>
  encodeRecords(records.map(([name, value]) => ({ type: recordTypes[name].type, value })))

const placeOf = (place: Place) => {
  const name = place.replace(/[?*]$/, "") as RecordName
  return { name, minimum: place === name ? 1 : 0, maximum: place.endsWith("*") ? Number.POSITIVE_INFINITY : 1 }
}

/** The values of the records by name, when they fit the layout; `undefined` when they do not. */
export const fitLayout = (layout: ReadonlyArray<Place>, records: ReadonlyArray<TlvRecord>): Values | undefined => {
  const values: { [N in RecordName]?: ReadonlyArray<Uint8Array> } = {}
  let at = 0
  for (const { name, minimum, maximum } of layout.map(placeOf)) {
    const taken: Array<Uint8Array> = []
    while (taken.length < maximum && records[at]?.type === recordTypes[name].type) taken.push(records[at++]!.value)
    if (taken.length < minimum) return undefined
    values[name] = taken
  }
  return at === records.length ? values : undefined
}

const isAllowed = (name: RecordName, length: number): boolean => {
  const { minimum, maximum } = recordTypes[name].lengths
  return name === "INT_KEY" ? length === 0 || length === 32 : minimum <= length && length <= maximum
}

/** The name of a record type that has a value of a length that it does not allow, if there is one. */
export const wrongLength = (values: Values): RecordName | undefined =>
  (Object.keys(values) as Array<RecordName>).find((name) => values[name]!.some((value) => !isAllowed(name, value.length)))
