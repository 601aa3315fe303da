/**
 * Receiving envelopes: those that come too early are held, and tried again; those of the removed are withheld.
 *
 * @module
 */
import { Effect, Result } from "effect"
import type { Missing } from "../../../spec/conventions/verdicts.ts"
import type { Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { eachOnce } from "../../conventions.ts"
import * as KeyAgreement from "../key-agreement.ts"
import { type Accepted, accept, checkOrder, decode, mayHaveLeft, signingKeyOf, type Taken, verify } from "./accept.ts"
import { hold, isDue, missingOf, withMissing, withoutRepetitions } from "./held.ts"
import type { Broadcaster, BroadcastState, Held } from "./state.ts"

interface Received extends Accepted {
  /** What envelopes that are held wait for. */
  readonly missing: ReadonlyArray<Missing>
}

/** The envelope held that begins with the next message of `sender`. */
const nextHeld = ({ state }: Broadcaster, sender: string): Held | undefined =>
  state.held.find((held) => held.sender === sender && held.seq === (state.agreement.seen[sender] ?? 0) + 1)

/** Whether an envelope can show that a withheld one counts, to us, or to a member that may have left by the withheld one. */
const mayRelease = ({ state }: Broadcaster, envelope: Envelope, withheld: Envelope): boolean => {
  const { sender } = envelope.items[0]!.control
  // What the former sends shows nothing by itself.
  if (sender === withheld.items[0]!.control.sender) return mayHaveLeft(state, envelope, sender)
  return KeyAgreement.ourView(state.agreement).includes(sender) || mayHaveLeft(state, withheld, sender)
}

/** Whether an envelope would have been verified, had we not just been removed. */
const isGenuine = Effect.fnUntraced(function* ({ state, keyring }: Broadcaster, envelope: Envelope) {
  const present = { state: { ...state, agreement: { ...state.agreement, removed: 0 } }, keyring }
  yield* checkOrder(present, envelope)
  yield* verify(present, envelope, yield* signingKeyOf(present, envelope.items[0]!.control.sender))
})

/** Accepts an envelope, and before it what is withheld and has to come before it, when it shows that this counts. */
const acceptWithheld = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope) {
  let current = before
  const taken: Array<Taken> = []
  for (;;) {
    // causal-broadcast.release.1
    const result = yield* Effect.result(accept(current, envelope))
    if (Result.isSuccess(result)) return { after: result.success.after, taken: [...taken, ...result.success.taken] }
    const missing = result.failure._tag === "Waiting" ? result.failure.missing[0]! : undefined
    if (missing === undefined || !("message" in missing)) return yield* result.failure
    // causal-broadcast.release.2
    const { sender } = missing.message
    const held = nextHeld(current, sender)
    const withheld = held === undefined ? undefined : yield* decode(held.envelope)
    if (held === undefined || withheld === undefined || !mayRelease(before, envelope, withheld)) return yield* result.failure
    // causal-broadcast.release.3
    const released = yield* Effect.result(accept(withoutHeld(current, held), withheld, true))
    if (Result.isFailure(released)) return yield* result.failure
    current = released.success.after
    taken.push(...released.success.taken)
    // causal-broadcast.release.4
    if (current.state.agreement.removed === 1) {
      yield* isGenuine(current, envelope)
      return { after: current, taken }
    }
  }
})

const withoutHeld = ({ state, keyring }: Broadcaster, held: Held): Broadcaster => ({
  state: { ...state, held: state.held.filter((one) => one !== held) },
  keyring,
})

const waitingFor = (before: Broadcaster, held: Held, missing: ReadonlyArray<Missing>): Broadcaster => {
  const again = withMissing(before, held, missing)
  return { ...before, state: { ...before.state, held: before.state.held.map((one) => (one === held ? again : one)) } }
}

const withoutKeys = (state: BroadcastState): BroadcastState => ({
  ...state,
  held: [],
  queue: [],
  signingKey: null,
  signers: {},
  open: [],
  unconfirmed: [],
  chain: null,
})

/** The state as after our removal: for one that must not be used any more. */
export const abandon = (state: BroadcastState): BroadcastState => withoutKeys({ ...state, agreement: KeyAgreement.leave(state.agreement) })

/** Tries what is held and due, from the first, until nothing more is accepted. Also to be done after an operation of our own, and when a key bundle has been learned. Gives what was processed, and what is still waited for. */
export const retry = Effect.fnUntraced(function* (before: Broadcaster) {
  let current = withoutRepetitions(before)
  const taken: Array<Taken> = []
  for (let index = 0; index < current.state.held.length; ) {
    const held = current.state.held[index]!
    if (!isDue(current, held)) {
      index++
      continue
    }
    // causal-broadcast.retry.3
    const result = yield* Effect.result(acceptWithheld(current, yield* decode(held.envelope)))
    if (Result.isSuccess(result)) {
      current = withoutRepetitions(withoutHeld(result.success.after, held))
      taken.push(...result.success.taken)
      index = 0
    } else if (result.failure._tag === "Waiting") {
      current = waitingFor(current, held, result.failure.missing)
      // What is withheld now may be what an earlier one shows to count.
      index = result.failure.missing.some((one) => "acknowledgement" in one) ? 0 : index + 1
    } else current = withoutHeld(current, held)
  }
  // causal-broadcast.retry.5
  const after = current.state.agreement.removed === 1 ? { ...current, state: withoutKeys(current.state) } : current
  // causal-broadcast.retry.4
  const missing = eachOnce(after.state.held.map((held) => missingOf(after, held)))
  const result: Received = { after, taken, missing }
  return result
})

/** Forgets what is held. */
export const forget = ({ state, keyring }: Broadcaster): Broadcaster => {
  // causal-broadcast.forget.1
  return { state: { ...state, held: [] }, keyring }
}

/**
 * Receives an envelope. Gives what was processed, of it and of what was held, and what is missing: for this one when it has to be held, otherwise for those that are still held.
 *
 * Verdicts: those of the steps causal-broadcast.receive and accept, and of key agreement.
 */
export const receive = Effect.fnUntraced(function* (before: Broadcaster, bytes: Uint8Array) {
  return yield* receiveDecoded(before, yield* decode(bytes), bytes)
})

/** The same of an envelope that has been decoded from these bytes. */
export const receiveDecoded = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope, bytes: Uint8Array) {
  // causal-broadcast.receive.1
  const accepted = yield* Effect.result(acceptWithheld(before, envelope))
  if (Result.isFailure(accepted)) {
    if (accepted.failure._tag !== "Waiting") return yield* accepted.failure
    const { missing } = accepted.failure
    const after = yield* hold(before, envelope, bytes, missing)
    // What shows that a withheld envelope counts may have come before it.
    if (missing.some((one) => "acknowledgement" in one)) return yield* retry(after)
    // causal-broadcast.receive.6
    const held: Received = { after, taken: [], missing }
    return held
  }
  // causal-broadcast.receive.7
  const { after, taken, missing } = yield* retry(accepted.success.after)
  const result: Received = { after, taken: [...accepted.success.taken, ...taken], missing }
  return result
})
