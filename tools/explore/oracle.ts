/**
 * What the specification says of messages: what is before one, and who its sender's members are. By the definitions of the chapter "group-membership", and by nothing of the reference.
 *
 * @module
 */
import type { Message } from "../../reference/simulation/locals.ts"
import { members, type Operation } from "../../spec/dcgka/group-membership.ts"

/** What is needed to say what is before a message, and who its sender's members are. */
export type Caused = Pick<Message, "control" | "operation"> & { readonly previous: Caused | undefined; readonly of: Caused | undefined }

const pasts = new WeakMap<Caused, ReadonlySet<Caused>>()
const views = new WeakMap<Caused, ReadonlySet<string>>()

/** The message and all that are before it: earlier ones of its sender, what it answers, and so on. A create is before everything. */
export const pastOf = <M extends Caused>(message: M): ReadonlySet<M> => {
  const known = pasts.get(message)
  // What is before a message is of its own kind.
  if (known !== undefined) return known as ReadonlySet<M>
  const { previous, of } = message
  const past = new Set<Caused>()
  for (const one of [previous, of]) if (one !== undefined) for (const earlier of pastOf(one)) past.add(earlier)
  past.add(message)
  pasts.set(message, past)
  return past as ReadonlySet<Caused> as ReadonlySet<M>
}

/** Whether `a` is before `b`, or is it. */
export const isBefore = (a: Caused, b: Caused): boolean => pastOf(b).has(a)

/** The members after all of `messages`, which have with each one all before it, in ascending order. Acknowledgements matter only to what is before what. */
export const membersAfter = (messages: Iterable<Caused>): ReadonlyArray<string> => {
  const byOperation = new Map<Operation, Caused>()
  for (const message of messages) {
    const { operation } = message
    if (operation !== undefined && operation.type !== "ack") byOperation.set(operation, message)
  }
  const isStrictlyBefore = (a: Operation, b: Operation) =>
    a !== b && (a.type === "create" || isBefore(byOperation.get(a)!, byOperation.get(b)!))
  return members([...byOperation.keys()], isStrictlyBefore)
}

/** The sender's view of a message: the members after all that is before it, itself included. */
export const viewOf = (message: Caused): ReadonlySet<string> => {
  const known = views.get(message)
  if (known !== undefined) return known
  const view = new Set(membersAfter(pastOf(message)))
  views.set(message, view)
  return view
}

/** Whether a message brings a fresh seed. */
export const isSeed = ({ control }: Pick<Message, "control">): boolean =>
  control.type === "create" || control.type === "update" || control.type === "remove"
