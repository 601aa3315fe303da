/**
 * The report in the forms that other programs read: TAP, GitHub's annotations, SARIF, a badge.
 *
 * @module
 */
import { failedCases, failureLines } from "./failure.ts"
import type { CaseReport, Report } from "./report.ts"
import { isBad } from "./report.ts"
import { printable, printableJson } from "./text.ts"

const LONGEST = 1000

const line = (text: string): string => printable(text, LONGEST)

const tapName = (text: string): string => line(text).replace(/[\\#]/gu, "\\$&")

const yaml = (lines: ReadonlyArray<string>): ReadonlyArray<string> => [
  "  ---",
  "  message: |-",
  ...lines.map((each) => `    ${each}`),
  "  ...",
]

const tapLines = (report: Report, each: CaseReport, number: number): ReadonlyArray<string> => {
  const { result } = each
  const name = tapName(each.id)
  if (result.status === "passed") return [`ok ${number} - ${name}`]
  if (result.status === "skipped") return [`ok ${number} - ${name} # SKIP ${tapName(result.reason)}`]
  if (result.status === "not-run") return [`not ok ${number} - ${name}`, ...yaml([`not run: ${line(result.reason)}`])]
  // A known failure may go on failing: in TAP that is a thing to do.
  const expected = each.disputed ?? each.known?.why
  const todo = expected === undefined ? "" : ` # TODO ${tapName(expected)}`
  const flaky = result.status === "flaky" ? [`flaky: passed ${result.passed} of ${result.of}`] : []
  return [`not ok ${number} - ${name}${todo}`, ...yaml([...flaky, ...failureLines(report, result.failure)])]
}

/** The report in the Test Anything Protocol, version 14. */
export const tapOf = (report: Report): string => {
  const lines = report.cases.flatMap((each, index) => tapLines(report, each, index + 1))
  return ["TAP version 14", `1..${report.cases.length}`, ...lines, ""].join("\n")
}

/** How many annotations GitHub shows for a step. */
const ANNOTATIONS = 10

const command = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A")

const property = (text: string): string => command(text).replaceAll(":", "%3A").replaceAll(",", "%2C")

/** The failures as workflow commands of GitHub: they show as annotations of the run. */
export const annotationsOf = (report: Report): string => {
  const bad = failedCases(report.cases).filter(({ each }) => isBad(each))
  const shown = bad.slice(0, ANNOTATIONS - 1).map(({ each, failure }) => {
    const title = property(line(`${each.id}: ${failure.kind}`))
    return `::error title=${title}::${command(failureLines(report, failure).join("\n"))}`
  })
  const { exitCode, reason } = report.outcome
  const rest = bad.length > shown.length ? `${bad.length - shown.length} more failures; ` : ""
  const last = exitCode === 0 ? [] : [`::error title=${property(`conclave, exit code ${exitCode}`)}::${command(line(`${rest}${reason}`))}`]
  return [...shown, ...last, ""].join("\n").replace(/^\n$/u, "")
}

const sarifRule = ([id, { level, text, source }]: [string, Report["texts"][string]]) => ({
  id,
  shortDescription: { text },
  properties: { level, source },
})

const SARIF_LEVEL = { MUST: "error", SHOULD: "warning", MAY: "note" } as const

/** The failures as SARIF 2.1.0: one rule for each clause that was judged. */
export const sarifOf = (report: Report): string => {
  const results = failedCases(report.cases).map(({ each, failure }) => ({
    ruleId: failure.clause ?? failure.kind,
    level: isBad(each) ? SARIF_LEVEL[each.level] : "note",
    message: { text: [line(`${each.id}: ${each.title ?? ""}`), ...failureLines(report, failure)].join("\n") },
    locations: [{ logicalLocations: [{ fullyQualifiedName: line(each.id), kind: "member" }] }],
    partialFingerprints: { case: `${line(each.id)}#${each.digest}` },
  }))
  const { name, version } = report.runner
  const driver = { name, version, rules: Object.entries(report.texts).map(sarifRule) }
  return `${printableJson({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [{ tool: { driver }, results }] }, 1)}\n`
}

/** What a badge says: never *conformant* of a run that left something out. */
const badgeMessage = ({ outcome, coverage, totals }: Report): readonly [message: string, color: string] => {
  const bad = totals.failed + totals.flaky + totals.notRun
  if (outcome.exitCode === 4 || outcome.exitCode === 130) return ["no result", "lightgrey"]
  if (bad > 0 || outcome.exitCode !== 0) return [`${bad} failed of ${bad + totals.passed + totals.known}`, "red"]
  const known = totals.known > 0 ? `, ${totals.known} known failures` : ""
  if (coverage.state === "complete") return [`conformant${known}`, totals.known > 0 ? "yellow" : "brightgreen"]
  return [`partial: ${coverage.layers.length} layers${known}`, "blue"]
}

/** The report as an endpoint of shields.io. */
export const badgeOf = (report: Report): string => {
  const [message, color] = badgeMessage(report)
  return `${JSON.stringify({ schemaVersion: 1, label: "conclave", message, color })}\n`
}
