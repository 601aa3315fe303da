/**
 * The state of a messenger, and the small operations on it that several steps share.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import { bytes, encodeWire, listOf, nullable, record, table, uint, unlimited, type ValueOf } from "../../../spec/conventions/encoding.ts"
import { GroupId, Key, MemberId, Seq, UserId } from "../../../spec/conventions/identifiers.ts"
import { type Missing, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, Event, leastWaiting, maximumTold, maximumWaiting } from "../../../spec/dcgka/group-messaging.ts"
import { withEntry } from "../../conventions.ts"
import { ApplicationState, noChains } from "../application-messages.ts"
import * as Broadcast from "../causal-broadcast.ts"
import * as KeyAgreement from "../key-agreement.ts"
import * as KeyBundles from "../key-bundles.ts"

/** The place of an application message among those of its member. */
const Position = record("position", { seq: Seq, index: uint(0, 0xffffffff) })

/** A message that waits, with its SHA-256. Between steps its packet is empty when the log has it. */
const WaitingMessage = record("waiting-message", { sender: MemberId, seq: Seq, index: uint(), packet: bytes(0, 1 << 20), digest: Key })

/** One membership of a user in a group. Between steps an envelope that it holds is empty when the log has it. */
export const Membership = record("membership", {
  broadcast: Broadcast.BroadcastState,
  application: ApplicationState,
  frontier: listOf(record("frontier-message", { sender: MemberId, seq: Seq }), 0, unlimited),
  waiting: listOf(WaitingMessage, 0, maximumWaiting.all / leastWaiting),
  leavers: table(MemberId, Position),
})
export type Membership = ValueOf<typeof Membership>

/** A packet of the log. `makes` is the member of our user that it would make, unless it cannot; `missing` is the bundle that it waits for, with how many of this user had been taken in. */
const Logged = record("logged", {
  packet: bytes(0, 1 << 20),
  digest: Key,
  sender: MemberId,
  makes: nullable(MemberId),
  tried: uint(0, 1),
  missing: nullable(record("missing-bundle", { user: UserId, learned: uint() })),
})
export type Logged = ValueOf<typeof Logged>

/** A group: our memberships, the log, the digests of additions of our user that a membership has taken, those of the messages told, and whether we leave. */
export const Group = record("group", {
  memberships: listOf(Membership, 0, unlimited),
  log: listOf(Logged, 0, unlimited),
  additions: table(MemberId, Key),
  told: listOf(Key, 0, maximumTold),
  leaving: uint(0, 1),
})
export type Group = ValueOf<typeof Group>

/** A group of which nothing is known. */
export const noGroup: Group = { memberships: [], log: [], additions: {}, told: [], leaving: 0 }

/** Whether answers are delayed, and whether concurrency is healed. */
export const Policy = record("policy", { delay: uint(0, 1), heal: uint(0, 1) })
export type Policy = ValueOf<typeof Policy>

/** Everything that a user has. */
export const Messenger = record("messenger", { keyring: KeyAgreement.Keyring, policy: Policy, groups: table(GroupId, Group) })
export type Messenger = ValueOf<typeof Messenger>

/** A messenger in the middle of a step on one group, with what the step has given so far. */
export interface Working {
  readonly messenger: Messenger
  readonly group: string
  readonly packets: ReadonlyArray<Uint8Array>
  readonly events: ReadonlyArray<Event>
  readonly missing: ReadonlyArray<Missing>
  /** Whether a membership was made while there was none. */
  readonly anew: boolean
}

/** The beginning of a step on one group. */
export const begin = (messenger: Messenger, group: string): Working => {
  const working = { messenger, group, packets: [], events: [], missing: [], anew: false }
  const known = messenger.groups[group]
  return known === undefined ? working : withGroup(working, unpacked(known))
}

/** A membership before it has joined. */
export const newMembership: Membership = {
  broadcast: Broadcast.notJoined,
  application: noChains,
  frontier: [],
  waiting: [],
  leavers: {},
}

const nothing = new Uint8Array(0)

type Held = Membership["broadcast"]["held"][number]
type WaitingMessage = Membership["waiting"][number]

const holdsNothing = ({ memberships }: Group): boolean =>
  memberships.every(({ broadcast, waiting }) => broadcast.held.length === 0 && waiting.length === 0)

const withPackets = (group: Group, heldAs: (held: Held) => Held, waitingAs: (waiting: WaitingMessage) => WaitingMessage): Group => {
  const memberships = group.memberships.map(
    (one): Membership => ({
      ...one,
      broadcast: { ...one.broadcast, held: one.broadcast.held.map(heldAs) },
      waiting: one.waiting.map(waitingAs),
    }),
  )
  return { ...group, memberships }
}

// What has not changed in a step is the same object after it as before, so that a store need not write it again.
const keptAs = new WeakMap<Held | WaitingMessage, Held | WaitingMessage>()

/** The group as it is kept between steps: what the log has is not kept a second time. */
export const packed = (group: Group): Group => {
  if (holdsNothing(group)) return group
  const logged = new Set(group.log.map(({ digest }) => Hex.encode(digest)))
  const asKept = <A extends Held | WaitingMessage>(one: A, without: A): A =>
    logged.has(Hex.encode(one.digest)) ? ((keptAs.get(one) as A | undefined) ?? without) : one
  return withPackets(
    group,
    (held) => asKept(held, { ...held, envelope: nothing }),
    (waiting) => asKept(waiting, { ...waiting, packet: nothing }),
  )
}

