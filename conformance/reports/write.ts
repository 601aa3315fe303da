/**
 * Writes the report files of a run.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { Schema } from "effect"
import { junitOf } from "./junit.ts"
import { Report } from "./report.ts"

const encodeReport = Schema.encodeSync(Report)

/** The report as the text of a `report.json`: keys in the order of the Schema, two spaces, a newline at the end. */
export const reportTextOf = (report: Report): string => `${JSON.stringify(encodeReport(report), null, 2)}\n`

/**
 * Makes the directory for the reports.
 *
 * @throws Error of the file system when that is not possible
 */
export const prepareReports = (directory: string): void => void mkdirSync(directory, { recursive: true })

/**
 * Writes `report.json` and `junit.xml` into a directory.
 *
 * @returns the paths written
 * @throws Error of the file system
 */
export const writeReports = (report: Report, directory: string): ReadonlyArray<string> => {
  const files = [
    { file: path.join(directory, "report.json"), text: reportTextOf(report) },
    { file: path.join(directory, "junit.xml"), text: junitOf(report) },
  ]
  for (const { file, text } of files) writeFileSync(file, text)
  return files.map(({ file }) => file)
}
