/**
 * Toy primitives for exploration: some hundred times as fast as real ones, and of no cryptographic strength whatever. What is kept is what a protocol can notice:
 * equal inputs give equal outputs, different ones different outputs; both sides of a key agreement get one value; a ciphertext does not open under another key, nonce or
 * associated data, nor when it was changed; a signature verifies for its message and key alone.
 *
 * Only exploration may use them. A test holds its findings equal under these and under the real primitives.
 *
 * @module
 */
import type { Primitives } from "../crypto/crypto.ts"

const words = (bytes: Uint8Array): number => (bytes.length + 3) >> 2

// A 128-bit mixing state of four words, in the manner of the non-cryptographic hashes.
const state = new Uint32Array(4)

const absorbWord = (word: number) => {
  let [a, b, c, d] = state as unknown as [number, number, number, number]
  a = Math.imul(a ^ word, 0x9e3779b1)
  a = (a << 13) | (a >>> 19)
  b = Math.imul(b + a, 0x85ebca77) ^ (b >>> 15)
  c = Math.imul(c ^ b, 0xc2b2ae3d)
  c = (c << 17) | (c >>> 15)
  d = Math.imul(d + c, 0x27d4eb2f) ^ (d >>> 13)
  state[0] = a ^ d
  state[1] = b
  state[2] = c
  state[3] = d
}

// The length goes in first, so that parts cannot run into each other.
const absorb = (bytes: Uint8Array) => {
  absorbWord(bytes.length)
  for (let index = 0; index < words(bytes); index++) {
    const at = 4 * index
    absorbWord((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24))
  }
}

/** `length` bytes that depend on a number for the purpose and on all parts. */
const mix = (purpose: number, length: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  state.set([purpose, 0x243f6a88, 0x85a308d3, 0x13198a2e])
  for (const part of parts) absorb(part)
  const output = new Uint8Array(length)
  for (let index = 0; index < length; index++) {
    if (index % 16 === 0) for (let round = 0; round < 4; round++) absorbWord(index + round)
    output[index] = state[(index >> 2) & 3]! >>> (8 * (index & 3))
  }
  return output
}

const check = (bytes: Uint8Array, length: number) => {
  if (bytes.length !== length) throw new RangeError(`${bytes.length} bytes, not ${length}`)
}

/** The eight words of a key, times those of another: multiplication commutes, which is all that is asked of it. */
const product = (secretKey: Uint8Array, other: (index: number) => number): Uint8Array => {
  check(secretKey, 32)
  const output = new Uint8Array(32)
  const [from, to] = [new DataView(secretKey.buffer, secretKey.byteOffset), new DataView(output.buffer)]
  for (let at = 0; at < 32; at += 4) to.setUint32(at, Math.imul(from.getUint32(at) | 1, other(at)))
  return output
}

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0)

const x25519: Primitives["x25519"] = (secretKey, publicKey) => {
  if (publicKey.length !== 32) return undefined
  const view = new DataView(publicKey.buffer, publicKey.byteOffset)
  const shared = product(secretKey, (at) => view.getUint32(at))
  return isZero(shared) ? undefined : shared
}

const sign: Primitives["ed25519Sign"] = (secretKey, message) => mix(4, 64, mix(3, 32, secretKey), message)

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, index) => byte === b[index])

const masked = (key: Uint8Array, nonce: Uint8Array, text: Uint8Array): Uint8Array => {
  const mask = mix(5, 32, key, nonce)
  return text.map((byte, index) => byte ^ mask[index & 31]!)
}

const tagOf = (key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array) =>
  mix(6, 16, key, nonce, associatedData, plaintext)

const aeadSeal: Primitives["aeadSeal"] = (key, nonce, associatedData, plaintext) => {
  check(key, 32)
  check(nonce, 12)
  const sealed = new Uint8Array(plaintext.length + 16)
  sealed.set(masked(key, nonce, plaintext))
  sealed.set(tagOf(key, nonce, associatedData, plaintext), plaintext.length)
  return sealed
}

const aeadOpen: Primitives["aeadOpen"] = (key, nonce, associatedData, ciphertext) => {
  check(key, 32)
  check(nonce, 12)
  if (ciphertext.length < 16) return undefined
  const plaintext = masked(key, nonce, ciphertext.subarray(0, -16))
  return same(tagOf(key, nonce, associatedData, plaintext), ciphertext.subarray(-16)) ? plaintext : undefined
}

/** The toy primitives. Contract and errors: `Primitives`. */
export const toyPrimitives: Primitives = {
  sha256: (data) => mix(0, 32, data),
  hkdfExtract: (salt, inputKeyMaterial) => mix(1, 32, salt.length === 0 ? new Uint8Array(32) : salt, inputKeyMaterial),
  hkdfExpand: (pseudorandomKey, info, length) => (length > 255 * 32 ? undefined : mix(2, length, pseudorandomKey, info)),
  x25519PublicKey: (secretKey) => product(secretKey, (at) => 0x9e3779b1 + at),
  x25519,
  ed25519PublicKey: (secretKey) => mix(3, 32, secretKey),
  ed25519Sign: sign,
  ed25519Verify: (publicKey, message, signature) => signature.length === 64 && same(mix(4, 64, publicKey, message), signature),
  aeadSeal,
  aeadOpen,
}
