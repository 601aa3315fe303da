/**
 * # Bytes and canonical encoding
 *
 * What is signed, hashed, sent or stored has exactly one byte form: deterministic CBOR (chapter "cbor"), with each
 * message an array of fixed length whose elements stand in the order in which this specification lists the fields. A
 * message that is one of several kinds begins with the number of its kind.
 *
 * State that no message carries is described in the same way, as `Wire` values too, but its form in bytes is the
 * business of each implementation.
 *
 * A wire type is described once, below, by a `Wire`. It gives the form in bytes, the form in JSON that vectors and the
 * conformance protocol use, and the CDDL (RFC 8610). In JSON a byte string is lower-case hex text, a message is an
 * object with the fields' names, and the kind of a message is its name in a field `type`. A table is an object from
 * keys to values in JSON, and an array of pairs in bytes, in ascending order of the keys.
 *
 * ```ts run
 * import { Hex } from "effect/encoding"
 * import { bytes, encodeWire, message, uint } from "../spec/conventions/encoding.ts"
 *
 * const greeting = message("greeting", 7, { seq: uint(), salt: bytes(2) })
 * Hex.encode(encodeWire(greeting, { type: "greeting", seq: 1, salt: new Uint8Array([255, 0]) })) // => "83070142ff00"
 * ```
 *
 * @module
 */
// biome-ignore-all lint/suspicious/noExplicitAny: the combinators below put schemas together whose types are known only to their callers.
// Effect's hex takes ten times as long, and a message to many carries an identifier for each.
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import { Result, Schema, SchemaGetter } from "effect"
import { type Cbor, decodeCbor, encodeCbor } from "./cbor.ts"
import { check, declareClauses, declareSteps } from "./clauses.ts"
import { type Malformed, malformed } from "./verdicts.ts"

export const clauses = declareClauses("encoding", {
  limit: check("MUST", "A message is at most 1 MiB long.", "Conclave"),
  canonical: check(
    "MUST",
    "A message is the deterministic CBOR encoding of a value of the data model, with nothing after it.",
    "RFC 8949 section 4.2.1",
  ),
  shape: check("MUST", "A message has the number, kinds, lengths and ranges of elements that its wire type gives.", "Conclave"),
})

export const steps = declareSteps("encoding", {
  decode: [
    "If the bytes are longer than 1 MiB (1,048,576 bytes): malformed (encoding.limit).",
    "If they are not the deterministic encoding of a value of the data model: malformed (encoding.canonical).",
    "If the value does not have the shape of the wire type: malformed (encoding.shape).",
  ],
})

/**
 * The bound of lists, and of positions in them, that are bounded only by the length of the message that has them, or
 * are part of a state.
 */
export const unlimited = 0xffffffff

/** The longest message, in bytes. */
export const maximumLength = 1 << 20

/** The CBOR form of a type. */
interface InCbor<A> {
  /** The value in CBOR, or undefined when it is not of the type. */
  encode(value: A): Cbor | undefined
  /** The value that CBOR stands for, or undefined when it does not have the shape of the type. */
  decode(value: Cbor): A | undefined
}

/** What the values of a wire type are made of, for programs that keep the parts of a state apart. */
export type Parts =
  | { readonly of: "record"; readonly fields: Fields }
  | { readonly of: "list"; readonly item: Wire<any>; readonly maximum: number }
  | { readonly of: "table"; readonly key: Wire<string>; readonly item: Wire<any> }
  | { readonly of: "nullable"; readonly item: Wire<any> }

/**
 * A wire type: its CBOR form, its JSON form, its CDDL, the CDDL rules that it refers to by name, and what it is made
 * of, unless it is whole.
 */
export interface Wire<A> extends InCbor<A> {
  readonly json: Schema.Codec<A, unknown>
  readonly cddl: string
  readonly rules: Readonly<Record<string, string>>
  readonly parts?: Parts
}

/** The type of the values of a wire type. */
export type ValueOf<W> = W extends Wire<infer A> ? A : never

