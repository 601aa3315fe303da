/**
 * The operations that are measured, in a settled group: their sender, one recipient, one member that processes all acknowledgements, and who joins.
 *
 * @module
 */
import { Effect } from "effect"
import type { Primitives } from "../../reference/crypto/crypto.ts"
import type { Step } from "../../reference/simulation/network.ts"
import type { Level, Stepped } from "./levels.ts"
import { type Part, type Past, repeating, runWith } from "./measure.ts"

/** A part of an operation, and what its member did before it in the group. `count` is how often the same is done in it. */
export interface Measured<S> extends Part<S> {
  readonly operation: string
  readonly who: string
  readonly count: number
  readonly past: Past<S>
}

/** So many past operations are done again by a member that is measured in operation: then it has met every key of the others. */
const lastOperations = 4

/** How many messages are measured together: one alone is too short. */
const messages = 20

/** What a group has had before: updates of its founder, or guests whom the founder has added and removed in turn. */
export type PastOf = "updates" | "guests"

/** The users of a group of `n`: its founder, the others, and one who is not in it yet. Who processes what others sent knows them; the others know the founder and the guest. */
const people = <S, P>(level: Level<S, P>, primitives: Primitives, n: number) => {
  const users = Array.from({ length: n + 1 }, (_, index) => `user-${String(index).padStart(4, "0")}`)
  const states = users.map((user) => runWith(primitives, level.appear(user)))
  const meet = (one: number, other: number) => {
    const { state, bundle } = runWith(primitives, level.publish(states[other]!))
    states[other] = state
    states[one] = runWith(primitives, level.learn(states[one]!, bundle))
  }
  const knowing = new Set([0, 1, n])
  for (const one of users.keys())
    for (const other of users.keys()) if (one !== other && (knowing.has(one) || other === 0 || other === n)) meet(one, other)
  return { users, states }
}

/** A past that begins with a state. */
const begun = <S>(state: S): Past<S> => ({ state, steps: [], random: repeating() })

/** A group whose founder, and one other member, have everything; the others have what the founder did. */
class Group<S, P> {
  readonly measured: Array<Measured<S>> = []
  readonly #level: Level<S, P>
  readonly #primitives: Primitives
  readonly users: ReadonlyArray<string>
  readonly states: Array<S>
  #pasts: Array<Past<S>>
  #isRemembered = true

  constructor(level: Level<S, P>, primitives: Primitives, n: number) {
    this.#level = level
    this.#primitives = primitives
    const { users, states } = people(level, primitives, n)
    this.users = users
    this.states = states
    this.#pasts = states.map(begun)
  }

  /** Does a step of the member at a place, and remembers it. */
  #do<A extends { readonly state: S }>(at: number, step: (state: S) => Step<A>): A {
    const past = this.#pasts[at]!
    const done = runWith(this.#primitives, step(this.states[at]!), this.#isRemembered ? past.random : undefined)
    this.states[at] = done.state
    if (this.#isRemembered) this.#pasts[at] = { ...past, steps: [...past.steps, (before) => after(step(before))] }
    return done
  }

  #run(at: number, step: (state: S) => Step<Stepped<S, P>>): ReadonlyArray<P> {
    return this.#do(at, step).sent
  }

