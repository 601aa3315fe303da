import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { Attachment, clauses, Item, Notes } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as agreement, Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, first, meet, repeated } from "../people.ts"
import { BroadcastGroup, broadcastScenario, identity, itemsOf, kindsOf, withFirst } from "./broadcast-group.ts"
import { lastSealed } from "./key-agreement-group.ts"

const abc = first(3)

const calls = (): ReadonlyArray<Case> => [
  ...["previous", "acknowledged"].flatMap((name) =>
    twins(`broadcast/digest-length-${name}`, suite.length, `A digest of a message from a ${name} digest of 31 bytes`, (author) => {
      const group = BroadcastGroup.acquainted(author, ["alice", "bob"])
      const [one] = itemsOf(group.update("alice").envelope)
      const params = { previous: filled(1, 32), acknowledged: filled(2, 32), item: Hex.encode(encodeWire(Item, one!)) }
      return fork("broadcast.digest", params, { [name]: filled(1, 31) })
    }),
  ),
  aCase(
    "broadcast/written-before-the-create",
    {
      title: "What is noted as written before there is a group is stated by the create: broadcast.write asks for no group",
      clauses: [clauses["chain-stated"]],
    },
    (author) => {
      const group = new BroadcastGroup(author, ["alice"])
      const chain = { length: 2, digest: filled(7, 32) }
      author.accepts("broadcast.write", { on: "alice", chain })
      const [created, updated] = [group.create(["alice"]), group.update("alice")].map(({ envelope }) => itemsOf(envelope)[0]!)
      author.claim(created!.chain?.length === 2 && updated!.chain === null, "the create alone states it")
    },
  ),
]

const acknowledgements = (): ReadonlyArray<Case> => [
  ...twins(
    "broadcast/acknowledges-twice-at-once",
    agreement["ack-once"],
    "An envelope acknowledges one message twice: whom the message awaits is asked of the state before the envelope",
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc)
      const update = group.update("alice")
      group.deliver(update, "bob")
      const ack = group.answer(update, "carol")
      const twice = group.resealed(ack, ([one]) => [one!, { ...one!, control: { ...one!.control, seq: one!.control.seq + 1 } }])
      return group.fork(ack, "bob", twice)
    },
  ),
  broadcastScenario(
    "second-acknowledgement",
    {
      title:
        "A second envelope with an acknowledgement is an equivocation while others are to acknowledge the same message, and ignored later",
      clauses: [clauses.equivocation],
    },
    abc,
    [],
    (group) => {
      const update = group.update("alice")
      const [bobs, carols] = [group.answer(update, "bob"), group.answer(update, "carol")]
      const chain = { length: 1, digest: new Uint8Array(32) }
      const second = group.resealed(carols, (items) => withFirst(items, { chain }))
      group.deliver(carols, "alice")
      group.refuses(clauses.equivocation, second, "alice")
      group.deliver(bobs, "alice")
      group.author.ignores("broadcast.receive", { on: "alice", envelope: second })
    },
  ),
]

const arrivals = (): ReadonlyArray<Case> =>
  (["update", "remove"] as const).map((kind) =>
    broadcastScenario(
      `arrival-of-no-addition-${kind}`,
      {
        title: `Bob, who has still to confirm to Dave what Alice's welcome says of him, sends him an add-ack of ${kind === "update" ? "an update" : "a removal"} under a signature that does not verify: it is no confirmation`,
        clauses: [clauses.unconfirmed],
      },
      abc,
      ["dave"],
      (group) => {
        group.deliver(group.add("alice", "dave"), "dave")
        const posted = kind === "update" ? group.update("alice") : group.remove("alice", "carol")
        group.deliver(posted, "dave")
        const { sender: ofSender, seq: ofSeq } = itemsOf(posted.envelope)[0]!.control
        const control = {
          type: "add-ack",
          group: group.id,
          sender: group.member("bob"),
          seq: 2,
          ofSender,
          ofSeq,
          commitment: null,
        } as const
        const directs = { [group.member("dave")]: new Uint8Array(64) }
        group.refuses(
          clauses.unconfirmed,
          group.sealed([{ control, signingKey: null, cut: null, chain: null, directs }], "carol", identity),
          "dave",
        )
      },
    ),
  )

