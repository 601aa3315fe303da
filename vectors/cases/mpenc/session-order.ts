import { clauses } from "../../../spec/mpenc/session.ts"
import { type Author, aCase, type Case, caseFile, fork, type OutputOf, twins } from "../author.ts"
import { filled } from "../people.ts"
import { begun, SessionChannel } from "./session-channel.ts"

type Stepped = OutputOf<"session.receive">

/** What a step has asked for, and told, in short. */
const asked = ({ requests }: Stepped): string => requests.map(({ type }) => type).join()
const told = ({ notices }: Stepped): string =>
  notices
    .map((notice) => {
      if (notice.type === "operation") return `${notice.stage} +${notice.include.join()} -${notice.exclude.join()}`
      if (notice.type === "ended") return `ended ${notice.good ? "well" : "badly"}`
      return notice.type
    })
    .join("; ")

/** One step of somebody; gives what it has asked for and told. */
const act = (author: Author, channel: SessionChannel, on: string, action: Parameters<SessionChannel["want"]>[1]): Stepped => {
  const stepped = author.accepts("session.act", { on, action, now: channel.now })
  channel.do(on, stepped)
  return stepped
}
const take = (author: Author, channel: SessionChannel, on: string, event: Parameters<SessionChannel["show"]>[1]): Stepped => {
  const stepped = author.accepts("session.receive", { on, event, now: channel.now })
  channel.do(on, stepped)
  return stepped
}

/** The ticks of one member until a time; nothing that it asks for is done. */
const ticks = (author: Author, channel: SessionChannel, on: string, until: number): ReadonlyArray<Stepped> => {
  const steps: Array<Stepped> = []
  for (let { at } = channel.look(on); at !== null && at <= until; { at } = channel.look(on)) {
    channel.now = Math.max(channel.now, at)
    steps.push(author.accepts("session.tick", { on, now: channel.now }))
  }
  channel.now = until
  return steps
}

