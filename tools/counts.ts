/**
 * Writes the rows that count in the README and in what it leads to: cases, clauses and steps, wrong peers, theorems. A test holds that they are what there
 * is.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { MANIFEST_PATH, readManifest } from "../conformance/protocol/vectors.ts"
import { hostile } from "../conformance/zoo/hostile.ts"
import { liars } from "../conformance/zoo/liars.ts"
import { mutants } from "../conformance/zoo/mutants.ts"
import { chapters } from "../spec/contents.ts"
import { readTheorems } from "./coverage/theorems.ts"
import { faults } from "./prove/faults.ts"
import { root } from "./sources.ts"

/** The pages that count: the README, and what it leads to. */
export const pages: ReadonlyArray<string> = [join(root, "README.md"), join(root, "docs", "evidence.md")]

const inWords = (count: number): string => count.toLocaleString("en-US")

const sum = (layers: ReadonlyArray<{ readonly count: number }>): string => inWords(layers.reduce((all, { count }) => all + count, 0))

/** By the name of a row, the row. */
const rows = (): ReadonlyMap<string, string> => {
  const { files } = readManifest(JSON.parse(readFileSync(join(root, "vectors", MANIFEST_PATH), "utf8")))
  const ofLayers = files.flatMap(({ path, layer, cases }) =>
    layer === null ? [] : [{ part: path.split("/")[0]!, layer, count: cases.length }],
  )
  const parts = [...Map.groupBy(ofLayers, ({ part }) => part)]
  const partRows = parts.map(([part, ofPart]) => {
    const layers = [...Map.groupBy(ofPart, ({ layer }) => layer)].map(([layer, these]) => `${layer} ${sum(these)}`)
    return [part, `${sum(ofPart)} | ${layers.join(", ")}`] as const
  })
  const clauses = chapters.flatMap((chapter) => Object.keys(chapter.clauses)).length
  const steps = chapters.flatMap((chapter) => Object.values(chapter.steps.operations).flat()).length
  return new Map([
    ...partRows,
    ["cases", `${sum(ofLayers)}: ${parts.map(([part, ofPart]) => `${part} ${sum(ofPart)}`).join(", ")}`],
    [
      "clauses and steps",
      `${inWords(clauses)} clauses, each shown by cases in both directions or by a named test; ${inWords(steps)} steps, each cited at one line of the reference`,
    ],
    [
      "wrong peers",
      `${liars.length} liars, ${hostile.length} hostile peers and ${mutants.length} mutants, each [found](vectors/wrong-peers.md): a mutant by a named case`,
    ],
    [
      "proofs",
      `\`npm run prove\` (Coq): ${readTheorems().length} theorems without axioms, [by clause](vectors/proofs.md); ${faults.length} faults put into the definitions each break a proof. [What is proved, and what is not](docs/evidence.md#proofs)`,
    ],
  ])
}

/** A text with the rows as they have to be. */
export const withCounts = (text: string): string =>
  [...rows()].reduce((now, [name, row]) => now.replace(new RegExp(`^\\| ${name} \\|.*$`, "mu"), () => `| ${name} | ${row} |`), text)

if (import.meta.main) for (const page of pages) writeFileSync(page, withCounts(readFileSync(page, "utf8")))
