import {
  bufferCapacity,
  clauses,
  earliestAfter,
  type Graph,
  heads,
  type Kind,
  latestBefore,
  type Message,
  unacknowledged,
} from "../../../spec/mpenc/transcript.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { hexOf } from "../people.ts"

export const members = ["alice", "bob", "carol"]

/** The identifier of a message that the cases call `name`. */
export const idOf = (name: string) => hexOf(name.padEnd(20, "."))

export const idsOf = (names: string) => (names === "" ? [] : names.split(" ").map(idOf))

const kinds: Readonly<Record<string, Kind>> = { ack: "ack", beat: "heartbeat", consistency: "consistency", fin: "fin" }

/**
 * A message in short form, such as `b2 bob: a1 c1`: name, author, parents. A name that ends in the name of a kind, such as `b3-ack`, has that kind; others are payloads.
 */
const message = (text: string, of: ReadonlyArray<string> = members): Message => {
  const [, name, author, parents] = /^(\S+) (\S+):\s*(.*)$/.exec(text)!
  const readers = of.filter((member) => member !== author)
  return { id: idOf(name!), author: author!, parents: idsOf(parents!), readers, kind: kinds[name!.split("-")[1] ?? ""] ?? "payload" }
}

/** Receives messages that are accepted at once. */
export const receive = (author: Author, texts: string, of: ReadonlyArray<string> = members): Graph => {
  const graph = texts.split(";").map((text) => message(text.trim(), of))
  for (const one of graph) {
    const { accepted } = author.accepts("transcript.receive-and-append", { on: "alice", message: one })
    author.claim(accepted.length === 1 && accepted[0]!.id === one.id, "it is accepted at once")
  }
  return graph
}

export const begin = (author: Author, of: ReadonlyArray<string> | null = members) =>
  author.accepts("transcript.make", { on: "alice", members: of })

const conversation =
  "a1 alice:; b1 bob:; c1-ack carol: a1 b1; a2 alice: c1-ack; b2 bob: a1 b1; c2 carol: a2 b2; b3-ack bob: c2; a3-ack alice: c2"

const claimQuery = (author: Author, graph: Graph) => {
  const query = author.accepts("transcript.query", { on: "alice" })
  author.claim(String(query.heads) === String(heads(graph)), "the heads are those of the definition")
  const open = graph.map((one) => ({ id: one.id, by: unacknowledged(graph, one) })).filter(({ by }) => by.length > 0)
  const byId = (list: typeof query.unacknowledged) => JSON.stringify([...list].sort((a, b) => (a.id < b.id ? -1 : 1)))
  author.claim(byId(query.unacknowledged) === byId(open), "the acknowledgements are those of the definition")
  return query
}

const order: ReadonlyArray<Case> = [
  aCase("transcript/empty", { title: "An empty transcript has no heads", clauses: [clauses.heads] }, (author) => {
    begin(author)
    claimQuery(author, [])
  }),
  aCase(
    "transcript/conversation",
    {
      title: "A conversation of three, with concurrent messages; the heads and the acknowledgements after each message",
      clauses: [...Object.values(clauses).filter(({ kind }) => kind === "check"), clauses.heads, clauses.acknowledged],
    },
    (author) => {
      begin(author)
      const texts = conversation.split(";")
      for (const [index, text] of texts.entries()) {
        receive(author, text)
        claimQuery(
          author,
          texts.slice(0, index + 1).map((one) => message(one.trim())),
        )
      }
    },
  ),
  aCase(
    "transcript/queries",
    { title: "Who wrote last before a message, and who acknowledged it first", clauses: [clauses.heads, clauses.acknowledged] },
    (author) => {
      begin(author)
      const graph = receive(author, conversation)
      for (const one of graph)
        for (const member of members)
          author.gives(
            "transcript.around",
            { on: "alice", id: one.id, author: member },
            {
              latestBefore: latestBefore(graph, one, member)?.id ?? null,
              earliestAfter: earliestAfter(graph, one, member)?.id ?? null,
            },
          )
    },
  ),
  aCase(
    "transcript/alone",
    { title: "A message without readers is fully acknowledged at once", clauses: [clauses.acknowledged] },
    (author) => {
      begin(author, ["alice"])
      const { accepted } = author.accepts("transcript.receive-and-append", { on: "alice", message: message("a1 alice:", ["alice"]) })
      author.claim(String(accepted[0]!.fullyAcknowledged) === idOf("a1"), "it is fully acknowledged")
    },
  ),
  aCase(
    "transcript/other-readers",
    {
      title: "An acknowledgement does not go through a message that its author could not read",
      clauses: [clauses.acknowledged, clauses["author-saw-parent"]],
    },
    (author) => {
      begin(author, null)
      const graph = [
        ...receive(author, "a1 alice:"),
        ...receive(author, "b1 bob: a1", ["alice", "bob"]),
        ...receive(author, "a2 alice: b1", ["alice", "bob"]),
        ...receive(author, "b2 bob: a2", members),
        ...receive(author, "c1 carol: b2", members),
      ]
      claimQuery(author, graph)
      author.claim(
        unacknowledged(graph, graph[0]!).includes("carol"),
        "Carol's message comes after a1, but not through what she could read",
      )
    },
  ),
]

