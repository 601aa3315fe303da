/**
 * What one membership does with packets and with its own operations.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { type Missing, type NotAccepted, refuse } from "../../../spec/conventions/verdicts.ts"
import { ApplicationMessage, clauses as applicationClauses } from "../../../spec/dcgka/application-messages.ts"
import { Content, clauses, type Event, maximumTold, type Packet } from "../../../spec/dcgka/group-messaging.ts"
import { eachOnce, equalBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import type { Randomness } from "../../crypto/randomness.ts"
import * as Application from "../application-messages.ts"
import * as Broadcast from "../causal-broadcast.ts"
import { knewRemoval } from "../group-membership.ts"
import {
  broadcasterOf,
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
import { hold, type Waiting } from "./waiting.ts"

/** The place of an application message. */
type Place = Pick<ApplicationMessage, "sender" | "seq" | "index">

/** A step of a group. */
export type Step<A> = Effect.Effect<A, NotAccepted, Crypto | Randomness>

/** The events of what is told of the chains of a member. */
const toldOf = (
  { group }: Working,
  membership: Membership,
  member: string,
  { differ, lost, uncompared }: Application.Told,
): ReadonlyArray<Event> => {
  const of = { group, user: userOf(membership, member), member }
  return [
    ...lost.map(({ seq, count }): Event => ({ type: "messages-lost", ...of, seq, count })),
    ...differ.map((seq): Event => ({ type: "chain-differs", ...of, seq })),
    ...uncompared.map(({ seq, count }): Event => ({ type: "chain-uncompared", ...of, seq, count })),
  ]
}

const isSeed = ({ control }: Broadcast.Taken) => control.type === "create" || control.type === "update" || control.type === "remove"

const bySender = (a: { readonly sender: string; readonly seq: number }, b: typeof a) => (a.sender < b.sender ? -1 : 1)

const frontierAfter = ({ frontier, broadcast }: Membership, { control, unseen, secrets }: Broadcast.Taken): Membership["frontier"] => {
  // group-messaging.take-secrets.3
  const { sender, seq } = control
  // Who gives no secret to us, though it sent a seed, does not have us as a member: our own secret is that of our rekey.
  const rekey = secrets.every((one) => one.member !== sender) ? secrets[0] : undefined
  // group-messaging.take-secrets.5
  if (rekey !== undefined) return [{ sender: rekey.member, seq: rekey.seq }]
  const isUnseen = (one: Membership["frontier"][number]) => unseen.some((other) => other.sender === one.sender && other.seq === one.seq)
  // group-messaging.take-secrets.4
  // Nobody waits for the acknowledgements of one whose removal was known; so they are not in `unseen`.
  const isAfterRemoval = (one: Membership["frontier"][number]) => knewRemoval(broadcast.agreement.history, one.sender, sender)
  return [...frontier.filter((one) => isUnseen(one) || isAfterRemoval(one)), { sender, seq }].sort(bySender)
}

/** Begins the chains of the update secrets that processing gave, after the end of those before, and keeps the frontier. */
const takeSecrets = Effect.fnUntraced(function* (working: Working, index: number, taken: Broadcast.Taken) {
  const membership = groupOf(working).memberships[index]!
  const me = memberOf(membership)
  const { group } = working
  const { sender, seq } = taken.control
  // group-messaging.take-secrets.1
  const ended = Application.end(membership.application, sender, seq, taken.chain)
  let application = ended.state
  let events = toldOf(working, membership, sender, ended.told)
  // group-messaging.take-secrets.2
  for (const one of taken.secrets) {
    if (one.member === me) {
      application = yield* Application.beginOwn(application, { group, sender: me }, one.seq, one.secret)
      continue
    }
    const begun = yield* Application.beginOther(application, { group, sender: one.member }, one.seq, one.secret, taken.signingKey)
    application = begun.state
    events = [...events, ...toldOf(working, membership, one.member, begun.told)]
  }
  const frontier = isSeed(taken) ? frontierAfter(membership, taken) : membership.frontier
  const after = withMembership(working, index, { ...membership, application, frontier }, working.messenger.keyring)
  return { ...after, events: [...after.events, ...events] }
})

const isAfter = (message: ApplicationMessage, left: Membership["leavers"][string] | undefined): boolean =>
  left !== undefined && (message.seq > left.seq || (message.seq === left.seq && message.index > left.index))

/** What the content of a message comes to: events, and who leaves. */
const takeContent = Effect.fnUntraced(function* (working: Working, membership: Membership, message: ApplicationMessage, bytes: Uint8Array) {
  // group-messaging.deliver.5
  const content = decodeWire(Content, bytes)
  if (Result.isFailure(content)) return yield* refuse(clauses.content, content.failure.where)
  const { group } = working
  const { sender, seq, index } = message
  const user = userOf(membership, sender)
  const nothing: ReadonlyArray<Event> = []
  // group-messaging.deliver.6
  if (isAfter(message, membership.leavers[sender])) return { membership, events: nothing }
  if (content.success.type === "leave") {
    const leavers = { ...membership.leavers, [sender]: { seq, index } }
    const events: ReadonlyArray<Event> = [{ type: "leaving", group, user }]
    return { membership: { ...membership, leavers }, events }
  }
  // group-messaging.deliver.7
  if (content.success.type === "notes-to-compare") {
    const { differ } = Broadcast.compareNotes(membership.broadcast, content.success.notes)
    const event: Event = { type: "equivocation", group, user, member: sender, members: differ }
    return { membership, events: differ.length === 0 ? [] : [event] }
  }
  // group-messaging.deliver.8
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
  // group-messaging.deliver.9
  if (group.told.some((one) => equalBytes(one, digest))) return working
  const kept = withGroup(working, { ...group, told: [...group.told, digest].slice(-maximumTold) })
  return { ...kept, events: [...kept.events, ...events] }
})

