/**
 * Group membership: chapter "group-membership", incrementally.
 *
 * A history is kept without its acks, as the chapter says: each change with the earlier ones that are not before it, and for each sender what it knew as of its last operation.
 * So "before" is one look, and neither appending nor a view has to walk the graph.
 *
 * @module
 */
import { Effect } from "effect"
import { listOf, record, table, unlimited, type ValueOf } from "../../spec/conventions/encoding.ts"
import { MemberId, Seq } from "../../spec/conventions/identifiers.ts"
import { refuse } from "../../spec/conventions/verdicts.ts"
import { Change, clauses, Knowledge, type Operation, Position } from "../../spec/dcgka/group-membership.ts"
import { remembering, withEntry } from "../conventions.ts"

/** A change, with the positions of the earlier ones that are not before it, in ascending order. */
export const Entry = record("history-entry", { change: Change, unknown: listOf(Position, 0, unlimited) })
export type Entry = ValueOf<typeof Entry>

/** A history: its changes, each after all that are before it, and by sender the number of its last operation and what it knew as of it. */
export const History = record("history", {
  entries: listOf(Entry, 0, unlimited),
  senders: table(MemberId, record("sender", { last: Seq, knowledge: Knowledge })),
})
export type History = ValueOf<typeof History>

/** The history without operations. */
export const emptyHistory: History = { entries: [], senders: {} }

const nameOf = (sender: string, seq: number): string => `${sender} ${seq}`

/** Where things are in the changes of a history: that of a sender with a number, the add of a member, the removals of one. */
const placesOf = remembering((entries: ReadonlyArray<Entry>) => {
  const [named, additions, removals] = [new Map<string, number>(), new Map<string, number>(), new Map<string, ReadonlyArray<number>>()]
  for (const [at, { change }] of entries.entries()) {
    named.set(nameOf(change.sender, change.seq), at)
    if (change.type === "add") additions.set(change.member, at)
    if (change.type === "remove") removals.set(change.member, [...(removals.get(change.member) ?? []), at])
  }
  return { named, additions, removals }
})

/** The position of the change of `sender` numbered `seq`; -1 when the history does not have it. */
export const positionOf = ({ entries }: History, sender: string, seq: number): number =>
  placesOf(entries).named.get(nameOf(sender, seq)) ?? -1

/** The add that has made `member`; undefined when the create has, or nothing. In a group each add makes a new member, so there is one at most. */
export const additionOf = ({ entries }: History, member: string): Change | undefined =>
  entries[placesOf(entries).additions.get(member) ?? -1]?.change

/** The positions of the removals of `member`, in ascending order. */
export const removalsOf = ({ entries }: History, member: string): ReadonlyArray<number> => placesOf(entries).removals.get(member) ?? []

/** Whether the change at `position` is among what is known. */
export const knows = ({ length, unknown }: Knowledge, position: number): boolean => position < length && !unknown.includes(position)

/** What is before the change at `position`, and that change. */
export const knowledgeAt = ({ entries }: History, position: number): Knowledge => ({
  length: position + 1,
  unknown: entries[position]!.unknown,
})

/** The positions of the changes of a history that are not known, in ascending order. */
export const unknownOf = ({ entries }: History, { length, unknown }: Knowledge): ReadonlyArray<number> => [
  ...unknown,
  ...positionsFrom(length, entries.length),
]

/** Whether all that is known to the one is known to the other. */
export const includes = (all: Knowledge, some: Knowledge): boolean => {
  const unknownToSome = new Set(some.unknown)
  const isUnknownToSome = (position: number) => position >= some.length || unknownToSome.has(position)
  return all.unknown.every(isUnknownToSome) && positionsFrom(all.length, some.length).every(isUnknownToSome)
}

/** The changes known that are before no other known one, in ascending order. */
export const heads = ({ entries }: History, knowledge: Knowledge): ReadonlyArray<number> => {
  let latest = knowledge.length - 1
  while (latest >= 0 && !knows(knowledge, latest)) latest--
  if (latest < 0) return []
  // What is before the latest is no head, and nothing that is before it can be after another candidate.
  const candidates = [...entries[latest]!.unknown.filter((position) => knows(knowledge, position)), latest]
  return candidates.filter((one) => candidates.every((later) => later <= one || entries[later]!.unknown.includes(one)))
}

