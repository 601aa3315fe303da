/**
 * A published case, played by the reference: what each step gives, held against what is wanted; and the same with a byte changed.
 *
 * @module
 */
import type { Answer, Json } from "../../../conformance/protocol/messages.ts"
import type { Case, Step } from "../../../conformance/protocol/vectors.ts"
import { wrongAnswer } from "../../../conformance/runner/compare.ts"
import { noblePrimitives } from "../../../reference/crypto/providers/noble.ts"
import { BrokenCall, session, type WireVerdict } from "../../../reference/methods.ts"

/** A byte of a parameter of a step that is another than in the case. `path` are the keys that lead to the parameter. */
export interface Change {
  readonly step: number
  readonly path: ReadonlyArray<string>
  readonly at: number
}

/** What came of a step. */
export interface Replayed {
  readonly verdict: string
  readonly clause: string | null
  /** What is wrong with the answer; of a step without fault, null. */
  readonly wrong: string | null
  readonly got: WireVerdict | null
}

/** Bytes in hex with one bit of the byte at `at` changed. */
export const flipped = (hex: string, at: number): string => {
  const place = 2 * (at % (hex.length / 2))
  const changed = (Number.parseInt(hex.slice(place, place + 2), 16) ^ 1).toString(16).padStart(2, "0")
  return `${hex.slice(0, place)}${changed}${hex.slice(place + 2)}`
}

const isHex = (value: unknown): value is string => typeof value === "string" && /^([0-9a-f]{2})+$/u.test(value)

const withChange = (value: Json, [key, ...rest]: ReadonlyArray<string>, at: number): Json => {
  if (key === undefined) return isHex(value) ? flipped(value, at) : value
  if (Array.isArray(value)) return value.map((one, index) => (String(index) === key ? withChange(one, rest, at) : one))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, name === key ? withChange(one, rest, at) : one]))
}

const changedSteps = ({ steps }: Case, change: Change | null): ReadonlyArray<Step> =>
  steps.map((step, index) =>
    change?.step === index ? { ...step, params: withChange(step.params, change.path, change.at) as Step["params"] } : step,
  )

const keeps = ({ expect }: Step, got: WireVerdict): string | null => {
  if (expect.verdict !== "keeps" || got.verdict !== "accepted") return "answered something else than a state"
  const { state } = got.output as { readonly state: string }
  const kept = expect.gone.find(({ value }) => state.includes(value))
  const missing = expect.held.find(({ value }) => !state.includes(value))
  if (kept !== undefined) return `its saved state still has ${kept.name}`
  return missing === undefined ? null : `its saved state does not have ${missing.name}`
}

const judged = (step: Step, got: WireVerdict): Replayed => {
  const { expect } = step
  const clause = "clause" in got ? got.clause : null
  const head = { verdict: got.verdict, clause, got }
  if (expect.verdict === "keeps") return { ...head, wrong: keeps(step, got) }
  if (expect.verdict === "no-call") return { ...head, wrong: "answered what is no call" }
  const wrong = wrongAnswer(expect, got as unknown as Answer)
  const at = wrong?.divergence === undefined ? "" : `, at ${wrong.divergence.at}`
  return { ...head, wrong: wrong === undefined ? null : `${wrong.message}${at}` }
}

/** Plays a case from its beginning; gives what comes of each step. */
export const replay = async (one: Case, change: Change | null = null): Promise<ReadonlyArray<Replayed>> => {
  const { callLater, fingerprint, state, reset } = session(noblePrimitives)
  reset()
  const replayed: Array<Replayed> = []
  for (const step of changedSteps(one, change)) {
    try {
      const got =
        step.method === "state"
          ? state(step.params)
          : step.method === "fingerprint"
            ? fingerprint(step.params)
            : await callLater(step.method, step.params)
      replayed.push(judged(step, got))
    } catch (error) {
      if (!(error instanceof BrokenCall)) throw error
      const isWanted = step.expect.verdict === "no-call"
      replayed.push({ verdict: "no-call", clause: null, wrong: isWanted ? null : "is no call", got: null })
    }
  }
  return replayed
}
