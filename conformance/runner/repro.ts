/**
 * Runs one case and shows the whole conversation, for debugging a port.
 *
 * @module
 */
import type { Result } from "../reports/report.ts"
import { failureLines } from "../reports/summary.ts"
import { printable } from "../reports/text.ts"
import { runCase } from "./case.ts"
import type { Transcript } from "./connection.ts"
import { exitCode, NothingSelected } from "./errors.ts"
import { type ListedCase, loadVectors, type VectorSet } from "./load.ts"
import { type Peer, PeerUnavailable, startPeer } from "./peer.ts"
import { skipReason } from "./supervisor.ts"

/** Which case to show, and how. */
export interface ReproOptions {
  readonly vectors: string
  readonly id: string
  /** The peer: a program and its arguments. No shell is involved. */
  readonly command: ReadonlyArray<string>
  /** Milliseconds to wait for each reply; 0 waits for ever, for a peer that is stopped in a debugger. */
  readonly timeout: number
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
  stderr: printError,
})

const verdictText = (set: VectorSet, vector: ListedCase, result: Result): string => {
  if (result.status !== "failed") return "passed\n"
  return ["FAIL", ...failureLines(set, vector, result.failure).map((line) => `     ${line}`), ""].join("\n")
}

const converse = async (peer: Peer, set: VectorSet, vector: ListedCase, { print }: ReproOptions): Promise<number> => {
  const skipped = skipReason(peer.hello, vector)
  if (skipped !== undefined) print(`a run would skip this case: ${skipped}\n`)
  const result = await runCase(peer, vector, (number, { method, expect }) =>
    print(`step ${number}  ${method}, wanted ${JSON.stringify(expect)}\n`),
  )
  print(verdictText(set, vector, result))
  return result.status === "passed" ? exitCode.passed : exitCode.nonConforming
}

/**
 * Runs one case, printing every request (`>`) and reply (`<`) and the wanted verdict of each step. A case that a run would skip is run
 * all the same.
 *
 * @returns the exit code: 0 passed, 1 failed, 4 the peer could not be started
 * @throws VectorsCorrupt (exit code 6)
 * @throws NothingSelected (exit code 3) when there is no such case
 */
export const repro = async (options: ReproOptions): Promise<number> => {
  const set = loadVectors(options.vectors)
  const vector = set.cases.find(({ id }) => id === options.id)
  if (vector === undefined) throw new NothingSelected(`there is no case ${options.id}`)
  options.print(`${vector.id} (${vector.level}, layer ${vector.layer}): ${vector.title}\n`)
  try {
    const { command, timeout } = options
    const peer = await startPeer({ command, timeout, transcript: transcriptOf(options) }, { version: set.version, sha256: set.sha256 })
    try {
      return await converse(peer, set, vector, options)
    } finally {
      await peer.connection.close()
    }
  } catch (error) {
    if (!(error instanceof PeerUnavailable)) throw error
    options.print(`${error.message}\n`)
    return exitCode.peerLost
  }
}
