import { Hex } from "effect/encoding"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { type Missing, clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses, Envelope, type Item } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile, twins } from "../author.ts"
import { filled, first } from "../people.ts"
import { BroadcastGroup, broadcastScenario, type EnvelopeInTransit, identity, itemsOf } from "./broadcast-group.ts"
import { controlHex } from "./key-agreement-group.ts"

const abc = first(3)
const abcd = first(4)

const bare = { signingKey: null, cut: null, chain: null, directs: {} } as const

/** An acknowledgement of the message `ofSeq` of a user, as the message `seq` of another. */
const ackOf = (group: BroadcastGroup, by: string, seq: number, of: string, ofSeq: number): Item => ({
  control: { type: "ack", group: group.id, sender: group.member(by), seq, ofSender: group.member(of), ofSeq },
  ...bare,
})

const unshown = (group: BroadcastGroup, user: string, seq: number): Missing => ({ acknowledgement: { sender: group.member(user), seq } })

/** The envelope with the signature of somebody else. */
const forged = (group: BroadcastGroup, posted: EnvelopeInTransit, by: string): string =>
  group.sealed(itemsOf(posted.envelope), by, identity)

const formers = (): ReadonlyArray<Case> => [
  ...twins(
    "broadcast/former-left-by-a-forgery",
    clauses.signature,
    "What shows somebody that its removal counts is forged: it has not been removed",
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc)
      const [removal] = [group.remove("alice", "bob"), group.remove("bob", "alice")]
      group.holds(removal, "bob", unshown(group, "alice", 2))
      const ack = group.answer(removal, "carol")
      return group.fork(ack, "bob", forged(group, ack, "alice"))
    },
    [clauses.withheld],
  ),
  broadcastScenario(
    "former-shown-by-whom-it-removes",
    {
      title: "A member acknowledges its own removal by a former one, and what another former one has sent: it was in our view before",
      clauses: [clauses.withheld, clauses.acknowledges],
    },
    abcd,
    [],
    (group) => {
      const away = group.remove("alice", "bob")
      group.deliver(group.answer(away, "dave"), "alice")
      group.remove("alice", "carol")
      const [removal, update] = [group.remove("bob", "dave"), group.update("carol")]
      group.holds(removal, "alice", unshown(group, "bob", 2))
      group.deliver(update, "alice", 0, [unshown(group, "bob", 2), unshown(group, "carol", 2)])
      const both = group.sealed([ackOf(group, "dave", 3, "bob", 2), ackOf(group, "dave", 4, "carol", 2)], "dave", identity)
      group.refuses(clauses.acknowledges, both, "alice")
      group.retry("alice", 0, [unshown(group, "bob", 2), unshown(group, "carol", 2)])
    },
  ),
  broadcastScenario(
    "former-shown-by-what-came-before",
    {
      title: "What shows that an update of a former member counts came before the update can be judged: one step takes both",
      clauses: [clauses.withheld, clauses["held-retried"]],
    },
    abcd,
    [],
    (group) => {
      group.remove("alice", "bob")
      const daves = group.update("dave")
      group.deliver(daves, "bob")
      group.queueUpdate("bob")
      const bobs = group.post("bob")
      for (const posted of [daves, bobs]) group.deliver(posted, "carol")
      const missing = { message: { sender: group.member("dave"), seq: 2 } }
      for (const posted of [group.post("carol"), bobs]) group.holds(posted, "alice", missing)
      group.deliver(daves, "alice", 5)
    },
  ),
  broadcastScenario(
    "former-removed-twice",
    {
      title: "A second removal of a former member comes, of which its target may not know: what the former sends next shows nothing",
      clauses: [clauses.withheld],
    },
    abcd,
    [],
    (group) => {
      const one = group.remove("alice", "bob")
      group.deliver(group.answer(one, "dave"), "alice")
      group.holds(group.remove("bob", "dave"), "alice", unshown(group, "bob", 2))
      group.deliver(group.remove("carol", "bob"), "alice", 1, [unshown(group, "bob", 2)])
      group.holds(group.update("bob"), "alice", { message: { sender: group.member("bob"), seq: 2 } })
    },
  ),
  ...twins(
    "broadcast/former-twin-at-the-end",
    clauses.equivocation,
    "A second envelope beside one that is withheld: its first message is the same, and its second is not",
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc)
      group.remove("alice", "bob")
      for (const _ of [1, 2]) group.queueUpdate("bob")
      const both = group.post("bob")
      group.holds(both, "alice", unshown(group, "bob", 3))
      const ack = group.answer(both, "carol")
      const other = group.resealed(both, ([one, two]) => [one!, { ...two!, signingKey: two!.signingKey!.toReversed() }])
      return group.fork(ack, "alice", other)
    },
    [clauses.withheld],
  ),
]

