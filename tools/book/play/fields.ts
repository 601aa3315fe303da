/**
 * Bytes taken apart: which bytes are which field. The names of fields come from the value in JSON, whose keys stand in the order in
 * which the elements stand in the bytes.
 *
 * @module
 */
import { Result, Schema } from "effect"
import { Hex } from "effect/encoding"
import { decodeWire, type Wire } from "../../../spec/conventions/encoding.ts"
import { ApplicationMessage } from "../../../spec/dcgka/application-messages.ts"
import { Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { Packet } from "../../../spec/dcgka/group-messaging.ts"
import { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { KeyBundle } from "../../../spec/dcgka/key-bundles.ts"
import { ChannelMessage } from "../../../spec/dcgka/two-party-messaging.ts"

/** A field: its name, its bytes from `from` to before `to`, what it says, and the fields in it. */
export interface Field {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly says: string
  readonly inner: ReadonlyArray<Field>
}

/** Bytes, their type where it is known, and their fields. */
export interface Decoded {
  readonly type: string
  readonly bytes: string
  readonly field: Field
}

/** An element of CBOR, with its place. */
interface Element {
  readonly from: number
  readonly to: number
  readonly kind: "number" | "bytes" | "text" | "array" | "other"
  readonly argument: number
  readonly elements: ReadonlyArray<Element>
}

const kinds = ["number", "other", "bytes", "text", "array"] as const

class NoCbor extends Error {}

const headAt = (bytes: Uint8Array, at: number): { readonly argument: number; readonly size: number } => {
  const short = (bytes[at] ?? 0) & 31
  if (short < 24) return { argument: short, size: 1 }
  const length = 1 << (short - 24)
  if (length > 8 || at + 1 + length > bytes.length) throw new NoCbor()
  return { argument: bytes.subarray(at + 1, at + 1 + length).reduce((sum, byte) => sum * 256 + byte, 0), size: 1 + length }
}

const deepest = 32

const elementAt = (bytes: Uint8Array, from: number, depth: number): Element => {
  if (from >= bytes.length || depth > deepest) throw new NoCbor()
  const kind = kinds[bytes[from]! >> 5] ?? "other"
  const { argument, size } = headAt(bytes, from)
  const begin = from + size
  if (kind === "bytes" || kind === "text") {
    if (begin + argument > bytes.length) throw new NoCbor()
    return { from, to: begin + argument, kind, argument, elements: [] }
  }
  if (kind !== "array") return { from, to: begin, kind, argument, elements: [] }
  const elements: Array<Element> = []
  for (let at = begin; elements.length < argument; at = elements.at(-1)!.to) elements.push(elementAt(bytes, at, depth + 1))
  return { from, to: elements.at(-1)?.to ?? begin, kind, argument, elements }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const ascii = new TextDecoder()

const saying = (bytes: Uint8Array, { from, to, kind, argument, elements }: Element): string => {
  if (kind === "number") return `${argument}`
  if (kind === "bytes") return `${argument} bytes`
  if (kind === "text") return JSON.stringify(ascii.decode(bytes.subarray(to - argument, to)))
  if (kind === "array") return `array of ${elements.length}`
  return bytes[from] === 0xf6 ? "null" : "?"
}

const fieldOf = (bytes: Uint8Array, name: string, element: Element, value: unknown): Field => {
  const { from, to, elements } = element
  const says = saying(bytes, element)
  const inner = (named: ReadonlyArray<readonly [string, unknown]>) =>
    elements.map((one, at) => fieldOf(bytes, named[at]?.[0] ?? `${at}`, one, named[at]?.[1]))
  if (element.kind !== "array") return { name, from, to, says, inner: [] }
  if (!isObject(value)) return { name, from, to, says, inner: inner(Array.isArray(value) ? value.map((one, at) => [`${at}`, one]) : []) }
  const entries = Object.entries(value)
  const isTable =
    entries.length > 0 && elements.length === entries.length && elements.every((one) => one.elements.length === 2) && !("type" in value)
  if (isTable) {
    const pairs = entries.map(([key, one]) => [key, [key, one]] as const)
    return { name, from, to, says: `table of ${entries.length}`, inner: inner(pairs) }
  }
  const named = entries.map(([key, one]) => [key === "type" ? "kind" : key, one] as const)
  const kind = typeof value.type === "string" ? value.type : says
  return { name, from, to, says: kind, inner: inner(named) }
}

/** The types that bytes may be of, those first that say most. */
const types: ReadonlyArray<readonly [name: string, wire: Wire<unknown>]> = (
  [
    ["packet", Packet],
    ["envelope", Envelope],
    ["application-message", ApplicationMessage],
    ["control-message", ControlMessage],
    ["channel-message", ChannelMessage],
    ["key-bundle", KeyBundle],
  ] as const
).map(([name, wire]) => [name, wire as unknown as Wire<unknown>])

/** The fields of bytes in hex, with names when they are of a type that is known here; undefined when they are no CBOR. */
export const fieldsOf = (hex: string): Decoded | undefined => {
  const decoded = Hex.decode(hex)
  if (Result.isFailure(decoded) || decoded.success.length === 0) return undefined
  const bytes = decoded.success
  try {
    const element = elementAt(bytes, 0, 0)
    if (element.to !== bytes.length) return undefined
    for (const [type, wire] of types) {
      const value = decodeWire(wire, bytes)
      if (Result.isFailure(value)) continue
      return { type, bytes: hex, field: fieldOf(bytes, type, element, Schema.encodeUnknownSync(wire.json)(value.success)) }
    }
    return { type: "", bytes: hex, field: fieldOf(bytes, "value", element, undefined) }
  } catch (error) {
    if (error instanceof NoCbor) return undefined
    throw error
  }
}
