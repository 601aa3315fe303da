import { clauses } from "../../../spec/mpenc/session.ts"
import { clauses as transcript } from "../../../spec/mpenc/transcript.ts"
import { type Author, aCase, type Case, caseFile, type ParamsOf } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { altered } from "./extensions.ts"
import { insiderOf } from "./insider.ts"
import { begun, identityKey, publicKey, SessionChannel } from "./session-channel.ts"
import { strange } from "./session-proposals.ts"

/** Packets with these hints wait for Alice, and an operation of Bob fails: the hints are foreign to her. */
const failingWith = (author: Author, channel: SessionChannel, ...hints: ReadonlyArray<number>) => {
  for (const [index, hint] of hints.entries()) {
    const event = SessionChannel.packet(
      index < 4 ? "bob" : "carol",
      altered(strange(author, hint), (hex) => `${hex.slice(0, -2)}${filled(index, 1)}`),
    )
    author.claim(channel.show("alice", event), `${hint} waits`)
  }
  channel.ignored.add("alice")
  channel.want("bob", { type: "exclude", members: ["carol"] })
  channel.want("bob", { type: "abort" })
  channel.ignored.delete("alice")
}

/** Alice and Bob have a session, in which Bob writes what he likes. */
const asInsider = (author: Author) => {
  const channel = begun(author, ["bob"])
  const { sessionId, groupKey, ephemeralSecretKey } = insiderOf("bob", channel.packets)
  const keys = { sessionId, groupKey, ephemeralSecretKey, cipherKeyBytes: 16 as const, padding: true }
  const seal = (parents: ReadonlyArray<string>, body: ParamsOf<"messages.seal">["body"], byte: number) =>
    author.accepts("messages.seal", { ...keys, parents, body, iv: filled(byte, 12) })
  return { channel, seal }
}

