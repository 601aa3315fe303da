/**
 * Processing a control message of another.
 *
 * @module
 */
import { Effect } from "effect"
import { Ignored, refuse, Waiting } from "../../../spec/conventions/verdicts.ts"
import type { Change } from "../../../spec/dcgka/group-membership.ts"
import { ControlMessage, clauses } from "../../../spec/dcgka/key-agreement.ts"
import { decodeMessage, memberIdOf, sameBytes } from "../../conventions.ts"
import { knowledgeOf, positionOf, viewOf } from "../group-membership.ts"
import { contactOf } from "../key-bundles.ts"
import { type Acknowledgement, acknowledged, isAcknowledgement, processAck } from "./acknowledgement.ts"
import { checkHistory, processAdd, processAddAck, processWelcome } from "./addition.ts"
import { awaitAnswers, hasLeftOut, mayAcknowledge, viewAsOf } from "./awaiting.ts"
import { addedBy, checkCreate, recordControl } from "./record.ts"
import { processSeed, type SeedMessage } from "./seed.ts"
import { type Directs, type GroupState, type Joined, noteSeen, type Outgoing, ourView, processedBy, type State } from "./state.ts"

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
  /** What came along with an add-ack of our addition, for the layer above. */
  readonly confirmation?: Uint8Array | undefined
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
  // key-agreement.check-add.2
  yield* checkHistory(state, knowledgeOf(state.history, message.sender)!, message)
})

/** What answers a change, or an update, which is none. */
const answerTo = (change: Change | undefined, sender: string): "ack" | "add-ack" =>
  change?.type === "add" && change.member !== sender ? "add-ack" : "ack"

const checkAck = Effect.fnUntraced(function* (state: Joined, message: Acknowledgement) {
  const { sender, ofSender, ofSeq, type } = message
  // key-agreement.check-ack.1
  if (ofSender === sender) return yield* refuse(clauses["ack-other"], "of the sender's own message")
  // key-agreement.check-ack.2
  // key-agreement.check-ack.3
  const change = state.history.entries[positionOf(state.history, ofSender, ofSeq)]?.change
  const kind = type === "forward" ? "ack" : type
  if (kind !== answerTo(change, sender)) return yield* refuse(clauses["ack-kind"], `${type} of ${change?.type ?? "an update"}`)
  const of = acknowledged(message)
  // key-agreement.check-ack.4
  // key-agreement.check-ack.5
  if (!mayAcknowledge(state, of, sender))
    return yield* refuse(clauses["ack-once"], `${ofSender} ${ofSeq} was acknowledged before, or need not be`)
  // key-agreement.check-ack.6
  // key-agreement.check-ack.7
  if (hasLeftOut(state, of, sender)) return yield* refuse(clauses["ack-complete"], `what is before ${ofSender} ${ofSeq} was left out`)
})

// All of these look at the state before the message.
const check = Effect.fnUntraced(function* (state: Joined, message: ControlMessage) {
  if (message.type === "remove") yield* checkRemove(state, message)
  if (message.type === "add") yield* checkAdd(state, message)
  if (isAcknowledgement(message)) yield* checkAck(state, message)
})

/** The members for whom direct messages come with `message`, in ascending order; undefined when it is an ack of an update that we do not keep. */
const recipientsOf = (before: Joined, recorded: Joined, message: ControlMessage): ReadonlyArray<string> | undefined => {
  const { sender } = message
  const view = viewOf(recorded.history, sender)
  switch (message.type) {
    // key-agreement.check-recipients.1
    case "create":
    case "update":
    case "remove":
      return view.filter((member) => member !== sender)
    // key-agreement.check-recipients.2
    case "add":
      return [addedBy(recorded, message)!]
    // key-agreement.check-recipients.3
    case "add-ack":
      return [addedBy(recorded, acknowledged(message))!].filter((member) => view.includes(member))
    case "ack":
    case "forward": {
      const had = viewAsOf(before, acknowledged(message))
      // key-agreement.check-recipients.4
      if (had === undefined) return undefined
      // key-agreement.check-recipients.5
      if (had === view || !had.includes(sender)) return []
      const others = new Set(had)
      return view.filter((member) => member !== sender && !others.has(member))
    }
  }
}

/** Whether an acknowledgement commits to something, as one does that hands something over. */
const commits = (message: Acknowledgement): boolean =>
  message.type === "forward" || (message.type === "add-ack" && message.commitment !== null)

