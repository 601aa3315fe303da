/**
 * The commands that run nothing: `list`, `report`, `compare`, `verify`, `init` and others.
 *
 * @module
 */
import { statSync } from "node:fs"
import path from "node:path"
import type { Command } from "commander"
import { collectedPage } from "../../reports/collect.ts"
import { deltaOf, deltaText } from "../../reports/compare.ts"
import { readReport } from "../../reports/read.ts"
import type { Report } from "../../reports/report.ts"
import { formats, isFormat } from "../../reports/write.ts"
import { brokenOffReport } from "../broken-off.ts"
import { changesBetween } from "../changes.ts"
import { exitCode, messageOf, UsageError, VectorsCorrupt } from "../errors.ts"
import { init, languages } from "../init.ts"
import { JOURNAL, readJournal } from "../journal.ts"
import { type ListedCase, loadVectors, type VectorSet } from "../load.ts"
import { writeManifest } from "../own-set.ts"
import { schemaNames, schemaOf } from "../schemas.ts"
import { selectCases } from "../select.ts"
import { isSealed, verify, verifyRun } from "../verify.ts"
import {
  print,
  printError,
  type SelectionFlags,
  selectionOf,
  type VectorFlags,
  vectorsOf,
  type Work,
  withSelection,
  withVectors,
} from "./work.ts"

const listed = ({ id, digest, title, part, chapter, layer, level, clauses, flags = [], needs = [] }: ListedCase) => ({
  id,
  digest,
  title,
  part,
  chapter,
  layer,
  level,
  clauses,
  flags,
  needs,
})

const layersText = (cases: ReadonlyArray<ListedCase>): string =>
  [...Map.groupBy(cases, ({ layer }) => layer)]
    .map(([layer, members]) => `${layer}\t${members[0]?.part}\t${members.length} cases\n`)
    .join("")

const clausesText = (set: VectorSet, cases: ReadonlyArray<ListedCase>): string => {
  const shown = new Set(cases.flatMap(({ clauses }) => clauses))
  const clauses = set.clauses().filter(({ id }) => shown.has(id))
  return clauses.map(({ id, level, text }) => `${id}\t${level}\t${text}\n`).join("")
}

interface ListFlags extends VectorFlags, SelectionFlags {
  readonly json?: boolean
  readonly layers?: boolean
  readonly clauses?: boolean
}

const addList = (program: Command, work: Work): void => {
  withSelection(withVectors(program.command("list").description("List the cases: id, layer, level, title")))
    .option("--json", "print a JSON array")
    .option("--clauses", "list the clauses that they show instead: id, level, text")
    .option("--layers", "list the layers instead, in the order in which a port gets them right")
    .action((flags: ListFlags) =>
      work.does(async () => {
        const set = loadVectors(vectorsOf(flags), flags.extra)
        const cases = selectCases(set.cases, selectionOf(flags))
        const lines = () => cases.map(({ id, layer, level, title }) => `${id}\t${layer}\t${level}\t${title}\n`).join("")
        if (flags.layers) print(layersText(cases))
        else if (flags.clauses) print(clausesText(set, cases))
        else print(flags.json ? `${JSON.stringify(cases.map(listed), null, 2)}\n` : lines())
        return exitCode.passed
      })(),
    )
}

const reportAt = (place: string, flags: VectorFlags): Report => {
  try {
    const folder = statSync(place).isDirectory() ? place : path.basename(place) === JOURNAL ? path.dirname(place) : undefined
    const broken = folder === undefined ? undefined : readJournal(folder)
    return broken === undefined ? readReport(place) : brokenOffReport(broken, vectorsOf(flags), flags.extra)
  } catch (error) {
    if (error instanceof UsageError || error instanceof VectorsCorrupt) throw error
    throw new UsageError(`${place} is no report: ${messageOf(error).replace(/\n\s*/gu, " ")}`)
  }
}

const addReport = (program: Command, work: Work): void => {
  withVectors(program.command("report").description("Print a report in another form, also of a run that was broken off"))
    .argument("[place]", "a report.json, or the folder of reports", "reports")
    .option("--format <name>", Object.keys(formats).join(", "), "text")
    .action((place: string, flags: VectorFlags & { readonly format: string }) =>
      work.does(async () => {
        if (!isFormat(flags.format)) throw new UsageError(`--format ${flags.format}: there are ${Object.keys(formats).join(", ")}`)
        const report = reportAt(place, flags)
        print(formats[flags.format].of(report))
        return report.outcome.exitCode
      })(),
    )
}

