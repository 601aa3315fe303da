/**
 * The report of a run as Schema: `conclave-report/1`. Every id of the vector set is in it once, whatever happened to it.
 *
 * @module
 */
import { Schema } from "effect"
import { Hello } from "../protocol/messages.ts"

const Divergence = Schema.Struct({
  at: Schema.String,
  wanted: Schema.optionalKey(Schema.Json),
  got: Schema.optionalKey(Schema.Json),
  /** What is probably the matter, in plain words. */
  hint: Schema.optionalKey(Schema.String),
})

/** What can go wrong in a case. After all but the first three the peer was ended and, if cases were left, started again. */
export const failureKinds = [
  "wrong-answer",
  "state-changed",
  "peer-error",
  "timeout",
  "crash",
  "garbage",
  "wrong-id",
  "unsolicited",
  "flood",
] as const

const Failure = Schema.Struct({
  kind: Schema.Literals(failureKinds),
  message: Schema.String,
  /** The step, counted from 1; 0 is the `reset` before the first. */
  step: Schema.Natural,
  method: Schema.String,
  /** The clause that was judged; its text is in `texts`. */
  clause: Schema.optionalKey(Schema.String),
  wanted: Schema.optionalKey(Schema.Json),
  got: Schema.optionalKey(Schema.Json),
  divergence: Schema.optionalKey(Divergence),
  stderr: Schema.optionalKey(Schema.String),
})
/** Why a case failed. */
export type Failure = typeof Failure.Type

/** The form of a result. */
export const Result = Schema.Union([
  Schema.Struct({ status: Schema.Literal("passed") }),
  Schema.Struct({ status: Schema.Literal("failed"), failure: Failure }),
  /** It was run several times, and not every time with the same result; `failure` is the first. */
  Schema.Struct({ status: Schema.Literal("flaky"), passed: Schema.Natural, of: Schema.Natural, failure: Failure }),
  Schema.Struct({ status: Schema.Literal("skipped"), reason: Schema.String }),
  Schema.Struct({ status: Schema.Literal("not-run"), reason: Schema.String }),
])
/** What became of a selected case. */
export type Result = typeof Result.Type

const Known = Schema.Struct({
  as: Schema.Literals(["bug", "not-yet", "deviation"]),
  why: Schema.String,
  link: Schema.optionalKey(Schema.String),
  expires: Schema.optionalKey(Schema.String),
})
/** Why a failure is expected. */
export type Known = typeof Known.Type

const Level = Schema.Literals(["MUST", "SHOULD", "MAY"])

const CaseReport = Schema.Struct({
  id: Schema.String,
  digest: Schema.String,
  /** Left out of cases that passed. */
  title: Schema.optionalKey(Schema.String),
  part: Schema.String,
  chapter: Schema.String,
  layer: Schema.String,
  level: Level,
  clauses: Schema.Array(Schema.String),
  /** The failure is one of the file of known failures. */
  known: Schema.optionalKey(Known),
  /** The answer that the case wants is under discussion. */
  disputed: Schema.optionalKey(Schema.String),
  /** The case is not of the canon, but of a set of one's own beside it. */
  extra: Schema.optionalKey(Schema.Boolean),
  result: Result,
})
/** A selected case and what became of it. */
export type CaseReport = typeof CaseReport.Type

const Tally = Schema.Struct({
  passed: Schema.Natural,
  failed: Schema.Natural,
  flaky: Schema.Natural,
  /** Failed as the file of known failures says. */
  known: Schema.Natural,
  /** Failed, but what the case wants is under discussion. */
  disputed: Schema.Natural,
  skipped: Schema.Natural,
  notRun: Schema.Natural,
  notSelected: Schema.Natural,
  all: Schema.Natural,
})
/** How many cases ended how; the others sum up to `all`. */
export type Tally = typeof Tally.Type

const ClauseText = Schema.Struct({ level: Level, text: Schema.String, source: Schema.String })

/** The exit codes that a report can have. */
const reportedCodes = [0, 1, 3, 4, 5, 130] as const

