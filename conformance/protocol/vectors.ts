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

const ClauseFile = Schema.Struct({ format: Schema.Literal("conclave-clauses/1"), clauses: Schema.Array(Clause) })
/** `clauses.json`: `conclave-clauses/1`. */
export type ClauseFile = typeof ClauseFile.Type

const ManifestEntry = Schema.Struct({
  path: RelativePath,
  sha256: Sha256,
  layer: Schema.NullOr(Schema.String),
  ids: Schema.Array(Id),
})

const Manifest = Schema.Struct({
  format: Schema.Literal("conclave-manifest/1"),
  version: Schema.String,
  protocol: Schema.Literal(PROTOCOL),
  files: Schema.Array(ManifestEntry),
  sha256: Sha256,
})
/** `manifest.json`: `conclave-manifest/1`. The last digest is over the lines `<sha256>  <path>\n` of all files, in this order. */
export type Manifest = typeof Manifest.Type

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

const entryOf = ({ path, text }: FileText): Manifest["files"][number] => {
  const sha256 = sha256Of(text)
  const json: unknown = JSON.parse(text)
  if (path === CLAUSES_PATH) {
    readClauseFile(json)
    return { path, sha256, layer: null, ids: [] }
  }
  const { layer, cases } = readVectorFile(json)
  return { path, sha256, layer, ids: cases.map(({ id }) => id) }
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

/**
 * The manifest of a set of files, in the order given; that order is the order of the run and of all reports.
 *
 * @param files `clauses.json` and every file of cases
 * @param version the version of the set
 * @throws Error when a file does not fit its schema, an id occurs twice, or `clauses.json` is not among the files
 */
export const manifestOf = (files: ReadonlyArray<FileText>, version: string): Manifest => {
  const entries = files.map(entryOf)
  const repeated = firstRepeated(entries.flatMap(({ ids }) => ids)) ?? firstRepeated(entries.map(({ path }) => path))
  if (repeated !== undefined) throw new Error(`${repeated} occurs twice`)
  if (!entries.some(({ path }) => path === CLAUSES_PATH)) throw new Error(`${CLAUSES_PATH} is missing`)
  return readManifest({ format: "conclave-manifest/1", version, protocol: PROTOCOL, files: entries, sha256: setDigestOf(entries) })
}
