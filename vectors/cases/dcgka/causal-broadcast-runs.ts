import { bytesOf } from "../../../reference/conventions.ts"
import type { Missing } from "../../../spec/conventions/verdicts.ts"
import { clauses, leastHeld, maximumHeld } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { filled, first, meet } from "../people.ts"
import { BroadcastGroup, broadcastScenario, type EnvelopeInTransit, identity, itemsOf, kindsOf, withFirst } from "./broadcast-group.ts"
import { unshown, withheld } from "./causal-broadcast-former.ts"
import { strangers } from "./causal-broadcast-held.ts"
import { controlHex, lastSealed } from "./key-agreement-group.ts"

const abc = first(3)
const five = first(5)

/** That the envelope waits for the message of a user with this number. */
const early = (group: BroadcastGroup, posted: Pick<EnvelopeInTransit, "envelope">, to: string, user: string, seq: number): void =>
  group.holds(posted, to, { message: { sender: group.member(user), seq } })

/**
 * Alice has removed Dave, which Erin knows, and Bob, which she does not. Dave has sent a message, and removed Erin after that; Bob has updated, and taken
 * both. Alice withholds Dave's first message and Bob's update; then comes a forgery in place of Dave's removal, and Bob's answer, which that does not show.
 */
const behindForgery = (group: BroadcastGroup, act: (group: BroadcastGroup) => EnvelopeInTransit) => {
  const removal = group.remove("alice", "dave")
  group.deliver(group.answer(removal, "erin"), "alice")
  group.remove("alice", "bob")
  const update = group.update("bob")
  const [one, two] = [act(group), group.remove("dave", "erin")]
  for (const posted of [one, two]) group.deliver(posted, "bob")
  const answers = group.post("bob")
  withheld(group, update, "alice", 2)
  group.deliver(one, "alice", 0, [unshown(group, "bob", 2), unshown(group, "dave", 2)])
  const forgery = group.resealed({ ...group.update("dave"), signedWith: "signing/nobody" }, ([item]) => [
    { ...item!, control: { ...item!.control, seq: 3 } },
  ])
  early(group, { envelope: forgery }, "alice", "dave", 2)
  early(group, answers, "alice", "bob", 2)
  return { one, two }
}

/** The same, where Dave's first message adds Frank, of whom Alice has no bundle; Carol has taken all, and an update of Frank's. */
const withUnknown = (author: Author, before: (group: BroadcastGroup) => void) => {
  const group = new BroadcastGroup(author, [...five, "frank"])
  group.acquaint(five)
  for (const user of five.slice(1)) group.introduce(user, "frank")
  meet(author, "frank", "alice")
  group.settle(group.create(five), five)
  before(group)
  const { one, two } = behindForgery(group, () => group.add("dave", "frank"))
  group.deliver(one, "frank")
  const franks = [group.post("frank"), group.update("frank")]
  for (const posted of [one, two, ...franks]) group.deliver(posted, "carol")
  early(group, two, "alice", "dave", 2)
  early(group, franks[0]!, "alice", "dave", 2)
  early(group, franks[1]!, "alice", "frank", 1)
  return group
}

/** What Alice lacks then: Frank's first message waits for the bundle, and so does Carol's answer; his second one waits for the first. */
const lacking = (group: BroadcastGroup): ReadonlyArray<Missing> => [
  { bundle: "frank" },
  { message: { sender: group.member("frank"), seq: 1 } },
]

