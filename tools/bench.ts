/**
 * `npm run bench`: CPU time of the part dcgka, beside its own calls of the primitives, the bare floor, ts-mls and two comparators; and of whole groups of mpENC and of the delivery service beside their own calls; where Rust is present p2panda-encryption too, in a process of its own. Writes `docs/bench.json`, `docs/bench.md` and its plot.
 * Rows of sizes and histories that were not measured stay as they are.
 * `--sizes 8,32`, `--sessions`, `--decisions`, `--histories updates-8,guests-2` and `--profile 128` say which are measured; an empty text means none.
 * With `--compare` it writes nothing, and fails when a ratio is more than 1.3 times the committed one. `--quick` measures little, to see that it runs.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { keyOf, slower } from "./bench/compare.ts"
import { profiled, type Shares } from "./bench/profile.ts"
import { page, plot } from "./bench/report.ts"
import { bench, type Row, type Settings, usualSize } from "./bench/run.ts"
import { rust } from "./bench/rust.ts"

const docs = join(import.meta.dirname, "..", "docs")

const usual: Settings & { readonly profile: ReadonlyArray<number> } = {
  sizes: [2, 8, 32, 128, 512],
  histories: [
    { n: 2, past: "updates", operations: [100, 1000, 10_000] },
    { n: 8, past: "updates", operations: [100, 1000] },
    { n: 2, past: "guests", operations: [100, 1000] },
    { n: 8, past: "guests", operations: [100, 1000] },
  ],
  sessions: [2, 8, 32],
  decisions: [4, 10, 20, 50],
  rounds: 7,
  providers: ["node", "noble"],
  peers: true,
  profile: [128],
}

const quick: typeof usual = {
  sizes: [2, 3],
  histories: [{ n: 3, past: "guests", operations: [2] }],
  sessions: [2],
  decisions: [4],
  rounds: 1,
  providers: ["node"],
  peers: true,
  profile: [2],
}

const numbers = (text: string | undefined, otherwise: ReadonlyArray<number>) =>
  text === undefined
    ? otherwise
    : text
        .split(",")
        .filter((one) => one !== "")
        .map(Number)

/** What `docs/bench.json` has. */
interface Committed {
  readonly rows: ReadonlyArray<Row>
  readonly shares: ReadonlyArray<Shares>
}

const inLines = (list: ReadonlyArray<unknown>): string => list.map((one) => JSON.stringify(one)).join(",\n")

const sharesIn = async (sizes: ReadonlyArray<number>, tell: (what: string) => void): Promise<ReadonlyArray<Shares>> => {
  const shares: Array<Shares> = []
  for (const n of sizes) {
    tell(`where the time goes, ${n} members`)
    shares.push(...(await profiled(n)))
  }
  return shares
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      compare: { type: "boolean", default: false },
      sizes: { type: "string" },
      histories: { type: "string" },
      sessions: { type: "string" },
      decisions: { type: "string" },
      rounds: { type: "string" },
      provider: { type: "string" },
      profile: { type: "string" },
    },
  })
  const chosen = values.quick ? quick : usual
  const settings: Settings = {
    ...chosen,
    sizes: numbers(values.sizes, chosen.sizes),
    histories: chosen.histories.filter(({ n, past }) => values.histories?.split(",").includes(`${past}-${n}`) ?? true),
    sessions: numbers(values.sessions, chosen.sessions),
    decisions: numbers(values.decisions, chosen.decisions),
    rounds: Number(values.rounds ?? chosen.rounds),
    providers: values.provider === "node" || values.provider === "noble" ? [values.provider] : chosen.providers,
  }
  const tell = (what: string) => process.stderr.write(`${what}\n`)
  const ofNode = await bench(settings, tell)
  // It has no ratio that could be compared.
  const ofRust = values.quick || values.compare ? [] : rust(settings.sizes.filter((size) => size <= usualSize))
  const measured = [...ofNode, ...ofRust]
  const file = join(docs, "bench.json")
  const committed: Committed = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Committed) : { rows: [], shares: [] }
  if (values.compare) {
    const found = slower(measured, committed.rows)
    for (const line of found) process.stdout.write(`${line}\n`)
    process.exitCode = found.length === 0 ? 0 : 1
  } else {
    const node = process.versions.node
    const shares = await sharesIn(numbers(values.profile, chosen.profile), tell)
    if (values.quick) process.stdout.write(page(measured, shares, `Node ${node}`))
    else {
      const anew = new Set(measured.map(keyOf))
      const rows = [...committed.rows.filter((row) => !anew.has(keyOf(row))), ...measured]
      const profiles = shares.length === 0 ? committed.shares : shares
      writeFileSync(file, `{ "node": "${node}", "rows": [\n${inLines(rows)}\n], "shares": [\n${inLines(profiles)}\n] }\n`)
      writeFileSync(join(docs, "bench.md"), page(rows, profiles, `Node ${node}`))
      writeFileSync(join(docs, "bench.svg"), plot(rows))
    }
  }
}
