/**
 * What is encrypted in a message: parents and body, with their length and padding.
 *
 * @module
 */
import { concatBytes } from "@noble/hashes/utils.js"
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { type Body, clauses, contentLayout, maximumContent, paddedSizes } from "../../../spec/mpenc/messages.ts"
import { bytesOf } from "../../conventions.ts"
import { trace } from "../../crypto/trace.ts"
import { textOf } from "../records/greeting.ts"
import { decodeRecords, encodeNamed, fitLayout, type NamedRecord, type Values, wrongLength } from "../records/tlv.ts"

const utf8 = new TextEncoder()

/** A content: the identifiers of the parents, and the body. */
export interface Content {
  readonly parents: ReadonlyArray<string>
  readonly body: Body
}

const kinds = ["payload", "acknowledgement", "heartbeat", "consistency", "order-acknowledgement"] as const

const arrayOf = (body: Body): ReadonlyArray<string | boolean> => {
  switch (body.type) {
    case "payload":
      return [body.text]
    case "acknowledgement":
      return [body.manual]
    case "heartbeat":
      return []
    case "consistency":
      return [body.close]
    case "order-acknowledgement":
      return [body.packetId, body.chainHash]
  }
}

/** The value of a MESSAGE_BODY. */
export const encodeBody = Effect.fnUntraced(function* (body: Body) {
  if (body.type === "payload" && body.text === "") return yield* refuse(clauses.body, "an empty text")
  return concatBytes(Uint8Array.of(kinds.indexOf(body.type)), utf8.encode(JSON.stringify(arrayOf(body))))
})

const parseArray = (text: string): ReadonlyArray<unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "" && value.isWellFormed()

const isHash = (value: unknown): value is string => typeof value === "string" && /^[0-9a-f]{64}$/.test(value)

const bodyOf = (kind: (typeof kinds)[number] | undefined, [first, second]: ReadonlyArray<unknown>): Body | undefined => {
  if (kind === "payload" && isText(first)) return { type: kind, text: first }
  if (kind === "acknowledgement" && typeof first === "boolean") return { type: kind, manual: first }
  if (kind === "heartbeat") return { type: kind }
  if (kind === "consistency" && typeof first === "boolean") return { type: kind, close: first }
  if (kind === "order-acknowledgement" && isHash(first) && isHash(second)) return { type: kind, packetId: first, chainHash: second }
  return undefined
}

/** The body that the value of a MESSAGE_BODY is. */
export const decodeBody = Effect.fnUntraced(function* (value: Uint8Array) {
  const text = textOf(value.subarray(1))
  const array = text === undefined ? undefined : parseArray(text)
  const body = array === undefined ? undefined : bodyOf(kinds[value[0] ?? kinds.length], array)
  // messages.open.9
  if (body === undefined || arrayOf(body).length !== array!.length) return yield* refuse(clauses.body, `kind ${value[0]}`)
  return body
})

const areDistinct = (values: ReadonlyArray<string>) => new Set(values).size === values.length

/** The length of a padded plaintext. */
const paddedLength = (length: number): number => {
  let padded: number = paddedSizes.smallest
  while (padded < length) padded *= 2
  return padded
}

/** The plaintext of a content. */
export const encodeContent = Effect.fnUntraced(function* ({ parents, body }: Content, padding: boolean) {
  // messages.seal.1
  if (!areDistinct(parents)) return yield* refuse(clauses.parents, `${parents.length} parents`)
  const value = yield* encodeBody(body)
  const length = 24 * parents.length + 4 + value.length
  // messages.seal.2
  if (length > (padding ? maximumContent.padded : maximumContent.unpadded)) return yield* refuse(clauses.size, `${length} bytes`)
  const records: ReadonlyArray<NamedRecord> = parents.toSorted().map((id) => ["MESSAGE_PARENT", bytesOf(id)])
  const content = yield* encodeNamed([...records, ["MESSAGE_BODY", value]])
  // messages.seal.3
  const plaintext = new Uint8Array(padding ? paddedLength(2 + length) : 2 + length)
  new DataView(plaintext.buffer).setUint16(0, length)
  plaintext.set(content, 2)
  yield* trace("messages.plaintext", plaintext)
  return plaintext
})

const contentRecords = Effect.fnUntraced(function* (bytes: Uint8Array) {
  const records = yield* Effect.result(decodeRecords(bytes))
  const values: Values | undefined = Result.isSuccess(records) ? fitLayout(contentLayout, records.success) : undefined
  // messages.open.7
  if (values === undefined || wrongLength(values) !== undefined) return yield* refuse(clauses.content, `${bytes.length} bytes`)
  return values
})

/** The parents and the value of the MESSAGE_BODY in a plaintext. */
export const splitContent = Effect.fnUntraced(function* (plaintext: Uint8Array) {
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.length)
  yield* trace("messages.plaintext", plaintext)
  const end = plaintext.length < 2 ? Number.POSITIVE_INFINITY : 2 + view.getUint16(0)
  // messages.open.5
  if (end > plaintext.length) return yield* refuse(clauses.length, `${plaintext.length} bytes`)
  // messages.open.6
  if (plaintext.subarray(end).some((byte) => byte !== 0)) return yield* refuse(clauses.padding, `after ${end} bytes`)
  const values = yield* contentRecords(plaintext.subarray(2, end))
  const parents: ReadonlyArray<string> = values.MESSAGE_PARENT!.map((id) => Hex.encode(id))
  // messages.open.8
  if (!areDistinct(parents)) return yield* refuse(clauses.parents, `${parents.length} parents`)
  return { parents, value: values.MESSAGE_BODY![0]! }
})
