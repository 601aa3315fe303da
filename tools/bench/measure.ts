/**
 * CPU time, and the calls of the primitives that a step makes.
 *
 * @module
 */
import { randomBytes } from "node:crypto"
import { Effect, Result } from "effect"
import { Crypto, type Primitives } from "../../reference/crypto/crypto.ts"
import { Randomness } from "../../reference/crypto/randomness.ts"
import type { Step } from "../../reference/simulation/network.ts"

/** Something whose CPU time is measured. `prepare` is not part of it, and is done anew each time, so that nothing is kept from the time before. */
export interface Task {
  readonly prepare: () => () => void | Promise<void>
}

/** The CPU time of one run of a task, in milliseconds, of all threads. */
export const cpuOf = async ({ prepare }: Task): Promise<number> => {
  const run = prepare()
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

type Source = (typeof Randomness)["Service"]

const system: Source = { draw: (_label, length) => new Uint8Array(randomBytes(length)) }

/** The system's randomness, which gives the same again for a label: so what a member did can be done again, and fits what others answered. */
export const repeating = (): Source => {
  const drawn = new Map<string, Uint8Array>()
  const draw: Source["draw"] = (label, length) => {
    const bytes = drawn.get(label) ?? system.draw(label, length)
    drawn.set(label, bytes)
    return Uint8Array.from(bytes)
  }
  return { draw }
}

/** Runs a step that must be accepted, with these primitives. */
export const runWith = <A>(primitives: Primitives, step: Step<A>, random: Source = system): A => {
  const provided = Effect.result(step).pipe(Effect.provideService(Crypto, primitives), Effect.provideService(Randomness, random))
  const result = Effect.runSync(provided)
  if (Result.isFailure(result)) throw new Error(`not accepted: ${JSON.stringify(result.failure)}`)
  return result.success
}

type Call = readonly [name: keyof Primitives, args: ReadonlyArray<unknown>]

/** The primitives, which note what they are called with. */
const recording = (primitives: Primitives, calls: Array<Call>): Primitives => {
  const noted = Object.entries(primitives).map(([name, primitive]) => [
    name,
    (...args: ReadonlyArray<unknown>) => {
      calls.push([name as keyof Primitives, args])
      return (primitive as (...parameters: ReadonlyArray<unknown>) => unknown)(...args)
    },
  ])
  return Object.fromEntries(noted) as Primitives
}

/** The calls with copies of their bytes, each array copied once: to a provider that keeps imported keys by array, all keys are new. */
const copied = (calls: ReadonlyArray<Call>): ReadonlyArray<Call> => {
  const copies = new Map<unknown, unknown>()
  const copyOf = (value: unknown) => {
    if (!(value instanceof Uint8Array)) return value
    const copy = copies.get(value) ?? Uint8Array.from(value)
    copies.set(value, copy)
    return copy
  }
  return calls.map(([name, args]) => [name, args.map(copyOf)])
}

/** A measured part of an operation: steps that begin with a state. */
export interface Part<S> {
  readonly state: S
  readonly steps: ReadonlyArray<(state: S) => Step<S>>
}

/** What a member did before, from a state, and its randomness: when it has done it again it is a member in operation. */
export interface Past<S> extends Part<S> {
  readonly random: Source
}

const played = <S>(primitives: Primitives, { state, steps }: Part<S>, random?: Source): S =>
  steps.reduce((now, step) => runWith(primitives, step(now), random), state)

/** The state as after loading: a copy, of which no key has been imported and no view computed. */
const loaded = <S>({ state }: Part<S>): S => structuredClone(state)

/** The state of a member in operation, who has come to it by what it did. */
const running = <S>(primitives: Primitives, past: Past<S>): S => played(primitives, { ...past, state: loaded(past) }, past.random)

/** The steps, from the state as after loading, or after a past of which nothing is measured. */
export const actual = <S>(primitives: Primitives, part: Part<S>, past?: Past<S>): Task => ({
  prepare: () => {
    const state = past === undefined ? loaded(part) : running(primitives, past)
    return () => void played(primitives, { ...part, state })
  },
})

const callAll = (primitives: Primitives, calls: ReadonlyArray<Call>) => {
  for (const [name, args] of calls) (primitives[name] as (...parameters: ReadonlyArray<unknown>) => unknown)(...args)
}

/**
 * The calls of the primitives that something makes with the primitives that it is given, without the rest of it. Those that it makes while it is made ready are made before,
 * and are not measured: what the provider keeps of a key it then has.
 */
export const callsOf = (primitives: Primitives, makeReady: (primitives: Primitives) => () => void): Task => {
  const calls: Array<Call> = []
  const does = makeReady(recording(primitives, calls))
  const before = calls.length
  does()
  return {
    prepare: () => {
      const again = copied(calls)
      callAll(primitives, again.slice(0, before))
      const measured = again.slice(before)
      return () => callAll(primitives, measured)
    },
  }
}

/** The calls of the primitives that the steps make, without the steps: from the state as after loading, or after a past. */
export const ownCalls = <S>(primitives: Primitives, part: Part<S>, past?: Past<S>): Task =>
  callsOf(primitives, (used) => {
    const state = past === undefined ? loaded(part) : running(used, past)
    return () => void played(used, { ...part, state })
  })
