/**
 * What strict Ed25519 verification decides from the bytes alone, before any curve arithmetic (clause suite.ed25519-strict). Both
 * providers share it, because libraries differ exactly here: RFC 8032 allows small-order keys and some refuse them, OpenSSL reads y >= p.
 *
 * @module
 */
import { bytesToNumberLE } from "@noble/curves/utils.js"

const PUBLIC_KEY_LENGTH = 32
const SIGNATURE_LENGTH = 64

/** The field prime p, RFC 8032 section 5.1. */
const FIELD_PRIME = 2n ** 255n - 19n

/** The order L of the base point, RFC 8032 section 5.1. */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

/** One of the two y of the four points of order 8; the other is its negative. */
const ORDER_8_Y = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n

// Points of order 4, 1, 2, 8 and 8. Comparing y alone also refuses x = 0 with the sign bit set (RFC 8032 section 5.1.3, step 4):
// x is zero for y = 1 and y = p - 1 only.
const SMALL_ORDER_Y = new Set([0n, 1n, FIELD_PRIME - 1n, ORDER_8_Y, FIELD_PRIME - ORDER_8_Y])

const SIGN_BIT = 2n ** 255n

const decodeY = (encodedPoint: Uint8Array): bigint => bytesToNumberLE(encodedPoint) % SIGN_BIT

/**
 * Whether 32 bytes encode one of the eight points of small order with a canonical y. The sign bit is ignored: for each such y both
 * signs are of small order, or x is zero. Never throws.
 *
 * Source: RFC 8032 section 5.1; the points are those that the cofactor 8 takes to the identity.
 */
export const isSmallOrder = (encodedPoint: Uint8Array): boolean => SMALL_ORDER_Y.has(decodeY(encodedPoint))

const isStrictPublicKey = (publicKey: Uint8Array): boolean =>
  publicKey.length === PUBLIC_KEY_LENGTH && decodeY(publicKey) < FIELD_PRIME && !isSmallOrder(publicKey)

// No honest signer makes an R of small order, and libraries disagree on it. RFC 8032 section 5.1.7, step 1: without S < L, S + L would be a second signature of the same message.
const isStrictSignature = (signature: Uint8Array): boolean =>
  signature.length === SIGNATURE_LENGTH && !isSmallOrder(signature.subarray(0, 32)) && bytesToNumberLE(signature.subarray(32)) < GROUP_ORDER

/**
 * Whether a public key (32 bytes) and a signature (64 bytes) may go on to the verification equation: right lengths, a canonical
 * y < p that is not of small order, R not of small order, S < L. Whether the key is on the curve is left to the equation. Never throws.
 *
 * Source: RFC 8032 sections 5.1.3 and 5.1.7; clause suite.ed25519-strict.
 */
export const passesStrictChecks = (publicKey: Uint8Array, signature: Uint8Array): boolean =>
  isStrictPublicKey(publicKey) && isStrictSignature(signature)
