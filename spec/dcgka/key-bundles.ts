/**
 * # Key bundles and first contact
 *
 * Two members who have never exchanged a message need keys to begin with, though one of them may be offline. Each user
 * therefore publishes **key bundles**, each for one contact: identity keys, a signed prekey that serves for a while,
 * and a **one-time prekey** that serves once. Whoever wants to write takes a bundle and agrees on a key by X3DH
 * (Marlinspike and Perrin, revision 1, 2016) with four Diffie-Hellman computations.
 *
 * Where bundles come from (a directory, a QR code, another member) is outside this specification (CCS 2021 section
 * 2.1, "public key infrastructure"). Whoever hands them out is trusted for two things: that the identity keys are
 * the user's, and that each bundle goes to one contact only. Of two contacts with one bundle, the second to write is
 * refused (key-bundles.prekey-held), and cannot be heard by that user.
 *
 * One user may be more than one member of a group (chapter "identifiers"), and these have a channel like any others. So
 * a user takes in bundles of its own as well.
 *
 * A user has two identity keys: an Ed25519 **signing key** and an X25519 **agreement key**. Signal's X3DH derives both
 * from one key; two keys need no conversion that an implementation could get wrong.
 *
 * ## First-contact key
 *
 * Initiator I with agreement key pair (a, A), recipient R with the bundle's agreement key B, signed prekey S and
 * one-time prekey O; I draws an ephemeral key pair (e, E).
 *
 * ```text
 * dh1 = X25519(a, S)   dh2 = X25519(e, B)   dh3 = X25519(e, S)   dh4 = X25519(e, O)
 * key = HKDF-Expand(HKDF-Extract(salt = "", FF * 32 || dh1 || dh2 || dh3 || dh4),
 *                   CBOR([ "conclave/1 first contact", context, A, B, E, S, O ]), 32)
 * ```
 *
 * `context` is a byte string that names who talks to whom (chapter "two-party-messaging"). All public keys enter the
 * derivation, so that none can be exchanged for another. The key seals one message, with ChaCha20-Poly1305 under the
 * nonce of 12 zero bytes.
 *
 * > **Erratum X3DH-1.** The X3DH text lets a sender go on without a one-time prekey when the server has run out of
 * > them. The first message could then be replayed, and would lose forward secrecy until the signed prekey is changed.
 * > Here a bundle always has a one-time prekey; a user who has run out cannot be added until it publishes more. No case
 * > has a bundle without one, because it has no encoding. That the fourth agreement counts, and a replay is refused, is
 * > shown by `key-bundles/first-contact` and `key-bundles/one-time`.
 *
 * Whoever calls these operations does key-bundles.retire from time to time, and before it sends: key-bundles.take looks
 * at no time, so a bundle that has expired since it was taken in would be used. A first contact that arrives more than
 * a week after its bundle has expired is refused, and whoever sent it cannot be heard by that user any more: users who
 * are away for long publish bundles that expire late.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { bytes, listOf, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { Key, KeyIndex, Time, UserId } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"

export const clauses = declareClauses("key-bundles", {
  signature: check("MUST", "A key bundle is signed by the signing key that it contains.", "X3DH section 4.5"),
  suite: check("MUST", "A key bundle is of a suite that the reader implements.", "Conclave"),
  valid: check("MUST", "A key bundle is taken in only before the time at which it expires.", "X3DH section 3.2"),
  "same-identity": check(
    "MUST",
    "All key bundles of one user have the same signing key and the same agreement key.",
    "CCS 2021 section 2.1",
  ),
  once: check(
    "MUST",
    "A key bundle is taken in once; one with the prekey ids of an earlier one of this user is ignored.",
    "X3DH section 3.3",
  ),
  "signed-prekey": check("MUST", "A key bundle is published only by a user who holds a signed prekey.", "X3DH section 3.2"),
  "prekey-held": check(
    "MUST",
    "A first-contact message names a signed prekey and a one-time prekey that the recipient published " + "together and still holds.",
    "X3DH section 3.4",
  ),
  "agreement-zero": check(
    "MUST",
    "No public key of a bundle is of small order, and no Diffie-Hellman result of a first contact is all zero.",
    "RFC 7748 section 6.1",
  ),
  "one-time": rule("MUST", "A one-time prekey is deleted when the first message that used it has been accepted.", "X3DH section 3.4"),
  "four-agreements": rule("MUST", "A first contact is made with all four Diffie-Hellman computations.", "X3DH section 3.3; erratum X3DH-1"),
  retire: rule(
    "MUST",
    "A signed prekey is deleted a week after it has expired, and the one-time prekeys published with it; " +
      "an expired bundle that was taken in, of our own user too, at once.",
    "X3DH section 3.2",
  ),
})

export const steps = declareSteps("key-bundles", {
  generate: [
    "Draw the secret signing key, `identity/signing`, 32 bytes.",
    "Draw the secret agreement key, `identity/agreement`, 32 bytes. There are no prekeys yet, and the " + "next prekey id is 0.",
  ],
  rotate: [
    "Draw a secret signed prekey, `prekey/{id}`, 32 bytes, where id is the next prekey id, and keep it " +
      "with that id and the time at which it expires. Count the next prekey id up by one.",
  ],
  publish: [
    "Take the signed prekey with the highest id; if there is none: refused (key-bundles.signed-prekey).",
    "Draw a secret one-time prekey, `prekey/{id}`, 32 bytes, where id is the next prekey id, and keep it " +
      "with that id and the signed prekey's id. Count the next prekey id up by one.",
    'Sign CBOR([label "conclave/1 key bundle", then the bundle\'s fields before the signature]) with the ' +
      "signing key. The bundle expires when its signed prekey does.",
  ],
  verify: [
    "Decode the bundle (encoding.decode).",
    "If its suite is not 1: refused (key-bundles.suite).",
    "If strict verification does not accept its signature: refused (key-bundles.signature).",
    "If `now` is at or after its time of expiry: refused (key-bundles.valid).",
    "If X25519 of any scalar with its agreement key, its signed prekey or its one-time prekey is all " +
      "zero: refused (key-bundles.agreement-zero). Nobody who took in such a bundle could ever contact its " +
      "user.",
  ],
  learn: [
    "Verify the bundle, by key-bundles.verify.",
    "If the user is known with another signing key or another agreement key: refused (key-bundles.same-identity).",
    "If a bundle of this user with the same two prekey ids was taken in before: ignored (key-bundles.once).",
    "Keep the user's identity keys and the bundle.",
  ],
  take: [
    "Take the first kept bundle of the user, in the order in which they were taken in, that has not been " +
      "taken; if there is none: waiting for a bundle of the user.",
    "Mark it as taken: keep only its two prekey ids.",
  ],
  initiate: [
    "Compute dh1 to dh4 and the first-contact key; if a result is all zero: refused (key-bundles.agreement-zero).",
    "Seal the plaintext under the key, the nonce of 12 zero bytes and the associated data.",
  ],
  respond: [
    "If the named one-time prekey is not held, or not the one published with the named signed prekey: " +
      "refused (key-bundles.prekey-held).",
    "Compute dh1 to dh4 from the other side, and the first-contact key, with our own public keys computed " +
      "from the secret ones and the initiator's as known and received; if a result is all zero: refused " +
      "(key-bundles.agreement-zero).",
    "Open the ciphertext; if it does not open: refused (suite.aead-opens).",
    "Delete the one-time prekey.",
  ],
  retire: [
    "Delete each signed prekey that expired 604,800 seconds (a week) before `now` or earlier, and the " +
      "one-time prekeys published with it: what was sent in time may be under way.",
    "Of each contact, delete the bundles whose time of expiry is at or before `now`, as if they had been " +
      "taken: keep their two prekey ids.",
  ],
})

/** What a user publishes for one contact. `signature` covers the label and all fields before it. */
export const KeyBundle = record("key-bundle", {
  suite: uint(0, 255),
  user: UserId,
  signingKey: Key,
  agreementKey: Key,
  signedPrekeyId: KeyIndex,
  signedPrekey: Key,
  oneTimePrekeyId: KeyIndex,
  oneTimePrekey: Key,
  expires: Time,
  signature: Signature,
})
export type KeyBundle = ValueOf<typeof KeyBundle>

