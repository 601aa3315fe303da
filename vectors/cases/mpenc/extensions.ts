import { Result } from "effect"
import { Base64, Hex } from "effect/encoding"
import { clauses } from "../../../spec/mpenc/extensions.ts"
import { clauses as session } from "../../../spec/mpenc/session.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { insiderOf } from "./insider.ts"
import { begun, identityKey, SessionChannel } from "./session-channel.ts"

/** The text with the TLV string changed. */
export const altered = (text: string, change: (hex: string) => string): string => {
  const bytes = Result.getOrThrow(Base64.decode(text.slice(7, -1)))
  return `?mpENC:${Base64.encode(Result.getOrThrow(Hex.decode(change(Hex.encode(bytes)))))}.`
}

const packetOf = (author: Author, channel: SessionChannel, name: string): string => {
  const [, request] = channel.waiting.find(([who, { type }]) => who === name && type === "send") ?? author.disagree("nothing is sent")
  return request.type === "send" ? request.text : author.disagree("nothing is sent")
}

const stages = (channel: SessionChannel, name: string): ReadonlyArray<string> =>
  channel.told(name, "operation").map((notice) => (notice.type === "operation" ? notice.stage : ""))

const claimOneLine = (author: Author, channel: SessionChannel, names: ReadonlyArray<string>) =>
  author.claim(new Set(names.map((name) => channel.look(name).chainHash)).size === 1, `${names.join(", ")} have one chain hash`)

/** Alice's exclusion of Carol has begun; Bob's confirm has not come. Gives the packet id of the initial packet. */
export const excluding = (author: Author): { readonly channel: SessionChannel; readonly operation: string } => {
  const channel = begun(author, ["bob", "carol"])
  channel.ignored.add("bob")
  channel.want("alice", { type: "exclude", members: ["carol"] })
  const started = channel.told("alice", "operation").at(-1)!
  const operation = started.type === "operation" && started.id !== null ? started.id : author.disagree("the operation has begun")
  return { channel, operation }
}

export const abortOf = (
  author: Author,
  me: string,
  operation: string,
  members: ReadonlyArray<string> = ["alice", "bob"],
  key = me,
): string => author.accepts("extensions.abort", { me, identityKey: identityKey(key), members, operation, reason: "user" }).text

const abortTwins = (
  id: string,
  clause: Parameters<typeof twins>[1],
  title: string,
  wrong: (author: Author, operation: string) => { sender: string; text: string },
) =>
  twins(`extensions/${id}`, clause, title, (author) => {
    const { channel, operation } = excluding(author)
    const { sender, text } = wrong(author, operation)
    const right = SessionChannel.packet("bob", abortOf(author, "bob", operation))
    return fork("session.receive", { on: "alice", event: right, now: channel.now }, { event: SessionChannel.packet(sender, text) })
  })

