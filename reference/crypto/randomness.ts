/**
 * The `Randomness` service: where every secret begins (chapter "randomness").
 *
 * @module
 */
import { Context, Effect, Layer } from "effect"
import { labels } from "../../spec/conventions/labels.ts"
import { Crypto, type Primitives } from "./crypto.ts"

const ascii = new TextEncoder()

/** `draw(label, length)` gives `length` random bytes. */
export class Randomness extends Context.Service<Randomness, { readonly draw: (label: string, length: number) => Uint8Array }>()(
  "conclave/Randomness",
) {
  /** The system's source; labels are ignored. */
  static readonly system = Layer.succeed(Randomness, {
    draw: (_label, length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
  })
}

/** The labelled derivation of vectors from a 32-byte seed. `length` is at most 8,160. */
export const labelledDraw = (primitives: Primitives, seed: Uint8Array, label: string, length: number): Uint8Array => {
  const bytes = primitives.hkdfExpand(primitives.hkdfExtract(ascii.encode(labels.draw), seed), ascii.encode(label), length)
  if (bytes === undefined) throw new RangeError(`a draw of ${length} bytes`)
  return bytes
}

/** The source of one user in vectors: every draw is the labelled derivation from `seed`. */
export const seeded = (primitives: Primitives, seed: Uint8Array): (typeof Randomness)["Service"] => ({
  draw: (label, length) => labelledDraw(primitives, seed, label, length),
})

/** Provides `Randomness` with the source of one user in vectors. */
export const injected = (seed: Uint8Array): Layer.Layer<Randomness, never, Crypto> =>
  Layer.effect(
    Randomness,
    Effect.map(Crypto, (primitives) => seeded(primitives, seed)),
  )
