/**
 * What is held: how much of it, of whom, and what is due to be tried again.
 *
 * @module
 */
import { Effect } from "effect"
import type { Missing } from "../../../spec/conventions/verdicts.ts"
import { Ignored, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, leastHeld, maximumHeld } from "../../../spec/dcgka/causal-broadcast.ts"
import { sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as KeyAgreement from "../key-agreement.ts"
import { learned } from "../key-bundles.ts"
import type { Awaited, Broadcaster, BroadcastState, Held } from "./state.ts"

/** The share of all those who are not in our view; no member's identifier is empty. */
const strangers = ""

/** Counts up whenever an envelope that waits for a bundle of `user` may have become possible. */
const changesFor = ({ state, keyring }: Broadcaster, user: string): number => {
  const removals = state.agreement.history.entries.filter(({ change }) => change.type === "remove").length
  return removals + learned(keyring.contacts, user)
}

/** What an envelope waits for, as it is kept. */
export const awaitedOf = (before: Broadcaster, missing: ReadonlyArray<Missing>): Awaited => {
  const first = missing[0]!
  if ("message" in first) return { type: "awaited-message", ...first.message }
  if ("bundle" in first) return { type: "awaited-bundle", user: first.bundle, changes: changesFor(before, first.bundle) }
  return { type: "awaited-join" }
}

/** What held envelopes wait for, as it is told. */
export const missingOf = (group: string, { awaited }: Held): Missing => {
  if (awaited.type === "awaited-message") return { message: { sender: awaited.sender, seq: awaited.seq } }
  return awaited.type === "awaited-bundle" ? { bundle: awaited.user } : { join: group }
}

/** Whether what an envelope waits for may have come. */
export const isDue = (now: Broadcaster, { awaited }: Held): boolean => {
  const { seen, me } = now.state.agreement
  if (awaited.type === "awaited-message") return (seen[awaited.sender] ?? 0) >= awaited.seq
  return awaited.type === "awaited-bundle" ? changesFor(now, awaited.user) !== awaited.changes : me !== null
}

const costOf = ({ envelope }: Held): number => Math.max(envelope.length, leastHeld)

const sizeOf = (held: ReadonlyArray<Held>): number => held.reduce((sum, one) => sum + costOf(one), 0)

const sharesOf = ({ agreement }: BroadcastState, held: ReadonlyArray<Held>): ReadonlyArray<readonly [string, ReadonlyArray<Held>]> => {
  const view = agreement.me === null ? [] : KeyAgreement.ourView(agreement)
  const shares = Map.groupBy(held, ({ sender }) => (view.includes(sender) ? sender : strangers))
  return [...shares].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Holds an envelope of a sender that nobody has verified. */
export const hold = Effect.fnUntraced(function* (
  before: Broadcaster,
  sender: string,
  envelope: Uint8Array,
  missing: ReadonlyArray<Missing>,
) {
  const { state, keyring } = before
  const digest = (yield* Crypto).sha256(envelope)
  // causal-broadcast.receive.2
  if (state.held.some((one) => sameBytes(one.digest, digest))) return yield* new Ignored({ reason: "duplicate" })
  const newest: Held = { envelope, digest, sender, awaited: awaitedOf(before, missing) }
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
