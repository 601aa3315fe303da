/**
 * The room for application messages that wait.
 *
 * @module
 */
import { Effect } from "effect"
import { Ignored, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, leastWaiting, maximumWaiting } from "../../../spec/dcgka/group-messaging.ts"
import { sameBytes } from "../../conventions.ts"
import * as Broadcast from "../causal-broadcast.ts"
import type { Membership } from "./state.ts"

/** An application message that waits. */
export type Waiting = Membership["waiting"][number]

/** What waits that there is room for, and what is lost: the newest of a share goes first. */
const boundedWaiting = ({ broadcast }: Membership, waiting: ReadonlyArray<Waiting>) => {
  // group-messaging.room.1
  const shareOf = Broadcast.sharer(broadcast)
  return Broadcast.bounded(
    {
      most: maximumWaiting,
      shareOf: ({ sender }) => shareOf(sender),
      costOf: ({ packet }) => Math.max(packet.length, leastWaiting),
      goes: (share) => share.at(-1)!,
      isLast: () => false,
    },
    waiting,
  )
}

/** Keeps no more of what waits than there is room for, after whom we have as members may have changed. */
export const withinRoom = (membership: Membership) => {
  const { kept: waiting, lost } = boundedWaiting(membership, membership.waiting)
  return { membership: lost.length === 0 ? membership : { ...membership, waiting }, lost }
}

/** Holds a message, which nobody has verified, for the control message that begins its chain. Gives what goes for it. */
export const hold = Effect.fnUntraced(function* (membership: Membership, message: Waiting) {
  const { waiting } = membership
  // group-messaging.hold.1
  if (waiting.some(({ packet }) => sameBytes(packet, message.packet))) return yield* new Ignored({ reason: "duplicate" })
  // group-messaging.hold.2
  const { kept, lost } = boundedWaiting(membership, [...waiting, message])
  if (lost.includes(message)) return yield* refuse(clauses["held-limit"], `${waiting.length} messages wait before one of ${message.sender}`)
  // group-messaging.hold.3
  const after: Membership = { ...membership, waiting: kept }
  return { membership: after, lost }
})
