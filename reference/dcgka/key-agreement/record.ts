/**
 * What a control message is as an operation of the chapter "group-membership", and recording it.
 *
 * @module
 */
import { Effect } from "effect"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import type { Change, Operation } from "../../../spec/dcgka/group-membership.ts"
import { type ControlMessage, clauses } from "../../../spec/dcgka/key-agreement.ts"
import { memberIdOf } from "../../conventions.ts"
import { append, positionOf } from "../group-membership.ts"
import type { Joined, MessageRef, State } from "./state.ts"

/** A change, and the users that the members it brings in are made of. */
export interface Recorded<A extends Operation = Change> {
  readonly operation: A
  readonly users: State["users"]
}

/** Refuses a create that nobody can have sent. */
export const checkCreate = Effect.fnUntraced(function* (group: string, sender: string, seq: number, users: ReadonlyArray<string>) {
  // key-agreement.process-create.1
  if (new Set(users).size !== users.length) return yield* refuse(clauses["create-users"], "a user is named twice")
  // key-agreement.process-create.2
  const creator = yield* memberIdOf(group, users[0]!, null, 0)
  if (seq !== 1 || sender !== creator) return yield* refuse(clauses["create-sender"], `${sender} ${seq}`)
})

/** The create of `group` as an operation: the members made of `users`, the first of whom is the sender. */
export const createOperation = Effect.fnUntraced(function* (group: string, sender: string, users: ReadonlyArray<string>) {
  const members: Record<string, string> = {}
  for (const user of users) members[yield* memberIdOf(group, user, null, 0)] = user
  const recorded: Recorded = { operation: { type: "create", sender, seq: 1, members: Object.keys(members).sort() }, users: members }
  return recorded
})

/** The add of `user` as an operation. */
export const addOperation = Effect.fnUntraced(function* (group: string, sender: string, seq: number, user: string) {
  const member = yield* memberIdOf(group, user, sender, seq)
  const recorded: Recorded = { operation: { type: "add", sender, seq, member }, users: { [member]: user } }
  return recorded
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
      const recorded: Recorded<Operation> = { operation: { type: "ack", sender, seq, ofSender, ofSeq }, users: {} }
      return positionOf(state.history, ofSender, ofSeq) === -1 ? undefined : recorded
    }
  }
})

/** The member that the recorded add (`sender`, `seq`) adds; undefined when it is no add. */
export const addedBy = ({ history }: State, { sender, seq }: MessageRef): string | undefined => {
  const change = history.entries[positionOf(history, sender, seq)]?.change
  return change?.type === "add" ? change.member : undefined
}

/** Records a control message, unless it is an update or the ack of a message that is not in the history. */
export const recordControl = Effect.fnUntraced(function* (state: Joined, message: ControlMessage) {
  const recorded = yield* asOperation(state, message)
  if (recorded === undefined) return state
  const history = yield* append(state.history, recorded.operation)
  const after: Joined = { ...state, history, users: { ...state.users, ...recorded.users } }
  return after
})
