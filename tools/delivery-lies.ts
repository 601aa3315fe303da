/**
 * `node tools/delivery-lies.ts [runs] [mutant]`: runs of the delivery service in which one of four members sends any well-formed bytes, or two start again from old states; with one of the zoo's faults put into the reference, or with
 * none. Prints the first thing that is found.
 *
 * @module
 */
import { applyMutant } from "../conformance/zoo/mutate.ts"

const [runs = "100", name] = process.argv.slice(2)
if (name !== undefined) applyMutant(name)

// Loaded only now, so that the mutant is in place.
const { findLie } = await import("../reference/delivery-service/simulation/lies.ts")
process.stdout.write(`${findLie(Number(runs)) ?? "nothing"}\n`)
