/**
 * Key agreement (DCGKA): chapter "key-agreement". One file of the folder for what a member does by itself, one for receiving, and one for each kind of message.
 *
 * @module
 */
export { isAcknowledgement } from "./key-agreement/acknowledgement.ts"
export { receiveIntroduction } from "./key-agreement/addition.ts"
export { acknowledgers } from "./key-agreement/awaiting.ts"
export { checkOrder, leave, type Processed, process, processDecoded } from "./key-agreement/process.ts"
export { addedBy, historyDigest } from "./key-agreement/record.ts"
export { add, create, remove, update } from "./key-agreement/send.ts"
export {
  directsFor,
  GroupState,
  initial,
  type Joined,
  Keyring,
  notJoined,
  type Outgoing,
  ourView,
  parted,
  State,
} from "./key-agreement/state.ts"