const aborts: ReadonlyArray<Case> = [
  aCase(
    "extensions/abort",
    {
      title: "A target aborts: the operation fails for all, and the next one follows the abort",
      clauses: [clauses["abort-form"], clauses["abort-operation"], clauses["abort-author"], clauses["abort-signature"], session.named],
    },
    (author) => {
      const { channel } = excluding(author)
      channel.want("alice", { type: "abort" })
      author.claim(
        ["alice", "bob", "carol"].every((name) => stages(channel, name).at(-1) === "failed"),
        "failed for all three",
      )
      const last = channel.told("carol", "operation").at(-1)!
      author.claim(last.type === "operation" && last.by === "alice", "by Alice, as Carol is told")
      claimOneLine(author, channel, ["alice", "bob", "carol"])
      channel.ignored.clear()
      channel.want("carol", { type: "refresh" })
      author.claim(stages(channel, "alice").at(-1) === "succeeded", "and Carol is a member as before")
      claimOneLine(author, channel, ["alice", "bob", "carol"])
    },
  ),
  aCase(
    "extensions/abort-too-late",
    { title: "An abort that comes after the final packet: the operation stands", clauses: [clauses["abort-operation"]] },
    (author) => {
      const { channel } = excluding(author)
      channel.want("alice", { type: "abort" }, false)
      const text = packetOf(author, channel, "alice")
      const other = begun(author, ["bob", "carol"])
      other.want("alice", { type: "exclude", members: ["carol"] })
      author.refuses(clauses["abort-operation"], "session.receive", { on: "bob", event: SessionChannel.packet("alice", text), now: 0 })
      author.claim(other.look("bob").members.length === 2, "Carol is out")
    },
  ),
  aCase(
    "extensions/abort-late",
    {
      title: "A member says nothing any more during an operation: the initiator aborts it after a while",
      clauses: [clauses["abort-late"]],
    },
    (author) => {
      const { channel } = excluding(author)
      channel.run(35_999, ["alice", "carol"])
      author.claim(stages(channel, "alice").at(-1) === "started", "it is still running")
      channel.run(36_000, ["alice", "carol"])
      author.claim(stages(channel, "alice").at(-1) === "failed" && stages(channel, "carol").at(-1) === "failed", "aborted")
    },
  ),
  aCase(
    "extensions/newcomer-late",
    { title: "A newcomer whose first operation does not end leaves and enters again", clauses: [clauses["abort-late"]] },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"])
      channel.enter("dave")
      channel.ignored.add("bob").add("alice")
      channel.want("alice", { type: "include", members: ["dave"] }, false)
      channel.broadcast("alice", packetOf(author, channel, "alice"))
      channel.settle()
      channel.run(120_000, ["dave"])
      author.claim(channel.members.at(-1) === "dave" && channel.look("dave").chainHash === null, "Dave is there, and knows no line")
      author.claim(stages(channel, "bob").at(-1) !== "started", "and for Bob it has failed")
    },
  ),
  ...abortTwins("abort-reason", clauses["abort-form"], "An abort with the reason 9", (author, operation) => ({
    sender: "bob",
    text: altered(abortOf(author, "bob", operation), (hex) => hex.replace("0305000101", "0305000109")),
  })),
  ...abortTwins("abort-of-another", clauses["abort-operation"], "An abort of another operation", (author) => ({
    sender: "bob",
    text: abortOf(author, "bob", filled(7, 32)),
  })),
  ...abortTwins("abort-members", clauses["abort-operation"], "An abort with other members", (author, operation) => ({
    sender: "bob",
    text: abortOf(author, "bob", operation, ["bob", "alice"]),
  })),
  ...abortTwins("abort-of-ones-exclusion", clauses["abort-author"], "Who is to be excluded aborts", (author, operation) => ({
    sender: "carol",
    text: abortOf(author, "carol", operation),
  })),
  ...abortTwins("abort-as-another", clauses["abort-author"], "An abort in the name of another", (author, operation) => ({
    sender: "carol",
    text: abortOf(author, "bob", operation),
  })),
  ...abortTwins("abort-key", clauses["abort-signature"], "An abort signed by another identity key", (author, operation) => ({
    sender: "bob",
    text: abortOf(author, "bob", operation, ["alice", "bob"], "carol"),
  })),
]

/** Alice includes Dave, whose confirm does not come. */
const including = (author: Author): { readonly channel: SessionChannel; readonly operation: string } => {
  const channel = begun(author, ["bob"], ["dave"])
  channel.enter("dave")
  channel.ignored.add("dave")
  channel.want("alice", { type: "include", members: ["dave"] })
  const started = channel.told("alice", "operation").at(-1)!
  const operation = started.type === "operation" && started.id !== null ? started.id : author.disagree("the operation has begun")
  return { channel, operation }
}

const newcomers: ReadonlyArray<Case> = [
  ...twins(
    "extensions/abort-of-a-newcomer",
    clauses["abort-author"],
    "A newcomer aborts, whose identity key not all may know",
    (author) => {
      const { channel, operation } = including(author)
      const abortBy = (name: string) => SessionChannel.packet(name, abortOf(author, name, operation, ["alice", "bob", "dave"]))
      return fork("session.receive", { on: "alice", event: abortBy("bob"), now: channel.now }, { event: abortBy("dave") })
    },
  ),
  aCase(
    "extensions/newcomer-parts",
    {
      title: "A newcomer cannot abort its first operation; it parts during it: it writes no abort, and the operation fails as it leaves",
      clauses: [clauses["abort-leaving"], session["no-operation"], session.parting],
    },
    (author) => {
      const { channel } = including(author)
      channel.ignored.clear()
      author.refuses(session["no-operation"], "session.act", { on: "dave", action: { type: "abort" }, now: channel.now })
      const before = channel.packets.length
      channel.want("dave", { type: "part" })
      author.claim(!channel.members.includes("dave"), "Dave has left")
      author.claim(!channel.packets.slice(before).some(({ sender }) => sender === "dave"), "and has written nothing")
      for (const name of ["alice", "bob"]) author.claim(stages(channel, name).at(-1) === "failed", `it has failed for ${name}`)
      claimOneLine(author, channel, ["alice", "bob"])
    },
  ),
]

