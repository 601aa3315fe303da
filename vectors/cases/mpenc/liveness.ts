import { clauses, times } from "../../../spec/mpenc/liveness.ts"
import type { Kind, Message } from "../../../spec/mpenc/transcript.ts"
import { type Author, aCase, type Case, caseFile, type OutputOf } from "../author.ts"
import { filled, repeated } from "../people.ts"

type Told = OutputOf<"liveness.tick">["actions"][number]

/** How many milliseconds a packet takes to a member; none when it is lost. */
type Channel = (sender: string, to: string, message: Message, now: number) => ReadonlyArray<number>

const prompt: Channel = () => [400]

/** A conversation whose members are handles, over a channel of the author's making. What members have to write or to resend, they do. */
class Conversation {
  now = 0
  readonly told: Array<{ readonly member: string; readonly action: Told }> = []
  readonly written: Array<Message> = []
  readonly #author: Author
  readonly #members: ReadonlyArray<string>
  readonly #channel: Channel
  #under: Array<{ readonly to: string; readonly message: Message; readonly at: number }> = []
  readonly #next = new Map<string, number | null>()

  constructor(author: Author, members: ReadonlyArray<string>, channel: Channel) {
    this.#author = author
    this.#members = members
    this.#channel = channel
    for (const member of members) {
      author.accepts("liveness.make", { on: member, me: member, members, now: 0, seed: repeated(member) })
      this.#look(member)
    }
  }

