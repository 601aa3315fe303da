/**
 * Liveness: chapter "liveness".
 *
 * @module
 */
import { Effect } from "effect"
import { type Action, dueTimes, type Liveness, type Monitor, times } from "../../spec/mpenc/liveness.ts"
import { sorted } from "../../spec/mpenc/records.ts"
import type { Message } from "../../spec/mpenc/transcript.ts"
import { Randomness } from "../crypto/randomness.ts"
import { earliestAfter, find, latestBefore, missing, type Transcript, unacknowledged, unacknowledgedBy } from "./transcript.ts"

/** What a step gave: the state, and what is to be done. */
export interface Stepped {
  readonly state: Liveness
  readonly actions: ReadonlyArray<Action>
}

/** The beginning of a subsession with these other members. */
export const begin = (others: ReadonlyArray<string>, now: number): Liveness => ({
  // liveness.begin.1
  phase: "joined",
  monitors: [],
  held: [],
  seen: [],
  sent: [],
  fresh: Object.fromEntries(others.map((member) => [member, now])),
  expired: [],
  lastSent: now,
  fin: null,
})

const saw = (state: Liveness, id: string, now: number): Liveness => {
  const recent = state.seen.filter((one) => one.id !== id && now - one.at < times.latency)
  return { ...state, seen: [...recent, { id, at: now }] }
}

const wasSeen = (state: Liveness, id: string, now: number): boolean =>
  state.seen.some((one) => one.id === id && now - one.at < times.latency)

const freshOf = (state: Liveness, member: string): number | undefined =>
  Object.hasOwn(state.fresh, member) ? state.fresh[member] : undefined

const withoutFresh = (state: Liveness, member: string): Liveness => ({
  ...state,
  fresh: Object.fromEntries(Object.entries(state.fresh).filter(([one]) => one !== member)),
  expired: state.expired.filter((one) => one !== member),
})

/** Messages have become fully acknowledged. */
const unwatch = (before: Liveness, me: string, messages: ReadonlyArray<Message>, now: number): Liveness => {
  // liveness.accepted.2
  const ids = messages.map(({ id }) => id)
  let state: Liveness = { ...before, monitors: before.monitors.filter(({ id }) => !ids.includes(id)) }
  if (state.fin !== null && ids.includes(state.fin.id)) state = { ...state, fin: { ...state.fin, acknowledged: now } }
  // liveness.accepted.3
  for (const { kind, author } of messages) if (kind === "fin" && author !== me) state = withoutFresh(state, author)
  return state
}

/** A random time below `span`. */
const randomTime = Effect.fnUntraced(function* (label: string, span: number) {
  const { draw } = yield* Randomness
  const bytes = draw(label, 2)
  return (256 * bytes[0]! + bytes[1]!) % span
})

const watch = Effect.fnUntraced(function* (state: Liveness, me: string, message: Message, now: number) {
  const { id, author, kind } = message
  // liveness.accepted.5
  const isUrgent = kind === "consistency" || kind === "fin"
  const soon = author === me || !isUrgent ? times.acknowledgeAfter : yield* randomTime(`acknowledge/${id}`, times.acknowledgeSoon)
  // liveness.accepted.6
  const at = author === me ? now : now + (yield* randomTime(`resend/${id}`, times.latency))
  const monitor: Monitor = { id, at, acknowledgement: author === me ? null : now + soon, due: dueTimes(at)[0]!, told: 0 }
  const watched: Liveness = { ...state, monitors: [...state.monitors, monitor] }
  return watched
})

const sent = (state: Liveness, { id, kind, readers }: Message, now: number): Liveness => {
  // liveness.accepted.7
  const noted: Liveness = { ...state, sent: [...state.sent, { id, at: now }], lastSent: kind === "ack" ? state.lastSent : now }
  // liveness.accepted.8
  return kind === "fin" ? { ...noted, phase: "parting", fin: { id, at: now, acknowledged: readers.length === 0 ? now : null } } : noted
}

const heard = (state: Liveness, transcript: Transcript, me: string, { id, author }: Message, now: number): Stepped => {
  // liveness.accepted.9
  const known = freshOf(state, author)
  const ours = latestBefore(transcript, id, me)
  const at = state.sent.find((one) => one.id === ours?.id)?.at
  if (known === undefined || at === undefined) return { state, actions: [] }
  // liveness.accepted.10
  const isBack = state.expired.includes(author) && now - at < times.expiry
  const expired = isBack ? state.expired.filter((member) => member !== author) : state.expired
  return {
    state: { ...state, fresh: { ...state.fresh, [author]: at }, expired },
    actions: isBack ? [{ type: "back", member: author }] : [],
  }
}