const arrival: ReadonlyArray<Case> = [
  aCase(
    "transcript/out-of-order",
    { title: "The last message comes first: all wait, and are accepted with the first", clauses: [clauses["buffer-order"]] },
    (author) => {
      begin(author)
      const graph = conversation.split(";").map((text) => message(text.trim()))
      for (const one of graph.slice(1).reverse()) author.accepts("transcript.receive-and-append", { on: "alice", message: one })
      const { accepted } = author.accepts("transcript.receive-and-append", { on: "alice", message: graph[0]! })
      author.claim(accepted.length === 7, "the seven that come after a1 are accepted with it")
      claimQuery(author, graph)
    },
  ),
  aCase(
    "transcript/duplicates",
    { title: "A message that was accepted is ignored; one that waits takes its place again", clauses: [clauses["buffer-order"]] },
    (author) => {
      begin(author)
      receive(author, "a1 alice:")
      author.ignores("transcript.receive-and-append", { on: "alice", message: message("a1 alice:") })
      const waits = { on: "alice", message: message("c1 carol: b1") }
      for (const time of [1, 2]) {
        const { missing, accepted } = author.accepts("transcript.receive-and-append", waits)
        author.claim(String(missing) === idOf("b1") && accepted.length === 0, `it waits for b1, ${time}`)
      }
      const { accepted } = author.accepts("transcript.receive-and-append", { on: "alice", message: message("b1 bob: a1") })
      author.claim(accepted.length === 2, "both are accepted, each once")
    },
  ),
  aCase(
    "transcript/buffer-bound",
    { title: "The 65th message that waits drops the oldest", clauses: [clauses["buffer-bound"]] },
    (author) => {
      begin(author)
      for (let number = 0; number <= bufferCapacity(3); number++) {
        const orphan = message(`b${number} bob: missing`)
        const { dropped } = author.accepts("transcript.receive-and-append", { on: "alice", message: orphan })
        const expected = number < 64 ? "" : idOf("b0")
        author.claim(String(dropped) === expected, `number ${number} drops ${expected === "" ? "nothing" : "the first"}`)
      }
    },
  ),
  aCase(
    "transcript/buffered-and-wrong",
    {
      title: "One that waits and turns out to be wrong is dropped, and the others are not kept from coming",
      clauses: [clauses["buffer-order"]],
    },
    (author) => {
      begin(author)
      receive(author, "a1 alice:; a2 alice: a1")
      author.accepts("transcript.receive-and-append", { on: "alice", message: message("c1 carol: b1 a1") })
      author.accepts("transcript.receive-and-append", { on: "alice", message: message("c2 carol: b1") })
      const { accepted, refused } = author.accepts("transcript.receive-and-append", { on: "alice", message: message("b1 bob: a2") })
      author.claim(accepted.map(({ id }) => id).join() === [idOf("b1"), idOf("c2")].join(), "b1 and c2 are accepted")
      author.claim(refused.length === 1 && refused[0]!.clause === clauses["anti-chain"].id, "c1 is not: a1 is before b1")
    },
  ),
]