/** The report of a run. Nothing outside of `timing` depends on the clock, or on how many processes shared the work. */
export const Report = Schema.Struct({
  format: Schema.Literal("conclave-report/1"),
  /** The digest is that of the program, where it is one file. */
  runner: Schema.Struct({ name: Schema.String, version: Schema.String, digest: Schema.NullOr(Schema.String) }),
  protocol: Schema.String,
  vectors: Schema.Struct({ version: Schema.String, sha256: Schema.String }),
  /** The peer's command and arguments, and the first 16 hex digits of the SHA-256 of the program, if it is a file. */
  command: Schema.Array(Schema.String),
  program: Schema.NullOr(Schema.String),
  /** What the peer answered to `hello`; `null` when it never did. */
  peer: Schema.NullOr(Hello),
  /** What was asked for, by flag. */
  selection: Schema.Record(Schema.String, Schema.Array(Schema.String)),
  /** The seed of a challenge: its cases were made at run time. */
  challenge: Schema.NullOr(Schema.String),
  repeat: Schema.Natural,
  outcome: Schema.Struct({ exitCode: Schema.Literals(reportedCodes), reason: Schema.String, stderr: Schema.optionalKey(Schema.String) }),
  /** `complete` when every case of the set was run; a partial run says nothing about what was left out. */
  coverage: Schema.Struct({
    state: Schema.Literals(["complete", "partial", "unfinished"]),
    layers: Schema.Array(Schema.String),
    undeclared: Schema.Array(Schema.String),
  }),
  /** What is wrong with the peer, but belongs to no case. */
  findings: Schema.Array(Schema.String),
  /** Entries of the file of known failures that no longer hold. */
  stale: Schema.Array(Schema.String),
  totals: Tally,
  levels: Schema.Array(Schema.Struct({ level: Level, cases: Tally })),
  layers: Schema.Array(Schema.Struct({ layer: Schema.String, cases: Tally })),
  /** The clauses that the selected cases show, and how those cases fared. */
  clauses: Schema.Array(Schema.Struct({ id: Schema.String, cases: Tally })),
  /** The clauses that were judged in failures. */
  texts: Schema.Record(Schema.String, ClauseText),
  /** Cases of one's own, which count in no other sum: the set that they are of, and how they fared. */
  extra: Schema.NullOr(Schema.Struct({ version: Schema.String, sha256: Schema.String, cases: Tally })),
  /** The selected cases, in manifest order. */
  cases: Schema.Array(CaseReport),
  /** The ids of all other cases. */
  notSelected: Schema.Array(Schema.String),
  timing: Schema.Struct({
    startedAt: Schema.String,
    milliseconds: Schema.Natural,
    jobs: Schema.Natural,
    /** Milliseconds by case id, for the cases that were run. */
    cases: Schema.Record(Schema.String, Schema.Natural),
  }),
})
export type Report = typeof Report.Type

const counter = { passed: "passed", failed: "failed", flaky: "flaky", skipped: "skipped", "not-run": "notRun" } as const

const bucketOf = ({ result, known, disputed }: Pick<CaseReport, "result" | "known" | "disputed">): keyof Tally => {
  const failed = result.status === "failed" || result.status === "flaky"
  if (failed && disputed !== undefined) return "disputed"
  if (failed && known !== undefined) return "known"
  return counter[result.status]
}

/** Counts results by status. */
export const tallyOf = (cases: ReadonlyArray<Pick<CaseReport, "result" | "known" | "disputed">>, notSelected = 0): Tally => {
  const counts = {
    passed: 0,
    failed: 0,
    flaky: 0,
    known: 0,
    disputed: 0,
    skipped: 0,
    notRun: 0,
    notSelected,
    all: cases.length + notSelected,
  }
  for (const each of cases) counts[bucketOf(each)]++
  return counts
}

/** Those of the canon, of which all sums but that of own cases are made. */
export const canonical = (cases: ReadonlyArray<CaseReport>): ReadonlyArray<CaseReport> => cases.filter(({ extra }) => extra !== true)

/** The sums of own cases, as a line after those of the layers. */
export const ownRow = ({ extra }: Report): Report["layers"] =>
  extra === null ? [] : [{ layer: "own cases, not counted above", cases: extra.cases }]

/** Whether a case ended in a way that makes the run fail. */
export const isBad = (each: CaseReport): boolean => ["failed", "flaky", "notRun"].includes(bucketOf(each))
