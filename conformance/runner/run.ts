/**
 * Runs the selected cases of a vector set against a peer and accounts for every id of the set.
 *
 * @module
 */
import { type Hello, PROTOCOL } from "../protocol/messages.ts"
import type { Step } from "../protocol/vectors.ts"
import { canonical, type Report, type Result, tallyOf } from "../reports/report.ts"
import type { Seen } from "./case.ts"
import { type Challenge, type Challenger, challengerOf } from "./challenge.ts"
import { Connection } from "./connection.ts"
import { type Conversation, timeoutsOf } from "./conversation.ts"
import type { EnvironmentOptions } from "./environment.ts"
import { UsageError } from "./errors.ts"
import { missingLayers, watchFingerprints } from "./findings.ts"
import { type Journal, noJournal } from "./journal.ts"
import { applyKnown, type KnownFailure } from "./known.ts"
import { type Lane, laneOf, skipReason } from "./lane.ts"
import { type Attempt, byClause, byLayer, byLevel, coverageOf, outcomeOf, settle, textsOf } from "./ledger.ts"
import { type ListedCase, loadVectors, type VectorSet } from "./load.ts"
import { nearest } from "./nearest.ts"
import { type Greeting, type Peer, PeerUnavailable, runner, startPeer } from "./peer.ts"
import { runnerDigest } from "./places.ts"
import { programDigest, resolveProgram } from "./program.ts"
import { type Recorded, type Recorder, readRecord, recordTo } from "./record.ts"
import { type Schedule, scheduleOf } from "./schedule.ts"
import { askedOf, type Selection, selectCases } from "./select.ts"

/** Follows a run; see `progress.ts`. */
export interface Observer {
  /** The cases that will be run or skipped. */
  readonly begin: (selected: ReadonlyArray<ListedCase>) => void
  readonly running: (id: string) => void
  /** Once for every case that was run, as it ends. */
  readonly done: (vector: ListedCase, result: Result, milliseconds: number) => void
}

/** What to run, and how. */
export interface RunOptions extends Partial<Selection>, EnvironmentOptions {
  /** The directory of the vector set, with its `manifest.json`. */
  readonly vectors: string
  /** The directory of a set of one's own, whose cases are run after those of the set. */
  readonly extra?: string | undefined
  /** The peer: a program and its arguments. No shell is involved. */
  readonly command: ReadonlyArray<string>
  /** Where a process waits that was started already: `host:port` or a path. */
  readonly attach?: string | undefined
  /** Milliseconds to wait for each reply of the peer, and what to multiply them by. Default 10000 and 1. */
  readonly timeout?: number
  readonly timeoutFactor?: number
  /** How many processes share the work. Default 1. */
  readonly jobs?: number
  /** How often each case is run. Default 1. */
  readonly repeat?: number
  /** After how many lost peers in a row a layer is given up. Default 20. */
  readonly restarts?: number
  /** Stop at the first failed case. Default false. */
  readonly failFast?: boolean
  /** Seconds after which nothing more is run. */
  readonly maxTime?: number | undefined
  /** Layers that the peer must declare. */
  readonly requireLayers?: ReadonlyArray<string>
  readonly known?: ReadonlyArray<KnownFailure>
  /** Make the cases afresh from a seed, with answers of another peer. */
  readonly challenge?: Challenge | undefined
  /** Files that a record is written to, or played from. */
  readonly record?: string | undefined
  readonly replay?: string | undefined
  readonly observer?: Observer
  readonly journal?: Journal
  /** Ends the run; its reason is a sentence. */
  readonly signal?: AbortSignal
}

/** Milliseconds to wait for a reply, unless told otherwise. */
export const DEFAULT_TIMEOUT = 10_000

/** Lost peers in a row, unless told otherwise. */
export const DEFAULT_RESTARTS = 20

/** What a set has, and a peer may claim. */
export const greetingOf = ({ version, sha256, suites, layers, cases }: VectorSet): Greeting => ({
  vectors: { version, sha256 },
  claims: {
    suites,
    layers,
    options: [...new Set(["randomness", "fingerprint", "state", ...cases.flatMap(({ needs = [] }) => needs)])],
  },
})

