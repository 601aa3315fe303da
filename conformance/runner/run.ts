/**
 * Runs the selected cases of a vector set against a peer and accounts for every id of the set.
 *
 * @module
 */
import { PROTOCOL } from "../protocol/messages.ts"
import { type Report, type Result, tallyOf } from "../reports/report.ts"
import { type Attempt, byClause, byLayer, outcomeOf, settle } from "./ledger.ts"
import { type ListedCase, loadVectors } from "./load.ts"
import { runner } from "./peer.ts"
import { type Selection, selectCases } from "./select.ts"
import { type Supervisor, skipReason, supervise } from "./supervisor.ts"

/** Follows a run; see `progress.ts`. */
export interface Observer {
  /** The cases that will be run or skipped. */
  readonly begin: (selected: ReadonlyArray<ListedCase>) => void
  readonly running: (id: string) => void
  /** Once for every selected case, in order. */
  readonly done: (vector: ListedCase, result: Result) => void
}

/** What to run, and how. */
export interface RunOptions extends Partial<Selection> {
  /** The directory of the vector set, with its `manifest.json`. */
  readonly vectors: string
  /** The peer: a program and its arguments. No shell is involved. */
  readonly command: ReadonlyArray<string>
  /** Milliseconds to wait for each reply of the peer. Default 10000. */
  readonly timeout?: number
  /** How often in a row the peer may be started again without a case that came to an answer. Default 20. */
  readonly restarts?: number
  /** Stop at the first failed case. Default false. */
  readonly failFast?: boolean
  readonly observer?: Observer
}

/** Milliseconds to wait for a reply, unless told otherwise. */
export const DEFAULT_TIMEOUT = 10_000

/** Restarts in a row, unless told otherwise. */
export const DEFAULT_RESTARTS = 20

const attemptAll = async (
  selected: ReadonlyArray<ListedCase>,
  supervisor: Supervisor,
  { failFast = false, observer }: RunOptions,
): Promise<ReadonlyArray<Attempt>> => {
  const attempts: Array<Attempt> = []
  let stop: string | undefined
  const resultOf = async (vector: ListedCase): Promise<Result> => {
    const reason = supervisor.first && skipReason(supervisor.first.hello, vector)
    if (reason !== undefined) return { status: "skipped", reason }
    if (stop !== undefined) return { status: "not-run", reason: stop }
    observer?.running(vector.id)
    return await supervisor.attempt(vector)
  }
  observer?.begin(selected)
  for (const vector of selected) {
    const started = performance.now()
    const result = await resultOf(vector)
    attempts.push({ id: vector.id, result, milliseconds: Math.round(performance.now() - started) })
    observer?.done(vector, result)
    if (failFast && result.status === "failed") stop ??= `stopped after ${vector.id} (--fail-fast)`
  }
  return attempts
}

const timingOf = (startedAt: Date, attempts: ReadonlyArray<Attempt>): Report["timing"] => {
  const ran = attempts.filter(({ result }) => result.status === "passed" || result.status === "failed")
  return {
    startedAt: startedAt.toISOString(),
    milliseconds: Math.max(0, Date.now() - startedAt.getTime()),
    cases: Object.fromEntries(ran.map(({ id, milliseconds }) => [id, milliseconds])),
  }
}

/**
 * Runs the selected cases against a peer.
 *
 * Each selected case comes to a result whatever the peer does: it is ended and started again when it hangs, dies or says what is not of the
 * protocol. The exit code that belongs to the report is `outcome.exitCode`.
 *
 * @throws VectorsCorrupt (exit code 6) before the peer is started, when the set is not what its manifest says
 * @throws NothingSelected (exit code 3) before the peer is started, when nothing is left to run
 * @throws InternalError (exit code 70) for a bug of the runner
 */
export const run = async (options: RunOptions): Promise<Report> => {
  const { select = [], layers = [], clauses = [], command, timeout = DEFAULT_TIMEOUT, restarts = DEFAULT_RESTARTS } = options
  const vectors = loadVectors(options.vectors)
  const selected = selectCases(vectors.cases, { select, layers, clauses })
  const startedAt = new Date()
  const supervisor = await supervise({ command, timeout }, restarts, vectors)
  try {
    const attempts = await attemptAll(selected, supervisor, options)
    const cases = settle(vectors.cases, selected, attempts)
    return {
      format: "conclave-report/1",
      runner,
      protocol: PROTOCOL,
      vectors: { version: vectors.version, sha256: vectors.sha256 },
      command,
      peer: supervisor.first?.hello ?? null,
      selection: { select, layers, clauses },
      outcome: outcomeOf(cases, supervisor.lost()),
      totals: tallyOf(cases),
      layers: byLayer(cases),
      clauses: byClause(vectors.clauses, cases),
      cases,
      timing: timingOf(startedAt, attempts),
    }
  } finally {
    await supervisor.close()
  }
}
