/**
 * Restrained consensus: chapter "restrained-consensus".
 *
 * @module
 */
import { Effect, Result } from "effect"
import { encodeCbor } from "../../spec/conventions/cbor.ts"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { refuse } from "../../spec/conventions/verdicts.ts"
import type { Electorate } from "../../spec/delivery-service/cooperation.ts"
import {
  type Certified,
  clauses,
  type Endorse,
  Endorsed,
  endorseInput,
  maximumAuthors,
  phases,
  type RestrainedConsensus,
  type Retract,
  retractInput,
} from "../../spec/delivery-service/restrained-consensus.ts"
import { bytesOf } from "../conventions.ts"
import { Crypto } from "../crypto/crypto.ts"
import { trace } from "../crypto/trace.ts"
import { checkElectorate, verify } from "./cooperation.ts"
import { isSignedBy } from "./signatures.ts"

/** A message for some voters. */
export interface Addressed<M> {
  readonly to: ReadonlyArray<number>
  readonly message: M
}

/** What a step gives: the state, and what is to be sent. */
export interface Restrained {
  readonly state: RestrainedConsensus
  readonly send: ReadonlyArray<Addressed<Endorse | Retract>>
}

/** The state of a member that has not begun. Verdicts: those of the steps restrained-consensus.open. */
export const open = Effect.fnUntraced(function* (electorate: Electorate, me: number) {
  // restrained-consensus.open.1
  yield* checkElectorate(electorate)
  const nothing = { authors: {}, values: [], endorsed: [], certified: [], retracted: [], outcome: null }
  const state: RestrainedConsensus = { electorate, me, phase: phases.idle, ...nothing }
  return state
})

/** Notes who is the author of a value. */
export const knowAuthor = (state: RestrainedConsensus, ref: string, author: number): RestrainedConsensus => ({
  ...state,
  authors: { ...state.authors, [ref]: author },
})

const quiet = (state: RestrainedConsensus): Restrained => ({ state, send: [] })

const ended = (state: RestrainedConsensus, outcome: ReadonlyArray<string> | null): RestrainedConsensus => ({
  ...state,
  phase: phases.ended,
  outcome,
})

const isOurs = ({ authors, me }: RestrainedConsensus, ref: string): boolean => authors[ref] === me

const othersOf = (state: RestrainedConsensus, refs: ReadonlyArray<string>, also: ReadonlyArray<number>): ReadonlyArray<number> => {
  const authors = refs.map((ref) => state.authors[ref]).filter((author) => author !== undefined)
  return [...new Set([...authors, ...also])].filter((leaf) => leaf !== state.me).sort((a, b) => a - b)
}

const conclude = (state: RestrainedConsensus): RestrainedConsensus => {
  // restrained-consensus.conclude.1
  if (state.phase !== phases.begun) return state
  const left = state.values.filter((ref) => !state.retracted.includes(state.authors[ref]!))
  if (left.length === 0) return ended(state, null)
  const hasAll = (author: number) =>
    state.endorsed.some(({ endorser, refs }) => endorser === author && left.every((ref) => refs.includes(ref)))
  const isCertified = (ref: string) => state.certified.some((certified) => certified.ref === ref)
  // restrained-consensus.conclude.2
  const isDone = left.every((ref) => hasAll(state.authors[ref]!) && isCertified(ref))
  return isDone ? ended(state, left) : state
}

const note = (state: RestrainedConsensus, endorser: number, refs: ReadonlyArray<string>, certificates: ReadonlyArray<Certified>) => ({
  ...state,
  endorsed: [...state.endorsed, { endorser, refs }],
  certified: [...state.certified, ...certificates.filter(({ ref }) => !state.certified.some((held) => held.ref === ref))],
})

/** The bytes that the signature of an ENDORSE covers. */
export const coveredByEndorse = Effect.fnUntraced(function* ({ group, epoch, endorser, refs, certificates }: Omit<Endorse, "signature">) {
  const digest = (yield* Crypto).sha256(encodeWire(Endorsed, certificates))
  const covered = encodeCbor(endorseInput(bytesOf(group), epoch, endorser, refs.map(bytesOf), digest))
  yield* trace("restrained-consensus.endorse-input", covered)
  return covered
})

/** Begins with these values, of which `certificates` has those that are ours. */
export const begin = Effect.fnUntraced(function* (
  state: RestrainedConsensus,
  secretKey: Uint8Array,
  values: ReadonlyArray<string>,
  certificates: ReadonlyArray<Certified>,
) {
  // restrained-consensus.begin.1
  if (state.phase !== phases.idle) return quiet(state)
  const refs = [...new Set(values)].filter((ref) => state.authors[ref] !== undefined).sort()
  const own = refs.filter((ref) => isOurs(state, ref))
  const proofs = own.flatMap((ref) => certificates.find((certified) => certified.ref === ref) ?? [])
  const authors = othersOf(state, refs, [])
  // restrained-consensus.begin.2
  if (refs.length < 2 || authors.length >= maximumAuthors) return quiet(ended(state, null))
  // restrained-consensus.begin.3
  if (own.length === 0 || proofs.length < own.length) return quiet(ended(state, null))
  const { group, epoch } = state.electorate
  const content = { type: "endorse", group, epoch, endorser: state.me, refs, certificates: proofs } as const
  const signature = (yield* Crypto).ed25519Sign(secretKey, yield* coveredByEndorse(content))
  const message: Endorse = { ...content, signature }
  // restrained-consensus.begin.5
  const begun = note({ ...state, phase: phases.begun, values: refs }, state.me, refs, proofs)
  // restrained-consensus.begin.4
  const result: Restrained = { state: conclude(begun), send: authors.length === 0 ? [] : [{ to: authors, message }] }
  return result
})

