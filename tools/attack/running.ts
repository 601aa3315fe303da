/**
 * Steps of messengers, run with what the search has to know of them: secrets that went through their hands, what they sealed for whom, and what they cost.
 *
 * @module
 */
import { Context, Effect, Exit, Result } from "effect"
import { Crypto, type Primitives } from "../../reference/crypto/crypto.ts"
import { labelledDraw, Randomness } from "../../reference/crypto/randomness.ts"
import { Trace } from "../../reference/crypto/trace.ts"
import type { Step } from "../../reference/simulation/network.ts"
import { toyPrimitives } from "../../reference/simulation/toy-primitives.ts"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"

/** What one step costs. Bytes decoded are counted only when `countDecoding` was called before the reference was loaded. */
export interface Cost {
  hkdf: number
  verify: number
  agree: number
  decoded: number
}

/** What went through the hands of one step. */
export interface Hands {
  /** Traced values, by name. */
  readonly traced: ReadonlyArray<{ readonly name: string; readonly value: Uint8Array }>
  /** The plaintexts that were sealed, with the member that they are for. */
  readonly sealed: ReadonlyArray<{ readonly me: string; readonly to: string; readonly plaintext: Uint8Array }>
  /** The seeds that were drawn. */
  readonly seeds: ReadonlyArray<{ readonly sender: string; readonly seq: number; readonly seed: Uint8Array }>
  /** What was sealed under which key and nonce. */
  readonly seals: ReadonlyArray<{ readonly key: Uint8Array; readonly nonce: Uint8Array; readonly plaintext: Uint8Array }>
}

/** A step that was run. `threw` is what it threw, which it must not. */
export interface Ran<A> {
  readonly result: Result.Result<A, NotAccepted> | undefined
  readonly threw: string | undefined
  readonly hands: Hands
  readonly cost: Cost
}

const counted = globalThis as { conclaveDecoded?: number }

const decodedSoFar = (): number => counted.conclaveDecoded ?? 0

const cost: Cost = { hkdf: 0, verify: 0, agree: 0, decoded: 0 }

let seals: Array<Hands["seals"][number]> = []

/** Primitives that count into `cost`, and keep what they seal in `seals`. */
const counting = (primitives: Primitives): Primitives => ({
  ...primitives,
  hkdfExpand: (...args) => {
    cost.hkdf++
    return primitives.hkdfExpand(...args)
  },
  ed25519Verify: (...args) => {
    cost.verify++
    return primitives.ed25519Verify(...args)
  },
  x25519: (...args) => {
    cost.agree++
    return primitives.x25519(...args)
  },
  aeadSeal: (key, nonce, associatedData, plaintext) => {
    seals.push({ key, nonce, plaintext })
    return primitives.aeadSeal(key, nonce, associatedData, plaintext)
  },
})

let chosen: Primitives = toyPrimitives
let inUse: Primitives = counting(chosen)

/** Uses other primitives from now on. What was made with others before is of no use any more. */
export const usePrimitives = (primitives: Primitives): void => {
  chosen = primitives
  inUse = counting(primitives)
}

/** The primitives in use. */
export const primitives = (): Primitives => chosen

/** Replaces what is drawn. */
export type Draw = (label: string, length: number) => Uint8Array | undefined

/** Where a channel message to another member begins: the first thing that is drawn for it. */
const channelLabel = /^channel\/([0-9a-f]+)\/([0-9a-f]+)\/\d+\/own$/
const seedLabel = /^seed\/([0-9a-f]+)\/(\d+)$/

/** Runs a step with the randomness of `seed`, or what `draw` gives in its place. */
export const run = <A>(seed: Uint8Array, step: Step<A>, draw: Draw = () => undefined): Ran<A> => {
  const traced: Array<Hands["traced"][number]> = []
  const sealed: Array<Hands["sealed"][number]> = []
  const seeds: Array<Hands["seeds"][number]> = []
  let pending: { readonly me: string; readonly to: string } | undefined
  const drawing = (label: string, length: number) => {
    const value = draw(label, length) ?? labelledDraw(chosen, seed, label, length)
    const [, me, to] = channelLabel.exec(label) ?? []
    if (me !== undefined && to !== undefined) pending = { me, to }
    const [, sender, seq] = seedLabel.exec(label) ?? []
    if (sender !== undefined) seeds.push({ sender, seq: Number(seq), seed: value })
    return value
  }
  const tracing = (name: string, value: Uint8Array) => {
    if (name === "channel.plaintext" && pending !== undefined) sealed.push({ ...pending, plaintext: value })
    if (name === "channel.plaintext") pending = undefined
    traced.push({ name, value })
  }
  const context = Context.make(Crypto, inUse).pipe(Context.add(Randomness, { draw: drawing }), Context.add(Trace, tracing))
  Object.assign(cost, { hkdf: 0, verify: 0, agree: 0 })
  seals = []
  const decodedBefore = decodedSoFar()
  const exit = Effect.runSyncExit(Effect.provideContext(Effect.result(step), context))
  return {
    result: Exit.isSuccess(exit) ? exit.value : undefined,
    threw: Exit.isSuccess(exit) ? undefined : String(exit.cause),
    hands: { traced, sealed, seeds, seals },
    cost: { ...cost, decoded: decodedSoFar() - decodedBefore },
  }
}

/** Runs a step that has to be accepted. */
export const must = <A>(seed: Uint8Array, step: Step<A>, draw?: Draw): A => {
  const { result, threw } = run(seed, step, draw)
  if (result === undefined || Result.isFailure(result)) throw new Error(`not accepted: ${threw ?? JSON.stringify(result)}`)
  return result.success
}
