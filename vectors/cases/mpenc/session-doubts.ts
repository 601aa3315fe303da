import { extensionRecords, clauses as extensions } from "../../../spec/mpenc/extensions.ts"
import { maximumText, clauses as records } from "../../../spec/mpenc/records.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, hexOf } from "../people.ts"
import { abortOf, excluding } from "./extensions.ts"
import { disputed, warnings, withLiars } from "./extensions-order.ts"
import { altering } from "./insider.ts"
import { type HexRecord, textOf, tlvOf } from "./packets.ts"
import { begun, SessionChannel } from "./session-channel.ts"

const failures = (channel: SessionChannel, name: string): number =>
  channel.told(name, "operation").filter((notice) => notice.type === "operation" && notice.stage === "failed").length

const isAbort = (text: string): boolean => Buffer.from(text.slice(7, -1), "base64").includes(Buffer.of(1, 0xff, 0, 2, 0, 0xe3))

/** A data packet of a subsession that nobody here is in. */
export const strange = (author: Author, hint = 0x11): string =>
  author.accepts("mpenc-records.encode", {
    packet: { type: "data", hint: filled(hint, 1), signature: filled(1, 64), iv: filled(2, 12), payload: "00" },
  }).text

/** Alice plans to include Dave, whom the channel does not let in. */
const planning = (author: Author): SessionChannel => {
  const channel = begun(author, ["bob"], ["dave"])
  channel.want("alice", { type: "include", members: ["dave"] }, false)
  channel.lose("alice", "let-in")
  return channel
}

