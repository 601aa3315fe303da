/** Running: which cases, how many at once, how often, how long; and that none of it changes what is found. */
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { createServer } from "node:net"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { reportTextOf } from "../reports/write.ts"
import { UsageError } from "../runner/errors.ts"
import { ownVectors, referencePeer, skeletons } from "../runner/places.ts"
import { run } from "../runner/run.ts"
import { failureOf, resultOf, runToy, temporaryDirectory, toy, toyFiles, toyIds, whole, writeVectors } from "./fixtures.ts"

const withoutTiming = (report: Parameters<typeof reportTextOf>[0]): string => {
  const { timing: _, ...rest } = JSON.parse(reportTextOf(report))
  return JSON.stringify(rest)
}

describe("--jobs", { timeout: 60_000 }, () => {
  it.for(["wrong", "crash", "always-dies", ...(whole ? ["honest", "duplicate", "close-input"] : [])])(
    "finds the same with one and with eight: %s",
    async (behaviour) => {
      const options = { vectors: writeVectors(), restarts: 2 }
      const [one, eight] = [await runToy(behaviour, options), await runToy(behaviour, { ...options, jobs: 8 })]
      expect(withoutTiming(eight)).toBe(withoutTiming(one))
    },
  )

  it("stops at the same case with --fail-fast", async () => {
    const options = { vectors: writeVectors(), failFast: true }
    const [one, eight] = [await runToy("wrong", options), await runToy("wrong", { ...options, jobs: 8 })]
    expect(withoutTiming(eight)).toBe(withoutTiming(one))
  })
})

describe.runIf(whole)("--jobs with the reference", { timeout: 240_000 }, () => {
  it("finds the same with one and with eight", async () => {
    const options = {
      vectors: ownVectors(),
      command: referencePeer(),
      layers: ["encoding", "primitives", "ratchet", "membership", "cliques"],
    }
    const [one, eight] = [await run(options), await run({ ...options, jobs: 8 })]
    expect(one.outcome.exitCode).toBe(0)
    expect(withoutTiming(eight)).toBe(withoutTiming(one))
  })
})

describe("--shard", () => {
  it("parts the cases into shares that have all of them, each once", async () => {
    const options = { vectors: writeVectors() }
    const reports = [await runToy("honest", { ...options, shard: "1/3" }), await runToy("honest", { ...options, shard: "2/3" })]
    const third = await runToy("honest", { ...options, shard: "3/3" })
    expect([...reports, third].flatMap(({ cases }) => cases.map(({ id }) => id)).sort()).toEqual([...toyIds].sort())
    await expect(runToy("honest", { shard: "4/3" })).rejects.toThrow(UsageError)
  })
})

describe("selection", () => {
  it.for([
    [{ exclude: ["arithmetic/*"] }, 5],
    [{ flags: ["Unlucky"] }, 1],
    [{ levels: ["MUST"], layers: ["counter"] }, 5],
    [{ parts: ["toy"], layers: ["arithmetic"] }, 5],
    [{ ids: ["arithmetic/one", "counter/grows"] }, 2],
  ] as const)("%j runs %i cases", async ([selection, runs]) => {
    const { totals, selection: stated } = await runToy("honest", selection)
    expect(totals.passed).toBe(runs)
    expect(Object.keys(stated).length).toBe(Object.keys(selection).length)
  })

  it("reads globs from a file", async () => {
    const file = path.join(temporaryDirectory(), "globs")
    writeFileSync(file, "# the first two\narithmetic/one\n\narithmetic/t*\n")
    expect((await runToy("honest", { select: [`@${file}`] })).totals.passed).toBe(3)
    await expect(runToy("honest", { select: ["@/no/such/file"] })).rejects.toThrow(UsageError)
  })
})

describe("--repeat", { timeout: 60_000 }, () => {
  it("finds a peer that fails every third time", async () => {
    const report = await runToy("every-third", { repeat: 4, select: ["arithmetic/one"] })
    expect(resultOf(report, "arithmetic/one")).toMatchObject({ status: "flaky", passed: 3, of: 4, failure: { kind: "wrong-answer" } })
    expect(report.outcome).toMatchObject({ exitCode: 1, reason: expect.stringContaining("1 flaky") })
  })

  it("calls a peer that always fails alike failed", async () => {
    expect(failureOf(await runToy("wrong", { repeat: 2 }), "arithmetic/thirteen").kind).toBe("wrong-answer")
  })
})

