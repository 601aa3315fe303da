/** Cooperation, explored: all states of the model, which finds each fault put into it, and all orders of delivery of small beginnings. */
import { describe, expect, it } from "vitest"
import { exploreCooperation } from "../explore/delivery-service/cooperation-model.ts"
import { beginnings, exploreOrders } from "../explore/delivery-service/cooperation-orders.ts"

describe("the model", () => {
  it("holds in all states", () => {
    expect(exploreCooperation("certificate")).toEqual({ states: 619_426, all: 7_407_865, violation: undefined, complete: true })
  })

  it.each(["witness-after-ready", "gaps", "witness-quorum-2t", "candidates-k-plus-1"] as const)("finds the fault %s", (fault) => {
    expect(exploreCooperation("certificate", fault, 100_000).violation).toMatch(/^chains /)
  })
})

describe("orders of delivery", () => {
  it.each(beginnings)("$name", (beginning) => {
    const { found, ends } = exploreOrders(beginning, 2000)
    expect(found).toEqual([])
    expect(ends).toBeGreaterThan(0)
  })
})
