import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { clauses as extensions } from "../../../spec/mpenc/extensions.ts"
import { clauses as messages } from "../../../spec/mpenc/messages.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import { type Author, aCase, type Case, caseFile, type ParamsOf } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { warnings, withLiars } from "./extensions-order.ts"
import { insiderOf } from "./insider.ts"
import { begun, SessionChannel } from "./session-channel.ts"

type Request = SessionChannel["waiting"][number][1]

const requestsOf = (channel: SessionChannel, name: string): ReadonlyArray<Request> =>
  channel.waiting.flatMap(([who, request]) => (who === name ? [request] : []))

const typesOf = (channel: SessionChannel, name: string): string =>
  requestsOf(channel, name)
    .map(({ type }) => type)
    .join()

const kicksOf = (channel: SessionChannel, name: string): string =>
  requestsOf(channel, name)
    .map((request) => (request.type === "kick" ? request.members.join("+") : ""))
    .filter((members) => members !== "")
    .join()

const stagesOf = (channel: SessionChannel, name: string): string =>
  channel
    .told(name, "operation")
    .map((notice) => (notice.type === "operation" ? `${notice.stage} +${notice.include.join()}-${notice.exclude.join()}` : ""))
    .join(" ")

const isAbort = (text: string): boolean => Buffer.from(text.slice(7, -1), "base64").includes(Buffer.of(1, 0xff, 0, 2, 0, 0xe3))

const publishes = (text: string): boolean => text.startsWith("?mpENC:AAEAAQEAAgABBQ")

const tick = (author: Author, channel: SessionChannel, name: string) =>
  channel.do(name, author.accepts("session.tick", { on: name, now: channel.now }))

/** The server takes everything but requests to kick. */
const takeAll = (channel: SessionChannel) => {
  do for (const name of channel.names) channel.lose(name, "kick")
  while (channel.step())
}

/** Turns the clock, while the server kicks nobody. */
const runKickingNobody = (author: Author, channel: SessionChannel, until: number) => {
  for (;;) {
    const due = channel.names.filter((name) => (channel.look(name).at ?? until + 1) <= until)
    if (due.length === 0) break
    channel.now = Math.max(channel.now, Math.min(...due.map((name) => channel.look(name).at!)))
    for (const name of due) if (channel.look(name).at! <= channel.now) tick(author, channel, name)
    takeAll(channel)
  }
  channel.now = until
}

const ofKicks: ReadonlyArray<Case> = [
  aCase(
    "session/kicks-once-and-again",
    {
      title:
        "Dave is excluded and does not leave, as Alice sees it; Bob includes him: Alice asks to kick him before all else, once, and 5 s later again",
      clauses: [clauses.strangers, clauses["kick-once"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "dave"])
      channel.want("alice", { type: "exclude", members: ["dave"] }, false)
      takeAll(channel)
      runKickingNobody(author, channel, 14_000)
      author.claim(channel.told("alice", "ended").length === 1, "the subsession with Dave has ended")
      channel.now = 20_000
      for (const type of ["leave", "enter"] as const)
        author.claim(channel.show("bob", { type, members: ["dave"] }), "Bob sees Dave leave and enter")
      channel.want("bob", { type: "include", members: ["dave"] }, false)
      channel.step("bob")
      author.claim(kicksOf(channel, "alice") === "dave", "once")
      author.claim(typesOf(channel, "alice").startsWith("kick,send"), "before she writes anything")
      channel.lose("alice", "kick")
      channel.now = 25_000
      tick(author, channel, "alice")
      author.claim(kicksOf(channel, "alice") === "dave", "and again")
    },
  ),
  aCase(
    "session/kicks-two-in-one-step",
    {
      title:
        "Dave is excluded and does not leave; Bob leaves, and enters again when Alice asks again to kick Dave: one request names both, Bob first",
      clauses: [clauses.strangers, clauses["kick-once"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "dave"])
      channel.want("alice", { type: "exclude", members: ["dave"] }, false)
      takeAll(channel)
      runKickingNobody(author, channel, 14_000)
      author.claim(channel.told("alice", "ended").length === 1, "the subsession with Dave has ended")
      channel.now = 20_000
      author.claim(channel.show("alice", { type: "leave", members: ["bob"] }), "Bob leaves")
      author.claim(kicksOf(channel, "alice") === "dave", "she asks to kick Dave")
      channel.lose("alice", "kick")
      channel.now = 25_000
      author.claim(channel.show("alice", { type: "enter", members: ["bob"] }), "Bob enters")
      author.claim(kicksOf(channel, "alice") === "bob+dave", "she asks to kick both")
    },
  ),
]

