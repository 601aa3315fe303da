/**
 * The reference's membership equals the executable definition: exhaustively on short histories, at random on long ones.
 *
 * A history is enumerated as an **outline**: its create, adds and removes, each with the set of earlier ones that its author knew (any set that is closed
 * under *before* and makes the author a member in its own view; it adds whoever is not in that view, and removes whoever is). The outline stands for the
 * history in which each author acknowledges, one by one, everything that it knows before it operates; up to 4 further operations, all members acknowledge the
 * rest at the end.
 *
 * Two outlines are **equivalent** when they differ by a renaming of users (the creator stays, initial members and outsiders change among themselves) and by the
 * order in which concurrent operations are listed. Of each class one outline is taken. That this loses nothing is tested on a smaller bound.
 *
 * Compared are the members, the view as of each message when it has been appended and as of each change at the end, and what is kept in place of the acks.
 *
 * Scope: four users with a create and up to 5 further operations, three users with a create and 6 further ones; each with every number of initial members.
 *
 * @module
 */
import { Effect } from "effect"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import type { Knowledge, Operation } from "../../../spec/dcgka/group-membership.ts"
import * as definition from "../../../spec/dcgka/group-membership.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { seeded } from "../../crypto/test/seeded.ts"
import { session } from "../../methods.ts"
import { isDrawn, seedOfTheDay } from "../../simulation/sample.ts"
import { append, emptyHistory, type History, isClosed, knowledgeAt, knowledgeOf, knows, members, viewOf } from "../group-membership.ts"

const names = ["a", "b", "c", "d"]

/** What `author` did to the user numbered `target`. `known` are the events that it knew, a set of indexes as bits. The operation says what it is; its number is of no account. */
interface Event {
  readonly author: number
  readonly target: number
  readonly known: number
  readonly operation: Operation
}

interface Outline {
  readonly users: number
  readonly initial: number
  readonly events: ReadonlyArray<Event>
  /** The view of whoever knows a closed set of the events, by the definition. */
  readonly viewOf: (set: number) => ReadonlyArray<string>
}

const range = (length: number): ReadonlyArray<number> => Array.from({ length }, (_, index) => index)

const bitsOf = (set: number): ReadonlyArray<number> => {
  const bits: Array<number> = []
  for (let rest = set; rest !== 0; rest &= rest - 1) bits.push(31 - Math.clz32(rest & -rest))
  return bits
}

const begin = (users: number, initial: number): Outline => {
  const operation: Operation = { type: "create", sender: "a", seq: 1, members: names.slice(0, initial) }
  const events = [{ author: 0, target: -1, known: 0, operation }]
  return { users, initial, events, viewOf: (set) => (set === 0 ? [] : definition.members([operation])) }
}

const extend = (outline: Outline, event: Event): Outline => {
  const events = [...outline.events, event]
  const indexes = new Map(events.map(({ operation }, index) => [operation, index]))
  const before = (a: Operation, b: Operation) => ((events[indexes.get(b)!]!.known >> indexes.get(a)!) & 1) === 1
  const views = new Map<number, ReadonlyArray<string>>()
  const viewOf = (set: number) => {
    if (set >> outline.events.length === 0) return outline.viewOf(set)
    const view =
      views.get(set) ??
      definition.members(
        bitsOf(set).map((index) => events[index]!.operation),
        before,
      )
    views.set(set, view)
    return view
  }
  return { ...outline, events, viewOf }
}

/** All outlines with one event more. */
const extensionsOf = function* (outline: Outline): Generator<Outline> {
  const { events, users, viewOf } = outline
  for (let known = 1; known < 1 << events.length; known++) {
    const isClosed = bitsOf(known).every((index) => (events[index]!.known & ~known) === 0)
    const view = isClosed ? viewOf(known) : []
    const knowsItsOwn = (author: number) => events.every((event, index) => event.author !== author || (known >> index) & 1)
    const authors = range(users).filter((author) => view.includes(names[author]!) && knowsItsOwn(author))
    for (const author of authors) {
      for (const target of range(users).filter((user) => user !== author)) {
        const type = view.includes(names[target]!) ? "remove" : "add"
        const operation: Operation = { type, sender: names[author]!, seq: 1, member: names[target]! }
        yield extend(outline, { author, target, known, operation })
      }
    }
  }
}

