/**
 * What a user does in groups: create, add, remove, update, send, compare, flush, forget.
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses as application } from "../../../spec/dcgka/application-messages.ts"
import { Content, clauses, maximumData, NotesContent } from "../../../spec/dcgka/group-messaging.ts"
import { decodeMessage } from "../../conventions.ts"
import * as Broadcast from "../causal-broadcast.ts"
import { finish, flushOne } from "./finish.ts"
import { operate, operated, seal } from "./membership.ts"
import {
  begin,
  type Group,
  groupOf,
  isAlive,
  type Messenger,
  newMembership,
  noGroup,
  preparedBroadcaster,
  speaker,
  userOf,
  viewOf,
  withGroup,
  withMembership,
} from "./state.ts"

/** Creates a group with `users`. */
export const create = Effect.fnUntraced(function* (before: Messenger, users: ReadonlyArray<string>) {
  // group-messaging.create.1
  const done = yield* Broadcast.create(yield* preparedBroadcaster(begin(before, ""), newMembership), users)
  const group = done.after.state.agreement.group!
  if (Object.hasOwn(before.groups, group)) return yield* refuse(clauses["new-group"], group)
  // group-messaging.create.2
  const placed = withMembership(begin(before, group), 0, newMembership, before.keyring)
  const created = yield* operated(placed, 0, done)
  return yield* finish({ ...created, anew: true }, noGroup, false)
})

const asSpeaker = Effect.fnUntraced(function* (messenger: Messenger, group: string) {
  const working = begin(messenger, group)
  const index = yield* speaker(working)
  return { working, index, before: groupOf(working) }
})

const asActor = Effect.fnUntraced(function* (messenger: Messenger, group: string) {
  const speaking = yield* asSpeaker(messenger, group)
  // group-messaging.act.2
  if (speaking.before.leaving === 1) return yield* refuse(clauses.leaving, `leaving ${group}`)
  return speaking
})

type Operation = Parameters<typeof operate>[2]

const act = Effect.fnUntraced(function* (messenger: Messenger, group: string, operation: Operation) {
  const { working, index, before } = yield* asActor(messenger, group)
  // group-messaging.act.7
  return yield* finish(yield* operate(working, index, operation), before, false)
})

/** Adds `user` to `group`. */
export const add = (messenger: Messenger, group: string, user: string) =>
  // group-messaging.act.3
  act(messenger, group, (broadcaster) => Broadcast.add(broadcaster, user))

/** Updates our keys in `group`. */
export const update = (messenger: Messenger, group: string) =>
  // group-messaging.act.5
  act(messenger, group, (broadcaster) => Broadcast.update(broadcaster))

/** Removes `user` from `group`. */
export const remove = Effect.fnUntraced(function* (messenger: Messenger, group: string, user: string) {
  const { working, index, before } = yield* asActor(messenger, group)
  // group-messaging.act.4
  const membership = groupOf(working).memberships[index]!
  const members = viewOf(membership).filter((member) => userOf(membership, member) === user)
  if (members.length === 0) return yield* refuse(clauses["no-such-user"], `${user} is no member`)
  let after = working
  for (const member of members) {
    // What the removal of another has released may have removed this one, or us.
    const now = groupOf(after).memberships[index]!
    const isThere = isAlive(now) && viewOf(now).includes(member)
    if (isThere) after = yield* operate(after, index, (broadcaster) => Broadcast.remove(broadcaster, member))
  }
  return yield* finish(after, before, false)
})

const sendContent = Effect.fnUntraced(function* (
  messenger: Messenger,
  group: string,
  contentOf: (broadcast: Broadcast.BroadcastState) => Content,
  ending: Pick<Group, "leaving"> = { leaving: 0 },
) {
  const { working, index, before } = yield* asActor(messenger, group)
  // group-messaging.send.2
  const flushed = yield* flushOne(working, index)
  const content = contentOf(groupOf(flushed).memberships[index]!.broadcast)
  const sealed = yield* seal(flushed, index, encodeWire(Content, content))
  return yield* finish(withGroup(sealed, { ...groupOf(sealed), ...ending }), before, false)
})

/** Sends `payload` to `group`. */
export const send = Effect.fnUntraced(function* (messenger: Messenger, group: string, payload: Uint8Array) {
  // group-messaging.send.1
  if (payload.length > maximumData) return yield* refuse(application["payload-length"], `${payload.length} bytes`)
  return yield* sendContent(messenger, group, () => ({ type: "data", payload }))
})

/** Sends our notes to `group`. */
export const compare = (messenger: Messenger, group: string) =>
  sendContent(messenger, group, (broadcast) => ({ type: "notes-to-compare", notes: Broadcast.notes(broadcast) }))

/** Says that we leave `group`: others remove us. */
export const leave = (messenger: Messenger, group: string) =>
  // group-messaging.leave.1
  // group-messaging.leave.2
  sendContent(messenger, group, () => ({ type: "leave" }), { leaving: 1 })

const speakerOf = Effect.fnUntraced(function* (messenger: Messenger, group: string) {
  const { working, index } = yield* asSpeaker(messenger, group)
  return groupOf(working).memberships[index]!.broadcast
})

/** Our notes in `group`, to be compared on another way than by messages of the group. */
export const notes = Effect.fnUntraced(function* (messenger: Messenger, group: string) {
  // group-messaging.notes.1
  return encodeWire(NotesContent, { type: "notes-to-compare", notes: Broadcast.notes(yield* speakerOf(messenger, group)) })
})

/** Compares the notes of another member with ours: whose messages `differ`, and in whose we are `behind`. */
export const check = Effect.fnUntraced(function* (messenger: Messenger, group: string, bytes: Uint8Array) {
  // group-messaging.check.1
  const { notes } = yield* decodeMessage(NotesContent, bytes)
  return Broadcast.compareNotes(yield* speakerOf(messenger, group), notes)
})

/** Sends what has been delayed in `group`. */
export const flush = Effect.fnUntraced(function* (messenger: Messenger, group: string) {
  // group-messaging.flush.1
  const { working, before } = yield* asSpeaker(messenger, group)
  // group-messaging.flush.2
  return yield* finish(working, before, false)
})

/** Forgets a group that we have left, or were never in. */
export const forget = Effect.fnUntraced(function* (messenger: Messenger, group: string) {
  const { memberships, leaving } = groupOf(begin(messenger, group))
  // group-messaging.forget.1
  if (leaving === 0 && memberships.some(isAlive)) return yield* refuse(clauses["forget-left"], `a membership in ${group}`)
  // group-messaging.forget.2
  const groups = Object.entries(messenger.groups).filter(([one]) => one !== group)
  return { ...messenger, groups: Object.fromEntries(groups) }
})
