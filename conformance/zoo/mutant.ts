/**
 * A mutant as a peer: `node conformance/zoo/mutant.ts <name>`.
 *
 * @module
 */
import { serve } from "../protocol/serve.ts"
import { applyMutant } from "./mutate.ts"

applyMutant(process.argv[2] ?? "")

// Loaded only now, so that the change is in place.
const { referenceMethods } = await import("../peers/reference.ts")
await serve(referenceMethods)
