/**
 * The cascade of one epoch, in memory: voters that exchange messages in any order that a test chooses, timers that end when it says so, and faulty voters that are several copies of
 * a correct one, each of which shows itself to some only.
 *
 * @module
 */
import type { Cascade, CascadeMessage, CommitValue, Decide } from "../../../spec/delivery-service/cascade.ts"
import type { Electorate } from "../../../spec/delivery-service/cooperation.ts"
import { type Cascaded, chosenOf, type NamedCommit, open, propose, receive, signCommit, timeout, validate } from "../cascade.ts"
import { electorateOf, secretOf } from "./cooperation.ts"
import { acceptedWith, runWith } from "./quick-signatures.ts"

/** One voter, or one copy of a faulty one. `sees` are the leaves that its messages go to. */
export interface Actor {
  readonly leaf: number
  readonly isFaulty: boolean
  readonly sees: (to: number) => boolean
  state: Cascade
}

/** A message on its way to one actor. */
export interface Flight {
  readonly from: number
  readonly to: Actor
  readonly message: CascadeMessage
}

/** A timer that has begun, with the time at which it ends, in delay bounds. */
export interface Pending {
  readonly actor: Actor
  readonly name: string
  readonly at: number
}

/** The voters of one epoch. `sent` counts messages by type, `flights` and `timers` are what may happen next. */
export interface Hall {
  readonly electorate: Electorate
  readonly actors: Array<Actor>
  readonly flights: Array<Flight>
  readonly timers: Array<Pending>
  readonly sent: Map<string, number>
  readonly isValid: (leaf: number, value: CommitValue) => boolean
  now: number
}

/** A hall of `n` voters with `t` faulty ones at most. `copies` gives for each faulty leaf the leaves that each of its copies shows itself to. */
export const hallOf = (
  n: number,
  t: number,
  copies: ReadonlyMap<number, ReadonlyArray<ReadonlyArray<number>>> = new Map(),
  isValid: Hall["isValid"] = () => true,
): Hall => {
  const electorate = electorateOf(n, t)
  const actors = electorate.voters.flatMap(({ leaf }): ReadonlyArray<Actor> => {
    const state = acceptedWith(open(electorate, leaf))
    const sides = copies.get(leaf)
    if (sides === undefined) return [{ leaf, isFaulty: false, sees: () => true, state }]
    return sides.map((side) => ({ leaf, isFaulty: true, sees: (to: number) => side.includes(to), state }))
  })
  return { electorate, actors, flights: [], timers: [], sent: new Map(), isValid, now: 0 }
}

const spread = (hall: Hall, from: Actor, { send, timers }: Cascaded): void => {
  for (const { to, message } of send) {
    for (const actor of hall.actors) {
      if (actor.leaf === from.leaf || (to !== "all" && !to.includes(actor.leaf))) continue
      if (!from.sees(actor.leaf)) continue
      hall.flights.push({ from: from.leaf, to: actor, message })
      hall.sent.set(message.type, (hall.sent.get(message.type) ?? 0) + 1)
    }
  }
  for (const { name, delay } of timers) hall.timers.push({ actor: from, name, at: hall.now + delay })
}

const take = (hall: Hall, actor: Actor, result: Cascaded): void => {
  actor.state = result.state
  spread(hall, actor, result)
  for (const { ref, value } of result.judge) {
    if (hall.isValid(actor.leaf, value)) take(hall, actor, acceptedWith(validate(actor.state, secretOf(actor.leaf), ref)))
  }
}

/** A commit of `leaf`; `label` tells several of one author apart, `proposals` is how many proposals it commits. */
export const commitIn = (hall: Hall, leaf: number, label: number, proposals: number): NamedCommit => {
  const refs = Array.from({ length: proposals }, (_, index) => (index + 1).toString(16).padStart(64, "0"))
  const value = { author: leaf, proposals: refs, commit: new Uint8Array([label]), welcome: null }
  return acceptedWith(signCommit(hall.electorate, secretOf(leaf), value))
}

/** An actor proposes. */
export const proposeIn = (hall: Hall, actor: Actor, commit: NamedCommit): void =>
  take(hall, actor, acceptedWith(propose(actor.state, secretOf(actor.leaf), commit)))

/** Delivers a message. What is refused changes nothing. */
export const deliverIn = (hall: Hall, { from, to, message }: Flight): void => {
  const result = runWith(receive(to.state, secretOf(to.leaf), from, message))
  if (result._tag === "Success") take(hall, to, result.success)
}

/** Ends a timer. */
export const elapseIn = (hall: Hall, { actor, name }: Pending): void =>
  take(hall, actor, acceptedWith(timeout(actor.state, secretOf(actor.leaf), name)))

/** The correct actors. */
export const correctIn = (hall: Hall): ReadonlyArray<Actor> => hall.actors.filter(({ isFaulty }) => !isFaulty)

/** What an actor has decided, if it has: the commit's ref, and by what. */
export const decisionOf = ({ state }: Actor): { readonly ref: string; readonly by: Decide["evidence"]["type"] } | undefined =>
  state.decision === null ? undefined : { ref: chosenOf(state.decision).ref, by: state.decision.evidence.type }
