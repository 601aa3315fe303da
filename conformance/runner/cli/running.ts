/**
 * The commands that run cases: `run`, `replay`, `repro` and `doctor`.
 *
 * @module
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import type { Command } from "commander"
import { readReport } from "../../reports/read.ts"
import type { Report } from "../../reports/report.ts"
import { seal } from "../../reports/seal.ts"
import { summaryOf } from "../../reports/summary.ts"
import { type Format, formats, isFormat, prepareReports, writeReports } from "../../reports/write.ts"
import { doctor } from "../doctor.ts"
import { exitCode, messageOf, UsageError } from "../errors.ts"
import { journalIn } from "../journal.ts"
import { readKnown, updatedKnown } from "../known.ts"
import { referencePeer } from "../places.ts"
import { progressOn } from "../progress.ts"
import { repro } from "../repro.ts"
import { DEFAULT_RESTARTS, DEFAULT_TIMEOUT, type RunOptions, run } from "../run.ts"
import {
  type PeerFlags,
  peerCommand,
  positiveNumber,
  print,
  printError,
  repeated,
  type SelectionFlags,
  selectionOf,
  type VectorFlags,
  vectorsOf,
  type Work,
  wholeNumber,
  withPeer,
  withSelection,
  withVectors,
} from "./work.ts"

interface ReportFlags {
  readonly reports: string
  readonly format: ReadonlyArray<string>
  readonly known?: string
  readonly updateKnown?: boolean
  readonly sign?: string
  readonly record?: string
}

interface RunFlags extends VectorFlags, SelectionFlags, PeerFlags, ReportFlags {
  readonly timeoutFactor: number
  readonly jobs: number
  readonly repeat: number
  readonly restarts: number
  readonly failFast?: boolean
  readonly maxTime?: number
  readonly requireLayer: ReadonlyArray<string>
  readonly lastFailed?: boolean
  readonly challenge?: string
  readonly oracle?: string
}

const withReports = (command: Command): Command =>
  command
    .option("--reports <dir>", "where the reports are written", "reports")
    .addOption(repeated("--format <name>", `forms of the report: ${Object.keys(formats).join(", ")} (default json and junit)`))
    .option("--known <file>", "a file of known failures")
    .option("--sign <key>", "sign the reports with this private key (PEM, Ed25519); `verify` checks it")
    .option("--update-known", "write the file of known failures anew from what this run finds")

const formatsOf = (asked: ReadonlyArray<string>): ReadonlyArray<Format> => {
  const names = asked.flatMap((each) => each.split(","))
  const wrong = names.find((name) => !isFormat(name))
  if (wrong !== undefined) throw new UsageError(`--format ${wrong}: there are ${Object.keys(formats).join(", ")}`)
  return names.length === 0 ? ["json", "junit"] : ["json", ...names.filter(isFormat)]
}

const colour = (): boolean => process.stdout.isTTY === true && process.stdout.hasColors()

const trouble = (message: string): void => printError(`warning: ${message}\n`)

/** What GitHub shows of a step: annotations, and a summary of the job. */
const tellGitHub = (report: Report): void => {
  const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY } = process.env
  if (GITHUB_ACTIONS !== "true") return
  print(formats.github.of(report))
  try {
    if (GITHUB_STEP_SUMMARY !== undefined) appendFileSync(GITHUB_STEP_SUMMARY, formats.markdown.of(report))
  } catch (error) {
    trouble(`the summary of the job could not be written: ${messageOf(error)}`)
  }
}

/** A second signal does not wait for anything. */
const interruptible = async <A>(work: (signal: AbortSignal) => Promise<A>): Promise<A> => {
  const controller = new AbortController()
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK"] as const
  const listeners = signals.map((name) => {
    const listener = (): void => {
      if (controller.signal.aborted) process.exit(exitCode.interrupted)
      controller.abort(`interrupted by ${name}`)
    }
    return [name, listener] as const
  })
  for (const [name, listener] of listeners) process.on(name, listener)
  try {
    return await work(controller.signal)
  } finally {
    for (const [name, listener] of listeners) process.off(name, listener)
  }
}

