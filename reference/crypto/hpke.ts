/**
 * HPKE in base mode, single-shot (RFC 9180 section 6.1), for the one cipher suite of suite 1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
 * ChaCha20-Poly1305. Functions carry the RFC's names, and take the primitives as their first argument.
 *
 * @module
 */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js"
import type { Primitives } from "./crypto.ts"

const MODE_BASE = 0x00
const KEM_ID = 0x0020
const KDF_ID = 0x0001
const AEAD_ID = 0x0003

/** N_secret and N_sk of the KEM, N_h of the KDF, N_k and N_n of the AEAD: RFC 9180 section 7. */
const SHARED_SECRET_LENGTH = 32
const SECRET_KEY_LENGTH = 32
const HASH_LENGTH = 32
const KEY_LENGTH = 32
const NONCE_LENGTH = 12

const EMPTY = new Uint8Array(0)

// I2OSP(n, 2), RFC 8017 section 4.1.
const twoBytes = (n: number): Uint8Array => Uint8Array.of(n >> 8, n & 0xff)

/** The KEM's suite_id, RFC 9180 section 4.1. */
const KEM_SUITE_ID = concatBytes(utf8ToBytes("KEM"), twoBytes(KEM_ID))

/** HPKE's suite_id, RFC 9180 section 5.1. */
const HPKE_SUITE_ID = concatBytes(utf8ToBytes("HPKE"), twoBytes(KEM_ID), twoBytes(KDF_ID), twoBytes(AEAD_ID))

const VERSION = utf8ToBytes("HPKE-v1")

// RFC 9180 section 4.
const labeledExtract = (
  primitives: Primitives,
  suiteId: Uint8Array,
  salt: Uint8Array,
  label: string,
  inputKeyMaterial: Uint8Array,
): Uint8Array => primitives.hkdfExtract(salt, concatBytes(VERSION, suiteId, utf8ToBytes(label), inputKeyMaterial))

