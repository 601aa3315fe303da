/**
 * Group membership: chapter "group-membership", incrementally.
 *
 * Each operation is kept with its **past**: for each member the highest number of an operation of that member that is before it or is itself. So "before" is one comparison,
 * and neither appending nor a view has to walk the graph.
 *
 * @module
 */
import { Effect } from "effect"
import { listOf, record, table, type ValueOf } from "../../spec/conventions/encoding.ts"
import { MemberId, Seq } from "../../spec/conventions/identifiers.ts"
import { refuse } from "../../spec/conventions/verdicts.ts"
import { clauses, Operation } from "../../spec/dcgka/group-membership.ts"

/** An operation with its past. */
export const Entry = record("history-entry", { operation: Operation, past: table(MemberId, Seq) })
export type Entry = ValueOf<typeof Entry>

/** A history, each operation after all that are before it. */
export const History = listOf(Entry, 0, 1 << 20)
export type History = ValueOf<typeof History>

type Past = Entry["past"]

const union = (a: Past, b: Past): Past => {
  const result: Record<string, number> = { ...a }
  for (const [member, seq] of Object.entries(b)) result[member] = Math.max(seq, result[member] ?? 0)
  return result
}

/** The operation of `sender` numbered `seq`, if the history has it. */
export const find = (history: History, sender: string, seq: number): Entry | undefined =>
  history.find(({ operation }) => operation.sender === sender && operation.seq === seq)

const latest = (history: History, sender: string, seq: number): Entry | undefined =>
  history.findLast(({ operation }) => operation.sender === sender && operation.seq <= seq)

/** The history with one more operation. */
export const append = Effect.fnUntraced(function* (history: History, operation: Operation) {
  // membership.append.1
  const isCreate = operation.type === "create"
  const isRoot = isCreate && operation.members.includes(operation.sender)
  if (history.length === 0 ? !isRoot : isCreate) return yield* refuse(clauses["create-first"], operation.type)
  // membership.append.2
  const previous = latest(history, operation.sender, Number.MAX_SAFE_INTEGER)
  if (previous !== undefined && previous.operation.seq >= operation.seq) {
    return yield* refuse(clauses["seq-rises"], `${operation.seq} after ${previous.operation.seq}`)
  }
  // membership.append.3
  const acknowledged = operation.type === "ack" ? find(history, operation.ofSender, operation.ofSeq) : undefined
  if (operation.type === "ack" && acknowledged === undefined) {
    return yield* refuse(clauses["ack-known"], `${operation.ofSender} ${operation.ofSeq}`)
  }
  // membership.append.4
  const past = union(union(previous?.past ?? history[0]?.past ?? {}, acknowledged?.past ?? {}), { [operation.sender]: operation.seq })
  return [...history, { operation, past }]
})

const isIn = (past: Past, operation: Operation): boolean => operation.seq <= (past[operation.sender] ?? 0)

const isBefore = (a: Entry, b: Entry): boolean => a !== b && isIn(b.past, a.operation)

const add = (entries: Map<string, Array<Entry>>, member: string, entry: Entry) => {
  const present = entries.get(member)
  if (present === undefined) entries.set(member, [entry])
  else present.push(entry)
}

/** The members after `entries`, in ascending order. */
export const members = (entries: History): ReadonlyArray<string> => {
  const removals = new Map<string, Array<Entry>>()
  const standing = new Map<string, Array<Entry>>()
  for (const entry of entries) if (entry.operation.type === "remove") add(removals, entry.operation.member, entry)
  const removalsOf = (member: string) => removals.get(member) ?? []
  // An addition stands when one of its adder's additions before it stands, and no removal of the adder comes between or beside them.
  const carries = (adder: string, from: Entry, to: Entry) =>
    isBefore(from, to) && !removalsOf(adder).some((removal) => isBefore(from, removal) && !isBefore(to, removal))
  for (const entry of entries) {
    const { operation } = entry
    if (operation.type === "create") for (const member of operation.members) add(standing, member, entry)
    if (operation.type !== "add") continue
    const ofAdder = standing.get(operation.sender) ?? []
    if (ofAdder.some((from) => carries(operation.sender, from, entry))) add(standing, operation.member, entry)
  }
  const isMember = (member: string, entries: ReadonlyArray<Entry>) =>
    entries.some((entry) => !removalsOf(member).some((removal) => isBefore(entry, removal)))
  return [...standing]
    .filter(([member, entries]) => isMember(member, entries))
    .map(([member]) => member)
    .sort()
}

/** Those whom `member` knew to have been removed when it sent its message number `seq`, in ascending order. */
export const removedAsOf = (history: History, member: string, seq: number): ReadonlyArray<string> => {
  const past = latest(history, member, seq)?.past ?? {}
  const known = history.map(({ operation }) => operation).filter((operation) => isIn(past, operation))
  return known.flatMap((operation) => (operation.type === "remove" ? [operation.member] : [])).sort()
}

/** The view of `member` as of its message number `seq`, in ascending order; empty when it had sent no operation. */
export const memberView = (history: History, member: string, seq: number): ReadonlyArray<string> => {
  const past = latest(history, member, seq)?.past ?? {}
  return members(history.filter(({ operation }) => isIn(past, operation)))
}
