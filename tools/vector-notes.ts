/**
 * What is said by hand about the cases: their version, which ids are gone and why, which are disputed, and why those that have changed since the last release did.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { Manifest } from "../conformance/protocol/vectors.ts"

const { gone, disputed } = Manifest.fields

const Notes = Schema.Struct({
  version: Schema.NonEmptyString,
  gone: gone.schema,
  disputed: disputed.schema,
  /** Ids, or what ids begin with when it ends with a slash. */
  changed: Schema.Array(Schema.Struct({ ids: Schema.Array(Schema.String), why: Schema.NonEmptyString })),
})

const decode = Schema.decodeUnknownSync(Notes, { onExcessProperty: "error" })

/** Reads `notes.json` of the vectors. */
export const readNotes = (vectors: string): typeof Notes.Type => decode(JSON.parse(readFileSync(join(vectors, "notes.json"), "utf8")))
