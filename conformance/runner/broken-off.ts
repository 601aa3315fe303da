/**
 * The report of a run that did not end, from its journal.
 *
 * @module
 */
import type { Report } from "../reports/report.ts"
import { exitCode, UsageError } from "./errors.ts"
import type { BrokenOff } from "./journal.ts"
import { type Attempt, settle } from "./ledger.ts"
import { loadVectors } from "./load.ts"
import { assembled } from "./run.ts"

/**
 * What is known of a run that did not end: cases without a result are not run, and the report is `unfinished`.
 *
 * @throws VectorsCorrupt (exit code 6)
 * @throws UsageError when the vectors are not those of the run
 */
export const brokenOffReport = ({ head, attempts }: BrokenOff, vectors: string, extra?: string): Report => {
  const set = loadVectors(vectors, extra)
  if (set.sha256 !== head.vectors.sha256) {
    throw new UsageError(`the run was made with the vectors ${head.vectors.sha256.slice(0, 12)}, these are ${set.sha256.slice(0, 12)}`)
  }
  if ((set.extra?.sha256 ?? null) !== (head.extra?.sha256 ?? null)) {
    throw new UsageError(
      head.extra === null ? "the run had no cases of its own: leave --extra out" : "the run had cases of its own: name them with --extra",
    )
  }
  const { startedAt, extra: _extra, selected: ids, note: _, format: __, ...rest } = head
  const wanted = new Set(ids)
  const selected = set.cases.filter(({ id }) => wanted.has(id))
  const known = new Map(attempts.map((attempt) => [attempt.id, attempt]))
  const missing = (id: string): Attempt => ({ id, result: { status: "not-run", reason: "the run was broken off" }, milliseconds: 0 })
  const all = selected.map(({ id }) => known.get(id) ?? missing(id))
  const settled = settle(set.cases, selected, all)
  return assembled({
    head: { format: "conclave-report/1", ...rest },
    set,
    ...settled,
    outcome: {
      exitCode: exitCode.interrupted,
      reason: `the run was broken off after ${attempts.length} of ${selected.length} cases; skipped ones among the others are not told apart`,
    },
    interrupted: true,
    findings: [],
    stale: [],
    timing: { startedAt, milliseconds: 0, jobs: 1, cases: Object.fromEntries(attempts.map(({ id, milliseconds }) => [id, milliseconds])) },
  })
}
