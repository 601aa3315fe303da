/**
 * Session: chapter "session". Its state, and the three kinds of step: an event of the channel, a wish of the user, the clock.
 *
 * @module
 */
import { Effect } from "effect"
import { type NotAccepted, refuse } from "../../spec/conventions/verdicts.ts"
import type { Identities } from "../../spec/mpenc/greeting.ts"
import { times } from "../../spec/mpenc/liveness.ts"
import type { ChannelEvent, Notice, PublicState, Request, UserAction } from "../../spec/mpenc/notices.ts"
import { clauses } from "../../spec/mpenc/session.ts"
import { act as doAction } from "./session/actions.ts"
import { outside, take } from "./session/channel.ts"
import { isJoined, type Options, type Services, type Session, type Turn } from "./session/state.ts"
import { tick as doTick } from "./session/tick.ts"
import { emptyLog } from "./transcript.ts"

export { membersOf, Options, Session } from "./session/state.ts"
export { nextTick } from "./session/tick.ts"

/** What a step gave. */
export interface Stepped {
  readonly session: Session
  readonly requests: ReadonlyArray<Request>
  readonly notices: ReadonlyArray<Notice>
}

/** The choices of the design document. */
export const defaults: Options = {
  autoInclude: 0,
  stayAlone: 0,
  repeatLists: 0,
  cipherKeyBytes: 16,
  padding: 1,
  orderAcknowledgements: 1,
  publishKey: 0,
  direct: 0,
  ratchet: 0,
}

/** A session of one who is outside of the channel. */
export const create = (me: string, identities: Identities, options: Options = defaults): Session => ({
  me,
  identities,
  options,
  draws: { previousFinal: 0, shares: 0, iv: 0, rejoin: 0 },
  ...outside,
  proposal: null,
  log: emptyLog,
  joining: null,
  rejoin: null,
})

const step = (
  session: Session,
  now: number,
  run: (turn: Turn) => Effect.Effect<void, NotAccepted, Services>,
): Effect.Effect<Stepped, NotAccepted, Services> => {
  // session.step.1
  if (now > times.latest) return Effect.fail(refuse(clauses.clock, `${now}`))
  const turn: Turn = { session, now, requests: [], notices: [] }
  // session.step.2
  return Effect.map(run(turn), () => ({ session: turn.session, requests: turn.requests, notices: turn.notices }))
}

/** Takes an event of the channel, which came `now`. */
export const receive = (session: Session, event: ChannelEvent, now: number) => step(session, now, (turn) => take(turn, event))

/** Does what the user wants. */
export const act = (session: Session, action: UserAction, now: number) => step(session, now, (turn) => doAction(turn, action))

/** Does what is due. */
export const tick = (session: Session, now: number) => step(session, now, doTick)

/** What an application shows of a session. */
export const publicState = (session: Session): PublicState => {
  const { channel, current, expelled, leaving, membership } = session
  // session.shown.1
  if (channel === null) return session.joining === null ? "parted" : "joining"
  // session.shown.2
  if (leaving !== null || expelled !== null || (current !== null && !isJoined(session))) return "parting"
  // session.shown.3
  if (current !== null) return "joined"
  // session.shown.4
  return membership !== null ? "parting" : "joining"
}
