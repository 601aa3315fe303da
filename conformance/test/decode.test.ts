/** The fields of a message, printed by `conclave decode`. */
import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { exitCode } from "../runner/errors.ts"
import { conclave, temporaryDirectory } from "./fixtures.ts"

const CDDL = `; A comment = not a rule
wire-type = greeting / names

greeting = hello / bye / seals-open

hello = [
  kind: 0,
  user: tstr .regexp "[!-~]{1,8}",
  salt: bstr .size (2..4) / null,
  marks: [0*2 1..9],
]

bye = [
  kind: 1,
]

seals-open = [
  kind: 2,
  why: "late" / "early",
]

names = [* [bstr .size 2, person]]

person = [
  seq: 1..9,
]
`

const MESSAGES = JSON.stringify({
  $defs: { hello: { properties: { type: { enum: ["hello"] } } }, "seals-open": { properties: { type: { enum: ["open"] } } } },
})

const RECORDS = JSON.stringify({
  types: { MESSAGE_TYPE: "0002", MEMBER: "0102" },
  texts: ["MEMBER"],
  values: { MESSAGE_TYPE: { "01": "query" } },
})

const decode = async (...args: ReadonlyArray<string>) => {
  const folder = path.join(temporaryDirectory(), "schema")
  mkdirSync(folder)
  writeFileSync(path.join(folder, "wire.cddl"), CDDL)
  writeFileSync(path.join(folder, "messages.json"), MESSAGES)
  writeFileSync(path.join(folder, "records.json"), RECORDS)
  const { code, stdout, stderr } = await conclave.run("decode", "--vectors", path.dirname(folder), ...args)
  return { code, value: code === 0 ? JSON.parse(stdout) : stderr }
}

describe("conclave decode", () => {
  it.for([
    ["greeting", "840062616242010282" + "0102", { type: "hello", user: "ab", salt: "0102", marks: [1, 2] }],
    ["hello", "84006161f680", { type: "hello", user: "a", salt: null, marks: [] }],
    ["greeting", "8202646c617465", { type: "open", why: "late" }],
    ["names", "8282420001810282420002" + "8103", { "0001": { seq: 2 }, "0002": { seq: 3 } }],
    ["mpenc-packet", "?mpENC:AAIAAQEBAgABYQEDAAEC.", [{ MESSAGE_TYPE: "01 (query)" }, { MEMBER: "a" }, { "type 0103": "02" }]],
    ["mpenc-records", "01020000", [{ MEMBER: "" }]],
  ] as const)("prints the fields of %s %s", async ([type, bytes, value]) => {
    expect(await decode(type, bytes)).toEqual({ code: exitCode.passed, value })
  })

  it.for([
    ["hello", "84006161f68100", "marks.0: a number, 1 to 9, wanted"],
    ["greeting", "84006161410180", "salt: 2 to 4 bytes wanted"],
    ["greeting", "8101ff", "not the deterministic encoding"],
    ["greeting", "81f90000", "another spelling"],
    ["greeting", "811801", "not the deterministic encoding"],
    ["greeting", "8109", "no greeting"],
    ["greeting", "8", "the bytes are not hex"],
    ["farewell", "80", "there is no wire type farewell"],
    ["mpenc-records", "010200", "byte 0: a record is cut off"],
    ["mpenc-packet", "?mpENC:AAIAAQE", "no packet of mpENC"],
  ] as const)("says what is wrong with %s %s", async ([type, bytes, says]) => {
    const { code, value } = await decode(type, bytes)
    expect({ code, says: value }).toEqual({ code: exitCode.usage, says: expect.stringContaining(says) })
  })
})
