import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/mpenc/extensions.ts"
import { clauses as ofMessages } from "../../../spec/mpenc/messages.ts"
import { clauses as ofRecords } from "../../../spec/mpenc/records.ts"
import { clauses as ofSession } from "../../../spec/mpenc/session.ts"
import { clauses as transcript } from "../../../spec/mpenc/transcript.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, flipped, hexOf, repeated } from "../people.ts"
import { insiderOf } from "./insider.ts"
import { type HexRecord, textOf } from "./packets.ts"
import { people, publicKeyOf, secretOf } from "./people.ts"
import { ephemeralOf, type JsonBody, payload } from "./sealing.ts"
import { begun, SessionChannel } from "./session-channel.ts"

const members = ["alice", "bob", "__proto__"]

const hash = filled(0x33, 32)
const messageKey = secretOf("message", "key")

const sealing = (index: number) => ({
  hash,
  messageKey,
  index,
  ephemeralSecretKey: ephemeralOf("alice"),
  parents: [filled(2, 20), filled(1, 20)],
  body: payload("hello"),
  iv: filled(0x17, 12),
  cipherKeyBytes: 16 as const,
  padding: true,
})

const opening = (text: string, cipherKeyBytes: 16 | 32 = 16) => ({
  hash,
  messageKey,
  members: people(3),
  publicKeys: people(3).map((member) => publicKeyOf(ephemeralOf(member))),
  sender: "alice",
  text,
  cipherKeyBytes,
})

/** A text with its TLV string, in hex, changed. */
const changed = (text: string, change: (hex: string) => string): string =>
  `?mpENC:${Buffer.from(change(Buffer.from(text.slice(7, -1), "base64").toString("hex")), "hex").toString("base64")}.`

const chains: ReadonlyArray<Case> = [
  aCase(
    "extensions/sender-chains",
    { title: "The message keys of three authors, in and out of order", clauses: [clauses["ratchet-keys"], clauses["ratchet-index"]] },
    (author) => {
      author.accepts("extensions.ratchet-begin", { on: "alice", groupKey: repeated("group key"), members })
      const seen = new Set<string>()
      for (const who of members)
        for (const index of [0, 1, 5, 3, 69]) seen.add(author.accepts("extensions.ratchet-key", { on: "alice", author: who, index }).key)
      author.claim(seen.size === 15, "all differ")
      const again = author.accepts("extensions.ratchet-key", { on: "alice", author: "bob", index: 2 }).key
      author.gives("extensions.ratchet-key", { on: "alice", author: "bob", index: 2 }, { key: again })
      author.accepts("extensions.ratchet-forget", { on: "alice", author: "bob", index: 2 })
      author.refuses(clauses["ratchet-index"], "extensions.ratchet-key", { on: "alice", author: "bob", index: 2 })
    },
  ),
  aCase(
    "extensions/ratchet-kept",
    {
      title: "What a saved state has of a ratchet: the keys of messages that are not fully acknowledged, and no chain key before the last",
      clauses: [clauses["ratchet-forgets"]],
    },
    (author) => {
      const groupKey = repeated("group key")
      author.accepts("extensions.ratchet-begin", { on: "alice", groupKey, members })
      author.accepts("extensions.ratchet-key", { on: "alice", author: "bob", index: 2 })
      const keys = author.traced().filter(({ name }) => name === "extensions.message-key")
      const chainKeys = author.traced().filter(({ name }) => name === "extensions.chain-key")
      author.claim(keys.length === 3 && chainKeys.length === 3, "three steps of the chain")
      author.keeps("alice", [...keys, chainKeys[2]!], [{ name: "the group key", value: groupKey }, chainKeys[0]!, chainKeys[1]!])
      author.accepts("extensions.ratchet-forget", { on: "alice", author: "bob", index: 1 })
      author.keeps("alice", [keys[0]!, keys[2]!], [keys[1]!])
    },
  ),
  ...twins("extensions/ratchet-ahead", clauses["ratchet-index"], "An index that is too far ahead", (author) => {
    author.accepts("extensions.ratchet-begin", { on: "alice", groupKey: repeated("group key"), members })
    return fork("extensions.ratchet-key", { on: "alice", author: "bob", index: 64 }, { index: 65 })
  }),
  ...twins("extensions/ratchet-stranger", clauses["ratchet-index"], "An author without a chain", (author) => {
    author.accepts("extensions.ratchet-begin", { on: "alice", groupKey: repeated("group key"), members })
    return fork("extensions.ratchet-key", { on: "alice", author: "bob", index: 0 }, { author: "constructor" })
  }),
]

