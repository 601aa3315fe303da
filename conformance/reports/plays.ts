/**
 * What is said of plays: a matrix of assignments and sets of plays, and of each kind of failure the smallest play that shows it.
 *
 * @module
 */
import type { AdapterHello } from "../protocol/plays.ts"
import type { Divergence } from "../runner/plays/performance.ts"
import type { PlayResult } from "../runner/plays/play.ts"
import { printable } from "./text.ts"

/** The report of plays. */
export interface PlaysReport {
  readonly format: "conclave-plays-report/1"
  readonly runner: { readonly name: string; readonly version: string }
  readonly plays: { readonly sha256: string; readonly count: number }
  readonly seats: ReadonlyArray<{ readonly seat: string; readonly hello: AdapterHello }>
  readonly results: ReadonlyArray<PlayResult>
}

const counted = (results: ReadonlyArray<PlayResult>, status: PlayResult["status"]): number =>
  results.filter((one) => one.status === status).length

const cell = (results: ReadonlyArray<PlayResult>): string => {
  const [passed, failed] = [counted(results, "passed"), counted(results, "failed")]
  if (passed + failed === 0) return "–"
  return failed === 0 ? `${passed}` : `${passed} of ${passed + failed}`
}

/** A table, as rows of cells: assignments against sets of plays, with how many passed. */
export const matrixOf = ({ results }: Pick<PlaysReport, "results">): ReadonlyArray<ReadonlyArray<string>> => {
  const sets = [...new Set(results.map(({ set }) => set))]
  const rows = [...Map.groupBy(results, ({ assignment }) => assignment)].map(([assignment, all]) => [
    assignment,
    ...sets.map((set) => cell(all.filter((one) => one.set === set))),
    `${counted(all, "skipped")}`,
  ])
  return [["", ...sets, "skipped"], ...rows]
}

/** What several plays have in common in which something went wrong first. */
export interface Finding {
  readonly clause: string | undefined
  readonly printed: string | undefined
  /** The smallest play that shows it, and what was seen there. */
  readonly play: string
  readonly divergence: Divergence
  readonly count: number
}

// What differs from play to play is who and which message it was.
const kindOf = ({ says }: Divergence): string =>
  says
    .replace(/\b[0-9]+(>[a-z]\+?)*/gu, "m")
    .replace(/\b(?!a\b)[a-z]\b(, [a-z]\b)*/gu, "x")
    .replace(/\ba\b(, [a-z]\b)+/gu, "x")
    .replace(/\ba(?=$| has| of|,| in)/gu, "x")

/** What went wrong by an assignment: of each play every kind of thing that did, told by the play in which it is the earliest. */
export const findingsOf = (results: ReadonlyArray<PlayResult>, sizeOf: (play: string) => number): ReadonlyArray<Finding> => {
  const found = new Map<string, Finding>()
  for (const { play, divergences } of results) {
    const [first] = divergences
    if (first === undefined) continue
    const key = JSON.stringify([first.clause, first.printed, first.clause === undefined ? kindOf(first) : ""])
    const known = found.get(key)
    const isSmaller = known === undefined || sizeOf(play) < sizeOf(known.play)
    const count = (known?.count ?? 0) + 1
    found.set(key, isSmaller ? { clause: first.clause, printed: first.printed, play, divergence: first, count } : { ...known, count })
  }
  return [...found.values()].sort((one, other) => other.count - one.count)
}

const aligned = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  )
}

/** A divergence as a sentence. */
export const sentenceOf = ({ at, member, user, seat, says }: Divergence): string =>
  printable(`${at}: ${member} (${user}, in ${seat}) ${says}`, 500)

/** The clause of a finding, and whether the paper has it so. */
export const blameOf = ({ clause, printed }: Pick<Finding, "clause" | "printed">): string =>
  [clause ?? "no clause", ...(printed === undefined ? [] : [`as printed in the paper: ${printed}`])].join("; ")

const s = (count: number): string => (count === 1 ? "1 play" : `${count} plays`)

/** How many passed, failed and were skipped. */
export const sumOf = ({ results }: Pick<PlaysReport, "results">): string =>
  (["passed", "failed", "skipped"] as const).map((status) => `${counted(results, status)} ${status}`).join(", ")

/** The report as text for a terminal. */
export const playsText = (report: PlaysReport, sizeOf: (play: string) => number): string => {
  const { results, seats } = report
  const lines = [
    ...seats.map(({ seat, hello }) => printable(`${seat}: ${hello.name} ${hello.version} (${hello.language}), writes ${hello.wire}`, 300)),
    "",
    ...aligned(matrixOf(report)),
  ]
  for (const [assignment, all] of Map.groupBy(results, (one) => one.assignment)) {
    const findings = findingsOf(all, sizeOf)
    if (findings.length === 0) continue
    lines.push("", `${assignment}: ${s(counted(all, "failed"))} failed`)
    for (const finding of findings) {
      lines.push(`  ${blameOf(finding)}`, `    ${s(finding.count)}, such as ${finding.play}`, `    ${sentenceOf(finding.divergence)}`)
    }
  }
  return `${[...lines, "", sumOf(report)].join("\n")}\n`
}
