import { clauses, times } from "../../../spec/mpenc/liveness.ts"
import { type Kind, type Message, clauses as transcript } from "../../../spec/mpenc/transcript.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { filled, repeated } from "../people.ts"

const three = ["alice", "bob", "carol"]

/** A message by its author, read by the others of the three. */
export const message = (byte: number, author: string, kind: Kind, ...parents: ReadonlyArray<Message>): Message => ({
  id: filled(byte, 20),
  author,
  parents: parents.map(({ id }) => id),
  readers: three.filter((one) => one !== author),
  kind,
})

export const made = (author: Author, seed: string) =>
  author.accepts("liveness.make", { on: "alice", me: "alice", members: three, now: 0, seed: repeated(seed) })

export const receives = (author: Author, now: number, one: Message) =>
  author.gives("liveness.receive", { on: "alice", message: one, now }, { accepted: [one.id], actions: [] })

const resends = (): ReadonlyArray<Case> => [
  aCase(
    "liveness/resends-to-the-last",
    {
      title: "Nobody acknowledges a message: it is resent at each of the times of the table, not 1 ms before, and never after the last",
      clauses: [clauses.resend],
    },
    (author) => {
      const on = "alice"
      made(author, "resends")
      const one = message(1, on, "payload")
      receives(author, 0, one)
      const { full, latency } = times
      const isResent = (now: number): boolean =>
        author.accepts("liveness.tick", { on, now }).actions.some((action) => action.type === "resend" && action.id === one.id)
      let at = full
      for (const factor of [0, 1, 2, 4, 8, 16, 32, 64]) {
        at += factor * latency
        author.claim(!isResent(at - 1) && isResent(at), `at ${at}`)
      }
      author.claim(!isResent(at + 128 * latency) && !isResent(times.latest), "and not after that")
    },
  ),
  aCase(
    "liveness/refuses-after-expiry",
    {
      title: "Bob and Carol have expired, and a message of Bob comes that is among its own parents: it is refused, and nothing has changed",
      clauses: [clauses.expiry, transcript["own-parent"]],
    },
    (author) => {
      const on = "alice"
      made(author, "expired")
      const { actions } = author.accepts("liveness.tick", { on, now: times.expiry })
      author.claim(actions.filter(({ type }) => type === "expired").length === 2, "both")
      const wrong = { ...message(1, "bob", "heartbeat"), parents: [filled(1, 20)] }
      author.refuses(transcript["own-parent"], "liveness.receive", { on, message: wrong, now: times.expiry })
      const { actions: later } = author.accepts("liveness.tick", { on, now: times.expiry + 1 })
      author.claim(!later.some(({ type }) => type === "expired"), "they have expired once")
    },
  ),
]

const ends = (): ReadonlyArray<Case> => [
  aCase(
    "liveness/second-fin-counts",
    {
      title: "The first FIN is fully acknowledged, then a second is written: the grace and the shutdown count from the second",
      clauses: [clauses.shutdown],
    },
    (author) => {
      const on = "alice"
      made(author, "two fins")
      const first = message(1, on, "fin")
      const second = message(2, on, "fin", first)
      const his = message(3, "bob", "ack", first)
      const hers = message(4, "carol", "ack", first)
      receives(author, 1_000, first)
      receives(author, 2_000, his)
      receives(author, 3_000, second)
      receives(author, 4_000, hers)
      author.gives("liveness.tick", { on, now: 4_000 + times.grace }, { actions: [] })
      author.gives("liveness.tick", { on, now: 1_000 + times.shutdown }, { actions: [{ type: "resend", id: second.id }] })
      author.gives("liveness.next", { on }, { at: 3_000 + times.shutdown, phase: "parting" })
      author.gives("liveness.tick", { on, now: 3_000 + times.shutdown }, { actions: [{ type: "ended", good: true }] })
    },
  ),
  aCase(
    "liveness/second-fin-after-the-first",
    {
      title: "The first FIN was fully acknowledged when the second is written: the subsession goes on until that is",
      clauses: [clauses.shutdown],
    },
    (author) => {
      const on = "alice"
      made(author, "two in a row")
      const first = message(1, on, "fin")
      const his = message(2, "bob", "ack", first)
      const hers = message(3, "carol", "ack", first)
      const second = message(4, on, "fin", first)
      for (const [now, one] of [first, his, hers].entries()) receives(author, now, one)
      receives(author, 3, second)
      author.gives("liveness.tick", { on, now: 2 + times.grace }, { actions: [] })
      receives(author, 6_000, message(5, "bob", "ack", his, second))
      receives(author, 7_000, message(6, "carol", "ack", hers, second))
      author.gives("liveness.next", { on }, { at: 7_000 + times.grace, phase: "parting" })
      author.gives("liveness.tick", { on, now: 7_000 + times.grace }, { actions: [{ type: "ended", good: true }] })
    },
  ),
]

