/**
 * Key bundles and first contact: chapter "key-bundles".
 *
 * @module
 */
import { concatBytes } from "@noble/hashes/utils.js"
import { Effect } from "effect"
import { encodeCbor } from "../../spec/conventions/cbor.ts"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { labels } from "../../spec/conventions/labels.ts"
import { clauses as suite, suiteNumber } from "../../spec/conventions/suite.ts"
import { Ignored, refuse, Waiting } from "../../spec/conventions/verdicts.ts"
import {
  type Contact,
  clauses,
  firstContactNonce,
  firstContactPrefix,
  grace,
  KeyBundle,
  type KeyStore,
} from "../../spec/dcgka/key-bundles.ts"
import { decodeMessage, deriveSecret, sameBytes } from "../conventions.ts"
import { Crypto } from "../crypto/crypto.ts"
import { Randomness } from "../crypto/randomness.ts"
import { hasSmallOrder } from "../crypto/small-order.ts"
import { trace } from "../crypto/trace.ts"

/** By user: what is known of it. */
export type Contacts = Readonly<Record<string, Contact>>

/** What is known of `user`. Names of users are foreign input: some are names of what every object inherits. */
export const contactOf = (contacts: Contacts, user: string): Contact | undefined =>
  Object.hasOwn(contacts, user) ? contacts[user] : undefined

/** How many bundles of `user` have ever been taken in. */
export const learned = (contacts: Contacts, user: string): number => {
  const contact = contactOf(contacts, user)
  return contact === undefined ? 0 : contact.bundles.length + contact.taken.length
}

/** New identity keys for `user`, without prekeys. */
export const generate = Effect.fnUntraced(function* (user: string): Effect.fn.Return<KeyStore, never, Randomness> {
  const random = yield* Randomness
  return {
    user,
    // key-bundles.generate.1
    signingSecretKey: random.draw("identity/signing", 32),
    // key-bundles.generate.2
    agreementSecretKey: random.draw("identity/agreement", 32),
    signedPrekeys: [],
    oneTimePrekeys: [],
    nextPrekeyId: 0,
  }
})

/** A new signed prekey, which the bundles published from now on have until it expires (seconds since 1970). */
export const rotate = Effect.fnUntraced(function* (keys: KeyStore, expires: number): Effect.fn.Return<KeyStore, never, Randomness> {
  // key-bundles.rotate.1
  const id = keys.nextPrekeyId
  const secretKey = (yield* Randomness).draw(`prekey/${id}`, 32)
  return { ...keys, signedPrekeys: [...keys.signedPrekeys, { id, secretKey, expires }], nextPrekeyId: id + 1 }
})

const signedContent = (bundle: Omit<KeyBundle, "signature">) =>
  encodeCbor([
    labels.keyBundle,
    bundle.suite,
    bundle.user,
    bundle.signingKey,
    bundle.agreementKey,
    bundle.signedPrekeyId,
    bundle.signedPrekey,
    bundle.oneTimePrekeyId,
    bundle.oneTimePrekey,
    bundle.expires,
  ])

/** A key bundle for one contact. */
export const publish = Effect.fnUntraced(function* (keys: KeyStore) {
  const crypto = yield* Crypto
  // key-bundles.publish.1
  const signedPrekey = keys.signedPrekeys.at(-1)
  if (signedPrekey === undefined) return yield* refuse(clauses["signed-prekey"], "no signed prekey")
  // key-bundles.publish.2
  const id = keys.nextPrekeyId
  const secretKey = (yield* Randomness).draw(`prekey/${id}`, 32)
  const oneTimePrekeys = [...keys.oneTimePrekeys, { id, signedPrekeyId: signedPrekey.id, secretKey }]
  // key-bundles.publish.3
  const content = {
    suite: suiteNumber,
    user: keys.user,
    signingKey: crypto.ed25519PublicKey(keys.signingSecretKey),
    agreementKey: crypto.x25519PublicKey(keys.agreementSecretKey),
    signedPrekeyId: signedPrekey.id,
    signedPrekey: crypto.x25519PublicKey(signedPrekey.secretKey),
    oneTimePrekeyId: id,
    oneTimePrekey: crypto.x25519PublicKey(secretKey),
    expires: signedPrekey.expires,
  }
  const signature = crypto.ed25519Sign(keys.signingSecretKey, signedContent(content))
  return { keys: { ...keys, oneTimePrekeys, nextPrekeyId: id + 1 }, bundle: encodeWire(KeyBundle, { ...content, signature }) }
})

