/**
 * Events of the channel.
 *
 * @module
 */
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect } from "effect"
import { type NotAccepted, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses as extensions } from "../../../spec/mpenc/extensions.ts"
import { operationTime, times } from "../../../spec/mpenc/liveness.ts"
import type { ChannelEvent } from "../../../spec/mpenc/notices.ts"
import { clauses, patience } from "../../../spec/mpenc/session.ts"
import { Randomness } from "../../crypto/randomness.ts"
import { decodeExtension } from "../extensions/packets.ts"
import * as Alive from "../liveness.ts"
import * as Order from "../server-order.ts"
import { decodeIn } from "./cipher.ts"
import { receiveData } from "./data.ts"
import { receiveAbort, receiveKey } from "./extending.ts"
import { dropPlan, dropProposal, fail, receiveGreeting, splice } from "./operations.ts"
import { settle, tellPresent } from "./settle.ts"
import { channelOf, hasEnded, isIdle, kick, membersOf, type Services, type Session, type Turn, union, update, without } from "./state.ts"

/** What is so outside of the channel, and is forgotten when it is left. */
export const outside = {
  channel: null,
  seniors: [],
  order: Order.unsynced,
  membership: null,
  greeting: null,
  plan: null,
  current: null,
  previous: null,
  splice: null,
  waiting: [],
  foreign: [],
  withdrawn: [],
  toExclude: [],
  toKick: [],
  kickedAt: null,
  expelled: null,
  leaving: null,
  departing: 0,
  started: null,
  quiet: null,
  ordering: null,
  claims: [],
  disputing: [],
  distrusted: 0,
  toEnd: 0,
  published: [],
  hashes: [],
} satisfies Partial<Session>

const isTwice = (members: ReadonlyArray<string>): boolean => new Set(members).size !== members.length

const entered = Effect.fnUntraced(function* (turn: Turn, members: ReadonlyArray<string>) {
  const { me, channel } = turn.session
  // session.entered.1
  if (channel !== null || !members.includes(me) || isTwice(members)) return yield* refuse(clauses["channel-event"], "entered")
  // session.entered.2
  update(turn, { rejoin: null })
  // session.entered.3
  update(turn, { channel: members, seniors: without(members, [me]) })
  // session.entered.4
  yield* settle(turn)
})

const endAll = (turn: Turn): void => {
  const { current, previous, me } = turn.session
  // session.left.2
  for (const subsession of [previous, current]) {
    if (subsession === null || hasEnded(subsession)) continue
    const { actions } = Alive.stop(subsession.liveness, subsession.transcript)
    for (const action of actions) if (action.type === "not-acknowledged" || action.type === "ended") turn.notices.push(action)
  }
  // session.left.3
  const others = without(membersOf(turn.session), [me])
  if (others.length > 0) turn.notices.push({ type: "membership", remain: [me], include: [], exclude: others, parents: [] })
}

const left = Effect.fnUntraced(function* (turn: Turn) {
  const { channel, joining, draws } = turn.session
  // session.left.1
  if (channel === null) return yield* refuse(clauses["channel-event"], "left")
  endAll(turn)
  // session.left.4
  dropProposal(turn, "failed", null)
  dropPlan(turn)
  // session.left.5
  update(turn, outside)
  // session.left.6
  if (joining === null) return
  const { draw } = yield* Randomness
  const [high, low] = draw(`session/rejoin/${draws.rejoin + 1}`, 2)
  const span = patience * (operationTime(channel.length + 1) + times.latency)
  const rejoin = turn.now + Math.floor(span / 2 + ((span / 4) * (256 * high! + low!)) / 65_536)
  update(turn, { rejoin, draws: { ...draws, rejoin: draws.rejoin + 1 } })
})

