/** Whatever a peer does, the case in question fails with its own reason, and all others still come to a verdict. */
import { describe, expect, it } from "vitest"
import { failureOf, resultOf, runToy } from "./fixtures.ts"

/** Long enough to start a peer on a busy machine, short enough to wait for. */
const TIMEOUT = 3000

describe("an honest peer", () => {
  it("passes every case of the layers it declares", async () => {
    const report = await runToy("honest")
    expect(report.totals).toEqual({
      passed: 10,
      failed: 0,
      flaky: 0,
      known: 0,
      disputed: 0,
      skipped: 1,
      notRun: 0,
      notSelected: 0,
      all: 11,
    })
    expect(report.outcome).toEqual({ exitCode: 0, reason: "every case that was run passed" })
    expect(report.peer?.name).toBe("toy")
  })

  it("passes with a megabyte on standard error", async () => {
    const report = await runToy("noisy-errors")
    expect(report.outcome.exitCode).toBe(0)
  })
})

const lost = [
  { behaviour: "silent", kind: "timeout", says: `gave no answer within ${TIMEOUT} ms` },
  { behaviour: "crash", kind: "crash", says: "ended with exit code 3" },
  { behaviour: "signal", kind: "crash", says: "was ended by SIGKILL" },
  { behaviour: "half", kind: "crash", says: "ended with exit code 0 in the middle of a line" },
  { behaviour: "close-output", kind: "crash", says: "closed its standard output" },
  { behaviour: "orphan", kind: "crash", says: "ended with exit code 7" },
  { behaviour: "garbage", kind: "garbage", says: "sent a line that is no reply" },
  { behaviour: "not-utf8", kind: "garbage", says: "sent a line that is no reply" },
  { behaviour: "nested", kind: "garbage", says: "nested deeper than 256" },
  { behaviour: "string-id", kind: "garbage", says: '["id"]' },
  { behaviour: "bad-verdict", kind: "garbage", says: '["verdict"]' },
  { behaviour: "unknown-key", kind: "garbage", says: '["comment"]' },
  { behaviour: "wrong-id", kind: "wrong-id", says: "answered with another id than that of the request (off by 1000)" },
  { behaviour: "duplicate", kind: "unsolicited", says: "sent a line that no request asked for" },
  { behaviour: "flood", kind: "flood", says: "sent a line of more than 16777216 bytes" },
  { behaviour: "flood-line", kind: "flood", says: "sent a line of more than 16777216 bytes" },
]

describe("a peer that is lost in the middle of a case", { timeout: 30_000 }, () => {
  it.for(lost)("$behaviour: fails that case with $kind and goes on with the others", async ({ behaviour, kind, says }) => {
    const report = await runToy(behaviour, { timeout: TIMEOUT })
    expect(failureOf(report, "arithmetic/thirteen")).toMatchObject({ kind, step: 2, method: "arithmetic.double" })
    expect(failureOf(report, "arithmetic/thirteen").message).toContain(says)
    expect(report.totals).toMatchObject({ passed: 9, failed: 1, skipped: 1, notRun: 0 })
    expect(report.outcome.exitCode).toBe(1)
  })

  it("keeps what a crashed peer said last", async () => {
    const report = await runToy("crash")
    expect(failureOf(report, "arithmetic/thirteen").stderr).toContain("ValueError: unlucky number")
  })

  it("fails in the case after whose last answer it closes its input", async () => {
    const report = await runToy("close-input")
    expect(failureOf(report, "arithmetic/thirteen")).toMatchObject({
      kind: "crash",
      message: "closed its standard input",
      step: 3,
      method: "reset",
    })
    expect(report.totals).toMatchObject({ passed: 9, failed: 1 })
  })
})

