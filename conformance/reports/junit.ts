/**
 * The report as JUnit XML, for CI systems. One suite for each layer; cases that were not selected are left out.
 *
 * @module
 */
import { create } from "xmlbuilder2"
import type { XMLBuilder } from "xmlbuilder2/lib/interfaces.js"
import { type CaseReport, type Failure, type Report, type Tally, tallyOf } from "./report.ts"
import { failureLines } from "./summary.ts"

/** Failures that are answers; the others are errors in the sense of JUnit: the case came to no verdict. */
const ANSWERED: ReadonlySet<Failure["kind"]> = new Set(["wrong-answer", "state-changed", "peer-error"])

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3)

const isError = ({ result }: CaseReport): boolean =>
  result.status === "not-run" || (result.status === "failed" && !ANSWERED.has(result.failure.kind))

const countsOf = (cases: ReadonlyArray<CaseReport>, { failed, notRun, skipped }: Tally, report: Report) => {
  const errors = cases.filter(isError).length
  const milliseconds = cases.reduce((sum, { id }) => sum + (report.timing.cases[id] ?? 0), 0)
  return { tests: cases.length, failures: failed + notRun - errors, errors, skipped, time: seconds(milliseconds) }
}

const addResult = (element: XMLBuilder, report: Report, each: CaseReport): void => {
  const { result } = each
  if (result.status === "skipped") element.ele("skipped", { message: result.reason })
  if (result.status === "not-run") element.ele("error", { type: "not-run", message: result.reason })
  if (result.status !== "failed") return
  const { kind, message, stderr } = result.failure
  element.ele(isError(each) ? "error" : "failure", { type: kind, message }).txt(failureLines(report, each, result.failure).join("\n"))
  if (stderr !== undefined) element.ele("system-err").txt(stderr)
}

const addCase = (suite: XMLBuilder, report: Report, each: CaseReport): void => {
  const time = seconds(report.timing.cases[each.id] ?? 0)
  const element = suite.ele("testcase", { name: each.id, classname: `${each.part}.${each.chapter}`, time })
  addResult(element, report, each)
}

const addProperties = (suite: XMLBuilder, { peer, protocol, vectors }: Report): void => {
  const properties = suite.ele("properties")
  const all = {
    protocol,
    vectors: `${vectors.version} ${vectors.sha256}`,
    peer: peer?.name,
    version: peer?.version,
    language: peer?.language,
  }
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) properties.ele("property", { name, value })
  }
}

/** The report as the text of a `junit.xml`. Characters that XML cannot hold are replaced by U+FFFD. */
export const junitOf = (report: Report): string => {
  const run = report.cases.filter(({ result }) => result.status !== "not-selected")
  const document = create({ version: "1.0", encoding: "UTF-8", invalidCharReplacement: "\ufffd" })
  const suites = document.ele("testsuites", { name: "conclave conformance", ...countsOf(run, tallyOf(run), report) })
  for (const [layer, cases] of Map.groupBy(run, (each) => each.layer)) {
    const suite = suites.ele("testsuite", { name: layer, timestamp: report.timing.startedAt, ...countsOf(cases, tallyOf(cases), report) })
    addProperties(suite, report)
    for (const each of cases) addCase(suite, report, each)
  }
  return `${document.end({ prettyPrint: true })}\n`
}
