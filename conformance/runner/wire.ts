/**
 * What bytes say: the values of a message, by the wire types in `schema/wire.cddl` of the vectors, and the records of an mpENC packet, by
 * `schema/records.json`. The rules stand there, not here: the runner knows no message.
 *
 * Of CDDL (RFC 8610) it reads what that file uses: rules, choices, arrays with named elements or occurrences, ranges, texts, `bstr` and `tstr`.
 *
 * @module
 */
import { decode, encode, rfc8949EncodeOptions } from "cborg"
import { UsageError } from "./errors.ts"

type Type =
  | { readonly is: "choice"; readonly among: ReadonlyArray<Type> }
  | { readonly is: "rule"; readonly name: string }
  | { readonly is: "record"; readonly fields: ReadonlyArray<readonly [name: string, type: Type]> }
  | { readonly is: "list"; readonly minimum: number; readonly maximum: number; readonly item: Type }
  | { readonly is: "pair"; readonly key: Type; readonly value: Type }
  | { readonly is: "number"; readonly minimum: number; readonly maximum: number }
  | { readonly is: "text"; readonly pattern: RegExp | undefined }
  | { readonly is: "literal"; readonly text: string }
  | { readonly is: "bytes"; readonly minimum: number; readonly maximum: number }
  | { readonly is: "null" }

/** Wire types by name; and, of those that are one of several kinds, the name of the kind in JSON. */
export interface Rules {
  readonly types: ReadonlyMap<string, Type>
  readonly kinds: ReadonlyMap<string, string>
}

const tokens = /"(?:[^"\\]|\\.)*"|\.\.|\.[a-z]+|[A-Za-z][\w-]*|[0-9]+|[[\]():,*/=]/gu

/** Reads tokens one after the other. */
class Reader {
  readonly #tokens: ReadonlyArray<string>
  #at = 0

  constructor(text: string) {
    this.#tokens = text.replaceAll(/^;.*$/gmu, "").match(tokens) ?? []
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead] ?? ""
  }

  next(): string {
    return this.#tokens[this.#at++] ?? ""
  }

  /** Whether the next token is this one, which is taken then. */
  takes(token: string): boolean {
    if (this.peek() !== token) return false
    this.#at++
    return true
  }

  expect(token: string): void {
    if (!this.takes(token)) throw new UsageError(`wire.cddl: ${token} expected, ${this.peek()} found`)
  }
}

const choice = (reader: Reader): Type => {
  const among = [single(reader)]
  while (reader.takes("/")) among.push(single(reader))
  return among.length === 1 ? among[0]! : { is: "choice", among }
}

const range = (reader: Reader): { readonly minimum: number; readonly maximum: number } => {
  const minimum = Number(reader.next())
  return { minimum, maximum: reader.takes("..") ? Number(reader.next()) : minimum }
}

const size = (reader: Reader): Type => {
  if (!reader.takes(".size")) return { is: "bytes", minimum: 0, maximum: Number.POSITIVE_INFINITY }
  if (!reader.takes("(")) return { is: "bytes", ...range(reader) }
  const within = range(reader)
  reader.expect(")")
  return { is: "bytes", ...within }
}

const single = (reader: Reader): Type => {
  if (reader.takes("[")) return array(reader)
  if (/^[0-9]/u.test(reader.peek())) return { is: "number", ...range(reader) }
  const token = reader.next()
  if (token.startsWith('"')) return { is: "literal", text: JSON.parse(token) as string }
  if (token === "bstr") return size(reader)
  if (token === "null") return { is: "null" }
  if (token !== "tstr") return { is: "rule", name: token }
  return { is: "text", pattern: reader.takes(".regexp") ? new RegExp(`^${JSON.parse(reader.next())}$`, "u") : undefined }
}

