import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses as aske } from "../../../spec/mpenc/aske.ts"
import { clauses as cliques } from "../../../spec/mpenc/cliques.ts"
import { clauses } from "../../../spec/mpenc/greeting.ts"
import { type Author, aCase, type Case, caseFile, type Fork, fork, type ParamsOf, twins } from "../author.ts"
import { filled, flipped } from "../people.ts"
import { altered, appearing, GreetingChannel, greetingIn, metadataOf, recordedFor, sharesOf, startedBy } from "./greeting-channel.ts"
import { people, publicKeyOf, secretOf, signedBy } from "./people.ts"
import { changed, excluding, including, type Prepare, refreshing, starting, wrong } from "./situations.ts"

type Known = ParamsOf<"greeting.appear">["identities"]["known"]

const mallorysKey = secretOf("mallory", "ephemeral")
const other = filled(0xee, 32)
const otherKey = publicKeyOf(mallorysKey)

const signatures = (): ReadonlyArray<Case> => {
  const places: ReadonlyArray<readonly [string, Prepare]> = [
    ["start-initial", starting(3, "bob", 0)],
    ["start-upflow", starting(3, "carol", 1)],
    ["start-downflow", starting(3, "alice", 2)],
    ["start-confirm", starting(3, "carol", 3)],
    ["include-initial", including("bob", 0)],
    ["include-upflow", including("erin", 1)],
    ["include-downflow", including("bob", 2)],
    ["include-confirm", including("bob", 3)],
    ["exclude-initial", excluding("bob", 0)],
    ["exclude-confirm", excluding("alice", 1)],
    ["refresh-initial", refreshing("bob")],
  ]
  const unsigned = (text: string, signature: string) => {
    const { packet } = { packet: { ...greetingIn(text), signature } }
    return recordedFor(null, "nobody").accepts("mpenc-records.encode", { packet }).text
  }
  return [
    ...places.flatMap(([name, prepare]) =>
      wrong(`signature-of-${name}`, clauses.signature, `A ${name} with a changed signature`, prepare, ({ next }) => ({
        text: unsigned(next.text, flipped(greetingIn(next.text).signature, 0)),
      })),
    ),
    ...places.flatMap(([name, prepare]) =>
      wrong(`signed-by-another-${name}`, clauses.signature, `A ${name} that is signed by another key`, prepare, ({ next }) => ({
        text: altered(next.text, mallorysKey, () => ({})),
      })),
    ),
    ...wrong("signed-without-context", clauses.signature, "A signature without the context", refreshing("bob"), ({ next, keyOf }) => {
      const { bytes } = recordedFor(null, "nobody").accepts("mpenc-records.signed-part", { packet: greetingIn(next.text) })
      return { text: unsigned(next.text, signedBy(keyOf("alice"), Buffer.from(bytes, "hex"))) }
    }),
    ...wrong("signed-as-data", clauses.signature, "A signature with the context of data packets", refreshing("bob"), ({ next, keyOf }) => {
      const { bytes } = recordedFor(null, "nobody").accepts("mpenc-records.signed-part", { packet: greetingIn(next.text) })
      return { text: unsigned(next.text, signedBy(keyOf("alice"), Buffer.concat([Buffer.from("datamsgsig"), Buffer.from(bytes, "hex")]))) }
    }),
    ...wrong("signed-by-the-identity-key", clauses.signature, "A signature by the identity key", refreshing("bob"), ({ next }) => ({
      text: altered(next.text, secretOf("alice", "identity"), () => ({})),
    })),
    ...wrong("metadata-changed", clauses.signature, "Metadata that was changed under way", starting(3, "bob", 0), ({ next }) => {
      const packet = greetingIn(next.text)
      const metadata = { ...packet.metadata!, chainHash: other }
      return { text: recordedFor(null, "nobody").accepts("mpenc-records.encode", { packet: { ...packet, metadata } }).text }
    }),
  ]
}

