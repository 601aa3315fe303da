/**
 * Operations: proposing, greeting packets, and the change of membership.
 *
 * @module
 */
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect, Result } from "effect"
import { type NotAccepted, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses as greetingClauses, type Membership } from "../../../spec/mpenc/greeting.ts"
import { times } from "../../../spec/mpenc/liveness.ts"
import type { GreetingPacket } from "../../../spec/mpenc/records.ts"
import type { Summary } from "../../../spec/mpenc/server-order.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import * as Greetings from "../greeting.ts"
import * as Alive from "../liveness.ts"
import * as Order from "../server-order.ts"
import { packetId } from "../server-order.ts"
import * as Transcripts from "../transcript.ts"
import { abortDeceived } from "./abort.ts"
import { hashOf, ownHint, versionOf } from "./cipher.ts"
import { dropForeign, retry } from "./data.ts"
import { recheck } from "./order.ts"
import {
  channelOf,
  isJoined,
  kick,
  membersOf,
  noteForeign,
  type Options,
  type Services,
  type Turn,
  union,
  update,
  without,
} from "./state.ts"
import { begin, write } from "./subsession.ts"

/** Draws what a new operation needs. */
const drawShares = (turn: Turn) => {
  const { draws } = turn.session
  // session.draw-shares.1
  update(turn, { draws: { ...draws, shares: draws.shares + 1 } })
  return Greetings.drawShares(draws.shares + 1)
}

const sendGreeting = (turn: Turn, recipients: ReadonlyArray<string>, text: string | null): void => {
  if (text !== null) turn.requests.push({ type: "send", recipients, text })
}

const greetingParameters = (options: Options): Greetings.GreetingParameters => ({
  repeatLists: options.repeatLists,
  version: versionOf(options),
})

/** Who an initial packet includes and excludes. */
const changeOf = (turn: Turn, targets: ReadonlyArray<string>) => {
  const members = membersOf(turn.session)
  // session.tell-operation.1
  return { include: without(targets, members), exclude: without(members, targets) }
}

/** Proposes a change of our own; with nobody in it, a refresh. */
export const propose = Effect.fnUntraced(function* (turn: Turn, include: ReadonlyArray<string>, exclude: ReadonlyArray<string>) {
  const { me, membership, options, identities, order, current } = turn.session
  // session.propose.1
  const latestMessages = current === null ? [] : Transcripts.heads(current.transcript)
  const metadata = { ...Order.tip(order), latestMessages }
  // session.propose.2
  const shares = yield* drawShares(turn)
  const proposed = yield* Greetings.propose(
    me,
    membership,
    greetingParameters(options),
    identities,
    { include, exclude },
    { shares, metadata },
  )
  update(turn, {
    proposal: { greeting: proposed.greeting, text: utf8ToBytes(proposed.text), at: turn.now, told: 0, include, exclude },
  })
  // session.propose.3
  sendGreeting(turn, union(membersOf(turn.session), include), proposed.text)
  // session.propose.4
  turn.notices.push({ type: "operation", stage: "proposed", id: null, by: null, include, exclude })
})

/** Our proposal will not be. */
export const dropProposal = (turn: Turn, stage: "rejected" | "failed", id: string | null, by: string | null = null): void => {
  const { proposal } = turn.session
  if (proposal === null) return
  update(turn, { proposal: null })
  // session.tell-operation.2
  // session.tell-operation.3
  // session.tell-operation.5
  turn.notices.push({ type: "operation", stage, id, by, include: proposal.include, exclude: proposal.exclude })
}

/** Our plan will not be proposed. */
export const dropPlan = (turn: Turn): void => {
  const { plan } = turn.session
  if (plan === null) return
  update(turn, { plan: null })
  // session.tell-operation.4
  turn.notices.push({ type: "operation", stage: "failed", id: null, by: null, include: plan.include, exclude: plan.exclude })
}

/** Acknowledges the order up to the last final packet. */
const acknowledgeOrder = Effect.fnUntraced(function* (turn: Turn) {
  const { id, chainHash } = turn.session.order.line.at(-1)!
  // extensions.acknowledge-order.1
  if (turn.session.options.orderAcknowledgements === 0) return
  // extensions.acknowledge-order.2
  recheck(turn)
  // extensions.acknowledge-order.3
  update(turn, { ordering: { id, at: turn.now, told: 0 } })
  // extensions.acknowledge-order.4
  if (isJoined(turn.session)) yield* write(turn, "current", { type: "order-acknowledgement", packetId: id, chainHash })
})

