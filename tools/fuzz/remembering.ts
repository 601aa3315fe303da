/**
 * Primitives that remember: the plays of one case make the same keys and verify the same signatures over and over.
 *
 * @module
 */
import type { Primitives } from "../../reference/crypto/crypto.ts"

// What is forgotten is computed again.
const mostRemembered = 50_000
const mostBytes = 4096

const keyOf = (args: ReadonlyArray<Uint8Array>): string => args.map((bytes) => Buffer.from(bytes).toString("latin1")).join("\u0100")

const remembering = <Args extends ReadonlyArray<Uint8Array>, Given>(compute: (...args: Args) => Given): ((...args: Args) => Given) => {
  const known = new Map<string, Given>()
  return (...args) => {
    if (args.some(({ length }) => length > mostBytes)) return compute(...args)
    const key = keyOf(args)
    if (known.has(key)) return known.get(key) as Given
    const given = compute(...args)
    if (known.size >= mostRemembered) known.clear()
    known.set(key, given)
    return given
  }
}

/** Bytes that nobody else has: what is remembered must not change with what a caller does to its copy. */
const copied = <Args extends ReadonlyArray<Uint8Array>, Given extends Uint8Array | undefined>(compute: (...args: Args) => Given) => {
  const remembered = remembering(compute)
  return (...args: Args): Given => remembered(...args)?.slice() as Given
}

/** These primitives, with the results of curves remembered. */
export const rememberingPrimitives = (primitives: Primitives): Primitives => ({
  ...primitives,
  x25519PublicKey: copied(primitives.x25519PublicKey),
  x25519: copied(primitives.x25519),
  ed25519PublicKey: copied(primitives.ed25519PublicKey),
  ed25519Sign: copied(primitives.ed25519Sign),
  ed25519Verify: remembering(primitives.ed25519Verify),
})
