/**
 * Receiving a packet.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Ignored, type Missing, type NotAccepted, refuse, Waiting } from "../../../spec/conventions/verdicts.ts"
import { clauses, maximumStrangers, Packet } from "../../../spec/dcgka/group-messaging.ts"
import { decodeMessage } from "../../conventions.ts"
import { finish } from "./finish.ts"
import { joinFromLog } from "./join.ts"
import { logged } from "./log.ts"
import { alsoMissing, deliver, retryHeld, type Step, tellRefusal } from "./membership.ts"
import { begin, type Group, groupOf, isAlive, type Messenger, noGroup, type Working, withGroup } from "./state.ts"

const groupNamed = (packet: Packet): string => (packet.type === "application-message" ? packet.group : packet.items[0]!.control.group)

/** What trying to deliver a packet has come to. */
interface Tried {
  readonly working: Working
  readonly accepted: number
  readonly verdicts: ReadonlyArray<NotAccepted>
}

type Outcome = Result.Result<{ readonly working: Working; readonly missing: ReadonlyArray<Missing> }, NotAccepted>

const afterOutcome = ({ working, accepted, verdicts }: Tried, outcome: Outcome): Tried => {
  if (Result.isFailure(outcome)) return { working, accepted, verdicts: [...verdicts, outcome.failure] }
  const { working: after, missing } = outcome.success
  return { working: alsoMissing(after, missing), accepted: accepted + 1, verdicts }
}

type Tries = (working: Working, index: number) => Step<{ readonly working: Working; readonly missing: ReadonlyArray<Missing> }>

const forMemberships = Effect.fnUntraced(function* (before: Working, tries: Tries, packet?: Packet) {
  let tried: Tried = { working: before, accepted: 0, verdicts: [] }
  for (const index of groupOf(before).memberships.keys()) {
    if (!isAlive(groupOf(tried.working).memberships[index]!)) continue
    const outcome = yield* Effect.result(tries(tried.working, index))
    tried = afterOutcome(tried, outcome)
    // group-messaging.receive.4
    const isTold = packet !== undefined && Result.isFailure(outcome)
    if (isTold) tried = { ...tried, working: tellRefusal(tried.working, index, packet, outcome.failure) }
  }
  return tried
})

/** The group before, and with the packet in its log, if it belongs there, and whether it was there before. */
const enter = Effect.fnUntraced(function* (messenger: Messenger, packet: Packet, bytes: Uint8Array) {
  // group-messaging.receive.1
  const group = groupNamed(packet)
  const known = begin(messenger, group)
  const before = groupOf(known)
  const begun = withGroup(known, before)
  // group-messaging.receive.2
  const isLogged = packet.type === "envelope" || !before.memberships.some(isAlive)
  return isLogged ? { before, ...(yield* logged(begun, packet, bytes)) } : { before, working: begun, isOld: false }
})

/** The verdict on a packet that nobody accepted and that made no membership. */
const verdictOn = ({ accepted, verdicts }: Tried, joining: NotAccepted | undefined, isOld: boolean): NotAccepted | undefined => {
  // group-messaging.receive.5
  if (accepted > 0) return undefined
  const said = verdicts.find(({ _tag }) => _tag === "Ignored") ?? verdicts[0] ?? (joining?._tag === "Waiting" ? undefined : joining)
  return said ?? (isOld ? new Ignored({ reason: "duplicate" }) : undefined)
}

const isInvited = ({ log }: Group): boolean => log.some(({ makes, missing }) => makes !== null && missing !== null)

/** A new group in which we never had a membership: there must be room for its log, or it takes the place of another one. */
const admitted = Effect.fnUntraced(function* (working: Working, before: Messenger) {
  const { group, messenger } = working
  // group-messaging.strangers.1
  const strangers = Object.entries(before.groups).filter(([, { memberships }]) => memberships.length === 0)
  if (Object.hasOwn(before.groups, group) || strangers.length < maximumStrangers) return working
  // group-messaging.strangers.2
  if (!isInvited(groupOf(working))) return yield* refuse(clauses.strangers, `${strangers.length} groups`)
  // group-messaging.strangers.3
  const replaced = strangers.find(([, one]) => !isInvited(one))?.[0]
  if (replaced === undefined) return yield* new Waiting({ missing: working.missing })
  const groups = Object.entries(messenger.groups).filter(([one]) => one !== replaced)
  return { ...working, messenger: { ...messenger, groups: Object.fromEntries(groups) } }
})

/** Where only a log is kept: what is missing is to join. */
const outside = (working: Working): Working => {
  // group-messaging.receive.7
  // group-messaging.receive.8
  const missing: ReadonlyArray<Missing> = working.missing.length > 0 ? working.missing : [{ join: working.group }]
  return groupOf(working).memberships.length === 0 ? { ...working, missing } : working
}

/**
 * Receives a packet. Gives the messenger, packets to send, events, and what is missing before what was held can be processed.
 *
 * Verdicts: those of the steps group-messaging.receive, and of the layers below.
 */
export const receive = Effect.fnUntraced(function* (messenger: Messenger, bytes: Uint8Array) {
  const packet = yield* decodeMessage(Packet, bytes)
  const { before, working: begun, isOld } = yield* enter(messenger, packet, bytes)
  // group-messaging.receive.3
  const delivered = yield* forMemberships(begun, (working, index) => deliver(working, index, packet, bytes), packet)
  const joined = yield* joinFromLog(delivered.working, { packet, bytes })
  const { memberships } = groupOf(joined.working)
  const verdict = joined.isMade ? undefined : verdictOn(delivered, joined.failure, isOld)
  if (verdict !== undefined) return yield* verdict
  // group-messaging.receive.6
  const working = memberships.length === 0 ? yield* admitted(joined.working, messenger) : joined.working
  // group-messaging.receive.9
  return yield* finish(outside(working), before, messenger.policy.delay === 1)
})

/** Tries again what waits in a group: to be done when a key bundle that was missing in it has been learned. Gives what receive gives. */
export const retry = Effect.fnUntraced(function* (messenger: Messenger, group: string) {
  // group-messaging.retry.1
  if (!Object.hasOwn(messenger.groups, group)) return yield* refuse(clauses["no-such-group"], group)
  const begun = begin(messenger, group)
  const before = groupOf(begun)
  // group-messaging.retry.2
  const tried = yield* forMemberships(begun, retryHeld)
  // group-messaging.retry.3
  const { working } = yield* joinFromLog(tried.working)
  return yield* finish(outside(working), before, messenger.policy.delay === 1)
})

/** Drops what is held in a group, in all our memberships. */
export const forgetHeld = (messenger: Messenger, group: string): Messenger => {
  const working = begin(messenger, group)
  const { memberships, ...kept } = messenger.groups[group] ?? noGroup
  if (memberships.length === 0) return messenger
  // group-messaging.forget-held.1
  const without = memberships.map((one): Group["memberships"][number] => ({
    ...one,
    broadcast: { ...one.broadcast, held: [] },
    waiting: [],
  }))
  return withGroup(working, { ...kept, memberships: without }).messenger
}
