/** The agreement on commits, explored: states of the models, which find each fault put into them, and orders of delivery of small beginnings. `npm run explore:delivery` explores all states. */
import { describe, expect, it } from "vitest"
import { exploreCascade } from "../explore/delivery-service/cascade-model.ts"
import { exploreConsensus } from "../explore/delivery-service/consensus-model.ts"
import { exploreCooperation } from "../explore/delivery-service/cooperation-model.ts"
import { beginnings, exploreOrders } from "../explore/delivery-service/cooperation-orders.ts"

describe("the model of cooperation", () => {
  it.each(["certificate", "candidates"] as const)("holds in 60,000 states, certain by the %s", (certainty) => {
    const { states, violation } = exploreCooperation(certainty, undefined, 60_000)
    expect(violation).toBeUndefined()
    expect(states).toBeGreaterThanOrEqual(60_000)
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
