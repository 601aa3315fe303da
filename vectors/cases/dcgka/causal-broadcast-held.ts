import { Hex } from "effect/encoding"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses, Envelope, leastHeld, maximumHeld } from "../../../spec/dcgka/causal-broadcast.ts"
import { Author, type Case, caseFile, fork, projected, type Step, twins } from "../author.ts"
import { filled, first } from "../people.ts"
import { BroadcastGroup, type Posted, broadcastScenario as scenario } from "./broadcast-group.ts"

const abc = first(3)

const ordersOf = <T>(values: ReadonlyArray<T>): ReadonlyArray<ReadonlyArray<T>> =>
  values.length === 0 ? [[]] : values.flatMap((one, index) => ordersOf(values.toSpliced(index, 1)).map((rest) => [one, ...rest]))

/** Two updates of Alice and Bob's acknowledgements of them, for Carol, in one order; gives what Carol sends then. */
const inOrder = (author: Author, order: ReadonlyArray<number>): Posted => {
  const group = BroadcastGroup.acquainted(author, abc)
  const updates = [group.update("alice"), group.update("alice")]
  const acks = updates.map((update) => group.answer(update, "bob"))
  const sent = [...updates, ...acks]
  const counts = order.map((index) => author.accepts("broadcast.receive", { on: "carol", envelope: sent[index]!.envelope }).taken.length)
  author.claim(counts.reduce((sum, count) => sum + count, 0) === 4, "everything is processed in the end")
  return group.post("carol")
}

const orders = (): ReadonlyArray<Case> => {
  const answers = new Set<string>()
  const cases = ordersOf([0, 1, 2, 3]).map((order) => {
    const id = `broadcast/order-${order.map((index) => ["a", "b", "c", "d"][index]).join("")}`
    const author = new Author(id)
    const { envelope } = inOrder(author, order)
    answers.add(envelope)
    author.claim(answers.size === 1, "Carol sends the same in all orders")
    const title = "Two updates (a, b) and another's acknowledgements of them (c, d), in this order"
    return projected(id, { title, clauses: [clauses["held-retried"], clauses.signature] }, "carol", author.steps)
  })
  return cases
}

/** An envelope without a good signature: all that a stranger can make. */
const strangers = (group: string, sender: string, seq: number): string =>
  Hex.encode(
    encodeWire(Envelope, {
      type: "envelope",
      items: [
        {
          control: { type: "update", group, sender, seq, commitment: new Uint8Array(32) },
          signingKey: new Uint8Array(32).fill(9),
          cut: new Uint8Array(32),
          chain: null,
          directs: {},
        },
      ],
      signature: new Uint8Array(64).fill(7),
    }),
  )