/** The CBOR form of a type whose values are CBOR already: those that `isOf` holds of. */
export const asItIs = <A extends Cbor>(isOf: (value: Cbor) => boolean): InCbor<A> => ({
  encode: (value) => (isOf(value) ? value : undefined),
  decode: (value) => (isOf(value) ? (value as A) : undefined),
})

const isBytes = (value: Cbor, minimum: number, maximum: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length >= minimum && value.length <= maximum

const hexOf = (pattern: string, says: string) =>
  Schema.String.check(Schema.isPattern(new RegExp(`^${pattern}$`, "u"), { expected: says })).annotate({ description: says })

const longestHex = 1 << 23

const hexBytes = (minimum: number, maximum: number) => {
  const says = minimum === maximum ? `${minimum} bytes of lower-case hex` : `${minimum} to ${maximum} bytes of lower-case hex`
  const repeat = maximum < 1024 ? `{${minimum},${maximum}}` : "*"
  // The length is looked at first: a pattern must not meet a text of many megabytes.
  const isShort = Schema.makeFilter((text: string) => text.length <= 2 * maximum && text.length <= longestHex, undefined, true)
  return Schema.String.check(isShort)
    .check(Schema.isPattern(new RegExp(`^([0-9a-f]{2})${repeat}$`, "u"), { expected: says }))
    .annotate({ description: says })
    .pipe(
      Schema.decodeTo(Schema.Uint8Array.check(Schema.isBetweenLength(minimum, maximum)), {
        decode: SchemaGetter.transform(hexToBytes),
        encode: SchemaGetter.transform(bytesToHex),
      }),
    )
}

/** A byte string of `minimum` to `maximum` bytes; of exactly `minimum` when `maximum` is left out. */
export const bytes = (minimum: number, maximum: number = minimum): Wire<Uint8Array> => ({
  ...asItIs<Uint8Array>((value) => isBytes(value, minimum, maximum)),
  json: hexBytes(minimum, maximum) as unknown as Schema.Codec<Uint8Array, unknown>,
  cddl: minimum === maximum ? `bstr .size ${minimum}` : `bstr .size (${minimum}..${maximum})`,
  rules: {},
})

/** A public identifier: a byte string of `length` bytes that programs and people handle as its lower-case hex. */
export const hexIdentifier = (length: number): Wire<string> => {
  const text = hexOf(`[0-9a-f]{${2 * length}}`, `${length} bytes of lower-case hex`)
  const pattern = new RegExp(`^[0-9a-f]{${2 * length}}$`, "u")
  return {
    encode: (value) => (pattern.test(value) ? hexToBytes(value) : undefined),
    decode: (value) => (isBytes(value, length, length) ? bytesToHex(value) : undefined),
    json: text,
    cddl: `bstr .size ${length}`,
    rules: {},
  }
}

/** An unsigned integer from `minimum` to `maximum`. */
export const uint = (minimum = 0, maximum: number = Number.MAX_SAFE_INTEGER): Wire<number> => {
  const schema = Schema.Int.check(
    Schema.makeFilter((value) => !Object.is(value, -0)),
    Schema.isBetween({ minimum, maximum }),
  )
  const isOf = (value: Cbor) =>
    Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum && !Object.is(value, -0)
  return { ...asItIs<number>(isOf), json: schema, cddl: `${minimum}..${maximum}`, rules: {} }
}

/** A text of printable ASCII without spaces (0x21 to 0x7e), `minimum` to `maximum` characters. */
export const printable = (minimum: number, maximum: number): Wire<string> => {
  const pattern = new RegExp(`^[!-~]{${minimum},${maximum}}$`, "u")
  return {
    ...asItIs<string>((value) => typeof value === "string" && pattern.test(value)),
    json: Schema.String.check(Schema.isPattern(pattern)),
    cddl: `tstr .regexp "[!-~]{${minimum},${maximum}}"`,
    rules: {},
  }
}

/** One of these texts. */
export const choice = <const Names extends ReadonlyArray<string>>(...names: Names): Wire<Names[number]> => {
  return {
    ...asItIs<Names[number]>((value) => names.some((name) => name === value)),
    json: Schema.Literals(names),
    cddl: names.map((name) => `"${name}"`).join(" / "),
    rules: {},
  }
}

/** `null`, or a value of `wire`. */
export const nullable = <A>(wire: Wire<A>): Wire<A | null> => ({
  encode: (value) => (value === null ? null : wire.encode(value)),
  decode: (value) => (value === null ? null : wire.decode(value)),
  json: Schema.NullOr(wire.json),
  cddl: `${wire.cddl} / null`,
  rules: wire.rules,
  parts: { of: "nullable", item: wire },
})

/** What `convert` makes of each element, or undefined when it makes nothing of one. */
const each = <A, B>(list: ReadonlyArray<A>, convert: (element: A) => B | undefined): ReadonlyArray<B> | undefined => {
  const converted: Array<B> = []
  for (const element of list) {
    const one = convert(element)
    if (one === undefined) return undefined
    converted.push(one)
  }
  return converted
}

const isList = (value: unknown, minimum: number, maximum: number): value is ReadonlyArray<Cbor> =>
  Array.isArray(value) && value.length >= minimum && value.length <= maximum

/** An array of `minimum` to `maximum` values of `item`. */
export const listOf = <A>(item: Wire<A>, minimum: number, maximum: number): Wire<ReadonlyArray<A>> => ({
  encode: (value) => (isList(value, minimum, maximum) ? each(value, item.encode) : undefined),
  decode: (value) => (isList(value, minimum, maximum) ? each(value, item.decode) : undefined),
  json: Schema.Array(item.json).check(Schema.isBetweenLength(minimum, maximum)),
  cddl: `[${minimum}*${maximum} ${item.cddl}]`,
  rules: item.rules,
  parts: { of: "list", item, maximum },
})

type Fields = Readonly<Record<string, Wire<any>>>
type ValuesOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> }

