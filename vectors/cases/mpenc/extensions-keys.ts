import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/mpenc/extensions.ts"
import { clauses as session } from "../../../spec/mpenc/session.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { abortOf, excluding } from "./extensions.ts"
import { disputed, warnings, withLiars } from "./extensions-order.ts"
import { altering, insiderOf } from "./insider.ts"
import { begun, identityKey, SessionChannel } from "./session-channel.ts"

const publicKeyOf = (name: string): string => Hex.encode(nodePrimitives.ed25519PublicKey(bytesOf(identityKey(name))))

/** Makes Alice's session anew: of the others she knows these. */
const knowing = (author: Author, channel: SessionChannel, ...names: ReadonlyArray<string>) =>
  author.accepts("session.make", {
    on: "alice",
    me: "alice",
    identities: { secretKey: identityKey("alice"), known: names.map((member) => ({ member, publicKey: publicKeyOf(member) })) },
    options: channel.options,
    seed: repeated("alice session "),
  })

const aborts = (): ReadonlyArray<Case> => [
  ...twins(
    "extensions/abort-as-another-target",
    clauses["abort-author"],
    "An abort in the name of another target, by a target",
    (author) => {
      const { channel, operation } = excluding(author)
      const text = abortOf(author, "bob", operation)
      const now = channel.now
      return fork(
        "session.receive",
        { on: "alice", event: SessionChannel.packet("bob", text), now },
        { event: SessionChannel.packet("alice", text) },
      )
    },
  ),
  aCase(
    "extensions/abort-of-the-second",
    {
      title: "Alice begins a session with Bob, who does not answer, and aborts it in his first operation: she refuses that",
      clauses: [clauses["abort-author"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      for (const name of channel.names) channel.enter(name)
      channel.ignored.add("bob")
      channel.want("alice", { type: "include", members: ["bob"] })
      const started = channel.told("alice", "operation").at(-1)!
      const operation = started.type === "operation" && started.id !== null ? started.id : author.disagree("it has started")
      const event = SessionChannel.packet("bob", abortOf(author, "bob", operation))
      author.refuses(clauses["abort-author"], "session.receive", { on: "alice", event, now: channel.now })
    },
  ),
  aCase(
    "extensions/abort-by-an-unknown",
    {
      title: "Bob, whose identity key Alice does not know, begins a session and aborts that: she refuses his abort",
      clauses: [clauses["abort-signature"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      knowing(author, channel)
      for (const name of ["bob", "alice"]) channel.enter(name)
      channel.ignored.add("alice")
      channel.want("bob", { type: "include", members: ["alice"] })
      channel.want("bob", { type: "abort" }, false)
      const [, request] = channel.waiting.at(-1)!
      const text = request.type === "send" ? request.text : author.disagree("Bob aborts")
      author.refuses(clauses["abort-signature"], "session.receive", {
        on: "alice",
        event: SessionChannel.packet("bob", text),
        now: channel.now,
      })
    },
  ),
  aCase(
    "extensions/deceived-by-keys",
    {
      title: "Carol makes an intermediate key of small order, and Alice does not know Bob: she is told of Carol, whose lie it is",
      clauses: [clauses["abort-verification"], suite["x25519-zero"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "carol"])
      knowing(author, channel, "carol")
      for (const name of channel.names) channel.enter(name)
      altering(author, channel, "carol", "start-downflow", ({ intermediateKeys }) => ({
        intermediateKeys: intermediateKeys.with(1, filled(0, 32)),
      }))
      channel.want("alice", { type: "include", members: ["bob", "carol"] })
      author.claim(warnings(channel, "alice") === `${suite["x25519-zero"].id} carol`, "Alice is told of Carol")
    },
  ),
]

/** The text by which `name` publishes its key of the session that has begun. */
const publishedBy = (author: Author, channel: SessionChannel, name: string): string => {
  const { ephemeralSecretKey } = insiderOf(name, channel.packets)
  return author.accepts("extensions.published-key", { me: name, secretKey: ephemeralSecretKey, hashes: [] }).text
}

const keys = (): ReadonlyArray<Case> => [
  ...twins(
    "extensions/key-of-a-stranger",
    clauses["key-fits"],
    "One who is in the channel and not in the session publishes a key",
    (author) => {
      const channel = begun(author, ["bob"], ["dave"], { publishKey: 1 })
      channel.enter("dave")
      const { text } = author.accepts("extensions.published-key", { me: "dave", secretKey: repeated("key"), hashes: [] })
      const now = channel.now
      return fork(
        "session.receive",
        { on: "alice", event: SessionChannel.packet("dave", "plain"), now },
        { event: SessionChannel.packet("dave", text) },
      )
    },
  ),
  aCase(
    "extensions/key-of-the-previous-subsession",
    {
      title: "Bob has parted in a subsession that is the previous one now, and his FINs in the current one are lost: his key is accepted",
      clauses: [clauses["key-early"], clauses["key-fits"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.ignored.add("carol")
      channel.want("bob", { type: "part" })
      const text = publishedBy(author, channel, "bob")
      channel.tamper = (event) => (event.type === "packet" && event.sender === "bob" ? [] : [event])
      channel.want("alice", { type: "refresh" })
      author.claim(channel.told("alice", "membership").length === 2, "the subsession is another")
      author.accepts("session.receive", { on: "alice", event: SessionChannel.packet("bob", text), now: channel.now })
    },
  ),
  aCase(
    "extensions/keys-published",
    {
      title: "Bob and Carol publish their keys, and Bob his once more: what is written by either of them is refused from then on",
      clauses: [clauses["key-published"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      for (const name of ["bob", "carol"]) channel.want(name, { type: "part" })
      for (const name of ["bob", "carol", "bob"])
        author.claim(
          channel.show("alice", SessionChannel.packet(name, publishedBy(author, channel, name))),
          `the key of ${name} is accepted`,
        )
      for (const name of ["bob", "carol"]) {
        const { groupKey, sessionId, ephemeralSecretKey } = insiderOf(name, channel.packets)
        const last = channel.packets.findLast(({ sender }) => sender === name)!
        const { text } = author.accepts("messages.seal", {
          ...{ sessionId, groupKey, ephemeralSecretKey, parents: [author.accepts("messages.id", { text: last.text }).id] },
          ...{ body: { type: "acknowledgement", manual: false }, iv: filled(1, 12), cipherKeyBytes: 16, padding: true },
        })
        const event = SessionChannel.packet(name, text)
        author.refuses(clauses["key-published"], "session.receive", { on: "alice", event, now: channel.now })
      }
    },
  ),
]

const orders = (): ReadonlyArray<Case> => [
  aCase(
    "extensions/confirms-an-earlier-packet",
    {
      title: "After another operation Bob confirms the packet before it: the last one is not confirmed by that, and Alice is told of him",
      clauses: [clauses["order-acknowledged"]],
    },
    (author) => {
      const { channel, id, claims } = withLiars(author, ["bob"], ["bob"])
      const { chainHash } = channel.look("alice")
      channel.want("alice", { type: "refresh" })
      author.claim(claims("bob", id, chainHash!), "Bob confirms the start")
      channel.run(30_000, ["alice"])
      const told = channel.told("alice", "order-unconfirmed").at(-1)
      author.claim(told?.type === "order-unconfirmed" && told.members.join() === "bob", "Alice is told of Bob")
    },
  ),
  aCase(
    "extensions/the-first-of-the-line",
    {
      title: "Bob names another chain hash for the first entry of the line, which was drawn: he disputes the order by that, at once",
      clauses: [clauses["order-disputed"]],
    },
    (author) => {
      const { channel, claims } = withLiars(author, ["bob", "carol"], ["bob"])
      const start = channel.packets.find(({ sender }) => sender === "alice")!
      const { packet } = author.accepts("mpenc-records.decode", { text: start.text })
      const previousFinal =
        (packet.type === "greeting" ? packet.metadata?.previousFinal : undefined) ?? author.disagree("it is an initial packet")
      author.claim(claims("bob", previousFinal, filled(8, 32)), "it is accepted")
      author.claim(warnings(channel, "alice") === disputed("bob"), "and disputes the order")
    },
  ),
  aCase(
    "extensions/accused-by-a-former-member",
    {
      title: "Bob has been excluded, and names another chain hash in the subsession before: nobody is told that he disputes the order",
      clauses: [clauses["order-disputed"]],
    },
    (author) => {
      const { channel, id, claims } = withLiars(author, ["bob", "carol"], ["bob"])
      channel.want("alice", { type: "exclude", members: ["bob"] })
      author.claim(channel.look("alice").members.join() === "alice,carol", "Bob is out")
      author.claim(claims("bob", id, filled(8, 32)), "what he writes is accepted")
      author.claim(warnings(channel, "alice") === "", "and disputes nothing")
    },
  ),
  aCase(
    "extensions/claims-of-each",
    {
      title: "Carol names an unknown packet, and then Bob four: what Carol says is kept all the same, and both dispute the order later",
      clauses: [clauses["order-disputed"]],
    },
    (author) => {
      const { channel, claims } = withLiars(author, ["bob", "carol", "dave"], ["bob", "carol"])
      author.claim(claims("carol", filled(1, 32), filled(8, 32)), "Carol's")
      for (const byte of [2, 3, 4, 5]) author.claim(claims("bob", filled(byte, 32), filled(8, 32)), "Bob's")
      channel.run(30_000, ["alice", "dave"])
      author.claim(warnings(channel, "alice").startsWith([disputed("carol"), disputed("bob")].join()), "both do")
    },
  ),
]

/** Bob has parted, and waits for the time in which he still answers; then Alice writes, and he leaves before he has acknowledged that. */
const isPublished = (author: Author, action: Parameters<SessionChannel["want"]>[1]): boolean => {
  const channel = begun(author, ["bob"], [], { publishKey: 1 })
  // Alice's proposal to exclude him is lost, so that she can write.
  channel.tamper = (event) => (event.type === "packet" && !event.text.startsWith("?mpENC:ABI") ? [] : [event])
  channel.want("bob", { type: "part" })
  channel.run(1_500)
  const end = channel.look("bob").at!
  channel.run(end - 1)
  author.claim(channel.members.includes("bob") && channel.look("bob").at === end, "Bob is there still")
  channel.want("alice", action)
  channel.run(end, ["bob"])
  author.claim(!channel.members.includes("bob"), "he leaves")
  return channel.packets.some(({ sender, text }) => sender === "bob" && text.startsWith("?mpENC:AAEAAQEAAgABBQ"))
}

const lastMoments = (): ReadonlyArray<Case> => [
  aCase(
    "extensions/published-after-words",
    {
      title: "A payload comes just before Bob leaves, which he does not acknowledge: he publishes his key",
      clauses: [clauses["publish-safely"]],
    },
    (author) => {
      author.claim(isPublished(author, { type: "send", text: "bye" }), "it is published")
    },
  ),
  aCase(
    "extensions/not-published-after-a-fin",
    {
      title: "A FIN comes just before Bob leaves, which he does not acknowledge: he publishes nothing",
      clauses: [clauses["publish-safely"]],
    },
    (author) => {
      author.claim(!isPublished(author, { type: "part" }), "nothing is published")
    },
  ),
  aCase(
    "extensions/direct-excludes",
    {
      title: "Bob parts, and the last acknowledgement of that comes by the other transport: in the same step Alice proposes to exclude him",
      clauses: [clauses["direct-data"], session.parting],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], [], { direct: 1 })
      channel.want("bob", { type: "part" })
      channel.run(channel.now + 1_000, ["alice"])
      const before = channel.told("alice", "operation").length
      while (channel.look("carol").at! <= channel.now + 1_000 && channel.told("alice", "operation").length === before) {
        channel.now = Math.max(channel.now, channel.look("carol").at!)
        channel.do("carol", author.accepts("session.tick", { on: "carol", now: channel.now }))
        channel.settle()
      }
      author.claim(channel.told("alice", "operation").length > before, "she proposes it without a look at the clock")
    },
  ),
]

const splices = (): ReadonlyArray<Case> =>
  ([0, 1] as const).map((direct) =>
    aCase(
      `extensions/spliced-at-once-${direct === 1 ? "directly" : "by-the-channel"}`,
      {
        title: `What an operation began after comes just before the user is told that it is missing, ${direct === 1 ? "directly" : "by the channel"}: nobody is told`,
        clauses: [clauses["direct-data"], session["other-membership"]],
      },
      (author) => {
        const channel = begun(author, ["bob", "carol"], [], { direct })
        const type = direct === 1 ? "direct" : "packet"
        channel.tamper = (event, to) => (to === "carol" && "text" in event && event.text.startsWith("?mpENC:ABI") ? [] : [event])
        channel.want("bob", { type: "send", text: "lost" }, false)
        const [text] = channel.waiting.flatMap(([, request]) => ("text" in request ? [request.text] : []))
        channel.settle()
        channel.want("bob", { type: "refresh" })
        channel.now = 4_999
        author.claim(channel.show("carol", { type, sender: "bob", text: text! }), "what was lost comes")
        channel.now = 5_000
        channel.do("carol", author.accepts("session.tick", { on: "carol", now: channel.now }))
        author.claim(channel.told("carol", "history-missing").length === 0, "nobody is told")
      },
    ),
  )

const fins = (): ReadonlyArray<Case> => [
  aCase(
    "extensions/inconsistent-goes-on",
    {
      title:
        "The order is inconsistent for Alice, and a later operation of Dave succeeds: she writes in it, and when Carol leaves she proposes nothing",
      clauses: [clauses["order-inconsistent"]],
    },
    (author) => {
      const { channel, id, claims } = withLiars(author, ["bob", "carol", "dave"], ["bob", "carol"])
      for (const liar of ["bob", "carol"]) author.claim(claims(liar, id, filled(8, 32)), `${liar} disputes the order`)
      channel.settle()
      author.claim(channel.look("alice").state === "parting", "she writes no more")
      channel.want("dave", { type: "refresh" })
      author.claim(channel.look("alice").state === "joined", "there is another subsession")
      channel.want("alice", { type: "send", text: "here" })
      const before = channel.told("alice", "operation").length
      channel.leave("carol", false)
      author.claim(channel.told("alice", "operation").length === before, "she proposes nothing")
    },
  ),
  aCase(
    "extensions/fin-that-overtakes",
    {
      title:
        "Alice's FIN comes to Bob directly, before the packet that completes the operation: his own FIN has hers as its only parent, and nobody is told that he leaves",
      clauses: [clauses["direct-data"], session.parting],
    },
    (author) => {
      const channel = begun(author, ["bob"], [], { direct: 1 })
      const late: Array<Parameters<SessionChannel["show"]>[1]> = []
      channel.tamper = (event, to) => {
        if (to !== "bob" || event.type !== "packet") return [event]
        late.push(event)
        return []
      }
      channel.want("alice", { type: "refresh" })
      channel.tamper = (event) => [event]
      for (const event of late) author.claim(channel.show("bob", event), "the packet comes")
      channel.settle()
      channel.run(30_000)
      for (const name of ["alice", "bob"]) {
        author.claim(channel.told(name, "leaving").length === 0, `${name} is told of nobody who leaves`)
        author.claim(channel.look(name).members.length === 2, "both are members")
      }
    },
  ),
]

const others = (): ReadonlyArray<Case> => [
  aCase(
    "extensions/direct-outside",
    {
      title: "A text that is no packet comes by the other transport to one who is in no session",
      clauses: [clauses["direct-data"], verdicts["order-of-checks"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"], { direct: 1 })
      const event = { type: "direct" as const, sender: "bob", text: "plain" }
      author.refuses(clauses["direct-data"], "session.receive", { on: "alice", event, now: channel.now })
    },
  ),
  aCase(
    "extensions/inconsistent-before-busy",
    {
      title: "A plan waits when the order becomes inconsistent: a wish is refused because of the order",
      clauses: [clauses["order-inconsistent"], session.synced, verdicts["order-of-checks"]],
    },
    (author) => {
      const { channel, id, claims } = withLiars(author, ["bob"], ["bob"])
      channel.want("alice", { type: "include", members: ["erin"] }, false)
      author.refuses(session.busy, "session.act", { on: "alice", action: { type: "refresh" }, now: channel.now })
      author.claim(claims("bob", id, filled(8, 32)), "Bob disputes the order")
      author.refuses(session.synced, "session.act", { on: "alice", action: { type: "refresh" }, now: channel.now })
    },
  ),
]

/** The layer "extensions": aborts, published keys, disputes, and what is checked first. */
export default caseFile({ part: "mpenc", chapter: "extensions-keys", layer: "extensions", flags: {} }, () => [
  ...aborts(),
  ...keys(),
  ...orders(),
  ...lastMoments(),
  ...splices(),
  ...fins(),
  ...others(),
])
