/** The schemas that other languages read: they are valid, and they say what the wire types say. */
import { Ajv2020 } from "ajv/dist/2020.js"
import { decode } from "cbor2"
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { describe, expect, it } from "vitest"
import { fieldsOf, packetOf, type RecordTable, readRules } from "../../conformance/runner/wire.ts"
import { type Cbor, encodeCbor } from "../../spec/conventions/cbor.ts"
import { decodeWire } from "../../spec/conventions/encoding.ts"
import { schemaFiles, wireTypes } from "../schemas.ts"
import { matcher, namesIn, parseCddl, preludeNames, rulesOf } from "./cddl.ts"
import { caseFiles, steps } from "./vectors.ts"

const textOf = (path: string): string => schemaFiles().find((file) => file.path === `schema/${path}`)!.text

const bytesOf = (hex: string) => Result.getOrThrow(Hex.decode(hex))

const decodes = steps.filter(({ method }) => method === "encoding.decode") as unknown as ReadonlyArray<{
  readonly id: string
  readonly params: { readonly type: string; readonly bytes: string }
  readonly expect: (typeof steps)[number]["expect"]
}>

const accepted = decodes.filter(({ expect }) => expect.verdict === "accepted")

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateSchema: true })
for (const name of ["methods", "messages", "vectors"]) ajv.addSchema(JSON.parse(textOf(`${name}.json`)), name)

const isValid = (reference: string, value: unknown): boolean => {
  const validate = ajv.getSchema(reference)
  if (validate === undefined) throw new Error(`no schema ${reference}`)
  return validate(value) as boolean
}

const isCall = (part: "params" | "output", method: string, value: unknown) => isValid(`methods#/$defs/${method}/properties/${part}`, value)

interface Place {
  readonly path: string
  readonly schema: Readonly<Record<string, unknown>>
}

/** All schemas inside a schema, each with the path to it. */
const inside = (schema: unknown, path: string): ReadonlyArray<Place> => {
  if (typeof schema !== "object" || schema === null) return []
  const here = { path, schema: schema as Place["schema"] }
  return [here, ...Object.entries(schema).flatMap(([key, inner]) => inside(inner, `${path}/${key}`))]
}

describe("methods.json", () => {
  it("accepts the parameters of every step of the vectors, and every output", () => {
    expect(steps.length).toBeGreaterThan(400)
    for (const { id, method, params, expect: wanted } of steps) {
      if (wanted.verdict !== "no-call" && wanted.verdict !== "keeps")
        expect.soft(isCall("params", method, params), `${id}: parameters of ${method}`).toBe(true)
      if (wanted.verdict === "accepted") expect.soft(isCall("output", method, wanted.output), `${id}: output of ${method}`).toBe(true)
    }
  })

  it("refuses upper-case hex, half a byte, a field too many and one too few", () => {
    expect(isCall("params", "primitives.sha256", { data: "0a" })).toBe(true)
    for (const data of ["0A", "0", "0a ", "0a\n", "0x0a", 10, null]) expect(isCall("params", "primitives.sha256", { data })).toBe(false)
    expect(isCall("params", "primitives.sha256", { data: "0a", salt: "" })).toBe(false)
    expect(isCall("params", "primitives.sha256", {})).toBe(false)
    expect(isCall("output", "keys.learn", {})).toBe(true)
    for (const output of [{ extra: 1 }, null, [], 0]) expect(isCall("output", "keys.learn", output)).toBe(false)
  })

  it("limits every text, every number and every object", () => {
    const places = inside(JSON.parse(textOf("methods.json")).$defs, "")
    const ofType = (type: string) => places.filter(({ schema }) => schema.type === type)
    expect(ofType("string").filter(({ schema }) => schema.pattern === undefined && schema.enum === undefined)).toEqual([])
    expect(ofType("integer").filter(({ schema }) => schema.minimum === undefined || schema.maximum === undefined)).toEqual([])
    expect(ofType("object").filter(({ schema }) => schema.additionalProperties !== false)).toEqual([])
  })
})

describe("messages.json", () => {
  it("accepts the value of every message that is decoded, and not one with a field more or in upper case", () => {
    expect(accepted.length).toBeGreaterThan(10)
    for (const { id, params, expect: wanted } of accepted) {
      const { value } = (wanted as unknown as { readonly output: { readonly value: object } }).output
      const reference = `messages#/$defs/${params.type}`
      expect.soft(isValid(reference, value), id).toBe(true)
      expect.soft(isValid(reference, { ...value, extra: 0 }), `${id} with a field more`).toBe(false)
      const upper = JSON.parse(JSON.stringify(value).replace(/"[0-9a-f]{32,}"/, (hex) => hex.replace(/[0-9]/, "A")))
      if (/"[0-9a-f]{32,}"/.test(JSON.stringify(value))) expect.soft(isValid(reference, upper), `${id} in upper case`).toBe(false)
    }
  })

  it("has every wire type", () => {
    for (const { cddl } of wireTypes) expect(ajv.getSchema(`messages#/$defs/${cddl}`), cddl).toBeDefined()
  })
})

