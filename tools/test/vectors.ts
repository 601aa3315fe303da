/** The vectors as they are on disk. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { readManifest, readVectorFile } from "../../conformance/protocol/vectors.ts"

const root = join(import.meta.dirname, "..", "..", "vectors")

const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), "utf8"))

/** All files of cases, each with its content. */
export const caseFiles = readManifest(read("manifest.json"))
  .files.filter(({ layer }) => layer !== null)
  .map(({ path }) => ({ path, content: readVectorFile(read(path)) }))

/** All steps of all cases, each with the case that it is in. */
export const steps = caseFiles.flatMap(({ content }) => content.cases).flatMap(({ id, steps }) => steps.map((step) => ({ id, ...step })))
