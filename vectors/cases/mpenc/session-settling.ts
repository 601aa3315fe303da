/** The layer "session": after what settle is done, and after what it is not. */
import { clauses as extensions } from "../../../spec/mpenc/extensions.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import { type Author, aCase, type Case, caseFile, fork, type OutputOf, twins } from "../author.ts"
import { begun, SessionChannel } from "./session-channel.ts"

type Stepped = OutputOf<"session.receive">

const asked = ({ requests }: Stepped): string => requests.map(({ type }) => type).join()

const told = ({ notices }: Stepped): string => notices.map((notice) => (notice.type === "operation" ? notice.stage : notice.type)).join()

const act = (author: Author, { now }: SessionChannel, on: string, action: Parameters<SessionChannel["want"]>[1]): Stepped =>
  author.accepts("session.act", { on, action, now })

const take = (author: Author, { now }: SessionChannel, on: string, event: Parameters<SessionChannel["show"]>[1]): Stepped =>
  author.accepts("session.receive", { on, event, now })

const tick = (author: Author, { now }: SessionChannel, on: string): Stepped => author.accepts("session.tick", { on, now })

/** Alice has excluded Carol, and has just asked to kick her, in vain. Bob and Dave are there; Dave is no member. */
const kicking = (author: Author): SessionChannel => {
  const channel = begun(author, ["bob", "carol"], ["dave"])
  channel.want("alice", { type: "exclude", members: ["carol"] })
  channel.enter("dave")
  channel.ignored.add("bob")
  const isAsked = () => channel.waiting.some(([who, { type }]) => who === "alice" && type === "kick")
  while (!isAsked()) {
    channel.now += 1_000
    for (const on of ["alice", "bob"]) channel.do(on, tick(author, channel, on))
    while (!isAsked() && channel.step());
  }
  channel.lose("alice", "kick")
  channel.settle()
  channel.ignored.delete("bob")
  return channel
}

/** Alice proposes to include Dave; gives her packet, which has not come back. */
const proposed = (channel: SessionChannel): ReturnType<typeof SessionChannel.packet> => {
  channel.want("alice", { type: "include", members: ["dave"] }, false)
  return SessionChannel.packet("alice", channel.lose("alice", "send").at(-1)!)
}

const wishes: ReadonlyArray<Case> = [
  aCase(
    "session/sends-and-nothing-more",
    {
      title:
        "Carol is to be kicked again when Alice's user sends a text: by that the text is sent and nothing more, and she is kicked at the next tick",
      clauses: [clauses.excluded],
    },
    (author) => {
      const channel = kicking(author)
      channel.now += 5_000
      author.claim(asked(act(author, channel, "alice", { type: "send", text: "hello" })) === "send", "the text")
      author.claim(
        asked(tick(author, channel, "alice"))
          .split(",")
          .includes("kick"),
        "and then the kick",
      )
    },
  ),
  aCase(
    "session/aborts-and-nothing-more",
    {
      title: "Carol is to be kicked again when Alice's user aborts an operation: by that the abort is sent and nothing more",
      clauses: [clauses.excluded, extensions["abort-author"]],
    },
    (author) => {
      const channel = kicking(author)
      channel.now += 1_000
      take(author, channel, "alice", proposed(channel))
      channel.now += 4_000
      author.claim(asked(act(author, channel, "alice", { type: "abort" })) === "send", "the abort")
      author.claim(
        asked(tick(author, channel, "alice"))
          .split(",")
          .includes("kick"),
        "and then the kick",
      )
    },
  ),
  ...twins(
    "session/include-of-one-to-be-excluded",
    clauses["new-members"],
    "Alice parts, so that she does not exclude Bob, who has left the channel; her user wants to include him again",
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"])
      channel.want("alice", { type: "part" }, false)
      channel.lose("alice", "send")
      take(author, channel, "alice", { type: "leave", members: ["bob"] })
      const include = (name: string) => ({ type: "include" as const, members: [name] })
      return fork("session.act", { on: "alice", action: include("dave"), now: channel.now }, { action: include("bob") })
    },
  ),
]

const packets: ReadonlyArray<Case> = [
  aCase(
    "session/settles-after-what-was-withdrawn",
    {
      title: "Carol is to be kicked again when a proposal of Alice comes back that was withdrawn: nothing comes of it, and Carol is kicked",
      clauses: [clauses.excluded, clauses["own-proposal"]],
    },
    (author) => {
      const channel = kicking(author)
      channel.now += 1_000
      const own = proposed(channel)
      channel.want("bob", { type: "include", members: ["dave"] }, false)
      channel.step("bob")
      channel.now += 4_000
      author.gives(
        "session.receive",
        { on: "alice", event: own, now: channel.now },
        { requests: [{ type: "kick", members: ["carol"] }], notices: [] },
      )
    },
  ),
  aCase(
    "session/settles-after-what-was-rejected",
    {
      title: "Carol is to be kicked again when a proposal of Alice comes back whose target has left: it is rejected, and Carol is kicked",
      clauses: [clauses.excluded],
    },
    (author) => {
      const channel = kicking(author)
      channel.now += 1_000
      const own = proposed(channel)
      channel.leave("dave", false)
      channel.now += 4_000
      const stepped = take(author, channel, "alice", own)
      author.claim(told(stepped) === "rejected" && asked(stepped) === "kick", "rejected, and the kick")
    },
  ),
  aCase(
    "session/settles-after-what-is-none-of-ours",
    {
      title:
        "Dave is in no session, and has asked to leave the channel 5 s ago, in vain, when others begin an operation without him: nothing comes of it, and he asks again",
      clauses: [clauses.parting],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"])
      channel.enter("dave")
      author.claim(asked(act(author, channel, "dave", { type: "part" })) === "leave", "he asks")
      channel.now = 5_000
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      const own = SessionChannel.packet("alice", channel.lose("alice", "send").at(-1)!)
      author.gives("session.receive", { on: "dave", event: own, now: channel.now }, { requests: [{ type: "leave" }], notices: [] })
    },
  ),
]

export default caseFile({ part: "mpenc", chapter: "session-settling", layer: "session", flags: {} }, () => [...wishes, ...packets])
