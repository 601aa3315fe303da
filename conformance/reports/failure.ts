/**
 * A failure in a few lines, for all reports that people read.
 *
 * @module
 */
import type { CaseReport, Failure, Report } from "./report.ts"
import { headAndTail, oneLine, printable } from "./text.ts"

/** How long a quoted value may be. */
const WIDTH = 300

/** How long a line may be. */
const LINE = 1200

/** How many lines of each end of standard error are shown. */
const STDERR = 5

/** A case that failed, always or sometimes. */
export interface FailedCase {
  readonly each: CaseReport
  readonly failure: Failure
}

/** The cases that failed, always or sometimes. */
export const failedCases = (cases: ReadonlyArray<CaseReport>): ReadonlyArray<FailedCase> =>
  cases.flatMap((each) => ("failure" in each.result ? [{ each, failure: each.result.failure }] : []))

const divergenceLines = ({ at, wanted, got, hint }: NonNullable<Failure["divergence"]>): ReadonlyArray<string> => {
  const value = (side: unknown): string => (side === undefined ? "nothing" : oneLine(side, WIDTH))
  return [
    `first diverged at ${printable(at, WIDTH)}`,
    `        wanted ${value(wanted)}`,
    `        got    ${value(got)}`,
    ...(hint === undefined ? [] : [`hint    ${hint}`]),
  ]
}

/** The clause that was judged, with its sentence. */
const clauseLine = ({ texts }: Pick<Report, "texts">, id: string): string => {
  const clause = texts[id]
  return clause === undefined ? `clause  ${printable(id, WIDTH)}` : `clause  ${id} (${clause.level}): ${clause.text}`
}

/** A failure: the step, what was wanted and what came, where it first diverged, and the clause that was judged. */
export const failureLines = (report: Pick<Report, "texts">, failure: Failure): ReadonlyArray<string> => {
  const { step, method, kind, message, clause, wanted, got, divergence, stderr = "" } = failure
  const lines = [
    `step ${step}  ${method}: ${kind}, the peer ${message}`,
    ...(clause === undefined ? [] : [clauseLine(report, clause)]),
    ...(wanted === undefined ? [] : [`wanted  ${oneLine(wanted, WIDTH)}`]),
    // A state that changed was found after a right answer.
    ...(kind === "state-changed" ? [] : [`got     ${got === undefined ? "no verdict" : oneLine(got, WIDTH)}`]),
    ...(divergence === undefined ? [] : divergenceLines(divergence)),
    ...headAndTail(stderr, STDERR).map((line) => `stderr  ${line}`),
  ]
  return lines.map((line) => printable(line, LINE))
}
