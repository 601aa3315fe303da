/**
 * Commits and sets of commits: their refs, and whether they are in order.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import {
  authorInput,
  type CommitValue,
  choice,
  clauses,
  commitInput,
  type Decide,
  type SetValue,
  setInput,
} from "../../../spec/delivery-service/cascade.ts"
import type { Electorate } from "../../../spec/delivery-service/cooperation.ts"
import { bytesOf } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { verify, verifyUnique } from "../cooperation.ts"
import { verifyDecision } from "../global-consensus.ts"

/** A commit value with its ref. */
export interface NamedCommit {
  readonly ref: string
  readonly value: CommitValue
}

/** The ref of a commit value. */
export const commitRef = Effect.fnUntraced(function* ({ group, epoch }: Electorate, value: Omit<CommitValue, "signature">) {
  const input = commitInput(bytesOf(group), epoch, { ...value, proposals: value.proposals.map(bytesOf) })
  return Hex.encode((yield* Crypto).sha256(encodeCbor(input)))
})

/** The ref of a set of commits. */
export const setRef = Effect.fnUntraced(function* ({ group, epoch }: Electorate, refs: ReadonlyArray<string>) {
  return Hex.encode((yield* Crypto).sha256(encodeCbor(setInput(bytesOf(group), epoch, refs.map(bytesOf)))))
})

/** A commit value signed by its author. */
export const signCommit = Effect.fnUntraced(function* (
  electorate: Electorate,
  secretKey: Uint8Array,
  value: Omit<CommitValue, "signature">,
) {
  const ref = yield* commitRef(electorate, value)
  const signature = (yield* Crypto).ed25519Sign(secretKey, encodeCbor(authorInput(bytesOf(ref))))
  const named: NamedCommit = { ref, value: { ...value, signature } }
  return named
})

const ascend = (refs: ReadonlyArray<string>): boolean => refs.every((ref, index) => index === 0 || refs[index - 1]! < ref)

/** Checks a commit value; gives its ref. Verdicts: those of the steps cascade.check-commit. */
export const checkCommit = Effect.fnUntraced(function* (electorate: Electorate, value: CommitValue) {
  const ref = yield* commitRef(electorate, value)
  const voter = electorate.voters.find(({ leaf }) => leaf === value.author)
  const covered = encodeCbor(authorInput(bytesOf(ref)))
  // cascade.check-commit.1
  if (!ascend(value.proposals)) return yield* refuse(clauses["proposals-order"], ref)
  const isSigned = voter !== undefined && (yield* Crypto).ed25519Verify(voter.key, covered, value.signature)
  if (!isSigned) return yield* refuse(clauses["author-signature"], `voter ${value.author}`)
  return ref
})

/** The refs in a set. */
export const refsOf = ({ commits }: SetValue): ReadonlyArray<string> => commits.map(({ ref }) => ref)

/** Checks a set; gives its ref. Verdicts: those of the steps cascade.check-set. */
export const checkSet = Effect.fnUntraced(function* (electorate: Electorate, set: SetValue) {
  // cascade.check-set.1
  if (!ascend(refsOf(set))) return yield* refuse(clauses["set-order"], `${set.commits.length} refs`)
  for (const { ref, certificate } of set.commits) {
    const verified = yield* Effect.result(verify(electorate, 1, certificate, ref))
    // cascade.check-set.2
    if (Result.isFailure(verified)) return yield* refuse(clauses["set-certified"], ref)
  }
  return yield* setRef(electorate, refsOf(set))
})

const evidenceHolds = Effect.fnUntraced(function* (electorate: Electorate, { refs, evidence }: Decide) {
  if (evidence.type === "unique-commit") return yield* verifyUnique(electorate, 1, evidence.certificate, refs[0]!)
  const ref = yield* setRef(electorate, refs)
  if (evidence.type === "unique-set") return yield* verifyUnique(electorate, 2, evidence.certificate, ref)
  return yield* verifyDecision(electorate, { ref, round: evidence.round, votes: evidence.votes })
})

/** Verifies a DECIDE, for whoever knows the voters of its epoch. Verdicts: those of the steps cascade.verify-decide. */
export const verifyDecide = Effect.fnUntraced(function* (electorate: Electorate, decide: Decide) {
  const refs: Array<string> = []
  for (const value of decide.commits) refs.push(yield* checkCommit(electorate, value))
  // cascade.verify-decide.1
  if (refs.join() !== decide.refs.join() || !ascend(refs)) return yield* refuse(clauses["decide-values"], `${refs.length} commits`)
  // cascade.verify-decide.2
  if (decide.evidence.type === "unique-commit" && refs.length !== 1) return yield* refuse(clauses["decide-values"], "more than one")
  const held = yield* Effect.result(evidenceHolds(electorate, decide))
  // cascade.verify-decide.3
  if (Result.isFailure(held)) return yield* refuse(clauses["decide-evidence"], decide.evidence.type)
})

/** The commit of a decided set that takes effect. */
export const chosenOf = ({ refs, commits }: Pick<Decide, "refs" | "commits">): NamedCommit => {
  const named = commits.map((value, index) => ({ ref: refs[index]!, value }))
  const { ref } = choice(named.map(({ ref, value }) => ({ ref, author: value.author, proposals: value.proposals.length })))
  return named.find((one) => one.ref === ref)!
}
