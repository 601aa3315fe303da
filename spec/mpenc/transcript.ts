/**
 * # Transcript
 *
 * Clauses and steps of this chapter are called `transcript.*`.
 *
 * Members of a subsession write without waiting for each other, so messages have no order in time that all agree on.
 * What all agree on is what an author had seen: each message names its **parents**, the latest messages that its author
 * had accepted. The parents are part of what is signed, so the order is as authentic as the content, and a message is
 * accepted only after all its parents. (Design document section 3.4; the notes it cites on causal ordering.) A reader
 * who names a message, directly or through others, has it: so the same graph says who has acknowledged what (section
 * 3.5), without anything else being sent.
 *
 * ## Messages and their order
 *
 * A **message** has an identifier (20 bytes, chapter "messages"), an author, parents, and readers, who do not include
 * the author. Author and readers are the **members** of the message. Its **kind** is what its body is: a payload, an
 * explicit acknowledgement, a heartbeat, a consistency message, its closing form (FIN), or an order acknowledgement.
 *
 * `a` is **before** `b` when `a` is a parent of `b`, or before a parent of `b`. The **heads** are the messages that are
 * before no other: the parents of the next message that we write.
 *
 * ## What is accepted
 *
 * A claim about what one has seen cannot be proved, but some claims contradict themselves. Parents must form an
 * **anti-chain**: none is before another, for it would be superfluous, and no author says the superfluous unless to
 * mislead. The messages of one author form a **line**: who writes a message that does not come after its own last one
 * has been rolled back, has been copied, or tells different readers different things. Together these also stop an
 * author from going back to an older context. A first message may have no parents although others have written: its
 * author had not received theirs.
 *
 * | clause | refuses |
 * | --- | --- |
 * | own-parent | a message that is its own parent |
 * | author-reads | an author among its readers, a reader named twice |
 * | author-saw-parent | a parent that the author was not a member of |
 * | one-parent-per-author | two parents of one author (or one parent twice) |
 * | own-line | a message that its author's last message is not before |
 * | after-fin | what an author writes after its FIN, but for acknowledgements, consistency messages, and a second FIN directly after the first |
 * | anti-chain | a parent that is before another |
 * | membership | other members than those of the subsession |
 *
 * ## Acknowledgements
 *
 * A reader `u` of a message `m` has **acknowledged** it when there is a chain `m, …, c, a` in which each is a parent of
 * the next, `a` is by `u`, and all before `a` have `u` as a member. (With constant membership: when a message of `u`
 * comes after `m`.) A message is **fully acknowledged** when each reader has acknowledged it; one without readers is so
 * at once. This is what *we* know: others may not know it yet, and need not.
 *
 * ## Buffer
 *
 * A message whose parents are missing waits in the buffer, verified and decrypted, and is not shown to anybody. The
 * buffer holds at most `4 * max(16, 8 * sqrt(n))` messages, rounded down, for `n` members (of the subsession; those of
 * the new message when it has none): 64 up to four members. When a new one does not fit, the oldest is dropped, with
 * what was decrypted of it.
 *
 * ## Log
 *
 * What a person reads is a line: the payloads of all subsessions, in the order in which they were accepted, and never
 * reordered. So that the line does not lie, each entry has its own **log parents**: the latest payloads at or before
 * its parents. When there are none, those of the subsession are taken: the log parents, in the previous subsession, of
 * the messages that its creator named as the latest (LATEST_PM). For a member who joined with this subsession there are
 * none. The **positions** of an entry are how far above it its log parents stand; an entry whose positions are not
 * exactly {1} was not written in answer to the line above it, and a user interface marks it. (Design document section
 * 2.3.)
 *
 * > **Erratum MT-1** (the original implementation). Its query for the previous message of an author gives the message
 * > itself. Here `latestBefore` never does. Vector: `transcript/queries`.
 *
 * > **Erratum MT-2** (the original implementation). A new subsession whose LATEST_PM are not all known stops the
 * > session for good. Here entries without log parents of their own wait for the splice: they are shown, and get the
 * > parents of the subsession when these are known. Vector: `transcript/log-late-splice`.
 *
 * ## State
 *
 * | state | content |
 * | --- | --- |
 * | members | the members of the subsession; null when messages may have different ones |
 * | messages | in the order of acceptance, each with those readers that have not acknowledged it |
 * | buffer | messages that wait for parents, the oldest first |
 *
 * The log is a value of its own: its entries with their log parents, the parents of the current subsession, null while
 * the splice is pending, and those of the previous subsession. At first it has no entries, and the parents of both are
 * none.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { choice, listOf, nullable, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { MemberName, MessageId } from "./records.ts"

const ordering = "design document section 3.4"

export const clauses = declareClauses("transcript", {
  "own-parent": check("MUST", "A message is not its own parent.", ordering),
  "author-reads": check(
    "MUST",
    "The author of a message is none of its readers, and no reader is named twice.",
    "design document section 1.1",
  ),
  "parent-count": check("MUST", "A message has at most as many parents as its subsession has members.", "Conclave"),
  "author-saw-parent": check("MUST", "The author of a message is a member of each of its parents.", ordering),
  "one-parent-per-author": check("MUST", "The parents of a message have different authors.", ordering),
  "own-line": check("MUST", "A message of an author comes after the author's earlier messages.", ordering),
  "after-fin": check(
    "MUST",
    "After a FIN its author writes acknowledgements, consistency messages, and at most one more FIN, with the first as its only parent.",
    "design document section 6.1.4",
  ),
  "anti-chain": check("MUST", "No parent of a message is before another.", ordering),
  membership: check("MUST", "The members of a message are those of its subsession.", "design document section 3.1"),
  heads: rule("MUST", "The parents of a new message are the heads.", ordering),
  acknowledged: rule(
    "MUST",
    "Who has not acknowledged a message is what the definition `unacknowledged` gives.",
    "design document section 3.5",
  ),
  "buffer-bound": rule(
    "MUST",
    "The buffer holds at most `bufferCapacity` messages; the oldest are dropped.",
    "design document section 1.2, efficiency",
  ),
  "buffer-order": rule(
    "MUST",
    "What was accepted does not depend on the order in which it came, as long as the buffer suffices.",
    ordering,
  ),
  "log-parents": rule("MUST", "The log parents of an entry are what the definition `logParents` gives.", "design document section 2.3"),
  "log-splice": rule(
    "MUST",
    "An entry without log parents in its own subsession has those of the messages that the subsession began after.",
    "design document section 5.2.3, LATEST_PM",
  ),
  highlight: rule("MUST", "An entry is marked unless its log parents are exactly the entry above it.", "design document section 2.3"),
})

export const steps = declareSteps("transcript", {
  accept: [
    "If the transcript has a message with this identifier: ignored.",
    "If the message is among its own parents: refused (transcript.own-parent).",
    "If the author is among the readers, or a reader is named twice: refused (transcript.author-reads).",
    "If the transcript has members, and the message has more parents than these are: refused " + "(transcript.parent-count).",
    "If a parent is not in the transcript: waiting for the first such parent in ascending order.",
    "If the author is no member of a parent: refused (transcript.author-saw-parent).",
    "If two parents have the same author: refused (transcript.one-parent-per-author).",
    "If the author has an earlier message that is neither a parent nor before one: refused (transcript.own-line).",
    "If the author has an earlier FIN, and the message is neither an acknowledgement nor a consistency message, " +
      "nor the author's second FIN with the first as its only parent: refused (transcript.after-fin).",
    "If a parent is before another: refused (transcript.anti-chain).",
    "If the transcript has members, and the members of the message are not the same names, and as many: refused " +
      "(transcript.membership).",
    "Add the message at the end, acknowledged by none of its readers.",
    "From its parents, walk back through all messages that the author has not acknowledged yet, and note for each " +
      "that it has. The result is the messages that have become fully acknowledged, in the order of acceptance, " +
      "the new one itself if it has no readers.",
  ],
  receive: [
    "Do accept. If its verdict is ignored or refused, that is the verdict.",
    "If it is waiting: put the message at the end of the buffer, and remove an earlier copy. If the buffer is over " +
      "its capacity, drop the oldest. The result is which parents are missing, and what was dropped.",
    "If it is accepted: try the messages of the buffer, the oldest first. One that is accepted leaves the buffer, " +
      "and the next try begins with the oldest again. One that is refused or ignored leaves the buffer too, and a " +
      "refusal is reported.",
    "The result is what was accepted, in order, each with the messages that became fully acknowledged by it, and " +
      "the messages of the buffer that were refused, each with its clause.",
  ],
  append: [
    "Compute the log parents of the message in its transcript (definition `logParents`).",
    "If there are none, take the parents of the subsession of the message: those of the current subsession, or, " +
      "for a message of the previous one, those of the previous one.",
    "While the splice is pending, an entry of the current subsession that has no log parents of its own is marked " + "as not spliced.",
    "Add the entry at the end. Its positions are, in ascending order, how many lines above it its log parents " +
      "stand; those that are not in the log are left out, and of two lines with one name the lower one above it counts.",
  ],
  splice: [
    "If a message of LATEST_PM is not in the transcript of the previous subsession: waiting for the first such " +
      "message in ascending order.",
    "The parents of the subsession are the log parents of a message with LATEST_PM as its parents, in that " +
      "transcript; if there are none, the parents of that subsession.",
    "Entries that are marked as not spliced get them as their log parents, and are marked as spliced.",
  ],
  begin: [
    "A splice that is still pending is given up: entries that are marked as not spliced are marked as spliced, " + "without log parents.",
    "Keep the parents of the subsession as those of the previous one, none if they were pending.",
    "Those of the new subsession are pending. For one who joins with it they are none, and not pending.",
  ],
})

/** What the body of a message is. `fin` is a closing consistency message. */
export const Kind = choice("payload", "ack", "heartbeat", "consistency", "fin", "order-ack")
export type Kind = ValueOf<typeof Kind>

