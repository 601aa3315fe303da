/**
 * Loads a vector set: its manifest at once, which is enough to list and to select cases, and a file of cases only when one of its cases
 * is run. Every file is checked against its digest before anything in it is used.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { gunzipSync } from "node:zlib"
import { textOf } from "../protocol/lines.ts"
import {
  CLAUSES_PATH,
  type Clause,
  type Entry,
  firstRepeated,
  labelOf,
  MANIFEST_PATH,
  type Manifest,
  readClauseFile,
  readManifest,
  readVectorFile,
  type Step,
  setDigestOf,
  sha256Of,
  type VectorFile,
} from "../protocol/vectors.ts"
import { messageOf, UsageError, VectorsCorrupt } from "./errors.ts"

/** A case as the manifest lists it. */
export interface ListedCase extends Entry {
  readonly part: string
  readonly chapter: string
  readonly layer: string
  /** The file that has its steps. */
  readonly file: string
  /** Why its answer is under discussion, if it is. */
  readonly disputed?: string
  /** It is not of the canon, but of a set of one's own. */
  readonly extra?: true
}

/** Cases of one's own beside the canon. */
export interface ExtraSet {
  readonly version: string
  readonly sha256: string
}

/** A set whose manifest does not contradict itself. */
export interface VectorSet {
  readonly version: string
  readonly sha256: string
  readonly suites: ReadonlyArray<number>
  /** All layers that there are, if the set claims to know. */
  readonly layers: ReadonlyArray<string> | undefined
  /** In manifest order; those of one's own come last. */
  readonly cases: ReadonlyArray<ListedCase>
  readonly extra: ExtraSet | undefined
  /** In the order of `clauses.json`. Throws VectorsCorrupt. */
  readonly clauses: () => ReadonlyArray<Clause>
  /** The steps of a case. Throws VectorsCorrupt naming the file. */
  readonly stepsOf: (vector: ListedCase) => ReadonlyArray<Step>
  /** The notes on the flags of a file of cases. Throws VectorsCorrupt. */
  readonly flagsOf: (vector: ListedCase) => VectorFile["flags"]
  /** Checks every file of the set. Throws VectorsCorrupt naming the first that is wrong. */
  readonly checkAll: () => void
}

type ManifestFile = Manifest["files"][number]

/** What is added to the name of a file that is kept compressed; its digest is that of its text. */
const COMPRESSED = ".gz"

/** Larger files than this would not be ours. */
const LARGEST = 512 * 1024 * 1024

