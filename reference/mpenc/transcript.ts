/**
 * Transcript: chapter "transcript".
 *
 * Each message is kept with its **past**: for each author, how many of that author's messages are at or before it. The messages of an author form a line, so "before" is one comparison.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { listOf, nullable, record, table, uint, unlimited, type ValueOf } from "../../spec/conventions/encoding.ts"
import { Ignored, refuse, Waiting } from "../../spec/conventions/verdicts.ts"
import { MemberName } from "../../spec/mpenc/records.ts"
import { bufferCapacity, clauses, type Log, type LogEntry, Members, Message, mayFollow, membersOf } from "../../spec/mpenc/transcript.ts"
import { remembering } from "../conventions.ts"

const Entry = record("transcript-entry", {
  message: Message,
  past: table(MemberName, uint()),
  unacknowledged: listOf(MemberName, 0, unlimited),
})
type Entry = ValueOf<typeof Entry>

/** The state of a transcript. */
export const Transcript = record("transcript", {
  members: nullable(Members),
  messages: listOf(Entry, 0, 1 << 20),
  buffer: listOf(Message, 0, 1 << 20),
})
export type Transcript = ValueOf<typeof Transcript>

/** An empty transcript: of a subsession with `members`, or of messages with any members. */
export const empty = (members: ReadonlyArray<string> | null): Transcript => ({ members, messages: [], buffer: [] })

// A table has nothing but its own keys: "constructor" is a possible user.
const counted = (past: Entry["past"], author: string): number => (Object.hasOwn(past, author) ? past[author]! : 0)

/** Whether `a` is before `b` or is `b`. */
export const atOrBefore = (a: Entry, b: Entry): boolean => counted(b.past, a.message.author) >= counted(a.past, a.message.author)

const byId = remembering((messages: Transcript["messages"]) => new Map(messages.map((entry) => [entry.message.id, entry] as const)))

const entryOf = (transcript: Transcript, id: string): Entry | undefined => byId(transcript.messages).get(id)

/** The message with this identifier, if the transcript has it. */
export const find = (transcript: Transcript, id: string): Message | undefined => entryOf(transcript, id)?.message

/** Those of `parents` that the transcript does not have, in ascending order. */
export const missing = (transcript: Transcript, parents: ReadonlyArray<string>): ReadonlyArray<string> =>
  parents.filter((id) => find(transcript, id) === undefined).sort()

/** The parents of the next message: those that are before no other, in ascending order. */
export const heads = ({ messages }: Transcript): ReadonlyArray<string> => {
  const named = new Set(messages.flatMap(({ message }) => message.parents))
  return messages
    .map(({ message }) => message.id)
    .filter((id) => !named.has(id))
    .sort()
}

const byAuthor = remembering((messages: Transcript["messages"]) =>
  Map.groupBy(
    messages.map(({ message }) => message),
    ({ author }) => author,
  ),
)

/** The messages of `author`, in order. */
export const by = ({ messages }: Transcript, author: string): ReadonlyArray<Message> => byAuthor(messages).get(author) ?? []

/** The last message of `author` before the message, if there is one. */
export const latestBefore = (transcript: Transcript, id: string, author: string): Message | undefined => {
  const entry = entryOf(transcript, id)
  const count = entry === undefined ? 0 : counted(entry.past, author) - (entry.message.author === author ? 1 : 0)
  return by(transcript, author)[count - 1]
}

/** The first message of `author` by which it acknowledged the message, if there is one. */
export const earliestAfter = (transcript: Transcript, id: string, author: string): Message | undefined => {
  const visible = new Set([id])
  for (const { message } of transcript.messages) {
    if (!message.parents.some((parent) => visible.has(parent))) continue
    if (message.author === author) return message
    if (message.readers.includes(author)) visible.add(message.id)
  }
  return undefined
}

/** The readers that have not acknowledged the message. */
export const unacknowledgedBy = (transcript: Transcript, id: string): ReadonlyArray<string> => entryOf(transcript, id)?.unacknowledged ?? []

/** The messages that are not fully acknowledged, in the order of acceptance. */
export const unacknowledged = ({ messages }: Transcript): ReadonlyArray<Message> =>
  messages.filter((entry) => entry.unacknowledged.length > 0).map(({ message }) => message)

const checkAlone = Effect.fnUntraced(function* (transcript: Transcript, message: Message) {
  // transcript.accept.1
  if (find(transcript, message.id) !== undefined) return yield* new Ignored({ reason: "duplicate" })
  // transcript.accept.2
  if (message.parents.includes(message.id)) return yield* refuse(clauses["own-parent"], message.author)
  // transcript.accept.3
  const members = membersOf(message)
  if (new Set(members).size !== members.length) return yield* refuse(clauses["author-reads"], message.author)
  // transcript.accept.4
  const isTooMany = transcript.members !== null && message.parents.length > transcript.members.length
  if (isTooMany) return yield* refuse(clauses["parent-count"], message.author)
  // transcript.accept.5
  const [first] = missing(transcript, message.parents)
  if (first !== undefined) return yield* new Waiting({ missing: [{ parent: first }] })
})

