/**
 * A new messenger, and its keyring: what the chapter "key-bundles" does, done to the keyring of a messenger.
 *
 * @module
 */
import { Effect } from "effect"
import type { KeyStore } from "../../../spec/dcgka/key-bundles.ts"
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
  const contacts = yield* KeyBundles.learn(before.keyring.contacts, bundle, now)
  return { ...before, keyring: { ...before.keyring, contacts } }
})

/** Deletes what has expired, of our own prekeys and of the bundles of others. */
export const retire = (before: Messenger, now: number): Messenger => {
  const { keys, contacts } = before.keyring
  return { ...before, keyring: { keys: KeyBundles.retire(keys, now), contacts: KeyBundles.retireBundles(contacts, now) } }
}
