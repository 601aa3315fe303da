/**
 * The log of a group: which packets are kept, and which of them would make us a member.
 *
 * @module
 */
import { Effect } from "effect"
import { leastLogged, maximumLog, type Packet } from "../../../spec/dcgka/group-messaging.ts"
import { equalBytes, memberIdOf, remembering } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { groupOf, isAlive, type Logged, speaking, viewOf, type Working, withGroup } from "./state.ts"

/** The share of all those who are not in our view; no member's identifier is empty. */
const strangers = ""

/** The member of our user that an envelope makes, by its first message. */
const memberMade = Effect.fnUntraced(function* (packet: Packet, user: string) {
  if (packet.type === "application-message") return null
  const { control } = packet.items[0]!
  if (control.type === "create" && control.users.includes(user)) return yield* memberIdOf(control.group, user, null, 0)
  return control.type === "add" && control.user === user ? yield* memberIdOf(control.group, user, control.sender, control.seq) : null
})

const senderOf = (packet: Packet): string => (packet.type === "application-message" ? packet.sender : packet.items[0]!.control.sender)

const sizeOf = (log: ReadonlyArray<Logged>): number => log.reduce((sum, { packet }) => sum + Math.max(packet.length, leastLogged), 0)

const asSet = remembering((view: ReadonlyArray<string>): ReadonlySet<string> => new Set(view))

const shareOf = (view: ReadonlySet<string>, { sender }: Logged): string => (view.has(sender) ? sender : strangers)

/** What a share loses first: the oldest, and what makes us a member last. */
const firstToGo = (share: ReadonlyArray<Logged>): Logged => share.find(({ makes }) => makes === null) ?? share[0]!

const bounded = (working: Working, log: ReadonlyArray<Logged>): ReadonlyArray<Logged> => {
  const isMember = groupOf(working).memberships.some(isAlive)
  const most = isMember ? maximumLog.strangers : maximumLog.all
  const index = speaking(groupOf(working))
  // All together are seldom more than one share may be.
  if (sizeOf(log) <= most) return log
  const view = asSet(index === undefined ? [] : viewOf(groupOf(working).memberships[index]!))
  let kept = log
  for (;;) {
    const ofStrangers = kept.filter((one) => !view.has(one.sender))
    const isFull = sizeOf(kept) > maximumLog.all
    if (sizeOf(ofStrangers) <= most && !isFull) return kept
    const shares = [...Map.groupBy(kept, (one) => shareOf(view, one))].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, share]) => share)
    const largest = isFull ? shares.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a)) : ofStrangers
    const lost = firstToGo(largest)
    kept = kept.filter((one) => one !== lost)
  }
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
  const log = bounded(working, [...group.log, newest])
  return { working: withGroup(working, { ...group, log }), isOld }
})

/** The log with what has become of trying to join by one of its packets. */
export const withTried = (working: Working, digest: Uint8Array, become: Partial<Logged>): Working => {
  const group = groupOf(working)
  const log = group.log.map((one) => (equalBytes(one.digest, digest) ? { ...one, ...become } : one))
  return withGroup(working, { ...group, log })
}
