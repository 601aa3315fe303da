/**
 * The end of every step: retire, heal, flush, wipe, and say who came and went.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { type Event, Packet } from "../../../spec/dcgka/group-messaging.ts"
import { forgetKeys } from "../application-messages.ts"
import * as Broadcast from "../causal-broadcast.ts"
import { additionOf } from "../group-membership.ts"
import { logged, withBoundedLog } from "./log.ts"
import { alsoMissing, deliver, operate, tellCrowdedOut, tellRefusal } from "./membership.ts"
import {
  broadcasterOf,
  doublesOf,
  eventKey,
  type Group,
  groupOf,
  isAlive,
  type Membership,
  memberOf,
  packed,
  speaking,
  userOf,
  usersOf,
  viewOf,
  voiceOf,
  type Working,
  withGroup,
  withMembership,
} from "./state.ts"
import * as Waiting from "./waiting.ts"

/** The packet in bytes of our own making. */
const packetOf = (bytes: Uint8Array): Packet => Result.getOrThrow(decodeWire(Packet, bytes))

/** Gives a packet to each membership but `except`, whatever the verdicts. */
const deliverToAll = Effect.fnUntraced(function* (before: Working, bytes: Uint8Array, except: number) {
  let working = before
  for (const index of groupOf(before).memberships.keys()) {
    if (index === except || !isAlive(groupOf(working).memberships[index]!)) continue
    const packet = packetOf(bytes)
    const result = yield* Effect.result(deliver(working, index, packet, bytes))
    working = Result.isSuccess(result) ? result.success.working : tellRefusal(working, index, packet, result.failure)
  }
  return working
})

/** Seals what is in the queue of a membership; gives the envelopes to our other memberships. */
export const flushOne = Effect.fnUntraced(function* (before: Working, index: number) {
  let working = before
  for (;;) {
    const membership = groupOf(working).memberships[index]!
    const { after, envelope, signed } = yield* Broadcast.flush(broadcasterOf(working, membership))
    if (signed === null) return working
    const placed = withMembership(working, index, { ...membership, broadcast: after.state }, after.keyring)
    const sent = yield* logged({ ...placed, packets: [...placed.packets, envelope] }, signed, envelope)
    working = yield* deliverToAll(sent.working, envelope, index)
  }
})

/** An operation that nobody asked for: when it is not accepted, the step goes on without it. */
const attempt = Effect.fnUntraced(function* (working: Working, index: number, operation: Parameters<typeof operate>[2]) {
  const result = yield* Effect.result(operate(working, index, operation))
  if (Result.isSuccess(result)) return result.success
  // group-messaging.finish.4
  return result.failure._tag === "Waiting" ? alsoMissing(working, result.failure.missing) : working
})

/** Whether somebody in the view of a membership, of another user, has still to acknowledge that it was added. */
const isAwaited = (membership: Membership): boolean => {
  const { open, agreement } = membership.broadcast
  const me = memberOf(membership)
  const addition = additionOf(agreement.history, me)
  const ours = open.find(({ sender, seq }) => sender === addition?.sender && seq === addition.seq)
  if (ours === undefined) return false
  const others = viewOf(membership).filter((member) => userOf(membership, member) !== userOf(membership, me))
  return ours.awaited.some((member) => others.includes(member))
}

const retire = Effect.fnUntraced(function* (before: Working) {
  const index = speaking(groupOf(before))
  if (index === undefined) return before
  let working = before
  const membership = groupOf(before).memberships[index]!
  const doubles = doublesOf(membership)
  // group-messaging.finish.1
  if (doubles.length === 0 || isAwaited(membership)) return before
  for (const double of doubles) working = yield* attempt(working, index, (broadcaster) => Broadcast.remove(broadcaster, double))
  return working
})

/** Who has to update because of what is in the frontier of `membership`. */
const healerOf = (membership: Membership): string | undefined => {
  const view = viewOf(membership)
  const senders = membership.frontier.map(({ sender }) => sender).filter((sender) => view.includes(sender))
  return [...(senders.length === 0 ? view : senders)].sort()[0]
}

/** Who has to remove those that have said that they leave, and whom: their members, and the others of their users. */
const leaving = (membership: Membership) => {
  const view = viewOf(membership)
  const users = new Set(view.filter((member) => Object.hasOwn(membership.leavers, member)).map((member) => userOf(membership, member)))
  const isLeaving = (member: string) => users.has(userOf(membership, member))
  return { remover: view.find((member) => !isLeaving(member)), members: view.filter(isLeaving) }
}

const carryOut = Effect.fnUntraced(function* (before: Working) {
  const index = speaking(groupOf(before))
  if (index === undefined || groupOf(before).leaving === 1) return before
  const membership = groupOf(before).memberships[index]!
  if (Object.keys(membership.leavers).length === 0) return before
  const { remover, members } = leaving(membership)
  // group-messaging.finish.2
  if (remover === undefined || userOf(membership, remover) !== userOf(membership, memberOf(membership))) return before
  let working = before
  for (const member of members) working = yield* attempt(working, index, (broadcaster) => Broadcast.remove(broadcaster, member))
  return working
})

