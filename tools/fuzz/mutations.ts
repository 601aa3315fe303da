/**
 * Parameters made wrong in a way that knows their structure: JSON by JSON, bytes by their CBOR, texts of mpENC by what is in their Base64.
 *
 * @module
 */

import { Result } from "effect"
import { Hex } from "effect/encoding"
import { type Cbor, decodeCbor, encodeCbor } from "../../spec/conventions/cbor.ts"
import { type Numbers, pick } from "../explore/random.ts"

/** A value of JSON. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** Values that stood under a key, of any method. */
export type Corpus = ReadonlyMap<string, ReadonlyArray<Json>>

/** Where a value stands in another, and under which key of an object it or the list that it is in. */
interface Place {
  readonly path: ReadonlyArray<string | number>
  readonly key: string
  readonly value: Json
}

// More elements of a list show nothing more.
const most = 40

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const placesIn = (value: Json, path: Place["path"] = [], key = ""): ReadonlyArray<Place> => {
  const here = { path, key, value }
  if (Array.isArray(value)) return [here, ...value.slice(0, most).flatMap((one, index) => placesIn(one, [...path, index], key))]
  if (!isRecord(value)) return [here]
  return [here, ...Object.entries(value).flatMap(([name, one]) => placesIn(one, [...path, name], name))]
}

const replaced = (value: Json, [step, ...path]: Place["path"], by: Json): Json => {
  if (step === undefined) return by
  if (Array.isArray(value)) return value.with(step as number, replaced(value[step as number]!, path, by))
  const record = value as { readonly [key: string]: Json }
  return { ...record, [step]: replaced(record[step]!, path, by) }
}

/** The values of a corpus, by the keys under which they stand in `values`. */
export const corpusOf = (values: ReadonlyArray<Json>): Corpus => {
  const byKey = new Map<string, Map<string, Json>>()
  for (const value of values) {
    for (const place of placesIn(value)) {
      const known = byKey.get(place.key) ?? new Map<string, Json>()
      byKey.set(place.key, known)
      if (known.size < 300) known.set(JSON.stringify(place.value), place.value)
    }
  }
  return new Map([...byKey].map(([key, known]) => [key, [...known.values()]]))
}

const nested = (depth: number): Json => (depth === 0 ? [] : [nested(depth - 1)])

/** What nobody expects. */
const odd: ReadonlyArray<Json> = [
  null,
  true,
  0,
  -0,
  -1,
  1.5,
  1e308,
  2 ** 32 - 1,
  2 ** 32,
  Number.MAX_SAFE_INTEGER - 1,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  "",
  "00",
  "0",
  "FF",
  " ",
  "é\u0000\ud800",
  "__proto__",
  "constructor",
  "toString",
  "~".repeat(64),
  "~".repeat(65),
  "00".repeat(32),
  "ff".repeat(32),
  "00".repeat(70_000),
  [],
  {},
  JSON.parse('{"__proto__":{"type":"create"}}') as Json,
  nested(20),
  nested(40),
]

const numberFrom = (numbers: Numbers, value: number): Json => {
  const near = [value + 1, value - 1, -value, value * 2, value + 256, value / 2]
  return pick(numbers, [...near, 0, 1, 2, 63, 64, 255, 2 ** 16, 2 ** 31, 2 ** 32 - 1, 2 ** 52, Number.MAX_SAFE_INTEGER])!
}

const bytesFrom = (numbers: Numbers, bytes: Uint8Array): Uint8Array => {
  const at = numbers(bytes.length + 1)
  switch (numbers(6)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Uint8Array.from([...bytes, numbers(256)])
    case 2:
      return Uint8Array.from([...bytes.subarray(0, at), numbers(256), ...bytes.subarray(at)])
    case 3:
      return new Uint8Array(bytes.length).fill(pick(numbers, [0, 1, 0xff])!)
    default:
      return bytes.map((byte, index) => (index === at ? byte ^ (1 << numbers(8)) : byte))
  }
}

