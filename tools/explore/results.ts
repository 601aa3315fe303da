/**
 * Results of exploration in parts: a line of JSON for each class that was explored, in files that can be merged, and gone on with.
 *
 * @module
 */
import { createHash } from "node:crypto"
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { Schema } from "effect"
import { sourcesIn } from "../sources.ts"
import { addCounts, type Counts, type Explored, noCounts } from "./all.ts"

const Line = Schema.Struct({
  /** What was explored, by what, in which of how many classes. */
  set: Schema.String,
  sources: Schema.String,
  class: Schema.Int,
  of: Schema.Int,
  counts: Schema.Struct({
    scenarios: Schema.Int,
    classes: Schema.Int,
    schedules: Schema.Int,
    states: Schema.Int,
    deliveries: Schema.Int,
    checks: Schema.Int,
  }),
  violations: Schema.Int,
})
export type Line = typeof Line.Type

/** What results are results of: all that is explored, and all that explores. */
export const sourcesDigest = (): string => {
  const hash = createHash("sha256")
  for (const { path, text } of sourcesIn(["reference", "spec", "tools/explore"])) hash.update(`${path}\n${text}\n`)
  return hash.digest("hex").slice(0, 16)
}

/** The lines of a file; none, when it does not exist. Throws for what is no result. */
export const readResults = (file: string): ReadonlyArray<Line> =>
  (existsSync(file) ? readFileSync(file, "utf8") : "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Schema.decodeUnknownSync(Line, { onExcessProperty: "error" })(JSON.parse(line)))

/** Writes a class that was explored at the end of a file. */
export const addResult = (file: string, of: Pick<Line, "set" | "sources" | "of">, { class: number, counts, findings }: Explored): void => {
  const line: Line = { ...of, class: number, counts, violations: findings.length }
  appendFileSync(file, `${JSON.stringify(line)}\n`)
}

/** What results amount to: of one set, by one state of the sources. */
export interface Merged {
  readonly set: string
  readonly sources: string
  readonly counts: Counts
  readonly violations: number
  /** The classes that nobody has explored. */
  readonly missing: ReadonlyArray<number>
}

/** Merges results; a class that was explored twice counts once. */
export const merge = (lines: ReadonlyArray<Line>): ReadonlyArray<Merged> =>
  [...Map.groupBy(lines, ({ set, sources }) => `${set} ${sources}`).values()].map((same) => {
    const [{ set, sources, of }] = same as [Line]
    const byClass = new Map(same.map((line) => [line.class, line]))
    const counts = noCounts()
    for (const line of byClass.values()) addCounts(counts, line.counts)
    const violations = [...byClass.values()].reduce((sum, line) => sum + line.violations, 0)
    const missing = Array.from({ length: of }, (_, number) => number).filter((number) => !byClass.has(number))
    return { set, sources, counts, violations, missing }
  })
