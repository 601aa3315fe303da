/**
 * Plays drawn from seeds, of which there is no end: `node tools/random-plays.ts --seed 1 --count 100 --operations 8 NAME=command...` With one seat it is held
 * against the definitions, with several all are. A play that fails is made smaller by leaving out its last operations, as long as it fails, and is
 * written to the folder `--out` as a candidate for a play that is kept.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { Play, PlayFile } from "../conformance/protocol/plays.ts"
import { blameOf, sentenceOf } from "../conformance/reports/plays.ts"
import { referencePeer } from "../conformance/runner/places.ts"
import { type PlaysOptions, playPlays } from "../conformance/runner/plays/run.ts"
import { playFileText } from "../vectors/cases/plays/index.ts"
import { randomPlay } from "../vectors/cases/plays/random.ts"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "100" },
    operations: { type: "string", default: "8" },
    out: { type: "string", default: "reports" },
  },
})

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

const played = (plays: ReadonlyArray<Play>) => {
  const options: PlaysOptions = {
    seats,
    plays: plays.map((play) => ({ ...head, ...play })),
    vectors: { version: "0", sha256: "" },
    timeout: 10_000,
    jobs: plays.length > 1 ? 2 : 1,
  }
  return playPlays(options)
}

/** The play of the same seed with the fewest operations that fails. */
const smallest = async (seed: number, operations: number): Promise<Play> => {
  for (let fewer = 1; fewer < operations; fewer++) {
    const play = randomPlay(seed, fewer)
    const { results } = await played([play])
    if (results.some(({ status }) => status === "failed")) return play
  }
  return randomPlay(seed, operations)
}

const [first, count, operations] = [Number(values.seed), Number(values.count), Number(values.operations)]
const plays = Array.from({ length: count }, (_, index) => randomPlay(first + index, operations))
const { results } = await played(plays)
const seen = new Set<string>()
for (const { play, assignment, divergences } of results) {
  const [divergence] = divergences
  if (divergence === undefined) continue
  const blame = blameOf({ clause: divergence.clause, printed: divergence.printed })
  process.stdout.write(`${assignment} ${play}: ${blame}\n  ${sentenceOf(divergence)}\n`)
  // Of each kind one is enough.
  if (seen.has(`${assignment} ${blame}`)) continue
  seen.add(`${assignment} ${blame}`)
  const candidate = await smallest(Number(play.split("/")[1]), operations)
  mkdirSync(values.out, { recursive: true })
  const file = join(values.out, `${candidate.id.replace("/", "-")}.json`)
  writeFileSync(file, playFileText({ ...head, plays: [candidate] }))
  process.stdout.write(`  made smaller: ${file}\n`)
}
const sums = ["passed", "failed", "skipped"].map((status) => `${results.filter((one) => one.status === status).length} ${status}`)
process.stdout.write(`${sums.join(", ")}\n`)
if (results.some(({ status }) => status === "failed")) process.exitCode = 1