const unconfirmed = (): ReadonlyArray<Case> => [
  ...twins(
    "broadcast/unconfirmed-former",
    clauses.unconfirmed,
    "An update of one who was removed before we were added, signed by somebody else",
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc, ["dave"])
      group.settle(group.remove("alice", "bob"), ["alice", "carol"])
      group.deliver(group.add("alice", "dave"), "dave")
      const update = group.update("bob")
      return group.fork(update, "dave", forged(group, update, "carol"))
    },
  ),
  ...twins(
    "broadcast/unconfirmed-removed-meanwhile",
    clauses.unconfirmed,
    "An add-ack under another signature, of one who was removed after it: nothing is confirmed",
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc, ["dave"])
      const addition = group.add("alice", "dave")
      group.deliver(addition, "dave")
      const ack = group.answer(addition, "bob")
      group.deliver(group.answer(addition, "carol"), "dave")
      group.deliver(group.remove("carol", "bob"), "dave")
      return group.fork(ack, "dave", forged(group, ack, "alice"))
    },
  ),
  aCase(
    "broadcast/unconfirmed-begins-with-add-ack",
    {
      title: "One of whom the welcome counts nothing begins with an add-ack, which confirms what it likes: nothing is expected of it",
      clauses: [clauses.unconfirmed],
    },
    (author) => {
      const users = ["alice", "bob", "dave"]
      const group = new BroadcastGroup(author, users)
      group.acquaint(users)
      group.introduce("bob", "dave")
      const creation = group.create(["alice", "bob"])
      const addition = group.add("alice", "dave")
      group.deliver(addition, "dave")
      const [alice, bob, dave] = [group.member("alice"), group.member("bob"), group.member("dave")]
      const control = { type: "add-ack", commitment: null, group: group.id, sender: bob, seq: 1, ofSender: alice, ofSeq: 2 } as const
      author.accepts("channel.open", { on: "bob", group: group.id, me: bob, peer: dave, peerUser: "dave" })
      const { message } = author.accepts("channel.send", { on: "bob", payload: filled(9, 64), outer: controlHex(control) })
      const item: Item = { control, ...bare, directs: { [dave]: Buffer.from(message, "hex") } }
      for (const by of ["alice", "bob"]) group.refuses(clauses.unconfirmed, group.sealed([item], by, identity), "dave")
      for (const posted of [creation, addition]) group.deliver(posted, "bob")
      group.deliver(group.post("bob"), "dave")
    },
  ),
]

const compared = (): ReadonlyArray<Case> => [
  aCase(
    "broadcast/notes-of-the-absent",
    {
      title: "Notes that have a member of whom we have no message, before we have joined, and after our removal: it is not compared",
      clauses: [clauses.notes],
    },
    (author) => {
      const group = new BroadcastGroup(author, [...abc])
      group.acquaint(abc)
      const creation = group.create(abc)
      for (const user of ["bob", "carol"]) group.deliver(creation, user)
      group.deliver(group.post("carol"), "bob")
      const compare = (on: string, notes: string, differ: ReadonlyArray<string>, behind: ReadonlyArray<string>) =>
        author.gives("broadcast.compare-notes", { on, notes }, { differ, behind })
      const notesOf = (on: string) => author.accepts("broadcast.notes", { on }).notes
      compare("alice", notesOf("bob"), [], [])
      author.accepts("keys.generate", { on: "dave", user: "dave", seed: filled(4, 32) })
      author.gives("broadcast.notes", { on: "dave" }, { notes: "80" })
      compare("dave", notesOf("bob"), [], [])
      compare("bob", "80", [], [])
      const alices = notesOf("alice")
      author.claim(group.deliver(group.remove("alice", "bob"), "bob").removed, "Bob is removed")
      compare("bob", alices, [], [])
    },
  ),
]

