/**
 * Authenticated causal broadcast: chapter "causal-broadcast".
 *
 * @module
 */

export type { Taken } from "./causal-broadcast/accept.ts"
export type { RefusedLater } from "./causal-broadcast/held.ts"
export { compareNotes, notes } from "./causal-broadcast/notes.ts"
export { abandon, forget, missing, receive, receiveDecoded, retry } from "./causal-broadcast/receive.ts"
export { add, create, flush, remove, update, write } from "./causal-broadcast/send.ts"
export { bounded, sharer, strangers } from "./causal-broadcast/shares.ts"
export { type Broadcaster, BroadcastState, digestOf, notJoined } from "./causal-broadcast/state.ts"
