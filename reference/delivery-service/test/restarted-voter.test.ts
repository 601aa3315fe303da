/**
 * Two of four voters start again from the states that they had when the epoch began: everything that they have signed since has left. Shows delivery-service.persist-before-send: with states that go on, the epoch is decided twice; a
 * member that says so (delivery-service.restore) does no harm, and one that kept its state none either.
 */
import { describe, expect, it } from "vitest"
import type { Delivery } from "../../../spec/delivery-service/delivery-service.ts"
import { restore } from "../delivery-service.ts"
import { violations, violationsAtRest } from "../simulation/properties.ts"
import { play } from "../simulation/schedule.ts"
import { processOf, settledWorld, type World } from "../simulation/world.ts"

/** A decides with B and C, whose states are then as `again` says; D, which was cut off, commits. */
const restarted = (again: (before: Delivery, now: Delivery) => Delivery): World => {
  const world = settledWorld(["A", "B", "C", "D"])
  const voters = ["B", "C"].map((user) => processOf(world, user))
  const before = voters.map(({ state }) => state!)
  play(world, [{ cut: [["D"], ["A", "B", "C"]] }, { commit: [], by: "A", as: "cA" }, { drain: "fifo" }, { lose: true }])
  for (const [index, process] of voters.entries()) {
    process.state = again(before[index]!, process.state!)
    process.events.length = 0
  }
  play(world, [
    { cut: [["A"], ["B", "C", "D"]] },
    { commit: [], by: "D", as: "cD" },
    { settle: 50 },
    { heal: true },
    ...["A", "B", "C", "D"].map((resume) => ({ resume })),
    { settle: 50 },
  ])
  return world
}

describe("two of four voters start again", () => {
  it("from old states: the epoch is decided twice", () => {
    expect(violations(restarted((before) => before))).toContain("P1 two commits of epoch 1")
  })

  it("from the states that were written before anything left", () => {
    expect(violationsAtRest(restarted((_, now) => now))).toEqual([])
  })

  it("from old states, and say so: they sign nothing in this epoch, and all agree", () => {
    expect(violationsAtRest(restarted((before) => restore(before, 1).state))).toEqual([])
  })
})
