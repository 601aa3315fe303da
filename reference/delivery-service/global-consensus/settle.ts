/**
 * The rules of a round, done until nothing changes.
 *
 * @module
 */
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import {
  type GlobalConsensus,
  type Proposal,
  proposalInput,
  proposerOf,
  roundSteps,
  type Vote,
  voteInput,
} from "../../../spec/delivery-service/global-consensus.ts"
import { bytesOf } from "../../conventions.ts"
import type { Primitives } from "../../crypto/crypto.ts"

/** A timer that has to begin: `kind` is the number of the step that it belongs to. */
export interface RoundTimer {
  readonly kind: number
  readonly round: number
}

/** What a step gives: the state, what is to be sent to all, and the timers that begin. */
export interface Consented {
  readonly state: GlobalConsensus
  readonly send: ReadonlyArray<Proposal | Vote>
  readonly timers: ReadonlyArray<RoundTimer>
}

const quorumOf = ({ electorate }: GlobalConsensus): number => electorate.voters.length - electorate.faults

const votersOf = (state: GlobalConsensus, type: Vote["type"], round: number, ref?: string | null): ReadonlySet<number> =>
  new Set(
    state.votes
      .filter((vote) => vote.type === type && vote.round === round && (ref === undefined || vote.ref === ref))
      .map(({ voter }) => voter),
  )

/** The voters of two votes of one kind and round. */
export const exposedOf = (votes: ReadonlyArray<Vote>): ReadonlySet<number> => {
  const seen = new Set<string>()
  const isSecond = ({ voter, type, round }: Vote) => seen.size === seen.add(`${voter} ${type} ${round}`).size
  return new Set(votes.filter(isSecond).map(({ voter }) => voter))
}

/** Whether a quorum has voted so, the exposed among them. */
const hasQuorum = (state: GlobalConsensus, type: Vote["type"], round: number, ref?: string | null): boolean =>
  new Set([...votersOf(state, type, round, ref), ...exposedOf(state.votes)]).size >= quorumOf(state)

const beginTimer = (before: Consented, timer: RoundTimer): Consented => {
  const { state } = before
  return { ...before, state: { ...state, timers: [...state.timers, timer] }, timers: [...before.timers, timer] }
}

const hasTimer = ({ timers }: GlobalConsensus, kind: number, round: number): boolean =>
  timers.some((timer) => timer.kind === kind && timer.round === round)

const vote = (crypto: Primitives, before: Consented, secretKey: Uint8Array, type: Vote["type"], ref: string | null): Consented => {
  const { state } = before
  const { group, epoch } = state.electorate
  const { round, me: voter } = state
  const content = { kind: type === "prevote" ? 5 : 6, round, voter, ref: ref === null ? null : bytesOf(ref) }
  const signature = crypto.ed25519Sign(secretKey, encodeCbor(voteInput(bytesOf(group), epoch, content)))
  const message: Vote = { type, group, epoch, round, voter, ref, signature }
  const step = type === "prevote" ? roundSteps.prevote : roundSteps.precommit
  // global-consensus.settle.12
  // global-consensus.settle.13
  return { ...before, state: { ...state, step, votes: [...state.votes, message] }, send: [...before.send, message] }
}

/** Prevotes nothing. */
export const prevoteNothing = (crypto: Primitives, before: Consented, secretKey: Uint8Array): Consented =>
  vote(crypto, before, secretKey, "prevote", null)

/** Precommits nothing. */
export const precommitNothing = (crypto: Primitives, before: Consented, secretKey: Uint8Array): Consented =>
  vote(crypto, before, secretKey, "precommit", null)

const propose = (crypto: Primitives, before: Consented, secretKey: Uint8Array, ref: string): Consented => {
  const { state } = before
  const { group, epoch } = state.electorate
  const { round, me: proposer } = state
  const validRound = state.valid?.round ?? null
  const covered = encodeCbor(proposalInput(bytesOf(group), epoch, { round, proposer, ref: bytesOf(ref), validRound }))
  const signature = crypto.ed25519Sign(secretKey, covered)
  const message: Proposal = { type: "proposal", group, epoch, round, proposer, ref, validRound, signature }
  return { ...before, state: { ...state, proposals: [...state.proposals, message] }, send: [...before.send, message] }
}

/** Steps global-consensus.start-round. */
export const startRound = (crypto: Primitives, before: Consented, secretKey: Uint8Array, round: number): Consented => {
  // global-consensus.start-round.1
  const now = { ...before, state: { ...before.state, round, step: roundSteps.propose } }
  // global-consensus.start-round.2
  const value = now.state.valid?.ref ?? now.state.own
  if (proposerOf(now.state.electorate, round) === now.state.me && value !== null) return propose(crypto, now, secretKey, value)
  // global-consensus.start-round.3
  return beginTimer(now, { kind: roundSteps.propose, round })
}

