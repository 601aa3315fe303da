/**
 * Key agreement (DCGKA): chapter "key-agreement". One file of the folder for what a member does by itself, one for receiving, and one for each kind of message.
 *
 * @module
 */
export { checkOrder, leave, type Processed, process } from "./key-agreement/process.ts"
export { add, create, remove, update } from "./key-agreement/send.ts"
export {
  GroupState,
  initial,
  Keyring,
  notJoined,
  type Outgoing,
  ourView,
  parted,
  State,
} from "./key-agreement/state.ts"