describe("--max-time", () => {
  it("starts nothing more when it is over", async () => {
    const report = await runToy("slow", { maxTime: 1 })
    const left = report.cases.filter(({ result }) => result.status === "not-run")
    expect(left.length).toBeGreaterThan(0)
    expect(left[0]?.result).toMatchObject({ reason: "--max-time 1 was over" })
    expect(report.outcome.exitCode).toBe(1)
  })
})

describe("claims", () => {
  it("of a partial run are told apart from those of a complete one", async () => {
    const partial = await runToy("honest")
    expect(partial.coverage).toEqual({ state: "partial", layers: ["arithmetic", "counter"], undeclared: ["lottery"] })
    const complete = await runToy("honest", { vectors: writeVectors(toyFiles.filter(({ path: file }) => !file.includes("lottery"))) })
    expect(complete.coverage.state).toBe("complete")
  })

  it("that are wrong end the run: a layer, an option, a suite", async () => {
    for (const [behaviour, says] of [
      ["bad-layer", "did you mean arithmetic?"],
      ["bad-option", "did you mean randomness?"],
      ["bad-suite", "cipher suite 1"],
    ] as const) {
      const { outcome } = await runToy(behaviour)
      expect(outcome).toMatchObject({ exitCode: 4, reason: expect.stringContaining(says) })
    }
  })

  it("of the practice layer are told from misspelt ones", async () => {
    const { outcome } = await run({ vectors: writeVectors(), command: ["node", path.join(skeletons(), "typescript", "peer.ts")] })
    expect(outcome).toMatchObject({ exitCode: 4, reason: expect.stringContaining("run it with --toy, or take toy out of hello") })
  })

  it("are required by --require-layer", async () => {
    const report = await runToy("honest", { requireLayers: ["counter", "lottery"] })
    expect(report.outcome.exitCode).toBe(1)
    expect(report.findings).toEqual(["the peer does not declare the layer lottery, which --require-layer asks for"])
    await expect(runToy("honest", { requireLayers: ["lotery"] })).rejects.toThrow("did you mean lottery?")
  })
})

describe("a disputed case", () => {
  it("is run and shown, and never changes the exit code", async () => {
    const vectors = writeVectors(toyFiles, { disputed: [{ id: "arithmetic/thirteen", why: "13 may be unlucky" }] })
    const report = await runToy("wrong", { vectors })
    expect(report.outcome.exitCode).toBe(0)
    expect(report.totals).toMatchObject({ passed: 9, failed: 0, disputed: 1 })
  })
})

describe("timeouts", () => {
  it("are longer for hello and for long requests, and scaled by a factor", async () => {
    const report = await runToy("silent", { timeout: 10_000, timeoutFactor: 0.1 })
    expect(failureOf(report, "arithmetic/thirteen").message).toBe("gave no answer within 1000 ms")
    const greeted = await runToy("hello-silent", { timeout: 10_000, timeoutFactor: 0.1 })
    expect(greeted.outcome.reason).toContain("gave no answer within 3000 ms")
  })
})

describe("attach", () => {
  it("talks to a process that was started already", async () => {
    const [program = "", ...args] = toy("honest")
    const server = createServer((socket) => {
      const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] })
      socket.pipe(child.stdin)
      child.stdout.pipe(socket)
    }).listen(0)
    const address = server.address()
    const port = typeof address === "object" ? address?.port : undefined
    const report = await runToy("", { command: [], attach: `localhost:${port}` })
    server.close()
    expect(report.outcome.exitCode).toBe(0)
    const nobody = await runToy("", { command: [], attach: path.join(temporaryDirectory(), "socket") })
    expect(nobody.outcome).toMatchObject({ exitCode: 4, reason: expect.stringContaining("could not be reached") })
  })
})
