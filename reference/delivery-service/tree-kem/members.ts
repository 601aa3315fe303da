/**
 * Who is a member after a commit: what everybody can see of it.
 *
 * @module
 */
import type { Admitted, Member } from "../../../spec/delivery-service/tree-kem.ts"

const lowestFree = (members: ReadonlyArray<Member>): number => {
  const taken = new Set(members.map(({ leaf }) => leaf))
  let leaf = 0
  while (taken.has(leaf)) leaf++
  return leaf
}

/** The members after the proposals: updates, then removals, then additions; `key` is the committer's new one. */
export const membersAfter = (
  before: ReadonlyArray<Member>,
  proposals: ReadonlyArray<Admitted>,
  committer: number,
  key: Uint8Array | null,
): ReadonlyArray<Member> => {
  const newKeys = new Map(key === null ? [] : [[committer, key]])
  for (const proposal of proposals) if (proposal.type === "admitted-update") newKeys.set(proposal.author, proposal.key)
  const removed = proposals.flatMap((proposal) => (proposal.type === "admitted-remove" ? [proposal.leaf] : []))
  let members = before
    .map((member) => ({ ...member, key: newKeys.get(member.leaf) ?? member.key }))
    .filter(({ leaf }) => !removed.includes(leaf))
  for (const proposal of proposals) {
    if (proposal.type !== "admitted-add") continue
    const { user, signingKey, key: added } = proposal
    members = [...members, { leaf: lowestFree(members), user, signingKey, key: added }].sort((a, b) => a.leaf - b.leaf)
  }
  return members
}
