/**
 * Add, add-ack and welcome.
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import type { Operation } from "../../../spec/dcgka/group-membership.ts"
import { ControlMessage, clauses, maximumHistory, Welcome, type WelcomeOperation } from "../../../spec/dcgka/key-agreement.ts"
import { addInput, emptyRatchet, welcomeInput } from "../../../spec/dcgka/ratchet.ts"
import { ChannelMessage, clauses as channel, maximumPayload } from "../../../spec/dcgka/two-party-messaging.ts"
import { decodeMessage, memberIdOf } from "../../conventions.ts"
import { append } from "../group-membership.ts"
import { type Acknowledgement, acknowledge, acknowledged } from "./acknowledgement.ts"
import { addOperation, createOperation, recordControl } from "./record.ts"
import {
  expectNoDirect,
  feedRatchet,
  type Joined,
  nextSeq,
  noteAcknowledged,
  noteSeen,
  ourView,
  receiveDirect,
  receiveSecret,
  type State,
  sendDirect,
  sendDirects,
  viewAsOf,
} from "./state.ts"

/** The control message that adds a user. */
export type AddMessage = Extract<ControlMessage, { type: "add" }>

const takeAddition = Effect.fnUntraced(function* (state: Joined, message: AddMessage) {
  const { sender, seq } = message
  // key-agreement.take-addition.1
  const member = yield* memberIdOf(state.group, message.user, sender, seq)
  const welcomed = yield* feedRatchet(state, sender, welcomeInput)
  const memberSecrets = [...welcomed.state.memberSecrets, { sender, seq, member, secret: welcomed.updateSecret }]
  // key-agreement.take-addition.2
  const added = yield* feedRatchet({ ...welcomed.state, memberSecrets }, sender, addInput)
  return { ...added, memberSecret: welcomed.updateSecret }
})

const inWelcome = (users: State["users"], operation: Operation): WelcomeOperation => {
  const { sender, seq } = operation
  if (operation.type === "add") return { type: "welcome-add", sender, seq, user: users[operation.member]! }
  if (operation.type !== "create") return operation
  const others = operation.members.filter((member) => member !== sender)
  return { type: "welcome-create", sender, seq, users: [sender, ...others].map((member) => users[member]!) }
}

/** Adds a user: records the message, and sends the welcome to the new member. */
export const sendAddition = Effect.fnUntraced(function* (before: Joined, message: AddMessage, attachment: Uint8Array) {
  const control = encodeWire(ControlMessage, message)
  // key-agreement.add.4
  const recorded = noteSeen(yield* recordControl(before, message), message)
  // key-agreement.add.5
  const { length } = recorded.history
  if (length > maximumHistory) return yield* refuse(clauses["welcome-history"], `${length} operations`)
  // key-agreement.add.6
  // As a welcome with it would be: nothing is encoded that is longer than any message.
  if (attachment.length > maximumPayload) return yield* refuse(channel["payload-length"], `${attachment.length} bytes of attachment`)
  const welcome: Welcome = {
    history: recorded.history.map(({ operation }) => inWelcome(recorded.users, operation)),
    seen: recorded.seen,
    ratchet: recorded.ratchets[recorded.me] ?? emptyRatchet,
    attachment,
  }
  const member = yield* memberIdOf(before.group, message.user, before.me, message.seq)
  const { state, direct } = yield* sendDirect(recorded, member, encodeWire(Welcome, welcome), control)
  // key-agreement.add.7
  const taken = yield* takeAddition(state, message)
  return { state: taken.state, outgoing: { control, directs: [direct] }, updateSecret: taken.updateSecret }
})

/** Processes the add of somebody else, which has been recorded and noted as seen. */
export const processAdd = Effect.fnUntraced(function* (before: Joined, message: AddMessage, direct: Uint8Array | null) {
  // key-agreement.process-add.1
  yield* expectNoDirect(direct, "only the added member gets a direct message")
  // key-agreement.process-add.2
  const isKnown = viewAsOf(before, message).includes(before.me)
  const taken = isKnown ? yield* takeAddition(before, message) : { state: before, updateSecret: undefined }
  const { group, me } = before
  // key-agreement.process-add.3
  const addAck: ControlMessage = {
    type: "add-ack",
    group,
    sender: me,
    seq: nextSeq(taken.state),
    ofSender: message.sender,
    ofSeq: message.seq,
  }
  const control = encodeWire(ControlMessage, addAck)
  const recorded = noteSeen(yield* recordControl(taken.state, addAck), addAck)
  // key-agreement.process-add.4
  const added = yield* memberIdOf(group, message.user, message.sender, message.seq)
  const recipients = ourView(recorded).filter((member) => member === added)
  const { state, directs } = yield* sendDirects(recorded, recipients, recorded.ratchets[me] ?? emptyRatchet, control)
  // key-agreement.process-add.5
  const fed = yield* feedRatchet(state, me, addInput)
  return { state: fed.state, senderSecret: taken.updateSecret, response: { control, directs }, ownSecret: fed.updateSecret }
})