const array = (reader: Reader): Type => {
  const minimum = reader.peek(1) === "*" ? Number(reader.next()) : 0
  if (reader.takes("*")) {
    const maximum = /^[0-9]/u.test(reader.peek()) ? Number(reader.next()) : Number.POSITIVE_INFINITY
    const item = choice(reader)
    reader.expect("]")
    return { is: "list", minimum, maximum, item }
  }
  if (reader.peek(1) !== ":") {
    const key = choice(reader)
    reader.expect(",")
    const value = choice(reader)
    reader.expect("]")
    return { is: "pair", key, value }
  }
  const fields: Array<readonly [string, Type]> = []
  while (!reader.takes("]")) {
    const name = reader.next()
    reader.expect(":")
    fields.push([name, choice(reader)])
    reader.takes(",")
  }
  return { is: "record", fields }
}

interface Definitions {
  readonly $defs: Readonly<Record<string, { readonly properties?: { readonly type?: { readonly enum?: ReadonlyArray<string> } } }>>
}

/** The wire types of `schema/wire.cddl`, with the names that `schema/messages.json` has for kinds. */
export const readRules = (cddl: string, messages: string): Rules => {
  const reader = new Reader(cddl)
  const types = new Map<string, Type>()
  while (!reader.isAtEnd) {
    const name = reader.next()
    reader.expect("=")
    types.set(name, choice(reader))
  }
  const { $defs } = JSON.parse(messages) as Definitions
  const kinds = Object.entries($defs).map(([name, { properties }]) => [name, properties?.type?.enum?.[0] ?? name] as const)
  return { types, kinds: new Map(kinds) }
}

/** Says where bytes are not what a type wants. */
class Mismatch extends Error {
  readonly depth: number

