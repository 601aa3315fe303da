/**
 * Comparing notes.
 *
 * @module
 */
import type { Notes } from "../../../spec/dcgka/causal-broadcast.ts"
import { sameBytes } from "../../conventions.ts"
import type { BroadcastState } from "./state.ts"

/** The digests of what is withheld of a member, each with its number. */
const withheldOf = ({ held }: BroadcastState, member: string) =>
  held
    .filter(({ sender }) => sender === member)
    .flatMap(({ seq, withheld }) => (withheld?.digests ?? []).map((digest, index) => ({ seq: seq + index, digest })))

/** Our notes: of each member the number and the digest of its last message, and of the last that is withheld. */
export const notes = (state: BroadcastState): Notes => {
  // causal-broadcast.compare-notes.1
  const noteOf = (member: string, digest: Uint8Array) => ({
    seq: state.agreement.seen[member]!,
    digest,
    withheld: withheldOf(state, member).at(-1) ?? null,
  })
  return Object.fromEntries(Object.entries(state.signers).map(([member, { digest }]) => [member, noteOf(member, digest)]))
}

/** Compares our notes with those of another member: whose messages `differ`, and in whose we are `behind`. Both in ascending order. */
export const compareNotes = (
  state: BroadcastState,
  others: Notes,
): { readonly differ: ReadonlyArray<string>; readonly behind: ReadonlyArray<string> } => {
  // causal-broadcast.compare-notes.2
  const own = notes(state)
  const shared = Object.keys(others)
    .filter((member) => Object.hasOwn(own, member))
    .sort()
  // causal-broadcast.compare-notes.3
  const digestAt = (member: string, seq: number) =>
    own[member]!.seq === seq
      ? own[member]!.digest
      : (
          state.signers[member]!.recent.find(({ last }) => last === seq) ??
          state.open.find((open) => open.sender === member && open.seq === seq) ??
          withheldOf(state, member).find((withheld) => withheld.seq === seq)
        )?.digest
  const differs = (member: string, { seq, digest }: Pick<Notes[string], "seq" | "digest">) => {
    // Nobody can have more of ours than we have sent.
    if (member === state.agreement.me && seq > own[member]!.seq) return true
    const kept = digestAt(member, seq)
    return kept !== undefined && !sameBytes(kept, digest)
  }
  const differ = shared.filter((member) => {
    const { withheld, ...last } = others[member]!
    return differs(member, last) || (withheld !== null && differs(member, withheld))
  })
  // causal-broadcast.compare-notes.4
  return { differ, behind: shared.filter((member) => member !== state.agreement.me && others[member]!.seq > own[member]!.seq) }
}
