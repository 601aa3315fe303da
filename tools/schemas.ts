/**
 * What readers in other languages check against: the wire types as CDDL, and the JSON forms of messages and methods as JSON Schema. All of it is made from
 * the same values that encode and decode here.
 *
 * @module
 */
import { JsonSchema, Schema } from "effect"
import { AnyPlayFile } from "../conformance/protocol/plays.ts"
import { type FileText, VectorFile } from "../conformance/protocol/vectors.ts"
import type { Wire } from "../spec/conventions/encoding.ts"
import { ApplicationMessage } from "../spec/dcgka/application-messages.ts"
import { Attachment, Envelope, Item, Notes } from "../spec/dcgka/causal-broadcast.ts"
import { Operation } from "../spec/dcgka/group-membership.ts"
import { Content, Event, Packet } from "../spec/dcgka/group-messaging.ts"
import { ControlMessage, Welcome } from "../spec/dcgka/key-agreement.ts"
import { KeyBundle } from "../spec/dcgka/key-bundles.ts"
import { observationMethods } from "../spec/dcgka/observations.ts"
import { ChannelMessage, ChannelPlaintext } from "../spec/dcgka/two-party-messaging.ts"
import { CentralizedMessage } from "../spec/delivery-service/centralized-delivery-service.ts"
import { Electorate } from "../spec/delivery-service/cooperation.ts"
import { DeliveryMessage } from "../spec/delivery-service/delivery-service.ts"
import { ConsensusDecision, Proposal, Vote } from "../spec/delivery-service/global-consensus.ts"
import { mlsObservationMethods } from "../spec/delivery-service/observations.ts"
import { SymbolicCommit, SymbolicKeyPackage, SymbolicProposal, SymbolicWelcome } from "../spec/delivery-service/tree-kem.ts"
import { methods } from "../spec/methods.ts"
import { abortType, extensionRecords, publishedKeyType } from "../spec/mpenc/extensions.ts"
import { mpencObservationMethods } from "../spec/mpenc/observations.ts"
import { greetTypes, recordTypes } from "../spec/mpenc/records.ts"

/** The wire types, in the order of their chapters, and then those that nobody sends by themselves and that methods take. */
export const wireTypes: ReadonlyArray<Wire<unknown>> = [
  KeyBundle,
  ChannelMessage,
  ChannelPlaintext,
  Operation,
  ControlMessage,
  Welcome,
  Envelope,
  Item,
  Attachment,
  Notes,
  ApplicationMessage,
  Packet,
  Content,
  Event,
  SymbolicKeyPackage,
  SymbolicProposal,
  SymbolicCommit,
  SymbolicWelcome,
  DeliveryMessage,
  CentralizedMessage,
  Electorate,
  Proposal,
  Vote,
  ConsensusDecision,
]

/** A definition: its name in the wire type `root`, and its text, in which it names others. */
interface Definition {
  readonly root: string
  readonly name: string
  readonly text: string
}

/**
 * Gives definitions of several wire types names that are distinct in one file: a name that stands for different things (the create of a control
 * message is not the create of an operation) gets the first wire type that it belongs to in front.
 */
const distinctNames = (definitions: ReadonlyArray<Definition>) => {
  const meanings = (name: string) => new Set(definitions.filter((one) => one.name === name).map(({ text }) => text)).size
  return (root: string, name: string): string => {
    const meant = definitions.find((one) => one.root === root && one.name === name)
    if (meant === undefined) throw new Error(`${root} does not define ${name}`)
    const first = definitions.find((one) => one.name === name && one.text === meant.text)!
    return meanings(name) === 1 ? name : `${first.root}-${name}`
  }
}

const cddlHeader = `; The wire types of Conclave, in CDDL (RFC 8610).
;
; Bytes are the deterministic encoding of RFC 8949 section 4.2.1, at most 1 MiB, with nothing after it. What CDDL cannot say: in an array of
; pairs, the first elements ascend, each once. In JSON the kind of a message is the name of its rule, in a field "type", without "operation-" or
; "control-message-" in front. The certificate that methods take is the list that stands in a unique-commit. Generated from the chapters; the chapters say what the fields mean.
`

const identifier = /"[^"]*"|[a-zA-Z][\w-]*:?/g

/** The rules of a wire type, its own first. */
const rulesOf = ({ cddl: root, rules }: Wire<unknown>): ReadonlyArray<Definition> => {
  const names = [root, ...Object.keys(rules).filter((name) => name !== root)]
  return names.map((name) => ({ root, name, text: rules[name]! }))
}

