/**
 * The report as one HTML file that needs nothing else: no script, no network.
 *
 * @module
 */
import { failureLines } from "./failure.ts"
import { type CaseReport, ownRow, type Report } from "./report.ts"
import { printable } from "./text.ts"

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color-scheme: light dark }
table { border-collapse: collapse } td, th { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #8884 }
td:first-child, th:first-child { text-align: left } pre { overflow-x: auto; padding: .7rem; background: #8881; white-space: pre-wrap; overflow-wrap: anywhere }
summary { cursor: pointer; padding: .1rem 0 } .passed { color: #2a7f3b } .failed, .flaky, .not-run { color: #c0392b; font-weight: 600 } .skipped { opacity: .6 }
`

const escaped = (text: string): string => printable(text, 2000).replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`)

const cells = (tag: "td" | "th", values: ReadonlyArray<string | number>): string =>
  `<tr>${values.map((value) => `<${tag}>${typeof value === "number" ? value : escaped(value)}</${tag}>`).join("")}</tr>`

const bodyOf = (report: Report, { result, known, disputed }: CaseReport): string => {
  const notes = [
    known && `known, ${known.as}: ${known.why}`,
    disputed && `disputed: ${disputed}`,
    "reason" in result ? result.reason : undefined,
  ]
  const lines = [...notes.filter((note) => note !== undefined), ...("failure" in result ? failureLines(report, result.failure) : [])]
  return lines.length === 0 ? "" : `<pre>${lines.map(escaped).join("\n")}</pre>`
}

const caseOf = (report: Report, each: CaseReport): string => {
  const { status } = each.result
  const name = `<span class="${status}">${status}</span> ${escaped(each.id)}`
  const body = bodyOf(report, each)
  if (body === "") return `<li>${name}</li>`
  return `<li><details${status === "failed" || status === "flaky" ? " open" : ""}><summary>${name} ${escaped(each.title ?? "")}</summary>${body}</details></li>`
}

/** See the module's comment. */
export const htmlOf = (report: Report): string => {
  const { peer, outcome, totals, vectors, coverage, layers } = report
  const title = `Conclave: ${peer === null ? "no peer" : `${peer.name} ${peer.version}`}`
  const sections = [...Map.groupBy(report.cases, ({ layer }) => layer)].map(([layer, cases]) => {
    const open = cases.some(({ result }) => "failure" in result)
    return `<details${open ? " open" : ""}><summary><b>${escaped(layer)}</b></summary><ul>${cases.map((each) => caseOf(report, each)).join("\n")}</ul></details>`
  })
  return [
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escaped(title)}</title><style>${STYLE}</style><h1>${escaped(title)}</h1>`,
    `<p>Vectors ${escaped(vectors.version)} <code>${vectors.sha256.slice(0, 12)}</code>; <b>${coverage.state}</b>; exit code ${outcome.exitCode}: ${escaped(outcome.reason)}</p>`,
    `<table>${cells("th", ["layer", "passed", "failed", "flaky", "known", "disputed", "skipped", "not run"])}`,
    ...[...layers, { layer: "all", cases: totals }, ...ownRow(report)].map(
      ({ layer, cases: { passed, failed, flaky, known, disputed, skipped, notRun } }) =>
        cells("td", [layer, passed, failed, flaky, known, disputed, skipped, notRun]),
    ),
    "</table>",
    ...sections,
    "</html>",
    "",
  ].join("\n")
}
