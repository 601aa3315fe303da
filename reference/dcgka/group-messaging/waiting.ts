/**
 * The room for application messages that wait.
 *
 * @module
 */
import { Effect } from "effect"
import { Ignored, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, leastWaiting, maximumWaiting } from "../../../spec/dcgka/group-messaging.ts"
import { sameBytes } from "../../conventions.ts"
import { type Membership, viewOf } from "./state.ts"

/** An application message that waits. */
export type Waiting = Membership["waiting"][number]

const sizeOf = (waiting: ReadonlyArray<Waiting>): number =>
  waiting.reduce((sum, { packet }) => sum + Math.max(packet.length, leastWaiting), 0)

/** The share of all those who are not in our view; no member's identifier is empty. */
const strangers = ""

/** Holds a message, which nobody has verified, for the control message that begins its chain. */
export const hold = Effect.fnUntraced(function* (membership: Membership, message: Waiting) {
  const { waiting } = membership
  // group-messaging.hold.1
  if (waiting.some(({ packet }) => sameBytes(packet, message.packet))) return yield* new Ignored({ reason: "duplicate" })
  const view = viewOf(membership)
  const shareOf = ({ sender }: Waiting) => (view.includes(sender) ? sender : strangers)
  let all = [...waiting, message]
  // group-messaging.hold.2
  const ofStrangers = all.filter((one) => shareOf(one) === strangers)
  const isAbove = shareOf(message) === strangers && sizeOf(ofStrangers) > maximumWaiting.strangers
  if (isAbove) return yield* refuse(clauses["held-limit"], `${ofStrangers.length} messages of strangers`)
  // group-messaging.hold.3
  while (sizeOf(all) > maximumWaiting.all) {
    const shares = [...Map.groupBy(all, shareOf)].sort(([a], [b]) => (a < b ? -1 : 1))
    const [, largest] = shares.reduce((most, one) => (sizeOf(one[1]) > sizeOf(most[1]) ? one : most))
    const last = largest.at(-1)!
    if (last === message) return yield* refuse(clauses["held-limit"], `${all.length} messages, most of ${message.sender}`)
    all = all.filter((one) => one !== last)
  }
  // group-messaging.hold.4
  const after: Membership = { ...membership, waiting: all }
  return after
})
