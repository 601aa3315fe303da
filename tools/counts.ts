/**
 * Writes the rows of the README that count: cases, clauses and steps, wrong peers, theorems. A test holds that they are what there is.
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

/** The README. */
export const readme = join(root, "README.md")

const inWords = (count: number): string => count.toLocaleString("en-US")

const casesRow = (): string => {
  const { files } = readManifest(JSON.parse(readFileSync(join(root, "vectors", MANIFEST_PATH), "utf8")))
  const ofLayers = files.flatMap(({ path, layer, cases }) =>
    layer === null ? [] : [{ part: path.split("/")[0]!, layer, count: cases.length }],
  )
  const parts = [...Map.groupBy(ofLayers, ({ part }) => part)].map(([part, ofPart]) => {
    const layers = [...Map.groupBy(ofPart, ({ layer }) => layer)].map(
      ([layer, these]) => `${layer} ${inWords(these.reduce((sum, { count }) => sum + count, 0))}`,
    )
    return `${part} ${inWords(ofPart.reduce((sum, { count }) => sum + count, 0))}: ${layers.join(", ")}`
  })
  return `| cases | ${inWords(ofLayers.reduce((sum, { count }) => sum + count, 0))}. ${parts.join(". ")} |`
}

const rulesRow = (): string => {
  const clauses = chapters.flatMap((chapter) => Object.keys(chapter.clauses)).length
  const steps = chapters.flatMap((chapter) => Object.values(chapter.steps.operations).flat()).length
  return `| clauses and steps | ${inWords(clauses)} clauses, each shown by cases in both directions or by a named test; ${inWords(steps)} steps, each cited at one line of the reference |`
}

const peersRow = (): string =>
  `| wrong peers | ${liars.length} liars, ${hostile.length} hostile peers and ${mutants.length} mutants, each [found](vectors/wrong-peers.md): a mutant by a named case |`

const proofsRow = (): string =>
  `| proofs | \`npm run prove\` (Coq 8.16; two minutes, installs nothing): ${readTheorems().length} theorems, without axioms, [by clause](vectors/proofs.md) in [spec/proofs](spec/proofs). Proved of every history: membership converges, removals hold and are for good, what is kept without acks loses nothing, the reference's algorithm is the definition; two-party channels open everything; broadcast delivers once, in causal order, without holes; who has still to acknowledge a message is on its list, closing one loses nothing, and nothing counts that a removed member sends when all are known to have processed the removals; **all who process the same messages derive the same update secrets**; unique certificates and global consensus agree. The definitions, extracted to OCaml, pass their vectors and agree with the TypeScript on 10,000 random histories of dishonest senders; ${faults.length} faults put into them each break a proof. Not proved: secrecy, anything about dishonest members but what the definitions of membership, the withholding of former ones and the quorums of the delivery service make of them, that anything ends, and the TypeScript itself, which is compared |`

/** A text with the rows as they have to be. */
export const withCounts = (text: string): string =>
  [casesRow(), rulesRow(), peersRow(), proofsRow()].reduce((now, row) => {
    const [, name] = row.split("|")
    return now.replace(new RegExp(`^\\|${name}\\|.*$`, "mu"), () => row)
  }, text)

if (import.meta.main) writeFileSync(readme, withCounts(readFileSync(readme, "utf8")))
