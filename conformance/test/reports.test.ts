/** Reports: their shape, what they say, and that foreign text does no harm in them. */
import { readFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { validateXML } from "xmllint-wasm"
import { junitOf } from "../reports/junit.ts"
import { type Failure, Report } from "../reports/report.ts"
import { summaryOf } from "../reports/summary.ts"
import { headAndTail, oneLine, printable } from "../reports/text.ts"
import { reportTextOf, writeReports } from "../reports/write.ts"
import { run } from "../runner/run.ts"
import { runToy, temporaryDirectory, toy, writeVectors } from "./fixtures.ts"

const schema = readFileSync(fileURLToPath(new URL("./junit.xsd", import.meta.url)), "utf8")

const faultsOf = async (xml: string): Promise<ReadonlyArray<string>> => {
  const { errors } = await validateXML({
    xml: [{ fileName: "junit.xml", contents: xml }],
    schema: [{ fileName: "junit.xsd", contents: schema }],
  })
  return errors.map(({ message }) => message)
}

const HOSTILE = `]]><evil a="b">&amp;&\u0000\u0001\u001b[31m\ud800\uffff\u202e'--><![CDATA[\n::error::pwned 😀`

const hostile = async (): Promise<Report> => {
  const report = await runToy("hostile-name")
  const failure: Failure = {
    kind: "crash",
    message: HOSTILE,
    step: 1,
    method: HOSTILE,
    wanted: HOSTILE,
    got: { [HOSTILE]: HOSTILE },
    stderr: HOSTILE,
  }
  const [first, second, third, ...rest] = report.cases
  if (first === undefined || second === undefined || third === undefined) throw new Error("the toy set is too small")
  const cases = [
    { ...first, id: HOSTILE, title: HOSTILE, chapter: HOSTILE, clauses: [HOSTILE], result: { status: "failed", failure } as const },
    { ...second, result: { status: "not-run", reason: HOSTILE } as const },
    { ...third, result: { status: "skipped", reason: HOSTILE } as const },
    ...rest,
  ]
  return { ...report, cases, command: [HOSTILE] }
}

describe("report.json", () => {
  it.for(["honest", "wrong", "crash", "hello-dies"])(
    "of a peer that is %s fits its Schema and is read back as it was",
    async (behaviour) => {
      const report = await runToy(behaviour)
      const read = Schema.decodeUnknownSync(Report, { onExcessProperty: "error" })(JSON.parse(reportTextOf(report)))
      expect(read).toEqual(report)
    },
  )

  it("depends on the clock in its timing only", async () => {
    const options = { vectors: writeVectors(), command: toy("wrong") }
    const texts = [await run(options), await run(options)].map((report) => {
      const { timing, ...rest } = JSON.parse(reportTextOf(report))
      expect(Object.keys(timing)).toEqual(["startedAt", "milliseconds", "jobs", "cases"])
      return JSON.stringify(rest)
    })
    expect(texts[0]).toBe(texts[1])
  })

  it("tells for each layer and each clause how its cases fared", async () => {
    const { layers, clauses, texts } = await runToy("wrong")
    expect(layers.map(({ layer, cases }) => [layer, cases.passed, cases.failed, cases.skipped])).toEqual([
      ["arithmetic", 4, 1, 0],
      ["counter", 5, 0, 0],
      ["lottery", 0, 0, 1],
    ])
    expect(clauses.find(({ id }) => id === "arithmetic.twice")).toMatchObject({ cases: { passed: 2, failed: 1, all: 3 } })
    expect(texts).toEqual({ "arithmetic.twice": { level: "MUST", text: "The output is twice the value.", source: "toy 1" } })
  })

  it("quotes a huge answer only in part", async () => {
    const report = await runToy("huge")
    expect(report.totals.failed).toBe(1)
    expect(reportTextOf(report).length).toBeLessThan(100_000)
  })

  it("is written beside junit.xml", async () => {
    const directory = temporaryDirectory()
    const report = await runToy("honest")
    expect(writeReports(report, directory, ["json", "junit"])).toEqual({
      files: [path.join(directory, "report.json"), path.join(directory, "junit.xml")],
      troubles: [],
    })
    expect(readFileSync(path.join(directory, "report.json"), "utf8")).toBe(reportTextOf(report))
    expect(readFileSync(path.join(directory, "junit.xml"), "utf8")).toBe(junitOf(report))
  })
})

describe("junit.xml", () => {
  it.for(["honest", "wrong", "crash", "throws", "hello-dies", "no-options"])("of a peer that is %s is valid", async (behaviour) => {
    expect(await faultsOf(junitOf(await runToy(behaviour)))).toEqual([])
  })

  it("is valid with hostile names in every place", async () => {
    const xml = junitOf(await hostile())
    expect(await faultsOf(xml)).toEqual([])
    expect(xml).toContain("&lt;evil")
    expect(xml).toContain("😀")
  })

  it("would be found invalid if it were", async () => {
    const xml = junitOf(await runToy("honest"))
    expect(await faultsOf(xml.replace("<testcase ", '<testcase colour="red" '))).not.toEqual([])
    expect(await faultsOf(xml.replace("arithmetic/one", "arithmetic/after"))).not.toEqual([])
  })

  it("counts wrong answers as failures and lost peers as errors", async () => {
    expect(junitOf(await runToy("wrong"))).toContain('tests="11" failures="1" errors="0" skipped="1"')
    expect(junitOf(await runToy("crash"))).toContain('tests="11" failures="0" errors="1" skipped="1"')
    expect(junitOf(await runToy("hello-dies"))).toContain('tests="11" failures="0" errors="11" skipped="0"')
  })

  it("leaves out what was not selected", async () => {
    expect(junitOf(await runToy("honest", { layers: ["counter"] }))).toContain('tests="5"')
  })
})

describe("the summary", () => {
  it("spells out a wrong answer", async () => {
    const report = await runToy("wrong-factor")
    expect(summaryOf(report, { files: ["reports/report.json"] }).split("\n")).toEqual([
      "FAIL arithmetic/thirteen: What arithmetic/thirteen shows",
      '     step 2  arithmetic.double: wrong-answer, the peer answered "accepted" with another output',
      "     clause  arithmetic.twice (MUST): The output is twice the value.",
      '     wanted  {"verdict":"accepted","output":{"value":26}}',
      '     got     {"verdict":"accepted","output":{"value":39},"trace":[{"name":"input","value":"0d"},{"name":"factor","value":"03"}]}',
      "     first diverged at factor",
      '             wanted "02"',
      '             got    "03"',
      "",
      `toy 1.2.3 (TypeScript), conclave-peer/1, vectors 0.1.0 ${report.vectors.sha256.slice(0, 12)}`,
      "arithmetic  4 passed, 1 failed, 0 skipped",
      "counter     5 passed, 0 failed, 0 skipped",
      "not declared by the peer: lottery",
      "partial: 1 skipped; complete are arithmetic, counter",
      "reports: reports/report.json",
      "exit code 1: 1 failed, 0 not run",
      "9 passed, 1 failed, 1 skipped",
      "",
    ])
  })

  it("shows the last line of standard error of a crash", async () => {
    const lines = summaryOf(await runToy("crash")).split("\n")
    expect(lines).toContain("     stderr  ValueError: unlucky number")
    expect(lines).toContain("     got     no verdict")
  })
})

describe("the summary as a whole", () => {
  it("counts what was not run as failed in its last line, and says why", async () => {
    const lines = summaryOf(await runToy("wrong", { failFast: true })).split("\n")
    expect(lines).toContain("8 not run: stopped after arithmetic/thirteen (--fail-fast)")
    expect(lines.at(-2)).toBe("1 passed, 9 failed, 1 skipped")
  })

  it("spells out twenty failures at most", async () => {
    const report = await runToy("wrong")
    const failed = report.cases.filter(({ result }) => result.status === "failed")
    const many = { ...report, cases: Array.from({ length: 25 }, () => failed).flat() }
    const lines = summaryOf(many).split("\n")
    expect(lines.filter((line) => line.startsWith("FAIL "))).toHaveLength(20)
    expect(lines).toContain("5 more failures are in the report.")
  })

  it("prints foreign text on one line and without control characters", async () => {
    const text = summaryOf(await hostile())
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u)
    expect(text.split("\n").filter((line) => line.startsWith("::"))).toEqual([])
    expect(text.split("\n").at(-2)).toMatch(/^\d+ passed, \d+ failed, \d+ skipped$/u)
  })
})

describe("foreign text", () => {
  it("is cut, escaped and shortened", () => {
    expect(printable("a\tb\u0085", 10)).toBe("a\\u0009b\\u0085")
    expect(printable("abcdef", 3)).toBe("abc… (6 characters)")
    expect(oneLine({ key: "ab".repeat(32), short: "ab".repeat(16) }, 300)).toBe(
      `{"key":"${"ab".repeat(16)}…(32 bytes)","short":"${"ab".repeat(16)}"}`,
    )
    expect(headAndTail("1\n\n2\n3\n4\n5  \n\n", 1)).toEqual(["1", "… 3 lines …", "5"])
    expect(headAndTail(" \n", 3)).toEqual([])
  })
})