const bytesOf = (directory: string, file: string): Uint8Array => {
  const whole = path.join(directory, file)
  try {
    if (existsSync(whole) || !existsSync(`${whole}${COMPRESSED}`)) return readFileSync(whole)
    return gunzipSync(readFileSync(`${whole}${COMPRESSED}`), { maxOutputLength: LARGEST })
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

const verified = (directory: string, { path: file, sha256 }: ManifestFile): Uint8Array => {
  const bytes = bytesOf(directory, file)
  const found = sha256Of(bytes)
  if (found !== sha256) throw new VectorsCorrupt(file, `its SHA-256 is ${found}, the manifest says ${sha256}`)
  return bytes
}

const checkManifest = (manifest: Manifest): void => {
  const refuse = (problem: string): never => {
    throw new VectorsCorrupt(MANIFEST_PATH, problem)
  }
  if (setDigestOf(manifest.files) !== manifest.sha256) refuse("the digest of the set does not fit the digests of its files")
  const ids = [...manifest.files.flatMap(({ cases }) => cases), ...(manifest.gone ?? [])].map(({ id }) => id)
  const twice = firstRepeated(manifest.files.map((entry) => entry.path)) ?? firstRepeated(ids)
  if (twice !== undefined) refuse(`${twice} is listed twice`)
  if (!manifest.files.some((entry) => entry.path === CLAUSES_PATH)) refuse(`${CLAUSES_PATH} is not listed`)
  const stray = manifest.files.find(({ path: file, layer, cases }) => file !== CLAUSES_PATH && (layer === null || cases.length === 0))
  if (stray !== undefined) refuse(`${stray.path} is listed without a layer or without cases`)
}

const checkFilesOnDisk = (directory: string, manifest: Manifest): void => {
  const listed = new Set(manifest.files.map((entry) => entry.path))
  const isThere = (file: string): boolean =>
    existsSync(path.join(directory, file)) || existsSync(path.join(directory, `${file}${COMPRESSED}`))
  const missing = [...listed].find((file) => !isThere(file))
  if (missing !== undefined) throw new VectorsCorrupt(missing, "cannot be read (ENOENT)")
  const parts = new Set([...listed].map((file) => path.posix.dirname(file)).filter((part) => part !== "."))
  for (const part of parts) {
    const names = readdirSync(path.join(directory, part)).map((name) =>
      name.endsWith(COMPRESSED) ? name.slice(0, -COMPRESSED.length) : name,
    )
    const unlisted = names.find((name) => name.endsWith(".json") && !listed.has(`${part}/${name}`))
    if (unlisted !== undefined) throw new VectorsCorrupt(`${part}/${unlisted}`, "is not listed in the manifest")
  }
}

const readFileOf = (directory: string, entry: ManifestFile): VectorFile => {
  const file = decoded(entry.path, verified(directory, entry), readVectorFile)
  if (file.layer !== entry.layer) throw new VectorsCorrupt(entry.path, `its layer is ${file.layer}, the manifest says ${entry.layer}`)
  const labels = entry.cases.map(({ digest, ...label }) => label)
  if (JSON.stringify(file.cases.map(labelOf)) !== JSON.stringify(labels)) {
    throw new VectorsCorrupt(entry.path, "its cases are not those of the manifest")
  }
  return file
}

/** How many files are held at once: cases are run in order, and runs in parallel are seldom further apart. */
const HELD = 3

/** Files by path, of which the last ones used are held. */
const holding = (read: (file: string) => VectorFile) => {
  const held = new Map<string, VectorFile>()
  return (file: string): VectorFile => {
    const found = held.get(file) ?? read(file)
    held.delete(file)
    held.set(file, found)
    for (const oldest of [...held.keys()].slice(0, -HELD)) held.delete(oldest)
    return found
  }
}

const casesOf = ({ files, disputed = [] }: Manifest): ReadonlyArray<ListedCase> => {
  const reasons = new Map(disputed.map(({ id, why }) => [id, why]))
  return files.flatMap(({ path: file, part, chapter, layer, cases }) =>
    cases.map((each) => {
      const reason = reasons.get(each.id)
      return {
        ...each,
        part: part ?? "",
        chapter: chapter ?? "",
        layer: layer ?? "",
        file,
        ...(reason !== undefined && { disputed: reason }),
      }
    }),
  )
}

/**
 * The manifest in `directory`.
 *
 * @throws VectorsCorrupt when it contradicts itself
 */
export const loadManifest = (directory: string): Manifest => {
  const manifest = decoded(MANIFEST_PATH, bytesOf(directory, MANIFEST_PATH), readManifest)
  checkManifest(manifest)
  return manifest
}

const loadOne = (directory: string): VectorSet => {
  const manifest = loadManifest(directory)
  checkFilesOnDisk(directory, manifest)
  const entries = new Map(manifest.files.map((entry) => [entry.path, entry]))
  const entryOf = (file: string): ManifestFile => entries.get(file)!
  const fileOf = holding((file) => readFileOf(directory, entryOf(file)))
  const clauses = () => decoded(CLAUSES_PATH, verified(directory, entryOf(CLAUSES_PATH)), readClauseFile).clauses
  return {
    version: manifest.version,
    sha256: manifest.sha256,
    suites: manifest.suites,
    layers: manifest.layers,
    cases: casesOf(manifest),
    extra: undefined,
    clauses,
    stepsOf: ({ id, file }) => fileOf(file).cases.find((each) => each.id === id)!.steps,
    flagsOf: ({ file }) => fileOf(file).flags,
    checkAll: () => {
      clauses()
      for (const { path: file } of manifest.files) if (file !== CLAUSES_PATH) readFileOf(directory, entryOf(file))
    },
  }
}

/** How the ids of own cases, and of own clauses, begin: so none stands for one of the canon. */
const OWN = { id: "own/", clause: "own." } as const

const checkOwn = (directory: string, own: VectorSet, canon: VectorSet): void => {
  const refuse = (problem: string): never => {
    throw new UsageError(`--extra ${directory}: ${problem}`)
  }
  const stray = own.cases.find(({ id }) => !id.startsWith(OWN.id))
  if (stray !== undefined) refuse(`${stray.id}: the id of an own case begins with ${OWN.id}, so that none stands for a case of the canon`)
  const texts = new Map(canon.clauses().map((clause) => [clause.id, JSON.stringify(clause)]))
  const shadow = own.clauses().find((clause) => !clause.id.startsWith(OWN.clause) && texts.get(clause.id) !== JSON.stringify(clause))
  if (shadow !== undefined) refuse(`${shadow.id}: a clause of one's own begins with ${OWN.clause}; one of the canon keeps its text`)
}

const joined = (canon: VectorSet, own: VectorSet): VectorSet => {
  const of = ({ extra }: ListedCase): VectorSet => (extra ? own : canon)
  return {
    ...canon,
    layers: canon.layers && [...new Set([...canon.layers, ...own.cases.map(({ layer }) => layer)])],
    cases: [...canon.cases, ...own.cases.map((each) => ({ ...each, extra: true as const }))],
    extra: { version: own.version, sha256: own.sha256 },
    clauses: () => [...canon.clauses(), ...own.clauses().filter(({ id }) => id.startsWith(OWN.clause))],
    stepsOf: (vector) => of(vector).stepsOf(vector),
    flagsOf: (vector) => of(vector).flagsOf(vector),
    checkAll: () => {
      canon.checkAll()
      own.checkAll()
    },
  }
}

/**
 * Loads the vector set in `directory`.
 *
 * @param extra the directory of a set of one's own, that stands beside it
 * @throws VectorsCorrupt naming the file: the manifest contradicts itself, or a file is missing or lies unlisted beside the listed ones.
 * What is wrong inside of a file is found when it is used
 * @throws UsageError when an own case or clause has an id that could be one of the canon
 */
export const loadVectors = (directory: string, extra?: string): VectorSet => {
  const canon = loadOne(directory)
  if (extra === undefined) return canon
  const own = loadOne(extra)
  checkOwn(extra, own, canon)
  return joined(canon, own)
}
