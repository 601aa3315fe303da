/**
 * The text of the chapters can be read in a terminal, and followed with a finger: no line of prose is longer than 120 characters, but rows of tables and
 * formulas; no step has more than 60 words, and no sentence of a step more than 40.
 */
import { describe, expect, it } from "vitest"
import { chapters } from "../../spec/contents.ts"
import { sourcesIn } from "../sources.ts"

const longest = 120
const mostWords = { step: 60, sentence: 40 } as const

const longLines = (text: string): ReadonlyArray<string> => {
  let isFormula = false
  return text.split("\n").filter((line) => {
    if (!/^\s*\*/.test(line)) return false
    if (line.includes("```")) isFormula = !isFormula
    return line.length > longest && !isFormula && !/^\s*\* (> )?\|/.test(line)
  })
}

const wordsIn = (text: string): number => text.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word)).length

/** What is too long of a step: all of it, or a sentence. */
const tooLong = (step: string): ReadonlyArray<string> => [
  ...(wordsIn(step) > mostWords.step ? [`${wordsIn(step)} words`] : []),
  ...step.split(/(?<=\.)\s/u).flatMap((sentence) => (wordsIn(sentence) > mostWords.sentence ? [`a sentence: ${sentence}`] : [])),
]

const longStepsOf = ({ steps }: (typeof chapters)[number]): ReadonlyArray<string> =>
  Object.entries(steps.operations).flatMap(([operation, sentences]) =>
    sentences.flatMap((step, index) => tooLong(step).map((what) => `${steps.chapter}.${operation}.${index + 1}: ${what}`)),
  )

describe("lines of prose", () => {
  it("are at most 120 characters long", () => {
    const found = sourcesIn(["spec"]).flatMap(({ path, text }) => longLines(text).map((line) => `${path}: ${line}`))
    expect(found).toEqual([])
  })

  it("would be found out if they were longer", () => {
    expect(longLines(` * ${"word ".repeat(24)}`)).toHaveLength(1)
    expect(longLines(` * | ${"word ".repeat(24)}`)).toEqual([])
    expect(longLines([" * ```text", ` * ${"word ".repeat(24)}`, " * ```"].join("\n"))).toEqual([])
  })
})

describe("steps", () => {
  it.each(chapters.map((chapter) => [chapter.file, chapter] as const))("of %s are short", (_, chapter) => {
    expect(longStepsOf(chapter)).toEqual([])
  })

  it("would be found out if they were longer", () => {
    expect(tooLong(`${"word ".repeat(30)}. ${"word ".repeat(30)}.`)).toEqual([])
    expect(tooLong(`${"word ".repeat(31)}. ${"word ".repeat(30)}.`)).toHaveLength(1)
    expect(tooLong("word ".repeat(41))).toHaveLength(1)
  })
})