/** The members of a subsession. */
export const Members = listOf(MemberName, 1, unlimited)

/** A message as the transcript sees it. */
export const Message = record("transcript-message", {
  id: MessageId,
  author: MemberName,
  parents: listOf(MessageId, 0, unlimited),
  readers: listOf(MemberName, 0, unlimited),
  kind: Kind,
})
export type Message = ValueOf<typeof Message>

/** Messages in an order in which each comes after its parents. */
export type Graph = ReadonlyArray<Message>

/** How many messages the buffer of a subsession with `members` members holds. */
export const bufferCapacity = (members: number): number => Math.max(64, Math.floor(32 * Math.sqrt(members)))

/** Author and readers. */
export const membersOf = (message: Message): ReadonlyArray<string> => [message.author, ...message.readers]

const find = (graph: Graph, id: string): Message | undefined => graph.find((message) => message.id === id)

const parentsOf = (graph: Graph, message: Message): Graph => message.parents.flatMap((id) => find(graph, id) ?? [])

/** The relation *before*, of two messages of a graph. */
export const isBefore = (graph: Graph, a: Message, b: Message): boolean =>
  parentsOf(graph, b).some((parent) => parent === a || isBefore(graph, a, parent))

/** The messages that are before no other, in ascending order of their identifiers. */
export const heads = (graph: Graph): ReadonlyArray<string> =>
  graph
    .filter((message) => !graph.some((other) => other.parents.includes(message.id)))
    .map(({ id }) => id)
    .sort()

