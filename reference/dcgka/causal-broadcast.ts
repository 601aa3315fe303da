/**
 * Authenticated causal broadcast: chapter "causal-broadcast".
 *
 * @module
 */
export { compareNotes, notes } from "./causal-broadcast/notes.ts"
export { abandon, forget, receive, retry, type Taken } from "./causal-broadcast/receive.ts"
export { add, create, flush, remove, update } from "./causal-broadcast/send.ts"
export { type Broadcaster, BroadcastState, digestOf, notJoined } from "./causal-broadcast/state.ts"
