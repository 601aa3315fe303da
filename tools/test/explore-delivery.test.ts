/** The agreement on commits, explored: all states of the models, which find each fault put into them, and all orders of delivery of small beginnings. */
import { describe, expect, it } from "vitest"
import { exploreCascade } from "../explore/delivery-service/cascade-model.ts"
import { exploreConsensus } from "../explore/delivery-service/consensus-model.ts"
import { exploreCooperation } from "../explore/delivery-service/cooperation-model.ts"
import { beginnings, exploreOrders } from "../explore/delivery-service/cooperation-orders.ts"

describe("the model of cooperation", () => {
  it("holds in all states", () => {
    expect(exploreCooperation("certificate")).toEqual({ states: 619_426, all: 7_407_865, violation: undefined, complete: true })
  })

  it.each(["witness-after-ready", "gaps", "witness-quorum-2t", "candidates-k-plus-1"] as const)("finds the fault %s", (fault) => {
    expect(exploreCooperation("certificate", fault, 100_000).violation).toMatch(/^chains /)
  })
})

describe("orders of delivery", () => {
  it.each(beginnings)("$name", (beginning) => {
    const { found, ends } = exploreOrders(beginning, 1200)
    expect(found).toEqual([])
    expect(ends).toBeGreaterThan(0)
  })
})

describe("the model of global consensus", () => {
  it("holds in all states of two rounds, the second with a faulty proposer", () => {
    expect(exploreConsensus([0, -1])).toEqual({ states: 65_436, violation: undefined, complete: true })
  })

  it.each(["no-lock", "quorum-2t", "any-valid-round"] as const)("finds the fault %s", (fault) => {
    expect(exploreConsensus([0, -1], fault, 40_000).violation).toBeDefined()
  })
})

describe("the model of the cascade", () => {
  it("holds in all behaviours", () => {
    expect(exploreCascade()).toEqual({ behaviours: 788, violation: undefined })
  })

  it.each(["uncertified-sets", "uncertified-consensus"] as const)("finds the fault %s", (fault) => {
    expect(exploreCascade(fault).violation).toMatch(/^accepted /)
  })
})