/** The key bundle in `bytes`, when it is valid at `now` (seconds since 1970). */
export const verify = Effect.fnUntraced(function* (bytes: Uint8Array, now: number) {
  const crypto = yield* Crypto
  // key-bundles.verify.1
  const bundle = yield* decodeMessage(KeyBundle, bytes)
  // key-bundles.verify.2
  if (bundle.suite !== suiteNumber) return yield* refuse(clauses.suite, `suite ${bundle.suite}`)
  // key-bundles.verify.3
  const valid = crypto.ed25519Verify(bundle.signingKey, signedContent(bundle), bundle.signature)
  if (!valid) return yield* refuse(clauses.signature, `bundle of ${bundle.user}`)
  // key-bundles.verify.4
  if (now >= bundle.expires) return yield* refuse(clauses.valid, `expired at ${bundle.expires}, now ${now}`)
  // key-bundles.verify.5
  const hasSmall = [bundle.agreementKey, bundle.signedPrekey, bundle.oneTimePrekey].some(hasSmallOrder)
  if (hasSmall) return yield* refuse(clauses["agreement-zero"], `a key of ${bundle.user} is of small order`)
  return bundle
})

/** Takes in a key bundle. */
export const learn = Effect.fnUntraced(function* (contacts: Contacts, bytes: Uint8Array, now: number) {
  // key-bundles.learn.1
  const bundle = yield* verify(bytes, now)
  const { signingKey, agreementKey } = bundle
  const contact = contactOf(contacts, bundle.user) ?? { signingKey, agreementKey, bundles: [], taken: [] }
  // key-bundles.learn.2
  const sameIdentity = sameBytes(contact.signingKey, signingKey) && sameBytes(contact.agreementKey, agreementKey)
  if (!sameIdentity) return yield* refuse(clauses["same-identity"], `another identity of ${bundle.user}`)
  // key-bundles.learn.3
  const isSame = (one: { readonly signedPrekeyId: number; readonly oneTimePrekeyId: number }) =>
    one.signedPrekeyId === bundle.signedPrekeyId && one.oneTimePrekeyId === bundle.oneTimePrekeyId
  if (contact.bundles.some(isSame) || contact.taken.some(isSame)) return yield* new Ignored({ reason: "duplicate" })
  // key-bundles.learn.4
  return { ...contacts, [bundle.user]: { ...contact, bundles: [...contact.bundles, bundle] } }
})

/** Takes a key bundle of `user` for one contact. */
export const take = Effect.fnUntraced(function* (contacts: Contacts, user: string) {
  // key-bundles.take.1
  const contact = contactOf(contacts, user)
  const bundle = contact?.bundles[0]
  if (contact === undefined || bundle === undefined) return yield* new Waiting({ missing: [{ bundle: user }] })
  // key-bundles.take.2
  const { signedPrekeyId, oneTimePrekeyId } = bundle
  const taken = [...contact.taken, { signedPrekeyId, oneTimePrekeyId }]
  return { contacts: { ...contacts, [user]: { ...contact, bundles: contact.bundles.slice(1), taken } }, bundle }
})

/** The public keys of a first contact: A, B, E, S, O of the chapter. */
interface PublicKeys {
  readonly initiator: Uint8Array
  readonly recipient: Uint8Array
  readonly ephemeral: Uint8Array
  readonly signedPrekey: Uint8Array
  readonly oneTimePrekey: Uint8Array
}

const firstContactKey = Effect.fnUntraced(function* (
  agreements: ReadonlyArray<Uint8Array | undefined>,
  context: Uint8Array,
  keys: PublicKeys,
) {
  const parts: Array<Uint8Array> = [firstContactPrefix]
  for (const [index, agreement] of agreements.entries()) {
    if (agreement === undefined) return yield* refuse(clauses["agreement-zero"], `dh${index + 1}`)
    yield* trace(`key-bundles.dh${index + 1}`, agreement)
    parts.push(agreement)
  }
  const { initiator, recipient, ephemeral, signedPrekey, oneTimePrekey } = keys
  const labelled = [labels.firstContact, context, initiator, recipient, ephemeral, signedPrekey, oneTimePrekey]
  const key = yield* deriveSecret(new Uint8Array(), concatBytes(...parts), labelled)
  yield* trace("key-bundles.first-contact-key", key)
  return key
})

/** What a first contact is made for. */
export interface Sealing {
  readonly context: Uint8Array
  readonly associatedData: Uint8Array
}

/** Seals `plaintext` for the user of `bundle`, with a fresh ephemeral secret key. */
export const initiate = Effect.fnUntraced(function* (
  keys: KeyStore,
  bundle: KeyBundle,
  ephemeralSecretKey: Uint8Array,
  sealing: Sealing,
  plaintext: Uint8Array,
) {
  const crypto = yield* Crypto
  // key-bundles.initiate.1
  const agreements = [
    crypto.x25519(keys.agreementSecretKey, bundle.signedPrekey),
    crypto.x25519(ephemeralSecretKey, bundle.agreementKey),
    crypto.x25519(ephemeralSecretKey, bundle.signedPrekey),
    crypto.x25519(ephemeralSecretKey, bundle.oneTimePrekey),
  ]
  const ephemeralKey = crypto.x25519PublicKey(ephemeralSecretKey)
  const key = yield* firstContactKey(agreements, sealing.context, {
    initiator: crypto.x25519PublicKey(keys.agreementSecretKey),
    recipient: bundle.agreementKey,
    ephemeral: ephemeralKey,
    signedPrekey: bundle.signedPrekey,
    oneTimePrekey: bundle.oneTimePrekey,
  })
  // key-bundles.initiate.2
  return { ephemeralKey, ciphertext: crypto.aeadSeal(key, firstContactNonce, sealing.associatedData, plaintext) }
})

