/**
 * How a run can end, and the errors that end it before there is a report.
 *
 * @module
 */

/**
 * Exit codes of `conclave`, the same on every system. 70 is a bug of ours and 130 an interrupted run.
 */
export const exitCode = {
  passed: 0,
  nonConforming: 1,
  usage: 2,
  nothingSelected: 3,
  peerLost: 4,
  staleKnown: 5,
  vectorsCorrupt: 6,
  internal: 70,
  interrupted: 130,
} as const

/** The command line makes no sense: exit code 2. */
export class UsageError extends Error {}

/** No case is left by the selection, or one of its terms matches nothing: exit code 3. */
export class NothingSelected extends Error {}

/** The vector set is not what its manifest says: exit code 6. The message begins with the file's name. */
export class VectorsCorrupt extends Error {
  readonly file: string

  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`)
    this.file = file
  }
}

/** A bug of the runner: exit code 70. */
export class InternalError extends Error {}

/** The message of whatever was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
