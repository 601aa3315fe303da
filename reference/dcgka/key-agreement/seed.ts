/**
 * Create, update and remove: the messages that bring a seed.
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { Randomness } from "../../crypto/randomness.ts"
import { trace } from "../../crypto/trace.ts"
import { viewOf } from "../group-membership.ts"
import { memberSecrets } from "../ratchet.ts"
import { acknowledge } from "./acknowledgement.ts"
import { awaitAnswers } from "./awaiting.ts"
import { checkCommitment, commitmentOf } from "./commitment.ts"
import { recordControl } from "./record.ts"
import {
  feedRatchet,
  type Joined,
  keptSecret,
  type MessageRef,
  nextSeq,
  noteSeen,
  type Outgoing,
  ourView,
  receiveSecret,
  sendDirects,
} from "./state.ts"

/** The control messages that bring a seed. */
export type SeedMessage = Extract<ControlMessage, { type: "create" | "update" | "remove" }>

/** A message that brings a seed, before its seed is drawn. */
export type Uncommitted = SeedMessage extends infer M ? (M extends SeedMessage ? Omit<M, "commitment"> : never) : never

/** What an operation of our own gives: what to send, and our new update secret. */
export interface Sent {
  readonly state: Joined
  readonly outgoing: Outgoing
  readonly updateSecret: Uint8Array
}

const takeSeed = Effect.fnUntraced(function* (state: Joined, message: MessageRef, recipients: ReadonlyArray<string>, seed: Uint8Array) {
  const { sender, seq } = message
  // key-agreement.take-seed.1
  const secrets = yield* memberSecrets(seed, state.group, message, [...recipients, sender])
  const kept = recipients.map((member, index) => ({ sender, seq, member, secret: secrets[index]! }))
  // key-agreement.take-seed.2
  return yield* feedRatchet({ ...state, memberSecrets: [...state.memberSecrets, ...kept] }, sender, secrets.at(-1)!)
})

/** Sends a fresh seed to the members of our view. */
export const sendSeed = Effect.fnUntraced(function* (before: Joined, uncommitted: Uncommitted) {
  // key-agreement.send-seed.1
  const seed = (yield* Randomness).draw(`seed/${before.me}/${uncommitted.seq}`, 32)
  yield* trace("key-agreement.seed", seed)
  const commitment = yield* commitmentOf(before.group, uncommitted, seed)
  const message: SeedMessage = { ...uncommitted, commitment }
  const control = encodeWire(ControlMessage, message)
  // key-agreement.send-seed.2
  const recorded = yield* recordControl(before, message)
  // key-agreement.send-seed.3
  const recipients = ourView(recorded).filter((member) => member !== before.me)
  const noted = awaitAnswers(noteSeen(recorded, message), message)
  const { state, directs } = yield* sendDirects(noted, recipients, seed, control)
  // key-agreement.send-seed.4
  const taken = yield* takeSeed(state, message, recipients, seed)
  const sent: Sent = { state: taken.state, outgoing: { control, directs }, updateSecret: taken.updateSecret }
  return sent
})

/** Processes a create, update or remove of another, which has been recorded and noted as seen. */
export const processSeed = Effect.fnUntraced(function* (
  state: Joined,
  message: SeedMessage,
  control: Uint8Array,
  direct: Uint8Array | null,
) {
  const recipients = viewOf(state.history, message.sender).filter((member) => member !== message.sender)
  // key-agreement.process-seed.1
  if (direct === null) {
    const acknowledged = yield* acknowledge(state, message, undefined)
    const { group, me } = state
    const rekey = yield* sendSeed(acknowledged.state, { type: "update", group, sender: me, seq: nextSeq(acknowledged.state) })
    const { state: after, outgoing, updateSecret } = rekey
    return { state: after, response: acknowledged.response, rekey: outgoing, ownSecret: updateSecret, senderSecret: undefined }
  }
  // key-agreement.process-seed.2
  const received = yield* receiveSecret(state, message.sender, direct, control)
  yield* trace("key-agreement.seed", received.secret)
  // key-agreement.process-seed.3
  yield* checkCommitment(state.group, message, received.secret)
  // key-agreement.process-seed.4
  const taken = yield* takeSeed(received.state, message, recipients, received.secret)
  // key-agreement.process-seed.5
  const acknowledged = yield* acknowledge(taken.state, message, keptSecret(taken.state, message, taken.state.me))
  return { ...acknowledged, senderSecret: taken.updateSecret }
})
