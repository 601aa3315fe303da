/**
 * Receiving a packet.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { Ignored, type Missing, type NotAccepted, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, maximumStrangers, Packet } from "../../../spec/dcgka/group-messaging.ts"
import type { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { decodeMessage, eachOnce, memberIdOf, sameBytes } from "../../conventions.ts"
import * as Broadcast from "../causal-broadcast.ts"
import { finish } from "./finish.ts"
import { absorb, deliver, retryHeld, type Step } from "./membership.ts"
import {
  begin,
  groupOf,
  isAlive,
  logged,
  type Messenger,
  newMembership,
  preparedBroadcaster,
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

/** Tries to join by a packet of the log. The verdict is waiting when no membership was made because something is missing. */
const join = Effect.fnUntraced(function* (before: Working, bytes: Uint8Array) {
  const { memberships } = groupOf(before)
  // group-messaging.join.1
  const received = yield* Broadcast.receive(yield* preparedBroadcaster(before, newMembership), bytes)
  if (received.taken.length === 0) return { working: before, missing: received.missing }
  const index = memberships.length
  const placed = withMembership(before, index, newMembership, before.messenger.keyring)
  const joined = yield* absorb(placed, index, received)
  const missing: ReadonlyArray<Missing> = []
  return { working: yield* replay(joined, index), missing }
})

/** What trying to deliver a packet, or to join by it, has come to. */
interface Tried {
  readonly working: Working
  readonly accepted: number
  readonly verdicts: ReadonlyArray<NotAccepted>
}

type Outcome = Result.Result<{ readonly working: Working; readonly missing: ReadonlyArray<Missing> }, NotAccepted>

const afterOutcome = ({ working, accepted, verdicts }: Tried, outcome: Outcome): Tried => {
  if (Result.isFailure(outcome)) return { working, accepted, verdicts: [...verdicts, outcome.failure] }
  const { working: after, missing } = outcome.success
  return { working: { ...after, missing: eachOnce([...after.missing, ...missing]) }, accepted: accepted + 1, verdicts }
}

type Tries = (working: Working, index: number) => Step<{ readonly working: Working; readonly missing: ReadonlyArray<Missing> }>

const forMemberships = Effect.fnUntraced(function* (before: Working, tries: Tries) {
  let tried: Tried = { working: before, accepted: 0, verdicts: [] }
  for (const index of groupOf(before).memberships.keys()) {
    if (!isAlive(groupOf(tried.working).memberships[index]!)) continue
    tried = afterOutcome(tried, yield* Effect.result(tries(tried.working, index)))
  }
  return tried
})

/** Tries each packet of the log that would make us a membership that we do not have. The verdicts are those on `newest`, if there is one. */
const joinFromLog = Effect.fnUntraced(function* (before: Working, newest?: Uint8Array) {
  let working = before
  let verdicts: ReadonlyArray<NotAccepted> = []
  for (const bytes of groupOf(before).log) {
    const packet = Result.getOrThrow(decodeWire(Packet, bytes))
    const made = yield* membersMade(packet, before.messenger.keyring.keys.user)
    const isOurs = (member: string) => groupOf(working).memberships.some(({ broadcast }) => broadcast.agreement.me === member)
    if (made.length === 0 || made.every(isOurs)) continue
    const tried = afterOutcome({ working, accepted: 0, verdicts: [] }, yield* Effect.result(join(working, bytes)))
    working = tried.working
    if (newest !== undefined && sameBytes(bytes, newest)) verdicts = tried.verdicts
  }
  return { working, verdicts }
})

/** The group with the packet in its log, if it belongs there, and whether it was there before. */
const enter = (messenger: Messenger, packet: Packet, bytes: Uint8Array) => {
  // group-messaging.receive.1
  const group = groupNamed(packet)
  const begun = withGroup(begin(messenger, group), groupOf(begin(messenger, group)))
  // group-messaging.receive.2
  const isLogged = packet.type === "envelope" || !groupOf(begun).memberships.some(isAlive)
  const isOld = groupOf(begun).log.some((one) => sameBytes(one, bytes))
  return { begun: isLogged ? logged(begun, bytes) : begun, isOld }
}

/** The verdict on a packet that nobody accepted and that made no membership. */
const verdictOn = (delivered: Tried, joining: ReadonlyArray<NotAccepted>, isOld: boolean): NotAccepted | undefined => {
  // group-messaging.receive.4
  if (delivered.accepted > 0) return undefined
  const said = delivered.verdicts.find(({ _tag }) => _tag === "Ignored") ?? delivered.verdicts[0] ?? joining[0]
  return said ?? (isOld ? new Ignored({ reason: "duplicate" }) : undefined)
}

/** Where only a log is kept: there must be room for one more, and what is missing is to join. */
const outside = Effect.fnUntraced(function* (working: Working, messenger: Messenger) {
  const { group } = working
  // group-messaging.receive.5
  const strangers = Object.values(messenger.groups).filter(({ memberships }) => memberships.length === 0).length
  const isNew = !Object.hasOwn(messenger.groups, group)
  if (isNew && strangers >= maximumStrangers) return yield* refuse(clauses.strangers, `${strangers} groups`)
  // group-messaging.receive.6
  const missing: ReadonlyArray<Missing> = working.missing.length > 0 ? working.missing : [{ join: group }]
  return { ...working, missing }
})

/**
 * Receives a packet. Gives the messenger, packets to send, events, and what is missing before what was held can be processed.
 *
 * Verdicts: those of the steps group-messaging.receive, and of the layers below.
 */
export const receive = Effect.fnUntraced(function* (messenger: Messenger, bytes: Uint8Array) {
  const packet = yield* decodeMessage(Packet, bytes)
  const { begun, isOld } = enter(messenger, packet, bytes)
  // group-messaging.receive.3
  const delivered = yield* forMemberships(begun, (working, index) => deliver(working, index, packet, bytes))
  const joined = yield* joinFromLog(delivered.working, bytes)
  const { memberships } = groupOf(joined.working)
  const isMade = memberships.length > groupOf(begun).memberships.length
  const verdict = isMade ? undefined : verdictOn(delivered, joined.verdicts, isOld)
  if (verdict !== undefined) return yield* verdict
  const working = memberships.length === 0 ? yield* outside(joined.working, messenger) : joined.working
  // group-messaging.receive.7
  return yield* finish(working, usersOf(groupOf(begun)), messenger.policy.delay === 1)
})

/** Tries again what waits in a group: to be done when a key bundle that was missing in it has been learned. Gives what receive gives. */
export const retry = Effect.fnUntraced(function* (messenger: Messenger, group: string) {
  // group-messaging.retry.1
  if (!Object.hasOwn(messenger.groups, group)) return yield* refuse(clauses["no-such-group"], group)
  const begun = begin(messenger, group)
  // group-messaging.retry.2
  const tried = yield* forMemberships(begun, retryHeld)
  // group-messaging.retry.3
  const { working } = yield* joinFromLog(tried.working)
  const after = groupOf(working).memberships.length === 0 ? yield* outside(working, messenger) : working
  return yield* finish(after, usersOf(groupOf(begun)), messenger.policy.delay === 1)
})
