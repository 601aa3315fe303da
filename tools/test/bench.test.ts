/** The benchmark runs, in little; no time is asserted. */
import { describe, expect, it } from "vitest"
import { slower } from "../bench/compare.ts"
import { page, plot } from "../bench/report.ts"
import { bench, type Row } from "../bench/run.ts"

const spread = { median: 1, low: 1, high: 1 }
const place = { name: "messenger", provider: "node", n: 8, history: 0, operation: "update", who: "sender" }
const rowOf = (ratio: number): Row => ({ ...place, cpu: spread, own: spread, ratio })

describe("the benchmark", async () => {
  const rows = await bench(
    { sizes: [3], histories: [1], historySize: 3, sessions: [3], decisions: [4], rounds: 1, providers: ["node"], peers: true },
    () => {},
  )
  const names = new Set(rows.map(({ name }) => name))

  it("measures each level, floors and others", () => {
    const inMemory = ["key agreement", "key agreement, running", "messenger", "messenger, running"]
    const levels = [...inMemory, "messenger in a store", "messenger in a store, one commit", "mpENC", "delivery service"]
    expect([...names].sort()).toEqual(
      [...levels, "bare floor", "pairwise", "sender keys", "ts-mls, blank tree", "ts-mls, full tree"].sort(),
    )
  })

  it("sets a ratio beside each step of ours", () => {
    expect(rows.filter(({ own, ratio }) => (own === undefined) !== (ratio === undefined))).toEqual([])
    const operations = new Set(rows.filter(({ own }) => own !== undefined).map(({ operation }) => operation))
    const ofSessions = ["exclude", "include", "message", "message and what follows", "refresh", "start"]
    expect([...operations].sort()).toEqual(["add", "commit", "create", "remove", "update", ...ofSessions].sort())
  })

  it("is written as a page and a plot", () => {
    expect(page(rows, "a test")).toContain("| update: one recipient | **")
    expect(plot(rows)).toMatch(/^<svg /)
  })
})

describe("comparing with committed ratios", () => {
  it("finds what needs more than 1.3 times as much as before", () => {
    expect(slower([rowOf(2.7)], [rowOf(2)])).toEqual([
      "messenger, node, 8 members, 0 past operations: update, sender: 2.70 times its own calls, before 2.00",
    ])
    expect(slower([rowOf(2.6)], [rowOf(2)])).toEqual([])
    expect(slower([rowOf(9)], [{ ...rowOf(2), n: 32 }])).toEqual([])
  })
})
