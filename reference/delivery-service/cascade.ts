/**
 * Cascade consensus: chapter "cascade".
 *
 * @module
 */
import { Effect, Result } from "effect"
import { refuse } from "../../spec/conventions/verdicts.ts"
import {
  type Bundle,
  type Cascade,
  type CascadeMessage,
  clauses,
  type Decide,
  type SetProposal,
} from "../../spec/delivery-service/cascade.ts"
import type { Electorate } from "../../spec/delivery-service/cooperation.ts"
import { roundSteps, type Vote } from "../../spec/delivery-service/global-consensus.ts"
import { admitSet, advance, isBacked, noteSet, proposeSet } from "./cascade/advance.ts"
import {
  consented,
  cooperated,
  type Draft,
  draftOf,
  noteCommit,
  type Outgoing,
  restrained,
  type Timer,
  takeDecision,
} from "./cascade/draft.ts"
import { checkCommit, checkSet, isSameCommit, isSameSet, type NamedCommit, verifyDecide } from "./cascade/values.ts"
import * as Cooperation from "./cooperation.ts"
import * as Consensus from "./global-consensus.ts"
import * as Restrained from "./restrained-consensus.ts"

export { repeat } from "./cascade/advance.ts"
export type { Outgoing, Timer } from "./cascade/draft.ts"
export { chosenOf, commitRef, type NamedCommit, setRef, signCommit, verifyDecide } from "./cascade/values.ts"

/** What a step gives: the state, what is to be sent, which commits are to be judged, which timers begin. Whether it has decided stands in the state. */
export interface Cascaded {
  readonly state: Cascade
  readonly send: ReadonlyArray<Outgoing>
  readonly judge: ReadonlyArray<NamedCommit>
  readonly timers: ReadonlyArray<Timer>
}

const done = ({ state, send, judge, timers }: Draft): Cascaded => ({ state, send, judge, timers })

/** The state of a voter at the beginning of an epoch. */
export const open = Effect.fnUntraced(function* (electorate: Electorate, me: number) {
  // cascade.open.1
  const state: Cascade = {
    electorate,
    me,
    first: yield* Cooperation.open(electorate, 1, me),
    second: yield* Cooperation.open(electorate, 2, me),
    restrained: yield* Restrained.open(electorate, me),
    consensus: yield* Consensus.open(electorate, me),
    commits: [],
    sets: [],
    admitted: [],
    proposedSet: 0,
    timers: [],
    decision: null,
  }
  return state
})

/** Proposes a commit of our own. */
export const propose = Effect.fnUntraced(function* (state: Cascade, secretKey: Uint8Array, { ref, value }: NamedCommit) {
  if (state.decision !== null) return done(draftOf(state))
  const noted = yield* noteCommit(draftOf(state), secretKey, ref, value)
  // cascade.propose.1
  const proposed = cooperated(noted, 1, yield* Cooperation.propose(noted.state.first, secretKey, ref))
  // cascade.propose.2
  const draft: Draft = { ...proposed, signed: [...new Set([...proposed.signed, 1 as const])] }
  // What is our own need not be judged.
  return done({ ...(yield* advance(draft, secretKey)), judge: [] })
})

/** A commit was found valid. */
export const validate = Effect.fnUntraced(function* (state: Cascade, secretKey: Uint8Array, ref: string) {
  // cascade.validate.1
  if (state.decision !== null) return done(draftOf(state))
  // cascade.validate.2
  const draft = cooperated(draftOf(state), 1, yield* Cooperation.validate(state.first, secretKey, ref))
  return done(yield* advance(draft, secretKey))
})

const receiveBundle = Effect.fnUntraced(function* (before: Draft, secretKey: Uint8Array, bundle: Bundle) {
  const { state } = before
  const { electorate } = state
  // cascade.receive-bundle.1
  const commits: Array<NamedCommit> = []
  for (const value of bundle.commits) {
    if (state.commits.some((known) => isSameCommit(known.value, value))) continue
    commits.push({ ref: yield* checkCommit(electorate, value), value })
  }
  const sets: Array<{ readonly ref: string; readonly value: (typeof bundle.sets)[number] }> = []
  for (const value of bundle.sets) {
    if (state.sets.some((known) => isSameSet(known.value, value))) continue
    sets.push({ ref: yield* checkSet(electorate, value), value })
  }
  const instance = bundle.instance === 1 ? 1 : 2
  const cooperation = instance === 1 ? state.first : state.second
  // cascade.receive-bundle.2
  let draft = cooperated(before, instance, yield* Cooperation.receive(cooperation, secretKey, bundle.statements))
  // cascade.receive-bundle.3
  for (const { ref, value } of sets) {
    if (draft.state.sets.some((known) => known.ref === ref) || !isBacked(draft.state, ref)) continue
    const known = { ...draft, state: noteSet(draft.state, ref, value) }
    // cascade.note-set.2
    draft = cooperated(known, 2, yield* Cooperation.validate(known.state.second, secretKey, ref))
  }
  for (const { ref, value } of commits) draft = yield* noteCommit(draft, secretKey, ref, value)
  return draft
})

