/**
 * The command `plays`.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { type Command, Option } from "commander"
import { type PlaysReport, playsText, sumOf } from "../../reports/plays.ts"
import { exitCode, UsageError } from "../errors.ts"
import { loadManifest } from "../load.ts"
import { PeerUnavailable, stderrLines } from "../peer.ts"
import { referencePeer } from "../places.ts"
import { type Arrangement, arrangements } from "../plays/assignments.ts"
import { type ListedPlay, loadPlays, selectPlays, sizesOf } from "../plays/files.ts"
import type { PlayResult } from "../plays/play.ts"
import { type PlaysOptions, playPlays, type SeatOption } from "../plays/run.ts"
import { DEFAULT_TIMEOUT } from "../run.ts"
import { type PeerFlags, print, printError, repeated, type VectorFlags, vectorsOf, type Work, wholeNumber } from "./work.ts"

interface PlaysFlags extends Pick<PeerFlags, "env" | "inheritEnv" | "timeout">, Pick<VectorFlags, "vectors"> {
  readonly seat: ReadonlyArray<string>
  readonly assign: Arrangement
  readonly select: ReadonlyArray<string>
  readonly exclude: ReadonlyArray<string>
  readonly reports?: string
  readonly list?: boolean
  readonly jobs: number
  readonly times: number
}

const readCommand = (text: string): ReadonlyArray<string> => {
  if (!text.startsWith("[")) return text.split(/\s+/u).filter((word) => word !== "")
  try {
    const words: unknown = JSON.parse(text)
    if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words
  } catch {}
  throw new UsageError(`--seat: ${text} is no list of texts in JSON`)
}

const readSeat = (text: string): SeatOption => {
  const [, name, command = ""] = /^([A-Za-z0-9_.-]{1,40})=(.+)$/su.exec(text) ?? []
  if (name === undefined) throw new UsageError(`--seat ${text}: expected NAME=command`)
  const words = name !== undefined && command === "reference" ? referencePeer() : readCommand(command)
  if (words.length === 0) throw new UsageError(`--seat ${name}: the command is missing`)
  return { name, command: words }
}

const seatsOf = ({ peer }: Work, stray: ReadonlyArray<string>, { seat }: PlaysFlags): ReadonlyArray<SeatOption> => {
  if (stray.length > 0) throw new UsageError(`unexpected argument: ${stray[0]}`)
  if (peer !== undefined && peer.length === 0) throw new UsageError("the command of the adapter is missing after --")
  const seats = [...seat.map(readSeat), ...(peer === undefined ? [] : [{ name: "adapter", command: peer }])]
  if (seats.length === 0) throw new UsageError("name an adapter with --seat NAME=command, or put its command after --")
  const twice = seats.find(({ name }, index) => seats.findIndex((one) => one.name === name) !== index)
  if (twice !== undefined) throw new UsageError(`--seat ${twice.name}: there are two of this name`)
  return seats
}

const list = (plays: ReadonlyArray<ListedPlay>): number => {
  print(plays.map(({ id, needs, title }) => `${id}\t${needs.join(",")}\t${title}\n`).join(""))
  return exitCode.passed
}

const codeOf = (results: ReadonlyArray<PlayResult>): number => {
  if (results.every(({ status }) => status === "skipped")) return exitCode.nothingSelected
  return results.some(({ status }) => status === "failed") ? exitCode.nonConforming : exitCode.passed
}

const write = (folder: string, report: PlaysReport): void => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, "plays.json"), `${JSON.stringify(report, null, 1)}\n`)
}

/** The report of the last of several runs, each by processes of its own; one in which a play fails is the last. */
const playTimes = async (times: number, options: PlaysOptions): Promise<PlaysReport> => {
  for (let run = 1; ; run++) {
    const report = await playPlays(options)
    if (times > 1) printError(`run ${run} of ${times}: ${sumOf(report)}\n`)
    if (run === times || report.results.some(({ status }) => status === "failed")) return report
  }
}

const run = async (work: Work, stray: ReadonlyArray<string>, flags: PlaysFlags): Promise<number> => {
  const vectors = vectorsOf(flags)
  const set = loadPlays(vectors)
  const plays = selectPlays(set.plays, flags.select, flags.exclude)
  if (flags.list) return list(plays)
  const seats = seatsOf(work, stray, flags)
  try {
    const { version } = loadManifest(vectors)
    const report = await playTimes(flags.times, { ...flags, seats, plays, vectors: { version, sha256: set.sha256 } })
    if (flags.reports !== undefined) write(flags.reports, report)
    print(playsText(report, sizesOf(plays)))
    return codeOf(report.results)
  } catch (error) {
    if (!(error instanceof PeerUnavailable)) throw error
    printError([error.message, ...stderrLines(error.stderr), ""].join("\n"))
    return exitCode.peerLost
  }
}

/** Adds the command `plays`. */
export const addPlaying = (program: Command, work: Work): void => {
  program
    .command("plays")
    .description("Play plays: what can be observed of implementations that have bytes of their own")
    .argument("[stray...]", "after --: the program of the adapter and its arguments, started without a shell")
    .addOption(repeated("--seat <name=command>", "an adapter, by a name of yours; `reference` is the reference"))
    .addOption(
      new Option("--assign <how>", "who sits where: all in one seat, two seats in turn, or every arrangement")
        .choices(arrangements)
        .default("one"),
    )
    .addOption(repeated("--select <glob>", "only plays whose id matches, such as 'pairs-3/**'"))
    .addOption(repeated("--exclude <glob>", "no plays whose id matches"))
    .addOption(repeated("--env <name>", "hand this variable on to the adapters, or set it (NAME=value)"))
    .option("--inherit-env", "hand the whole environment on to the adapters")
    .option("--timeout <ms>", "how long to wait for a reply", wholeNumber(1), DEFAULT_TIMEOUT)
    .option("--jobs <n>", "how many processes of each adapter share the plays", wholeNumber(1), 2)
    .option("--times <n>", "play everything so many times in a row, or until a play fails", wholeNumber(1), 1)
    .option("--vectors <dir>", "another set of vectors than the one that comes with the runner")
    .option("--reports <dir>", "write plays.json there")
    .option("--list", "list the plays instead: id, options that they need, title")
    .action((stray: ReadonlyArray<string>, flags: PlaysFlags) => work.does(() => run(work, stray, flags))())
}
