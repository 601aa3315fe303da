/**
 * What a peer inherits: what it needs to run, and what was asked for. Tokens and keys of whoever runs the tests are none of its business.
 *
 * @module
 */
import { UsageError } from "./errors.ts"

/** What programs need in order to start at all; names are compared without regard to case, as Windows does. */
const INHERITED: ReadonlySet<string> = new Set([
  ..."PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TERM TMPDIR TEMP TMP".split(" "),
  // Of toolchains that find themselves, and what they have compiled, by a variable.
  ..."JAVA_HOME GOROOT GOPATH GOCACHE GOMODCACHE NODE_COMPILE_CACHE CARGO_HOME RUSTUP_HOME DOTNET_ROOT VIRTUAL_ENV PYTHONPATH PYENV_ROOT".split(
    " ",
  ),
  ..."LD_LIBRARY_PATH DYLD_LIBRARY_PATH XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR".split(" "),
  // Windows.
  ..."SYSTEMROOT SYSTEMDRIVE COMSPEC PATHEXT WINDIR APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES USERPROFILE USERNAME".split(" "),
])

/** The variable by which everything that a peer has started is found, wherever it went. */
export const MARK = "CONCLAVE_PEER"

/** What of the environment a peer gets. */
export interface EnvironmentOptions {
  /** `NAME` hands a variable on, `NAME=value` sets one. */
  readonly env?: ReadonlyArray<string>
  /** Hand everything on. Default false. */
  readonly inheritEnv?: boolean
}

const setting = (asked: string, from: NodeJS.ProcessEnv): ReadonlyArray<readonly [string, string]> => {
  const equals = asked.indexOf("=")
  if (equals === 0 || asked === "") throw new UsageError(`--env ${asked}: expected NAME or NAME=value`)
  if (equals > 0) return [[asked.slice(0, equals), asked.slice(equals + 1)]]
  const value = from[asked]
  return value === undefined ? [] : [[asked, value]]
}

/** The environment of a peer. */
export const environmentOf = (
  { env = [], inheritEnv = false }: EnvironmentOptions,
  from: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv => {
  const inherits = (name: string) => inheritEnv || INHERITED.has(name.toUpperCase()) || /^LC_/u.test(name)
  return Object.fromEntries([...Object.entries(from).filter(([name]) => inherits(name)), ...env.flatMap((asked) => setting(asked, from))])
}
