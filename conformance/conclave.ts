#!/usr/bin/env node
/**
 * The program `conclave`.
 *
 * @module
 */
import { conclave } from "./runner/cli.ts"
import { exitCode } from "./runner/errors.ts"

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(exitCode.interrupted))

// The reader of our output may leave early, as `head` does.
process.stdout.on("error", () => {})

process.exitCode = await conclave(process.argv.slice(2))