const sent = (): ReadonlyArray<Case> => [
  broadcastScenario(
    "acknowledgement-after-remove-and-update",
    {
      title: "An acknowledgement does not go into an envelope in which a remove stands anywhere before it",
      clauses: [clauses.coalesce],
    },
    abc,
    [],
    (group) => {
      const update = group.update("bob")
      group.queueRemove("alice", "carol")
      group.queueUpdate("alice")
      group.deliver(update, "alice")
      const [changes, ack] = [group.post("alice"), group.post("alice")]
      group.author.claim(kindsOf(changes.envelope) === "remove,update", "Alice sends what she did in one envelope")
      group.author.claim(kindsOf(ack.envelope) === "ack", "her acknowledgement follows")
      for (const posted of [changes, ack]) group.deliver(posted, "bob")
    },
  ),
  broadcastScenario(
    "open-as-they-came",
    {
      title: "The open messages of a welcome stand in the order in which they came, whatever that of their senders",
      clauses: [clauses.attachment],
    },
    abc,
    ["dave"],
    (group) => {
      group.author.claim(group.member("bob") < group.member("carol"), "Bob is the smaller member")
      const updates = [group.update("carol"), group.update("bob")]
      for (const update of updates) group.answer(update, "alice")
      group.deliver(group.add("alice", "dave"), "dave")
      group.deliver(group.answer(updates[0]!, "bob"), "dave")
      group.deliver(group.answer(updates[1]!, "carol"), "dave")
    },
  ),
]

/** Alice has added Dave, who has no bundle of hers, and holds the addition. */
const unknownAdder = (author: Author) => {
  const group = new BroadcastGroup(author, ["alice", "bob", "dave"])
  group.introduce("alice", "bob")
  meet(author, "alice", "dave")
  group.settle(group.create(["alice", "bob"]), ["alice", "bob"])
  const addition = group.add("alice", "dave")
  group.holds(addition, "dave", { bundle: "alice" })
  return { group, addition }
}

