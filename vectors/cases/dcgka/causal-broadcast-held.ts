import { Hex } from "effect/encoding"
import { encodeWire, clauses as encoding, maximumLength } from "../../../spec/conventions/encoding.ts"
import { clauses, Envelope, leastHeld, maximumHeld } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as channel } from "../../../spec/dcgka/two-party-messaging.ts"
import { Author, aCase, type Case, caseFile, fork, projected, type Step, twins } from "../author.ts"
import { filled, first } from "../people.ts"
import { BroadcastGroup, type EnvelopeInTransit, itemsOf, broadcastScenario as scenario } from "./broadcast-group.ts"

const abc = first(3)

const ordersOf = <T>(values: ReadonlyArray<T>): ReadonlyArray<ReadonlyArray<T>> =>
  values.length === 0 ? [[]] : values.flatMap((one, index) => ordersOf(values.toSpliced(index, 1)).map((rest) => [one, ...rest]))

/** Two updates of Alice and Bob's acknowledgements of them, for Carol, in one order; gives what Carol sends then. */
const inOrder = (author: Author, order: ReadonlyArray<number>): EnvelopeInTransit => {
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
export const strangers = (group: string, sender: string, seq: number): string =>
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
    {
      title: "A forged envelope is held, and refused when its turn comes",
      clauses: [clauses["held-retried"], clauses["refused-told"], clauses.signature],
    },
    abc,
    [],
    (group) => {
      const alice = group.member("alice")
      const missing = { message: { sender: alice, seq: 2 } }
      const [one, two] = [group.update("alice"), group.update("alice")]
      group.holds({ envelope: strangers(group.id, alice, 3) }, "bob", missing)
      group.holds(two, "bob", missing)
      group.deliver(one, "bob", 2, [], [group.refusedLater("alice", 3, clauses.signature)])
      group.retry("bob", 0)
      group.author.gives("broadcast.retry", { on: "bob" }, { taken: [], refused: [], missing: [], removed: false })
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
      const again = (posted: EnvelopeInTransit, on: string) => author.ignores("broadcast.receive", { on, envelope: posted.envelope })
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

/** The envelope with a direct message for `user` that does not open. */
const spoiled = (group: BroadcastGroup, posted: EnvelopeInTransit, user: string): EnvelopeInTransit => {
  const to = group.member(user)
  const envelope = group.resealed(posted, ([first]) => {
    const direct = Uint8Array.from(first!.directs[to]!)
    direct[direct.length - 1]! ^= 1
    return [{ ...first!, directs: { ...first!.directs, [to]: direct } }]
  })
  group.note(envelope)
  return { ...posted, envelope }
}

const judgedLater = (): ReadonlyArray<Case> => [
  scenario(
    "held-and-refused",
    {
      title: "Alice's second update comes first, and its direct message for Bob does not open: it is refused when its turn comes",
      clauses: [clauses["refused-told"]],
    },
    abc,
    [],
    (group) => {
      const one = group.update("alice")
      const two = spoiled(group, group.update("alice"), "bob")
      group.holds(two, "bob", { message: { sender: group.member("alice"), seq: 2 } })
      group.deliver(one, "bob", 1, [], [group.refusedLater("alice", 3, channel.opens)])
      group.retry("bob", 0)
    },
  ),
  scenario(
    "held-twins",
    {
      title: "Two updates with one number were held: when one has been processed, the other is told as an equivocation",
      clauses: [clauses["refused-told"], clauses.equivocation],
    },
    abc,
    [],
    (group) => {
      const [one, two] = [group.update("alice"), group.update("alice")]
      const missing = { message: { sender: group.member("alice"), seq: 2 } }
      const [second, forged] = [group.second(two), strangers(group.id, group.member("alice"), 3)]
      for (const envelope of [two.envelope, forged, second]) group.holds({ envelope }, "bob", missing)
      const refused = [group.refusedLater("alice", 3, clauses.signature), group.refusedLater("alice", 3, clauses.equivocation)]
      group.deliver(one, "bob", 2, [], refused)
    },
  ),
  scenario(
    "held-before-removal",
    { title: "What is held when we are removed is not judged any more", clauses: [clauses["refused-told"]] },
    abc,
    [],
    (group) => {
      const removal = group.remove("alice", "bob")
      const update = spoiled(group, group.update("alice"), "carol")
      group.holds(update, "bob", { message: { sender: group.member("alice"), seq: 2 } })
      group.deliver(removal, "bob")
    },
  ),
  scenario(
    "withheld-and-refused",
    {
      title: "Bob is removed, and his update, which does not open for Alice, is withheld: when Carol shows that it counts, it is refused",
      clauses: [clauses["refused-told"], clauses.withheld],
    },
    abc,
    [],
    (group) => {
      group.remove("alice", "bob")
      const bob = group.member("bob")
      const update = spoiled(group, group.update("bob"), "alice")
      group.holds(update, "alice", { acknowledgement: { sender: bob, seq: 2 } })
      const ack = group.answer(update, "carol")
      group.deliver(ack, "alice", 0, [{ message: { sender: bob, seq: 2 } }], [group.refusedLater("bob", 2, channel.opens)])
      group.retry("alice", 0, [{ message: { sender: bob, seq: 2 } }])
      // It may be held again, and is refused again.
      const again = [group.refusedLater("bob", 2, channel.opens)]
      group.deliver(update, "alice", 0, [{ message: { sender: bob, seq: 2 } }], again)
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
  aCase(
    "broadcast/held-again-when-full",
    { title: "There is no room left, and an envelope that is held comes again: it is a repetition", clauses: [clauses["held-limit"]] },
    (author) => {
      const nobody = filled(0xee, 16)
      const most = maximumHeld.strangers / leastHeld
      author.accepts("keys.generate", { on: "bob", user: "bob", seed: filled(1, 32) })
      const receiving = (seq: number) => ({ on: "bob", envelope: strangers(filled(3, 16), nobody, seq) })
      for (let seq = 1; seq <= most; seq++) author.accepts("broadcast.receive", receiving(seq))
      for (const seq of [1, most]) author.ignores("broadcast.receive", receiving(seq))
      author.refuses(clauses["held-limit"], "broadcast.receive", receiving(most + 1))
    },
  ),
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
  ...twins(
    "broadcast/held-withheld",
    clauses["held-limit"],
    "Forged envelopes in the name of a former member fill the strangers' share: what it signed and is withheld has room",
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc)
      const alice = group.member("alice")
      group.remove("bob", "alice")
      const update = group.update("alice")
      const ack = group.answer(update, "carol")
      const most = maximumHeld.strangers / leastHeld
      for (let seq = 3; seq < most + 3; seq++) {
        author.accepts("broadcast.receive", { on: "bob", envelope: strangers(group.id, alice, seq) })
      }
      const shown = { acknowledgement: { sender: alice, seq: 2 } }
      group.deliver(update, "bob", 0, [{ message: { sender: alice, seq: 2 } }, shown])
      return fork("broadcast.receive", { on: "bob", envelope: ack.envelope }, { envelope: strangers(group.id, alice, most + 3) })
    },
    [clauses.shares, clauses.withheld],
  ),
  ...twins(
    "broadcast/held-newcomer",
    clauses["held-limit"],
    "Strangers fill their share: there is room for what Dave sends, whom Carol adds, before her add can be processed",
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc, ["dave"])
      group.update("carol")
      const add = group.add("carol", "dave")
      const ack = group.answer(add, "dave")
      group.holds(add, "bob", { message: { sender: group.member("carol"), seq: 2 } })
      const nobody = filled(0xee, 16)
      const most = maximumHeld.strangers / leastHeld
      for (let seq = 2; seq < most + 2; seq++) {
        author.accepts("broadcast.receive", { on: "bob", envelope: strangers(group.id, nobody, seq) })
      }
      return group.fork(ack, "bob", strangers(group.id, nobody, most + 2))
    },
    [clauses.shares],
  ),
  scenario(
    "held-long",
    {
      title: "A direct message of more than half of what a message may have: its envelope is held as any other",
      clauses: [encoding.limit],
    },
    abc,
    [],
    (group) => {
      const alice = group.member("alice")
      const [item] = itemsOf(strangers(group.id, alice, 3))
      const items = [{ ...item!, directs: { [group.member("bob")]: new Uint8Array(maximumLength / 2 + 1) } }]
      const envelope = Hex.encode(encodeWire(Envelope, { type: "envelope", items, signature: new Uint8Array(64) }))
      group.holds({ envelope }, "bob", { message: { sender: alice, seq: 2 } })
    },
  ),
  scenario(
    "held-share-of-the-removed",
    {
      title: "70 envelopes are held in Alice's name when Bob removes her: there is room for 64, and the newest are refused",
      clauses: [clauses["held-limit"], clauses.shares, clauses["refused-told"]],
    },
    abc,
    [],
    (group) => {
      const alice = group.member("alice")
      const forged = (seq: number) => strangers(group.id, alice, seq)
      const missing = { message: { sender: alice, seq: 2 } }
      for (let seq = 3; seq <= 72; seq++) group.holds({ envelope: forged(seq) }, "bob", missing)
      group.remove("bob", "alice")
      const refused = [72, 71, 70, 69, 68, 67].map((seq) => group.refusedLater("alice", seq, clauses["held-limit"]))
      group.retry("bob", 0, [missing], refused)
      group.refuses(clauses["held-limit"], forged(72), "bob")
    },
  ),
]

/** Only what Bob does. */
export const ofBob = (one: Case): Case => ({
  ...one,
  steps: one.steps.filter(({ params }: Step) => !["alice", "carol", "dave"].includes(String(params.on))),
})

/** What comes too early, and what comes again. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-held", layer: "broadcast", flags: {} }, () => [
  ...orders(),
  ...holding(),
  ...judgedLater(),
])

/** How much is held. */
export const limits = caseFile({ part: "dcgka", chapter: "causal-broadcast-limits", layer: "broadcast", flags: {} }, () =>
  limit().map(ofBob),
)