/** A message was accepted into `transcript`, our own or another's, and `fullyAcknowledged` became so by it. */
export const accepted = Effect.fnUntraced(function* (
  before: Liveness,
  transcript: Transcript,
  me: string,
  message: Message,
  fullyAcknowledged: ReadonlyArray<string>,
  now: number,
) {
  // liveness.accepted.1
  let state = saw(before, message.id, now)
  state = unwatch(
    state,
    me,
    fullyAcknowledged.map((id) => find(transcript, id)!),
    now,
  )
  // liveness.accepted.4
  const isWatched = message.kind !== "ack" && !fullyAcknowledged.includes(message.id)
  if (isWatched) state = yield* watch(state, me, message, now)
  const stepped = message.author === me ? { state: sent(state, message, now), actions: [] } : heard(state, transcript, me, message, now)
  // liveness.accepted.11
  const result: Stepped = { ...stepped, state: { ...stepped.state, held: stepped.state.held.filter(({ id }) => id !== message.id) } }
  return result
})

/** A message waits in the buffer, and others were dropped from it. */
export const held = (state: Liveness, id: string, dropped: ReadonlyArray<string>, now: number): Liveness => {
  // liveness.held.1
  const isHeld = state.held.some((one) => one.id === id)
  const all = isHeld ? state.held : [...state.held, { id, at: now, told: 0 }]
  // liveness.held.2
  return { ...state, held: all.filter((one) => !dropped.includes(one.id)) }
}

/** Messages of the buffer were refused. */
export const refused = (state: Liveness, ids: ReadonlyArray<string>): Liveness => ({
  // liveness.refused.1
  ...state,
  held: state.held.filter(({ id }) => !ids.includes(id)),
})

/** The packet of a message that was accepted came again. */
export const duplicate = (state: Liveness, transcript: Transcript, me: string, id: string, now: number): Stepped => {
  const message = find(transcript, id)
  // liveness.duplicate.1
  const after: Liveness = saw(state, id, now)
  // liveness.duplicate.2
  const isOpen = unacknowledgedBy(transcript, id).includes(me)
  const isQuiet = message === undefined || message.author === me || message.kind === "ack" || isOpen || wasSeen(state, id, now)
  if (isQuiet) return { state: after, actions: [] }
  // liveness.duplicate.3
  const answer = earliestAfter(transcript, id, me)
  if (answer?.kind !== "ack" || wasSeen(state, answer.id, now)) return { state: after, actions: [] }
  return { state: saw(after, answer.id, now), actions: [{ type: "resend", id: answer.id }] }
}

const isDue = (at: number | null, now: number): boolean => at !== null && at <= now

const acknowledge = (state: Liveness, transcript: Transcript, me: string, now: number): Stepped => {
  // liveness.tick.2
  const isOpen = ({ id }: Monitor) => unacknowledgedBy(transcript, id).includes(me)
  const due = state.monitors.filter((monitor) => isDue(monitor.acknowledgement, now) || isDue(monitor.due, now))
  // liveness.tick.3
  const monitors = state.monitors.map((one) => (isDue(one.acknowledgement, now) ? { ...one, acknowledgement: null } : one))
  return { state: { ...state, monitors }, actions: due.some(isOpen) ? [{ type: "acknowledge" }] : [] }
}

/** The explicit acknowledgements directly before a message, with nothing else between. */
const acknowledgementsBefore = (transcript: Transcript, { parents }: Message): ReadonlySet<string> => {
  const found = new Set<string>()
  const walk = [...parents]
  for (let id = walk.pop(); id !== undefined; id = walk.pop()) {
    const message = find(transcript, id)
    if (message?.kind !== "ack" || found.has(id)) continue
    found.add(id)
    walk.push(...message.parents)
  }
  return found
}

const resend = (before: Liveness, transcript: Transcript, message: Message, now: number): Stepped => {
  const chain = acknowledgementsBefore(transcript, message)
  const inOrder = transcript.messages.map(({ message: { id } }) => id).filter((id) => chain.has(id) || id === message.id)
  const actions: Array<Action> = []
  let state = before
  if (wasSeen(state, message.id, now)) return { state, actions }
  for (const id of inOrder) {
    // liveness.tick.7
    if (wasSeen(state, id, now)) continue
    state = saw(state, id, now)
    actions.push({ type: "resend", id })
  }
  return { state, actions }
}

