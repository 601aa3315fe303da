/**
 * Acknowledging a seed or a welcome, and processing an ack.
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { viewOf } from "../group-membership.ts"
import { checkCommitment, commitmentOf } from "./commitment.ts"
import { recordControl } from "./record.ts"
import {
  dropSecret,
  feedRatchet,
  type Joined,
  keptSecret,
  type MessageRef,
  nextSeq,
  noteSeen,
  ourView,
  receiveSecret,
  sendDirects,
} from "./state.ts"

/** An ack, which may be a forward. */
export type Ack = Extract<ControlMessage, { type: "ack" | "forward" }>

/** An add-ack. */
export type AddAck = Extract<ControlMessage, { type: "add-ack" }>

/** An ack or an add-ack. */
export type Acknowledgement = Ack | AddAck

/** Whether a message acknowledges another. */
export const isAcknowledgement = (message: ControlMessage): message is Acknowledgement =>
  message.type === "ack" || message.type === "forward" || message.type === "add-ack"

/** The message that an acknowledgement is of. */
export const acknowledged = (message: Acknowledgement): MessageRef => ({ sender: message.ofSender, seq: message.ofSeq })

/** Records our ack or add-ack of the message `of`, and counts it as sent, before it is made: gives what it begins with. */
export const answer = Effect.fnUntraced(function* (before: Joined, of: MessageRef) {
  const { group, me } = before
  const head = { group, sender: me, seq: nextSeq(before), ofSender: of.sender, ofSeq: of.seq }
  return { state: noteSeen(yield* recordControl(before, { type: "ack", ...head }), head), head }
})

/** Acknowledges the message `of`, forwards our member secret for it (if we have one), and feeds it to our ratchet. */
export const acknowledge = Effect.fnUntraced(function* (before: Joined, of: MessageRef, secret: Uint8Array | undefined) {
  // key-agreement.acknowledge.1
  const { state: recorded, head } = yield* answer(before, of)
  const ack: Ack = { type: "ack", ...head }
  if (secret === undefined)
    return { state: recorded, response: { control: encodeWire(ControlMessage, ack), directs: [] }, ownSecret: undefined }
  // key-agreement.acknowledge.2
  const known = viewOf(recorded.history, of.sender)
  const forwardTo = ourView(recorded).filter((member) => member !== before.me && !known.includes(member))
  // key-agreement.acknowledge.3
  const isForward = forwardTo.length > 0
  const message: Ack = isForward ? { type: "forward", ...head, commitment: yield* commitmentOf(head.group, head, secret) } : ack
  const control = encodeWire(ControlMessage, message)
  const { state, directs } = yield* sendDirects(recorded, forwardTo, secret, control)
  // key-agreement.acknowledge.4
  const fed = yield* feedRatchet(dropSecret(state, of, state.me), state.me, secret)
  return { state: fed.state, response: { control, directs }, ownSecret: fed.updateSecret }
})

/** Finds the secret that an ack stands for: the one kept, or the one forwarded to us; none when there is none for us. */
const secretOf = Effect.fnUntraced(function* (state: Joined, message: Ack, control: Uint8Array, direct: Uint8Array | null) {
  const of = acknowledged(message)
  // key-agreement.process-ack.2
  const kept = keptSecret(state, of, message.sender)
  if (kept !== undefined) return { state: dropSecret(state, of, message.sender), secret: kept }
  // key-agreement.process-ack.3
  if (direct === null) return { state, secret: undefined }
  // key-agreement.process-ack.4
  return yield* receiveSecret(state, message.sender, direct, control)
})

/** Processes an ack of another, which has been recorded and noted as seen. */
export const processAck = Effect.fnUntraced(function* (state: Joined, message: Ack, control: Uint8Array, direct: Uint8Array | null) {
  // key-agreement.process-ack.1
  if (!viewOf(state.history, message.sender).includes(state.me)) return { state, senderSecret: undefined }
  const found = yield* secretOf(state, message, control, direct)
  if (found.secret === undefined) return { state: found.state, senderSecret: undefined }
  // key-agreement.process-ack.5
  if (message.type === "forward") yield* checkCommitment(state.group, message, found.secret)
  // key-agreement.process-ack.6
  const fed = yield* feedRatchet(found.state, message.sender, found.secret)
  return { state: fed.state, senderSecret: fed.updateSecret }
})
