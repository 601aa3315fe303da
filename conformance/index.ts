/**
 * The runner as a library: `run` checks a peer and gives the report as a value; the forms of reports are made from it.
 *
 * @module
 */
export { formats } from "./reports/write.ts"
export { conclave } from "./runner/cli/cli.ts"
export { NothingSelected, UsageError, VectorsCorrupt } from "./runner/errors.ts"
export { run } from "./runner/run.ts"
