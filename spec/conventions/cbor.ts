/**
 * # Deterministic CBOR
 *
 * The one codec file: nothing else in the project touches CBOR. The encoding is RFC 8949 section 4.2.1 (core
 * deterministic encoding) of a small data model: unsigned integers up to 2^53 - 1, byte strings, text strings
 * (well-formed UTF-8), arrays and `null`. There are no maps, tags, floats, negative integers, booleans or indefinite
 * lengths. Arrays nest at most 16 deep: an array that stands in 16 others is refused, also when it is empty. A text is
 * taken as it is, a leading byte order mark included.
 *
 * So every value has exactly one encoding, and a decoder refuses everything that does not encode back to itself.
 *
 * ```ts run
 * import { Hex } from "effect/encoding"
 * import { decodeCbor, encodeCbor } from "../spec/conventions/cbor.ts"
 *
 * Hex.encode(encodeCbor([0, new Uint8Array([1, 2]), "ab", null])) // => "8400420102626162f6"
 * decodeCbor(new Uint8Array([0x18, 0x01])) // => undefined
 * ```
 *
 * @module
 */
import { decode, encode, rfc8949EncodeOptions, Tokenizer, Type } from "cborg"

/** The data model. */
export type Cbor = number | string | Uint8Array | null | ReadonlyArray<Cbor>

/** Arrays nest at most this deep. */
export const maximumNesting = 16

// `strict` refuses every head that is not the shortest; what comes after the value is refused always. With the tokenizer
// below, what is decoded encodes back to the same bytes: a test holds that, so it need not be encoded to see it.
const decodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  retainStringBytes: true,
}

// The decoder's own reading of text drops a byte order mark and replaces what is not UTF-8.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The names of the types of the data model. */
const ofModel = new Set([Type.uint, Type.bytes, Type.string, Type.array, Type.null].map(({ name }) => name))

/** Stops before the decoder's recursion does, and keeps to the data model. */
class Bounded extends Tokenizer {
  readonly #open: Array<number> = []

  override next() {
    const token = super.next()
    while (this.#open.at(-1) === 0) this.#open.pop()
    if (this.#open.length > 0) this.#open[this.#open.length - 1]!--
    if (token.type === Type.array) this.#open.push(token.value as number)
    if (this.#open.length > maximumNesting) throw new Error("nesting")
    if (typeof token.value === "bigint") throw new Error("over 2^53 - 1")
    if (!ofModel.has(token.type.name)) throw new Error("data model")
    if (token.byteValue !== undefined) token.value = utf8.decode(token.byteValue)
    return token
  }
}

/** The one encoding of a value of the data model. */
export const encodeCbor = (value: Cbor): Uint8Array<ArrayBuffer> => new Uint8Array(encode(value, rfc8949EncodeOptions))

/**
 * The value that `bytes` encode, or `undefined` when they are not the deterministic encoding of a value of the data
 * model. Never throws.
 */
export const decodeCbor = (bytes: Uint8Array): Cbor | undefined => {
  try {
    return decode(bytes, { ...decodeOptions, tokenizer: new Bounded(bytes, decodeOptions) })
  } catch {
    return undefined
  }
}
