/**
 * Messages of the current and the previous subsession: opening, accepting, writing, resending.
 *
 * @module
 */
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect, Result } from "effect"
import { type NotAccepted, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses as extensions } from "../../../spec/mpenc/extensions.ts"
import type { Membership } from "../../../spec/mpenc/greeting.ts"
import type { Action } from "../../../spec/mpenc/liveness.ts"
import type { Body } from "../../../spec/mpenc/messages.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import { isMarked, type Message } from "../../../spec/mpenc/transcript.ts"
import { sameBytes } from "../../conventions.ts"
import { Randomness } from "../../crypto/randomness.ts"
import * as Alive from "../liveness.ts"
import * as Transcripts from "../transcript.ts"
import { by } from "../transcript.ts"
import { forget, hasWrongIndex, keysOf, kindOf, open, read, seal, textOf } from "./cipher.ts"
import { receiveOrder } from "./order.ts"
import { type Options, type Services, type Session, type Subsession, type Turn, union, update } from "./state.ts"

/** Which of the two subsessions. */
export type Which = "current" | "previous"

/** A new subsession. */
export const begin = Effect.fnUntraced(function* (membership: Membership, me: string, options: Options, now: number) {
  const { members } = membership.agreement
  const others = members.filter((member) => member !== me)
  const keys = yield* keysOf(membership, options)
  const subsession: Subsession = { ...keys, transcript: Transcripts.empty(members), liveness: Alive.begin(others, now), packets: {} }
  return subsession
})

const of = (turn: Turn, which: Which): Subsession => turn.session[which]!

const change = (turn: Turn, which: Which, change: Partial<Subsession>): void =>
  update(turn, { [which]: { ...of(turn, which), ...change } } as Partial<Session>)

const broadcast = (turn: Turn, which: Which, text: string): void => {
  const type = turn.session.options.direct === 1 ? "send-directly" : "send"
  turn.requests.push({ type, recipients: of(turn, which).membership.agreement.members, text })
}

/** Does what liveness says. */
export const perform = Effect.fnUntraced(function* (
  turn: Turn,
  which: Which,
  actions: ReadonlyArray<Action>,
): Effect.fn.Return<void, NotAccepted, Services> {
  for (const action of actions) {
    // session.perform.1
    if (action.type === "acknowledge") yield* write(turn, which, { type: "acknowledgement", manual: false })
    else if (action.type === "heartbeat") yield* write(turn, which, { type: "heartbeat" })
    else if (action.type === "resend") {
      // session.perform.2
      const { packets } = of(turn, which)
      if (Object.hasOwn(packets, action.id)) broadcast(turn, which, textOf(packets[action.id]!))
      // session.perform.3
    } else turn.notices.push(action)
  }
})

/** Whether a message is the second FIN in a row of its author. */
const isLeaveIntent = (transcript: Transcripts.Transcript, { author, kind, parents }: Message): boolean => {
  const [parent] = parents.map((id) => Transcripts.find(transcript, id)!)
  return kind === "fin" && parents.length === 1 && parent!.kind === "fin" && parent!.author === author
}

const tell = (turn: Turn, which: Which, message: Message, text: string): void => {
  const { transcript, membership } = of(turn, which)
  const { log, positions } = Transcripts.append(turn.session.log, transcript, message, which === "previous")
  update(turn, { log })
  const { id, author } = message
  const { members } = membership.agreement
  // session.tell-message.1
  turn.notices.push({ type: "message", id, author, text, members, positions, marked: isMarked(positions), isEarlier: which === "previous" })
}

const noteFullyAcknowledged = Effect.fnUntraced(function* (turn: Turn, which: Which, ids: ReadonlyArray<string>) {
  const { transcript, packets } = of(turn, which)
  // session.accept.4
  change(turn, which, { packets: Object.fromEntries(Object.entries(packets).filter(([id]) => !ids.includes(id))) })
  for (const id of ids) {
    const message = Transcripts.find(transcript, id)!
    change(turn, which, { ratchet: yield* forget(of(turn, which).ratchet, message.author, packets[id]!) })
    if (message.kind === "payload") turn.notices.push({ type: "acknowledged", id })
    const isLeaving = which === "current" && message.author !== turn.session.me && isLeaveIntent(transcript, message)
    if (isLeaving) update(turn, { toExclude: union(turn.session.toExclude, [message.author]) })
  }
})

/** A message has been accepted into the transcript. */
const accepted = Effect.fnUntraced(function* (
  turn: Turn,
  which: Which,
  message: Message,
  body: Body,
  fullyAcknowledged: ReadonlyArray<string>,
): Effect.fn.Return<void, NotAccepted, Services> {
  const { me } = turn.session
  const { liveness, transcript } = of(turn, which)
  // session.accept.1
  const stepped = yield* Alive.accepted(liveness, transcript, me, message, fullyAcknowledged, turn.now)
  change(turn, which, { liveness: stepped.state })
  // session.accept.2
  if (body.type === "payload") tell(turn, which, message, body.text)
  // session.accept.3
  if (body.type === "order-acknowledgement")
    receiveOrder(turn, { author: message.author, id: body.packetId, chainHash: body.chainHash, at: turn.now })
  yield* noteFullyAcknowledged(turn, which, fullyAcknowledged)
  // session.accept.5
  if (message.author !== me && isLeaveIntent(transcript, message)) turn.notices.push({ type: "leaving", member: message.author })
  // session.accept.6
  yield* perform(turn, which, stepped.actions)
})

const messageOf = (id: string, author: string, parents: ReadonlyArray<string>, body: Body, members: ReadonlyArray<string>): Message => ({
  id,
  author,
  parents,
  readers: members.filter((member) => member !== author),
  kind: kindOf(body),
})

