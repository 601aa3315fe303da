/**
 * Whose acknowledgements are to come, and what is known of a message that was acknowledged.
 *
 * @module
 */
import type { Knowledge } from "../../../spec/dcgka/group-membership.ts"
import type { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { includes, knowledgeAt, knowledgeOf, knows, members, positionOf, unknownOf, viewOf } from "../group-membership.ts"
import { addedBy } from "./record.ts"
import type { Joined, MessageRef, OpenUpdate } from "./state.ts"

const isOf = (update: OpenUpdate, { sender, seq }: MessageRef): boolean => update.sender === sender && update.seq === seq

const without = (awaited: ReadonlyArray<string>, left: ReadonlyArray<string>): ReadonlyArray<string> =>
  awaited.filter((member) => !left.includes(member))

/** Who acknowledges a message that its sender sent when it knew what it knows now: its view, and those whose addition it did not know. */
export const acknowledgers = ({ history }: Pick<Joined, "history">, sender: string): ReadonlyArray<string> => {
  const known = knowledgeOf(history, sender)!
  const unknown = unknownOf(history, known).map((at) => history.entries[at]!.change)
  const added = unknown.flatMap((change) => (change.type === "add" ? [change.member] : []))
  return [...new Set([...viewOf(history, sender), ...added])].filter((member) => member !== sender).sort()
}

const updatesAfter = (state: Joined, message: ControlMessage): ReadonlyArray<OpenUpdate> => {
  const { updates, history, me } = state
  const { sender, seq } = message
  switch (message.type) {
    case "update":
      // key-agreement.await.1
      // key-agreement.await.2
      return [...updates, { sender, seq, known: knowledgeOf(history, sender)!, awaited: without(acknowledgers(state, sender), [me]) }]
    case "add": {
      // key-agreement.await.3
      const added = addedBy(state, message)!
      const isToCome = ({ awaited }: OpenUpdate) => awaited.includes(sender) && !awaited.includes(added)
      return updates.map((update) => (isToCome(update) ? { ...update, awaited: [...update.awaited, added].sort() } : update))
    }
    case "ack":
    case "forward": {
      // key-agreement.await.4
      const of = { sender: message.ofSender, seq: message.ofSeq }
      return updates.map((update) => (isOf(update, of) ? { ...update, awaited: without(update.awaited, [sender]) } : update))
    }
    default:
      return updates
  }
}

/** Notes what the message says of the acknowledgements that are to come. It has been recorded and noted as seen. */
export const awaitAnswers = (state: Joined, message: ControlMessage): Joined => ({
  ...state,
  updates: updatesAfter(state, message).filter(({ awaited }) => awaited.length > 0),
})

/** What the sender of a create, update, remove or add knew as of it, that message included; undefined of an update that is not kept. */
const knownAsOf = ({ history, updates }: Joined, of: MessageRef): Knowledge | undefined => {
  const position = positionOf(history, of.sender, of.seq)
  return position === -1 ? updates.find((update) => isOf(update, of))?.known : knowledgeAt(history, position)
}

/** The view of the sender of the message as of it; undefined when it is an update that is not kept. */
export const viewAsOf = (state: Joined, of: MessageRef): ReadonlyArray<string> | undefined => {
  const known = knownAsOf(state, of)
  return known === undefined ? undefined : members(state.history, known)
}

/** Whether the acknowledgement of the message `of` by `member` may be to come. */
export const mayAcknowledge = ({ me, history, updates }: Joined, of: MessageRef, member: string): boolean => {
  const position = positionOf(history, of.sender, of.seq)
  const known = knowledgeOf(history, member)
  if (position !== -1) return known === undefined || !knows(known, position)
  // Who does not have us as a member may be acknowledging an update that our welcome covers.
  const isKept = updates.some((update) => isOf(update, of) && update.awaited.includes(member))
  return isKept || !viewOf(history, member).includes(me)
}

/** Whether `member`, who acknowledges the message `of`, has left out an update of the same sender, or a change that is before it. */
export const hasLeftOut = (state: Joined, of: MessageRef, member: string): boolean => {
  const { history, updates } = state
  const isEarlier = ({ sender, seq }: MessageRef) => sender === of.sender && seq < of.seq
  if (updates.some((update) => isEarlier(update) && update.awaited.includes(member))) return true
  const own = knowledgeOf(history, member)
  const known = knownAsOf(state, of)
  // The first message of a member acknowledges the change that brings it in, and with it all that is before.
  if (own === undefined || known === undefined) return false
  const position = positionOf(history, of.sender, of.seq)
  return !includes(own, position === -1 ? known : { length: position, unknown: known.unknown })
}
