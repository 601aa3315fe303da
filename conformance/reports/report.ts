/**
 * The report of a run as Schema: `conclave-report/1`. Every id of the vector set is in it once, whatever happened to it.
 *
 * @module
 */
import { Schema } from "effect"
import { Hello } from "../protocol/messages.ts"

const Divergence = Schema.Struct({ at: Schema.String, wanted: Schema.optionalKey(Schema.Json), got: Schema.optionalKey(Schema.Json) })

const Failure = Schema.Struct({
  /** What went wrong. The first three are answers; after the others the peer was ended and, if cases were left, started again. */
  kind: Schema.Literals(["wrong-answer", "state-changed", "peer-error", "timeout", "crash", "garbage", "wrong-id", "unsolicited", "flood"]),
  message: Schema.String,
  /** The step, counted from 1; 0 is the `reset` before the first. */
  step: Schema.Natural,
  method: Schema.String,
  wanted: Schema.optionalKey(Schema.Json),
  got: Schema.optionalKey(Schema.Json),
  divergence: Schema.optionalKey(Divergence),
  stderr: Schema.optionalKey(Schema.String),
})
/** Why a case failed. */
export type Failure = typeof Failure.Type

const Result = Schema.Union([
  Schema.Struct({ status: Schema.Literal("passed") }),
  Schema.Struct({ status: Schema.Literal("failed"), failure: Failure }),
  Schema.Struct({ status: Schema.Literal("skipped"), reason: Schema.String }),
  Schema.Struct({ status: Schema.Literal("not-run"), reason: Schema.String }),
  Schema.Struct({ status: Schema.Literal("not-selected") }),
])
/** What became of a case. */
export type Result = typeof Result.Type

const CaseReport = Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  part: Schema.String,
  chapter: Schema.String,
  layer: Schema.String,
  level: Schema.Literals(["MUST", "SHOULD", "MAY"]),
  clauses: Schema.Array(Schema.String),
  result: Result,
})
/** A case and what became of it. */
export type CaseReport = typeof CaseReport.Type

const tally = {
  passed: Schema.Natural,
  failed: Schema.Natural,
  skipped: Schema.Natural,
  notRun: Schema.Natural,
  notSelected: Schema.Natural,
}
const Tally = Schema.Struct({ ...tally, all: Schema.Natural })
/** How many cases ended how; the five sum up to `all`. */
export type Tally = typeof Tally.Type

const ClauseReport = Schema.Struct({
  id: Schema.String,
  level: Schema.Literals(["MUST", "SHOULD", "MAY"]),
  text: Schema.String,
  source: Schema.String,
  cases: Tally,
})

/** The report of a run. Nothing outside of `timing` depends on the clock. */
export const Report = Schema.Struct({
  format: Schema.Literal("conclave-report/1"),
  runner: Schema.Struct({ name: Schema.String, version: Schema.String }),
  protocol: Schema.String,
  vectors: Schema.Struct({ version: Schema.String, sha256: Schema.String }),
  /** The peer's command and arguments. */
  command: Schema.Array(Schema.String),
  /** What the peer answered to `hello`; `null` when it never did. */
  peer: Schema.NullOr(Hello),
  selection: Schema.Struct({
    select: Schema.Array(Schema.String),
    layers: Schema.Array(Schema.String),
    clauses: Schema.Array(Schema.String),
  }),
  outcome: Schema.Struct({ exitCode: Schema.Literals([0, 1, 3, 4]), reason: Schema.String }),
  totals: Tally,
  layers: Schema.Array(Schema.Struct({ layer: Schema.String, cases: Tally })),
  /** The clauses of the set, and how the cases fared that show them. */
  clauses: Schema.Array(ClauseReport),
  /** In manifest order. */
  cases: Schema.Array(CaseReport),
  timing: Schema.Struct({
    startedAt: Schema.String,
    milliseconds: Schema.Natural,
    /** Milliseconds by case id, for the cases that were run. */
    cases: Schema.Record(Schema.String, Schema.Natural),
  }),
})
export type Report = typeof Report.Type

const counter = { passed: "passed", failed: "failed", skipped: "skipped", "not-run": "notRun", "not-selected": "notSelected" } as const

/** Counts results by status. */
export const tallyOf = (cases: ReadonlyArray<{ readonly result: Result }>): Tally => {
  const counts = { passed: 0, failed: 0, skipped: 0, notRun: 0, notSelected: 0, all: cases.length }
  for (const { result } of cases) counts[counter[result.status]]++
  return counts
}
