/**
 * What a user does: create, add, remove, update, send, compare, flush; and its key bundles.
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { Content, clauses } from "../../../spec/dcgka/group-messaging.ts"
import type { KeyStore } from "../../../spec/dcgka/key-bundles.ts"
import * as Broadcast from "../causal-broadcast.ts"
import * as KeyBundles from "../key-bundles.ts"
import { finish, flushOne } from "./finish.ts"
import { operate, seal } from "./membership.ts"
import {
  groupOf,
  type Messenger,
  newMembership,
  type Policy,
  prepare,
  speaker,
  userOf,
  usersOf,
  viewOf,
  type Working,
  withMembership,
} from "./state.ts"

/** A messenger of the user with these keys. */
export const messenger = (keys: KeyStore, policy: Policy): Messenger => ({ keyring: { keys, contacts: {} }, policy, groups: {} })

/** Takes in a key bundle of another user. */
export const learn = Effect.fnUntraced(function* (before: Messenger, bundle: Uint8Array, now: number) {
  const contacts = yield* KeyBundles.learn(before.keyring.contacts, bundle, now)
  return { ...before, keyring: { ...before.keyring, contacts } }
})

/** Creates a group with `users`. */
export const create = Effect.fnUntraced(function* (before: Messenger, users: ReadonlyArray<string>) {
  const prepared = yield* prepare(before)
  // group-messaging.create.1
  const done = yield* Broadcast.create({ state: newMembership.broadcast, keyring: prepared.keyring }, users)
  const group = done.after.state.agreement.group!
  const working: Working = { messenger: prepared, group, packets: [], events: [] }
  const placed = withMembership(working, 0, newMembership, prepared.keyring)
  const created = yield* operate(placed, 0, () => Effect.succeed(done))
  return yield* finish(created, [], false)
})

const begin = Effect.fnUntraced(function* (before: Messenger, group: string) {
  const working: Working = { messenger: yield* prepare(before), group, packets: [], events: [] }
  const index = yield* speaker(working)
  return { working, index, before: usersOf(groupOf(working)) }
})

type Operation = Parameters<typeof operate>[2]

const act = Effect.fnUntraced(function* (messenger: Messenger, group: string, operation: Operation) {
  const { working, index, before } = yield* begin(messenger, group)
  // group-messaging.act.5
  return yield* finish(yield* operate(working, index, operation), before, false)
})

/** Adds `user` to `group`. */
export const add = (messenger: Messenger, group: string, user: string) =>
  // group-messaging.act.2
  act(messenger, group, (broadcaster) => Broadcast.add(broadcaster, user))

/** Updates our keys in `group`. */
export const update = (messenger: Messenger, group: string) =>
  // group-messaging.act.4
  act(messenger, group, (broadcaster) => Broadcast.update(broadcaster))

/** Removes `user` from `group`. */
export const remove = Effect.fnUntraced(function* (messenger: Messenger, group: string, user: string) {
  const { working, index, before } = yield* begin(messenger, group)
  // group-messaging.act.3
  const membership = groupOf(working).memberships[index]!
  const members = viewOf(membership).filter((member) => userOf(membership, member) === user)
  if (members.length === 0) return yield* refuse(clauses["no-such-user"], `${user} is no member`)
  let after = working
  for (const member of members) after = yield* operate(after, index, (broadcaster) => Broadcast.remove(broadcaster, member))
  return yield* finish(after, before, false)
})

const sendContent = Effect.fnUntraced(function* (
  messenger: Messenger,
  group: string,
  contentOf: (broadcast: Broadcast.BroadcastState) => Content,
) {
  // group-messaging.send.1
  const { working, index, before } = yield* begin(messenger, group)
  // group-messaging.send.2
  const flushed = yield* flushOne(working, index)
  const content = contentOf(groupOf(flushed).memberships[index]!.broadcast)
  return yield* finish(yield* seal(flushed, index, encodeWire(Content, content)), before, false)
})

/** Sends `payload` to `group`. */
export const send = (messenger: Messenger, group: string, payload: Uint8Array) =>
  sendContent(messenger, group, () => ({ type: "data", payload }))

/** Sends our notes to `group`. */
export const compare = (messenger: Messenger, group: string) =>
  sendContent(messenger, group, (broadcast) => ({ type: "notes", notes: Broadcast.notes(broadcast) }))

/** Sends what has been delayed in `group`. */
export const flush = Effect.fnUntraced(function* (messenger: Messenger, group: string) {
  const { working, before } = yield* begin(messenger, group)
  return yield* finish(working, before, false)
})
