/**
 * Restoring a backup.
 *
 * @module
 */
import { Effect } from "effect"
import type { Event } from "../../../spec/dcgka/group-messaging.ts"
import { Randomness } from "../../crypto/randomness.ts"
import * as Broadcast from "../causal-broadcast.ts"
import { withoutBundles, withoutPrekeys } from "../key-bundles.ts"
import { wiped } from "./finish.ts"
import { type Group, isAlive, type Membership, type Messenger, noGroup } from "./state.ts"

/** The membership as one that has been removed. */
const ended = (membership: Membership): Membership =>
  isAlive(membership) ? wiped({ ...membership, broadcast: Broadcast.abandon(membership.broadcast) }) : membership

/** What is left of an earlier state that is taken up again: a user without memberships and without prekeys. Gives the events, too. */
export const restore = Effect.fnUntraced(function* (before: Messenger) {
  const { keys, contacts } = before.keyring
  const known = Object.entries(before.groups).filter(([, { memberships }]) => memberships.length > 0)
  // group-messaging.restore.1
  const groups = known.map(([group, { memberships, told }]): readonly [string, Group] => [
    group,
    { ...noGroup, memberships: memberships.map(ended), told },
  ])
  const left = known.filter(([, { memberships }]) => memberships.some(isAlive))
  // group-messaging.restore.2
  const drawn = (yield* Randomness).draw(`restore/${keys.nextPrekeyId}`, 3)
  const skipped = 1 + drawn.reduce((sum, byte) => sum * 256 + byte, 0)
  // group-messaging.restore.3
  const keyring = { keys: withoutPrekeys(keys, skipped), contacts: withoutBundles(contacts) }
  // group-messaging.restore.4
  const events: ReadonlyArray<Event> = left.map(([group]) => ({ type: "left", group }))
  return { messenger: { ...before, keyring, groups: Object.fromEntries(groups) }, events }
})
