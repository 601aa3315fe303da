/**
 * A new messenger, and its keyring: what the chapter "key-bundles" does, done to the keyring of a messenger.
 *
 * @module
 */
import { Effect } from "effect"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { KeyBundle, type KeyStore } from "../../../spec/dcgka/key-bundles.ts"
import { decodeMessage, sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as KeyBundles from "../key-bundles.ts"
import type { Messenger, Policy } from "./state.ts"

/** A messenger of the user with these keys. */
export const messenger = (keys: KeyStore, policy: Policy): Messenger => ({ keyring: { keys, contacts: {} }, policy, groups: {} })

const withKeys = (before: Messenger, keys: KeyStore): Messenger => ({ ...before, keyring: { ...before.keyring, keys } })

/** Makes a new signed prekey, which expires at the time given. */
export const rotate = Effect.fnUntraced(function* (before: Messenger, expires: number) {
  return withKeys(before, yield* KeyBundles.rotate(before.keyring.keys, expires))
})

/** Publishes a key bundle, for one other user. */
export const publish = Effect.fnUntraced(function* (before: Messenger) {
  const { keys, bundle } = yield* KeyBundles.publish(before.keyring.keys)
  return { messenger: withKeys(before, keys), bundle }
})

/** Takes in a key bundle of another user. */
export const learn = Effect.fnUntraced(function* (before: Messenger, bundle: Uint8Array, now: number) {
  const { keys } = before.keyring
  // group-messaging.learn.1
  const contacts = yield* KeyBundles.learn(before.keyring.contacts, bundle, now)
  // group-messaging.learn.2
  const { user, signingKey, agreementKey } = yield* decodeMessage(KeyBundle, bundle)
  const { ed25519PublicKey, x25519PublicKey } = yield* Crypto
  const isOwn =
    sameBytes(signingKey, ed25519PublicKey(keys.signingSecretKey)) && sameBytes(agreementKey, x25519PublicKey(keys.agreementSecretKey))
  if (user === keys.user && !isOwn) return yield* refuse(clauses["own-identity"], `a bundle of ${user}`)
  return { ...before, keyring: { ...before.keyring, contacts } }
})

/** Deletes what has expired, of our own prekeys and of the bundles of others. */
export const retire = (before: Messenger, now: number): Messenger => {
  const { keys, contacts } = before.keyring
  return { ...before, keyring: { keys: KeyBundles.retire(keys, now), contacts: KeyBundles.retireBundles(contacts, now) } }
}