/** Everything that the parts of a run share. */
interface Stage {
  readonly options: RunOptions
  readonly set: VectorSet
  readonly selected: ReadonlyArray<ListedCase>
  readonly greeting: Greeting
  /** A digest of the program of the peer. */
  readonly program: string | null
  readonly recorder: Recorder | undefined
  readonly recorded: Recorded | undefined
}

/** What one lane is playing, for the record. */
interface Place {
  of: string
}

const connecting =
  ({ options, recorder, recorded }: Stage, place: Place) =>
  (): Conversation => {
    const { command, attach, env, inheritEnv, timeout = DEFAULT_TIMEOUT, timeoutFactor } = options
    if (recorded !== undefined) return recorded.conversation(() => place.of)
    return new Connection({
      command,
      attach,
      ...(env && { env }),
      ...(inheritEnv !== undefined && { inheritEnv }),
      timeouts: timeoutsOf(timeout, timeoutFactor),
      transcript: recorder?.transcript(() => place.of),
    })
  }

/** The peer of the first lane, or why there is none. */
interface First {
  readonly peer?: Peer
  readonly lost?: { readonly reason: string; readonly stderr: string }
}

const firstPeer = async (stage: Stage, place: Place): Promise<First> => {
  const { recorded, recorder, options, greeting, program } = stage
  if (recorded !== undefined) {
    const { hello, lost = "", stderr = "" } = recorded.head
    return hello === null ? { lost: { reason: lost, stderr } } : { peer: { hello, connection: recorded.conversation(() => place.of) } }
  }
  const head = { vectors: greeting.vectors, command: options.command, program }
  try {
    const peer = await startPeer(connecting(stage, place), greeting)
    recorder?.head({ ...head, hello: peer.hello })
    return { peer }
  } catch (error) {
    if (!(error instanceof PeerUnavailable)) throw error
    const resolved = resolveProgram(options.command)
    const reason = options.attach === undefined && "file" in resolved ? `${error.message} (the program is ${resolved.file})` : error.message
    recorder?.head({ ...head, hello: null, lost: reason, stderr: error.stderr })
    return { lost: { reason, stderr: error.stderr } }
  }
}

const combined = (results: ReadonlyArray<Result>): Result => {
  const failed = results.filter((result) => result.status === "failed")
  const [first] = failed
  if (first === undefined) return { status: "passed" }
  const passed = results.length - failed.length
  const same =
    passed === 0 && failed.every(({ failure }) => failure.kind === first.failure.kind && failure.message === first.failure.message)
  return same ? first : { status: "flaky", passed, of: results.length, failure: first.failure }
}

interface Work {
  readonly stage: Stage
  readonly schedule: Schedule
  readonly lane: Lane
  readonly place: Place
  readonly challenger: Challenger | undefined
  readonly saw: (seen: ReadonlyArray<Seen>) => void
}

const stepsFor = async ({ stage, challenger }: Work, vector: ListedCase): Promise<ReadonlyArray<Step>> => {
  const steps = stage.set.stepsOf(vector)
  return challenger === undefined ? steps : await challenger.stepsOf(vector.id, steps)
}

const attemptAt = async (work: Work, vector: ListedCase): Promise<Result> => {
  const steps = await stepsFor(work, vector)
  const results: Array<Result> = []
  for (let round = 0; round < (work.stage.options.repeat ?? 1); round++) {
    work.place.of = round === 0 ? vector.id : `${vector.id}#${round}`
    const { result, seen } = await work.lane.play(steps)
    results.push(result)
    work.saw(seen)
  }
  return combined(results)
}

const workThrough = async (work: Work): Promise<void> => {
  const { stage, schedule } = work
  const { observer, journal = noJournal, signal } = stage.options
  for (let place = schedule.next(); place !== undefined; place = schedule.next()) {
    const vector = stage.selected[place]!
    observer?.running(vector.id)
    const started = performance.now()
    const result = await attemptAt(work, vector)
    // What was under way when the run was interrupted has no result.
    if (signal?.aborted) return
    const attempt: Attempt = { id: vector.id, result, milliseconds: Math.round(performance.now() - started) }
    schedule.done(place, attempt)
    journal.result(attempt)
    observer?.done(vector, result, attempt.milliseconds)
  }
}