const packets: ReadonlyArray<Case> = [
  aCase(
    "extensions/ratchet-packet",
    {
      title: "Data packets with an index: first, last, AES-128, AES-256, unpadded",
      clauses: [clauses["data-form"], clauses["ratchet-version"]],
    },
    (author) => {
      for (const index of [0, 1, 0x01020304, 0xffffffff]) {
        const { text } = author.accepts("extensions.seal", sealing(index))
        const { packet } = author.accepts("extensions.decode", { text })
        author.claim(packet?.index === index, "the index stands in the packet")
        author.claim(author.accepts("extensions.open", opening(text)).index === index, "and is read")
      }
      const { text } = author.accepts("extensions.seal", { ...sealing(3), cipherKeyBytes: 32, padding: false })
      author.accepts("extensions.open", opening(text, 32))
    },
  ),
  aCase("extensions/ratchet-other-texts", { title: "Other texts are no such packets", clauses: [clauses["data-form"]] }, (author) => {
    author.gives("extensions.decode", { text: "hello" }, { packet: null })
    author.gives("extensions.decode", { text: "?mpENC:AAEAAQIAAgABAQ==." }, { packet: null })
    const { text } = author.accepts("extensions.seal", sealing(0))
    author.gives("extensions.decode", { text: changed(text, (hex) => hex.replace("0001000102", "0001000101")) }, { packet: null })
  }),
  ...(
    [
      ["index-length", "An index of three bytes", (hex: string) => hex.replace("0015000400000000", "00150003000000")],
      ["no-index", "No index", (hex: string) => hex.replace("0015000400000000", "")],
      ["index-after-iv", "The index after the IV", (hex: string) => hex.replace(/(0015000400000000)(0011000c.{24})/, "$2$1")],
      ["record-after", "A record after the payload", (hex: string) => `${hex}00150000`],
    ] as const
  ).flatMap(([id, title, change]) =>
    twins(`extensions/ratchet-${id}`, clauses["data-form"], title, (author) => {
      const { text } = author.accepts("extensions.seal", sealing(0))
      return fork("extensions.open", opening(text), { text: changed(text, change) })
    }),
  ),
  ...(
    [
      ["kind", ofMessages.kind, "A data packet of version 1", () => ({ text: "?mpENC:AAEAAQEAAgABAQ==." })],
      ["hint", ofMessages.hint, "Another hint", (text: string) => ({ text: changed(text, (hex) => flipped(hex, 4)) })],
      ["author", ofMessages.author, "An author who is no member", () => ({ sender: "dave" })],
      [
        "signature",
        ofMessages.signature,
        "An index that was changed under way",
        (text: string) => ({
          text: changed(text, (hex) => hex.replace("0015000400000000", "0015000400000001")),
        }),
      ],
      ["hash", ofMessages.signature, "The hash of another subsession with this hint", () => ({ hash: flipped(hash, 31) })],
    ] as const
  ).flatMap(([id, clause, title, wrong]) =>
    twins(`extensions/ratchet-${id}`, clause, title, (author) => {
      const { text } = author.accepts("extensions.seal", sealing(0))
      return fork("extensions.open", opening(text), wrong(text))
    }),
  ),
]

/** The records of packets after their version. */
const ofKind: Readonly<Record<"query" | "error", ReadonlyArray<HexRecord>>> = {
  query: [["MESSAGE_TYPE", "01"]],
  error: [
    ["MESSAGE_TYPE", "04"],
    ["SOURCE", hexOf("bob")],
    ["SEVERITY", "00"],
    ["MESSAGE_PAYLOAD", hexOf("hello")],
  ],
}

