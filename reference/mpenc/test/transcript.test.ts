/** The transcript against its definitions, exhaustively for small graphs, and in any order of arrival. */
import { Effect, Result } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import * as Definition from "../../../spec/mpenc/transcript.ts"
import * as Transcript from "../transcript.ts"

const people = ["a", "b", "c"]

const idOf = (number: number) => (number + 1).toString(16).padStart(40, "0")

const subsets = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const [first, ...rest] = items
  return first === undefined ? [[]] : subsets(rest).flatMap((one) => [one, [first, ...one]])
}

const accept = (transcript: Transcript.Transcript, message: Definition.Message) =>
  Effect.runSync(Effect.result(Transcript.accept(transcript, message)))

const receive = (transcript: Transcript.Transcript, message: Definition.Message) =>
  Effect.runSync(Effect.result(Transcript.receive(transcript, message)))

const graphOf = ({ messages }: Transcript.Transcript): Definition.Graph => messages.map(({ message }) => message)

/** Holds every query of the reference to its definition. */
const compare = (transcript: Transcript.Transcript) => {
  const graph = graphOf(transcript)
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  const ids = graph.map(({ id }) => id)
  let agrees = same(Transcript.heads(transcript), Definition.heads(graph))
  for (const [at, message] of graph.entries()) {
    agrees &&= same(Transcript.unacknowledgedBy(transcript, message.id), Definition.unacknowledged(graph, message))
    agrees &&= same(Transcript.logParents(transcript, message.parents), Definition.logParents(graph, message.parents))
    for (const other of transcript.messages) {
      const expected = message === other.message || Definition.isBefore(graph, message, other.message)
      agrees &&= Transcript.atOrBefore(transcript.messages[at]!, other) === expected
    }
    for (const person of people) {
      agrees &&= Transcript.latestBefore(transcript, message.id, person) === Definition.latestBefore(graph, message, person)
      agrees &&= Transcript.earliestAfter(transcript, message.id, person) === Definition.earliestAfter(graph, message, person)
    }
  }
  if (!agrees) expect.fail(`the definitions disagree about ${JSON.stringify(graph)}`)
  return ids.length
}

/** All transcripts of at most `most` messages, with these candidates for the next message. */
const explore = (
  most: number,
  membersOf: (author: string) => ReadonlyArray<ReadonlyArray<string>>,
  kinds: ReadonlyArray<Definition.Kind>,
): { accepted: number; refused: number } => {
  const count = { accepted: 0, refused: 0 }
  const visit = (transcript: Transcript.Transcript) => {
    const graph = graphOf(transcript)
    compare(transcript)
    if (graph.length === most) return
    for (const author of people)
      for (const readers of membersOf(author))
        for (const parents of subsets(graph.map(({ id }) => id)))
          for (const kind of kinds) {
            const message: Definition.Message = { id: idOf(graph.length), author, parents, readers, kind }
            const result = accept(transcript, message)
            if (Result.isSuccess(result) !== Definition.isConsistent(graph, message))
              expect.fail(`the definition disagrees about ${JSON.stringify(message)} after ${JSON.stringify(graph)}`)
            if (Result.isFailure(result)) {
              count.refused += 1
              continue
            }
            const before = graph.filter((one) => Definition.unacknowledged(graph, one).length === 0)
            const after = graphOf(result.success.transcript)
            const now = after.filter((one) => Definition.unacknowledged(after, one).length === 0 && !before.includes(one))
            expect(result.success.fullyAcknowledged).toEqual(now.map(({ id }) => id))
            count.accepted += 1
            visit(result.success.transcript)
          }
  }
  visit(Transcript.empty(null))
  return count
}

const others = (author: string) => people.filter((person) => person !== author)

describe("all small graphs", () => {
  it("with constant membership: five messages of three members", () => {
    expect(explore(5, (author) => [others(author)], ["payload"])).toEqual({ accepted: 10989, refused: 36516 })
  })

  it("with any readers: three messages", () => {
    expect(explore(3, (author) => subsets(others(author)), ["payload"])).toEqual({ accepted: 4044, refused: 5472 })
  })

  it("with FINs: three messages of three kinds", () => {
    expect(explore(3, (author) => [others(author)], ["payload", "fin", "ack"])).toEqual({ accepted: 2715, refused: 2208 })
  })

  it("with payloads and acknowledgements: four messages", () => {
    expect(explore(4, (author) => [others(author)], ["payload", "ack"])).toEqual({ accepted: 15834, refused: 26004 })
  })
})

/** A random conversation: each number says who writes next, and what it has received by then. */
const conversation = (turns: ReadonlyArray<readonly [author: number, seen: number]>): ReadonlyArray<Definition.Message> => {
  const all: Array<Definition.Message> = []
  const views = people.map(() => Transcript.empty(people))
  for (const [turn, [who, seen]] of turns.entries()) {
    const author = people[who]!
    // Everything with a number that `seen` divides has arrived by now, if its parents have.
    for (const [index, message] of all.entries())
      if ((index + turn) % seen === 0)
        views[who] = Result.getOrElse(accept(views[who]!, message), () => ({ transcript: views[who]! })).transcript
    const parents = Transcript.heads(views[who]!)
    const message: Definition.Message = {
      id: idOf((turn * 7) % 101),
      author,
      parents,
      readers: others(author),
      kind: seen === 2 ? "ack" : "payload",
    }
    views[who] = Result.getOrThrow(accept(views[who]!, message)).transcript
    all.push(message)
  }
  return all
}

const turns = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 14 })

