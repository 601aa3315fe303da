/**
 * Comparing notes.
 *
 * @module
 */
import type { Notes } from "../../../spec/dcgka/causal-broadcast.ts"
import { sameBytes } from "../../conventions.ts"
import type { BroadcastState } from "./state.ts"

/** Our notes: of each member the number and the digest of its last message. */
export const notes = ({ signers, agreement }: BroadcastState): Notes =>
  Object.fromEntries(Object.entries(signers).map(([member, { digest }]) => [member, { seq: agreement.seen[member]!, digest }]))

/** Compares our notes with those of another member: whose messages `differ`, and in whose we are `behind`. Both in ascending order. */
export const compareNotes = (
  state: BroadcastState,
  others: Notes,
): { readonly differ: ReadonlyArray<string>; readonly behind: ReadonlyArray<string> } => {
  // causal-broadcast.compare-notes.1
  const own = notes(state)
  const shared = Object.keys(others)
    .filter((member) => Object.hasOwn(own, member))
    .sort()
  const digestAt = (member: string, seq: number) =>
    own[member]!.seq === seq
      ? own[member]!.digest
      : (
          state.signers[member]!.recent.find(({ last }) => last === seq) ??
          state.open.find((open) => open.sender === member && open.seq === seq)
        )?.digest
  const differ = shared.filter((member) => {
    // Nobody can have more of ours than we have sent.
    if (member === state.agreement.me && others[member]!.seq > own[member]!.seq) return true
    const digest = digestAt(member, others[member]!.seq)
    return digest !== undefined && !sameBytes(digest, others[member]!.digest)
  })
  // causal-broadcast.compare-notes.2
  return { differ, behind: shared.filter((member) => member !== state.agreement.me && others[member]!.seq > own[member]!.seq) }
}