const quiet = (author: Author, channel: SessionChannel) =>
  author.claim(
    channel.names.every((name) => channel.told(name, "security", "not-decrypted", "not-accepted", "not-acknowledged").length === 0),
    "nobody was alarmed",
  )

/** Alice and Bob have a session with the ratchet, and Bob has written once. */
const afterOne = (author: Author) => {
  const channel = begun(author, ["bob"], [], { ratchet: 1 })
  channel.want("bob", { type: "send", text: "first" })
  const [told] = channel.told("alice", "message")
  return { channel, first: told?.type === "message" ? told.id : author.disagree("Alice reads it") }
}

/** A message by Bob with parents and an index of his choice. */
const secondBy = (author: Author, channel: SessionChannel, parents: ReadonlyArray<string>, index: number, iv = 5) => {
  const { groupKey, hash, ephemeralSecretKey } = insiderOf("bob", channel.packets, 2)
  author.accepts("extensions.ratchet-begin", { on: "insider", groupKey, members: ["bob"] })
  const { key } = author.accepts("extensions.ratchet-key", { on: "insider", author: "bob", index })
  const sealed = {
    ...sealing(index),
    hash,
    messageKey: key,
    ephemeralSecretKey,
    parents,
    body: payload("second"),
    iv: filled(iv, 12),
  }
  return author.accepts("extensions.seal", sealed)
}

