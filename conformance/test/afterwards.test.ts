/** What is done with a run afterwards: other forms, comparison, record and replay, known failures. */
import { generateKeyPairSync } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, it } from "vitest"
import { manifestOf } from "../protocol/vectors.ts"
import { collectedPage } from "../reports/collect.ts"
import { deltaOf, deltaText } from "../reports/compare.ts"
import type { Report } from "../reports/report.ts"
import { formats, reportTextOf } from "../reports/write.ts"
import { changesBetween } from "../runner/changes.ts"
import { UsageError } from "../runner/errors.ts"
import { applyKnown, type KnownFailure, readKnown, updatedKnown } from "../runner/known.ts"
import { schemaNames, schemaOf } from "../runner/schemas.ts"
import { conclave, runToy, temporaryDirectory, toy, toyFiles, whole, writeVectors } from "./fixtures.ts"

const HOSTILE = "a|b`c`<img src=x>\u001b[31m\u202e\u2028::error::x"

const hostile = async (): Promise<Report> => {
  const report = await runToy("wrong")
  const cases = report.cases.map((each) => (each.result.status === "failed" ? { ...each, title: HOSTILE } : each))
  return { ...report, cases, peer: { ...report.peer!, name: HOSTILE } }
}

describe("forms of a report", () => {
  it.for(Object.keys(formats) as ReadonlyArray<keyof typeof formats>)("%s holds nothing that a terminal would obey", async (name) => {
    expect(formats[name].of(await hostile()).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
  })

  it("TAP has a plan, and a line for each case", async () => {
    const lines = formats.tap.of(await runToy("wrong")).split("\n")
    expect(lines.slice(0, 2)).toEqual(["TAP version 14", "1..11"])
    expect(lines.filter((line) => /^(not )?ok \d+ - /u.test(line))).toHaveLength(11)
    expect(lines).toContain("not ok 2 - arithmetic/thirteen")
    expect(lines).toContain("ok 11 - lottery/draw # SKIP the peer does not declare the layer lottery")
  })

  it("SARIF has a rule for the clause that was judged, with its text", async () => {
    const { runs } = JSON.parse(formats.sarif.of(await runToy("wrong")))
    expect(runs[0].tool.driver.rules).toEqual([
      {
        id: "arithmetic.twice",
        shortDescription: { text: "The output is twice the value." },
        properties: { level: "MUST", source: "toy 1" },
      },
    ])
    expect(runs[0].results[0]).toMatchObject({ ruleId: "arithmetic.twice", level: "error" })
  })

  it("the badge says conformant of nothing that is partial", async () => {
    expect(JSON.parse(formats.badge.of(await runToy("honest")))).toMatchObject({ message: "partial: 2 layers", color: "blue" })
    expect(JSON.parse(formats.badge.of(await runToy("wrong")))).toMatchObject({ color: "red" })
    expect(JSON.parse(formats.badge.of(await runToy("hello-dies")))).toMatchObject({ message: "no result" })
  })

  it("GitHub gets an annotation with the clause, on one line each", async () => {
    const lines = formats.github
      .of(await hostile())
      .trimEnd()
      .split("\n")
    expect(lines.every((line) => line.startsWith("::error title="))).toBe(true)
    expect(lines[0]).toContain("The output is twice the value.")
    expect(formats.github.of(await runToy("honest"))).toBe("")
  })

  it("Markdown and HTML show the layers, and foreign text as text", async () => {
    const report = await hostile()
    expect(formats.markdown.of(report)).toContain("| arithmetic | 4 | 1 |")
    expect(formats.markdown.of(report)).not.toContain("<img")
    expect(formats.html.of(report)).toContain("default-src 'none'")
    expect(formats.html.of(report)).not.toContain("<img")
  })

  it("all of them are made by one run, and by conclave report from report.json", { timeout: 30_000 }, async () => {
    const reports = temporaryDirectory()
    const { code } = await conclave.run(
      "run",
      "--vectors",
      writeVectors(),
      "--reports",
      reports,
      "--format",
      "tap,html,sarif",
      "--",
      ...toy("wrong"),
    )
    expect(code).toBe(1)
    const again = await conclave.run("report", reports, "--format", "tap")
    expect(again.stdout).toBe(readFileSync(path.join(reports, "report.tap"), "utf8"))
    expect(again.code).toBe(1)
  })

  it("report.json is small when little was run", async () => {
    expect(reportTextOf(await runToy("honest", { select: ["arithmetic/one"] })).length).toBeLessThan(3000)
  })
})

describe("a page of many ports", () => {
  it("has the newest result of each, and nothing of runs that broke off", async () => {
    const [good, bad, lost] = [await runToy("honest"), await runToy("wrong"), await runToy("hello-dies")]
    const later = (report: Report): Report => ({ ...report, timing: { ...report.timing, startedAt: "2999-01-01T00:00:00.000Z" } })
    const broken: Report = { ...later(good), outcome: { exitCode: 130, reason: "interrupted" } }
    const page = collectedPage([later(bad), good, broken, lost])
    expect(page).toContain('<td class="some">4 of 5</td>')
    expect(page.match(/<th>toy/gu)).toHaveLength(1)
    expect(page).toMatch(/<h2>toy<\/h2>.*\n<tr><td>2999-01-01<\/td>.*9 of 10.*\n<tr>.*10 of 10/u)
    expect(collectedPage([await hostile()])).not.toContain("<img")
  })
})

describe("changes of the vectors", () => {
  it("are told, and an id that vanishes without a word is a fault", () => {
    const before = writeVectors()
    const fewer = toyFiles.filter(({ path: file }) => !file.includes("lottery"))
    expect(changesBetween(before, before)).toEqual({ added: [], changed: [], removed: [], faults: [] })
    expect(changesBetween(before, writeVectors(fewer)).faults).toContain("lottery/draw is gone, and the manifest does not say why")
    const gone = writeVectors(fewer, { gone: [{ id: "lottery/draw", why: "luck" }] }, "0.2.0")
    expect(changesBetween(before, gone)).toMatchObject({ removed: ["lottery/draw: luck"], faults: [] })
    expect(changesBetween(gone, before).faults).toContain("lottery/draw was gone, and stands for a case again")
    const rewritten = toyFiles.map(({ path: file, text }) => ({
      path: file,
      text: text.replace('"value": 21', '"value": 22').replace('"value": 42', '"value": 44'),
    }))
    expect(changesBetween(before, writeVectors(rewritten))).toMatchObject({
      changed: ["arithmetic/after"],
      faults: ["both are version 0.1.0, and their cases differ"],
    })
  })
})

describe("schemas", () => {
  it("fit what is written: reports, manifests, clauses, lines of the protocol", async () => {
    const fits = (name: string, value: unknown): boolean => new Ajv2020({ strict: false }).compile(JSON.parse(schemaOf(name) ?? ""))(value)
    const report: unknown = JSON.parse(reportTextOf(await runToy("wrong")))
    expect(fits("report", report)).toBe(true)
    expect(fits("report", { ...(report as object), more: 1 })).toBe(false)
    expect(fits("manifest", manifestOf(toyFiles, "1.0.0"))).toBe(true)
    expect(fits("clauses", JSON.parse(toyFiles[0]!.text))).toBe(true)
    expect(fits("verdict", { verdict: "refused", clause: "a.b", detail: [1] })).toBe(true)
    expect(fits("verdict", { verdict: "Accepted", output: {} })).toBe(false)
    expect(fits("reply", { jsonrpc: "2.0", id: 1, result: {} })).toBe(true)
    expect(fits("known-failures", { format: "conclave-known-failures/1", entries: [known] })).toBe(true)
    expect(schemaNames.every((name) => schemaOf(name) !== undefined)).toBe(true)
  })
})

describe("compare", () => {
  it("says what broke and what was fixed", async () => {
    const [good, bad] = [await runToy("honest"), await runToy("wrong")]
    expect(deltaOf(good, bad)).toMatchObject({ broken: ["arithmetic/thirteen"], fixed: [], fresh: [], gone: [], rewritten: [] })
    expect(deltaText(deltaOf(bad, good))).toBe("1 passes now, and did not before:\n  arithmetic/thirteen\n")
    expect(deltaText(deltaOf(good, good))).toBe("nothing has changed\n")
    const part = await runToy("honest", { layers: ["counter"] })
    expect(deltaOf(part, good).fresh).toHaveLength(6)
    const rewritten = { ...bad, cases: bad.cases.map((each) => ({ ...each, digest: "0".repeat(16) })) }
    expect(deltaOf(good, rewritten).rewritten).toHaveLength(11)
  })
})

describe("record and replay", { timeout: 60_000 }, () => {
  it.for(["wrong", "crash", "throws", "always-dies", ...(whole ? ["honest", "bad-verdict", "duplicate", "hello-dies"] : [])])(
    "a run of a peer that is %s is played again without it, to the same report",
    async (behaviour) => {
      const [vectors, record] = [writeVectors(), path.join(temporaryDirectory(), "record.jsonl")]
      const options = { vectors, restarts: 2, repeat: 2 }
      const { timing: _, ...live } = await runToy(behaviour, { ...options, record, jobs: 3 })
      const { timing: __, ...replayed } = await runToy("", { ...options, replay: record, command: [] })
      expect(replayed).toEqual(live)
    },
  )

  it("refuses a record of other vectors", async () => {
    const record = path.join(temporaryDirectory(), "record.jsonl")
    await runToy("honest", { record })
    const vectors = writeVectors(undefined, { disputed: [] })
    await expect(runToy("", { vectors, replay: record, command: [] })).resolves.toBeDefined()
    writeFileSync(record, readFileSync(record, "utf8").replace(/"sha256":"[0-9a-f]{64}"/u, `"sha256":"${"0".repeat(64)}"`))
    await expect(runToy("", { replay: record, command: [] })).rejects.toThrow(UsageError)
  })
})

const known: KnownFailure = {
  id: "arithmetic/thirteen",
  kind: "wrong-answer",
  message: 'answered "accepted" with another output',
  as: "bug",
  why: "13 is unlucky",
  link: "https://example.org/1",
  expires: "2999-01-01",
}

describe("known failures", { timeout: 60_000 }, () => {
  const outcome = async (behaviour: string, entry: KnownFailure) => (await runToy(behaviour, { known: [entry] })).outcome

  it("that fail as recorded do not fail the run, and are shown", async () => {
    const report = await runToy("wrong", { known: [known] })
    expect(report.outcome).toEqual({ exitCode: 0, reason: "no unexpected failure; 1 failed as expected" })
    expect(report.totals).toMatchObject({ passed: 9, failed: 0, known: 1 })
    expect(formats.text.of(report)).toContain("1 known, bug: 13 is unlucky (https://example.org/1)")
  })

  it("that pass, match nothing or have expired make exit code 5", async () => {
    expect(await outcome("honest", known)).toMatchObject({ exitCode: 5, reason: expect.stringContaining("arithmetic/thirteen passes now") })
    expect(await outcome("honest", { ...known, id: "no/such" })).toMatchObject({
      exitCode: 5,
      reason: expect.stringContaining("matches no case"),
    })
    const { cases, notSelected } = await runToy("wrong")
    const { stale, cases: marked } = applyKnown({ cases, notSelected }, [{ ...known, expires: "2026-01-31" }], "2026-02-01")
    expect(stale).toEqual(["arithmetic/thirteen expired on 2026-01-31"])
    expect(marked.filter((each) => each.known !== undefined)).toEqual([])
  })

  it("that fail otherwise are failures", async () => {
    expect(await outcome("crash", known)).toMatchObject({ exitCode: 1 })
    expect(await outcome("wrong", { ...known, message: "something else" })).toMatchObject({ exitCode: 1 })
  })

  it("are written anew from a run, keeping reasons, and not from one that broke off", async () => {
    const report = await runToy("wrong")
    const { entries } = JSON.parse(updatedKnown(report, [known, { ...known, id: "gone/case" }]))
    expect(entries).toEqual([known])
    expect(JSON.parse(updatedKnown(report, [])).entries[0]).toMatchObject({ why: "not looked into yet" })
    const lost = await runToy("hello-dies")
    expect(() => updatedKnown(lost, [])).toThrow(UsageError)
  })

  it("are read from a file, whose mistakes are named", async () => {
    const file = path.join(temporaryDirectory(), "known.json")
    writeFileSync(file, JSON.stringify({ format: "conclave-known-failures/1", entries: [known] }))
    expect(readKnown(file)).toEqual([known])
    writeFileSync(file, JSON.stringify({ format: "conclave-known-failures/1", entries: [{ ...known, kind: "wrong" }] }))
    expect(() => readKnown(file)).toThrow("kind")
  })
})

describe("the seal of a run", { timeout: 30_000 }, () => {
  it("finds a changed byte of the report or of the record, and another signer", async () => {
    const folder = temporaryDirectory()
    const [reports, record] = [path.join(folder, "reports"), path.join(folder, "record.jsonl")]
    const { privateKey, publicKey } = generateKeyPairSync("ed25519")
    writeFileSync(path.join(folder, "private.pem"), privateKey.export({ format: "pem", type: "pkcs8" }))
    writeFileSync(path.join(folder, "public.pem"), publicKey.export({ format: "pem", type: "spki" }))
    const other = generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" })
    writeFileSync(path.join(folder, "other.pem"), other)
    const signing = ["--sign", path.join(folder, "private.pem"), "--record", record]
    await conclave.run("run", "--vectors", writeVectors(), "--reports", reports, ...signing, "--", ...toy("wrong"))
    const verified = (key: string) => conclave.inProcess("verify", reports, "--key", path.join(folder, key))
    expect(await verified("public.pem")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("report.json, junit.xml, ../record.jsonl"),
    })
    expect(await verified("other.pem")).toMatchObject({ code: 6, stderr: expect.stringContaining("has not a signature by the key") })
    for (const file of [path.join(reports, "report.json"), record]) {
      const text = readFileSync(file, "utf8")
      writeFileSync(file, text.replace("toy", "tOy"))
      expect(await verified("public.pem")).toMatchObject({
        code: 6,
        stderr: expect.stringContaining(`${path.basename(file)} is not what seal.json says`),
      })
      writeFileSync(file, text)
    }
    expect((await verified("public.pem")).code).toBe(0)
  })
})
