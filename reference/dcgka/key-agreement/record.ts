/**
 * What a control message is as an operation of the chapter "group-membership", and recording it.
 *
 * @module
 */
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { labels } from "../../../spec/conventions/labels.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { Change, type Knowledge, type Operation } from "../../../spec/dcgka/group-membership.ts"
import { type ControlMessage, clauses } from "../../../spec/dcgka/key-agreement.ts"
import { bytesOf, groupIdOf, memberIdOf } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { append, heads, positionOf } from "../group-membership.ts"
import type { Joined, MessageRef, State } from "./state.ts"

/** What a create says of its group. */
export type Created = Pick<Extract<ControlMessage, { type: "create" }>, "group" | "sender" | "seq" | "users" | "signingKey" | "nonce">

/** A change, and the users that the members it brings in are made of. */
export interface Recorded<A extends Operation = Change> {
  readonly operation: A
  readonly users: State["users"]
}

const ascend = (users: ReadonlyArray<string>): boolean => users.every((user, index) => index === 0 || users[index - 1]! < user)

/** Refuses a create that nobody can have sent. */
export const checkCreate = Effect.fnUntraced(function* (create: Created) {
  const { group, sender, seq, users, signingKey, nonce } = create
  const [creator, ...others] = users
  // key-agreement.check-create.1
  if (!ascend(others) || others.includes(creator!)) return yield* refuse(clauses["create-users"], "not each user once, in their order")
  // key-agreement.check-create.2
  if ((yield* groupIdOf(signingKey, users, nonce)) !== group) return yield* refuse(clauses["group-id"], `of a create of ${creator}`)
  // key-agreement.check-create.3
  const isCreator = sender === (yield* memberIdOf(group, creator!, null, 0))
  if (seq !== 1 || !isCreator) return yield* refuse(clauses["create-sender"], `${sender} ${seq}`)
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
export const addedBy = ({ history }: Pick<State, "history">, { sender, seq }: MessageRef): string | undefined => {
  const change = history.entries[positionOf(history, sender, seq)]?.change
  return change?.type === "add" ? change.member : undefined
}

const headDigests = ({ history, digests }: Pick<Joined, "history" | "digests">, known: Knowledge): ReadonlyArray<Uint8Array> =>
  heads(history, known)
    .map((position) => Hex.encode(digests[position]!))
    .sort()
    .map(bytesOf)

/** The digest of what is known of the history. */
export const historyDigest = Effect.fnUntraced(function* (state: Pick<Joined, "history" | "digests">, known: Knowledge) {
  return (yield* Crypto).sha256(encodeCbor([labels.history, ...headDigests(state, known)]))
})

/** The digest of the change at `position`, when those before it have theirs. */
export const changeDigest = Effect.fnUntraced(function* (state: Pick<Joined, "history" | "digests">, group: string, position: number) {
  const { change, unknown } = state.history.entries[position]!
  const before = headDigests(state, { length: position, unknown })
  return (yield* Crypto).sha256(encodeCbor([labels.change, bytesOf(group), encodeWire(Change, change), [...before]]))
})

/** Records a control message, unless it is an update or the ack of a message that is not in the history. */
export const recordControl = Effect.fnUntraced(function* (state: Joined, message: ControlMessage) {
  const recorded = yield* asOperation(state, message)
  if (recorded === undefined) return state
  const history = yield* append(state.history, recorded.operation)
  if (recorded.operation.type === "ack") return { ...state, history }
  const after: Joined = { ...state, history, users: { ...state.users, ...recorded.users } }
  const digest = yield* changeDigest(after, state.group, state.digests.length)
  return { ...after, digests: [...state.digests, digest] }
})
