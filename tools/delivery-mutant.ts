/**
 * `node tools/delivery-mutant.ts [name]`: looks for violations of the properties of the delivery service, with one of the zoo's faults put into the reference, or with none. Prints the first that is found.
 *
 * @module
 */
import { applyMutant } from "../conformance/zoo/mutate.ts"

const [name] = process.argv.slice(2)
if (name !== undefined) applyMutant(name)

// Loaded only now, so that the mutant is in place.
const { findViolation } = await import("./explore/delivery-service/runs.ts")
process.stdout.write(`${findViolation(name === undefined ? 300 : 1500) ?? "no violation"}\n`)