const stoppers = ({ options: { signal, maxTime } }: Stage, schedule: Schedule, lanes: ReadonlyArray<Lane>): (() => void) => {
  const interrupt = (): void => {
    schedule.stop(String(signal?.reason))
    for (const lane of lanes) lane.kill()
  }
  signal?.addEventListener("abort", interrupt)
  if (signal?.aborted) interrupt()
  const timer = maxTime === undefined ? undefined : setTimeout(() => schedule.stop(`--max-time ${maxTime} was over`), 1000 * maxTime)
  return () => {
    signal?.removeEventListener("abort", interrupt)
    clearTimeout(timer)
  }
}

/** What playing gave. */
interface Outcome extends First {
  readonly hello: Hello | undefined
  readonly attempts: ReadonlyArray<Attempt>
  readonly findings: ReadonlyArray<string>
}

const playAll = async (stage: Stage, startedAt: Date): Promise<Outcome> => {
  const { options, set, selected, greeting } = stage
  const { jobs = 1, restarts = DEFAULT_RESTARTS, failFast = false, requireLayers = [], challenge, observer, journal = noJournal } = options
  const places = Array.from({ length: stage.recorded === undefined ? jobs : 1 }, (): Place => ({ of: "" }))
  const first = await firstPeer(stage, places[0]!)
  const hello = first.peer?.hello
  const schedule = scheduleOf(selected, (vector) => hello && skipReason(hello, vector), { restarts, failFast })
  const lanes = places.map((place, index) => laneOf(connecting(stage, place), greeting, index === 0 ? first.peer : undefined))
  const challengers = challenge === undefined ? [] : lanes.map(() => challengerOf(challenge, greeting))
  if (first.lost !== undefined) schedule.stop(first.lost.reason)
  journal.begin({ ...headOf(stage), peer: hello ?? null, startedAt: startedAt.toISOString(), selected: selected.map(({ id }) => id) })
  observer?.begin(selected.filter((vector) => hello === undefined || skipReason(hello, vector) === undefined))
  const fingerprints = watchFingerprints()
  const release = stoppers(stage, schedule, lanes)
  try {
    await Promise.all(
      lanes.map((lane, index) =>
        workThrough({ stage, schedule, lane, place: places[index]!, challenger: challengers[index], saw: fingerprints.saw }),
      ),
    )
  } finally {
    release()
    await Promise.all([...lanes, ...challengers].map((each) => each.close()))
  }
  set.clauses()
  return { ...first, hello, attempts: schedule.attempts(), findings: [...missingLayers(requireLayers, hello), ...fingerprints.findings()] }
}

const headOf = ({ options, set, greeting, program, recorded }: Stage) => ({
  runner: { ...runner, digest: runnerDigest() },
  protocol: PROTOCOL,
  vectors: greeting.vectors,
  extra: set.extra ?? null,
  command: recorded?.head.command ?? options.command,
  program,
  selection: askedOf(options),
  challenge: options.challenge?.seed ?? null,
  repeat: options.repeat ?? 1,
})

const reportOf = (stage: Stage, startedAt: Date, { hello, lost, attempts, findings }: Outcome): Report => {
  const { set, selected, options } = stage
  const { signal, known = [], jobs = 1 } = options
  const settled = settle(set.cases, selected, attempts)
  const { cases, stale } = applyKnown(settled, known, startedAt.toISOString().slice(0, 10))
  const interrupted = signal?.aborted ? String(signal.reason) : undefined
  const { runner: ranBy, extra: _, ...head } = headOf(stage)
  return assembled({
    head: { format: "conclave-report/1", runner: ranBy, ...head, peer: hello ?? null },
    set,
    cases,
    notSelected: settled.notSelected,
    outcome: outcomeOf(cases, { lost, interrupted, findings, stale }),
    interrupted: interrupted !== undefined,
    findings,
    stale,
    timing: {
      startedAt: startedAt.toISOString(),
      milliseconds: Math.max(0, Date.now() - startedAt.getTime()),
      jobs,
      cases: Object.fromEntries(attempts.filter(({ milliseconds }) => milliseconds > 0).map(({ id, milliseconds }) => [id, milliseconds])),
    },
  })
}

