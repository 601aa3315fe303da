/**
 * The prose of the chapters can be read in a terminal: no line of it is longer than 120 characters, but rows of tables and formulas.
 */
import { expect, it } from "vitest"
import { sourcesIn } from "../sources.ts"

const longest = 120

const longLines = (text: string): ReadonlyArray<string> => {
  let isFormula = false
  return text.split("\n").filter((line) => {
    if (!/^\s*\*/.test(line)) return false
    if (line.includes("```")) isFormula = !isFormula
    return line.length > longest && !isFormula && !/^\s*\* (> )?\|/.test(line)
  })
}

it("lines of prose are at most 120 characters long", () => {
  const found = sourcesIn(["spec"]).flatMap(({ path, text }) => longLines(text).map((line) => `${path}: ${line}`))
  expect(found).toEqual([])
})

it("a longer one would be found out", () => {
  expect(longLines(` * ${"word ".repeat(24)}`)).toHaveLength(1)
  expect(longLines(` * | ${"word ".repeat(24)}`)).toEqual([])
  expect(longLines([" * ```text", ` * ${"word ".repeat(24)}`, " * ```"].join("\n"))).toEqual([])
})