const holding = (): ReadonlyArray<Case> => [
  scenario(
    "held-forged",
    { title: "A forged envelope is held, and forgotten when its turn comes", clauses: [clauses["held-retried"], clauses.signature] },
    abc,
    [],
    (group) => {
      const alice = group.member("alice")
      const missing = { message: { sender: alice, seq: 2 } }
      const [one, two] = [group.update("alice"), group.update("alice")]
      group.holds({ envelope: strangers(group.id, alice, 3) }, "bob", missing)
      group.holds(two, "bob", missing)
      group.deliver(one, "bob", 2)
      group.retry("bob", 0)
      group.author.gives("broadcast.retry", { on: "bob" }, { taken: [], missing: [], removed: false })
    },
  ),
  scenario(
    "held-still-missing",
    { title: "What held envelopes still wait for is told when another one is accepted", clauses: [clauses["held-retried"]] },
    abc,
    [],
    (group) => {
      const lacking = (user: string, seq: number) => ({ message: { sender: group.member(user), seq } })
      const fromAlice = [group.update("alice"), group.update("alice"), group.update("alice"), group.update("alice")] as const
      const fromCarol = [group.update("carol"), group.update("carol"), group.update("carol")] as const
      for (const posted of [fromCarol[2], fromCarol[1]]) group.holds(posted, "bob", lacking("carol", 2))
      for (const posted of [fromAlice[3], fromAlice[1]]) group.holds(posted, "bob", lacking("alice", 2))
      group.deliver(fromAlice[0], "bob", 2, [lacking("carol", 2), lacking("alice", 4)])
      group.retry("bob", 0, [lacking("carol", 2), lacking("alice", 4)])
      group.deliver(fromCarol[0], "bob", 3, [lacking("alice", 4)])
      group.deliver(fromAlice[2], "bob", 2)
    },
  ),
  scenario("forget", { title: "What was held and forgotten has to come again", clauses: [clauses["held-retried"]] }, abc, [], (group) => {
    const [one, two] = [group.update("alice"), group.update("alice")]
    group.holds(two, "bob", { message: { sender: group.member("alice"), seq: 2 } })
    group.author.gives("broadcast.forget", { on: "bob" }, {})
    group.deliver(one, "bob")
    group.deliver(two, "bob")
  }),
  scenario(
    "duplicates",
    { title: "The same envelope again: processed, held, one's own, and an old one", clauses: [clauses.equivocation] },
    abc,
    [],
    (group) => {
      const { author } = group
      const updates = [1, 2, 3, 4, 5, 6].map(() => group.update("alice"))
      const again = (posted: Posted, on: string) => author.ignores("broadcast.receive", { on, envelope: posted.envelope })
      group.holds(updates[1]!, "bob", { message: { sender: group.member("alice"), seq: 2 } })
      again(updates[1]!, "bob")
      group.deliver(updates[0]!, "bob", 2)
      again(updates[1]!, "bob")
      for (const update of updates.slice(2)) group.deliver(update, "bob")
      for (const update of updates) for (const user of ["alice", "bob"]) again(update, user)
      // Too old to be told from a repetition.
      author.ignores("broadcast.receive", { on: "bob", envelope: group.second(updates[1]!) })
      author.refuses(clauses.equivocation, "broadcast.receive", { on: "bob", envelope: group.second(updates[2]!) })
    },
  ),
]

const limit = (): ReadonlyArray<Case> => [
  ...twins("broadcast/held-limit", clauses["held-limit"], "The 65th envelope in the name of somebody unknown", (author) => {
    const group = new BroadcastGroup(author, ["alice", "bob"])
    group.acquaint(["alice", "bob"])
    const create = group.create(["alice", "bob"])
    const nobody = filled(0xee, 16)
    const most = maximumHeld.strangers / leastHeld
    for (let seq = 1; seq <= most; seq++) {
      author.accepts("broadcast.receive", { on: "bob", envelope: strangers(group.id, nobody, seq) })
    }
    return fork("broadcast.receive", { on: "bob", envelope: create.envelope }, { envelope: strangers(group.id, nobody, most + 1) })
  }),
  ...twins(
    "broadcast/held-share",
    clauses["held-limit"],
    "Forged envelopes in Alice's name fill the room: there is none for one more of hers, and there is for one of Carol's",
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc)
      const alice = group.member("alice")
      const [first, second] = [group.update("carol"), group.update("carol")]
      const most = maximumHeld.all / leastHeld
      for (let seq = 3; seq < most + 3; seq++) {
        author.accepts("broadcast.receive", { on: "bob", envelope: strangers(group.id, alice, seq) })
      }
      author.accepts("broadcast.receive", { on: "bob", envelope: second.envelope })
      const { taken } = author.accepts("broadcast.receive", { on: "bob", envelope: first.envelope })
      author.claim(taken.length === 2, "what Carol sent is processed")
      author.accepts("broadcast.receive", { on: "bob", envelope: strangers(group.id, alice, most + 3) })
      const more = strangers(group.id, alice, most + 4)
      return fork("broadcast.receive", { on: "bob", envelope: group.update("carol").envelope }, { envelope: more })
    },
    [clauses.shares],
  ),
]

const ofBob = (one: Case): Case => ({
  ...one,
  steps: one.steps.filter(({ params }: Step) => !["alice", "carol"].includes(String(params.on))),
})

/** What comes too early, and what comes again. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-held", layer: "broadcast", flags: {} }, () => [
  ...orders(),
  ...holding(),
])

/** How much is held. */
export const limits = caseFile({ part: "dcgka", chapter: "causal-broadcast-limits", layer: "broadcast", flags: {} }, () =>
  limit().map(ofBob),
)