const ofParting: ReadonlyArray<Case> = [
  aCase(
    "session/includes-while-parting",
    {
      title: "Alice wants to part, and to include Dave after that: it is a plan, of which nothing comes, and which fails when she has left",
      clauses: [clauses.busy, clauses["left-channel"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"])
      channel.want("alice", { type: "part" }, false)
      channel.want("alice", { type: "include", members: ["dave"] }, false)
      channel.lose("alice", "let-in")
      author.claim(failures(channel, "alice") === 0, "she plans it")
      channel.settle()
      channel.run(20_000)
      author.claim(!channel.members.includes("alice") && failures(channel, "alice") === 1, "and has left")
    },
  ),
  aCase(
    "session/parts-with-a-plan",
    {
      title: "Alice has a plan, and parts: the plan stands until she has left, and has failed then",
      clauses: [clauses.parting, clauses["left-channel"]],
    },
    (author) => {
      const channel = planning(author)
      channel.want("alice", { type: "part" }, false)
      author.claim(failures(channel, "alice") === 0, "it stands")
      channel.settle()
      channel.run(20_000)
      author.claim(!channel.members.includes("alice") && failures(channel, "alice") === 1, "and has failed")
    },
  ),
  aCase(
    "session/parts-before-anybody",
    {
      title: "Alice has begun a line and has no session with anybody when she parts: she is parting until she has left",
      clauses: [clauses.parting],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice"])
      channel.enter("alice")
      author.claim(channel.look("alice").state === "joining", "she is there, in no session")
      channel.want("alice", { type: "part" }, false)
      author.claim(channel.look("alice").state === "parting", "she has asked to leave")
      channel.settle()
      author.claim(channel.look("alice").state === "parted", "and has left")
    },
  ),
  aCase(
    "session/plan-of-one-excluded",
    {
      title:
        "An exclusion of Alice did not end, and she has asked to leave before it failed; she plans to exclude Carol, whom Bob excludes meanwhile: the plan has failed",
      clauses: [clauses.expelled, clauses["old-members"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.ignored.add("carol")
      channel.want("bob", { type: "exclude", members: ["alice"] })
      const asked = () => channel.waiting.some(([who, { type }]) => who === "alice" && type === "leave")
      for (let { at } = channel.look("alice"); at !== null && !asked(); { at } = channel.look("alice")) {
        channel.now = at
        channel.do("alice", author.accepts("session.tick", { on: "alice", now: at }))
      }
      author.claim(asked(), "she asks to leave")
      channel.lose("alice", "leave")
      channel.want("bob", { type: "abort" })
      author.claim(channel.look("alice").members.length === 3 && failures(channel, "alice") === 1, "the operation has failed")
      const planned = author.accepts("session.act", {
        on: "alice",
        action: { type: "exclude", members: ["carol"] },
        now: channel.now,
      })
      author.claim(planned.notices.length === 0, "her plan waits")
      channel.want("bob", { type: "exclude", members: ["carol"] })
      author.claim(channel.look("alice").members.join() === "alice,bob", "Carol is excluded")
      author.claim(failures(channel, "alice") === 2, "and the plan has failed")
    },
  ),
]

const ofPackets: ReadonlyArray<Case> = [
  aCase(
    "session/withdrawn-comes-twice",
    {
      title:
        "A proposal of Alice that was rejected for Bob's comes back, and once more: the first time nothing happens, then it is refused",
      clauses: [clauses["own-proposal"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      channel.want("bob", { type: "exclude", members: ["carol"] }, false)
      const [text] = channel.lose("alice", "send")
      channel.step("bob")
      const event = { on: "alice", event: SessionChannel.packet("alice", text!), now: channel.now }
      author.gives("session.receive", event, { requests: [], notices: [] })
      author.refuses(clauses["own-proposal"], "session.receive", event)
    },
  ),
  aCase(
    "session/newcomer-until-the-next",
    {
      title: "Dave was included, and is no newcomer any more when another operation has succeeded: he is told of a packet that waits then",
      clauses: [clauses["waiting-packets"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"])
      channel.enter("dave")
      channel.want("alice", { type: "include", members: ["dave"] })
      channel.now = 1_000
      channel.want("alice", { type: "refresh" })
      author.claim(channel.show("dave", SessionChannel.packet("bob", strange(author))), "it waits")
      channel.run(6_000)
      author.claim(channel.told("dave", "not-decrypted").length === 1, "he is told")
    },
  ),
  aCase(
    "session/parents-as-they-stand",
    {
      title: "The initial packet of a refresh names two last messages in descending order: the membership tells them in this order",
      clauses: [clauses.atomic],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      for (const name of ["alice", "carol"]) channel.want(name, { type: "send", text: name }, false)
      channel.settle()
      const sent: Array<ReadonlyArray<string>> = []
      altering(author, channel, "bob", "refresh-initial", ({ metadata }) => {
        const latestMessages = metadata!.latestMessages.toReversed()
        sent.push(latestMessages)
        return { metadata: { ...metadata!, latestMessages } }
      })
      channel.want("bob", { type: "refresh" }, false)
      channel.step("bob")
      const told = channel.told("alice", "membership").at(-1)
      author.claim(sent[0]?.length === 2, "two")
      author.claim(told?.type === "membership" && told.parents.join() === sent[0]!.join(), "in this order")
    },
  ),
]

const indexed: ReadonlyArray<HexRecord> = [
  ["SIDKEY_HINT", "5a"],
  ["MESSAGE_SIGNATURE", filled(1, 64)],
  ["PROTOCOL_VERSION", "02"],
  ["MESSAGE_TYPE", "03"],
  [extensionRecords.MESSAGE_INDEX.type, "00000001"],
  ["MESSAGE_IV", filled(2, 12)],
  ["MESSAGE_PAYLOAD", "00"],
]

const ofForms: ReadonlyArray<Case> = [
  aCase(
    "extensions/indexed-form-anywhere",
    {
      title:
        "In a session with the ratchet, data packets come while there is no subsession, by the channel and by another transport: what has wrong records is malformed all the same",
      clauses: [extensions["data-form"], extensions["direct-data"], clauses.foreign],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"], { ratchet: 1 })
      for (const name of channel.names) channel.enter(name)
      const right = textOf(indexed)
      const wrong = textOf(indexed.with(4, [extensionRecords.MESSAGE_INDEX.type, "000001"]))
      for (const type of ["packet", "direct"] as const) {
        const shown = (text: string) => ({ on: "alice", event: { type, sender: "bob", text }, now: channel.now })
        author.refuses(extensions["data-form"], "session.receive", shown(wrong))
        author.refuses(clauses.foreign, "session.receive", shown(right))
      }
    },
  ),
  aCase(
    "extensions/refuses-while-it-runs",
    {
      title:
        "While an operation runs that repeats the lists, in a session with the ratchet, what is wrong is refused, and the operation goes on",
      clauses: [clauses["channel-event"], extensions["ratchet-version"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "carol"], { ratchet: 1, repeatLists: 1 })
      for (const name of channel.names) channel.enter(name)
      channel.want("alice", { type: "include", members: ["bob", "carol"] }, false)
      channel.step("alice")
      const event = { type: "entered" as const, members: [...channel.names] }
      for (const on of channel.names) author.refuses(clauses["channel-event"], "session.receive", { on, event, now: channel.now })
      channel.settle()
      author.claim(
        channel.names.every((name) => channel.look(name).state === "joined"),
        "it is complete",
      )
    },
  ),
  aCase(
    "extensions/indexed-without-the-ratchet",
    {
      title:
        "In a session without the ratchet, data packets of version 2 come, with right records and with wrong ones, before there is a subsession and in one: they are of another version",
      clauses: [extensions["ratchet-version"], records.version],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      for (const name of channel.names) channel.enter(name)
      const texts = [textOf(indexed), textOf(indexed.with(4, [extensionRecords.MESSAGE_INDEX.type, "000001"]))]
      const refuse = () => {
        for (const type of ["packet", "direct"] as const)
          for (const text of texts)
            author.refuses(records.version, "session.receive", { on: "alice", event: { type, sender: "bob", text }, now: channel.now })
      }
      refuse()
      channel.want("alice", { type: "include", members: ["bob"] })
      author.claim(channel.look("alice").state === "joined", "and then in a subsession")
      refuse()
    },
  ),
  ...twins(
    "extensions/abort-member-twice",
    extensions["abort-operation"],
    "An abort with the targets of the operation, one of them twice",
    (author) => {
      const { channel, operation } = excluding(author)
      const event = (members?: ReadonlyArray<string>) => SessionChannel.packet("bob", abortOf(author, "bob", operation, members))
      return fork("session.receive", { on: "alice", event: event(), now: channel.now }, { event: event(["alice", "bob", "bob"]) })
    },
  ),
  aCase(
    "extensions/direct-from-outside",
    {
      title: "A data packet comes by another transport to Alice, who is not in the channel: it is of no subsession of hers",
      clauses: [extensions["direct-data"], clauses.foreign],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"], { direct: 1 })
      const event = { type: "direct" as const, sender: "bob", text: strange(author) }
      author.refuses(clauses.foreign, "session.receive", { on: "alice", event, now: channel.now })
    },
  ),
]

const ofOperations: ReadonlyArray<Case> = [
  aCase(
    "extensions/parts-and-is-late",
    {
      title:
        "Alice parts 1 s before the running operation is late, and the server loses her abort: she aborts again when it is late, for having parted does not count",
      clauses: [extensions["abort-late"], extensions["abort-leaving"]],
    },
    (author) => {
      const { channel } = excluding(author)
      channel.run(35_000, ["alice"])
      channel.want("alice", { type: "part" }, false)
      author.claim(channel.lose("alice", "send").filter(isAbort).length === 1, "reason 04")
      channel.now = 36_000
      channel.do("alice", author.accepts("session.tick", { on: "alice", now: channel.now }))
      author.claim(channel.lose("alice", "send").filter(isAbort).length === 1, "reason 02")
    },
  ),
  aCase(
    "extensions/claimed-twice",
    {
      title:
        "Bob names a packet that Alice does not know, and 10 s later four times another one: the first has been dropped, so that he disputes the order 26 s after the second",
      clauses: [extensions["order-disputed"]],
    },
    (author) => {
      const { channel, claims } = withLiars(author, ["bob", "carol"], ["bob"])
      author.claim(claims("bob", filled(9, 32), filled(8, 32)), "a packet that Alice does not know")
      channel.run(10_000, ["alice", "carol"])
      for (let count = 0; count < 4; count++) author.claim(claims("bob", filled(7, 32), filled(8, 32)), "and another")
      channel.run(35_999, ["alice", "carol"])
      author.claim(warnings(channel, "alice") === "", "four are kept")
      channel.run(36_000, ["alice", "carol"])
      author.claim(warnings(channel, "alice") === disputed("bob"), "and then Alice is told of Bob")
    },
  ),
]

/** The layer "session": readings that a further port found to pass. */
export default caseFile({ part: "mpenc", chapter: "session-doubts", layer: "session", flags: {} }, () => [...ofParting, ...ofPackets])

/** Likewise the layer "extensions". */
export const extensionsDoubts = caseFile({ part: "mpenc", chapter: "extensions-doubts", layer: "extensions", flags: {} }, () => [
  ...ofForms,
  ...ofOperations,
])

/** A size over its limit, in a file of its own, because it is large. */
export const extensionsLimits = caseFile({ part: "mpenc", chapter: "extensions-limits", layer: "extensions", flags: {} }, () => [
  aCase(
    "extensions/key-over-the-limit",
    {
      title: "What would be a published key is longer than 1 MiB: it is no published key, and the text is too long",
      clauses: [records.limit],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      for (const name of channel.names) channel.enter(name)
      const key: ReadonlyArray<HexRecord> = [
        ["PROTOCOL_VERSION", "01"],
        ["MESSAGE_TYPE", "05"],
        ["SOURCE", hexOf("bob")],
        [extensionRecords.SIGNING_KEY.type, filled(1, 32)],
        ...Array.from({ length: 12 }, (): HexRecord => [extensionRecords.SUBSESSION_HASH.type, filled(2, 0xffff)]),
      ]
      author.refuses(records.limit, "session.receive", { on: "alice", event: SessionChannel.packet("bob", textOf(key)), now: channel.now })
    },
  ),
  aCase(
    "extensions/key-at-the-limit",
    {
      title: "What would be a published key is 1 MiB long: it is one, with a hash of another length",
      clauses: [extensions["key-form"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      for (const name of channel.names) channel.enter(name)
      const keyOf = (last: number): ReadonlyArray<HexRecord> => [
        ["PROTOCOL_VERSION", "01"],
        ["MESSAGE_TYPE", "05"],
        ["SOURCE", hexOf("bob")],
        [extensionRecords.SIGNING_KEY.type, filled(1, 32)],
        ...Array.from({ length: 12 }, (_, index): HexRecord => {
          return [extensionRecords.SUBSESSION_HASH.type, filled(2, index === 11 ? last : 0xffff)]
        }),
      ]
      // So many bytes have a base64 that is 8 characters shorter than 1 MiB, the length of its armour.
      const last = ((maximumText - 8) / 4) * 3 - tlvOf(keyOf(0)).length / 2
      const text = textOf(keyOf(last))
      author.claim(text.length === maximumText, "it is as long as can be")
      author.refuses(extensions["key-form"], "session.receive", {
        on: "alice",
        event: SessionChannel.packet("bob", text),
        now: channel.now,
      })
    },
  ),
])
