/**
 * What follows from what has arrived: decisions, and the way from one stage to the next.
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire, type Wire } from "../../../spec/conventions/encoding.ts"
import {
  type Bundle,
  type Cascade,
  type CascadeMessage,
  type CommitHead,
  CommitValue,
  choice,
  choiceOrder,
  type Decide,
  type Evidence,
  lasts,
  maximumPart,
  maximumSet,
  SetValue,
} from "../../../spec/delivery-service/cascade.ts"
import { type Certificate, type Cooperation, Statement } from "../../../spec/delivery-service/cooperation.ts"
import { type Certified, phases } from "../../../spec/delivery-service/restrained-consensus.ts"
import { certify, hasWitnessQuorum, isUnique, mayUnlock, propose } from "../cooperation.ts"
import { admit } from "../global-consensus.ts"
import { begin } from "../restrained-consensus.ts"
import { beginTimer, consented, cooperated, type Draft, restrained, takeDecision } from "./draft.ts"
import { headOf, refsOf, setRef } from "./values.ts"

const commitsOf = ({ commits }: Cascade, refs: ReadonlyArray<string>): ReadonlyArray<CommitValue> | undefined => {
  const values = refs.map((ref) => commits.find((known) => known.ref === ref)?.value)
  return values.every((value) => value !== undefined) ? (values as ReadonlyArray<CommitValue>) : undefined
}

const decided = Effect.fnUntraced(function* (draft: Draft, refs: ReadonlyArray<string>, evidence: Evidence) {
  const { electorate, decision } = draft.state
  const commits = commitsOf(draft.state, refs)
  if (commits === undefined || decision !== null) return draft
  const { group, epoch } = electorate
  const heads: Array<CommitHead> = []
  for (const value of commits) heads.push(yield* headOf(value))
  const set = commits.map(({ author, proposals }, index) => ({ ref: refs[index]!, author, proposals: proposals.length }))
  const { commit, welcome } = commits[refs.indexOf(choice(set).ref)]!
  const decide: Decide = { type: "decide", group, epoch, refs, heads, commit, welcome, evidence }
  return takeDecision(draft, decide)
})

const uniqueIn = (cooperation: Cooperation): ReadonlyArray<{ readonly ref: string; readonly certificate: Certificate }> => {
  const refs = new Set(cooperation.statements.filter(({ type }) => type === "ready").map(({ ref }) => ref))
  return [...refs].sort().flatMap((ref) => {
    const certificate = certify(cooperation, ref)
    return certificate !== undefined && isUnique(cooperation.electorate, certificate, ref) ? [{ ref, certificate }] : []
  })
}

const setOf = ({ sets }: Cascade, ref: string) => sets.find((known) => known.ref === ref)?.value

const decideEarly = Effect.fnUntraced(function* (before: Draft) {
  let draft = before
  // cascade.advance.2
  for (const { ref, certificate } of uniqueIn(draft.state.first))
    draft = yield* decided(draft, [ref], { type: "unique-commit", certificate })
  // cascade.advance.3
  for (const { ref, certificate } of uniqueIn(draft.state.second)) {
    const set = setOf(draft.state, ref)
    if (set !== undefined) draft = yield* decided(draft, refsOf(set), { type: "unique-set", certificate })
  }
  const { decision } = draft.state.consensus
  const set = decision === null ? undefined : setOf(draft.state, decision.ref)
  if (decision === null || set === undefined) return draft
  // cascade.advance.4
  return yield* decided(draft, refsOf(set), { type: "precommitted", round: decision.round, votes: decision.votes })
})

const certificateOf = ({ first, restrained }: Cascade, ref: string): Certificate | undefined =>
  certify(first, ref) ?? restrained.certified.find((certified) => certified.ref === ref)?.certificate

const certifiedOf = (state: Cascade, refs: ReadonlyArray<string>) =>
  [...refs].sort().flatMap((ref) => {
    const certificate = certificateOf(state, ref)
    return certificate === undefined ? [] : [{ ref, certificate }]
  })

/** Those that come first in the order of the choice, as many as a set may have, in ascending order. */
const firstOf = (state: Cascade, certified: ReadonlyArray<Certified>): ReadonlyArray<Certified> => {
  // cascade.propose-set.2
  if (certified.length <= maximumSet) return certified
  const set = certified.map(({ ref }) => {
    const value = state.commits.find((known) => known.ref === ref)?.value
    return { ref, author: value?.author ?? 0xffff, proposals: value?.proposals.length ?? 0 }
  })
  const first = choiceOrder(set).slice(0, maximumSet)
  return certified.filter(({ ref }) => first.some((one) => one.ref === ref))
}