/** What `member` knew as of its last operation; undefined when it has sent none. */
export const knowledgeOf = ({ senders }: History, member: string): Knowledge | undefined => senders[member]?.knowledge

const positionsFrom = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)

/** What is known to one or the other. */
const union = (a: Knowledge, b: Knowledge): Knowledge => {
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a]
  const unknownToShorter = new Set(shorter.unknown)
  const isUnknown = (position: number) => position >= shorter.length || unknownToShorter.has(position)
  return { length: longer.length, unknown: longer.unknown.filter(isUnknown) }
}

/** The history with one more operation. */
export const append = Effect.fnUntraced(function* (history: History, operation: Operation) {
  const { entries, senders } = history
  const { sender, seq } = operation
  const isCreate = operation.type === "create"
  // membership.append.1
  const isRoot = isCreate && operation.members.includes(sender)
  if (entries.length === 0 && !isRoot) return yield* refuse(clauses["create-first"], operation.type)
  // membership.append.2
  if (entries.length > 0 && isCreate) return yield* refuse(clauses["create-first"], operation.type)
  // membership.append.3
  const last = senders[sender]?.last ?? 0
  if (seq <= last) return yield* refuse(clauses["seq-rises"], `${seq} after ${last}`)
  // The create is before everything.
  const before = knowledgeOf(history, sender) ?? { length: Math.min(1, entries.length), unknown: [] }
  if (operation.type === "ack") {
    // membership.append.4
    const position = positionOf(history, operation.ofSender, operation.ofSeq)
    if (position === -1) return yield* refuse(clauses["ack-known"], `${operation.ofSender} ${operation.ofSeq}`)
    const knowledge = union(before, knowledgeAt(history, position))
    return { entries, senders: withEntry(senders, sender, { last: seq, knowledge }) }
  }
  // membership.append.5
  const unknown = unknownOf(history, before)
  const knowledge = { length: entries.length + 1, unknown }
  return { entries: [...entries, { change: operation, unknown }], senders: withEntry(senders, sender, { last: seq, knowledge }) }
})

/** An entry at its position. */
interface Placed extends Entry {
  readonly at: number
}

/** An addition that can be reached from the root. */
interface Standing {
  readonly at: number
  /** The position of the first removal of its member that comes after it. */
  readonly removedAt: number
  /** The positions that one of these removals does not come after. */
  readonly besides: ReadonlySet<number>
}

const isBefore = (at: number, { at: later, unknown }: Placed): boolean => at < later && !unknown.includes(at)

const standing = (at: number, removals: ReadonlyArray<Placed>): Standing => {
  const after = removals.filter((removal) => isBefore(at, removal))
  return { at, removedAt: after[0]?.at ?? Number.POSITIVE_INFINITY, besides: new Set(after.flatMap(({ unknown }) => unknown)) }
}

// What its adder adds stands when no removal of the adder comes between or beside.
const carries = (from: Standing, to: Placed): boolean => isBefore(from.at, to) && to.at < from.removedAt && !from.besides.has(to.at)

/** The members after the changes that are known, in ascending order, computed from the changes. */
const membersAfter = (entries: ReadonlyArray<Entry>, knowledge: Knowledge): ReadonlyArray<string> => {
  const hidden = new Set(knowledge.unknown)
  const known = entries
    .slice(0, knowledge.length)
    .map((entry, at): Placed => ({ ...entry, at }))
    .filter(({ at }) => !hidden.has(at))
  const removals = Map.groupBy(
    known.filter(({ change }) => change.type === "remove"),
    ({ change }) => (change.type === "remove" ? change.member : ""),
  )
  const additions = new Map<string, Array<Standing>>()
  const add = (member: string, at: number) => {
    const addition = standing(at, removals.get(member) ?? [])
    additions.set(member, [...(additions.get(member) ?? []), addition])
  }
  for (const entry of known) {
    const { change, at } = entry
    if (change.type === "create") for (const member of change.members) add(member, at)
    const ofAdder = change.type === "add" ? (additions.get(change.sender) ?? []) : []
    if (change.type === "add" && ofAdder.some((from) => carries(from, entry))) add(change.member, at)
  }
  const isMember = (all: ReadonlyArray<Standing>) => all.some(({ removedAt }) => removedAt === Number.POSITIVE_INFINITY)
  return [...additions]
    .filter(([, all]) => isMember(all))
    .map(([member]) => member)
    .sort()
}