const log: ReadonlyArray<Case> = [
  aCase(
    "transcript/log",
    {
      title: "The log has the payloads, with parents over what is no payload, and marks what was not written below the line above",
      clauses: [clauses["log-parents"], clauses.highlight],
    },
    (author) => {
      begin(author)
      receive(author, conversation)
      const query = author.accepts("transcript.query", { on: "alice" })
      author.claim(query.log.map(({ id }) => id).join() === idsOf("a1 b1 a2 b2 c2").join(), "acknowledgements are left out")
      const positions = query.log.map((entry) => entry.positions.join("+"))
      author.claim(positions.join() === ",,1+2,2+3,1+2", "the positions of the log parents")
      author.claim(
        query.log.every(({ marked }) => marked),
        "all are marked: none is an answer to just the line above it",
      )
    },
  ),
  aCase(
    "transcript/log-line",
    { title: "A plain conversation is not marked, but for its first line", clauses: [clauses.highlight, clauses["log-parents"]] },
    (author) => {
      begin(author)
      receive(author, "a1 alice:; b1 bob: a1; c1-ack carol: b1; a2 alice: c1-ack")
      const { log: entries } = author.accepts("transcript.query", { on: "alice" })
      author.claim(entries.map(({ marked }) => marked).join() === "true,false,false", "only the first is")
    },
  ),
  aCase(
    "transcript/log-splice",
    { title: "What begins a new subsession has the last lines of the one before as its parents", clauses: [clauses["log-splice"]] },
    (author) => {
      begin(author)
      receive(author, "a1 alice:; b1 bob:; c1-ack carol: a1 b1")
      author.accepts("transcript.begin", { on: "alice", members: ["alice", "bob"] })
      author.accepts("transcript.splice", { on: "alice", latest: idsOf("c1-ack") })
      receive(author, "a2-consistency alice:; b2-consistency bob:; a3 alice: a2-consistency b2-consistency", ["alice", "bob"])
      const { log: entries } = author.accepts("transcript.query", { on: "alice" })
      author.claim(entries[2]!.parents.join() === idsOf("a1 b1").join() && entries[2]!.positions.join() === "1,2", "a1 and b1")
      // Nothing was written in this one, so the next one goes on from the one before it.
      author.accepts("transcript.begin", { on: "alice", members })
      author.accepts("transcript.splice", { on: "alice", latest: [] })
      receive(author, "c9 carol:")
      const after = author.accepts("transcript.query", { on: "alice" })
      author.claim(after.log[3]!.parents.join() === idsOf("a1 b1").join(), "still a1 and b1")
    },
  ),
  aCase(
    "transcript/log-late-splice",
    {
      title: "The last messages of the subsession before come late: the splice waits, and what was shown meanwhile gets its parents then",
      clauses: [clauses["log-splice"]],
    },
    (author) => {
      begin(author)
      receive(author, "a1 alice:")
      author.accepts("transcript.begin", { on: "alice", members: ["alice", "bob"] })
      author.waits({ parent: idOf("b1") }, "transcript.splice", { on: "alice", latest: idsOf("b1") })
      receive(author, "b2 bob:", ["alice", "bob"])
      const before = author.accepts("transcript.query", { on: "alice" })
      author.claim(before.log[1]!.parents.length === 0, "no parents yet")
      author.accepts("transcript.splice", { on: "alice", latest: idsOf("a1") })
      const { log: entries } = author.accepts("transcript.query", { on: "alice" })
      author.claim(entries[1]!.parents.join() === idOf("a1"), "the parents of the subsession")
    },
  ),
]

const refused = (
  id: string,
  clause: Parameters<typeof twins>[1],
  title: string,
  before: string,
  right: string,
  wrong: Partial<Message>,
  of: ReadonlyArray<string> | null = members,
) =>
  twins(`transcript/${id}`, clause, title, (author) => {
    begin(author, of)
    if (before !== "") receive(author, before)
    const one = message(right)
    return fork("transcript.receive-and-append", { on: "alice", message: one }, { message: { ...one, ...wrong } })
  })

const refusals: ReadonlyArray<Case> = [
  ...refused("own-parent", clauses["own-parent"], "A message that is its own parent", "a1 alice:", "b1 bob: a1", { parents: idsOf("b1") }),
  ...refused("author-reads", clauses["author-reads"], "An author among its readers", "a1 alice:", "b1 bob: a1", {
    readers: ["alice", "bob"],
  }),
  ...refused("reader-twice", clauses["author-reads"], "A reader who is named twice", "a1 alice:", "b1 bob: a1", {
    readers: ["carol", "carol"],
  }),
  ...refused(
    "more-parents-than-members",
    clauses["parent-count"],
    "A message with more parents than there are members, of which none is known",
    "a1 alice:",
    "b1 bob: a1",
    { parents: idsOf("w x y z") },
  ),
  ...refused(
    "stranger",
    clauses["author-saw-parent"],
    "An author who was no member of a parent",
    "a1 alice:",
    "b1 bob: a1",
    { author: "dave", readers: ["alice"] },
    null,
  ),
  ...refused(
    "parents-of-one-author",
    clauses["one-parent-per-author"],
    "Two parents of one author",
    "a1 alice:; b1 bob: a1; c1 carol:",
    "c2 carol: b1 c1",
    {
      parents: idsOf("b1 c1 b1"),
    },
  ),
  ...refused(
    "own-line",
    clauses["own-line"],
    "A message that does not come after its author's last",
    "a1 alice:; b1 bob:; c1 carol: b1",
    "b2 bob: a1 c1",
    {
      parents: idsOf("a1"),
    },
  ),
  ...refused("fork", clauses["own-line"], "Two first messages of one author", "a1 alice:; b1 bob:", "b2 bob: a1 b1", { parents: [] }),
  ...refused("after-fin", clauses["after-fin"], "A payload after a FIN", "a1 alice:; b1-fin bob: a1", "b2-ack bob: b1-fin", {
    kind: "payload",
  }),
  ...refused("heartbeat-after-fin", clauses["after-fin"], "A heartbeat after a FIN", "b1-fin bob:", "b2-consistency bob: b1-fin", {
    kind: "heartbeat",
  }),
  ...refused("third-fin", clauses["after-fin"], "A third FIN", "b1-fin bob:; b2-fin bob: b1-fin", "b3-ack bob: b2-fin", { kind: "fin" }),
  ...refused(
    "late-second-fin",
    clauses["after-fin"],
    "A second FIN that is not directly after the first",
    "b1-fin bob:; a1 alice:",
    "b2-fin bob: b1-fin",
    { parents: idsOf("a1 b1-fin") },
  ),
  ...refused("anti-chain", clauses["anti-chain"], "A parent that is before another", "a1 alice:; b1 bob: a1", "c1 carol: b1", {
    parents: idsOf("a1 b1"),
  }),
  ...refused("membership", clauses.membership, "A message for fewer than the members", "a1 alice:", "b1 bob: a1", { readers: ["alice"] }),
  ...refused("membership-other", clauses.membership, "A message for as many members, of whom one is another", "a1 alice:", "b1 bob: a1", {
    readers: ["alice", "dave"],
  }),
  ...refused("membership-more", clauses.membership, "A message for more than the members", "a1 alice:", "b1 bob: a1", {
    readers: ["alice", "carol", "dave"],
  }),
]

