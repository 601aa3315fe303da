/**
 * The report as JUnit XML, for CI systems. One suite for each layer; cases that were not selected are left out. Failures that
 * are known or disputed count as skipped, with the reason.
 *
 * @module
 */
import { create } from "xmlbuilder2"
import type { XMLBuilder } from "xmlbuilder2/lib/interfaces.js"
import { failureLines } from "./failure.ts"
import { type CaseReport, type Failure, type Report, type Tally, tallyOf } from "./report.ts"
import { printable, printableLines } from "./text.ts"

/** Failures that are answers; the others are errors in the sense of JUnit: the case came to no verdict. */
const ANSWERED: ReadonlySet<Failure["kind"]> = new Set(["wrong-answer", "state-changed", "peer-error"])

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3)

const isError = ({ result, known, disputed }: CaseReport): boolean => {
  if (known !== undefined || disputed !== undefined) return false
  return result.status === "not-run" || (result.status === "failed" && !ANSWERED.has(result.failure.kind))
}

const countsOf = (cases: ReadonlyArray<CaseReport>, { failed, flaky, known, disputed, notRun, skipped }: Tally, report: Report) => {
  const errors = cases.filter(isError).length
  const milliseconds = cases.reduce((sum, { id }) => sum + (report.timing.cases[id] ?? 0), 0)
  const failures = failed + flaky + notRun - errors
  return { tests: cases.length, failures, errors, skipped: skipped + known + disputed, time: seconds(milliseconds) }
}

/** Longer attributes are cut: readers of JUnit have limits of their own. */
const LONGEST = 2000

// XML has no way to write a control character at all; the others would be there raw.
const line = (text: string): string => printable(text, LONGEST)

const addFailure = (element: XMLBuilder, report: Report, each: CaseReport, failure: Failure): void => {
  const { kind, message, stderr } = failure
  const lines = failureLines(report, failure).join("\n")
  const flaky = each.result.status === "flaky" ? `flaky (passed ${each.result.passed} of ${each.result.of}): ` : ""
  const expected = each.known === undefined ? each.disputed : `known, ${each.known.as}: ${each.known.why}`
  if (expected !== undefined) element.ele("skipped", { message: line(expected) })
  else element.ele(isError(each) ? "error" : "failure", { type: kind, message: line(`${flaky}${message}`) }).txt(lines)
  if (stderr !== undefined) element.ele("system-err").txt(printableLines(stderr))
}

const addResult = (element: XMLBuilder, report: Report, each: CaseReport): void => {
  const { result } = each
  if (result.status === "skipped") element.ele("skipped", { message: line(result.reason) })
  if (result.status === "not-run") element.ele("error", { type: "not-run", message: line(result.reason) })
  if ("failure" in result) addFailure(element, report, each, result.failure)
}

const addCase = (suite: XMLBuilder, report: Report, each: CaseReport): void => {
  const time = seconds(report.timing.cases[each.id] ?? 0)
  const element = suite.ele("testcase", { name: line(each.id), classname: line(`${each.part}.${each.chapter}`), time })
  addResult(element, report, each)
}

const addProperties = (suite: XMLBuilder, { peer, protocol, vectors, coverage }: Report): void => {
  const properties = suite.ele("properties")
  const all = {
    protocol,
    vectors: `${vectors.version} ${vectors.sha256}`,
    peer: peer?.name,
    version: peer?.version,
    language: peer?.language,
    coverage: coverage.state,
  }
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) properties.ele("property", { name, value: line(value) })
  }
}

/** The report as the text of a `junit.xml`. Characters that XML cannot hold are replaced by U+FFFD. */
export const junitOf = (report: Report): string => {
  const run = report.cases
  const document = create({ version: "1.0", encoding: "UTF-8", invalidCharReplacement: "\ufffd" })
  const suites = document.ele("testsuites", { name: "conclave conformance", ...countsOf(run, tallyOf(run), report) })
  for (const [layer, cases] of Map.groupBy(run, (each) => each.layer)) {
    const suite = suites.ele("testsuite", {
      name: line(layer),
      timestamp: report.timing.startedAt,
      ...countsOf(cases, tallyOf(cases), report),
    })
    addProperties(suite, report)
    for (const each of cases) addCase(suite, report, each)
  }
  return `${document.end({ prettyPrint: true })}\n`
}
