/**
 * Every wrong peer of the zoo fails, for the reason that its row states.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sampleOf } from "../../../reference/simulation/sample.ts"
import { CLAUSES_PATH, type FileText, MANIFEST_PATH, manifestOf, readManifest, type VectorFile } from "../../protocol/vectors.ts"
import { type RunOptions, run } from "../../runner/run.ts"
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
  const file = JSON.parse(read(path)) as VectorFile
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

const runOne = async (caughtBy: string, peer: Partial<RunOptions>) => {
  const report = await run({ vectors: sets.get(caughtBy) ?? folder, command: [], select: [caughtBy], ...peer })
  return report.cases.find(({ id }) => id === caughtBy)
}

const zoo = join(root, "conformance", "zoo")

describe("liars", () => {
  it.each(sampleOf(liars, 4))("$name, which $does, fails with $failure", async ({ name, failure, caughtBy }) => {
    // Those that never answer are waited for less; a busy machine needs longer for the others.
    const timeout = failure === "timeout" ? 5000 : 30_000
    const result = await runOne(caughtBy, { command: [process.execPath, join(zoo, "liars.ts"), name], timeout })
    expect(result).toMatchObject({ result: { status: "failed", failure: { kind: failure } } })
  })
})

/** So many mutants share a process: what it has loaded is never forgotten. */
const TOGETHER = 60

/** A fifth of them, another every day. */
const drawn = sampleOf(mutants, 5)

const groups = Array.from({ length: Math.ceil(drawn.length / TOGETHER) }, (_, group) =>
  drawn.slice(group * TOGETHER, (group + 1) * TOGETHER),
)

describe.each(groups.map((group, index) => [index, group] as const))("mutants %i", (index, group) => {
  const sockets = join(folder, `sockets-${index}`)

  beforeAll(async () => {
    mkdirSync(sockets)
    const names = group.map(({ name }) => name)
    const keeper = spawn(process.execPath, [join(zoo, "menagerie.ts"), sockets, ...names], { stdio: ["pipe", "pipe", "inherit"] })
    await once(keeper.stdout, "data")
    return () => void keeper.stdin.end()
  })

  it.each(group.map((mutant, number) => ({ ...mutant, number })))(
    "$name, which $does, breaks $breaks and is caught by $caughtBy",
    async ({ number, caughtBy, breaks }) => {
      const result = await runOne(caughtBy, { attach: join(sockets, String(number)), timeout: 30_000 })
      expect(result).toMatchObject({
        result: { status: "failed", failure: { kind: expect.stringMatching(/^(wrong-answer|state-changed|peer-error)$/) } },
      })
      expect(result?.clauses).toContain(breaks)
    },
  )
})

describe("a mutant", () => {
  it("is a peer of its own, too", async () => {
    const { name, caughtBy } = mutants[0]!
    const result = await runOne(caughtBy, { command: [process.execPath, join(zoo, "mutant.ts"), name], timeout: 30_000 })
    expect(result?.result.status).toBe("failed")
  })
})
