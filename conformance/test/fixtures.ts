/**
 * The toy vector set that the tests of the runner use, and how to run the toy peer over it.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import type { Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { onTestFinished, vi } from "vitest"
import {
  type Case,
  type ClauseFile,
  type FileText,
  manifestOf,
  manifestTextOf,
  type SetNotes,
  type Step,
  type VectorFile,
} from "../protocol/vectors.ts"
import type { CaseReport, Failure, Report } from "../reports/report.ts"
import { conclave as commandLine } from "../runner/cli/cli.ts"
import { type RunOptions, run } from "../runner/run.ts"

/** Whether everything is tested, as `npm run conformance-tests` does, or what costs much is left out. */
export const whole = process.env.MODE === "whole"

const TOY = fileURLToPath(new URL("./toy.ts", import.meta.url))

/** The program `conclave`. */
export const CONCLAVE = fileURLToPath(new URL("../conclave.ts", import.meta.url))

/** How a program ended, and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const PEAK = `data:text/javascript,process.on("exit",()=>console.error("peak "+process.resourceUsage().maxRSS))`

const ended = async (child: ChildProcessByStdio<null, Readable, Readable>): Promise<Ended> => {
  const code = new Promise<number | null>((resolve) => child.on("exit", resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, stdout, stderr }
}

const captured = (stream: NodeJS.WriteStream, into: Array<string>): (() => void) => {
  const spy = vi.spyOn(stream, "write").mockImplementation(((chunk: string | Uint8Array) => {
    into.push(String(chunk))
    return true
  }) as typeof stream.write)
  return () => spy.mockRestore()
}

/** The program `conclave`, in an empty folder. */
export const conclave = {
  start: (args: ReadonlyArray<string>): ChildProcess =>
    spawn(process.execPath, [CONCLAVE, ...args], { cwd: temporaryDirectory(), stdio: "ignore" }),
  /** Without a process of its own, for what does not depend on having one. */
  inProcess: async (...args: ReadonlyArray<string>): Promise<Ended> => {
    const [stdout, stderr]: [Array<string>, Array<string>] = [[], []]
    const releases = [captured(process.stdout, stdout), captured(process.stderr, stderr)]
    try {
      return { code: await commandLine(args), stdout: stdout.join(""), stderr: stderr.join("") }
    } finally {
      for (const release of releases) release()
    }
  },
  /** Says on standard error how many kilobytes it needed. */
  measured: (...args: ReadonlyArray<string>): Promise<Ended> =>
    ended(
      spawn(process.execPath, ["--import", PEAK, CONCLAVE, ...args], {
        cwd: temporaryDirectory(),
        stdio: ["ignore", "pipe", "pipe"],
      }),
    ),
  run: (...args: ReadonlyArray<string>): Promise<Ended> => conclave.runIn(temporaryDirectory(), ...args),
  runIn: (cwd: string, ...args: ReadonlyArray<string>): Promise<Ended> =>
    ended(spawn(process.execPath, [CONCLAVE, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] })),
} as const

/** The command of the toy peer. */
export const toy = (behaviour: string, ...more: ReadonlyArray<string>): ReadonlyArray<string> => [process.execPath, TOY, behaviour, ...more]