/** Alice has parted, and the subsession with Bob has ended for her; the server does not let her leave. Gives Bob's proposal to refresh, which is under way. */
const parted = (author: Author, channel: SessionChannel): string => {
  channel.want("bob", { type: "refresh" }, false)
  const [refresh] = channel.lose("bob", "send")
  channel.want("alice", { type: "part" }, false)
  do channel.lose("alice", "leave")
  while (channel.step())
  for (let now = channel.now + 500; channel.told("alice", "ended").length === 0; now += 500) {
    channel.now = now
    for (const name of channel.names) tick(author, channel, name)
    do channel.lose("alice", "leave")
    while (channel.step())
  }
  return refresh!
}

const ofEnds: ReadonlyArray<Case> = [
  aCase(
    "session/leaves-beside-the-previous",
    {
      title: "Alice is left alone, and stays; the subsession before has not ended when she parts: she asks to leave at once",
      clauses: [clauses.parting, clauses.alone],
    },
    (author) => {
      const channel = begun(author, ["bob"], [], { stayAlone: 1 })
      channel.want("alice", { type: "exclude", members: ["bob"] }, false)
      channel.step("alice")
      author.claim(channel.look("alice").members.join() === "alice" && channel.told("alice", "ended").length === 0, "alone")
      author.claim(!typesOf(channel, "alice").includes("leave"), "she stays")
      channel.want("alice", { type: "part" }, false)
      author.claim(typesOf(channel, "alice").endsWith("leave"), "she leaves")
    },
  ),
  aCase(
    "session/left-alone-while-leaving",
    {
      title:
        "Alice has asked to leave, and then her exclusion of Bob comes back, by which she is alone: she does not ask once more within 5 s",
      clauses: [clauses.alone, clauses.parting],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      channel.want("alice", { type: "exclude", members: ["bob"] }, false)
      const [text] = channel.lose("alice", "send")
      parted(author, channel)
      channel.now += 1_000
      author.claim(channel.show("alice", SessionChannel.packet("alice", text!)), "it comes back")
      author.claim(channel.look("alice").members.join() === "alice", "she is alone")
      author.claim(!typesOf(channel, "alice").includes("leave"), "and has asked already")
    },
  ),
  aCase(
    "session/splices-what-has-ended",
    {
      title:
        "The subsession has ended for Alice, who parts, when Bob's refresh comes: her log goes on where it was, as the first message of the next subsession shows",
      clauses: [clauses.parting, clauses["previous-ends"]],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      channel.want("bob", { type: "send", text: "before" })
      channel.broadcast("bob", parted(author, channel))
      author.claim(channel.told("alice", "membership").length === 2, "the next one has begun")
      channel.want("bob", { type: "send", text: "after" }, false)
      while (channel.step("bob"));
      const told = channel.told("alice", "message").at(-1)
      author.claim(
        told?.type === "message" && told.text === "after" && told.positions.join() === "1" && !told.marked,
        "after the line above",
      )
    },
  ),
  aCase(
    "session/parts-while-another-is-excluded",
    {
      title:
        "Bob's exclusion of Dave is running when Carol's second FIN is acknowledged, and Carol stays: when it has failed, Alice excludes Carol",
      clauses: [clauses.parting, clauses.absent],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol", "dave"])
      channel.want("bob", { type: "exclude", members: ["dave"] }, false)
      channel.step("bob")
      // The confirms of the others never come.
      const isConfirm = (text: string) => Buffer.from(text.slice(7, -1), "base64").includes(Buffer.of(1, 0xff, 0, 2, 0, 0x3b))
      const withoutConfirms = () => {
        for (const name of channel.names)
          for (const text of channel.lose(name, "send")) if (!isConfirm(text) && !isAbort(text)) channel.broadcast(name, text)
        for (const name of channel.names) channel.lose(name, "leave")
      }
      const goOn = () => {
        while (channel.waiting.length > 0) withoutConfirms()
      }
      goOn()
      channel.want("carol", { type: "part" }, false)
      goOn()
      for (let now = 500; now <= 2_000; now += 500) {
        channel.now = now
        for (const name of channel.names) tick(author, channel, name)
        goOn()
      }
      author.claim(channel.told("alice", "leaving").length === 1 && stagesOf(channel, "alice").endsWith("started +-dave"), "it is running")
      channel.want("alice", { type: "abort" }, false)
      channel.step("alice")
      author.claim(stagesOf(channel, "alice").endsWith("failed +-dave proposed +-carol"), "and then Carol is excluded")
    },
  ),
]

