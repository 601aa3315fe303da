/**
 * Compares a peer's answer with the wanted verdict, and says where they first differ.
 *
 * @module
 */
import { Result } from "effect"
import { Base64, Hex } from "effect/encoding"
import type { Answer, ExpectedVerdict, Json } from "../protocol/messages.ts"

/** A place and the two values found there; an absent value is an absent key. */
export interface Difference {
  /** A path such as `output.members[2].key`, or the name of an intermediate value. */
  readonly at: string
  readonly wanted?: Json
  readonly got?: Json
  /** What is probably the matter, in plain words. */
  readonly hint?: string
}

/** A wrong answer: in one sentence, and where it first diverged if that can be said. */
export interface WrongAnswer {
  readonly message: string
  readonly divergence?: Difference
}

type JsonArray = Extract<Json, ReadonlyArray<Json>>
type JsonObject = Exclude<Extract<Json, object>, JsonArray>

const isArray = (value: Json): value is JsonArray => Array.isArray(value)

const isObject = (value: Json): value is JsonObject => typeof value === "object" && value !== null && !isArray(value)

const keyPath = (path: string, key: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/u.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`

const firstInArrays = (wanted: JsonArray, got: JsonArray, path: string): Difference | undefined => {
  for (const [index, value] of wanted.entries()) {
    const at = `${path}[${index}]`
    const theirs = got[index]
    if (theirs === undefined) return { at, wanted: value }
    const difference = firstDifference(value, theirs, at)
    if (difference !== undefined) return difference
  }
  const extra = got[wanted.length]
  return extra === undefined ? undefined : { at: `${path}[${wanted.length}]`, got: extra }
}

const firstInObjects = (wanted: JsonObject, got: JsonObject, path: string): Difference | undefined => {
  for (const [key, value] of Object.entries(wanted)) {
    const at = keyPath(path, key)
    const theirs = Object.hasOwn(got, key) ? got[key] : undefined
    if (theirs === undefined) return { at, wanted: value }
    const difference = firstDifference(value, theirs, at)
    if (difference !== undefined) return difference
  }
  const extra = Object.entries(got).find(([key]) => !Object.hasOwn(wanted, key))
  return extra === undefined ? undefined : { at: keyPath(path, extra[0]), got: extra[1] }
}

const isHex = (value: string): boolean => value.length > 0 && value.length % 2 === 0 && !/[^0-9a-f]/u.test(value)

/** How much of two texts is shown from before the place where they differ. */
const BEFORE = 8

const hintFor = (wanted: string, got: string): string | undefined => {
  if (wanted.toLowerCase() === got.toLowerCase()) return "the same but for upper case: bytes are lower-case hex"
  if (isHex(wanted) && `0x${wanted}` === got.toLowerCase()) return "bytes are hex without 0x in front"
  if (isHex(wanted) && Base64.encode(Result.getOrThrow(Hex.decode(wanted))) === got) return "this is base64: bytes are lower-case hex"
  return undefined
}

// Long texts often begin alike: what is shown begins shortly before the place where they part.
const firstInTexts = (wanted: string, got: string, path: string): Difference => {
  const bytes = isHex(wanted) && isHex(got)
  const unit = bytes ? 2 : 1
  let at = 0
  while (at < wanted.length && at < got.length && wanted.slice(at, at + unit) === got.slice(at, at + unit)) at += unit
  const hint = hintFor(wanted, got)
  const place = at === 0 ? path : `${path}, ${bytes ? "byte" : "character"} ${at / unit}`
  const from = at <= 2 * BEFORE ? 0 : at - unit * BEFORE
  const part = (text: string): string => (from === 0 ? text : `…${text.slice(from)}`)
  return { at: place, wanted: part(wanted), got: part(got), ...(hint !== undefined && { hint }) }
}

const hintForOther = (wanted: Json, got: Json): string | undefined => {
  if (typeof wanted === "number" && got === String(wanted)) return "a number is wanted, and a text came"
  if (typeof wanted === "string" && typeof got === "number" && wanted === String(got)) return "a text is wanted, and a number came"
  return undefined
}

/**
 * The first place where two JSON values differ, or `undefined` when they are equal. The order of keys does not count; numbers are
 * equal when their values are.
 */
export const firstDifference = (wanted: Json, got: Json, path: string): Difference | undefined => {
  if (isArray(wanted) && isArray(got)) return firstInArrays(wanted, got, path)
  if (isObject(wanted) && isObject(got)) return firstInObjects(wanted, got, path)
  if (wanted === got) return undefined
  if (typeof wanted === "string" && typeof got === "string") return firstInTexts(wanted, got, path)
  const hint = hintForOther(wanted, got)
  return { at: path, wanted, got, ...(hint !== undefined && { hint }) }
}

type Trace = NonNullable<Answer["trace"]>

const valuesByName = (trace: Trace): ReadonlyMap<string, ReadonlyArray<string>> => {
  const values = new Map<string, Array<string>>()
  for (const { name, value } of trace) {
    const sofar = values.get(name)
    if (sofar === undefined) values.set(name, [value])
    else sofar.push(value)
  }
  return values
}

// A name may stand more than once (one for each recipient): its occurrences are compared in order.
const firstInTraces = (wanted: Trace, got: Trace): Difference | undefined => {
  const reported = valuesByName(got)
  const seen = new Map<string, number>()
  for (const { name, value } of wanted) {
    const occurrence = seen.get(name) ?? 0
    seen.set(name, occurrence + 1)
    const theirs = reported.get(name)?.[occurrence]
    if (theirs !== undefined && theirs !== value) return firstInTexts(value, theirs, name)
  }
  return undefined
}

const traceOf = (verdict: ExpectedVerdict | Answer): Trace => ("trace" in verdict ? (verdict.trace ?? []) : [])

/** What is wrong with an answer, or `undefined` when it is the wanted one. Traces, `detail` and `where` never make an answer wrong. */
export const wrongAnswer = (wanted: ExpectedVerdict, got: Answer): WrongAnswer | undefined => {
  const wrong = wrongVerdict(wanted, got)
  const divergence = wrong && firstInTraces(traceOf(wanted), traceOf(got))
  return divergence === undefined ? wrong : { ...wrong!, divergence }
}

const wrongVerdict = (wanted: ExpectedVerdict, got: Answer): WrongAnswer | undefined => {
  if (wanted.verdict === "accepted" && got.verdict === "accepted") {
    const divergence = firstDifference(wanted.output, got.output, "output")
    return divergence && { message: `answered "accepted" with another output`, divergence }
  }
  if (wanted.verdict === "waiting" && got.verdict === "waiting") {
    const divergence = firstDifference(wanted.missing, got.missing, "missing")
    return divergence && { message: `answered "waiting" with another list of what is missing`, divergence }
  }
  if (wanted.verdict !== got.verdict) return { message: `answered "${got.verdict}" where "${wanted.verdict}" was wanted` }
  if (!("clause" in wanted && "clause" in got) || wanted.clause === got.clause) return undefined
  return { message: `answered "${got.verdict}" for another clause` }
}
