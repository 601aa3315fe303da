/**
 * Faults of the reference in application messages, each of which a play must find. Those of the zoo that a play can show are used too.
 *
 * @module
 */
import type { Fault } from "../faults.ts"

const file = "dcgka/application-messages.ts"

/** Those that the zoo does not have. */
export const messageFaults: ReadonlyArray<Fault> = [
  {
    name: "opens-again",
    does: "keeps the keys of messages that came late, and does not know what it has opened",
    edits: [
      { file, replace: "skipped: chain.skipped.filter((one) => one !== kept)", by: "skipped: chain.skipped" },
      {
        file,
        replace: "if (before !== undefined && sameBytes(before.digest, digest)) return",
        by: "if (before === chain.recent[-1] && index < 0) return",
      },
    ],
  },
  {
    name: "wrong-generation",
    does: "seals each message under a new key, and gives all the same index",
    edits: [{ file, replace: "own: { seq, index: index + 1, state: next,", by: "own: { seq, index, state: next," }],
  },
  {
    name: "last-chain-only",
    does: "forgets the chain of a member when the next one begins",
    edits: [{ file, replace: "[...(state.chains[sender] ?? []), chain])", by: "[chain])" }],
  },
]
