/**
 * What is held: how much of it, of whom, and what is due to be tried again.
 *
 * @module
 */
import { Effect } from "effect"
import type { Missing } from "../../../spec/conventions/verdicts.ts"
import { Ignored, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, type Envelope, type Item, leastHeld, maximumHeld } from "../../../spec/dcgka/causal-broadcast.ts"
import { memberIdOf, sameBytes, withEntry } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as KeyAgreement from "../key-agreement.ts"
import { learned } from "../key-bundles.ts"
import { bounded, type Room, sharer } from "./shares.ts"
import { type Broadcaster, type BroadcastState, digestsOf, type Held, lastDigest, type Needed } from "./state.ts"

/** An envelope that was held and has been refused: its sender, the number of its first message, and the clause. */
export interface RefusedLater {
  readonly sender: string
  readonly seq: number
  readonly clause: string
}

/** Counts up whenever an envelope that waits for a bundle of `user` may have become possible. */
const changesFor = ({ state, keyring }: Broadcaster, user: string): number => {
  const removals = state.agreement.history.entries.filter(({ change }) => change.type === "remove").length
  return removals + learned(keyring.contacts, user)
}

type Seen = Readonly<Record<string, number>>

const isSeen = (seen: Seen, { sender, seq }: Needed): boolean => (seen[sender] ?? 0) >= seq

/** The messages after which those of an envelope come, as far as they have not been seen: the one of its sender before its first, and those of others that it acknowledges. */
const neededBy = (seen: Seen, items: ReadonlyArray<Item>): ReadonlyArray<Needed> => {
  const { sender, seq } = items[0]!.control
  const acknowledged = items.flatMap(({ control }) =>
    KeyAgreement.isAcknowledgement(control) && control.ofSender !== sender ? [{ sender: control.ofSender, seq: control.ofSeq }] : [],
  )
  // Number 0 counts as seen.
  return [{ sender, seq: seq - 1 }, ...acknowledged].filter((one) => !isSeen(seen, one))
}

/** Whether a member is not in our view: removed, or added by one who was removed, or not added yet. */
export const isOutside = ({ state }: Broadcaster, member: string): boolean => !KeyAgreement.ourView(state.agreement).includes(member)

type Waiter = Pick<Held, "sender" | "needs">

/** What is held of those who are not in our view and has to come before an envelope, in order, and the first message that is lacking beside; `envelopes` are its run only if none is. */
interface Run {
  readonly envelopes: ReadonlyArray<Held>
  readonly lacking: Needed | undefined
}

const runFor = (now: Broadcaster, { sender, needs }: Waiter): Run => {
  let atHand: Seen = now.state.agreement.seen
  // causal-broadcast.run.1
  const envelopes: Array<Held> = []
  const lacking = () => {
    // causal-broadcast.run.4
    const first = needs.find((one) => !isSeen(atHand, one))
    return first?.sender === sender ? { sender, seq: (atHand[sender] ?? 0) + 1 } : first
  }
  const first = lacking()
  // Most wait for what is not held.
  const isHeld = first !== undefined && now.state.held.some((held) => held.sender === first.sender && held.seq <= first.seq)
  if (!isHeld) return { envelopes, lacking: first }
  const isBefore = (held: Held) => needs.some((one) => one.sender === held.sender && one.seq >= held.seq)
  const candidates = now.state.held.filter((held) => isBefore(held) && isOutside(now, held.sender))
  // causal-broadcast.run.2
  const fits = (held: Held) => held.seq === (atHand[held.sender] ?? 0) + 1 && held.needs.every((one) => isSeen(atHand, one))
  for (;;) {
    // causal-broadcast.run.3
    const next = candidates.find(fits)
    if (next === undefined) return { envelopes, lacking: lacking() }
    envelopes.push(next)
    atHand = withEntry(atHand, next.sender, next.last)
  }
}

/** The end of a run that is complete. */
const endOf = ({ envelopes, lacking }: Run): Held | undefined => (lacking === undefined ? envelopes.at(-1) : undefined)

/** The run of an envelope. */
export const runOf = (now: Broadcaster, { items }: Envelope): Run =>
  runFor(now, { sender: items[0]!.control.sender, needs: neededBy(now.state.agreement.seen, items) })

const lengthOf = ({ state }: Broadcaster): number => state.agreement.history.entries.length

/** A held envelope, which has these messages, with what it was found to wait for. */
export const withMissing = Effect.fnUntraced(function* (
  before: Broadcaster,
  held: Held,
  items: ReadonlyArray<Item>,
  missing: ReadonlyArray<Missing>,
) {
  const first = missing[0]!
  const other = { ...held, bundle: null }
  if ("bundle" in first) return { ...held, bundle: { user: first.bundle, changes: changesFor(before, first.bundle) } }
  if ("acknowledgement" in first) {
    const digests = (yield* digestsOf(before.state, lastDigest(before.state, held.sender), items))!
    return { ...other, withheld: { digests } }
  }
  if (!("message" in first)) return other
  const end = endOf(runFor(before, held))
  const after: Held = { ...other, tried: end === undefined ? null : { end: end.digest, changes: lengthOf(before) } }
  return after
})

