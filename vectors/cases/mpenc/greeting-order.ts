import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/mpenc/greeting.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { filled, flipped } from "../people.ts"
import {
  altered,
  appearing,
  GreetingChannel,
  greetingIn,
  metadataOf,
  recordedFor,
  type Sent,
  sharesOf,
  startedBy,
} from "./greeting-channel.ts"
import type { JsonGreeting } from "./packets.ts"
import { people, publicKeyOf, secretOf } from "./people.ts"
import { excluding, including, type Prepare, type Situation, starting, wrong } from "./situations.ts"

const mallorysKey = secretOf("mallory", "ephemeral")
const other = filled(0xee, 32)
const zero = filled(0, 32)
const otherKey = publicKeyOf(mallorysKey)

type Clause = Parameters<typeof wrong>[1]

/** A packet with two faults, refused by the one that is looked for first; then the right one is accepted. */
const ordered = (id: string, clause: Clause, title: string, prepare: Prepare, make: (situation: Situation) => Partial<Sent>): Case =>
  aCase(`greeting/${id}`, { title, clauses: [clause, verdicts["order-of-checks"]] }, (author) => {
    const situation = prepare(author)
    const right = situation.channel.receiving(situation.me, situation.next)
    author.refuses(clause, "greeting.receive", { ...right, ...make(situation) })
    author.accepts("greeting.receive", right)
  })

/** The next packet with something changed, signed by its sender, or by a key that is given. */
const nextWith =
  (change: (packet: JsonGreeting, situation: Situation) => Partial<JsonGreeting>, key?: string) =>
  (situation: Situation): Partial<Sent> => ({
    text: altered(situation.next.text, key ?? situation.keyOf(situation.next.sender), (packet) => change(packet, situation)),
  })

const listsOf = ({ text }: Sent) => {
  const { nonces, publicKeys } = greetingIn(text)
  return { nonces, publicKeys }
}

const confirms = (): ReadonlyArray<Case> => [
  aCase(
    "greeting/acknowledged-again-with-other-lists",
    {
      title: "A confirm comes again, with the same acknowledgement and other lists: it is ignored, and its lists are not looked at",
      clauses: [clauses["one-acknowledgement"], verdicts["order-of-checks"]],
    },
    (author) => {
      const { channel, keyOf } = starting(4, "dave", 5)(author)
      const { sender, text } = channel.log[4]!
      const { nonces, publicKeys } = listsOf(channel.log[3]!)
      const again = altered(text, keyOf(sender), () => ({ nonces: nonces.with(0, other), publicKeys }))
      author.ignores("greeting.receive", channel.receiving("dave", { sender, text: again }))
    },
  ),
  ordered(
    "acknowledged-otherwise-with-other-lists",
    clauses["one-acknowledgement"],
    "A second acknowledgement that is another, with other lists",
    starting(4, "dave", 5),
    ({ channel, keyOf }) => {
      const { sender, text } = channel.log[4]!
      const { nonces, publicKeys } = listsOf(channel.log[3]!)
      const change = ({ sessionSignature }: JsonGreeting) => ({
        nonces: nonces.with(0, other),
        publicKeys,
        sessionSignature: flipped(sessionSignature!, 0),
      })
      return { sender, text: altered(text, keyOf(sender), change) }
    },
  ),
  ordered(
    "other-lists-and-acknowledgement",
    clauses["same-lists"],
    "A confirm that repeats other nonces, with a wrong acknowledgement",
    starting(3, "carol", 3),
    nextWith(({ sessionSignature }, { channel }) => {
      const { nonces, publicKeys } = listsOf(channel.log[2]!)
      return { nonces: nonces.with(0, other), publicKeys, sessionSignature: flipped(sessionSignature!, 0) }
    }),
  ),
  ...wrong(
    "confirm-with-a-key-of-its-own",
    clauses["same-lists"],
    "A confirm that repeats another ephemeral key for its source, and is signed by the one of the exchange",
    starting(4, "carol", 5),
    nextWith((_, { channel }) => {
      const { nonces, publicKeys } = listsOf(channel.log[3]!)
      return { nonces, publicKeys: publicKeys.with(1, otherKey) }
    }),
  ),
  ...wrong(
    "confirm-by-a-key-of-its-own",
    clauses.signature,
    "A confirm that repeats another ephemeral key for its source, and is signed by that",
    starting(4, "carol", 5),
    nextWith((_, { channel }) => {
      const { nonces, publicKeys } = listsOf(channel.log[3]!)
      return { nonces, publicKeys: publicKeys.with(1, otherKey) }
    }, mallorysKey),
  ),
]

