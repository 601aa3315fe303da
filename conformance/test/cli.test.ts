/** The program: exit codes, what it prints where, and what it writes. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer, type Socket } from "node:net"
import path from "node:path"
import { PassThrough } from "node:stream"
import { text } from "node:stream/consumers"
import { describe, expect, it } from "vitest"
import { progressOn } from "../runner/progress.ts"
import { run } from "../runner/run.ts"
import { CONCLAVE, type Ended, conclave as program, temporaryDirectory, toy, toyIds, writeVectors } from "./fixtures.ts"

const conclave = program.run

const runWith = (behaviour: string, ...flags: ReadonlyArray<string>): Promise<Ended> =>
  conclave("run", "--vectors", writeVectors(), ...flags, "--", ...toy(behaviour))

const lastLineOf = ({ stdout }: Ended): string | undefined => stdout.trimEnd().split("\n").at(-1)

describe("exit codes", { timeout: 30_000 }, () => {
  it("0 when every case that was run passed", async () => {
    const ended = await runWith("honest")
    expect(ended.code).toBe(0)
    expect(lastLineOf(ended)).toBe("10 passed, 0 failed, 1 skipped")
  })

  it("1 when the peer does not conform", async () => {
    const ended = await runWith("wrong")
    expect(ended.code).toBe(1)
    expect(lastLineOf(ended)).toBe("9 passed, 1 failed, 1 skipped")
  })
})

describe("the exit code of a usage error", { timeout: 30_000 }, () => {
  it.for([
    { args: [], says: "Usage: conclave" },
    { args: ["nope"], says: "unknown command 'nope'" },
    { args: ["run"], says: "put -- before the peer's command" },
    { args: ["run", "--"], says: "the peer's command is missing after --" },
    { args: ["run", "./my-port"], says: "put -- before the peer's command" },
    { args: ["run", "stray", "--", "./my-port"], says: "unexpected argument before --: stray" },
    { args: ["run", "--jbos", "4", "--", "./my-port"], says: "(Did you mean --jobs?)" },
    { args: ["run", "--timeout", "soon", "--", "./my-port"], says: "--timeout" },
    { args: ["run", "--timeout", "0", "--", "./my-port"], says: "--timeout" },
    { args: ["run", "--restarts", "-1", "--", "./my-port"], says: "" },
    { args: ["run", "--format", "pdf", "--", "./my-port"], says: "--format pdf: there are json, junit" },
    { args: ["run", "--require-layer", "encodng", "--", "./my-port"], says: "did you mean encoding?" },
    { args: ["repro", "some/id", "./my-port"], says: "put -- before the peer's command" },
    { args: ["repro", "--", "./my-port"], says: "missing required argument 'id'" },
  ])("is 2: $args", async ({ args, says }) => {
    const { code, stderr } = await program.inProcess(...args)
    expect(code).toBe(2)
    expect(stderr).toContain(says)
  })
})

describe("exit codes of a run without a verdict", { timeout: 30_000 }, () => {
  it("3 when nothing is selected", async () => {
    const { code, stderr } = await runWith("honest", "--select", "arithmetic/*", "--select", "nope/*")
    expect(code).toBe(3)
    expect(stderr).toContain("no case matches --select nope/*")
  })

  it("4 when the peer cannot be started", async () => {
    const ended = await conclave("run", "--vectors", writeVectors(), "--", "no-such-program-anywhere")
    expect(ended.code).toBe(4)
    expect(ended.stdout).toContain("hello failed: the peer could not be started: there is no program no-such-program-anywhere in the PATH")
    expect(lastLineOf(ended)).toBe("0 passed, 11 failed, 0 skipped")
  })

  it("4 when the peer is lost in every case", async () => {
    expect((await runWith("always-dies", "--restarts", "1", "--layer", "arithmetic")).code).toBe(4)
  })

  it("6 when the vectors are corrupt, naming the file", async () => {
    const vectors = writeVectors()
    const file = path.join(vectors, "toy/counter.json")
    writeFileSync(file, readFileSync(file, "utf8").replace('"a"', '"b"'))
    const { code, stderr } = await conclave("run", "--vectors", vectors, "--", ...toy("honest"))
    expect(code).toBe(6)
    expect(stderr).toContain("vectors corrupt: toy/counter.json: its SHA-256 is")
  })

  it("0 for help", async () => {
    const { code, stdout } = await conclave("run", "--help")
    expect(code).toBe(0)
    expect(stdout).toContain("conclave run")
  })
})

describe("run", { timeout: 30_000 }, () => {
  it("writes the reports where it says", async () => {
    const reports = path.join(temporaryDirectory(), "deep", "reports")
    const { stdout } = await runWith("honest", "--reports", reports)
    expect(stdout).toContain(`reports: ${path.join(reports, "report.json")}, ${path.join(reports, "junit.xml")}`)
    expect(JSON.parse(readFileSync(path.join(reports, "report.json"), "utf8"))).toMatchObject({
      format: "conclave-report/1",
      totals: { passed: 10 },
    })
    expect(readFileSync(path.join(reports, "junit.xml"), "utf8")).toContain("<testsuites")
  })

  it("hands everything after -- to the peer", async () => {
    const record = path.join(temporaryDirectory(), "--help")
    const { code } = await conclave(
      "run",
      "--vectors",
      writeVectors(),
      "--select",
      "*/one",
      "--",
      ...toy("honest", record, "--version", "--"),
    )
    expect(code).toBe(0)
    expect(readFileSync(record, "utf8")).toContain('"hello"')
  })

  it("shows one line for each layer and no control characters when it is not on a terminal", async () => {
    const { stdout, stderr } = await runWith("honest")
    expect(stderr).toBe("arithmetic: 5 passed, 0 failed\ncounter: 5 passed, 0 failed\n")
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u)
  })
})

