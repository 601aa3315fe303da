/**
 * `docs/implementations.md`, from what was found of each implementation.
 *
 * @module
 */
import { blameOf, type Finding, sentenceOf } from "../../conformance/reports/plays.ts"

/** What was found of an implementation, as it is kept in `docs/implementations.json`. */
export interface Found {
  readonly name: string
  readonly about: string
  readonly version: string
  readonly language: string
  readonly options: ReadonlyArray<string>
  /** By set of plays, how many passed and how many failed. */
  readonly sets: Readonly<Record<string, { readonly passed: number; readonly failed: number; readonly skipped: number }>>
  readonly failed: ReadonlyArray<string>
  readonly findings: ReadonlyArray<Finding>
}

const cell = (set: Found["sets"][string] | undefined): string => {
  if (set === undefined || set.passed + set.failed === 0) return "–"
  return set.failed === 0 ? `${set.passed}` : `**${set.passed} of ${set.passed + set.failed}**`
}

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const section = ({ name, version, about, options, findings, failed, sets }: Found): ReadonlyArray<string> => {
  const skipped = Object.values(sets).reduce((sum, set) => sum + set.skipped, 0)
  return [
    `## ${name} ${version}`,
    "",
    `${about}. Options: ${options.length === 0 ? "none" : options.join(", ")}. ${failed.length} plays failed, ${skipped} skipped.`,
    "",
    ...findings.flatMap((finding) => [
      `- **${blameOf(finding)}**: ${finding.count === 1 ? "one play" : `${finding.count} plays`}. The smallest is \`${finding.play}\`. ${sentenceOf(finding.divergence)}.`,
    ]),
    ...(findings.length > 0 ? [""] : []),
  ]
}

const introduction = [
  "# Implementations",
  "",
  "Written by `npm run implementations`, which builds the adapters whose toolchains are present, and has each of them play all plays",
  "(`vectors/plays`) with all members in its seat. A number is how many plays passed; where some failed, of how many. Those that need an option",
  "that the adapter does not declare are skipped.",
  "",
  "A failure has the clause that is broken, the smallest play that shows it, who diverged first there, and at which step. *As printed in the paper*",
  "means that the implementation does what the paper has, and that the erratum of this name says what is wrong with that.",
  "",
]

/** The text of the page. */
export const pageOf = (found: ReadonlyArray<Found>): string => {
  const sets = [...new Set(found.flatMap((one) => Object.keys(one.sets)))]
  const rows = found.map((one) => row([one.name, one.version, one.language, ...sets.map((set) => cell(one.sets[set]))]))
  const head = ["implementation", "version", "language", ...sets]
  const table = [row(head), row(head.map((_, index) => (index < 3 ? "---" : "---:"))), ...rows, ""]
  return `${[...introduction, ...table, ...found.flatMap(section)].join("\n").trimEnd()}\n`
}
