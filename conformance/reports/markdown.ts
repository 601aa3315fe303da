/**
 * The report as Markdown: for the summary of a job, or a comment.
 *
 * @module
 */
import { failedCases, failureLines } from "./failure.ts"
import { isBad, ownRow, type Report } from "./report.ts"
import { printable } from "./text.ts"

/** How many failures are spelled out. */
const SHOWN = 20

// All that Markdown or HTML could read in what a peer wrote.
const escaped = (text: string): string =>
  printable(text, 300).replace(/[\\`*_{}[\]<>()#+!|~&]/gu, (character) => `&#${character.charCodeAt(0)};`)

// A fence longer than any that could stand inside.
const fenced = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/gu)].map(([ticks]) => ticks.length)))
  const fence = "`".repeat(longest + 1)
  return [`${fence}text`, ...lines, fence]
}

const row = (cells: ReadonlyArray<string | number>): string => `| ${cells.join(" | ")} |`

/** See the module's comment. */
export const markdownOf = (report: Report): string => {
  const { peer, outcome, totals, layers, vectors, coverage, challenge } = report
  const name = peer === null ? "no peer" : escaped(`${peer.name} ${peer.version} (${peer.language})`)
  const bad = failedCases(report.cases).filter(({ each }) => isBad(each))
  const drawn = challenge === null ? "" : `, challenge ${escaped(challenge)}`
  return [
    `## ${outcome.exitCode === 0 ? "✅" : "❌"} Conclave: ${totals.passed} passed, ${totals.failed + totals.flaky + totals.notRun} failed, ${totals.skipped} skipped`,
    "",
    `${name}, vectors ${vectors.version} \`${vectors.sha256.slice(0, 12)}\`${drawn}. **${coverage.state}**; exit code ${outcome.exitCode}: ${escaped(outcome.reason)}`,
    "",
    row(["layer", "passed", "failed", "flaky", "known", "disputed", "skipped", "not run"]),
    row(["---", "--:", "--:", "--:", "--:", "--:", "--:", "--:"]),
    ...[...layers, ...ownRow(report)]
      .filter(({ cases }) => cases.all > cases.skipped)
      .map(({ layer, cases: { passed, failed, flaky, known, disputed, skipped, notRun } }) =>
        row([escaped(layer), passed, failed, flaky, known, disputed, skipped, notRun]),
      ),
    "",
    ...bad
      .slice(0, SHOWN)
      .flatMap(({ each, failure }) => [
        `### ${escaped(each.id)}`,
        "",
        escaped(each.title ?? ""),
        "",
        ...fenced(failureLines(report, failure)),
        "",
      ]),
    ...(bad.length > SHOWN ? [`${bad.length - SHOWN} more failures are in the report.`, ""] : []),
  ].join("\n")
}
