/**
 * What is due by the clock.
 *
 * @module
 */
import { Effect } from "effect"
import type { NotAccepted } from "../../../spec/conventions/verdicts.ts"
import { nextTick as nextOf, operationTime, times } from "../../../spec/mpenc/liveness.ts"
import { patience } from "../../../spec/mpenc/session.ts"
import * as Alive from "../liveness.ts"
import { missing } from "../transcript.ts"
import { abortLate, lateAt } from "./abort.ts"
import { dropPlan } from "./operations.ts"
import { checkOrder } from "./order.ts"
import { leaveChannel, settle } from "./settle.ts"
import { channelOf, type Services, type Session, type Subsession, type Turn, update } from "./state.ts"
import { perform } from "./subsession.ts"

const tickSubsession = Effect.fnUntraced(function* (turn: Turn, which: "current" | "previous") {
  const subsession: Subsession | null = turn.session[which]
  if (subsession === null) return
  // session.tick.1
  const { state, actions } = Alive.tick(subsession.liveness, subsession.transcript, turn.session.me, turn.now)
  update(turn, { [which]: { ...subsession, liveness: state } })
  yield* perform(turn, which, actions)
})

const tellWaiting = (turn: Turn): void => {
  const { waiting, splice, previous } = turn.session
  const isLate = ({ at, told }: { at: number; told: number }) => told === 0 && turn.now - at >= times.latency
  // session.tick.2
  for (const { sender, text } of waiting.filter(isLate)) turn.notices.push({ type: "not-decrypted", sender, size: text.length })
  update(turn, { waiting: waiting.map((one) => (isLate(one) ? { ...one, told: 1 } : one)) })
  // session.tick.3
  if (splice === null || !isLate(splice)) return
  turn.notices.push({ type: "history-missing", ids: missing(previous!.transcript, splice.latest) })
  update(turn, { splice: { ...splice, told: 1 } })
}

const operationDue = (session: Session): number => operationTime(channelOf(session).length)

const giveUp = (turn: Turn): void => {
  const { proposal, plan } = turn.session
  const span = operationDue(turn.session)
  // session.tick.4
  if (proposal !== null && proposal.told === 0 && turn.now - proposal.at >= span) {
    update(turn, { proposal: { ...proposal, told: 1 } })
    turn.notices.push({ type: "operation", stage: "late", id: null, by: null, include: proposal.include, exclude: proposal.exclude })
  }
  // session.tick.5
  if (plan !== null && turn.now - plan.at >= span) dropPlan(turn)
}

const expelledDue = ({ at, targets }: { at: number; targets: number }): number =>
  at + patience * operationTime(targets) + times.shutdown + times.latency

const joinAndLeave = (turn: Turn): void => {
  const { expelled, rejoin, joining, leaving } = turn.session
  // session.tick.6
  if (expelled !== null && leaving === null && turn.now >= expelledDue(expelled)) leaveChannel(turn)
  // session.tick.7
  if (rejoin !== null && turn.now >= rejoin) {
    update(turn, { rejoin: null, joining: turn.now })
    turn.requests.push({ type: "enter" })
    // session.tick.8
  } else if (joining !== null && rejoin === null && turn.now - joining >= operationTime(channelOf(turn.session).length + 1)) {
    update(turn, { joining: null })
    turn.notices.push({ type: "not-joined" })
  }
}

/** Does what is due. */
export const tick = Effect.fnUntraced(function* (turn: Turn): Effect.fn.Return<void, NotAccepted, Services> {
  yield* tickSubsession(turn, "current")
  yield* tickSubsession(turn, "previous")
  tellWaiting(turn)
  giveUp(turn)
  joinAndLeave(turn)
  // session.tick.9
  yield* abortLate(turn)
  // session.tick.10
  checkOrder(turn)
  // session.tick.11
  yield* settle(turn)
})

const notTold = (ones: ReadonlyArray<{ readonly at: number; readonly told: number }>): ReadonlyArray<number> =>
  ones.filter(({ told }) => told === 0).map(({ at }) => at + times.latency)

/** When *tick* has something to do next, unless something else happens first; null when never. */
export const nextTick = (session: Session): number | null => {
  const { current, previous, waiting, splice, proposal, plan, expelled, rejoin, joining, leaving, kickedAt, toKick, ordering, claims } =
    session
  const span = operationDue(session)
  const all = [
    // session.due.2
    ...[current, previous].map((subsession) => (subsession === null ? null : nextOf(subsession.liveness))),
    // session.due.3
    ...notTold(waiting),
    // session.due.4
    ...notTold(splice === null ? [] : [splice]),
    // session.due.5
    plan === null ? null : plan.at + span,
    proposal === null || proposal.told === 1 ? null : proposal.at + span,
    // session.due.6
    expelled === null || leaving !== null ? null : expelledDue(expelled),
    // session.due.7
    rejoin,
    // session.due.8
    lateAt(session),
    // session.due.9
    ordering === null || ordering.told === 1 ? null : ordering.at + times.full,
    // session.due.10
    ...claims.map(({ at }) => at + times.full),
    // session.due.11
    joining === null || rejoin !== null ? null : joining + operationTime(channelOf(session).length + 1),
    // session.due.12
    leaving === null ? null : leaving + times.latency,
    // session.due.13
    kickedAt === null || toKick.length === 0 || previous !== null ? null : kickedAt + times.latency,
  ].filter((at) => at !== null)
  // session.due.1
  return all.length === 0 ? null : Math.min(...all)
}