/** Writes a message of our own. */
export const write = Effect.fnUntraced(function* (turn: Turn, which: Which, body: Body): Effect.fn.Return<void, NotAccepted, Services> {
  const { me, draws } = turn.session
  const { membership, transcript, packets } = of(turn, which)
  const { members } = membership.agreement
  const { draw } = yield* Randomness
  // session.write.1
  const parents = Transcripts.heads(transcript)
  const iv = draw(`session/iv/${draws.iv + 1}`, 12)
  update(turn, { draws: { ...draws, iv: draws.iv + 1 } })
  const { text, id, ratchet } = yield* seal(of(turn, which), me, turn.session.options, parents, body, iv)
  const message = messageOf(id, me, parents, body, members)
  // session.write.2
  const received = yield* Transcripts.accept(transcript, message)
  change(turn, which, { transcript: received.transcript, packets: { ...packets, [id]: utf8ToBytes(text) }, ratchet })
  yield* accepted(turn, which, message, body, received.fullyAcknowledged)
  // session.write.3
  broadcast(turn, which, text)
})

// What the packets say that are kept. A session that was loaded opens them again.
const bodies = new WeakMap<Uint8Array, Body>()

const bodyOf = Effect.fnUntraced(function* (turn: Turn, which: Which, { id, author }: Message) {
  const { options } = turn.session
  const packet = of(turn, which).packets[id]!
  const known = bodies.get(packet)
  if (known !== undefined) return known
  const opened = yield* open(of(turn, which), options, author, textOf(packet))
  return (yield* read(of(turn, which), options, opened!)).body
})

const duplicate = Effect.fnUntraced(function* (turn: Turn, which: Which, id: string) {
  const { liveness, transcript } = of(turn, which)
  // session.open.3
  const stepped = Alive.duplicate(liveness, transcript, turn.session.me, id, turn.now)
  change(turn, which, { liveness: stepped.state })
  yield* perform(turn, which, stepped.actions)
})

/** The first of the messages that were accepted whose index is not how many its author wrote before it. */
const wrongOf = Effect.fnUntraced(function* (subsession: Subsession, { accepted: all, transcript }: Transcripts.Received) {
  for (const { message } of all) {
    const earlier = by(transcript, message.author).findIndex(({ id }) => id === message.id)
    if (yield* hasWrongIndex(subsession, subsession.packets[message.id]!, earlier)) return message
  }
  return null
})

/** Receives a message in the transcript, without those of the buffer that have a wrong index. */
const receiveInOrder = Effect.fnUntraced(function* (subsession: Subsession, message: Message) {
  const refused: Array<Transcripts.Received["refused"][number]> = []
  let { transcript } = subsession
  for (;;) {
    const received = yield* Transcripts.receive(transcript, message)
    const wrong = yield* wrongOf(subsession, received)
    if (wrong === null) return { ...received, refused: [...refused, ...received.refused] }
    // extensions.ratchet-open.5
    if (wrong.id === message.id) return yield* refuse(extensions["message-index"], wrong.author)
    // extensions.ratchet-open.6
    refused.push({ message: wrong, clause: extensions["message-index"].id })
    transcript = { ...transcript, buffer: transcript.buffer.filter(({ id }) => id !== wrong.id) }
  }
})

const receive = Effect.fnUntraced(function* (turn: Turn, which: Which, message: Message, packet: Uint8Array) {
  const { packets, liveness } = of(turn, which)
  const subsession = { ...of(turn, which), packets: { ...packets, [message.id]: packet } }
  // session.open.6
  const received = yield* Effect.result(receiveInOrder(subsession, message))
  if (Result.isFailure(received)) return yield* received.failure
  const { accepted: all, missing, dropped, refused } = received.success
  const droppedIds = dropped.map(({ id }) => id)
  const refusedIds = refused.map((one) => one.message.id)
  const kept = Object.fromEntries(Object.entries(packets).filter(([id]) => ![...droppedIds, ...refusedIds].includes(id)))
  // session.open.7
  const held = missing.length > 0 ? Alive.held(liveness, message.id, droppedIds, turn.now) : liveness
  change(turn, which, {
    transcript: received.success.transcript,
    packets: { ...kept, [message.id]: packet },
    liveness: Alive.refused(held, refusedIds),
  })
  // session.open.8
  for (const one of refused) turn.notices.push({ type: "security", clause: one.clause, member: one.message.author })
  // session.open.9
  for (const one of all) yield* accepted(turn, which, one.message, yield* bodyOf(turn, which, one.message), one.fullyAcknowledged)
})

/** Opens a data packet in a subsession. Gives whether it belongs there; a verdict is that of a packet that does. */
export const openIn = Effect.fnUntraced(function* (turn: Turn, which: Which, sender: string, packet: Uint8Array) {
  const subsession = turn.session[which]
  if (subsession === null) return false
  const opened = yield* open(subsession, turn.session.options, sender, textOf(packet))
  if (opened === null) return false
  const { id, author } = opened
  if (Transcripts.find(subsession.transcript, id) !== undefined) {
    yield* duplicate(turn, which, id)
    return true
  }
  const { parents, body, ratchet } = yield* read(subsession, turn.session.options, opened)
  const { exchange } = subsession.membership
  const key = exchange.publicKeys[exchange.members.indexOf(author)]!
  // session.open.4
  if (turn.session.published.some((one) => sameBytes(one, key))) return yield* refuse(extensions["key-published"], author)
  // session.open.5
  if (author === turn.session.me) return yield* refuse(clauses["own-message"], id)
  change(turn, which, { ratchet })
  bodies.set(packet, body)
  yield* receive(turn, which, messageOf(id, author, parents, body, subsession.membership.agreement.members), packet)
  return true
})
