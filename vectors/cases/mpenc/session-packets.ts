import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { contexts, clauses as messages } from "../../../spec/mpenc/messages.ts"
import { clauses as records } from "../../../spec/mpenc/records.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import { clauses as transcript } from "../../../spec/mpenc/transcript.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { filled, hexOf } from "../people.ts"
import { insiderOf } from "./insider.ts"
import { begun, SessionChannel } from "./session-channel.ts"

const read = (channel: SessionChannel, name: string): string =>
  channel
    .told(name, "message")
    .map((notice) => (notice.type === "message" ? notice.text : ""))
    .join()

const filledWith = (hex: string): string => `0014${(hex.length / 2).toString(16).padStart(4, "0")}${hex}`

/** A data packet of an insider whose MESSAGE_BODY has this value. */
const sealedBody = (author: Author, insider: ReturnType<typeof insiderOf>, value: string, byte: number): string => {
  const content = filledWith(value)
  const data = `${(content.length / 2).toString(16).padStart(4, "0")}${content}`
  const iv = filled(byte, 12)
  const payload = author.accepts("messages.cipher", { key: insider.groupKey.slice(0, 32), iv, data }).data
  const unsigned = { type: "data" as const, hint: insider.hash.slice(0, 2), signature: filled(0, 64), iv, payload }
  const signed = author.accepts("mpenc-records.signed-part", { packet: unsigned }).bytes
  const bytes = bytesOf(`${hexOf(contexts.data)}${insider.hash}${signed}`)
  const signature = Hex.encode(nodePrimitives.ed25519Sign(bytesOf(insider.ephemeralSecretKey), bytes))
  return author.accepts("mpenc-records.encode", { packet: { ...unsigned, signature } }).text
}

