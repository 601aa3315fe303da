/**
 * Writes the worked example of a part's overview into the chapter, between its heading and the end of the block below it. With `--check` it writes
 * nothing, and fails when the chapter has other bytes.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { unrecorded } from "../vectors/cases/mpenc/channel.ts"
import { type Line, play } from "../vectors/cases/mpenc/worked-example.ts"
import { root } from "./sources.ts"

const chapter = join(root, "spec", "mpenc", "overview.ts")
const block = /(## An example with its bytes[\s\S]*?```text\n)[\s\S]*?( \* ```\n)/u

/** So many characters of a value stand in one line. */
const width = 96

const rowsOf = ({ name, value }: Line): ReadonlyArray<string> => {
  if (value === null) return ["", name]
  const pieces = value.match(new RegExp(`.{1,${width}}`, "gu")) ?? [""]
  return [`  ${name}`, ...pieces.map((piece) => `    ${piece}`)]
}

/** The chapter with the example as it is played now. */
export const withExample = (text: string): string => {
  const rows = play(unrecorded()).flatMap(rowsOf).slice(1)
  return text.replace(block, (_, head: string, end: string) => `${head}${rows.map((row) => ` * ${row}`.trimEnd()).join("\n")}\n${end}`)
}

if (import.meta.main) {
  const before = readFileSync(chapter, "utf8")
  const after = withExample(before)
  if (!process.argv.includes("--check")) writeFileSync(chapter, after)
  else if (before !== after) {
    process.stderr.write("The example of mpENC is out of date; run: npm run generate\n")
    process.exitCode = 1
  }
}
