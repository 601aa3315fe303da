/**
 * Every wrong peer of the zoo fails, for the reason that its row states.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { CLAUSES_PATH, type FileText, MANIFEST_PATH, manifestOf, readManifest, readVectorFile } from "../../protocol/vectors.ts"
import { run } from "../../runner/run.ts"
import { liars } from "../liars.ts"
import { mutants } from "../mutants.ts"

const root = join(import.meta.dirname, "..", "..", "..")

const read = (path: string): string => readFileSync(join(root, "vectors", path), "utf8")

const caught = new Set([...liars, ...mutants].map(({ caughtBy }) => caughtBy))

const folder = mkdtempSync(join(tmpdir(), "conclave-zoo-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const writeSet = (vectors: string, set: ReadonlyArray<FileText>) => {
  for (const { path, text } of [...set, { path: MANIFEST_PATH, text: JSON.stringify(manifestOf(set, "0.0.0")) }]) {
    mkdirSync(dirname(join(vectors, path)), { recursive: true })
    writeFileSync(join(vectors, path), text)
  }
}

/** By case the folder of a set with the cases of its file by which wrong peers are caught, and no others: to read all vectors for each peer would take most of the time. */
const sets = new Map<string, string>()
for (const { path, layer } of readManifest(JSON.parse(read(MANIFEST_PATH))).files) {
  if (layer === null) continue
  const file = readVectorFile(JSON.parse(read(path)))
  const cases = file.cases.filter(({ id }) => caught.has(id))
  const vectors = join(folder, path.replaceAll("/", "-"))
  for (const { id } of cases) sets.set(id, vectors)
  if (cases.length > 0) {
    writeSet(vectors, [
      { path: CLAUSES_PATH, text: read(CLAUSES_PATH) },
      { path, text: JSON.stringify({ ...file, cases }) },
    ])
  }
}

// Hundreds of peers load the same files.
process.env.NODE_COMPILE_CACHE = join(folder, "compiled")

// Some liars make the runner wait as long as this; a mutant never does, however busy the machine is.
const patience: Readonly<Record<string, number>> = { "liars.ts": 5000, "mutant.ts": 30_000 }

const runOne = (program: string, name: string, caughtBy: string) =>
  run({
    vectors: sets.get(caughtBy) ?? folder,
    command: [process.execPath, join(root, "conformance", "zoo", program), name],
    select: [caughtBy],
    env: ["NODE_COMPILE_CACHE"],
    timeout: patience[program]!,
  })

const failureOf = async (program: string, name: string, caughtBy: string) => {
  const report = await runOne(program, name, caughtBy)
  return report.cases.find(({ id }) => id === caughtBy)
}

describe("liars", () => {
  it.each(liars)("$name, which $does, fails with $failure", async ({ name, failure, caughtBy }) => {
    const result = await failureOf("liars.ts", name, caughtBy)
    expect(result).toMatchObject({ result: { status: "failed", failure: { kind: failure } } })
  })
})

describe("mutants", () => {
  it.each(mutants)("$name, which $does, breaks $breaks and is caught by $caughtBy", async ({ name, caughtBy, breaks }) => {
    const result = await failureOf("mutant.ts", name, caughtBy)
    expect(result).toMatchObject({
      result: { status: "failed", failure: { kind: expect.stringMatching(/^(wrong-answer|state-changed)$/) } },
    })
    expect(result?.clauses).toContain(breaks)
  })
})
