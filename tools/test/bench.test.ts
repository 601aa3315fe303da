/** The benchmark runs, in little; no time is asserted. */
import { describe, expect, it } from "vitest"
import { slower } from "../bench/compare.ts"
import { columns, profiled } from "../bench/profile.ts"
import { page, plot } from "../bench/report.ts"
import { bench, type Row } from "../bench/run.ts"

const spread = { median: 1, low: 1, high: 1 }
const place = { name: "messenger", provider: "node", n: 8, history: 0, operation: "update", who: "sender" }
const rowOf = (ratio: number): Row => ({ ...place, cpu: spread, own: spread, ratio })

describe("the benchmark", async () => {
  const rows = await bench(
    {
      sizes: [3],
      histories: [
        { n: 3, past: "guests", operations: [2] },
        { n: 2, past: "updates", operations: [6] },
      ],
      sessions: [3],
      decisions: [4],
      rounds: 1,
      providers: ["node"],
      peers: true,
    },
    () => {},
  )
  const shares = await profiled(2)
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

  it("says of each step where its time goes", () => {
    expect(shares.map(({ operation, who }) => `${operation}: ${who}`)).toContain("update: all acks, sender")
    for (const { shares: of } of shares) {
      expect(Object.keys(of)).toEqual(columns)
      expect(Object.values(of).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
      expect(of.primitives).toBeGreaterThan(0)
    }
  })

  it("is written as a page and a plot", () => {
    const written = page(rows, shares, "a test")
    expect(written).toContain("| update: one recipient | **")
    expect(written).toContain("## Where the time goes: messenger, node, 2 members")
    expect(written).toContain("## messenger, node, 2 members, after updates")
    expect(written).toContain("## key agreement, running, node, 3 members, after guests")
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
