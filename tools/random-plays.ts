/**
 * Plays drawn from seeds, of which there is no end: `node tools/random-plays.ts --seed 1 --count 100 --operations 8 NAME=command...` With `--part mls` they
 * are plays of MLS groups, with so many epochs. With one seat it is held against the definitions, with several all are, by the assignment `--assign`. A play
 * that fails is made smaller by leaving out its last operations, as long as it fails, and is written to the folder `--out` as a candidate for a play that
 * is kept.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { AnyPlayFile } from "../conformance/protocol/plays.ts"
import { blameOf, sentenceOf } from "../conformance/reports/plays.ts"
import { referencePeer } from "../conformance/runner/places.ts"
import type { Arrangement } from "../conformance/runner/plays/assignments.ts"
import { playsOf } from "../conformance/runner/plays/files.ts"
import { type PlaysOptions, playPlays } from "../conformance/runner/plays/run.ts"
import { playFileText } from "../vectors/cases/plays/index.ts"
import { longPlay } from "../vectors/cases/plays/mls.ts"
import { openingFile } from "../vectors/cases/plays/mls-crafted.ts"
import { randomPlay } from "../vectors/cases/plays/random.ts"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "100" },
    operations: { type: "string", default: "8" },
    part: { type: "string", default: "dcgka" },
    assign: { type: "string", default: "one" },
    out: { type: "string", default: "reports" },
  },
})

const seats = (positionals.length === 0 ? ["reference=reference"] : positionals).map((text) => {
  const [name = "", ...rest] = text.split("=")
  const command = rest.join("=")
  return { name, command: command === "reference" ? referencePeer() : command.split(" ") }
})

/** A file of the one play of this seed. */
const drawn = (seed: number, operations: number): AnyPlayFile =>
  values.part === "mls"
    ? openingFile("random", [longPlay(seed, operations)])
    : {
        format: "conclave-plays/1",
        part: "dcgka",
        set: "random",
        opening: { cast: {}, steps: [], messages: {} },
        plays: [randomPlay(seed, operations)],
      }

const played = (files: ReadonlyArray<AnyPlayFile>) => {
  const options: PlaysOptions = {
    seats,
    plays: files.flatMap(playsOf),
    assign: values.assign as Arrangement,
    vectors: { version: "0", sha256: "" },
    timeout: 10_000,
    jobs: files.length > 1 ? 2 : 1,
  }
  return playPlays(options)
}

/** The play of the same seed with the fewest operations that fails. */
const smallest = async (seed: number, operations: number): Promise<AnyPlayFile> => {
  for (let fewer = 1; fewer < operations; fewer++) {
    const file = drawn(seed, fewer)
    const { results } = await played([file])
    if (results.some(({ status }) => status === "failed")) return file
  }
  return drawn(seed, operations)
}

const [first, count, operations] = [Number(values.seed), Number(values.count), Number(values.operations)]
const { results } = await played(Array.from({ length: count }, (_, index) => drawn(first + index, operations)))
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
  const file = join(values.out, `${play.replace("/", "-")}.json`)
  writeFileSync(file, playFileText(candidate))
  process.stdout.write(`  made smaller: ${file}\n`)
}
const sums = ["passed", "failed", "skipped"].map((status) => `${results.filter((one) => one.status === status).length} ${status}`)
process.stdout.write(`${sums.join(", ")}\n`)
if (results.some(({ status }) => status === "failed")) process.exitCode = 1
