/**
 * A faster provider of `Crypto` for Node: curves and hash by OpenSSL. HKDF and cipher stay with noble: for inputs of a message's size the
 * call into OpenSSL costs as much as it saves, so this mix is the fastest.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, diffieHellman, hash, type KeyObject, sign, verify } from "node:crypto"
import { abytes } from "@noble/curves/utils.js"
import { Layer } from "effect"
import { Crypto, type Primitives } from "../crypto.ts"
import { passesStrictChecks } from "../strict-ed25519.ts"
import { noblePrimitives } from "./noble.ts"

const KEY_LENGTH = 32

/** Gives the key object of a raw key. */
type Import = (rawKey: Uint8Array) => KeyObject

/**
 * Imports each key once: half of what an operation costs would be importing. An array that has been written to since is another key.
 * What is kept for an array goes with it.
 */
const once = (importKey: Import): Import => {
  const imported = new WeakMap<Uint8Array, { readonly rawKey: Buffer; readonly key: KeyObject }>()
  return (rawKey) => {
    const known = imported.get(rawKey)
    if (known?.rawKey.equals(rawKey)) return known.key
    const key = importKey(rawKey)
    imported.set(rawKey, { rawKey: Buffer.from(rawKey), key })
    return key
  }
}

// What stands before a raw key in PKCS #8 and SubjectPublicKeyInfo (RFC 8410 sections 4 and 7).
const secretKeys = (prefix: string): Import =>
  once((secretKey) => {
    const key = Buffer.concat([Buffer.from(prefix, "hex"), abytes(secretKey, KEY_LENGTH, "secretKey")])
    return createPrivateKey({ key, format: "der", type: "pkcs8" })
  })

const publicKeys = (prefix: string): Import =>
  once((publicKey) => createPublicKey({ key: Buffer.concat([Buffer.from(prefix, "hex"), publicKey]), format: "der", type: "spki" }))

const x25519Secret = secretKeys("302e020100300506032b656e04220420")
const x25519Public = publicKeys("302a300506032b656e032100")
const ed25519Secret = secretKeys("302e020100300506032b657004220420")
const ed25519Public = publicKeys("302a300506032b6570032100")

// A Buffer compares unlike a Uint8Array, shares its memory and prints otherwise: none leaves this file.
const toBytes = (buffer: Buffer): Uint8Array => new Uint8Array(buffer)

// A JSON Web Key (RFC 8037 section 2) is what OpenSSL gives fastest.
const publicKeyOf = (secretKey: KeyObject): Uint8Array =>
  toBytes(Buffer.from(createPublicKey(secretKey).export({ format: "jwk" }).x!, "base64url"))

const x25519: Primitives["x25519"] = (secretKey, publicKey) => {
  const privateKey = x25519Secret(secretKey)
  if (publicKey.length !== KEY_LENGTH) return undefined
  try {
    return toBytes(diffieHellman({ privateKey, publicKey: x25519Public(publicKey) }))
  } catch {
    // With both lengths right, OpenSSL fails for one reason: the result is all zero.
    return undefined
  }
}

// OpenSSL checks the equation without the cofactor and compares the encoding of R; the rest of strictness is ours.
const ed25519Verify: Primitives["ed25519Verify"] = (publicKey, message, signature) => {
  if (!passesStrictChecks(publicKey, signature)) return false
  return verify(null, message, ed25519Public(publicKey), signature)
}

/** The primitives of suite 1 with SHA-256, X25519 and Ed25519 by `node:crypto`. Contract and errors: `Primitives`. */
export const nodePrimitives: Primitives = {
  ...noblePrimitives,
  sha256: (message) => toBytes(hash("sha256", message, "buffer")),
  x25519PublicKey: (secretKey) => publicKeyOf(x25519Secret(secretKey)),
  x25519,
  ed25519PublicKey: (secretKey) => publicKeyOf(ed25519Secret(secretKey)),
  ed25519Sign: (secretKey, message) => toBytes(sign(null, message, ed25519Secret(secretKey))),
  ed25519Verify,
}

/** Provides `Crypto` with `nodePrimitives`. */
export const node = Layer.succeed(Crypto, nodePrimitives)
