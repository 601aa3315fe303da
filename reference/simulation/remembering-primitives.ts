/**
 * Primitives that compute each product, key and signature once. They are functions: whoever asks the same again, as the members of a group do, and one schedule after the other, gets the same.
 *
 * @module
 */
import type { Primitives } from "../crypto/crypto.ts"

/** A function that is computed once for each input. */
const remembered = <Inputs extends ReadonlyArray<Uint8Array>, A>(compute: (...inputs: Inputs) => A) => {
  const known = new Map<string, { readonly result: A }>()
  return (...inputs: Inputs): A => {
    const key = inputs.map((input) => `${input.length} ${Buffer.from(input).toString("latin1")}`).join("")
    const before = known.get(key)
    if (before !== undefined) return before.result
    const result = compute(...inputs)
    known.set(key, { result })
    return result
  }
}

/** The primitives, of which what curves compute is remembered. What fails by throwing is not. */
export const rememberingPrimitives = (primitives: Primitives): Primitives => ({
  ...primitives,
  x25519PublicKey: remembered(primitives.x25519PublicKey),
  x25519: remembered(primitives.x25519),
  ed25519PublicKey: remembered(primitives.ed25519PublicKey),
  ed25519Sign: remembered(primitives.ed25519Sign),
  ed25519Verify: remembered(primitives.ed25519Verify),
})
