/**
 * Group messaging: chapter "group-messaging".
 *
 * @module
 */
export { add, check, compare, create, flush, forget, leave, notes, remove, send, update } from "./group-messaging/act.ts"
export { learn, messenger, publish, retire, rotate } from "./group-messaging/keys.ts"
export { forgetHeld, receive, retry } from "./group-messaging/receive.ts"
export { restore } from "./group-messaging/restore.ts"
export { Group, Messenger, noGroup, usersOf } from "./group-messaging/state.ts"