const checkSigner = Effect.fnUntraced(function* (electorate: Electorate, leaf: number, covered: Uint8Array, signature: Uint8Array) {
  if (!isSignedBy(yield* Crypto, electorate, leaf, covered, signature)) return yield* refuse(clauses.signature, `voter ${leaf}`)
})

const retract = Effect.fnUntraced(function* (state: RestrainedConsensus, secretKey: Uint8Array, heard: Endorse) {
  const { group, epoch } = state.electorate
  const covered = encodeCbor(retractInput(bytesOf(group), epoch, state.me))
  yield* trace("restrained-consensus.retract-input", covered)
  const signature = (yield* Crypto).ed25519Sign(secretKey, covered)
  const message: Retract = { type: "retract", group, epoch, retractor: state.me, signature }
  const to = othersOf(state, heard.refs, [heard.endorser])
  const result: Restrained = { state: { ...state, phase: phases.retracted }, send: [{ to, message }] }
  return result
})

const isProven = Effect.fnUntraced(function* (state: RestrainedConsensus, { endorser, refs, certificates }: Endorse) {
  const isAscending = refs.every((ref, index) => index === 0 || refs[index - 1]! < ref)
  const due = refs.filter((ref) => state.authors[ref] === endorser)
  const isComplete = certificates.map(({ ref }) => ref).join() === due.join()
  if (!isAscending || !isComplete) return false
  const verified = yield* Effect.result(
    Effect.forEach(certificates, ({ ref, certificate }) => verify(state.electorate, 1, certificate, ref), { discard: true }),
  )
  return Result.isSuccess(verified)
})

/** Takes in an ENDORSE. Verdicts: those of the steps restrained-consensus.receive-endorse. */
export const receiveEndorse = Effect.fnUntraced(function* (state: RestrainedConsensus, secretKey: Uint8Array, heard: Endorse) {
  const { electorate } = state
  const { group, epoch, endorser, refs } = heard
  // restrained-consensus.receive-endorse.1
  if (group !== electorate.group || epoch !== electorate.epoch) return yield* refuse(clauses.epoch, `${group} ${epoch}`)
  // restrained-consensus.receive-endorse.2
  yield* checkSigner(electorate, endorser, yield* coveredByEndorse(heard), heard.signature)
  // restrained-consensus.receive-endorse.3
  if (!refs.some((ref) => isOurs(state, ref))) return yield* refuse(clauses["own-value"], `by voter ${endorser}`)
  // restrained-consensus.receive-endorse.4
  if (state.phase === phases.idle) return yield* retract(state, secretKey, heard)
  // restrained-consensus.receive-endorse.5
  if (state.phase !== phases.begun) return quiet(state)
  // restrained-consensus.receive-endorse.6
  if (!(yield* isProven(state, heard))) return quiet(ended(state, null))
  const before = state.endorsed.find((one) => one.endorser === endorser)
  // restrained-consensus.receive-endorse.7
  if (before !== undefined && before.refs.join() === refs.join()) return quiet(state)
  // restrained-consensus.receive-endorse.8
  if (before !== undefined) return quiet(conclude({ ...state, retracted: [...state.retracted, endorser] }))
  return quiet(conclude(note(state, endorser, refs, heard.certificates)))
})

/** Takes in a RETRACT. Verdicts: those of the steps restrained-consensus.receive-retract. */
export const receiveRetract = Effect.fnUntraced(function* (state: RestrainedConsensus, heard: Retract) {
  const { electorate } = state
  const { group, epoch, retractor } = heard
  // restrained-consensus.receive-retract.1
  if (group !== electorate.group || epoch !== electorate.epoch) return yield* refuse(clauses.epoch, `${group} ${epoch}`)
  // restrained-consensus.receive-retract.2
  yield* checkSigner(electorate, retractor, encodeCbor(retractInput(bytesOf(group), epoch, retractor)), heard.signature)
  if (state.retracted.includes(retractor)) return quiet(state)
  // restrained-consensus.receive-retract.3
  return quiet(conclude({ ...state, retracted: [...state.retracted, retractor] }))
})

/** Twice the delay bound is over. */
export const timeout = (state: RestrainedConsensus): RestrainedConsensus =>
  // restrained-consensus.timeout.1
  state.phase === phases.begun ? ended(state, null) : state