const withFolder = (folder: string): boolean => {
  try {
    prepareReports(folder)
    return true
  } catch (error) {
    trouble(`no reports can be written to ${folder}: ${messageOf(error)}`)
    return false
  }
}

const runAndReport = async (options: RunOptions, flags: ReportFlags): Promise<number> => {
  const { reports, known: knownFile, updateKnown } = flags
  const wanted = formatsOf(flags.format)
  if (updateKnown && knownFile === undefined) throw new UsageError("--update-known needs --known, the file to be written")
  const known = knownFile === undefined || (updateKnown && !isThere(knownFile)) ? [] : readKnown(knownFile)
  const hasFolder = withFolder(reports)
  const journal = hasFolder ? { journal: journalIn(reports, trouble) } : {}
  const progress = progressOn(process.stderr)
  const report = await interruptible((signal) => run({ ...options, known, observer: progress, signal, ...journal })).finally(progress.stop)
  const { files, troubles } = hasFolder ? writeReports(report, reports, wanted) : { files: [], troubles: [] }
  sealReports(files, flags)
  // The journal stays where the report could not be written: it is all that is known then.
  if (troubles.length === 0) journal.journal?.end()
  for (const message of troubles) trouble(message)
  tellGitHub(report)
  print(summaryOf(report, { files, colour: colour() }))
  if (!updateKnown || knownFile === undefined) return report.outcome.exitCode
  writeFileSync(knownFile, updatedKnown(report, known))
  print(`written: ${knownFile}\n`)
  return exitCode.passed
}

/** Without a report there is nothing to seal. */
const sealReports = (files: ReadonlyArray<string>, { reports, sign, record }: ReportFlags): void => {
  if (files.length === 0) return
  try {
    seal(reports, [...files, ...(record === undefined ? [] : [record])], sign)
  } catch (error) {
    trouble(`the reports could not be sealed: ${messageOf(error)}`)
  }
}

const isThere = (file: string): boolean => {
  try {
    readFileSync(file)
    return true
  } catch {
    return false
  }
}

const failedLast = (folder: string): ReadonlyArray<string> => {
  try {
    return readReport(folder)
      .cases.filter(({ result }) => result.status === "failed" || result.status === "flaky" || result.status === "not-run")
      .map(({ id }) => id)
  } catch (error) {
    throw new UsageError(`--last-failed needs the report of the last run in ${folder}: ${messageOf(error)}`)
  }
}

const challengeOf = ({ challenge, oracle }: RunFlags): RunOptions["challenge"] => {
  if (challenge === undefined) {
    if (oracle !== undefined) throw new UsageError("--oracle is for --challenge")
    return undefined
  }
  return { seed: challenge, oracle: oracle === undefined ? referencePeer() : [path.resolve(oracle)] }
}

const optionsOf = (work: Work, stray: ReadonlyArray<string>, flags: RunFlags): RunOptions => ({
  ...selectionOf(flags),
  ids: flags.lastFailed ? failedLast(flags.reports) : undefined,
  vectors: vectorsOf(flags),
  extra: flags.extra,
  command: peerCommand(work, stray, flags),
  attach: flags.attach,
  env: flags.env,
  inheritEnv: flags.inheritEnv ?? false,
  timeout: flags.timeout,
  timeoutFactor: flags.timeoutFactor,
  jobs: flags.attach === undefined ? flags.jobs : 1,
  repeat: flags.repeat,
  restarts: flags.restarts,
  failFast: flags.failFast ?? false,
  maxTime: flags.maxTime,
  requireLayers: flags.requireLayer,
  challenge: challengeOf(flags),
  record: flags.record,
})

