/**
 * What one membership does with packets and with its own operations.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { Ignored, type NotAccepted, refuse } from "../../../spec/conventions/verdicts.ts"
import type { ApplicationMessage } from "../../../spec/dcgka/application-messages.ts"
import { Content, clauses, type Event, maximumTold, maximumWaiting, type Packet } from "../../../spec/dcgka/group-messaging.ts"
import { sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import type { Randomness } from "../../crypto/randomness.ts"
import * as Application from "../application-messages.ts"
import * as Broadcast from "../causal-broadcast.ts"
import { removedAsOf } from "../group-membership.ts"
import {
  groupOf,
  type Membership,
  memberOf,
  preparedBroadcaster,
  userOf,
  viewOf,
  type Working,
  withGroup,
  withMembership,
} from "./state.ts"

/** A step of a group. */
export type Step<A> = Effect.Effect<A, NotAccepted, Crypto | Randomness>

const isSeed = ({ control }: Broadcast.Taken) => control.type === "create" || control.type === "update" || control.type === "remove"

const bySender = (a: { readonly sender: string; readonly seq: number }, b: typeof a) => (a.sender < b.sender ? -1 : 1)

const frontierAfter = ({ frontier, broadcast }: Membership, { control, unseen, secrets }: Broadcast.Taken): Membership["frontier"] => {
  // group-messaging.take-secrets.2
  const { sender, seq } = control
  // Who gives no secret to us, though it sent a seed, does not have us as a member: our own secret is that of our rekey.
  const rekey = secrets.every((one) => one.member !== sender) ? secrets[0] : undefined
  if (rekey !== undefined) return [{ sender: rekey.member, seq: rekey.seq }]
  const isUnseen = (one: Membership["frontier"][number]) => unseen.some((other) => other.sender === one.sender && other.seq === one.seq)
  // Nobody waits for the acknowledgements of one whose removal was known; so they are not in `unseen`.
  const isAfterRemoval = (one: Membership["frontier"][number]) => removedAsOf(broadcast.agreement.history, one.sender).includes(sender)
  return [...frontier.filter((one) => isUnseen(one) || isAfterRemoval(one)), { sender, seq }].sort(bySender)
}

/** Begins the chains of the update secrets that processing gave, and keeps the frontier. */
const takeSecrets = (membership: Membership, taken: Broadcast.Taken): Membership => {
  let { application } = membership
  const me = memberOf(membership)
  // group-messaging.take-secrets.1
  for (const { member, seq, secret } of taken.secrets) {
    application =
      member === me
        ? Application.beginOwn(application, seq, secret)
        : Application.beginOther(application, member, seq, secret, taken.signingKey)
  }
  if (!isSeed(taken)) return { ...membership, application }
  return { ...membership, application, frontier: frontierAfter(membership, taken) }
}

const isAfter = (message: ApplicationMessage, left: Membership["leavers"][string] | undefined): boolean =>
  left !== undefined && (message.seq > left.seq || (message.seq === left.seq && message.index > left.index))

/** What the content of a message comes to: events, and who leaves. */
const takeContent = Effect.fnUntraced(function* (working: Working, membership: Membership, message: ApplicationMessage, bytes: Uint8Array) {
  const content = decodeWire(Content, bytes)
  if (Result.isFailure(content)) return yield* refuse(clauses.content, content.failure.where)
  const { group } = working
  const { sender, seq, index } = message
  const user = userOf(membership, sender)
  const nothing: ReadonlyArray<Event> = []
  // group-messaging.deliver.3
  if (isAfter(message, membership.leavers[sender])) return { membership, events: nothing }
  if (content.success.type === "leave") {
    const leavers = { ...membership.leavers, [sender]: { seq, index } }
    const events: ReadonlyArray<Event> = [{ type: "leaving", group, user }]
    return { membership: { ...membership, leavers }, events }
  }
  if (content.success.type === "notes-to-compare") {
    const { differ } = Broadcast.compareNotes(membership.broadcast, content.success.notes)
    const event: Event = { type: "equivocation", group, user, member: sender, members: differ }
    return { membership, events: differ.length === 0 ? [] : [event] }
  }
  const { payload } = content.success
  const former = viewOf(membership).includes(sender) ? 0 : 1
  const event: Event = { type: "message", group, user, member: sender, seq, index, former, payload }
  const isOwn = groupOf(working).memberships.some((other) => memberOf(other) === sender)
  return { membership, events: isOwn ? [] : [event] }
})

/** What a message has come to, unless another membership has told the same message. */
const told = Effect.fnUntraced(function* (working: Working, packet: Uint8Array, events: ReadonlyArray<Event>) {
  const group = groupOf(working)
  const digest = (yield* Crypto).sha256(packet)
  // group-messaging.deliver.4
  if (group.told.some((one) => sameBytes(one, digest))) return working
  const kept = withGroup(working, { ...group, told: [...group.told, digest].slice(-maximumTold) })
  return { ...kept, events: [...kept.events, ...events] }
})

const openMessage = Effect.fnUntraced(function* (working: Working, index: number, packet: Uint8Array) {
  const membership = groupOf(working).memberships[index]!
  const { seen } = membership.broadcast.agreement
  const place = { group: working.group, me: memberOf(membership) }
  const opened = yield* Application.open(membership.application, place, (sender) => seen[sender] ?? 0, packet)
  const after: Membership = { ...membership, application: opened.state }
  const taken = yield* takeContent(working, after, opened.message, opened.payload)
  return yield* told(withMembership(working, index, taken.membership, working.messenger.keyring), packet, taken.events)
})

