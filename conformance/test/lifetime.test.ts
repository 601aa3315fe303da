/** Whatever ends a run: what was known is still known, it says so, and nothing that a peer started is left. */
import { type ChildProcess, execFileSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { manyFiles, conclave as program, runToy, temporaryDirectory, toy, whole, writeVectors } from "./fixtures.ts"

const started = (vectors: string, reports: string, behaviour: string, ...more: ReadonlyArray<string>): ChildProcess =>
  program.start(["run", "--vectors", vectors, "--reports", reports, "--timeout", "600000", "--", ...toy(behaviour, ...more)])

const until = async (holds: () => boolean): Promise<void> => {
  for (let round = 0; !holds(); round++) {
    if (round > 600) throw new Error("it never came to that")
    await sleep(50)
  }
}

const journal = (reports: string): string => {
  const file = path.join(reports, "results.jsonl")
  return existsSync(file) ? readFileSync(file, "utf8") : ""
}

const processes = (mark: string): string => {
  try {
    return execFileSync("pgrep", ["-f", mark], { encoding: "utf8" })
  } catch {
    // pgrep found none.
    return ""
  }
}

describe("a run that is killed", { timeout: 60_000 }, () => {
  it("leaves a readable record that says so, and no process", async () => {
    const [vectors, reports, mark] = [writeVectors(), path.join(temporaryDirectory(), "r"), `lifetime-${process.pid}-kill`]
    const runner = started(vectors, reports, "session", mark)
    // The peer hangs at its second case, with a child in a session of its own.
    await until(() => journal(reports).includes('{"id":"arithmetic/one"') && processes(mark) !== "")
    runner.kill("SIGKILL")
    await once(runner, "exit")
    await until(() => processes(mark) === "")
    const { code, stdout } = await program.run("report", reports, "--vectors", vectors)
    expect(code).toBe(130)
    expect(stdout).toContain("unfinished:")
    expect(stdout).toContain("the run was broken off after 1 of 11 cases")
  })

  it.for(Array.from({ length: whole ? 10 : 1 }, (_, moment) => moment))("at any moment leaves what was known: %i", async () => {
    const [vectors, reports] = [writeVectors(manyFiles(3000)), path.join(temporaryDirectory(), "r")]
    const runner = started(vectors, reports, "honest")
    await until(() => journal(reports).includes("\n"))
    // A run takes about twice as long.
    await sleep(300 * Math.random())
    runner.kill("SIGKILL")
    await once(runner, "exit")
    const results = journal(reports).split("\n").slice(1, -1)
    const { code, stdout } = await program.run("report", reports, "--vectors", vectors)
    // It may have come to its end before.
    if (journal(reports) === "") return expect(code).toBe(0)
    expect(code).toBe(130)
    expect(stdout).toContain("unfinished:")
    expect(stdout).toContain(`the run was broken off after ${results.length} of 3000 cases`)
  })

  it.for(["SIGTERM", "SIGHUP", "SIGQUIT"] as const)("by %s writes its report, and leaves no process", async (signal) => {
    const [reports, mark] = [path.join(temporaryDirectory(), "r"), `lifetime-${process.pid}-${signal}`]
    const runner = started(writeVectors(), reports, "session", mark)
    await until(() => journal(reports).includes('{"id":"arithmetic/one"') && processes(mark) !== "")
    runner.kill(signal)
    const [code] = await once(runner, "exit")
    expect(code).toBe(130)
    const report = JSON.parse(readFileSync(path.join(reports, "report.json"), "utf8"))
    expect(report.outcome).toEqual({ exitCode: 130, reason: `interrupted by ${signal}` })
    expect(report.coverage.state).toBe("unfinished")
    expect(report.totals).toMatchObject({ passed: 1, notRun: 9, skipped: 1 })
    await until(() => processes(mark) === "")
  })
})

describe("reports", { timeout: 60_000 }, () => {
  it("that cannot be written cost neither the summary nor the exit code", async () => {
    const ended = await program.run("run", "--vectors", writeVectors(), "--reports", "/dev/null/reports", "--", ...toy("wrong"))
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain("warning: no reports can be written to /dev/null/reports")
    expect(ended.stdout).toContain("9 passed, 1 failed, 1 skipped")
    const reports = temporaryDirectory()
    mkdirSync(path.join(reports, "junit.xml"))
    const other = await program.run("run", "--vectors", writeVectors(), "--reports", reports, "--", ...toy("honest"))
    expect(other.code).toBe(0)
    expect(other.stderr).toContain("junit.xml could not be written")
  })

  it("of a former run never pass for those of this one", async () => {
    const [vectors, reports] = [writeVectors(), temporaryDirectory()]
    await program.run("run", "--vectors", vectors, "--reports", reports, "--", ...toy("honest"))
    expect(existsSync(path.join(reports, "report.json"))).toBe(true)
    const { code } = await program.run("run", "--vectors", vectors, "--reports", reports, "--select", "nope", "--", ...toy("honest"))
    expect(code).toBe(3)
    expect(existsSync(path.join(reports, "report.json"))).toBe(false)
    expect(existsSync(path.join(reports, "junit.xml"))).toBe(false)
  })

  it("leave files alone that are not theirs", async () => {
    const reports = temporaryDirectory()
    writeFileSync(path.join(reports, "report.md"), "mine")
    await program.run("run", "--vectors", writeVectors(), "--reports", reports, "--", ...toy("honest"))
    expect(readFileSync(path.join(reports, "report.md"), "utf8")).toBe("mine")
  })
})

describe("the environment of a peer", () => {
  const seen = async (options: Parameters<typeof runToy>[1]): Promise<Readonly<Record<string, string>>> => {
    const file = path.join(temporaryDirectory(), "environment")
    await runToy("", { ...options, command: toy("environment", file), select: ["arithmetic/one"] })
    return JSON.parse(readFileSync(file, "utf8"))
  }

  it("is what it needs and what was asked for", async () => {
    process.env.CONCLAVE_TEST_TOKEN = "secret"
    expect(await seen({})).not.toHaveProperty("CONCLAVE_TEST_TOKEN")
    expect(await seen({})).toHaveProperty("PATH")
    expect(await seen({ env: ["CONCLAVE_TEST_TOKEN", "OTHER=a=b"] })).toMatchObject({ CONCLAVE_TEST_TOKEN: "secret", OTHER: "a=b" })
    expect(await seen({ inheritEnv: true })).toHaveProperty("CONCLAVE_TEST_TOKEN")
  })
})

describe.runIf(whole)("memory", { timeout: 240_000 }, () => {
  it("stays below 300 MB when a peer writes 100 × 15 MB", async () => {
    const args = ["run", "--vectors", writeVectors(manyFiles(100)), "--", ...toy("long-clauses")]
    const { code, stderr } = await program.measured(...args)
    expect(code).toBe(1)
    const [, kilobytes] = /peak ([0-9]+)/u.exec(stderr) ?? []
    expect(Number(kilobytes) / 1024).toBeGreaterThan(50)
    expect(Number(kilobytes) / 1024).toBeLessThan(300)
  })
})
