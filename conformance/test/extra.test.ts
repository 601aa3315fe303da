/** Cases of one's own beside the canon: they are run, count in sums of their own, and cannot stand for cases of the canon. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import type { FileText } from "../protocol/vectors.ts"
import { UsageError } from "../runner/errors.ts"
import { conclave, resultOf, runToy, temporaryDirectory, toy, toyFiles, writeVectors } from "./fixtures.ts"

const own = (id: string, value: number, more: object = {}): object => ({
  format: "conclave-vectors/1",
  part: "own",
  chapter: "own",
  layer: "arithmetic",
  flags: {},
  cases: [
    {
      id,
      title: "One of ours",
      level: "MUST",
      clauses: ["arithmetic.twice"],
      flags: [],
      steps: [{ method: "arithmetic.double", params: { value }, expect: { verdict: "accepted", output: { value: 2 * value } } }],
    },
  ],
  ...more,
})

const clausesOf = (clauses: ReadonlyArray<object>): FileText => ({
  path: "clauses.json",
  text: JSON.stringify({ format: "conclave-clauses/1", clauses }),
})

const setOf = (file: object, clauses: ReadonlyArray<object> = []): string =>
  writeVectors([clausesOf(clauses), { path: "ours/cases.json", text: JSON.stringify(file) }])

describe("--extra", { timeout: 30_000 }, () => {
  it("runs cases of one's own, in sums apart", async () => {
    const report = await runToy("wrong", { extra: setOf(own("own/thirteen", 13)) })
    expect(resultOf(report, "own/thirteen")).toMatchObject({ status: "failed" })
    expect(report.extra?.cases).toMatchObject({ passed: 0, failed: 1, all: 1 })
    const canon = await runToy("wrong")
    expect([report.totals, report.layers, report.clauses, report.coverage]).toEqual([
      canon.totals,
      canon.layers,
      canon.clauses,
      canon.coverage,
    ])
    expect(report.vectors).toEqual(canon.vectors)
    // Who asks for them wants to hear of them.
    expect((await runToy("honest", { extra: setOf(own("own/two", 2)) })).outcome.exitCode).toBe(0)
    expect((await runToy("wrong", { extra: setOf(own("own/thirteen", 13)), select: ["own/**"] })).outcome.exitCode).toBe(1)
  })

  it.for([
    ["a case of the canon", own("arithmetic/one", 1), [], "the id of an own case begins with own/"],
    ["what looks like one", own("arithmetic/four", 4), [], "the id of an own case begins with own/"],
    [
      "a clause with another text",
      own("own/one", 1),
      [{ id: "arithmetic.twice", level: "MAY", text: "Or so.", source: "us", kind: "rule" }],
      "one of the canon keeps its text",
    ],
  ] as const)("refuses %s", async ([, file, clauses, says]) => {
    await expect(runToy("honest", { extra: setOf(file, clauses) })).rejects.toThrow(UsageError)
    await expect(runToy("honest", { extra: setOf(file, clauses) })).rejects.toThrow(says)
  })

  it("takes layers and clauses of one's own", async () => {
    const file = own("own/one", 1, { layer: "ours" })
    const clause = { id: "own.rule", level: "MUST", text: "Ours.", source: "us", kind: "rule" }
    const { cases, coverage } = await runToy("honest", { extra: setOf(file, [clause]) })
    expect(cases.at(-1)?.result).toMatchObject({ status: "skipped", reason: "the peer does not declare the layer ours" })
    expect(coverage.undeclared).toEqual(["lottery"])
  })

  it("goes with list, report and a manifest that is made here", async () => {
    const [folder, vectors, reports] = [temporaryDirectory(), writeVectors(), path.join(temporaryDirectory(), "reports")]
    mkdirSync(path.join(folder, "ours"))
    writeFileSync(path.join(folder, "ours", "cases.json"), JSON.stringify(own("own/three", 3)))
    expect((await conclave.inProcess("manifest", folder)).stdout).toContain("1 cases in 1 files")
    const with_ = ["--vectors", vectors, "--extra", folder]
    expect((await conclave.inProcess("list", ...with_)).stdout).toContain("own/three\tarithmetic\tMUST\tOne of ours\n")
    const { stdout, code } = await conclave.run("run", ...with_, "--reports", reports, "--", ...toy("honest"))
    expect(stdout).toMatch(/own cases, 0\.0\.0 [0-9a-f]{12}, not counted below: 1 passed, 0 failed, 0 skipped\n/u)
    expect(stdout).toContain("\n10 passed, 0 failed, 1 skipped\n")
    expect(code).toBe(0)
    expect(readFileSync(path.join(reports, "junit.xml"), "utf8")).toContain("own/three")
    writeFileSync(path.join(folder, "ours", "cases.json"), JSON.stringify({}))
    expect(await conclave.inProcess("manifest", folder)).toMatchObject({ code: 2, stderr: expect.stringContaining("format") })
  })

  it("is shadowed by nothing in a set that is its own canon", async () => {
    await expect(runToy("honest", { extra: writeVectors(toyFiles) })).rejects.toThrow("begins with own/")
  })
})
