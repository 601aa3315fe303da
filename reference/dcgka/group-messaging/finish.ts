/**
 * The end of every step: retire, heal, flush, wipe, and say who came and went.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { type Event, Packet } from "../../../spec/dcgka/group-messaging.ts"
import { eachOnce } from "../../conventions.ts"
import { forgetKeys } from "../application-messages.ts"
import * as Broadcast from "../causal-broadcast.ts"
import { deliver, operate } from "./membership.ts"
import {
  broadcasterOf,
  eventKey,
  groupOf,
  isAlive,
  logged,
  type Membership,
  memberOf,
  speaking,
  userOf,
  usersOf,
  viewOf,
  type Working,
  withGroup,
  withMembership,
} from "./state.ts"

/** The packet in bytes of our own making. */
const packetOf = (bytes: Uint8Array): Packet => Result.getOrThrow(decodeWire(Packet, bytes))

/** Gives a packet to each membership but `except`, whatever the verdicts. */
const deliverToAll = Effect.fnUntraced(function* (before: Working, bytes: Uint8Array, except: number) {
  let working = before
  for (const index of groupOf(before).memberships.keys()) {
    if (index === except || !isAlive(groupOf(working).memberships[index]!)) continue
    const step = deliver(working, index, packetOf(bytes), bytes)
    const result = yield* Effect.result(step)
    if (Result.isSuccess(result)) working = result.success.working
  }
  return working
})

/** Seals what is in the queue of a membership; gives the envelopes to our other memberships. */
export const flushOne = Effect.fnUntraced(function* (before: Working, index: number) {
  let working = before
  for (;;) {
    const membership = groupOf(working).memberships[index]!
    const { after, envelope } = yield* Broadcast.flush(broadcasterOf(working, membership))
    if (envelope === null) return working
    const placed = withMembership(working, index, { ...membership, broadcast: after.state }, after.keyring)
    working = yield* deliverToAll(logged({ ...placed, packets: [...placed.packets, envelope] }, envelope), envelope, index)
  }
})

/** An operation that nobody asked for: when it is not accepted, the step goes on without it. */
const attempt = Effect.fnUntraced(function* (working: Working, index: number, operation: Parameters<typeof operate>[2]) {
  const result = yield* Effect.result(operate(working, index, operation))
  if (Result.isSuccess(result)) return result.success
  // group-messaging.finish.3
  return result.failure._tag === "Waiting" ? { ...working, missing: eachOnce([...working.missing, ...result.failure.missing]) } : working
})

/** Whether somebody in the view of a membership, of another user, has still to acknowledge that it was added. */
const isAwaited = (membership: Membership): boolean => {
  const { open, agreement } = membership.broadcast
  const me = memberOf(membership)
  const others = viewOf(membership).filter((member) => userOf(membership, member) !== userOf(membership, me))
  const addition = agreement.history.entries.find(({ change }) => change.type === "add" && change.member === me)?.change
  const isOurs = ({ sender, seq }: (typeof open)[number]) => sender === addition?.sender && seq === addition.seq
  return open.some((one) => isOurs(one) && one.awaited.some((member) => others.includes(member)))
}

const retire = Effect.fnUntraced(function* (before: Working) {
  const index = speaking(groupOf(before))
  if (index === undefined) return before
  let working = before
  const membership = groupOf(before).memberships[index]!
  const me = memberOf(membership)
  // group-messaging.finish.1
  if (isAwaited(membership)) return before
  const doubles = viewOf(membership).filter((member) => member !== me && userOf(membership, member) === userOf(membership, me))
  for (const double of doubles) working = yield* attempt(working, index, (broadcaster) => Broadcast.remove(broadcaster, double))
  return working
})

/** Who has to update because of what is in the frontier of `membership`. */
const healerOf = (membership: Membership): string | undefined => {
  const view = viewOf(membership)
  const senders = membership.frontier.map(({ sender }) => sender).filter((sender) => view.includes(sender))
  return [...(senders.length === 0 ? view : senders)].sort()[0]
}

const heal = Effect.fnUntraced(function* (working: Working) {
  const index = speaking(groupOf(working))
  if (index === undefined || working.messenger.policy.heal === 0) return working
  const membership = groupOf(working).memberships[index]!
  // group-messaging.finish.2
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

const wiped = (membership: Membership): Membership =>
  isAlive(membership) ? membership : { ...membership, application: forgetKeys(membership.application), frontier: [], waiting: [] }

const kinds: ReadonlyArray<Event["type"]> = [
  "joined",
  "left",
  "user-added",
  "user-removed",
  "message",
  "messages-lost",
  "message-refused",
  "chain-differs",
  "equivocation",
]

const inOrder = (events: ReadonlyArray<Event>): ReadonlyArray<Event> =>
  kinds.flatMap((kind) => {
    const ofKind = new Map(events.filter(({ type }) => type === kind).map((event) => [eventKey(event), event]))
    return kind === "message" ? [...ofKind.values()] : [...ofKind].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event)
  })

/** What changed between the users before and after; none are in the view of one who is not in the group. */
const changes = (group: string, before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<Event> => {
  if (after.length === 0) return before.length === 0 ? [] : [{ type: "left", group }]
  const joined: ReadonlyArray<Event> = before.length === 0 ? [{ type: "joined", group }] : []
  const added = after.filter((user) => !before.includes(user)).map((user): Event => ({ type: "user-added", group, user }))
  const removed = before.filter((user) => !after.includes(user)).map((user): Event => ({ type: "user-removed", group, user }))
  return [...joined, ...added, ...removed]
}

/** Ends a step. `delayed` says whether the queues are left as they are; `before` are the users before the step. */
export const finish = Effect.fnUntraced(function* (begun: Working, before: ReadonlyArray<string>, delayed: boolean) {
  let working = begun
  for (let sent = -1; sent < working.packets.length; ) {
    sent = working.packets.length
    working = yield* heal(yield* retire(working))
    // group-messaging.finish.4
    if (!delayed) working = yield* flushAll(working)
  }
  // group-messaging.finish.5
  const { memberships, log } = groupOf(working)
  const { messenger, packets, events, missing, group } = withGroup(working, { memberships: memberships.map(wiped), log })
  // group-messaging.finish.6
  return { messenger, group, packets, events: inOrder([...events, ...changes(group, before, usersOf(groupOf(working)))]), missing }
})
