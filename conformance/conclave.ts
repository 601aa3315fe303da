#!/usr/bin/env node
/**
 * The program `conclave`.
 *
 * @module
 */
import { conclave } from "./runner/cli.ts"
import { exitCode } from "./runner/errors.ts"

// Not at once: the progress bar puts the terminal back in order on the same signal.
const interrupt = () => setImmediate(() => process.exit(exitCode.interrupted))
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, interrupt)

// The reader of our output may leave early, as `head` does.
process.stdout.on("error", () => {})

process.exitCode = await conclave(process.argv.slice(2))
