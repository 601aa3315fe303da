/**
 * What is held: how much of it, of whom, and what is due to be tried again.
 *
 * @module
 */
import { Effect } from "effect"
import type { Missing } from "../../../spec/conventions/verdicts.ts"
import { Ignored, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, type Envelope, type Item, leastHeld, maximumHeld } from "../../../spec/dcgka/causal-broadcast.ts"
import { sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as KeyAgreement from "../key-agreement.ts"
import { learned } from "../key-bundles.ts"
import { type Broadcaster, type BroadcastState, digestsOf, type Held, lastDigest, type Needed } from "./state.ts"

/** The share of all that is in the name of nobody in our view, and is not withheld; no member's identifier is empty. */
const strangers = ""

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
  const before = seq > 1 ? [{ sender, seq: seq - 1 }] : []
  return [...before, ...acknowledged].filter((one) => !isSeen(seen, one))
}

/** Whether a held envelope comes after nothing that we have not seen, and waits for no bundle. */
export const lacksNothing = ({ agreement: { seen } }: BroadcastState, { needs, bundle }: Held): boolean =>
  bundle === null && needs.every((one) => isSeen(seen, one))

/** The withheld envelope after which a held one comes, if it waits for nothing else first. */
const withheldBefore = ({ state }: Broadcaster, { needs }: Held): Held | undefined => {
  const first = needs.find((one) => !isSeen(state.agreement.seen, one))
  return first === undefined ? undefined : state.held.find(({ sender, withheld }) => withheld !== null && sender === first.sender)
}

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
    const digests = (yield* digestsOf(before.state, lastDigest(before.state, held.sender), items)) ?? []
    return { ...other, withheld: { last: first.acknowledgement.seq, digests } }
  }
  if (!("message" in first)) return other
  const { seen } = before.state.agreement
  const isNeeded = held.needs.some((one) => !isSeen(seen, one))
  const waiting = { ...other, needs: isNeeded ? held.needs : [...held.needs, first.message] }
  const withheld = withheldBefore(before, waiting)
  const tried = withheld === undefined ? null : { withheld: withheld.digest, changes: lengthOf(before) }
  const after: Held = { ...waiting, tried }
  return after
})

/** What a held envelope waits for, as it is told. */
export const missingOf = ({ state: { agreement } }: Broadcaster, { group, sender, needs, bundle, withheld }: Held): Missing => {
  const { seen, me } = agreement
  if (bundle !== null) return { bundle: bundle.user }
  if (withheld !== null) return { acknowledgement: { sender, seq: withheld.last } }
  const first = needs.find((one) => !isSeen(seen, one))
  if (me === null || first === undefined) return { join: group }
  return { message: first.sender === sender ? { sender, seq: (seen[sender] ?? 0) + 1 } : first }
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
  const withheld = withheldBefore(now, held)
  return withheld !== undefined && (tried === null || tried.changes !== lengthOf(now) || !sameBytes(tried.withheld, withheld.digest))
}

/** What is held and begins with a message that has been processed. */
export const repetitionsIn = ({ state }: Broadcaster): ReadonlyArray<Held> => state.held.filter((one) => isSeen(state.agreement.seen, one))

const costOf = ({ envelope }: Held): number => Math.max(envelope.length, leastHeld)

const sizeOf = (held: ReadonlyArray<Held>): number => held.reduce((sum, one) => sum + costOf(one), 0)

const sharesOf = ({ agreement }: BroadcastState, held: ReadonlyArray<Held>): ReadonlyArray<readonly [string, ReadonlyArray<Held>]> => {
  const view = agreement.me === null ? [] : KeyAgreement.ourView(agreement)
  const hasOwn = ({ sender, withheld }: Held) => view.includes(sender) || withheld !== null
  const shares = Map.groupBy(held, (one) => (hasOwn(one) ? one.sender : strangers))
  return [...shares].sort(([a], [b]) => (a < b ? -1 : 1))
}

const untried = { bundle: null, withheld: null, tried: null }

/** Holds an envelope that nobody has verified. */
export const hold = Effect.fnUntraced(function* (
  before: Broadcaster,
  { items }: Envelope,
  envelope: Uint8Array,
  missing: ReadonlyArray<Missing>,
) {
  const { group, sender, seq } = items[0]!.control
  const { state, keyring } = before
  const digest = (yield* Crypto).sha256(envelope)
  // causal-broadcast.receive.2
  if (state.held.some((one) => sameBytes(one.digest, digest))) return yield* new Ignored({ reason: "duplicate" })
  const unread: Held = { envelope, digest, group, sender, seq, needs: neededBy(state.agreement.seen, items), ...untried }
  const newest = yield* withMissing(before, unread, items, missing)
  let held = [...state.held, newest]
  // causal-broadcast.receive.3
  const ofStrangers = sharesOf(state, held).find(([share]) => share === strangers)?.[1] ?? []
  const isAbove = ofStrangers.includes(newest) && sizeOf(ofStrangers) > maximumHeld.strangers
  if (isAbove) return yield* refuse(clauses["held-limit"], `${ofStrangers.length} envelopes of strangers`)
  // causal-broadcast.receive.4
  while (sizeOf(held) > maximumHeld.all) {
    const [, largest] = sharesOf(state, held).reduce((most, one) => (sizeOf(one[1]) > sizeOf(most[1]) ? one : most))
    const last = largest.at(-1)!
    if (last === newest) return yield* refuse(clauses["held-limit"], `${held.length} envelopes, most of ${sender}`)
    held = held.filter((one) => one !== last)
  }
  // causal-broadcast.receive.5
  const after: Broadcaster = { state: { ...state, held }, keyring }
  return after
})
