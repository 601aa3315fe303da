/** The random runs that are held by digests: the first ten of each kind of the smallest groups are made again. */
import { expect, it } from "vitest"
import { changedRuns } from "../delivery-random.ts"

it("are what they were", () => {
  expect(changedRuns(2, 1)).toEqual([])
})
