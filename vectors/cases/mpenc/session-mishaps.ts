import { clauses as greeting } from "../../../spec/mpenc/greeting.ts"
import { clauses as serverOrder } from "../../../spec/mpenc/server-order.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import { clauses as transcript } from "../../../spec/mpenc/transcript.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { begun, SessionChannel } from "./session-channel.ts"

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

const asked = (channel: SessionChannel, name: string, type: string): number =>
  channel.waiting.filter(([who, request]) => who === name && request.type === type).length

/** How many requests to kick somebody the step with the most of them makes. */
const mostKicks = ({ steps }: Author): number =>
  Math.max(
    ...steps.map(({ expect }) => {
      const { requests = [] } = (expect.verdict === "accepted" ? expect.output : {}) as { requests?: ReadonlyArray<{ type: string }> }
      return requests.filter(({ type }) => type === "kick").length
    }),
  )

/** What waits next for somebody is in the future, or there is none. */
const claimNoHurry = (author: Author, channel: SessionChannel, name: string) => {
  const { at } = channel.look(name)
  author.claim(at === null || at > channel.now, `nothing is due for ${name} that was to be done already`)
}

/** Turns the clock to `at` for one, and leaves the requests waiting. */
const tick = (author: Author, channel: SessionChannel, name: string, at: number) => {
  channel.now = at
  channel.do(name, author.accepts("session.tick", { on: name, now: at }))
}

const joining: ReadonlyArray<Case> = [
  aCase(
    "session/parting-while-joining",
    { title: "Who parts while it joins leaves, and does not enter again by itself", clauses: [clauses.rejoin, clauses.parting] },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      channel.enter("alice")
      channel.want("alice", { type: "join" })
      channel.want("bob", { type: "join" })
      channel.want("bob", { type: "part" })
      const { state, at } = channel.look("bob")
      author.claim(state === "parted" && at === null, "Bob has left, and nothing is due")
      channel.want("bob", { type: "join" })
      channel.leave("bob")
      author.claim(channel.look("bob").at !== null, "kicked while joining, he would enter again")
      channel.want("bob", { type: "part" })
      author.claim(channel.look("bob").at === null, "but parts before that")
    },
  ),
  aCase(
    "session/kicked-twice",
    {
      title: "Kicked twice while joining: the time for joining begins again with each entering, and ends",
      clauses: [clauses.rejoin],
    },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"])
      channel.want("dave", { type: "join" })
      channel.leave("dave")
      const first = channel.look("dave").at!
      tick(author, channel, "dave", first)
      author.claim(asked(channel, "dave", "enter") === 1, "he enters again")
      author.claim(channel.look("dave").at === first + 18_000, "and has the time for it, though the channel has not answered")
      channel.now = first + 15_000
      channel.settle()
      author.claim(channel.look("dave").at === first + 36_000, "in the channel there is more, for one more than are there")
      channel.leave("dave")
      const second = channel.look("dave").at!
      author.claim(second > channel.now + 30_000, "kicked again, he waits again")
      channel.run(second, ["dave"])
      author.claim(channel.members.includes("dave"), "enters again")
      channel.run(second + 35_999, ["dave"])
      author.claim(channel.told("dave", "not-joined").length === 0, "waits")
      channel.run(second + 36_000, ["dave"])
      author.claim(channel.told("dave", "not-joined").length === 1 && channel.look("dave").at === null, "and is told, once")
    },
  ),
  aCase(
    "session/refused-parents-stay",
    {
      title: "A newcomer whose first operation has failed still knows the parents that it noted before it, and joins by none of them",
      clauses: [serverOrder.newcomer, clauses.atomic],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"])
      channel.enter("dave")
      channel.want("bob", { type: "include", members: ["dave"] }, false)
      const [late] = channel.lose("bob", "send")
      channel.want("alice", { type: "refresh" })
      channel.want("alice", { type: "include", members: ["dave"] }, false)
      channel.step()
      channel.want("alice", { type: "abort" }, false)
      channel.lose("bob", "send")
      channel.lose("dave", "send")
      channel.settle()
      author.claim(stages(channel, "dave") === "started,failed", "Dave was to be included, and it has failed")
      author.claim(channel.look("dave").chainHash === null, "he knows no line")
      author.claim(channel.show("dave", SessionChannel.packet("bob", late!)), "a packet comes that the others cannot accept any more")
      author.claim(channel.look("dave").chainHash === null, "and he joins by it neither")
      channel.want("alice", { type: "include", members: ["dave"] })
      author.claim(channel.look("dave").members.length === 4, "he is included by the next one")
    },
  ),
  aCase(
    "session/newcomer-is-not-warned",
    {
      title:
        "Others resend to a newcomer what was written before it came: it waits, without a notice, for the time in which this can be; later the user is told of what nobody can read",
      clauses: [clauses["waiting-packets"], clauses.foreign],
    },
    (author) => {
      const elsewhere = begun(author, ["carol"])
      elsewhere.want("carol", { type: "send", text: "one" })
      elsewhere.want("carol", { type: "send", text: "two" })
      const [one, two] = elsewhere.packets.slice(-2).map(({ text }) => text)
      const channel = begun(author, ["bob"], ["dave"])
      channel.enter("dave")
      channel.now = 1_000
      channel.want("alice", { type: "include", members: ["dave"] })
      author.claim(channel.show("dave", SessionChannel.packet("bob", one!)), "it waits")
      channel.run(86_000)
      author.claim(channel.told("dave", "not-decrypted").length === 0, "nobody is told")
      author.claim(channel.show("dave", SessionChannel.packet("bob", two!)), "another one waits")
      channel.run(90_999)
      author.claim(channel.told("dave", "not-decrypted").length === 0, "not yet")
      channel.run(91_000)
      author.claim(channel.told("dave", "not-decrypted").length === 1, "Dave is told of that one")
    },
  ),
]

