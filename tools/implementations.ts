/**
 * Judges implementations that exist: builds the adapters that can be built here, has them play, and writes what was found to
 * `docs/implementations.md`. What cannot be built is said to be skipped, and keeps what was found of it before. `node tools/implementations.ts [name...]`
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { findingsOf } from "../conformance/reports/plays.ts"
import { loadManifest } from "../conformance/runner/load.ts"
import { loadPlays, sizesOf } from "../conformance/runner/plays/files.ts"
import { playPlays } from "../conformance/runner/plays/run.ts"
import { build } from "./implementations/build.ts"
import { type Implementation, implementations } from "./implementations/list.ts"
import { type Found, pageOf } from "./implementations/table.ts"
import { root } from "./sources.ts"

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const docs = { page: join(root, "docs", "implementations.md"), data: join(root, "docs", "implementations.json") }

const vectors = join(root, "vectors")

const judge = async ({ name, about, command }: Implementation): Promise<Found> => {
  const { plays, sha256 } = loadPlays(vectors)
  const { version } = loadManifest(vectors)
  const { seats, results } = await playPlays({ seats: [{ name, command }], plays, vectors: { version, sha256 }, timeout: 10_000, jobs: 2 })
  const { hello } = seats[0]!
  const count = (set: string, status: string) => results.filter((one) => one.set === set && one.status === status).length
  const sets = [...new Set(plays.map(({ set }) => set))]
  return {
    name,
    about,
    version: hello.version,
    language: hello.language,
    options: hello.options,
    sets: Object.fromEntries(
      sets.map((set) => [set, { passed: count(set, "passed"), failed: count(set, "failed"), skipped: count(set, "skipped") }]),
    ),
    failed: results.filter(({ status }) => status === "failed").map(({ play }) => play),
    findings: findingsOf(results, sizesOf(plays)),
  }
}

const readFound = (): ReadonlyArray<Found> => (existsSync(docs.data) ? (JSON.parse(readFileSync(docs.data, "utf8")) as Array<Found>) : [])

const { positionals } = parseArgs({ allowPositionals: true })
const wanted = implementations.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const found = new Map(readFound().map((one) => [one.name, one]))
for (const implementation of wanted) {
  const { name } = implementation
  const done = build(implementation)
  if (done.status !== "built") {
    say(`${name}: skipped, ${done.why}`)
    continue
  }
  const one = await judge(implementation)
  found.set(name, one)
  const played = Object.values(one.sets).reduce((sum, { passed, failed }) => sum + passed + failed, 0)
  say(`${name} ${one.version}: ${played - one.failed.length} of ${played} plays passed`)
}
const all = implementations.flatMap(({ name }) => found.get(name) ?? [])
writeFileSync(docs.data, `${JSON.stringify(all, null, 1)}\n`)
writeFileSync(docs.page, pageOf(all))
