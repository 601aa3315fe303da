/**
 * What the user wants.
 *
 * @module
 */
import { Effect } from "effect"
import { type NotAccepted, refuse } from "../../../spec/conventions/verdicts.ts"
import type { UserAction } from "../../../spec/mpenc/notices.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import * as Order from "../server-order.ts"
import { abort } from "./abort.ts"
import { settle } from "./settle.ts"
import { isIdle, isJoined, isNewcomer, membersOf, type Services, type Turn, union, update, without } from "./state.ts"
import { write } from "./subsession.ts"

const join = (turn: Turn): void => {
  // session.join.1
  if (turn.session.channel !== null) return
  // session.join.2
  turn.requests.push({ type: "enter" })
  update(turn, { joining: turn.now, rejoin: null })
}

const part = Effect.fnUntraced(function* (turn: Turn) {
  // session.part.1
  update(turn, { joining: null, rejoin: null })
  if (turn.session.channel === null) return
  const { order, me } = turn.session
  // session.part.2
  if (Order.running(order)?.targets.includes(me) && !isNewcomer(turn.session, me)) yield* abort(turn, "leaving")
  // session.part.3
  update(turn, { departing: 1 })
  // session.part.4
  yield* settle(turn)
})

const checkChange = Effect.fnUntraced(function* (turn: Turn, include: ReadonlyArray<string>, exclude: ReadonlyArray<string>) {
  const { channel, order, proposal, plan, me, toKick, distrusted } = turn.session
  // session.change.1
  if (channel === null || !Order.isSynced(order) || distrusted === 1) return yield* refuse(clauses.synced, "not synced")
  // session.change.2
  if (proposal !== null || plan !== null || !isIdle(turn.session)) return yield* refuse(clauses.busy, "an operation is under way")
  const members = membersOf(turn.session)
  // session.change.3
  const isOld = include.some((member) => [...members, ...toKick].includes(member))
  if (isOld || new Set(include).size !== include.length) return yield* refuse(clauses["new-members"], include.join())
  // session.change.4
  const isNone = exclude.some((member) => member === me || !members.includes(member))
  if (isNone || new Set(exclude).size !== exclude.length) return yield* refuse(clauses["old-members"], exclude.join())
  // session.change.5
  const isRefresh = include.length === 0 && exclude.length === 0
  if (isRefresh && !isJoined(turn.session)) return yield* refuse(clauses.joined, "refresh")
  return channel
})

const change = Effect.fnUntraced(function* (turn: Turn, include: ReadonlyArray<string>, exclude: ReadonlyArray<string>) {
  const channel = yield* checkChange(turn, include, exclude)
  // session.change.6
  const invited = without(include, channel)
  if (invited.length > 0) turn.requests.push({ type: "let-in", members: invited })
  // session.change.7
  update(turn, { plan: { at: turn.now, include: union([], include), exclude } })
  yield* settle(turn)
})

const send = Effect.fnUntraced(function* (turn: Turn, text: string) {
  // session.send.1
  if (!isJoined(turn.session)) return yield* refuse(clauses.joined, "send")
  // session.send.2
  yield* write(turn, "current", { type: "payload", text })
})

/** Does what the user wants. */
export const act = Effect.fnUntraced(function* (turn: Turn, action: UserAction): Effect.fn.Return<void, NotAccepted, Services> {
  switch (action.type) {
    case "join":
      return join(turn)
    case "part":
      return yield* part(turn)
    case "include":
      return yield* change(turn, action.members, [])
    case "exclude":
      return yield* change(turn, [], action.members)
    case "refresh":
      return yield* change(turn, [], [])
    case "abort":
      return yield* abort(turn, "user")
    case "send":
      return yield* send(turn, action.text)
  }
})
