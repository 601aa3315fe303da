/**
 * Group messaging: chapter "group-messaging".
 *
 * @module
 */
export { add, check, compare, create, flush, forget, notes, remove, send, update } from "./group-messaging/act.ts"
export { learn, messenger, publish, retire, rotate } from "./group-messaging/keys.ts"
export { receive, retry } from "./group-messaging/receive.ts"
export { Group, Messenger, usersOf } from "./group-messaging/state.ts"
