/**
 * One of four members sends any well-formed bytes: the properties hold, an epoch in which a correct member commits ends, and nothing throws. `node tools/delivery-lies.ts` does many more runs.
 */
import { expect, it } from "vitest"
import { findLie } from "../simulation/lies.ts"

it("a liar, and members that start again, change nothing that is promised", () => {
  expect(findLie(12)).toBeUndefined()
})