/** Steps cascade.propose-set. */
export const proposeSet = Effect.fnUntraced(function* (draft: Draft, secretKey: Uint8Array, refs: ReadonlyArray<string>) {
  const { state } = draft
  // cascade.propose-set.1
  const commits = firstOf(state, certifiedOf(state, refs))
  // cascade.propose-set.3
  if (state.proposedSet === 1 || commits.length === 0) return draft
  const ref = yield* setRef(
    state.electorate,
    commits.map((one) => one.ref),
  )
  const known = { ...draft, state: noteSet({ ...state, proposedSet: 1 }, ref, { commits }) }
  return cooperated(known, 2, yield* propose(known.state.second, secretKey, ref))
})

/** Knows a set. */
export const noteSet = (
  state: Cascade,
  ref: string,
  value: { readonly commits: ReadonlyArray<{ ref: string; certificate: Certificate }> },
) =>
  state.sets.some((known) => known.ref === ref)
    ? state
    : { ...state, sets: [...state.sets, { ref, value }].sort((a, b) => (a.ref < b.ref ? -1 : 1)) }

/** Whether a voter has witnessed a set first, or a witness quorum has. */
export const isBacked = ({ second: { statements, electorate } }: Cascade, ref: string): boolean => {
  const isFirst = statements.some((one) => one.type === "witness" && one.ref === ref && one.seq === 0)
  // cascade.note-set.1
  return isFirst || hasWitnessQuorum(electorate, statements, ref)
}

const conflict = Effect.fnUntraced(function* (before: Draft, secretKey: Uint8Array) {
  const { first, restrained: consensus, me, commits } = before.state
  if (first.accepted.length === 0) return before
  // cascade.advance.5
  const draft = beginTimer(before, "conflict", lasts.conflict)
  // cascade.advance.6
  const isOwn = (ref: string) => commits.some((known) => known.ref === ref && known.value.author === me)
  if (consensus.phase !== phases.idle || !first.accepted.some(isOwn)) return draft
  const own = certifiedOf(draft.state, first.accepted.filter(isOwn))
  const after = restrained(draft, yield* begin(consensus, secretKey, first.candidates ?? [], own))
  return after.state.restrained.values.length > 0 ? beginTimer(after, "restrained", lasts.restrained) : after
})

const second = Effect.fnUntraced(function* (draft: Draft, secretKey: Uint8Array) {
  const { restrained: consensus, first } = draft.state
  // cascade.advance.7
  if (consensus.phase !== phases.ended || consensus.values.length === 0) return draft
  return yield* proposeSet(draft, secretKey, consensus.outcome ?? first.accepted)
})

const third = Effect.fnUntraced(function* (before: Draft, secretKey: Uint8Array) {
  let draft = before
  // cascade.advance.8
  for (const ref of draft.state.second.accepted) {
    const certificate = certify(draft.state.second, ref)
    if (certificate !== undefined) draft = yield* admitSet(draft, secretKey, ref, certificate)
  }
  return draft
})

/** Lets global consensus decide a set. */
export const admitSet = Effect.fnUntraced(function* (draft: Draft, secretKey: Uint8Array, ref: string, certificate: Certificate) {
  const { state } = draft
  if (state.admitted.some((one) => one.ref === ref)) return draft
  const admitted = { ...draft, state: { ...state, admitted: [...state.admitted, { ref, certificate }] } }
  return consented(admitted, yield* admit(state.consensus, secretKey, ref))
})

const relaxLater = (before: Draft): Draft => {
  const { first, second: cooperation } = before.state
  // cascade.advance.9
  const draft = mayUnlock(first) ? beginTimer(before, "relax/1", lasts.relax) : before
  return mayUnlock(cooperation) ? beginTimer(draft, "relax/2", lasts.relax) : draft
}

const lengths = new WeakMap<object, number>()