const act = (before: Liveness, transcript: Transcript, me: string, monitor: Monitor, now: number): Stepped => {
  const message = find(transcript, monitor.id)!
  const by = unacknowledgedBy(transcript, message.id)
  // liveness.tick.5
  const isWarned = monitor.told === 0 && message.kind === "payload"
  const warnings: ReadonlyArray<Action> = isWarned ? [{ type: "not-acknowledged", id: message.id, by, last: false }] : []
  // liveness.tick.6
  const isMissed = by.some((member) => member !== me)
  const resent = isMissed ? resend(before, transcript, message, now) : { state: before, actions: [] }
  // liveness.tick.8
  const next: Monitor = { ...monitor, due: dueTimes(monitor.at).find((at) => at > now) ?? null, told: 1 }
  const monitors = resent.state.monitors.map((one) => (one.id === monitor.id ? next : one))
  return { state: { ...resent.state, monitors }, actions: [...warnings, ...resent.actions] }
}

const watchOver = (before: Liveness, transcript: Transcript, me: string, now: number): Stepped => {
  let state = before
  const actions: Array<Action> = []
  // liveness.tick.4
  for (const monitor of before.monitors.filter(({ due }) => isDue(due, now))) {
    const acted = act(state, transcript, me, monitor, now)
    state = acted.state
    actions.push(...acted.actions)
  }
  return { state, actions }
}

const tellHeld = (state: Liveness, transcript: Transcript, now: number): Stepped => {
  // liveness.tick.9
  const isLate = (one: Liveness["held"][number]) => one.told === 0 && now - one.at >= times.latency
  const actions = state.held.filter(isLate).map(({ id }): Action => {
    const { author, parents } = transcript.buffer.find((one) => one.id === id)!
    return { type: "not-accepted", id, author, missing: missing(transcript, parents) }
  })
  return { state: { ...state, held: state.held.map((one) => (isLate(one) ? { ...one, told: 1 } : one)) }, actions }
}

const presence = (state: Liveness, now: number): Stepped => {
  // liveness.tick.10
  if (state.phase !== "joined") return { state, actions: [] }
  const beats: ReadonlyArray<Action> = now - state.lastSent >= times.idle ? [{ type: "heartbeat" }] : []
  // liveness.tick.11
  const isExpired = ([member, at]: readonly [string, number]) => !state.expired.includes(member) && now - at >= times.expiry
  const members = sorted(
    Object.entries(state.fresh)
      .filter(isExpired)
      .map(([member]) => member),
  )
  const tellings = members.map((member): Action => ({ type: "expired", member }))
  return { state: { ...state, expired: [...state.expired, ...members] }, actions: [...beats, ...tellings] }
}

/** The payloads that are not fully acknowledged, as last warnings. */
const lastWarnings = (transcript: Transcript): ReadonlyArray<Action> =>
  unacknowledged(transcript)
    .filter(({ kind }) => kind === "payload")
    .map(({ id }) => ({ type: "not-acknowledged", id, by: unacknowledgedBy(transcript, id), last: true }))

const end = (state: Liveness, transcript: Transcript, now: number): Stepped => {
  // liveness.tick.12
  const { fin } = state
  if (fin === null) return { state, actions: [] }
  const isSettled = fin.acknowledged !== null && now - fin.acknowledged >= times.grace
  if (!isSettled && now - fin.at < times.shutdown) return { state, actions: [] }
  return stop(state, transcript)
}

/** Ends the subsession at once: what shutdown comes to, and what is left when the channel was left. */
export const stop = (state: Liveness, transcript: Transcript): Stepped => {
  // liveness.stop.1
  const warnings = lastWarnings(transcript)
  // liveness.stop.2
  const good = warnings.length === 0
  // liveness.stop.3
  const ended: Liveness = { ...state, phase: good ? "parted" : "part-failed", monitors: [], held: [] }
  return { state: ended, actions: [...warnings, { type: "ended", good }] }
}

/** What is due. */
export const tick = (before: Liveness, transcript: Transcript, me: string, now: number): Stepped => {
  // liveness.tick.1
  if (before.phase === "parted" || before.phase === "part-failed") return { state: before, actions: [] }
  const steps = [
    (state: Liveness) => acknowledge(state, transcript, me, now),
    (state: Liveness) => watchOver(state, transcript, me, now),
    (state: Liveness) => tellHeld(state, transcript, now),
    (state: Liveness) => presence(state, now),
    (state: Liveness) => end(state, transcript, now),
  ]
  let state = before
  const actions: Array<Action> = []
  for (const step of steps) {
    const stepped = step(state)
    state = stepped.state
    actions.push(...stepped.actions)
  }
  return { state, actions }
}