const retried = (): ReadonlyArray<Case> => [
  aCase(
    "broadcast/operations-do-not-retry",
    {
      title: "Who removes an adder for whose addition a bundle is missing has not tried the addition again before retry",
      clauses: [clauses["held-retried"], clauses.withheld],
    },
    (author) => {
      const group = new BroadcastGroup(author, [...abc, "dave"])
      group.acquaint(abc)
      group.introduce("alice", "dave")
      group.settle(group.create(abc), abc)
      group.holds(group.add("alice", "dave"), "bob", { bundle: "dave" })
      const alice = group.member("alice")
      const withheld = () => decodeNotes(author.accepts("broadcast.notes", { on: "bob" }).notes)[alice]?.withheld?.seq
      author.claim(kindsOf(group.remove("bob", "alice").envelope) === "remove", "Bob sends his removal alone")
      author.claim(withheld() === undefined, "the addition still waits for the bundle")
      group.retry("bob", 0, [{ acknowledgement: { sender: alice, seq: 2 } }])
      author.claim(withheld() === 2, "the addition is withheld")
    },
  ),
  aCase(
    "broadcast/lacks-a-bundle-to-join",
    {
      title: "Who holds an addition for which a bundle is missing lacks that to join, and takes the addition when it comes again later",
      clauses: [clauses["held-retried"]],
    },
    (author) => {
      const { group, addition } = unknownAdder(author)
      group.retry("dave", 0, [{ bundle: "alice" }])
      meet(author, "dave", "alice")
      // It comes again before retry, and is held no more.
      group.deliver(addition, "dave")
    },
  ),
  aCase(
    "broadcast/bundle-used-meanwhile",
    {
      title: "A bundle that has come, and was used elsewhere, makes an addition due that waited for it",
      clauses: [clauses["held-retried"]],
    },
    (author) => {
      const { group } = unknownAdder(author)
      meet(author, "dave", "alice")
      author.accepts("first-contact.initiate", {
        on: "dave",
        user: "alice",
        ephemeralSecretKey: repeated("e1"),
        context: "",
        associatedData: "",
        plaintext: "",
      })
      group.retry("dave", 1)
    },
  ),
  aCase(
    "broadcast/one-bundle-of-two-used-meanwhile",
    {
      title: "Of two bundles that have come one was used elsewhere: an addition that waited for a bundle is due",
      clauses: [clauses["held-retried"]],
    },
    (author) => {
      const { group } = unknownAdder(author)
      for (const _ of [1, 2]) meet(author, "dave", "alice")
      const sealing = { context: "", associatedData: "", plaintext: "" }
      author.accepts("first-contact.initiate", { on: "dave", user: "alice", ephemeralSecretKey: repeated("e1"), ...sealing })
      group.retry("dave", 1)
    },
  ),
  broadcastScenario(
    "repetitions-judged-first",
    {
      title: "What begins with a message that has come meanwhile is judged before what waited for that message",
      clauses: [clauses["refused-told"]],
    },
    abc,
    [],
    (group) => {
      const [first, second] = [group.update("alice"), group.update("alice")]
      const [alice, carol] = [group.member("alice"), group.member("carol")]
      const ack = { type: "ack", group: group.id, sender: carol, seq: 2, ofSender: alice, ofSeq: 3 } as const
      const forged = group.sealed([{ control: ack, signingKey: null, cut: null, chain: null, directs: {} }], "bob", identity)
      group.holds({ envelope: forged }, "bob", { message: { sender: alice, seq: 3 } })
      for (const envelope of [second.envelope, group.second(second)]) {
        group.holds({ envelope }, "bob", { message: { sender: alice, seq: 2 } })
      }
      const refused = [group.refusedLater("alice", 3, clauses.equivocation), group.refusedLater("carol", 2, clauses.signature)]
      group.deliver(first, "bob", 2, [], refused)
    },
  ),
  broadcastScenario(
    "nothing-judged-after-removal",
    {
      title:
        "Bob's removal was held, and a second one with its number: what is refused before he is removed is told, and nothing more is judged",
      clauses: [clauses["refused-told"]],
    },
    abc,
    [],
    (group) => {
      const [update, removal] = [group.update("alice"), group.remove("alice", "bob")]
      const before = { message: { sender: group.member("alice"), seq: 2 } }
      const forged = group.sealed(itemsOf(group.answer(update, "carol").envelope), "bob", identity)
      group.holds({ envelope: forged }, "bob", before)
      group.holds(removal, "bob", before)
      group.holds({ envelope: group.second(removal) }, "bob", before)
      const { removed } = group.deliver(update, "bob", 2, [], [group.refusedLater("carol", 2, clauses.signature)])
      group.author.claim(removed, "Bob is removed")
    },
  ),
]

const compared = (): ReadonlyArray<Case> => [
  broadcastScenario(
    "notes-further-back",
    {
      title:
        "Notes are compared also with an envelope of ours before the last and an open message inside one, and by what is withheld where their last message is not ours",
      clauses: [clauses.notes],
    },
    abc,
    [],
    (group) => {
      const [alice, bob] = [group.member("alice"), group.member("bob")]
      for (const _ of [1, 2]) group.queueUpdate("alice")
      group.post("alice")
      const other = new Uint8Array(32).fill(9)
      const compare = (notes: Notes, differ: ReadonlyArray<string>, behind: ReadonlyArray<string>) =>
        group.author.gives("broadcast.compare-notes", { on: "alice", notes: Hex.encode(encodeWire(Notes, notes)) }, { differ, behind })
      compare({ [alice]: { seq: 2, digest: group.digest(alice, 2), withheld: null } }, [], [])
      compare({ [alice]: { seq: 2, digest: other, withheld: null } }, [alice], [])
      compare({ [alice]: { seq: 1, digest: other, withheld: null } }, [alice], [])
      compare({ [bob]: { seq: 9, digest: other, withheld: { seq: 1, digest: group.digest(bob, 1) } } }, [], [bob])
      compare({ [bob]: { seq: 9, digest: other, withheld: { seq: 1, digest: other } } }, [bob], [bob])
    },
  ),
]

const judged = (): ReadonlyArray<Case> => [
  broadcastScenario(
    "removed-with-another",
    {
      title: "Carol removes Alice and then Dave in one envelope: Alice's view, which she keeps, has neither",
      clauses: [clauses["judged-alike"]],
    },
    first(4),
    [],
    (group) => {
      for (const user of ["alice", "dave"]) group.queueRemove("carol", user)
      const { removed, taken } = group.author.accepts("broadcast.receive", { on: "alice", envelope: group.post("carol").envelope })
      group.author.claim(removed && taken.length === 1, "the second removal is no result")
      const members = ["bob", "carol"].map((user) => ({ member: group.member(user), user }))
      group.author.gives("broadcast.members", { on: "alice" }, { members: members.sort((a, b) => (a.member < b.member ? -1 : 1)) })
    },
  ),
]

