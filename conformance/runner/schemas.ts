/**
 * Everything that is read or written, as JSON Schema: made from the same values that read and write here.
 *
 * @module
 */
import { JsonSchema, Schema } from "effect"
import { Answer, Hello, HelloParams, Reply, Request } from "../protocol/messages.ts"
import { AdapterHello, AnyPlayFile } from "../protocol/plays.ts"
import { ClauseFile, Manifest, VectorFile } from "../protocol/vectors.ts"
import { Report } from "../reports/report.ts"
import { Seal } from "../reports/seal.ts"
import { KnownFailures } from "./known.ts"

const described = {
  request: [Request, "What the runner sends"],
  reply: [Reply, "What a peer answers: one line"],
  "hello-params": [HelloParams, "The params of hello"],
  hello: [Hello, "The result of hello"],
  verdict: [Answer, "The result of every other method"],
  vectors: [VectorFile, "A file of cases"],
  plays: [AnyPlayFile, "A file of plays"],
  "adapter-hello": [AdapterHello, "The result of hello of an adapter for plays"],
  clauses: [ClauseFile, "The clauses of the specification"],
  manifest: [Manifest, "The manifest of a set of vectors"],
  report: [Report, "The report of a run"],
  seal: [Seal, "The seal of the reports of a run"],
  "known-failures": [KnownFailures, "A file of known failures"],
} as const satisfies Record<string, readonly [Schema.Top, string]>

/** The names of the schemas. */
export const schemaNames = Object.keys(described)

/** A JSON Schema (2020-12) by its name, or `undefined` when there is none of this name. */
export const schemaOf = (name: string): string | undefined => {
  const found = Object.entries(described).find(([each]) => each === name)
  if (found === undefined) return undefined
  const [schema, title] = found[1]
  const { schema: body, definitions } = Schema.toJsonSchemaDocument(schema as Schema.Top, { onExcessProperty: "error" })
  return `${JSON.stringify({ $schema: JsonSchema.META_SCHEMA_URI_DRAFT_2020_12, title, ...body, $defs: definitions }, null, 1)}\n`
}
