/**
 * The public keys of X25519 with which every secret key gives an all-zero result, told by their bytes: a Diffie-Hellman only to find that out is most of what receiving a message costs.
 *
 * @module
 */
import { bytesToNumberLE } from "@noble/curves/utils.js"

/** The field prime p, RFC 7748 section 4.1. */
const FIELD_PRIME = 2n ** 255n - 19n

// On the curve: order 2, order 4 and two of order 8; on its twist: order 2 and order 4. Secret keys are clamped to multiples of 8 (RFC 7748 section 5).
const SMALL_ORDER_U = new Set([
  0n,
  1n,
  FIELD_PRIME - 1n,
  0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
  0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
])

/** Whether `publicKey`, 32 bytes, is of small order. The last bit is ignored, and u is taken modulo p, as RFC 7748 section 5 has it. */
export const hasSmallOrder = (publicKey: Uint8Array): boolean => SMALL_ORDER_U.has((bytesToNumberLE(publicKey) % 2n ** 255n) % FIELD_PRIME)
