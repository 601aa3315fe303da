/** The layer "messages": what the keys of one subsession open, and what they do not, after operations on the membership. */

import { clauses as cliques } from "../../../spec/mpenc/cliques.ts"
import { clauses as greeting } from "../../../spec/mpenc/greeting.ts"
import { clauses } from "../../../spec/mpenc/messages.ts"
import { type Author, aCase, caseFile } from "../author.ts"
import { filled } from "../people.ts"
import { altered, GreetingChannel, type JsonMembership, type Memberships, sharesOf, startedBy } from "./greeting-channel.ts"
import { people, publicKeyOf, secretOf } from "./people.ts"

const body = { type: "payload" as const, text: "hello" }

const subsessionOf = ({ exchange, agreement }: JsonMembership) => ({ sessionId: exchange.sessionId, groupKey: agreement.groupKey! })

/** A message that a member writes with the keys of a membership. */
const sealedWith = (author: Author, membership: JsonMembership): string =>
  author.accepts("messages.seal", {
    ...subsessionOf(membership),
    ephemeralSecretKey: membership.ephemeralSecretKey,
    parents: [],
    body,
    iv: filled(0x17, 12),
    cipherKeyBytes: 16,
    padding: true,
  }).text

const opening = (membership: JsonMembership, sender: string, text: string) => {
  const { members, publicKeys } = membership.exchange
  return { ...subsessionOf(membership), members, publicKeys, sender, text, cipherKeyBytes: 16 as const }
}

const opens = (author: Author, membership: JsonMembership, sender: string, text: string) =>
  author.accepts("messages.open", opening(membership, sender, text))

const isNotOpened = (author: Author, membership: JsonMembership, sender: string, text: string) =>
  author.refuses(clauses.hint, "messages.open", opening(membership, sender, text))

/** A channel of the first n users, of whom the first m have a session, in which an operation was played to its end. */
const after = (author: Author, m: number, n: number, sender: string, change: Parameters<GreetingChannel["propose"]>[1]) => {
  const before = startedBy(people(m))
  const channel = new GreetingChannel(author, people(n), before)
  channel.operation = 1
  channel.propose(sender, change)
  return { before, channel, now: channel.run().memberships() }
}

const of = (memberships: Memberships, member: string): JsonMembership => memberships.get(member)!

const twin = "messages/readers"

export default caseFile({ part: "mpenc", chapter: "subsessions", layer: "messages", flags: {} }, () => [
  aCase(
    "messages/excluded",
    { title: "Who is excluded does not read what is written afterwards", clauses: [clauses.hint, cliques["own-key-stays"]], twin },
    (author) => {
      const { before, now } = after(author, 3, 3, "alice", { exclude: ["bob"] })
      const text = sealedWith(author, of(now, "alice"))
      opens(author, of(now, "carol"), "alice", text)
      isNotOpened(author, of(before, "bob"), "alice", text)
    },
  ),
  aCase(
    "messages/included",
    { title: "Who is included does not read what was written before", clauses: [clauses.hint, cliques["own-key-stays"]], twin },
    (author) => {
      const { before, now } = after(author, 2, 3, "bob", { include: ["carol"] })
      const early = sealedWith(author, of(before, "alice"))
      opens(author, of(before, "bob"), "alice", early)
      isNotOpened(author, of(now, "carol"), "alice", early)
      opens(author, of(now, "carol"), "alice", sealedWith(author, of(now, "alice")))
    },
  ),
  aCase(
    "messages/refreshed",
    { title: "A refresh makes another subsession, with the same session id", clauses: [clauses.hint, clauses["subsession-hash"]], twin },
    (author) => {
      const { before, now } = after(author, 3, 3, "carol", {})
      author.claim(of(now, "alice").exchange.sessionId === of(before, "alice").exchange.sessionId, "the same session id")
      isNotOpened(author, of(now, "bob"), "alice", sealedWith(author, of(before, "alice")))
      isNotOpened(author, of(before, "bob"), "alice", sealedWith(author, of(now, "alice")))
    },
  ),
  aCase(
    "messages/divided",
    { title: "A member gives two others different keys: they do not read each other", clauses: [clauses.hint, greeting.finished], twin },
    (author) => {
      const channel = new GreetingChannel(author, people(3), startedBy(people(3)))
      channel.operation = 1
      const { text } = channel.propose("alice", {})
      const otherKey = publicKeyOf(secretOf("alice", "other")) // Any 32 bytes that are no point of small order will do.
      const forCarol = altered(text, sharesOf("alice", 1).ephemeralSecretKey, ({ intermediateKeys }) => ({
        intermediateKeys: intermediateKeys.with(2, otherKey),
      }))
      channel.deliver(["alice", "bob"])
      author.accepts("greeting.receive", channel.receiving("carol", { sender: "alice", text: forCarol }))
      const now = channel.memberships()
      opens(author, of(now, "bob"), "alice", sealedWith(author, of(now, "alice")))
      isNotOpened(author, of(now, "carol"), "bob", sealedWith(author, of(now, "bob")))
      isNotOpened(author, of(now, "bob"), "carol", sealedWith(author, of(now, "carol")))
    },
  ),
  aCase(
    "greeting/replayed",
    {
      title: "An operation of before does not come to its end a second time",
      clauses: [greeting["own-share"]],
      twin: "greeting/start-3-by-alice",
    },
    (author) => {
      const recorded = new GreetingChannel(author, people(3))
      recorded.propose("alice", { include: ["bob", "carol"] })
      const [initial, , downflow] = recorded.run().log
      const again = new GreetingChannel(author, people(3))
      again.operation = 2
      author.accepts("greeting.receive", again.receiving("bob", initial!))
      author.refuses(greeting["own-share"], "greeting.receive", again.receiving("bob", downflow!))
    },
  ),
])