const lying: ReadonlyArray<Case> = [
  aCase(
    "extensions/order-acknowledged",
    { title: "All confirm the order; when one does not, the others are told", clauses: [clauses["order-acknowledged"]] },
    (author) => {
      const channel = begun(author, ["bob", "carol"], [], { orderAcknowledgements: 1 })
      channel.run(30_000)
      author.claim(channel.told("alice", "order-unconfirmed", "security").length === 0, "all have confirmed")
      channel.tamper = (event, to) =>
        event.type === "packet" && event.sender === "carol" && to === "alice" && !event.text.includes("AgABAg") ? [] : [event]
      channel.want("bob", { type: "refresh" })
      channel.run(57_000)
      const [told] = channel.told("alice", "order-unconfirmed")
      author.claim(told?.type === "order-unconfirmed" && told.members.join() === "carol", "Alice is told of Carol")
    },
  ),
]

const parting = (author: Author) => {
  const channel = begun(author, ["bob"], [], { publishKey: 1 })
  channel.want("bob", { type: "send", text: "hello" })
  channel.want("bob", { type: "part" })
  return channel
}

/** The packet by which Bob publishes his key. */
const published = (author: Author): string => {
  const channel = parting(author)
  channel.run(20_000)
  const found = channel.packets.findLast(({ sender, text }) => sender === "bob" && text.startsWith("?mpENC:AAEAAQEAAgABBQ"))
  return found?.text ?? author.disagree("Bob publishes his key")
}

const keyTwins = (
  id: string,
  clause: Parameters<typeof twins>[1],
  title: string,
  wrong: (text: string) => { sender: string; text: string },
) =>
  twins(`extensions/${id}`, clause, title, (author) => {
    const text = published(author)
    const channel = parting(author)
    return fork(
      "session.receive",
      { on: "alice", event: SessionChannel.packet("bob", text), now: channel.now },
      { event: SessionChannel.packet(wrong(text).sender, wrong(text).text) },
    )
  })