const openMessage = Effect.fnUntraced(function* (working: Working, index: number, message: ApplicationMessage, packet: Uint8Array) {
  const membership = groupOf(working).memberships[index]!
  const { seen } = membership.broadcast.agreement
  const place = { group: working.group, me: memberOf(membership) }
  const opened = yield* Application.openDecoded(membership.application, place, (sender) => seen[sender] ?? 0, message, packet)
  const after: Membership = { ...membership, application: opened.state }
  const taken = yield* takeContent(working, after, opened.message, opened.payload)
  const kept = yield* told(withMembership(working, index, taken.membership, working.messenger.keyring), packet, taken.events)
  return { ...kept, events: [...kept.events, ...toldOf(working, membership, opened.message.sender, opened.told)] }
})

/** What only a message can be refused by that its sender has signed. */
const afterSignature = [applicationClauses.equivocation, applicationClauses.ahead, applicationClauses.opens, clauses.content]

/** Whether a message that was refused is one that its sender has signed. */
const isOfSender = (verdict: NotAccepted): verdict is Extract<NotAccepted, { readonly _tag: "Refused" }> =>
  verdict._tag === "Refused" && afterSignature.some(({ id }) => id === verdict.clause)

const withEvents = (working: Working, events: ReadonlyArray<Event>): Working => ({ ...working, events: [...working.events, ...events] })

/** That an envelope was refused when nobody waited for the verdict. `user` is its sender's, as far as that is known. */
const envelopeRefused = (working: Working, user: string | undefined, { sender, seq, clause }: Broadcast.RefusedLater): Working =>
  withEvents(working, [{ type: "envelope-refused", group: working.group, user: user ?? null, member: sender, seq, clause }])

/** Tells that an envelope was refused, if it was, by an operation that does not give its verdict. */
export const tellEnvelope = (working: Working, user: string | undefined, packet: Packet, verdict: NotAccepted): Working => {
  if (packet.type !== "envelope" || (verdict._tag !== "Refused" && verdict._tag !== "Malformed")) return working
  const { sender, seq } = packet.items[0]!.control
  return envelopeRefused(working, user, { sender, seq, clause: verdict.clause })
}

/** Tells what the membership at `index` has refused of a packet whose verdict is another, or that nobody waits for. */
export const tellRefusal = (working: Working, index: number, packet: Packet, verdict: NotAccepted): Working => {
  const { broadcast } = groupOf(working).memberships[index]!
  return packet.type === "envelope"
    ? tellEnvelope(working, broadcast.agreement.users[packet.items[0]!.control.sender], packet, verdict)
    : working
}

const messageRefused = (working: Working, at: number, { sender: member, seq, index }: Place, clause: string): Event => {
  const { users } = groupOf(working).memberships[at]!.broadcast.agreement
  return { type: "message-refused", group: working.group, user: users[member] ?? null, member, seq, index, clause }
}

/** Tells that an application message was refused, if its sender has signed it. */
export const tellMessage = (working: Working, index: number, message: Place, verdict: NotAccepted): Working =>
  isOfSender(verdict) ? withEvents(working, [messageRefused(working, index, message, verdict.clause)]) : working

/** Tells that messages wait no more because there is no room. Anybody can have made them. */
export const tellCrowdedOut = (working: Working, index: number, lost: ReadonlyArray<Place>): Working =>
  withEvents(
    working,
    lost.map((one) => messageRefused(working, index, one, clauses["held-limit"].id)),
  )

const byIndex = (a: Waiting, b: Waiting) => a.index - b.index

/** Tries what waits for a message of the broadcast that has come. It waits no more. */
const tryWaiting = Effect.fnUntraced(function* (before: Working, at: number, { sender, seq }: Broadcast.Taken["control"]) {
  const membership = groupOf(before).memberships[at]!
  const isDue = (one: Waiting) => one.sender === sender && one.seq === seq
  const waiting = membership.waiting.filter((one) => !isDue(one))
  let working = withMembership(before, at, { ...membership, waiting }, before.messenger.keyring)
  // group-messaging.deliver.3
  for (const one of membership.waiting.filter(isDue).sort(byIndex)) {
    // It was decoded when it came.
    const message = Result.getOrThrow(decodeWire(ApplicationMessage, one.packet))
    const result = yield* Effect.result(openMessage(working, at, message, one.packet))
    working = Result.isSuccess(result) ? result.success : tellMessage(working, at, one, result.failure)
  }
  return working
})

