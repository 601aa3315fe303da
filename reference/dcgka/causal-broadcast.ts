/**
 * Authenticated causal broadcast: chapter "causal-broadcast".
 *
 * @module
 */

export type { Taken } from "./causal-broadcast/accept.ts"
export { compareNotes, notes } from "./causal-broadcast/notes.ts"
export { abandon, forget, missing, type RefusedLater, receive, receiveDecoded, retry } from "./causal-broadcast/receive.ts"
export { add, create, flush, remove, update, write } from "./causal-broadcast/send.ts"
export { type Broadcaster, BroadcastState, digestOf, notJoined } from "./causal-broadcast/state.ts"