const merged = (fields: Fields) => Object.assign({}, ...Object.values(fields).map((field) => field.rules)) as Record<string, string>

/** An array of exactly the `fields`, in their order. It is the CDDL rule `name`. */
export const record = <const F extends Fields>(name: string, fields: F): Wire<ValuesOf<F>> => ({
  ...array(name, undefined, fields),
  parts: { of: "record", fields },
})

/**
 * An array that begins with the number of its kind, then the `fields` in their order. In JSON the kind is the field
 * `type`.
 */
export const message = <const N extends string, const F extends Fields>(
  name: N,
  kind: number,
  fields: F,
): Wire<{ readonly type: N } & ValuesOf<F>> => array(name, kind, fields)

const array = (name: string, kind: number | undefined, fields: Fields): Wire<any> => {
  const names = Object.keys(fields)
  const head: ReadonlyArray<number> = kind === undefined ? [] : [kind]
  const tag = kind === undefined ? {} : { type: Schema.Literal(name) }
  const length = head.length + names.length
  const inJson = Schema.Struct({ ...tag, ...Object.fromEntries(names.map((field) => [field, fields[field]!.json])) })
  const lines = names.map((field) => `${field}: ${fields[field]!.cddl}`)
  return {
    encode: (value: any) => {
      if (typeof value !== "object" || value === null || (kind !== undefined && value.type !== name)) return undefined
      const encoded = each(names, (field) => (value[field] === undefined ? undefined : fields[field]!.encode(value[field])))
      return encoded && [...head, ...encoded]
    },
    decode: (list) => {
      if (!isList(list, length, length) || (kind !== undefined && list[0] !== kind)) return undefined
      const value: Record<string, unknown> = kind === undefined ? {} : { type: name }
      for (const [index, field] of names.entries()) {
        const decoded = fields[field]!.decode(list[head.length + index]!)
        if (decoded === undefined) return undefined
        value[field] = decoded
      }
      return value
    },
    json: inJson.annotate({ identifier: name }) as any,
    cddl: name,
    rules: { ...merged(fields), [name]: `[${[...head.map((number) => `kind: ${number}`), ...lines].join(", ")}]` },
  }
}

