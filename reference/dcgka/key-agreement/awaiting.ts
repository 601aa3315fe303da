/**
 * Whose acknowledgements are to come.
 *
 * @module
 */
import type { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { knowledgeAt, knowledgeOf, knows, members, positionOf, viewOf } from "../group-membership.ts"
import { addedBy } from "./record.ts"
import type { Joined, MessageRef, OpenUpdate } from "./state.ts"

type Awaited = OpenUpdate["awaited"]

const isOf = (update: OpenUpdate, { sender, seq }: MessageRef): boolean => update.sender === sender && update.seq === seq

const without = (awaited: Awaited, members: ReadonlyArray<string>): Awaited =>
  Object.fromEntries(Object.entries(awaited).filter(([member]) => !members.includes(member)))

const open = (state: Joined, { sender, seq }: MessageRef): OpenUpdate => {
  const { entries } = state.history
  const known = knowledgeOf(state.history, sender)!
  const awaited: Record<string, number> = {}
  for (const member of viewOf(state.history, sender)) awaited[member] = 1
  for (const [at, { change }] of entries.entries()) if (change.type === "add" && !knows(known, at)) awaited[change.member] = 0
  return { sender, seq, awaited: without(awaited, [sender, state.me]) }
}

const updatesAfter = (state: Joined, message: ControlMessage): ReadonlyArray<OpenUpdate> => {
  const { updates } = state
  switch (message.type) {
    case "update":
      // key-agreement.await.1
      return [...updates, open(state, message)]
    case "add": {
      // key-agreement.await.2
      const added = addedBy(state, message)!
      const isToCome = ({ awaited }: OpenUpdate) => awaited[message.sender] !== undefined
      return updates.map((update) => (isToCome(update) ? { ...update, awaited: { ...update.awaited, [added]: 0 } } : update))
    }
    case "ack": {
      // key-agreement.await.3
      const of = { sender: message.ofSender, seq: message.ofSeq }
      return updates.map((update) => (isOf(update, of) ? { ...update, awaited: without(update.awaited, [message.sender]) } : update))
    }
    default:
      return updates
  }
}

/** Notes what the message says of the acknowledgements that are to come. It has been recorded and noted as seen. */
export const awaitAnswers = (state: Joined, message: ControlMessage): Joined => ({
  ...state,
  updates: updatesAfter(state, message).filter(({ awaited }) => Object.keys(awaited).length > 0),
})

/** Whether `member` was a recipient of the message `of`, which it has not acknowledged yet. */
export const isRecipient = ({ history, updates }: Joined, of: MessageRef, member: string): boolean => {
  const position = positionOf(history, of.sender, of.seq)
  if (position !== -1) return members(history, knowledgeAt(history, position)).includes(member)
  return updates.find((update) => isOf(update, of))?.awaited[member] === 1
}

/** Whether the acknowledgement of the message `of` by `member` may be to come. */
export const mayAcknowledge = ({ me, history, updates }: Joined, of: MessageRef, member: string): boolean => {
  const position = positionOf(history, of.sender, of.seq)
  const known = knowledgeOf(history, member)
  if (position !== -1) return known === undefined || !knows(known, position)
  // Who does not have us as a member may be acknowledging an update that our welcome covers.
  const isKept = updates.some((update) => isOf(update, of) && update.awaited[member] !== undefined)
  return isKept || !viewOf(history, member).includes(me)
}

/** Whether the acknowledgement by `member` of an earlier message of the sender of `of` is to come. */
export const isEarlierAwaited = ({ history, updates }: Joined, of: MessageRef, member: string): boolean => {
  const isEarlier = ({ sender, seq }: MessageRef) => sender === of.sender && seq < of.seq
  const known = knowledgeOf(history, member)
  return (
    updates.some((update) => isEarlier(update) && update.awaited[member] !== undefined) ||
    (known !== undefined && history.entries.some(({ change }, at) => isEarlier(change) && !knows(known, at)))
  )
}
