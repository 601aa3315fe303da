/**
 * The report as text for a terminal or a CI log.
 *
 * @module
 */
import type { CaseReport, Failure, Report, Tally } from "./report.ts"
import { lastLine, oneLine, printable } from "./text.ts"

/** How many failures the summary spells out; the report has them all. */
const SHOWN = 20

/** How long a quoted value may be. */
const WIDTH = 300

/** How long a line may be. */
const LINE = 1200

/** Where the sentences of clauses are looked up: a report, or a vector set. */
interface ClauseTexts {
  readonly clauses: ReadonlyArray<{ readonly id: string; readonly level: string; readonly text: string }>
}

const clauseLine = (texts: ClauseTexts, id: string): string => {
  const clause = texts.clauses.find((each) => each.id === id)
  return clause === undefined ? `shows   ${id}` : `shows   ${id} (${clause.level}): ${clause.text}`
}

const divergenceLine = ({ at, wanted, got }: NonNullable<Failure["divergence"]>): string => {
  const value = (side: unknown): string => (side === undefined ? "nothing" : oneLine(side, WIDTH))
  return `first diverged at ${at}: wanted ${value(wanted)}, got ${value(got)}`
}

/** A failure in a few lines: the step, what was wanted and what came, where it first diverged, and the clauses in question. */
export const failureLines = (texts: ClauseTexts, { clauses }: Pick<CaseReport, "clauses">, failure: Failure): ReadonlyArray<string> => {
  const { step, method, kind, message, wanted, got, divergence, stderr } = failure
  const said = stderr === undefined ? undefined : lastLine(stderr)
  const lines = [
    `step ${step}  ${method}: ${kind}, the peer ${message}`,
    ...(wanted === undefined ? [] : [`wanted  ${oneLine(wanted, WIDTH)}`]),
    // A state that changed was found after a right answer.
    ...(kind === "state-changed" ? [] : [`got     ${got === undefined ? "no verdict" : oneLine(got, WIDTH)}`]),
    ...(divergence === undefined ? [] : [divergenceLine(divergence)]),
    ...clauses.map((id) => clauseLine(texts, id)),
    ...(said === undefined ? [] : [`stderr  ${said}`]),
  ]
  return lines.map((line) => printable(line, LINE))
}

const failuresText = (report: Report): ReadonlyArray<string> => {
  const failed = report.cases.flatMap((each) => (each.result.status === "failed" ? [{ each, failure: each.result.failure }] : []))
  const lines = failed
    .slice(0, SHOWN)
    .flatMap(({ each, failure }) => [
      `FAIL ${printable(`${each.id}: ${each.title}`, WIDTH)}`,
      ...failureLines(report, each, failure).map((line) => `     ${line}`),
    ])
  if (failed.length > SHOWN) lines.push(`${failed.length - SHOWN} more failures are in the report.`)
  return lines.length === 0 ? [] : [...lines, ""]
}

const countsOf = ({ passed, failed, skipped, notRun }: Tally): string => {
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`
  return notRun === 0 ? counts : `${counts}, ${notRun} not run`
}

const layersText = ({ layers }: Report): ReadonlyArray<string> => {
  const tested = layers.filter(({ cases }) => cases.all > cases.notSelected)
  const width = Math.max(...tested.map(({ layer }) => layer.length))
  return tested.map(({ layer, cases }) => `${layer.padEnd(width)}  ${countsOf(cases)}`)
}

const reasonsText = ({ cases }: Report): ReadonlyArray<string> => {
  const reasons = cases.flatMap(({ result }) =>
    "reason" in result ? [`${result.status === "skipped" ? "skipped" : "not run"}: ${result.reason}`] : [],
  )
  return [...Map.groupBy(reasons, (reason) => reason)].map(([reason, { length }]) => `${length} ${printable(reason, LINE)}`)
}

const peerLine = ({ peer, vectors, protocol }: Report): string => {
  const name = peer === null ? "no peer" : printable(`${peer.name} ${peer.version} (${peer.language})`, WIDTH)
  return `${name}, ${protocol}, vectors ${vectors.version} ${vectors.sha256.slice(0, 12)}`
}

/**
 * The summary of a run. Its last line is `N passed, N failed, N skipped` and nothing else; cases that were not run count as failed there.
 *
 * @param files the report files that were written, if any
 */
export const summaryOf = (report: Report, files: ReadonlyArray<string>): string => {
  const { passed, failed, skipped, notRun, notSelected } = report.totals
  return [
    ...failuresText(report),
    peerLine(report),
    ...layersText(report),
    ...reasonsText(report),
    ...(notSelected === 0 ? [] : [`${notSelected} not selected`]),
    ...(files.length === 0 ? [] : [`reports: ${files.join(", ")}`]),
    `exit code ${report.outcome.exitCode}: ${printable(report.outcome.reason, LINE)}`,
    `${passed} passed, ${failed + notRun} failed, ${skipped} skipped`,
    "",
  ].join("\n")
}
