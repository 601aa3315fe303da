/**
 * Whether each promise of the security chapters is held by something that exists, and the tables of promises and limits.
 *
 * @module
 */
import type { Chapter } from "../../spec/contents.ts"
import { type Adversary, adversaries, type Guarantee, type Limit } from "../../spec/conventions/guarantees.ts"
import type { Gap, Project } from "./project.ts"
import { testNamesIn, testOf } from "./witnesses.ts"

type Chapters = ReadonlyArray<Chapter>

/** The promises of all chapters. */
export const guaranteesOf = (chapters: Chapters): ReadonlyArray<Guarantee> => chapters.flatMap(({ guarantees }) => guarantees)

/** What no chapter promises. */
export const limitsOf = (chapters: Chapters): ReadonlyArray<Limit> => chapters.flatMap(({ limits }) => limits)

const witnessGap = (witness: string, { cases, tests, theorems }: Project): string | undefined => {
  if (witness.startsWith("spec/proofs/"))
    return theorems.some(({ at }) => at === witness) ? undefined : `the theorem ${witness}, which does not exist`
  const test = testOf(witness)
  if (test === undefined) return cases.some(({ id }) => id === witness) ? undefined : `the case ${witness}, which does not exist`
  const text = tests[test.file]
  if (text === undefined) return `the test ${test.file}, which does not exist`
  if (test.name === undefined || testNamesIn(test.file, text).includes(test.name)) return undefined
  return `the test "${test.name}", which ${test.file} does not have`
}

const unknownWitnesses = ({ id, witnesses }: Guarantee | Limit, project: Project): ReadonlyArray<string> =>
  witnesses.flatMap((witness) => witnessGap(witness, project) ?? []).map((what) => `${id} names ${what}`)

const ofGuarantee = (guarantee: Guarantee, project: Project): ReadonlyArray<string> => {
  const { id, promise, against, clauses, witnesses } = guarantee
  const known = project.chapters.flatMap((chapter) => Object.values(chapter.clauses).map((clause) => clause.id))
  const gaps = clauses.filter((clause) => !known.includes(clause)).map((clause) => `${id} names ${clause}, which no chapter has`)
  if (promise.trim() === "") gaps.push(`the guarantee ${id} promises nothing`)
  if (against.length === 0) gaps.push(`the guarantee ${id} names no adversary`)
  if (clauses.length === 0) gaps.push(`the guarantee ${id} names no clause`)
  if (witnesses.length === 0) gaps.push(`the guarantee ${id} has no witness`)
  return [...gaps, ...unknownWitnesses(guarantee, project)]
}

const ofLimit = (limit: Limit, project: Project): ReadonlyArray<string> => {
  const gaps = limit.scenario.trim() === "" ? [`the limit ${limit.id} has no scenario`] : []
  return [...gaps, ...unknownWitnesses(limit, project)]
}

/** Promises that nothing holds, limits that nothing shows, and what either names that does not exist. */
export const guaranteeGaps = (project: Project): ReadonlyArray<Gap> => {
  const guarantees = guaranteesOf(project.chapters)
  const limits = limitsOf(project.chapters)
  const ids = [...guarantees, ...limits].map(({ id }) => id)
  const repeated = [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))]
  return [
    ...repeated.map((id) => ({ about: id, says: `${id} is declared more than once` })),
    ...guarantees.flatMap((one) => ofGuarantee(one, project).map((says) => ({ about: one.id, says }))),
    ...limits.flatMap((one) => ofLimit(one, project).map((says) => ({ about: one.id, says }))),
  ]
}

const columns = Object.keys(adversaries) as ReadonlyArray<Adversary>

/** The guarantees, and for each adversary against whom one holds the number of its witnesses, as text; nothing when there are none. */
export const guaranteesTable = (chapters: Chapters): string => {
  const guarantees = guaranteesOf(chapters)
  if (guarantees.length === 0) return ""
  const rows = guarantees.map(({ id, against, witnesses }) => [
    id,
    ...columns.map((adversary) => (against.includes(adversary) ? String(witnesses.length) : "-")),
  ])
  const first = Math.max(...guarantees.map(({ id }) => id.length))
  const print = ([id, ...cells]: ReadonlyArray<string>) =>
    `${id!.padEnd(first)}${cells.map((cell, index) => cell.padStart(columns[index]!.length + 2)).join("")}\n`
  return [["witnesses", ...columns], ...rows].map(print).join("")
}

const row = (cells: ReadonlyArray<string>): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`

const markdownTable = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map(row).join("")

const code = (names: ReadonlyArray<string>): string => (names.length === 0 ? "none" : names.map((name) => `\`${name}\``).join(", "))

/** All promises and all limits, as Markdown. */
export const guaranteesText = (chapters: Chapters): string => {
  const guarantees = guaranteesOf(chapters).map(({ id, promise, against, clauses, witnesses }) => [
    `\`${id}\``,
    promise,
    against.join(", "),
    code(clauses),
    code(witnesses),
  ])
  const limits = limitsOf(chapters).map(({ id, limit, against, scenario, witnesses }) => [
    `\`${id}\``,
    limit,
    against.join(", "),
    scenario,
    code(witnesses),
  ])
  return `# Guarantees and limits

What is promised, against whom, under which clauses, and what shows it; and what is not promised. Generated from the chapters
"security" of the parts.

${markdownTable(["adversary", "what it does"], Object.entries(adversaries))}
## Guarantees

${markdownTable(["guarantee", "promise", "against", "clauses", "witnesses"], guarantees)}
## Limits

${markdownTable(["limit", "what is not promised", "against", "scenario", "witnesses"], limits)}`
}