/** The group as it is worked on: all packets are where they are used. */
const unpacked = (group: Group): Group => {
  if (holdsNothing(group)) return group
  const logged = new Map(group.log.map(({ digest, packet }) => [Hex.encode(digest), packet]))
  const asUsed = <A extends Held | WaitingMessage>(kept: A, used: A): A => {
    keptAs.set(used, kept)
    return used
  }
  return withPackets(
    group,
    (held) => (held.envelope.length > 0 ? held : asUsed(held, { ...held, envelope: logged.get(Hex.encode(held.digest))! })),
    (waiting) => (waiting.packet.length > 0 ? waiting : asUsed(waiting, { ...waiting, packet: logged.get(Hex.encode(waiting.digest))! })),
  )
}

/** The group that is worked on. */
export const groupOf = ({ messenger, group }: Working): Group => messenger.groups[group] ?? noGroup

/** The working state with the group replaced. */
export const withGroup = (working: Working, group: Group): Working => {
  const { messenger } = working
  return { ...working, messenger: { ...messenger, groups: withEntry(messenger.groups, working.group, group) } }
}

/** Our member, of a membership that has joined. */
export const memberOf = ({ broadcast }: Membership): string => broadcast.agreement.me!

/** Whether a membership has joined, and has not been removed. */
export const isAlive = ({ broadcast: { agreement } }: Membership): boolean => agreement.me !== null && agreement.removed === 0

/** The index of the membership as which we speak, or undefined: memberships are in the order in which they were made. */
export const speaking = ({ memberships }: Group): number | undefined => {
  const index = memberships.findIndex(isAlive)
  return index === -1 ? undefined : index
}

/** The member as which we speak, or undefined. */
export const voiceOf = (group: Group): string | undefined => {
  const index = speaking(group)
  return index === undefined ? undefined : memberOf(group.memberships[index]!)
}

/** What the steps of the broadcast work on. */
export const broadcasterOf = ({ messenger }: Working, { broadcast }: Membership): Broadcast.Broadcaster => ({
  state: broadcast,
  keyring: messenger.keyring,
})

/** What the steps of the broadcast work on, prepared. */
export const preparedBroadcaster = Effect.fnUntraced(function* ({ messenger }: Working, { broadcast }: Membership) {
  const broadcaster: Broadcast.Broadcaster = { state: broadcast, keyring: yield* prepare(messenger.keyring) }
  return broadcaster
})

/** The members in the view of a membership. */
export const viewOf = ({ broadcast }: Membership): ReadonlyArray<string> => KeyAgreement.ourView(broadcast.agreement)

/** The user that a member was made of. */
export const userOf = ({ broadcast }: Membership, member: string): string => broadcast.agreement.users[member]!

// The members in a view, by user. A member's user never changes, so the view is enough.
const madeOf = new WeakMap<ReadonlyArray<string>, ReadonlyMap<string, ReadonlyArray<string>>>()

/** The members in the view of a membership that are made of our user, but for its own, in ascending order. */
export const doublesOf = (membership: Membership): ReadonlyArray<string> => {
  const [view, me] = [viewOf(membership), memberOf(membership)]
  const made = madeOf.get(view) ?? Map.groupBy(view, (member) => userOf(membership, member))
  madeOf.set(view, made)
  return (made.get(userOf(membership, me)) ?? []).filter((member) => member !== me)
}

/** The users in the view of the membership as which we speak, in ascending order. */
export const usersOf = (group: Group): ReadonlyArray<string> => {
  const index = speaking(group)
  if (index === undefined) return []
  const membership = group.memberships[index]!
  return [...new Set(viewOf(membership).map((member) => userOf(membership, member)))].sort()
}

/** Puts a membership, and the keyring after a step of it, in place: at `index`, or as a new one at the end. */
export const withMembership = (working: Working, index: number, membership: Membership, keyring: KeyAgreement.Keyring): Working => {
  const group = groupOf(working)
  const memberships = [...group.memberships]
  memberships[index] = membership
  return withGroup({ ...working, messenger: { ...working.messenger, keyring } }, { ...group, memberships })
}

const own = 2

/** Sees to it that bundles of our own user are kept, for channels between our own memberships. */
const prepare = Effect.fnUntraced(function* (keyring: KeyAgreement.Keyring) {
  let { keys, contacts } = keyring
  // group-messaging.prepare.1
  // group-messaging.prepare.2
  while (keys.signedPrekeys.length > 0 && (KeyBundles.contactOf(contacts, keys.user)?.bundles.length ?? 0) < own) {
    const published = yield* KeyBundles.publish(keys)
    const learned = yield* Effect.result(KeyBundles.learn(contacts, published.bundle, 0))
    if (Result.isFailure(learned)) break
    keys = published.keys
    contacts = learned.success
  }
  return { keys, contacts }
})

/** The membership as which we speak in the group, by its index. */
export const speaker = Effect.fnUntraced(function* (working: Working) {
  // group-messaging.act.1
  const index = speaking(groupOf(working))
  if (index === undefined) return yield* refuse(clauses.member, `no membership in ${working.group}`)
  return index
})

/** What events of one kind are sorted by: their bytes. */
export const eventKey = (event: Event): string => Hex.encode(encodeWire(Event, event))
