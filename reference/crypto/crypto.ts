/**
 * The `Crypto` service: the primitives of suite 1, and nothing else. Everything above is written on this interface, so that
 * a reader sees which primitive a protocol step uses, and so that two independent providers can be held equal.
 *
 * All values are bytes; keys are 32 bytes, nonces 12, tags 16, signatures 64. A function that a peer's input can make fail
 * answers `undefined`; a wrong length of a secret key or a nonce of our own is a bug and throws.
 *
 * @module
 */
import { Context } from "effect"

/** The primitives of suite 1 (chapter "suite"). */
export interface Primitives {
  /** SHA-256, FIPS 180-4. 32 bytes. */
  readonly sha256: (data: Uint8Array) => Uint8Array
  /** HKDF-Extract with SHA-256, RFC 5869 section 2.2. An empty salt is 32 zero bytes. */
  readonly hkdfExtract: (salt: Uint8Array, inputKeyMaterial: Uint8Array) => Uint8Array
  /** HKDF-Expand with SHA-256, RFC 5869 section 2.3. `undefined` when `length` is over 255 * 32 (clause suite.hkdf-length). The key is at least 32 bytes. */
  readonly hkdfExpand: (pseudorandomKey: Uint8Array, info: Uint8Array, length: number) => Uint8Array | undefined
  /** The public key of an X25519 secret key, RFC 7748 section 6.1. */
  readonly x25519PublicKey: (secretKey: Uint8Array) => Uint8Array
  /** X25519, RFC 7748 section 5. `undefined` when `publicKey` is not 32 bytes or the result is all zero (clause suite.x25519-zero). */
  readonly x25519: (secretKey: Uint8Array, publicKey: Uint8Array) => Uint8Array | undefined
  /** The public key of an Ed25519 secret key (the 32-byte seed), RFC 8032 section 5.1.5. */
  readonly ed25519PublicKey: (secretKey: Uint8Array) => Uint8Array
  /** An Ed25519 signature, RFC 8032 section 5.1.6. 64 bytes. */
  readonly ed25519Sign: (secretKey: Uint8Array, message: Uint8Array) => Uint8Array
  /**
   * Strict Ed25519 verification (clause suite.ed25519-strict): false, never an exception, for a wrong length, S >= L, an R of small order, a public
   * key that is not canonically encoded, not on the curve or of small order; the equation is checked without the cofactor:
   * the encoding of [S]B - [k mod L]A must be R, byte for byte.
   */
  readonly ed25519Verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean
  /** ChaCha20-Poly1305, RFC 8439 section 2.8: ciphertext, then the 16-byte tag. */
  readonly aeadSeal: (key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array) => Uint8Array
  /** Opens what `aeadSeal` made. `undefined` when it does not (wrong key, nonce, associated data, or a changed or short ciphertext). */
  readonly aeadOpen: (key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, ciphertext: Uint8Array) => Uint8Array | undefined
}

/** The service that reference functions ask for; `providers/noble.ts` and `providers/node.ts` provide it. */
export class Crypto extends Context.Service<Crypto, Primitives>()("conclave/Crypto") {}
