import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { bufferCapacity, clauses } from "../../../spec/mpenc/transcript.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { begin, idOf, idsOf, members, receive } from "./transcript.ts"

const without = (names: ReadonlyArray<string>, name: string) => names.filter((one) => one !== name)

const splices: ReadonlyArray<Case> = [
  aCase(
    "transcript/splice-given-up",
    {
      title:
        "A third subsession begins before the second is spliced: what was written in the second without log parents keeps none, and the third begins after what the splice names",
      clauses: [clauses["log-splice"]],
    },
    (author) => {
      begin(author)
      receive(author, "a1 alice:")
      author.accepts("transcript.begin", { on: "alice", members })
      receive(author, "b1 bob:")
      author.accepts("transcript.begin", { on: "alice", members })
      author.accepts("transcript.splice", { on: "alice", latest: [] })
      receive(author, "c1 carol:")
      const { log: entries } = author.accepts("transcript.query", { on: "alice" })
      author.claim(entries.map(({ parents }) => parents.length).join() === "0,0,0", "none of them has log parents")
      author.accepts("transcript.splice", { on: "alice", latest: idsOf("b1") })
      receive(author, "a2 alice:")
      const after = author.accepts("transcript.query", { on: "alice" })
      author.claim(after.log.at(-1)!.parents.join() === idOf("b1"), "spliced once more, it begins after another message")
      author.claim(after.log.at(-2)!.parents.length === 0, "what was spliced before stays as it is")
    },
  ),
  aCase(
    "transcript/spliced-once",
    {
      title:
        "Two messages come before the splice, the second below the first: the first alone gets the parents of the subsession, and keeps them when it is spliced once more",
      clauses: [clauses["log-splice"], clauses["log-parents"]],
    },
    (author) => {
      begin(author)
      receive(author, "a1 alice:")
      author.accepts("transcript.begin", { on: "alice", members })
      receive(author, "b1 bob:; c1 carol: b1")
      const wrong = { id: idOf("x"), author: "bob", parents: idsOf("x"), readers: ["alice", "carol"], kind: "payload" as const }
      author.refuses(clauses["own-parent"], "transcript.receive-and-append", { on: "alice", message: wrong })
      for (const latest of ["a1", ""]) {
        author.accepts("transcript.splice", { on: "alice", latest: idsOf(latest) })
        const { log: entries } = author.accepts("transcript.query", { on: "alice" })
        author.claim(entries.map(({ parents }) => parents.join()).join(" ") === ` ${idOf("a1")} ${idOf("b1")}`, "below the line above")
      }
    },
  ),
  aCase(
    "transcript/given-up-for-good",
    {
      title:
        "A third subsession begins before the second is spliced, and is spliced to the only message of that: this message gets no log parents any more",
      clauses: [clauses["log-splice"]],
    },
    (author) => {
      begin(author)
      receive(author, "a1 alice:")
      author.accepts("transcript.begin", { on: "alice", members })
      receive(author, "b1 bob:")
      author.accepts("transcript.begin", { on: "alice", members })
      receive(author, "c1 carol:")
      author.accepts("transcript.splice", { on: "alice", latest: idsOf("b1") })
      const { log: entries } = author.accepts("transcript.query", { on: "alice" })
      author.claim(entries.map(({ parents }) => parents.join()).join(" ") === `  ${idOf("b1")}`, "only what is pending is spliced")
    },
  ),
  aCase(
    "transcript/splice-of-nothing",
    {
      title: "A subsession that begins after no payload has the parents of the subsession before it",
      clauses: [clauses["log-splice"]],
    },
    (author) => {
      begin(author)
      receive(author, "a1 alice:")
      author.accepts("transcript.begin", { on: "alice", members })
      author.accepts("transcript.splice", { on: "alice", latest: idsOf("a1") })
      author.accepts("transcript.begin", { on: "alice", members })
      author.accepts("transcript.splice", { on: "alice", latest: [] })
      receive(author, "b1 bob:")
      const { log: entries } = author.accepts("transcript.query", { on: "alice" })
      author.claim(entries.at(-1)!.parents.join() === idOf("a1"), "the message stands below the last payload of all")
    },
  ),
  aCase(
    "transcript/around-nothing",
    { title: "Around a message that is not there, there is nothing", clauses: [clauses.acknowledged] },
    (author) => {
      begin(author)
      receive(author, "a1 alice:; b1 bob: a1")
      author.gives("transcript.around", { on: "alice", id: idOf("missing"), author: "bob" }, { latestBefore: null, earliestAfter: null })
    },
  ),
]

/** Bob writes a FIN, and then what stands here as a second one. */
const secondFins = (parents: string, before: string) => (author: Author) => {
  begin(author)
  receive(author, `b1-fin bob:; ${before}`)
  const fin = { id: idOf("b2"), author: "bob", parents: idsOf("b1-fin"), readers: ["alice", "carol"], kind: "fin" as const }
  return fork("transcript.receive-and-append", { on: "alice", message: fin }, { message: { ...fin, parents: idsOf(parents) } })
}