/** The CBOR form of what is of one of several types: of the first that has the value. */
export const anyOf = <A>(types: ReadonlyArray<InCbor<A>>): InCbor<A> => {
  const first = <B>(convert: (type: InCbor<A>) => B | undefined): B | undefined => {
    for (const type of types) {
      const converted = convert(type)
      if (converted !== undefined) return converted
    }
    return undefined
  }
  return { encode: (value) => first((type) => type.encode(value)), decode: (value) => first((type) => type.decode(value)) }
}

/** One of several messages, told apart by the number of their kind. It is the CDDL rule `name`. */
export const oneOf = <const W extends ReadonlyArray<Wire<any>>>(name: string, wires: W): Wire<ValueOf<W[number]>> => ({
  ...anyOf(wires),
  json: Schema.Union(wires.map((wire) => wire.json)) as any,
  cddl: name,
  rules: {
    ...Object.assign({}, ...wires.map((wire) => wire.rules)),
    [name]: wires.map((wire) => wire.cddl).join(" / "),
  },
})

/**
 * A map from public identifiers to values: in bytes an array of pairs in ascending order of the keys, each key once.
 */
export const table = <A>(key: Wire<string>, value: Wire<A>): Wire<Readonly<Record<string, A>>> => ({
  encode: (entries) => {
    const pairs = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1))
    return each(pairs, ([name, one]) => each([key.encode(name), value.encode(one)], (part) => part))
  },
  decode: (pairs) => {
    if (!Array.isArray(pairs)) return undefined
    const entries = each(pairs as ReadonlyArray<Cbor>, (pair) => {
      if (!isList(pair, 2, 2)) return undefined
      const [name, one] = [key.decode(pair[0]!), value.decode(pair[1]!)]
      return name === undefined || one === undefined ? undefined : ([name, one] as const)
    })
    const isAscending = entries?.every(([name], index) => index === 0 || entries[index - 1]![0] < name)
    return isAscending ? Object.fromEntries(entries!) : undefined
  },
  json: Schema.Record(key.json as any, value.json) as any,
  cddl: `[* [${key.cddl}, ${value.cddl}]]`,
  rules: { ...key.rules, ...value.rules },
  parts: { of: "table", key, item: value },
})

/** The same type, as the CDDL rule `name`. */
export const named = <A>(name: string, wire: Wire<A>): Wire<A> => ({
  ...wire,
  json: wire.json.annotate({ identifier: name }) as Schema.Codec<A, unknown>,
  cddl: name,
  rules: { ...wire.rules, [name]: wire.cddl },
})

/**
 * The bytes of a value. Throws when the value is not of the wire type: that is a bug of the caller, never an answer to
 * input.
 */
export const encodeWire = <A>(wire: Wire<A>, value: A): Uint8Array<ArrayBuffer> => {
  const encoded = wire.encode(value)
  if (encoded === undefined) throw new TypeError(`a value that is not of the type ${wire.cddl}`)
  return encodeCbor(encoded)
}

/** The value that `bytes` stand for, or the verdict `malformed` with one of this chapter's clauses. Never throws. */
export const decodeWire = <A>(wire: Wire<A>, input: Uint8Array): Result.Result<A, Malformed> => {
  // encoding.decode.1
  if (input.length > maximumLength) return Result.fail(malformed(clauses.limit, `${input.length} bytes`))
  // encoding.decode.2
  const value = decodeCbor(input)
  if (value === undefined) return Result.fail(malformed(clauses.canonical, `${input.length} bytes`))
  // encoding.decode.3
  const decoded = wire.decode(value)
  return decoded === undefined ? Result.fail(malformed(clauses.shape, wire.cddl)) : Result.succeed(decoded)
}
