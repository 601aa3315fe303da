/**
 * The ledger of a run: every id of the set is accounted for once, and the sums are made from that.
 *
 * @module
 */
import { type Clause, firstRepeated } from "../protocol/vectors.ts"
import { type CaseReport, type Failure, isBad, type Report, type Result, tallyOf } from "../reports/report.ts"
import { exitCode, InternalError } from "./errors.ts"
import type { ListedCase } from "./load.ts"

/** A selected case and what became of it. */
export interface Attempt {
  readonly id: string
  readonly result: Result
  readonly milliseconds: number
}

const clauseIn = (wanted: Failure["wanted"]): string | undefined => {
  if (typeof wanted !== "object" || wanted === null || !("clause" in wanted)) return undefined
  return typeof wanted.clause === "string" ? wanted.clause : undefined
}

/** The clause that a failed step was judged by: the one that a refusal had to name, or else the first that the case shows. */
const judged = (clauses: ReadonlyArray<string>, { kind, wanted }: Failure): string | undefined => {
  const unchanged = kind === "state-changed" ? clauses.find((id) => id.endsWith(".state-unchanged")) : undefined
  return unchanged ?? clauseIn(wanted) ?? clauses[0]
}

const withClause = (clauses: ReadonlyArray<string>, result: Result): Result => {
  if (result.status !== "failed" && result.status !== "flaky") return result
  const clause = judged(clauses, result.failure)
  return clause === undefined ? result : { ...result, failure: { ...result.failure, clause } }
}

/**
 * Accounts for every case of a set: the selected ones with the result of their attempt, the others by their id.
 *
 * @throws InternalError when a selected case has no attempt, a case has two, or an attempt belongs to no selected case
 */
export const settle = (
  cases: ReadonlyArray<ListedCase>,
  selected: ReadonlyArray<ListedCase>,
  attempts: ReadonlyArray<Attempt>,
): Pick<Report, "cases" | "notSelected"> => {
  const twice = firstRepeated(attempts.map(({ id }) => id))
  if (twice !== undefined) throw new InternalError(`${twice} has two results`)
  const results = new Map(attempts.map(({ id, result }) => [id, result]))
  const wanted = new Set(selected.map(({ id }) => id))
  const settled = selected.map(({ id, digest, title, part, chapter, layer, level, clauses, disputed, extra }): CaseReport => {
    const result = results.get(id)
    if (result === undefined) throw new InternalError(`${id} has no result`)
    return {
      id,
      digest,
      ...(result.status !== "passed" && { title }),
      part,
      chapter,
      layer,
      level,
      clauses,
      ...(disputed !== undefined && { disputed }),
      ...(extra !== undefined && { extra }),
      result: withClause(clauses, result),
    }
  })
  if (settled.length !== attempts.length) throw new InternalError("there are results of cases that were not selected")
  const notSelected = cases.filter(({ id }) => !wanted.has(id)).map(({ id }) => id)
  if (notSelected.length + settled.length !== cases.length) throw new InternalError("a case was selected that the set does not have")
  return { cases: settled, notSelected }
}

/** What else than results makes the outcome of a run. */
export interface Circumstances {
  /** Why there was no conversation at all, if so. */
  readonly lost?: { readonly reason: string; readonly stderr: string } | undefined
  readonly interrupted?: string | undefined
  readonly findings: ReadonlyArray<string>
  readonly stale: ReadonlyArray<string>
}

const ANSWERS: ReadonlySet<string> = new Set(["wrong-answer", "state-changed", "peer-error"])

const cameToAnAnswer = ({ result }: CaseReport): boolean =>
  result.status === "passed" || result.status === "flaky" || (result.status === "failed" && ANSWERS.has(result.failure.kind))

const plural = (count: number, what: string): string => `${count} ${what}`