const checkOrder = Effect.fnUntraced(function* (transcript: Transcript, message: Message) {
  const { author } = message
  const parents = message.parents.map((id) => entryOf(transcript, id)!)
  // transcript.accept.6
  const unseen = parents.find((parent) => !membersOf(parent.message).includes(author))
  if (unseen !== undefined) return yield* refuse(clauses["author-saw-parent"], author)
  // transcript.accept.7
  const authors = parents.map((parent) => parent.message.author)
  if (new Set(authors).size !== authors.length) return yield* refuse(clauses["one-parent-per-author"], author)
  // transcript.accept.8
  const seen = Math.max(0, ...parents.map(({ past }) => counted(past, author)))
  if (seen < by(transcript, author).length) return yield* refuse(clauses["own-line"], author)
  // transcript.accept.9
  if (!mayFollow(by(transcript, author), message)) return yield* refuse(clauses["after-fin"], author)
  // transcript.accept.10
  const isChain = parents.some((a) => parents.some((b) => a !== b && atOrBefore(a, b)))
  if (isChain) return yield* refuse(clauses["anti-chain"], author)
  // transcript.accept.11
  const same = transcript.members === null || sameMembers(transcript.members, membersOf(message))
  if (!same) return yield* refuse(clauses.membership, author)
  return parents
})

const sameMembers = (a: ReadonlyArray<string>, b: ReadonlyArray<string>) => a.length === b.length && a.every((member) => b.includes(member))

const pastOf = (parents: ReadonlyArray<Entry>, author: string): Entry["past"] => {
  const authors = [...new Set([...parents.flatMap(({ past }) => Object.keys(past)), author])]
  const most = (one: string) => Math.max(0, ...parents.map(({ past }) => counted(past, one)))
  return Object.fromEntries(authors.map((one) => [one, most(one) + (one === author ? 1 : 0)]))
}

/** What a message of `author` with these parents acknowledges. */
const acknowledgedBy = (transcript: Transcript, author: string, parents: ReadonlyArray<Entry>): ReadonlySet<Entry> => {
  const reached = new Set<Entry>()
  const walk = [...parents]
  for (let entry = walk.pop(); entry !== undefined; entry = walk.pop()) {
    if (reached.has(entry) || !entry.unacknowledged.includes(author)) continue
    reached.add(entry)
    walk.push(...entry.message.parents.map((id) => entryOf(transcript, id)!))
  }
  return reached
}

/** A message that was accepted, and what became fully acknowledged by it. */
export interface Accepted {
  readonly transcript: Transcript
  readonly fullyAcknowledged: ReadonlyArray<string>
}

/** Accepts a message whose parents are there. */
export const accept = Effect.fnUntraced(function* (transcript: Transcript, message: Message) {
  yield* checkAlone(transcript, message)
  const parents = yield* checkOrder(transcript, message)
  // transcript.accept.12
  const entry: Entry = { message, past: pastOf(parents, message.author), unacknowledged: message.readers }
  // transcript.accept.13
  const acknowledged = acknowledgedBy(transcript, message.author, parents)
  const without = (one: Entry) => ({ ...one, unacknowledged: one.unacknowledged.filter((reader) => reader !== message.author) })
  const messages = [...transcript.messages.map((one) => (acknowledged.has(one) ? without(one) : one)), entry]
  const isNow = (one: Entry, before: Entry | undefined) => one.unacknowledged.length === 0 && before?.unacknowledged.length !== 0
  const fullyAcknowledged = messages.filter((one, index) => isNow(one, transcript.messages[index])).map((one) => one.message.id)
  const accepted: Accepted = { transcript: { ...transcript, messages }, fullyAcknowledged }
  return accepted
})

/** What receiving a message gave. `missing` is empty when it was accepted. */
export interface Received {
  readonly transcript: Transcript
  readonly missing: ReadonlyArray<string>
  readonly dropped: ReadonlyArray<Message>
  readonly accepted: ReadonlyArray<{ readonly message: Message; readonly fullyAcknowledged: ReadonlyArray<string> }>
  readonly refused: ReadonlyArray<{ readonly message: Message; readonly clause: string }>
}

const buffered = (transcript: Transcript, message: Message): Received => {
  // transcript.receive.2
  const buffer = [...transcript.buffer.filter(({ id }) => id !== message.id), message]
  const capacity = bufferCapacity((transcript.members ?? membersOf(message)).length)
  const over = Math.max(0, buffer.length - capacity)
  return {
    transcript: { ...transcript, buffer: buffer.slice(over) },
    missing: missing(transcript, message.parents),
    dropped: buffer.slice(0, over),
    accepted: [],
    refused: [],
  }
}