describe("wire.cddl", () => {
  const text = textOf("wire.cddl")
  const rules = rulesOf(text)
  const matches = matcher(rules)

  it("is CDDL, and what is not is found out", () => {
    for (const fault of ["key-bundle = [", "a = ", "a = [1**2 b]", "a = bstr .size"])
      expect(() => parseCddl(`${text}\n${fault}\n`)).toThrow("not CDDL from line")
    expect(() => rulesOf(`${text}\nwelcome = 1\n`)).toThrow("two rules welcome")
  })

  it("defines every name that it refers to, and refers to every name that it defines", () => {
    const named = new Set([...rules.values()].flatMap(namesIn))
    expect([...named].filter((name) => !rules.has(name) && !preludeNames.includes(name))).toEqual([])
    expect([...rules.keys()].filter((name) => !named.has(name))).toEqual(["wire-type"])
    expect(namesIn(rulesOf("a = [x: missing / null]\n").get("a")!)).toEqual(["missing", "null"])
  })

  it("fits what is decoded", () => {
    for (const { id, params } of accepted) expect.soft(matches(params.type, decode(bytesOf(params.bytes))), id).toBe(true)
  })

  it("does not fit what has the wrong shape, but for the order of pairs, which CDDL cannot say", () => {
    const wrong = decodes.filter(({ expect }) => expect.verdict === "malformed" && expect.clause === "encoding.shape")
    expect(wrong.length).toBeGreaterThan(10)
    for (const { id, params } of wrong) {
      expect.soft(matches(params.type, decode(bytesOf(params.bytes))), id).toBe(id.startsWith("encoding/table-"))
    }
  })

  it("agrees with the wire types on every message of the vectors with one fault", () => {
    const verdicts = { accepted: 0, refused: 0 }
    // Of a long list each place would be tried.
    for (const { id, params } of accepted.filter(({ params: { bytes } }) => bytes.length <= 4096)) {
      const wire = wireTypes.find(({ cddl }) => cddl === params.type)!
      for (const value of withOneFault(decode(bytesOf(params.bytes)))) {
        const decoded = Result.isSuccess(decodeWire(wire, encodeCbor(value)))
        expect.soft(matches(params.type, value) && ascends(value), `${id}: ${JSON.stringify(value)}`).toBe(decoded)
        verdicts[decoded ? "accepted" : "refused"]++
      }
    }
    expect(verdicts.accepted).toBeGreaterThan(100)
    expect(verdicts.refused).toBeGreaterThan(1000)
  })
})

describe("conclave decode", () => {
  const rules = readRules(textOf("wire.cddl"), textOf("messages.json"))
  const table = JSON.parse(textOf("records.json")) as RecordTable

  it("gives the value of every message that is decoded", () => {
    for (const { id, params, expect: wanted } of accepted) {
      const { value } = (wanted as unknown as { readonly output: { readonly value: object } }).output
      expect.soft(fieldsOf(rules, params.type, bytesOf(params.bytes)), id).toEqual(value)
    }
  })

  it("says where what is malformed is wrong, but for the order of pairs", () => {
    const wrong = decodes.filter(
      ({ id, expect }) => expect.verdict === "malformed" && expect.clause !== "encoding.limit" && !id.startsWith("encoding/table-"),
    )
    for (const { id, params } of wrong) expect.soft(() => fieldsOf(rules, params.type, bytesOf(params.bytes)), id).toThrow()
  })

  it("gives the records of every packet of mpENC that is decoded", () => {
    const packets = steps.filter(({ method, expect }) => method === "mpenc-records.decode" && expect.verdict === "accepted")
    const texts = packets
      .map(({ params }) => (params as unknown as { readonly text: string }).text)
      .filter((text) => text.startsWith("?mpENC:"))
    expect(texts.length).toBeGreaterThan(10)
    for (const text of texts) {
      const names = packetOf(table, text).flatMap((record) => Object.keys(record))
      expect.soft(names, text).toContain("MESSAGE_TYPE")
      expect
        .soft(
          names.filter((name) => name.startsWith("type ")),
          text,
        )
        .toEqual([])
    }
  })
})

const strange: ReadonlyArray<Cbor> = [
  0,
  1,
  6,
  255,
  256,
  2 ** 32 - 1,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  "",
  "bob",
  "b b",
  "x".repeat(65),
  null,
  [],
  [0],
  new Uint8Array(),
]

const lengths = (bytes: Uint8Array): ReadonlyArray<Cbor> => [bytes.slice(1), Uint8Array.of(...bytes, 0), Uint8Array.of(...bytes, ...bytes)]

/** The values that differ from `value` in one place: another value there, an element left out, or an element twice. */
const withOneFault = (value: Cbor): ReadonlyArray<Cbor> => {
  if (value instanceof Uint8Array) return [...strange, ...lengths(value)]
  if (!Array.isArray(value)) return strange
  const list = value as ReadonlyArray<Cbor>
  return [
    ...strange,
    ...list.flatMap((element, index) => [
      list.toSpliced(index, 1),
      list.toSpliced(index, 0, element),
      ...withOneFault(element).map((faulty) => list.with(index, faulty)),
    ]),
  ]
}

/** Whether all tables in a value are in order. */
const ascends = (value: unknown): boolean =>
  !Array.isArray(value) ||
  value.every(
    (one, index) =>
      ascends(one) && (index === 0 || !isPair(one) || !isPair(value[index - 1]) || Hex.encode(value[index - 1][0]) < Hex.encode(one[0])),
  )

/** No other array of two begins with a byte string. */
const isPair = (pair: unknown): pair is [Uint8Array] => Array.isArray(pair) && pair.length === 2 && pair[0] instanceof Uint8Array

describe("vectors.json", () => {
  it("accepts every file of cases, and refuses one with a key too many", () => {
    for (const { path, content } of caseFiles) expect(isValid("vectors#/$defs/vector-file", content), path).toBe(true)
    expect(isValid("vectors#/$defs/vector-file", { ...caseFiles[0]!.content, extra: 1 })).toBe(false)
  })
})
