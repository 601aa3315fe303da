/**
 * Aborts of our own: chapter "extensions".
 *
 * @module
 */
import { Effect } from "effect"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { type NotAccepted, type Refused, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses as aske } from "../../../spec/mpenc/aske.ts"
import type { AbortReason } from "../../../spec/mpenc/extensions.ts"
import { clauses as greeting } from "../../../spec/mpenc/greeting.ts"
import { operationTime, times } from "../../../spec/mpenc/liveness.ts"
import type { GreetingPacket } from "../../../spec/mpenc/records.ts"
import { clauses, patience } from "../../../spec/mpenc/session.ts"
import { encodeAbort } from "../extensions/packets.ts"
import { unknownOf } from "../greeting/checks.ts"
import * as Order from "../server-order.ts"
import { isNewcomer, membersOf, type Services, type Session, type Turn, union, update } from "./state.ts"

/** Aborts the running operation. */
export const abort = Effect.fnUntraced(function* (turn: Turn, reason: AbortReason) {
  const { order, me, identities } = turn.session
  const operation = Order.running(order)
  // extensions.abort.1
  if (operation === null || !operation.targets.includes(me) || isNewcomer(turn.session, me))
    return yield* refuse(clauses["no-operation"], "abort")
  // extensions.abort.2
  const text = yield* encodeAbort(me, identities.secretKey, operation.targets, operation.id, reason)
  // extensions.send-abort.2
  turn.requests.push({ type: "send", recipients: union(membersOf(turn.session), operation.targets), text })
})

/** When we give the running operation up; null when it is none of ours. */
export const lateAt = (session: Session): number | null => {
  const operation = Order.running(session.order)
  const { started, me } = session
  if (operation === null || !operation.targets.includes(me)) return null
  // extensions.abort-late.2
  const position = operation.metadata!.author === me ? 0 : times.latency * operation.targets.indexOf(me)
  // extensions.abort-late.1
  const due = started!.at + patience * operationTime(operation.targets.length) + position
  // extensions.abort-late.3
  return started!.asked === null ? due : Math.max(due, started!.asked + times.latency)
}

/** Gives up an operation that takes too long. */
export const abortLate = Effect.fnUntraced(function* (turn: Turn) {
  const at = lateAt(turn.session)
  if (at === null || turn.now < at) return
  update(turn, { started: { ...turn.session.started!, asked: turn.now } })
  // extensions.abort-late.5
  if (!isNewcomer(turn.session, turn.session.me)) return yield* abort(turn, "late")
  // extensions.abort-late.4
  turn.requests.push({ type: "leave" })
  update(turn, { joining: turn.now })
})

const lies: ReadonlyArray<string> = [aske.acknowledgement.id, suite["x25519-zero"].id, greeting["one-downflow"].id]

/** Whether a refused packet shows that the operation cannot succeed: its lists and their acknowledgement contradict each other, no honest member makes its keys, or nobody can verify its author. A confirm may be late, and true of an earlier operation. */
const isDeceit = (packet: GreetingPacket, verdict: NotAccepted): boolean =>
  verdict._tag === "Refused" &&
  (verdict.clause === greeting.identity.id || (lies.includes(verdict.clause) && packet.greetType.endsWith("-downflow")))

/** A packet of the running operation was refused. If it is deceit, the user is told and the operation aborted; otherwise this is the verdict. */
export const abortDeceived = Effect.fnUntraced(function* (
  turn: Turn,
  packet: GreetingPacket,
  verdict: NotAccepted,
): Effect.fn.Return<void, NotAccepted, Services> {
  // extensions.abort-deceived.1
  const { started, me, identities } = turn.session
  // extensions.abort-deceived.3
  if (!isDeceit(packet, verdict)) return yield* verdict
  // extensions.abort-deceived.2
  const { clause } = verdict as Refused
  const unknown = clause === greeting.identity.id ? unknownOf(me, packet.members, identities) : undefined
  turn.notices.push({ type: "security", clause, member: unknown ?? packet.source })
  // extensions.abort-deceived.4
  if (started!.asked !== null || isNewcomer(turn.session, me)) return
  update(turn, { started: { ...started!, asked: turn.now } })
  yield* abort(turn, "verification")
})