  #meet(one: number, other: number) {
    const { bundle } = this.#do(other, (state) => this.#level.publish(state))
    this.#do(one, (state) => Effect.map(this.#level.learn(state, bundle), (after) => ({ state: after })))
  }

  #measure(operation: string, who: string, at: number, steps: Part<S>["steps"], count = 1) {
    if (operation !== unmeasured) this.measured.push({ operation, who, count, state: this.states[at]!, steps, past: this.#pasts[at]! })
  }

  #note(operation: string, who: string, at: number, packets: ReadonlyArray<P>, count = 1) {
    const steps = packets.map((packet) => (state: S) => after(this.#level.receive(state, packet)))
    if (steps.length > 0) this.#measure(operation, who, at, steps, count)
  }

  #receive(at: number, packets: ReadonlyArray<P>): ReadonlyArray<P> {
    return packets.flatMap((packet) => this.#run(at, (state) => this.#level.receive(state, packet)))
  }

  /** Has past operations done, numbered from 0. Of many only the last are kept to be done again: all would be gigabytes. */
  live(operations: number, does: (number: number) => void) {
    if (operations === 0) return
    const first = Math.max(0, operations - lastOperations)
    this.#isRemembered = false
    for (let number = 0; number < first; number++) does(number)
    this.#isRemembered = true
    this.#pasts = this.states.map(begun)
    for (let number = first; number < operations; number++) does(number)
  }

  /** Does an operation of the founder, which those at `members` answer. `joiner` is one of them. */
  operate(operation: string, act: (state: S) => Step<Stepped<S, P>>, members: ReadonlyArray<number>, joiner?: number) {
    this.#measure(operation, "sender", 0, [(state) => after(act(state))])
    const sent = this.#run(0, act)
    const answers = new Map<number, ReadonlyArray<P>>()
    for (const member of members) {
      if (member === 1) this.#note(operation, "one recipient", member, sent)
      if (member === joiner) this.#note(operation, "joiner", member, sent)
      answers.set(member, this.#receive(member, sent))
    }
    for (const at of [0, ...members.filter((member) => member === 1 || member === joiner)]) {
      const ofOthers = [...answers].flatMap(([member, packets]) => (member === at ? [] : packets))
      const who = at === 0 ? "all acks, sender" : at === joiner ? "all acks, joiner" : "all acks, one recipient"
      this.#note(operation, who, at, ofOthers)
      this.#receive(at, ofOthers)
    }
  }

  /** A guest comes, whom the founder adds, and goes, whom the founder removes; those at `members` answer. It is user `guest`, at a place of its own. */
  host(guest: string, members: ReadonlyArray<number>) {
    const place = this.users.length
    const come = runWith(this.#primitives, this.#level.appear(guest))
    this.states[place] = come
    this.#pasts[place] = begun(come)
    for (const member of [0, ...members]) {
      this.#meet(member, place)
      this.#meet(place, member)
    }
    this.operate(unmeasured, (state) => this.#level.add(state, guest), [...members, place], place)
    this.operate(unmeasured, (state) => this.#level.remove(state, guest), members)
  }

  /** Messages of the founder. */
  converse(say: NonNullable<Level<S, P>["say"]>) {
    const payload = new Uint8Array(32)
    const steps = Array.from({ length: messages }, () => (state: S) => after(say(state, payload)))
    this.#measure("message", "sender", 0, steps, messages)
    const sent = steps.flatMap(() => this.#run(0, (state) => say(state, payload)))
    this.#note("message", "one recipient", 1, sent, messages)
    this.#receive(1, sent)
  }
}

const after = <S>(step: Step<{ readonly state: S }>): Step<S> => Effect.map(step, ({ state }) => state)

/** An operation of the past. */
const unmeasured = "past"

/** What is measured in a group of `n` that has had so many operations before. */
export const scenario = <S, P>(
  level: Level<S, P>,
  primitives: Primitives,
  n: number,
  history: number,
  past: PastOf = "updates",
): ReadonlyArray<Measured<S>> => {
  const group = new Group(level, primitives, n)
  const { users } = group
  const others = users.map((_, index) => index).slice(1, n)
  group.operate("create", (state) => level.create(state, users.slice(1, n)), others)
  group.live(past === "guests" ? history / 2 : history, (number) => {
    if (past === "guests") group.host(`guest-${String(number).padStart(4, "0")}`, others)
    else group.operate(unmeasured, level.update, others)
  })
  group.operate("update", level.update, others)
  if (level.say !== undefined) group.converse(level.say)
  group.operate("add", (state) => level.add(state, users[n]!), [...others, n], n)
  group.operate("remove", (state) => level.remove(state, users[n]!), others)
  return group.measured
}
