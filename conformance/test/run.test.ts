/** Runs as a whole: what is sent, what is selected, and that every id is accounted for. */
import { readFileSync } from "node:fs"
import path from "node:path"
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Hello, HelloParams, PROTOCOL, Request } from "../protocol/messages.ts"
import { manifestOf } from "../protocol/vectors.ts"
import { InternalError, NothingSelected, VectorsCorrupt } from "../runner/errors.ts"
import { settle } from "../runner/ledger.ts"
import { loadVectors } from "../runner/load.ts"
import { run } from "../runner/run.ts"
import { resultOf, runToy, temporaryDirectory, toy, toyFiles, toyIds, writeVectors } from "./fixtures.ts"

const strict = { onExcessProperty: "error" } as const

describe("what a peer sees", () => {
  const recorded = async (): Promise<string> => {
    const file = path.join(temporaryDirectory(), "seen")
    await runToy("", { command: toy("honest", file) })
    return readFileSync(file, "utf8")
  }

  it("is requests only, with ids that count up, hello first and reset before and after every case", async () => {
    const lines = (await recorded()).trimEnd().split("\n")
    const requests = lines.map((line) => Schema.decodeUnknownSync(Request, strict)(JSON.parse(line)))
    expect(requests.map(({ id }) => id)).toEqual(requests.map((_, index) => index + 1))
    const hello = Schema.decodeUnknownSync(HelloParams, strict)(requests[0]?.params)
    expect(hello).toMatchObject({ protocols: [PROTOCOL], vectors: { version: "0.1.0", sha256: manifestOf(toyFiles, "0.1.0").sha256 } })
    expect(requests.filter(({ method }) => method === "reset")).toHaveLength(20)
  })

  it("is never an expected answer, an id, a title, a clause or a flag", async () => {
    const seen = await recorded()
    const secrets = [
      ...toyIds,
      "shows",
      "verdict",
      "expect",
      "output",
      "trace",
      "0badc0de",
      "clause",
      "arithmetic.twice",
      "arithmetic.positive",
      "counter.grows",
      "Unlucky",
    ]
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([])
  })

  it("is a fingerprint call around each step that must not change a state", async () => {
    const methods = (await recorded())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).method)
    const start = methods.lastIndexOf("counter.add") - 3
    // counter/duplicate, the last case that is run.
    expect(methods.slice(start)).toEqual(["reset", "counter.new", "fingerprint", "counter.add", "fingerprint", "reset"])
  })
})

describe("selection", () => {
  it.for([
    { select: ["arithmetic/*"], runs: 5 },
    { select: ["*/t*", "counter/grows"], runs: 3 },
    { select: ["**"], layers: ["counter"], runs: 5 },
    { clauses: ["counter.known"], runs: 1 },
    { clauses: ["counter.known", "arithmetic.number"], layers: ["arithmetic"], runs: 1 },
  ])("$select $layers $clauses runs $runs cases and accounts for the others", async ({ runs, ...selection }) => {
    const { totals, cases, notSelected } = await runToy("honest", selection)
    expect(totals.passed).toBe(runs)
    expect(totals.passed + totals.skipped + totals.notSelected).toBe(11)
    expect([...cases.map(({ id }) => id), ...notSelected].sort()).toEqual([...toyIds].sort())
  })

  it.for([
    [{ select: ["arithmetic/*", "arithmetik/*"] }, "no case matches --select arithmetik/*; did you mean arithmetic/*?"],
    [{ layers: ["nope"] }, "no case matches --layer nope; there are: arithmetic, counter, lottery"],
    [
      { clauses: ["no.clause"] },
      "no case matches --clause no.clause; there are: arithmetic.twice, arithmetic.positive, arithmetic.number, counter.grows, counter.known",
    ],
    [{ select: ["counter/*"], layers: ["arithmetic"] }, "no case is selected"],
  ] as const)("%j selects nothing", async ([selection, says]) => {
    await expect(runToy("honest", selection)).rejects.toThrow(new NothingSelected(says))
  })

  it("does not start a peer when the vectors are corrupt", async () => {
    const command = ["no-such-program-anywhere"]
    await expect(run({ vectors: temporaryDirectory(), command })).rejects.toThrow(VectorsCorrupt)
  })
})

describe("--fail-fast", () => {
  it("runs nothing after the first failure, and says so", async () => {
    const report = await runToy("wrong", { failFast: true })
    expect(report.totals).toMatchObject({ passed: 1, failed: 1, notRun: 8, skipped: 1 })
    expect(resultOf(report, "arithmetic/after")).toEqual({ status: "not-run", reason: "stopped after arithmetic/thirteen (--fail-fast)" })
    expect(report.outcome.exitCode).toBe(1)
  })
})

describe("the ledger", () => {
  const passed = (id: string) => ({ id, result: { status: "passed" }, milliseconds: 1 }) as const

  it("refuses a run in which a case is lost, counted twice or made up", () => {
    const { cases } = loadVectors(writeVectors())
    const selected = cases.slice(0, 3)
    const [first, second, third] = selected.map(({ id }) => passed(id))
    if (first === undefined || second === undefined || third === undefined) throw new Error("the toy set is too small")
    expect(settle(cases, selected, [first, second, third]).notSelected).toHaveLength(cases.length - 3)
    expect(() => settle(cases, selected, [first, second])).toThrow(new InternalError("arithmetic/after has no result"))
    expect(() => settle(cases, selected, [first, second, second])).toThrow(new InternalError("arithmetic/thirteen has two results"))
    expect(() => settle(cases, selected, [first, second, third, passed("counter/grows")])).toThrow(InternalError)
  })
})

describe("hello", () => {
  it("is refused when it would not fit a report", () => {
    const hello = { protocol: PROTOCOL, name: "n".repeat(201), version: "1", language: "Go", suites: [1], layers: [], options: [] }
    expect(() => Schema.decodeUnknownSync(Hello, strict)(hello)).toThrow('["name"]')
  })
})
