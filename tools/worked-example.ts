/**
 * Writes the worked examples of the overviews of mpENC and of the delivery service into their chapters, as they are played now. With `--check` it writes
 * nothing, and fails when a chapter has other bytes.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Author } from "../vectors/cases/author.ts"
import { play as playDeliveryService } from "../vectors/cases/delivery-service/worked-example.ts"
import { unrecorded } from "../vectors/cases/mpenc/greeting-channel.ts"
import { play as playMpenc } from "../vectors/cases/mpenc/worked-example.ts"
import { root } from "./sources.ts"

/** A line of an example: the name of a value with the value; without one, a heading. */
interface Line {
  readonly name: string
  readonly value: string | null
}

/** The chapters with an example, and how it is played. */
export const examples = [
  { chapter: join(root, "spec", "mpenc", "overview.ts"), play: (): ReadonlyArray<Line> => playMpenc(unrecorded()) },
  {
    chapter: join(root, "spec", "delivery-service", "overview.ts"),
    play: (): ReadonlyArray<Line> => playDeliveryService(new Author("delivery-service/worked-example")),
  },
] as const

const block = /(## An example with its bytes[\s\S]*?```text\n)[\s\S]*?( \* ```\n)/u

/** So many characters of a value stand in one line. */
const width = 112

const rowsOf = ({ name, value }: Line): ReadonlyArray<string> => {
  if (value === null) return ["", name]
  const pieces = value.match(new RegExp(`.{1,${width}}`, "gu")) ?? [""]
  return [`  ${name}`, ...pieces.map((piece) => `    ${piece}`)]
}

/** A chapter with its example as it is played now. */
export const withExample = ({ play }: (typeof examples)[number], text: string): string => {
  const rows = play().flatMap(rowsOf).slice(1)
  return text.replace(block, (_, head: string, end: string) => `${head}${rows.map((row) => ` * ${row}`.trimEnd()).join("\n")}\n${end}`)
}

if (import.meta.main) {
  for (const example of examples) {
    const before = readFileSync(example.chapter, "utf8")
    const after = withExample(example, before)
    if (!process.argv.includes("--check")) writeFileSync(example.chapter, after)
    else if (before !== after) {
      process.stderr.write(`The example in ${example.chapter} is out of date; run: npm run generate\n`)
      process.exitCode = 1
    }
  }
}
