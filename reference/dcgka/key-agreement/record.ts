/**
 * What a control message is as an operation of the chapter "group-membership", and recording it.
 *
 * @module
 */
import { Effect } from "effect"
import type { Operation } from "../../../spec/dcgka/group-membership.ts"
import type { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { memberIdOf } from "../../conventions.ts"
import { append, find } from "../group-membership.ts"
import type { Joined, State } from "./state.ts"

/** An operation, and the users that the members it brings in are made of. */
interface Recorded {
  readonly operation: Operation
  readonly users: State["users"]
}

/** The create of `group` as an operation: the members made of `users`, the first of whom is the sender. */
export const createOperation = Effect.fnUntraced(function* (group: string, sender: string, users: ReadonlyArray<string>) {
  const members: Record<string, string> = {}
  for (const user of users) members[yield* memberIdOf(group, user, null, 0)] = user
  const operation: Operation = { type: "create", sender, seq: 1, members: Object.keys(members).sort() }
  return { operation, users: members }
})

/** The add of `user` as an operation. */
export const addOperation = Effect.fnUntraced(function* (group: string, sender: string, seq: number, user: string) {
  const member = yield* memberIdOf(group, user, sender, seq)
  const operation: Operation = { type: "add", sender, seq, member }
  return { operation, users: { [member]: user } }
})

const asOperation = Effect.fnUntraced(function* (state: Joined, message: ControlMessage) {
  const { sender, seq } = message
  switch (message.type) {
    case "create":
      return yield* createOperation(state.group, sender, message.users)
    case "add":
      return yield* addOperation(state.group, sender, seq, message.user)
    case "remove": {
      const recorded: Recorded = { operation: { type: "remove", sender, seq, member: message.member }, users: {} }
      return recorded
    }
    case "update":
      return undefined
    default: {
      const { ofSender, ofSeq } = message
      const recorded: Recorded = { operation: { type: "ack", sender, seq, ofSender, ofSeq }, users: {} }
      return find(state.history, ofSender, ofSeq) === undefined ? undefined : recorded
    }
  }
})

/** Records a control message, unless it is an update or the ack of a message that is not in the history. */
export const recordControl = Effect.fnUntraced(function* (state: Joined, message: ControlMessage) {
  const recorded = yield* asOperation(state, message)
  if (recorded === undefined) return state
  const history = yield* append(state.history, recorded.operation)
  const after: Joined = { ...state, history, users: { ...state.users, ...recorded.users } }
  return after
})
