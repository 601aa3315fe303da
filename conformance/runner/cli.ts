/**
 * The command line `conclave conformance`: `run`, `list` and `repro`.
 *
 * @module
 */
import { fileURLToPath } from "node:url"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Schema } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { summaryOf } from "../reports/summary.ts"
import { prepareReports, writeReports } from "../reports/write.ts"
import { exitCode, messageOf, NothingSelected, UsageError, VectorsCorrupt } from "./errors.ts"
import { type ListedCase, loadVectors } from "./load.ts"
import { runner } from "./peer.ts"
import { progressOn } from "./progress.ts"
import { repro } from "./repro.ts"
import { DEFAULT_RESTARTS, DEFAULT_TIMEOUT, run } from "./run.ts"
import { selectCases } from "./select.ts"

const OWN_VECTORS = fileURLToPath(new URL("../../vectors", import.meta.url))

const vectors = Flag.String("vectors").pipe(
  Flag.withMetavar("dir"),
  Flag.withDescription("The vector set, a directory with a manifest.json (default: the one of this package)"),
  Flag.withDefault(OWN_VECTORS),
)

const selection = {
  select: Flag.String("select").pipe(
    Flag.withMetavar("glob"),
    Flag.withDescription("Only cases whose id matches, such as 'channel/**'; may be repeated"),
    Flag.atLeast(0),
  ),
  layers: Flag.String("layer").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("Only cases of this layer; may be repeated"),
    Flag.atLeast(0),
  ),
  clauses: Flag.String("clause").pipe(
    Flag.withMetavar("id"),
    Flag.withDescription("Only cases that show this clause; may be repeated"),
    Flag.atLeast(0),
  ),
}

const wholeNumber = (minimum: number) => Schema.Int.check(Schema.isGreaterThanOrEqualTo(minimum))

const timeoutFrom = (minimum: number, description: string) =>
  Flag.Int("timeout").pipe(
    Flag.withSchema(wholeNumber(minimum)),
    Flag.withMetavar("ms"),
    Flag.withDescription(description),
    Flag.withDefault(DEFAULT_TIMEOUT),
  )

const command = Argument.String("command").pipe(
  Argument.withDescription("After --: the program of the peer and its arguments, started without a shell"),
  Argument.variadic({ min: 1 }),
)

/** Everything after the first `--`. Without the separator, flags of the peer would be taken for ours. */
const peerCommand = (argv: ReadonlyArray<string>, operands: ReadonlyArray<string>): ReadonlyArray<string> => {
  const separator = argv.indexOf("--")
  if (separator < 0) throw new UsageError("put -- before the peer's command")
  const after = argv.slice(separator + 1)
  if (after.length < operands.length) throw new UsageError(`unexpected argument before --: ${operands[0]}`)
  if (after.length === 0) throw new UsageError("the peer's command is missing after --")
  return after
}

const print = (text: string): void => void process.stdout.write(text)

const printError = (text: string): void => void process.stderr.write(text)

const usable = (directory: string): void => {
  try {
    prepareReports(directory)
  } catch (error) {
    throw new UsageError(`--reports ${directory}: ${messageOf(error)}`)
  }
}

const runCommand = (argv: ReadonlyArray<string>, exit: Exit) =>
  Command.make(
    "run",
    {
      vectors,
      ...selection,
      timeout: timeoutFrom(1, `How long to wait for each reply (default ${DEFAULT_TIMEOUT})`),
      reports: Flag.String("reports").pipe(
        Flag.withMetavar("dir"),
        Flag.withDescription("Where report.json and junit.xml are written (default reports)"),
        Flag.withDefault("reports"),
      ),
      failFast: Flag.Boolean("fail-fast").pipe(Flag.withDescription("Stop at the first failed case"), Flag.withDefault(false)),
      restarts: Flag.Int("restarts").pipe(
        Flag.withSchema(wholeNumber(0)),
        Flag.withMetavar("n"),
        Flag.withDescription(`How often in a row a lost peer is started again (default ${DEFAULT_RESTARTS})`),
        Flag.withDefault(DEFAULT_RESTARTS),
      ),
      command,
    },
    ({ reports, command: operands, ...options }) =>
      exit(async () => {
        const peer = peerCommand(argv, operands)
        usable(reports)
        const progress = progressOn(process.stderr)
        const report = await run({ ...options, command: peer, observer: progress }).finally(progress.stop)
        print(summaryOf(report, writeReports(report, reports)))
        return report.outcome.exitCode
      }),
  ).pipe(
    Command.withDescription("Run the conformance suite against a peer"),
    Command.withExamples([
      { command: "conclave conformance run --layer encoding -- ./my-port --stdio", description: "Test one layer of a port" },
    ]),
  )