const permutationsOf = (list: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<number>> =>
  list.length === 0 ? [[]] : list.flatMap((first) => permutationsOf(list.filter((one) => one !== first)).map((rest) => [first, ...rest]))

/** The renamings for each number of users and of initial members, each as the list of users in the order of their new names. */
const renamings = range(5).map((users) =>
  range(users + 1).map((initial) =>
    permutationsOf(range(users).slice(1, initial)).flatMap((others) =>
      permutationsOf(range(users).slice(initial)).map((outsiders) => [0, ...others, ...outsiders]),
    ),
  ),
)

/** How an outline reads after a renaming: by author what it did, each time with the number of events of each author that it knew. */
const readAs = ({ events }: Outline, clocks: ReadonlyArray<ReadonlyArray<number>>, renaming: ReadonlyArray<number>): string => {
  let text = ""
  for (const user of renaming) {
    text += "|"
    for (const [index, { author, target, operation }] of events.entries()) {
      if (author !== user || index === 0) continue
      text += (operation.type === "add" ? "+" : "-") + renaming.indexOf(target)
      for (const other of renaming) text += clocks[index]![other]
    }
  }
  return text
}

/** The same text for equivalent outlines, and the renaming that gives it. */
const canonical = (outline: Outline): { readonly key: string; readonly renaming: ReadonlyArray<number> } => {
  const { events, users, initial } = outline
  const clocks = events.map(({ known }) => {
    const clock = new Array<number>(users).fill(0)
    for (const index of bitsOf(known)) clock[events[index]!.author]!++
    return clock
  })
  const readings = renamings[users]![initial]!.map((renaming) => ({ key: `${initial}${readAs(outline, clocks, renaming)}`, renaming }))
  return readings.reduce((least, one) => (one.key < least.key ? one : least))
}

/** One outline of each class, with `further` events after the create. */
const classes = function* (users: number, initial: number, further: number): Generator<Outline> {
  if (further === 0) return yield begin(users, initial)
  const found = new Set<string>()
  for (const outline of classes(users, initial, further - 1)) {
    for (const longer of extensionsOf(outline)) {
      const { key } = canonical(longer)
      if (!found.has(key)) yield longer
      found.add(key)
    }
  }
}

/** The history that an outline stands for. `ending` says whether all members acknowledge the rest at the end. */
const historyOf = (outline: Outline, ending: boolean): ReadonlyArray<Operation> => {
  const { events, users, viewOf } = outline
  const history: Array<Operation> = []
  const seqs = new Array<number>(users).fill(0)
  const knowledge = new Array<number>(users).fill(0)
  const numbers: Array<number> = []
  const upTo = (index: number) => events[index]!.known | (1 << index)
  // Nobody acknowledges what would leave it outside of its own view: a new member begins with its addition, a removed one goes on with it.
  const acknowledge = (author: number, known: number) => {
    const isNext = (index: number) => viewOf(knowledge[author]! | upTo(index)).includes(names[author]!)
    for (;;) {
      const next = bitsOf(known & ~knowledge[author]!).find(isNext)
      if (next === undefined) return
      const of = events[next]!.author
      history.push({ type: "ack", sender: names[author]!, seq: ++seqs[author]!, ofSender: names[of]!, ofSeq: numbers[next]! })
      knowledge[author] = knowledge[author]! | upTo(next)
    }
  }
  for (const [index, { author, known, operation }] of events.entries()) {
    acknowledge(author, known)
    numbers.push(++seqs[author]!)
    history.push({ ...operation, seq: seqs[author]! })
    knowledge[author] = upTo(index)
  }
  if (ending) for (const author of range(users)) acknowledge(author, (1 << events.length) - 1)
  return history
}

const appended = (history: History, operation: Operation): History => Effect.runSync(append(history, operation))

const recorded = (history: ReadonlyArray<Operation>): History => history.reduce(appended, emptyHistory)

const differ = (what: string, history: ReadonlyArray<Operation>, expected: unknown, actual: unknown): never =>
  assert.fail(
    `${what}: ${JSON.stringify(expected)} by the definition, ${JSON.stringify(actual)} by the reference, in ${JSON.stringify(history)}`,
  )

/** What the definition says of a history: its members, the view as of each message, and the order of all pairs. */
interface Facts {
  readonly members: string
  readonly views: ReadonlyMap<Operation, string>
  readonly before: (a: Operation, b: Operation) => boolean
}

const factsOf = (history: ReadonlyArray<Operation>): Facts => {
  const before = definition.causalOrder(history)
  // As `definition.memberView`, with the order computed once.
  const viewAsOf = (message: Operation) =>
    definition.members(
      history.filter((one) => one === message || before(one, message)),
      before,
    )
  return {
    members: definition.members(history, before).join(),
    views: new Map(history.map((message) => [message, viewAsOf(message).join()])),
    before,
  }
}

/** Compares the reference on `history`, in any order that respects *before*, with the facts. */
const compare = (history: ReadonlyArray<Operation>, facts: Facts) => {
  let kept = emptyHistory
  const latest = new Map<string, Operation>()
  const compareView = (operation: Operation, view: ReadonlyArray<string>) => {
    const expected = facts.views.get(operation)
    if (view.join() !== expected) differ(`view of ${operation.sender} as of ${operation.seq}`, history, expected, view)
  }
  for (const operation of history) {
    kept = appended(kept, operation)
    latest.set(operation.sender, operation)
    compareView(operation, viewOf(kept, operation.sender))
  }
  const all = members(kept).join()
  if (all !== facts.members) differ("members", history, facts.members, all)
  const missing = kept.entries.map(({ unknown }) => new Set(unknown))
  const compareKnowledge = (operation: Operation, knowledge: Knowledge) => {
    const expected = kept.entries.map(({ change }) => change === operation || facts.before(change, operation))
    const actual = kept.entries.map((_, at) => knows(knowledge, at))
    if (expected.join() !== actual.join()) differ(`knowledge of ${operation.sender}`, history, expected, knowledge)
    const isWritten = knowledge.unknown.every((at, index) => at < knowledge.length - 1 && at > (knowledge.unknown[index - 1] ?? 0))
    if (!isWritten || !isClosed(missing, knowledge)) differ(`form of what ${operation.sender} knows`, history, "closed", knowledge)
  }
  for (const [at, { change }] of kept.entries.entries()) {
    compareView(change, members(kept, knowledgeAt(kept, at)))
    compareKnowledge(change, knowledgeAt(kept, at))
  }
  for (const [sender, operation] of latest) compareKnowledge(operation, knowledgeOf(kept, sender)!)
  // As after loading, the latest first: no view before it is known.
  const loaded = structuredClone(kept)
  for (const at of [...loaded.entries.keys()].reverse()) compareView(kept.entries[at]!.change, members(loaded, knowledgeAt(loaded, at)))
}

const random = seeded("linear extensions")

/** The history in an order drawn at random from those that respect *before*. */
const shuffled = (history: ReadonlyArray<Operation>): ReadonlyArray<Operation> => {
  const queues = [...Map.groupBy(history, ({ sender }) => sender).values()]
  const placed = new Set<string>()
  const isReady = (one: Operation) => one.type === "create" || (placed.size > 0 && isAnswered(one))
  const isAnswered = (one: Operation) => one.type !== "ack" || placed.has(`${one.ofSender} ${one.ofSeq}`)
  const mayCome = (one: Operation | undefined) => one !== undefined && isReady(one)
  return Array.from(random.bytes(history.length), (draw) => {
    const next = queues.filter(([first]) => mayCome(first))
    const one = next[draw % next.length]!.shift()!
    placed.add(`${one.sender} ${one.seq}`)
    return one
  })
}

/** All orders of the history that respect *before*. */
const ordersOf = function* (rest: ReadonlyArray<Operation>, before: Facts["before"]): Generator<ReadonlyArray<Operation>> {
  if (rest.length === 0) yield []
  for (const first of rest) {
    if (rest.some((other) => before(other, first))) continue
    for (const others of ordersOf(
      rest.filter((one) => one !== first),
      before,
    ))
      yield [first, ...others]
  }
}

/** All outlines with `further` events after the create, each class as often as there are ways to list and name it. */
const sequences = function* (users: number, initial: number, further: number): Generator<Outline> {
  if (further === 0) return yield begin(users, initial)
  for (const outline of sequences(users, initial, further - 1)) yield* extensionsOf(outline)
}

const everyInitial = (users: number, each: (initial: number) => void) => {
  for (const initial of range(users)) each(initial + 1)
}

/** What is kept in place of the acks is what the chapter defines. */
const compareDefinitions = (history: ReadonlyArray<Operation>) => {
  const kept = recorded(history)
  const defined = definition.changesOf(history).map((change, at) => ({ change, unknown: definition.unknownTo(history, at) }))
  assert.deepEqual(kept.entries, defined)
  for (const user of [...names, "nobody"]) assert.deepEqual(knowledgeOf(kept, user), definition.knowledgeOf(history, user))
}

describe("the enumeration, on a smaller bound", () => {
  it("has one outline of each class, and equivalent outlines have the same members", () => {
    let count = 0
    const found = new Map<string, string>()
    everyInitial(4, (initial) => {
      for (const outline of sequences(4, initial, 3)) {
        count++
        const history = historyOf(outline, true)
        const facts = factsOf(history)
        compare(history, facts)
        const { key, renaming } = canonical(outline)
        const renamed = renaming.map((user) => Number(facts.members.includes(names[user]!))).join("")
        if ((found.get(key) ?? renamed) !== renamed) assert.fail(`two outlines of ${key} differ in their members`)
        found.set(key, renamed)
      }
    })
    const keys: Array<string> = []
    everyInitial(4, (initial) => keys.push(...[...classes(4, initial, 3)].map((outline) => canonical(outline).key)))
    assert.lengthOf(new Set(keys), keys.length)
    assert.deepEqual(keys.sort(), [...found.keys()].sort())
    console.log(`four users, create and 3 further operations: ${count} sequences in ${found.size} classes`)
  })

  it("does not depend on the order in which a history is listed, nor does the definition", () => {
    let count = 0
    everyInitial(4, (initial) => {
      for (const outline of classes(4, initial, 3)) {
        const history = historyOf(outline, false)
        const facts = factsOf(history)
        for (const message of history) {
          const view = definition.memberView(history, message.sender, message.seq).join()
          assert.strictEqual(view, facts.views.get(message))
        }
        compareDefinitions(history)
        for (const order of ordersOf(history, facts.before)) {
          count++
          compare(order, facts)
          const again = factsOf(order)
          assert.strictEqual(again.members, facts.members)
          for (const message of history) assert.strictEqual(again.views.get(message), facts.views.get(message))
        }
      }
    })
    console.log(`four users, create and 3 further operations: ${count} orders`)
  })
})

/** Compares the history of one outline of each class, or of one in so many, in an order drawn at random; returns how many classes there are. */
const compareAll = (users: number, further: number, oneIn: number): number => {
  let count = 0
  everyInitial(users, (initial) => {
    for (const outline of classes(users, initial, further)) {
      count++
      if (!isDrawn(count, oneIn)) continue
      const history = historyOf(outline, further < 5)
      compare(shuffled(history), factsOf(history))
    }
  })
  return count
}

describe("all short histories: members, the view as of each message, the order of each pair", () => {
  it.for([
    [4, 0, 1],
    [4, 1, 1],
    [4, 2, 1],
    [4, 3, 1],
    [4, 4, 1],
    [4, 5, 64],
    [3, 6, 64],
  ] as const)(`%i users, a create and %i further operations, one in %i by the seed ${seedOfTheDay}`, { timeout: 300_000 }, (row) => {
    const [users, further, oneIn] = row
    console.log(`${users} users, create and ${further} further operations: ${compareAll(users, further, oneIn)} histories`)
  })
})

const eight = ["a", "b", "c", "d", "e", "f", "g", "h"]

/** One attempt of a random history: `who` operates on the user at `what` (kind 0), or acknowledges the operation at `what`. Its number is `gap` above the next. */
const attempt = fc.record({ who: fc.nat(7), what: fc.nat(), kind: fc.nat(2), gap: fc.constantFrom(0, 0, 1, 3) })
type Attempt = typeof attempt extends fc.Arbitrary<infer A> ? A : never

const mostOperations = 40

/**
 * The history that attempts give: what the sender's own view does not allow is left out, as the reference sees it, whose views are compared afterwards. Without `isAllowed` nothing is left out for that, and it is drawn
 * whether somebody is added or removed: senders who are no members operate too, members are added, and others removed.
 */
const attempted = (initial: number, attempts: ReadonlyArray<Attempt>, isAllowed = true): ReadonlyArray<Operation> => {
  const create: Operation = { type: "create", sender: "a", seq: 1, members: eight.slice(0, initial) }
  let kept = recorded([create])
  const history: Array<Operation> = [create]
  const events: Array<Operation> = [create]
  for (const { who, what, kind, gap } of attempts) {
    const operates = kind === 0
    const sender = eight[who]!
    const last = kept.senders[sender]?.last ?? 0
    const seq = last + 1 + gap
    const acknowledged = events[what % events.length]!
    const member = eight[what % eight.length]!
    const removes = isAllowed ? viewOf(kept, sender).includes(member) : what % 3 === 0
    const type = removes ? "remove" : "add"
    const operation: Operation = operates
      ? { type, sender, seq, member }
      : { type: "ack", sender, seq, ofSender: acknowledged.sender, ofSeq: acknowledged.seq }
    const isIdle = operates ? member === sender || events.length === mostOperations : acknowledged.sender === sender
    if (isIdle) continue
    const after = appended(kept, operation)
    if (isAllowed && !viewOf(after, sender).includes(sender)) continue
    kept = after
    history.push(operation)
    if (operates) events.push(operation)
  }
  return history
}

const idOf = (name: string): string => name.charCodeAt(0).toString(16).padStart(32, "0")

const inHex = (operation: Operation): Operation => {
  const head = { ...operation, sender: idOf(operation.sender) }
  if (head.type === "create") return { ...head, members: head.members.map(idOf) }
  return head.type === "ack" ? { ...head, ofSender: idOf(head.ofSender) } : { ...head, member: idOf(head.member) }
}

const { call } = session(nodePrimitives)

describe("random long histories", () => {
  it("eight users, up to 40 operations and their acks", () => {
    let [longest, most] = [0, 0]
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(attempt, { maxLength: 240, size: "max" }), (initial, attempts) => {
        const history = attempted(initial, attempts)
        const facts = factsOf(history)
        compare(history, facts)
        compare(shuffled(history), facts)
        longest = Math.max(longest, history.length)
        most = Math.max(most, history.filter(({ type }) => type !== "ack").length)
      }),
      { seed: 21, numRuns: 500 },
    )
    console.log(`random histories: up to ${most} operations, ${longest} with acks`)
  })

  it("the same of those in which anybody adds and removes anybody", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(attempt, { maxLength: 80, size: "max" }), (initial, attempts) => {
        const history = attempted(initial, attempts, false)
        const facts = factsOf(history)
        compare(history, facts)
        compare(shuffled(history), facts)
      }),
      { seed: 24, numRuns: 500 },
    )
  })

  it("knows what is closed and what is not", () => {
    const tally = { closed: 0, open: 0 }
    fc.assert(
      fc.property(
        fc.array(attempt, { minLength: 10, maxLength: 80, size: "max" }),
        fc.array(fc.nat()),
        fc.boolean(),
        (attempts, picks, isMade) => {
          const history = attempted(4, attempts)
          const { entries } = recorded(history)
          const { before } = factsOf(history)
          const isBefore = (a: number, b: number) => before(entries[a]!.change, entries[b]!.change)
          const picked = new Set(picks.map((pick) => pick % entries.length).filter((at) => at > 0))
          // Half of the time whatever comes after an unknown change is unknown too.
          const isUnknown = (at: number) => picked.has(at) || (isMade && [...picked].some((one) => isBefore(one, at)))
          const all = [...entries.keys()]
          const known = all.filter((at) => !isUnknown(at))
          const length = known.at(-1)! + 1
          const unknown = all.filter((at) => at < length && isUnknown(at))
          const expected = known.every((at) => unknown.every((earlier) => !isBefore(earlier, at)))
          const missing = entries.map((entry) => new Set(entry.unknown))
          assert.strictEqual(isClosed(missing, { length, unknown }), expected)
          if (unknown.length > 0) tally[expected ? "closed" : "open"]++
        },
      ),
      { seed: 23, numRuns: 1500 },
    )
    assert.isAbove(Math.min(tally.closed, tally.open), 200, JSON.stringify(tally))
  })

  it("the view as of a number that is no operation's is that of the one before", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(attempt, { maxLength: 40 }),
        fc.nat(7),
        fc.nat(60),
        (initial, attempts, who, seq) => {
          const history = attempted(initial, attempts)
          const member = eight[who]!
          const asked = call("membership.view", { operations: history.map(inHex), member: idOf(member), seq })
          const view = definition.memberView(history, member, seq).map(idOf)
          assert.deepEqual(asked, { verdict: "accepted", output: { members: view } })
        },
      ),
      { seed: 22, numRuns: 1000 },
    )
  })
})