/**
 * Whether `reader` has acknowledged `message`: the chain goes through messages that it is a member of, and ends in one
 * of its own.
 */
const hasAcknowledged = (graph: Graph, message: Message, reader: string): boolean =>
  graph
    .filter((child) => child.parents.includes(message.id))
    .some((child) => child.author === reader || (child.readers.includes(reader) && hasAcknowledged(graph, child, reader)))

/** The readers that have not acknowledged `message`, in its order of readers. */
export const unacknowledged = (graph: Graph, message: Message): ReadonlyArray<string> =>
  message.readers.filter((reader) => !hasAcknowledged(graph, message, reader))

/** Whether an author may write `message` after its `earlier` messages, as far as a FIN among them is concerned. */
export const mayFollow = (earlier: Graph, message: Message): boolean => {
  const [first, ...more] = earlier.filter(({ kind }) => kind === "fin")
  if (first === undefined || message.kind === "ack" || message.kind === "consistency") return true
  return message.kind === "fin" && more.length === 0 && message.parents.length === 1 && message.parents[0] === first.id
}

/** Whether `message` can be added to `graph`, which has all its parents. */
export const isConsistent = (graph: Graph, message: Message): boolean => {
  const parents = parentsOf(graph, message)
  const authors = parents.map(({ author }) => author)
  const earlier = graph.filter(({ author }) => author === message.author)
  return (
    !message.readers.includes(message.author) &&
    parents.every((parent) => membersOf(parent).includes(message.author)) &&
    new Set(authors).size === authors.length &&
    earlier.every((one) => parents.some((parent) => parent === one || isBefore(graph, one, parent))) &&
    mayFollow(earlier, message) &&
    !parents.some((a) => parents.some((b) => isBefore(graph, a, b)))
  )
}

/** The last message of `author` that is before `message`. */
export const latestBefore = (graph: Graph, message: Message, author: string): Message | undefined =>
  graph.findLast((one) => one.author === author && isBefore(graph, one, message))

/**
 * The first message of `author` after `message`, through messages that `author` is a member of: its first
 * acknowledgement.
 */
export const earliestAfter = (graph: Graph, message: Message, author: string): Message | undefined =>
  graph.find(
    (one, index) => one.author === author && isBefore(graph, message, one) && hasAcknowledged(graph.slice(0, index + 1), message, author),
  )

/** The latest payloads at or before `parents`, none before another, in ascending order of their identifiers. */
export const logParents = (graph: Graph, parents: ReadonlyArray<string>): ReadonlyArray<string> => {
  const tips = parents.flatMap((id) => find(graph, id) ?? [])
  const payloads = graph.filter(
    (message) => message.kind === "payload" && tips.some((tip) => tip === message || isBefore(graph, message, tip)),
  )
  return payloads
    .filter((message) => !payloads.some((other) => isBefore(graph, message, other)))
    .map(({ id }) => id)
    .sort()
}

/** An entry of the log. `spliced` is 0 while its parents are those of a subsession that are not known yet. */
export const LogEntry = record("log-entry", {
  id: MessageId,
  author: MemberName,
  parents: listOf(MessageId, 0, unlimited),
  spliced: uint(0, 1),
})
export type LogEntry = ValueOf<typeof LogEntry>

const LogParents = listOf(MessageId, 0, unlimited)

/** The log, with the parents of the current subsession (null while they are pending) and those of the previous one. */
export const Log = record("log", { entries: listOf(LogEntry, 0, 1 << 20), base: nullable(LogParents), previousBase: LogParents })
export type Log = ValueOf<typeof Log>

/** Whether a user interface marks an entry with these positions. */
export const isMarked = (positions: ReadonlyArray<number>): boolean => !(positions.length === 1 && positions[0] === 1)
