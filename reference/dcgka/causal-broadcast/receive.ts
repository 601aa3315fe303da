/**
 * Receiving envelopes: those that come too early are held, and tried again; those of the removed are withheld.
 *
 * @module
 */
import { Effect, Result } from "effect"
import type { Missing, NotAccepted } from "../../../spec/conventions/verdicts.ts"
import type { Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { eachOnce } from "../../conventions.ts"
import * as KeyAgreement from "../key-agreement.ts"
import { type Accepted, accept, decode, lookingOn, mayHaveLeft, type Taken } from "./accept.ts"
import { hold, isDue, isOutside, missingOf, type RefusedLater, repetitionsIn, runOf, withinRoom, withMissing } from "./held.ts"
import { type Broadcaster, type BroadcastState, type Held, notJoined } from "./state.ts"

interface Received extends Accepted {
  /** What was held and has been refused, in the order in which it was. */
  readonly refused: ReadonlyArray<RefusedLater>
  /** What envelopes that are held wait for. */
  readonly missing: ReadonlyArray<Missing>
}

/** What becomes of an envelope that is not refused, with those that are withheld: it waits for something, or it is accepted. */
interface Outcome extends Accepted {
  readonly refused: ReadonlyArray<RefusedLater>
  readonly waiting: ReadonlyArray<Missing>
}

/** What is told of a held envelope that was not accepted: nothing, unless it was refused. */
const refusalOf = ({ sender, seq }: Held, verdict: NotAccepted): ReadonlyArray<RefusedLater> =>
  verdict._tag === "Refused" || verdict._tag === "Malformed" ? [{ sender, seq, clause: verdict.clause }] : []

/** Whether an envelope can show that its run counts, to us, or to a member that may have left by the one or the other. */
const mayShow = ({ state }: Broadcaster, envelope: Envelope, run: ReadonlyArray<Envelope>): boolean => {
  const senderOf = ({ items }: Envelope) => items[0]!.control.sender
  const sender = senderOf(envelope)
  // What the former sends shows nothing by itself.
  const ofOthers = run.filter((one) => senderOf(one) !== sender)
  return KeyAgreement.ourView(state.agreement).includes(sender) || [envelope, ...ofOthers].some((one) => mayHaveLeft(state, one, sender))
}

const waitingAs = (after: Broadcaster, refused: ReadonlyArray<RefusedLater>, waiting: ReadonlyArray<Missing>): Outcome => ({
  after,
  taken: [],
  refused,
  waiting,
})

const withoutHeld = ({ state, keyring }: Broadcaster, held: Held): Broadcaster => ({
  state: { ...state, held: state.held.filter((one) => one !== held) },
  keyring,
})

/** Takes the run of an envelope, up to the first that is not accepted: it is `stuck`. `left` is what there was when we were removed by it. */
const takeRun = Effect.fnUntraced(function* (before: Broadcaster, run: ReadonlyArray<Held>) {
  let current = before
  let left: Accepted | undefined
  const taken: Array<Taken> = []
  for (const held of run) {
    // causal-broadcast.release.5
    const result = yield* Effect.result(accept(lookingOn(withoutHeld(current, held)), yield* decode(held.envelope), true))
    if (Result.isFailure(result)) return { current, left, taken, stuck: { held, verdict: result.failure } }
    current = result.success.after
    taken.push(...result.success.taken)
    // causal-broadcast.release.7
    if (current.state.agreement.removed === 1) left ??= { after: current, taken: [...taken] }
  }
  return { current, left, taken, stuck: undefined }
})

/** Accepts an envelope, and before it what is held of those who are not in our view and has to come before it, when it shows that this counts. */
const acceptWithheld = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope) {
  // causal-broadcast.release.1
  const first = yield* Effect.result(accept(before, envelope))
  if (Result.isSuccess(first)) {
    const accepted: Outcome = { ...first.success, refused: [], waiting: [] }
    return accepted
  }
  if (first.failure._tag !== "Waiting") return yield* first.failure
  const { missing } = first.failure
  if (!("message" in missing[0]!)) return waitingAs(before, [], missing)
  let from = before
  const refused: Array<RefusedLater> = []
  for (;;) {
    // causal-broadcast.release.2
    const { envelopes: run, lacking } = runOf(from, envelope)
    if (lacking !== undefined) return waitingAs(from, refused, [{ message: lacking }])
    // causal-broadcast.release.3
    // causal-broadcast.release.4
    const decoded = yield* Effect.forEach(run, (held) => decode(held.envelope))
    if (!mayShow(before, envelope, decoded)) return waitingAs(from, refused, missing)
    const { current, left, taken, stuck } = yield* takeRun(from, run)
    if (stuck === undefined) {
      // causal-broadcast.release.8
      // causal-broadcast.release.9
      const last = yield* Effect.result(accept(lookingOn(current), envelope))
      if (Result.isFailure(last)) {
        return last.failure._tag === "Waiting" ? waitingAs(from, refused, last.failure.missing) : yield* last.failure
      }
      const accepted = left ?? { after: last.success.after, taken: [...taken, ...last.success.taken] }
      const released: Outcome = { ...accepted, refused, waiting: [] }
      return released
    }
    // causal-broadcast.release.6
    const { held, verdict } = stuck
    if (verdict._tag === "Waiting") return waitingAs(from, refused, verdict.missing)
    refused.push(...refusalOf(held, verdict))
    from = withoutHeld(from, held)
  }
})

