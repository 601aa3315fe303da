/**
 * Processing a control message of another.
 *
 * @module
 */
import { Effect } from "effect"
import { Ignored, refuse, Waiting } from "../../../spec/conventions/verdicts.ts"
import type { Change } from "../../../spec/dcgka/group-membership.ts"
import { ControlMessage, clauses } from "../../../spec/dcgka/key-agreement.ts"
import { decodeMessage, memberIdOf } from "../../conventions.ts"
import { positionOf, viewOf } from "../group-membership.ts"
import { type Acknowledgement, acknowledged, processAck } from "./acknowledgement.ts"
import { processAdd, processAddAck, processWelcome } from "./addition.ts"
import { awaitAnswers, isEarlierAwaited, mayAcknowledge } from "./awaiting.ts"
import { checkCreate, recordControl } from "./record.ts"
import { processSeed, type SeedMessage } from "./seed.ts"
import { type GroupState, type Joined, noteSeen, type Outgoing, ourView, type State } from "./state.ts"

/** What processing gives. `senderSecret` and `ownSecret` are the new update secrets of the sender and of ourselves. */
export interface Processed {
  readonly state: State
  readonly response?: Outgoing | undefined
  /** The update that has to follow the response at once (clause key-agreement.rekey). */
  readonly rekey?: Outgoing | undefined
  readonly senderSecret?: Uint8Array | undefined
  readonly ownSecret?: Uint8Array | undefined
  /** What came along in the welcome, for the layer above. */
  readonly attachment?: Uint8Array | undefined
}

const checkRemove = Effect.fnUntraced(function* (state: Joined, message: Extract<ControlMessage, { type: "remove" }>) {
  // key-agreement.check-remove.1
  const before = viewOf(state.history, message.sender)
  if (!before.includes(message.member)) return yield* refuse(clauses["remove-member"], `${message.member} is no member`)
})

const checkAdd = Effect.fnUntraced(function* (state: Joined, message: Extract<ControlMessage, { type: "add" }>) {
  // key-agreement.check-add.1
  const before = viewOf(state.history, message.sender)
  const isMember = before.some((member) => state.users[member] === message.user)
  if (isMember) return yield* refuse(clauses["add-new"], `${message.user} is a member`)
})

/** What answers a change, or an update, which is none. */
const answerTo = (change: Change | undefined, sender: string): "ack" | "add-ack" =>
  change?.type === "add" && change.member !== sender ? "add-ack" : "ack"

const checkAck = Effect.fnUntraced(function* (state: Joined, message: Acknowledgement) {
  const { sender, ofSender, ofSeq, type } = message
  // key-agreement.check-ack.1
  if (ofSender === sender) return yield* refuse(clauses["ack-other"], "of the sender's own message")
  // key-agreement.check-ack.2
  const change = state.history.entries[positionOf(state.history, ofSender, ofSeq)]?.change
  if (type !== answerTo(change, sender)) return yield* refuse(clauses["ack-kind"], `${type} of ${change?.type ?? "an update"}`)
  const of = acknowledged(message)
  // key-agreement.check-ack.3
  if (!mayAcknowledge(state, of, sender))
    return yield* refuse(clauses["ack-once"], `${ofSender} ${ofSeq} was acknowledged before, or need not be`)
  // key-agreement.check-ack.4
  if (isEarlierAwaited(state, of, sender)) return yield* refuse(clauses["ack-once"], `an earlier message of ${ofSender} was left out`)
})

// All of these look at the state before the message.
const check = Effect.fnUntraced(function* (state: Joined, message: ControlMessage) {
  if (message.type === "remove") yield* checkRemove(state, message)
  if (message.type === "add") yield* checkAdd(state, message)
  if (message.type === "ack" || message.type === "add-ack") yield* checkAck(state, message)
})

const waitForMessage = (sender: string, seq: number) => new Waiting({ missing: [{ message: { sender, seq } }] })