/** The length of something in a BUNDLE, which goes out again and again. */
const lengthOf = <A extends object>(wire: Wire<A>, value: A): number => {
  const length = lengths.get(value) ?? encodeWire(wire, value).length
  lengths.set(value, length)
  return length
}

type Part = Pick<Bundle, "statements" | "commits" | "sets">

const emptyPart: Part = { statements: [], commits: [], sets: [] }

const partsOf = ({ statements, commits, sets }: Part): ReadonlyArray<Part> => {
  const items = [
    ...statements.map((one) => ({
      length: lengthOf(Statement, one),
      into: (part: Part) => ({ ...part, statements: [...part.statements, one] }),
    })),
    ...sets.map((one) => ({ length: lengthOf(SetValue, one), into: (part: Part) => ({ ...part, sets: [...part.sets, one] }) })),
    ...commits.map((one) => ({ length: lengthOf(CommitValue, one), into: (part: Part) => ({ ...part, commits: [...part.commits, one] }) })),
  ]
  // cascade.bundle.2
  if (items.reduce((sum, { length }) => sum + length, 0) <= maximumPart) return [{ statements, commits, sets }]
  const parts: Array<Part> = []
  let [part, total] = [emptyPart, 0]
  for (const { length, into } of items) {
    if (total > 0 && total + length > maximumPart) {
      parts.push(part)
      part = emptyPart
      total = 0
    }
    part = into(part)
    total += length
  }
  return [...parts, part]
}

const bundlesOf = ({ electorate, first, second: cooperation, commits, sets }: Cascade, instance: 1 | 2): ReadonlyArray<Bundle> => {
  const head = { type: "bundle", group: electorate.group, epoch: electorate.epoch, instance } as const
  // cascade.bundle.1
  const needed = new Set(sets.flatMap(({ value }) => refsOf(value)))
  const values = commits.filter(({ ref }) => instance === 1 || needed.has(ref)).map(({ value }) => value)
  const content =
    instance === 1
      ? { statements: first.statements, commits: values, sets: [] }
      : { statements: cooperation.statements, commits: values, sets: sets.map(({ value }) => value) }
  return partsOf(content).map((part) => ({ ...head, ...part }))
}

const consensusMessage = (state: Cascade, message: Draft["consented"][number]): CascadeMessage => {
  if (message.type !== "proposal") return message
  const set = setOf(state, message.ref)!
  return { ...message, type: "set-proposal", set, certificate: state.admitted.find(({ ref }) => ref === message.ref)!.certificate }
}

const sendNews = (draft: Draft): Draft => {
  const { state, signed, consented: votes } = draft
  // cascade.advance.10
  if (state.decision !== null) return { ...draft, signed: [], consented: [] }
  // cascade.advance.11
  // cascade.advance.12
  // cascade.advance.13
  const messages = [
    ...signed.toSorted().flatMap((instance) => bundlesOf(state, instance)),
    ...votes.map((message) => consensusMessage(state, message)),
  ]
  return { ...draft, send: [...draft.send, ...messages.map((message) => ({ to: "all" as const, message }))], signed: [], consented: [] }
}

/** Everything of the epoch that others may need, for one who may have missed it. */
export const repeat = (state: Cascade): ReadonlyArray<CascadeMessage> => {
  const { decision, first, second: cooperation, consensus } = state
  // cascade.repeat.1
  if (decision !== null) return [decision]
  const instances = ([1, 2] as const).filter((instance) => (instance === 1 ? first : cooperation).statements.length > 0)
  // cascade.repeat.2
  return [
    ...instances.flatMap((instance) => bundlesOf(state, instance)),
    ...[...consensus.proposals, ...consensus.votes].map((message) => consensusMessage(state, message)),
  ]
}

/** Steps cascade.advance. */
export const advance = Effect.fnUntraced(function* (before: Draft, secretKey: Uint8Array) {
  let draft = before
  let last: Cascade | undefined
  // cascade.advance.1
  while (draft.state !== last && draft.state.decision === null) {
    last = draft.state
    draft = yield* decideEarly(draft)
    if (draft.state.decision !== null) break
    draft = yield* conflict(draft, secretKey)
    draft = yield* second(draft, secretKey)
    draft = relaxLater(yield* third(draft, secretKey))
  }
  return sendNews(draft)
})
