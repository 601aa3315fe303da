/**
 * AES in counter mode. Suite 1 has no such cipher; only mpENC uses it.
 *
 * @module
 */
import { ctr } from "@noble/ciphers/aes.js"
import { concatBytes } from "@noble/hashes/utils.js"

const firstCounter = new Uint8Array(4)

/** Encrypts or decrypts: the same computation. The key has 16 or 32 bytes, the IV 12. */
export const aesCtr = (key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array =>
  ctr(key, concatBytes(iv, firstCounter)).encrypt(data)
