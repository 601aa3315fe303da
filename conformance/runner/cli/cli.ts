/**
 * The command line `conclave`.
 *
 * @module
 */
import { Command, CommanderError } from "commander"
import { exitCode, messageOf, NothingSelected, UsageError, VectorsCorrupt } from "../errors.ts"
import { runner } from "../peer.ts"
import { addDecoding } from "./decoding.ts"
import { addLooking } from "./looking.ts"
import { addPlaying } from "./playing.ts"
import { addRunning } from "./running.ts"
import type { Work } from "./work.ts"

const printError = (text: string): void => void process.stderr.write(text)

const codeOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.passed : exitCode.usage
  if (error instanceof UsageError) return exitCode.usage
  if (error instanceof NothingSelected) return exitCode.nothingSelected
  if (error instanceof VectorsCorrupt) return exitCode.vectorsCorrupt
  return exitCode.internal
}

const describe = (error: unknown): string => {
  if (error instanceof VectorsCorrupt) return `vectors corrupt: ${error.message}`
  if (codeOf(error) !== exitCode.internal) return messageOf(error)
  return `internal error, a bug of the runner: ${error instanceof Error ? error.stack : String(error)}`
}

const EXIT_CODES = `
Exit codes: 0 passed, 1 the peer does not conform, 2 usage, 3 nothing was tested, 4 the peer could not be started or never answered,
5 known failures do not hold any more, 6 the vectors are corrupt, 70 a bug of the runner, 130 interrupted`

/** The arguments of ours, and those after the first `--`, which are the peer's. */
const split = (argv: ReadonlyArray<string>): { readonly ours: ReadonlyArray<string>; readonly peer: ReadonlyArray<string> | undefined } => {
  const separator = argv.indexOf("--")
  return separator < 0 ? { ours: argv, peer: undefined } : { ours: argv.slice(0, separator), peer: argv.slice(separator + 1) }
}

/**
 * Runs a command line and says how to exit.
 *
 * @param argv the arguments after the program's name
 * @returns the exit code; see `errors.ts` and the table in `conformance/README.md`
 */
export const conclave = async (argv: ReadonlyArray<string>): Promise<number> => {
  let code: number = exitCode.passed
  // The commands once stood under this name.
  const { ours, peer } = split(argv[0] === "conformance" ? argv.slice(1) : argv)
  const work: Work = {
    peer,
    does: (action) => async () => {
      code = await action()
    },
  }
  const program = new Command("conclave")
    .description("Checks an implementation over standard input and output")
    .version(runner.version)
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText("after", EXIT_CODES)
  addRunning(program, work)
  addPlaying(program, work)
  addLooking(program, work)
  addDecoding(program, work)
  try {
    if (ours.length === 0) throw new UsageError(program.helpInformation().trimEnd())
    await program.parseAsync(ours, { from: "user" })
  } catch (error) {
    code = codeOf(error)
    // The parser has told its own errors already.
    if (!(error instanceof CommanderError)) printError(`${describe(error)}\n`)
  }
  return code
}
