/** Costs that follow from the algorithms, counted: without a conflict three message delays and about 3n² messages, by the server n + 1. */
import { describe, expect, it } from "vitest"
import { costOfCommits, costOfFallback, costOfProposal, costOfServer } from "../simulation/costs.ts"

describe.each([4, 7, 10])("%i members", (n) => {
  it("gossip a proposal once from everybody to everybody", () => {
    expect(costOfProposal(n).messages).toBe(n * (n - 1))
  })

  it("agree on the only commit after a proposal, a witness and a ready", () => {
    const { messages, delays } = costOfCommits(n, 1)
    expect(delays).toBe(3)
    expect(messages).toBeLessThan(3.5 * n * n)
  })

  it("settle two commits by a second cooperation", () => {
    const { messages, delays } = costOfCommits(n, 2)
    expect(delays).toBeGreaterThan(3)
    expect(delays).toBeLessThanOrEqual(8)
    expect(messages).toBeLessThan(7 * n * n)
  })

  it("need n + 1 messages of a server for each commit", () => {
    expect(costOfServer(n, 1).messages).toBe(n + 1)
    expect(costOfServer(n, 2).messages).toBe(2 * n + 2)
  })
})

describe("global consensus", () => {
  it("costs more, and is counted the same each time", () => {
    const cost = costOfFallback(4, 1)
    expect(cost.messages).toBeGreaterThan(costOfCommits(4, 2).messages)
    expect(costOfFallback(4, 1)).toEqual(cost)
  })
})
