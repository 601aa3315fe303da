import { clauses, times } from "../../../spec/mpenc/liveness.ts"
import { type Kind, type Message, clauses as transcript } from "../../../spec/mpenc/transcript.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { made, message, receives } from "./liveness-fins.ts"

const waits = (author: Author, now: number, one: Message) =>
  author.gives("liveness.receive", { on: "alice", message: one, now }, { accepted: [], actions: [] })

/** What waits, is refused, or is dropped. */
const helds = (): ReadonlyArray<Case> => [
  aCase(
    "liveness/held-since-the-first-time",
    {
      title:
        "A message that waits comes again, after another one: the user is told of it first, and when it has waited for `latency` since it came first",
      clauses: [clauses["warn-held"]],
    },
    (author) => {
      const on = "alice"
      made(author, "first time")
      const lost = message(9, "carol", "ack")
      const his = message(1, "bob", "payload", lost)
      const hers = message(2, "carol", "payload", lost)
      waits(author, 0, his)
      waits(author, 10, hers)
      waits(author, 3_000, his)
      author.gives("liveness.next", { on }, { at: times.latency, phase: "joined" })
      const told = ({ id, author: by }: Message) => ({ type: "not-accepted" as const, id, author: by, missing: [lost.id] })
      author.gives("liveness.tick", { on, now: times.latency + 10 }, { actions: [told(his), told(hers)] })
      waits(author, 8_000, his)
      author.gives("liveness.tick", { on, now: 20_000 }, { actions: [] })
    },
  ),
  aCase(
    "liveness/dropped-is-held-no-more",
    {
      title: "65 messages wait in a subsession of three: of the first, which was dropped, nobody is told",
      clauses: [clauses["warn-held"], transcript["buffer-bound"]],
    },
    (author) => {
      const on = "alice"
      made(author, "dropped")
      const lost = message(99, "carol", "ack")
      const all = Array.from({ length: 65 }, (_, index) => message(index + 1, "bob", "ack", lost))
      for (const [now, one] of all.entries()) waits(author, now, one)
      author.gives("liveness.next", { on }, { at: times.latency + 1, phase: "joined" })
      const { actions } = author.accepts("liveness.tick", { on, now: times.latency + 64 })
      const told = actions.map((action) => ("id" in action ? action.id : ""))
      author.claim(
        told.join() ===
          all
            .slice(1)
            .map(({ id }) => id)
            .join(),
        "64 are told of, in their order",
      )
    },
  ),
  aCase(
    "liveness/refused-is-held-no-more",
    {
      title: "A message that waits is refused when its parents come: nobody is told later that it waits, and nothing is due for it",
      clauses: [clauses["warn-held"], transcript["anti-chain"]],
    },
    (author) => {
      const on = "alice"
      made(author, "refused")
      const first = message(1, "carol", "ack")
      const second = message(2, on, "ack", first)
      const wrong = message(3, "bob", "ack", first, second)
      author.gives("liveness.receive", { on, message: wrong, now: 0 }, { accepted: [], actions: [] })
      receives(author, 1_000, first)
      receives(author, 1_000, second)
      author.gives("liveness.next", { on }, { at: times.idle, phase: "joined" })
      author.gives("liveness.tick", { on, now: times.latency }, { actions: [] })
    },
  ),
  aCase(
    "liveness/refused-is-not-seen",
    {
      title: "A message that is refused is not noted in any way; one that is ignored was seen",
      clauses: [transcript["own-line"], clauses["resend-acknowledgement"]],
    },
    (author) => {
      const on = "alice"
      made(author, "noted")
      const his = message(1, "bob", "heartbeat")
      const answer = message(2, on, "ack", his)
      receives(author, 0, his)
      receives(author, 0, answer)
      const before = author.accepts("liveness.next", { on })
      author.refuses(transcript["own-line"], "liveness.receive", { on, message: message(3, "bob", "heartbeat"), now: 9_000 })
      author.gives("liveness.next", { on }, before)
      author.gives("liveness.receive", { on, message: his, now: 10_000 }, { accepted: [], actions: [{ type: "resend", id: answer.id }] })
      author.gives("liveness.receive", { on, message: his, now: 14_999 }, { accepted: [], actions: [] })
    },
  ),
]

