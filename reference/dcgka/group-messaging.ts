/**
 * Group messaging: chapter "group-messaging".
 *
 * @module
 */
export { add, compare, create, flush, learn, messenger, remove, send, update } from "./group-messaging/act.ts"
export { receive } from "./group-messaging/receive.ts"
export { Messenger, speaking, usersOf } from "./group-messaging/state.ts"
