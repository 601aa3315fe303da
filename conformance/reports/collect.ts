/**
 * One page from the reports of many ports.
 *
 * @module
 */
import type { Report } from "./report.ts"
import { printable } from "./text.ts"

const escaped = (text: string): string => printable(text, 200).replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`)

/** Whether a report says something about its peer: one of a run that broke off must not take the place of one that did not. */
const isResult = ({ outcome, peer }: Report): boolean => peer !== null && outcome.exitCode !== 4 && outcome.exitCode !== 130

/** The newest report of each peer that says something. */
const newest = (reports: ReadonlyArray<Report>): ReadonlyArray<Report> => {
  const found = new Map<string, Report>()
  for (const report of reports.filter(isResult)) {
    const name = report.peer?.name ?? ""
    const other = found.get(name)
    if (other === undefined || other.timing.startedAt < report.timing.startedAt) found.set(name, report)
  }
  return [...found.values()].sort((left, right) => ((left.peer?.name ?? "") < (right.peer?.name ?? "") ? -1 : 1))
}

const cellOf = (report: Report, layer: string): string => {
  const cases = report.layers.find((each) => each.layer === layer)?.cases
  if (cases === undefined || cases.all === cases.skipped) return "<td>–</td>"
  const ran = cases.all - cases.skipped
  const known = cases.known > 0 ? ` (${cases.known} known)` : ""
  return `<td class="${cases.passed === ran ? "all" : "some"}">${cases.passed} of ${ran}${known}</td>`
}

const STYLE =
  "body{font:15px/1.5 system-ui;margin:2rem;color-scheme:light dark}td,th{padding:.2rem .7rem;border-bottom:1px solid #8884;text-align:left}.all{color:#2a7f3b}.some{color:#c0392b}"

/** See the module's comment. */
export const collectedPage = (reports: ReadonlyArray<Report>): string => {
  const ports = newest(reports)
  const layers = [...new Set(ports.flatMap((report) => report.layers.map(({ layer }) => layer)))]
  const heads = ports.map(({ peer, vectors, timing, coverage }) => {
    const facts = [
      `${peer?.version} (${peer?.language})`,
      `vectors ${vectors.version} ${vectors.sha256.slice(0, 12)}`,
      timing.startedAt.slice(0, 10),
      coverage.state,
    ]
    return `<th>${escaped(peer?.name ?? "")}<br><small>${facts.map(escaped).join("<br>")}</small></th>`
  })
  const rows = layers.map((layer) => `<tr><td>${escaped(layer)}</td>${ports.map((report) => cellOf(report, layer)).join("")}</tr>`)
  return [
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>Conclave: ports</title><style>${STYLE}</style><h1>Ports</h1>`,
    `<table><tr><th></th>${heads.join("")}</tr>`,
    ...rows,
    "</table></html>",
    "",
  ].join("\n")
}
