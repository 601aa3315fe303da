/**
 * Plays drawn from seeds, of which there is no end: `npm run random-plays -- --seed 1 --count 100 --operations 8 NAME=command...` With `--part mls` they are
 * plays of MLS groups, with so many epochs; with `--part mpenc` of mpENC sessions, with so many rounds. With `--messages` members of dcgka write all the while. An adapter is held against the definitions; of
 * several that write the same bytes each two take turns in a play, too, or as `--assign` says. A play that fails is made smaller as long as it fails in
 * the same way, and is written to the folder `--out` as a candidate for a play that is kept. `--again file` plays such a file.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { type AnyPlayFile, type Play, type PlayFile, readPlayFile } from "../conformance/protocol/plays.ts"
import { blameOf, sentenceOf, sumOf } from "../conformance/reports/plays.ts"
import { referencePeer } from "../conformance/runner/places.ts"
import type { Arrangement } from "../conformance/runner/plays/assignments.ts"
import { type ListedPlay, playsOf } from "../conformance/runner/plays/files.ts"
import type { PlayResult } from "../conformance/runner/plays/play.ts"
import { playPlays } from "../conformance/runner/plays/run.ts"
import { playFileText } from "../vectors/cases/plays/index.ts"
import { longPlay } from "../vectors/cases/plays/mls.ts"
import { openingFile } from "../vectors/cases/plays/mls-crafted.ts"
import { randomRounds } from "../vectors/cases/plays/mpenc.ts"
import { randomPlay } from "../vectors/cases/plays/random.ts"
import { smallest } from "./plays/smaller.ts"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "100" },
    operations: { type: "string", default: "8" },
    founders: { type: "string", default: "8" },
    part: { type: "string", default: "dcgka" },
    messages: { type: "boolean", default: false },
    assign: { type: "string", default: "pairs" },
    out: { type: "string", default: "reports" },
    again: { type: "string" },
  },
})

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const seats = (positionals.length === 0 ? ["reference=reference"] : positionals).map((text) => {
  const [name = "", ...rest] = text.split("=")
  const command = rest.join("=")
  return { name, command: command === "reference" ? referencePeer() : command.split(" ") }
})

const played = (plays: ReadonlyArray<ListedPlay>, taken = seats) =>
  playPlays({
    seats: taken,
    plays,
    vectors: { version: "0", sha256: "" },
    assign: values.assign as Arrangement,
    timeout: 10_000,
    jobs: plays.length > 20 ? 2 : 1,
  })

/** What a play failed for; undefined when it did not. */
const failureOf = ({ divergences: [first] }: PlayResult): string | undefined =>
  first === undefined ? undefined : blameOf({ clause: first.clause, printed: first.printed })

/** Which of some plays fail for the same by the same assignment, by their place. */
const failingBy =
  (failure: string, assignment: string) =>
  async (files: ReadonlyArray<AnyPlayFile>): Promise<ReadonlyArray<number>> => {
    const names = assignment.split("+")
    const taken = seats.filter(({ name }) => names.includes(name))
    // Some of them have one id.
    const numbered = files.flatMap(playsOf).map((play, index) => ({ ...play, id: `${play.id}/${index}` }))
    const { results } = await played(numbered, taken)
    const failed = results.filter((one) => one.assignment === assignment && failureOf(one) === failure).map(({ play }) => play)
    return [...numbered.keys()].filter((index) => failed.includes(numbered[index]!.id))
  }

const dcgkaFile = (play: Play): PlayFile => ({
  format: "conclave-plays/1",
  part: "dcgka",
  set: "random",
  opening: { cast: {}, steps: [], messages: {} },
  plays: [play],
})

/** A file of the one play of this seed. */
const drawn = (seed: number, operations: number): AnyPlayFile => {
  if (values.part === "mls") return openingFile("random", [longPlay(seed, operations)])
  if (values.part === "mpenc") return randomRounds(seed, operations)
  return dcgkaFile(randomPlay(seed, operations, Number(values.founders), values.messages))
}

/** A file of a smaller play that fails. Of those of other parts than dcgka, the one of the same seed with the fewest operations. */
const smaller = async (file: AnyPlayFile, failing: ReturnType<typeof failingBy>): Promise<AnyPlayFile> => {
  if (file.part === "dcgka") {
    const failingPlays = async (plays: ReadonlyArray<Play>) => (await failing(plays.map(dcgkaFile))).map((index) => plays[index]!)
    return dcgkaFile(await smallest(file.plays[0]!, failingPlays))
  }
  const seed = Number(file.plays[0]!.id.split("/").at(-1))
  const fewer = Array.from({ length: Number(values.operations) - 1 }, (_, index) => drawn(seed, index + 1))
  const [first] = fewer.length === 0 ? [] : await failing(fewer)
  return first === undefined ? file : fewer[first]!
}

const keep = (candidate: AnyPlayFile): string => {
  mkdirSync(values.out, { recursive: true })
  const file = join(values.out, `${candidate.plays[0]!.id.replaceAll("/", "-")}.json`)
  writeFileSync(file, playFileText(candidate))
  return file
}

const drawAll = (): ReadonlyArray<AnyPlayFile> =>
  Array.from({ length: Number(values.count) }, (_, index) => drawn(Number(values.seed) + index, Number(values.operations)))

const files = values.again === undefined ? drawAll() : [readPlayFile(JSON.parse(readFileSync(values.again, "utf8")))]
const report = await played(files.flatMap(playsOf))
const seen = new Set<string>()
for (const result of report.results) {
  const failure = failureOf(result)
  if (failure === undefined) continue
  const { play, assignment, divergences } = result
  say(`${assignment}, ${play}: ${failure}\n  ${sentenceOf(divergences[0]!)}`)
  // Of each kind one is enough.
  if (values.again !== undefined || seen.has(failure)) continue
  seen.add(failure)
  const file = files.find(({ plays }) => plays[0]!.id === play)!
  say(`  made smaller: ${keep(await smaller(file, failingBy(failure, assignment)))}`)
}
say(sumOf(report))
if (report.results.some(({ status }) => status === "failed")) process.exitCode = 1
