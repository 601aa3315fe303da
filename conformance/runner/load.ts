/**
 * Loads a vector set and checks it against its manifest, before any peer is started.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { textOf } from "../protocol/lines.ts"
import {
  type Case,
  CLAUSES_PATH,
  type Clause,
  firstRepeated,
  MANIFEST_PATH,
  type Manifest,
  readClauseFile,
  readManifest,
  readVectorFile,
  setDigestOf,
  sha256Of,
  type VectorFile,
} from "../protocol/vectors.ts"
import { messageOf, VectorsCorrupt } from "./errors.ts"

/** A case with what its file says about it. */
export interface ListedCase extends Case {
  readonly part: string
  readonly chapter: string
  readonly layer: string
}

/** A set whose every digest was right. */
export interface VectorSet {
  readonly version: string
  readonly sha256: string
  /** In manifest order. */
  readonly cases: ReadonlyArray<ListedCase>
  /** In the order of `clauses.json`. */
  readonly clauses: ReadonlyArray<Clause>
}

type Entry = Manifest["files"][number]

const bytesOf = (directory: string, file: string): Uint8Array => {
  try {
    return readFileSync(path.join(directory, file))
  } catch (error) {
    throw new VectorsCorrupt(file, `cannot be read (${(error as NodeJS.ErrnoException).code ?? messageOf(error)})`)
  }
}

const decoded = <A>(file: string, bytes: Uint8Array, read: (json: unknown) => A): A => {
  try {
    return read(JSON.parse(textOf(bytes)))
  } catch (error) {
    throw new VectorsCorrupt(file, messageOf(error).replace(/\n\s*/gu, " "))
  }
}

const verified = (directory: string, { path: file, sha256 }: Entry): Uint8Array => {
  const bytes = bytesOf(directory, file)
  const found = sha256Of(bytes)
  if (found !== sha256) throw new VectorsCorrupt(file, `its SHA-256 is ${found}, the manifest says ${sha256}`)
  return bytes
}

const sameList = (left: ReadonlyArray<string>, right: ReadonlyArray<string>): boolean =>
  left.length === right.length && left.every((item, index) => item === right[index])

const checkManifest = (manifest: Manifest): void => {
  const refuse = (problem: string): never => {
    throw new VectorsCorrupt(MANIFEST_PATH, problem)
  }
  if (setDigestOf(manifest.files) !== manifest.sha256) refuse("the digest of the set does not fit the digests of its files")
  const twice = firstRepeated(manifest.files.map((entry) => entry.path)) ?? firstRepeated(manifest.files.flatMap(({ ids }) => ids))
  if (twice !== undefined) refuse(`${twice} is listed twice`)
  if (!manifest.files.some((entry) => entry.path === CLAUSES_PATH)) refuse(`${CLAUSES_PATH} is not listed`)
}

const checkNothingUnlisted = (directory: string, manifest: Manifest): void => {
  const listed = new Set(manifest.files.map((entry) => entry.path))
  const parts = new Set([...listed].map((file) => path.posix.dirname(file)).filter((part) => part !== "."))
  for (const part of [...parts].filter((name) => existsSync(path.join(directory, name)))) {
    const unlisted = readdirSync(path.join(directory, part)).find((name) => name.endsWith(".json") && !listed.has(`${part}/${name}`))
    if (unlisted !== undefined) throw new VectorsCorrupt(`${part}/${unlisted}`, "is not listed in the manifest")
  }
}

const casesOf = (entry: Entry, file: VectorFile): ReadonlyArray<ListedCase> => {
  const { part, chapter, layer, cases } = file
  if (layer !== entry.layer) throw new VectorsCorrupt(entry.path, `its layer is ${layer}, the manifest says ${entry.layer}`)
  const ids = cases.map(({ id }) => id)
  if (!sameList(ids, entry.ids)) throw new VectorsCorrupt(entry.path, "its ids are not those of the manifest")
  return cases.map((each) => ({ ...each, part, chapter, layer }))
}

/**
 * Loads the vector set in `directory`.
 *
 * @throws VectorsCorrupt naming the file: one is missing, has another digest than the manifest says, does not fit its schema, holds
 * other ids than listed, or lies unlisted beside the listed ones; or the manifest contradicts itself
 */
export const loadVectors = (directory: string): VectorSet => {
  const manifest = decoded(MANIFEST_PATH, bytesOf(directory, MANIFEST_PATH), readManifest)
  checkManifest(manifest)
  checkNothingUnlisted(directory, manifest)
  const cases: Array<ListedCase> = []
  const clauses: Array<Clause> = []
  for (const entry of manifest.files) {
    const bytes = verified(directory, entry)
    if (entry.path === CLAUSES_PATH) clauses.push(...decoded(entry.path, bytes, readClauseFile).clauses)
    else cases.push(...casesOf(entry, decoded(entry.path, bytes, readVectorFile)))
  }
  return { version: manifest.version, sha256: manifest.sha256, cases, clauses }
}
