import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { clauses } from "../../../spec/mpenc/extensions.ts"
import { greetingContext } from "../../../spec/mpenc/greeting.ts"
import { recordTypes } from "../../../spec/mpenc/records.ts"
import { clauses as session } from "../../../spec/mpenc/session.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, hexOf, repeated } from "../people.ts"
import { abortOf, altered, excluding } from "./extensions.ts"
import { begun, identityKey, SessionChannel } from "./session-channel.ts"

const stages = (channel: SessionChannel, name: string): string =>
  channel
    .told(name, "operation")
    .map((notice) => (notice.type === "operation" ? notice.stage : ""))
    .join()

const read = (channel: SessionChannel, name: string): string =>
  channel
    .told(name, "message")
    .map((notice) => (notice.type === "message" ? notice.text : ""))
    .join()

const typeOf = (name: "DEST" | "PROTOCOL_VERSION" | "MEMBER" | "SESSION_SIGNATURE"): string =>
  recordTypes[name].type.toString(16).padStart(4, "0")

const member = (name: string): string => `${typeOf("MEMBER")}${name.length.toString(16).padStart(4, "0")}${hexOf(name)}`

/** The first record is the MESSAGE_SIGNATURE: a type, a length and 64 bytes. */
const head = 2 * (4 + 64)

/** The TLV string with its MESSAGE_SIGNATURE made anew by somebody's identity key. */
const signedAgain = (hex: string, name: string): string => {
  const signed = bytesOf(`${hexOf(greetingContext)}${hex.slice(head)}`)
  return `${hex.slice(0, 8)}${Hex.encode(nodePrimitives.ed25519Sign(bytesOf(identityKey(name)), signed))}${hex.slice(head)}`
}

const publicKeyOf = (name: string): string => Hex.encode(nodePrimitives.ed25519PublicKey(bytesOf(identityKey(name))))

const withLastByte = (hex: string): string => `${hex.slice(0, -2)}${hex.endsWith("00") ? "01" : "00"}`

/** Ways in which the records of an abort by Bob are none. */
const forms: ReadonlyArray<(hex: string) => string> = [
  (hex) => hex.replace(`${typeOf("DEST")}0000`, `${typeOf("DEST")}000178`),
  (hex) => hex.replace(`${typeOf("PROTOCOL_VERSION")}000101`, `${typeOf("PROTOCOL_VERSION")}000102`),
  (hex) => hex.replace(`${member("alice")}${member("bob")}`, ""),
  (hex) => hex.replace("0305000101", "0305000100"),
  (hex) => hex.replace("03040020", "03060020"),
  (hex) => `${hex}0fff0000`,
  (hex) => hex.replace(new RegExp(`${typeOf("SESSION_SIGNATURE")}0040(.{126})..$`), `${typeOf("SESSION_SIGNATURE")}003f$1`),
]

