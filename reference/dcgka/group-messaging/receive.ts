/**
 * Receiving a packet.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { type Missing, type NotAccepted, refuse, Waiting } from "../../../spec/conventions/verdicts.ts"
import { clauses, maximumStrangers, Packet } from "../../../spec/dcgka/group-messaging.ts"
import type { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { decodeMessage, memberIdOf } from "../../conventions.ts"
import * as Broadcast from "../causal-broadcast.ts"
import { finish } from "./finish.ts"
import { absorb, deliver } from "./membership.ts"
import {
  groupOf,
  isAlive,
  logged,
  type Messenger,
  newMembership,
  prepare,
  usersOf,
  type Working,
  withGroup,
  withMembership,
} from "./state.ts"

const groupNamed = (packet: Packet): string => (packet.type === "application" ? packet.group : packet.items[0]!.control.group)

/** The members of our user that an envelope makes. */
const membersMade = Effect.fnUntraced(function* (packet: Packet, user: string) {
  const controls: ReadonlyArray<ControlMessage> = packet.type === "envelope" ? packet.items.map(({ control }) => control) : []
  const made: Array<string> = []
  for (const control of controls) {
    if (control.type === "create" && control.users.includes(user)) made.push(yield* memberIdOf(control.group, user, null, 0))
    if (control.type === "add" && control.user === user) made.push(yield* memberIdOf(control.group, user, control.sender, control.seq))
  }
  return made
})

/** Gives the log to the new membership at `index`. */
const replay = Effect.fnUntraced(function* (before: Working, index: number) {
  let working = before
  // group-messaging.join.2
  for (const bytes of groupOf(before).log) {
    // What is in the log has been decoded before.
    const packet = Result.getOrThrow(decodeWire(Packet, bytes))
    const result = yield* Effect.result(deliver(working, index, packet, bytes))
    if (Result.isSuccess(result)) working = result.success.working
  }
  return working
})

/** Tries to join by a packet of the log. Gives no working state when no membership was made. */
const join = Effect.fnUntraced(function* (before: Working, bytes: Uint8Array) {
  const { memberships } = groupOf(before)
  // group-messaging.join.1
  const received = yield* Broadcast.receive({ state: newMembership.broadcast, keyring: before.messenger.keyring }, bytes)
  if (received.taken.length === 0) return { working: undefined, missing: received.missing }
  const index = memberships.length
  const placed = withMembership(before, index, newMembership, before.messenger.keyring)
  const joined = yield* absorb(placed, index, received)
  return { working: yield* replay(joined, index), missing: [] }
})

/** Tries each packet of the log that would make us a membership that we do not have. */
const joinFromLog = Effect.fnUntraced(function* (before: Working) {
  let working = before
  const missing: Array<Missing> = []
  for (const bytes of groupOf(before).log) {
    const packet = Result.getOrThrow(decodeWire(Packet, bytes))
    const made = yield* membersMade(packet, before.messenger.keyring.keys.user)
    const isOurs = (member: string) => groupOf(working).memberships.some(({ broadcast }) => broadcast.agreement.me === member)
    if (made.length === 0 || made.every(isOurs)) continue
    const result = yield* Effect.result(join(working, bytes))
    if (Result.isFailure(result)) continue
    working = result.success.working ?? working
    missing.push(...result.success.missing)
  }
  return { working, missing }
})

const begin = Effect.fnUntraced(function* (messenger: Messenger, packet: Packet, bytes: Uint8Array) {
  const group = groupNamed(packet)
  const working: Working = { messenger, group, packets: [], events: [] }
  // group-messaging.receive.2
  const isKnown = Object.hasOwn(messenger.groups, group)
  const strangers = Object.values(messenger.groups).filter(({ memberships }) => memberships.length === 0).length
  if (!isKnown && strangers >= maximumStrangers) return yield* refuse(clauses.strangers, `${strangers} groups`)
  const begun = isKnown ? working : withGroup(working, { memberships: [], log: [] })
  // group-messaging.receive.3
  const isLogged = packet.type === "envelope" || !groupOf(begun).memberships.some(isAlive)
  return isLogged ? logged(begun, bytes) : begun
})

const deliverToMemberships = Effect.fnUntraced(function* (before: Working, packet: Packet, bytes: Uint8Array) {
  let working = before
  const missing: Array<Missing> = []
  const verdicts: Array<NotAccepted> = []
  let accepted = 0
  const { memberships } = groupOf(before)
  for (const index of memberships.keys()) {
    if (!isAlive(groupOf(working).memberships[index]!)) continue
    const result = yield* Effect.result(deliver(working, index, packet, bytes))
    if (Result.isFailure(result)) {
      verdicts.push(result.failure)
      continue
    }
    working = result.success.working
    missing.push(...result.success.missing)
    accepted++
  }
  return { working, missing, verdicts, accepted }
})

/**
 * Receives a packet. Gives the messenger, packets to send, events, and what is missing before what was held can be processed.
 *
 * Verdicts: those of the steps group-messaging.receive, and of the layers below.
 */
export const receive = Effect.fnUntraced(function* (messenger: Messenger, bytes: Uint8Array) {
  // group-messaging.receive.1
  const prepared = yield* prepare(messenger)
  const packet = yield* decodeMessage(Packet, bytes)
  const begun = yield* begin(prepared, packet, bytes)
  const before = usersOf(groupOf(begun))
  // group-messaging.receive.4
  const delivered = yield* deliverToMemberships(begun, packet, bytes)
  const { working, missing } = yield* joinFromLog(delivered.working)
  // group-messaging.receive.5
  const isNew = groupOf(working).memberships.length > groupOf(begun).memberships.length
  if (delivered.accepted === 0 && !isNew && delivered.verdicts.length > 0) {
    return yield* delivered.verdicts.find(({ _tag }) => _tag === "Ignored") ?? delivered.verdicts[0]!
  }
  const isOutside = groupOf(working).memberships.length === 0
  const outside: ReadonlyArray<Missing> = isOutside && missing.length === 0 ? new Waiting({ missing: [{ join: begun.group }] }).missing : []
  // group-messaging.receive.6
  const finished = yield* finish(working, before, messenger.policy.delay === 1)
  return { ...finished, missing: [...delivered.missing, ...missing, ...outside] }
})
