/**
 * The default provider of `Crypto`: noble's audited JavaScript, the same on every machine and in a browser.
 *
 * @module
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js"
import { ed25519, x25519 as nobleX25519 } from "@noble/curves/ed25519.js"
import { abytes, bytesToNumberLE, concatBytes, equalBytes } from "@noble/curves/utils.js"
import { expand, extract } from "@noble/hashes/hkdf.js"
import { sha256, sha512 } from "@noble/hashes/sha2.js"
import { Layer } from "effect"
import { Crypto, type Primitives } from "../crypto.ts"
import { passesStrictChecks } from "../strict-ed25519.ts"

const { Point } = ed25519

const KEY_LENGTH = 32
const NONCE_LENGTH = 12
const TAG_LENGTH = 16
const HKDF_MAXIMUM_LENGTH = 255 * 32

const hkdfExpand: Primitives["hkdfExpand"] = (pseudorandomKey, info, length) =>
  length > HKDF_MAXIMUM_LENGTH ? undefined : expand(sha256, pseudorandomKey, info, length)

const x25519: Primitives["x25519"] = (secretKey, publicKey) => {
  abytes(secretKey, KEY_LENGTH, "secretKey")
  if (publicKey.length !== KEY_LENGTH) return undefined
  try {
    return nobleX25519.getSharedSecret(secretKey, publicKey)
  } catch {
    // With both lengths right, noble throws for one reason: the result would be all zero.
    return undefined
  }
}

const decodePoint = (encoded: Uint8Array) => {
  try {
    return Point.fromBytes(encoded)
  } catch {
    return undefined
  }
}

// RFC 8032 section 5.1.7, step 2. A key of mixed order makes a difference between k and k mod L: the reduced one counts, as in
// OpenSSL and every other implementation of the equation without the cofactor.
const challenge = (encodedR: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint =>
  Point.Fn.create(bytesToNumberLE(sha512(concatBytes(encodedR, publicKey, message))))

// noble's own verify multiplies the equation by the cofactor, so it would accept what OpenSSL refuses.
const ed25519Verify: Primitives["ed25519Verify"] = (publicKey, message, signature) => {
  if (!passesStrictChecks(publicKey, signature)) return false
  const pointA = decodePoint(publicKey)
  if (pointA === undefined) return false
  const encodedR = signature.subarray(0, 32)
  const scalarS = bytesToNumberLE(signature.subarray(32))
  const k = challenge(encodedR, publicKey, message)
  const expectedR = Point.BASE.multiplyUnsafe(scalarS).subtract(pointA.multiplyUnsafe(k))
  return equalBytes(expectedR.toBytes(), encodedR)
}

const cipher = (key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array) =>
  chacha20poly1305(abytes(key, KEY_LENGTH, "key"), abytes(nonce, NONCE_LENGTH, "nonce"), associatedData)

const aeadOpen: Primitives["aeadOpen"] = (key, nonce, associatedData, ciphertext) => {
  const opener = cipher(key, nonce, associatedData)
  if (ciphertext.length < TAG_LENGTH) return undefined
  try {
    return opener.decrypt(ciphertext)
  } catch {
    // Lengths are checked above, so what is left is a tag that does not match.
    return undefined
  }
}

/** The primitives of suite 1 on `@noble/curves`, `@noble/hashes` and `@noble/ciphers`. Contract and errors: `Primitives`. */
export const noblePrimitives: Primitives = {
  sha256,
  hkdfExtract: (salt, inputKeyMaterial) => extract(sha256, inputKeyMaterial, salt),
  hkdfExpand,
  x25519PublicKey: (secretKey) => nobleX25519.getPublicKey(secretKey),
  x25519,
  ed25519PublicKey: (secretKey) => ed25519.getPublicKey(secretKey),
  ed25519Sign: (secretKey, message) => ed25519.sign(message, secretKey),
  ed25519Verify,
  aeadSeal: (key, nonce, associatedData, plaintext) => cipher(key, nonce, associatedData).encrypt(plaintext),
  aeadOpen
}

/** Provides `Crypto` with `noblePrimitives`. */
export const noble = Layer.succeed(Crypto, noblePrimitives)
