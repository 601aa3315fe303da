/**
 * Writes the beginning of a peer in a language.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { UsageError } from "./errors.ts"
import { nearest } from "./nearest.ts"
import { skeletons } from "./places.ts"

/** The languages that there are skeletons for. */
export const languages = (): ReadonlyArray<string> => readdirSync(skeletons()).sort()

/**
 * Copies a skeleton into a folder.
 *
 * @returns what to do next
 * @throws UsageError when there is no such language, or a file is there already
 */
export const init = (language: string, folder: string): ReadonlyArray<string> => {
  const known = languages()
  if (!known.includes(language)) {
    const meant = nearest(language, known)
    throw new UsageError(`--lang ${language}: ${meant === undefined ? `there are ${known.join(", ")}` : `did you mean ${meant}?`}`)
  }
  const source = path.join(skeletons(), language)
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name !== "HOW")
  const there = files.find((name) => existsSync(path.join(folder, name)) && path.extname(name) !== "")
  if (there !== undefined) throw new UsageError(`${path.join(folder, there)} is there already`)
  mkdirSync(folder, { recursive: true })
  cpSync(source, folder, { recursive: true, filter: (name) => path.basename(name) !== "HOW" })
  const [build = "", peer = ""] = readFileSync(path.join(source, "HOW"), "utf8").trimEnd().split("\n")
  return [
    `wrote ${files.filter((name) => path.extname(name) !== "").join(", ")}`,
    "next:",
    ...(folder === "." ? [] : [`  cd ${folder}`]),
    ...(build === "" ? [] : [`  ${build}`]),
    `  npx conclave doctor --toy -- ${peer}`,
    `  npx conclave run --toy -- ${peer}`,
    "then put your first layer in the place of toy: npx conclave list --layers names them in order",
  ]
}
