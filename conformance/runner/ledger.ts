/**
 * The ledger of a run: every id of the set is accounted for once, and the sums are made from that.
 *
 * @module
 */
import { firstRepeated } from "../protocol/vectors.ts"
import { type CaseReport, type Report, type Result, tallyOf } from "../reports/report.ts"
import { exitCode, InternalError } from "./errors.ts"
import type { ListedCase, VectorSet } from "./load.ts"

/** A selected case and what became of it. */
export interface Attempt {
  readonly id: string
  readonly result: Result
  readonly milliseconds: number
}

/**
 * Accounts for every case of a set: the selected ones with the result of their attempt, the others as not selected.
 *
 * @throws InternalError when a selected case has no attempt, a case has two, or an attempt belongs to no selected case
 */
export const settle = (
  cases: ReadonlyArray<ListedCase>,
  selected: ReadonlyArray<ListedCase>,
  attempts: ReadonlyArray<Attempt>,
): ReadonlyArray<CaseReport> => {
  const twice = firstRepeated(attempts.map(({ id }) => id))
  if (twice !== undefined) throw new InternalError(`${twice} has two results`)
  const results = new Map(attempts.map(({ id, result }) => [id, result]))
  const wanted = new Set(selected.map(({ id }) => id))
  const settled = cases.map(({ id, title, part, chapter, layer, level, clauses }) => {
    const result: Result | undefined = wanted.has(id) ? results.get(id) : { status: "not-selected" }
    if (result === undefined) throw new InternalError(`${id} has no result`)
    return { id, title, part, chapter, layer, level, clauses, result }
  })
  const { notSelected, all } = tallyOf(settled)
  if (all - notSelected !== attempts.length) throw new InternalError("there are results of cases that were not selected")
  return settled
}

/** The exit code of a run and why. `lost` says why the peer was given up, if it was. */
export const outcomeOf = (cases: ReadonlyArray<CaseReport>, lost: string | undefined): Report["outcome"] => {
  const { passed, failed, notRun } = tallyOf(cases)
  if (lost !== undefined) return { exitCode: exitCode.peerLost, reason: lost }
  if (failed + notRun > 0) return { exitCode: exitCode.nonConforming, reason: `${failed} failed, ${notRun} not run` }
  // A peer that declares nothing would otherwise conform.
  if (passed === 0) return { exitCode: exitCode.nothingSelected, reason: "every selected case was skipped: nothing was tested" }
  return { exitCode: exitCode.passed, reason: "every case that was run passed" }
}

/** The sums for each layer, in the order of the set. */
export const byLayer = (cases: ReadonlyArray<CaseReport>): Report["layers"] =>
  [...Map.groupBy(cases, ({ layer }) => layer)].map(([layer, members]) => ({ layer, cases: tallyOf(members) }))

/** The sums for each clause, over the cases that show it. */
export const byClause = (clauses: VectorSet["clauses"], cases: ReadonlyArray<CaseReport>): Report["clauses"] => {
  const showing = new Map<string, Array<CaseReport>>(clauses.map(({ id }) => [id, []]))
  for (const each of cases) for (const clause of new Set(each.clauses)) showing.get(clause)?.push(each)
  return clauses.map(({ id, level, text, source }) => ({ id, level, text, source, cases: tallyOf(showing.get(id) ?? []) }))
}