const cases: ReadonlyArray<Case> = [
  aCase(
    "session/waits-and-is-excluded",
    {
      title:
        "A packet of Bob waits for Alice, and comes again: ignored; an operation that excludes her is accepted, and it comes once more: foreign",
      clauses: [clauses.foreign, clauses["waiting-packets"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      const shown = { on: "alice", event: SessionChannel.packet("bob", strange(author)), now: channel.now }
      author.accepts("session.receive", shown)
      author.ignores("session.receive", shown)
      channel.ignored.add("carol")
      channel.want("bob", { type: "exclude", members: ["alice"] })
      author.claim(channel.look("alice").state === "parting", "she is to be excluded")
      author.refuses(clauses.foreign, "session.receive", shown)
    },
  ),
  aCase(
    "session/spliced-before-what-waited",
    {
      title:
        "A message of the next subsession comes to Alice before Bob's refresh does: when that has come, the message stands below the last line of before it",
      clauses: [clauses["waiting-packets"], transcript["log-splice"]],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      channel.want("alice", { type: "send", text: "before" })
      channel.want("bob", { type: "refresh" }, false)
      const [refresh] = channel.lose("bob", "send")
      author.claim(channel.show("bob", SessionChannel.packet("bob", refresh!)), "Bob has it")
      channel.lose("bob", "send")
      channel.want("bob", { type: "send", text: "after" }, false)
      const [text] = channel.lose("bob", "send")
      author.claim(channel.show("alice", SessionChannel.packet("bob", text!)), "it waits")
      author.claim(channel.show("alice", SessionChannel.packet("bob", refresh!)), "the refresh comes")
      const told = channel.told("alice", "message").at(-1)
      author.claim(told?.type === "message" && told.text === "after" && told.positions.join() === "1", "after the line above")
    },
  ),
  aCase(
    "session/hint-noted-twice",
    {
      title:
        "The hints 02, 01, 03 and once more 01 become foreign, and thirteen others after them: these are sixteen, of which 02 is the first",
      clauses: [clauses.foreign, clauses["waiting-packets"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      const own = new Set(channel.packets.flatMap(({ text }) => (text.startsWith("?mpENC:ABI") ? [text.slice(7, 15)] : [])))
      author.claim(own.size === 0, "no packet of theirs has a hint yet")
      failingWith(author, channel, 2, 1, 3, 1, 4, 5, 6, 7)
      failingWith(author, channel, 8, 9, 10, 11, 12, 13, 14, 0)
      failingWith(author, channel, 255)
      const refuse = (hint: number) => {
        const event = SessionChannel.packet("bob", strange(author, hint))
        author.refuses(clauses.foreign, "session.receive", { on: "alice", event, now: channel.now })
      }
      for (const hint of [2, 1, 0, 255]) refuse(hint)
      failingWith(author, channel, 16)
      for (const hint of [3, 16]) refuse(hint)
      author.claim(channel.show("alice", SessionChannel.packet("bob", strange(author, 2))), "and 02 is none any more")
    },
  ),
  aCase(
    "session/history-missing-once",
    {
      title: "Carol lacks a message that an operation began after: she is told once, and refuses as before what is wrong",
      clauses: [clauses["other-membership"], clauses["channel-event"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.tamper = (event, to) => (to === "carol" && event.type === "packet" && event.text.startsWith("?mpENC:ABI") ? [] : [event])
      channel.want("bob", { type: "send", text: "lost" })
      channel.want("bob", { type: "refresh" })
      for (const now of [5_000, 5_001]) channel.do("carol", author.accepts("session.tick", { on: "carol", now }))
      author.claim(channel.told("carol", "history-missing").length === 1, "once")
      const event = { type: "entered" as const, members: ["carol"] }
      author.refuses(clauses["channel-event"], "session.receive", { on: "carol", event, now: 5_001 })
    },
  ),
  aCase(
    "session/refused-when-its-parent-came",
    {
      title:
        "Bob's third message names his first beside his second, which comes after it: the third is refused when the second has come, and Alice is told",
      clauses: [transcript["one-parent-per-author"], transcript["buffer-bound"]],
    },
    (author) => {
      const { channel, seal } = asInsider(author)
      const one = seal([], { type: "payload", text: "one" }, 1)
      const two = seal([one.id], { type: "payload", text: "two" }, 2)
      const three = seal([one.id, two.id], { type: "payload", text: "three" }, 3)
      const four = seal([two.id], { type: "payload", text: "four" }, 4)
      for (const { text } of [three, four, one, two]) author.claim(channel.show("alice", SessionChannel.packet("bob", text)), "it is taken")
      const warnings = channel.told("alice", "security")
      const [warning] = warnings
      author.claim(warnings.length === 1 && warning?.type === "security" && warning.member === "bob", "Alice is told of Bob, once")
      author.claim(warning?.type === "security" && warning.clause === transcript["one-parent-per-author"].id, "and of the clause")
      const texts = channel.told("alice", "message").map((notice) => (notice.type === "message" ? notice.text : ""))
      author.claim(texts.join() === "one,two,four", "she reads the others")
    },
  ),
  aCase(
    "session/acknowledges-after-its-fin",
    {
      title: "Bob writes a FIN, and an acknowledgement with the FIN as its only parent: that is no second FIN, and Bob does not leave",
      clauses: [clauses.parting],
    },
    (author) => {
      const { channel, seal } = asInsider(author)
      const fin = seal([], { type: "consistency", close: true }, 1)
      const acknowledgement = seal([fin.id], { type: "acknowledgement", manual: false }, 2)
      const consistency = seal([acknowledgement.id], { type: "consistency", close: false }, 3)
      for (const { text } of [fin, acknowledgement, consistency])
        author.claim(channel.show("alice", SessionChannel.packet("bob", text)), "it is accepted")
      author.claim(channel.told("alice", "leaving").length === 0, "Bob does not leave")
    },
  ),
  aCase(
    "session/exclusion-before-plan",
    {
      title:
        "During an operation that Bob aborts, Carol leaves and enters again, and so does Erin, whom Alice plans to include: Alice excludes Carol first",
      clauses: [clauses.absent, clauses.busy],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["erin"])
      channel.want("alice", { type: "include", members: ["erin"] }, false)
      channel.lose("alice", "let-in")
      channel.ignored.add("alice")
      channel.want("bob", { type: "exclude", members: ["carol"] })
      for (const [type, member] of [
        ["leave", "carol"],
        ["enter", "carol"],
        ["enter", "erin"],
      ] as const)
        author.claim(channel.show("alice", { type, members: [member] }), `${member}: ${type}`)
      channel.want("bob", { type: "abort" })
      const last = channel.told("alice", "operation").at(-1)
      author.claim(last?.type === "operation" && last.stage === "proposed" && last.exclude.join() === "carol", "she excludes Carol")
    },
  ),
  aCase(
    "session/late-when-alone",
    {
      title:
        "Alice is left alone, and stays; a first message of the subsession before comes after that: it stands below the last line of before that subsession",
      clauses: [clauses.alone, clauses["other-membership"], transcript["log-splice"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], [], { stayAlone: 1 })
      channel.want("alice", { type: "send", text: "before" })
      channel.want("bob", { type: "refresh" })
      channel.run(20_000)
      channel.want("bob", { type: "send", text: "late" }, false)
      const [text] = channel.lose("bob", "send")
      channel.want("alice", { type: "exclude", members: ["bob"] }, false)
      channel.step("alice")
      author.claim(channel.look("alice").members.join() === "alice", "she is alone")
      author.claim(channel.show("alice", SessionChannel.packet("bob", text!)), "it comes")
      const told = channel.told("alice", "message").at(-1)
      author.claim(told?.type === "message" && told.text === "late" && told.isEarlier, "it is of the subsession before")
      author.claim(told?.type === "message" && told.positions.join() === "1" && !told.marked, "and stands below the line above it")
    },
  ),
  aCase(
    "session/one-key-of-two",
    {
      title: "Bob and Carol, who lie together, have one ephemeral key: a message by it is that of the one who sends it",
      clauses: [clauses.resent],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "carol"])
      // Whoever has the randomness of another draws what it draws.
      const known = channel.names.map((member) => ({ member, publicKey: publicKey(identityKey(member)) }))
      author.accepts("session.make", {
        ...{ on: "carol", me: "carol", identities: { secretKey: identityKey("carol"), known }, options: channel.options },
        seed: repeated("bob session "),
      })
      for (const name of channel.names) channel.enter(name)
      channel.want("alice", { type: "include", members: ["bob", "carol"] })
      for (const name of ["bob", "carol"]) {
        channel.want(name, { type: "send", text: name })
        const told = channel.told("alice", "message").at(-1)
        author.claim(told?.type === "message" && told.text === name && told.author === name, `it is ${name}'s`)
      }
    },
  ),
]

/** The layer "session": what waits, and where what came late stands. */
export default caseFile({ part: "mpenc", chapter: "session-waiting", layer: "session", flags: {} }, () => [...cases])