describe("an interrupted run", { timeout: 30_000 }, () => {
  it("exits 130 and ends the peer and all that the peer has started", async () => {
    const socket = path.join(temporaryDirectory(), "socket")
    const server = createServer().listen(socket)
    const args = ["run", "--vectors", writeVectors(), "--timeout", "600000", "--", ...toy("family", socket)]
    const runner = spawn(process.execPath, [CONCLAVE, ...args], { cwd: temporaryDirectory(), stdio: "ignore" })
    const exited = once(runner, "exit")
    const [connection]: Array<Socket> = await once(server, "connection")
    if (connection === undefined) throw new Error("no connection")
    const gone = once(connection.resume(), "close")
    runner.kill("SIGTERM")
    expect((await exited)[0]).toBe(130)
    await gone
    server.close()
  })
})

describe("progress on a terminal", () => {
  it("shows counts and the current id, and leaves the terminal as it was", async () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 120 })
    const progress = progressOn(stream)
    await run({ vectors: writeVectors(), command: toy("wrong"), observer: progress })
    progress.stop()
    const shown = text(stream)
    stream.end()
    expect(await shown).toContain("10/10  9 passed, 1 failed")
    const [off, on] = ["\u001b[?7l", "\u001b[?7h"]
    expect((await shown).lastIndexOf(on)).toBeGreaterThan((await shown).lastIndexOf(off))
  })

  it("may be stopped before it began", () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 120 })
    progressOn(stream).stop()
    expect(stream.readableLength).toBe(0)
  })
})

describe("list", { timeout: 30_000 }, () => {
  it("prints one case a line", async () => {
    const { code, stdout } = await program.inProcess("list", "--vectors", writeVectors(), "--select", "*/t*")
    expect(code).toBe(0)
    expect(stdout).toBe(
      "arithmetic/thirteen\tarithmetic\tMUST\tWhat arithmetic/thirteen shows\narithmetic/text\tarithmetic\tMUST\tWhat arithmetic/text shows\n",
    )
  })

  it("prints the clauses that cases show, with their text", async () => {
    const { stdout } = await program.inProcess("list", "--vectors", writeVectors(), "--select", "*/t*", "--clauses")
    expect(stdout).toBe("arithmetic.twice\tMUST\tThe output is twice the value.\narithmetic.number\tMUST\tThe value is a number.\n")
  })

  it("prints JSON", async () => {
    const { stdout } = await program.inProcess("list", "--vectors", writeVectors(), "--json")
    const cases = JSON.parse(stdout)
    expect(cases.map(({ id }: { id: string }) => id)).toEqual(toyIds)
    expect(cases[1]).toEqual({
      id: "arithmetic/thirteen",
      digest: expect.stringMatching(/^[0-9a-f]{16}$/),
      title: "What arithmetic/thirteen shows",
      part: "toy",
      chapter: "arithmetic",
      layer: "arithmetic",
      level: "MUST",
      clauses: ["arithmetic.twice"],
      flags: ["Unlucky"],
      needs: [],
    })
  })

  it("fails as run does", async () => {
    expect((await program.inProcess("list", "--vectors", writeVectors(), "--select", "nope")).code).toBe(3)
    expect((await program.inProcess("list", "--vectors", temporaryDirectory())).code).toBe(6)
  })
})

describe("repro", { timeout: 30_000 }, () => {
  const reproOf = (behaviour: string, id: string, ...flags: ReadonlyArray<string>) =>
    conclave("repro", id, "--vectors", writeVectors(), ...flags, "--", ...toy(behaviour))

  it("prints each request, each reply and each wanted verdict", async () => {
    const { code, stdout } = await reproOf("wrong", "arithmetic/thirteen")
    expect(code).toBe(1)
    const lines = stdout.split("\n")
    expect(lines[0]).toBe("arithmetic/thirteen (MUST, layer arithmetic): What arithmetic/thirteen shows")
    expect(lines.filter((line) => line.startsWith("> ")).map((line) => JSON.parse(line.slice(2)).method)).toEqual([
      "hello",
      "reset",
      "arithmetic.double",
      "arithmetic.double",
      "reset",
    ])
    expect(lines.filter((line) => line.startsWith("< ")).map((line) => JSON.parse(line.slice(2)).id)).toEqual([1, 2, 3, 4, 5])
    expect(lines.filter((line) => line.startsWith("step "))[2]).toContain(
      'step 2  arithmetic.double, wanted {"verdict":"accepted","output":{"value":26}',
    )
    expect(stdout).toContain("FAIL\n     step 2  arithmetic.double: wrong-answer")
  })

  it("passes on standard error and exits 0 when the case passes", async () => {
    const { code, stdout, stderr } = await reproOf("noisy-errors", "arithmetic/thirteen", "--timeout", "0")
    expect(code).toBe(0)
    expect(stdout.endsWith("passed\n")).toBe(true)
    expect(stderr).toHaveLength(1024 * 1024)
  })

  it("says when a run would skip the case, and runs it all the same", async () => {
    const { code, stdout } = await reproOf("honest", "lottery/draw")
    expect(code).toBe(1)
    expect(stdout).toContain("a run would skip this case: the peer does not declare the layer lottery")
    expect(stdout).toContain("answered the JSON-RPC error -32601: no such method")
  })

  it("exits 3 for an unknown id and 4 for a peer that does not start", async () => {
    expect((await reproOf("honest", "no/such-case")).code).toBe(3)
    const lost = await reproOf("hello-dies", "arithmetic/one")
    expect(lost.code).toBe(4)
    expect(lost.stderr).toContain("unlucky number")
  })
})