const checks = (): ReadonlyArray<Case> => [
  ordered(
    "key-kept-before-signature",
    clauses["key-kept"],
    "An include with another ephemeral key for an old member, signed by another key",
    including("bob", 0),
    nextWith(({ publicKeys }) => ({ publicKeys: publicKeys.with(2, otherKey) }), mallorysKey),
  ),
  ordered(
    "key-kept-before-downflow-first",
    clauses["key-kept"],
    "A confirm before the first downflow packet, with another ephemeral key for an old member",
    including("bob", 1),
    ({ keyOf }) => {
      const { channel, next } = including("carol", 3)(null)
      const { nonces, publicKeys } = listsOf(channel.log[2]!)
      const change = () => ({ nonces, publicKeys: publicKeys.with(2, otherKey) })
      return { sender: next.sender, text: altered(next.text, keyOf(next.sender), change) }
    },
  ),
  ordered(
    "key-kept-before-initiator-key",
    clauses["key-kept"],
    "A downflow packet of an include with another ephemeral key for the initiator, which was a member before",
    including("bob", 2),
    nextWith(({ publicKeys }) => ({ publicKeys: publicKeys.with(0, otherKey) })),
  ),
  ordered(
    "operation-before-members",
    clauses["same-operation"],
    "A confirm of another operation, in which two members are exchanged",
    including("bob", 3),
    nextWith(({ greetType, members }) => ({
      greetType: greetType.replace("include", "start") as JsonGreeting["greetType"],
      members: members.with(2, members[3]!).with(3, members[2]!),
    })),
  ),
  ordered(
    "signature-before-nonce-kept",
    clauses.signature,
    "An exclude with another nonce for somebody else, signed by another key",
    excluding("bob", 0),
    nextWith(({ nonces }) => ({ nonces: nonces.with(2, other) }), mallorysKey),
  ),
  ordered(
    "nonce-kept-before-zero",
    clauses["nonce-kept"],
    "An exclude with another nonce for somebody else, and an intermediate key of small order",
    excluding("bob", 0),
    nextWith(({ nonces, intermediateKeys }) => ({ nonces: nonces.with(2, other), intermediateKeys: intermediateKeys.with(2, zero) })),
  ),
  ordered(
    "zero-before-acknowledgement",
    suite["x25519-zero"],
    "An exclude with an intermediate key of small order for somebody else, and a wrong acknowledgement",
    excluding("bob", 0),
    nextWith(({ sessionSignature, intermediateKeys }) => ({
      sessionSignature: flipped(sessionSignature!, 0),
      intermediateKeys: intermediateKeys.with(2, zero),
    })),
  ),
  aCase(
    "greeting/include-with-a-zero-key",
    {
      title:
        "An include has an intermediate key of small order: members accept it, since what its upflow makes of the keys is checked in the downflow",
      clauses: [clauses["nonce-kept"], suite["x25519-zero"]],
    },
    (author) => {
      const { channel, next, keyOf } = including("bob", 0)(author)
      const text = altered(next.text, keyOf("alice"), ({ intermediateKeys }) => ({ intermediateKeys: intermediateKeys.with(2, zero) }))
      const { on, shares } = channel.receiving("bob", next)
      author.gives("greeting.receive", { on, sender: "alice", text, shares }, { text: null, finished: false, excluded: false })
    },
  ),
  aCase(
    "greeting/zero-before-identity",
    {
      title: "A downflow packet has an intermediate key of small order, and we do not know the identity key of a member",
      clauses: [suite["x25519-zero"], clauses.identity, verdicts["order-of-checks"]],
    },
    (author) => {
      const channel = new GreetingChannel(recordedFor(author, "alice"), people(3))
      const { identities: all, ...rest } = appearing("alice", null)
      const known = all.known.filter(({ member }) => member !== "bob")
      author.accepts("greeting.appear", { ...rest, identities: { ...all, known } })
      channel.propose("alice", { include: ["bob", "carol"] })
      channel.deliver()
      const { next, keyOf } = starting(3, "alice", 2)(null)
      const text = altered(next.text, keyOf("carol"), ({ intermediateKeys }) => ({ intermediateKeys: intermediateKeys.with(1, zero) }))
      author.refuses(suite["x25519-zero"], "greeting.receive", channel.receiving("alice", { ...next, text }))
      author.refuses(clauses.identity, "greeting.receive", channel.receiving("alice", next))
    },
  ),
]

const knowingAllBut = (unknown: string, me: string) => {
  const { identities, ...rest } = appearing(me, startedBy(people(4)).get(me) ?? null)
  return { ...rest, identities: { ...identities, known: identities.known.filter(({ member }) => member !== unknown) } }
}

const more = (): ReadonlyArray<Case> => [
  ...wrong(
    "members-cut",
    clauses["same-members"],
    "An upflow packet whose MEMBERs lack the last one",
    starting(4, "carol", 1),
    nextWith(({ members }) => ({ members: members.slice(0, 3) })),
  ),
  ...wrong(
    "turn-of-the-last",
    clauses.turn,
    "The last member, who has sent the downflow packet, is reached by the upflow packet again",
    starting(3, "carol", 3),
    ({ channel }) => ({
      ...channel.log[1]!,
    }),
  ),
  aCase(
    "greeting/include-and-exclude-without-a-session",
    {
      title: "A proposal to include and to exclude, without a session",
      clauses: [clauses["one-change"], verdicts["order-of-checks"]],
    },
    (author) => {
      author.accepts("greeting.appear", appearing("alice", null))
      const change = { include: ["bob"], exclude: ["carol"] }
      author.refuses(clauses["one-change"], "greeting.propose", {
        on: "alice",
        ...change,
        metadata: metadataOf(),
        shares: sharesOf("alice"),
      })
    },
  ),
]

