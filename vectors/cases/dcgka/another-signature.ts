/**
 * Second signatures under one key on one message: Ed25519 derives its nonce, and another nonce gives another valid signature.
 *
 * @module
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import { bytesToNumberLE, numberToBytesLE } from "@noble/curves/utils.js"
import { sha512 } from "@noble/hashes/sha2.js"
import { concatBytes } from "@noble/hashes/utils.js"

/** A signature with another nonce than Ed25519 derives. */
export const anotherSignature = (secretKey: Uint8Array, message: Uint8Array): Uint8Array => {
  const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(secretKey)
  const nonce = 0x1234567890abcdefn
  const R = ed25519.Point.BASE.multiply(nonce).toBytes()
  const challenge = bytesToNumberLE(sha512(concatBytes(R, pointBytes, message)))
  return concatBytes(R, numberToBytesLE(ed25519.Point.Fn.create(nonce + challenge * scalar), 32))
}