const listed = ({ id, title, part, chapter, layer, level, clauses, flags, needs = [] }: ListedCase) => ({
  id,
  title,
  part,
  chapter,
  layer,
  level,
  clauses,
  flags,
  needs,
})

const listCommand = (exit: Exit) =>
  Command.make(
    "list",
    { vectors, ...selection, json: Flag.Boolean("json").pipe(Flag.withDescription("Print a JSON array"), Flag.withDefault(false)) },
    ({ vectors: directory, json, ...terms }) =>
      exit(async () => {
        const cases = selectCases(loadVectors(directory).cases, terms)
        const lines = cases.map(({ id, layer, level, title }) => `${id}\t${layer}\t${level}\t${title}\n`)
        print(json ? `${JSON.stringify(cases.map(listed), null, 2)}\n` : lines.join(""))
        return exitCode.passed
      }),
  ).pipe(Command.withDescription("List the cases: id, layer, level, title"))

const reproCommand = (argv: ReadonlyArray<string>, exit: Exit) =>
  Command.make(
    "repro",
    {
      vectors,
      timeout: timeoutFrom(0, `How long to wait for each reply (default ${DEFAULT_TIMEOUT}); 0 waits for ever`),
      id: Argument.String("id").pipe(Argument.withDescription("The id of a case")),
      command,
    },
    ({ command: operands, ...options }) => exit(() => repro({ ...options, command: peerCommand(argv, operands), print, printError })),
  ).pipe(
    Command.withDescription("Run one case and print each request, reply and wanted verdict"),
    Command.withExamples([{ command: "conclave conformance repro encoding/empty -- ./my-port", description: "Look at one case" }]),
  )

/** Runs a command's work and keeps its exit code. */
type Exit = (work: () => Promise<number>) => Effect.Effect<void, unknown>

const codeOf = (error: unknown): number => {
  if (CliError.isCliError(error) || error instanceof UsageError) return exitCode.usage
  if (error instanceof NothingSelected) return exitCode.nothingSelected
  if (error instanceof VectorsCorrupt) return exitCode.vectorsCorrupt
  return exitCode.internal
}

const describe = (error: unknown): string => {
  if (error instanceof VectorsCorrupt) return `vectors corrupt: ${error.message}`
  if (codeOf(error) !== exitCode.internal) return messageOf(error)
  return `internal error, a bug of the runner: ${error instanceof Error ? error.stack : String(error)}`
}

/**
 * Runs a command line and says how to exit.
 *
 * @param argv the arguments after the program's name
 * @returns the exit code; see `errors.ts` and the table in `conformance/README.md`
 */
export const conclave = async (argv: ReadonlyArray<string>): Promise<number> => {
  let code: number = exitCode.passed
  const exit: Exit = (work) =>
    Effect.tryPromise({
      try: async () => {
        code = await work()
      },
      catch: (error) => error,
    })
  const conformance = Command.make("conformance").pipe(
    Command.withDescription("Check an implementation over standard input and output"),
    Command.withSubcommands([runCommand(argv, exit), listCommand(exit), reproCommand(argv, exit)]),
  )
  const program = Command.make("conclave").pipe(Command.withSubcommands([conformance]))
  const failed = (error: unknown) =>
    Effect.sync(() => {
      code = codeOf(error)
      // The parser has told its own errors already.
      if (!CliError.isCliError(error)) printError(`${describe(error)}\n`)
    })
  await Effect.runPromise(
    Command.runWith(program, { version: runner.version })(argv).pipe(Effect.catch(failed), Effect.provide(NodeServices.layer)),
  )
  return code
}
