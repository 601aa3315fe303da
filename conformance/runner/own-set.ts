/**
 * The manifest of a set of one's own, from the files of cases that lie in a folder.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { CLAUSES_PATH, type FileText, MANIFEST_PATH, manifestOf, manifestTextOf } from "../protocol/vectors.ts"
import { messageOf, UsageError } from "./errors.ts"

const NO_CLAUSES = `${JSON.stringify({ format: "conclave-clauses/1", clauses: [] }, null, 1)}\n`

const casesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".json") && name.includes("/"))
    .sort()

/**
 * Writes `manifest.json` into a folder, and `clauses.json` when there is none: files of cases lie in folders below it.
 *
 * @returns what to tell
 * @throws UsageError saying which file is none, or which id stands twice
 */
export const writeManifest = (folder: string, version: string): ReadonlyArray<string> => {
  try {
    const clauses = path.join(folder, CLAUSES_PATH)
    if (!existsSync(clauses)) writeFileSync(clauses, NO_CLAUSES)
    const files = [CLAUSES_PATH, ...casesBelow(folder)].map((name): FileText => {
      const text = readFileSync(path.join(folder, name), "utf8")
      return { path: name, text }
    })
    const manifest = manifestOf(files, version)
    writeFileSync(path.join(folder, MANIFEST_PATH), manifestTextOf(manifest))
    const count = manifest.files.reduce((sum, { cases }) => sum + cases.length, 0)
    return [`wrote ${path.join(folder, MANIFEST_PATH)}: ${count} cases in ${files.length - 1} files, ${manifest.sha256.slice(0, 12)}`]
  } catch (error) {
    throw new UsageError(`${folder}: ${messageOf(error).replace(/\n\s*/gu, " ")}`)
  }
}