const heal = Effect.fnUntraced(function* (working: Working) {
  const index = speaking(groupOf(working))
  if (index === undefined || working.messenger.policy.heal === 0) return working
  const membership = groupOf(working).memberships[index]!
  // group-messaging.finish.3
  const isDue = membership.frontier.length > 1 && healerOf(membership) === memberOf(membership)
  return isDue ? yield* attempt(working, index, (broadcaster) => Broadcast.update(broadcaster)) : working
})

const flushAll = Effect.fnUntraced(function* (before: Working) {
  let working = before
  for (const index of groupOf(before).memberships.keys()) {
    if (isAlive(groupOf(working).memberships[index]!)) working = yield* flushOne(working, index)
  }
  return working
})

/** A membership that has been removed, without its keys. */
export const wiped = (membership: Membership): Membership =>
  isAlive(membership)
    ? membership
    : { ...membership, application: forgetKeys(membership.application), frontier: [], waiting: [], leavers: {} }

const kinds: ReadonlyArray<Event["type"]> = [
  "left",
  "joined",
  "member-changed",
  "user-added",
  "user-removed",
  "message",
  "messages-lost",
  "message-refused",
  "envelope-refused",
  "chain-differs",
  "chain-uncompared",
  "leaving",
  "equivocation",
]

/** Whether events of a kind stay in the order in which they came about. */
const isInTurn = (kind: Event["type"]): boolean => kind === "message" || kind === "envelope-refused"

const inOrder = (events: ReadonlyArray<Event>): ReadonlyArray<Event> => {
  if (events.length < 2) return events
  // group-messaging.finish.12
  return kinds.flatMap((kind) => {
    const ofKind = new Map(events.filter(({ type }) => type === kind).map((event) => [eventKey(event), event]))
    return isInTurn(kind) ? [...ofKind.values()] : [...ofKind].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event)
  })
}

/** The view of the membership as which we speak. */
const spokenView = (group: Group): ReadonlyArray<string> | undefined => {
  const membership = group.memberships.find(isAlive)
  return membership === undefined ? undefined : viewOf(membership)
}

/** What has changed: whether we left or joined, or speak as another member, and otherwise which users came and went. */
const changes = (name: string, before: Group, after: Group, anew: boolean): ReadonlyArray<Event> => {
  const [voice, next] = [voiceOf(before), voiceOf(after)]
  // As long as no change has come, the view is the same array.
  if (!anew && voice === next && spokenView(before) === spokenView(after)) return []
  const [users, remaining] = [usersOf(before), usersOf(after)]
  const left: ReadonlyArray<Event> = voice !== undefined && (next === undefined || anew) ? [{ type: "left", group: name }] : []
  if (next === undefined) return left
  const known = anew ? [] : users
  const joined: ReadonlyArray<Event> = anew ? [{ type: "joined", group: name }] : []
  const changed: ReadonlyArray<Event> = anew || voice === next ? [] : [{ type: "member-changed", group: name, member: next }]
  const [were, are] = [new Set(known), new Set(remaining)]
  const added = remaining.filter((user) => !were.has(user)).map((user): Event => ({ type: "user-added", group: name, user }))
  const removed = known.filter((user) => !are.has(user)).map((user): Event => ({ type: "user-removed", group: name, user }))
  return [...left, ...joined, ...changed, ...added, ...removed]
}

/** What waits and what is logged, as far as there is room for it, after a step by which a share may have become another one. */
const withinRoom = (begun: Working, before: Group): Working => {
  let working = begun
  // group-messaging.finish.8
  for (const [index, one] of groupOf(begun).memberships.entries()) {
    if (one.waiting.length === 0 || one === before.memberships[index]) continue
    const { membership, lost } = Waiting.withinRoom(one)
    working = tellCrowdedOut(withMembership(working, index, membership, working.messenger.keyring), index, lost)
  }
  // group-messaging.finish.9
  return withGroup(working, withBoundedLog(groupOf(working)))
}

/** Ends a step. `delayed` says whether the queues are left as they are; `before` is the group before the step. */
export const finish = Effect.fnUntraced(function* (begun: Working, before: Group, delayed: boolean) {
  let working = begun
  for (let sent = -1; sent < working.packets.length; ) {
    sent = working.packets.length
    working = yield* heal(yield* carryOut(yield* retire(working)))
    // group-messaging.finish.5
    // group-messaging.finish.6
    if (!delayed) working = yield* flushAll(working)
  }
  // group-messaging.finish.7
  const { memberships } = groupOf(working)
  const kept = memberships.map((one, index) => (one === before.memberships[index] ? one : wiped(one)))
  const ended = withinRoom(withGroup(working, { ...groupOf(working), memberships: kept }), before)
  // group-messaging.finish.10
  const { messenger } = withGroup(ended, packed(groupOf(ended)))
  const { packets, events, missing, group, anew } = ended
  // group-messaging.finish.11
  return { messenger, group, packets, events: inOrder([...events, ...changes(group, before, groupOf(ended), anew)]), missing }
})
