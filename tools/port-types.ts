/**
 * Types for other languages, made from the JSON Schemas of everything that is read or written, and of all methods.
 *
 * @module
 */
import { FetchingJSONSchemaStore, InputData, JSONSchemaInput, type LanguageName, quicktype, type RendererOptions } from "quicktype-core"
import { schemaNames, schemaOf } from "../conformance/runner/schemas.ts"
import { schemaFiles } from "./schemas.ts"

/** A language, the name of its file, and what its types are to be like. */
interface Target {
  readonly lang: LanguageName
  readonly file: string
  readonly rendererOptions: RendererOptions
}

const targets: ReadonlyArray<Target> = [
  { lang: "go", file: "conclave.go", rendererOptions: { package: "conclave", "just-types-and-package": "true" } },
  { lang: "rust", file: "conclave.rs", rendererOptions: { visibility: "public", "derive-debug": "true", "derive-clone": "true" } },
  { lang: "typescript", file: "conclave.ts", rendererOptions: { "just-types": "true", "prefer-unions": "true", readonly: "true" } },
]

const pascal = (name: string): string => name.replaceAll(/(?:^|[-.])([a-z])/gu, (_, letter: string) => letter.toUpperCase())

/** Names come from titles: each is to be that of what it is, not of what it says. */
const titled = (title: string, schema: object): string => JSON.stringify({ ...schema, title })

const methodsSchema = (): { readonly name: string; readonly schema: string } => {
  const file = schemaFiles().find(({ path }) => path === "schema/methods.json")!
  const document = JSON.parse(file.text) as { readonly $defs: Readonly<Record<string, { readonly description?: string }>> }
  // Methods are told from what they refer to by their dot.
  const methods = Object.keys(document.$defs).filter((name) => name.includes("."))
  const $defs = Object.fromEntries(
    Object.entries(document.$defs).map(([name, { description: _, ...schema }]) => [name, { ...schema, title: pascal(name) }]),
  )
  const properties = Object.fromEntries(methods.map((name) => [name, { $ref: `#/$defs/${name}` }]))
  const schema = titled("Methods", { type: "object", properties, required: methods, additionalProperties: false, $defs })
  return { name: "Methods", schema }
}

/** The files of types, by their name. */
export const typeFiles = async (): Promise<ReadonlyArray<{ readonly path: string; readonly text: string }>> => {
  const schemas = [
    ...schemaNames.map((name) => ({ name: pascal(name), schema: titled(pascal(name), JSON.parse(schemaOf(name)!)) })),
    methodsSchema(),
  ]
  const files: Array<{ readonly path: string; readonly text: string }> = []
  for (const { lang, file, rendererOptions } of targets) {
    const input = new JSONSchemaInput(new FetchingJSONSchemaStore())
    for (const source of schemas) await input.addSource(source)
    const inputData = new InputData()
    inputData.addInput(input)
    const { lines } = await quicktype({ inputData, lang, rendererOptions })
    files.push({ path: file, text: lines.join("\n") })
  }
  return files
}
