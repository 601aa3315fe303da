/**
 * Counts what a decision of the distributed delivery service costs against the number of members, beside the centralized one, and writes `docs/delivery-service-costs.md` and its plot. With `--check` it writes nothing, and fails when they
 * are not what it would have written. Takes a minute or two.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Plot from "@observablehq/plot"
// biome-ignore lint/correctness/noUnresolvedImports: Node resolves it.
import { JSDOM } from "jsdom"
import { type Cost, costOfCommits, costOfFallback, costOfProposal, costOfServer } from "../reference/delivery-service/simulation/costs.ts"

const docs = join(import.meta.dirname, "..", "docs")

const sizes = [4, 7, 10, 13, 16, 20]

/** Global consensus is reached only in runs against all odds, of which large groups need long ones. */
const mostWithFallback = 13
const runs = 5

interface Row {
  readonly n: number
  readonly proposal: Cost
  readonly alone: Cost
  readonly competing: Cost
  readonly fallback: Cost | undefined
  readonly server: Cost
  readonly serverCompeting: Cost
}

const measured = (n: number): Row => {
  process.stderr.write(`${n} members\n`)
  return {
    n,
    proposal: costOfProposal(n),
    alone: costOfCommits(n, 1),
    competing: costOfCommits(n, 2),
    fallback: n <= mostWithFallback ? costOfFallback(n, runs) : undefined,
    server: costOfServer(n, 1),
    serverCompeting: costOfServer(n, 2),
  }
}

const kilobytes = ({ bytes }: Cost) => Math.round(bytes / 1000)

const lineOf = ({ n, proposal, alone, competing, fallback, server, serverCompeting }: Row): string => {
  const distributed = [alone, competing].map((cost) => `${cost.messages} (${kilobytes(cost)} kB) | ${cost.delays}`)
  const last = fallback === undefined ? "– | –" : `${fallback.messages} (${kilobytes(fallback)} kB) | ${fallback.delays}`
  const cells = [
    n,
    Math.floor((n - 1) / 3),
    proposal.messages,
    ...distributed,
    last,
    server.messages,
    serverCompeting.messages,
    server.delays,
  ]
  return `| ${cells.join(" | ")} |`
}

const page = (rows: ReadonlyArray<Row>): string => `# What a decision costs

Messages (and their bytes, with the symbolic back end) until nothing is on its way any more, and message delays until the last member has been told, in groups of n members of whom t could be faulty and none is.
Written by \`node tools/delivery-costs.ts\`.

| n | t | proposal | one commit | delays | two commits | delays | fallback | delays | server: proposal or commit | server: two commits | delays |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map(lineOf).join("\n")}

Without a conflict a decision takes three message delays (commit, WITNESS, READY) and about 3 n² messages, since everybody tells everybody; a server takes two and n + 1, and decides alone. A conflict costs about twice as much, and the last resort grows faster than n².

- **proposal**: gossip in full mesh, as is usual up to 32 members. One delay.
- **one commit**: no conflict; one cooperation, and its certificate is the decision.
- **two commits** at once, each the first to half of the members, with all messages taking the same time: restrained consensus of the two authors, and a second cooperation.
- **fallback**: two commits at once in a network that is slower than anybody thought: all timers but those of global consensus are over at once, and messages come in random order. The median of ${runs} runs in which it comes to global consensus.
- **server**: the centralized delivery service, where competing commits cost nothing but themselves.

![Messages and kilobytes against members, all scales logarithmic: each line is a column of the table](delivery-service-costs.svg)
`

/** One measured cost, of which the plot has two panels. */
interface Point {
  readonly n: number
  readonly of: string
  readonly panel: string
  readonly amount: number
}

const panels: ReadonlyArray<readonly [name: string, amountOf: (cost: Cost) => number]> = [
  ["messages", ({ messages }) => messages],
  ["kilobytes", ({ bytes }) => bytes / 1000],
]

const pointsOf = ({ n, alone, competing, fallback, server }: Row): ReadonlyArray<Point> => {
  const costs: ReadonlyArray<readonly [string, Cost | undefined]> = [
    ["fallback", fallback],
    ["two commits", competing],
    ["one commit", alone],
    ["server", server],
  ]
  return costs.flatMap(([of, cost]) =>
    cost === undefined ? [] : panels.map(([panel, amountOf]) => ({ n, of, panel, amount: amountOf(cost) })),
  )
}

const ticks = [1, 10, 100, 1000, 10_000]

const plot = (rows: ReadonlyArray<Row>): string => {
  const points = rows.flatMap(pointsOf)
  const channels = { fx: "panel", x: "n", y: "amount", stroke: "of" } as const
  const label = { fx: "panel", x: "n", y: "amount", text: "of", fill: "of", fontSize: 12 } as const
  const ends = Object.values(Object.fromEntries(points.map((point) => [`${point.of} ${point.panel}`, point])))
  const drawn = Plot.plot({
    document: new JSDOM("").window.document,
    className: "costs",
    style: { background: "white", color: "black" },
    width: 900,
    height: 440,
    marginTop: 46,
    marginLeft: 54,
    marginRight: 98,
    marginBottom: 44,
    fx: { label: null, domain: panels.map(([name]) => name), padding: 0.26, axis: null },
    x: {
      type: "log",
      label: "members of the group; all scales are logarithmic",
      labelArrow: "none",
      labelAnchor: "center",
      ticks: sizes,
      tickFormat: String,
    },
    y: { type: "log", label: null, domain: [1, 20_000], ticks, tickFormat: (amount: number) => amount.toLocaleString("en"), grid: true },
    color: { domain: ["fallback", "two commits", "one commit", "server"], range: ["#b2182b", "#d6761f", "#1b6fa8", "#555555"] },
    marks: [
      Plot.text(panels, {
        fx: ([name]: (typeof panels)[number]) => name,
        frameAnchor: "top-left",
        dy: -30,
        fontSize: 13,
        fontWeight: "bold",
        text: ([name]: (typeof panels)[number]) => `${name}, until nothing is on its way any more`,
      }),
      Plot.lineY(points, { ...channels, strokeWidth: 2 }),
      Plot.dot(points, { ...channels, fill: "white" }),
      // The end of this line is in the way of another.
      Plot.text(
        ends.filter(({ of }) => of === "fallback"),
        { ...label, textAnchor: "end", dx: -9, dy: -5 },
      ),
      Plot.text(
        ends.filter(({ of }) => of !== "fallback"),
        { ...label, textAnchor: "start", dx: 9 },
      ),
    ],
  })
  drawn.setAttribute("xmlns", "http://www.w3.org/2000/svg")
  return `${drawn.outerHTML}\n`
}

const rows = sizes.map(measured)
const files: ReadonlyArray<readonly [name: string, text: string]> = [
  ["delivery-service-costs.md", page(rows)],
  ["delivery-service-costs.svg", plot(rows)],
]

const isStale = ([name, text]: (typeof files)[number]) => !existsSync(join(docs, name)) || readFileSync(join(docs, name), "utf8") !== text

if (process.argv.includes("--check")) {
  const stale = files.filter(isStale).map(([name]) => name)
  if (stale.length > 0) {
    process.stderr.write(`Out of date: ${stale.join(", ")}; run: node tools/delivery-costs.ts\n`)
    process.exitCode = 1
  }
} else {
  mkdirSync(docs, { recursive: true })
  for (const [name, text] of files) writeFileSync(join(docs, name), text)
}
