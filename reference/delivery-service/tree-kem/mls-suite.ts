/**
 * The cipher suite that ts-mls is given: its own, with the signatures of our `Crypto` (which verify strictly), and with randomness that all comes from one seed. With the seed of a draw, the same calls make the
 * same bytes; in use the seed is fresh for each operation.
 *
 * @module
 */
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { type CiphersuiteImpl, type CiphersuiteName, getCiphersuiteFromName, nobleCryptoProvider } from "ts-mls"
import type { Cbor } from "../../../spec/conventions/cbor.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import type { Primitives } from "../../crypto/crypto.ts"
import { sealBase } from "../../crypto/hpke.ts"

/** The suite of our groups, 3 in RFC 9420: X25519, ChaCha20-Poly1305, SHA-256, Ed25519. */
export const suiteName: CiphersuiteName = "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"

const expand = (primitives: Primitives, seed: Uint8Array, labelled: ReadonlyArray<Cbor>, length: number): Uint8Array =>
  primitives.hkdfExpand(primitives.hkdfExtract(new Uint8Array(), seed), encodeCbor(labelled), length)!

/** ts-mls's suite with this name and with our signatures. It draws from the system, and is for operations that draw nothing. */
export const receivingSuite = async (primitives: Primitives, name: CiphersuiteName): Promise<CiphersuiteImpl> => {
  const suite = await nobleCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(name))
  return {
    ...suite,
    signature: {
      ...suite.signature,
      sign: async (secretKey, message) => primitives.ed25519Sign(secretKey, message),
      verify: async (publicKey, message, signature) => primitives.ed25519Verify(publicKey, message, signature),
    },
  }
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
