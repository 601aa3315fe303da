/** What the README counts is what there is. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { pages, withCounts } from "../counts.ts"

it("the README, and what it leads to, have the counts of cases, clauses, steps and wrong peers as they are now", () => {
  const texts = pages.map((page) => readFileSync(page, "utf8"))
  expect(texts.map(withCounts)).toEqual(texts)
  expect(texts.map((text) => withCounts(text.replace(/\| (cases|mpenc) \| \d/u, "| $1 | 9")))).toEqual(texts)
})