/** The secret side, never sent: a user's identity keys and its prekeys that are still held. */
export const KeyStore = record("key-store", {
  user: UserId,
  signingSecretKey: Key,
  agreementSecretKey: Key,
  signedPrekeys: listOf(record("signed-prekey", { id: KeyIndex, secretKey: Key, expires: Time }), 0, unlimited),
  oneTimePrekeys: listOf(record("one-time-prekey", { id: KeyIndex, signedPrekeyId: KeyIndex, secretKey: Key }), 0, unlimited),
  nextPrekeyId: KeyIndex,
})
export type KeyStore = ValueOf<typeof KeyStore>

/**
 * What is known of another user, never sent: its identity keys, the bundles not yet taken, and the prekey ids of those
 * that were.
 */
export const Contact = record("contact", {
  signingKey: Key,
  agreementKey: Key,
  bundles: listOf(KeyBundle, 0, unlimited),
  taken: listOf(record("taken-bundle", { signedPrekeyId: KeyIndex, oneTimePrekeyId: KeyIndex }), 0, unlimited),
})
export type Contact = ValueOf<typeof Contact>

/**
 * How long a signed prekey is kept after it has expired, in seconds: messages that were sent in time may still be under
 * way.
 */
export const grace = 604_800

/** The nonce under which a first-contact key seals its one message. */
export const firstContactNonce = new Uint8Array(12)

/** What stands before the Diffie-Hellman results in X3DH over X25519 (X3DH section 2.2). */
export const firstContactPrefix = new Uint8Array(32).fill(0xff)

/** A ciphertext with its 16-byte tag. */
export const Ciphertext = bytes(16, (1 << 20) - 512)
