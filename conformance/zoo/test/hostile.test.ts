/** No hostile peer brings the runner down: each run ends, in time, with the verdict that its row states. */
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { sampleOf } from "../../../reference/simulation/sample.ts"
import { summaryOf } from "../../reports/summary.ts"
import { reportTextOf } from "../../reports/write.ts"
import { run } from "../../runner/run.ts"
import { hostile } from "../hostile.ts"
import type { Hostile } from "../hostile-peer.ts"

const toy = join(import.meta.dirname, "..", "..", "toy")

const PROGRAM = join(import.meta.dirname, "..", "hostile.ts")

/** Those that make the runner wait are waited for less; a busy machine needs longer for the others. */
const isSlow = ({ name, failure }: Hostile): boolean => failure === "timeout" || name === "mute"

const runOne = (peer: Hostile) => {
  // Whoever loses its process in each case need not do so often.
  const patience = { timeout: isSlow(peer) ? 2000 : 20_000, restarts: peer.exitCode === 4 ? 1 : 20 }
  return run({ vectors: toy, command: [process.execPath, PROGRAM, peer.name], ...patience })
}

const leftOver = (): string => {
  try {
    return execFileSync("pgrep", ["-f", "hostile-child"], { encoding: "utf8" })
  } catch {
    // pgrep found none.
    return ""
  }
}

describe("hostile peers", () => {
  it("are at least sixty", () => {
    expect(new Set(hostile.map(({ name }) => name)).size).toBe(hostile.length)
    expect(hostile.length).toBeGreaterThanOrEqual(60)
  })

  it.concurrent.each(sampleOf(hostile, 3))("$name, which $does, ends with exit code $exitCode", async (peer) => {
    const { exitCode, failure, says } = peer
    const report = await runOne(peer)
    const failures = report.cases.flatMap(({ result }) => ("failure" in result ? [result.failure] : []))
    expect({ exitCode: report.outcome.exitCode, kind: failure === undefined ? undefined : failures[0]?.kind }).toEqual({
      exitCode,
      kind: failure,
    })
    const said = [report.outcome.reason, ...failures.map(({ message }) => message)].join("\n")
    expect(said).toContain(says ?? "")
    // Neither what is printed nor what is written holds anything that a terminal would obey.
    expect(`${summaryOf(report)}${reportTextOf(report)}`.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
  })

  it("leave nothing behind", () => {
    expect(leftOver()).toBe("")
  })
})
