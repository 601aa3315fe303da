/**
 * Runs one case and shows the whole conversation, for debugging a port; or writes it down as a folder that needs no runner.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import type { Step } from "../protocol/vectors.ts"
import { failureLines } from "../reports/failure.ts"
import type { Result } from "../reports/report.ts"
import { printable, printableJson, printableLines } from "../reports/text.ts"
import { runCase } from "./case.ts"
import { Connection } from "./connection.ts"
import { type Timeouts, type Transcript, timeoutsOf } from "./conversation.ts"
import type { EnvironmentOptions } from "./environment.ts"
import { exitCode, NothingSelected } from "./errors.ts"
import { skipReason } from "./lane.ts"
import { textsOf } from "./ledger.ts"
import { type ListedCase, loadVectors, type VectorSet } from "./load.ts"
import { nearest } from "./nearest.ts"
import { type Peer, PeerUnavailable, startPeer, stderrLines } from "./peer.ts"
import { greetingOf } from "./run.ts"

/** Which case to show, and how. */
export interface ReproOptions extends EnvironmentOptions {
  readonly vectors: string
  readonly extra?: string | undefined
  readonly id: string
  /** The peer: a program and its arguments. No shell is involved. May be empty when only a folder is written. */
  readonly command: ReadonlyArray<string>
  readonly attach?: string | undefined
  /** Milliseconds to wait for each reply; 0 waits for ever, for a peer that is stopped in a debugger. */
  readonly timeout: number
  /** A folder that the case is written to. */
  readonly folder?: string | undefined
  /** Takes what is shown, with newlines. */
  readonly print: (text: string) => void
  /** Takes what the peer writes to standard error, as it comes. */
  readonly printError: (text: string) => void
}

// Lines are shown whole: they are what one copies into a test of one's own.
const shown = (line: string): string => printable(line, Number.POSITIVE_INFINITY)

const transcriptOf = ({ print, printError }: ReproOptions): Transcript => ({
  sent: (line) => print(`> ${shown(line)}\n`),
  received: (line) => print(`< ${shown(line)}\n`),
  stderr: (text) => printError(printableLines(text)),
})

const verdictText = (set: VectorSet, vector: ListedCase, result: Result): string => {
  if (result.status !== "failed") return "passed\n"
  const clause = "clause" in result.failure ? result.failure.clause : undefined
  const cases = vector.clauses.map((id) => ({ ...vector, result: { ...result, failure: { ...result.failure, clause: id } } }))
  const texts = textsOf(set.clauses, cases)
  const lines = failureLines({ texts }, clause === undefined ? result.failure : { ...result.failure, clause })
  const shows = Object.entries(texts).map(([id, { level, text }]) => `shows   ${id} (${level}): ${text}`)
  return ["FAIL", ...[...lines, ...shows].map((line) => `     ${line}`), ""].join("\n")
}

const converse = async (peer: Peer, set: VectorSet, vector: ListedCase, { print }: ReproOptions): Promise<number> => {
  const skipped = skipReason(peer.hello, vector)
  if (skipped !== undefined) print(`a run would skip this case: ${skipped}\n`)
  const { result } = await runCase(peer, set.stepsOf(vector), (number, { method, expect }) =>
    print(`step ${number}  ${method}, wanted ${shown(JSON.stringify(expect))}\n`),
  )
  print(verdictText(set, vector, result))
  return result.status === "passed" ? exitCode.passed : exitCode.nonConforming
}

/** The case with this id. Throws NothingSelected, with a suggestion. */
const caseOf = (set: VectorSet, id: string): ListedCase => {
  const vector = set.cases.find((each) => each.id === id)
  if (vector !== undefined) return vector
  const meant = nearest(
    id,
    set.cases.map((each) => each.id),
  )
  throw new NothingSelected(`there is no case ${id}${meant === undefined ? "" : `; did you mean ${meant}?`}`)
}

const requestsOf = (set: VectorSet, steps: ReadonlyArray<Step>): string => {
  const { vectors } = greetingOf(set)
  const calls = [
    { method: "hello", params: { protocols: ["conclave-peer/1"], runner: { name: "conclave", version: "repro" }, vectors } },
    { method: "reset", params: {} },
    ...steps.map(({ method, params }) => ({ method, params })),
  ]
  return calls.map(({ method, params }, index) => `${JSON.stringify({ jsonrpc: "2.0", id: index + 1, method, params })}\n`).join("")
}

const quoted = (word: string): string => (/^[\w./:=@-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

const writeFolder = (folder: string, set: VectorSet, vector: ListedCase, { command, print }: ReproOptions): void => {
  const steps = set.stepsOf(vector)
  const program = command.length === 0 ? "./my-port" : command.map(quoted).join(" ")
  mkdirSync(folder, { recursive: true })
  const files = {
    "requests.jsonl": requestsOf(set, steps),
    "expected.jsonl": steps.map(({ expect }) => `${JSON.stringify(expect)}\n`).join(""),
    "case.json": `${printableJson({ ...vector, vectors: set.sha256, steps }, 1)}\n`,
    "command.sh": `#!/bin/sh\n# ${vector.id}: the replies come in the order of requests.jsonl; those from the third on are to be as in expected.jsonl.\ncd "$(dirname "$0")"\nexec ${program} < requests.jsonl\n`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
  print(`written to ${folder}: ${Object.keys(files).join(", ")}\n`)
}

const timeouts = (timeout: number): Timeouts => timeoutsOf(timeout)

/**
 * Runs one case, printing every request (`>`) and reply (`<`) and the wanted verdict of each step. A case that a run would skip is run
 * all the same.
 *
 * @returns the exit code: 0 passed, 1 failed, 4 the peer could not be started
 * @throws VectorsCorrupt (exit code 6)
 * @throws NothingSelected (exit code 3) when there is no such case
 */
export const repro = async (options: ReproOptions): Promise<number> => {
  const set = loadVectors(options.vectors, options.extra)
  const vector = caseOf(set, options.id)
  const { command, attach, timeout, env, inheritEnv, folder } = options
  if (folder !== undefined) writeFolder(folder, set, vector, options)
  if (command.length === 0 && attach === undefined) return exitCode.passed
  options.print(`${vector.id} (${vector.level}, layer ${vector.layer}): ${vector.title}\n`)
  const connect = () =>
    new Connection({
      command,
      attach,
      ...(env && { env }),
      ...(inheritEnv !== undefined && { inheritEnv }),
      timeouts: timeouts(timeout),
      transcript: transcriptOf(options),
    })
  try {
    const peer = await startPeer(connect, greetingOf(set))
    try {
      return await converse(peer, set, vector, options)
    } finally {
      await peer.connection.close()
    }
  } catch (error) {
    if (!(error instanceof PeerUnavailable)) throw error
    options.print([error.message, ...stderrLines(error.stderr), ""].join("\n"))
    return exitCode.peerLost
  }
}
