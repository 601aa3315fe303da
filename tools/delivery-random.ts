/**
 * Random runs of the delivery service: groups of 1 to 7, 10 and 20 with up to t members in trouble (silent, with two faces, away for a time), and groups that change.
 *
 * - `npm run delivery-random` checks P1 to P19 in 20 runs of each kind (`-- --runs n`: n; fewer of large groups), prints how many there were, and exits with 1 when something was found;
 * - `-- --digests` plays the runs that are held by digests in `vectors/runs.json`, with real signatures, and fails when one differs; with `--write` it writes that file (takes some minutes);
 * - `-- --expand folder` writes these runs as vectors into a folder, with a manifest, for `conclave conformance run --vectors folder`; `--select text` takes only kinds whose name has the text in it.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { Schema } from "effect"
import { Hex } from "effect/encoding"
import { CLAUSES_PATH, type FileText, MANIFEST_PATH, manifestOf, manifestTextOf, sha256Of } from "../conformance/protocol/vectors.ts"
import { nodePrimitives } from "../reference/crypto/providers/node.ts"
import { checkedRun, groupOf, runOf, type Setting } from "../reference/delivery-service/simulation/runs.ts"
import { play } from "../reference/delivery-service/simulation/schedule.ts"
import { classOf, random, sizes, troublesOf } from "../vectors/cases/delivery-service/simulation.ts"

const root = join(import.meta.dirname, "..", "vectors")
const file = join(root, "runs.json")

const Runs = Schema.Struct({
  format: Schema.Literal("conclave-runs/1"),
  kinds: Schema.Array(Schema.Struct({ id: Schema.String, runs: Schema.Int, blocks: Schema.Array(Schema.String) })),
})

const text = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

/** So many runs have one digest. */
const blockSize = 10

/** A kind of runs: all settings of one size and trouble. */
interface Kind {
  readonly id: string
  readonly settings: ReadonlyArray<Setting>
}

const kinds: ReadonlyArray<Kind> = sizes.flatMap(({ n, t, epochs, held }) =>
  troublesOf(n, t).map((trouble) => {
    const settings = Array.from({ length: held }, (_, seed): Setting => ({ n, t, trouble, epochs, seed: String(seed) }))
    return { id: classOf(settings[0]!), settings }
  }),
)

const traceOf = (setting: Setting): string => {
  const run = runOf(setting)
  const world = groupOf(run, nodePrimitives)
  play(world, run.schedule)
  return Hex.encode(world.trace)
}

const blocksOf = ({ settings }: Kind, most: number): ReadonlyArray<string> =>
  Array.from({ length: Math.min(most, Math.ceil(settings.length / blockSize)) }, (_, block) =>
    sha256Of(
      settings
        .slice(block * blockSize, (block + 1) * blockSize)
        .map(traceOf)
        .join("\n"),
    ),
  )

/** The kinds whose digests, the first `most` of each, are not those that are kept, of groups of at most `n`. */
export const changedRuns = (n: number, most: number): ReadonlyArray<string> => {
  const kept = Schema.decodeUnknownSync(Runs)(JSON.parse(readFileSync(file, "utf8"))).kinds
  const isChanged = (kind: Kind, index: number) =>
    kept[index]?.id !== kind.id ||
    kept[index].runs !== kind.settings.length ||
    (kind.settings[0]!.n <= n && blocksOf(kind, most).join() !== kept[index].blocks.slice(0, most).join())
  return kinds.filter(isChanged).map(({ id }) => id)
}

const write = () => {
  const entries = kinds.map((kind) => {
    process.stderr.write(`${kind.id}\n`)
    return { id: kind.id, runs: kind.settings.length, blocks: blocksOf(kind, Number.POSITIVE_INFINITY) }
  })
  writeFileSync(file, text({ format: "conclave-runs/1", kinds: entries }))
}

const expand = (folder: string, select: string) => {
  const chosen = kinds.filter(({ id }) => id.includes(select))
  const files = chosen.map(({ id, settings }): FileText => {
    const chapter = id.replaceAll("/", "-")
    const cases = settings.map((setting) => random(setting))
    const content = { format: "conclave-vectors/1", part: "delivery-service", chapter, layer: "simulation", flags: {}, cases }
    return { path: `delivery-service/${chapter}.json`, text: text(content) }
  })
  const set = [{ path: CLAUSES_PATH, text: readFileSync(join(root, CLAUSES_PATH), "utf8") }, ...files]
  const { version } = JSON.parse(readFileSync(join(root, "..", "package.json"), "utf8")) as { version: string }
  for (const { path, text: content } of [...set, { path: MANIFEST_PATH, text: manifestTextOf(manifestOf(set, version)) }]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  process.stdout.write(`${files.length} kinds\n`)
}

/** Checks so many runs of each kind, beginning after those that are held; gives whether nothing was found. */
const check = (runs: number): boolean => {
  const all = [...sizes, { n: 20, t: 6, epochs: 1 }]
  let [played, moves, violations] = [0, 0, 0]
  for (const { n, t, epochs } of all) {
    for (const trouble of troublesOf(n, t)) {
      const count = n > 10 ? Math.ceil(runs / 20) : n > 7 ? Math.ceil(runs / 5) : runs
      const before = moves
      for (let seed = 0; seed < count; seed++) {
        const setting = { n, t, trouble, epochs, seed: `random ${seed}` }
        const { found, played: done } = checkedRun(runOf(setting))
        moves += done.moves.length
        if (found.length > 0) process.stdout.write(`${JSON.stringify(setting)}: ${found.join("; ")}\n`)
        violations += found.length
      }
      played += count
      process.stdout.write(`${n} members, ${t} in trouble, ${trouble}: ${count} runs, ${moves - before} single moves\n`)
    }
  }
  process.stdout.write(`${played} runs, ${moves} single moves, ${violations} violations\n`)
  return violations === 0
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "20" },
      digests: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      expand: { type: "string" },
      select: { type: "string", default: "" },
    },
  })
  if (values.expand !== undefined) expand(values.expand, values.select)
  else if (values.digests && values.write) write()
  else if (values.digests) {
    const changed = changedRuns(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
    if (changed.length > 0) process.stderr.write(`Changed: ${changed.join(", ")}\n`)
    process.exitCode = changed.length === 0 ? 0 : 1
  } else process.exitCode = check(Number(values.runs)) ? 0 : 1
}
