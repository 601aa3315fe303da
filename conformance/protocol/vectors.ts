/**
 * The files of a vector set as Schema, and the manifest that holds them together. The runner reads these files, the generator writes
 * them; `manifestOf` is the one place where digests are made.
 *
 * @module
 */
import { createHash } from "node:crypto"
import { Schema } from "effect"
import { ExpectedVerdict, PROTOCOL } from "./messages.ts"

const strict = { onExcessProperty: "error" } as const

/** Slugs without anything that a glob, a shell or a path could read otherwise. */
const Id = Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9._~+-]*(\/[a-z0-9][a-z0-9._~+-]*)*$/u))

const Level = Schema.Literals(["MUST", "SHOULD", "MAY"])

const Sha256 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/u))

/** A path inside the set, with forward slashes, that cannot lead out of it. */
const RelativePath = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\.json$/u))

const Step = Schema.Struct({
  method: Schema.NonEmptyString,
  params: Schema.Record(Schema.String, Schema.Json),
  expect: ExpectedVerdict,
})
/** One call of a case, and the verdict it must get. */
export type Step = typeof Step.Type

const Case = Schema.Struct({
  id: Id,
  title: Schema.NonEmptyString,
  level: Level,
  clauses: Schema.Array(Schema.String),
  flags: Schema.Array(Schema.String),
  twin: Schema.optionalKey(Id),
  needs: Schema.optionalKey(Schema.Array(Schema.String)),
  // A case without steps would pass without a question asked.
  steps: Schema.Array(Step).check(Schema.isMinLength(1)),
})
/** A case: steps that are sent in order, after one `reset`. `needs` are options of `hello` without which it is skipped. */
export type Case = typeof Case.Type

/** The form of a file of cases. */
export const VectorFile = Schema.Struct({
  format: Schema.Literal("conclave-vectors/1"),
  part: Schema.String,
  chapter: Schema.String,
  layer: Schema.String,
  flags: Schema.Record(Schema.String, Schema.Struct({ note: Schema.String, effect: Schema.String })),
  cases: Schema.Array(Case),
})
/** A file of cases: `conclave-vectors/1`. */
export type VectorFile = typeof VectorFile.Type

const Clause = Schema.Struct({
  id: Schema.String,
  level: Level,
  text: Schema.String,
  source: Schema.String,
  kind: Schema.Literals(["check", "rule"]),
})
/** A clause of the specification: the sentence that a failure is a failure of. */
export type Clause = typeof Clause.Type

/** The form of `clauses.json`. */
export const ClauseFile = Schema.Struct({ format: Schema.Literal("conclave-clauses/1"), clauses: Schema.Array(Clause) })
/** `clauses.json`: `conclave-clauses/1`. */
export type ClauseFile = typeof ClauseFile.Type

const Entry = Schema.Struct({
  id: Id,
  /** Of what is sent and what is wanted; see `digestOf`. */
  digest: Schema.String.check(Schema.isPattern(/^[0-9a-f]{16}$/u)),
  title: Schema.NonEmptyString,
  level: Level,
  clauses: Schema.Array(Schema.String),
  flags: Schema.optionalKey(Schema.Array(Schema.String)),
  twin: Schema.optionalKey(Id),
  needs: Schema.optionalKey(Schema.Array(Schema.String)),
})
/** What the manifest says of a case: enough to list and to select it without opening its file. */
export type Entry = typeof Entry.Type

const ManifestFile = Schema.Struct({
  path: RelativePath,
  sha256: Sha256,
  part: Schema.NullOr(Schema.String),
  chapter: Schema.NullOr(Schema.String),
  layer: Schema.NullOr(Schema.String),
  cases: Schema.Array(Entry),
})

const Link = { id: Id, why: Schema.NonEmptyString, link: Schema.optionalKey(Schema.String) }

/** The form of `manifest.json`. */
export const Manifest = Schema.Struct({
  format: Schema.Literal("conclave-manifest/1"),
  version: Schema.String,
  protocol: Schema.Literal(PROTOCOL),
  /** Numbers of the cipher suites that the cases use. */
  suites: Schema.Array(Schema.Natural),
  /** All layers that there are: a peer that declares another has misspelt it. Left out by sets that have cases of some layers only. */
  layers: Schema.optionalKey(Schema.Array(Schema.String)),
  files: Schema.Array(ManifestFile),
  /** Cases whose answer is under discussion: they are run and shown, and never change the exit code. */
  disputed: Schema.optionalKey(Schema.Array(Schema.Struct(Link))),
  /** Ids that a former release had. They never stand for another case. */
  gone: Schema.optionalKey(Schema.Array(Schema.Struct(Link))),
  sha256: Sha256,
})
/** `manifest.json`: `conclave-manifest/1`. The last digest is over the lines `<sha256>  <path>\n` of all files, in this order. */
export type Manifest = typeof Manifest.Type

/** The cipher suite that all cases are of, unless a set says otherwise. */
const SUITES: ReadonlyArray<number> = [1]