describe("a peer that answers wrongly", () => {
  it("fails with what was wanted, what came and the path of the difference", async () => {
    const report = await runToy("wrong")
    expect(failureOf(report, "arithmetic/thirteen")).toEqual({
      kind: "wrong-answer",
      message: 'answered "accepted" with another output',
      step: 2,
      method: "arithmetic.double",
      clause: "arithmetic.twice",
      wanted: { verdict: "accepted", output: { value: 26 } },
      got: expect.objectContaining({ verdict: "accepted", output: { value: 27 } }),
      divergence: { at: "output.value", wanted: 26, got: 27 },
    })
    expect(report.totals).toMatchObject({ passed: 9, failed: 1 })
  })

  it("fails with the first intermediate value that diverged", async () => {
    const report = await runToy("wrong-factor")
    expect(failureOf(report, "arithmetic/thirteen").divergence).toEqual({ at: "factor", wanted: "02", got: "03" })
  })

  it("fails with the JSON-RPC error and is not started again", async () => {
    const report = await runToy("throws", { restarts: 0 })
    const { kind, message } = failureOf(report, "arithmetic/thirteen")
    expect({ kind, message }).toEqual({ kind: "peer-error", message: "answered the JSON-RPC error -32603: internal error" })
    expect(report.totals).toMatchObject({ passed: 9, failed: 1 })
  })

  it("may answer an error with a null id when it could not read the request", async () => {
    const report = await runToy("null-id", { restarts: 0 })
    expect(failureOf(report, "arithmetic/thirteen").message).toBe("answered the JSON-RPC error -32700: not JSON")
  })

  it("fails when its state changes after a refusal", async () => {
    const report = await runToy("changes-state")
    expect(failureOf(report, "counter/never-down")).toMatchObject({
      kind: "state-changed",
      step: 3,
      message: "gave the wanted answer, but its state changed after a refusal",
    })
    expect(report.totals).toMatchObject({ passed: 9, failed: 1 })
  })

  it("fails when its state is gone after a refusal", async () => {
    const report = await runToy("forgets-state")
    expect(failureOf(report, "counter/never-down").message).toContain("the handle is gone")
  })
})

describe("a peer that there is no conversation with", { timeout: 30_000 }, () => {
  it.for([
    {
      behaviour: "hello-dies",
      says: "hello failed: the peer ended with exit code 9 (the program is ",
    },
    { behaviour: "hello-silent", says: `hello failed: the peer gave no answer within ${3 * TIMEOUT} ms` },
    { behaviour: "hello-protocol", says: "hello failed: the peer speaks conclave-peer/2, this runner speaks conclave-peer/1" },
    { behaviour: "hello-refuses", says: "hello failed: the peer answered the JSON-RPC error -32603: internal error" },
    { behaviour: "hello-incomplete", says: 'Missing key at ["layers"]' },
  ])("$behaviour: runs nothing and exits 4", async ({ behaviour, says }) => {
    const report = await runToy(behaviour, { timeout: TIMEOUT })
    expect(report.outcome.exitCode).toBe(4)
    expect(report.outcome.reason).toContain(says)
    expect(report.totals).toMatchObject({ passed: 0, failed: 0, notRun: 11 })
    expect(report.peer).toBeNull()
  })

  it.for([["no-such-program-anywhere"], [""], ["a\0b"]])("a program %j that does not exist exits 4", async (command) => {
    const report = await runToy("", { command })
    expect(report.outcome.exitCode).toBe(4)
    expect(report.outcome.reason).toContain("could not be started")
    expect(report.totals.notRun).toBe(11)
  })

  it("gives up a layer after too many losses in a row, and goes on with the others", async () => {
    const report = await runToy("always-dies", { restarts: 2 })
    expect(report.outcome).toEqual({ exitCode: 1, reason: "3 failed, 2 not run" })
    expect(report.cases.slice(0, 6).map(({ result }) => result.status)).toEqual([
      "failed",
      "failed",
      "failed",
      "not-run",
      "not-run",
      "passed",
    ])
    expect(resultOf(report, "arithmetic/negative")).toEqual({
      status: "not-run",
      reason: "the peer was lost 3 times in a row in this layer (--restarts 2)",
    })
    expect(resultOf(report, "lottery/draw")?.status).toBe("skipped")
  })

  it("exits 4 when it is lost in every case", async () => {
    const report = await runToy("always-dies", { restarts: 2, layers: ["arithmetic"] })
    expect(report.outcome).toEqual({ exitCode: 4, reason: "the peer was lost in every case, and never came to an answer" })
  })

  it("is started again as often as it takes while cases in between come to an answer", async () => {
    const report = await runToy("crash", { restarts: 1 })
    expect(report.totals).toMatchObject({ passed: 9, failed: 1, notRun: 0 })
  })
})

describe("what a peer does not declare", () => {
  it("is skipped with the reason", async () => {
    const report = await runToy("no-options")
    expect(resultOf(report, "lottery/draw")).toEqual({ status: "skipped", reason: "the peer does not declare the layer lottery" })
    expect(resultOf(report, "counter/duplicate")).toEqual({ status: "skipped", reason: "the peer does not declare the option randomness" })
    expect(report.outcome.exitCode).toBe(0)
  })

  it("does not conform by declaring nothing", async () => {
    const report = await runToy("no-layers")
    expect(report.totals).toMatchObject({ passed: 0, skipped: 11 })
    expect(report.outcome.exitCode).toBe(3)
  })
})