/** What a first-contact message says in clear. */
export interface FirstContactHeader {
  readonly ephemeralKey: Uint8Array
  readonly signedPrekeyId: number
  readonly oneTimePrekeyId: number
  readonly ciphertext: Uint8Array
}

/** Opens a first contact from the user whose agreement key is `initiatorKey`. */
export const respond = Effect.fnUntraced(function* (
  keys: KeyStore,
  initiatorKey: Uint8Array,
  header: FirstContactHeader,
  sealing: Sealing,
) {
  const crypto = yield* Crypto
  // key-bundles.respond.1
  const signedPrekey = keys.signedPrekeys.find((prekey) => prekey.id === header.signedPrekeyId)
  const oneTimePrekey = keys.oneTimePrekeys.find(
    (prekey) => prekey.id === header.oneTimePrekeyId && prekey.signedPrekeyId === header.signedPrekeyId,
  )
  if (signedPrekey === undefined || oneTimePrekey === undefined) {
    return yield* refuse(clauses["prekey-held"], `prekeys ${header.signedPrekeyId} and ${header.oneTimePrekeyId}`)
  }
  // key-bundles.respond.2
  const agreements = [
    crypto.x25519(signedPrekey.secretKey, initiatorKey),
    crypto.x25519(keys.agreementSecretKey, header.ephemeralKey),
    crypto.x25519(signedPrekey.secretKey, header.ephemeralKey),
    crypto.x25519(oneTimePrekey.secretKey, header.ephemeralKey),
  ]
  const key = yield* firstContactKey(agreements, sealing.context, {
    initiator: initiatorKey,
    recipient: crypto.x25519PublicKey(keys.agreementSecretKey),
    ephemeral: header.ephemeralKey,
    signedPrekey: crypto.x25519PublicKey(signedPrekey.secretKey),
    oneTimePrekey: crypto.x25519PublicKey(oneTimePrekey.secretKey),
  })
  // key-bundles.respond.3
  const plaintext = crypto.aeadOpen(key, firstContactNonce, sealing.associatedData, header.ciphertext)
  if (plaintext === undefined) return yield* refuse(suite["aead-opens"], "first contact")
  // key-bundles.respond.4
  const oneTimePrekeys = keys.oneTimePrekeys.filter((prekey) => prekey.id !== header.oneTimePrekeyId)
  return { keys: { ...keys, oneTimePrekeys }, plaintext }
})

const taking = (contact: Contact, isTaken: (bundle: KeyBundle) => boolean): Contact => {
  const taken = contact.bundles.filter(isTaken)
  const ids = taken.map(({ signedPrekeyId, oneTimePrekeyId }) => ({ signedPrekeyId, oneTimePrekeyId }))
  return { ...contact, bundles: contact.bundles.filter((bundle) => !isTaken(bundle)), taken: [...contact.taken, ...ids] }
}

/** The contacts as if all their bundles had been taken. */
export const withoutBundles = (contacts: Contacts): Contacts =>
  Object.fromEntries(Object.entries(contacts).map(([user, contact]) => [user, taking(contact, () => true)]))

/** The key store without prekeys; the next ones have ids of which `skipped` are left out. */
export const withoutPrekeys = (keys: KeyStore, skipped: number): KeyStore => ({
  ...keys,
  signedPrekeys: [],
  oneTimePrekeys: [],
  nextPrekeyId: keys.nextPrekeyId + skipped,
})

/** The contacts without the bundles that have expired at `now` (seconds since 1970). */
export const retireBundles = (contacts: Contacts, now: number): Contacts => {
  // key-bundles.retire.2
  const retired = (contact: Contact): Contact => taking(contact, ({ expires }) => expires <= now)
  return Object.fromEntries(Object.entries(contacts).map(([user, contact]) => [user, retired(contact)]))
}

/** The key store without the prekeys that had expired a week before `now` (seconds since 1970). */
export const retire = (keys: KeyStore, now: number): KeyStore => {
  // key-bundles.retire.1
  const signedPrekeys = keys.signedPrekeys.filter((prekey) => now < prekey.expires + grace)
  const isHeld = (id: number) => signedPrekeys.some((prekey) => prekey.id === id)
  return { ...keys, signedPrekeys, oneTimePrekeys: keys.oneTimePrekeys.filter((prekey) => isHeld(prekey.signedPrekeyId)) }
}
