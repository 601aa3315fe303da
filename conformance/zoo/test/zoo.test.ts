/**
 * Every wrong peer of the zoo fails, for the reason that its row states.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { afterAll, describe, expect, it } from "vitest"
import { CLAUSES_PATH, type FileText, MANIFEST_PATH, manifestOf, readManifest, readVectorFile } from "../../protocol/vectors.ts"
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

// Liars load the same files.
process.env.NODE_COMPILE_CACHE = join(folder, "compiled")

const zoo = join(root, "conformance", "zoo")

// Some liars make the runner wait as long as `timeout`; a mutant never does, however busy the machine is.
const failureOf = async (caughtBy: string, peer: Pick<RunOptions, "command" | "attach" | "timeout">) => {
  const report = await run({ vectors: sets.get(caughtBy) ?? folder, select: [caughtBy], env: ["NODE_COMPILE_CACHE"], ...peer })
  return report.cases.find(({ id }) => id === caughtBy)
}

/** A process that serves mutants, and the addresses that it writes. */
interface Menagerie {
  readonly process: ChildProcessWithoutNullStreams
  readonly addresses: AsyncIterator<string>
  served: number
}

let menagerie: Menagerie | undefined
const close = () => menagerie?.process.stdin.end()
afterAll(close)

// What a mutant has loaded stays in memory: no process serves more.
const most = 60

const addressOf = async (name: string): Promise<string> => {
  if (menagerie === undefined || menagerie.served === most) {
    close()
    const started = spawn(process.execPath, [join(zoo, "menagerie.ts")])
    started.stderr.resume()
    menagerie = { process: started, addresses: createInterface({ input: started.stdout })[Symbol.asyncIterator](), served: 0 }
  }
  menagerie.served++
  menagerie.process.stdin.write(`${name}\n`)
  return (await menagerie.addresses.next()).value
}

const expectCaught = (result: Awaited<ReturnType<typeof failureOf>>, breaks: string) => {
  expect(result).toMatchObject({
    result: { status: "failed", failure: { kind: expect.stringMatching(/^(wrong-answer|state-changed)$/) } },
  })
  expect(result?.clauses).toContain(breaks)
}

describe("liars", () => {
  it.each(liars)("$name, which $does, fails with $failure", async ({ name, failure, caughtBy }) => {
    const result = await failureOf(caughtBy, { command: [process.execPath, join(zoo, "liars.ts"), name], timeout: 5000 })
    expect(result).toMatchObject({ result: { status: "failed", failure: { kind: failure } } })
  })
})

describe("mutants", () => {
  it.each(mutants)("$name, which $does, breaks $breaks and is caught by $caughtBy", async ({ name, caughtBy, breaks }) => {
    expectCaught(await failureOf(caughtBy, { command: [], attach: await addressOf(name), timeout: 30_000 }), breaks)
  })

  it("are caught as programs of their own, too", async () => {
    const { name, caughtBy, breaks } = mutants[0]!
    const command = [process.execPath, join(zoo, "mutant.ts"), name]
    expectCaught(await failureOf(caughtBy, { command, timeout: 30_000 }), breaks)
  })

  it("are known by their names", async () => {
    expect(await addressOf("nobody")).toBe("nobody is the name of no mutant")
  })
})