const enter = Effect.fnUntraced(function* (turn: Turn, members: ReadonlyArray<string>) {
  const { channel, order } = turn.session
  // session.enter.1
  const isWrong = channel === null || members.length === 0 || members.some((member) => channel.includes(member))
  if (isWrong || isTwice(members)) return yield* refuse(clauses["channel-event"], "enter")
  update(turn, { channel: union(channel, members) })
  if (Order.isSynced(order)) {
    const operation = Order.running(order)
    // session.enter.2
    const unwanted = members.filter((member) => membersOf(turn.session).includes(member))
    // session.enter.3
    const isTarget = operation?.targets.includes(turn.session.me) === true
    const strangers = isTarget ? without(members, operation.targets) : []
    const kicked = union(unwanted, strangers)
    kick(turn, kicked)
    // session.enter.4
    if (isIdle(turn.session) && without(members, kicked).length > 0) tellPresent(turn)
  }
  // session.enter.5
  yield* settle(turn)
})

const leave = Effect.fnUntraced(function* (turn: Turn, members: ReadonlyArray<string>) {
  const { channel, me, seniors, toKick, order, toExclude } = turn.session
  // session.leave.1
  const isWrong = channel === null || members.length === 0 || members.includes(me) || without(members, channel).length > 0
  if (isWrong || isTwice(members)) return yield* refuse(clauses["channel-event"], "leave")
  // session.leave.2
  update(turn, { channel: without(channel, members), seniors: without(seniors, members), toKick: without(toKick, members) })
  // session.leave.3
  const operation = Order.running(order)
  const departed = yield* Order.depart(order, members, channelOf(turn.session), membersOf(turn.session))
  update(turn, { order: departed.state })
  if (departed.final) yield* fail(turn, operation!, null)
  // session.leave.4
  const absent = members.filter((member) => membersOf(turn.session).includes(member))
  update(turn, { toExclude: union(toExclude, absent) })
  // session.leave.5
  yield* settle(turn)
})

const packet = Effect.fnUntraced(function* (turn: Turn, sender: string, text: string) {
  // session.packet.1
  if (!channelOf(turn.session).includes(sender)) return yield* refuse(clauses["channel-event"], "packet")
  // session.packet.2
  const extension = yield* decodeExtension(text)
  if (extension?.type === "abort") yield* receiveAbort(turn, sender, extension, text)
  if (extension?.type === "published-key") yield* receiveKey(turn, sender, extension)
  if (extension !== null) return yield* settle(turn)
  // session.packet.3
  const decoded = yield* decodeIn(turn.session.options, text)
  if (decoded.type === "plain") turn.notices.push({ type: "plain", sender, text })
  // session.packet.4
  if (decoded.type === "greeting") yield* receiveGreeting(turn, sender, decoded, text)
  if (decoded.type === "data") yield* receiveData(turn, sender, utf8ToBytes(text))
  // session.packet.5
  yield* splice(turn)
  // session.packet.6
  yield* settle(turn)
})

const direct = Effect.fnUntraced(function* (turn: Turn, sender: string, text: string) {
  // extensions.direct.1
  const decoded = yield* decodeIn(turn.session.options, text)
  // extensions.direct.2
  if (decoded.type !== "data") return yield* refuse(extensions["direct-data"], decoded.type)
  // extensions.direct.3
  yield* receiveData(turn, sender, utf8ToBytes(text))
  yield* splice(turn)
  yield* settle(turn)
})

/** Takes an event of the channel. */
export const take = Effect.fnUntraced(function* (turn: Turn, event: ChannelEvent): Effect.fn.Return<void, NotAccepted, Services> {
  switch (event.type) {
    case "entered":
      return yield* entered(turn, event.members)
    case "left":
      return yield* left(turn)
    case "enter":
      return yield* enter(turn, event.members)
    case "leave":
      return yield* leave(turn, event.members)
    case "direct":
      return yield* direct(turn, event.sender, event.text)
    case "packet":
      return yield* packet(turn, event.sender, event.text)
  }
})