const deliverMessage = Effect.fnUntraced(function* (working: Working, index: number, message: ApplicationMessage, packet: Uint8Array) {
  // group-messaging.deliver.4
  const result = yield* Effect.result(openMessage(working, index, message, packet))
  if (Result.isSuccess(result)) return { working: result.success, missing: [] }
  if (result.failure._tag !== "Waiting") return yield* result.failure
  const { sender, seq } = message
  const digest = (yield* Crypto).sha256(packet)
  const { membership, lost } = yield* hold(groupOf(working).memberships[index]!, { sender, seq, index: message.index, packet, digest })
  const held = withMembership(working, index, membership, working.messenger.keyring)
  return { working: tellCrowdedOut(held, index, lost), missing: result.failure.missing }
})

/** The group with the digests of additions of our user that a membership has taken, but that of its own. */
const vouching = (working: Working, index: number, taken: ReadonlyArray<Broadcast.Taken>): Working => {
  const group = groupOf(working)
  const { user } = working.messenger.keyring.keys
  const { agreement } = group.memberships[index]!.broadcast
  // group-messaging.deliver.10
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
  {
    after,
    taken,
    refused,
  }: {
    readonly after: Broadcast.Broadcaster
    readonly taken: ReadonlyArray<Broadcast.Taken>
    readonly refused: ReadonlyArray<Broadcast.RefusedLater>
  },
) {
  const before = groupOf(working).memberships[index]!
  let absorbed = vouching(withMembership(working, index, { ...before, broadcast: after.state }, after.keyring), index, taken)
  // group-messaging.deliver.2
  for (const one of taken) absorbed = yield* tryWaiting(yield* takeSecrets(absorbed, index, one), index, one.control)
  // group-messaging.deliver.11
  for (const one of refused) absorbed = envelopeRefused(absorbed, after.state.agreement.users[one.sender], one)
  return absorbed
})

/** Delivers a packet to one membership. */
export const deliver = Effect.fnUntraced(function* (working: Working, index: number, packet: Packet, bytes: Uint8Array) {
  if (packet.type === "application-message") return yield* deliverMessage(working, index, packet, bytes)
  const membership = groupOf(working).memberships[index]!
  // group-messaging.deliver.1
  const received = yield* Broadcast.receiveDecoded(yield* preparedBroadcaster(working, membership), packet, bytes)
  return { working: yield* absorb(working, index, received), missing: received.missing }
})

/** Tries again what one membership holds. */
export const retryHeld = Effect.fnUntraced(function* (working: Working, index: number) {
  const membership = groupOf(working).memberships[index]!
  const received = yield* Broadcast.retry(yield* preparedBroadcaster(working, membership))
  return { working: yield* absorb(working, index, received), missing: received.missing }
})

/** With what else is missing, each once. */
export const alsoMissing = (working: Working, missing: ReadonlyArray<Missing>): Working => ({
  ...working,
  missing: eachOnce([...working.missing, ...missing]),
})

/** What an operation has done in the broadcast: what is sent is in its queue. */
interface Operated {
  readonly after: Broadcast.Broadcaster
  readonly seq: number
  readonly updateSecret: Uint8Array
}

/** Takes over what an operation of the membership at `index` has done. */
export const operated = Effect.fnUntraced(function* (working: Working, index: number, { after, seq, updateSecret }: Operated) {
  const membership = groupOf(working).memberships[index]!
  const me = after.state.agreement.me!
  const { control } = after.state.queue.at(-1)!.item
  const frontier = control.type === "add" ? membership.frontier : [{ sender: me, seq }]
  const application = yield* Application.beginOwn(membership.application, { group: working.group, sender: me }, seq, updateSecret)
  const placed = withMembership(working, index, { ...membership, broadcast: after.state, application, frontier }, after.keyring)
  // group-messaging.act.6
  if (after.state.held.length === 0) return placed
  const retried = yield* retryHeld(placed, index)
  return alsoMissing(retried.working, retried.missing)
})

/** An operation of the membership at `index`. */
export const operate = Effect.fnUntraced(function* (
  working: Working,
  index: number,
  operation: (broadcaster: Broadcast.Broadcaster) => Step<Operated>,
) {
  const prepared = yield* preparedBroadcaster(working, groupOf(working).memberships[index]!)
  return yield* operated(working, index, yield* operation(prepared))
})

/** The bytes of an application message, sealed by the membership at `index`. */
export const seal = Effect.fnUntraced(function* (working: Working, index: number, payload: Uint8Array) {
  const membership = groupOf(working).memberships[index]!
  const { keyring } = working.messenger
  const secretKey = membership.broadcast.signingKey ?? keyring.keys.signingSecretKey
  const place = { group: working.group, sender: memberOf(membership) }
  // group-messaging.send.3
  const { state, message, chain } = yield* Application.seal(membership.application, place, secretKey, payload)
  const { state: broadcast } = Broadcast.write(broadcasterOf(working, membership), chain)
  // group-messaging.send.4
  const placed = withMembership(working, index, { ...membership, application: state, broadcast }, keyring)
  return { ...placed, packets: [...placed.packets, message] }
})