const lastOfRun = (): ReadonlyArray<Case> => [
  broadcastScenario(
    "run-with-another-end",
    {
      title:
        "What shows nothing with a forgery at the end of its run is tried again when the true envelope stands there, and before what came later",
      clauses: [clauses.withheld, clauses["held-retried"]],
    },
    five,
    [],
    (group) => {
      const { one, two } = behindForgery(group, () => group.update("dave"))
      for (const posted of [one, two]) group.deliver(posted, "carol")
      const refused = [group.refusedLater("dave", 3, clauses.signature)]
      group.deliver(group.post("carol"), "alice", 0, [{ message: { sender: group.member("dave"), seq: 3 } }], refused)
      group.deliver(two, "alice", 7)
      group.author.claim(
        group.author.accepts("broadcast.members", { on: "alice" }).members.every(({ user }) => ["alice", "carol"].includes(user)),
        "Erin is out",
      )
    },
  ),
  aCase(
    "broadcast/forgery-gone-and-more-lacking",
    {
      title: "What comes refuses a forgery, and then lacks a bundle: what waited behind that forgery is tried at once",
      clauses: [clauses.withheld, clauses["held-retried"], clauses["refused-told"]],
    },
    (author) => {
      const group = withUnknown(author, () => {})
      const refused = [group.refusedLater("dave", 3, clauses.signature)]
      group.deliver(group.post("carol"), "alice", 5, lacking(group), refused)
    },
  ),
  aCase(
    "broadcast/forgery-gone-in-retry",
    {
      title: "The same of what was held, and is tried later than what waits behind the forgery: that is tried once more",
      clauses: [clauses.withheld, clauses["held-retried"], clauses["refused-told"]],
    },
    (author) => {
      let update: EnvelopeInTransit | undefined
      const group = withUnknown(author, (before) => {
        update = before.update("carol")
      })
      early(group, group.post("carol"), "alice", "carol", 2)
      const refused = [group.refusedLater("dave", 3, clauses.signature)]
      group.deliver(update!, "alice", 6, lacking(group), refused)
    },
  ),
  broadcastScenario(
    "forgeries-in-order",
    {
      title: "An envelope refuses a forgery that stands before what it shows, and lets another one be judged: they are told in this order",
      clauses: [clauses["refused-told"]],
    },
    abc,
    [],
    (group) => {
      group.remove("alice", "bob")
      const [two, three] = [group.update("bob"), group.update("bob")]
      for (const posted of [two, three]) group.deliver(posted, "carol")
      const ack = group.post("carol")
      const next = group.resealed({ ...group.update("carol"), signedWith: "signing/nobody" }, (items) => items)
      const { seq } = itemsOf(next)[0]!.control
      withheld(group, two, "alice", 2)
      early(group, { envelope: next }, "alice", "carol", 2)
      const forgery = group.resealed({ ...three, signedWith: "signing/nobody" }, (items) => items)
      for (const envelope of [forgery, three.envelope]) early(group, { envelope }, "alice", "bob", 2)
      const refused = [group.refusedLater("bob", 3, clauses.signature), group.refusedLater("carol", seq, clauses.signature)]
      group.deliver(ack, "alice", 4, [], refused)
    },
  ),
  broadcastScenario(
    "forgeries-in-one-run",
    {
      title: "Two forgeries stand in the place of one envelope, the first not signed by its sender: they are told as they came",
      clauses: [clauses["refused-told"], clauses.acknowledges],
    },
    abc,
    [],
    (group) => {
      group.remove("alice", "bob")
      const [two, three] = [group.update("bob"), group.update("bob")]
      for (const posted of [two, three]) group.deliver(posted, "carol")
      const ack = group.post("carol")
      withheld(group, two, "alice", 2)
      const unsigned = group.resealed({ ...three, signedWith: "signing/nobody" }, (items) => items)
      const control = {
        type: "ack",
        group: group.id,
        sender: group.member("bob"),
        seq: 3,
        ofSender: group.member("alice"),
        ofSeq: 1,
      } as const
      const again = group.sealed([{ control, signingKey: null, cut: null, chain: null, directs: {} }], "bob", three.signedWith)
      for (const envelope of [unsigned, again, three.envelope]) early(group, { envelope }, "alice", "bob", 2)
      const refused = [group.refusedLater("bob", 3, clauses.signature), group.refusedLater("bob", 3, clauses.acknowledges)]
      group.deliver(ack, "alice", 4, [], refused)
    },
  ),
]

const shares = (): Case =>
  broadcastScenario(
    "strangers-lose-first",
    {
      title: "The strangers' share has too much while a member's is larger: the strangers lose",
      clauses: [clauses["held-limit"], clauses.shares],
      twin: "broadcast/held-limit-in-bytes",
    },
    ["alice", "bob"],
    [],
    (group) => {
      const [alice, nobody] = [group.member("alice"), filled(0xee, 16)]
      const each = maximumHeld.strangers / leastHeld
      const give = (sender: string, seq: number, lacks: number) =>
        group.holds({ envelope: strangers(group.id, sender, seq) }, "bob", { message: { sender, seq: lacks } })
      for (let seq = 3; seq < each + 5; seq++) give(alice, seq, 2)
      for (let seq = 3; seq < each + 3; seq++) give(nobody, seq, 1)
      group.refuses(clauses["held-limit"], strangers(group.id, nobody, each + 3), "bob")
      for (const seq of [3, each + 4]) {
        group.author.ignores("broadcast.receive", { on: "bob", envelope: strangers(group.id, alice, seq) })
      }
    },
  )

