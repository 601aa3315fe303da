/**
 * The log of a group: which packets are kept, and which of them would make us a member.
 *
 * @module
 */
import { Effect } from "effect"
import { leastLogged, maximumLog, type Packet } from "../../../spec/dcgka/group-messaging.ts"
import { equalBytes, memberIdOf } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as Broadcast from "../causal-broadcast.ts"
import { type Group, groupOf, type Logged, speaking, viewOf, type Working, withGroup } from "./state.ts"

/** The member of our user that an envelope makes, by its first message. */
const memberMade = Effect.fnUntraced(function* (packet: Packet, user: string) {
  if (packet.type === "application-message") return null
  const { control } = packet.items[0]!
  if (control.type === "create" && control.users.includes(user)) return yield* memberIdOf(control.group, user, null, 0)
  return control.type === "add" && control.user === user ? yield* memberIdOf(control.group, user, control.sender, control.seq) : null
})

const senderOf = (packet: Packet): string => (packet.type === "application-message" ? packet.sender : packet.items[0]!.control.sender)

/** What a share loses first: the oldest, and what makes us a member last. */
const firstToGo = (share: ReadonlyArray<Logged>): Logged => share.find(({ makes }) => makes === null) ?? share[0]!

/** The log as far as there is room for it, by the shares of the membership as which we speak. */
const bounded = (group: Group): ReadonlyArray<Logged> => {
  const index = speaking(group)
  const shareOf = index === undefined ? () => Broadcast.strangers : Broadcast.sharer(group.memberships[index]!.broadcast)
  const room = {
    most: index === undefined ? { ...maximumLog, strangers: maximumLog.all } : maximumLog,
    shareOf: ({ sender }: Logged) => shareOf(sender),
    costOf: ({ packet }: Logged) => Math.max(packet.length, leastLogged),
    goes: firstToGo,
    isLast: () => false,
  }
  return Broadcast.bounded(room, group.log).kept
}

/** What the shares of a log follow from. */
interface Sharing {
  readonly view: ReadonlyArray<string>
  readonly held: Broadcast.BroadcastState["held"]
}

const nobody: Sharing = { view: [], held: [] }

const sharingOf = (group: Group): Sharing => {
  const index = speaking(group)
  if (index === undefined) return nobody
  const membership = group.memberships[index]!
  return { view: viewOf(membership), held: membership.broadcast.held }
}

// By what a log was bounded. By the same it loses nothing more.
const boundedBy = new WeakMap<Group["log"], Sharing>()

/** A log as it may be, after whom we have as members may have changed. */
export const withBoundedLog = (group: Group): Group => {
  const [sharing, last] = [sharingOf(group), boundedBy.get(group.log)]
  if (last !== undefined && last.view === sharing.view && last.held === sharing.held) return group
  const log = bounded(group)
  boundedBy.set(log, sharing)
  return log === group.log ? group : { ...group, log }
}

/** The packet at the end of the log, and whether it was in it already. */
export const logged = Effect.fnUntraced(function* (working: Working, packet: Packet, bytes: Uint8Array) {
  const group = groupOf(working)
  const digest = (yield* Crypto).sha256(bytes)
  // group-messaging.log.1
  const sender = senderOf(packet)
  const isOld = group.log.some((one) => one.sender === sender && equalBytes(one.digest, digest))
  if (isOld) return { working, isOld }
  const makes = yield* memberMade(packet, working.messenger.keyring.keys.user)
  const newest: Logged = { packet: bytes, digest, sender, makes, tried: 0, missing: null }
  // group-messaging.log.2
  return { working: withGroup(working, withBoundedLog({ ...group, log: [...group.log, newest] })), isOld }
})

/** The log with what has become of trying to join by one of its packets. */
export const withTried = (working: Working, digest: Uint8Array, become: Partial<Logged>): Working => {
  const group = groupOf(working)
  const log = group.log.map((one) => (equalBytes(one.digest, digest) ? { ...one, ...become } : one))
  return withGroup(working, { ...group, log })
}