const settling: ReadonlyArray<Case> = [
  aCase(
    "session/proposes-before-it-kicks",
    {
      title:
        "Who was excluded was asked to be kicked, in vain; when that is to be asked again, the user wants a new key: it is proposed first",
      clauses: [clauses.excluded, clauses.busy],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "exclude", members: ["carol"] })
      channel.ignored.add("bob")
      const isAsked = () => channel.waiting.some(([who, { type }]) => who === "alice" && type === "kick")
      while (!isAsked()) {
        channel.now += 1_000
        for (const on of ["alice", "bob"]) channel.do(on, author.accepts("session.tick", { on, now: channel.now }))
        while (!isAsked() && channel.step());
      }
      channel.lose("alice", "kick")
      channel.now += 5_000
      author.claim(asked(act(author, channel, "alice", { type: "refresh" })) === "send,kick", "the proposal, then whom to kick")
    },
  ),
  aCase(
    "session/kicks-and-leaves",
    {
      title: "Alice excludes the only other member: when the subsession with him has ended, she has him kicked, and leaves, in one step",
      clauses: [clauses.excluded, clauses.alone],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      channel.want("alice", { type: "exclude", members: ["bob"] })
      author.claim(channel.look("alice").state === "parting", "she is alone")
      const steps = ticks(author, channel, "alice", channel.now + 90_000)
      const first = steps.find(({ requests }) => requests.some(({ type }) => type === "kick"))
      author.claim(first !== undefined && asked(first) === "kick,leave", "both are asked for at once")
    },
  ),
  aCase(
    "session/left-with-two-subsessions",
    {
      title:
        "Alice is put out of the channel while the subsession before is read still, a proposal is under way and a plan waits: what she is told of them, in this order",
      clauses: [clauses["left-channel"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["erin"])
      const loses = (text: string) => {
        act(author, channel, "alice", { type: "send", text })
        channel.lose("alice", "send")
      }
      loses("one")
      channel.want("alice", { type: "refresh" })
      loses("two")
      act(author, channel, "alice", { type: "include", members: ["erin"] })
      channel.lose("alice", "let-in")
      const proposes = take(author, channel, "alice", { type: "leave", members: ["carol"] })
      author.claim(told(proposes) === "proposed + -carol", "she proposes to exclude Carol, and the plan waits")
      const left = take(author, channel, "alice", { type: "left" })
      author.claim(
        told(left) === "not-acknowledged; ended badly; not-acknowledged; ended badly; membership; failed + -carol; failed +erin -",
        "first what was before, then what would have come",
      )
      const texts = channel.told("alice", "message").map((notice) => (notice.type === "message" ? notice.id : ""))
      const lost = left.notices.flatMap((notice) => (notice.type === "not-acknowledged" ? [notice.id] : []))
      author.claim(lost.join() === texts.join(), "the earlier message first")
    },
  ),
  aCase(
    "session/let-in-before-it-enters-again",
    {
      title: "Carol is kicked while joining, and would enter again; before that somebody lets her in: she asks to enter no more",
      clauses: [clauses.rejoin],
    },
    (author) => {
      const channel = begun(author, ["bob"], ["carol"])
      channel.want("carol", { type: "join" })
      channel.now = 1_000
      take(author, channel, "carol", { type: "left" })
      const { at } = channel.look("carol")
      author.claim(at !== null && at > channel.now, "she would enter again")
      channel.now = 2_000
      take(author, channel, "carol", { type: "entered", members: ["alice", "bob", "carol"] })
      const requests = ticks(author, channel, "carol", 300_000).flatMap((one) => one.requests)
      author.claim(requests.length === 0, "and does not ask for it")
    },
  ),
  aCase(
    "session/auto-include-makes-one-plan",
    {
      title:
        "Alice includes by herself who enters: not while she has a plan, and not while she has a proposal that has not come back; the user is told each time",
      clauses: [clauses.busy],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "dave", "erin", "frank"], { autoInclude: 1 })
      for (const name of ["alice", "bob"]) channel.enter(name)
      author.claim(channel.look("alice").state === "joined", "Bob was included by himself")
      act(author, channel, "alice", { type: "include", members: ["erin"] })
      channel.lose("alice", "let-in")
      const enters = (name: string) => take(author, channel, "alice", { type: "enter", members: [name] })
      author.claim(told(enters("dave")) === "present", "there is a plan: Dave is told of, and not planned for")
      author.claim(told(enters("erin")) === "present; proposed +erin -", "Erin is there: the plan is proposed as it was")
      const frank = enters("frank")
      author.claim(told(frank) === "present" && frank.requests.length === 0, "there is a proposal: Frank is told of")
      const { at } = channel.look("alice")
      author.claim(at === channel.now + 42_000, "and no plan is made: what is due is that the proposal is late")
    },
  ),
  aCase(
    "session/only-strangers-enter",
    {
      title:
        "Dave is in the channel, and Carol, who has left and is still a member, enters: she is kicked, and the user is not told of Dave once more",
      clauses: [clauses.strangers],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"])
      channel.enter("dave")
      take(author, channel, "alice", { type: "leave", members: ["carol"] })
      const entered = take(author, channel, "alice", { type: "enter", members: ["carol"] })
      author.claim(asked(entered) === "kick" && told(entered) === "", "she is kicked, and nobody is told of")
    },
  ),
]

/** The server does what is asked of it, but kicks nobody; gives whom Alice wants to have kicked, in each request. */
const kicksNobody = (channel: SessionChannel): ReadonlyArray<string> => {
  const kicks: Array<string> = []
  do {
    for (const [who, request] of channel.waiting) if (who === "alice" && request.type === "kick") kicks.push(request.members.join())
    for (const name of channel.names) channel.lose(name, "kick")
  } while (channel.step())
  return kicks
}

/** Bob excludes Carol and Dave, named the other way round; gives whom Alice wants to have kicked when the subsession with them has ended. */
const kicksAfterExcludingTwo = (author: Author, channel: SessionChannel): string | undefined => {
  channel.want("bob", { type: "exclude", members: ["dave", "carol"] }, false)
  kicksNobody(channel)
  author.claim(channel.look("alice").members.join() === "alice,bob", "they are excluded")
  const kicks: Array<string> = []
  for (const until = channel.now + 90_000; channel.now <= until && kicks.length === 0; channel.now += 1_000) {
    for (const on of ["alice", "bob"]) channel.do(on, author.accepts("session.tick", { on, now: channel.now }))
    kicks.push(...kicksNobody(channel))
  }
  return kicks[0]
}

