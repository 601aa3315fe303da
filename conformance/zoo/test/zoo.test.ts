/**
 * Every wrong peer of the zoo fails, for the reason that its row states.
 */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { run } from "../../runner/run.ts"
import { liars } from "../liars.ts"
import { mutants } from "../mutants.ts"

const root = join(import.meta.dirname, "..", "..", "..")

// Some liars make the runner wait as long as this; a mutant never does, however busy the machine is.
const patience: Readonly<Record<string, number>> = { "liars.ts": 5000, "mutant.ts": 30_000 }

const runOne = (program: string, name: string, caughtBy: string) =>
  run({
    vectors: join(root, "vectors"),
    command: [process.execPath, join(root, "conformance", "zoo", program), name],
    select: [caughtBy],
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
