/**
 * `npm run bench`: CPU time of the part dcgka, beside its own calls of the primitives, the bare floor, ts-mls and two comparators; and of whole groups of mpENC and of the delivery service beside their own calls. Writes `docs/bench.json`, `docs/bench.md` and its plot.
 * Rows of sizes and histories that were not measured stay as they are.
 * With `--compare` it writes nothing, and fails when a ratio is more than 1.3 times the committed one. `--quick` measures little, to see that it runs.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { keyOf, slower } from "./bench/compare.ts"
import { page, plot } from "./bench/report.ts"
import { bench, type Row, type Settings } from "./bench/run.ts"

const docs = join(import.meta.dirname, "..", "docs")

const usual: Settings = {
  sizes: [2, 8, 32, 128, 512],
  histories: [100, 1000, 10_000],
  historySize: 8,
  sessions: [2, 8, 32],
  decisions: [4, 10, 20, 50],
  rounds: 7,
  providers: ["node", "noble"],
  peers: true,
}

const quick: Settings = {
  sizes: [2, 3],
  histories: [2],
  historySize: 3,
  sessions: [2],
  decisions: [4],
  rounds: 1,
  providers: ["node"],
  peers: true,
}

const numbers = (text: string | undefined, otherwise: ReadonlyArray<number>) =>
  text === undefined
    ? otherwise
    : text
        .split(",")
        .filter((one) => one !== "")
        .map(Number)

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
    },
  })
  const chosen = values.quick ? quick : usual
  const settings: Settings = {
    ...chosen,
    sizes: numbers(values.sizes, chosen.sizes),
    histories: numbers(values.histories, chosen.histories),
    sessions: numbers(values.sessions, chosen.sessions),
    decisions: numbers(values.decisions, chosen.decisions),
    rounds: Number(values.rounds ?? chosen.rounds),
    providers: values.provider === "node" || values.provider === "noble" ? [values.provider] : chosen.providers,
  }
  const measured = await bench(settings, (what) => process.stderr.write(`${what}\n`))
  const file = join(docs, "bench.json")
  const committed = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { readonly rows: ReadonlyArray<Row> }).rows : []
  if (values.compare) {
    const found = slower(measured, committed)
    for (const line of found) process.stdout.write(`${line}\n`)
    process.exitCode = found.length === 0 ? 0 : 1
  } else if (values.quick) process.stdout.write(page(measured, `Node ${process.versions.node}`))
  else {
    const anew = new Set(measured.map(keyOf))
    const rows = [...committed.filter((row) => !anew.has(keyOf(row))), ...measured]
    writeFileSync(file, `{ "node": "${process.versions.node}", "rows": [\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n] }\n`)
    writeFileSync(join(docs, "bench.md"), page(rows, `Node ${process.versions.node}`))
    writeFileSync(join(docs, "bench.svg"), plot(rows))
  }
}