const inSessions: ReadonlyArray<Case> = [
  aCase(
    "extensions/ratchet-session",
    {
      title: "A session with the ratchet: messages, an include, a refresh, a late message of the subsession before, a resend",
      clauses: [clauses["ratchet-keys"], clauses["ratchet-version"], clauses["message-index"], clauses["data-form"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"], { ratchet: 1 })
      channel.enter("dave")
      for (const text of ["one", "two", "three"]) channel.want("bob", { type: "send", text })
      channel.want("alice", { type: "send", text: "four" })
      channel.want("carol", { type: "include", members: ["dave"] }, false)
      channel.step()
      channel.want("bob", { type: "send", text: "late" }, false)
      channel.settle()
      channel.want("dave", { type: "send", text: "five" })
      channel.run(10_000)
      // Carol misses a packet, and gets it from Alice.
      channel.tamper = (event, to) => (event.type === "packet" && event.sender === "bob" && to === "carol" ? [] : [event])
      channel.want("bob", { type: "send", text: "lost" })
      channel.tamper = (event) => [event]
      channel.run(50_000, ["alice", "carol", "dave"])
      channel.want("alice", { type: "refresh" })
      channel.want("carol", { type: "send", text: "six" })
      const read = (name: string) => channel.told(name, "message").map((notice) => (notice.type === "message" ? notice.text : ""))
      author.claim(read("carol").join() === "one,two,three,four,late,five,lost,six", "Carol reads everything")
      author.claim(read("dave").join() === "five,lost,six", "and Dave what was written since he is there")
      author.claim(channel.told("alice", "security", "not-decrypted").length === 0, "nobody was deceived")
    },
  ),
  aCase(
    "extensions/ratchet-out-of-order",
    {
      title: "Messages of one author in the wrong order, and one twice after its key was deleted",
      clauses: [clauses["ratchet-keys"], clauses["message-index"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], [], { ratchet: 1 })
      channel.tamper = (event, to) => (event.type === "packet" && event.sender === "bob" && to === "alice" ? [] : [event])
      for (const text of ["one", "two", "three"]) channel.want("bob", { type: "send", text })
      channel.tamper = (event) => [event]
      const [one, two, three] = channel.packets.slice(-3).map(({ text }) => SessionChannel.packet("bob", text))
      for (const event of [three!, two!, one!]) author.claim(channel.show("alice", event), "taken")
      author.claim(channel.told("alice", "message").length === 3, "all are read")
      channel.want("alice", { type: "send", text: "answer" })
      author.claim(channel.show("alice", one!), "a duplicate of what is fully acknowledged is recognised without its key")
      author.claim(channel.told("alice", "message").length === 4, "and not read again")
      quiet(author, channel)
    },
  ),
  aCase(
    "extensions/ratchet-versions",
    {
      title: "Members of different versions: whatever the other sends is malformed, both ways, and aborts can be read",
      clauses: [clauses["ratchet-version"], ofRecords.version],
    },
    (author) => {
      const old = begun(author, ["bob"])
      const oldPacket = old.packets[0]!.text
      old.want("bob", { type: "send", text: "hello" })
      const oldData = old.packets.at(-1)!.text
      const channel = begun(author, ["bob"], [], { ratchet: 1 })
      const newPacket = channel.packets[0]!.text
      channel.want("bob", { type: "send", text: "hello" })
      const newData = channel.packets.at(-1)!.text
      for (const text of [oldPacket, oldData])
        author.refuses(ofRecords.version, "session.receive", { on: "alice", event: SessionChannel.packet("bob", text), now: 0 })
      const without = begun(author, ["bob"])
      for (const text of [newPacket, newData])
        author.refuses(ofRecords.version, "session.receive", { on: "alice", event: SessionChannel.packet("bob", text), now: 0 })
      author.claim(without.look("alice").state === "joined", "nothing comes of it")
    },
  ),
  aCase(
    "extensions/ratchet-abort",
    { title: "An abort in a session with the ratchet", clauses: [clauses["abort-form"], clauses["ratchet-version"]] },
    (author) => {
      const channel = begun(author, ["bob", "carol"], [], { ratchet: 1 })
      channel.ignored.add("bob")
      channel.want("alice", { type: "exclude", members: ["carol"] })
      channel.want("alice", { type: "abort" })
      const hashes = channel.names.map((name) => channel.look(name).chainHash)
      author.claim(new Set(hashes).size === 1 && channel.look("carol").state === "joined", "it has failed for all")
    },
  ),
  ...twins(
    "extensions/message-index",
    clauses["message-index"],
    "An author leaves out an index",
    (author) => {
      const { channel, first } = afterOne(author)
      const right = secondBy(author, channel, [first], 1)
      const wrong = secondBy(author, channel, [first], 2, 6)
      const { now } = channel
      return fork(
        "session.receive",
        { on: "alice", event: SessionChannel.packet("bob", right.text), now },
        { event: SessionChannel.packet("bob", wrong.text) },
      )
    },
    [clauses["ratchet-keys"]],
  ),
  aCase(
    "extensions/message-index-later",
    {
      title: "A message with a wrong index waits for its parent: when that has come, it is refused, and the user is told",
      clauses: [clauses["message-index"]],
    },
    (author) => {
      const { channel, first } = afterOne(author)
      const second = secondBy(author, channel, [first], 1)
      const third = secondBy(author, channel, [second.id], 3, 6)
      author.claim(channel.show("alice", SessionChannel.packet("bob", third.text)), "it waits")
      author.claim(channel.show("alice", SessionChannel.packet("bob", second.text)), "the second is accepted")
      const [told] = channel.told("alice", "security")
      author.claim(
        told?.type === "security" && told.clause === clauses["message-index"].id && told.member === "bob",
        "Alice is warned of Bob",
      )
      author.claim(channel.told("alice", "message").length === 2, "and has read two messages")
    },
  ),
  aCase(
    "extensions/message-index-told-first",
    {
      title:
        "Two messages wait for one parent, the first with a parent too many and the second with a wrong index: the user is told of the index first",
      clauses: [clauses["message-index"]],
    },
    (author) => {
      const { channel, first } = afterOne(author)
      const second = secondBy(author, channel, [first], 1)
      const third = secondBy(author, channel, [first, second.id], 2, 6)
      const fourth = secondBy(author, channel, [second.id], 3, 7)
      for (const { text } of [third, fourth, second]) author.claim(channel.show("alice", SessionChannel.packet("bob", text)), "it is taken")
      const told = channel.told("alice", "security").map((notice) => (notice.type === "security" ? notice.clause : ""))
      author.claim(told.join() === [clauses["message-index"].id, transcript["one-parent-per-author"].id].join(), "and then of the parents")
    },
  ),
  ...twins("extensions/ratchet-index-again", clauses["ratchet-index"], "An author uses an index again whose key is deleted", (author) => {
    const { channel, first } = afterOne(author)
    channel.want("alice", { type: "send", text: "I have it" })
    const [told] = channel.told("bob", "message").slice(-1)
    const answer = told?.type === "message" ? told.id : author.disagree("Bob reads it")
    author.claim(channel.told("alice", "acknowledged").length === 1, "Bob's first is fully acknowledged")
    const right = secondBy(author, channel, [answer], 1)
    const wrong = secondBy(author, channel, [first], 0, 6)
    const event = SessionChannel.packet("bob", right.text)
    return fork("session.receive", { on: "alice", event, now: channel.now }, { event: SessionChannel.packet("bob", wrong.text) })
  }),
]

/** A message in Alice's own name, after Bob's first, that she has not written. */
const inHerName = (author: Author, channel: SessionChannel, first: string, index: number, body: JsonBody | null = payload("mine")) => {
  const { groupKey: key, hash: ofSubsession, ephemeralSecretKey } = insiderOf("alice", channel.packets, 2)
  author.accepts("extensions.ratchet-begin", { on: "insider", groupKey: key, members: ["alice"] })
  const message = author.accepts("extensions.ratchet-key", { on: "insider", author: "alice", index })
  const sealed = { ...sealing(index), hash: ofSubsession, messageKey: body === null ? filled(7, 32) : message.key, ephemeralSecretKey }
  const { text } = author.accepts("extensions.seal", { ...sealed, parents: [first], body: body ?? payload("mine") })
  return { on: "alice", event: SessionChannel.packet("alice", text), now: channel.now }
}

const inOrder: ReadonlyArray<Case> = [
  aCase(
    "extensions/ratchet-opens-before-own-message",
    {
      title:
        "Messages in Alice's own name that she has not written: an index that was used, and a wrong message key, show before that it is her own",
      clauses: [clauses["ratchet-index"], ofMessages.length, ofSession["own-message"], verdicts["order-of-checks"]],
    },
    (author) => {
      const { channel, first } = afterOne(author)
      channel.want("alice", { type: "send", text: "I have it" })
      author.refuses(clauses["ratchet-index"], "session.receive", inHerName(author, channel, first, 0))
      author.refuses(ofMessages.length, "session.receive", inHerName(author, channel, first, 3, null))
      author.refuses(ofSession["own-message"], "session.receive", inHerName(author, channel, first, 3))
    },
  ),
  ...(["query", "error"] as const).flatMap((kind) =>
    twins(
      `extensions/ratchet-version-of-${kind}`,
      ofRecords.version,
      `In a session with the ratchet: version 1 in ${kind === "query" ? "a query" : "an error"}`,
      (author) => {
        const channel = begun(author, ["bob"], [], { ratchet: 1 })
        const event = (version: string) => SessionChannel.packet("bob", textOf([["PROTOCOL_VERSION", version], ...ofKind[kind]]))
        return fork("session.receive", { on: "alice", event: event("02"), now: channel.now }, { event: event("01") })
      },
      [clauses["ratchet-version"]],
    ),
  ),
  ...(["query", "error"] as const).flatMap((kind) =>
    twins(
      `extensions/version-of-${kind}`,
      ofRecords.version,
      `In a session without the ratchet: version 2 in ${kind === "query" ? "a query" : "an error"}`,
      (author) => {
        const channel = begun(author, ["bob"])
        const event = (version: string) => SessionChannel.packet("bob", textOf([["PROTOCOL_VERSION", version], ...ofKind[kind]]))
        return fork("session.receive", { on: "alice", event: event("01"), now: channel.now }, { event: event("02") })
      },
      [clauses["ratchet-version"]],
    ),
  ),
]

/** The layer "extensions": the ratchet. */
export default caseFile({ part: "mpenc", chapter: "extensions-ratchet", layer: "extensions", flags: {} }, () => [
  ...chains,
  ...packets,
  ...inSessions,
  ...inOrder,
])
