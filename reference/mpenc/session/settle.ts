/**
 * What a session does by itself, after whatever has happened.
 *
 * @module
 */
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import type { NotAccepted } from "../../../spec/conventions/verdicts.ts"
import { times } from "../../../spec/mpenc/liveness.ts"
import { Randomness } from "../../crypto/randomness.ts"
import * as Order from "../server-order.ts"
import { ownHint } from "./cipher.ts"
import { publishKey } from "./extending.ts"
import { dropPlan, propose } from "./operations.ts"
import {
  channelOf,
  hasEnded,
  isIdle,
  isJoined,
  kick,
  membersOf,
  noteForeign,
  type Services,
  type Session,
  type Turn,
  update,
  without,
} from "./state.ts"
import { write } from "./subsession.ts"

/** Tells the user who is in the channel and not in the session; plans to include them, if the option says so. */
export const tellPresent = (turn: Turn): void => {
  // session.tell-present.1
  const members = without(without(channelOf(turn.session), membersOf(turn.session)), turn.session.toKick)
  if (members.length === 0) return
  turn.notices.push({ type: "present", members })
  // session.tell-present.2
  const isFree = turn.session.plan === null && turn.session.proposal === null
  if (turn.session.options.autoInclude === 1 && isFree) update(turn, { plan: { at: turn.now, include: members, exclude: [] } })
}

const syncAlone = Effect.fnUntraced(function* (turn: Turn) {
  const { channel, order, seniors, draws } = turn.session
  // session.settle.1
  if (channel === null || Order.isSynced(order) || seniors.length > 0) return
  const { draw } = yield* Randomness
  // session.begin-line.1
  const previousFinal = Hex.encode(draw(`session/previous-final/${draws.previousFinal + 1}`, 32))
  update(turn, { order: yield* Order.begin(previousFinal), draws: { ...draws, previousFinal: draws.previousFinal + 1 }, joining: null })
  // session.begin-line.2
  tellPresent(turn)
})

/** Whether the members are still as a plan takes them to be. */
const stillFits = (session: Session, { include, exclude }: NonNullable<Session["plan"]>): boolean => {
  const unfit = [...membersOf(session), ...session.toKick]
  return without(include, unfit).length === include.length && without(exclude, membersOf(session)).length === 0
}

const proposeWhatIsDue = Effect.fnUntraced(function* (turn: Turn) {
  const { channel, order, proposal, plan, toExclude } = turn.session
  // session.propose-due.1
  const isFree = channel !== null && Order.isSynced(order) && isIdle(turn.session) && proposal === null
  if (!isFree || turn.session.distrusted === 1) return
  // session.propose-due.2
  if (turn.session.leaving !== null || turn.session.departing === 1) return
  const members = membersOf(turn.session)
  // session.propose-due.3
  if (plan !== null && !stillFits(turn.session, plan)) dropPlan(turn)
  // session.propose-due.4
  if (toExclude.length > 0) {
    if (without(without(members, toExclude), channel).length === 0) yield* propose(turn, [], toExclude)
    return
  }
  // session.propose-due.5
  if (turn.session.plan !== null && plan !== null && without([...without(members, plan.exclude), ...plan.include], channel).length === 0) {
    update(turn, { plan: null })
    yield* propose(turn, plan.include, plan.exclude)
  }
})

/** Asks to leave the channel, and again after a while. */
export const leaveChannel = (turn: Turn): void => {
  const { leaving } = turn.session
  // session.leave-channel.1
  if (leaving !== null && turn.now - leaving < times.latency) return
  turn.requests.push({ type: "leave" })
  update(turn, { leaving: turn.now })
}

const afterPrevious = Effect.fnUntraced(function* (turn: Turn) {
  const { previous, toKick, kickedAt, membership, options } = turn.session
  // session.after-previous.1
  if (previous !== null && !hasEnded(previous)) return
  // session.after-previous.2
  if (previous !== null) {
    noteForeign(turn, [yield* ownHint(previous)])
    update(turn, { previous: null, splice: null })
  }
  // session.after-previous.3
  const isTime = kickedAt === null || turn.now - kickedAt >= times.latency
  if (toKick.length > 0 && isTime) {
    kick(turn, toKick)
    update(turn, { kickedAt: turn.now })
  }
  // session.after-previous.4
  const isAlone = membership !== null && membership.agreement.members.length === 1
  if (isAlone && options.stayAlone === 0) leaveChannel(turn)
})

/** Parts, if the user wants to, from the subsession of now, or, outside of one, from the channel. */
const depart = Effect.fnUntraced(function* (turn: Turn) {
  const { departing, current } = turn.session
  if (departing === 0) return
  // session.depart.1
  if (current === null) return leaveChannel(turn)
  // session.depart.2
  if (!isJoined(turn.session)) return
  yield* write(turn, "current", { type: "consistency", close: true })
  yield* write(turn, "current", { type: "consistency", close: true })
})

const afterParting = Effect.fnUntraced(function* (turn: Turn) {
  const { current, leaving, departing } = turn.session
  yield* depart(turn)
  // session.depart.3
  const isOver = current !== null && hasEnded(current) && departing === 1
  if (isOver && leaving === null) yield* publishKey(turn, current)
  // session.depart.4
  if (leaving !== null || isOver) leaveChannel(turn)
})

/** Ends the subsession of a session that has seen another order. */
const endDistrusted = Effect.fnUntraced(function* (turn: Turn) {
  // extensions.end-disputed.1
  if (turn.session.toEnd === 0) return
  update(turn, { toEnd: 0 })
  if (isJoined(turn.session)) yield* write(turn, "current", { type: "consistency", close: true })
})

/** Does what is due by the rules. */
export const settle = Effect.fnUntraced(function* (turn: Turn): Effect.fn.Return<void, NotAccepted, Services> {
  yield* syncAlone(turn)
  // session.settle.2
  yield* proposeWhatIsDue(turn)
  // session.settle.3
  yield* afterPrevious(turn)
  // session.settle.4
  yield* afterParting(turn)
  // session.settle.5
  yield* endDistrusted(turn)
})
