/** Random inputs that are the same in every run: SHA-256 of the seed, the draw's number and the block's number. */
import { createHash } from "node:crypto"

export interface Seeded {
  readonly bytes: (length: number) => Uint8Array
  /** An integer from 0 to `below` - 1, for `below` up to 2^32. */
  readonly integer: (below: number) => number
}

export const seeded = (seed: string): Seeded => {
  let draws = 0
  const bytes = (length: number): Uint8Array => {
    const draw = draws++
    const drawn = new Uint8Array(length)
    for (let at = 0; at < length; at += 32) {
      const block = createHash("sha256").update(`${seed}/${draw}/${at}`).digest()
      drawn.set(block.subarray(0, Math.min(32, length - at)), at)
    }
    return drawn
  }
  const integer = (below: number): number => Math.floor((Buffer.from(bytes(4)).readUInt32BE() / 2 ** 32) * below)
  return { bytes, integer }
}

/** A copy with one bit changed, somewhere. */
export const withFlippedBit = (random: Seeded, value: Uint8Array): Uint8Array => {
  const changed = Uint8Array.from(value)
  const at = random.integer(value.length)
  changed[at] = changed[at]! ^ (1 << random.integer(8))
  return changed
}