const cborFrom = (numbers: Numbers, value: Cbor): Cbor => {
  if (typeof value === "number") return Math.max(0, Math.trunc(Number(numberFrom(numbers, value))))
  if (typeof value === "string") return pick(numbers, ["", `${value}~`, value.slice(1), "__proto__"])!
  if (value === null) return pick<Cbor>(numbers, [0, "", new Uint8Array(16), []])!
  if (value instanceof Uint8Array) {
    const inner = numbers(2) === 0 && value.length > 1 ? decodeCbor(value) : undefined
    return inner === undefined ? bytesFrom(numbers, value) : encodeCbor(cborFrom(numbers, inner))
  }
  if (value.length === 0) return [0]
  const at = numbers(value.length)
  switch (numbers(8)) {
    case 0:
      return value.toSpliced(at, 1)
    case 1:
      return [...value, value[at]!]
    case 2:
      return value.with(at, value[numbers(value.length)]!)
    case 3:
      return value.with(at, null)
    default:
      return value.with(at, cborFrom(numbers, value[at]!))
  }
}

const hexFrom = (numbers: Numbers, text: string): Json => {
  const bytes = Result.getOrThrow(Hex.decode(text))
  const value = numbers(3) > 0 ? decodeCbor(bytes) : undefined
  return Hex.encode(value === undefined ? bytesFrom(numbers, bytes) : encodeCbor(cborFrom(numbers, value)))
}

const base64 = /^(.*:)([A-Za-z0-9+/]{8,}=*)(.*)$/s

const textFrom = (numbers: Numbers, text: string): Json => {
  const [, before, middle, after] = base64.exec(text) ?? []
  if (middle !== undefined && numbers(4) > 0) {
    const bytes = bytesFrom(numbers, Uint8Array.from(Buffer.from(middle, "base64")))
    return `${before}${Buffer.from(bytes).toString("base64")}${after}`
  }
  const at = numbers(text.length + 1)
  return pick(numbers, [
    text.slice(0, at),
    text.slice(at),
    `${text}${text}`,
    text.toUpperCase(),
    `${text.slice(0, at)}\n${text.slice(at)}`,
  ])!
}

const listFrom = (numbers: Numbers, list: ReadonlyArray<Json>, like: ReadonlyArray<Json>): Json => {
  const at = numbers(list.length + 1)
  const other = pick(numbers, [...list, ...like.filter((one) => !Array.isArray(one))]) ?? null
  switch (numbers(7)) {
    case 0:
      return []
    case 1:
      return list.toSpliced(at, 1)
    case 2:
      return list.toSpliced(at, 0, other)
    case 3:
      return list.toReversed()
    case 4:
      return [...list, ...list]
    case 5:
      return Array.from({ length: pick(numbers, [33, 300])! }, () => other)
    default:
      return list.toSpliced(at, 1, other)
  }
}

const recordFrom = (numbers: Numbers, record: { readonly [key: string]: Json }): Json => {
  const names = Object.keys(record)
  const [one, two] = [pick(numbers, names), pick(numbers, names)]
  if (one === undefined || two === undefined) return { extra: 0 }
  const { [one]: value, ...others } = record
  switch (numbers(3)) {
    case 0:
      return others
    case 1:
      return { ...record, extra: value! }
    default:
      return { ...record, [one]: record[two]!, [two]: value! }
  }
}

const valueFrom = (numbers: Numbers, { key, value }: Place, corpus: Corpus): Json => {
  const like = corpus.get(key) ?? []
  const luck = numbers(30)
  if (luck === 0) return pick(numbers, odd)!
  if (luck <= 9 && like.length > 0) return pick(numbers, like)!
  if (typeof value === "number") return numberFrom(numbers, value)
  if (typeof value === "boolean") return !value
  if (value === null) return pick(numbers, like) ?? 0
  if (typeof value === "string") return /^([0-9a-f]{2})+$/.test(value) ? hexFrom(numbers, value) : textFrom(numbers, value)
  if (Array.isArray(value)) return listFrom(numbers, value, like)
  return recordFrom(numbers, value as { readonly [key: string]: Json })
}

/** Parameters with one to three faults. */
export const mutated = (numbers: Numbers, params: Json, corpus: Corpus): Json => {
  let value = params
  for (let count = numbers(4) === 0 ? 1 + numbers(3) : 1; count > 0; count--) {
    const places = placesIn(value)
    // The innermost values are most of all places, and objects with other keys are seldom a call.
    const leaves = places.filter((one) => !isRecord(one.value))
    const top = leaves.filter(({ path }) => path.length === 1)
    const place = pick(numbers, [places, leaves, leaves, leaves, top, top, top, top][numbers(8)]!) ?? places[0]!
    value = replaced(value, place.path, valueFrom(numbers, place, corpus))
  }
  return value
}
