import { clauses } from "../../../spec/mpenc/transcript.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { begin, idOf, idsOf, members, receive } from "./transcript.ts"

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

/** The layer "transcript": what readers of the chapter have read in another way. */
export default caseFile({ part: "mpenc", chapter: "transcript-readings", layer: "transcript", flags: {} }, () => splices)
