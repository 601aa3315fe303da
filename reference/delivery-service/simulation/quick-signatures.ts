/**
 * Primitives for simulations of many thousand messages: a signature is a hash of the public key and the message. Anybody could make one, so it is up to
 * the simulation that its faulty members sign for themselves only; the code of the chapters is the same as with real signatures.
 *
 * @module
 */
import { Effect, Result } from "effect"
import type { NotAccepted } from "../../../spec/conventions/verdicts.ts"
import { Crypto, type Primitives } from "../../crypto/crypto.ts"
import { noblePrimitives } from "../../crypto/providers/noble.ts"

const joined = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const tag = (publicKey: Uint8Array, message: Uint8Array): Uint8Array => {
  const digest = noblePrimitives.sha256(joined(publicKey, message))
  return joined(digest, digest)
}

const publicKey = (secretKey: Uint8Array): Uint8Array => noblePrimitives.sha256(secretKey)

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, index) => byte === b[index])

/** The primitives with hashes for signatures. */
export const quickPrimitives: Primitives = {
  ...noblePrimitives,
  ed25519PublicKey: publicKey,
  ed25519Sign: (secretKey, message) => tag(publicKey(secretKey), message),
  ed25519Verify: (key, message, signature) => same(tag(key, message), signature),
}

/** Runs a step with these primitives, or with others. */
export const runWith = <A>(
  step: Effect.Effect<A, NotAccepted, Crypto>,
  primitives: Primitives = quickPrimitives,
): Result.Result<A, NotAccepted> => Effect.runSync(Effect.result(step).pipe(Effect.provideService(Crypto, primitives)))

/** Runs a step that must be accepted. Throws otherwise. */
export const acceptedWith = <A>(step: Effect.Effect<A, NotAccepted, Crypto>, primitives: Primitives = quickPrimitives): A => {
  const result = runWith(step, primitives)
  if (Result.isFailure(result)) throw new Error(`not accepted: ${JSON.stringify(result.failure)}`)
  return result.success
}
