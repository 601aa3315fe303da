/**
 * The cipher suite that ts-mls is given: suite 3 of RFC 9420 on our `Crypto` (whose signatures verify strictly, and whose calls can be noted), and randomness that all comes from one seed. With the seed of a draw, the
 * same calls make the same bytes; in use the seed is fresh for each operation.
 *
 * @module
 */
import { utf8ToBytes } from "@noble/hashes/utils.js"
import {
  type CiphersuiteImpl,
  type CiphersuiteName,
  getCiphersuiteFromName,
  nobleCryptoProvider,
  type PrivateKey,
  type PublicKey,
} from "ts-mls"
import type { Cbor } from "../../../spec/conventions/cbor.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { sameBytes } from "../../conventions.ts"
import type { Primitives } from "../../crypto/crypto.ts"
import { deriveKeyPair, openBase, sealBase } from "../../crypto/hpke.ts"

/** The suite of our groups, 3 in RFC 9420: X25519, ChaCha20-Poly1305, SHA-256, Ed25519. */
export const suiteName: CiphersuiteName = "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"

const expand = (primitives: Primitives, seed: Uint8Array, labelled: ReadonlyArray<Cbor>, length: number): Uint8Array =>
  primitives.hkdfExpand(primitives.hkdfExtract(new Uint8Array(), seed), encodeCbor(labelled), length)!

// ts-mls asks for opaque keys: here they are their bytes.
const opaque = <K extends PrivateKey | PublicKey>(key: Uint8Array): K => key as unknown as K
const bare = (key: PrivateKey | PublicKey): Uint8Array => key as unknown as Uint8Array

const opened = (plaintext: Uint8Array | undefined): Uint8Array => {
  if (plaintext === undefined) throw new Error("it does not open")
  return plaintext
}

/** Hash, KDF and HPKE of our suite on our primitives; what seals is for who draws. */
const ours = (primitives: Primitives): Pick<CiphersuiteImpl, "hash" | "kdf"> & { readonly hpke: Partial<CiphersuiteImpl["hpke"]> } => ({
  hash: {
    digest: async (data) => primitives.sha256(data),
    // HKDF-Extract is HMAC.
    mac: async (key, data) => primitives.hkdfExtract(key, data),
    verifyMac: async (key, mac, data) => sameBytes(primitives.hkdfExtract(key, data), mac),
  },
  kdf: {
    size: 32,
    extract: async (salt, inputKeyMaterial) => primitives.hkdfExtract(salt, inputKeyMaterial),
    expand: async (key, info, length) => opened(primitives.hkdfExpand(key, info, length)),
  },
  hpke: {
    open: async (privateKey, encapsulatedKey, ciphertext, info, associatedData = new Uint8Array()) =>
      opened(openBase(primitives, { recipientSecretKey: bare(privateKey), encapsulatedKey, info, associatedData, ciphertext })),
    importPrivateKey: async (key) => opaque(key),
    importPublicKey: async (key) => opaque(key),
    exportPublicKey: async (key) => bare(key),
    exportPrivateKey: async (key) => bare(key),
    encryptAead: async (key, nonce, associatedData = new Uint8Array(), plaintext) =>
      primitives.aeadSeal(key, nonce, associatedData, plaintext),
    decryptAead: async (key, nonce, associatedData = new Uint8Array(), ciphertext) =>
      opened(primitives.aeadOpen(key, nonce, associatedData, ciphertext)),
    deriveKeyPair: async (inputKeyMaterial) => {
      const { secretKey, publicKey } = deriveKeyPair(primitives, inputKeyMaterial)
      return { privateKey: opaque(secretKey), publicKey: opaque(publicKey) }
    },
  },
})

/** The suite with this name and with our signatures; ours is on our primitives altogether. It draws from the system, and is for operations that draw nothing. */
export const receivingSuite = async (primitives: Primitives, name: CiphersuiteName): Promise<CiphersuiteImpl> => {
  const suite = await nobleCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(name))
  const signature: CiphersuiteImpl["signature"] = {
    ...suite.signature,
    sign: async (secretKey, message) => primitives.ed25519Sign(secretKey, message),
    verify: async (publicKey, message, signature) => primitives.ed25519Verify(publicKey, message, signature),
  }
  if (name !== suiteName) return { ...suite, signature }
  const { hash, kdf, hpke } = ours(primitives)
  return { ...suite, hash, kdf, hpke: { ...suite.hpke, ...hpke }, signature }
}

/** The suite of our groups for one operation that draws. */
export const drawingSuite = async (primitives: Primitives, seed: Uint8Array): Promise<CiphersuiteImpl> => {
  const suite = await receivingSuite(primitives, suiteName)
  let draws = 0
  const randomBytes = (length: number) => expand(primitives, seed, ["random", draws++], length)
  return {
    ...suite,
    rng: { randomBytes },
    hpke: {
      ...suite.hpke,
      generateKeyPair: () => suite.hpke.deriveKeyPair(randomBytes(32)),
      // ts-mls seals concurrently, in no order to count on: each ephemeral key is made of what it seals.
      seal: async (publicKey, plaintext, info, associatedData = new Uint8Array()) => {
        const recipientPublicKey = await suite.hpke.exportPublicKey(publicKey)
        const ephemeralSecretKey = expand(primitives, seed, ["ephemeral", recipientPublicKey, info, plaintext], 32)
        const sealed = sealBase(primitives, { recipientPublicKey, ephemeralSecretKey, info, associatedData, plaintext })
        if (sealed === undefined) throw new Error("a public key of small order")
        return { enc: sealed.encapsulatedKey, ct: sealed.ciphertext }
      },
    },
  }
}

/** The signature key pair of a user, from the seed of its key package. */
export const signatureKeyPair = (primitives: Primitives, seed: Uint8Array) => {
  const signKey = expand(primitives, seed, ["signature"], 32)
  return { signKey, publicKey: primitives.ed25519PublicKey(signKey) }
}

/** Text as MLS has it. */
export const ascii = utf8ToBytes