const insiders: ReadonlyArray<Case> = [
  aCase(
    "session/insider-writes-no-body",
    {
      title: "A member signs a packet whose content is no body: that is the verdict, nothing waits, and its next message is read",
      clauses: [messages.body, clauses["waiting-packets"]],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      const text = sealedBody(author, insiderOf("bob", channel.packets), "09", 1)
      author.refuses(messages.body, "session.receive", { on: "alice", event: SessionChannel.packet("bob", text), now: channel.now })
      channel.want("bob", { type: "send", text: "hello" })
      channel.run(20_000)
      author.claim(read(channel, "alice") === "hello", "the next one is read")
      author.claim(channel.told("alice", "not-decrypted").length === 0, "and nothing has waited")
    },
  ),
  aCase(
    "session/waits-and-is-refused",
    {
      title:
        "Two packets of an insider come before the operation is complete: they wait; the first is refused when it is tried again, which nobody is told, and the second is read",
      clauses: [clauses["waiting-packets"], transcript["parent-count"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      for (const name of channel.names) channel.enter(name)
      channel.want("alice", { type: "include", members: ["bob"] }, false)
      channel.step("alice")
      channel.step("bob")
      const { sessionId, groupKey, ephemeralSecretKey } = insiderOf("bob", channel.packets)
      const seal = (text: string, byte: number, parents: ReadonlyArray<string>) =>
        author.accepts("messages.seal", {
          ...{ sessionId, groupKey, ephemeralSecretKey, parents },
          body: { type: "payload", text },
          iv: filled(byte, 12),
          cipherKeyBytes: 16,
          padding: true,
        }).text
      const wrong = seal("with too many parents", 1, [filled(1, 20), filled(2, 20), filled(3, 20)])
      for (const text of [wrong, seal("hello", 2, [])]) author.claim(channel.show("alice", SessionChannel.packet("bob", text)), "it waits")
      channel.settle()
      author.claim(read(channel, "alice") === "hello", "the second is read when the operation is complete")
      author.claim(channel.told("alice", "security", "not-decrypted").length === 0, "and nobody is told of the first")
    },
  ),
]

const times: ReadonlyArray<Case> = [
  aCase(
    "session/kicked-before-the-next-operation",
    {
      title:
        "Who was excluded was asked to be kicked, in vain, and another operation succeeds: nobody is asked again while the subsession before it has not ended, and nothing is due for it",
      clauses: [clauses.excluded],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      const asked: Array<string> = []
      // The server takes everything but requests to kick somebody.
      const takeAll = () => {
        do {
          for (const name of ["alice", "bob"]) {
            if (channel.waiting.some(([who, { type }]) => who === name && type === "kick")) asked.push(name)
            channel.lose(name, "kick")
          }
        } while (channel.step())
      }
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      takeAll()
      const isOver = () => channel.told("alice", "ended").length > 0 && channel.told("bob", "ended").length > 0
      while (!isOver()) {
        channel.now += 1_000
        for (const name of ["alice", "bob"]) channel.do(name, author.accepts("session.tick", { on: name, now: channel.now }))
        takeAll()
      }
      author.claim(asked.includes("alice") && channel.members.includes("carol"), "Alice has asked, in vain")
      const before = asked.length
      channel.want("bob", { type: "refresh" }, false)
      takeAll()
      const { at } = channel.look("alice")
      author.claim(at !== null && at > channel.now && asked.length === before, "nothing is due for it, and nobody asks")
      channel.run(channel.now + 20_000, ["alice", "bob"])
      author.claim(!channel.members.includes("carol"), "she was kicked")
    },
  ),
  aCase(
    "session/earlier-message-of-the-second",
    {
      title:
        "The first message of a subsession comes when the next one has begun: it stands below the last line of before it, and not below itself",
      clauses: [clauses["other-membership"], transcript["log-splice"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "send", text: "one" })
      channel.want("alice", { type: "refresh" })
      channel.tamper = (event, to) => (to === "carol" && event.type === "packet" && event.sender === "bob" ? [] : [event])
      channel.want("bob", { type: "send", text: "two" })
      const { text } = channel.packets.findLast(({ sender }) => sender === "bob")!
      channel.tamper = (event) => [event]
      channel.want("alice", { type: "refresh" })
      author.claim(read(channel, "carol") === "one", "Carol lacks it")
      const lost = channel.packets.filter(({ sender }) => sender === "bob").map((packet) => packet.text)
      author.claim(lost.includes(text), "it is Bob's")
      for (const one of lost) channel.show("carol", SessionChannel.packet("bob", one))
      channel.settle()
      const notice = channel.told("carol", "message").at(-1)
      author.claim(
        notice?.type === "message" && notice.text === "two" && notice.isEarlier && notice.positions.join() === "1" && !notice.marked,
        "it stands below the line above it",
      )
      channel.want("alice", { type: "send", text: "three" })
      const last = channel.told("carol", "message").at(-1)
      author.claim(last?.type === "message" && last.positions.join() === "1", "and the next one below it")
    },
  ),
  aCase(
    "session/left-in-another-order",
    {
      title:
        "Two members leave at once, named in another order than that of the session: the proposal to exclude them has their order, the operation that of the session",
      clauses: [clauses.absent],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol", "dave"])
      author.claim(channel.look("alice").members.join() === "alice,bob,carol,dave", "the order of the session")
      channel.members = ["alice", "bob"]
      for (const name of channel.members)
        author.claim(channel.show(name, { type: "leave", members: ["dave", "carol"] }), "Dave and Carol leave")
      channel.settle()
      const excludes = channel
        .told("alice", "operation")
        .flatMap((notice) => (notice.type === "operation" && notice.exclude.length > 0 ? [`${notice.stage} ${notice.exclude.join()}`] : []))
      author.claim(excludes.includes("proposed dave,carol"), "it is proposed in the order in which they became so")
      author.claim(
        excludes.includes("started carol,dave") && excludes.includes("succeeded carol,dave"),
        "and started in that of the session",
      )
    },
  ),
  aCase(
    "session/foreign-hints",
    {
      title: "Seventeen subsessions have ended: packets of the last sixteen are refused, and one of the first waits again",
      clauses: [clauses.foreign, clauses["waiting-packets"]],
    },
    (author) => {
      const channel = begun(author, ["dave"])
      const texts: Array<string> = []
      for (let count = 0; count < 18; count++) {
        channel.want("alice", { type: "send", text: "lost" }, false)
        texts.push(...channel.lose("alice", "send"))
        channel.want("dave", { type: "refresh" })
      }
      const hints = new Set(texts.map((text) => text.slice(7, 15)))
      author.claim(hints.size === texts.length, "their hints differ")
      const [first, ...others] = texts.slice(0, 17)
      for (const text of others)
        author.refuses(clauses.foreign, "session.receive", { on: "dave", event: SessionChannel.packet("alice", text), now: channel.now })
      author.claim(channel.show("dave", SessionChannel.packet("alice", first!)), "it waits")
      channel.run(5_000)
      author.claim(channel.told("dave", "not-decrypted").length === 1, "and Carol is told")
    },
  ),
  aCase(
    "session/lets-in-the-absent",
    {
      title: "Alice includes Carol, who is in the channel, and Dave, who is not: she asks to let Dave in alone",
      clauses: [clauses["new-members"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], ["carol", "dave"])
      channel.enter("carol")
      channel.want("alice", { type: "include", members: ["carol", "dave"] }, false)
      const asked = channel.waiting.map(([, request]) => (request.type === "let-in" ? request.members.join() : request.type))
      author.claim(asked.join(" ") === "dave", "she asks for nothing else")
    },
  ),
  aCase(
    "session/damaged-armour",
    {
      title: "A text with the right armour and a record that is cut off is malformed in a session too, before anything else is looked at",
      clauses: [records.tlv],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      author.refuses(records.tlv, "session.receive", { on: "alice", event: SessionChannel.packet("bob", "?mpENC:AAE=."), now: channel.now })
      author.gives("extensions.decode", { text: "?mpENC:AAE=." }, { packet: null })
    },
  ),
]

/** The layer "session": packets of insiders, of other subsessions and of wrong forms, and who is kicked and let in. */
export default caseFile({ part: "mpenc", chapter: "session-packets", layer: "session", flags: {} }, () => [...insiders, ...times])
