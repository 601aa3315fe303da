/**
 * Add, add-ack and welcome.
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { ControlMessage, clauses, Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { addInput, emptyRatchet, welcomeInput } from "../../../spec/dcgka/ratchet.ts"
import { ChannelMessage, clauses as channel, maximumPayload } from "../../../spec/dcgka/two-party-messaging.ts"
import { decodeMessage, memberIdOf } from "../../conventions.ts"
import { viewOf } from "../group-membership.ts"
import { type Acknowledgement, acknowledge, acknowledged, answer } from "./acknowledgement.ts"
import { addedBy, recordControl } from "./record.ts"
import {
  expectNoDirect,
  feedRatchet,
  type Joined,
  noteSeen,
  ourView,
  receiveDirect,
  receiveSecret,
  type State,
  sendDirect,
  sendDirects,
} from "./state.ts"
import { takeWelcome, welcomeOf } from "./welcome.ts"

/** The control message that adds a user. */
export type AddMessage = Extract<ControlMessage, { type: "add" }>

/** Takes the two steps of the sender's ratchet for its recorded add. */
const takeAddition = Effect.fnUntraced(function* (state: Joined, message: AddMessage) {
  const { sender, seq } = message
  // key-agreement.take-addition.1
  const welcomed = yield* feedRatchet(state, sender, welcomeInput)
  const kept = { sender, seq, member: addedBy(state, message)!, secret: welcomed.updateSecret }
  const memberSecrets = [...welcomed.state.memberSecrets, kept]
  // key-agreement.take-addition.2
  const added = yield* feedRatchet({ ...welcomed.state, memberSecrets }, sender, addInput)
  return { ...added, memberSecret: welcomed.updateSecret }
})

/** Adds a user: records the message, and sends the welcome to the new member. */
export const sendAddition = Effect.fnUntraced(function* (before: Joined, message: AddMessage, attachment: Uint8Array) {
  // As a welcome with it would be: nothing is encoded that is longer than any message.
  if (attachment.length > maximumPayload) return yield* refuse(channel["payload-length"], `${attachment.length} bytes of attachment`)
  const control = encodeWire(ControlMessage, message)
  // key-agreement.add.4
  const recorded = noteSeen(yield* recordControl(before, message), message)
  // key-agreement.add.5
  // As a welcome with it would be: nothing is encoded that is longer than any message.
  if (attachment.length > maximumPayload) return yield* refuse(channel["payload-length"], `${attachment.length} bytes of attachment`)
  const welcome = encodeWire(Welcome, welcomeOf(recorded, attachment))
  const { state, direct } = yield* sendDirect(recorded, addedBy(recorded, message)!, welcome, control)
  // key-agreement.add.6
  const taken = yield* takeAddition(state, message)
  return { state: taken.state, outgoing: { control, directs: [direct] }, updateSecret: taken.updateSecret }
})

/** Processes the add of somebody else, which has been recorded and noted as seen. */
export const processAdd = Effect.fnUntraced(function* (before: Joined, message: AddMessage, direct: Uint8Array | null) {
  // key-agreement.process-add.1
  yield* expectNoDirect(direct, "only the added member gets a direct message")
  // key-agreement.process-add.2
  const isKnown = viewOf(before.history, message.sender).includes(before.me)
  const taken = isKnown ? yield* takeAddition(before, message) : { state: before, updateSecret: undefined }
  const { me } = before
  // key-agreement.process-add.3
  const { state: recorded, control } = yield* answer(taken.state, "add-ack", message)
  // key-agreement.process-add.4
  const added = addedBy(recorded, message)!
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
  const isKnown = viewOf(before.history, sender).includes(before.me)
  const isOurs = addedBy(before, acknowledged(message)) === before.me
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
  const joined = yield* takeWelcome(received.state, welcome, message, first.user)
  const taken = yield* takeAddition(joined, message)
  // key-agreement.process-welcome.8
  const answered = yield* acknowledge(taken.state, message, taken.memberSecret)
  return { ...answered, senderSecret: taken.updateSecret, attachment: welcome.attachment }
})