const aborts: ReadonlyArray<Case> = [
  aCase(
    "extensions/abort-faults",
    {
      title: "Aborts with one fault each: the form, the operation before the author, each signature alone; and a right one after them",
      clauses: [clauses["abort-form"], clauses["abort-operation"], clauses["abort-author"], clauses["abort-signature"]],
    },
    (author) => {
      const { channel, operation } = excluding(author)
      const right = abortOf(author, "bob", operation)
      const refuses = (clause: Parameters<Author["refuses"]>[0], text: string, sender = "bob") => {
        author.claim(text !== right, "it has a fault")
        author.refuses(clause, "session.receive", { on: "alice", event: SessionChannel.packet(sender, text), now: channel.now })
      }
      for (const form of forms) refuses(clauses["abort-form"], altered(right, form))
      refuses(clauses["abort-operation"], abortOf(author, "carol", filled(7, 32)), "carol")
      refuses(
        clauses["abort-signature"],
        altered(right, (hex) => `${hex.slice(0, 8)}${filled(1, 1)}${hex.slice(10)}`),
      )
      refuses(
        clauses["abort-signature"],
        altered(right, (hex) => signedAgain(withLastByte(hex), "bob")),
      )
      author.claim(channel.show("alice", SessionChannel.packet("bob", right)), "the right one is accepted")
      author.claim(stages(channel, "alice").endsWith("failed"), "and the operation has failed")
      refuses(clauses["abort-operation"], abortOf(author, "alice", operation))
    },
  ),
  aCase(
    "extensions/abort-when",
    { title: "Who aborts: nobody when nothing runs, not who is to be excluded; and anybody else", clauses: [session["no-operation"]] },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      const abort = { action: { type: "abort" as const }, now: channel.now }
      author.refuses(session["no-operation"], "session.act", { on: "alice", ...abort })
      channel.ignored.add("bob")
      channel.want("alice", { type: "exclude", members: ["carol"] })
      author.refuses(session["no-operation"], "session.act", { on: "carol", ...abort })
      channel.ignored.clear()
      channel.want("bob", { type: "abort" })
      author.claim(stages(channel, "carol").endsWith("failed"), "Bob does")
    },
  ),
  aCase(
    "extensions/abort-late-again",
    {
      title: "The initiator is not the first of the targets, and its abort is lost: it aborts once more, 5 s later",
      clauses: [clauses["abort-late"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol", "dave"])
      channel.ignored.add("alice").add("carol")
      channel.want("bob", { type: "exclude", members: ["dave"] })
      channel.run(44_999, ["bob", "carol", "dave"])
      author.claim(stages(channel, "dave").endsWith("started"), "it is running")
      channel.ignored.add("bob")
      channel.run(45_000, ["bob"])
      channel.ignored.delete("bob")
      author.claim(channel.look("bob").at! <= 50_000, "it is due again")
      channel.run(49_999, ["bob"])
      author.claim(stages(channel, "dave").endsWith("started"), "not at once")
      channel.run(50_000, ["bob"])
      author.claim(stages(channel, "dave").endsWith("failed"), "and aborted")
    },
  ),
]

const orders: ReadonlyArray<Case> = [
  aCase(
    "extensions/order-known-later",
    {
      title: "Others confirm a departure before Carol is shown it: what they say is kept, and compared then",
      clauses: [clauses["order-acknowledged"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"], { orderAcknowledgements: 1 })
      channel.enter("dave")
      channel.want("alice", { type: "include", members: ["dave"] }, false)
      channel.step()
      const late: Array<Parameters<SessionChannel["show"]>[1]> = []
      channel.tamper = (event, to) => {
        if (to !== "carol" || event.type !== "leave") return [event]
        late.push(event)
        return []
      }
      channel.lose("dave", "send")
      channel.leave("dave")
      channel.tamper = (event) => [event]
      channel.run(1_000)
      author.claim(stages(channel, "bob").endsWith("failed") && stages(channel, "carol").endsWith("started"), "Carol does not know yet")
      for (const event of late) author.claim(channel.show("carol", event), "now she does")
      channel.settle()
      channel.run(60_000)
      for (const name of ["alice", "bob", "carol"])
        author.claim(channel.told(name, "security", "order-unconfirmed").length === 0, `${name} has nothing to be told`)
    },
  ),
  aCase(
    "extensions/order-unconfirmed",
    {
      title: "An operation fails while Bob is parting, who may confirm nothing any more, and Carol is silent: only Carol is told of",
      clauses: [clauses["order-acknowledged"], session["no-operation"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], [], { orderAcknowledgements: 1 })
      channel.run(20_000)
      channel.ignored.add("carol")
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      channel.step()
      const [consistency, ...confirm] = channel.lose("bob", "send")
      author.claim(confirm.length === 1, "Bob's confirm is lost")
      channel.broadcast("bob", consistency!)
      channel.want("bob", { type: "part" })
      author.claim(stages(channel, "alice").endsWith("failed"), "Bob parts, and aborts the operation")
      channel.run(50_000)
      const told = ["alice", "bob"].map((name) => channel.told(name, "order-unconfirmed"))
      for (const [first, ...more] of told)
        author.claim(
          first?.type === "order-unconfirmed" && first.members.join() === "carol" && more.length === 0,
          "Carol has not confirmed",
        )
    },
  ),
  aCase(
    "extensions/nobody-confirms-alone",
    {
      title: "After an operation that leaves Alice alone there is nobody to confirm it, nor to be told of",
      clauses: [clauses["order-acknowledged"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], [], { orderAcknowledgements: 1, stayAlone: 1 })
      channel.run(20_000)
      channel.leave("bob")
      channel.run(120_000, ["alice"])
      author.claim(channel.told("alice", "order-unconfirmed").length === 0, "nobody is told of")
      channel.enter("bob")
      channel.ignored.add("bob")
      channel.want("alice", { type: "include", members: ["bob"] })
      channel.run(200_000, ["alice"])
      author.claim(stages(channel, "alice").endsWith("failed"), "her first operation after it fails")
      author.claim(channel.told("alice", "order-unconfirmed").length === 0, "and again nobody is told of")
    },
  ),
]

const more: ReadonlyArray<Case> = [
  aCase(
    "extensions/direct-resent",
    {
      title: "With another transport a message is lost, and resent by it, by one who need not be in the channel",
      clauses: [clauses["direct-data"], session.resent],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], [], { direct: 1 })
      channel.tamper = (event, to) => (event.type === "direct" && to === "carol" ? [] : [event])
      channel.want("bob", { type: "send", text: "one" }, false)
      const [text] = channel.waiting.flatMap(([, request]) => ("text" in request ? [request.text] : []))
      channel.settle()
      author.claim(channel.show("carol", { type: "direct", sender: "erin", text: text! }), "it comes from one who is not there")
      author.claim(read(channel, "carol") === "one", "and is Bob's")
      channel.want("alice", { type: "send", text: "two" })
      channel.tamper = (event) => [event]
      channel.run(40_000)
      author.claim(read(channel, "carol") === "one,two", "the other one is resent")
      author.claim(
        channel.packets.every(({ text: sent }) => author.accepts("mpenc-records.decode", { text: sent }).packet.type === "greeting"),
        "nothing of it by the channel",
      )
      const abort = abortOf(author, "bob", filled(7, 32))
      const refused = author.answers("session.receive", {
        on: "carol",
        event: { type: "direct", sender: "bob", text: abort },
        now: channel.now,
      })
      author.claim(refused.verdict === "malformed", "an abort is none of the packets that come that way")
    },
  ),
  aCase(
    "extensions/published-hashes",
    {
      title:
        "A key that was used in two subsessions is published with both hashes, in order; one hash is too short, the version is another, a record is of another type, one is too many",
      clauses: [clauses["publish-safely"], clauses["key-form"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], [], { publishKey: 1 })
      channel.want("bob", { type: "refresh" })
      channel.run(20_000)
      channel.want("bob", { type: "part" })
      channel.run(40_000)
      const found = channel.packets.findLast(({ sender, text }) => sender === "bob" && text.startsWith("?mpENC:AAEAAQEAAgABBQ"))
      const hex = Buffer.from(found?.text.slice(7, -1) ?? "", "base64").toString("hex")
      author.claim(/01080020.{64}01080020.{64}$/.test(hex), "two hashes")
      author.claim(channel.told("alice", "security").length === 0, "and nobody minds")
      const again = begun(author, ["bob"])
      const faults = [
        hex.replace(/01080020(.{62})..$/, "0108001f$1"),
        hex.replace("00010001010002000105", "00010001020002000105"),
        hex.replace("01080020", "01090020"),
        `${hex}0fff0000`,
      ]
      for (const wrong of faults) {
        author.claim(wrong !== hex, "it has a fault")
        const text = altered(found!.text, () => wrong)
        author.refuses(clauses["key-form"], "session.receive", { on: "alice", event: SessionChannel.packet("bob", text), now: again.now })
      }
    },
  ),
]

const ofNobody: ReadonlyArray<Case> = [
  aCase(
    "extensions/late-by-position",
    {
      title: "An exclusion is late for Alice, who began it, after 36 s, and for Bob 5 s later: that is when his clock has to be looked at",
      clauses: [clauses["abort-late"]],
    },
    (author) => {
      const { channel } = excluding(author)
      channel.ignored.add("alice")
      channel.run(36_000, ["alice", "bob"])
      const asked = channel.told("alice", "operation").at(-1)
      author.claim(asked?.type === "operation" && asked.stage === "started", "it runs still, since her abort does not come back")
      author.claim(channel.look("bob").at === 41_000, "no time of Bob's stays in the past")
    },
  ),
  ...twins("extensions/abort-of-nobody", clauses["abort-form"], "An abort that names no members, which can be made", (author) => {
    const { channel, operation } = excluding(author)
    const event = (members?: ReadonlyArray<string>) => SessionChannel.packet("bob", abortOf(author, "bob", operation, members))
    return fork("session.receive", { on: "alice", event: event(), now: channel.now }, { event: event([]) })
  }),
  aCase(
    "extensions/own-identity-among-others",
    {
      title:
        "Among the identity keys that Alice knows is a wrong one in her own name: her abort comes back, and is verified by her own key",
      clauses: [clauses["abort-signature"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      const known = [
        { member: "alice", publicKey: publicKeyOf("mallory") },
        { member: "bob", publicKey: publicKeyOf("bob") },
      ]
      author.accepts("session.make", {
        on: "alice",
        me: "alice",
        identities: { secretKey: identityKey("alice"), known },
        options: channel.options,
        seed: repeated("alice session "),
      })
      for (const name of channel.names) channel.enter(name)
      channel.ignored.add("bob")
      channel.want("alice", { type: "include", members: ["bob"] })
      author.claim(stages(channel, "alice").endsWith("started"), "Bob does not answer")
      channel.want("alice", { type: "abort" })
      author.claim(stages(channel, "alice").endsWith("failed"), "and she aborts the operation")
    },
  ),
]

/** The layer "extensions": one fault at a time, and what is lost. */
export default caseFile({ part: "mpenc", chapter: "extensions-faults", layer: "extensions", flags: {} }, () => [
  ...aborts,
  ...orders,
  ...more,
  ...ofNobody,
])