/** Steps 3 to 8: is the message for this group, new, and is nothing missing before it? */
export const checkOrder = Effect.fnUntraced(function* (state: State, message: ControlMessage) {
  const { sender, seq } = message
  // key-agreement.process.3
  if (message.group !== state.group) return yield* refuse(clauses.group, `for group ${message.group}`)
  // key-agreement.process.4
  if (state.removed === 1) return yield* refuse(clauses.removed, "removed")
  const seen = state.seen[sender] ?? 0
  // key-agreement.process.5
  if (seq <= seen) return yield* new Ignored({ reason: "duplicate" })
  // key-agreement.process.6
  if (sender === state.me) return yield* refuse(clauses["own-message"], `${seq} was not sent by us`)
  // key-agreement.process.7
  if (seq > seen + 1) return yield* waitForMessage(sender, seen + 1)
  // key-agreement.process.8
  if (message.type === "ack" || message.type === "add-ack") {
    const isSeen = message.ofSeq <= (state.seen[message.ofSender] ?? 0)
    if (!isSeen && message.ofSender === state.me) return yield* refuse(clauses["ack-unsent"], `we did not send ${message.ofSeq}`)
    const isOwn = message.ofSender === sender
    if (!isSeen && !isOwn) return yield* waitForMessage(message.ofSender, message.ofSeq)
  }
})

/** The state of one who has been removed. */
export const leave = <S extends GroupState>(state: S): S => ({
  // key-agreement.leave.1
  ...state,
  removed: 1,
  ratchets: {},
  memberSecrets: [],
  channels: {},
})

const dispatch = Effect.fnUntraced(function* (
  before: Joined,
  state: Joined,
  message: Exclude<ControlMessage, { type: "create" }>,
  control: Uint8Array,
  direct: Uint8Array | null,
) {
  // key-agreement.process.13
  switch (message.type) {
    case "update":
    case "remove":
      return yield* processSeed(state, message, control, direct)
    case "add":
      return yield* processAdd(state, message, direct)
    case "ack":
      return yield* processAck(before, state, message, control, direct)
    case "add-ack":
      return yield* processAddAck(state, message, control, direct)
  }
})

const processCreate = Effect.fnUntraced(function* (
  before: State,
  message: Extract<SeedMessage, { type: "create" }>,
  control: Uint8Array,
  direct: Uint8Array | null,
) {
  const { group, sender, seq, users } = message
  const user = before.keys.user
  yield* checkCreate(group, sender, seq, users)
  // key-agreement.process-create.3
  if (users[0] === user) return yield* refuse(clauses["own-message"], "we did not send this create")
  if (!users.includes(user)) return yield* new Waiting({ missing: [{ join: group }] })
  // key-agreement.process-create.4
  const me = yield* memberIdOf(group, user, null, 0)
  const recorded = yield* recordControl({ ...before, group, me }, message)
  return yield* processSeed(noteSeen(recorded, message), message, control, direct)
})

/** Processes a control message of another, with the direct message that came with it for us, or null. */
export const process = Effect.fnUntraced(function* (state: State, control: Uint8Array, direct: Uint8Array | null) {
  // key-agreement.process.1
  const message = yield* decodeMessage(ControlMessage, control)
  // key-agreement.process.2
  const { group, me } = state
  if (group === null || me === null) return yield* join(state, message, control, direct)
  const joined: Joined = { ...state, group, me }
  yield* checkOrder(joined, message)
  // key-agreement.process.9
  if (message.type === "create") return yield* refuse(clauses["joined-once"], "already joined")
  const isSelfRemoval = message.type === "remove" && message.member === message.sender
  if (isSelfRemoval) return yield* refuse(clauses["remove-other"], "the sender removes itself")
  // key-agreement.process.10
  const recorded = yield* recordControl(joined, message)
  const isMember = viewOf(recorded.history, message.sender).includes(message.sender)
  const isBeginning = message.seq > 1 || message.type === "ack"
  if (!isMember || !isBeginning) return yield* refuse(clauses["sender-member"], `${message.sender} is no member as of ${message.seq}`)
  // key-agreement.process.11
  yield* check(joined, message)
  // key-agreement.process.12
  const noted = awaitAnswers(noteSeen(recorded, message), message)
  if (!ourView(noted).includes(noted.me)) return { state: leave(noted) }
  const processed: Processed = yield* dispatch(joined, noted, message, control, direct)
  return processed
})

const join = Effect.fnUntraced(function* (state: State, message: ControlMessage, control: Uint8Array, direct: Uint8Array | null) {
  const isForUs = message.type === "add" && message.user === state.keys.user
  const processed: Processed =
    message.type === "create"
      ? yield* processCreate(state, message, control, direct)
      : isForUs
        ? yield* processWelcome(state, message, control, direct)
        : yield* new Waiting({ missing: [{ join: message.group }] })
  return processed
})