const keys: ReadonlyArray<Case> = [
  aCase(
    "extensions/published-key",
    {
      title: "A member publishes its key when it leaves, after all is acknowledged",
      clauses: [clauses["publish-safely"], clauses["key-form"], clauses["key-fits"]],
    },
    (author) => {
      author.claim(published(author).length > 0, "it is published")
    },
  ),
  aCase(
    "extensions/not-published",
    { title: "While an acknowledgement is missing, the key is not published", clauses: [clauses["publish-safely"]] },
    (author) => {
      const channel = begun(author, ["bob", "carol"], [], { publishKey: 1 })
      channel.ignored.add("carol")
      channel.want("bob", { type: "send", text: "hello" })
      channel.want("bob", { type: "part" })
      channel.run(120_000, ["bob", "alice"])
      author.claim(!channel.members.includes("bob"), "Bob has left")
      author.claim(!channel.packets.some(({ text }) => text.startsWith("?mpENC:AAEAAQEAAgABBQ")), "and has not published")
    },
  ),
  aCase("extensions/published-key-text", { title: "The text of a published key", clauses: [clauses["key-form"]] }, (author) => {
    author.accepts("extensions.published-key", { me: "bob", secretKey: repeated("key"), hashes: [filled(1, 32), filled(2, 32)] })
    author.accepts("extensions.published-key", { me: "bob", secretKey: repeated("key"), hashes: [] })
  }),
  aCase(
    "extensions/key-published-twice",
    { title: "A key is published twice: it is accepted, and accepted again", clauses: [clauses["key-fits"]] },
    (author) => {
      const channel = begun(author, ["bob"], [], { publishKey: 1 })
      channel.want("bob", { type: "part" })
      const { ephemeralSecretKey } = insiderOf("bob", channel.packets)
      const { text } = author.accepts("extensions.published-key", { me: "bob", secretKey: ephemeralSecretKey, hashes: [] })
      for (const time of ["once", "twice"]) {
        author.claim(channel.show("alice", SessionChannel.packet("bob", text)), `the key is accepted ${time}`)
      }
    },
  ),
  ...keyTwins("key-form", clauses["key-form"], "A published key that is a byte too short", (text) => ({
    sender: "bob",
    text: altered(text, (hex) => hex.replace(/01070020(.{62})../, "0107001f$1")),
  })),
  ...keyTwins("key-of-another", clauses["key-fits"], "A key that is not the sender's", (text) => ({
    sender: "bob",
    text: altered(text, (hex) => hex.replace(/01070020.{64}/, `01070020${repeated("another key")}`)),
  })),
  ...keyTwins("key-by-another", clauses["key-fits"], "A key in the name of another", (text) => ({ sender: "alice", text })),
  ...twins("extensions/key-published", clauses["key-published"], "An acknowledgement by a key that is published already", (author) => {
    const channel = begun(author, ["bob"], [], { publishKey: 1 })
    channel.want("bob", { type: "part" })
    const { groupKey, sessionId, ephemeralSecretKey } = insiderOf("bob", channel.packets)
    const { text } = author.accepts("extensions.published-key", { me: "bob", secretKey: ephemeralSecretKey, hashes: [] })
    author.claim(channel.show("alice", SessionChannel.packet("bob", text)), "the key is accepted")
    const last = channel.packets.findLast(({ sender }) => sender === "bob")!
    const forged = author.accepts("messages.seal", {
      ...{ sessionId, groupKey, ephemeralSecretKey, parents: [author.accepts("messages.id", { text: last.text }).id] },
      ...{ body: { type: "acknowledgement", manual: false }, iv: filled(1, 12), cipherKeyBytes: 16, padding: true },
    })
    return fork(
      "session.receive",
      { on: "alice", event: SessionChannel.packet("bob", "plain"), now: channel.now },
      { event: SessionChannel.packet("bob", forged.text) },
    )
  }),
  ...twins("extensions/key-early", clauses["key-early"], "A member publishes its key, and has not parted", (author) => {
    const channel = begun(author, ["bob"], [], { publishKey: 1 })
    const { ephemeralSecretKey } = insiderOf("bob", channel.packets)
    const { text } = author.accepts("extensions.published-key", { me: "bob", secretKey: ephemeralSecretKey, hashes: [] })
    return fork(
      "session.receive",
      { on: "alice", event: SessionChannel.packet("bob", "plain"), now: channel.now },
      { event: SessionChannel.packet("bob", text) },
    )
  }),
]

const direct: ReadonlyArray<Case> = [
  aCase("extensions/direct", { title: "A session whose messages go by another transport", clauses: [clauses["direct-data"]] }, (author) => {
    const channel = begun(author, ["bob", "carol"], [], { direct: 1 })
    channel.want("bob", { type: "send", text: "hello" })
    author.claim(channel.told("carol", "message").length === 1, "Carol reads it")
    channel.want("carol", { type: "exclude", members: ["bob"] })
    channel.run(30_000)
    claimOneLine(author, channel, ["alice", "carol"])
    author.claim(channel.told("alice", "not-decrypted", "not-accepted", "not-acknowledged", "security").length === 0, "nobody was alarmed")
  }),
  ...twins("extensions/direct-greeting", clauses["direct-data"], "A greeting by the other transport", (author) => {
    const channel = begun(author, ["bob"], [], { direct: 1 })
    channel.want("bob", { type: "refresh" }, false)
    const text = packetOf(author, channel, "bob")
    return fork(
      "session.receive",
      { on: "alice", event: SessionChannel.packet("bob", text), now: channel.now },
      { event: { type: "direct", sender: "bob", text } },
    )
  }),
]

/** The layer "extensions". */
export default caseFile({ part: "mpenc", chapter: "extensions", layer: "extensions", flags: {} }, () => [
  ...aborts,
  ...newcomers,
  ...lying,
  ...keys,
  ...direct,
])
