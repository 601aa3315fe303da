import { assert, describe, it } from "@effect/vitest"
import type { Primitives } from "../crypto.ts"
import { providers } from "./providers.ts"
import { bytes, hex, hexOrUndefined, rfc } from "./vectors.ts"

const ALICE_AND_BOB = rfc.x25519.diffieHellman
const BASE_POINT = `09${"00".repeat(31)}`

// RFC 7748 section 5.2: scalar and u start as 9; each round's result is the next scalar, the old scalar the next u.
const iterate = (x25519: Primitives["x25519"], count: number): string => {
  let scalar = bytes(BASE_POINT)
  let u = scalar
  for (let round = 0; round < count; round++) {
    const result = x25519(scalar, u)
    if (result === undefined) return "all zero"
    u = scalar
    scalar = result
  }
  return hex(scalar)
}

describe.each(providers)("the RFCs' own vectors on $name", ({ primitives }) => {
  it.each(rfc.sha256.cases)("FIPS 180-4: SHA-256 of '$message'", ({ message, digest }) => {
    assert.strictEqual(hex(primitives.sha256(bytes(message))), digest)
  })

  it.each(rfc.hkdf.cases)("RFC 5869 $name", ({ ikm, salt, info, length, prk, okm }) => {
    assert.strictEqual(hex(primitives.hkdfExtract(bytes(salt), bytes(ikm))), prk)
    assert.strictEqual(hexOrUndefined(primitives.hkdfExpand(bytes(prk), bytes(info), length)), okm)
  })

  it.each(rfc.x25519.scalarMultiplications)("RFC 7748 5.2: $scalar", ({ scalar, u, result }) => {
    assert.strictEqual(hexOrUndefined(primitives.x25519(bytes(scalar), bytes(u))), result)
  })

  it.each(rfc.x25519.iterations)("RFC 7748 5.2: after $count iterations", ({ count, result }) => {
    assert.strictEqual(iterate(primitives.x25519, count), result)
  })

  it("RFC 7748 6.1: Alice and Bob agree", () => {
    const { aliceSecretKey, alicePublicKey, bobSecretKey, bobPublicKey, sharedSecret } = ALICE_AND_BOB
    assert.strictEqual(hex(primitives.x25519PublicKey(bytes(aliceSecretKey))), alicePublicKey)
    assert.strictEqual(hex(primitives.x25519PublicKey(bytes(bobSecretKey))), bobPublicKey)
    assert.strictEqual(hexOrUndefined(primitives.x25519(bytes(aliceSecretKey), bytes(bobPublicKey))), sharedSecret)
    assert.strictEqual(hexOrUndefined(primitives.x25519(bytes(bobSecretKey), bytes(alicePublicKey))), sharedSecret)
  })

  it.each(rfc.ed25519.cases)("RFC 8032 7.1 $name", ({ secretKey, publicKey, message, signature }) => {
    assert.strictEqual(hex(primitives.ed25519PublicKey(bytes(secretKey))), publicKey)
    assert.strictEqual(hex(primitives.ed25519Sign(bytes(secretKey), bytes(message))), signature)
    assert.isTrue(primitives.ed25519Verify(bytes(publicKey), bytes(message), bytes(signature)))
  })

  it.each(rfc.chacha20Poly1305.cases)("RFC 8439 2.8.2", ({ key, nonce, associatedData, plaintext, ciphertext, tag }) => {
    const context = [bytes(key), bytes(nonce), bytes(associatedData)] as const
    assert.strictEqual(hex(primitives.aeadSeal(...context, bytes(plaintext))), ciphertext + tag)
    assert.strictEqual(hexOrUndefined(primitives.aeadOpen(...context, bytes(ciphertext + tag))), plaintext)
  })
})
