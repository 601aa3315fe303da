/**
 * Generates everything in vectors/ that is not authored: the case files, the clauses, the tables, the schemas and the manifest. With `--check` it
 * writes nothing, and fails when a file is not what it would have written, or when the second oracle, which is asked where Go is present, differs.
 *
 * @module
 */
import { once } from "node:events"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Worker } from "node:worker_threads"
import { CLAUSES_PATH, type FileText, MANIFEST_PATH, manifestOf, manifestTextOf } from "../conformance/protocol/vectors.ts"
import { chapters } from "../spec/contents.ts"
import { layers } from "../spec/methods.ts"
import type { CaseFile } from "../vectors/cases/author.ts"
import { playFiles, playFileText } from "../vectors/cases/plays/index.ts"
import { guaranteesText } from "./coverage/guarantees.ts"
import { proofsText, readTheorems } from "./coverage/theorems.ts"
import { scenariosText } from "./explore/delivery-service/table.ts"
import { matrixText } from "./explore/matrix.ts"
import type { Given } from "./generate-thread.ts"
import { schemaFiles } from "./schemas.ts"
import { askSecondOracle } from "./second-oracle.ts"
import { readNotes } from "./vector-notes.ts"
import { wrongPeersText } from "./wrong-peers.ts"

const root = join(import.meta.dirname, "..", "vectors")

const text = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

const clausesText = (): string => {
  const clauses = chapters.flatMap((chapter) =>
    Object.values(chapter.clauses).map(({ id, level, kind, text, source }) => ({ id, level, kind, text, source })),
  )
  return text({ format: "conclave-clauses/1", clauses })
}

/** A file of cases as it is written. */
export const fileTextOf = ({ part, chapter, layer, flags, cases }: CaseFile): FileText => ({
  path: `${part}/${chapter}.json`,
  text: text({ format: "conclave-vectors/1", part, chapter, layer, flags, cases }),
})

/** All files of cases, in the order of the list. Two threads write them, from both of its ends: what follows each other has much in common, which is made once. */
const written = async (): Promise<ReadonlyArray<CaseFile>> => {
  const files: Array<CaseFile> = []
  const taken = new Int32Array(new SharedArrayBuffer(4))
  const from = async (end: Given["end"]): Promise<void> => {
    const thread = new Worker(new URL("./generate-thread.ts", import.meta.url), {
      workerData: { taken, end } satisfies Given,
      execArgv: ["--disable-warning=ExperimentalWarning"],
    })
    thread.on("message", ([number, file]: [number, CaseFile]) => {
      files[number] = file
    })
    await once(thread, "exit")
  }
  await Promise.all([from("first"), from("last")])
  return files
}

/** All generated files, of these files of cases. */
export const generated = (written: ReadonlyArray<CaseFile>): ReadonlyArray<FileText> => {
  const cases = written.map(fileTextOf)
  const set = [{ path: CLAUSES_PATH, text: clausesText() }, ...cases]
  const tables = [
    { path: "coverage.md", text: matrixText(written) },
    { path: "scenarios.md", text: scenariosText(written) },
    { path: "guarantees.md", text: guaranteesText(chapters) },
    { path: "proofs.md", text: proofsText(chapters, readTheorems()) },
    { path: "wrong-peers.md", text: wrongPeersText() },
  ]
  const { version, gone, disputed } = readNotes(root)
  const notes = { layers, ...(gone.length > 0 && { gone }), ...(disputed.length > 0 && { disputed }) }
  const plays = playFiles().map((file) => ({ path: `plays/${file.set}.json`, text: playFileText(file) }))
  return [...set, ...tables, ...plays, ...schemaFiles(), { path: MANIFEST_PATH, text: manifestTextOf(manifestOf(set, version, notes)) }]
}

const generatedFolders = ["dcgka", "mpenc", "delivery-service", "plays", "schema"]

/** The files in vectors/ that generation would change, add or delete. */
export const stale = (files: ReadonlyArray<FileText>): ReadonlyArray<string> => {
  const changed = files.filter(({ path, text }) => !existsSync(join(root, path)) || readFileSync(join(root, path), "utf8") !== text)
  const known = new Set(files.map(({ path }) => path))
  const present = generatedFolders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
  return [...changed.map(({ path }) => path), ...present.filter((path) => !known.has(path))]
}

const write = (files: ReadonlyArray<FileText>) => {
  for (const folder of generatedFolders) rmSync(join(root, folder), { recursive: true, force: true })
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

const fail = (line: string): void => {
  process.stderr.write(`${line}\n`)
  process.exitCode = 1
}

/** Whether what is committed is what both oracles say. */
const check = async (outOfDate: ReadonlyArray<string>): Promise<void> => {
  if (outOfDate.length > 0) return fail(`Out of date: ${outOfDate.join(", ")}; run: npm run generate`)
  const opinion = await askSecondOracle()
  if (opinion.status !== "asked") {
    const { status, why } = opinion
    return status === "failed" ? fail(`The port in Go: ${why}`) : void process.stdout.write(`The port in Go is not asked: ${why}\n`)
  }
  const { cases, plays, differs } = opinion
  if (differs.length > 0)
    return fail(`The port in Go differs in ${differs.length} of ${cases} cases and ${plays} plays: ${differs.join(", ")}`)
  process.stdout.write(`The port in Go agrees in ${cases} cases, and passes ${plays} plays\n`)
}

if (import.meta.main) {
  const files = generated(await written())
  const outOfDate = stale(files)
  if (process.argv.includes("--check")) await check(outOfDate)
  else {
    write(files)
    process.stdout.write(`${files.length} files, ${outOfDate.length} changed\n`)
  }
}
