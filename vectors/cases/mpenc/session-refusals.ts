import { clauses } from "../../../spec/mpenc/session.ts"
import { type Author, type Case, caseFile, fork, twins } from "../author.ts"
import { begun, SessionChannel } from "./session-channel.ts"

const actionTwins = (
  id: string,
  clause: Parameters<typeof twins>[1],
  title: string,
  write: (author: Author) => SessionChannel,
  right: Parameters<SessionChannel["want"]>[1],
  wrong: Parameters<SessionChannel["want"]>[1],
) =>
  twins(`session/${id}`, clause, title, (author) => {
    const channel = write(author)
    return fork("session.act", { on: "alice", action: right, now: channel.now }, { action: wrong })
  })

const withDave = (author: Author) => {
  const channel = begun(author, ["bob", "carol"], ["dave"])
  channel.enter("dave")
  return channel
}

const latest = 2 ** 52

const refusals: ReadonlyArray<Case> = [
  ...twins("session/later-than-the-latest-time", clauses.clock, "A tick after the latest time", (author) => {
    begun(author, ["bob"])
    return fork("session.tick", { on: "alice", now: latest }, { now: latest + 1 })
  }),
  ...twins("session/wish-at-the-end-of-time", clauses.clock, "A wish at the largest whole number that all programs have", (author) => {
    const channel = begun(author, ["bob"])
    return fork("session.act", { on: "alice", action: { type: "send", text: "x" }, now: channel.now }, { now: 2 ** 53 - 1 })
  }),
  ...twins("session/entered-twice", clauses["channel-event"], "A second own entering", (author) => {
    const channel = begun(author, ["bob"], ["dave"])
    return fork(
      "session.receive",
      { on: "alice", event: { type: "enter", members: ["dave"] }, now: channel.now },
      { event: { type: "entered", members: ["alice", "dave"] } },
    )
  }),
  ...twins("session/enter-of-a-member", clauses["channel-event"], "Somebody enters who is there", (author) => {
    const channel = begun(author, ["bob"], ["dave"])
    return fork(
      "session.receive",
      { on: "alice", event: { type: "enter", members: ["dave"] }, now: channel.now },
      { event: { type: "enter", members: ["bob"] } },
    )
  }),
  ...twins("session/leave-of-a-stranger", clauses["channel-event"], "Somebody leaves who is not there", (author) => {
    const channel = begun(author, ["bob"], ["dave"])
    return fork(
      "session.receive",
      { on: "alice", event: { type: "leave", members: ["bob"] }, now: channel.now },
      { event: { type: "leave", members: ["dave"] } },
    )
  }),
  ...twins("session/packet-of-a-stranger", clauses["channel-event"], "A packet of somebody who is not in the channel", (author) => {
    const channel = begun(author, ["bob"], ["dave"])
    return fork(
      "session.receive",
      { on: "alice", event: SessionChannel.packet("bob", "text"), now: channel.now },
      { event: SessionChannel.packet("dave", "text") },
    )
  }),
  ...twins("session/left-outside", clauses["channel-event"], "Leaving a channel that we are not in", (author) => {
    const channel = new SessionChannel(author, ["alice"])
    return fork(
      "session.receive",
      { on: "alice", event: { type: "entered", members: ["alice"] }, now: channel.now },
      { event: { type: "left" } },
    )
  }),
  ...twins("session/own-proposal", clauses["own-proposal"], "An earlier initial packet of our own comes again", (author) => {
    const channel = begun(author, ["bob"])
    channel.want("alice", { type: "refresh" })
    const earlier = channel.packets.find(({ sender }) => sender === "alice")!
    channel.want("alice", { type: "refresh" }, false)
    const [, request] = channel.waiting.find(([, { type }]) => type === "send")!
    if (request.type !== "send") return author.disagree("a packet is sent")
    return fork(
      "session.receive",
      { on: "alice", event: SessionChannel.packet("alice", request.text), now: channel.now },
      { event: SessionChannel.packet("alice", earlier.text) },
    )
  }),
  ...twins("session/author", clauses.author, "An initial packet of one who is in the channel and not in our session", (author) => {
    const channel = withDave(author)
    const other = new SessionChannel(author, ["dave", "erin"])
    other.enter("dave")
    other.enter("erin")
    other.want("dave", { type: "include", members: ["erin"] })
    const foreign = other.packets[0]!
    channel.want("bob", { type: "refresh" }, false)
    const [, request] = channel.waiting.find(([who, { type }]) => who === "bob" && type === "send")!
    if (request.type !== "send") return author.disagree("a packet is sent")
    return fork(
      "session.receive",
      { on: "alice", event: SessionChannel.packet("bob", request.text), now: channel.now },
      { event: SessionChannel.packet("dave", foreign.text) },
    )
  }),
  ...twins("session/no-operation", clauses["no-operation"], "A confirm while nothing runs", (author) => {
    const channel = begun(author, ["bob", "carol"])
    const confirm = channel.packets.findLast(({ sender }) => sender === "bob")!
    const confirms = channel.packets.filter(({ sender }) => sender === "bob")
    author.claim(confirms.length > 0, "Bob has confirmed")
    return fork(
      "session.receive",
      { on: "alice", event: SessionChannel.packet("bob", "text"), now: channel.now },
      { event: SessionChannel.packet("bob", confirm.text) },
    )
  }),
  ...twins("session/foreign", clauses.foreign, "A data packet for one who is in no subsession", (author) => {
    const channel = withDave(author)
    channel.want("bob", { type: "send", text: "hello" }, false)
    const [, request] = channel.waiting.find(([, { type }]) => type === "send")!
    if (request.type !== "send") return author.disagree("a packet is sent")
    const { text } = request
    return fork(
      "session.receive",
      { on: "dave", event: SessionChannel.packet("bob", "text"), now: channel.now },
      { event: SessionChannel.packet("bob", text) },
    )
  }),
  ...twins(
    "session/own-message",
    clauses["own-message"],
    "A message in our own name that we have not written: our state was rolled back",
    (author) => {
      const channel = begun(author, ["bob"])
      // A second Alice, with the same draws, writes something else.
      const copy = begun(author, ["bob"])
      copy.want("alice", { type: "send", text: "the other Alice" })
      const other = copy.packets.at(-1)!
      const back = begun(author, ["bob"])
      back.want("bob", { type: "send", text: "hello" }, false)
      const [, request] = back.waiting.find(([, { type }]) => type === "send")!
      if (request.type !== "send" || channel.names.length !== 2) return author.disagree("a packet is sent")
      return fork(
        "session.receive",
        { on: "alice", event: SessionChannel.packet("bob", request.text), now: back.now },
        { event: SessionChannel.packet("alice", other.text) },
      )
    },
  ),
  ...twins("session/busy", clauses.busy, "A second proposal while the first is on its way", (author) => {
    const channel = begun(author, ["bob"])
    channel.want("alice", { type: "refresh" }, false)
    return fork("session.act", { on: "alice", action: { type: "send", text: "hello" }, now: channel.now }, { action: { type: "refresh" } })
  }),
  ...twins("session/not-synced", clauses.synced, "A proposal of one who is not in the line", (author) => {
    const channel = withDave(author)
    return fork(
      "session.act",
      { on: "dave", action: { type: "part" }, now: channel.now },
      { action: { type: "include", members: ["alice"] } },
    )
  }),
  ...actionTwins(
    "include-member",
    clauses["new-members"],
    "Including a member",
    withDave,
    { type: "include", members: ["dave"] },
    { type: "include", members: ["bob"] },
  ),
  ...actionTwins(
    "include-oneself",
    clauses["new-members"],
    "Including oneself",
    withDave,
    { type: "include", members: ["dave"] },
    { type: "include", members: ["alice"] },
  ),
  ...actionTwins(
    "exclude-stranger",
    clauses["old-members"],
    "Excluding one who is no member",
    withDave,
    { type: "exclude", members: ["bob"] },
    { type: "exclude", members: ["dave"] },
  ),
  ...actionTwins(
    "exclude-oneself",
    clauses["old-members"],
    "Excluding oneself",
    withDave,
    { type: "exclude", members: ["bob"] },
    { type: "exclude", members: ["alice"] },
  ),
  ...actionTwins(
    "send-alone",
    clauses.joined,
    "A text without a session",
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      channel.enter("alice")
      channel.enter("bob")
      return channel
    },
    { type: "include", members: ["bob"] },
    { type: "send", text: "hello" },
  ),
  ...actionTwins(
    "refresh-alone",
    clauses.joined,
    "A refresh without a session",
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      channel.enter("alice")
      channel.enter("bob")
      return channel
    },
    { type: "include", members: ["bob"] },
    { type: "refresh" },
  ),
]

/** The layer "session": refusals. */
export default caseFile({ part: "mpenc", chapter: "session-refusals", layer: "session", flags: {} }, () => refusals)
