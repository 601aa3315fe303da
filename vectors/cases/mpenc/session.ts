import { clauses as ofMessages } from "../../../spec/mpenc/messages.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { begun, SessionChannel } from "./session-channel.ts"

const claimMembers = (author: Author, channel: SessionChannel, names: ReadonlyArray<string>, members: ReadonlyArray<string>) => {
  for (const name of names)
    author.claim(
      [...channel.look(name).members].sort().join() === [...members].sort().join(),
      `${name} is in a session of ${members.join(", ")}`,
    )
}

const claimOneLine = (author: Author, channel: SessionChannel, names: ReadonlyArray<string>) =>
  author.claim(new Set(names.map((name) => channel.look(name).chainHash)).size === 1, `${names.join(", ")} have one chain hash`)

/** Whether `name` asked the channel for this, and the server has not taken it yet. */
const asked = (channel: SessionChannel, name: string, type: string) =>
  channel.waiting.some(([who, request]) => who === name && request.type === type)

const checks = Object.values(clauses).filter(({ kind }) => kind === "check")

const scenarios: ReadonlyArray<Case> = [
  aCase(
    "session/resent-by-another",
    {
      title: "A message is lost on its way to Carol, and its author is silent: Bob resends it, and Carol knows whose it is",
      clauses: [clauses.resent],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.tamper = (event, to) => (event.type === "packet" && event.sender === "alice" && to === "carol" ? [] : [event])
      channel.want("alice", { type: "send", text: "hello" })
      channel.ignored.add("alice")
      channel.run(60_000, ["bob", "carol"])
      const [shown] = channel.told("carol", "message")
      author.claim(shown?.type === "message" && shown.author === "alice" && shown.text === "hello", "Carol reads it as Alice's")
    },
  ),
  aCase(
    "session/four-people",
    {
      title: "Four people: start, messages, include, exclude, refresh, part",
      clauses: [...checks, clauses.atomic, clauses["previous-ends"], clauses.consistency, clauses.parting, clauses.sync],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"])
      channel.enter("dave")
      channel.want("bob", { type: "send", text: "hello" })
      author.claim(channel.told("carol", "message").length === 1, "Carol reads it")
      author.claim(channel.told("dave", "message").length === 0, "Dave does not")
      channel.want("carol", { type: "include", members: ["dave"] })
      claimMembers(author, channel, ["alice", "bob", "carol", "dave"], ["alice", "bob", "carol", "dave"])
      claimOneLine(author, channel, ["alice", "bob", "carol", "dave"])
      channel.want("dave", { type: "send", text: "hi" })
      channel.run(10_000)
      channel.want("alice", { type: "refresh" })
      channel.run(20_000)
      channel.want("dave", { type: "exclude", members: ["carol"] })
      claimMembers(author, channel, ["alice", "bob", "dave"], ["alice", "bob", "dave"])
      channel.run(40_000)
      author.claim(channel.look("carol").state === "parted", "Carol was kicked")
      channel.want("alice", { type: "part" })
      channel.run(60_000)
      claimMembers(author, channel, ["bob", "dave"], ["bob", "dave"])
      claimOneLine(author, channel, ["bob", "dave"])
      author.claim(channel.look("alice").state === "parted", "Alice has left")
      const alarms = ["security", "not-acknowledged", "not-accepted", "not-decrypted", "expired"] as const
      author.claim(
        channel.names.every((name) => channel.told(name, ...alarms).length === 0),
        "nobody was alarmed",
      )
    },
  ),
  aCase(
    "session/original-parameters",
    {
      title: "A session with the parameters of the original: AES-256, confirms that repeat the lists, no order acknowledgements",
      clauses: [clauses.atomic, clauses["previous-ends"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"], { cipherKeyBytes: 32, repeatLists: 1 })
      channel.enter("dave")
      channel.want("bob", { type: "send", text: "hello" })
      channel.want("carol", { type: "include", members: ["dave"] })
      channel.want("dave", { type: "send", text: "hi" })
      channel.want("alice", { type: "exclude", members: ["bob"] })
      claimOneLine(author, channel, ["alice", "carol", "dave"])
      author.claim(channel.told("alice", "message").length === 2 && channel.told("alice", "security").length === 0, "all is read")
    },
  ),
  aCase(
    "session/without-padding",
    { title: "A session without padding; a text that is one byte too long for a packet even so", clauses: [clauses["previous-ends"]] },
    (author) => {
      const channel = begun(author, ["bob"], [], { padding: 0 })
      channel.want("alice", { type: "send", text: "hello" })
      author.claim(channel.told("bob", "message").length === 1, "Bob reads it")
      author.refuses(ofMessages.size, "session.act", {
        on: "bob",
        // The parent, the body with its kind, and brackets and quotation marks stand in the content too.
        action: { type: "send", text: "x".repeat(65_534 - 24 - 4 - 1 - 4) },
        now: channel.now,
      })
    },
  ),
  aCase(
    "session/two-at-once",
    { title: "Two propose at once: one is rejected, and all agree", clauses: [clauses.atomic, clauses["own-proposal"]] },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "refresh" }, false)
      channel.want("bob", { type: "exclude", members: ["carol"] }, false)
      channel.settle()
      claimMembers(author, channel, ["alice", "bob", "carol"], ["alice", "bob", "carol"])
      claimOneLine(author, channel, ["alice", "bob", "carol"])
      const stages = channel.told("bob", "operation").map((notice) => (notice.type === "operation" ? notice.stage : ""))
      author.claim(stages.slice(-4).join() === "proposed,rejected,started,succeeded", "Bob's is rejected")
    },
  ),
  aCase(
    "session/sync",
    { title: "Who enters an empty channel begins; who was there before leaves, and the next one begins", clauses: [clauses.sync] },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      channel.enter("alice")
      author.claim(channel.look("alice").chainHash !== null, "Alice has a line")
      channel.enter("bob")
      author.claim(channel.look("bob").chainHash === null, "Bob has none")
      channel.leave("alice")
      author.claim(channel.look("bob").chainHash !== null, "now he has")
      author.claim(channel.look("alice").chainHash === null, "and Alice has none any more")
    },
  ),
  aCase(
    "session/entering",
    { title: "Who enters while nothing runs is told of, and included if the option says so", clauses: [clauses.sync, clauses.strangers] },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"], { autoInclude: 1 })
      channel.enter("alice")
      channel.enter("bob")
      claimMembers(author, channel, ["alice", "bob"], ["alice", "bob"])
      author.claim(channel.told("alice", "present").length === 1, "Alice was told")
    },
  ),
  aCase(
    "session/entering-during-an-operation",
    { title: "Who enters during an operation is kicked (EO)", clauses: [clauses.strangers] },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"])
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      channel.step()
      channel.enter("dave", false)
      author.claim(asked(channel, "alice", "kick") && asked(channel, "bob", "kick"), "Alice and Bob have him kicked")
      channel.settle()
      claimMembers(author, channel, ["alice", "bob"], ["alice", "bob"])
    },
  ),
  aCase(
    "session/leaving-and-returning",
    {
      title: "A member leaves the channel and returns before it is excluded: kicked until then (LS, EAL)",
      clauses: [clauses.absent, clauses.strangers],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.leave("carol", false)
      author.claim(asked(channel, "alice", "send") && asked(channel, "bob", "send"), "both propose to exclude her")
      channel.enter("carol", false)
      author.claim(asked(channel, "alice", "kick"), "she is kicked")
      channel.settle()
      claimMembers(author, channel, ["alice", "bob"], ["alice", "bob"])
      claimOneLine(author, channel, ["alice", "bob"])
    },
  ),
  aCase(
    "session/leaving-during-an-operation",
    {
      title: "A target leaves during the operation: it fails, and the target is excluded (LOI, LOX)",
      clauses: [clauses.absent, clauses.atomic],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"])
      channel.enter("dave")
      channel.want("alice", { type: "include", members: ["dave"] }, false)
      channel.step()
      channel.leave("carol", false)
      author.claim(
        channel.told("bob", "operation").some((notice) => notice.type === "operation" && notice.stage === "failed"),
        "it has failed",
      )
      channel.settle()
      claimMembers(author, channel, ["alice", "bob"], ["alice", "bob"])
      claimOneLine(author, channel, ["alice", "bob"])
      channel.run(10_000)
      channel.want("bob", { type: "include", members: ["dave"] })
      claimMembers(author, channel, ["alice", "bob", "dave"], ["alice", "bob", "dave"])
    },
  ),
  aCase(
    "session/target-gone",
    { title: "The target leaves before the proposal comes: it does not count (XP)", clauses: [clauses.atomic] },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"])
      channel.enter("dave")
      channel.want("alice", { type: "include", members: ["dave"] }, false)
      channel.leave("dave", false)
      channel.settle()
      claimMembers(author, channel, ["alice", "bob"], ["alice", "bob"])
      author.claim(
        channel.told("alice", "operation").some((notice) => notice.type === "operation" && notice.stage === "rejected"),
        "Alice's proposal is rejected",
      )
    },
  ),
  aCase(
    "session/included-before-kicked",
    {
      title: "Nobody includes one who was excluded and is not kicked yet",
      clauses: [clauses.strangers, clauses.excluded],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.ignored.add("carol")
      channel.want("alice", { type: "exclude", members: ["carol"] })
      author.refuses(clauses["new-members"], "session.act", {
        on: "alice",
        action: { type: "include", members: ["carol"] },
        now: channel.now,
      })
      author.claim(channel.members.includes("carol"), "she is still there")
      channel.run(90_000, ["alice", "bob"])
      author.claim(!channel.members.includes("carol"), "and then kicked")
    },
  ),
  aCase(
    "session/excluded",
    {
      title: "Excluded members are kicked when the subsession with them has ended, not before",
      clauses: [clauses.excluded, clauses["previous-ends"], clauses["other-membership"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("carol", { type: "send", text: "wait" }, false)
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      channel.settle()
      author.claim(channel.members.includes("carol"), "she is there")
      channel.want("bob", { type: "send", text: "without her" })
      author.claim(channel.told("carol", "message").length === 1, "and reads only what she wrote herself")
      channel.run(8_000)
      author.claim(!channel.members.includes("carol"), "and is kicked")
    },
  ),
  aCase(
    "session/earlier-message",
    {
      title: "A message that was written before an operation was complete and comes after it is shown with its own members",
      clauses: [clauses["other-membership"], clauses["previous-ends"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      channel.step()
      // Bob's confirm is on its way, and Carol writes.
      channel.want("carol", { type: "send", text: "late" }, false)
      channel.settle()
      const [shown] = channel.told("bob", "message")
      author.claim(shown?.type === "message" && shown.isEarlier && shown.members.length === 3, "of an earlier membership")
    },
  ),
  aCase(
    "session/alone",
    {
      title: "All others have left: the last member leaves the channel when the subsession has ended",
      clauses: [clauses.alone, clauses.absent, clauses["left-channel"]],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      channel.want("bob", { type: "send", text: "bye" })
      channel.leave("bob")
      author.claim(channel.told("bob", "not-acknowledged").length === 1, "Bob is told that his last message was not acknowledged")
      claimMembers(author, channel, ["alice"], ["alice"])
      channel.run(90_000, ["alice"])
      author.claim(channel.members.length === 0 && channel.look("alice").chainHash === null, "Alice has left")
    },
  ),
  aCase(
    "session/alone-and-staying",
    { title: "The same with the option to stay: the channel is not left, and a new session can begin", clauses: [clauses.alone] },
    (author) => {
      const channel = begun(author, ["bob"], [], { stayAlone: 1 })
      channel.leave("bob")
      channel.run(90_000, ["alice"])
      author.claim(channel.members.join() === "alice", "Alice has stayed")
      channel.enter("bob")
      channel.want("alice", { type: "include", members: ["bob"] })
      claimMembers(author, channel, ["alice", "bob"], ["alice", "bob"])
    },
  ),
  aCase("session/expelled", { title: "Nobody kicks one who was excluded: it leaves by itself", clauses: [clauses.expelled] }, (author) => {
    const channel = begun(author, ["bob", "carol"])
    channel.want("alice", { type: "exclude", members: ["carol"] })
    channel.ignored.add("alice").add("bob")
    author.claim(channel.look("carol").state === "parting", "Carol waits")
    channel.run(120_999, ["carol"])
    author.claim(channel.members.includes("carol"), "not yet")
    channel.run(121_000, ["carol"])
    author.claim(!channel.members.includes("carol"), "she has left")
  }),
  aCase(
    "session/kicked-while-joining",
    { title: "Kicked while joining: entered again after a random while", clauses: [clauses.rejoin] },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"])
      channel.want("dave", { type: "join" })
      channel.leave("dave")
      const { at, state } = channel.look("dave")
      author.claim(state === "joining" && at !== null && at >= 30_750 && at < 46_125, "between half and three quarters of the time")
      channel.run(at!, ["dave"])
      author.claim(channel.members.includes("dave"), "he is there again")
    },
  ),
  aCase(
    "session/leave-intent",
    { title: "A member parts: two FINs, and it leaves when they are acknowledged; the others exclude it", clauses: [clauses.parting] },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("carol", { type: "part" })
      author.claim(channel.told("alice", "leaving").length === 1, "Alice is told")
      author.refuses(clauses.joined, "session.act", { on: "carol", action: { type: "send", text: "one more" }, now: channel.now })
      channel.run(20_000)
      author.claim(!channel.members.includes("carol") && channel.look("carol").state === "parted", "Carol has left")
      claimMembers(author, channel, ["alice", "bob"], ["alice", "bob"])
    },
  ),
  aCase(
    "session/not-joined",
    { title: "Nobody includes who has entered: it is told after the time for an operation", clauses: [clauses.sync] },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"])
      channel.want("dave", { type: "join" })
      channel.run(60_000, ["dave"])
      author.claim(channel.told("dave", "not-joined").length === 1, "Dave is told")
    },
  ),
  aCase(
    "session/waiting",
    {
      title: "Packets that nothing opens wait, four of each sender; the user is told; an operation's end drops them",
      clauses: [clauses["waiting-packets"], clauses.foreign],
    },
    (author) => {
      const elsewhere = begun(author, ["bob"])
      for (const text of ["one", "two", "three", "four", "five"]) elsewhere.want("bob", { type: "send", text })
      const packets = elsewhere.packets.slice(-5)
      const channel = begun(author, ["carol"], ["bob"])
      channel.enter("bob")
      for (const { text } of packets) author.claim(channel.show("alice", SessionChannel.packet("bob", text)), "it waits")
      author.ignores("session.receive", { on: "alice", event: SessionChannel.packet("bob", packets[4]!.text), now: channel.now })
      channel.run(5_000, ["alice"])
      author.claim(channel.told("alice", "not-decrypted").length === 4, "four of them")
      channel.want("alice", { type: "refresh" })
      author.refuses(clauses.foreign, "session.receive", {
        on: "alice",
        event: SessionChannel.packet("bob", packets[4]!.text),
        now: channel.now,
      })
    },
  ),
  aCase("session/plain", { title: "A plain text is told, and nothing comes of it", clauses: [clauses["waiting-packets"]] }, (author) => {
    const channel = begun(author, ["bob"])
    author.claim(channel.show("alice", SessionChannel.packet("bob", "hello, not encrypted")), "accepted")
    author.claim(channel.told("alice", "plain").length === 1, "and told")
  }),
  aCase(
    "session/one-by-one",
    {
      title: "The channel is left by kicking during a session: everything of it is forgotten, and it can be joined anew",
      clauses: [clauses["left-channel"], clauses.absent],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("bob", { type: "refresh" }, false)
      channel.leave("bob")
      author.claim(channel.look("bob").state === "parted" && channel.told("bob", "operation").length > 0, "Bob is out")
      channel.run(10_000)
      channel.want("bob", { type: "join" })
      channel.want("alice", { type: "include", members: ["bob"] })
      claimMembers(author, channel, ["alice", "bob", "carol"], ["alice", "bob", "carol"])
      claimOneLine(author, channel, ["alice", "bob", "carol"])
    },
  ),
]

/** The layer "session": scenarios. */
export default caseFile({ part: "mpenc", chapter: "session", layer: "session", flags: {} }, () => scenarios)
