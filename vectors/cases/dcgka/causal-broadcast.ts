import { clauses } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { filled, first, meet } from "../people.ts"
import { BroadcastGroup, identity, itemsOf, kindsOf, publicKeyOf, broadcastScenario as scenario } from "./broadcast-group.ts"

const abc = first(3)
const abcd = first(4)

const envelopes = (): ReadonlyArray<Case> => [
  scenario(
    "coalesced",
    { title: "Two acknowledgements and an update in one envelope", clauses: [clauses.coalesce, clauses["one-sender"], clauses.heals] },
    abc,
    [],
    (group) => {
      const [a, b] = [group.update("alice"), group.update("bob")]
      for (const one of [a, b]) group.deliver(one, "carol")
      group.queueUpdate("carol")
      const carols = group.post("carol")
      group.author.claim(kindsOf(carols.envelope) === "ack,ack,update", "Carol sends all three at once")
      group.holds(carols, "alice", { message: { sender: group.member("bob"), seq: 2 } })
      group.deliver(b, "alice", 4)
      group.deliver(a, "bob")
      group.deliver(carols, "bob")
      const [alices, bobs] = [group.post("alice"), group.post("bob")]
      group.author.claim(kindsOf(alices.envelope) === "ack,ack" && kindsOf(bobs.envelope) === "ack,ack", "and so do the others")
      for (const [one, other, posted] of [
        ["alice", "carol", bobs],
        ["bob", "carol", alices],
      ] as const) {
        for (const user of [one, other]) group.deliver(posted, user)
      }
      group.settle(group.update("carol"), abc)
      group.agree(abc)
    },
  ),
  scenario(
    "ack-and-rekey",
    {
      title: "A member that was added concurrently with an update acknowledges it and updates in one envelope",
      clauses: [clauses.coalesce, agreement.rekey, clauses["signing-key"]],
    },
    abc,
    ["dave"],
    (group) => {
      const addition = group.add("alice", "dave")
      const update = group.update("bob")
      for (const one of [addition, update])
        for (const user of ["alice", "bob", "carol", "dave"]) if (user !== one.by) group.deliver(one, user)
      const answers = abcd.map((user) => group.post(user))
      group.author.claim(kindsOf(answers[3]!.envelope) === "ack,ack,update", "Dave joins, acknowledges the update and rekeys")
      // What Dave sends first acknowledges Alice's addition and Bob's update, so that everybody can take it.
      for (const one of answers) for (const user of abcd) if (user !== one.by) group.deliver(one, user)
      group.settle(group.post("alice"), abcd)
      group.agree(abcd)
    },
  ),
  scenario(
    "adds-alone",
    { title: "An add between two acknowledgements: three envelopes", clauses: [clauses["add-alone"], clauses.coalesce] },
    abc,
    ["dave"],
    (group) => {
      const [b, c] = [group.update("bob"), group.update("carol")]
      group.deliver(b, "alice")
      group.queueAdd("alice", "dave")
      group.deliver(c, "alice")
      const sent = [1, 2, 3].map(() => group.post("alice"))
      group.author.claim(sent.map(({ envelope }) => kindsOf(envelope)).join(" ") === "ack add forward", "the add goes alone")
      group.author.gives("broadcast.flush", { on: "alice" }, { envelope: null })
      group.deliver(c, "bob")
      group.deliver(b, "carol")
      for (const one of sent) for (const user of ["bob", "carol"]) group.deliver(one, user)
      group.deliver(sent[1]!, "dave")
      group.holds(sent[2]!, "dave", { message: { sender: group.member("carol"), seq: 2 } })
      group.deliver(c, "dave", 2)
      const answers = ["bob", "carol", "dave"].map((user) => group.post(user))
      for (const one of answers) for (const user of abcd) if (user !== one.by) group.deliver(one, user)
      for (const user of abcd) group.flush(user)
    },
  ),
]

