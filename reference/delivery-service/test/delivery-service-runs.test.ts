/**
 * Groups over several epochs, in random orders, with members that are away, faulty ones that are silent or have two faces, and changes of membership; every run is checked all the time, and played again. The runs are those of the cases "simulation". Shows delivery-service.properties.
 * `node tools/delivery-random.ts` does many more.
 */
import { describe, expect, it } from "vitest"
import { checkedRun, runOf, type Trouble } from "../simulation/runs.ts"
import { correctMembers } from "../simulation/world.ts"

const troubles: ReadonlyArray<Trouble> = ["silent", "two faces", "away", "changes"]

describe("random runs", () => {
  it.each([
    [1, 0, 3, 1],
    [2, 0, 3, 2],
    [3, 0, 3, 2],
    [4, 1, 3, 3],
    [5, 1, 2, 1],
    [6, 1, 1, 1],
    [7, 2, 1, 1],
    [10, 3, 1, 1],
  ])("of %i members with %i in trouble over %i epochs", (n, t, epochs, runs) => {
    for (let run = 0; run < runs; run++) {
      // A large group that changes takes seconds.
      for (const trouble of troubles.filter((one) => n < 10 || one === "two faces")) {
        const setting = { n, t, trouble, epochs, seed: String(run) }
        const { found, world } = checkedRun(runOf(setting))
        expect(found, JSON.stringify(setting)).toEqual([])
        const reached = correctMembers(world).map(({ state }) => state.tree.epoch)
        expect(Math.min(...reached), JSON.stringify(setting)).toBeGreaterThan(epochs)
      }
    }
  })
})

it("runs of two seeds differ", () => {
  const [one, two] = ["one", "two"].map((seed) => checkedRun(runOf({ n: 4, t: 1, trouble: "two faces", epochs: 1, seed })).world.trace)
  expect(one).not.toEqual(two)
})