/** What a reader of a transcript can see of it, whatever the order in which it was filled. */
const summary = (transcript: Transcript.Transcript) => ({
  heads: Transcript.heads(transcript),
  waiting: transcript.messages.map(({ message }) => [message.id, Transcript.unacknowledgedBy(transcript, message.id)]).sort(),
  log: transcript.messages.map(({ message }) => [message.id, Transcript.logParents(transcript, message.parents)]).sort(),
})

describe("any order of arrival", () => {
  it("gives the same transcript (transcript.buffer-order)", () => {
    const shuffled = turns.chain((list) => {
      const messages = conversation(list)
      return fc.tuple(fc.constant(messages), fc.shuffledSubarray([...messages, ...messages], { minLength: 2 * messages.length }))
    })
    fc.assert(
      fc.property(shuffled, ([messages, arrivals]) => {
        const inOrder = messages.reduce(
          (transcript, message) => Result.getOrThrow(accept(transcript, message)).transcript,
          Transcript.empty(people),
        )
        let accepted = 0
        let transcript = Transcript.empty(people)
        for (const message of arrivals) {
          const result = receive(transcript, message)
          if (Result.isFailure(result)) expect(result.failure._tag).toBe("Ignored")
          else {
            transcript = result.success.transcript
            accepted += result.success.accepted.length
          }
        }
        expect(accepted).toBe(messages.length)
        expect(transcript.buffer).toEqual([])
        expect(summary(transcript)).toEqual(summary(inOrder))
      }),
      { numRuns: 300 },
    )
  })

  it("leaves everything as it was after a refusal, also of a message that waited", () => {
    const first: Definition.Message = { id: idOf(1), author: "a", parents: [], readers: ["b", "c"], kind: "payload" }
    const fork: Definition.Message = { ...first, id: idOf(2) }
    const child: Definition.Message = { id: idOf(3), author: "b", parents: [idOf(1), idOf(2)], readers: ["a", "c"], kind: "payload" }
    const one = Result.getOrThrow(receive(Transcript.empty(people), first)).transcript
    expect(receive(one, fork)).toMatchObject({ failure: { _tag: "Refused", clause: "transcript.own-line" } })
    const held = Result.getOrThrow(receive(Transcript.empty(people), fork)).transcript
    const waiting = Result.getOrThrow(receive(held, child)).transcript
    expect(waiting.buffer).toHaveLength(1)
    // The missing parent comes, and it is a fork: nothing is accepted, and the child waits on.
    expect(receive(waiting, first)).toMatchObject({ failure: { clause: "transcript.own-line" } })
    const wrong: Definition.Message = { ...child, parents: [idOf(4)], readers: ["a"] }
    const withWrong = Result.getOrThrow(receive(one, wrong)).transcript
    const parent: Definition.Message = { id: idOf(4), author: "c", parents: [idOf(1)], readers: ["a", "b"], kind: "payload" }
    expect(Result.getOrThrow(receive(withWrong, parent))).toMatchObject({
      transcript: { buffer: [] },
      accepted: [{ message: { id: idOf(4) } }],
      refused: [{ message: { id: idOf(3) }, clause: "transcript.membership" }],
    })
  })
})

describe("the buffer", () => {
  it.each([
    [1, 64],
    [4, 64],
    [5, 71],
    [9, 96],
    [16, 128],
    [100, 320],
  ])("of %i members holds %i messages", (members, capacity) => {
    const names = Array.from({ length: members }, (_, index) => `member-${index}`)
    let transcript = Transcript.empty(names)
    const orphan = (number: number): Definition.Message => ({
      id: idOf(number),
      author: names[0]!,
      parents: [idOf(5000)],
      readers: names.slice(1),
      kind: "payload",
    })
    for (let number = 0; number < capacity; number++) transcript = Result.getOrThrow(receive(transcript, orphan(number))).transcript
    // The first again goes to the end, and so the second is the oldest.
    const again = Result.getOrThrow(receive(transcript, orphan(0)))
    expect(again.dropped).toEqual([])
    const over = Result.getOrThrow(receive(again.transcript, orphan(capacity)))
    expect(over.dropped.map(({ id }) => id)).toEqual([idOf(1)])
    expect(over.transcript.buffer).toHaveLength(capacity)
  })
})

describe("names", () => {
  it("that are properties of every object are names like others", () => {
    const names = ["__proto__", "constructor", "toString"]
    let transcript = Transcript.empty(names)
    for (const [index, author] of names.entries()) {
      const parents = Transcript.heads(transcript)
      const readers = names.filter((name) => name !== author)
      transcript = Result.getOrThrow(accept(transcript, { id: idOf(index), author, parents, readers, kind: "payload" })).transcript
    }
    expect(Transcript.unacknowledgedBy(transcript, idOf(0))).toEqual([])
    expect(decodeWire(Transcript.Transcript, encodeWire(Transcript.Transcript, transcript))).toEqual(Result.succeed(transcript))
  })
})

describe("a log", () => {
  it("has positions of the nearer line, when two lines of two subsessions have one name", () => {
    const first: Definition.Message = { id: idOf(0), author: "a", parents: [], readers: ["b"], kind: "payload" }
    const answer: Definition.Message = { id: idOf(1), author: "b", parents: [idOf(0)], readers: ["a"], kind: "payload" }
    const twice = (log: Definition.Log) => {
      const one = Transcript.append(log, messages([first]), first)
      return Transcript.append(one.log, messages([first, answer]), answer)
    }
    const once = twice(Transcript.emptyLog)
    const again = twice(Transcript.begin(once.log, false))
    expect([once.positions, again.positions]).toEqual([[1], [1]])
  })
})

/** A transcript with these messages. */
const messages = (all: ReadonlyArray<Definition.Message>) =>
  all.reduce((transcript, message) => Result.getOrThrow(accept(transcript, message)).transcript, Transcript.empty(null))
