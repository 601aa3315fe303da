/**
 * The primitives with which cases are answered. Members of one group verify the same signatures and derive the same public keys over and over, in one case after the other, and that would take half of the time of generation; so what
 * was computed once is remembered.
 *
 * @module
 */
import type { Primitives } from "../../reference/crypto/crypto.ts"
import { nodePrimitives } from "../../reference/crypto/providers/node.ts"

/** Longer inputs are not remembered. */
const longest = 2048

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")

const remembered = <A>(compute: (...inputs: ReadonlyArray<Uint8Array>) => A) => {
  const known = new Map<string, A>()
  return (...inputs: ReadonlyArray<Uint8Array>): A => {
    if (inputs.some(({ length }) => length > longest)) return compute(...inputs)
    const key = inputs.map((bytes) => `${bytes.length}:${textOf(bytes)}`).join("")
    if (!known.has(key)) known.set(key, compute(...inputs))
    return known.get(key)!
  }
}

const copied = <A extends Uint8Array | undefined>(make: (...inputs: ReadonlyArray<Uint8Array>) => A) => {
  const once = remembered(make)
  // Whoever gets it may change it.
  return (...inputs: ReadonlyArray<Uint8Array>): A => once(...inputs)?.slice() as A
}

type Made<Name extends keyof Primitives> = (...inputs: ReadonlyArray<Uint8Array>) => ReturnType<Primitives[Name]>

/** `nodePrimitives`, with curves computed once for the same inputs. */
export const authorPrimitives: Primitives = {
  ...nodePrimitives,
  x25519PublicKey: copied(nodePrimitives.x25519PublicKey as Made<"x25519PublicKey">),
  x25519: copied(nodePrimitives.x25519 as Made<"x25519">),
  ed25519PublicKey: copied(nodePrimitives.ed25519PublicKey as Made<"ed25519PublicKey">),
  ed25519Sign: copied(nodePrimitives.ed25519Sign as Made<"ed25519Sign">),
  ed25519Verify: remembered(nodePrimitives.ed25519Verify as Made<"ed25519Verify">),
}