/** Receives a message: accepts it with what waited for it, or keeps it in the buffer. */
export const receive = Effect.fnUntraced(function* (before: Transcript, message: Message) {
  // transcript.receive.1
  const first = yield* Effect.result(accept(before, message))
  if (Result.isFailure(first)) return first.failure._tag === "Waiting" ? buffered(before, message) : yield* first.failure
  // transcript.receive.3
  let transcript = first.success.transcript
  const accepted = [{ message, fullyAcknowledged: first.success.fullyAcknowledged }]
  const refused: Array<Received["refused"][number]> = []
  for (let index = 0; index < transcript.buffer.length; ) {
    const waiting = transcript.buffer[index]!
    const tried = yield* Effect.result(accept(transcript, waiting))
    if (Result.isFailure(tried) && tried.failure._tag === "Waiting") {
      index += 1
      continue
    }
    if (Result.isSuccess(tried)) accepted.push({ message: waiting, fullyAcknowledged: tried.success.fullyAcknowledged })
    else if (tried.failure._tag === "Refused") refused.push({ message: waiting, clause: tried.failure.clause })
    const after = Result.isSuccess(tried) ? tried.success.transcript : transcript
    transcript = { ...after, buffer: after.buffer.filter((one) => one !== waiting) }
    index = Result.isSuccess(tried) ? 0 : index
  }
  // transcript.receive.4
  const received: Received = { transcript, missing: [], dropped: [], accepted, refused }
  return received
})

/** An empty log: of one who begins a session, or of one who joins one. */
export const emptyLog: Log = { entries: [], base: [], previousBase: [] }

/** The latest payloads at or before `ids`, none before another, in ascending order. */
export const logParents = (transcript: Transcript, ids: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found = new Map<string, Entry>()
  const seen = new Set<string>()
  const walk = [...ids]
  for (let id = walk.pop(); id !== undefined; id = walk.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    const entry = entryOf(transcript, id)!
    if (entry.message.kind === "payload") found.set(id, entry)
    else walk.push(...entry.message.parents)
  }
  const isLatest = (one: Entry) => ![...found.values()].some((other) => other !== one && atOrBefore(one, other))
  return [...found]
    .filter(([, entry]) => isLatest(entry))
    .map(([id]) => id)
    .sort()
}

/** Adds a payload that `transcript` has accepted; gives the positions of its log parents too. */
export const append = (
  log: Log,
  transcript: Transcript,
  message: Message,
  isEarlier = false,
): { log: Log; positions: ReadonlyArray<number> } => {
  // transcript.append.1
  const own = logParents(transcript, message.parents)
  // transcript.append.2
  const base = isEarlier ? log.previousBase : log.base
  // transcript.append.3
  const isSpliced = own.length > 0 || base !== null
  const entry: LogEntry = {
    id: message.id,
    author: message.author,
    parents: own.length > 0 ? own : (base ?? []),
    spliced: isSpliced ? 1 : 0,
  }
  // transcript.append.4
  const entries = [...log.entries, entry]
  return { log: { ...log, entries }, positions: positionsOf(entries, entry) }
}

/** How many lines above an entry its log parents stand, in ascending order. */
export const positionsOf = (entries: Log["entries"], entry: LogEntry): ReadonlyArray<number> => {
  const at = entries.indexOf(entry)
  // A name that stands in the log twice, once for each of two subsessions, means the nearer one.
  const places = entry.parents.map((parent) => entries.slice(0, at).findLastIndex(({ id }) => id === parent))
  return places
    .filter((place) => place >= 0)
    .map((place) => at - place)
    .sort((a, b) => a - b)
}

/** Splices a new subsession to the previous one, of which `latest` are the messages that it began after. */
export const splice = Effect.fnUntraced(function* (log: Log, previous: Transcript, latest: ReadonlyArray<string>) {
  // transcript.splice.1
  const [first] = missing(previous, latest)
  if (first !== undefined) return yield* new Waiting({ missing: [{ parent: first }] })
  // transcript.splice.2
  const own = logParents(previous, latest)
  const base = own.length > 0 ? own : log.previousBase
  // transcript.splice.3
  const entries = log.entries.map((entry) => (entry.spliced === 1 ? entry : { ...entry, parents: base, spliced: 1 }))
  const spliced: Log = { ...log, entries, base }
  return spliced
})

/** Begins a new subsession in the log; one who joins with it has nothing to be spliced to. */
export const begin = (log: Log, isJoining: boolean): Log => ({
  // transcript.begin.1
  entries: log.entries.map((entry) => ({ ...entry, spliced: 1 })),
  // transcript.begin.3
  base: isJoining ? [] : null,
  // transcript.begin.2
  previousBase: log.base ?? [],
})