const addRun = (program: Command, work: Work): void => {
  const command = program.command("run").description("Run the suite against a peer: conclave run [flags] -- ./my-port --its-flags")
  withReports(withPeer(withSelection(withVectors(command)), 1, DEFAULT_TIMEOUT))
    .option("--timeout-factor <x>", "multiply all timeouts, for a slow machine", positiveNumber, 1)
    .option("--jobs <n>", "how many processes of the peer share the work", wholeNumber(1), 1)
    .option("--repeat <n>", "run each case n times, and find those that are flaky", wholeNumber(1), 1)
    .option("--restarts <n>", "after how many lost peers in a row a layer is given up", wholeNumber(0), DEFAULT_RESTARTS)
    .option("--fail-fast", "stop at the first failed case")
    .option("--max-time <s>", "start nothing more after this many seconds", wholeNumber(1))
    .addOption(repeated("--require-layer <name>", "fail when the peer does not declare this layer"))
    .option("--last-failed", "only the cases that did not pass according to the report of the last run")
    .option("--challenge <seed>", "make the cases afresh from a seed: a peer cannot have looked them up")
    .option("--oracle <program>", "the peer that knows the answers to a challenge (default: the reference)")
    .option("--record <file>", "write down all that the peer answers, for replay")
    .action((stray: ReadonlyArray<string>, flags: RunFlags) => work.does(() => runAndReport(optionsOf(work, stray, flags), flags))())
}

interface ReplayFlags extends VectorFlags, SelectionFlags, ReportFlags {
  readonly repeat: number
}

const addReplay = (program: Command, work: Work): void => {
  const command = program
    .command("replay")
    .description("Play a recorded run again, without the peer")
    .argument("<file>", "what --record has written")
  withReports(withSelection(withVectors(command)))
    .option("--repeat <n>", "as it was when the run was recorded", wholeNumber(1), 1)
    .option("--challenge <seed>", "as it was when the run was recorded")
    .action((file: string, flags: ReplayFlags & { readonly challenge?: string }) =>
      work.does(() => {
        const challenge = flags.challenge === undefined ? {} : { challenge: { seed: flags.challenge, oracle: referencePeer() } }
        return runAndReport(
          {
            ...selectionOf(flags),
            ...challenge,
            vectors: vectorsOf(flags),
            extra: flags.extra,
            command: [],
            repeat: flags.repeat,
            replay: file,
          },
          flags,
        )
      })(),
    )
}

const addRepro = (program: Command, work: Work): void => {
  const command = program
    .command("repro")
    .description("Run one case and print each request, reply and wanted verdict")
    .argument("<id>", "the id of a case")
  withPeer(withVectors(command), 0, DEFAULT_TIMEOUT)
    .option("--out <dir>", "write the case to a folder: requests, expectations and command; then the peer may be left out")
    .action((id: string, stray: ReadonlyArray<string>, flags: VectorFlags & PeerFlags & { readonly out?: string }) =>
      work.does(() => {
        const needsNoPeer = flags.out !== undefined && work.peer === undefined && stray.length === 0
        const command = needsNoPeer ? [] : peerCommand(work, stray, flags)
        const { attach, timeout, env, inheritEnv = false, out: folder } = flags
        return repro({
          vectors: vectorsOf(flags),
          extra: flags.extra,
          id,
          command,
          attach,
          timeout,
          env,
          inheritEnv,
          folder,
          print,
          printError,
        })
      })(),
    )
}

/** A doctor waits less: with nothing to compute, an answer comes at once or never. */
const DOCTOR_TIMEOUT = 5000

const addDoctor = (program: Command, work: Work): void => {
  const command = program.command("doctor").description("Look a new peer over, and name the usual mistakes")
  withPeer(withVectors(command), 1, DOCTOR_TIMEOUT).action((stray: ReadonlyArray<string>, flags: VectorFlags & PeerFlags) =>
    work.does(() => {
      if (flags.attach !== undefined) throw new UsageError("doctor starts the peer itself: --attach does not go with it")
      const { timeout, env, inheritEnv = false } = flags
      return doctor({ vectors: vectorsOf(flags), command: peerCommand(work, stray, flags), timeout, env, inheritEnv, print })
    })(),
  )
}

/** Adds the commands of this module. */
export const addRunning = (program: Command, work: Work): void => {
  addRun(program, work)
  addReplay(program, work)
  addRepro(program, work)
  addDoctor(program, work)
}