/** Processes an add-ack of another, which has been recorded and noted as seen. */
export const processAddAck = Effect.fnUntraced(function* (
  before: Joined,
  message: Acknowledgement,
  control: Uint8Array,
  direct: Uint8Array | null,
) {
  const { sender } = message
  const of = acknowledged(message)
  const isKnown = viewAsOf(before, message).includes(before.me)
  const isOurs = before.me === (yield* memberIdOf(before.group, before.keys.user, of.sender, of.seq))
  let state = before
  if (isOurs && isKnown) {
    // key-agreement.process-add-ack.1
    if (direct === null) return yield* refuse(clauses["direct-missing"], "the sender's ratchet has to come with the add-ack")
    const received = yield* receiveSecret(before, sender, direct, control)
    state = { ...received.state, ratchets: { ...received.state.ratchets, [sender]: received.secret } }
  } else {
    // key-agreement.process-add-ack.2
    yield* expectNoDirect(direct, "no ratchet is for us")
  }
  // key-agreement.process-add-ack.3
  if (!isKnown) return { state, senderSecret: undefined }
  const fed = yield* feedRatchet(state, sender, addInput)
  return { state: fed.state, senderSecret: fed.updateSecret }
})

const checkedCreate = Effect.fnUntraced(function* (group: string, { sender, seq, users }: WelcomeOperation & { type: "welcome-create" }) {
  const creator = yield* memberIdOf(group, users[0]!, null, 0)
  const isRight = seq === 1 && sender === creator && new Set(users).size === users.length
  return isRight ? yield* createOperation(group, sender, users) : yield* refuse(clauses["welcome-history"], "its create is none")
})

const appendWelcomed = Effect.fnUntraced(function* (state: Joined, welcomed: WelcomeOperation) {
  const { sender, seq } = welcomed
  const { operation, users } =
    welcomed.type === "welcome-create"
      ? yield* checkedCreate(state.group, welcomed)
      : welcomed.type === "welcome-add"
        ? yield* addOperation(state.group, sender, seq, welcomed.user)
        : { operation: welcomed, users: {} }
  const history = yield* append(state.history, operation)
  return { ...state, history, users: { ...state.users, ...users } }
})

/** The history of a welcome, checked from its first operation to the add, which must be its last. */
const historyOf = Effect.fnUntraced(function* (state: Joined, welcome: Welcome, message: AddMessage, adder: string) {
  const { length } = welcome.history
  if (length > maximumHistory) return yield* refuse(clauses["welcome-history"], `${length} operations`)
  let after = state
  for (const operation of welcome.history) {
    const { group } = state
    after = yield* Effect.catchTag(appendWelcomed(after, operation), "Refused", (verdict) =>
      refuse(clauses["welcome-history"], `${verdict.clause} in ${group}`),
    )
  }
  const last = after.history.at(-1)!.operation
  const endsWithAdd = last.type === "add" && last.sender === message.sender && last.seq === message.seq && last.member === state.me
  const isWhole = endsWithAdd && ourView(after).includes(state.me) && after.users[message.sender] === adder
  return isWhole ? after : yield* refuse(clauses["welcome-history"], "it does not end with the add of us by its sender")
})

const coversHistory = (state: Joined, welcome: Welcome, message: AddMessage): boolean =>
  welcome.seen[message.sender] === message.seq &&
  welcome.seen[state.me] === undefined &&
  state.history.every(({ operation }) => operation.seq <= (welcome.seen[operation.sender] ?? 0))

const withAcknowledged = (state: Joined): Joined => {
  let after = state
  for (const { operation } of state.history) {
    if (operation.type !== "ack") continue
    after = noteAcknowledged(after, operation.sender, { sender: operation.ofSender, seq: operation.ofSeq })
  }
  return after
}

/** Joins the group by the add of us, with the welcome in the direct message. */
export const processWelcome = Effect.fnUntraced(function* (
  before: State,
  message: AddMessage,
  control: Uint8Array,
  direct: Uint8Array | null,
) {
  const { group, sender, seq, user } = message
  // key-agreement.process-welcome.1
  if (direct === null) return yield* refuse(clauses["direct-missing"], "an add of us has to bring the welcome")
  // key-agreement.process-welcome.2
  const me = yield* memberIdOf(group, user, sender, seq)
  const first = yield* decodeMessage(ChannelMessage, direct)
  if (first.type !== "first-contact") return yield* refuse(channel["key-held"], "a welcome is a first contact")
  const joining: Joined = { ...before, group, me, users: { [sender]: first.user } }
  const received = yield* receiveDirect(joining, sender, direct, control)
  // key-agreement.process-welcome.3
  const welcome = yield* decodeMessage(Welcome, received.payload)
  // key-agreement.process-welcome.4
  const checked = yield* historyOf({ ...received.state, users: {} }, welcome, message, first.user)
  // key-agreement.process-welcome.5
  if (!coversHistory(checked, welcome, message)) return yield* refuse(clauses["welcome-seen"], "the counts do not cover the history")
  // key-agreement.process-welcome.6
  const joined: Joined = { ...withAcknowledged(checked), seen: { ...welcome.seen }, ratchets: { [sender]: welcome.ratchet } }
  const taken = yield* takeAddition(joined, message)
  // key-agreement.process-welcome.7
  const answered = yield* acknowledge(taken.state, message, taken.memberSecret)
  return { ...answered, senderSecret: taken.updateSecret, attachment: welcome.attachment }
})