/** A new empty directory that is gone after the test. */
export const temporaryDirectory = (): string => {
  const directory = mkdtempSync(path.join(tmpdir(), "conclave-test-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const clauseFile: ClauseFile = {
  format: "conclave-clauses/1",
  clauses: [
    { id: "arithmetic.twice", level: "MUST", text: "The output is twice the value.", source: "toy 1", kind: "rule" },
    { id: "arithmetic.positive", level: "MUST", text: "A negative value is refused.", source: "toy 1", kind: "check" },
    { id: "arithmetic.number", level: "MUST", text: "The value is a number.", source: "toy 1", kind: "check" },
    { id: "counter.grows", level: "SHOULD", text: "A counter never goes down.", source: "toy 2", kind: "check" },
    { id: "counter.known", level: "MUST", text: "A counter is made before it is used.", source: "toy 2", kind: "check" },
  ],
}

const accepted = (output: Record<string, number>): Step["expect"] => ({ verdict: "accepted", output })

const doubling = (value: number): Step => ({
  method: "arithmetic.double",
  params: { value },
  expect: {
    verdict: "accepted",
    output: { value: 2 * value },
    trace: [
      { name: "factor", value: "02" },
      { name: "sum", value: "0badc0de" },
    ],
  },
})

const toyCase = (id: string, clause: string, steps: ReadonlyArray<Step>): Case => ({
  id,
  title: `What ${id} shows`,
  level: "MUST",
  clauses: [clause],
  flags: [],
  steps,
})

const arithmetic: VectorFile = {
  format: "conclave-vectors/1",
  part: "toy",
  chapter: "arithmetic",
  layer: "arithmetic",
  flags: { Unlucky: { note: "The number 13.", effect: "Peers misbehave." } },
  cases: [
    toyCase("arithmetic/one", "arithmetic.twice", [doubling(1)]),
    { ...toyCase("arithmetic/thirteen", "arithmetic.twice", [doubling(2), doubling(13)]), flags: ["Unlucky"], twin: "arithmetic/one" },
    toyCase("arithmetic/after", "arithmetic.twice", [doubling(21)]),
    toyCase("arithmetic/negative", "arithmetic.positive", [
      { method: "arithmetic.double", params: { value: -1 }, expect: { verdict: "refused", clause: "arithmetic.positive" } },
    ]),
    toyCase("arithmetic/text", "arithmetic.number", [
      { method: "arithmetic.double", params: { value: "x" }, expect: { verdict: "malformed", clause: "arithmetic.number" } },
    ]),
  ],
}

const make: Step = { method: "counter.new", params: { on: "a" }, expect: { verdict: "accepted", output: {} } }

const add = (amount: number, expect: Step["expect"], more: Step["params"] = {}): Step => ({
  method: "counter.add",
  params: { on: "a", amount, ...more },
  expect,
})

const counter: VectorFile = {
  format: "conclave-vectors/1",
  part: "toy",
  chapter: "counter",
  layer: "counter",
  flags: {},
  cases: [
    toyCase("counter/grows", "counter.grows", [make, add(5, accepted({ value: 5 })), add(2, accepted({ value: 7 }))]),
    toyCase("counter/never-down", "counter.grows", [
      make,
      add(5, accepted({ value: 5 })),
      add(-1, { verdict: "refused", clause: "counter.grows" }),
    ]),
    toyCase("counter/unknown", "counter.known", [add(1, { verdict: "refused", clause: "counter.known" })]),
    toyCase("counter/waits", "counter.grows", [make, add(1, { verdict: "waiting", missing: ["m1"] }, { after: "m1" })]),
    {
      ...toyCase("counter/duplicate", "counter.grows", [make, add(0, { verdict: "ignored", reason: "duplicate" })]),
      needs: ["randomness"],
    },
  ],
}

const lottery: VectorFile = {
  ...counter,
  chapter: "lottery",
  layer: "lottery",
  cases: [toyCase("lottery/draw", "counter.known", [{ method: "lottery.draw", params: {}, expect: accepted({ value: 4 }) }])],
}

const textOf = (file: unknown): string => `${JSON.stringify(file, null, 2)}\n`

/** The toy set: three layers, of which the toy peer declares two. */
export const toyFiles: ReadonlyArray<FileText> = [
  { path: "clauses.json", text: textOf(clauseFile) },
  { path: "toy/arithmetic.json", text: textOf(arithmetic) },
  { path: "toy/counter.json", text: textOf(counter) },
  { path: "toy/lottery.json", text: textOf(lottery) },
]

/** Files of a set with so many cases that all ask for little. */
export const manyFiles = (count: number): ReadonlyArray<FileText> => [
  { path: "clauses.json", text: textOf(clauseFile) },
  {
    path: "toy/arithmetic.json",
    text: textOf({
      ...arithmetic,
      cases: Array.from({ length: count }, (_, index) =>
        toyCase(`arithmetic/many-${index}`, "arithmetic.positive", [
          { method: "arithmetic.double", params: { value: -1 - index }, expect: { verdict: "refused", clause: "arithmetic.positive" } },
        ]),
      ),
    }),
  },
]

const toyLayers = ["arithmetic", "counter", "lottery"]

/** Every id of the toy set, in order. */
export const toyIds: ReadonlyArray<string> = [arithmetic, counter, lottery].flatMap(({ cases }) => cases.map(({ id }) => id))

/** Writes the files of a set with their manifest and gives the directory. */
export const writeVectors = (files: ReadonlyArray<FileText> = toyFiles, notes: SetNotes = {}, version = "0.1.0"): string => {
  const directory = temporaryDirectory()
  for (const { path: file, text: content } of [
    ...files,
    { path: "manifest.json", text: manifestTextOf(manifestOf(files, version, { layers: toyLayers, ...notes })) },
  ]) {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true })
    writeFileSync(path.join(directory, file), content)
  }
  return directory
}

const ran = new Map<string, Promise<Report>>()

/** Runs the toy set against the toy peer. Without options a file of tests does so once for each behaviour. */
export const runToy = (behaviour: string, options: Partial<RunOptions> = {}): Promise<Report> => {
  const alone = Object.keys(options).length === 0
  const found = alone ? ran.get(behaviour) : undefined
  const report = found ?? run({ vectors: writeVectors(), command: toy(behaviour), ...options })
  if (alone) ran.set(behaviour, report)
  return report
}

/** What became of one case. */
export const resultOf = (report: Report, id: string): CaseReport["result"] | undefined =>
  report.cases.find((each) => each.id === id)?.result

/** Why one case failed; it must have. */
export const failureOf = (report: Report, id: string): Failure => {
  const result = resultOf(report, id)
  if (result?.status !== "failed") throw new Error(`${id} did not fail: ${JSON.stringify(result)}`)
  return result.failure
}
