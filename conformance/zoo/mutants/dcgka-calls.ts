/**
 * Mutants of how a peer is called, and of what is counted and ordered in the chapters below key agreement.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const calls: ReadonlyArray<Mutant> = [
  {
    name: "takes-unknown-keys",
    does: "lets pass what it does not know of the parameters",
    breaks: "verdicts.no-call",
    caughtBy: "no-calls/encoding",
    file: "methods.ts",
    replace: 'params, { onExcessProperty: "error" })(input)',
    by: 'params, { onExcessProperty: "ignore" })(input)',
  },
  {
    name: "crashes-without-handle",
    does: "takes a handle that does not exist for a fault of its own",
    breaks: "verdicts.no-call",
    caughtBy: "no-calls/messaging",
    file: "methods/call.ts",
    replace: "if (handle === undefined) throw new BrokenCall(",
    by: "if (handle === undefined) throw new Error(",
  },
  {
    name: "member-id-of-user",
    does: "makes a member's identifier of group and user only",
    breaks: "identifiers.member-id",
    caughtBy: "encoding/member-id",
    file: "conventions.ts",
    replace: "adder === null ? null : bytesOf(adder), seq)",
    by: "null, 0)",
  },
]
