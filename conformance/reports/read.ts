/**
 * Reads reports back.
 *
 * @module
 */
import { readFileSync, statSync } from "node:fs"
import path from "node:path"
import { Schema } from "effect"
import { Report } from "./report.ts"

const decode = Schema.decodeUnknownSync(Report, { onExcessProperty: "error" })

/** Reads a report, or the one in a folder. Throws Error when it is none. */
export const readReport = (place: string): Report => {
  const file = statSync(place).isDirectory() ? path.join(place, "report.json") : place
  return decode(JSON.parse(readFileSync(file, "utf8")))
}
