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

- **proposal**: gossip in full mesh, as is usual up to 32 members. One delay.
- **one commit**: no conflict; one cooperation, and its certificate is the decision.
- **two commits** at once, each the first to half of the members, with all messages taking the same time: restrained consensus of the two authors, and a second cooperation.
- **fallback**: two commits at once in a network that is slower than anybody thought: all timers but those of global consensus are over at once, and messages come in random order. The median of ${runs} runs in which it comes to global consensus.
- **server**: the centralized delivery service, where competing commits cost nothing but themselves.

![Messages against members, both scales logarithmic](delivery-service-costs.svg)
`

const series = (rows: ReadonlyArray<Row>) =>
  rows.flatMap(({ n, alone, competing, fallback, server }) => [
    { n, messages: alone.messages, of: "one commit" },
    { n, messages: competing.messages, of: "two commits" },
    ...(fallback === undefined ? [] : [{ n, messages: fallback.messages, of: "fallback" }]),
    { n, messages: server.messages, of: "server" },
  ])

const plot = (rows: ReadonlyArray<Row>): string => {
  const points = series(rows)
  const channels = { x: "n", y: "messages", stroke: "of" } as const
  const ends = Object.values(Object.fromEntries(points.map((point) => [point.of, point])))
  const drawn = Plot.plot({
    document: new JSDOM("").window.document,
    className: "costs",
    width: 640,
    height: 420,
    marginRight: 90,
    x: { type: "log", label: "members", ticks: sizes, tickFormat: String },
    y: { type: "log", label: "messages", grid: true },
    marks: [
      Plot.lineY(points, channels),
      Plot.dot(points, channels),
      Plot.text(ends, { x: "n", y: "messages", text: "of", textAnchor: "start", dx: 8 }),
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
