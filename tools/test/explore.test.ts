/**
 * The explorer finds nothing in the reference, and finds each fault of the zoo that a schedule can show.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Bounds, exploreAll } from "../explore/all.ts"
import { noCounts } from "../explore/enumerate.ts"

const program = join(import.meta.dirname, "..", "explore.ts")

const scenario = (only: string, further: 0 | 1 = 0): Bounds => ({ size: 3, outsiders: 2, starters: 2, further, only })

describe("the reference", () => {
  it("passes all pairs in a group of two, in every schedule", () => {
    const counts = noCounts()
    expect(exploreAll({ size: 2, outsiders: 2, starters: 2, further: 0 }, counts, 1)).toEqual([])
    expect(counts).toMatchObject({ scenarios: 16, schedules: 32 })
  })

  it.each([
    "alice: update | bob: update",
    "alice: add dave | bob: remove carol",
    "alice: add dave | bob: add dave",
    "alice: remove bob | bob: remove alice",
    "alice: add dave | bob: add erin",
  ])("passes %s in a group of three", (only) => {
    const counts = noCounts()
    expect(exploreAll(scenario(only), counts, 1)).toEqual([])
    expect(counts.scenarios).toBe(1)
  })
})

/** Each fault with a scenario that shows it. */
const seeded: ReadonlyArray<readonly [mutant: string, scenario: string, further: 0 | 1]> = [
  ["forwards-to-the-removed", "alice: update | bob: remove alice", 0],
  ["ratchet-for-everybody", "alice: remove bob | bob: add dave", 0],
  ["secret-without-view", "alice: add dave | bob: add erin", 0],
  ["never-rekeys", "alice: add dave | bob: remove carol | later alice: add erin", 1],
  ["no-add-ack-for-cancelled", "alice: remove bob | bob: add dave", 0],
  ["weak-remove", "alice: remove bob | bob: add dave", 0],
  ["recipients-of-now", "alice: add dave | bob: remove carol", 0],
  ["awaits-recipients-only", "alice: add dave | bob: update", 0],
  ["awaits-nobody-added-later", "alice: add dave | bob: update", 0],
  ["knows-all-that-stands-earlier", "alice: add dave | bob: remove carol", 0],
  ["forwards-nothing", "alice: update | bob: add dave", 0],
  ["forwards-to-all", "alice: update | bob: update", 0],
  ["seed-for-the-removed", "alice: update | bob: remove alice", 0],
  ["seed-for-some", "alice: update | bob: update", 0],
  ["judges-removals-by-its-own-view", "alice: remove carol | bob: remove carol", 0],
  ["stays-after-removal", "alice: update | bob: remove alice", 0],
  ["one-new-key", "alice: update | bob: update", 0],
]

describe("seeded faults", () => {
  it.each(seeded)("finds %s in: %s", (mutant, only, further) => {
    const bounds = `3,2,2,${further}`
    const run = spawnSync(process.execPath, [program, "--bounds", bounds, "--scenario", only, "--most", "1", "--mutant", mutant], {
      encoding: "utf8",
    })
    expect(run.stdout).toContain("1 violations")
    expect(run.status).toBe(1)
  })
})
