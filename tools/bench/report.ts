/**
 * The results of the benchmark for people: a page of tables in Markdown, and a plot.
 *
 * @module
 */
import * as Plot from "@observablehq/plot"
// biome-ignore lint/correctness/noUnresolvedImports: Node resolves it.
import { JSDOM } from "jsdom"
import { columns, type Shares } from "./profile.ts"
import type { Row } from "./run.ts"

const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))

const cellOf = ({ cpu, own, ratio }: Row): string =>
  own === undefined ? `${figure(cpu.median)}` : `**${figure(ratio!)}** (${figure(cpu.median)} / ${figure(own.median)})`

const line = (cells: ReadonlyArray<string | number>) => `| ${cells.join(" | ")} |\n`

/** What the last column of a table says of a row. */
interface Summary {
  readonly head: string
  readonly of: (points: ReadonlyArray<readonly [column: number, value: number]>) => string
}

/** With which power of the column a row grows, by least squares of the logarithms, from 8 on; nothing when there are not two figures. */
const exponent: Summary = {
  head: "exponent",
  of: (points) => {
    const logs = points.filter(([column]) => column >= 8).map(([column, value]) => [Math.log(column), Math.log(value)] as const)
    if (logs.length < 2) return ""
    const mean = (index: 0 | 1) => logs.reduce((sum, point) => sum + point[index], 0) / logs.length
    const [x, y] = [mean(0), mean(1)]
    const slope = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0)
    return slope.toFixed(2)
  },
}

/** How many times the first column the last one is. */
const growth: Summary = {
  head: "last : first",
  of: (points) => (points.at(-1)![1] / points[0]![1]).toFixed(2),
}

/** A table whose rows are operations and parties, and whose columns are told apart by `by`. */
const table = (rows: ReadonlyArray<Row>, by: (row: Row) => number, corner: string, summary: Summary): string => {
  const columns = [...new Set(rows.map(by))].sort((a, b) => a - b)
  const lines = [...Map.groupBy(rows, ({ operation, who }) => `${operation}: ${who}`)].map(([name, of]) => {
    const cells = columns.map((column) => of.find((row) => by(row) === column))
    const points = cells.flatMap((row) => (row === undefined ? [] : [[by(row), row.cpu.median] as const]))
    return line([name, ...cells.map((row) => (row === undefined ? "" : cellOf(row))), summary.of(points)])
  })
  const head = [corner, ...columns, summary.head]
  return line(head) + line(head.map((_, index) => (index === 0 ? "---" : "---:"))) + lines.join("")
}

const titleOf = ({ name, provider }: Row): string => `${name}, ${provider}`

const percent = (share: number): string => `${Math.round(100 * share)} %`

const sharesTable = (of: ReadonlyArray<Shares>): string => {
  const head = ["", "primitives", "times them", ...columns.slice(1)]
  const lines = of.map(({ operation, who, shares }) => {
    const { primitives } = shares as { readonly primitives: number }
    return line([
      `${operation}: ${who}`,
      percent(primitives),
      figure(1 / primitives),
      ...columns.slice(1).map((kind) => percent(shares[kind]!)),
    ])
  })
  return line(head) + line(head.map((_, index) => (index === 0 ? "---" : "---:"))) + lines.join("")
}

const whereItGoes = (shares: ReadonlyArray<Shares>): ReadonlyArray<string> =>
  [...Map.groupBy(shares, ({ n }) => n)].map(
    ([n, of]) => `## Where the time goes: messenger, node, ${n} members

Samples of the thread that runs the steps, as after loading. *Primitives* is what runs in them, *codec* is CBOR and the types of the wire, *effects* is what runs generators and gives them their services, *steps* is the reference itself; *garbage* is what
that thread does of collecting it: the rest of that, and compiling, other threads do, and the ratios above count it. "Times them" is what the ratio would be if the own calls took as long by themselves as they take in the step.

${sharesTable(of)}`,
  )

/** The page. */
export const page = (rows: ReadonlyArray<Row>, shares: ReadonlyArray<Shares>, machine: string): string => {
  const bySize = rows.filter(({ past }) => past === undefined)
  const historic = rows.filter(({ past }) => past !== undefined)
  const sections = [...Map.groupBy(bySize, titleOf)].map(
    ([title, of]) => `## ${title}\n\n${table(of, ({ n }) => n, "by members", exponent)}`,
  )
  const byHistory = [...Map.groupBy(historic, (row) => `${titleOf(row)}, ${row.n} members, after ${row.past}`)].map(
    ([title, of]) => `## ${title}\n\n${table(of, ({ history }) => history, "by past operations", growth)}`,
  )
  return `# Speed

Written by \`npm run bench\` (${machine}). CPU milliseconds of all threads, medians; everything of one size in one process, in random order.
In bold how many times the own calls of the primitives a step needs: the same calls, with the same arguments, without the protocol around them. Then both in milliseconds.
The ratio is the median of the ratios of the rounds, in each of which both are measured one after the other.
They begin with a copy of the state, as after loading: no key has been imported, no view computed. What is *running* is measured where the member has done before, in the same process, what it did in its group (of a long past, the last of it);
its own calls, too, come after those of what it did before.
*p2panda-encryption* is another implementation of the same key agreement, in Rust with its own libraries: in a process of its own, and without anything in bytes.

![CPU time against members](bench.svg)

${[...sections, ...byHistory, ...whereItGoes(shares)].join("\n")}`
}

const parties = ["sender", "one recipient", "all acks, sender"]

const drawnNames = ["messenger, node", "key agreement, node", "ts-mls, full tree, web", "ts-mls, blank tree, web", "bare floor, node"]

/** An update against the number of members, for each party. */
export const plot = (rows: ReadonlyArray<Row>): string => {
  const points = rows
    .filter(({ operation, who, past }) => operation === "update" && past === undefined && parties.includes(who))
    .map((row) => ({ n: row.n, who: row.who, of: titleOf(row), cpu: row.cpu.median }))
    .filter(({ of }) => drawnNames.includes(of))
  const channels = { fx: "who", x: "n", y: "cpu", stroke: "of", z: "of" } as const
  const drawn = Plot.plot({
    document: new JSDOM("").window.document,
    className: "bench",
    style: { background: "white", color: "black" },
    width: 960,
    height: 420,
    marginLeft: 54,
    fx: { label: null, domain: parties },
    x: { type: "log", label: "members", ticks: [...new Set(points.map(({ n }) => n))], tickFormat: String },
    y: { type: "log", label: "CPU ms of an update", grid: true, tickFormat: String },
    color: { legend: false, domain: drawnNames, range: ["#0b62a4", "#d1495b", "#2a9d4b", "#8ab17d", "#777777"] },
    marks: [
      Plot.line(points, channels),
      Plot.dot(points, { ...channels, r: 2.5, fill: "of" }),
      ...drawnNames.map((of, index) =>
        Plot.text([{ who: parties[0], of }], { fx: "who", text: "of", fill: "of", frameAnchor: "top-left", dx: 6, dy: 6 + 14 * index }),
      ),
    ],
  })
  return `${drawn.outerHTML.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')}\n`
}