/** The running operation has failed. */
export const fail = Effect.fnUntraced(function* (turn: Turn, operation: Summary, by: string | null) {
  const noted = turn.session.started!.refused
  // session.fail.1
  update(turn, { greeting: null, expelled: null, started: null })
  // session.fail.2
  turn.notices.push({ type: "operation", stage: "failed", id: operation.id, by, ...changeOf(turn, operation.targets) })
  // session.fail.3
  yield* dropForeign(turn)
  // session.fail.4
  const { membership, me, order } = turn.session
  const isNewcomer = membership === null && operation.metadata!.author !== me
  if (isNewcomer) update(turn, { order: { ...Order.unsynced, refusedParents: union(noted, [order.line[0]!.id]) } })
  // session.fail.5
  else yield* acknowledgeOrder(turn)
})

const endPrevious = Effect.fnUntraced(function* (turn: Turn) {
  const { previous } = turn.session
  // session.finish.4
  if (previous === null) return
  noteForeign(turn, [yield* ownHint(previous)])
  const { actions } = Alive.stop(previous.liveness, previous.transcript)
  for (const action of actions) if (action.type === "not-acknowledged" || action.type === "ended") turn.notices.push(action)
})

/** Splices the log, as soon as what it is spliced to is there. */
export const splice = Effect.fnUntraced(function* (turn: Turn) {
  const { splice: pending, previous, log } = turn.session
  // session.splice.1
  if (pending === null) return
  // session.splice.2
  const spliced = yield* Effect.result(Transcripts.splice(log, previous!.transcript, pending.latest))
  if (Result.isSuccess(spliced)) update(turn, { log: spliced.success, splice: null })
})

const rotate = Effect.fnUntraced(function* (turn: Turn, membership: Membership, latest: ReadonlyArray<string>) {
  const before = membersOf(turn.session)
  const { me, greeting } = turn.session
  const isNewcomer = turn.session.membership === null && greeting?.initial?.operation === "include"
  const { members } = membership.agreement
  yield* endPrevious(turn)
  // session.finish.5
  update(turn, { previous: turn.session.current, current: null, membership, greeting: null, expelled: null, started: null })
  if (turn.session.previous?.liveness.phase === "joined") yield* write(turn, "previous", { type: "consistency", close: true })
  const isNew = turn.session.previous === null
  // session.finish.6
  update(turn, { log: Transcripts.begin(turn.session.log, isNew) })
  if (members.length > 1) {
    const current = yield* begin(membership, me, turn.session.options, turn.now)
    update(turn, { hashes: [...turn.session.hashes, yield* hashOf(current)] })
    // session.finish.7
    const quiet = isNewcomer ? turn.now + times.shutdown + times.latency : null
    update(turn, { current, joining: null, leaving: null, quiet })
  }
  // session.finish.8
  update(turn, { splice: isNew || members.length === 1 ? null : { latest, at: turn.now, told: 0 } })
  // session.finish.9
  // session.tell-membership.1
  const include = without(members, before)
  const remain = without(members, include)
  // session.tell-membership.2
  turn.notices.push({ type: "membership", remain, include, exclude: without(before, members), parents: latest })
  // session.finish.10
  yield* splice(turn)
})

const finish = Effect.fnUntraced(function* (turn: Turn, operation: Summary, membership: Membership) {
  const { exclude, include } = changeOf(turn, operation.targets)
  const { toExclude, toKick, channel, previous } = turn.session
  // session.finish.1
  turn.notices.push({ type: "operation", stage: "succeeded", id: operation.id, by: operation.metadata!.author, include, exclude })
  // session.finish.2
  if (previous !== null) kick(turn, toKick)
  // session.finish.3
  const present = exclude.filter((member) => channel?.includes(member))
  update(turn, { toExclude: without(toExclude, exclude), toKick: union(toKick, present) })
  yield* rotate(turn, membership, operation.metadata!.latestMessages)
  // session.finish.11
  yield* retry(turn)
  // session.finish.12
  yield* dropForeign(turn)
  // session.finish.13
  yield* acknowledgeOrder(turn)
})

/** What a greeting makes of an initial packet, and the parents that we must not join by when it comes. */
type Greeted = Effect.Success<ReturnType<typeof Greetings.receive>>
type Refused = ReadonlyArray<string>

const start = Effect.fnUntraced(function* (turn: Turn, summary: Summary, { greeting, excluded: isExcluded }: Greeted, refused: Refused) {
  const { include, exclude } = changeOf(turn, summary.targets)
  // session.initial.9
  turn.notices.push({ type: "operation", stage: "started", id: summary.id, by: summary.metadata!.author, include, exclude })
  // session.initial.10
  kick(
    turn,
    turn.session.toKick.filter((member) => include.includes(member)),
  )
  // session.initial.11
  const expelled = isExcluded ? { operation: summary.id, at: turn.now, targets: summary.targets.length } : null
  update(turn, { greeting: isExcluded ? null : greeting, expelled, started: { at: turn.now, asked: null, refused } })
  // session.initial.12
  if (isJoined(turn.session)) yield* write(turn, "current", { type: "consistency", close: false })
})

