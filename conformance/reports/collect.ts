/**
 * One page from the reports of many ports: how each fared last, and from run to run.
 *
 * @module
 */
import type { Report } from "./report.ts"
import { printable } from "./text.ts"

const escaped = (text: string): string => printable(text, 200).replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`)

/** Whether a report says something about its peer: one of a run that broke off must not take the place of one that did not. */
const isResult = ({ outcome, peer }: Report): boolean => peer !== null && outcome.exitCode !== 4 && outcome.exitCode !== 130

const nameOf = ({ peer }: Report): string => peer?.name ?? ""

/** By peer the reports that say something, the newest first. */
const histories = (reports: ReadonlyArray<Report>): ReadonlyArray<ReadonlyArray<Report>> => {
  const newestFirst = reports.filter(isResult).sort((left, right) => (left.timing.startedAt < right.timing.startedAt ? 1 : -1))
  return [...Map.groupBy(newestFirst, nameOf)].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, history]) => history)
}

const row = (tag: "td" | "th", cells: ReadonlyArray<string>): string =>
  `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`

/** How a peer fared from run to run, where there was more than one. */
const historyOf = (history: ReadonlyArray<Report>): ReadonlyArray<string> => {
  if (history.length < 2) return []
  const rows = history.map(({ peer, vectors, timing, totals, coverage }) => {
    const { passed, all, skipped, notSelected, known } = totals
    const ran = `${passed} of ${all - skipped - notSelected}${known > 0 ? ` (${known} known)` : ""}`
    return row("td", [
      timing.startedAt.slice(0, 10),
      peer?.version ?? "",
      `${vectors.version} ${vectors.sha256.slice(0, 12)}`,
      ran,
      coverage.state,
    ])
  })
  return [`<h2>${escaped(nameOf(history[0]!))}</h2><table>${row("th", ["", "version", "vectors", "passed", ""])}`, ...rows, "</table>"]
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
  const all = histories(reports)
  const ports = all.map(([newest]) => newest!)
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
    "</table>",
    ...all.flatMap(historyOf),
    "</html>",
    "",
  ].join("\n")
}
