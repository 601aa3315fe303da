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
  type CommitHead,
  type CommitValue,
  choice,
  clauses,
  commitInput,
  type Decide,
  type SetValue,
  setInput,
} from "../../../spec/delivery-service/cascade.ts"
import type { Electorate } from "../../../spec/delivery-service/cooperation.ts"
import { bytesOf, equalBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { trace } from "../../crypto/trace.ts"
import { verify, verifyUnique } from "../cooperation.ts"
import { verifyDecision } from "../global-consensus.ts"
import { isSignedBy } from "../signatures.ts"

/** A commit value with its ref. */
export interface NamedCommit {
  readonly ref: string
  readonly value: CommitValue
}

/** The head of a commit value. */
export const headOf = Effect.fnUntraced(function* ({ author, proposals, commit, welcome, signature }: CommitValue) {
  const { sha256 } = yield* Crypto
  const digest = (content: Uint8Array) => Hex.encode(sha256(content))
  const head: CommitHead = { author, proposals, commit: digest(commit), welcome: welcome === null ? null : digest(welcome), signature }
  return head
})

const headRef = Effect.fnUntraced(function* ({ group, epoch }: Electorate, { author, proposals, commit, welcome }: CommitHead) {
  const digests = { commit: bytesOf(commit), welcome: welcome === null ? null : bytesOf(welcome) }
  const input = encodeCbor(commitInput(bytesOf(group), epoch, { author, proposals: proposals.map(bytesOf), ...digests }))
  yield* trace("cascade.commit-input", input)
  return Hex.encode((yield* Crypto).sha256(input))
})

const noSignature = new Uint8Array(64)

/** Whether two commit values have one ref. */
export const isSameCommit = (a: CommitValue, b: CommitValue): boolean =>
  a.author === b.author &&
  a.proposals.join() === b.proposals.join() &&
  equalBytes(a.commit, b.commit) &&
  (a.welcome === null || b.welcome === null ? a.welcome === b.welcome : equalBytes(a.welcome, b.welcome))

/** The ref of a commit value. */
export const commitRef = Effect.fnUntraced(function* (electorate: Electorate, value: Omit<CommitValue, "signature">) {
  return yield* headRef(electorate, yield* headOf({ ...value, signature: noSignature }))
})

/** Whether two sets have one ref. */
export const isSameSet = (a: SetValue, b: SetValue): boolean => refsOf(a).join() === refsOf(b).join()

/** The ref of a set of commits. */
export const setRef = Effect.fnUntraced(function* ({ group, epoch }: Electorate, refs: ReadonlyArray<string>) {
  const input = encodeCbor(setInput(bytesOf(group), epoch, refs.map(bytesOf)))
  yield* trace("cascade.set-input", input)
  return Hex.encode((yield* Crypto).sha256(input))
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

const checkHead = Effect.fnUntraced(function* (electorate: Electorate, head: CommitHead) {
  const ref = yield* headRef(electorate, head)
  const covered = encodeCbor(authorInput(bytesOf(ref)))
  // cascade.check-commit.1
  if (!ascend(head.proposals)) return yield* refuse(clauses["proposals-order"], ref)
  // cascade.check-commit.2
  if (!isSignedBy(yield* Crypto, electorate, head.author, covered, head.signature))
    return yield* refuse(clauses["author-signature"], `voter ${head.author}`)
  return ref
})

/** Checks a commit value; gives its ref. Verdicts: those of the steps cascade.check-commit. */
export const checkCommit = Effect.fnUntraced(function* (electorate: Electorate, value: CommitValue) {
  return yield* checkHead(electorate, yield* headOf(value))
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
  // cascade.verify-decide.4
  if (evidence.type === "unique-commit") return yield* verifyUnique(electorate, 1, evidence.certificate, refs[0]!)
  const ref = yield* setRef(electorate, refs)
  if (evidence.type === "unique-set") return yield* verifyUnique(electorate, 2, evidence.certificate, ref)
  return yield* verifyDecision(electorate, { ref, round: evidence.round, votes: evidence.votes })
})

/** Verifies a DECIDE, for whoever knows the voters of its epoch. Verdicts: those of the steps cascade.verify-decide. */
export const verifyDecide = Effect.fnUntraced(function* (electorate: Electorate, decide: Decide) {
  const refs: Array<string> = []
  for (const head of decide.heads) refs.push(yield* checkHead(electorate, head))
  // cascade.verify-decide.1
  if (refs.join() !== decide.refs.join() || !ascend(refs)) return yield* refuse(clauses["decide-values"], `${refs.length} commits`)
  const chosen = chosenOf(decide)
  // cascade.verify-decide.2
  if ((yield* commitRef(electorate, chosen.value)) !== chosen.ref) return yield* refuse(clauses["decide-values"], chosen.ref)
  // cascade.verify-decide.3
  if (decide.evidence.type === "unique-commit" && refs.length !== 1) return yield* refuse(clauses["decide-values"], "more than one")
  const held = yield* Effect.result(evidenceHolds(electorate, decide))
  // cascade.verify-decide.5
  if (Result.isFailure(held)) return yield* refuse(clauses["decide-evidence"], decide.evidence.type)
})

/** The commit of a decided set that takes effect. */
export const chosenOf = ({ refs, heads, commit, welcome }: Pick<Decide, "refs" | "heads" | "commit" | "welcome">): NamedCommit => {
  const set = heads.map(({ author, proposals }, index) => ({ ref: refs[index]!, author, proposals: proposals.length }))
  const { ref } = choice(set)
  const { author, proposals, signature } = heads[refs.indexOf(ref)]!
  return { ref, value: { author, proposals, commit, welcome, signature } }
}
