import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import {
  clauses,
  maximumAhead,
  maximumChains,
  maximumComplete,
  maximumSkipped,
  rememberedMessages,
} from "../../../spec/dcgka/application-messages.ts"
import { aCase, type Case } from "../author.ts"
import { filled } from "../people.ts"
import { begins, bobWith, ends, ignored, lacking, leaps, messageOf, messagesOf, opens, signingKeys, statementOf } from "./chains.ts"

/** Chains that end: what is compared, and what cannot be. */
export const ended = (): ReadonlyArray<Case> => [
  aCase(
    "application-messages/ended",
    {
      title: "Messages of an ended chain are opened until all have come; then it is only remembered that they have",
      clauses: [clauses.ended, clauses.differs, clauses.uncompared, clauses["out-of-order"]],
    },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, 4)
      opens(author, messages[2]!, 1, 2)
      ends(author, 2, statementOf(messages), lacking(1, 3))
      begins(author, 2)
      for (const index of [0, 3, 1]) opens(author, messages[index]!, 1, index)
      for (const message of messages) ignored(author, message)
      author.refuses(clauses.closed, "application.open", { on: "bob", seen: 9, message: messageOf(1, 4) })
      ends(author, 3, null)
      // Of a chain without messages nothing is remembered.
      author.refuses(clauses.chain, "application.open", { on: "bob", seen: 9, message: messageOf(2, 0) })
      // Nothing is stated of a chain that Bob was not given.
      ends(author, 9, { length: 5, digest: filled(1, 32) })
    },
  ),
  aCase(
    "application-messages/differs-at-the-end",
    { title: "All messages were opened before the end, and one of them was another", clauses: [clauses.differs] },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, 3)
      const told = [messages[0]!, messageOf(1, 1, { text: "something else" }), messages[2]!]
      for (const [index, message] of told.entries()) opens(author, message, 1, index, index === 1 ? "something else" : undefined)
      ends(author, 2, statementOf(messages), { differ: [1] })
    },
  ),
  aCase(
    "application-messages/differs-when-complete",
    { title: "The last message to come completes a chain that was another for others", clauses: [clauses.differs] },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, 2)
      opens(author, messages[0]!, 1, 0)
      ends(author, 2, statementOf([messages[0]!, messageOf(1, 1, { text: "something else" })]), lacking(1, 1))
      opens(author, messages[1]!, 1, 1, undefined, { differ: [1] })
    },
  ),
  aCase(
    "application-messages/differs-in-length",
    { title: "More was written in a chain than its member states, as by a thief of its keys", clauses: [clauses.differs] },
    (author) => {
      bobWith(author, 1, 5)
      const messages = messagesOf(1, 3)
      opens(author, messages[0]!, 1, 0)
      opens(author, messages[2]!, 1, 2)
      ends(author, 2, statementOf(messages.slice(0, 2)), { differ: [1], ...lacking(1, 1) })
      author.refuses(clauses.closed, "application.open", { on: "bob", seen: 9, message: messageOf(1, 3) })
      opens(author, messages[1]!, 1, 1)
      opens(author, messageOf(5, 0), 5, 0)
      ends(author, 6, null, { differ: [5] })
    },
  ),
  aCase(
    "application-messages/differs-twice",
    {
      title:
        "More was written in a chain than its member states, and it states another digest: that is told when the last message comes, too",
      clauses: [clauses.differs],
    },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, 4)
      for (const index of [0, 3]) opens(author, messages[index]!, 1, index)
      ends(author, 2, { length: 2, digest: filled(1, 32) }, { differ: [1], ...lacking(1, 1) })
      // The length is looked at before what has been opened with this index.
      author.refuses(clauses.closed, "application.open", { on: "bob", seen: 9, message: messageOf(1, 3, { text: "something else" }) })
      opens(author, messages[1]!, 1, 1, undefined, { differ: [1] })
    },
  ),
  aCase(
    "application-messages/complete-last",
    {
      title: "65 chains become complete, the first of them last: the second, which was complete first, is remembered no more",
      clauses: [clauses.ended],
    },
    (author) => {
      bobWith(author, 1)
      ends(author, 2, statementOf(messagesOf(1, 1)), lacking(1, 1))
      for (let seq = 2; seq <= maximumComplete + 1; seq++) {
        begins(author, seq)
        opens(author, messageOf(seq, 0), seq, 0)
        ends(author, seq + 1, statementOf(messagesOf(seq, 1)))
      }
      opens(author, messageOf(1, 0), 1, 0)
      ignored(author, messageOf(1, 0))
      author.refuses(clauses.chain, "application.open", { on: "bob", seen: 99, message: messageOf(2, 0) })
    },
  ),
  aCase(
    "application-messages/sixty-six-that-do-not-end",
    {
      title: "66 chains are begun, and none ends: the first is given up, and nothing is known to be lost",
      clauses: [clauses.ended, clauses.lost],
    },
    (author) => {
      bobWith(author)
      for (let seq = 1; seq <= maximumChains; seq++) begins(author, seq)
      opens(author, messageOf(1, 0), 1, 0)
      const { differ, lost, uncompared } = begins(author, maximumChains + 1)
      author.claim(
        [differ, lost, uncompared].every(({ length }) => length === 0),
        "nothing is told",
      )
      author.refuses(clauses.chain, "application.open", { on: "bob", seen: 99, message: messageOf(1, 1) })
      opens(author, messageOf(2, 0), 2, 0)
    },
  ),
  aCase(
    "application-messages/lost-when-given-up",
    {
      title:
        "67 chains are begun, and none ends: of the first two are lost when it is given up, of the second, in which nothing came, none",
      clauses: [clauses.lost],
    },
    (author) => {
      bobWith(author)
      for (let seq = 1; seq <= maximumChains; seq++) begins(author, seq)
      opens(author, messageOf(1, 2), 1, 2)
      for (const wanted of [[{ seq: 1, count: 2 }], []]) {
        const { lost } = begins(author, maximumChains + (wanted.length === 1 ? 1 : 2))
        author.claim(JSON.stringify(lost) === JSON.stringify(wanted), `lost is ${JSON.stringify(wanted)}`)
      }
    },
  ),
  aCase(
    "application-messages/skipped-in-several",
    {
      title:
        "1,026 keys are skipped in chains that were begun as 1, 3 and 2: lost is the one of the second, and one of the third, and told in the order of their numbers",
      clauses: [clauses.skipped, clauses.lost],
    },
    (author) => {
      bobWith(author, 1, 3, 2)
      opens(author, messageOf(1, 0), 1, 0)
      opens(author, messageOf(3, 1), 3, 1)
      leaps(author, 2, maximumAhead, 2 * maximumAhead + 1, 3 * maximumAhead + 2, maximumSkipped + 2)
      const lost = [2, 3].map((seq) => ({ seq, count: 1 }))
      opens(author, messageOf(2, maximumSkipped + 5), 2, maximumSkipped + 5, undefined, { lost })
    },
  ),
  aCase(
    "application-messages/not-compared",
    {
      title: "33 messages beyond a gap: when it is filled, the chain is complete and cannot be compared",
      clauses: [clauses.differs, clauses.uncompared, clauses["out-of-order"]],
    },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, rememberedMessages + 2)
      for (const [index, message] of messages.entries()) if (index > 0) opens(author, message, 1, index)
      ends(author, 2, { length: messages.length, digest: filled(1, 32) }, lacking(1, 1))
      opens(author, messages[0]!, 1, 0, undefined, lacking(1, 0))
      ignored(author, messages[0]!)
    },
  ),
  aCase(
    "application-messages/not-compared-at-the-end",
    {
      title: "33 messages beyond a gap, which is filled: when the chain ends, all its messages have come, and it cannot be compared",
      clauses: [clauses.uncompared],
    },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, rememberedMessages + 2)
      for (const [index, message] of messages.entries()) if (index > 0) opens(author, message, 1, index)
      opens(author, messages[0]!, 1, 0)
      ends(author, 2, { length: messages.length, digest: filled(1, 32) }, lacking(1, 0))
    },
  ),
  aCase(
    "application-messages/compared-beyond-a-gap",
    { title: "32 messages beyond a gap: when it is filled, the digest is compared", clauses: [clauses.differs] },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, rememberedMessages + 1)
      for (const [index, message] of messages.entries()) if (index > 0) opens(author, message, 1, index)
      ends(author, 2, { length: messages.length, digest: filled(1, 32) }, lacking(1, 1))
      opens(author, messages[0]!, 1, 0, undefined, { differ: [1] })
    },
  ),
  aCase(
    "application-messages/overstated",
    {
      title: "Alice says yes to Bob, and no to another, and leaves out 255 indexes: nobody can compare the chain",
      clauses: [clauses.uncompared],
    },
    (author) => {
      bobWith(author, 1)
      opens(author, messageOf(1, 0, { text: "yes" }), 1, 0, "yes")
      leaps(author, 1, maximumAhead)
      ends(author, 2, { length: maximumAhead + 1, digest: filled(1, 32) }, lacking(1, maximumAhead - 1))
    },
  ),
  aCase(
    "application-messages/uncompared-at-the-last",
    { title: "Of an ended chain the last message has not come", clauses: [clauses.uncompared] },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, 3)
      for (const index of [0, 1]) opens(author, messages[index]!, 1, index)
      ends(author, 2, statementOf(messages), lacking(1, 1))
      opens(author, messages[2]!, 1, 2)
    },
  ),
  aCase(
    "application-messages/ends-the-one-before",
    { title: "A message ends the chain with the number before its own, and no other", clauses: [clauses.closed, clauses.differs] },
    (author) => {
      bobWith(author, 1, 2)
      opens(author, messageOf(1, 0), 1, 0)
      ends(author, 4, { length: 7, digest: filled(1, 32) })
      for (const seq of [1, 2]) opens(author, messageOf(seq, 1), seq, 1)
    },
  ),
  aCase(
    "application-messages/order-of-checks",
    {
      title: "A forged message that is behind the end, or whose number was used long ago; a signed one behind the end that is far ahead",
      clauses: [verdicts["order-of-checks"], clauses.signature, clauses.closed],
      twin: "application-messages/uncompared-at-the-last",
    },
    (author) => {
      bobWith(author, 1, 2)
      const refused = (clause: typeof clauses.signature, message: string) =>
        author.refuses(clause, "application.open", { on: "bob", seen: 9, message })
      const forged = { signedBy: signingKeys.bob }
      for (let index = 0; index <= rememberedMessages; index++) opens(author, messageOf(2, index), 2, index)
      refused(clauses.signature, messageOf(2, 0, forged))
      ignored(author, messageOf(2, 0, { text: "another" }))
      opens(author, messageOf(1, 0), 1, 0)
      ends(author, 2, { length: 2, digest: filled(1, 32) }, lacking(1, 1))
      refused(clauses.signature, messageOf(1, 2, forged))
      refused(clauses.closed, messageOf(1, 2))
      refused(clauses.closed, messageOf(1, 2 + maximumAhead))
    },
  ),
]