const ended = (): ReadonlyArray<Case> => [
  aCase(
    "liveness/fin-after-the-end",
    {
      title: "A subsession has ended, and then a FIN of ours is accepted in it: we are parting again, and it ends once more",
      clauses: [clauses.shutdown],
    },
    (author) => {
      const on = "alice"
      made(author, "ended twice")
      const first = message(1, on, "fin")
      receives(author, 0, first)
      author.accepts("liveness.tick", { on, now: times.shutdown })
      author.gives("liveness.next", { on }, { at: null, phase: "parted" })
      receives(author, times.shutdown, message(2, on, "fin", first))
      author.claim(author.accepts("liveness.next", { on }).phase === "parting", "we are parting")
      const { actions } = author.accepts("liveness.tick", { on, now: 2 * times.shutdown })
      author.claim(actions.at(-1)?.type === "ended", "and it ends")
    },
  ),
]

const answers = (): ReadonlyArray<Case> => [
  aCase(
    "liveness/answered-once",
    {
      title:
        "Two messages that one acknowledgement is for come again, one after the other: the acknowledgement is resent for the first, and for the second when `latency` is over",
      clauses: [clauses["resend-acknowledgement"]],
    },
    (author) => {
      const on = "alice"
      made(author, "answered")
      const his = message(1, "bob", "heartbeat")
      const hers = message(2, "carol", "heartbeat")
      const answer = message(3, on, "ack", his, hers)
      for (const one of [his, hers, answer]) receives(author, 0, one)
      const again = (now: number, one: Message, resent: ReadonlyArray<Message>) =>
        author.gives(
          "liveness.receive",
          { on, message: one, now },
          { accepted: [], actions: resent.map(({ id }) => ({ type: "resend", id })) },
        )
      again(times.latency - 1, his, [])
      again(10_000, his, [answer])
      again(14_999, hers, [])
      again(19_998, hers, [])
      again(24_998, hers, [answer])
      again(24_998 + times.latency, his, [answer])
    },
  ),
  aCase(
    "liveness/acknowledged-by-words",
    {
      title: "A duplicate of what we acknowledged by a message first, and by an acknowledgement later, has no answer",
      clauses: [clauses["resend-acknowledgement"]],
    },
    (author) => {
      const on = "alice"
      made(author, "by words")
      const his = message(1, "bob", "heartbeat")
      const words = message(2, on, "payload", his)
      const hers = message(3, "carol", "heartbeat", words)
      const later = message(4, on, "ack", hers)
      for (const one of [his, words, hers, later]) receives(author, 0, one)
      author.gives("liveness.receive", { on, message: his, now: 10_000 }, { accepted: [], actions: [] })
      author.gives("liveness.receive", { on, message: hers, now: 10_000 }, { accepted: [], actions: [{ type: "resend", id: later.id }] })
    },
  ),
  aCase(
    "liveness/not-in-the-log",
    {
      title: "What liveness.receive takes goes into no log: an answer to it has no positions",
      clauses: [transcript["log-parents"]],
    },
    (author) => {
      const on = "alice"
      made(author, "no log")
      const his = message(1, "bob", "payload")
      receives(author, 0, his)
      const answer = message(2, "carol", "payload", his)
      const { accepted } = author.accepts("transcript.receive-and-append", { on, message: answer })
      author.claim(accepted[0]?.positions?.length === 0 && accepted[0].marked, "it stands below no line")
    },
  ),
  aCase(
    "liveness/pending-below-an-empty-log",
    {
      title:
        "A subsession begins while the log is empty: its parents are pending all the same, and what is written first gets them when it is spliced",
      clauses: [transcript["log-splice"]],
    },
    (author) => {
      const on = "alice"
      made(author, "pending")
      const his = message(1, "bob", "payload")
      receives(author, 0, his)
      author.accepts("transcript.begin", { on, members: ["alice", "bob", "carol"] })
      const hers = message(2, "carol", "payload")
      author.accepts("transcript.receive-and-append", { on, message: hers })
      author.accepts("transcript.splice", { on, latest: [his.id] })
      const { log } = author.accepts("transcript.query", { on })
      author.claim(log.length === 1 && log[0]!.parents.join() === his.id, "its parent is a message that no line has")
    },
  ),
]