/** What the greeting makes of an initial packet; null for one who is no target and no member. */
const greet = Effect.fnUntraced(function* (turn: Turn, packet: GreetingPacket, text: string) {
  const { me, membership, proposal, options, identities } = turn.session
  // session.initial.2
  const isOurs = packet.source === me
  const is = (sent: Uint8Array) => text === new TextDecoder().decode(sent)
  const isProposal = proposal !== null && is(proposal.text)
  if (isOurs && !isProposal) return yield* refuse(clauses["own-proposal"], packet.greetType)
  // session.initial.3
  const isForeign = Order.isSynced(turn.session.order) && !membersOf(turn.session).includes(packet.source)
  if (isForeign) return yield* refuse(clauses.author, packet.source)
  // session.initial.4
  const concerns = packet.members.includes(me) || Order.isSynced(turn.session.order)
  if (!concerns) return null
  const greeting = isOurs ? proposal!.greeting : Greetings.begin(me, membership, greetingParameters(options))
  return yield* Greetings.receive(greeting, identities, packet.source, text, yield* drawShares(turn))
})

/** Ignores a proposal of ours that was rejected before it came back. */
const ignoreWithdrawn = (turn: Turn, text: string): boolean => {
  // session.initial.1
  const kept = turn.session.withdrawn.filter((sent) => new TextDecoder().decode(sent) !== text)
  if (kept.length === turn.session.withdrawn.length) return false
  update(turn, { withdrawn: kept })
  return true
}

const receiveInitial = Effect.fnUntraced(function* (turn: Turn, packet: GreetingPacket, summary: Summary, text: string) {
  if (ignoreWithdrawn(turn, text)) return
  const greeted = yield* greet(turn, packet, text)
  const { me, order, proposal } = turn.session
  const isOurs = packet.source === me
  // session.initial.5
  const offered = yield* Effect.result(Order.offer(order, me, summary, channelOf(turn.session)))
  // session.initial.6
  if (Result.isFailure(offered)) return isOurs ? dropProposal(turn, "rejected", summary.id) : yield* offered.failure
  update(turn, { order: offered.success.state })
  // session.initial.7
  if (!offered.success.initial) return
  // session.initial.8
  if (isOurs) update(turn, { proposal: null })
  else if (proposal !== null) {
    dropProposal(turn, "rejected", summary.id, packet.source)
    update(turn, { withdrawn: [...turn.session.withdrawn, proposal.text] })
  }
  yield* start(turn, summary, greeted!, order.refusedParents ?? [])
  // session.initial.13
  if (greeted!.membership !== null) yield* finish(turn, summary, greeted!.membership)
  // session.initial.14
  sendGreeting(turn, summary.targets, greeted!.text)
})

/** Receives a greeting packet. */
export const receiveGreeting = Effect.fnUntraced(function* (
  turn: Turn,
  sender: string,
  packet: GreetingPacket,
  text: string,
): Effect.fn.Return<void, NotAccepted, Services> {
  // session.greeting.1
  if (packet.source !== sender) return yield* refuse(greetingClauses.sender, `${packet.source}, from ${sender}`)
  const id = yield* packetId(sender, channelOf(turn.session), text)
  const { summary } = Order.peek(packet, id)
  // session.greeting.2
  if (summary !== null) return yield* receiveInitial(turn, packet, summary, text)
  const { greeting, identities, order, me, draws } = turn.session
  // session.greeting.3
  if (greeting === null) return yield* refuse(clauses["no-operation"], packet.greetType)
  const operation = Order.running(order)!
  const received = yield* Effect.result(Greetings.receive(greeting, identities, sender, text, yield* Greetings.drawShares(draws.shares)))
  // session.greeting.4
  if (Result.isFailure(received)) return yield* abortDeceived(turn, packet, received.failure)
  const greeted = received.success
  update(turn, { greeting: greeted.greeting })
  // session.greeting.5
  if (greeted.membership !== null) {
    const final: Summary = { id, metadata: null, ends: operation.id, targets: operation.targets }
    const offered = yield* Order.offer(order, me, final, channelOf(turn.session))
    update(turn, { order: offered.state })
    yield* finish(turn, operation, greeted.membership)
  }
  // session.greeting.6
  sendGreeting(turn, operation.targets, greeted.text)
})