const checkRecipients = Effect.fnUntraced(function* (before: Joined, recorded: Joined, message: ControlMessage, directs: Directs) {
  const { recipients, own } = directs
  const expected = recipientsOf(before, recorded, message)
  // Who does not have us as a member has nothing for us; for whom else it has something we cannot tell.
  const isOurs = recipients.includes(before.me) === (own !== null)
  const isForAll = expected === undefined ? own === null : recipients.join() === expected.join()
  const isRight = isOurs && isForAll
  if (!isRight) return yield* refuse(clauses.recipients, `${message.sender} ${message.seq} for ${recipients.length} members`)
  // key-agreement.check-recipients.6
  const isCommitted = !isAcknowledgement(message) || commits(message) === recipients.length > 0
  if (!isCommitted) return yield* refuse(clauses.commitment, `${message.type} ${message.seq} for ${recipients.length} members`)
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
  if (isAcknowledgement(message)) {
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
  state: Joined,
  message: Exclude<ControlMessage, { type: "create" }>,
  control: Uint8Array,
  direct: Uint8Array | null,
  confirmation: Uint8Array,
) {
  // key-agreement.process.14
  switch (message.type) {
    case "update":
    case "remove":
      return yield* processSeed(state, message, control, direct)
    case "add":
      return yield* processAdd(state, message, confirmation)
    case "ack":
    case "forward":
      return yield* processAck(state, message, control, direct)
    case "add-ack":
      return yield* processAddAck(state, message, control, direct)
  }
})

const processCreate = Effect.fnUntraced(function* (
  before: State,
  message: Extract<SeedMessage, { type: "create" }>,
  control: Uint8Array,
  directs: Directs,
) {
  const { group, users, signingKey, nonce } = message
  const user = before.keys.user
  // key-agreement.process-create.1
  yield* checkCreate(message)
  // key-agreement.process-create.2
  if (users[0] === user) return yield* refuse(clauses["own-message"], "we did not send this create")
  if (!users.includes(user)) return yield* new Waiting({ missing: [{ join: group }] })
  // key-agreement.process-create.3
  const contact = contactOf(before.contacts, users[0]!)
  if (contact === undefined) return yield* new Waiting({ missing: [{ bundle: users[0]! }] })
  if (!sameBytes(contact.signingKey, signingKey)) return yield* refuse(clauses["group-id"], `of another ${users[0]}`)
  // key-agreement.process-create.4
  const me = yield* memberIdOf(group, user, null, 0)
  const joining: Joined = { ...before, group, me, origin: { signingKey, nonce } }
  const recorded = yield* recordControl(joining, message)
  yield* checkRecipients(joining, recorded, message, directs)
  return yield* processSeed(noteSeen(recorded, message), message, control, directs.own)
})

/** What goes along with an add-ack when the layer above has nothing. */
const noConfirmation = new Uint8Array(32)

/** Whether a message is the ack, or a forward as one, of the create or add that brought its sender in. */
const isArrival = ({ history }: Joined, message: ControlMessage): boolean => {
  if (message.type !== "ack" && message.type !== "forward") return false
  const change = history.entries[positionOf(history, message.ofSender, message.ofSeq)]?.change
  return (
    (change?.type === "create" && change.members.includes(message.sender)) || (change?.type === "add" && change.member === message.sender)
  )
}

/**
 * Processes a control message of another, with the direct messages that came with it. `confirmation`, 32 bytes, goes to a new member together with our
 * ratchet, if this is its addition.
 */
export const process = Effect.fnUntraced(function* (state: State, control: Uint8Array, directs: Directs, confirmation?: Uint8Array) {
  // key-agreement.process.1
  return yield* processDecoded(state, yield* decodeMessage(ControlMessage, control), control, directs, confirmation)
})

/** The same of a message that has been decoded, with its bytes. */
export const processDecoded = Effect.fnUntraced(function* (
  state: State,
  message: ControlMessage,
  control: Uint8Array,
  directs: Directs,
  confirmation: Uint8Array = noConfirmation,
) {
  // key-agreement.process.2
  const { group, me } = state
  if (group === null || me === null) return yield* join(state, message, control, directs)
  const joined: Joined = { ...state, group, me }
  yield* checkOrder(joined, message)
  // key-agreement.process.9
  if (message.type === "create") return yield* refuse(clauses["joined-once"], "already joined")
  const isSelfRemoval = message.type === "remove" && message.member === message.sender
  if (isSelfRemoval) return yield* refuse(clauses["remove-other"], "the sender removes itself")
  // key-agreement.process.10
  const recorded = yield* recordControl(joined, message)
  const isMember = viewOf(recorded.history, message.sender).includes(message.sender)
  const isBeginning = message.seq > 1 || isArrival(joined, message)
  if (!isMember || !isBeginning) return yield* refuse(clauses["sender-member"], `${message.sender} is no member as of ${message.seq}`)
  // key-agreement.process.11
  yield* check(joined, message)
  // key-agreement.process.12
  yield* checkRecipients(joined, recorded, message, directs)
  // key-agreement.process.13
  const seen = awaitAnswers(noteSeen(recorded, message), message)
  const noted = isAcknowledgement(message) && message.ofSender === joined.me ? processedBy(seen, message.sender, message.ofSeq) : seen
  if (!ourView(noted).includes(noted.me)) return { state: leave(noted) }
  const processed: Processed = yield* dispatch(noted, message, control, directs.own, confirmation)
  return processed
})

const join = Effect.fnUntraced(function* (state: State, message: ControlMessage, control: Uint8Array, directs: Directs) {
  const isForUs = message.type === "add" && message.user === state.keys.user
  const processed: Processed =
    message.type === "create"
      ? yield* processCreate(state, message, control, directs)
      : isForUs
        ? yield* processWelcome(state, message, control, directs)
        : yield* new Waiting({ missing: [{ join: message.group }] })
  return processed
})