// The view after an entry and all that stand before it. An entry is in one history and those that go on from it, so what stands before it is always the same.
const viewsAfter = new WeakMap<Entry, ReadonlyArray<string>>()

/** The view after a change that all others are before, by the view before it: a removal takes out its member and nobody else; an add brings in its member if its adder is in the view. */
const viewWith = (before: ReadonlyArray<string>, change: Change): ReadonlyArray<string> => {
  if (change.type === "remove") return before.filter((member) => member !== change.member)
  const isAdded = change.type === "add" && before.includes(change.sender) && !before.includes(change.member)
  return isAdded ? [...before, change.member].sort() : before
}

/** The members after the first `length` changes. Without the view before it, as after loading, it is computed from all of them. */
const membersAfterFirst = (entries: ReadonlyArray<Entry>, length: number): ReadonlyArray<string> => {
  const last = entries[length - 1]
  if (last === undefined) return []
  const computed = viewsAfter.get(last)
  if (computed !== undefined) return computed
  const before = length === 1 || last.unknown.length > 0 ? undefined : viewsAfter.get(entries[length - 2]!)
  const view = before === undefined ? membersAfter(entries, { length, unknown: [] }) : viewWith(before, last.change)
  viewsAfter.set(last, view)
  return view
}

// By the changes, and then by the knowledge: views where something is unknown.
const viewsOf = remembering((_: ReadonlyArray<Entry>) => new WeakMap<Knowledge, ReadonlyArray<string>>())

/** The members after the changes that are known (without `knowledge`: after all), in ascending order. Each message looks at several views, and few messages change one: so they are remembered. */
export const members = ({ entries }: History, knowledge: Knowledge = { length: entries.length, unknown: [] }): ReadonlyArray<string> => {
  if (knowledge.unknown.length === 0) return membersAfterFirst(entries, knowledge.length)
  const views = viewsOf(entries)
  const view = views.get(knowledge) ?? membersAfter(entries, knowledge)
  views.set(knowledge, view)
  return view
}

/** Whether `member` knew as of its last operation that `other` had been removed. */
export const knewRemoval = (history: History, member: string, other: string): boolean => {
  const knowledge = knowledgeOf(history, member)
  return knowledge !== undefined && removalsOf(history, other).some((position) => knows(knowledge, position))
}

/** The view of `member` as of its last operation, in ascending order; empty when it has sent none. */
export const viewOf = (history: History, member: string): ReadonlyArray<string> => {
  const knowledge = knowledgeOf(history, member)
  return knowledge === undefined ? [] : members(history, knowledge)
}

/** By position, what a change does not know of those that stand earlier. */
export type Missing = ReadonlyArray<ReadonlySet<number>>

/** Whether whatever is before a known change is known too, when that holds of each change by itself. */
export const isClosed = (missing: Missing, { length, unknown }: Knowledge): boolean => {
  if (unknown.length === 0) return true
  const missed = new Set(unknown)
  let latest = length - 1
  while (missed.has(latest)) latest--
  const knowsBefore = (at: number) => {
    for (const position of unknown) {
      if (position > at) return true
      if (!missing[at]!.has(position)) return false
    }
    return true
  }
  // What is before the latest known change need not be looked at again.
  const others = [...missing[latest]!].filter((position) => !missed.has(position))
  return [latest, ...others].every(knowsBefore)
}
