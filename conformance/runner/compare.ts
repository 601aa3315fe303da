/**
 * Compares a peer's answer with the wanted verdict, and says where they first differ.
 *
 * @module
 */
import type { Answer, ExpectedVerdict, Json } from "../protocol/messages.ts"

/** A place and the two values found there; an absent value is an absent key. */
export interface Difference {
  /** A path such as `output.members[2].key`, or the name of an intermediate value. */
  readonly at: string
  readonly wanted?: Json
  readonly got?: Json
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

const isHex = (value: Json): value is string =>
  typeof value === "string" && value.length > 0 && value.length % 2 === 0 && !/[^0-9a-f]/u.test(value)

// Long byte strings often begin alike: what is shown is what they have from the first byte that differs.
const firstInBytes = (wanted: string, got: string, path: string): Difference => {
  let at = 0
  while (wanted.slice(at, at + 2) === got.slice(at, at + 2)) at += 2
  return at === 0 ? { at: path, wanted, got } : { at: `${path}, byte ${at / 2}`, wanted: wanted.slice(at), got: got.slice(at) }
}

/**
 * The first place where two JSON values differ, or `undefined` when they are equal. The order of keys does not count; numbers are
 * equal when their values are.
 */
export const firstDifference = (wanted: Json, got: Json, path: string): Difference | undefined => {
  if (isArray(wanted) && isArray(got)) return firstInArrays(wanted, got, path)
  if (isObject(wanted) && isObject(got)) return firstInObjects(wanted, got, path)
  if (wanted === got) return undefined
  return isHex(wanted) && isHex(got) ? firstInBytes(wanted, got, path) : { at: path, wanted, got }
}

type Trace = NonNullable<Extract<ExpectedVerdict, { verdict: "accepted" }>["trace"]>

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
    if (theirs !== undefined && theirs !== value) return { at: name, wanted: value, got: theirs }
  }
  return undefined
}

/** What is wrong with an answer, or `undefined` when it is the wanted one. Traces, `detail` and `where` never make an answer wrong. */
export const wrongAnswer = (wanted: ExpectedVerdict, got: Answer): WrongAnswer | undefined => {
  if (wanted.verdict === "accepted" && got.verdict === "accepted") {
    const divergence = firstDifference(wanted.output, got.output, "output")
    if (divergence === undefined) return undefined
    const traced = firstInTraces(wanted.trace ?? [], got.trace ?? [])
    return { message: `answered "accepted" with another output`, divergence: traced ?? divergence }
  }
  if (wanted.verdict === "waiting" && got.verdict === "waiting") {
    const divergence = firstDifference(wanted.missing, got.missing, "missing")
    return divergence && { message: `answered "waiting" with another list of what is missing`, divergence }
  }
  if (wanted.verdict !== got.verdict) return { message: `answered "${got.verdict}" where "${wanted.verdict}" was wanted` }
  if (!("clause" in wanted && "clause" in got) || wanted.clause === got.clause) return undefined
  return { message: `answered "${got.verdict}" for another clause` }
}
