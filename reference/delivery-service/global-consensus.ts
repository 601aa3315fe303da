/**
 * Global consensus: chapter "global-consensus".
 *
 * @module
 */
import { Effect } from "effect"
import { encodeCbor } from "../../spec/conventions/cbor.ts"
import { refuse } from "../../spec/conventions/verdicts.ts"
import type { Electorate } from "../../spec/delivery-service/cooperation.ts"
import {
  type ConsensusDecision,
  clauses,
  type GlobalConsensus,
  lastRound,
  maximumVotes,
  type Proposal,
  proposalInput,
  proposerOf,
  roundSteps,
  type Vote,
  voteInput,
} from "../../spec/delivery-service/global-consensus.ts"
import { bytesOf } from "../conventions.ts"
import { Crypto } from "../crypto/crypto.ts"
import { checkElectorate } from "./cooperation.ts"
import { type Consented, precommitNothing, prevoteNothing, settle, startRound } from "./global-consensus/settle.ts"
import { isSignedBy } from "./signatures.ts"

export type { Consented, RoundTimer } from "./global-consensus/settle.ts"

/** The state of a member that has not entered. Verdicts: those of the steps global-consensus.open. */
export const open = Effect.fnUntraced(function* (electorate: Electorate, me: number) {
  // global-consensus.open.1
  yield* checkElectorate(electorate)
  const nothing = { admissible: [], own: null, locked: null, valid: null, proposals: [], votes: [], timers: [], decision: null }
  const state: GlobalConsensus = { electorate, me, round: 0, step: roundSteps.outside, ...nothing }
  return state
})

const begun = (state: GlobalConsensus): Consented => ({ state, send: [], timers: [] })

/** A value was found admissible. */
export const admit = Effect.fnUntraced(function* (state: GlobalConsensus, secretKey: Uint8Array, ref: string) {
  const crypto = yield* Crypto
  const admissible = state.admissible.includes(ref) ? state.admissible : [...state.admissible, ref]
  // global-consensus.admit.1
  const entered =
    state.own === null ? startRound(crypto, begun({ ...state, admissible, own: ref }), secretKey, 0) : begun({ ...state, admissible })
  // global-consensus.admit.2
  return settle(crypto, entered, secretKey)
})

const coveredByProposal = ({ group, epoch, round, proposer, ref, validRound }: Omit<Proposal, "signature">) =>
  encodeCbor(proposalInput(bytesOf(group), epoch, { round, proposer, ref: bytesOf(ref), validRound }))

const coveredByVote = ({ type, group, epoch, round, voter, ref }: Omit<Vote, "signature">) => {
  const kind = type === "prevote" ? 5 : 6
  return encodeCbor(voteInput(bytesOf(group), epoch, { kind, round, voter, ref: ref === null ? null : bytesOf(ref) }))
}

const checkProposal = Effect.fnUntraced(function* (electorate: Electorate, { proposer, round, validRound }: Proposal) {
  // global-consensus.receive.3
  if (proposer !== proposerOf(electorate, round)) return yield* refuse(clauses.proposer, `${proposer} in round ${round}`)
  // global-consensus.receive.4
  if (validRound !== null && validRound >= round) return yield* refuse(clauses["earlier-round"], `${validRound} in round ${round}`)
})

const holdProposal = (state: GlobalConsensus, proposal: Proposal): GlobalConsensus => {
  const isHeld = state.proposals.some(({ round }) => round === proposal.round)
  return isHeld ? state : { ...state, proposals: [...state.proposals, proposal] }
}

const holdVote = (state: GlobalConsensus, vote: Vote): GlobalConsensus => {
  const same = state.votes.filter(({ voter, type, round }) => voter === vote.voter && type === vote.type && round === vote.round)
  const isHeld = same.some(({ ref }) => ref === vote.ref)
  return isHeld || same.length >= maximumVotes ? state : { ...state, votes: [...state.votes, vote] }
}

/** What the signature of a PROPOSAL or a vote covers. */
export const coveredBy = (message: Proposal | Vote): Uint8Array =>
  message.type === "proposal" ? coveredByProposal(message) : coveredByVote(message)

/** Takes in a PROPOSAL or a vote. Verdicts: those of the steps global-consensus.receive. */
export const receive = Effect.fnUntraced(function* (state: GlobalConsensus, secretKey: Uint8Array, message: Proposal | Vote) {
  const { electorate } = state
  // global-consensus.receive.1
  const isHere = message.group === electorate.group && message.epoch === electorate.epoch
  if (!isHere) return yield* refuse(clauses.epoch, `${message.group} ${message.epoch}`)
  const leaf = message.type === "proposal" ? message.proposer : message.voter
  // global-consensus.receive.2
  if (!isSignedBy(yield* Crypto, electorate, leaf, coveredBy(message), message.signature))
    return yield* refuse(clauses.signature, `voter ${leaf}`)
  if (message.type === "proposal") yield* checkProposal(electorate, message)
  // global-consensus.receive.5
  const held = message.type === "proposal" ? holdProposal(state, message) : holdVote(state, message)
  // global-consensus.receive.6
  const isNew = held !== state && state.decision === null
  return settle(yield* Crypto, { ...begun(held), send: isNew ? [message] : [] }, secretKey)
})

/** A timer is over: `kind` is the number of the step that it belongs to. */
export const timeout = Effect.fnUntraced(function* (state: GlobalConsensus, secretKey: Uint8Array, kind: number, round: number) {
  const crypto = yield* Crypto
  // global-consensus.timeout.1
  if (state.round !== round || state.decision !== null) return begun(state)
  let after = begun(state)
  // global-consensus.timeout.2
  if (kind === roundSteps.propose && state.step === roundSteps.propose) after = prevoteNothing(crypto, after, secretKey)
  // global-consensus.timeout.3
  if (kind === roundSteps.prevote && state.step === roundSteps.prevote) after = precommitNothing(crypto, after, secretKey)
  // global-consensus.timeout.4
  if (kind === roundSteps.precommit && round < lastRound) after = startRound(crypto, after, secretKey, round + 1)
  return settle(crypto, after, secretKey)
})

/** Verifies a decision. Verdicts: those of the steps global-consensus.verify-decision. */
export const verifyDecision = Effect.fnUntraced(function* (electorate: Electorate, { ref, round, votes }: ConsensusDecision) {
  // global-consensus.verify-decision.1
  yield* checkElectorate(electorate)
  const { group, epoch, voters, faults } = electorate
  const isQuorum = new Set(votes.map(({ voter }) => voter)).size === votes.length && votes.length >= voters.length - faults
  // global-consensus.verify-decision.2
  if (!isQuorum) return yield* refuse(clauses["decision-quorum"], `${votes.length} votes`)
  // global-consensus.verify-decision.3
  for (const { voter, signature } of votes) {
    const covered = coveredByVote({ type: "precommit", group, epoch, round, voter, ref })
    if (!isSignedBy(yield* Crypto, electorate, voter, covered, signature)) return yield* refuse(clauses.signature, `voter ${voter}`)
  }
})
