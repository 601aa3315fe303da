/**
 * Groups over causal broadcast in memory, for tests.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import { stateOf } from "../conventions.ts"
import * as Broadcast from "../dcgka/causal-broadcast.ts"
import * as KeyAgreement from "../dcgka/key-agreement.ts"
import { type Actor, accepted, runStep, type Step } from "./network.ts"

/** One member or invited user. */
export interface Participant {
  readonly user: string
  readonly seed: Uint8Array
  now: Broadcast.Broadcaster
}

/** A user who has joined no group, with its keyring. */
export const participant = ({ user, seed, state }: Actor): Participant => ({
  user,
  seed,
  now: { state: Broadcast.notJoined, keyring: KeyAgreement.parted(state).keyring },
})

/** The state of key agreement with the keyring. */
export const agreementOf = ({ now }: Participant): KeyAgreement.State => ({ ...now.keyring, ...now.state.agreement })

/** Saves and loads the state. */
export const reload = (one: Participant): void => {
  const state = stateOf(Broadcast.BroadcastState, encodeWire(Broadcast.BroadcastState, one.now.state))
  one.now = { ...one.now, state }
}

/** Does an operation; gives the number of its message and our new update secret. */
export const operate = (
  one: Participant,
  operation: (before: Broadcast.Broadcaster) => Step<{ after: Broadcast.Broadcaster; seq: number; updateSecret: Uint8Array }>,
): { readonly seq: number; readonly updateSecret: Uint8Array } => {
  const { after, seq, updateSecret } = accepted(one.seed, operation(one.now))
  one.now = after
  return { seq, updateSecret }
}

/** Signs everything in the queue. */
export const flush = (one: Participant): ReadonlyArray<Uint8Array> => {
  const envelopes: Array<Uint8Array> = []
  for (;;) {
    const { after, envelope } = accepted(one.seed, Broadcast.flush(one.now))
    one.now = after
    if (envelope === null) return envelopes
    envelopes.push(envelope)
  }
}

/** Delivers an envelope; the state changes only when it is accepted. Gives what was processed. */
export const receive = (one: Participant, envelope: Uint8Array): Result.Result<ReadonlyArray<Broadcast.Taken>, NotAccepted> =>
  Result.map(
    runStep(
      one.seed,
      Effect.suspend(() => Broadcast.receive(one.now, envelope)),
    ),
    ({ after, taken }) => {
      one.now = after
      return taken
    },
  )