/** What a report is put together from. */
export interface Parts extends Pick<Report, "cases" | "notSelected" | "outcome" | "findings" | "stale" | "timing"> {
  readonly head: Pick<
    Report,
    "format" | "runner" | "protocol" | "vectors" | "command" | "program" | "peer" | "selection" | "challenge" | "repeat"
  >
  readonly set: VectorSet
  readonly interrupted: boolean
}

/** Puts a report together: all sums are made here. */
export const assembled = ({ head, set, cases, notSelected, outcome, interrupted, findings, stale, timing }: Parts): Report => {
  const canon = canonical(cases)
  const layers = byLayer(canon)
  const own = new Set(set.cases.filter(({ extra }) => extra).map(({ id }) => id))
  const unasked = notSelected.filter((id) => own.has(id)).length
  return {
    ...head,
    outcome,
    coverage: coverageOf(
      set.cases.filter(({ extra }) => !extra),
      canon,
      interrupted,
    ),
    findings,
    stale,
    totals: sumOf(layers, notSelected.length - unasked),
    levels: byLevel(canon),
    layers,
    clauses: byClause(canon),
    texts: textsOf(set.clauses, cases),
    extra:
      set.extra === undefined
        ? null
        : {
            ...set.extra,
            cases: tallyOf(
              cases.filter(({ id }) => own.has(id)),
              unasked,
            ),
          },
    cases,
    notSelected,
    timing,
  }
}

const sumOf = (layers: Report["layers"], notSelected: number): Report["totals"] => {
  const sum = { passed: 0, failed: 0, flaky: 0, known: 0, disputed: 0, skipped: 0, notRun: 0, notSelected, all: notSelected }
  for (const { cases } of layers) {
    for (const key of ["passed", "failed", "flaky", "known", "disputed", "skipped", "notRun", "all"] as const) sum[key] += cases[key]
  }
  return sum
}

const checkRequired = (required: ReadonlyArray<string>, cases: ReadonlyArray<ListedCase>): void => {
  const layers = [...new Set(cases.map(({ layer }) => layer))]
  const unknown = required.find((layer) => !layers.includes(layer))
  if (unknown === undefined) return
  const meant = nearest(unknown, layers)
  throw new UsageError(`--require-layer ${unknown}: the set has no such layer${meant === undefined ? "" : `; did you mean ${meant}?`}`)
}

/**
 * Runs the selected cases against a peer.
 *
 * Each selected case comes to a result whatever the peer does: it is ended and started again when it hangs, dies or says what is not of the
 * protocol. The exit code that belongs to the report is `outcome.exitCode`.
 *
 * @throws VectorsCorrupt (exit code 6) when the set is not what its manifest says; the manifest is checked before the peer is started
 * @throws NothingSelected (exit code 3) before the peer is started, when nothing is left to run
 * @throws UsageError (exit code 2) when the options contradict the set
 * @throws InternalError (exit code 70) for a bug of the runner
 */
export const run = async (options: RunOptions): Promise<Report> => {
  const set = loadVectors(options.vectors, options.extra)
  const selected = selectCases(set.cases, options)
  const greeting = greetingOf(set)
  checkRequired(options.requireLayers ?? [], set.cases)
  const recorded = options.replay === undefined ? undefined : readRecord(options.replay)
  if (recorded !== undefined && recorded.head.vectors.sha256 !== set.sha256) {
    throw new UsageError(
      `${options.replay} was recorded with the vectors ${recorded.head.vectors.sha256.slice(0, 12)}, these are ${set.sha256.slice(0, 12)}`,
    )
  }
  const recorder = options.record === undefined ? undefined : recordTo(options.record)
  const startedAt = new Date()
  const program = recorded === undefined ? programDigest(options.command) : recorded.head.program
  const stage: Stage = { options, set, selected, greeting, program, recorder, recorded }
  try {
    return reportOf(stage, startedAt, await playAll(stage, startedAt))
  } finally {
    recorder?.close()
  }
}
