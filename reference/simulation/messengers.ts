/**
 * Messengers in memory, for tests and demonstrations.
 *
 * @module
 */
import { Effect } from "effect"
import * as Messaging from "../dcgka/group-messaging.ts"
import * as KeyBundles from "../dcgka/key-bundles.ts"
import { accepted, type RunStep, runStep, seedOf } from "./network.ts"

/** A user with a messenger. */
export interface Person {
  readonly user: string
  readonly seed: Uint8Array
  messenger: Messaging.Messenger
}

/** A user with new keys who knows nobody. */
export const newPerson = (user: string, policy: Messaging.Messenger["policy"], run: RunStep = runStep): Person => {
  const seed = seedOf(user)
  const keys = accepted(
    seed,
    Effect.flatMap(KeyBundles.generate(user), (generated) => KeyBundles.rotate(generated, 2_000_000_000)),
    run,
  )
  return { user, seed, messenger: Messaging.messenger(keys, policy) }
}

/** `one` takes in `count` key bundles of `other`. */
export const meet = (one: Person, other: Person, count: number, run: RunStep = runStep): void => {
  for (let index = 0; index < count; index++) {
    const { keyring } = other.messenger
    const { keys, bundle } = accepted(other.seed, KeyBundles.publish(keyring.keys), run)
    other.messenger = { ...other.messenger, keyring: { ...keyring, keys } }
    one.messenger = accepted(one.seed, Messaging.learn(one.messenger, bundle, 1_000_000_000), run)
  }
}

/** People who all know each other, by `each` key bundles. */
export const acquaintedMessengers = (
  users: ReadonlyArray<string>,
  each: number,
  policy: Messaging.Messenger["policy"],
): ReadonlyArray<Person> => {
  const people = users.map((user) => newPerson(user, policy))
  for (const one of people) for (const other of people) if (one !== other) meet(one, other, each)
  return people
}