  constructor(path: ReadonlyArray<string>, wanted: string) {
    super(`${path.length === 0 ? "the value" : path.join(".")}: ${wanted}`)
    this.depth = path.length
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

const span = (minimum: number, maximum: number): string =>
  minimum === maximum ? `${minimum}` : maximum === Number.POSITIVE_INFINITY ? `at least ${minimum}` : `${minimum} to ${maximum}`

/** The JSON form of a value of a type. */
const shown = (rules: Rules, type: Type, value: unknown, path: ReadonlyArray<string>, name: string): unknown => {
  const refuse = (wanted: string): never => {
    throw new Mismatch(path, `${wanted} wanted`)
  }
  const inner = (of: Type, item: unknown, step: string) => shown(rules, of, item, [...path, step], step)
  switch (type.is) {
    case "rule": {
      const rule = rules.types.get(type.name)
      if (rule === undefined) throw new UsageError(`wire.cddl has no rule ${type.name}`)
      return shown(rules, rule, value, path, type.name)
    }
    case "choice": {
      const failures: Array<Mismatch> = []
      for (const one of type.among) {
        try {
          return shown(rules, one, value, path, name)
        } catch (error) {
          if (!(error instanceof Mismatch)) throw error
          failures.push(error)
        }
      }
      throw failures.reduce((a, b) => (b.depth > a.depth ? b : a))
    }
    case "record": {
      if (!Array.isArray(value)) return refuse(`an array (${name})`)
      const [first] = type.fields
      const kind = first?.[0] === "kind" ? shown(rules, first[1], value[0], path, "kind") : undefined
      if (value.length !== type.fields.length) return refuse(`${type.fields.length} elements (${name})`)
      const fields = type.fields.map(([field, of], at) => [field, inner(of, value[at], field)] as const)
      return Object.fromEntries(kind === undefined ? fields : [["type", rules.kinds.get(name) ?? name], ...fields.slice(1)])
    }
    case "list": {
      if (!Array.isArray(value)) return refuse("an array")
      if (value.length < type.minimum || value.length > type.maximum) return refuse(`${span(type.minimum, type.maximum)} elements`)
      const items = value.map((item, at) => inner(type.item, item, `${at}`))
      return type.item.is === "pair" ? Object.fromEntries(items as ReadonlyArray<[string, unknown]>) : items
    }
    case "pair":
      if (!Array.isArray(value) || value.length !== 2) return refuse("a pair")
      return [inner(type.key, value[0], "key"), inner(type.value, value[1], "value")]
    case "bytes":
      if (!(value instanceof Uint8Array)) return refuse("a byte string")
      if (value.length < type.minimum || value.length > type.maximum) return refuse(`${span(type.minimum, type.maximum)} bytes`)
      return hex(value)
    case "number":
      if (typeof value !== "number" || value < type.minimum || value > type.maximum)
        return refuse(`a number, ${span(type.minimum, type.maximum)},`)
      return value
    case "text":
      if (typeof value !== "string" || type.pattern?.test(value) === false)
        return refuse(`a text${type.pattern === undefined ? "" : ` like ${type.pattern.source}`}`)
      return value
    case "literal":
      return value === type.text ? value : refuse(`"${type.text}"`)
    case "null":
      return value === null ? null : refuse("null")
  }
}

const read = (bytes: Uint8Array): unknown => {
  const refuse = (why: string): never => {
    throw new UsageError(`not the deterministic encoding of RFC 8949 section 4.2.1: ${why}`)
  }
  try {
    const value: unknown = decode(bytes, { strict: true, allowIndefinite: false, allowUndefined: false, allowBigInt: false })
    return hex(encode(value, rfc8949EncodeOptions)) === hex(bytes) ? value : refuse("another spelling of its value")
  } catch (error) {
    if (error instanceof UsageError) throw error
    return refuse((error as Error).message)
  }
}

/** The fields of a message of a wire type. Throws a UsageError that says where it is none. */
export const fieldsOf = (rules: Rules, name: string, bytes: Uint8Array): unknown => {
  const value = read(bytes)
  try {
    return shown(rules, { is: "rule", name }, value, [], name)
  } catch (error) {
    if (error instanceof Mismatch) throw new UsageError(`no ${name}: ${error.message}`)
    throw error
  }
}

/** What `schema/records.json` says of mpENC: the types of records, those whose value is a text, and names for the values of some. */
export interface RecordTable {
  /** The number of each type, in hex. */
  readonly types: Readonly<Record<string, string>>
  readonly texts: ReadonlyArray<string>
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** The records of a TLV string, in their order. Throws a UsageError. */
export const recordsOf = ({ types, texts, values }: RecordTable, tlv: Uint8Array): ReadonlyArray<Readonly<Record<string, string>>> => {
  const names = new Map(Object.entries(types).map(([name, type]) => [type, name]))
  const bytes = Buffer.from(tlv)
  const records: Array<Readonly<Record<string, string>>> = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.length - at < 4 ? Number.POSITIVE_INFINITY : bytes.readUInt16BE(at + 2)
    if (at + 4 + length > bytes.length) throw new UsageError(`byte ${at}: a record is cut off`)
    const value = bytes.subarray(at + 4, at + 4 + length)
    const type = bytes.toString("hex", at, at + 2)
    const name = names.get(type) ?? `type ${type}`
    const text = texts.includes(name) ? value.toString("utf8") : value.toString("hex")
    records.push({ [name]: values[name]?.[text] === undefined ? text : `${text} (${values[name][text]})` })
    at += 4 + length
  }
  return records
}

const armour = /^\?mpENC:([A-Za-z0-9+/]*={0,2})\.$/u

/** The records of a packet, given as its text. Throws a UsageError. */
export const packetOf = (table: RecordTable, text: string): ReadonlyArray<Readonly<Record<string, string>>> => {
  const found = armour.exec(text)?.[1]
  const tlv = Buffer.from(found ?? "", "base64")
  if (found === undefined || tlv.toString("base64") !== found) throw new UsageError("no packet of mpENC: ?mpENC:, base64, full stop")
  return recordsOf(table, tlv)
}
