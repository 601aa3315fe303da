/**
 * What the commands share: their peer, their flags, and how they say what to exit with.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander"
import { UsageError } from "../errors.ts"
import { ownVectors, toyVectors } from "../places.ts"
import { everything, type Selection } from "../select.ts"

/** See the module's comment. */
export interface Work {
  /** Everything after the first `--`. Without the separator, flags of the peer would be taken for ours. */
  readonly peer: ReadonlyArray<string> | undefined
  /** Makes an action of something that gives an exit code. */
  readonly does: (action: () => Promise<number>) => () => Promise<void>
}

/** Prints on standard output. */
export const print = (text: string): void => void process.stdout.write(text)

/** Prints on standard error. */
export const printError = (text: string): void => void process.stderr.write(text)

/** A whole number of at least `minimum`, out of the text of a flag. */
export const wholeNumber =
  (minimum: number) =>
  (text: string): number => {
    const number = Number(text)
    if (!/^[0-9]+$/u.test(text) || !Number.isSafeInteger(number) || number < minimum) {
      throw new InvalidArgumentError(`expected a whole number of at least ${minimum}.`)
    }
    return number
  }

/** A number above 0, out of the text of a flag. */
export const positiveNumber = (text: string): number => {
  const number = Number(text)
  if (!(number > 0 && number < Number.POSITIVE_INFINITY)) throw new InvalidArgumentError("expected a number above 0.")
  return number
}

/** A flag that may be given several times. */
export const repeated = (flags: string, description: string): Option =>
  new Option(flags, `${description}; may be repeated`)
    .default([], "")
    .argParser((value: string, sofar: ReadonlyArray<string>) => [...sofar, value])

/** The flags that say which vectors. */
export interface VectorFlags {
  readonly vectors?: string
  readonly toy?: boolean
  readonly extra?: string
}

/** Adds the flags that say which vectors. */
export const withVectors = (command: Command): Command =>
  command
    .option("--vectors <dir>", "another set of vectors than the one that comes with the runner")
    .option("--toy", "the few cases of the made-up layer toy, for trying out a peer")
    .option("--extra <dir>", "cases of your own beside them, with ids that begin with own/; see the command manifest")

/** The folder of the vectors that the flags ask for. */
export const vectorsOf = ({ vectors, toy }: VectorFlags): string => {
  if (vectors !== undefined && toy) throw new UsageError("--toy and --vectors exclude each other")
  return vectors ?? (toy ? toyVectors() : ownVectors())
}

/** The flags that select cases. */
export interface SelectionFlags {
  readonly select: ReadonlyArray<string>
  readonly exclude: ReadonlyArray<string>
  readonly layer: ReadonlyArray<string>
  readonly clause: ReadonlyArray<string>
  readonly flag: ReadonlyArray<string>
  readonly level: ReadonlyArray<string>
  readonly part: ReadonlyArray<string>
  readonly shard?: string
}

/** Adds the flags that select cases. */
export const withSelection = (command: Command): Command =>
  command
    .addOption(repeated("--select <glob>", "only cases whose id matches, such as 'channel/**'; @file for globs in a file, one a line"))
    .addOption(repeated("--exclude <glob>", "no cases whose id matches"))
    .addOption(repeated("--layer <name>", "only cases of this layer"))
    .addOption(repeated("--clause <id>", "only cases that show this clause"))
    .addOption(repeated("--flag <name>", "only cases with this flag"))
    .addOption(repeated("--level <level>", "only cases of this level: MUST, SHOULD or MAY"))
    .addOption(repeated("--part <name>", "only cases of this part"))
    .option("--shard <i/n>", "only the i-th of n equal shares, for n machines")

/** The selection that the flags ask for. */
export const selectionOf = (flags: SelectionFlags): Selection => ({
  ...everything,
  select: flags.select,
  exclude: flags.exclude,
  layers: flags.layer,
  clauses: flags.clause,
  flags: flags.flag,
  levels: flags.level,
  parts: flags.part,
  shard: flags.shard,
})

/** The flags that say what of the environment a peer gets, and where it waits. */
export interface PeerFlags {
  readonly env: ReadonlyArray<string>
  readonly inheritEnv?: boolean
  readonly attach?: string
  readonly timeout: number
}

/** Adds the flags of a peer. */
export const withPeer = (command: Command, leastTimeout: number, timeout: number): Command =>
  command
    .argument("[stray...]", "after --: the program of the peer and its arguments, started without a shell")
    .addOption(repeated("--env <name>", "hand this variable on to the peer, or set it (NAME=value)"))
    .option("--inherit-env", "hand the whole environment on to the peer")
    .option("--attach <address>", "talk to a process that was started already, on host:port or a local socket")
    .option(
      "--timeout <ms>",
      "how long to wait for a reply; three times as long for hello and for long requests",
      wholeNumber(leastTimeout),
      timeout,
    )

/** The command of the peer. Throws UsageError when there is none and none is needed. */
export const peerCommand = ({ peer }: Work, stray: ReadonlyArray<string>, { attach }: Pick<PeerFlags, "attach">): ReadonlyArray<string> => {
  const [first] = stray
  if (first !== undefined) {
    throw new UsageError(peer === undefined ? "put -- before the peer's command" : `unexpected argument before --: ${first}`)
  }
  if (attach !== undefined) {
    if (peer !== undefined) throw new UsageError("--attach and a command exclude each other")
    return []
  }
  if (peer === undefined) throw new UsageError("put -- before the peer's command")
  if (peer.length === 0) throw new UsageError("the peer's command is missing after --")
  return peer
}
