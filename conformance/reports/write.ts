/**
 * Writes the report files of a run.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { Schema } from "effect"
import { annotationsOf, badgeOf, sarifOf, tapOf } from "./formats.ts"
import { htmlOf } from "./html.ts"
import { junitOf } from "./junit.ts"
import { markdownOf } from "./markdown.ts"
import { Report } from "./report.ts"
import { SEAL } from "./seal.ts"
import { summaryOf } from "./summary.ts"
import { printableJson } from "./text.ts"

const encodeReport = Schema.encodeSync(Report)

// One line for each case, clause and layer: short, and two reports can be compared line by line.
const LISTS: ReadonlySet<string> = new Set(["levels", "layers", "clauses", "cases", "notSelected"])

const entryText = (key: string, value: unknown): string => {
  if (!LISTS.has(key) || !Array.isArray(value) || value.length === 0) return printableJson(value)
  return `[\n${value.map((each) => `  ${printableJson(each)}`).join(",\n")}\n ]`
}

/** The report as the text of a `report.json`: keys in the order of the Schema, a newline at the end. */
export const reportTextOf = (report: Report): string => {
  const entries = Object.entries(encodeReport(report)).map(([key, value]) => ` ${JSON.stringify(key)}: ${entryText(key, value)}`)
  return `{\n${entries.join(",\n")}\n}\n`
}

/** The forms of a report: how each is made, and the file that it is written to. */
export const formats = {
  json: { file: "report.json", of: reportTextOf },
  junit: { file: "junit.xml", of: junitOf },
  tap: { file: "report.tap", of: tapOf },
  markdown: { file: "report.md", of: markdownOf },
  html: { file: "report.html", of: htmlOf },
  github: { file: "annotations.txt", of: annotationsOf },
  sarif: { file: "report.sarif", of: sarifOf },
  badge: { file: "badge.json", of: badgeOf },
  text: { file: "report.txt", of: (report: Report) => summaryOf(report) },
} as const
/** The name of a form. */
export type Format = keyof typeof formats

const formatNames = Object.keys(formats) as ReadonlyArray<Format>

/** Whether a text names a form. */
export const isFormat = (name: string): name is Format => (formatNames as ReadonlyArray<string>).includes(name)

// Not with `recursive`: on folders of the kernel that never ends.
const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return
  const parent = path.dirname(folder)
  if (parent !== folder) makeFolder(parent)
  mkdirSync(folder)
}

/**
 * Makes the folder for reports, and takes away those of a former run: they must not pass for what this run found.
 *
 * @throws Error of the file system
 */
export const prepareReports = (folder: string): void => {
  makeFolder(path.resolve(folder))
  // Without a report of ours, files of these names are somebody else's.
  const former = path.join(folder, formats.json.file)
  if (!existsSync(former) || !readFileSync(former, "utf8").slice(0, 200).includes('"conclave-report/1"')) return
  for (const file of [...formatNames.map((name) => formats[name].file), SEAL]) rmSync(path.join(folder, file), { force: true })
}

/** What was written, and what could not be. */
export interface Written {
  readonly files: ReadonlyArray<string>
  readonly troubles: ReadonlyArray<string>
}

/** Writes a report in several forms into a folder. What cannot be written is told, and costs nothing else. */
export const writeReports = (report: Report, folder: string, wanted: ReadonlyArray<Format>): Written => {
  const files: Array<string> = []
  const troubles: Array<string> = []
  for (const name of new Set(wanted)) {
    const file = path.join(folder, formats[name].file)
    try {
      writeFileSync(file, formats[name].of(report))
      files.push(file)
    } catch (error) {
      troubles.push(`${file} could not be written: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { files, troubles }
}
