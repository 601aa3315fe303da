/**
 * What a step of the cascade has done so far.
 *
 * @module
 */
import { Effect } from "effect"
import type { Cascade, CascadeMessage, CommitValue, Decide } from "../../../spec/delivery-service/cascade.ts"
import { maximumCommits } from "../../../spec/delivery-service/cascade.ts"
import type { Proposal, Vote } from "../../../spec/delivery-service/global-consensus.ts"
import { patienceOf } from "../../../spec/delivery-service/global-consensus.ts"
import { type Cooperated, learn } from "../cooperation.ts"
import type { Consented, RoundTimer } from "../global-consensus.ts"
import { knowAuthor, type Restrained } from "../restrained-consensus.ts"
import type { NamedCommit } from "./values.ts"

/** A message for all other voters, or for some. */
export interface Outgoing {
  readonly to: "all" | ReadonlyArray<number>
  readonly message: CascadeMessage
}

/** A timer that begins, and how long it lasts, in delay bounds. */
export interface Timer {
  readonly name: string
  readonly delay: number
}

/**
 * The state, what is to be sent, the commits that are to be judged, the timers that begin. `signed` are the cooperations in which we have signed, `consented` what
 * global consensus sends.
 */
export interface Draft {
  readonly state: Cascade
  readonly send: ReadonlyArray<Outgoing>
  readonly judge: ReadonlyArray<NamedCommit>
  readonly timers: ReadonlyArray<Timer>
  readonly signed: ReadonlyArray<1 | 2>
  readonly consented: ReadonlyArray<Proposal | Vote>
}

/** Nothing done yet. */
export const draftOf = (state: Cascade): Draft => ({ state, send: [], judge: [], timers: [], signed: [], consented: [] })

/** Begins a timer, unless it was begun before. */
export const beginTimer = (draft: Draft, name: string, delay: number): Draft => {
  const { state, timers } = draft
  if (state.timers.includes(name)) return draft
  return { ...draft, state: { ...state, timers: [...state.timers, name] }, timers: [...timers, { name, delay }] }
}

/** Takes over what a cooperation has done. */
export const cooperated = (draft: Draft, instance: 1 | 2, { state, signed }: Cooperated): Draft => {
  const place = instance === 1 ? { first: state } : { second: state }
  const added: ReadonlyArray<1 | 2> = signed.length === 0 || draft.signed.includes(instance) ? [] : [instance]
  return { ...draft, state: { ...draft.state, ...place }, signed: [...draft.signed, ...added] }
}

/** Takes over what restrained consensus has done. */
export const restrained = (draft: Draft, { state, send }: Restrained): Draft => ({
  ...draft,
  state: { ...draft.state, restrained: state },
  send: [...draft.send, ...send],
})

const timerNames = ["", "propose", "prevote", "precommit"]

const nameOfTimer = ({ kind, round }: RoundTimer): string => `${timerNames[kind]}/${round}`

/** Takes over what global consensus has done. */
export const consented = (draft: Draft, { state, send, timers }: Consented): Draft => {
  const after: Draft = { ...draft, state: { ...draft.state, consensus: state }, consented: [...draft.consented, ...send] }
  return timers.reduce<Draft>((now, timer) => beginTimer(now, nameOfTimer(timer), patienceOf(timer.round)), after)
}

/** Steps cascade.note-commit. */
export const noteCommit = Effect.fnUntraced(function* (draft: Draft, secretKey: Uint8Array, ref: string, value: CommitValue) {
  const { state } = draft
  const ofAuthor = state.commits.filter((known) => known.value.author === value.author).length
  const isNamed = state.sets.some((known) => known.value.commits.some((one) => one.ref === ref))
  // cascade.note-commit.1
  if (state.commits.some((known) => known.ref === ref) || (ofAuthor >= maximumCommits && !isNamed)) return draft
  const commits = [...state.commits, { ref, value }].sort((a, b) => (a.ref < b.ref ? -1 : 1))
  const known = { ...state, commits, restrained: knowAuthor(state.restrained, ref, value.author) }
  // cascade.note-commit.3
  const noted = { ...draft, state: known, judge: [...draft.judge, { ref, value }] }
  // cascade.note-commit.2
  return cooperated(noted, 1, yield* learn(known.first, secretKey, ref))
})

/** Steps cascade.take-decision. */
export const takeDecision = (draft: Draft, decision: Decide): Draft =>
  // cascade.take-decision.1
  ({ ...draft, state: { ...draft.state, decision }, send: [{ to: "all", message: decision }], timers: [], signed: [], consented: [] })
