import type { Missing } from "../../../spec/conventions/verdicts.ts"
import { clauses, type Item } from "../../../spec/dcgka/causal-broadcast.ts"
import { aCase, type Case, caseFile, twins } from "../author.ts"
import { filled, first } from "../people.ts"
import { BroadcastGroup, type EnvelopeInTransit, broadcastScenario, identity, itemsOf } from "./broadcast-group.ts"
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
      const control = { type: "add-ack", group: group.id, sender: bob, seq: 1, ofSender: alice, ofSeq: 2 } as const
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

export default caseFile({ part: "dcgka", chapter: "causal-broadcast-orders", layer: "broadcast", flags: {} }, () => [
  ...formers(),
  ...unconfirmed(),
  ...compared(),
])