type Clause = Parameters<typeof twins>[1]

/** A message with several faults: the first check that finds one is the verdict. */
const faulty = (author: Author, clause: Clause, text: string, change: Partial<Message> = {}) =>
  author.refuses(clause, "transcript.receive-and-append", { on: "alice", message: { ...message(text), ...change } })

const first: ReadonlyArray<Case> = [
  aCase(
    "transcript/first-fault",
    {
      title: "Messages with two faults each: the checks are made in their order",
      clauses: Object.values(clauses).filter(({ kind }) => kind === "check"),
    },
    (author) => {
      begin(author)
      receive(author, "a1 alice:; a2 alice: a1; b1 bob:; c1 carol: a1; b2-fin bob: b1; c2 carol: b2-fin c1")
      faulty(author, clauses["own-parent"], "x bob: x", { readers: ["bob"] })
      faulty(author, clauses["author-reads"], "x bob: missing", { readers: ["alice", "bob"] })
      faulty(author, clauses["author-reads"], "x bob: b1", { readers: ["alice", "alice", "carol"] })
      faulty(author, clauses["one-parent-per-author"], "x bob: a1 a2")
      faulty(author, clauses["own-line"], "x bob: a1 c1")
      faulty(author, clauses["own-line"], "x bob: a1")
      faulty(author, clauses["after-fin"], "x bob: b2-fin c2")
      faulty(author, clauses["after-fin"], "x bob: b2-fin", { kind: "order-ack" })
      faulty(author, clauses["anti-chain"], "x alice: a2 c2 b1", { readers: ["bob"] })
      begin(author, null)
      for (const text of ["a1 alice:", "a2 alice: a1"])
        author.accepts("transcript.receive-and-append", { on: "alice", message: { ...message(text), readers: ["bob"] } })
      faulty(author, clauses["author-saw-parent"], "c1 carol: a1 a2")
      const waits = author.accepts("transcript.receive-and-append", { on: "alice", message: message("c1 carol: z a1 y") })
      author.claim(String(waits.missing) === String(idsOf("y z")), "what is missing, in ascending order, before what is wrong")
    },
  ),
  aCase(
    "transcript/buffer-of-five",
    {
      title:
        "Five members: 71 messages wait, one of them that comes again takes no second place and is the newest then; the 72nd drops the oldest",
      clauses: [clauses["buffer-bound"]],
    },
    (author) => {
      const five = [...members, "dave", "erin"]
      begin(author, five)
      const orphan = (number: number) =>
        author.accepts("transcript.receive-and-append", { on: "alice", message: message(`b${number} bob: missing`, five) }).dropped
      author.claim(bufferCapacity(5) === 71, "4 · 8 · the root of 5, rounded down")
      for (let number = 0; number < 71; number++) author.claim(orphan(number).length === 0, "it waits")
      author.claim(orphan(0).length === 0, "there is room for the same one")
      author.claim(String(orphan(71)) === idOf("b1"), "the second one is the oldest now")
    },
  ),
]

/** The layer "transcript". */
export default caseFile({ part: "mpenc", chapter: "transcript", layer: "transcript", flags: {} }, () => [
  ...order,
  ...arrival,
  ...log,
  ...refusals,
  ...first,
])