const addCompare = (program: Command, work: Work): void => {
  withVectors(program.command("compare").description("Say what has changed from one report to another"))
    .argument("<before>")
    .argument("<after>")
    .option("--json", "print JSON")
    .action((before: string, after: string, flags: VectorFlags & { readonly json?: boolean }) =>
      work.does(async () => {
        const delta = deltaOf(reportAt(before, flags), reportAt(after, flags))
        print(flags.json ? `${JSON.stringify(delta, null, 2)}\n` : deltaText(delta))
        return delta.broken.length === 0 ? exitCode.passed : exitCode.nonConforming
      })(),
    )
}

const addVerify = (program: Command, work: Work): void => {
  withVectors(
    program.command("verify").description("Check a set of vectors, or the reports of a run: sums, signature, digests; needs no network"),
  )
    .argument("[dir]", "the set, or the folder of reports (default: the set that comes with the runner)")
    .option("--key <file>", "the public key that it must be signed with, as PEM")
    .action((folder: string | undefined, flags: VectorFlags & { readonly key?: string }) =>
      work.does(async () => {
        if (folder !== undefined && isSealed(folder)) {
          const { right, wrong } = verifyRun(folder, flags.key)
          print(right.map((line) => `${line}\n`).join(""))
          printError(wrong.map((line) => `${line}\n`).join(""))
          return wrong.length === 0 ? exitCode.passed : exitCode.vectorsCorrupt
        }
        print(`${verify(folder ?? vectorsOf(flags), flags.key).join("\n")}\n`)
        return exitCode.passed
      })(),
    )
}

const addChanges = (program: Command, work: Work): void => {
  program
    .command("changes")
    .description("Say what has changed from one set of vectors to another; exit code 1 when an id vanished or changed without a word")
    .argument("<before>")
    .argument("<after>")
    .action((before: string, after: string) =>
      work.does(async () => {
        const changes = changesBetween(before, after)
        print(`${JSON.stringify(changes, null, 2)}\n`)
        return changes.faults.length === 0 ? exitCode.passed : exitCode.nonConforming
      })(),
    )
}

const addSchema = (program: Command, work: Work): void => {
  program
    .command("schema")
    .description("Print a JSON Schema of something that is read or written")
    .argument("<name>", schemaNames.join(", "))
    .action((name: string) =>
      work.does(async () => {
        const schema = schemaOf(name)
        if (schema === undefined) throw new UsageError(`there is no schema ${name}; there are ${schemaNames.join(", ")}`)
        print(schema)
        return exitCode.passed
      })(),
    )
}

const addCollect = (program: Command, work: Work): void => {
  withVectors(
    program.command("collect").description("Make one page from the reports of many ports; those of runs that broke off are left out"),
  )
    .argument("<places...>", "reports, or folders of reports")
    .action((places: ReadonlyArray<string>, flags: VectorFlags) =>
      work.does(async () => {
        print(collectedPage(places.map((place) => reportAt(place, flags))))
        return exitCode.passed
      })(),
    )
}

const addInit = (program: Command, work: Work): void => {
  program
    .command("init")
    .description("Write the beginning of a peer")
    .requiredOption("--lang <language>", languages().join(", "))
    .option("--dir <dir>", "where to", ".")
    .action((flags: { readonly lang: string; readonly dir: string }) =>
      work.does(async () => {
        print(`${init(flags.lang, flags.dir).join("\n")}\n`)
        return exitCode.passed
      })(),
    )
}

const addManifest = (program: Command, work: Work): void => {
  program
    .command("manifest")
    .description("Write the manifest of a set of your own, for --extra or --vectors; its files of cases lie in folders below it")
    .argument("<dir>")
    .option("--set-version <version>", "the version of the set", "0.0.0")
    .action((folder: string, flags: { readonly setVersion: string }) =>
      work.does(async () => {
        print(`${writeManifest(folder, flags.setVersion).join("\n")}\n`)
        return exitCode.passed
      })(),
    )
}

/** Adds the commands of this module. */
export const addLooking = (program: Command, work: Work): void => {
  addList(program, work)
  addReport(program, work)
  addCompare(program, work)
  addVerify(program, work)
  addInit(program, work)
  addChanges(program, work)
  addSchema(program, work)
  addCollect(program, work)
  addManifest(program, work)
}
