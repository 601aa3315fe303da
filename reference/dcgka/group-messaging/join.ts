/**
 * Making memberships out of the log.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { Ignored, type Missing, type NotAccepted, Waiting } from "../../../spec/conventions/verdicts.ts"
import type { Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { Packet } from "../../../spec/dcgka/group-messaging.ts"
import { equalBytes, sameBytes } from "../../conventions.ts"
import * as Broadcast from "../causal-broadcast.ts"
import { learned } from "../key-bundles.ts"
import { withTried } from "./log.ts"
import { absorb, alsoMissing, deliver, tellEnvelope, tellMessage, tellRefusal } from "./membership.ts"
import {
  broadcasterOf,
  type Group,
  groupOf,
  isAlive,
  type Logged,
  memberOf,
  newMembership,
  preparedBroadcaster,
  type Working,
  withGroup,
  withMembership,
} from "./state.ts"

/** The packet that has just come, and its bytes. */
interface Newest {
  readonly packet: Packet
  readonly bytes: Uint8Array
}

/** What the bytes of a packet of the log stand for; they have been decoded before. */
const packetIn = (bytes: Uint8Array, newest?: Newest): Packet =>
  bytes === newest?.bytes ? newest.packet : Result.getOrThrow(decodeWire(Packet, bytes))

/** Gives the log to the new membership at `index`. */
const replay = Effect.fnUntraced(function* (before: Working, index: number, newest?: Newest) {
  let working = before
  // group-messaging.join.4
  for (const { packet: bytes, digest } of groupOf(before).log) {
    if (!isAlive(groupOf(working).memberships[index]!)) break
    const packet = packetIn(bytes, newest)
    const result = yield* Effect.result(deliver(working, index, packet, bytes))
    if (Result.isSuccess(result)) working = result.success.working
    // group-messaging.join.5
    else if (packet.type === "envelope") working = tellRefusal(working, index, packet, result.failure)
    else if (!groupOf(working).told.some((one) => equalBytes(one, digest))) working = tellMessage(working, index, packet, result.failure)
  }
  // group-messaging.join.6
  return alsoMissing(working, Broadcast.missing(broadcasterOf(working, groupOf(working).memberships[index]!)))
})

/** Tries to join by a packet of the log, which has to have this digest as a message, if one is given. */
const join = Effect.fnUntraced(function* (
  before: Working,
  { packet: bytes, makes }: Logged,
  vouched: Uint8Array | undefined,
  newest?: Newest,
) {
  const { memberships } = groupOf(before)
  // Nothing else makes a member.
  const envelope = packetIn(bytes, newest) as Envelope
  // group-messaging.join.1
  const received = yield* Broadcast.receiveDecoded(yield* preparedBroadcaster(before, newMembership), envelope, bytes)
  const first = received.taken[0]
  if (first === undefined) return yield* new Waiting({ missing: received.missing })
  // group-messaging.join.2
  if (vouched !== undefined && !sameBytes(first.digest, vouched)) return yield* new Ignored({ reason: "duplicate" })
  const index = memberships.length
  const placed = withMembership(before, index, newMembership, before.messenger.keyring)
  const joined = yield* absorb(placed, index, received)
  // group-messaging.join.3
  const anew = vouched === undefined
  const { [makes!]: _, ...additions } = groupOf(joined).additions
  const group: Group = { ...groupOf(joined), additions, leaving: anew ? 0 : groupOf(joined).leaving }
  return yield* replay({ ...withGroup(joined, group), anew: joined.anew || anew }, index, newest)
})

const isOurs = (working: Working, member: string): boolean => groupOf(working).memberships.some((one) => memberOf(one) === member)

/** Whether a packet of the log may make a membership now, as far as others of ours say. */
const mayJoin = (working: Working, makes: string): boolean => {
  const { memberships, additions } = groupOf(working)
  if (isOurs(working, makes)) return false
  // group-messaging.candidates.1
  if (Object.hasOwn(additions, makes)) return true
  const isKnown = memberships.some(({ broadcast }) => Object.hasOwn(broadcast.agreement.users, makes))
  return !memberships.some(isAlive) && !isKnown
}

/** Whether trying may give something else than before. */
const isDue = ({ messenger }: Working, { tried, missing }: Logged): boolean => {
  // group-messaging.candidates.2
  if (missing === null) return tried === 0
  return learned(messenger.keyring.contacts, missing.user) !== missing.learned
}

const afterFailure = (before: Working, { digest, packet, missing: awaited }: Logged, failure: NotAccepted): Working => {
  const working = tellEnvelope(before, awaited?.user, packetIn(packet), failure)
  const { contacts } = working.messenger.keyring
  // group-messaging.candidates.3
  const first = failure._tag === "Waiting" ? failure.missing[0]! : undefined
  const missing = first !== undefined && "bundle" in first ? { user: first.bundle, learned: learned(contacts, first.bundle) } : null
  return withTried(working, digest, missing === null ? { makes: null, tried: 1, missing } : { tried: 1, missing })
}

/** The bundles that packets wait for by which we would join. */
const missingIn = (working: Working): ReadonlyArray<Missing> =>
  groupOf(working)
    .log.filter(({ makes, missing }) => makes !== null && missing !== null && mayJoin(working, makes))
    .map(({ missing }) => ({ bundle: missing!.user }))

/** Tries each packet of the log that may make us a member, and is due. The failure is the one on the packet `newest`, which may have made a membership. */
export const joinFromLog = Effect.fnUntraced(function* (before: Working, newest?: Newest) {
  let working = before
  let failure: NotAccepted | undefined
  let isMade = false
  const { log } = groupOf(before)
  for (const index of log.keys()) {
    // Most make nobody; what has become null on the way is passed over below.
    if (log[index]!.makes === null) continue
    const entry = groupOf(working).log[index]!
    if (entry.makes === null || !mayJoin(working, entry.makes) || !isDue(working, entry)) continue
    const vouched = groupOf(working).additions[entry.makes]
    const result = yield* Effect.result(join(working, entry, vouched, newest))
    working = Result.isSuccess(result) ? result.success : afterFailure(working, entry, result.failure)
    if (newest === undefined || !equalBytes(entry.packet, newest.bytes)) continue
    if (Result.isFailure(result)) failure = result.failure
    else isMade = true
  }
  return { working: alsoMissing(working, missingIn(working)), failure, isMade }
})