const orders = (): ReadonlyArray<Case> => {
  const order = (title: string, also: ReadonlyArray<Clause>) => ({
    title,
    clauses: [verdicts["order-of-checks"], ...also],
    twin: "broadcast/former-left-by-a-forgery",
  })
  return [
    aCase(
      "broadcast/order-of-checks",
      order("Envelopes with two faults each: the one that is looked for first is told", [
        clauses["one-sender"],
        clauses["signing-key"],
        clauses.cut,
        clauses.acknowledges,
      ]),
      (author) => {
        const group = BroadcastGroup.acquainted(author, abcd, ["erin"])
        const update = group.update("alice")
        const [item] = itemsOf(update.envelope) as [Item]
        const refuses = (clause: Clause, items: ReadonlyArray<Item>, by = "alice") =>
          group.refuses(clause, group.sealed(items, by, by === "alice" ? update.signedWith : identity), "bob")
        const keyless = { ...item, signingKey: null }
        refuses(clauses["one-sender"], [keyless, { ...item, control: { ...item.control, seq: 4 } }])
        refuses(clauses["signing-key"], [{ ...keyless, cut: null }])
        group.deliver(update, "bob")
        group.deliver(group.answer(update, "carol"), "bob")
        refuses(clauses.acknowledges, [ackOf(group, "carol", 3, "alice", 2)], "bob")
        const addition = group.add("carol", "erin")
        const [add] = itemsOf(addition.envelope) as [Item]
        refuses(clauses.cut, [{ ...add, cut: null }, ackOf(group, "carol", 4, "alice", 2)], "carol")
        group.deliver(addition, "bob")
      },
    ),
    aCase(
      "broadcast/order-of-checks-unknown",
      order("One of whom nobody knows: what has a gap before it waits, and what has none is refused", [agreement["sender-member"]]),
      (author) => {
        const group = BroadcastGroup.acquainted(author, abc)
        const update = group.update("alice")
        const sender = filled(0xee, 16)
        const unknown = (seq: number) =>
          group.resealed(update, ([item]) => [{ ...item!, control: { ...item!.control, sender, seq } as Item["control"] }])
        group.holds({ envelope: unknown(2) }, "bob", { message: { sender, seq: 1 } })
        group.refuses(agreement["sender-member"], unknown(1), "bob")
        group.deliver(update, "bob", 1, [{ message: { sender, seq: 1 } }])
        // What is missing before a message is looked for before what the message is of.
        const early = group.sealed([ackOf(group, "carol", 9, "bob", 99)], "carol", identity)
        group.author.accepts("broadcast.forget", { on: "bob" })
        group.holds({ envelope: early }, "bob", { message: { sender: group.member("carol"), seq: 2 } })
      },
    ),
    aCase(
      "broadcast/order-of-checks-create",
      order("A create whose users are not in their order, and which somebody else has signed", [
        clauses.signature,
        agreement["create-users"],
      ]),
      (author) => {
        const group = new BroadcastGroup(author, abc)
        group.acquaint(abc)
        const creation = group.create(abc)
        const unordered = itemsOf(creation.envelope).map((item) => {
          const { users } = item.control as Extract<Item["control"], { type: "create" }>
          return { ...item, control: { ...item.control, users: [users[0]!, ...users.slice(1).toReversed()] } as Item["control"] }
        })
        group.refuses(clauses.signature, group.sealed(unordered, "bob", identity), "carol")
        group.refuses(agreement["create-users"], group.sealed(unordered, "alice", identity), "carol")
        group.deliver(creation, "carol")
      },
    ),
    aCase(
      "broadcast/order-of-checks-beside-a-create",
      order("A create, and beside it an acknowledgement of what nobody has sent: nothing is waited for, for it is not open", [
        clauses.acknowledges,
      ]),
      (author) => {
        const group = new BroadcastGroup(author, abc)
        group.acquaint(abc)
        const creation = group.create(abc)
        const items = [...itemsOf(creation.envelope), ackOf(group, "alice", 2, "bob", 1)]
        const both = Hex.encode(encodeWire(Envelope, { type: "envelope", items, signature: new Uint8Array(64) }))
        group.refuses(clauses.acknowledges, both, "carol")
        group.deliver(creation, "carol")
      },
    ),
    broadcastScenario(
      "needs-in-order",
      {
        title: "An envelope acknowledges two updates of Alice's, of which none has come: the first is missing, and then the second",
        clauses: [clauses["held-retried"]],
      },
      abc,
      [],
      (group) => {
        const [alice, carol] = [group.member("alice"), group.member("carol")]
        const updates = [group.update("alice"), group.update("alice")]
        const later = group.update("carol")
        for (const update of updates) group.deliver(update, "carol")
        const both = group.post("carol")
        const missing = (sender: string, seq: number): Missing => ({ message: { sender, seq } })
        group.holds(both, "bob", missing(carol, 2))
        group.deliver(later, "bob", 1, [missing(alice, 2)])
        group.retry("bob", 0, [missing(alice, 2)])
        group.deliver(updates[0]!, "bob", 1, [missing(alice, 3)])
        group.deliver(updates[1]!, "bob", 3)
      },
    ),
  ]
}

export default caseFile({ part: "dcgka", chapter: "causal-broadcast-orders", layer: "broadcast", flags: {} }, () => [
  ...formers(),
  ...unconfirmed(),
  ...compared(),
  ...orders(),
])