/** Tries what waits, from the first, until nothing more is opened. What is refused waits no more. */
const retry = Effect.fnUntraced(function* (before: Working, index: number) {
  let working = before
  for (let at = 0; at < groupOf(working).memberships[index]!.waiting.length; ) {
    const packet = groupOf(working).memberships[index]!.waiting[at]!
    const result = yield* Effect.result(openMessage(working, index, packet))
    if (Result.isFailure(result) && result.failure._tag === "Waiting") {
      at++
      continue
    }
    if (Result.isSuccess(result)) working = result.success
    const membership = groupOf(working).memberships[index]!
    const waiting = membership.waiting.filter((one) => one !== packet)
    working = withMembership(working, index, { ...membership, waiting }, working.messenger.keyring)
    at = 0
  }
  return working
})

const hold = Effect.fnUntraced(function* (working: Working, index: number, packet: Uint8Array) {
  const membership = groupOf(working).memberships[index]!
  if (membership.waiting.some((one) => sameBytes(one, packet))) return yield* new Ignored({ reason: "duplicate" })
  const waiting = [...membership.waiting, packet]
  const size = waiting.reduce((sum, { length }) => sum + length, 0)
  const fits = waiting.length <= maximumWaiting.messages && size <= maximumWaiting.bytes
  if (!fits) return yield* refuse(clauses["held-limit"], `${waiting.length} messages, ${size} bytes`)
  return withMembership(working, index, { ...membership, waiting }, working.messenger.keyring)
})

const deliverMessage = Effect.fnUntraced(function* (working: Working, index: number, packet: Uint8Array) {
  // group-messaging.deliver.2
  const result = yield* Effect.result(openMessage(working, index, packet))
  if (Result.isSuccess(result)) return { working: result.success, missing: [] }
  if (result.failure._tag !== "Waiting") return yield* result.failure
  return { working: yield* hold(working, index, packet), missing: result.failure.missing }
})

/** The group with the digests of additions of our user that a membership has taken, but that of its own. */
const vouching = (working: Working, index: number, taken: ReadonlyArray<Broadcast.Taken>): Working => {
  const group = groupOf(working)
  const { user } = working.messenger.keyring.keys
  const { agreement } = group.memberships[index]!.broadcast
  // group-messaging.deliver.5
  const made = ({ control }: Broadcast.Taken) =>
    agreement.history.entries.flatMap(({ change }) =>
      change.type === "add" && change.sender === control.sender && change.seq === control.seq ? [change.member] : [],
    )
  const additions = taken
    .filter(({ control }) => control.type === "add" && control.user === user)
    .flatMap((one) => made(one).map((member) => [member, one.digest] as const))
    .filter(([member]) => member !== agreement.me)
  return additions.length === 0
    ? working
    : withGroup(working, { ...group, additions: { ...group.additions, ...Object.fromEntries(additions) } })
}

/** The membership after the broadcast has processed something, at its place, with what waited for it. */
export const absorb = Effect.fnUntraced(function* (
  working: Working,
  index: number,
  { after, taken }: { readonly after: Broadcast.Broadcaster; readonly taken: ReadonlyArray<Broadcast.Taken> },
) {
  const before = groupOf(working).memberships[index]!
  let membership: Membership = { ...before, broadcast: after.state }
  if (after.state.agreement.removed === 0) for (const one of taken) membership = takeSecrets(membership, one)
  const placed = withMembership(working, index, membership, after.keyring)
  return yield* retry(vouching(placed, index, taken), index)
})

/** Delivers a packet to one membership. */
export const deliver = Effect.fnUntraced(function* (working: Working, index: number, packet: Packet, bytes: Uint8Array) {
  if (packet.type === "application") return yield* deliverMessage(working, index, bytes)
  const membership = groupOf(working).memberships[index]!
  // group-messaging.deliver.1
  const received = yield* Broadcast.receive(yield* preparedBroadcaster(working, membership), bytes)
  return { working: yield* absorb(working, index, received), missing: received.missing }
})

/** Tries again what one membership holds. */
export const retryHeld = Effect.fnUntraced(function* (working: Working, index: number) {
  const membership = groupOf(working).memberships[index]!
  const received = yield* Broadcast.retry(yield* preparedBroadcaster(working, membership))
  return { working: yield* absorb(working, index, received), missing: received.missing }
})

/** An operation of the membership at `index`: what is sent is in its queue. */
export const operate = Effect.fnUntraced(function* (
  working: Working,
  index: number,
  operation: (
    broadcaster: Broadcast.Broadcaster,
  ) => Step<{ readonly after: Broadcast.Broadcaster; readonly seq: number; readonly updateSecret: Uint8Array }>,
) {
  const membership = groupOf(working).memberships[index]!
  const { after, seq, updateSecret } = yield* operation(yield* preparedBroadcaster(working, membership))
  const me = after.state.agreement.me!
  const { control } = after.state.queue.at(-1)!.item
  const frontier = control.type === "add" ? membership.frontier : [{ sender: me, seq }]
  const application = Application.beginOwn(membership.application, seq, updateSecret)
  const placed = withMembership(working, index, { ...membership, broadcast: after.state, application, frontier }, after.keyring)
  // group-messaging.act.6
  return after.state.held.length === 0 ? placed : (yield* retryHeld(placed, index)).working
})

/** The bytes of an application message, sealed by the membership at `index`. */
export const seal = Effect.fnUntraced(function* (working: Working, index: number, payload: Uint8Array) {
  const membership = groupOf(working).memberships[index]!
  const { keyring } = working.messenger
  const secretKey = membership.broadcast.signingKey ?? keyring.keys.signingSecretKey
  const place = { group: working.group, sender: memberOf(membership) }
  // group-messaging.send.3
  const { state, message } = yield* Application.seal(membership.application, place, secretKey, payload)
  const placed = withMembership(working, index, { ...membership, application: state }, keyring)
  return { ...placed, packets: [...placed.packets, message] }
})
