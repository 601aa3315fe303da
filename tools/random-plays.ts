/**
 * Plays drawn from seeds, of which there is no end: `npm run random-plays -- --seed 1 --count 100 --operations 8 NAME=command...` An adapter is held
 * against the definitions; of several that write the same bytes each two take turns in a play, too. A play that fails is made smaller as long as it fails
 * in the same way, and is written to the folder `--out` as a candidate for a play that is kept. `--again file` plays such a file.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { type Play, type PlayFile, readPlayFile } from "../conformance/protocol/plays.ts"
import { blameOf, sentenceOf, sumOf } from "../conformance/reports/plays.ts"
import { referencePeer } from "../conformance/runner/places.ts"
import type { PlayResult } from "../conformance/runner/plays/play.ts"
import { playPlays } from "../conformance/runner/plays/run.ts"
import { playFileText } from "../vectors/cases/plays/index.ts"
import { randomPlay } from "../vectors/cases/plays/random.ts"
import { smallest } from "./plays/smaller.ts"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "100" },
    operations: { type: "string", default: "8" },
    founders: { type: "string", default: "8" },
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

const head: Omit<PlayFile, "plays"> = {
  format: "conclave-plays/1",
  part: "dcgka",
  set: "random",
  opening: { cast: {}, steps: [], messages: {} },
}

const played = (plays: ReadonlyArray<Play>, { opening, set, part }: Omit<PlayFile, "plays"> = head, taken = seats) =>
  playPlays({
    seats: taken,
    plays: plays.map((play) => ({ opening, set, part, ...play })),
    vectors: { version: "0", sha256: "" },
    assign: "pairs",
    timeout: 10_000,
    jobs: plays.length > 20 ? 2 : 1,
  })

/** What a play failed for; undefined when it did not. */
const failureOf = ({ divergences: [first] }: PlayResult): string | undefined =>
  first === undefined ? undefined : blameOf({ clause: first.clause, printed: first.printed })

/** Those of some plays that fail for the same by the same assignment. */
const failingBy =
  (failure: string, assignment: string) =>
  async (plays: ReadonlyArray<Play>): Promise<ReadonlyArray<Play>> => {
    // All of them have the id of the one that they are made of.
    const numbered = plays.map((play, index) => ({ ...play, id: `${play.id}/${index}` }))
    const names = assignment.split("+")
    const taken = seats.filter(({ name }) => names.includes(name))
    const { results } = await played(numbered, head, taken)
    const failed = results.filter((one) => one.assignment === assignment && failureOf(one) === failure).map(({ play }) => play)
    return plays.filter((_, index) => failed.includes(numbered[index]!.id))
  }

const keep = (play: Play): string => {
  mkdirSync(values.out, { recursive: true })
  const file = join(values.out, `${play.id.replaceAll("/", "-")}.json`)
  writeFileSync(file, playFileText({ ...head, plays: [{ ...play, title: `${play.title}, made smaller` }] }))
  return file
}

const drawn = (): PlayFile => {
  const [first, count, operations, founders] = [values.seed, values.count, values.operations, values.founders].map(Number)
  const plays = Array.from({ length: count! }, (_, index) => randomPlay(first! + index, operations, founders))
  return { ...head, plays }
}

const kept = (path: string): PlayFile => {
  const file = readPlayFile(JSON.parse(readFileSync(path, "utf8")))
  if (file.part !== "dcgka") throw new Error(`${path} has plays of ${file.part}`)
  return file
}

const file = values.again === undefined ? drawn() : kept(values.again)
const report = await played(file.plays, file)
const seen = new Set<string>()
for (const result of report.results) {
  const failure = failureOf(result)
  if (failure === undefined) continue
  const { play, assignment, divergences } = result
  say(`${assignment}, ${play}: ${failure}\n  ${sentenceOf(divergences[0]!)}`)
  // Of each kind one is enough.
  if (values.again !== undefined || seen.has(failure)) continue
  seen.add(failure)
  const candidate = await smallest(file.plays.find(({ id }) => id === play)!, failingBy(failure, assignment))
  say(`  made smaller: ${keep(candidate)}`)
}
say(sumOf(report))
if (report.results.some(({ status }) => status === "failed")) process.exitCode = 1
