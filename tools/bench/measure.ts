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

const system = { draw: (_label: string, length: number) => new Uint8Array(randomBytes(length)) }

/** Runs a step that must be accepted, with these primitives and the system's randomness. */
export const runWith = <A>(primitives: Primitives, step: Step<A>): A => {
  const provided = Effect.result(step).pipe(Effect.provideService(Crypto, primitives), Effect.provideService(Randomness, system))
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

const played = <S>(primitives: Primitives, { state, steps }: Part<S>): S =>
  steps.reduce((now, step) => runWith(primitives, step(now)), state)

/** The steps, from a copy of the state, in which no key has been imported and no view computed. */
export const actual = <S>(primitives: Primitives, part: Part<S>): Task => ({
  prepare: () => {
    const fresh = { ...part, state: structuredClone(part.state) }
    return () => void played(primitives, fresh)
  },
})

/** The calls of the primitives that something makes with the primitives that it is given, without the rest of it. */
export const callsOf = (primitives: Primitives, does: (primitives: Primitives) => void): Task => {
  const calls: Array<Call> = []
  does(recording(primitives, calls))
  return {
    prepare: () => {
      const again = copied(calls)
      return () => {
        for (const [name, args] of again) (primitives[name] as (...parameters: ReadonlyArray<unknown>) => unknown)(...args)
      }
    },
  }
}

/** The calls of the primitives that the steps make, without the steps. */
export const ownCalls = <S>(primitives: Primitives, part: Part<S>): Task =>
  callsOf(primitives, (used) => void played(used, { ...part, state: structuredClone(part.state) }))
