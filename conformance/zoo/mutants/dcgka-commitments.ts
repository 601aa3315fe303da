/**
 * Mutants of what the chapter "key-agreement" says of commitments.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapter. */
export const commitments: ReadonlyArray<Mutant> = [
  {
    name: "takes-any-seed",
    does: "takes a seed that its message does not commit to",
    breaks: "key-agreement.commitment",
    caughtBy: "key-agreement/commitment~refused",
    file: "dcgka/key-agreement/commitment.ts",
    replace: "if (!isCommitted) return",
    by: "if (!isCommitted && secret.length !== 32) return",
  },
  {
    name: "hands-over-unseen",
    does: "does not compare the commitment of an add-ack with the ratchet",
    breaks: "key-agreement.commitment",
    caughtBy: "key-agreement/ratchet-another-committed~refused",
    file: "dcgka/key-agreement/addition.ts",
    replace: "if (commitment !== null) yield*",
    by: "if (commitment !== null && commitment.length !== 32) yield*",
  },
  {
    name: "forwards-unseen",
    does: "does not compare the commitment of a forward with the member secret",
    breaks: "key-agreement.commitment",
    caughtBy: "key-agreement/forward-another-committed~refused",
    file: "dcgka/key-agreement/acknowledgement.ts",
    replace: 'if (message.type === "forward") yield*',
    by: 'if (message.type === "forward" && direct !== null) yield*',
  },
  {
    name: "hands-over-uncommitted",
    does: "takes an acknowledgement that hands something over and does not commit to it",
    breaks: "key-agreement.commitment",
    caughtBy: "key-agreement/forward-uncommitted~refused",
    file: "dcgka/key-agreement/process.ts",
    replace: "commits(message) === recipients.length > 0",
    by: "!commits(message) || recipients.length > 0",
  },
]
