/**
 * Add, add-ack and welcome.
 *
 * @module
 */
import { concatBytes } from "@noble/hashes/utils.js"
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import type { Knowledge } from "../../../spec/dcgka/group-membership.ts"
import { ControlMessage, clauses, Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { addInput, emptyRatchet, welcomeInput } from "../../../spec/dcgka/ratchet.ts"
import { ChannelMessage, clauses as channel, maximumPayload } from "../../../spec/dcgka/two-party-messaging.ts"
import { decodeMessage, memberIdOf, sameBytes } from "../../conventions.ts"
import { knowledgeOf, viewOf } from "../group-membership.ts"
import { type AddAck, acknowledge, answer } from "./acknowledgement.ts"
import { checkCommitment, commitmentOf } from "./commitment.ts"
import { addedBy, historyDigest, recordControl } from "./record.ts"
import {
  type Directs,
  feedRatchet,
  type Joined,
  noteSeen,
  ourView,
  receiveDirect,
  receiveSecret,
  type State,
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
  // key-agreement.take-addition.2
  yield* checkCommitment(state.group, message, welcomed.updateSecret)
  const kept = { sender, seq, member: addedBy(state, message)!, secret: welcomed.updateSecret }
  const memberSecrets = [...welcomed.state.memberSecrets, kept]
  // key-agreement.take-addition.3
  const added = yield* feedRatchet({ ...welcomed.state, memberSecrets }, sender, addInput)
  return { ...added, memberSecret: welcomed.updateSecret }
})

/** Adds a user: records the message, and sends the welcome to the new member. */
export const sendAddition = Effect.fnUntraced(function* (
  before: Joined,
  head: Pick<AddMessage, "group" | "sender" | "seq" | "user">,
  attachment: Uint8Array,
) {
  // key-agreement.add.3
  const history = yield* historyDigest(before, knowledgeOf(before.history, before.me)!)
  const { updateSecret: welcomed } = yield* feedRatchet(before, before.me, welcomeInput)
  const commitment = yield* commitmentOf(before.group, head, welcomed)
  const message: AddMessage = { type: "add", ...head, history, commitment }
  const control = encodeWire(ControlMessage, message)
  // key-agreement.add.4
  const recorded = noteSeen(yield* recordControl(before, message), message)
  // key-agreement.add.5
  // As a welcome with it would be: nothing is encoded that is longer than any message.
  if (attachment.length > maximumPayload) return yield* refuse(channel["payload-length"], `${attachment.length} bytes of attachment`)
  const welcome = encodeWire(Welcome, welcomeOf(recorded, attachment))
  const { state, directs } = yield* sendDirects(recorded, [addedBy(recorded, message)!], welcome, control)
  // key-agreement.add.6
  const taken = yield* takeAddition(state, message)
  return { state: taken.state, outgoing: { control, directs }, updateSecret: taken.updateSecret }
})

/** Refuses an add whose sender says that it knew another history than it did; `known` is what it knew before. */
export const checkHistory = Effect.fnUntraced(function* (
  state: Pick<Joined, "history" | "digests">,
  known: Knowledge,
  message: AddMessage,
) {
  const isIt = sameBytes(yield* historyDigest(state, known), message.history)
  if (!isIt) return yield* refuse(clauses["add-history"], `${message.sender} ${message.seq}`)
})

/** Processes the add of somebody else, which has been recorded and noted as seen. `confirmation` goes to the new member. */
export const processAdd = Effect.fnUntraced(function* (before: Joined, message: AddMessage, confirmation: Uint8Array) {
  // key-agreement.process-add.1
  const isKnown = viewOf(before.history, message.sender).includes(before.me)
  const taken = isKnown ? yield* takeAddition(before, message) : { state: before, updateSecret: undefined }
  const { me } = before
  // key-agreement.process-add.2
  const { state: recorded, head } = yield* answer(taken.state, message)
  // key-agreement.process-add.3
  const added = addedBy(recorded, message)!
  const recipients = ourView(recorded).filter((member) => member === added)
  const ratchet = recorded.ratchets[me] ?? emptyRatchet
  const commitment = recipients.length === 0 ? null : yield* commitmentOf(head.group, head, ratchet)
  const control = encodeWire(ControlMessage, { type: "add-ack", ...head, commitment })
  // key-agreement.process-add.4
  const { state, directs } = yield* sendDirects(recorded, recipients, concatBytes(ratchet, confirmation), control)
  // key-agreement.process-add.5
  const fed = yield* feedRatchet(state, me, addInput)
  return { state: fed.state, senderSecret: taken.updateSecret, response: { control, directs }, ownSecret: fed.updateSecret }
})

/** Receives what comes with an add-ack of our addition: the sender's ratchet, and its confirmation. */
export const receiveIntroduction = Effect.fnUntraced(function* (before: Joined, sender: string, direct: Uint8Array, control: Uint8Array) {
  const { state, secret } = yield* receiveSecret(before, sender, direct, control, 64)
  return { state, ratchet: secret.subarray(0, 32), confirmation: secret.subarray(32) }
})

/** Processes an add-ack of another, which has been recorded and noted as seen. */
export const processAddAck = Effect.fnUntraced(function* (before: Joined, message: AddAck, control: Uint8Array, direct: Uint8Array | null) {
  const { group, sender, seq, commitment } = message
  let state = before
  let confirmation: Uint8Array | undefined
  if (direct !== null) {
    // key-agreement.process-add-ack.1
    const received = yield* receiveIntroduction(before, sender, direct, control)
    state = { ...received.state, ratchets: { ...received.state.ratchets, [sender]: received.ratchet } }
    confirmation = received.confirmation
  }
  if (!viewOf(before.history, sender).includes(before.me)) return { state, senderSecret: undefined }
  // key-agreement.process-add-ack.2
  if (commitment !== null) yield* checkCommitment(group, { sender, seq, commitment }, state.ratchets[sender] ?? emptyRatchet)
  // key-agreement.process-add-ack.3
  const fed = yield* feedRatchet(state, sender, addInput)
  return { state: fed.state, senderSecret: fed.updateSecret, confirmation }
})

/** Joins the group by the add of us, with the welcome in the direct message. */
export const processWelcome = Effect.fnUntraced(function* (before: State, message: AddMessage, control: Uint8Array, directs: Directs) {
  const { group, sender, seq, user } = message
  const { own: direct } = directs
  // key-agreement.process-welcome.1
  const me = yield* memberIdOf(group, user, sender, seq)
  const isWelcome = directs.recipients.join() === me
  if (direct === null || !isWelcome) return yield* refuse(clauses.recipients, "an add brings its welcome, and no more")
  // key-agreement.process-welcome.2
  const first = yield* decodeMessage(ChannelMessage, direct)
  if (first.type !== "first-contact") return yield* refuse(channel["key-held"], "a welcome is a first contact")
  const joining: Joined = { ...before, group, me, users: { [sender]: first.user } }
  const received = yield* receiveDirect(joining, sender, direct, control)
  // key-agreement.process-welcome.3
  const welcome = yield* decodeMessage(Welcome, received.payload)
  const joined = yield* takeWelcome(received.state, welcome, message, first.user)
  // key-agreement.process-welcome.10
  yield* checkHistory(joined, { length: joined.history.entries.length - 1, unknown: [] }, message)
  const taken = yield* takeAddition(joined, message)
  // key-agreement.process-welcome.11
  const answered = yield* acknowledge(taken.state, message, taken.memberSecret)
  return { ...answered, senderSecret: taken.updateSecret, attachment: welcome.attachment }
})