  #look(member: string) {
    this.#next.set(member, this.#author.accepts("liveness.next", { on: member }).at)
  }

  phase(member: string) {
    return this.#author.accepts("liveness.next", { on: member }).phase
  }

  write(member: string, kind: Kind): string {
    const { heads: parents } = this.#author.accepts("transcript.query", { on: member })
    const readers = this.#members.filter((one) => one !== member)
    const message: Message = { id: filled(this.written.length + 1, 20), author: member, parents, readers, kind }
    this.written.push(message)
    this.receive(member, message)
    this.#send(member, message)
    return message.id
  }

  #send(sender: string, message: Message) {
    for (const to of this.#members.filter((one) => one !== sender))
      for (const delay of this.#channel(sender, to, message, this.now)) this.#under.push({ to, message, at: this.now + delay })
  }

  receive(member: string, message: Message) {
    this.#take(member, this.#author.accepts("liveness.receive", { on: member, message, now: this.now }).actions)
  }

  #take(member: string, actions: ReadonlyArray<Told>) {
    for (const action of actions) {
      if (action.type === "acknowledge") this.write(member, "ack")
      else if (action.type === "heartbeat") this.write(member, "heartbeat")
      else if (action.type === "resend") this.#send(member, this.written.find(({ id }) => id === action.id)!)
      else this.told.push({ member, action })
    }
    this.#look(member)
  }

  /** Turns the clock to `until`. */
  run(until: number) {
    for (;;) {
      const ticks = [...this.#next.values()].filter((at) => at !== null)
      const next = Math.min(...this.#under.map(({ at }) => at), ...ticks)
      if (next > until) break
      this.now = Math.max(this.now, next)
      const arrived = this.#under.filter(({ at }) => at <= this.now)
      this.#under = this.#under.filter(({ at }) => at > this.now)
      for (const { to, message } of arrived) this.receive(to, message)
      for (const member of this.#members) {
        const at = this.#next.get(member) ?? null
        if (at !== null && at <= this.now) this.#take(member, this.#author.accepts("liveness.tick", { on: member, now: this.now }).actions)
      }
    }
    this.now = until
  }

  count(kind: Kind, by?: string) {
    return this.written.filter((one) => one.kind === kind && (by === undefined || one.author === by)).length
  }
}

const three = ["alice", "bob", "carol"]

const calm: ReadonlyArray<Case> = [
  aCase(
    "liveness/idle-without-warnings",
    {
      title: "An idle session of ten minutes: heartbeats, their acknowledgements, and no warning",
      clauses: [clauses.heartbeat, clauses["no-false-alarm"]],
    },
    (author) => {
      const talk = new Conversation(author, three, prompt)
      talk.run(600_000)
      author.claim(talk.told.length === 0, "nobody is told anything")
      author.claim(talk.count("heartbeat") === 15, "five heartbeats of each")
      author.claim(talk.count("payload") === 0, "and nothing else")
    },
  ),
  aCase(
    "liveness/slow-without-warnings",
    {
      title: "A payload that takes 4.9 s each way is acknowledged in time",
      clauses: [clauses["no-false-alarm"], clauses["acknowledge-all"]],
    },
    (author) => {
      const talk = new Conversation(author, three, () => [4_900])
      talk.write("alice", "payload")
      talk.run(60_000)
      author.claim(talk.told.length === 0 && talk.count("ack") === 2, "two acknowledgements, and no warning")
    },
  ),
  aCase(
    "liveness/one-acknowledgement",
    {
      title: "One acknowledgement for three payloads, and none for an acknowledgement",
      clauses: [clauses["acknowledge-once"], clauses["acknowledge-all"]],
    },
    (author) => {
      const talk = new Conversation(author, ["alice", "bob"], prompt)
      for (let count = 0; count < 3; count++) talk.write("alice", "payload")
      talk.run(60_000)
      author.claim(talk.count("ack", "bob") === 1 && talk.count("ack", "alice") === 0, "one of Bob, none of Alice")
    },
  ),
  aCase(
    "liveness/answer-is-acknowledgement",
    { title: "Who answers need not acknowledge", clauses: [clauses["acknowledge-all"], clauses["acknowledge-once"]] },
    (author) => {
      const talk = new Conversation(author, ["alice", "bob"], prompt)
      talk.write("alice", "payload")
      talk.run(10_000)
      talk.write("bob", "payload")
      talk.run(20_000)
      talk.write("alice", "payload")
      talk.run(50_000)
      author.claim(talk.count("ack", "bob") === 1 && talk.count("ack", "alice") === 0, "only for the last one")
    },
  ),
  aCase(
    "liveness/consistency",
    { title: "A consistency message is acknowledged within a second", clauses: [clauses["acknowledge-all"]] },
    (author) => {
      const talk = new Conversation(author, three, prompt)
      talk.write("alice", "consistency")
      talk.run(400 + times.acknowledgeSoon)
      author.claim(talk.count("ack") === 2, "both have acknowledged")
    },
  ),
]

const losses: ReadonlyArray<Case> = [
  aCase(
    "liveness/lost-once",
    {
      title: "A payload is lost on its way to Carol: resent when its monitor is due, warned of once",
      clauses: [clauses.warn, clauses.resend],
    },
    (author) => {
      const talk = new Conversation(author, three, (_sender, to, message, now) =>
        to === "carol" && message.kind === "payload" && now < 26_000 ? [] : [400],
      )
      const id = talk.write("alice", "payload")
      talk.run(60_000)
      const warned = talk.told.map(({ member, action }) => `${member} ${action.type}`)
      author.claim(warned.join() === "carol not-accepted,alice not-acknowledged,bob not-acknowledged", "who is told what")
      author.claim(
        talk.told.some(({ action }) => action.type === "not-acknowledged" && action.id === id && action.by.join() === "carol"),
        "it is Carol who lacks it",
      )
      talk.run(100_000)
      author.claim(talk.told.length === 3, "and nothing more")
    },
  ),
  aCase(
    "liveness/no-storm",
    {
      title:
        "Carol is away: each round of resends is one packet of Alice, who wrote it; and when Alice is away too, of one or two of the other four",
      clauses: [clauses.spread, clauses.resend],
    },
    (author) => {
      const resent: Array<readonly [sender: string, now: number]> = []
      let isAliceAway = false
      const talk = new Conversation(author, ["alice", "bob", "carol", "dave", "erin", "frank"], (sender, to, message, now) => {
        if (message.kind === "payload" && to === "carol" && now >= 26_000) resent.push([sender, now])
        return to === "carol" || (isAliceAway && (to === "alice" || sender === "alice")) ? [] : [400]
      })
      talk.write("alice", "payload")
      talk.run(35_000)
      author.claim(resent.map(([sender]) => sender).join() === "alice,alice", "Alice alone has resent it, in each of two rounds")
      isAliceAway = true
      resent.splice(0)
      talk.run(47_000)
      const others = resent.filter(([sender]) => sender !== "alice").length
      author.claim(others === 1 || others === 2, "one or two others have")
    },
  ),
  aCase(
    "liveness/lost-always",
    {
      title: "A payload that never gets through: resent ever more rarely, by one of those who have it at a time",
      clauses: [clauses.resend, clauses.warn],
    },
    (author) => {
      const sightings: Array<number> = []
      const talk = new Conversation(author, three, (_sender, to, message, now) => {
        if (to !== "carol") return [400]
        if (message.kind === "payload") sightings.push(now)
        return []
      })
      talk.write("alice", "payload")
      talk.run(190_000)
      author.claim(sightings.length >= 4 && sightings.length <= 7, `seen ${sightings.length} times`)
      author.claim(
        sightings.slice(1).every((at, index) => at - sightings[index]! >= times.latency),
        "never twice within the latency",
      )
    },
  ),
  aCase(
    "liveness/lost-acknowledgement",
    {
      title: "An acknowledgement is lost: the author resends, and the duplicate is answered by the same acknowledgement",
      clauses: [clauses["resend-acknowledgement"], clauses.resend],
    },
    (author) => {
      let lost = 0
      const talk = new Conversation(author, ["alice", "bob"], (sender) => (sender === "bob" && lost++ === 0 ? [] : [400]))
      talk.write("alice", "payload")
      talk.run(40_000)
      author.claim(lost === 2 && talk.count("ack") === 1, "one acknowledgement, sent twice")
      const { unacknowledged } = author.accepts("transcript.query", { on: "alice" })
      author.claim(unacknowledged.length === 1, "only the acknowledgement itself lacks one")
    },
  ),
  aCase(
    "liveness/acknowledgements-before",
    {
      title: "A message is resent after the explicit acknowledgements that stand directly before it",
      clauses: [clauses.resend, clauses["warn-held"]],
    },
    (author) => {
      const talk = new Conversation(author, three, (_sender, to, message, now) =>
        to === "carol" && now < 42_000 && (message.kind === "ack" || message.author === "alice") && now > 1_000 ? [] : [400],
      )
      talk.write("alice", "payload")
      talk.run(17_000)
      talk.write("alice", "payload")
      talk.run(80_000)
      const { unacknowledged } = author.accepts("transcript.query", { on: "carol" })
      author.claim(
        talk.count("ack", "bob") >= 1 && unacknowledged.every(({ id }) => talk.written.find((one) => one.id === id)!.kind === "ack"),
        "Carol has all of it",
      )
    },
  ),
  aCase(
    "liveness/held",
    {
      title: "A message that waits for its parents is told of after the latency, once, with what is missing",
      clauses: [clauses["warn-held"]],
    },
    (author) => {
      const talk = new Conversation(author, ["alice", "bob"], (_sender, _to, message) => (message.id === filled(1, 20) ? [] : [400]))
      const lost = talk.write("alice", "payload")
      const held = talk.write("alice", "payload")
      talk.run(15_000)
      author.claim(
        JSON.stringify(talk.told) ===
          JSON.stringify([{ member: "bob", action: { type: "not-accepted", id: held, author: "alice", missing: [lost] } }]),
        "Bob is told",
      )
    },
  ),
]

const presence: ReadonlyArray<Case> = [
  aCase(
    "liveness/expired-and-back",
    { title: "A member that is cut off expires, and is back when it refers to us again", clauses: [clauses.expiry, clauses.heartbeat] },
    (author) => {
      const talk = new Conversation(author, ["alice", "bob"], (_sender, _to, _message, now) => (now > 20_000 && now < 200_000 ? [] : [400]))
      talk.write("alice", "payload")
      talk.run(190_000)
      const expired = talk.told.filter(({ action }) => action.type === "expired").map(({ member }) => member)
      author.claim(expired.join() === "alice,bob", "both say so of the other")
      talk.run(420_000)
      const back = talk.told.filter(({ action }) => action.type === "back").map(({ member }) => member)
      author.claim([...back].sort().join() === "alice,bob", "and take it back")
    },
  ),
  aCase(
    "liveness/shutdown",
    {
      title: "All write a FIN: they are acknowledged within a second, and the end is good after the grace",
      clauses: [clauses.shutdown, clauses["part-failed"]],
    },
    (author) => {
      const talk = new Conversation(author, three, prompt)
      talk.write("alice", "payload")
      for (const member of three) talk.write(member, "fin")
      talk.run(2_000)
      author.gives("liveness.tick", { on: "alice", now: 2_000 }, { actions: [] })
      author.claim(talk.phase("alice") === "parting", "the grace")
      talk.run(10_000)
      author.claim(
        three.every((member) => talk.phase(member) === "parted"),
        "all have parted",
      )
      author.claim(
        talk.told.every(({ action }) => action.type === "ended" && action.good),
        "well",
      )
    },
  ),
  aCase(
    "liveness/shutdown-absent",
    { title: "Whose FIN is acknowledged is absent, and does not expire", clauses: [clauses.shutdown, clauses.expiry] },
    (author) => {
      const talk = new Conversation(author, ["alice", "bob"], prompt)
      talk.write("bob", "fin")
      talk.run(300_000)
      author.claim(talk.told.length === 1 && talk.told[0]!.action.type === "ended", "Bob has parted, and Alice is told nothing")
    },
  ),
  aCase(
    "liveness/shutdown-failed",
    {
      title: "A payload and a FIN that nobody acknowledges: no good end after the time for it",
      clauses: [clauses["part-failed"], clauses.shutdown, clauses.warn],
    },
    (author) => {
      const talk = new Conversation(author, ["alice", "bob"], (sender) => (sender === "bob" ? [] : [400]))
      talk.write("alice", "payload")
      talk.write("alice", "fin")
      talk.run(times.shutdown - 1)
      author.claim(talk.phase("alice") === "parting", "not yet")
      talk.run(times.shutdown)
      author.claim(talk.phase("alice") === "part-failed", "failed")
      const last = talk.told.filter(({ action }) => action.type === "not-acknowledged" && action.last)
      author.claim(last.length === 1, "one last warning")
    },
  ),
]

const late: ReadonlyArray<Case> = [
  aCase(
    "liveness/late-ticks",
    {
      title:
        "Whoever looks at the clock too late does once what was due meanwhile; the due times stay those of the acceptance, and come to an end",
      clauses: [clauses.resend, clauses.warn, clauses.heartbeat, clauses.expiry],
    },
    (author) => {
      const on = "alice"
      author.accepts("liveness.make", { on, me: on, members: ["alice", "bob"], now: 0, seed: repeated("late") })
      const message: Message = { id: filled(1, 20), author: on, parents: [], readers: ["bob"], kind: "payload" }
      author.accepts("liveness.receive", { on, message, now: 0 })
      const tick = (now: number, expected: string) => {
        const { actions } = author.accepts("liveness.tick", { on, now })
        author.claim(actions.map(({ type }) => type).join() === expected, `at ${now}: ${expected}`)
        return author.accepts("liveness.next", { on }).at
      }
      author.claim(tick(27_000, "not-acknowledged,resend") === 31_000, "late by a second, and the next one is not")
      author.claim(tick(70_000, "resend") === 101_000, "three were due: one resend")
      author.claim(tick(103_000, "resend") === 104_000, "then a heartbeat")
      author.claim(
        tick(200_000, "resend,heartbeat,expired") === 104_000,
        "a heartbeat and an expired member, at once; the heartbeat is written by who called",
      )
      const beat: Message = { ...message, id: filled(2, 20), parents: [message.id], kind: "heartbeat" }
      author.accepts("liveness.receive", { on, message: beat, now: 200_000 })
      author.claim(tick(700_000, "resend,resend,heartbeat") === 304_000, "the last of the first message, and one of the heartbeat")
      author.accepts("liveness.receive", { on, message: { ...beat, id: filled(3, 20), parents: [beat.id] }, now: 700_000 })
      const ends = tick(800_000, "resend") ?? 0
      author.claim(ends === 801_000, "of the second heartbeat; the first message has no due times any more")
    },
  ),
  aCase(
    "liveness/nobody-reads",
    { title: "A FIN that nobody reads is fully acknowledged at once: the subsession ends after the grace", clauses: [clauses.shutdown] },
    (author) => {
      const on = "alice"
      author.accepts("liveness.make", { on, me: on, members: [on], now: 0, seed: repeated("alone") })
      author.accepts("liveness.receive", {
        on,
        message: { id: filled(1, 20), author: on, parents: [], readers: [], kind: "fin" },
        now: 1_000,
      })
      author.claim(author.accepts("liveness.next", { on }).at === 1_000 + times.grace, "the grace")
      author.gives("liveness.tick", { on, now: 1_000 + times.grace }, { actions: [{ type: "ended", good: true }] })
    },
  ),
]

/** The layer "liveness". */
export default caseFile({ part: "mpenc", chapter: "liveness", layer: "liveness", flags: {} }, () => [
  ...calm,
  ...losses,
  ...presence,
  ...late,
])