const waitingFor = Effect.fnUntraced(function* (before: Broadcaster, held: Held, { items }: Envelope, missing: ReadonlyArray<Missing>) {
  const again = yield* withMissing(before, held, items, missing)
  return { ...before, state: { ...before.state, held: before.state.held.map((one) => (one === held ? again : one)) } }
})

/** What is held without what begins with a message that has been processed; that is told if it is not the same message. */
const withoutRepetitions = Effect.fnUntraced(function* (before: Broadcaster) {
  let after = before
  const refused: Array<RefusedLater> = []
  // causal-broadcast.retry.4
  for (const held of after.state.agreement.removed === 1 ? [] : repetitionsIn(before)) {
    const result = yield* Effect.result(accept(after, yield* decode(held.envelope)))
    if (Result.isFailure(result)) refused.push(...refusalOf(held, result.failure))
    after = withoutHeld(after, held)
  }
  return { after, refused }
})

const withoutKeys = ({ agreement }: Pick<BroadcastState, "agreement">): BroadcastState => ({ ...notJoined, agreement })

/** The state as after our removal: for one that must not be used any more. */
export const abandon = ({ agreement }: BroadcastState): BroadcastState => withoutKeys({ agreement: KeyAgreement.leave(agreement) })

/** What envelopes that are held wait for, each once. */
export const missing = (now: Broadcaster): ReadonlyArray<Missing> =>
  // causal-broadcast.retry.8
  eachOnce(now.state.held.map((held) => missingOf(now, held)))

/** Tries what is held and due, from the first, until nothing more is accepted. Also to be done after an operation of our own, and when a key bundle has been learned. Gives what was processed, what was refused, and what is still waited for. */
export const retry = Effect.fnUntraced(function* (before: Broadcaster) {
  const first = yield* withoutRepetitions(before)
  let current = first.after
  const taken: Array<Taken> = []
  const refused = [...first.refused]
  let isAnyGone = false
  for (let index = 0; current.state.agreement.removed === 0; ) {
    const held = current.state.held[index]
    if (held === undefined) {
      if (!isAnyGone) break
      index = 0
      isAnyGone = false
      continue
    }
    if (!isDue(current, held)) {
      index++
      continue
    }
    // causal-broadcast.retry.5
    const envelope = yield* decode(held.envelope)
    const result = yield* Effect.result(acceptWithheld(current, envelope))
    if (Result.isSuccess(result)) {
      const { after, taken: more, refused: released, waiting } = result.success
      const rest = waiting.length === 0 ? withoutHeld(after, held) : yield* waitingFor(after, held, envelope, waiting)
      const left = yield* withoutRepetitions(rest)
      current = left.after
      taken.push(...more)
      refused.push(...released, ...left.refused)
      // causal-broadcast.retry.6
      // Behind what was refused may be what is genuine.
      const isOver = waiting.length > 0 && released.length === 0
      index = isOver ? index + 1 : 0
    } else {
      current = withoutHeld(current, held)
      refused.push(...refusalOf(held, result.failure))
      // What it stood before in a run may be due without it.
      isAnyGone = true
    }
  }
  // causal-broadcast.retry.7
  const bounded = current.state.agreement.removed === 1 ? { after: current, refused: [] } : withinRoom(current)
  refused.push(...bounded.refused)
  // causal-broadcast.retry.9
  const after = current.state.agreement.removed === 1 ? { ...current, state: withoutKeys(current.state) } : bounded.after
  // causal-broadcast.retry.10
  const result: Received = { after, taken, refused, missing: missing(after) }
  return result
})

/** Forgets what is held. */
export const forget = ({ state, keyring }: Broadcaster): Broadcaster => {
  // causal-broadcast.forget.1
  return { state: { ...state, held: [] }, keyring }
}

/**
 * Receives an envelope. Gives what was processed, of it and of what was held, what was refused of what was held, and what is missing: for this one when it has to be held, otherwise for those that are still held.
 *
 * Verdicts: those of the steps causal-broadcast.receive and accept, and of key agreement.
 */
export const receive = Effect.fnUntraced(function* (before: Broadcaster, bytes: Uint8Array) {
  return yield* receiveDecoded(before, yield* decode(bytes), bytes)
})

/** The same of an envelope that has been decoded from these bytes. */
export const receiveDecoded = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope, bytes: Uint8Array) {
  // causal-broadcast.receive.1
  const { after, taken, refused: released, waiting } = yield* acceptWithheld(before, envelope)
  const isHeld = waiting.length > 0
  const { after: now, refused: crowded } = isHeld ? yield* hold(after, envelope, bytes, waiting) : { after, refused: [] }
  const refused = [...released, ...crowded]
  // What shows that it counts may have come before it.
  const isWithheld = waiting.some((one) => "acknowledgement" in one)
  // Nothing else completes the run of another than what is held of one who is not in our view, and what stood before that and was refused.
  const mayComplete = isOutside(now, envelope.items[0]!.control.sender) || released.length > 0
  const isMore = isHeld && mayComplete && now.state.held.some((held) => isDue(now, held))
  if (isHeld && !isWithheld && !isMore) {
    // causal-broadcast.receive.5
    const held: Received = { after: now, taken, refused, missing: waiting }
    return held
  }
  // causal-broadcast.receive.6
  const rest = yield* retry(now)
  const result: Received = { ...rest, taken: [...taken, ...rest.taken], refused: [...refused, ...rest.refused] }
  return result
})
