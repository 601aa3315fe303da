import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { operationTime, times } from "../../../spec/mpenc/liveness.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { abortOf, altered } from "./extensions.ts"
import { insiderOf } from "./insider.ts"
import { begun, SessionChannel } from "./session-channel.ts"

const waiting = (): ReadonlyArray<Case> => [
  aCase(
    "session/oldest-waits-no-more",
    {
      title: "Five packets of Bob come that nothing opens: the first of them waits no more, and the second still does",
      clauses: [clauses["waiting-packets"]],
    },
    (author) => {
      const elsewhere = begun(author, ["bob"])
      for (const text of ["one", "two", "three", "four", "five"]) elsewhere.want("bob", { type: "send", text })
      const events = elsewhere.packets.slice(-5).map(({ text }) => SessionChannel.packet("bob", text))
      const channel = begun(author, ["carol"], ["bob"])
      channel.enter("bob")
      for (const event of events) author.claim(channel.show("alice", event), "it waits")
      author.ignores("session.receive", { on: "alice", event: events[1]!, now: channel.now })
      author.claim(channel.show("alice", events[0]!), "the first one waits again")
    },
  ),
  ...(["read", "refused"] as const).map((what) =>
    aCase(
      `session/hint-of-what-waited-${what}`,
      {
        title: `A packet that waited is ${what} when the operation is complete: its hint is not foreign, and another packet with it waits`,
        clauses: [clauses["waiting-packets"], clauses.foreign],
      },
      (author) => {
        const channel = new SessionChannel(author, ["alice", "bob"])
        for (const name of channel.names) channel.enter(name)
        channel.want("alice", { type: "include", members: ["bob"] }, false)
        channel.step("alice")
        channel.step("bob")
        const { sessionId, groupKey, ephemeralSecretKey, hash } = insiderOf("bob", channel.packets)
        const { text } = author.accepts("messages.seal", {
          ...{ sessionId, groupKey, ephemeralSecretKey, parents: what === "read" ? [] : [1, 2, 3].map((byte) => filled(byte, 20)) },
          ...{ body: { type: "payload", text: "early" }, iv: filled(1, 12), cipherKeyBytes: 16, padding: true },
        })
        author.claim(channel.show("alice", SessionChannel.packet("bob", text)), "it waits")
        channel.settle()
        author.claim(channel.told("alice", "message").length === (what === "read" ? 1 : 0), `it is ${what}`)
        const packet = { type: "data" as const, hint: hash.slice(0, 2), signature: filled(1, 64), iv: filled(2, 12), payload: "00" }
        const other = author.accepts("mpenc-records.encode", { packet }).text
        author.claim(channel.show("alice", SessionChannel.packet("bob", other)), "the other one waits")
      },
    ),
  ),
]

const entering = (): ReadonlyArray<Case> => [
  aCase(
    "session/kicked-from-many",
    {
      title: "Alice joins a channel of a hundred, and is kicked: when she enters again is a fraction of the time for so many",
      clauses: [clauses.rejoin],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice"])
      channel.want("alice", { type: "join" }, false)
      const members = Array.from({ length: 99 }, (_, index) => `member${index}`)
      channel.show("alice", { type: "entered", members: [...members, "alice"] })
      channel.now = 1_000
      channel.show("alice", { type: "left" })
      const [high, low] = labelledDraw(nodePrimitives, bytesOf(repeated("alice session ")), "session/rejoin/1", 2)
      const span = 1.5 * (operationTime(101) + times.latency)
      const wait = Math.floor(span / 2 + (span * (256 * high! + low!)) / (4 * 65_536))
      author.claim(channel.look("alice").at === 1_000 + wait, `after ${wait}`)
      author.gives("session.tick", { on: "alice", now: 999 + wait }, { requests: [], notices: [] })
    },
  ),
  aCase(
    "session/leave-outside",
    { title: "Somebody leaves a channel that Alice is not in", clauses: [clauses["channel-event"]] },
    (author) => {
      const channel = new SessionChannel(author, ["alice"])
      const event = { type: "leave" as const, members: ["bob"] }
      author.refuses(clauses["channel-event"], "session.receive", { on: "alice", event, now: channel.now })
    },
  ),
  aCase(
    "session/stranger-before-form",
    {
      title: "One who is not in the channel sends an abort of a wrong form: it is refused because of its sender",
      clauses: [clauses["channel-event"], verdicts["order-of-checks"]],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      const text = altered(abortOf(author, "dave", filled(7, 32)), (hex) => hex.replace("0305000101", "0305000109"))
      const event = SessionChannel.packet("dave", text)
      author.refuses(clauses["channel-event"], "session.receive", { on: "alice", event, now: channel.now })
    },
  ),
  aCase(
    "session/excludes-while-parting",
    {
      title: "Who is parting from the subsession cannot have a new key, and can plan to exclude somebody",
      clauses: [clauses.joined, clauses.busy],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "part" }, false)
      author.refuses(clauses.joined, "session.act", { on: "alice", action: { type: "refresh" }, now: channel.now })
      author.accepts("session.act", { on: "alice", action: { type: "exclude", members: ["carol"] }, now: channel.now })
      author.refuses(clauses.busy, "session.act", { on: "alice", action: { type: "exclude", members: ["carol"] }, now: channel.now })
    },
  ),
  aCase(
    "session/begins-three-lines",
    { title: "Alice is alone in the channel, three times: she begins another line each time", clauses: [clauses["left-channel"]] },
    (author) => {
      const channel = new SessionChannel(author, ["alice"])
      const hashes = [1, 2, 3].map(() => {
        channel.enter("alice")
        const { chainHash } = channel.look("alice")
        channel.leave("alice")
        return chainHash
      })
      author.claim(new Set(hashes).size === 3 && !hashes.includes(null), "the chain hashes differ")
    },
  ),
  aCase(
    "session/parts-outside",
    {
      title: "Alice wants to part before she is in the channel, and then joins it: she stays, and begins a line",
      clauses: [clauses.parting],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice"])
      channel.want("alice", { type: "part" })
      channel.want("alice", { type: "join" })
      author.claim(channel.members.includes("alice") && channel.look("alice").chainHash !== null, "she is there")
    },
  ),
]

