/**
 * The reference with one of the faults of exploration or of application messages put in, as a peer and as an adapter for plays: `node tools/faulty-adapter.ts <name>`.
 *
 * @module
 */
import { serve } from "../conformance/protocol/serve.ts"
import { faults } from "./explore/faults.ts"
import { putIn } from "./faults.ts"
import { messageFaults } from "./plays/faults.ts"

putIn([...faults, ...messageFaults], process.argv[2] ?? "")

// Loaded only now, so that the fault is in place.
const { referenceMethods } = await import("../conformance/peers/reference.ts")
await serve(referenceMethods)
