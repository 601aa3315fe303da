/**
 * The methods and the types of what they take and give, in words.
 *
 * @module
 */
import { methods } from "../../spec/methods.ts"
import { schemaFiles } from "../schemas.ts"
import type { Method } from "./schema.ts"

interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly const?: unknown
  readonly enum?: ReadonlyArray<unknown>
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly oneOf?: ReadonlyArray<JsonSchema>
  readonly allOf?: ReadonlyArray<JsonSchema>
  readonly items?: JsonSchema | boolean
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly minimum?: number
  readonly maximum?: number
}

const isSchema = (value: JsonSchema | boolean | undefined): value is JsonSchema => typeof value === "object"

/** Bytes are hex in all parameters: what is said of them here is how many there are, where that is not for every call to say. */
const inShort = (description: string | undefined): string | undefined =>
  description?.replace(/^0 to \d{7,} bytes of lower-case hex$/u, "bytes").replace(/ bytes of lower-case hex$/u, " bytes")

const descriptionOf = ({ description, allOf }: JsonSchema): string | undefined =>
  inShort(description ?? allOf?.map((part) => part.description).find((one) => one !== undefined))

const objectOf = ({ properties, additionalProperties }: JsonSchema): string => {
  if (properties === undefined && isSchema(additionalProperties)) return `table of ${typeOf(additionalProperties)}`
  const fields = Object.entries(properties ?? {}).map(([name, field]) => `${name}: ${typeOf(field)}`)
  return fields.length === 0 ? "object" : `{ ${fields.join(", ")} }`
}

const typeOf = (schema: JsonSchema): string => {
  if (schema.$ref !== undefined) return schema.$ref.replace("#/$defs/", "")
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(" / ")
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" / ")
  if (schema.type === "array") return isSchema(schema.items) ? `list of ${typeOf(schema.items)}` : "list"
  if (schema.type === "object") return objectOf(schema)
  return descriptionOf(schema) ?? (schema.type === "integer" ? "whole number" : (schema.type ?? "any value"))
}

const fieldsOf = ({ properties }: JsonSchema) => Object.entries(properties ?? {}).map(([name, field]) => ({ name, type: typeOf(field) }))

/** All methods, in their order. */
export const readMethods = (): ReadonlyArray<Method> => {
  const file = schemaFiles().find(({ path }) => path === "schema/methods.json")!
  const { $defs } = JSON.parse(file.text) as { readonly $defs: Readonly<Record<string, JsonSchema>> }
  return Object.entries(methods).map(([name, { layer, text, draws }]) => {
    const { params, output } = $defs[name]!.properties as { readonly params: JsonSchema; readonly output: JsonSchema }
    return { name, layer, text, draws, params: fieldsOf(params), output: fieldsOf(output) }
  })
}