const acknowledgements = (): ReadonlyArray<Case> => [
  ...changed(
    "acknowledgement-of-a-downflow",
    aske.acknowledgement,
    "A downflow packet with a wrong acknowledgement",
    starting(3, "bob", 2),
    (packet) => ({
      sessionSignature: flipped(packet.sessionSignature!, 0),
    }),
  ),
  ...changed(
    "acknowledgement-of-a-confirm",
    aske.acknowledgement,
    "A confirm with a wrong acknowledgement",
    starting(3, "carol", 3),
    (packet) => ({
      sessionSignature: flipped(packet.sessionSignature!, 0),
    }),
  ),
  ...changed(
    "acknowledgement-of-an-exclude",
    aske.acknowledgement,
    "An exclude with a wrong acknowledgement",
    excluding("bob", 0),
    (packet) => ({
      sessionSignature: flipped(packet.sessionSignature!, 0),
    }),
  ),
  ...changed(
    "others-nonce",
    aske.acknowledgement,
    "A downflow packet with another nonce for a third member",
    starting(4, "bob", 3),
    ({ nonces }) => ({
      nonces: nonces.with(2, other),
    }),
  ),
  ...changed(
    "nonce-twice",
    aske.acknowledgement,
    "A downflow packet in which one nonce stands twice",
    starting(4, "bob", 3),
    ({ nonces }) => ({
      nonces: nonces.with(2, nonces[1]!),
    }),
  ),
  ...changed("same-lists", clauses["same-lists"], "A confirm that repeats other nonces", starting(3, "carol", 3), (packet, { channel }) => {
    const { nonces, publicKeys } = greetingIn(channel.log[2]!.text)
    return { nonces: nonces.with(0, other), publicKeys, sessionSignature: packet.sessionSignature }
  }),
  ...changed(
    "same-lists-of-keys",
    clauses["same-lists"],
    "A confirm that repeats another ephemeral key",
    starting(4, "carol", 4),
    (_, { channel }) => {
      const { nonces, publicKeys } = greetingIn(channel.log[3]!.text)
      return { nonces, publicKeys: publicKeys.with(2, otherKey) }
    },
  ),
  ...wrong(
    "acknowledged-otherwise",
    clauses["one-acknowledgement"],
    "A second acknowledgement that is another",
    starting(4, "dave", 5),
    ({ channel, keyOf }) => {
      const { sender, text } = channel.log[4]!
      return { sender, text: altered(text, keyOf(sender), (packet) => ({ sessionSignature: flipped(packet.sessionSignature!, 0) })) }
    },
  ),
  aCase(
    "greeting/acknowledged-again",
    { title: "A confirm, and a downflow packet, that come again", clauses: [clauses["one-acknowledgement"], clauses.confirms] },
    (author) => {
      const { channel } = starting(4, "carol", 5)(author)
      author.ignores("greeting.receive", channel.receiving("carol", channel.log[3]!))
      author.ignores("greeting.receive", channel.receiving("carol", channel.log[4]!))
      channel.run()
    },
  ),
]

const zeros = (): ReadonlyArray<Case> => {
  const zero = filled(0, 32)
  return [
    ...changed(
      "zero-in-an-upflow",
      suite["x25519-zero"],
      "An upflow packet with an intermediate key of small order",
      starting(4, "carol", 1),
      (packet) => ({
        intermediateKeys: packet.intermediateKeys.with(0, zero),
      }),
    ),
    ...changed(
      "zero-in-a-downflow",
      suite["x25519-zero"],
      "A downflow packet whose intermediate key for us is of small order",
      starting(3, "bob", 2),
      (packet) => ({
        intermediateKeys: packet.intermediateKeys.with(1, zero),
      }),
    ),
    ...changed(
      "zero-in-a-refresh",
      suite["x25519-zero"],
      "A refresh whose intermediate key for us is of small order",
      refreshing("bob"),
      (packet) => ({
        intermediateKeys: packet.intermediateKeys.with(1, zero),
      }),
    ),
  ]
}

interface Proposal {
  readonly include: ReadonlyArray<string>
  readonly exclude: ReadonlyArray<string>
}

const proposes = (id: string, clause: Parameters<typeof twins>[1], title: string, members: number, right: Proposal, faulty: Proposal) =>
  twins(`greeting/${id}`, clause, title, (author): Fork<"greeting.propose"> => {
    const membership = members === 0 ? null : startedBy(people(members)).get("alice")!
    author.accepts("greeting.appear", appearing("alice", membership))
    const rest = { on: "alice", metadata: metadataOf(2), shares: sharesOf("alice", 2) }
    return fork("greeting.propose", { ...rest, ...right }, faulty)
  })

const proposals = (): ReadonlyArray<Case> => [
  ...proposes(
    "include-and-exclude",
    clauses["one-change"],
    "A proposal to include and to exclude",
    3,
    { include: ["dave"], exclude: [] },
    { include: ["dave"], exclude: ["bob"] },
  ),
  ...proposes(
    "refresh-alone",
    clauses.previous,
    "A proposal to refresh, without a session",
    0,
    { include: ["bob"], exclude: [] },
    { include: [], exclude: [] },
  ),
  ...proposes(
    "exclude-alone",
    clauses.previous,
    "A proposal to exclude, without a session",
    0,
    { include: ["bob"], exclude: [] },
    { include: [], exclude: ["bob"] },
  ),
  ...proposes(
    "start-with-ourselves",
    cliques.members,
    "A proposal to start with ourselves",
    0,
    { include: ["bob"], exclude: [] },
    { include: ["bob", "alice"], exclude: [] },
  ),
  ...proposes(
    "include-a-member",
    cliques["include-others"],
    "A proposal to include a member",
    3,
    { include: ["dave"], exclude: [] },
    { include: ["dave", "bob"], exclude: [] },
  ),
  ...proposes(
    "exclude-ourselves",
    cliques["exclude-members"],
    "A proposal to exclude ourselves",
    3,
    { include: [], exclude: ["bob"] },
    { include: [], exclude: ["alice"] },
  ),
  ...proposes(
    "exclude-a-stranger",
    cliques["exclude-members"],
    "A proposal to exclude somebody who is no member",
    3,
    { include: [], exclude: ["bob"] },
    { include: [], exclude: ["dave"] },
  ),
]