const equivocation = (): ReadonlyArray<Case> => [
  scenario(
    "equivocation-splits",
    {
      title: "Alice sends Bob and Carol different updates with one number: each refuses what the other acknowledges",
      clauses: [clauses.split, clauses.signature, clauses.equivocation],
      flags: ["B1"],
    },
    abc,
    [],
    (group) => {
      const update = group.update("alice")
      const second = group.second(update)
      const bobs = group.answer(update, "bob")
      group.note(second)
      const carols = group.answer({ ...update, envelope: second }, "carol")
      group.refuses(clauses.signature, bobs.envelope, "carol")
      group.refuses(clauses.signature, carols.envelope, "bob")
      group.refuses(clauses.equivocation, second, "bob")
      group.refuses(clauses.equivocation, update.envelope, "carol")
      group.refuses(clauses.signature, carols.envelope, "alice")
    },
  ),
  scenario(
    "two-chains-in-acknowledgements",
    {
      title: "Alice states one chain to Bob and another one to Carol, each with an acknowledgement: her next update parts the two",
      clauses: [clauses.split, clauses.signature, clauses.notes, clauses["chain-stated"]],
      flags: ["B1"],
    },
    abc,
    [],
    (group) => {
      const { author } = group
      const update = group.update("bob")
      group.deliver(update, "carol")
      const ack = group.answer(update, "alice")
      const chain = { length: 1, digest: new Uint8Array(32).fill(1) }
      const second = group.resealed(ack, ([first]) => [{ ...first!, chain }])
      group.deliver(ack, "bob")
      group.deliver({ envelope: second }, "carol")
      const [alice, carol] = [group.member("alice"), group.member("carol")]
      const { notes } = author.accepts("broadcast.notes", { on: "carol" })
      author.gives("broadcast.compare-notes", { on: "bob", notes }, { differ: [alice], behind: [carol] })
      const next = group.update("alice")
      group.deliver(next, "bob")
      group.refuses(clauses.signature, next.envelope, "carol")
    },
  ),
  aCase(
    "broadcast/two-creates",
    {
      title: "Alice sends Bob and Carol different creates of one group: each refuses what the other acknowledges",
      clauses: [clauses.split, clauses.signature, clauses.equivocation],
      flags: ["B1"],
    },
    (author) => {
      const group = new BroadcastGroup(author, abc)
      group.acquaint(abc)
      const create = group.create(abc)
      const second = group.second(create)
      const bobs = group.answer(create, "bob")
      group.note(second)
      const carols = group.answer({ ...create, envelope: second }, "carol")
      group.refuses(clauses.signature, bobs.envelope, "carol")
      group.refuses(clauses.signature, carols.envelope, "bob")
      group.refuses(clauses.equivocation, second, "bob")
    },
  ),
  scenario(
    "equivocation-in-notes",
    { title: "Comparing notes names the member that equivocated", clauses: [clauses.notes], flags: ["B1"] },
    abc,
    [],
    (group) => {
      const [alice, bob] = [group.member("alice"), group.member("bob")]
      const update = group.update("alice")
      const second = group.second(update)
      group.answer(update, "bob")
      group.note(second)
      group.answer({ ...update, envelope: second }, "carol")
      const { author } = group
      const notes = (on: string) => author.accepts("broadcast.notes", { on }).notes
      author.gives("broadcast.compare-notes", { on: "carol", notes: notes("bob") }, { differ: [alice], behind: [bob] })
      author.gives("broadcast.compare-notes", { on: "bob", notes: notes("carol") }, { differ: [alice], behind: [group.member("carol")] })
      // One who has more messages of Alice's still sees it.
      group.note(update.envelope)
      group.deliver(group.update("alice"), "bob")
      author.gives("broadcast.compare-notes", { on: "bob", notes: notes("carol") }, { differ: [alice], behind: [group.member("carol")] })
    },
  ),
  scenario(
    "notes-of-open-messages",
    {
      title: "Alice sends Bob two updates in one envelope, and Carol the first in another form alone: comparing notes shows it",
      clauses: [clauses.notes],
      flags: ["B1"],
    },
    abc,
    [],
    (group) => {
      const alice = group.member("alice")
      for (const _ of [1, 2]) group.queueUpdate("alice")
      const both = group.post("alice")
      const single = { ...both, envelope: group.resealed(both, ([first]) => [{ ...first!, signingKey: publicKeyOf("alice", identity) }]) }
      group.deliver(both, "bob")
      group.note(single.envelope)
      group.deliver(single, "carol")
      const { author } = group
      const notes = (on: string) => author.accepts("broadcast.notes", { on }).notes
      const bobs = author.accepts("broadcast.compare-notes", { on: "bob", notes: notes("carol") })
      author.claim(bobs.differ.join() === alice, "Bob has another digest for the first of them")
    },
  ),
  scenario(
    "notes-beyond-our-own",
    { title: "Notes with more of our own messages than we have sent differ", clauses: [clauses.notes] },
    ["alice", "bob"],
    [],
    (group) => {
      const { author } = group
      const [alice, bob] = [group.member("alice"), group.member("bob")]
      const heads = { [alice]: { seq: 9, digest: filled(9, 32), withheld: null }, [bob]: { seq: 9, digest: filled(9, 32), withheld: null } }
      const { bytes } = author.accepts("encoding.encode", { type: "notes", value: heads })
      author.gives("broadcast.compare-notes", { on: "alice", notes: bytes }, { differ: [alice], behind: [bob] })
    },
  ),
  scenario(
    "equivocation-in-acknowledgements",
    {
      title: "Bob sends Alice and Carol his acknowledgements in different orders: his next update splits them",
      clauses: [clauses.split, clauses.notes],
      flags: ["B1"],
    },
    abc,
    [],
    (group) => {
      const [a, c] = [group.update("alice"), group.update("carol")]
      group.deliver(a, "bob")
      group.deliver(c, "bob")
      const acks = group.post("bob")
      const [one, two] = itemsOf(acks.envelope)
      const reversed = group.sealed(
        [
          { ...two!, control: { ...two!.control, seq: one!.control.seq } },
          { ...one!, control: { ...one!.control, seq: two!.control.seq } },
        ],
        "bob",
        acks.signedWith,
      )
      group.deliver(c, "alice")
      group.deliver(a, "carol")
      group.deliver(acks, "alice")
      // Carol gets other update secrets of Bob's by it: his own ratchet took other steps.
      group.author.accepts("broadcast.receive", { on: "carol", envelope: reversed })
      const update = group.update("bob")
      group.deliver(update, "alice")
      group.refuses(clauses.signature, update.envelope, "carol")
      const { notes } = group.author.accepts("broadcast.notes", { on: "carol" })
      group.author.gives(
        "broadcast.compare-notes",
        { on: "alice", notes },
        { differ: [group.member("bob")], behind: [group.member("carol")] },
      )
    },
  ),
  scenario(
    "own-key-elsewhere",
    { title: "An envelope in our own name that we did not send", clauses: [clauses.equivocation, clauses.signature] },
    abc,
    [],
    (group) => {
      const update = group.update("alice")
      group.refuses(clauses.equivocation, group.second(update), "alice")
      group.refuses(agreement["own-message"], group.changed(update, { seq: 3 }), "alice")
      group.settle(update, abc)
      group.agree(abc)
    },
  ),
  scenario("behind", { title: "Notes show whose messages are missing", clauses: [clauses.notes] }, abc, [], (group) => {
    const { author } = group
    const update = group.update("alice")
    const alices = author.accepts("broadcast.notes", { on: "alice" }).notes
    const bobs = author.accepts("broadcast.notes", { on: "bob" }).notes
    author.gives("broadcast.compare-notes", { on: "bob", notes: alices }, { differ: [], behind: [group.member("alice")] })
    author.gives("broadcast.compare-notes", { on: "alice", notes: bobs }, { differ: [], behind: [] })
    group.deliver(update, "bob")
    author.gives("broadcast.compare-notes", { on: "bob", notes: alices }, { differ: [], behind: [] })
    author.gives("broadcast.compare-notes", { on: "alice", notes: "80" }, { differ: [], behind: [] })
  }),
]

