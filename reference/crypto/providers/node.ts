/**
 * A faster provider of `Crypto` for Node: curves by OpenSSL. Hash, HKDF and cipher stay with noble: for inputs of a message's size the
 * call into OpenSSL costs as much as it saves, so this mix is the fastest.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject, sign, verify } from "node:crypto"
import { abytes } from "@noble/curves/utils.js"
import { Layer } from "effect"
import { Crypto, type Primitives } from "../crypto.ts"
import { passesStrictChecks } from "../strict-ed25519.ts"
import { noblePrimitives } from "./noble.ts"

const KEY_LENGTH = 32

/** What stands before a raw key in PKCS #8 and SubjectPublicKeyInfo (RFC 8410 sections 4 and 7): OpenSSL imports no raw keys. */
interface DerPrefixes {
  readonly secretKey: Buffer
  readonly publicKey: Buffer
}

const X25519: DerPrefixes = {
  secretKey: Buffer.from("302e020100300506032b656e04220420", "hex"),
  publicKey: Buffer.from("302a300506032b656e032100", "hex"),
}

const ED25519: DerPrefixes = {
  secretKey: Buffer.from("302e020100300506032b657004220420", "hex"),
  publicKey: Buffer.from("302a300506032b6570032100", "hex"),
}

const importSecretKey = (prefixes: DerPrefixes, secretKey: Uint8Array): KeyObject => {
  const key = Buffer.concat([prefixes.secretKey, abytes(secretKey, KEY_LENGTH, "secretKey")])
  return createPrivateKey({ key, format: "der", type: "pkcs8" })
}

const importPublicKey = (prefixes: DerPrefixes, publicKey: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([prefixes.publicKey, publicKey]), format: "der", type: "spki" })

// A Buffer compares unlike a Uint8Array, shares its memory and prints otherwise: none leaves this file.
const toBytes = (buffer: Buffer): Uint8Array => new Uint8Array(buffer)

const derivePublicKey = (prefixes: DerPrefixes, secretKey: Uint8Array): Uint8Array => {
  const spki = createPublicKey(importSecretKey(prefixes, secretKey)).export({ format: "der", type: "spki" })
  return toBytes(spki.subarray(prefixes.publicKey.length))
}

const x25519: Primitives["x25519"] = (secretKey, publicKey) => {
  const privateKey = importSecretKey(X25519, secretKey)
  if (publicKey.length !== KEY_LENGTH) return undefined
  try {
    return toBytes(diffieHellman({ privateKey, publicKey: importPublicKey(X25519, publicKey) }))
  } catch {
    // With both lengths right, OpenSSL fails for one reason: the result is all zero.
    return undefined
  }
}

// OpenSSL checks the equation without the cofactor and compares the encoding of R; the rest of strictness is ours.
const ed25519Verify: Primitives["ed25519Verify"] = (publicKey, message, signature) => {
  if (!passesStrictChecks(publicKey, signature)) return false
  return verify(null, message, importPublicKey(ED25519, publicKey), signature)
}

/** The primitives of suite 1 with X25519 and Ed25519 by `node:crypto`. Contract and errors: `Primitives`. */
export const nodePrimitives: Primitives = {
  ...noblePrimitives,
  x25519PublicKey: (secretKey) => derivePublicKey(X25519, secretKey),
  x25519,
  ed25519PublicKey: (secretKey) => derivePublicKey(ED25519, secretKey),
  ed25519Sign: (secretKey, message) => toBytes(sign(null, message, importSecretKey(ED25519, secretKey))),
  ed25519Verify,
}

/** Provides `Crypto` with `nodePrimitives`. */
export const node = Layer.succeed(Crypto, nodePrimitives)
