/**
 * # Liveness
 *
 * Clauses and steps of this chapter are called `liveness.*`.
 *
 * Cryptography says what a message is; it does not say that one was lost. This chapter sees to it that what was written
 * in a subsession reaches everybody, or that the user is told; that a user who is no longer there is noticed; and that
 * a subsession ends only when all know all of it. (Design document section 3.5, and the notes that it cites on
 * consistency and freshness.)
 *
 * **No operation reads a clock.** The time is an input, `now`, in milliseconds of a clock that never runs backwards,
 * the member's own: no time is ever sent. Whoever calls has to call *tick* when `nextTick` says so, or later; what was
 * due meanwhile is then done once.
 *
 * ## Times
 *
 * | name | milliseconds | meaning |
 * | --- | --- | --- |
 * | latency | 5,000 | in which a packet has reached everybody (BC) |
 * | acknowledgeAfter | 16,000 | until we acknowledge what others wrote, if we write nothing ourselves: full - 2 · latency |
 * | full | 26,000 | in which a message should be fully acknowledged: 16,000 + 2 · latency (FA) |
 * | idle | 104,000 | until a heartbeat: 4 · full |
 * | expiry | 136,500 | until a member who does not refer to us has expired: 17/16 · idle + full |
 * | shutdown | 80,000 | until we give up waiting for a FIN to be fully acknowledged: 16 · latency |
 * | grace | 5,000 | for which we still answer after that: latency |
 * | latest | 4,503,599,627,370,496 | the latest time that can be given: 2^52, so that every time that is computed from it is below 2^53 |
 *
 * Everywhere in these chapters, *within x* and *less than x ago* leave x itself out; *after x*, *for x*, *x ago* and
 * *when x is over* take it in. What was
 * seen exactly `latency` ago was not seen within `latency`.
 *
 * An operation with `n` targets is expected to take (2 + n) · 6,000 (`operationTime`): the chapter "session" has two
 * names for what it makes of it.
 *
 * > **Erratum ML-1** (the original's constant of 110,500 ms for the expiry, 17/16 · idle). A member that is idle sends
 * > one heartbeat in `idle`, and acknowledges one of ours `full` after we sent it at the latest. So the last own
 * > message that it is known to have seen is up to `idle + full` old, with nothing lost, and the constant would make
 * > everybody warn of everybody in every idle session. Here the time of the acknowledgement is part of the expiry.
 * > Vector: `liveness/idle-without-warnings`.
 *
 * > **Erratum ML-2** (the original's constant of 21,000 ms for the automatic acknowledgement, full - latency). A
 * > message may be `latency` under way, and its acknowledgement another `latency`; with the constant an honest channel
 * > that is as slow as it may be makes authors warn after `full`. Here both ways are counted. Vector:
 * > `liveness/slow-without-warnings`.
 *
 * ## What is watched
 *
 * Every message but an explicit acknowledgement has a **monitor** from its acceptance until it is fully acknowledged.
 * It comes due after `full`, and then
 * after 1, 2, 4, 8, 16, 32 and 64 times `latency`, each counted from the time before (`dueTimes`). Its author counts
 * from the acceptance; everybody else
 * counts from a random time below `latency` after it. So the author, if it is there, resends first, and of the others
 * seldom more than one or two resend
 * before they see that somebody has: without the random time, all members would send each message again in the same
 * second when one of them is away.
 *
 * When a monitor is due we acknowledge the message if we have not, and **resend** it if others have not: the same
 * packet, byte for byte, whoever wrote it.
 * Before it we resend the explicit acknowledgements that stand directly before it, for without these it cannot be
 * accepted: its parents that are explicit
 * acknowledgements, the parents of these that are, and so on. A packet that was seen within the last `latency`, sent by
 * anybody, is not resent. The first
 * time, if the message is a payload, the user is warned.
 *
 * Explicit acknowledgements are not watched and not acknowledged, or there would be no end to it. One that was lost is
 * missed by somebody who resends what it acknowledges; we see a duplicate, and resend the acknowledgement.
 *
 * A consistency message, FIN or not, asks to be acknowledged sooner, because somebody waits for it: after a random time
 * below `latency` / 5 (random so that not all answer at once).
 *
 * Who has not acknowledged (`by` of *not-acknowledged*) is what the transcript says then, in the order of readers: we
 * ourselves too, when our own
 * acknowledgement is only being asked for.
 *
 * **Presence.** A member is *fresh* up to the time at which we sent the last of our messages that is before one of its
 * own. When that is `expiry` ago, it has expired, and the user is told, until it is fresh again. Whose FIN is fully
 * acknowledged is absent on purpose. For this to work everybody writes something within `idle`: a heartbeat, if there
 * is nothing else.
 *
 * **Shutdown.** To end, a member writes a FIN, and waits until it is fully acknowledged, and `grace` longer, so that
 * others who have missed an acknowledgement can have it again; `shutdown` after the FIN it gives up. The end is good if
 * no payload lacks an acknowledgement, and otherwise the user is told, for each one, for the last time.
 *
 * ## State
 *
 * | state | content |
 * | --- | --- |
 * | phase | joined; parting, from our FIN on; parted or part-failed, after which nothing is due any more, and what comes is noted all the same |
 * | monitors | by message: from when it counts, when our acknowledgement is due, when the monitor is, null when not, and whether it was before |
 * | held | messages in the buffer of the transcript, with their times, and whether the user was told |
 * | seen | when the packet of a message was last seen, if that was within `latency` |
 * | sent | our messages, with their times |
 * | fresh | by other member: the time up to which it is fresh; those who are absent on purpose are not there |
 * | expired | those of whom the user was told |
 * | lastSent | when we last wrote something that is no explicit acknowledgement |
 * | fin | our FIN (the last one), when it was sent and when fully acknowledged |
 *
 * @module
 */
import { declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { choice, listOf, nullable, record, table, uint, type ValueOf, type Wire } from "../conventions/encoding.ts"
import { MemberName, MessageId } from "./records.ts"

const reliability = "design document section 3.5"

export const clauses = declareClauses("liveness", {
  "acknowledge-all": rule(
    "MUST",
    "What others wrote is acknowledged within `acknowledgeAfter`, and a consistency message within a fifth of `latency`.",
    reliability,
  ),
  "acknowledge-once": rule(
    "MUST",
    "An explicit acknowledgement is not acknowledged, and one acknowledgement is sent for all that are due.",
    reliability,
  ),
  warn: rule(
    "MUST",
    "The user is warned of each payload that is not fully acknowledged after `full`: of its own then, of those of " +
      "others up to `latency` later.",
    reliability,
  ),
  spread: rule(
    "MUST",
    "Who is not the author of a message resends it a random time below `latency` later than its author would.",
    "Conclave",
  ),
  resend: rule(
    "MUST",
    "A message that others have not acknowledged is resent when its monitor is due, after the explicit acknowledgements directly before it, unless its packet was seen within `latency`.",
    "design document section 6.1, flow control",
  ),
  "resend-acknowledgement": rule(
    "MUST",
    "A duplicate of what we acknowledged by an explicit acknowledgement is answered by resending that.",
    "design document section 6.1, flow control",
  ),
  "warn-held": rule(
    "MUST",
    "The user is told of a message that waits for its parents for longer than `latency`.",
    "design document section 2.3",
  ),
  heartbeat: rule(
    "MUST",
    "While joined, a member that wrote nothing but explicit acknowledgements for `idle` writes a heartbeat.",
    "design document section 4.3, PresenceTracker",
  ),
  expiry: rule(
    "MUST",
    "The user is told of members that expire, and of those that are fresh again.",
    "design document section 2.3; erratum ML-1",
  ),
  "no-false-alarm": rule("MUST", "When nothing is lost or late, nobody is warned of anything.", "design document section 2.2"),
  shutdown: rule("MUST", "A subsession ends `grace` after its FIN is fully acknowledged, or `shutdown` after it was sent.", reliability),
  "part-failed": rule(
    "MUST",
    "An end with payloads that are not fully acknowledged is no good end, and the user is told of each.",
    reliability,
  ),
})

export const steps = declareSteps("liveness", {
  begin: ["We are joined. Everybody is fresh up to `now`, which is also when we last wrote; the rest is empty."],
  accepted: [
    "The packet of the message was seen `now`.",
    "Messages that have become fully acknowledged are watched no more. If our FIN is among them: it was fully " + "acknowledged `now`.",
    "If a FIN of another is among them, its author is absent on purpose: it is neither fresh nor expired any more.",
    "If the message is no explicit acknowledgement, and is not fully acknowledged: watch it. If it is not ours, " +
      "our acknowledgement is due after `acknowledgeAfter`, but for a consistency message or a FIN after a random " +
      "time.",
    "That time is the two bytes of the draw `acknowledge/{id}` as a big-endian number, modulo `latency` / 5.",
    "The monitor of what is watched counts from `now` if the message is ours. Otherwise it counts from a random " +
      "time later: the two bytes of the draw `resend/{id}` as a big-endian number, modulo `latency`. It is due " +
      "`full` after that.",
    "If the message is ours: note that it was sent `now`. If it is no explicit acknowledgement, that is also when " + "we last wrote.",
    "If it is our FIN: it takes the place of an earlier one, was sent `now`, and, if it has no readers, was fully " +
      "acknowledged `now`. We are parting, also if the subsession had ended: it ends once more.",
    "If it is not ours, its author is not absent on purpose, and a message of ours is before it: the author is fresh " +
      "up to the time when we sent the last of these (definition `latestBefore`).",
    "If step 9 has made an expired author fresh up to a time less than `expiry` ago: the author is expired no " +
      "more. Tell the user that it is back.",
    "If the message was held, it is so no more.",
  ],
  held: ["Note the message, with `now`, unless it is held already.", "Those that the buffer dropped are held no more."],
  refused: ["A message of the buffer that was refused is held no more."],
  duplicate: [
    "In any case the packet was seen `now`.",
    "If the packet was also seen within the last `latency` before, nothing else is done. Nor is it if the message " +
      "is ours or an explicit acknowledgement, or we have not acknowledged it.",
    "Otherwise, if our first message by which we acknowledged it (definition `earliestAfter`) is an explicit " +
      "acknowledgement whose packet was not seen within the last `latency`: resend that; it was seen `now`.",
  ],
  tick: [
    "If we are parted or part-failed: nothing.",
    "If our acknowledgement of a message is due, or its monitor, and we have not acknowledged the message: " +
      "acknowledge, once for all of these.",
    "An acknowledgement whose time has come is not due again, also if we had acknowledged the message before by " +
      "writing something else. Until this step its time stays as it is, and `nextTick` names it.",
    "Steps 5 to 8 are done for each monitor that is due, one after the other, in the order of acceptance of their " + "messages.",
    "If a monitor is due for the first time and its message is a payload: warn of it (not-acknowledged, not for " + "the last time).",
    "If others than ourselves have not acknowledged the message, and its packet was not seen within the last " +
      "`latency`: resend the explicit acknowledgements directly before it, in the order of acceptance, and then " +
      "the message.",
    "An acknowledgement that was seen within the last `latency` is left out of step 6. Where step 6 does not resend the " +
      "message, it resends no acknowledgement either. What is resent was seen `now`.",
    "The monitor is due again at the first of its due times that is after `now`, if there is one.",
    "For each message held for `latency` of which the user was not told, in the order in which they were first " +
      "held: tell the user, with the parents that are missing, in ascending order (not-accepted).",
    "If we are joined, and last wrote `idle` ago: write a heartbeat.",
    "If we are joined: tell the user of each member that has not expired and is fresh up to a time `expiry` ago or " +
      "longer, sorted (expired). It has expired.",
    "If we are parting, and our FIN was fully acknowledged `grace` ago or sent `shutdown` ago: do stop.",
  ],
  stop: [
    "Warn for the last time of each payload that is not fully acknowledged, in the order of acceptance " + "(not-acknowledged).",
    "Tell the end (ended). It is good if step 1 has warned of nothing. Then we are parted, and otherwise part-failed.",
    "Nothing is watched or held any more.",
  ],
})

/** A time or a span, up to `maximum`. */
export const milliseconds = (maximum?: number): Wire<number> => {
  const wire = uint(0, maximum)
  return { ...wire, json: wire.json.annotate({ description: "milliseconds" }) }
}

/** Any time or span. */
export const Milliseconds = milliseconds()

const latency = 5_000
const full = 16_000 + 2 * latency
const idle = 4 * full

/** The times of the table. */
export const times = {
  latency,
  full,
  acknowledgeAfter: full - 2 * latency,
  acknowledgeSoon: latency / 5,
  idle,
  expiry: (idle * 17) / 16 + full,
  shutdown: 16 * latency,
  grace: latency,
  latest: 2 ** 52,
} as const

/** When a monitor that counts from `at` comes due. */
export const dueTimes = (at: number): ReadonlyArray<number> => {
  const spans = [full, ...[1, 2, 4, 8, 16, 32, 64].map((factor) => factor * latency)]
  return spans.map((_, index) => spans.slice(0, index + 1).reduce((sum, span) => sum + span, at))
}

/** How long an operation with `targets` targets is expected to take. */
export const operationTime = (targets: number): number => (2 + targets) * (latency + 1_000)

/** The watch over one message. */
export const Monitor = record("monitor", {
  id: MessageId,
  at: Milliseconds,
  acknowledgement: nullable(Milliseconds),
  due: nullable(Milliseconds),
  told: uint(0, 1),
})
export type Monitor = ValueOf<typeof Monitor>

/** A message and a time. */
const Noted = record("noted-message", { id: MessageId, at: Milliseconds })

/** The state of a subsession's liveness. */
export const Liveness = record("liveness", {
  phase: choice("joined", "parting", "parted", "part-failed"),
  monitors: listOf(Monitor, 0, 1 << 20),
  held: listOf(record("held-message", { id: MessageId, at: Milliseconds, told: uint(0, 1) }), 0, 1 << 20),
  seen: listOf(Noted, 0, 1 << 20),
  sent: listOf(Noted, 0, 1 << 20),
  fresh: table(MemberName, Milliseconds),
  expired: listOf(MemberName, 0, 1 << 18),
  lastSent: Milliseconds,
  fin: nullable(record("own-fin", { id: MessageId, at: Milliseconds, acknowledged: nullable(Milliseconds) })),
})
export type Liveness = ValueOf<typeof Liveness>

/**
 * What is to be done. `acknowledge` and `heartbeat` are to be written as messages, packets are to be `resent`, the rest
 * is for the user.
 */
export type Action =
  | { readonly type: "acknowledge" }
  | { readonly type: "heartbeat" }
  | { readonly type: "resend"; readonly id: string }
  | { readonly type: "not-acknowledged"; readonly id: string; readonly by: ReadonlyArray<string>; readonly last: boolean }
  | { readonly type: "not-accepted"; readonly id: string; readonly author: string; readonly missing: ReadonlyArray<string> }
  | { readonly type: "expired"; readonly member: string }
  | { readonly type: "back"; readonly member: string }
  | { readonly type: "ended"; readonly good: boolean }

/** When *tick* has something to do next, unless something else happens first; null when never. */
export const nextTick = (state: Liveness): number | null => {
  if (state.phase === "parted" || state.phase === "part-failed") return null
  const fresh = Object.entries(state.fresh).filter(([member]) => !state.expired.includes(member))
  const fin =
    state.fin === null
      ? []
      : [state.fin.at + times.shutdown, ...(state.fin.acknowledged === null ? [] : [state.fin.acknowledged + times.grace])]
  const presence = state.phase === "joined" ? [state.lastSent + times.idle, ...fresh.map(([, at]) => at + times.expiry)] : []
  const monitors = state.monitors.flatMap(({ acknowledgement, due }) => [acknowledgement, due]).filter((at) => at !== null)
  const held = state.held.filter(({ told }) => told === 0).map(({ at }) => at + times.latency)
  const all = [...monitors, ...held, ...presence, ...fin]
  return all.length === 0 ? null : Math.min(...all)
}