const unknowns = (): ReadonlyArray<Case> => [
  aCase(
    "greeting/confirm-of-an-unknown",
    {
      title: "Carol has sent the downflow packet herself, and does not know the identity key of Bob: his confirm is refused",
      clauses: [clauses.identity],
    },
    (author) => {
      const channel = new GreetingChannel(recordedFor(author, "carol"), people(3))
      author.accepts("greeting.appear", { ...knowingAllBut("bob", "carol"), membership: null })
      channel.propose("alice", { include: ["bob", "carol"] })
      for (let count = 0; count < 4; count++) channel.deliver()
      const confirm = channel.next()
      author.claim(confirm.sender === "bob", "it is Bob's")
      author.refuses(clauses.identity, "greeting.receive", channel.receiving("carol", confirm))
    },
  ),
  aCase(
    "greeting/exclude-by-an-unknown",
    {
      title:
        "Bob does not know the identity key of Alice, who excludes Dave: her exclude is refused. Carol does not know Bob's, and confirms",
      clauses: [clauses.identity],
    },
    (author) => {
      const { channel, next } = excluding("bob", 0)(null)
      author.accepts("greeting.appear", knowingAllBut("alice", "bob"))
      author.refuses(clauses.identity, "greeting.receive", channel.receiving("bob", next))
      author.accepts("greeting.appear", knowingAllBut("bob", "carol"))
      const { text } = author.accepts("greeting.receive", channel.receiving("carol", next))
      author.claim(text !== null && greetingIn(text).greetType === "exclude-confirm", "Carol confirms")
    },
  ),
  ...wrong(
    "include-of-the-first-without-a-session",
    clauses.previous,
    "An include by Bob by which we, the first of its members, should be a member already",
    starting(3, "alice", 0),
    () => {
      const { next } = including("bob", 0)(null)
      return { sender: "bob", text: altered(next.text, mallorysKey, () => ({ source: "bob" })) }
    },
  ),
  aCase(
    "greeting/nonce-of-the-first",
    {
      title: "An exclude by Bob with another nonce for Alice, the first of the members, is refused",
      clauses: [clauses["nonce-kept"]],
    },
    (author) => {
      const channel = new GreetingChannel(recordedFor(author, "carol"), people(4), startedBy(people(4)))
      channel.operation = 1
      const next = channel.propose("bob", { exclude: ["dave"] })
      const text = altered(next.text, sharesOf("bob", 1).ephemeralSecretKey, ({ nonces }) => ({ nonces: nonces.with(0, other) }))
      author.refuses(clauses["nonce-kept"], "greeting.receive", channel.receiving("carol", { ...next, text }))
      author.accepts("greeting.receive", channel.receiving("carol", next))
    },
  ),
  ...wrong(
    "one-downflow-at-once",
    clauses["one-downflow"],
    "A second downflow packet with other ephemeral keys, before anybody else has acknowledged",
    including("bob", 3),
    ({ channel, keyOf }) => {
      const change = ({ publicKeys }: JsonGreeting) => ({ publicKeys: publicKeys.with(3, otherKey) })
      return { sender: "erin", text: altered(channel.log[2]!.text, keyOf("erin"), change) }
    },
  ),
]

const own = (): Case =>
  aCase(
    "greeting/own-packets-in-another-order",
    {
      title: "Two packets of ours come back in another order than that in which they were sent: each is known, once",
      clauses: [clauses["own-packet"]],
    },
    (author) => {
      const channel = new GreetingChannel(recordedFor(author, "bob"), people(4))
      channel.propose("alice", { include: people(4).slice(1) })
      channel.deliver()
      const upflow = channel.deliver(["alice", "carol", "dave"])
      channel.deliver()
      channel.deliver()
      channel.deliver()
      const confirm = channel.deliver()
      author.claim(upflow.sender === "bob" && confirm.sender === "bob", "both are Bob's")
      author.accepts("greeting.receive", channel.receiving("bob", upflow))
      author.refuses(clauses["own-packet"], "greeting.receive", channel.receiving("bob", upflow))
      author.refuses(clauses["own-packet"], "greeting.receive", channel.receiving("bob", confirm))
    },
  )

/** The layer "greeting": which check comes first, and members and keys in places where others are looked for. */
export default caseFile({ part: "mpenc", chapter: "greeting-order", layer: "greeting", flags: {} }, () => [
  ...confirms(),
  ...checks(),
  ...unknowns(),
  ...more(),
  own(),
])