const stagesOf = (channel: SessionChannel, name: string): ReadonlyArray<string> =>
  channel.told(name, "operation").map((notice) => (notice.type === "operation" ? notice.stage : ""))

/** The greetings that `name` has sent and that the server has not taken; it loses them. */
const proposals = (channel: SessionChannel, name: string): ReadonlyArray<string> =>
  channel.lose(name, "send").filter((text) => !text.startsWith("?mpENC:ABI"))

const early = (): ReadonlyArray<Case> => [
  aCase(
    "session/joins-until-the-time-is-over",
    {
      title: "Dave is in the channel, and joins: 1 ms before the time for it is over he is not told, and then he is",
      clauses: [clauses.rejoin],
    },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"])
      channel.want("dave", { type: "join" })
      const end = operationTime(4)
      author.gives("session.tick", { on: "dave", now: end - 1 }, { requests: [], notices: [] })
      author.gives("session.tick", { on: "dave", now: end }, { requests: [], notices: [{ type: "not-joined" }] })
    },
  ),
  aCase(
    "session/late-is-told-once",
    { title: "A proposal is lost: the user is told that it is late, and not again at the next tick", clauses: [clauses.busy] },
    (author) => {
      const channel = begun(author, ["bob"])
      channel.run(20_000)
      channel.want("alice", { type: "refresh" }, false)
      channel.lose("alice", "send")
      channel.run(60_000, ["alice"])
      channel.do("alice", author.accepts("session.tick", { on: "alice", now: 60_000 }))
      author.claim(stagesOf(channel, "alice").filter((stage) => stage === "late").length === 1, "once")
    },
  ),
  aCase(
    "session/plan-of-later",
    {
      title: "A plan is made some time after the beginning, and waits: it fails when the time for it is over, and not before",
      clauses: [clauses["new-members"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"])
      channel.run(20_000)
      channel.want("alice", { type: "include", members: ["dave"] }, false)
      channel.lose("alice", "let-in")
      const end = 20_000 + operationTime(2)
      channel.do("alice", author.accepts("session.tick", { on: "alice", now: end - 1 }))
      author.claim(stagesOf(channel, "alice").at(-1) === "succeeded", "it waits")
      channel.do("alice", author.accepts("session.tick", { on: "alice", now: end }))
      author.claim(stagesOf(channel, "alice").at(-1) === "failed", "it has failed")
    },
  ),
  aCase(
    "session/history-missing-is-due",
    {
      title: "Carol lacks a message that an operation began after: when she is to be told of it is the next that is due",
      clauses: [clauses["other-membership"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.tamper = (event, to) => (to === "carol" && event.type === "packet" && event.text.startsWith("?mpENC:ABI") ? [] : [event])
      channel.want("bob", { type: "send", text: "lost" })
      channel.want("bob", { type: "refresh" })
      author.claim(channel.look("carol").at === times.latency, "after the latency")
      channel.do("carol", author.accepts("session.tick", { on: "carol", now: times.latency }))
      author.claim(channel.told("carol", "history-missing").length === 1, "she is told")
    },
  ),
]

const proposing = (): ReadonlyArray<Case> => [
  aCase(
    "session/parting-proposes-nothing",
    {
      title: "Alice has written her FINs, and then Bob leaves: she does not propose to exclude him",
      clauses: [clauses.parting],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "part" }, false)
      const before = stagesOf(channel, "alice").length
      author.claim(channel.show("alice", { type: "leave", members: ["bob"] }), "Bob leaves")
      author.claim(stagesOf(channel, "alice").length === before, "she proposes nothing")
    },
  ),
  aCase(
    "session/leaving-proposes-nothing",
    {
      title:
        "Alice is alone, and her request to leave is lost; her user wants Dave, who is there: she does not propose it, and asks to leave again",
      clauses: [clauses.alone],
    },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"])
      channel.enter("dave")
      channel.ignored.add("alice").add("bob")
      channel.ignored.delete("alice")
      channel.want("alice", { type: "exclude", members: ["bob"] })
      channel.ignored.add("alice")
      channel.run(80_000, ["alice"])
      author.claim(channel.look("alice").members.join() === "alice", "she is alone")
      const before = stagesOf(channel, "alice").length
      channel.want("alice", { type: "include", members: ["dave"] }, false)
      author.claim(stagesOf(channel, "alice").length === before, "she proposes nothing")
    },
  ),
  aCase(
    "session/includes-as-it-begins",
    {
      title:
        "With autoInclude: Bob, who was there before Alice, leaves, and she begins a line; in the same step she proposes to include Carol, who came later",
      clauses: [clauses.sync],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice"], { autoInclude: 1 })
      for (const event of [
        { type: "entered" as const, members: ["bob", "alice"] },
        { type: "enter" as const, members: ["carol"] },
        { type: "leave" as const, members: ["bob"] },
      ])
        author.claim(channel.show("alice", event), event.type)
      author.claim(stagesOf(channel, "alice").join() === "proposed", "she proposes it")
    },
  ),
  aCase(
    "session/parent-of-what-failed",
    {
      title: "An operation that was to include Dave has failed; a packet comes that names the same parent: he does not join by it",
      clauses: [clauses.atomic],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"])
      channel.enter("dave")
      channel.want("bob", { type: "include", members: ["dave"] }, false)
      const [late] = proposals(channel, "bob")
      channel.want("alice", { type: "include", members: ["dave"] }, false)
      channel.step()
      channel.want("alice", { type: "abort" }, false)
      for (const name of ["bob", "carol", "dave"]) channel.lose(name, "send")
      channel.settle()
      author.claim(stagesOf(channel, "dave").join() === "started,failed", "it has failed")
      author.claim(channel.show("dave", SessionChannel.packet("bob", late!)), "Bob's packet comes")
      author.claim(channel.look("dave").chainHash === null, "Dave does not join by it")
    },
  ),
  aCase(
    "session/members-are-warned",
    {
      title: "Dave is included, and nobody can read a packet that comes then: Alice, who was a member before, is told after the latency",
      clauses: [clauses["waiting-packets"]],
    },
    (author) => {
      const elsewhere = begun(author, ["carol"])
      elsewhere.want("carol", { type: "send", text: "one" })
      const { text } = elsewhere.packets.at(-1)!
      const channel = begun(author, ["bob"], ["dave"])
      channel.enter("dave")
      channel.want("bob", { type: "include", members: ["dave"] })
      author.claim(channel.look("alice").members.length === 3, "Dave is included")
      author.claim(channel.show("alice", SessionChannel.packet("dave", text)), "it waits")
      author.accepts("session.tick", { on: "alice", now: channel.now + times.latency })
      const last = author.steps.at(-1)!.expect
      const { notices } = ("output" in last ? last.output : {}) as { notices: ReadonlyArray<{ type: string }> }
      author.claim(
        notices.some(({ type }) => type === "not-decrypted"),
        "she is told",
      )
    },
  ),
  aCase(
    "session/withdrawn-once",
    {
      title: "Two proposals of Alice are rejected before they come back: each is ignored when it comes, once",
      clauses: [clauses["own-proposal"], clauses.busy],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      const own = [1, 2].map(() => {
        channel.want("alice", { type: "refresh" }, false)
        const [text] = proposals(channel, "alice")
        channel.want("bob", { type: "refresh" })
        return SessionChannel.packet("alice", text!)
      })
      for (const event of own) author.claim(channel.show("alice", event), "it is ignored")
      for (const event of own) author.refuses(clauses["own-proposal"], "session.receive", { on: "alice", event, now: channel.now })
    },
  ),
  aCase(
    "session/expired-and-back",
    {
      title: "Alice and Bob are cut off from each other, and then are not: each is told that the other has expired, and that it is back",
      clauses: [clauses["other-membership"]],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      channel.tamper = (event, to) => (event.type === "packet" && event.sender !== to ? [] : [event])
      channel.run(140_000)
      channel.tamper = (event) => [event]
      channel.run(260_000)
      for (const name of ["alice", "bob"])
        author.claim(
          channel
            .told(name, "expired", "back")
            .map(({ type }) => type)
            .join() === "expired,back",
          `${name} is told`,
        )
    },
  ),
]

/** The layer "session": what no other case shows of what waits, of entering, and of wishes. */
export default caseFile({ part: "mpenc", chapter: "session-deadlines", layer: "session", flags: {} }, () => [
  ...waiting(),
  ...entering(),
  ...early(),
  ...proposing(),
])
