/**
 * # Suite 1
 *
 * | use | algorithm | sizes in bytes |
 * | --- | --- | --- |
 * | hash | SHA-256 (FIPS 180-4) | 32 |
 * | key derivation | HKDF with SHA-256 (RFC 5869) | key 32 |
 * | key agreement | X25519 (RFC 7748) | keys 32, result 32 |
 * | signature | Ed25519 (RFC 8032), verified strictly | keys 32, signature 64 |
 * | authenticated encryption | ChaCha20-Poly1305 (RFC 8439) | key 32, nonce 12, tag 16 |
 * | public-key encryption | HPKE base mode (RFC 9180), DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, ChaCha20-Poly1305 0x0003, single shot | encapsulated key 32, tag 16 |
 *
 * A secret key is 32 random bytes as drawn: for X25519 the scalar (clamped by the function, stored unclamped), for
 * Ed25519 the seed. HPKE's ephemeral secret key is drawn the same way, and not derived from other key material.
 *
 * **Strict Ed25519.** Verifiers in the field disagree on edge cases, and one of two members who disagree is cut off
 * from the group. So verification is fixed to the byte:
 *
 * 1. S < L;
 * 2. R is not one of the encodings of the eight points of small order;
 * 3. the public key A is the canonical encoding (y < p) of a point on the curve, which is not of small order;
 * 4. with k = SHA-512(R || A || message) reduced modulo L, the encoding of [S]B - [k]A is R, byte for byte (no
 *    cofactor).
 *
 * Few libraries do all four. Rules 2 and 3 need the encodings of the points of small order, and a library that decodes
 * points, or a comparison with those encodings: in many languages the standard library checks rules 1 and 4 only.
 *
 * A public key that has a component of small order beside one of order L is not refused for that; by rule 4 everybody
 * agrees on its signatures.
 *
 * (In rule 3, the encodings with x = 0 and the sign bit set are not canonical either; their points are of small order
 * anyway.)
 *
 * **Order and names of the checks.** Lengths are checked first (suite.length), also that of a seed, which is 32 bytes.
 * A ciphertext that is shorter than its tag has no wrong length: it does not open (suite.aead-opens, suite.hpke-opens).
 * Sealing with HPKE to a key that gives an all-zero result is refused by suite.x25519-zero; opening by
 * suite.hpke-opens. More than 8,160 bytes are refused by suite.hkdf-length, of a draw too; a length of 0 gives the
 * empty string.
 *
 * **HPKE** takes public keys as the bytes they are: sealed to a key that is not reduced or has its top bit set, a
 * message does not open, because its recipient computes its public key from the secret one. Nobody but the owner of
 * such a key is harmed.
 *
 * **X25519** ignores the top bit of a public key and accepts any other, as RFC 7748 says, but an all-zero result is
 * refused. Clamping makes every scalar a multiple of 8, so a public key that gives an all-zero result with one scalar
 * gives it with all of them: where a chapter asks for "any scalar", an implementation can use a constant one.
 *
 * @module
 */
import { check, declareClauses, declareSteps } from "./clauses.ts"
import { bytes } from "./encoding.ts"

export const clauses = declareClauses("suite", {
  length: check("MUST", "A key, nonce, signature, seed, ratchet state or digest has the length that its chapter gives it.", "Conclave"),
  "x25519-zero": check("MUST", "An all-zero result of X25519 is refused.", "RFC 7748 section 6.1"),
  "ed25519-strict": check(
    "MUST",
    "A signature that strict verification does not accept is refused.",
    "RFC 8032 section 5.1.7, made strict",
  ),
  "hkdf-length": check("MUST", "HKDF is asked for at most 255 * 32 bytes.", "RFC 5869 section 2.3"),
  "aead-opens": check(
    "MUST",
    "A ciphertext that does not open under the key, nonce and associated data is refused.",
    "RFC 8439 section 2.8",
  ),
  "hpke-opens": check(
    "MUST",
    "An HPKE ciphertext that does not open is refused, also when its encapsulated key gives an all-zero result.",
    "RFC 9180 section 5.2",
  ),
})

export const steps = declareSteps("suite", {})

/** The number of suite 1 in messages. */
export const suiteNumber = 1

/** An Ed25519 signature. */
export const Signature = bytes(64)
