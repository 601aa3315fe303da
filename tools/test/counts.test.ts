/** What the README counts is what there is. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { readme, withCounts } from "../counts.ts"

it("the README has the counts of cases, clauses, steps and wrong peers as they are now", () => {
  const text = readFileSync(readme, "utf8")
  expect(text).toBe(withCounts(text))
  expect(withCounts(text.replace(/\| cases \| \d/u, "| cases | 9"))).toBe(text)
})