const cases = (): ReadonlyArray<Case> => [
  ...resends(),
  ...ends(),
  ...ended(),
  ...answers(),
  aCase(
    "liveness/parting-without-presence",
    {
      title: "Who is parting minds no more whether others expire: what is due next is the end, and not the expiry before it",
      clauses: [clauses.shutdown, clauses.expiry],
    },
    (author) => {
      const on = "alice"
      author.accepts("liveness.make", { on, me: on, members: ["alice", "bob"], now: 0, seed: repeated("parting") })
      const fin: Message = { id: filled(1, 20), author: on, parents: [], readers: ["bob"], kind: "fin" }
      author.accepts("liveness.receive", { on, message: fin, now: 60_000 })
      author.accepts("liveness.tick", { on, now: 121_000 })
      author.gives("liveness.next", { on }, { at: 60_000 + times.shutdown, phase: "parting" })
      author.claim(times.expiry < 60_000 + times.shutdown, "Bob would have expired before")
    },
  ),
  aCase(
    "liveness/seen-again",
    {
      title: "A duplicate that needs no answer was seen all the same: its message is not resent within the latency",
      clauses: [clauses.resend, clauses["resend-acknowledgement"]],
    },
    (author) => {
      const on = "alice"
      author.accepts("liveness.make", { on, me: on, members: three, now: 0, seed: repeated("seen") })
      const his: Message = { id: filled(1, 20), author: "bob", parents: [], readers: ["alice", "carol"], kind: "payload" }
      const hers: Message = { id: filled(2, 20), author: on, parents: [his.id], readers: ["bob", "carol"], kind: "payload" }
      author.accepts("liveness.receive", { on, message: his, now: 0 })
      author.accepts("liveness.receive", { on, message: hers, now: 1_000 })
      author.gives("liveness.receive", { on, message: his, now: 26_500 }, { accepted: [], actions: [] })
      const { actions } = author.accepts("liveness.tick", { on, now: 31_000 })
      const said = actions.map((action) => `${action.type} ${"id" in action ? action.id.slice(0, 2) : ""}`)
      author.claim(said.join() === "not-acknowledged 01,not-acknowledged 02,resend 02", "only her own message is resent")
    },
  ),
  aCase(
    "liveness/asked-in-vain",
    {
      title:
        "An acknowledgement that was asked for and not written is asked for again when the monitor of the message is due, and not before",
      clauses: [clauses["acknowledge-all"]],
    },
    (author) => {
      const on = "alice"
      author.accepts("liveness.make", { on, me: on, members: ["alice", "bob"], now: 0, seed: repeated("vain") })
      const his: Message = { id: filled(1, 20), author: "bob", parents: [], readers: ["alice"], kind: "heartbeat" }
      author.accepts("liveness.receive", { on, message: his, now: 0 })
      author.gives("liveness.tick", { on, now: times.acknowledgeAfter }, { actions: [{ type: "acknowledge" }] })
      author.gives("liveness.tick", { on, now: times.full - 1 }, { actions: [] })
      author.gives("liveness.tick", { on, now: times.full + times.latency }, { actions: [{ type: "acknowledge" }] })
    },
  ),
  aCase(
    "liveness/only-we-are-missing",
    {
      title: "All others have acknowledged a message when its monitor is due: we acknowledge it, are named, and resend nothing",
      clauses: [clauses["acknowledge-all"], clauses.warn, clauses.resend],
    },
    (author) => {
      const on = "alice"
      author.accepts("liveness.make", { on, me: on, members: three, now: 0, seed: repeated("missing") })
      const his: Message = { id: filled(1, 20), author: "bob", parents: [], readers: ["alice", "carol"], kind: "payload" }
      author.accepts("liveness.receive", { on, message: his, now: 0 })
      const hers: Message = { id: filled(2, 20), author: "carol", parents: [his.id], readers: ["alice", "bob"], kind: "ack" }
      author.accepts("liveness.receive", { on, message: hers, now: 100 })
      author.gives(
        "liveness.tick",
        { on, now: 31_000 },
        { actions: [{ type: "acknowledge" }, { type: "not-acknowledged", id: his.id, by: ["alice"], last: false }] },
      )
    },
  ),
]

/** The layer "liveness": FINs that come late or twice, duplicates, and who is asked. */
export default caseFile({ part: "mpenc", chapter: "liveness-fins", layer: "liveness", flags: {} }, cases)
