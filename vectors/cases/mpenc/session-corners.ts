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

/** The layer "session": what no other case shows of what waits, of entering, and of wishes. */
export default caseFile({ part: "mpenc", chapter: "session-corners", layer: "session", flags: {} }, () => [...waiting(), ...entering()])
