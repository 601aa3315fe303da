/**
 * # Send queue
 *
 * Clauses and steps of this chapter are called `send-queue.*`.
 *
 * A session writes a text in the subsession of now, or refuses it; it never writes a text twice. But a subsession may
 * end before a text has reached everybody, and people type while there is no session. A program on top of a session may
 * keep the texts of its user until all have them, and have them written again. This chapter says when it may do so **by
 * itself**, without asking, and that is seldom: a text that was meant for some people, as an answer to something, must
 * not be read by others, or as an answer to something else. (Design document section 3.5, and the notes that it cites
 * on user interfaces.) The session knows nothing of it: the queue sees what the user wants and what the session tells,
 * and gives texts for the session to send.
 *
 * ## What is remembered of a text
 *
 * | | |
 * | --- | --- |
 * | number | by which the user names it, counted from 1: it has one before it has an identifier, and keeps it whatever happens |
 * | text | |
 * | members | the **logical members**: those of the session when it was written, sorted; nobody, outside of a session |
 * | parents | the **logical parents**: the messages of others that its author saw last, that is, those after which there is no other message of others in the log |
 * | id | the message that it was sent as, the last time; null before that |
 * | state | *unsent*: no message yet, because there is no session, or it is on its way to it; *sent*: a message, which is not fully acknowledged; *failed*: a message whose subsession has ended before it was |
 *
 * A text that is fully acknowledged is forgotten. Our own messages are skipped in the logical parents: of three texts
 * in a row the second and the third have those of the first, so that what is true of the first is true of all.
 *
 * ## When a text is sent again
 *
 * | case | what happens |
 * | --- | --- |
 * | a text has failed, and in the session of now the members and the logical parents are the same as when it was written | it is sent again, and after it all later texts of the queue of which this is true too, failed or not, so that they stay in order |
 * | a text was typed outside of a session | with the option `sendLater`, it is sent when there is one; otherwise it stays |
 * | anything else; also when the session refuses a text, because we are parting from the subsession | it stays until the user has it sent, or drops it, by its number |
 *
 * A text that is sent by hand takes the members and logical parents of now, and the last place in the queue: it is a
 * new text with the old one's number, and the old one is gone.
 *
 * What is sent again is a new message with an identifier of its own, unlike what liveness resends. Somebody who had
 * received the earlier one sees the text twice, and so does who reads on two devices; nobody can tell that the two are
 * one.
 *
 * ## State
 *
 * `SendQueue`, below. `lines` is what the queue has seen of the log: identifiers, authors, and log parents, from the
 * positions that the session tells (chapter "transcript").
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { choice, listOf, nullable, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { MemberName, MessageId, maximumText, textUpTo } from "./records.ts"

const source = "design document section 3.5; original implementation"

export const clauses = declareClauses("send-queue", {
  unfinished: check("MUST", "Only a text that is unsent or failed is sent by hand, or dropped.", source),
  remembered: rule("MUST", "A text is remembered with its logical members and parents until its message is fully acknowledged.", source),
  again: rule(
    "MUST",
    "A failed text is sent again by itself if its logical members and parents are those of now, and later texts after it.",
    source,
  ),
  "not-again": rule("MUST", "A text whose logical members or parents are not those of now is not sent again by itself.", source),
  later: rule("MUST", "A text that was typed outside of a session is sent in one by itself if, and only if, the option says so.", source),
  "by-hand": rule("MUST", "A text that is sent by hand is a new one, with the members and logical parents of now.", source),
})

export const steps = declareSteps("send-queue", {
  write: [
    "Remember the text at the end of the queue, with the next number, unsent, with the logical members and parents " + "of now.",
    "If we are in a session with others: give it to be sent.",
  ],
  note: [
    "Steps 2 to 5 are done for each notice of a step of the session, in their order.",
    "A message (notice *message*): add it to the lines. Its log parents are the lines so far above it as its " +
      "positions say; a position above the first line names none. If it is ours: the first unsent text of the queue " +
      "with the same words is sent, as this message.",
    "Full acknowledgement (*acknowledged*): the text with this message is forgotten.",
    "The last word on a message (*not-acknowledged*, last): the text with this message has failed.",
    "A new membership (*membership*): these are the members of now, none if we are alone. If there are others, and " +
      "the option `sendLater` says so: do send-later.",
    "After all notices of the step: do send-again.",
  ],
  "send-later": [
    "The texts that are unsent and have no members take the members and logical parents of now, and are given to " +
      "be sent, in their order.",
  ],
  "send-again": [
    "If we are not in a session with others: nothing.",
    "Of the failed texts whose members and logical parents are those of now, take the first. If there is none: " + "nothing.",
    "That text and all texts after it that have these members and logical parents too, in whatever state, are " +
      "unsent, without an identifier. They are given to be sent, in their order.",
    "A text among them that send-later has given in the same step is given once, and in this order.",
  ],
  "send-by-hand": [
    "If no text has the number, or it is sent: refused (send-queue.unfinished).",
    "Take it out of the queue, and write it (send-queue.write) with its number.",
  ],
  drop: ["If no text has the number, or it is sent: refused (send-queue.unfinished).", "Forget it."],
})

const Members = listOf(MemberName, 0, 1 << 18)
const Parents = listOf(MessageId, 0, unlimited)

/** A text of the queue. */
export const QueuedText = record("queued-text", {
  number: uint(1, 0xffffffff),
  text: textUpTo(/^\P{Cs}*$/u, maximumText),
  members: Members,
  parents: Parents,
  id: nullable(MessageId),
  state: choice("unsent", "sent", "failed"),
})
export type QueuedText = ValueOf<typeof QueuedText>

/** A line of the log. */
const Line = record("queue-line", { id: MessageId, author: MemberName, parents: Parents })

/** The queue of `me`. `members` are those of the session of now, sorted, and nobody outside of one. */
export const SendQueue = record("send-queue", {
  me: MemberName,
  sendLater: uint(0, 1),
  members: Members,
  lines: listOf(Line, 0, 1 << 20),
  texts: listOf(QueuedText, 0, 1 << 20),
  last: uint(0, 0xffffffff),
})
export type SendQueue = ValueOf<typeof SendQueue>

/** Whether line `a` is before line `b`. */
const isBefore = (lines: SendQueue["lines"], a: string, b: string): boolean =>
  lines.some((line) => line.id === b && line.parents.some((parent) => parent === a || isBefore(lines, a, parent)))

/** The messages of others that `me` has seen last: those before no other message of others. In ascending order. */
export const logicalParents = (lines: SendQueue["lines"], me: string): ReadonlyArray<string> => {
  const others = lines.filter(({ author }) => author !== me).map(({ id }) => id)
  return others.filter((id) => !others.some((other) => isBefore(lines, id, other))).sort()
}