/** The file of clauses, listed in every manifest with `layer: null` and no ids. */
export const CLAUSES_PATH = "clauses.json"

/** The manifest's own file name. */
export const MANIFEST_PATH = "manifest.json"

/**
 * The readers of the three kinds of file, from parsed JSON. Each throws an Error that says which key is wrong; unknown keys are wrong.
 */
export const readVectorFile = Schema.decodeUnknownSync(VectorFile, strict)
export const readClauseFile = Schema.decodeUnknownSync(ClauseFile, strict)
export const readManifest = Schema.decodeUnknownSync(Manifest, strict)

/** SHA-256 as lower-case hex. */
export const sha256Of = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex")

/** The digest of a whole set: SHA-256 over the lines `<sha256>  <path>\n` of its files, in manifest order. */
export const setDigestOf = (files: ReadonlyArray<{ readonly path: string; readonly sha256: string }>): string =>
  sha256Of(files.map(({ sha256, path }) => `${sha256}  ${path}\n`).join(""))

/** A file of the set as it will stand on disk. */
export interface FileText {
  /** Relative to the set, with forward slashes: `dcgka/ratchet.json`, or `clauses.json`. */
  readonly path: string
  /** Its exact text. */
  readonly text: string
}

// In the order of their code units, without white space: the same text in every language.
const sortedKeys = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
    : value

/** The first 16 hex digits of the SHA-256 of a case's steps, as JSON without white space and with sorted keys. */
export const digestOf = ({ steps }: Pick<Case, "steps">): string => sha256Of(JSON.stringify(steps, sortedKeys)).slice(0, 16)

/** What the manifest says of a case, but for its digest. */
export const labelOf = ({ id, title, level, clauses, flags, twin, needs }: Case): Omit<Entry, "digest"> => ({
  id,
  title,
  level,
  clauses,
  ...(flags.length > 0 && { flags }),
  ...(twin !== undefined && { twin }),
  ...(needs !== undefined && { needs }),
})

const entryOf = (each: Case): Entry => {
  const { id, ...rest } = labelOf(each)
  return { id, digest: digestOf(each), ...rest }
}

const manifestFileOf = ({ path, text }: FileText): Manifest["files"][number] => {
  const sha256 = sha256Of(text)
  const json: unknown = JSON.parse(text)
  if (path === CLAUSES_PATH) {
    readClauseFile(json)
    return { path, sha256, part: null, chapter: null, layer: null, cases: [] }
  }
  const { part, chapter, layer, cases } = readVectorFile(json)
  return { path, sha256, part, chapter, layer, cases: cases.map(entryOf) }
}

/** The first string that stands a second time in a list. */
export const firstRepeated = (strings: ReadonlyArray<string>): string | undefined => {
  const seen = new Set<string>()
  for (const string of strings) {
    if (seen.has(string)) return string
    seen.add(string)
  }
  return undefined
}

/** What else a manifest may say of its set. */
export type SetNotes = Partial<Pick<Manifest, "suites" | "layers" | "disputed" | "gone">>

/**
 * The manifest of a set of files, in the order given; that order is the order of the run and of all reports.
 *
 * @param files `clauses.json` and every file of cases
 * @param version the version of the set
 * @throws Error when a file does not fit its schema, an id occurs twice, or `clauses.json` is not among the files
 */
export const manifestOf = (set: ReadonlyArray<FileText>, version: string, { suites = SUITES, ...notes }: SetNotes = {}): Manifest => {
  const files = set.map(manifestFileOf)
  const ids = files.flatMap(({ cases }) => cases.map(({ id }) => id))
  const repeated = firstRepeated([...ids, ...(notes.gone ?? []).map(({ id }) => id)]) ?? firstRepeated(files.map(({ path }) => path))
  if (repeated !== undefined) throw new Error(`${repeated} occurs twice`)
  if (!files.some(({ path }) => path === CLAUSES_PATH)) throw new Error(`${CLAUSES_PATH} is missing`)
  return readManifest({ format: "conclave-manifest/1", version, protocol: PROTOCOL, suites, files, ...notes, sha256: setDigestOf(files) })
}

/** The text of a `manifest.json`: one line for each case, so that two of them can be compared line by line. */
export const manifestTextOf = ({ files, ...rest }: Manifest): string => {
  const { sha256, ...head } = rest
  const lines = files.map(({ cases, ...file }) => {
    const entries = cases.map((each) => `   ${JSON.stringify(each)}`)
    const open = JSON.stringify(file).slice(0, -1)
    return entries.length === 0 ? `  ${open},"cases":[]}` : `  ${open},"cases":[\n${entries.join(",\n")}\n  ]}`
  })
  const headLines = Object.entries(head).map(([key, value]) => ` ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`)
  return `{\n${headLines.join("")} "files": [\n${lines.join(",\n")}\n ],\n "sha256": "${sha256}"\n}\n`
}
