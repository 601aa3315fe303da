/**
 * Acknowledging a seed or a welcome, and processing an ack.
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { viewOf } from "../group-membership.ts"
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

/** An ack or an add-ack. */
export type Acknowledgement = Extract<ControlMessage, { type: "ack" | "add-ack" }>

/** Whether a message acknowledges another. */
export const isAcknowledgement = (message: ControlMessage): message is Acknowledgement =>
  message.type === "ack" || message.type === "add-ack"

/** The message that an acknowledgement is of. */
export const acknowledged = (message: Acknowledgement): MessageRef => ({ sender: message.ofSender, seq: message.ofSeq })

/** Makes our ack or add-ack of the message `of`, records it, and counts it as sent. */
export const answer = Effect.fnUntraced(function* (before: Joined, type: Acknowledgement["type"], of: MessageRef) {
  const { group, me } = before
  const message: Acknowledgement = { type, group, sender: me, seq: nextSeq(before), ofSender: of.sender, ofSeq: of.seq }
  const state = noteSeen(yield* recordControl(before, message), message)
  return { state, control: encodeWire(ControlMessage, message) }
})

/** Acknowledges the message `of`, forwards our member secret for it (if we have one), and feeds it to our ratchet. */
export const acknowledge = Effect.fnUntraced(function* (before: Joined, of: MessageRef, secret: Uint8Array | undefined) {
  // key-agreement.acknowledge.1
  const { state: recorded, control } = yield* answer(before, "ack", of)
  if (secret === undefined) return { state: recorded, response: { control, directs: [] }, ownSecret: undefined }
  // key-agreement.acknowledge.2
  const known = viewOf(recorded.history, of.sender)
  const forwardTo = ourView(recorded).filter((member) => member !== before.me && !known.includes(member))
  const { state, directs } = yield* sendDirects(recorded, forwardTo, secret, control)
  // key-agreement.acknowledge.3
  const fed = yield* feedRatchet(dropSecret(state, of, state.me), state.me, secret)
  return { state: fed.state, response: { control, directs }, ownSecret: fed.updateSecret }
})

/** Finds the secret that an ack stands for: the one kept, or the one forwarded to us; none when there is none for us. */
const secretOf = Effect.fnUntraced(function* (state: Joined, message: Acknowledgement, control: Uint8Array, direct: Uint8Array | null) {
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
export const processAck = Effect.fnUntraced(function* (
  state: Joined,
  message: Acknowledgement,
  control: Uint8Array,
  direct: Uint8Array | null,
) {
  // key-agreement.process-ack.1
  if (!viewOf(state.history, message.sender).includes(state.me)) return { state, senderSecret: undefined }
  const found = yield* secretOf(state, message, control, direct)
  if (found.secret === undefined) return { state: found.state, senderSecret: undefined }
  // key-agreement.process-ack.5
  const fed = yield* feedRatchet(found.state, message.sender, found.secret)
  return { state: fed.state, senderSecret: fed.updateSecret }
})
