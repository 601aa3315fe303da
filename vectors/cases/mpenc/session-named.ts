/** The layer "session": in which order those are taken who are named at once. */
import { clauses } from "../../../spec/mpenc/session.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { begun } from "./session-channel.ts"

const named: ReadonlyArray<Case> = [
  aCase(
    "session/excluded-in-the-order-named",
    {
      title: "Dave and Bob leave at once, Dave being named first: Alice proposes to exclude Dave and Bob, in this order",
      clauses: [clauses.absent],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol", "dave"])
      channel.show("alice", { type: "leave", members: ["dave", "bob"] })
      const proposed = channel.told("alice", "operation").at(-1)
      author.claim(
        proposed?.type === "operation" && proposed.stage === "proposed" && proposed.exclude.join() === "dave,bob",
        "as they were named",
      )
    },
  ),
]

/** The layer "session". */
export default caseFile({ part: "mpenc", chapter: "session-named", layer: "session", flags: {} }, () => named)