/** The exit code of a run and why. */
export const outcomeOf = (cases: ReadonlyArray<CaseReport>, { lost, interrupted, findings, stale }: Circumstances): Report["outcome"] => {
  const { passed, failed, flaky, known, disputed, notRun } = tallyOf(cases)
  if (interrupted !== undefined) return { exitCode: exitCode.interrupted, reason: interrupted }
  if (lost !== undefined) {
    return { exitCode: exitCode.peerLost, reason: lost.reason, ...(lost.stderr !== "" && { stderr: lost.stderr }) }
  }
  if (cases.some(({ result }) => result.status === "failed") && !cases.some(cameToAnAnswer)) {
    return { exitCode: exitCode.peerLost, reason: "the peer was lost in every case, and never came to an answer" }
  }
  const [finding] = findings
  if (cases.some(isBad) || finding !== undefined) {
    const counts = [plural(failed, "failed"), ...(flaky > 0 ? [plural(flaky, "flaky")] : []), plural(notRun, "not run")]
    return { exitCode: exitCode.nonConforming, reason: [counts.join(", "), ...findings].join("; ") }
  }
  // A peer that declares nothing would otherwise conform.
  if (passed + known + disputed === 0) {
    return { exitCode: exitCode.nothingSelected, reason: "every selected case was skipped: nothing was tested" }
  }
  const [entry] = stale
  if (entry !== undefined) return { exitCode: exitCode.staleKnown, reason: `the file of known failures does not hold any more: ${entry}` }
  const expected = known === 0 ? "" : `; ${known} failed as expected`
  return {
    exitCode: exitCode.passed,
    reason: `every case that was run passed${expected}`.replace("every case that was run passed;", "no unexpected failure;"),
  }
}

/** The sums for each layer, in the order of the set. */
export const byLayer = (cases: ReadonlyArray<CaseReport>): Report["layers"] =>
  [...Map.groupBy(cases, ({ layer }) => layer)].map(([layer, members]) => ({ layer, cases: tallyOf(members) }))

/** The sums for each level. */
export const byLevel = (cases: ReadonlyArray<CaseReport>): Report["levels"] =>
  [...Map.groupBy(cases, ({ level }) => level)].map(([level, members]) => ({ level, cases: tallyOf(members) }))

/** The sums for each clause, over the cases that show it. */
export const byClause = (cases: ReadonlyArray<CaseReport>): Report["clauses"] => {
  const showing = new Map<string, Array<CaseReport>>()
  for (const each of cases) {
    for (const clause of new Set(each.clauses)) {
      const members = showing.get(clause)
      if (members === undefined) showing.set(clause, [each])
      else members.push(each)
    }
  }
  return [...showing].map(([id, members]) => ({ id, cases: tallyOf(members) }))
}

/** The texts of the clauses that were judged. */
export const textsOf = (clauses: () => ReadonlyArray<Clause>, cases: ReadonlyArray<CaseReport>): Report["texts"] => {
  const ids = new Set(
    cases.flatMap(({ result }) => ("failure" in result && result.failure.clause !== undefined ? [result.failure.clause] : [])),
  )
  if (ids.size === 0) return {}
  return Object.fromEntries(
    clauses()
      .filter(({ id }) => ids.has(id))
      .map(({ id, level, text, source }) => [id, { level, text, source }]),
  )
}

/** How much of the set was run. */
export const coverageOf = (all: ReadonlyArray<ListedCase>, cases: ReadonlyArray<CaseReport>, interrupted: boolean): Report["coverage"] => {
  const layers = [...new Set(all.map(({ layer }) => layer))]
  const ran = new Set(cases.filter(({ result }) => result.status !== "skipped" && result.status !== "not-run").map(({ id }) => id))
  const missing = new Set(all.filter(({ id }) => !ran.has(id)).map(({ layer }) => layer))
  const undeclared = new Set(
    cases.filter(({ result }) => result.status === "skipped" && result.reason.includes("the layer ")).map(({ layer }) => layer),
  )
  return {
    state: interrupted ? "unfinished" : missing.size === 0 ? "complete" : "partial",
    layers: layers.filter((layer) => !missing.has(layer)),
    undeclared: layers.filter((layer) => undeclared.has(layer)),
  }
}