const newMembers = (): ReadonlyArray<Case> => [
  scenario(
    "old-message-acknowledged",
    {
      title: "Acknowledgements of a message older than one's addition",
      clauses: [clauses.attachment, clauses.acknowledges, clauses.signature],
      flags: ["B2"],
    },
    abc,
    ["dave"],
    (group) => {
      const update = group.update("bob")
      const alices = group.answer(update, "alice")
      const addition = group.add("alice", "dave")
      const carols = group.answer(update, "carol")
      group.deliver(addition, "dave")
      const daves = group.post("dave")
      group.deliver(carols, "dave")
      for (const one of [alices, addition]) for (const user of ["bob", "carol"]) group.deliver(one, user)
      group.deliver(carols, "bob")
      group.deliver(carols, "alice")
      for (const user of abc) group.deliver(daves, user)
    },
  ),
  ...[true, false].map((isUpdateFirst) =>
    scenario(
      `new-member-acknowledges-${isUpdateFirst ? "what-came-before" : "what-comes-after"}-its-addition`,
      {
        title: `Bob, who has not acknowledged Alice's update, adds Dave; Carol gets the ${isUpdateFirst ? "update" : "addition"} first, and Dave's acknowledgement of the update last`,
        clauses: [clauses.acknowledges, agreement.rekey],
      },
      abc,
      ["dave"],
      (group) => {
        const update = group.update("alice")
        const addition = group.add("bob", "dave")
        for (const one of isUpdateFirst ? [update, addition] : [addition, update]) group.deliver(one, "carol")
        group.deliver(addition, "dave")
        group.deliver(update, "dave")
        const daves = group.post("dave")
        group.author.claim(kindsOf(daves.envelope) === "ack,ack,update", "Dave is no recipient")
        group.deliver(daves, "carol")
      },
    ),
  ),
  scenario(
    "late-joiner",
    {
      title: "One who is added gets what was sent in the group before, during and after its addition",
      clauses: [clauses["held-retried"], clauses.attachment],
    },
    abc,
    ["dave"],
    (group) => {
      const join = { join: group.id }
      const before = group.update("bob")
      group.settle(before, abc)
      group.holds(before, "dave", join)
      const addition = group.add("alice", "dave")
      const during = group.update("bob")
      group.holds(during, "dave", join)
      const alices = group.answer(during, "alice")
      group.holds(alices, "dave", join)
      // The addition, Bob's update, and Alice's acknowledgement of it; Bob's older update was counted in the welcome.
      group.deliver(addition, "dave", 3)
    },
  ),
]

