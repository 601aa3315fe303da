/**
 * The command `decode`.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import type { Command } from "commander"
import { exitCode, messageOf, UsageError } from "../errors.ts"
import { fieldsOf, packetOf, type RecordTable, readRules, recordsOf } from "../wire.ts"
import { print, type VectorFlags, vectorsOf, type Work, withVectors } from "./work.ts"

const PACKET = "mpenc-packet"
const RECORDS = "mpenc-records"

const schemaText = (flags: VectorFlags, name: string): string => {
  const file = path.join(vectorsOf(flags), "schema", name)
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`)
  }
}

const bytesOf = (hex: string): Uint8Array => {
  if (!/^([0-9a-f]{2})*$/iu.test(hex)) throw new UsageError("the bytes are not hex")
  return Buffer.from(hex, "hex")
}

const shownOf = (flags: VectorFlags, type: string, given: string): unknown => {
  const table = () => JSON.parse(schemaText(flags, "records.json")) as RecordTable
  if (type === PACKET) return packetOf(table(), given)
  if (type === RECORDS) return recordsOf(table(), bytesOf(given))
  const rules = readRules(schemaText(flags, "wire.cddl"), schemaText(flags, "messages.json"))
  if (!rules.types.has(type))
    throw new UsageError(`there is no wire type ${type}; there are ${[...rules.types.keys(), PACKET, RECORDS].join(", ")}`)
  return fieldsOf(rules, type, bytesOf(given))
}

/** Adds the command of this module. */
export const addDecoding = (program: Command, work: Work): void => {
  withVectors(program.command("decode").description("Print the fields of a message: of a wire type as in vectors, or of a packet of mpENC"))
    .argument("<type>", `a rule of schema/wire.cddl, ${PACKET} or ${RECORDS}`)
    .argument("[bytes]", `hex, or the text of an ${PACKET}; without it, standard input is read`)
    .action((type: string, given: string | undefined, flags: VectorFlags) =>
      work.does(async () => {
        print(`${JSON.stringify(shownOf(flags, type, (given ?? readFileSync(0, "utf8")).trim()), null, 2)}\n`)
        return exitCode.passed
      })(),
    )
}