/** A CDDL rule with each field of an array on a line of its own. */
export const inLines = (rule: string): string =>
  /^\[\w+: /.test(rule) ? `[\n  ${rule.slice(1, -1).replace(/, (?=\w+: )/g, ",\n  ")},\n]` : rule

const cddl = (): string => {
  const definitions = wireTypes.flatMap(rulesOf)
  const nameIn = distinctNames(definitions)
  const isRule = (root: string, token: string) => definitions.some((one) => one.root === root && one.name === token)
  const rules = definitions.map(({ root, name, text }) => {
    const renamed = text.replaceAll(identifier, (token) => (isRule(root, token) ? nameIn(root, token) : token))
    return `${nameIn(root, name)} = ${inLines(renamed)}\n`
  })
  const first = `wire-type = ${wireTypes.map((wire) => wire.cddl).join(" / ")}\n`
  return [cddlHeader, first, ...new Set(rules)].join("\n")
}

const toDocument = (schema: Schema.Top) => Schema.toJsonSchemaDocument(schema, { onExcessProperty: "error" })

const schemaText = (title: string, description: string, definitions: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ $schema: JsonSchema.META_SCHEMA_URI_DRAFT_2020_12, title, description, $defs: definitions }, null, 1)}\n`

// Effect takes a struct without fields for "anything but null".
const noFields = { type: "object", properties: {}, additionalProperties: false }

const fieldsOf = (struct: Schema.Struct<Schema.Struct.Fields>, schema: unknown) =>
  Object.keys(struct.fields).length === 0 ? noFields : schema

type AnyStruct = Schema.Struct<Schema.Struct.Fields>

/** Methods, whatever their parameters. */
type Methods = Readonly<
  Record<string, { readonly layer: string; readonly text: string; readonly params: AnyStruct; readonly output: AnyStruct }>
>

const methodsText = (title: string, methods: Methods): string => {
  const calls = Object.fromEntries(Object.entries(methods).map(([name, { params, output }]) => [name, Schema.Struct({ params, output })]))
  const { schema, definitions } = toDocument(Schema.Struct(calls))
  const described = Object.entries(methods).map(([name, { layer, text, params, output }]) => {
    const call = (schema.properties as Readonly<Record<string, { readonly properties: Readonly<Record<string, unknown>> }>>)[name]!
    const properties = { params: fieldsOf(params, call.properties.params), output: fieldsOf(output, call.properties.output) }
    return [name, { description: `${text} Layer: ${layer}.`, ...call, properties }]
  })
  const description = "By method: what is called with it, in `params`, and what the verdict accepted gives, in `output`."
  return schemaText(title, description, { ...Object.fromEntries(described), ...definitions })
}

const reference = /"#\/\$defs\/([^"]+)"/g

const messagesText = (): string => {
  const definitions = wireTypes.flatMap((wire): ReadonlyArray<Definition> => {
    const document = toDocument(wire.json as Schema.Top)
    const parts = Object.entries({ [wire.cddl]: document.schema, ...document.definitions })
    return parts.map(([name, part]) => ({ root: wire.cddl, name, text: JSON.stringify(part) }))
  })
  const nameIn = distinctNames(definitions)
  const named = definitions.map(({ root, name, text }) => {
    const renamed = text.replaceAll(reference, (_, referred: string) => `"#/$defs/${nameIn(root, referred)}"`)
    return [nameIn(root, name), JSON.parse(renamed)]
  })
  return schemaText("Conclave messages", "The JSON form of each wire type. Bytes are lower-case hex.", Object.fromEntries(named))
}

const vectorsText = (): string => {
  const { schema, definitions } = toDocument(VectorFile)
  return schemaText("Conclave vector file", "A file of cases is a `vector-file`.", { "vector-file": schema, ...definitions })
}

const playsText = (): string => {
  const { schema, definitions } = toDocument(AnyPlayFile)
  return schemaText("Conclave play file", "A file of plays is a `play-file`.", { "play-file": schema, ...definitions })
}

const inHex = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, "0")

/** The records of mpENC: their types, those whose value is a text, and the names of the values of some. */
const recordsText = (): string => {
  const types = Object.entries({ ...recordTypes, ...extensionRecords }).map(([name, { type }]) => [name, inHex(type, 2)])
  const greetings = Object.entries({ ...greetTypes, abort: abortType }).map(([name, value]) => [inHex(value, 2), name])
  const packets = { "01": "query", "02": "greeting", "03": "data", "04": "error", [inHex(publishedKeyType, 1)]: "published-key" }
  const table = {
    title: "Records of mpENC",
    types: Object.fromEntries(types),
    texts: ["SOURCE", "DEST", "MEMBER"],
    values: { MESSAGE_TYPE: packets, GREET_TYPE: Object.fromEntries(greetings) },
  }
  return `${JSON.stringify(table, null, 1)}\n`
}

/** The files of `vectors/schema`. */
export const schemaFiles = (): ReadonlyArray<FileText> => [
  { path: "schema/wire.cddl", text: cddl() },
  { path: "schema/messages.json", text: messagesText() },
  { path: "schema/methods.json", text: methodsText("Conclave methods", methods) },
  {
    path: "schema/play-methods.json",
    text: methodsText("Conclave methods of adapters for plays", {
      ...observationMethods,
      ...mlsObservationMethods,
      ...mpencObservationMethods,
    }),
  },
  { path: "schema/vectors.json", text: vectorsText() },
  { path: "schema/plays.json", text: playsText() },
  { path: "schema/records.json", text: recordsText() },
]
