/**
 * Proposals: taken in, asked for, told of.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import { type Delivery, limits, statuses } from "../../../spec/delivery-service/delivery-service.ts"
import * as Cascades from "../cascade.ts"
import * as Murmur from "../murmur.ts"
import * as TreeKem from "../tree-kem.ts"
import { beginTimer, type Draft, murmured, others, send, tell, toldOf } from "./draft.ts"

const admitted = (draft: Draft, { state, admitted: content }: Effect.Success<ReturnType<typeof TreeKem.admit>>): Draft => {
  const remaining = draft.state.incomplete.flatMap(({ ref, missing }) => {
    const left = missing.filter((one) => one !== Hex.encode(content.ref))
    return [{ ref, missing: left }]
  })
  const told = { type: "proposal", epoch: state.epoch, author: content.author, ref: Hex.encode(content.ref) } as const
  return tell({ ...draft, state: { ...draft.state, tree: state, incomplete: remaining } }, told)
}

/** Admits a proposal of our own and gossips it. */
export const publish = Effect.fnUntraced(function* (draft: Draft, proposal: Uint8Array) {
  const accepted = admitted(draft, yield* TreeKem.admit(draft.state.tree, proposal))
  // delivery-service.propose.4
  const { state, sends } = yield* Murmur.dispatch(accepted.state.murmur, proposal)
  return murmured({ ...accepted, state: { ...accepted.state, murmur: state } }, sends)
})

/** Takes in a gossiped proposal, or one that was asked for. Verdicts: those of murmur. */
export const takeGossip = Effect.fnUntraced(function* (draft: Draft, proposal: Uint8Array, isWanted = false) {
  // delivery-service.take-in.7
  if (draft.state.status === statuses.stuck) return draft
  const judged = yield* Effect.result(TreeKem.admit(draft.state.tree, proposal))
  // delivery-service.take-proposal.1
  const receive = isWanted ? Murmur.receiveWanted : Murmur.receiveGossip
  const { state, sends, delivered } = yield* receive(draft.state.murmur, proposal, Result.isSuccess(judged))
  const held = murmured({ ...draft, state: { ...draft.state, murmur: state } }, sends)
  // delivery-service.take-proposal.2
  return delivered !== null && Result.isSuccess(judged) ? admitted(held, judged.success) : held
})

/** The references that incomplete commits and a decision wait for, in ascending order. */
export const missingRefs = ({ incomplete, cascade, tree }: Delivery): ReadonlyArray<string> => {
  const decided = cascade.decision === null ? [] : Cascades.chosenOf(cascade.decision).value.proposals
  const told = toldOf(tree)
  return [...new Set([...incomplete.flatMap(({ missing }) => missing), ...decided.filter((ref) => !told.has(ref))])].sort()
}

/** Takes in proposals that were asked for. What is not missing, or not valid, is left out. */
export const takeFetched = Effect.fnUntraced(function* (
  before: Draft,
  proposals: ReadonlyArray<Uint8Array>,
  wanted: ReadonlyArray<string>,
) {
  let draft = before
  // delivery-service.take-fetched.1
  for (const proposal of proposals) {
    const read = yield* Effect.result(TreeKem.readProposal(proposal))
    if (Result.isFailure(read) || !wanted.includes(Hex.encode(read.success.ref))) continue
    // delivery-service.take-fetched.2
    if (draft.state.status === statuses.stuck) {
      draft = { ...draft, state: { ...draft.state, tree: yield* TreeKem.keep(draft.state.tree, proposal) } }
      continue
    }
    const taken = yield* Effect.result(takeGossip(draft, proposal, true))
    if (Result.isSuccess(taken)) draft = taken.success
  }
  return draft
})

/** Asks a member for what is missing, and begins the timer after which the next one is asked. */
export const ask = (draft: Draft, user: string): Draft => {
  const { tree } = draft.state
  // delivery-service.ask.1
  const refs = missingRefs(draft.state).slice(0, limits.asked)
  const asked = send(draft, [user], { type: "fetch", group: tree.group, epoch: tree.epoch, refs })
  // delivery-service.ask.2
  return beginTimer(asked, "fetch", 1)
}

/** Asks the next member. */
export const askNext = (draft: Draft): Draft => {
  const { state } = draft
  const members = others(state.tree)
  // delivery-service.ask-next.1
  const isPatient = state.cascade.decision !== null || state.fetches < limits.asks * members.length
  if (members.length === 0 || missingRefs(state).length === 0 || !isPatient) return draft
  // delivery-service.ask-next.2
  const next = members[state.fetches % members.length]!
  return ask({ ...draft, state: { ...state, fetches: state.fetches + 1 } }, next)
}