// RFC 9180 section 4.
const labeledExpand = (
  primitives: Primitives,
  suiteId: Uint8Array,
  pseudorandomKey: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array => {
  const labeledInfo = concatBytes(twoBytes(length), VERSION, suiteId, utf8ToBytes(label), info)
  const expanded = primitives.hkdfExpand(pseudorandomKey, labeledInfo, length)
  // Every length here is a constant far below HKDF's limit.
  if (expanded === undefined) throw new Error(`HKDF-Expand refused ${length} bytes`)
  return expanded
}

/** A key pair of the KEM; both keys are 32 bytes. */
export interface KeyPair {
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
}

/**
 * DeriveKeyPair: an X25519 key pair from input key material, which should have at least 32 bytes of entropy. Cannot fail.
 *
 * Source: RFC 9180 section 7.1.3.
 */
export const deriveKeyPair = (primitives: Primitives, inputKeyMaterial: Uint8Array): KeyPair => {
  const dkpPrk = labeledExtract(primitives, KEM_SUITE_ID, EMPTY, "dkp_prk", inputKeyMaterial)
  const secretKey = labeledExpand(primitives, KEM_SUITE_ID, dkpPrk, "sk", EMPTY, SECRET_KEY_LENGTH)
  return { secretKey, publicKey: primitives.x25519PublicKey(secretKey) }
}

// RFC 9180 section 4.1.
const extractAndExpand = (primitives: Primitives, dh: Uint8Array, kemContext: Uint8Array): Uint8Array => {
  const eaePrk = labeledExtract(primitives, KEM_SUITE_ID, EMPTY, "eae_prk", dh)
  return labeledExpand(primitives, KEM_SUITE_ID, eaePrk, "shared_secret", kemContext, SHARED_SECRET_LENGTH)
}

/** What Encap gives: the shared secret, 32 bytes, and the encapsulated key `enc`, 32 bytes. */
export interface Encapsulation {
  readonly sharedSecret: Uint8Array
  readonly encapsulatedKey: Uint8Array
}

/**
 * Encap, with the ephemeral secret key (32 bytes) given by the caller instead of drawn.
 * `undefined` when the recipient's public key is not 32 bytes or the Diffie-Hellman result is all zero (RFC 9180 section 7.1.4).
 *
 * Source: RFC 9180 section 4.1.
 */
export const encap = (
  primitives: Primitives,
  recipientPublicKey: Uint8Array,
  ephemeralSecretKey: Uint8Array,
): Encapsulation | undefined => {
  const dh = primitives.x25519(ephemeralSecretKey, recipientPublicKey)
  if (dh === undefined) return undefined
  const encapsulatedKey = primitives.x25519PublicKey(ephemeralSecretKey)
  const kemContext = concatBytes(encapsulatedKey, recipientPublicKey)
  return { sharedSecret: extractAndExpand(primitives, dh, kemContext), encapsulatedKey }
}

/**
 * Decap: the shared secret, 32 bytes. `undefined` when `encapsulatedKey` is not 32 bytes or the Diffie-Hellman result is all zero.
 *
 * Source: RFC 9180 section 4.1.
 */
export const decap = (primitives: Primitives, encapsulatedKey: Uint8Array, recipientSecretKey: Uint8Array): Uint8Array | undefined => {
  const dh = primitives.x25519(recipientSecretKey, encapsulatedKey)
  if (dh === undefined) return undefined
  const kemContext = concatBytes(encapsulatedKey, primitives.x25519PublicKey(recipientSecretKey))
  return extractAndExpand(primitives, dh, kemContext)
}

/** What a single message needs of the KeySchedule, with the intermediate values: key 32 bytes, base nonce 12. */
interface MessageKeys {
  readonly keyScheduleContext: Uint8Array
  readonly secret: Uint8Array
  readonly key: Uint8Array
  readonly baseNonce: Uint8Array
}

/** What KeySchedule gives: the exporter secret, 32 bytes, too. */
export interface KeySchedule extends MessageKeys {
  readonly exporterSecret: Uint8Array
}

const pskIdHashes = new WeakMap<Primitives, Uint8Array>()

/** The hash of the empty psk_id: always the same, so each primitives compute it once. */
const emptyPskIdHash = (primitives: Primitives): Uint8Array => {
  const known = pskIdHashes.get(primitives) ?? labeledExtract(primitives, HPKE_SUITE_ID, EMPTY, "psk_id_hash", EMPTY)
  pskIdHashes.set(primitives, known)
  return known
}

const expandSecret =
  (primitives: Primitives, { secret, keyScheduleContext }: Pick<MessageKeys, "secret" | "keyScheduleContext">) =>
  (label: string, length: number) =>
    labeledExpand(primitives, HPKE_SUITE_ID, secret, label, keyScheduleContext, length)

const messageKeys = (primitives: Primitives, sharedSecret: Uint8Array, info: Uint8Array): MessageKeys => {
  const infoHash = labeledExtract(primitives, HPKE_SUITE_ID, EMPTY, "info_hash", info)
  const keyScheduleContext = concatBytes(Uint8Array.of(MODE_BASE), emptyPskIdHash(primitives), infoHash)
  const secret = labeledExtract(primitives, HPKE_SUITE_ID, sharedSecret, "secret", EMPTY)
  const expand = expandSecret(primitives, { secret, keyScheduleContext })
  return { keyScheduleContext, secret, key: expand("key", KEY_LENGTH), baseNonce: expand("base_nonce", NONCE_LENGTH) }
}

/**
 * KeySchedule for mode_base, where psk and psk_id are empty. Cannot fail.
 *
 * Source: RFC 9180 section 5.1.
 */
export const keyScheduleBase = (primitives: Primitives, sharedSecret: Uint8Array, info: Uint8Array): KeySchedule => {
  const keys = messageKeys(primitives, sharedSecret, info)
  return { ...keys, exporterSecret: expandSecret(primitives, keys)("exp", HASH_LENGTH) }
}

/** What the sender of a single message knows. */
export interface SealInput {
  readonly recipientPublicKey: Uint8Array
  /** Fresh for each message: a second message under the same one, recipient and info would use the same key and nonce. */
  readonly ephemeralSecretKey: Uint8Array
  readonly info: Uint8Array
  readonly associatedData: Uint8Array
  readonly plaintext: Uint8Array
}

/** A sealed message: the encapsulated key, 32 bytes, and the ciphertext, 16 bytes longer than the plaintext. */
export interface Sealed {
  readonly encapsulatedKey: Uint8Array
  readonly ciphertext: Uint8Array
}

/**
 * SealBase: encrypts one message to a public key. `undefined` when the recipient's public key is not 32 bytes or the Diffie-Hellman
 * result is all zero. Throws when the ephemeral secret key is not 32 bytes.
 *
 * Source: RFC 9180 section 6.1.
 */
export const sealBase = (primitives: Primitives, input: SealInput): Sealed | undefined => {
  const encapsulation = encap(primitives, input.recipientPublicKey, input.ephemeralSecretKey)
  if (encapsulation === undefined) return undefined
  // The first message of a context has sequence number 0, so its nonce is base_nonce (RFC 9180 section 5.2).
  const { key, baseNonce } = messageKeys(primitives, encapsulation.sharedSecret, input.info)
  const ciphertext = primitives.aeadSeal(key, baseNonce, input.associatedData, input.plaintext)
  return { encapsulatedKey: encapsulation.encapsulatedKey, ciphertext }
}

/** What the recipient of a single message knows. */
export interface OpenInput {
  readonly recipientSecretKey: Uint8Array
  readonly encapsulatedKey: Uint8Array
  readonly info: Uint8Array
  readonly associatedData: Uint8Array
  readonly ciphertext: Uint8Array
}

/**
 * OpenBase: the plaintext of what `sealBase` made. `undefined` when the encapsulated key is not 32 bytes, the Diffie-Hellman result is
 * all zero, or the ciphertext does not open. Throws when the recipient's secret key is not 32 bytes.
 *
 * Source: RFC 9180 section 6.1.
 */
export const openBase = (primitives: Primitives, input: OpenInput): Uint8Array | undefined => {
  const sharedSecret = decap(primitives, input.encapsulatedKey, input.recipientSecretKey)
  if (sharedSecret === undefined) return undefined
  const { key, baseNonce } = messageKeys(primitives, sharedSecret, input.info)
  return primitives.aeadOpen(key, baseNonce, input.associatedData, input.ciphertext)
}