/** What a rule makes of the state, or undefined when it has nothing to do. */
type Rule = (crypto: Primitives, before: Consented, secretKey: Uint8Array) => Consented | undefined

const decide: Rule = (_crypto, before) => {
  const { state } = before
  const rounds = state.votes.map(({ round }) => round).toSorted((a, b) => a - b)
  // global-consensus.settle.3
  const decisive = (round: number) => state.admissible.find((ref) => votersOf(state, "precommit", round, ref).size >= quorumOf(state))
  const round = rounds.find((one) => decisive(one) !== undefined)
  if (round === undefined) return undefined
  const ref = decisive(round)!
  const votes = state.votes
    .filter((one) => one.type === "precommit" && one.round === round && one.ref === ref)
    .map(({ voter, signature }) => ({ voter, signature }))
    .sort((a, b) => a.voter - b.voter)
  return { ...before, state: { ...state, decision: { ref, round, votes } } }
}

const catchUp: Rule = (crypto, before, secretKey) => {
  const { state } = before
  const heard = (round: number) =>
    new Set([
      ...state.votes.filter((one) => one.round === round).map(({ voter }) => voter),
      ...state.proposals.filter((one) => one.round === round).map(({ proposer }) => proposer),
      ...exposedOf(state.votes),
    ])
  const rounds = new Set([...state.votes, ...state.proposals].map(({ round }) => round).filter((round) => round > state.round))
  const due = [...rounds].filter((round) => heard(round).size > state.electorate.faults)
  // global-consensus.settle.4
  return due.length === 0 ? undefined : startRound(crypto, before, secretKey, Math.max(...due))
}

const prevote: Rule = (crypto, before, secretKey) => {
  const { state } = before
  const { locked, round } = state
  const proposal = state.proposals.find((one) => one.round === round)
  if (state.step !== roundSteps.propose || proposal === undefined) return undefined
  const { ref, validRound } = proposal
  if (!state.admissible.includes(ref)) return undefined
  const isLockedOnIt = locked === null || locked.ref === ref
  // global-consensus.settle.5
  if (validRound === null) return vote(crypto, before, secretKey, "prevote", isLockedOnIt ? ref : null)
  // global-consensus.settle.6
  if (!hasQuorum(state, "prevote", validRound, ref)) return undefined
  return vote(crypto, before, secretKey, "prevote", isLockedOnIt || locked.round <= validRound ? ref : null)
}

const lock: Rule = (crypto, before, secretKey) => {
  const { state } = before
  const { round, step, valid } = state
  if (step !== roundSteps.prevote && step !== roundSteps.precommit) return undefined
  const ref = state.admissible.find((one) => hasQuorum(state, "prevote", round, one))
  if (ref === undefined || (step === roundSteps.precommit && valid?.round === round)) return undefined
  const noted = { ...state, valid: { ref, round } }
  // global-consensus.settle.8
  if (step === roundSteps.precommit) return { ...before, state: noted }
  // global-consensus.settle.7
  return vote(crypto, { ...before, state: { ...noted, locked: { ref, round } } }, secretKey, "precommit", ref)
}

const giveUp: Rule = (crypto, before, secretKey) => {
  const { state } = before
  // global-consensus.settle.9
  const isNothing = state.step === roundSteps.prevote && hasQuorum(state, "prevote", state.round, null)
  return isNothing ? precommitNothing(crypto, before, secretKey) : undefined
}

const beginTimers: Rule = (_crypto, before) => {
  const { state } = before
  const { round, step } = state
  const isDue = (kind: number, type: Vote["type"]) => !hasTimer(state, kind, round) && hasQuorum(state, type, round)
  // global-consensus.settle.10
  if (step === roundSteps.prevote && isDue(roundSteps.prevote, "prevote")) return beginTimer(before, { kind: roundSteps.prevote, round })
  // global-consensus.settle.11
  return isDue(roundSteps.precommit, "precommit") ? beginTimer(before, { kind: roundSteps.precommit, round }) : undefined
}

const rules: ReadonlyArray<Rule> = [decide, catchUp, prevote, lock, giveUp, beginTimers]

/** Steps global-consensus.settle. */
export const settle = (crypto: Primitives, before: Consented, secretKey: Uint8Array): Consented => {
  let now = before
  // global-consensus.settle.1
  while (now.state.step !== roundSteps.outside && now.state.decision === null) {
    // global-consensus.settle.2
    const next = rules.reduce<Consented | undefined>((found, rule) => found ?? rule(crypto, now, secretKey), undefined)
    if (next === undefined) break
    now = next
  }
  return now
}
