#!/usr/bin/env node
/**
 * The program `conclave`.
 *
 * @module
 */
import { conclave } from "./runner/cli/cli.ts"
import { exitCode } from "./runner/errors.ts"

// What a run is interrupted by, it hears first, and ends by itself; all other commands end here.
const interrupt = (signal: NodeJS.Signals) => {
  if (process.listenerCount(signal) === 1) process.exit(exitCode.interrupted)
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK"] as const) process.on(signal, interrupt)

// The reader of our output may leave early, as `head` does, and a terminal may be closed.
process.stdout.on("error", () => {})
process.stderr.on("error", () => {})

// `npm run conclave` changes to the project; what its arguments name lies where it was called.
const { npm_lifecycle_event: script, INIT_CWD: called } = process.env
if (script === "conclave" && called !== undefined) process.chdir(called)

process.exitCode = await conclave(process.argv.slice(2))