const ofJoining: ReadonlyArray<Case> = [
  aCase(
    "extensions/joins-since-it-was-late",
    {
      title:
        "Bob, who asked to join, gives up an operation that does not end, in a channel of six: he is joining since then, and not told that he has not joined when that is over which he had before",
      clauses: [extensions["abort-late"], clauses.rejoin],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      const others = ["carol", "dave", "erin", "frank"]
      channel.tamper = (event, to) => (others.includes(to) ? [] : [event])
      for (const name of ["alice", ...others]) channel.enter(name)
      channel.want("bob", { type: "join" })
      channel.want("alice", { type: "include", members: ["bob"] }, false)
      channel.step("alice")
      channel.lose("bob", "send")
      channel.run(40_999, ["bob"])
      author.claim(typesOf(channel, "bob") === "", "it is not late")
      channel.now = 41_000
      tick(author, channel, "bob")
      author.claim(typesOf(channel, "bob") === "leave", "he gives it up")
      channel.lose("bob", "leave")
      for (let now = 46_000; now <= 56_000; now += 5_000) {
        channel.now = now
        tick(author, channel, "bob")
      }
      author.claim(channel.told("bob", "not-joined").length === 0, "he is joining still")
      channel.leave("bob", false)
      channel.run(200_000, ["bob"])
      author.claim(channel.members.includes("bob"), "and has entered again")
    },
  ),
]

const ofKeys: ReadonlyArray<Case> = [
  aCase(
    "extensions/publishes-in-any-order",
    {
      title: "Alice has written both FINs, and then the order is inconsistent: she publishes her key all the same before she leaves",
      clauses: [extensions["publish-safely"], extensions["order-inconsistent"]],
    },
    (author) => {
      const { channel, id } = withLiars(author, ["bob"], ["bob"], { publishKey: 1 })
      channel.want("alice", { type: "part" })
      const written = channel.packets.findLast(({ sender }) => sender === "alice")!
      const { groupKey, sessionId, ephemeralSecretKey } = insiderOf("bob", channel.packets)
      type Sealing = ParamsOf<"messages.seal">
      const asBob = (body: Sealing["body"], parents: ReadonlyArray<string>, byte: number) => {
        const keys = { sessionId, groupKey, ephemeralSecretKey, cipherKeyBytes: 16 as const, padding: true }
        const sealed = author.accepts("messages.seal", { ...keys, parents, body, iv: filled(byte, 12) })
        author.claim(channel.show("alice", SessionChannel.packet("bob", sealed.text)), "Alice takes it")
        return sealed.id
      }
      const claim = asBob({ type: "order-acknowledgement", packetId: id, chainHash: filled(2, 32) }, [], 1)
      author.claim(warnings(channel, "alice").includes(extensions["order-inconsistent"].id), "the order is inconsistent")
      const last = author.accepts("messages.id", { text: written.text }).id
      asBob({ type: "acknowledgement", manual: false }, [claim, last], 2)
      channel.run(5_000, ["alice"])
      author.claim(
        channel.packets.some((packet) => packet.sender === "alice" && publishes(packet.text)),
        "she publishes her key",
      )
    },
  ),
]

const ofMembers: ReadonlyArray<Case> = [
  aCase(
    "messages/members-without-keys",
    {
      title: "Of three members two have a public key: the third is a reader, and is no author; keys without a member count for nothing",
      clauses: [messages.author],
    },
    (author) => {
      const keyOf = (name: string) => repeated(`${name} ephemeral `)
      const publicKeys = ["alice", "bob"].map((name) => Hex.encode(nodePrimitives.ed25519PublicKey(bytesOf(keyOf(name)))))
      const keys = { sessionId: filled(1, 32), groupKey: filled(2, 32), cipherKeyBytes: 16 as const }
      const opening = (sender: string) => {
        const sealing = { ephemeralSecretKey: keyOf(sender), parents: [], body: { type: "heartbeat" as const }, iv: filled(3, 12) }
        const { text } = author.accepts("messages.seal", { ...keys, ...sealing, padding: true })
        return { ...keys, sender, text }
      }
      const three = { members: ["alice", "bob", "carol"], publicKeys }
      const { readers } = author.accepts("messages.open", { ...opening("bob"), ...three })
      author.claim(readers.join() === "alice,carol", "all others read")
      author.refuses(messages.author, "messages.open", { ...opening("carol"), ...three })
      author.accepts("messages.open", { ...opening("alice"), members: ["alice"], publicKeys })
      author.refuses(messages.author, "messages.open", { ...opening("bob"), members: ["alice"], publicKeys })
    },
  ),
]

/** The layer "session": kicks, and how subsessions end. */
export default caseFile({ part: "mpenc", chapter: "session-kicks", layer: "session", flags: {} }, () => [...ofKicks, ...ofEnds])

/** Likewise the layer "extensions". */
export const extensionsParting = caseFile({ part: "mpenc", chapter: "extensions-parting", layer: "extensions", flags: {} }, () => [
  ...ofJoining,
  ...ofKeys,
])

/** Likewise the layer "messages". */
export const messagesReaders = caseFile({ part: "mpenc", chapter: "messages-readers", layer: "messages", flags: {} }, () => [...ofMembers])