const uncounted = (): ReadonlyArray<Case> => [
  broadcastScenario(
    "unconfirmed-later-inside",
    {
      title:
        "An envelope of Bob's begins with the number of his last update that a welcome counts, and has one more: he denies what the welcome says",
      clauses: [clauses.unconfirmed],
    },
    ["alice", "bob"],
    ["dave"],
    (group) => {
      group.settle(group.update("bob"), ["alice", "bob"])
      group.deliver(group.add("alice", "dave"), "dave")
      const ack = { type: "ack", group: group.id, sender: group.member("bob"), seq: 2, ofSender: group.member("alice"), ofSeq: 1 } as const
      const update = group.update("bob")
      const envelope = group.resealed(update, ([item]) => [{ control: ack, signingKey: null, cut: null, chain: null, directs: {} }, item!])
      group.refuses(clauses.unconfirmed, envelope, "dave")
    },
  ),
]

const awaited = (): ReadonlyArray<Case> => [
  broadcastScenario(
    "awaits-who-came-and-went",
    {
      title: "Dave was added and removed before Bob's update came, which knows of neither: the update awaits him all the same",
      clauses: [clauses.attachment],
    },
    abc,
    ["dave", "erin"],
    (group) => {
      const update = group.update("bob")
      for (const posted of [group.add("alice", "dave"), group.remove("alice", "dave"), update]) group.deliver(posted, "carol")
      group.queueAdd("carol", "erin")
      const { attachment } = Result.getOrThrow(decodeWire(Welcome, bytesOf(lastSealed(group.author))))
      const { open } = Result.getOrThrow(decodeWire(Attachment, attachment))
      const told = open.find(({ sender }) => sender === group.member("bob"))?.awaited ?? []
      group.author.claim(told.join() === [group.member("alice"), group.member("dave")].sort().join(), "it awaits Alice and Dave")
      const [answers, addition] = [group.post("carol"), group.post("carol")]
      group.author.claim(kindsOf(answers.envelope) === "add-ack,ack,ack", "she has answered before")
      group.deliver(addition, "erin")
    },
  ),
]

const formers = (): ReadonlyArray<Case> => [
  broadcastScenario(
    "former-known-by-one-removal",
    {
      title: "Two have removed Erin, who removes Dave: he may have left if he knew of one removal only, and has not if he knew of both",
      clauses: [clauses.withheld],
    },
    first(5),
    [],
    (group) => {
      const removals = [group.remove("bob", "erin"), group.remove("carol", "erin")] as const
      const former = group.remove("erin", "dave")
      const answers = removals.map((removal) => group.answer(removal, "dave"))
      for (const posted of [...removals, answers[0]!]) group.deliver(posted, "alice")
      group.deliver(former, "alice", 1)
      for (const posted of [removals[1], ...answers]) group.deliver(posted, "bob")
      group.holds(former, "bob", { acknowledgement: { sender: group.member("erin"), seq: 2 } })
    },
  ),
  broadcastScenario(
    "former-known-by-the-later-removal",
    {
      title: "Erin removes Dave, who knows the second of the two removals of Erin that have come, and not the first: he may have left",
      clauses: [clauses.withheld],
    },
    first(5),
    [],
    (group) => {
      const [known, unknown] = [group.remove("bob", "erin"), group.remove("carol", "erin")]
      const former = group.remove("erin", "dave")
      const answer = group.answer(known, "dave")
      for (const posted of [unknown, known, answer]) group.deliver(posted, "alice")
      group.deliver(former, "alice", 1)
    },
  ),
]

const decodeNotes = (notes: string): Notes => Result.getOrThrow(decodeWire(Notes, bytesOf(notes)))

/** What several rules come to at once. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-due", layer: "broadcast", flags: {} }, () => [
  ...sent(),
  ...calls(),
  ...acknowledgements(),
  ...arrivals(),
  ...retried(),
  ...judged(),
  ...uncounted(),
  ...awaited(),
  ...formers(),
  ...compared(),
])