const kicking: ReadonlyArray<Case> = [
  aCase(
    "session/kicks-two-in-the-order-of-the-session",
    {
      title: "Bob excludes Dave and Carol, named in this order: Alice has them kicked in that of the session",
      clauses: [clauses.excluded],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol", "dave"])
      author.claim(kicksAfterExcludingTwo(author, channel) === "carol,dave", "in the order of the session")
    },
  ),
  aCase(
    "session/to-be-kicked-before-another",
    {
      title:
        "Dave is to be kicked when Bob includes him again, since Alice has not seen that he left; then Carol and he are excluded: he keeps his place before her",
      clauses: [clauses.excluded, clauses.strangers],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol", "dave"])
      channel.want("alice", { type: "exclude", members: ["dave"] }, false)
      kicksNobody(channel)
      channel.tamper = (event, to) => (to === "alice" && (event.type === "leave" || event.type === "enter") ? [] : [event])
      channel.leave("dave", false)
      channel.enter("dave", false)
      channel.want("bob", { type: "include", members: ["dave"] }, false)
      author.claim(kicksNobody(channel)[0] === "dave", "Alice has him kicked when the operation includes him")
      author.claim(channel.look("alice").members.join() === "alice,bob,carol,dave", "he is a member, after Carol")
      author.claim(kicksAfterExcludingTwo(author, channel) === "dave,carol", "and stands before her all the same")
    },
  ),
]

const insider = (author: Author, byte: number, name: string): ReturnType<typeof SessionChannel.packet> => {
  const packet = { type: "data" as const, hint: filled(byte, 1), signature: filled(name.length, 64), iv: filled(1, 12), payload: "00" }
  return SessionChannel.packet(name, author.accepts("mpenc-records.encode", { packet }).text)
}

