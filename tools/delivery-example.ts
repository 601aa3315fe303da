/**
 * Writes the example of the overview of the delivery service into the chapter, as it is played now. With `--check` it writes nothing, and fails when the
 * chapter has other bytes.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Author } from "../vectors/cases/author.ts"
import { type Line, play } from "../vectors/cases/delivery-service/worked-example.ts"
import { root } from "./sources.ts"

/** The chapter. */
export const chapter = join(root, "spec", "delivery-service", "overview.ts")

const block = /(## An example with its bytes[\s\S]*?```text\n)[\s\S]*?( \* ```\n)/u

/** So many characters of a value stand in one line. */
const width = 112

const rowsOf = ({ name, value }: Line): ReadonlyArray<string> => {
  if (value === null) return ["", name]
  const pieces = value.match(new RegExp(`.{1,${width}}`, "gu")) ?? [""]
  return [`  ${name}`, ...pieces.map((piece) => `    ${piece}`)]
}

/** The chapter with the example as it is played now. */
export const withExample = (text: string): string => {
  const rows = play(new Author("delivery-service/worked-example")).flatMap(rowsOf).slice(1)
  return text.replace(block, (_, head: string, end: string) => `${head}${rows.map((row) => ` * ${row}`.trimEnd()).join("\n")}\n${end}`)
}

if (import.meta.main) {
  const before = readFileSync(chapter, "utf8")
  const after = withExample(before)
  if (!process.argv.includes("--check")) writeFileSync(chapter, after)
  else if (before !== after) {
    process.stderr.write("The example of the delivery service is out of date; run: node tools/delivery-example.ts\n")
    process.exitCode = 1
  }
}