const removals = (): ReadonlyArray<Case> => [
  scenario(
    "removed-keeps-sending",
    {
      title: "One who was removed goes on sending before it knows",
      clauses: [agreement["nobody-outside"], clauses.withheld, agreement.removed],
    },
    abc,
    [],
    (group) => {
      const removal = group.remove("alice", "bob")
      group.settle(removal, ["alice", "carol"])
      const update = group.update("bob")
      const missing = { acknowledgement: { sender: group.member("bob"), seq: 2 } }
      for (const user of ["alice", "carol"]) group.holds(update, user, missing)
      group.deliver(removal, "bob")
      group.author.refuses(agreement.removed, "broadcast.update", { on: "bob" })
      group.refuses(agreement.removed, group.update("carol").envelope, "bob")
      group.author.gives("broadcast.flush", { on: "bob" }, { envelope: null })
    },
  ),
  scenario(
    "removed-with-a-queue",
    { title: "One who is removed sends nothing of what it had in its queue", clauses: [agreement.wipe, clauses["held-retried"]] },
    abc,
    [],
    (group) => {
      const update = group.update("carol")
      const later = group.update("carol")
      const removal = group.remove("alice", "bob")
      group.holds(later, "bob", { message: { sender: group.member("carol"), seq: 2 } })
      group.queueUpdate("bob")
      group.author.claim(group.deliver(removal, "bob").removed, "Bob is removed")
      group.author.gives("broadcast.flush", { on: "bob" }, { envelope: null })
      group.author.gives("broadcast.retry", { on: "bob" }, { taken: [], refused: [], missing: [], removed: true })
      group.refuses(agreement.removed, update.envelope, "bob")
    },
  ),
]

const bundles = (): ReadonlyArray<Case> => [
  scenario(
    "create-of-others",
    {
      title: "A create of one who is not known, for others: its sender's bundle is missing first, and then joining",
      clauses: [clauses["held-retried"]],
    },
    ["alice", "bob"],
    [],
    ({ author }) => {
      const group = new BroadcastGroup(author, ["alice", "bob", "erin"])
      group.introduce("alice", "bob")
      const create = group.create(["alice", "bob"])
      group.holds(create, "erin", { bundle: "alice" })
      meet(author, "erin", "alice")
      group.retry("erin", 0, [{ join: group.id }])
    },
  ),
  scenario(
    "waits-for-bundles",
    { title: "What waits for a key bundle is tried again when it has been learned", clauses: [clauses["held-retried"], clauses.signature] },
    ["alice"],
    [],
    ({ author }) => {
      const group = new BroadcastGroup(author, abc)
      meet(author, "alice", "bob")
      group.introduce("alice", "carol")
      const create = group.create(abc)
      group.holds(create, "bob", { bundle: "alice" })
      meet(author, "bob", "alice")
      group.retry("bob", 1)
      const bobs = group.post("bob")
      group.deliver(create, "carol")
      group.holds(bobs, "carol", { bundle: "bob" })
      group.retry("carol", 0, [{ bundle: "bob" }])
      meet(author, "carol", "bob")
      group.retry("carol", 1)
    },
  ),
]

/** Scenarios over the broadcast. */
export default caseFile(
  {
    part: "dcgka",
    chapter: "causal-broadcast",
    layer: "broadcast",
    flags: {
      B1: {
        note: "Erratum B1: signatures and numbers alone do not keep a member from telling others different things.",
        effect: "A group is silently split.",
      },
      B2: {
        note: "Erratum B2: a new member never gets the messages that some acknowledgements are of.",
        effect: "It waits forever, or takes acknowledgements of what it cannot judge.",
      },
    },
  },
  () => [...envelopes(), ...equivocation(), ...newMembers(), ...removals(), ...bundles()],
)