const kept: ReadonlyArray<Case> = [
  aCase(
    "session/members-before-strangers",
    {
      title: "During the exclusion of Carol, who has left, Dave and she enter: both are kicked, she before him, who was named first",
      clauses: [clauses.strangers, clauses["kick-once"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave"])
      channel.leave("carol", false)
      channel.step("alice")
      const operation = channel.told("alice", "operation").at(-1)
      author.claim(operation?.type === "operation" && operation.stage === "started", "the exclusion runs")
      const entered = take(author, channel, "alice", { type: "enter", members: ["dave", "carol"] })
      const [request] = entered.requests
      author.claim(request?.type === "kick" && request.members.join() === "carol,dave", "who is a member comes first")
    },
  ),
  aCase(
    "session/waits-though-its-sender-has-left",
    {
      title: "A packet waits, and its sender leaves the channel: it waits still, and the user is told of it",
      clauses: [clauses["waiting-packets"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      author.claim(channel.show("alice", insider(author, 1, "carol")), "it waits")
      take(author, channel, "alice", { type: "leave", members: ["carol"] })
      const last = ticks(author, channel, "alice", 5_000).at(-1)
      author.claim(last !== undefined && told(last) === "not-decrypted", "the user is told")
    },
  ),
  aCase(
    "session/words-settle-too",
    {
      title:
        "Alice has asked to leave, in vain; a text of Bob, and a query, come later than `latency` after that: she asks again, each time",
      clauses: [clauses.parting],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob"])
      for (const name of channel.names) channel.enter(name)
      author.claim(asked(act(author, channel, "alice", { type: "part" })) === "leave", "she asks to leave")
      channel.now = 4_999
      const early = take(author, channel, "alice", SessionChannel.packet("bob", "hello"))
      author.claim(asked(early) === "" && told(early) === "plain", "not again so soon")
      channel.now = 5_000
      const late = take(author, channel, "alice", SessionChannel.packet("bob", "hello"))
      author.claim(asked(late) === "leave" && told(late) === "plain", "and then, with a text")
      channel.now = 10_000
      const query = take(author, channel, "alice", SessionChannel.packet("bob", "?mpENC:AAEAAQEAAgABAQ==."))
      author.claim(asked(query) === "leave" && told(query) === "", "and with a query")
    },
  ),
  ...twins("session/entered-named-twice", clauses["channel-event"], "We have entered, and somebody is named twice", (author) => {
    const channel = new SessionChannel(author, ["alice"])
    const event = (...members: ReadonlyArray<string>) => ({ type: "entered" as const, members })
    return fork("session.receive", { on: "alice", event: event("bob", "alice"), now: channel.now }, { event: event("bob", "alice", "bob") })
  }),
  ...twins("session/enter-named-twice", clauses["channel-event"], "Somebody enters, named twice", (author) => {
    const channel = begun(author, ["bob"])
    const event = (...members: ReadonlyArray<string>) => ({ type: "enter" as const, members })
    return fork("session.receive", { on: "alice", event: event("dave"), now: channel.now }, { event: event("dave", "dave") })
  }),
  ...twins("session/leave-named-twice", clauses["channel-event"], "A member leaves during an operation, named twice", (author) => {
    const channel = begun(author, ["bob", "carol"])
    channel.want("alice", { type: "exclude", members: ["carol"] }, false)
    channel.step("alice")
    const event = (...members: ReadonlyArray<string>) => ({ type: "leave" as const, members })
    return fork("session.receive", { on: "alice", event: event("bob"), now: channel.now }, { event: event("bob", "bob") })
  }),
  aCase(
    "session/hint-noted-again",
    {
      title:
        "Packets with the hints 01, 02, 03 and 01 wait, and become foreign: after fourteen others 02 is no foreign hint any more, and 01 still is, since it was noted once more",
      clauses: [clauses.foreign, clauses["waiting-packets"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      const own = () => channel.packets.flatMap(({ text }) => (text.startsWith("?mpENC:ABI") ? [text.slice(7, 15)] : []))
      const waits = (name: string, ...bytes: ReadonlyArray<number>) => {
        for (const byte of bytes) author.claim(channel.show("alice", insider(author, byte, name)), `${byte} waits`)
      }
      waits("bob", 1, 2, 3)
      waits("carol", 1)
      channel.want("alice", { type: "refresh" })
      for (const [first, second] of [
        [4, 8],
        [12, 16],
      ] as const) {
        waits("bob", first, first + 1, first + 2, first + 3)
        waits("carol", second, second + 1)
        channel.want("alice", { type: "refresh" })
      }
      author.claim(new Set([...own(), "ABIAAQEA"]).size === new Set(own()).size + 1, "no hint of hers is 01")
      const event = insider(author, 1, "bob")
      author.refuses(clauses.foreign, "session.receive", { on: "alice", event, now: channel.now })
      waits("bob", 2)
    },
  ),
  aCase(
    "session/plan-overtaken-in-part",
    {
      title: "Alice's user wants Dave and Erin; Erin has not come when Carol includes Dave: the plan has failed, and is not made smaller",
      clauses: [clauses["new-members"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave", "erin"])
      act(author, channel, "alice", { type: "include", members: ["dave", "erin"] })
      channel.lose("alice", "let-in")
      channel.enter("dave")
      channel.notices.splice(0)
      channel.want("carol", { type: "include", members: ["dave"] })
      const stages = channel.told("alice", "operation").map((notice) => told({ requests: [], notices: [notice] }))
      author.claim(stages.join() === "started +dave -,succeeded +dave -,failed +dave,erin -", "it fails when Dave is a member")
      channel.enter("erin")
      author.claim(channel.look("alice").members.join() === "alice,bob,carol,dave", "and nobody includes Erin")
    },
  ),
]

/** The layer "session": what is done in one step, and in which order. */
export default caseFile({ part: "mpenc", chapter: "session-order", layer: "session", flags: {} }, () => [...settling, ...kicking, ...kept])