const lost: ReadonlyArray<Case> = [
  aCase(
    "session/asked-again",
    {
      title:
        "The channel loses requests: to kick, of one who was excluded to leave, of one who parts while it joins. Each is made again, 5 s later and not before",
      clauses: [clauses.excluded, clauses.expelled, clauses.parting],
    },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"], { stayAlone: 1 })
      channel.want("alice", { type: "exclude", members: ["bob"] })
      channel.ignored.add("alice")
      channel.run(20_000)
      author.claim(channel.members.includes("bob") && channel.told("alice", "ended").length === 1, "Alice is not heard")
      claimNoHurry(author, channel, "alice")
      const again = channel.look("alice").at!
      author.claim(again <= 25_000, "she asks again")
      tick(author, channel, "alice", again - 1)
      author.claim(asked(channel, "alice", "kick") === 0, "not before")
      tick(author, channel, "alice", again)
      author.claim(asked(channel, "alice", "kick") === 1, "and then")
      channel.settle()
      channel.run(111_999, ["bob"])
      author.claim(channel.members.includes("bob"), "Bob waits to be kicked")
      tick(author, channel, "bob", 112_000)
      author.claim(asked(channel, "bob", "leave") === 1, "and leaves by himself")
      channel.lose("bob", "leave")
      author.claim(channel.look("bob").at === 117_000, "again after a while")
      channel.run(117_000, ["bob"])
      author.claim(!channel.members.includes("bob"), "he has left")
      channel.ignored.clear()
      channel.enter("dave")
      channel.want("dave", { type: "part" }, false)
      author.claim(asked(channel, "dave", "leave") === 1, "Dave is not in the session, parts, and is not heard")
      channel.lose("dave", "leave")
      channel.want("alice", { type: "include", members: ["dave"] })
      author.claim(channel.look("dave").members.length === 2, "and is included")
      author.claim(channel.told("alice", "leaving").length === 1, "which he leaves at once, by two FINs")
      channel.run(123_500, ["alice", "dave"])
      claimNoHurry(author, channel, "dave")
      channel.run(140_000, ["alice", "dave"])
      author.claim(!channel.members.includes("dave") && channel.look("alice").members.length === 1, "and is out")
    },
  ),
  aCase(
    "session/expelled-proposes",
    {
      title: "One who is excluded by a packet that is initial and final proposes nothing any more, and tells of nobody who enters",
      clauses: [clauses.busy, clauses.expelled, clauses["kick-once"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "dave"], { autoInclude: 1 })
      channel.enter("alice")
      channel.enter("bob")
      channel.want("alice", { type: "exclude", members: ["bob"] })
      author.claim(stages(channel, "bob").endsWith("started"), "for Bob it has started, and ends for others only")
      author.refuses(clauses.busy, "session.act", { on: "bob", action: { type: "refresh" }, now: channel.now })
      channel.enter("dave", false)
      author.claim(channel.told("bob", "present").length === 0 && asked(channel, "bob", "send") === 0, "Bob does not include Dave")
      channel.settle()
      author.claim(channel.look("dave").members.length === 2 && channel.told("bob", "security").length === 0, "Alice does")
      channel.run(90_000, ["alice", "bob", "dave"])
      author.claim(!channel.members.includes("bob"), "Bob is kicked")
      author.claim(mostKicks(author) === 1, "and no step asks for it twice")
    },
  ),
  aCase(
    "session/late-proposal",
    {
      title: "A proposal is lost: the user is told once that it is late; it comes after all, and is accepted",
      clauses: [clauses.busy, clauses["own-proposal"]],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      channel.want("alice", { type: "refresh" }, false)
      const [text] = channel.lose("alice", "send")
      channel.run(23_999)
      author.claim(stages(channel, "alice").endsWith("proposed"), "not yet")
      channel.run(60_000)
      author.claim(stages(channel, "alice").endsWith("proposed,late"), "it is late, once")
      author.refuses(clauses.busy, "session.act", { on: "alice", action: { type: "refresh" }, now: channel.now })
      channel.broadcast("alice", text!)
      channel.settle()
      author.claim(stages(channel, "alice").endsWith("late,started,succeeded"), "it is accepted")
    },
  ),
  aCase(
    "session/plans",
    {
      title:
        "Plans: the channel is asked to let people in; an exclusion goes before a plan and does not end it; a plan whose people never come, and one that others have made void, have failed; one left by us too",
      clauses: [clauses.busy, clauses.absent, clauses["new-members"], clauses["left-channel"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave", "erin"])
      channel.want("alice", { type: "include", members: ["dave"] }, false)
      author.claim(asked(channel, "alice", "let-in") === 1, "Dave is to be let in")
      channel.lose("alice", "let-in")
      author.refuses(clauses.busy, "session.act", { on: "alice", action: { type: "exclude", members: ["bob"] }, now: channel.now })
      channel.leave("carol")
      author.claim(channel.look("alice").members.length === 2, "Carol has left, and is excluded first")
      channel.enter("dave")
      author.claim(channel.look("alice").members.length === 3, "Dave comes, and is included")
      channel.want("alice", { type: "include", members: ["erin"] }, false)
      channel.lose("alice", "let-in")
      channel.run(29_999)
      author.claim(stages(channel, "alice").endsWith("succeeded"), "Erin does not come")
      channel.run(30_000)
      author.claim(stages(channel, "alice").endsWith("succeeded,failed"), "the plan has failed")
      channel.want("alice", { type: "include", members: ["carol", "erin"] }, false)
      channel.lose("alice", "let-in")
      channel.want("bob", { type: "include", members: ["erin"] })
      author.claim(channel.look("alice").members.length === 4, "Bob includes Erin")
      author.claim(stages(channel, "alice").endsWith("started,succeeded,failed"), "and Alice's plan, with her and Carol, has failed")
      channel.want("alice", { type: "include", members: ["carol"] }, false)
      channel.lose("alice", "let-in")
      channel.leave("alice")
      author.claim(stages(channel, "alice").endsWith("failed,failed"), "so has the plan of one who has left")
    },
  ),
]

const data: ReadonlyArray<Case> = [
  aCase(
    "session/before-the-operation-is-complete",
    {
      title:
        "Messages of the new subsession come to Alice before the packet by which the operation is complete: they wait, and are read then",
      clauses: [clauses["waiting-packets"], clauses.atomic],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      channel.step()
      const confirm = channel.lose("bob", "send")
      channel.settle()
      for (const text of confirm) author.claim(channel.show("bob", SessionChannel.packet("bob", text)), "Bob has his own packets")
      author.claim(stages(channel, "bob").endsWith("succeeded"), "for Bob the operation is complete")
      channel.want("bob", { type: "send", text: "one" })
      channel.want("bob", { type: "send", text: "two" })
      author.claim(read(channel, "alice") === "", "Alice cannot read them yet")
      for (const text of confirm) author.claim(channel.show("alice", SessionChannel.packet("bob", text)), "now Alice has them too")
      author.claim(stages(channel, "alice").endsWith("succeeded") && read(channel, "alice") === "one,two", "and reads both")
    },
  ),
  aCase(
    "session/history-missing",
    {
      title:
        "Carol lacks what an operation began after: she is told, the log waits, and goes on in its right place when the message has come",
      clauses: [clauses["other-membership"], transcript["log-splice"], clauses.resent],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.tamper = (event, to) => (to === "carol" && event.type === "packet" && event.sender === "bob" ? [] : [event])
      channel.want("bob", { type: "send", text: "lost" })
      channel.tamper = (event) => [event]
      channel.want("bob", { type: "refresh" })
      channel.run(4_999)
      author.claim(channel.told("carol", "history-missing").length === 0, "it waits")
      channel.run(20_000)
      const told = channel.told("carol", "history-missing")
      author.claim(told.length === 1 && told[0]!.type === "history-missing" && told[0]!.ids.length === 1, "Carol is told, once")
      channel.run(40_000)
      const [late] = channel.told("carol", "message")
      author.claim(late?.type === "message" && late.isEarlier && late.positions.length === 0, "then it comes")
      channel.want("bob", { type: "send", text: "after" })
      for (const name of ["alice", "carol"]) {
        const after = channel.told(name, "message").at(-1)
        author.claim(
          after?.type === "message" && after.positions.join() === "1" && !after.marked,
          `for ${name} it stands above the next one`,
        )
      }
    },
  ),
  aCase(
    "session/ended-at-once",
    {
      title: "A subsession that a second operation ended at once is foreign: what comes of it is refused, and waits no more",
      clauses: [clauses.foreign, clauses["previous-ends"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("carol", { type: "send", text: "late" }, false)
      const [text] = channel.lose("carol", "send")
      channel.want("bob", { type: "refresh" })
      channel.want("alice", { type: "refresh" })
      author.refuses(clauses.foreign, "session.receive", { on: "bob", event: SessionChannel.packet("carol", text!), now: channel.now })
      channel.run(6_000)
      author.claim(channel.told("bob", "not-decrypted").length === 0, "and nobody is told")
    },
  ),
]

const wrong: ReadonlyArray<Case> = [
  aCase(
    "session/what-does-not-fit",
    {
      title: "Events and wishes that do not fit, one after the other, and those in which one of several does not",
      clauses: [clauses["channel-event"], clauses["new-members"], clauses["old-members"], clauses.synced],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "carol", "dave"])
      const event = (event: Parameters<SessionChannel["show"]>[1]) =>
        author.refuses(clauses["channel-event"], "session.receive", { on: "alice", event, now: channel.now })
      const action = (clause: Parameters<Author["refuses"]>[0], action: Parameters<SessionChannel["want"]>[1]) =>
        author.refuses(clause, "session.act", { on: "alice", action, now: channel.now })
      event({ type: "entered", members: ["bob"] })
      event({ type: "enter", members: ["bob"] })
      event({ type: "leave", members: ["alice"] })
      event(SessionChannel.packet("alice", "text"))
      action(clauses.synced, { type: "include", members: ["bob"] })
      for (const name of ["alice", "bob", "carol", "dave"]) channel.enter(name)
      channel.want("alice", { type: "include", members: ["bob", "carol"] })
      event({ type: "enter", members: ["erin", "bob"] })
      event({ type: "enter", members: [] })
      event({ type: "leave", members: ["bob", "alice"] })
      event({ type: "leave", members: ["bob", "erin"] })
      event({ type: "leave", members: [] })
      action(clauses["new-members"], { type: "include", members: ["dave", "bob"] })
      action(clauses["new-members"], { type: "include", members: ["dave", "dave"] })
      action(clauses["old-members"], { type: "exclude", members: ["bob", "dave"] })
      action(clauses["old-members"], { type: "exclude", members: ["bob", "bob"] })
      channel.want("alice", { type: "join" })
      author.claim(channel.waiting.length === 0, "to join where one is does nothing")
    },
  ),
  aCase(
    "session/what-does-nothing",
    {
      title: "Packets that do nothing, a greeting by another than its source, and what one who is parting does not do any more",
      clauses: [greeting.sender, clauses.joined, clauses.busy],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      const { text: query } = author.accepts("mpenc-records.encode", { packet: { type: "query" } })
      const error = { type: "error" as const, signature: null, source: "bob", severity: "warning" as const, text: "inconsistent history" }
      for (const text of [query, author.accepts("mpenc-records.encode", { packet: error }).text]) {
        const stepped = author.accepts("session.receive", { on: "alice", event: SessionChannel.packet("bob", text), now: channel.now })
        author.claim(stepped.requests.length === 0 && stepped.notices.length === 0, "nothing comes of it")
      }
      const { text } = channel.packets.findLast(({ sender }) => sender === "bob")!
      author.refuses(greeting.sender, "session.receive", { on: "alice", event: SessionChannel.packet("carol", text), now: channel.now })
      channel.want("alice", { type: "part" }, false)
      author.refuses(clauses.joined, "session.act", { on: "alice", action: { type: "refresh" }, now: channel.now })
      channel.settle()
      channel.want("bob", { type: "exclude", members: ["carol"] })
      author.claim(channel.look("bob").members.join() === "alice,bob", "others go on meanwhile")
      channel.run(30_000)
      author.claim(channel.look("alice").state === "parted" && channel.look("bob").members.join() === "bob", "and she is out")
    },
  ),
  aCase(
    "session/entering-together",
    {
      title: "Carol, who has left and is still a member, enters together with Dave: she is kicked, and of him the user is told",
      clauses: [clauses.strangers, clauses.absent],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"])
      channel.leave("carol", false)
      author.claim(channel.show("alice", { type: "enter", members: ["carol", "dave"] }), "both enter")
      const kicks = channel.waiting.flatMap(([, request]) => (request.type === "kick" ? request.members : []))
      author.claim(kicks.join() === "carol", "one is kicked")
      const told = channel.told("alice", "present").at(-1)
      author.claim(told?.type === "present" && told.members.join() === "dave", "the user is told of the other one")
    },
  ),
  aCase(
    "session/left-behind",
    {
      title:
        "Alice joins, Carol enters after her, and who was there before leaves: Alice begins a line, and is told of Carol, and joins no more",
      clauses: [clauses.sync],
    },
    (author) => {
      const channel = new SessionChannel(author, ["bob", "alice", "carol"])
      channel.enter("bob")
      channel.want("alice", { type: "join" })
      channel.enter("carol")
      author.claim(channel.look("alice").state === "joining" && channel.look("alice").at !== null, "Alice waits")
      channel.leave("bob")
      author.claim(channel.look("alice").chainHash !== null && channel.look("carol").chainHash === null, "Alice begins, Carol does not")
      const [told] = channel.told("alice", "present")
      author.claim(told?.type === "present" && told.members.join() === "carol", "Carol is there")
      author.claim(channel.look("alice").at === null, "and nothing is due any more")
    },
  ),
]

/** The layer "session": requests and packets that are lost or come late, and bad moments. */
export default caseFile({ part: "mpenc", chapter: "session-mishaps", layer: "session", flags: {} }, () => [
  ...joining,
  ...lost,
  ...data,
  ...wrong,
])
