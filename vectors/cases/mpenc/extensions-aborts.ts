import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses as aske } from "../../../spec/mpenc/aske.ts"
import { clauses, extensionRecords } from "../../../spec/mpenc/extensions.ts"
import { clauses as records } from "../../../spec/mpenc/records.ts"
import { clauses as session } from "../../../spec/mpenc/session.ts"
import { clauses as transcript } from "../../../spec/mpenc/transcript.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { filled, flipped, hexOf } from "../people.ts"
import { disputed, warnings, withLiars } from "./extensions-order.ts"
import { altering } from "./insider.ts"
import { type HexRecord, textOf } from "./packets.ts"
import { begun, SessionChannel } from "./session-channel.ts"

const isAbort = (text: string): boolean => Buffer.from(text.slice(7, -1), "base64").includes(Buffer.of(1, 0xff, 0, 2, 0, 0xe3))

const cases = (): ReadonlyArray<Case> => [
  aCase(
    "extensions/deceived-twice",
    {
      title: "A deceitful packet comes twice in one operation: the user is told twice, and the operation is aborted once",
      clauses: [clauses["abort-verification"], aske.acknowledgement],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "carol"])
      for (const name of channel.names) channel.enter(name)
      altering(author, channel, "carol", "start-downflow", ({ sessionSignature }) => ({ sessionSignature: flipped(sessionSignature!, 40) }))
      const once = channel.tamper
      channel.tamper = (event, to) => once(event, to).flatMap((shown) => (shown === event ? [shown] : [shown, shown]))
      channel.want("alice", { type: "include", members: ["bob", "carol"] })
      author.claim(channel.told("alice", "security").length === 2, "Alice is told twice")
      const aborts = channel.packets.filter(({ sender, text }) => sender === "alice" && isAbort(text))
      author.claim(aborts.length === 1, "and aborts once")
    },
  ),
  aCase(
    "extensions/aborted-by-the-user-and-deceived",
    {
      title: "Alice's user has aborted, and the server delays that; a deceitful packet comes: she aborts for that too, and once",
      clauses: [clauses["abort-verification"], aske.acknowledgement],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "carol"])
      for (const name of channel.names) channel.enter(name)
      altering(author, channel, "carol", "start-downflow", ({ sessionSignature }) => ({ sessionSignature: flipped(sessionSignature!, 40) }))
      const once = channel.tamper
      channel.tamper = (event, to) => once(event, to).flatMap((shown) => (shown === event ? [shown] : [shown, shown]))
      channel.want("alice", { type: "include", members: ["bob", "carol"] }, false)
      while (!channel.waiting.some(([who]) => who === "carol")) channel.step()
      const aborted = author.accepts("session.act", { on: "alice", action: { type: "abort" }, now: channel.now })
      author.claim(aborted.requests.length === 1 && aborted.notices.length === 0, "her user aborts; the server keeps it")
      channel.settle()
      const aborts = channel.packets.filter(({ sender, text }) => sender === "alice" && isAbort(text))
      author.claim(aborts.length === 1 && channel.told("alice", "security").length === 2, "she is told twice, and aborts once more")
    },
  ),
  aCase(
    "extensions/abort-without-armour",
    {
      title:
        "The text of a right abort with another beginning is a plain text, and with another end it is malformed: the operation goes on",
      clauses: [records.armour, clauses["abort-form"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      channel.step("alice")
      const { requests } = author.accepts("session.act", { on: "bob", action: { type: "abort" }, now: channel.now })
      const [request] = requests
      if (request?.type !== "send") return author.disagree("Bob aborts")
      const shown = (text: string) => ({ on: "alice", event: SessionChannel.packet("bob", text), now: channel.now })
      const plain = request.text.replace("?mpENC:", "?mpENX:")
      author.gives("session.receive", shown(plain), { requests: [], notices: [{ type: "plain", sender: "bob", text: plain }] })
      author.refuses(records.armour, "session.receive", shown(request.text.replace(/\.$/u, ",")))
      const { notices } = author.accepts("session.receive", shown(request.text))
      author.claim(
        notices.some((notice) => notice.type === "operation" && notice.stage === "failed"),
        "the right one ends it",
      )
    },
  ),
  aCase(
    "extensions/ratchet-of-a-property",
    {
      title: "An author that has no chain, and whose name is that of a property of all objects",
      clauses: [clauses["ratchet-index"]],
    },
    (author) => {
      author.accepts("extensions.ratchet-begin", { on: "alice", groupKey: filled(1, 32), members: ["alice"] })
      for (const name of ["constructor", "__proto__", "toString"])
        author.refuses(clauses["ratchet-index"], "extensions.ratchet-key", { on: "alice", author: name, index: 0 })
      author.accepts("extensions.ratchet-begin", { on: "alice", groupKey: filled(1, 32), members: ["__proto__", "constructor"] })
      const keys = ["__proto__", "constructor"].map(
        (name) => author.accepts("extensions.ratchet-key", { on: "alice", author: name, index: 0 }).key,
      )
      author.claim(keys[0] !== keys[1], "who has one has a key")
    },
  ),
  aCase(
    "extensions/form-before-names",
    {
      title:
        "Published keys and aborts that are wrong in their form and in a name: the form is looked at first, also where there are few records",
      clauses: [clauses["key-form"], clauses["abort-form"], verdicts["order-of-checks"]],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      const { SIGNING_KEY, PREV_PI, ABORT_REASON } = extensionRecords
      const key: ReadonlyArray<HexRecord> = [
        ["PROTOCOL_VERSION", "01"],
        ["MESSAGE_TYPE", "05"],
        ["SOURCE", "ff"],
        [SIGNING_KEY.type, filled(1, 31)],
      ]
      const abort: ReadonlyArray<HexRecord> = [
        ["MESSAGE_SIGNATURE", filled(1, 64)],
        ["PROTOCOL_VERSION", "01"],
        ["MESSAGE_TYPE", "02"],
        ["GREET_TYPE", "00e3"],
        ["SOURCE", "ff"],
        ["DEST", ""],
        ["MEMBER", "ff"],
        [PREV_PI.type, filled(2, 32)],
        [ABORT_REASON.type, "09"],
        ["SESSION_SIGNATURE", filled(3, 64)],
      ]
      const shown = (packet: ReadonlyArray<HexRecord>) => ({
        on: "alice",
        event: SessionChannel.packet("bob", textOf(packet)),
        now: channel.now,
      })
      for (const length of [2, 3, 4]) author.refuses(clauses["key-form"], "session.receive", shown(key.slice(0, length)))
      for (const length of [4, 6, 9, 10]) author.refuses(clauses["abort-form"], "session.receive", shown(abort.slice(0, length)))
      author.refuses(records.name, "session.receive", shown(key.with(3, [SIGNING_KEY.type, filled(1, 32)])))
      author.refuses(records.name, "session.receive", shown(abort.with(8, [ABORT_REASON.type, "01"])))
    },
  ),
  aCase(
    "extensions/almost-abort",
    {
      title:
        "Records that are those of an abort or of a published key, but for one by which these are known: they are none, and are read as any packet",
      clauses: [clauses["abort-form"], clauses["key-form"], records.order, records["message-type"]],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      const abort: ReadonlyArray<HexRecord> = [
        ["MESSAGE_SIGNATURE", filled(1, 64)],
        ["PROTOCOL_VERSION", "01"],
        ["MESSAGE_TYPE", "02"],
        ["GREET_TYPE", "00e3"],
        ["SOURCE", hexOf("bob")],
        ["DEST", ""],
        ["MEMBER", hexOf("alice")],
        [extensionRecords.PREV_PI.type, filled(2, 32)],
        [extensionRecords.ABORT_REASON.type, "01"],
        ["SESSION_SIGNATURE", filled(3, 64)],
      ]
      const key: ReadonlyArray<HexRecord> = [
        ["PROTOCOL_VERSION", "01"],
        ["MESSAGE_TYPE", "05"],
        ["SOURCE", hexOf("bob")],
        [extensionRecords.SIGNING_KEY.type, filled(1, 32)],
      ]
      const shown = (packet: ReadonlyArray<HexRecord>) => ({
        on: "alice",
        event: SessionChannel.packet("bob", textOf(packet)),
        now: channel.now,
      })
      author.refuses(clauses["abort-operation"], "session.receive", shown(abort))
      author.refuses(clauses["key-fits"], "session.receive", shown(key))
      const others: ReadonlyArray<readonly [number, HexRecord]> = [
        [2, ["MESSAGE_TYPE", "03"]],
        [2, ["SEVERITY", "02"]],
        [3, ["GREET_TYPE", "00e2"]],
        [3, ["GREET_TYPE", "e3"]],
        [3, ["SOURCE", "00e3"]],
      ]
      for (const [at, record] of others) author.refuses(records.order, "session.receive", shown(abort.with(at, record)))
      author.refuses(records.order, "session.receive", shown(key.with(1, ["SEVERITY", "05"])))
      author.refuses(records["message-type"], "session.receive", shown([["MESSAGE_SIGNATURE", filled(1, 64)], ...key]))
    },
  ),
  aCase(
    "extensions/almost-indexed",
    {
      title:
        "Records that begin as a data packet with an index does, but for one: they are none; with the beginning right and a later record wrong they are malformed",
      clauses: [clauses["data-form"]],
    },
    (author) => {
      const right: ReadonlyArray<HexRecord> = [
        ["SIDKEY_HINT", "5a"],
        ["MESSAGE_SIGNATURE", filled(1, 64)],
        ["PROTOCOL_VERSION", "02"],
        ["MESSAGE_TYPE", "03"],
        [extensionRecords.MESSAGE_INDEX.type, "00000001"],
        ["MESSAGE_IV", filled(2, 12)],
        ["MESSAGE_PAYLOAD", "00"],
      ]
      const { packet } = author.accepts("extensions.decode", { text: textOf(right) })
      author.claim(packet?.index === 1, "the right one")
      const others: ReadonlyArray<readonly [number, HexRecord]> = [
        [0, ["SOURCE", "5a"]],
        [1, ["NONCE", filled(1, 64)]],
        [2, ["PROTOCOL_VERSION", "01"]],
        [2, ["SEVERITY", "02"]],
        [3, ["MESSAGE_TYPE", "02"]],
        [3, ["SEVERITY", "03"]],
      ]
      for (const [at, record] of others) author.gives("extensions.decode", { text: textOf(right.with(at, record)) }, { packet: null })
      const wrong: ReadonlyArray<readonly [number, HexRecord]> = [
        [4, [extensionRecords.ABORT_REASON.type, "00000001"]],
        [4, [extensionRecords.MESSAGE_INDEX.type, "000001"]],
        [5, ["NONCE", filled(2, 12)]],
        [6, ["NONCE", "00"]],
      ]
      for (const [at, record] of wrong) author.refuses(clauses["data-form"], "extensions.decode", { text: textOf(right.with(at, record)) })
    },
  ),
  aCase(
    "extensions/indexed-of-nothing",
    {
      title: "A data packet with an index has a payload of no bytes, and one of 65,535, with the last index that there is",
      clauses: [clauses["data-form"]],
    },
    (author) => {
      for (const payload of ["", filled(3, 65_535)]) {
        const text = textOf([
          ["SIDKEY_HINT", "5a"],
          ["MESSAGE_SIGNATURE", filled(1, 64)],
          ["PROTOCOL_VERSION", "02"],
          ["MESSAGE_TYPE", "03"],
          [extensionRecords.MESSAGE_INDEX.type, "ffffffff"],
          ["MESSAGE_IV", filled(2, 12)],
          ["MESSAGE_PAYLOAD", payload],
        ])
        const packet = { hint: "5a", signature: filled(1, 64), index: 0xffffffff, iv: filled(2, 12), payload }
        author.gives("extensions.decode", { text }, { packet })
      }
    },
  ),
  aCase(
    "extensions/abort-before-anything",
    {
      title: "The user aborts outside of the channel, in it, and while a proposal has not come back: nothing runs that could be aborted",
      clauses: [session["no-operation"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      const fails = () =>
        author.refuses(session["no-operation"], "session.act", { on: "alice", action: { type: "abort" }, now: channel.now })
      fails()
      for (const name of channel.names) channel.enter(name)
      fails()
      channel.want("alice", { type: "include", members: ["bob"] }, false)
      fails()
      channel.settle()
      author.claim(channel.look("alice").state === "joined", "the proposal stands")
    },
  ),
  aCase(
    "extensions/late-newcomer-asks-again",
    {
      title: "A newcomer to whom its first operation is late asks to leave, and again 5 s later; until it has left, it counts as joining",
      clauses: [clauses["abort-late"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "carol"])
      for (const name of channel.names) channel.enter(name)
      channel.ignored.add("carol")
      channel.want("alice", { type: "include", members: ["bob", "carol"] })
      const due = 45_000 + 5_000
      for (const now of [due, due + 5_000]) {
        for (let { at } = channel.look("bob"); at !== null && at < now; { at } = channel.look("bob"))
          author.accepts("session.tick", { on: "bob", now: at })
        author.claim(channel.look("bob").at === now, `he is late at ${now}`)
        author.gives("session.tick", { on: "bob", now }, { requests: [{ type: "leave" }], notices: [] })
        author.claim(channel.look("bob").state === "joining", "he is joining")
      }
      author.gives("session.receive", { on: "bob", event: { type: "left" }, now: due + 6_000 }, { requests: [], notices: [] })
      author.claim(channel.look("bob").state === "joining" && channel.look("bob").at! > due + 6_000, "and enters again later")
    },
  ),
  aCase(
    "extensions/kept-since-it-came",
    {
      title:
        "Bob names a packet that Alice does not know; 20 s later an operation succeeds, and she looks for it again: he disputes the order 26 s after he has said it, not after that",
      clauses: [clauses["order-disputed"]],
    },
    (author) => {
      const { channel, claims } = withLiars(author, ["bob", "carol"], ["bob"])
      author.claim(claims("bob", filled(9, 32), filled(8, 32)), "a packet that Alice does not know")
      channel.run(20_000, ["alice", "carol"])
      channel.want("alice", { type: "refresh" })
      channel.run(25_999, ["alice", "carol"])
      author.claim(warnings(channel, "alice") === "", "it may come still")
      channel.run(26_000, ["alice", "carol"])
      author.claim(warnings(channel, "alice") === disputed("bob"), "and then Alice is told of Bob")
    },
  ),
  aCase(
    "extensions/one-fin-is-not-both",
    {
      title: "A subsession has ended by one FIN, for another order; its member parts then, and does not publish its key",
      clauses: [clauses["publish-safely"], clauses["order-inconsistent"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], [], { publishKey: 1, orderAcknowledgements: 1 })
      channel.show("alice", { type: "enter", members: ["mallory"] })
      channel.want("bob", { type: "refresh" })
      channel.run(120_000)
      author.claim(channel.told("alice", "security").length > 0, "the order is another")
      author.claim(channel.look("alice").state === "parting", "and the subsession has ended")
      channel.want("alice", { type: "part" })
      author.claim(!channel.members.includes("alice"), "Alice leaves")
      author.claim(!channel.packets.some(({ text }) => text.startsWith("?mpENC:AAEAAQEAAgABBQ")), "and publishes nothing")
    },
  ),
  aCase(
    "extensions/direct-splice",
    {
      title: "What an operation began after comes by the other transport, after it: the log is spliced by that, and nobody is told later",
      clauses: [clauses["direct-data"], transcript["log-splice"], session["other-membership"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], [], { direct: 1 })
      channel.want("alice", { type: "send", text: "before" })
      channel.tamper = (event, to) => (event.type === "direct" && to === "carol" && event.sender === "bob" ? [] : [event])
      channel.want("bob", { type: "send", text: "lost" }, false)
      const [text] = channel.waiting.flatMap(([, request]) => ("text" in request ? [request.text] : []))
      channel.settle()
      channel.want("bob", { type: "refresh" })
      channel.tamper = (event) => [event]
      channel.want("alice", { type: "send", text: "early" })
      const shown = channel.told("carol", "message").at(-1)
      author.claim(shown?.type === "message" && shown.text === "early" && shown.positions.length === 0, "it waits for the splice")
      author.claim(channel.show("carol", { type: "direct", sender: "bob", text: text! }), "what was lost comes")
      channel.want("carol", { type: "send", text: "answer" })
      channel.run(30_000)
      author.claim(channel.told("carol", "history-missing").length === 0, "nobody is told that it is missing")
      const answer = channel.told("alice", "message").at(-1)
      author.claim(answer?.type === "message" && answer.positions.join() === "1", "and Carol's answer stands below what she answers")
    },
  ),
]

/** The layer "extensions": aborts and deceit, forms, and what one FIN does. */
export default caseFile({ part: "mpenc", chapter: "extensions-aborts", layer: "extensions", flags: {} }, cases)
