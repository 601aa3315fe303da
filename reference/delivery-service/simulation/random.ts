/**
 * The random numbers of simulations: reproducible from a text, in any language.
 *
 * Block `i` of the stream `name` of `seed` is SHA-256(seed || 0x00 || name || i), texts in UTF-8 and `i` in four bytes, big-endian. Each block gives eight numbers of 32 bits, in order.
 *
 * @module
 */
import { noblePrimitives } from "../../crypto/providers/noble.ts"

const utf8 = new TextEncoder()

/** A stream: `below(n)` is the next whole number from 0 to n - 1, uniformly. */
export interface Stream {
  readonly below: (limit: number) => number
  readonly pick: <A>(list: ReadonlyArray<A>) => A
}

const block = (seed: string, name: string, index: number): DataView => {
  const prefix = utf8.encode(`${seed}\0${name}`)
  const input = new Uint8Array(prefix.length + 4)
  input.set(prefix)
  new DataView(input.buffer).setUint32(prefix.length, index)
  return new DataView(noblePrimitives.sha256(input).buffer)
}

/** A stream from its beginning. */
export const streamOf = (seed: string, name: string): Stream => {
  let drawn = 0
  let current = block(seed, name, 0)
  const next = (): number => {
    if (drawn > 0 && drawn % 8 === 0) current = block(seed, name, drawn / 8)
    return current.getUint32((drawn++ % 8) * 4)
  }
  const below = (limit: number): number => {
    // Numbers of an incomplete last range would come too often.
    const end = Math.floor(2 ** 32 / limit) * limit
    for (;;) {
      const value = next()
      if (value < end) return value % limit
    }
  }
  return { below, pick: (list) => list[below(list.length)]! }
}
