/**
 * What the methods work on.
 *
 * @module
 */
import type { Channel } from "../../../spec/dcgka/two-party-messaging.ts"
import type { BroadcastState } from "../../dcgka/causal-broadcast.ts"
import type * as KeyAgreement from "../../dcgka/key-agreement.ts"

/** Everything that one user holds: the seed of its draws; its keyring, and its group for the layer "key-agreement"; its one channel for the layer "channel"; its group for the layer "broadcast". */
export interface Handle {
  readonly seed: Uint8Array
  state: KeyAgreement.State
  channel: Channel | null
  broadcast: BroadcastState
}

/** The handles of a session, by name. */
export type Handles = Map<string, Handle>