/** Who is there, and who is not; and what is due when. */
const absent = (): ReadonlyArray<Case> => [
  aCase(
    "liveness/parting-expires-nobody",
    { title: "Who is parting is told of nobody who would have expired", clauses: [clauses.expiry, clauses.shutdown] },
    (author) => {
      const on = "alice"
      made(author, "parting alone")
      receives(author, times.expiry - 60_000, message(1, on, "fin"))
      author.accepts("liveness.tick", { on, now: times.expiry - 1 })
      author.gives("liveness.tick", { on, now: times.expiry }, { actions: [] })
    },
  ),
  aCase(
    "liveness/parted-is-over",
    {
      title: "A subsession has ended, once well and once not; what comes then is noted, and nothing is ever due for it",
      clauses: [clauses.shutdown, clauses["part-failed"]],
    },
    (author) => {
      const on = "alice"
      for (const kind of ["heartbeat", "payload"] as const) {
        made(author, "over")
        const words = message(1, "bob", kind)
        const fin = message(2, on, "fin", words)
        receives(author, 0, words)
        receives(author, 0, fin)
        const { actions } = author.accepts("liveness.tick", { on, now: times.shutdown })
        const isGood = kind === "heartbeat"
        const end = actions.at(-1)
        author.claim(end?.type === "ended" && end.good === isGood, "it has ended")
        receives(author, 90_000, message(3, "carol", "payload"))
        author.gives("liveness.next", { on }, { at: null, phase: isGood ? "parted" : "part-failed" })
        author.gives("liveness.tick", { on, now: 400_000 }, { actions: [] })
      }
    },
  ),
  aCase(
    "liveness/parted-holds-nothing",
    {
      title: "A message waits when a subsession ends; then a FIN of ours is accepted in it, and nobody is told that the message waits",
      clauses: [clauses.shutdown, clauses["warn-held"]],
    },
    (author) => {
      const on = "alice"
      made(author, "holds nothing")
      const fin = message(1, on, "fin")
      receives(author, 0, fin)
      waits(author, times.shutdown - 1, message(2, "bob", "payload", message(9, "carol", "ack")))
      const { actions } = author.accepts("liveness.tick", { on, now: times.shutdown })
      author.claim(actions.at(-1)?.type === "ended", "it has ended")
      const again = message(3, on, "fin", fin)
      receives(author, times.shutdown, again)
      author.gives("liveness.next", { on }, { at: times.shutdown + times.full, phase: "parting" })
      author.gives("liveness.tick", { on, now: times.shutdown + times.latency }, { actions: [] })
    },
  ),
  aCase(
    "liveness/all-in-one-tick",
    {
      title: "A tick comes late: what is due is done in the order of the steps, and who has expired is told of in the order of the names",
      clauses: [clauses.warn, clauses.resend, clauses["warn-held"], clauses.heartbeat, clauses.expiry],
    },
    (author) => {
      const on = "alice"
      const members = ["carol", "alice", "bob"]
      author.accepts("liveness.make", { on, me: on, members, now: 0, seed: repeated("all") })
      const readers = (name: string) => members.filter((one) => one !== name)
      const his: Message = { ...message(1, "bob", "payload"), readers: readers("bob") }
      const missing = filled(9, 20)
      const waiting: Message = { ...message(2, "bob", "payload", his), parents: [missing], readers: readers("bob") }
      receives(author, 0, his)
      waits(author, 0, waiting)
      author.gives(
        "liveness.tick",
        { on, now: 200_000 },
        {
          actions: [
            { type: "acknowledge" },
            { type: "not-acknowledged", id: his.id, by: ["carol", "alice"], last: false },
            { type: "resend", id: his.id },
            { type: "not-accepted", id: waiting.id, author: "bob", missing: [missing] },
            { type: "heartbeat" },
            { type: "expired", member: "bob" },
            { type: "expired", member: "carol" },
          ],
        },
      )
    },
  ),
  aCase(
    "liveness/absent-stays-absent",
    {
      title:
        "A member whose name is that of a property of all objects has parted, and acknowledges something later: it is not there again, and does not expire",
      clauses: [clauses.expiry],
    },
    (author) => {
      const on = "alice"
      const other = "constructor"
      author.accepts("liveness.make", { on, me: on, members: [on, other], now: 0, seed: repeated("absent") })
      const by = (byte: number, name: string, kind: Kind, ...parents: ReadonlyArray<Message>): Message => ({
        ...message(byte, name, kind, ...parents),
        readers: [name === on ? other : on],
      })
      const fin = by(1, other, "fin")
      const beat = by(2, on, "heartbeat", fin)
      receives(author, 0, fin)
      receives(author, 1_000, beat)
      receives(author, 2_000, by(3, other, "ack", beat))
      author.gives("liveness.next", { on }, { at: 1_000 + times.idle, phase: "joined" })
      author.gives("liveness.tick", { on, now: 300_000 }, { actions: [{ type: "heartbeat" }] })
    },
  ),
  aCase(
    "liveness/fresh-up-to-the-expiry",
    {
      title:
        "Bob and Carol have expired; Bob refers to what was written `expiry` ago, which is no news of him, and then to what was written 1 ms later",
      clauses: [clauses.expiry],
    },
    (author) => {
      const on = "alice"
      made(author, "expiry")
      const first = message(1, on, "heartbeat")
      const second = message(2, on, "heartbeat", first)
      receives(author, 1_000, first)
      receives(author, 1_001, second)
      const { actions } = author.accepts("liveness.tick", { on, now: times.expiry })
      const expired = actions.flatMap((action) => (action.type === "expired" ? [action.member] : []))
      author.claim(expired.join() === "bob,carol", "both have expired")
      const his = message(3, "bob", "ack", first)
      receives(author, 1_000 + times.expiry, his)
      const again = message(4, "bob", "ack", second, his)
      const back = { accepted: [again.id], actions: [{ type: "back" as const, member: "bob" }] }
      author.gives("liveness.receive", { on, message: again, now: 1_000 + times.expiry }, back)
    },
  ),
  aCase(
    "liveness/expired-stays-expired",
    {
      title: "Bob and Carol have expired, then Carol parts: she is absent on purpose, and Bob is not told of again",
      clauses: [clauses.expiry],
    },
    (author) => {
      const on = "alice"
      made(author, "still expired")
      const { actions } = author.accepts("liveness.tick", { on, now: times.expiry })
      const expired = actions.flatMap((action) => (action.type === "expired" ? [action.member] : []))
      author.claim(expired.join() === "bob,carol", "both have expired")
      const hers = message(1, "carol", "fin")
      for (const one of [hers, message(2, "bob", "ack", hers), message(3, on, "ack", hers)]) receives(author, times.expiry, one)
      author.gives("liveness.tick", { on, now: times.expiry + 1 }, { actions: [{ type: "heartbeat" }] })
    },
  ),
  aCase(
    "liveness/fin-that-is-not-acknowledged",
    {
      title: "Bob has written a FIN that Carol has not acknowledged: he is not absent on purpose, and expires as she does",
      clauses: [clauses.expiry],
    },
    (author) => {
      const on = "alice"
      made(author, "fin")
      const his = message(1, "bob", "fin")
      receives(author, 0, his)
      receives(author, 0, message(2, on, "ack", his))
      const { actions } = author.accepts("liveness.tick", { on, now: times.expiry })
      const expired = actions.flatMap((action) => (action.type === "expired" ? [action.member] : []))
      author.claim(expired.join() === "bob,carol", "both have expired")
    },
  ),
  aCase(
    "liveness/payload-that-nobody-reads",
    { title: "Who is alone watches nothing that it writes: a heartbeat is due next", clauses: [clauses.warn, clauses.heartbeat] },
    (author) => {
      const on = "alice"
      author.accepts("liveness.make", { on, me: on, members: [on], now: 0, seed: repeated("nobody") })
      const words: Message = { id: filled(1, 20), author: on, parents: [], readers: [], kind: "payload" }
      receives(author, 1_000, words)
      author.gives("liveness.next", { on }, { at: 1_000 + times.idle, phase: "joined" })
      author.gives("liveness.tick", { on, now: 1_000 + times.idle }, { actions: [{ type: "heartbeat" }] })
    },
  ),
]

/** The layer "liveness": what is held, who is absent, and what one tick does. */
export default caseFile({ part: "mpenc", chapter: "liveness-held", layer: "liveness", flags: {} }, () => [...helds(), ...absent()])
