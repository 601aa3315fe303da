/**
 * Holds chapters, code, cases and wrong implementations together, in both directions: each step is cited once by the code that does it, each clause is
 * shown by cases, each promise has its adversaries, clauses and witnesses, and whatever is named exists. Prints tables and what is missing; fails when something is.
 *
 * @module
 */
import type { Chapter } from "../spec/contents.ts"
import { citationGaps, nameGaps, stepsOf } from "./coverage/citations.ts"
import { clauseGaps, enforcementGaps, evidenceNameGaps } from "./coverage/clauses.ts"
import { guaranteeGaps, guaranteesTable } from "./coverage/guarantees.ts"
import { type Gap, type Project, readProject } from "./coverage/project.ts"
import { theoremGaps } from "./coverage/theorems.ts"

/** One chapter: how many of its clauses are shown, and how many of its steps are cited. */
export interface Row {
  readonly chapter: string
  readonly clauses: number
  readonly shown: number
  readonly steps: number
  readonly cited: number
}

/** What is covered, and in a sentence each what is not. */
export interface Coverage {
  readonly rows: ReadonlyArray<Row>
  readonly gaps: ReadonlyArray<string>
}

const rowOf = (chapter: Chapter, unshown: ReadonlyArray<Gap>, uncited: ReadonlyArray<Gap>): Row => {
  const clauses = Object.values(chapter.clauses).map(({ id }) => id)
  const steps = stepsOf({ chapters: [chapter] })
  const without = (ids: ReadonlyArray<string>, gaps: ReadonlyArray<Gap>) =>
    ids.filter((id) => !gaps.some(({ about }) => about === id)).length
  return {
    chapter: chapter.steps.chapter,
    clauses: clauses.length,
    shown: without(clauses, unshown),
    steps: steps.length,
    cited: without(steps, uncited),
  }
}

/** Judges a project. */
export const coverage = (project: Project): Coverage => {
  const unshown = clauseGaps(project)
  const uncited = citationGaps(project)
  const names = [...nameGaps(project), ...enforcementGaps(project), ...evidenceNameGaps(project)]
  const gaps = [...uncited, ...names, ...unshown, ...guaranteeGaps(project), ...theoremGaps(project)]
  return {
    rows: project.chapters.map((chapter) => rowOf(chapter, unshown, uncited)),
    gaps: gaps.map(({ says }) => says),
  }
}

const sum = (rows: ReadonlyArray<Row>, column: Exclude<keyof Row, "chapter">) => rows.reduce((total, row) => total + row[column], 0)

/** The table of what is covered, as text. */
export const tableOf = (rows: ReadonlyArray<Row>): string => {
  const total: Row = {
    chapter: "all",
    clauses: sum(rows, "clauses"),
    shown: sum(rows, "shown"),
    steps: sum(rows, "steps"),
    cited: sum(rows, "cited"),
  }
  const lines = [...rows, total].map(({ chapter, clauses, shown, steps, cited }) => [chapter, `${shown}/${clauses}`, `${cited}/${steps}`])
  const print = ([chapter, clauses, steps]: ReadonlyArray<string>) =>
    `${chapter!.padEnd(16)}${clauses!.padStart(16)}${steps!.padStart(16)}\n`
  return [["chapter", "clauses shown", "steps cited"], ...lines].map(print).join("")
}

if (import.meta.main) {
  const project = readProject()
  const { rows, gaps } = coverage(project)
  const promises = guaranteesTable(project.chapters)
  process.stdout.write(promises === "" ? tableOf(rows) : `${tableOf(rows)}\n${promises}`)
  if (gaps.length > 0) {
    process.stdout.write(`\n${gaps.length} gaps:\n${gaps.map((says) => `- ${says}\n`).join("")}`)
    process.exitCode = 1
  }
}