const receiveProposal = Effect.fnUntraced(function* (draft: Draft, secretKey: Uint8Array, message: SetProposal) {
  const { electorate, consensus } = draft.state
  const { set, certificate, ...bare } = message
  const ref = yield* checkSet(electorate, set)
  const verified = yield* Effect.result(Cooperation.verify(electorate, 2, certificate, ref))
  // cascade.receive-proposal.1
  if (ref !== message.ref || Result.isFailure(verified)) return yield* refuse(clauses["proposal-certified"], `round ${message.round}`)
  // cascade.receive-proposal.2
  const after = consented(draft, yield* Consensus.receive(consensus, secretKey, { ...bare, type: "proposal" }))
  // cascade.receive-proposal.3
  const known = { ...after, state: noteSet(after.state, ref, set) }
  // cascade.receive-proposal.4
  return yield* admitSet(known, secretKey, ref, certificate)
})

const receiveDecide = Effect.fnUntraced(function* (draft: Draft, decide: Decide) {
  // cascade.receive.6
  yield* verifyDecide(draft.state.electorate, decide)
  return takeDecision(draft, decide)
})

const receiveVote = Effect.fnUntraced(function* (draft: Draft, secretKey: Uint8Array, vote: Vote) {
  // cascade.receive.5
  return consented(draft, yield* Consensus.receive(draft.state.consensus, secretKey, vote))
})

const dispatch = Effect.fnUntraced(function* (draft: Draft, secretKey: Uint8Array, message: CascadeMessage) {
  const { state } = draft
  switch (message.type) {
    // cascade.receive.3
    case "bundle":
      return yield* receiveBundle(draft, secretKey, message)
    case "endorse":
      // cascade.receive.4
      return restrained(draft, yield* Restrained.receiveEndorse(state.restrained, secretKey, message))
    case "retract":
      return restrained(draft, yield* Restrained.receiveRetract(state.restrained, message))
    case "set-proposal":
      return yield* receiveProposal(draft, secretKey, message)
    case "decide":
      return yield* receiveDecide(draft, message)
    default:
      return yield* receiveVote(draft, secretKey, message)
  }
})

/** Takes in a message that came from the voter `from`. Verdicts: those of the steps cascade.receive. */
export const receive = Effect.fnUntraced(function* (state: Cascade, secretKey: Uint8Array, from: number, message: CascadeMessage) {
  const { electorate, decision } = state
  // cascade.receive.1
  const isHere = message.group === electorate.group && message.epoch === electorate.epoch
  if (!isHere) return yield* refuse(clauses.epoch, `${message.group} ${message.epoch}`)
  const answer: ReadonlyArray<Outgoing> = decision === null || message.type === "decide" ? [] : [{ to: [from], message: decision }]
  // cascade.receive.2
  if (decision !== null) return done({ ...draftOf(state), send: answer })
  const draft = yield* dispatch(draftOf(state), secretKey, message)
  // cascade.receive.7
  return done(yield* advance(draft, secretKey))
})

const kinds = { propose: roundSteps.propose, prevote: roundSteps.prevote, precommit: roundSteps.precommit }

const elapsed = Effect.fnUntraced(function* (draft: Draft, secretKey: Uint8Array, name: string) {
  const { first, second, restrained: consensus, consensus: global } = draft.state
  const [kind, number] = name.split("/") as [string, string | undefined]
  // cascade.timeout.2
  if (name === "relax/1") return cooperated(draft, 1, yield* Cooperation.relax(first, secretKey))
  if (name === "relax/2") return cooperated(draft, 2, yield* Cooperation.relax(second, secretKey))
  if (name === "restrained") return restrained(draft, { state: Restrained.timeout(consensus), send: [] })
  if (name === "conflict") return yield* proposeSet(draft, secretKey, first.accepted)
  const step = kinds[kind as keyof typeof kinds]
  // cascade.timeout.3
  return consented(draft, yield* Consensus.timeout(global, secretKey, step, Number(number)))
})

/** A timer is over. One that was never begun does nothing. */
export const timeout = Effect.fnUntraced(function* (state: Cascade, secretKey: Uint8Array, name: string) {
  // cascade.timeout.1
  if (state.decision !== null || !state.timers.includes(name)) return done(draftOf(state))
  // cascade.timeout.4
  return done(yield* advance(yield* elapsed(draftOf(state), secretKey, name), secretKey))
})