const fins: ReadonlyArray<Case> = [
  ...twins(
    "transcript/second-fin-with-more",
    clauses["after-fin"],
    "A second FIN with the first as its first parent, and another after it",
    secondFins("b1-fin a1", "a1 alice:"),
  ),
  ...twins(
    "transcript/second-fin-after-an-answer",
    clauses["after-fin"],
    "A second FIN with one parent, which answers the first FIN",
    secondFins("a1-ack", "a1-ack alice: b1-fin"),
  ),
]

const lists: ReadonlyArray<Case> = [
  aCase(
    "transcript/two-ways-to-one-line",
    {
      title: "An answer follows two acknowledgements of one line, and another line: it stands below both lines",
      clauses: [clauses["log-parents"]],
    },
    (author) => {
      const four = [...members, "dave"]
      begin(author, four)
      receive(author, "a1 alice:; b1 bob:; c1-ack carol: a1; d1-ack dave: a1; a2 alice: b1 c1-ack d1-ack", four)
      const { log: entries } = author.accepts("transcript.query", { on: "alice" })
      author.claim(entries.at(-1)!.parents.join() === idsOf("a1 b1").join(), "below a1 and b1")
    },
  ),
  aCase(
    "transcript/a-line-that-stands-twice",
    {
      title: "Two subsessions have a message of one name: an answer to it stands below the lower of the two lines",
      clauses: [clauses["log-parents"], clauses.highlight],
    },
    (author) => {
      begin(author)
      receive(author, "a1 alice:")
      author.accepts("transcript.begin", { on: "alice", members })
      author.accepts("transcript.splice", { on: "alice", latest: [] })
      receive(author, "b1 bob:; a1 alice: b1; c1 carol: a1")
      const { log: entries } = author.accepts("transcript.query", { on: "alice" })
      author.claim(entries.map(({ positions }) => positions.join()).join(" ") === "  1 1", "the answers stand below the line above them")
      author.claim(!entries.at(-1)!.marked, "so the last one is not marked")
    },
  ),
  aCase(
    "transcript/a-line-that-comes-again",
    {
      title:
        "A message is answered, and its name stands in the next subsession too, below the answer: the answer stays below the line above it",
      clauses: [clauses["log-parents"], clauses.highlight],
    },
    (author) => {
      begin(author)
      receive(author, "a1 alice:; b1 bob: a1")
      author.accepts("transcript.begin", { on: "alice", members })
      author.accepts("transcript.splice", { on: "alice", latest: idsOf("b1") })
      receive(author, "a1 alice:")
      const { log: entries } = author.accepts("transcript.query", { on: "alice" })
      author.claim(entries.map(({ positions }) => positions.join()).join(" ") === " 1 1", "each stands below the line above it")
    },
  ),
  aCase(
    "transcript/again-below-itself",
    {
      title: "A message that is there comes again, now among its own parents: it is ignored, whatever else is wrong with it",
      clauses: [clauses["own-parent"], verdicts["order-of-checks"]],
    },
    (author) => {
      begin(author)
      const [one] = receive(author, "a1 alice:")
      author.ignores("transcript.receive-and-append", { on: "alice", message: { ...one!, parents: [one!.id] } })
    },
  ),
  aCase(
    "transcript/members-named-twice",
    {
      title: "Members of whom one is named twice are more than author and readers, who are none of them twice: no message is theirs",
      clauses: [clauses.membership],
    },
    (author) => {
      begin(author, ["alice", "bob", "bob"])
      const one = { id: idOf("a1"), author: "alice", parents: [], readers: ["bob"], kind: "payload" as const }
      author.refuses(clauses.membership, "transcript.receive-and-append", { on: "alice", message: one })
    },
  ),
  aCase(
    "transcript/buffer-of-any-members",
    {
      title: "A transcript of messages with any members: how many messages wait is a question of author and readers of the one that comes",
      clauses: [clauses["buffer-bound"]],
    },
    (author) => {
      begin(author, null)
      const five = [...members, "dave", "erin"]
      const capacity = bufferCapacity(five.length)
      const dropped = Array.from({ length: capacity + 1 }, (_, index) => {
        const waiting = {
          id: idOf(`w${index}`),
          author: "bob",
          parents: [idOf("missing")],
          readers: without(five, "bob"),
          kind: "ack" as const,
        }
        return author.accepts("transcript.receive-and-append", { on: "alice", message: waiting }).dropped
      })
      author.claim(capacity === 71 && dropped.slice(0, capacity).every((ids) => ids.length === 0), "71 of five members wait")
      author.claim(dropped.at(-1)!.join() === idOf("w0"), "for one more the oldest is dropped")
      const ofTwo = { id: idOf("two"), author: "bob", parents: [idOf("missing")], readers: ["alice"], kind: "ack" as const }
      const { dropped: more } = author.accepts("transcript.receive-and-append", { on: "alice", message: ofTwo })
      author.claim(
        more.join() === Array.from({ length: 8 }, (_, index) => idOf(`w${index + 1}`)).join(),
        "one of two members leaves room for 64",
      )
    },
  ),
]

/** The layer "transcript": splices, lines that stand twice, members, and who ends twice. */
export default caseFile({ part: "mpenc", chapter: "transcript-splices", layer: "transcript", flags: {} }, () => [
  ...splices,
  ...fins,
  ...lists,
])