const answers = (): ReadonlyArray<Case> => [
  broadcastScenario(
    "acknowledges-without-what-is-before",
    {
      title:
        "Carol, who has added Erin, acknowledges an update that comes after an addition of Alice's, which she has not acknowledged: it is left out",
      clauses: [agreement["ack-complete"]],
      twin: "broadcast/former-left-by-what-others-refuse",
    },
    abc,
    ["dave", "erin"],
    (group) => {
      const [additions, own] = [group.add("alice", "dave"), group.add("carol", "erin")]
      for (const posted of [additions, own]) group.deliver(posted, "bob")
      const bobs = group.post("bob")
      const update = group.update("bob")
      group.deliver(own, "alice")
      for (const posted of [bobs, update]) group.deliver(posted, "alice")
      const first = group.answer(additions, "carol")
      group.deliver(bobs, "carol")
      const second = group.answer(update, "carol")
      const { seq } = itemsOf(first.envelope)[0]!.control
      group.refuses(agreement["ack-complete"], group.changed(second, { seq }), "alice")
      for (const posted of [first, second]) group.deliver(posted, "alice")
    },
  ),
  aCase(
    "broadcast/confirms-twice",
    {
      title: "Bob confirms Dave's addition, and something else with the same number: he has confirmed already, and equivocates",
      clauses: [clauses.confirmation, clauses.equivocation],
    },
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc, ["dave"])
      group.introduce("bob", "dave")
      const addition = group.add("alice", "dave")
      group.deliver(addition, "dave")
      const ack = group.answer(addition, "bob")
      author.claim(kindsOf(ack.envelope) === "add-ack", "Bob answers the addition")
      const said = lastSealed(author)
      const [bob, dave] = [group.member("bob"), group.member("dave")]
      author.accepts("channel.open", { on: "bob", group: group.id, me: bob, peer: dave, peerUser: "dave" })
      const outer = controlHex(itemsOf(ack.envelope)[0]!.control)
      const [truth, other] = [said, said.slice(0, 64) + filled(9, 32)].map((payload) => {
        const { message } = author.accepts("channel.send", { on: "bob", payload, outer })
        return group.resealed(ack, (items) => withFirst(items, { directs: { [dave]: bytesOf(message) } }))
      }) as [string, string]
      group.deliver({ envelope: truth }, "dave")
      group.refuses(clauses.equivocation, other, "dave")
    },
  ),
]

const inItsTurn = (): Case =>
  broadcastScenario(
    "forgery-gone-in-its-turn",
    {
      title:
        "A forgery stands in the run of what was held before it: when it is refused in its own turn, the envelope before it is taken too",
      clauses: [clauses["held-retried"]],
    },
    first(4),
    [],
    (group) => {
      group.queueUpdate("bob")
      group.queueUpdate("bob")
      const both = group.post("bob")
      group.remove("alice", "bob")
      const daves = group.update("dave")
      for (const posted of [both, daves]) group.deliver(posted, "carol")
      early(group, group.post("carol"), "alice", "bob", 2)
      const [bob, dave] = [group.member("bob"), group.member("dave")]
      const control = { type: "ack", group: group.id, sender: bob, seq: 2, ofSender: dave, ofSeq: 2 } as const
      const forgery = group.sealed([{ control, signingKey: null, cut: null, chain: null, directs: {} }], "dave", identity)
      early(group, { envelope: forgery }, "alice", "dave", 2)
      group.author.accepts("broadcast.receive", { on: "alice", envelope: both.envelope })
      const { taken, missing, refused } = group.author.accepts("broadcast.receive", { on: "alice", envelope: daves.envelope })
      group.author.claim(taken.length === 6 && missing.length === 0, "Dave's update, Bob's two, and Carol's three answers")
      group.author.claim(refused.map(({ clause }) => clause).join() === clauses.signature.id, "the forgery is told")
    },
  )

/** What comes of runs in which forgeries stand, whose share loses first, and what is told twice. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-runs", layer: "broadcast", flags: {} }, () => [
  ...lastOfRun(),
  inItsTurn(),
  shares(),
  ...answers(),
])