const identities = (): ReadonlyArray<Case> =>
  twins(
    "greeting/identity",
    clauses.identity,
    "A downflow packet when we do not know the identity key of another member than its source",
    (author) => {
      const channel = new GreetingChannel(recordedFor(author, "alice"), people(3))
      const { identities: all, ...rest } = appearing("alice", null)
      const known = all.known.filter(({ member }) => member !== "bob")
      author.accepts("greeting.appear", { ...rest, identities: { ...all, known } })
      channel.propose("alice", { include: ["bob", "carol"] })
      channel.deliver()
      return fork("greeting.receive", channel.receiving("alice", channel.next()), starting(3, "alice", 2)(null).next)
    },
  )

/** Alice and Bob begin a session: she knows these identity keys, and his acknowledgement comes. */
const acknowledgedBy = (author: Author, known: (all: Known) => Known) => {
  const channel = new GreetingChannel(recordedFor(author, "alice"), people(2))
  const { identities: all, ...rest } = appearing("alice", null)
  author.accepts("greeting.appear", { ...rest, identities: { ...all, known: known(all.known) } })
  channel.propose("alice", { include: ["bob"] })
  channel.deliver()
  return channel.receiving("alice", channel.next())
}

/** The list of the identity keys that are known, where it has somebody twice, or ourselves. */
const knownTwice = (): ReadonlyArray<Case> => {
  const other = { member: "bob", publicKey: publicKeyOf(secretOf("mallory", "identity")) }
  return [
    aCase(
      "greeting/identity-first-counts",
      {
        title: "Two identity keys of Bob are known: the first one counts, by which his acknowledgement verifies",
        clauses: [clauses.identity, aske.acknowledgement],
      },
      (author) => {
        author.accepts(
          "greeting.receive",
          acknowledgedBy(author, (all) => [...all, other]),
        )
        author.refuses(
          aske.acknowledgement,
          "greeting.receive",
          acknowledgedBy(author, (all) => [other, ...all]),
        )
      },
    ),
  ]
}

/** Lists in another order than we would write them. */
const orderless = (): Case =>
  aCase(
    "greeting/any-order",
    { title: "Members in another order than ours, with their keys", clauses: [clauses["members-order"], clauses["same-members"]] },
    (author) => {
      const { channel, next, keyOf } = refreshing("bob")(author)
      const text = altered(next.text, keyOf("alice"), ({ members, intermediateKeys }) => ({
        members: members.toReversed(),
        intermediateKeys: intermediateKeys.toReversed(),
      }))
      author.accepts("greeting.receive", channel.receiving("bob", { sender: "alice", text }))
      channel.calls.accepts("greeting.receive", channel.receiving("alice", next))
      const [bob, alice] = ["bob", "alice"].map((on) => channel.calls.accepts("greeting.membership", { on }).membership!)
      author.claim(bob!.agreement.groupKey === alice!.agreement.groupKey, "the same group key")
    },
  )

/** A refresh with the members in another order, and what is done after it. */
const reordered = (): Case =>
  aCase(
    "greeting/order-after-refresh",
    {
      title: "Alice's refresh names the members in another order: Bob, who has it from there, includes Dave, and Carol excludes Alice",
      clauses: [clauses["refresh-order"], clauses["key-kept"]],
    },
    (author) => {
      const channel = new GreetingChannel(author, people(4), startedBy(people(3)))
      channel.operation = 1
      const { text } = channel.propose("alice", {})
      const other = altered(text, sharesOf("alice", 1).ephemeralSecretKey, ({ members, intermediateKeys }) => ({
        members: members.toReversed(),
        intermediateKeys: intermediateKeys.toReversed(),
      }))
      for (const on of ["bob", "carol"]) {
        author.accepts("greeting.receive", channel.receiving(on, { sender: "alice", text: other }))
        channel.finished.add(on)
      }
      channel.deliver(["alice"])
      channel.propose("bob", { include: ["dave"] })
      channel.run()
      author.claim(channel.finished.size === 4, "Dave is included")
      const order = channel.memberships().get("carol")!.agreement.members
      author.claim(order.join() === "carol,bob,alice,dave", "the order is that of the refresh")
      channel.propose("carol", { exclude: ["alice"] })
      channel.run()
      author.claim(channel.finished.size === 3, "and Alice excluded")
      const keys = new Set(["bob", "carol", "dave"].map((name) => channel.memberships().get(name)!.agreement.groupKey))
      author.claim(keys.size === 1, "they have one key")
    },
  )

/** The layer "greeting": signatures and acknowledgements that are wrong, and proposals that are refused. */
export default caseFile({ part: "mpenc", chapter: "greeting-signatures", layer: "greeting", flags: {} }, () => [
  ...signatures(),
  ...acknowledgements(),
  ...identities(),
  ...knownTwice(),
  ...zeros(),
  ...proposals(),
  orderless(),
  reordered(),
])
