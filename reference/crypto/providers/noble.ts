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
const HKDF_MAXIMUM_LENGTH = 255 * 32

const hkdfExpand: Primitives["hkdfExpand"] = (pseudorandomKey, info, length) =>
  length > HKDF_MAXIMUM_LENGTH ? undefined : expand(sha256, pseudorandomKey, info, length)

const x25519: Primitives["x25519"] = (secretKey, publicKey) => {
  abytes(secretKey, KEY_LENGTH, "secretKey")
  try {
    return nobleX25519.getSharedSecret(secretKey, publicKey)
  } catch {
    // The secret key is in order, so noble refuses the public key: its length, or an all-zero result.
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

// noble checks the nonce's length here, but the key's only while it decrypts.
const cipher = (key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array) =>
  chacha20poly1305(abytes(key, KEY_LENGTH, "key"), nonce, associatedData)

const aeadOpen: Primitives["aeadOpen"] = (key, nonce, associatedData, ciphertext) => {
  const opener = cipher(key, nonce, associatedData)
  try {
    return opener.decrypt(ciphertext)
  } catch {
    // Key and nonce are in order, so noble refuses the ciphertext: too short for a tag, or a tag that does not match.
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
  aeadOpen,
}

/** Provides `Crypto` with `noblePrimitives`. */
export const noble = Layer.succeed(Crypto, noblePrimitives)
