/**
 * The report as text for a terminal or a CI log.
 *
 * @module
 */
import { styleText } from "node:util"
import { failedCases, failureLines } from "./failure.ts"
import type { Report, Tally } from "./report.ts"
import { headAndTail, printable } from "./text.ts"

/** How many failures the summary spells out; the report has them all. */
const SHOWN = 20

const WIDTH = 300

const LINE = 1200

/** How many lines of each end of standard error are shown when there is no peer. */
const STDERR = 10

/** How many of the slowest cases are named. */
const SLOWEST = 3

/** From how many milliseconds on a case is worth being named as slow. */
const SLOW = 1000

type Style = Parameters<typeof styleText>[0]

/** Paints text, where there are colours. */
type Paint = (style: Style, text: string) => string

const plain: Paint = (_, text) => text

const inColour: Paint = (style, text) => styleText(style, text, { validateStream: false })

const noted = (report: Report): ReadonlyArray<string> => {
  const known = report.cases.filter((each) => each.known !== undefined && each.result.status !== "passed")
  return [
    ...Map.groupBy(
      known,
      (each) => `${each.known?.as}: ${each.known?.why}${each.known?.link === undefined ? "" : ` (${each.known.link})`}`,
    ),
  ].map(([why, { length }]) => printable(`${length} known, ${why}`, LINE))
}

const failuresText = (report: Report, paint: Paint): ReadonlyArray<string> => {
  const failed = failedCases(report.cases).filter(({ each }) => each.known === undefined && each.disputed === undefined)
  const lines = failed.slice(0, SHOWN).flatMap(({ each, failure }) => {
    const name = each.result.status === "flaky" ? `FLAKY (passed ${each.result.passed} of ${each.result.of})` : "FAIL"
    const title = printable(`${each.id}: ${each.title ?? ""}`, WIDTH)
    return [`${paint(["red", "bold"], name)} ${paint("bold", title)}`, ...failureLines(report, failure).map((line) => `     ${line}`), ""]
  })
  return failed.length > SHOWN ? [...lines, `${failed.length - SHOWN} more failures are in the report.`, ""] : lines
}

const countsOf = ({ passed, failed, flaky, known, disputed, skipped, notRun }: Tally): string => {
  const more = { flaky, known, disputed, "not run": notRun }
  const others = Object.entries(more).filter(([, count]) => count > 0)
  return [`${passed} passed, ${failed} failed, ${skipped} skipped`, ...others.map(([name, count]) => `${count} ${name}`)].join(", ")
}

const layersText = ({ layers, peer }: Report): ReadonlyArray<string> => {
  const tested = layers.filter(({ cases }) => cases.all > cases.skipped)
  // Without a peer every line would say the same.
  if (peer === null) return []
  const width = Math.max(0, ...tested.map(({ layer }) => layer.length))
  return tested.map(({ layer, cases }) => `${layer.padEnd(width)}  ${countsOf(cases)}`)
}

const undeclaredText = ({ coverage, peer, layers }: Report): ReadonlyArray<string> => {
  const { undeclared } = coverage
  if (undeclared.length === 0) return []
  const names = `not declared by the peer: ${undeclared.join(", ")}`
  if (undeclared.length < layers.length) return [names]
  const declared = peer?.layers.length === 0 ? "no layer" : printable(peer?.layers.join(", ") ?? "", WIDTH)
  return [`the peer declares ${declared}; this set of vectors has ${layers.map(({ layer }) => layer).join(", ")}`]
}

const reasonsText = ({ cases, peer }: Report): ReadonlyArray<string> => {
  if (peer === null) return []
  const reasons = cases.flatMap(({ result }) =>
    "reason" in result && !result.reason.includes("does not declare the layer")
      ? [`${result.status === "skipped" ? "skipped" : "not run"}: ${result.reason}`]
      : [],
  )
  return [...Map.groupBy(reasons, (reason) => reason)].map(([reason, { length }]) => `${length} ${printable(reason, LINE)}`)
}

const peerLine = ({ peer, vectors, protocol, challenge }: Report): string => {
  const name = peer === null ? "no peer" : printable(`${peer.name} ${peer.version} (${peer.language})`, WIDTH)
  const drawn = challenge === null ? "" : `, challenge ${printable(challenge, WIDTH)}`
  return `${name}, ${protocol}, vectors ${vectors.version} ${vectors.sha256.slice(0, 12)}${drawn}`
}

const coverageLine = ({ coverage, totals, notSelected }: Report): string => {
  const { state, layers } = coverage
  if (state === "complete") return "complete: every case of the set was run"
  const left = [
    ...(totals.skipped > 0 ? [`${totals.skipped} skipped`] : []),
    ...(totals.notRun > 0 ? [`${totals.notRun} not run`] : []),
    ...(notSelected.length > 0 ? [`${notSelected.length} not selected`] : []),
  ]
  const whole = layers.length === 0 ? "no layer is complete" : `complete are ${layers.join(", ")}`
  return `${state}: ${left.join(", ")}; ${whole}`
}

const extraText = ({ extra }: Report): ReadonlyArray<string> =>
  extra === null ? [] : [`own cases, ${extra.version} ${extra.sha256.slice(0, 12)}, not counted below: ${countsOf(extra.cases)}`]

const slowText = ({ timing }: Report): ReadonlyArray<string> => {
  const slow = Object.entries(timing.cases)
    .filter(([, milliseconds]) => milliseconds >= SLOW)
    .sort(([, left], [, right]) => right - left)
    .slice(0, SLOWEST)
  return slow.length === 0 ? [] : [`slowest: ${slow.map(([id, milliseconds]) => `${id} ${(milliseconds / 1000).toFixed(1)} s`).join(", ")}`]
}

/** How a summary is made. */
export interface SummaryOptions {
  /** The report files that were written, if any. */
  readonly files?: ReadonlyArray<string>
  readonly colour?: boolean
}

/** The summary of a run. Its last line is `N passed, N failed, N skipped` and nothing else; what was not run, or is flaky, counts as failed there. */
export const summaryOf = (report: Report, { files = [], colour = false }: SummaryOptions = {}): string => {
  const paint = colour ? inColour : plain
  const { passed, failed, flaky, notRun, skipped } = report.totals
  const { exitCode, reason, stderr = "" } = report.outcome
  return [
    ...failuresText(report, paint),
    peerLine(report),
    ...layersText(report),
    ...undeclaredText(report),
    ...reasonsText(report),
    ...noted(report),
    ...report.stale.map((entry) => `known failures: ${printable(entry, LINE)}`),
    ...slowText(report),
    ...extraText(report),
    coverageLine(report),
    ...(files.length === 0 ? [] : [`reports: ${files.join(", ")}`]),
    ...(stderr === "" ? [] : ["the peer wrote to standard error:"]),
    ...headAndTail(stderr, STDERR).map((line) => `  ${printable(line, WIDTH)}`),
    paint(exitCode === 0 ? "green" : "red", `exit code ${exitCode}: ${printable(reason, LINE)}`),
    `${passed} passed, ${failed + flaky + notRun} failed, ${skipped} skipped`,
    "",
  ].join("\n")
}
