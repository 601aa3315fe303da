/**
 * Judges implementations that exist: builds the adapters that can be built here, has them play, and writes what was found to
 * `docs/implementations.md`; those of MLS also together in one group. What cannot be built is said to be skipped, and keeps what was found of it before. `node tools/implementations.ts [name...]`
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
import { deliver } from "./implementations/deliver.ts"
import { type Implementation, implementations, mlsImplementations } from "./implementations/list.ts"
import { type Found, type FoundGroup, pageOf } from "./implementations/table.ts"
import { root } from "./sources.ts"

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const docs = {
  page: join(root, "docs", "implementations.md"),
  data: join(root, "docs", "implementations.json"),
  groups: join(root, "docs", "implementations-mls.json"),
}

const vectors = join(root, "vectors")

/** What is played of the parts that an implementation declares, and that alone. */
const judge = async ({ name, about, command }: Implementation): Promise<Found> => {
  const { plays, sha256 } = loadPlays(vectors)
  const { version } = loadManifest(vectors)
  const played = await playPlays({ seats: [{ name, command }], plays, vectors: { version, sha256 }, timeout: 10_000, jobs: 2 })
  const { hello } = played.seats[0]!
  const own = plays.filter(({ part }) => hello.parts.includes(part))
  const results = played.results.filter(({ play }) => own.some(({ id }) => id === play))
  const count = (set: string, status: string) => results.filter((one) => one.set === set && one.status === status).length
  const sets = [...new Set(own.map(({ set }) => set))]
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
    findings: findingsOf(results, sizesOf(own)),
  }
}

const read = <A>(file: string): ReadonlyArray<A> => (existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Array<A>) : [])

/** All pairs of seats, and all of them together. */
const groupsOf = <A>(seats: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const pairs = seats.flatMap((one, index) => seats.slice(index + 1).map((other) => [one, other]))
  return seats.length > 2 ? [...pairs, seats] : pairs
}

const judgeGroup = async (seats: ReadonlyArray<Implementation>): Promise<FoundGroup> => {
  const { plays, sha256 } = loadPlays(vectors)
  const { version } = loadManifest(vectors)
  const own = plays.filter(({ part }) => part === "mls")
  const { results } = await playPlays({
    seats: seats.map(({ name, command }) => ({ name, command })),
    plays: own,
    vectors: { version, sha256 },
    assign: seats.length > 2 ? "turns" : "pairs",
    onlyMixed: true,
    timeout: 10_000,
    jobs: 2,
  })
  const failed = results.filter(({ status }) => status === "failed")
  return {
    seats: seats.map(({ name }) => name),
    passed: results.filter(({ status }) => status === "passed").length,
    skipped: results.filter(({ status }) => status === "skipped").length,
    failed: failed.map(({ play, assignment }) => `${assignment} ${play}`),
    findings: findingsOf(results, sizesOf(own)),
    run: await deliver(seats, 30),
  }
}

const { positionals } = parseArgs({ allowPositionals: true })
const wanted = implementations.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const found = new Map(read<Found>(docs.data).map((one) => [one.name, one]))
const groups = new Map(read<FoundGroup>(docs.groups).map((one) => [one.seats.join(), one]))
const ready: Array<Implementation> = []
for (const implementation of wanted) {
  const { name } = implementation
  const done = build(implementation)
  if (done.status !== "built") {
    say(`${name}: skipped, ${done.why}`)
    continue
  }
  const one = await judge(implementation)
  found.set(name, one)
  ready.push(implementation)
  const played = Object.values(one.sets).reduce((sum, { passed, failed }) => sum + passed + failed, 0)
  say(`${name} ${one.version}: ${played - one.failed.length} of ${played} plays passed`)
}
for (const seats of groupsOf(ready.filter(({ name }) => mlsImplementations.includes(name)))) {
  const group = await judgeGroup(seats)
  groups.set(group.seats.join(), group)
  const { epochs, messages } = group.run
  say(`${group.seats.join(" + ")}: ${group.passed} plays passed, ${group.failed.length} failed; ${epochs} epochs, ${messages} messages`)
}
const all = implementations.flatMap(({ name }) => found.get(name) ?? [])
const allGroups = groupsOf(mlsImplementations).flatMap((names) => groups.get(names.join()) ?? [])
writeFileSync(docs.data, `${JSON.stringify(all, null, 1)}\n`)
writeFileSync(docs.groups, `${JSON.stringify(allGroups, null, 1)}\n`)
writeFileSync(docs.page, pageOf(all, allGroups))
