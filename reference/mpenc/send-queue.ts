/**
 * Send queue: chapter "send-queue".
 *
 * @module
 */
import { Effect } from "effect"
import { refuse } from "../../spec/conventions/verdicts.ts"
import type { Notice } from "../../spec/mpenc/notices.ts"
import { sorted } from "../../spec/mpenc/records.ts"
import { clauses, type QueuedText, type SendQueue } from "../../spec/mpenc/send-queue.ts"

/** What a step gave: the queue, and the texts that the session is to send, in this order. */
export interface Queued {
  readonly queue: SendQueue
  readonly send: ReadonlyArray<string>
}

/** The queue after a notice, and those of its texts that are to be sent. */
interface Noted {
  readonly queue: SendQueue
  readonly send: ReadonlyArray<QueuedText>
}

/** The queue of one who is outside of a session. */
export const empty = (me: string, sendLater: number): SendQueue => ({ me, sendLater, members: [], lines: [], texts: [], last: 0 })

/** The lines before each line, from the first line on: a line comes after its log parents. */
const pasts = (lines: SendQueue["lines"]): ReadonlyMap<string, ReadonlySet<string>> => {
  const known = new Map<string, ReadonlySet<string>>()
  for (const { id, parents } of lines) known.set(id, new Set(parents.flatMap((parent) => [parent, ...known.get(parent)!])))
  return known
}

/** The messages of others that we have seen last. */
export const logicalParents = ({ lines, me }: SendQueue): ReadonlyArray<string> => {
  const before = pasts(lines)
  const others = lines.filter(({ author }) => author !== me).map(({ id }) => id)
  const passed = new Set(others.flatMap((id) => [...before.get(id)!]))
  return others.filter((id) => !passed.has(id)).sort()
}

const isJoined = ({ members }: SendQueue): boolean => members.length > 0

/** Puts a text at the end. */
const append = (queue: SendQueue, number: number, text: string): Queued => {
  // send-queue.write.1
  const entry: QueuedText = { number, text, members: queue.members, parents: logicalParents(queue), id: null, state: "unsent" }
  // send-queue.write.2
  return { queue: { ...queue, texts: [...queue.texts, entry], last: Math.max(queue.last, number) }, send: isJoined(queue) ? [text] : [] }
}

/** The user has typed a text. */
export const write = (queue: SendQueue, text: string): Queued => append(queue, queue.last + 1, text)

const change = (queue: SendQueue, isIt: (text: QueuedText) => boolean, by: Partial<QueuedText>): SendQueue => ({
  ...queue,
  texts: queue.texts.map((text) => (isIt(text) ? { ...text, ...by } : text)),
})

const noteMessage = (queue: SendQueue, { id, author, text, positions }: Extract<Notice, { type: "message" }>): SendQueue => {
  const { lines, texts, me } = queue
  // send-queue.note.2
  const parents = positions.flatMap((position) => lines[lines.length - position]?.id ?? [])
  const noted = { ...queue, lines: [...lines, { id, author, parents }] }
  const ours = author === me ? texts.find((one) => one.state === "unsent" && one.text === text) : undefined
  return change(noted, (one) => one === ours, { id, state: "sent" })
}

const noteMembership = (queue: SendQueue, members: ReadonlyArray<string>): Noted => {
  // send-queue.note.5
  const joined: SendQueue = { ...queue, members: members.length > 1 ? sorted(members) : [] }
  // send-queue.send-later.1
  const isLater = ({ state, members: of }: QueuedText) => state === "unsent" && of.length === 0
  const later = isJoined(joined) && queue.sendLater === 1 ? queue.texts.filter(isLater) : []
  const now = { members: joined.members, parents: logicalParents(joined) }
  return { queue: change(joined, (text) => later.includes(text), now), send: later }
}

const noteOne = (queue: SendQueue, notice: Notice): Noted => {
  switch (notice.type) {
    case "message":
      return { queue: noteMessage(queue, notice), send: [] }
    case "acknowledged":
      // send-queue.note.3
      return { queue: { ...queue, texts: queue.texts.filter(({ id }) => id !== notice.id) }, send: [] }
    case "not-acknowledged":
      // send-queue.note.4
      return { queue: notice.last ? change(queue, ({ id }) => id === notice.id, { state: "failed" }) : queue, send: [] }
    case "membership":
      return noteMembership(queue, [...notice.remain, ...notice.include])
    default:
      return { queue, send: [] }
  }
}

const areSame = (some: ReadonlyArray<string>, others: ReadonlyArray<string>): boolean =>
  some.length === others.length && some.every((one, index) => one === others[index])

/** Sends again what has failed and means the same as when it was written. */
const sendAgain = (queue: SendQueue): Noted => {
  const parents = logicalParents(queue)
  const isSame = (text: QueuedText) => areSame(text.members, queue.members) && areSame(text.parents, parents)
  // send-queue.send-again.1
  const same = isJoined(queue) ? queue.texts.filter(isSame) : []
  // send-queue.send-again.2
  const first = same.findIndex(({ state }) => state === "failed")
  if (first < 0) return { queue, send: [] }
  // send-queue.send-again.3
  const again = same.slice(first)
  return { queue: change(queue, (text) => again.includes(text), { id: null, state: "unsent" }), send: again }
}

/** The session has told something, in one step. */
export const note = (queue: SendQueue, notices: ReadonlyArray<Notice>): Queued => {
  let noted: Noted = { queue, send: [] }
  // send-queue.note.1
  for (const notice of notices) {
    const one = noteOne(noted.queue, notice)
    noted = { queue: one.queue, send: [...noted.send, ...one.send] }
  }
  // send-queue.note.6
  const again = sendAgain(noted.queue)
  // send-queue.send-again.4
  const later = noted.send.filter(({ number }) => !again.send.some((one) => one.number === number))
  return { queue: again.queue, send: [...later, ...again.send].map(({ text }) => text) }
}

const unfinished = Effect.fnUntraced(function* (queue: SendQueue, number: number) {
  const found = queue.texts.find((text) => text.number === number)
  if (found === undefined || found.state === "sent") return yield* refuse(clauses.unfinished, `${number}`)
  return found
})

/** Takes a text out of the queue. */
export const drop = Effect.fnUntraced(function* (queue: SendQueue, number: number) {
  // send-queue.drop.1
  const text = yield* unfinished(queue, number)
  // send-queue.drop.2
  return { ...queue, texts: queue.texts.filter((one) => one !== text) }
})

/** The user wants a text to be sent after all. */
export const sendByHand = Effect.fnUntraced(function* (queue: SendQueue, number: number) {
  // send-queue.send-by-hand.1
  const { text } = yield* unfinished(queue, number)
  // send-queue.send-by-hand.2
  return append(yield* drop(queue, number), number, text)
})
