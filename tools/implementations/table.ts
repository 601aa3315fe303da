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

/** What was found of a group of MLS with members in several implementations: by plays, and over the delivery service. */
export interface FoundGroup {
  readonly seats: ReadonlyArray<string>
  readonly passed: number
  readonly skipped: number
  readonly failed: ReadonlyArray<string>
  readonly findings: ReadonlyArray<Finding>
  readonly run: DeliveryRun
}

/** A run of the distributed delivery service with members in several implementations. */
export interface DeliveryRun {
  readonly epochs: number
  readonly members: readonly [fewest: number, most: number]
  readonly faulty: number
  readonly commits: number
  readonly proposals: number
  readonly messages: number
  /** The fewest correct members on each of the seats, after any epoch. */
  readonly fewest: ReadonlyArray<number>
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
  "(`vectors/plays`) of its part with all members in its seat. A number is how many plays passed; where some failed, of how many. Those that",
  "need an option that the adapter does not declare are skipped.",
  "",
  "A failure has the clause that is broken, the smallest play that shows it, who diverged first there, and at which step. *As printed in the paper*",
  "means that the implementation does what the paper has, and that the erratum of this name says what is wrong with that.",
  "",
]

const rowOfGroup = ({ seats, passed, failed, skipped, run }: FoundGroup): string => {
  const { epochs, members, faulty, commits, proposals, messages, fewest } = run
  const plays = failed.length === 0 ? `${passed}` : `**${passed} of ${passed + failed.length}**`
  const counts = [epochs, members.join(" to "), faulty, fewest.join(", "), proposals, commits, messages]
  return row([seats.join(" + "), plays, `${skipped}`, ...counts.map(String)])
}

/** Members of one MLS group in several implementations. */
const groupsOf = (groups: ReadonlyArray<FoundGroup>): ReadonlyArray<string> => {
  if (groups.length === 0) return []
  const head = [
    "members in",
    "plays",
    "skipped",
    "epochs",
    "members",
    "faulty",
    "fewest correct on each",
    "proposals",
    "commits",
    "messages",
  ]
  return [
    "## MLS groups with members in several libraries",
    "",
    "RFC 9420 on the wire. Plays are counted for each way to seat the users in turn. The other columns are one run of the distributed delivery",
    "service: members witness, vote and decide, a third of them faulty (silent, or with two faces), and every correct member hands what was",
    "decided to its library. A run counts only when all correct members have the same authenticator in every epoch.",
    "",
    row(head),
    row(head.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...groups.map(rowOfGroup),
    "",
    ...groups.flatMap(({ seats, findings }) =>
      findings.map((finding) => `- ${seats.join(" + ")}: **${blameOf(finding)}**, \`${finding.play}\`. ${sentenceOf(finding.divergence)}.`),
    ),
  ]
}

/** Those that play a set which another one plays stand in one table. */
const together = (found: ReadonlyArray<Found>): ReadonlyArray<ReadonlyArray<Found>> =>
  found.reduce<ReadonlyArray<ReadonlyArray<Found>>>((tables, one) => {
    const shares = (table: ReadonlyArray<Found>) => table.some(({ sets }) => Object.keys(sets).some((set) => set in one.sets))
    return [...tables.filter((table) => !shares(table)), [...tables.filter(shares).flat(), one]]
  }, [])

/** The text of the page. */
export const pageOf = (found: ReadonlyArray<Found>, groups: ReadonlyArray<FoundGroup>): string => {
  const setsOf = (part: ReadonlyArray<Found>) => [...new Set(part.flatMap((one) => Object.keys(one.sets)))]
  const tableOf = (part: ReadonlyArray<Found>): ReadonlyArray<string> => {
    const sets = setsOf(part)
    const rows = part.map((one) => row([one.name, one.version, one.language, ...sets.map((set) => cell(one.sets[set]))]))
    const head = ["implementation", "version", "language", ...sets]
    return [row(head), row(head.map((_, index) => (index < 3 ? "---" : "---:"))), ...rows, ""]
  }
  const tables = together(found).flatMap(tableOf)
  return `${[...introduction, ...tables, ...groupsOf(groups), ...found.flatMap(section)].join("\n").trimEnd()}\n`
}
