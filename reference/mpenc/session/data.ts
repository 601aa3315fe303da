/**
 * Data packets: which subsession they belong to, and those that wait.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Ignored, type NotAccepted, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, maximumWaiting } from "../../../spec/mpenc/session.ts"
import { sameBytes } from "../../conventions.ts"
import { hintOf } from "./cipher.ts"
import { noteForeign, type Services, type Session, type Turn, update } from "./state.ts"
import { openIn } from "./subsession.ts"

type Waiting = Session["waiting"][number]

const tryOpen = Effect.fnUntraced(function* (turn: Turn, sender: string, packet: Uint8Array) {
  // session.data.1
  return (yield* openIn(turn, "current", sender, packet)) || (yield* openIn(turn, "previous", sender, packet))
})

const wait = Effect.fnUntraced(function* (turn: Turn, sender: string, packet: Uint8Array) {
  const { waiting } = turn.session
  // session.data.5
  if (waiting.some((one) => one.sender === sender && sameBytes(one.text, packet))) return yield* new Ignored({ reason: "duplicate" })
  // session.data.6
  const ofSender = waiting.filter((one) => one.sender === sender)
  const oldest = ofSender.length < maximumWaiting ? undefined : ofSender[0]
  const isQuiet = turn.session.quiet !== null && turn.now < turn.session.quiet
  const added: Waiting = { sender, text: packet, at: turn.now, told: isQuiet ? 1 : 0 }
  update(turn, { waiting: [...waiting.filter((one) => one !== oldest), added] })
})

/** Tries the packets that wait again. */
export const retry = Effect.fnUntraced(function* (turn: Turn): Effect.fn.Return<void, never, Services> {
  // session.retry.1
  for (const packet of turn.session.waiting) {
    const before = { ...turn, requests: [...turn.requests], notices: [...turn.notices] }
    const tried = yield* Effect.result(tryOpen(before, packet.sender, packet.text))
    const isOpen = Result.isSuccess(tried) && tried.success
    // session.retry.2
    if (isOpen) adopt(turn, before)
    // session.retry.3
    const isDone = isOpen || Result.isFailure(tried)
    if (isDone) update(turn, { waiting: turn.session.waiting.filter((one) => one !== packet) })
  }
})

/** A turn that was tried becomes the turn. */
const adopt = (turn: Turn, tried: Turn): void => {
  turn.session = tried.session
  turn.requests.splice(0, turn.requests.length, ...tried.requests)
  turn.notices.splice(0, turn.notices.length, ...tried.notices)
}

/** What waits still after an operation is of a subsession that is not ours. */
export const dropForeign = Effect.fnUntraced(function* (turn: Turn) {
  const hints: Array<number> = []
  for (const { text } of turn.session.waiting) hints.push(yield* hintOf(turn.session.options, text))
  noteForeign(turn, hints)
  update(turn, { waiting: [] })
})

/** Receives a data packet. */
export const receiveData = Effect.fnUntraced(function* (
  turn: Turn,
  sender: string,
  packet: Uint8Array,
): Effect.fn.Return<void, NotAccepted, Services> {
  const isOpen = yield* tryOpen(turn, sender, packet)
  // session.data.2
  const { foreign, current, previous, greeting, expelled } = turn.session
  const isForeign = foreign.includes(yield* hintOf(turn.session.options, packet))
  // session.data.3
  const isExpelled = expelled !== null
  // session.data.4
  const isNowhere = current === null && previous === null && greeting === null
  if (!isOpen && (isForeign || isExpelled || isNowhere)) return yield* refuse(clauses.foreign, sender)
  if (!isOpen) yield* wait(turn, sender, packet)
})