/** What a held envelope waits for, as it is told. */
export const missingOf = (now: Broadcaster, held: Held): Missing => {
  const { seen, me } = now.state.agreement
  const { group, sender, last, needs, bundle, withheld } = held
  if (bundle !== null) return { bundle: bundle.user }
  if (withheld !== null) return { acknowledgement: { sender, seq: last } }
  const first = needs.find((one) => !isSeen(seen, one))
  if (me === null || first === undefined) return { join: group }
  const next = first.sender === sender ? { sender, seq: (seen[sender] ?? 0) + 1 } : first
  return { message: runFor(now, held).lacking ?? next }
}

/** Whether what a held envelope waits for may have come. */
export const isDue = (now: Broadcaster, held: Held): boolean => {
  const { needs, bundle, tried } = held
  const { seen, me } = now.state.agreement
  // causal-broadcast.retry.1
  // causal-broadcast.retry.2
  // causal-broadcast.retry.3
  if (bundle !== null) return changesFor(now, bundle.user) !== bundle.changes
  if (me === null || held.withheld !== null) return false
  if (needs.every((one) => isSeen(seen, one))) return true
  const end = endOf(runFor(now, held))
  return end !== undefined && (tried === null || tried.changes !== lengthOf(now) || !sameBytes(tried.end, end.digest))
}

/** What is held and begins with a message that has been processed. */
export const repetitionsIn = ({ state }: Broadcaster): ReadonlyArray<Held> => state.held.filter((one) => isSeen(state.agreement.seen, one))

/** What is held that there is room for, and what is lost: the newest of a share goes first. */
const boundedHeld = (state: BroadcastState, held: ReadonlyArray<Held>): { readonly kept: typeof held; readonly lost: typeof held } => {
  const shareOf = sharer({ ...state, held })
  const room: Room<Held> = {
    most: maximumHeld,
    // causal-broadcast.bound.1
    shareOf: ({ sender, withheld }) => (withheld === null ? shareOf(sender) : sender),
    costOf: ({ envelope }) => Math.max(envelope.length, leastHeld),
    goes: (share) => share.at(-1)!,
    // Whoever counted as the adder is a stranger from then on.
    isLast: ({ sender, makes }) => makes !== null && shareOf(sender) === sender,
  }
  const { kept, lost } = bounded(room, held)
  const last = lost.at(-1)
  if (last === undefined || !room.isLast(last)) return { kept, lost }
  const rest = boundedHeld(state, kept)
  return { kept: rest.kept, lost: [...lost, ...rest.lost] }
}

/** What is told of what is held no more because there is no room. */
// causal-broadcast.bound.4
const crowdedOut = ({ sender, seq }: Held): RefusedLater => ({ sender, seq, clause: clauses["held-limit"].id })

/** Holds no more than there is room for, after whom we have as members may have changed. */
export const withinRoom = ({ state, keyring }: Broadcaster) => {
  const { kept, lost } = boundedHeld(state, state.held)
  const after: Broadcaster = lost.length === 0 ? { state, keyring } : { state: { ...state, held: kept }, keyring }
  return { after, refused: lost.map(crowdedOut) }
}

/** The member that an envelope makes, which is an add. */
const memberMade = ({ control }: Item) =>
  control.type === "add" ? memberIdOf(control.group, control.user, control.sender, control.seq) : Effect.succeed(null)

const untried = { bundle: null, withheld: null, tried: null }

/** Holds an envelope that nobody has verified. Gives what goes for it. */
export const hold = Effect.fnUntraced(function* (
  before: Broadcaster,
  { items }: Envelope,
  envelope: Uint8Array,
  missing: ReadonlyArray<Missing>,
) {
  const { group, sender, seq } = items[0]!.control
  const { seq: last } = items.at(-1)!.control
  const { state, keyring } = before
  const digest = (yield* Crypto).sha256(envelope)
  // causal-broadcast.receive.2
  if (state.held.some((one) => sameBytes(one.digest, digest))) return yield* new Ignored({ reason: "duplicate" })
  const makes = yield* memberMade(items[0]!)
  const unread: Held = { envelope, digest, group, sender, seq, last, makes, needs: neededBy(state.agreement.seen, items), ...untried }
  const newest = yield* withMissing(before, unread, items, missing)
  // causal-broadcast.receive.3
  const { kept: held, lost } = boundedHeld(state, [...state.held, newest])
  if (lost.includes(newest)) return yield* refuse(clauses["held-limit"], `${state.held.length} envelopes are held before one of ${sender}`)
  // causal-broadcast.receive.4
  const after: Broadcaster = { state: { ...state, held }, keyring }
  return { after, refused: lost.map(crowdedOut) }
})
