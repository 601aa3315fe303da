import { Hex } from "effect/encoding"
import { encodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses as broadcast, Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import type { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { grace } from "../../../spec/dcgka/key-bundles.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { expires, first, flipped, now, repeated } from "../people.ts"
import { BroadcastGroup, itemsOf, withFirst } from "./broadcast-group.ts"
import { copyOf, type EventJson, MessengerGroup, memberOf, messengerCase, twoAdditions } from "./messenger-group.ts"

const ab = first(2)
const abc = first(3)

/** Whether the memberships of a user have been removed, in their order. */
const removedOf = ({ author, group }: MessengerGroup, on: string): string =>
  author
    .accepts("messenger.memberships", { on, group })
    .memberships.map(({ removed }) => removed)
    .join()

/** Everybody can add Dave, who can contact nobody but these. */
const meetDave = (messengers: MessengerGroup, known: ReadonlyArray<string>): void => {
  for (let count = 0; count < 3; count++) {
    for (const user of abc) messengers.meet(user, "dave")
    for (const user of known) messengers.meet("dave", user)
  }
}

/** An envelope with one message that nobody has signed. */
const unsigned = (control: ControlMessage, signingKey: Uint8Array | null = null, cut: Uint8Array | null = null): string =>
  Hex.encode(
    encodeWire(Envelope, {
      type: "envelope",
      items: [{ control, signingKey, cut, chain: null, directs: {} }],
      signature: new Uint8Array(64),
    }),
  )

/** Bob adds Dave with prekeys that Dave has not any more, and once more as the same member, with others. Dave has joined by Alice's addition. */
const addedOtherwise = (messengers: MessengerGroup): { readonly first: string; readonly second: string } => {
  const { author, group } = messengers
  const twin = copyOf(messengers, "bob")
  const [first] = messengers.add("bob", "dave").packets
  messengers.receive("dave", messengers.add("alice", "dave").packets[0]!)
  author.accepts("messenger.rotate", { on: "dave", expires: expires + grace })
  author.accepts("messenger.retire", { on: "dave", now: expires + grace })
  author.accepts("messenger.retire", { on: twin, now: expires })
  const { bundle } = author.accepts("messenger.publish", { on: "dave" })
  author.accepts("messenger.learn", { on: twin, bundle, now })
  const second = author.accepts("messenger.add", { on: twin, group, user: "dave" }).packets[0]!
  return { first: first!, second }
}

const joining = (): ReadonlyArray<Case> => [
  messengerCase(
    "joins-twice-at-once",
    {
      title: "Dave cannot join by either of two additions for want of bundles: when he has them he joins by both in one step",
      clauses: [clauses["same-addition"], clauses.retried],
    },
    abc,
    (messengers) => {
      meetDave(messengers, ["carol"])
      for (const by of ["alice", "bob"]) messengers.receive("dave", messengers.add(by, "dave").packets[0]!)
      for (const user of ["alice", "bob"]) for (let count = 0; count < 2; count++) messengers.meet("dave", user)
      messengers.retry("dave")
      messengers.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "user-added carol")
      messengers.author.claim(removedOf(messengers, "dave") === "false,false", "Dave has two memberships")
    },
    { strangers: ["dave"] },
  ),
  messengerCase(
    "made-by-a-repetition",
    {
      title:
        "An addition that Dave's membership has taken comes again when the bundle has come that he lacked to join by it: it makes a member",
      clauses: [clauses["same-addition"]],
    },
    abc,
    (messengers) => {
      meetDave(messengers, ["alice", "carol"])
      const [one, other] = ["alice", "bob"].map((by) => messengers.add(by, "dave").packets[0]!) as [string, string]
      for (const packet of [one, other]) messengers.receive("dave", packet)
      for (let count = 0; count < 2; count++) messengers.meet("dave", "bob")
      messengers.receive("dave", other)
      messengers.author.claim(removedOf(messengers, "dave") === "false,false", "Dave has two memberships")
      messengers.author.ignores("messenger.receive", { on: "dave", packet: other })
    },
    { strangers: ["dave"] },
  ),
  messengerCase(
    "three-additions-taken",
    {
      title: "Dave has taken two more additions with one number before he can join by them: he joins by both",
      clauses: [clauses["same-addition"], clauses.retried],
    },
    abc,
    (messengers) => {
      meetDave(messengers, ["alice"])
      for (const by of abc) messengers.receive("dave", messengers.add(by, "dave").packets[0]!)
      messengers.author.claim(removedOf(messengers, "dave") === "false", "Dave has one membership")
      for (const user of ["bob", "carol"]) for (let count = 0; count < 3; count++) messengers.meet("dave", user)
      messengers.retry("dave")
      messengers.author.claim(removedOf(messengers, "dave") === "false,false,false", "Dave has three memberships")
    },
    { strangers: ["dave"] },
  ),
  messengerCase(
    "another-addition",
    {
      title: "Another add comes of a member by whose addition Dave could not join, and he could join by it: it makes nothing",
      clauses: [clauses["same-addition"]],
    },
    abc,
    (messengers) => {
      const { author } = messengers
      const { first, second } = addedOtherwise(messengers)
      messengers.receive("dave", first)
      author.claim(removedOf(messengers, "dave") === "false", "Dave cannot join by the first")
      author.refuses(broadcast.equivocation, "messenger.receive", { on: "dave", packet: second })
      author.claim(removedOf(messengers, "dave") === "false", "Dave has one membership")
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "another-addition-later",
    {
      title: "The same when Dave's membership has been removed: the other add is ignored",
      clauses: [clauses["same-addition"]],
    },
    abc,
    (messengers) => {
      const { author } = messengers
      const { first, second } = addedOtherwise(messengers)
      messengers.receive("dave", first)
      author.accepts("messenger.retire", { on: "carol", now: expires })
      for (const user of ["alice", "bob", "dave"]) messengers.meet("carol", user)
      messengers.receive("carol", messengers.next("carol", ["alice"])!)
      const answer = messengers.waitingFor("dave").at(-1)!
      for (const packet of [answer, messengers.remove("carol", "dave").packets[0]!]) messengers.receive("dave", packet)
      author.claim(removedOf(messengers, "dave") === "true", "Dave is out")
      author.ignores("messenger.receive", { on: "dave", packet: second })
      author.claim(removedOf(messengers, "dave") === "true", "Dave has not joined")
    },
    { outsiders: ["dave"] },
  ),
]

const logged = (): ReadonlyArray<Case> => [
  messengerCase(
    "logged-and-not-judged",
    {
      title:
        "Who is in no group keeps what comes and judges none of it but what makes it a member: a create of others, and envelopes of no form",
      clauses: [clauses["log-replayed"]],
    },
    ab,
    (messengers) => {
      const { author, group } = messengers
      const create = author.steps.flatMap(({ method, expect }) =>
        method === "messenger.create" && "output" in expect ? (expect.output as { readonly packets: ReadonlyArray<string> }).packets : [],
      )[0]!
      const { sender } = itemsOf(create)[0]!.control
      const key = new Uint8Array(32)
      const add = { type: "add", group, sender, seq: 2, user: "erin", history: key, commitment: key } as const
      const update = { type: "update", group, sender, seq: 2, commitment: key } as const
      for (const packet of [create, unsigned(add, key), unsigned(update)]) {
        author.gives("messenger.receive", { on: "dave", packet }, { packets: [], events: [], missing: [{ join: group }] })
      }
    },
    { strangers: ["dave"] },
  ),
  messengerCase(
    "made-nothing-when-the-bundle-came",
    {
      title:
        "An invitation whose signature is wrong was refused when its bundle had come: it is a repetition as long as the log has it, and the oldest to go",
      clauses: [clauses["invitations-kept"], clauses["refused-told"]],
    },
    ab,
    (messengers) => {
      const { author } = messengers
      messengers.meet("erin", "dave")
      const { packets, group } = author.accepts("messenger.create", { on: "erin", users: ["dave"] })
      const wrong = { on: "dave", packet: flipped(packets[0]!, -1) }
      author.accepts("messenger.receive", wrong)
      messengers.meet("dave", "erin")
      author.accepts("messenger.retry", { on: "dave", group })
      author.ignores("messenger.receive", wrong)
      const { sender } = itemsOf(packets[0]!)[0]!.control
      const give = (seq: number) =>
        author.accepts("messenger.receive", {
          on: "dave",
          packet: unsigned({ type: "ack", group, sender, seq, ofSender: sender, ofSeq: 1 }),
        })
      for (let seq = 2; seq <= 256; seq++) give(seq)
      author.ignores("messenger.receive", wrong)
      give(257)
      author.refuses(broadcast.signature, "messenger.receive", wrong)
    },
    { strangers: ["dave", "erin"] },
  ),
]

const verdicts = (): ReadonlyArray<Case> => [
  messengerCase(
    "refused-by-one-of-two",
    {
      title:
        "Only one of Dave's memberships knows Erin: of two refusals the verdict is that of the first, and where the second holds an envelope that the first refuses, that is an event",
      clauses: [clauses["refused-told"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      messengers.update("alice")
      const additions = ["alice", "bob"].map((by) => messengers.add(by, "dave").packets[0]!)
      for (const packet of [...additions, messengers.add("alice", "erin").packets[0]!]) messengers.receive("dave", packet)
      author.claim(removedOf(messengers, "dave") === "false,false", "Dave has two memberships")
      const alice = memberOf(messengers, "alice", null, 0)
      const erin = memberOf(messengers, "erin", alice, 4)
      const forged = (ofSeq: number) => ({
        on: "dave",
        packet: unsigned({ type: "ack", group, sender: erin, seq: 1, ofSender: alice, ofSeq }),
      })
      author.refuses(broadcast.acknowledges, "messenger.receive", forged(1))
      const { events } = author.accepts("messenger.receive", forged(3))
      const told = events as ReadonlyArray<EventJson>
      const isIt = told[0]?.type === "envelope-refused" && told[0].member === erin && told[0].user === "erin"
      author.claim(told.length === 1 && isIt && told[0]!.clause === broadcast.acknowledges.id, "that the first refuses it is told")
    },
    { outsiders: ["dave", "erin"] },
  ),
  messengerCase(
    "refused-before-candidates",
    {
      title:
        "Dave's first membership refuses an envelope that the second holds, and in the same step he would join by an addition of Carol's whose bundle was another's: the envelope is told first",
      clauses: [clauses["refused-told"], clauses.retried],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      meetDave(messengers, ["alice", "bob", "erin"])
      messengers.update("alice")
      const additions = abc.map((by) => messengers.add(by, "dave").packets[0]!)
      for (const packet of [...additions, messengers.add("alice", "erin").packets[0]!]) messengers.receive("dave", packet)
      author.claim(removedOf(messengers, "dave") === "false,false", "Dave has two memberships, and lacks a bundle for the third")
      author.accepts("keys.generate", { on: "mallory", user: "carol", seed: repeated("mallory") })
      author.accepts("keys.rotate", { on: "mallory", expires })
      const { bundle } = author.accepts("keys.publish", { on: "mallory" })
      author.accepts("messenger.learn", { on: "dave", bundle, now })
      const alice = memberOf(messengers, "alice", null, 0)
      const erin = memberOf(messengers, "erin", alice, 4)
      const packet = unsigned({ type: "ack", group, sender: erin, seq: 1, ofSender: alice, ofSeq: 3 })
      const told = messengers.receive("dave", packet).events as ReadonlyArray<EventJson>
      author.claim(
        told.map(({ type, user }) => `${type} ${user}`).join() === "envelope-refused erin,envelope-refused carol",
        "in this order",
      )
      author.claim(told[0]?.clause === broadcast.acknowledges.id, "Erin's is no acknowledgement of hers to give")
    },
    { outsiders: ["erin"], strangers: ["dave"] },
  ),
  aCase(
    "group-messaging/malformed-in-the-log",
    {
      title:
        "An update of Alice's with a direct message of no form came before the create: that it is malformed is an event when Bob joins",
      clauses: [clauses["refused-told"], clauses["log-replayed"]],
    },
    (author) => {
      const messengers = new MessengerGroup(author, ab)
      messengers.acquaint(ab)
      const create = messengers.create("alice", ["bob"]).packets[0]!
      const update = messengers.update("alice").packets[0]!
      const [alice, bob] = ab.map((user) => memberOf(messengers, user, null, 0)) as [string, string]
      const seals = new BroadcastGroup(author, [])
      seals.note(create)
      const wrong = seals.sealed(withFirst(itemsOf(update), { directs: { [bob]: new Uint8Array([0x80]) } }), "alice", `signing/${alice}/1`)
      messengers.receive("bob", wrong)
      const told = messengers.receive("bob", create).events as ReadonlyArray<EventJson>
      author.claim(told.at(-1)?.clause === encoding.shape.id, "that it is malformed is told last")
    },
  ),
  messengerCase(
    "retry-delays",
    { title: "One that delays answers nothing when it tries again what waited", clauses: [clauses.coalesced, clauses.retried] },
    abc,
    (messengers) => {
      messengers.meet("carol", "dave")
      const [addition] = messengers.add("carol", "dave").packets
      messengers.receive("bob", addition!)
      messengers.meet("bob", "dave")
      messengers.author.claim(messengers.retry("bob").packets.length === 0, "Bob delays")
      messengers.author.claim(messengers.flush("bob").packets.length === 1, "Bob answers")
    },
    { strangers: ["dave"], delay: ["bob"] },
  ),
]

const told = (): ReadonlyArray<Case> => [
  messengerCase(
    "told-before-another",
    {
      title: "Two messages were told when a second membership is made, which opens the earlier one: it is not told again",
      clauses: [clauses["one-event"]],
    },
    abc,
    (messengers) => {
      meetDave(messengers, ["alice", "carol"])
      const additions = ["alice", "bob"].map((by) => messengers.add(by, "dave").packets[0]!)
      for (const packet of additions) messengers.receive("carol", packet)
      const answers = messengers.waitingFor("dave").slice(2)
      const messages = ["one", "two"].map((text) => messengers.say("carol", text).packets.at(-1)!)
      for (const packet of [...additions, ...answers, ...messages]) messengers.receive("dave", packet)
      messengers.read("dave", "carol: one", "carol: two")
      for (let count = 0; count < 2; count++) messengers.meet("dave", "bob")
      messengers.retry("dave")
      messengers.author.claim(removedOf(messengers, "dave") === "false,false", "Dave has two memberships")
      messengers.receive("dave", messages[0]!)
      messengers.heard("dave")
    },
    { strangers: ["dave"] },
  ),
  messengerCase(
    "restored-with-two",
    {
      title: "Who restores a backup, where one of two memberships has been removed already, has left the group",
      clauses: [clauses.restored],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      twoAdditions(messengers)
      messengers.settle([...abc, "dave"])
      author.claim(removedOf(messengers, "dave").split(",").sort().join() === "false,true", "one of two memberships remains")
      author.gives("messenger.restore", { on: "dave" }, { events: [{ type: "left", group }] })
      author.claim(removedOf(messengers, "dave") === "true,true", "none remains")
    },
    { outsiders: ["dave"] },
  ),
  aCase(
    "group-messaging/strangers-judged-first",
    {
      title: "An invitation whose signature is wrong, where there is no room for its group: its verdict comes first",
      clauses: [clauses.strangers],
      twin: "group-messaging/strangers",
    },
    (author) => {
      const messengers = new MessengerGroup(author, ab)
      messengers.acquaint(ab)
      for (let count = 0; count < 64; count++) {
        const sender = count.toString(16).padStart(32, "0")
        const packet = unsigned({ type: "ack", group: sender, sender, seq: 1, ofSender: sender, ofSeq: 1 })
        author.accepts("messenger.receive", { on: "bob", packet })
      }
      const packet = messengers.create("alice", ["bob"]).packets[0]!
      author.refuses(broadcast.signature, "messenger.receive", { on: "bob", packet: flipped(packet, -1) })
      author.accepts("messenger.receive", { on: "bob", packet })
    },
  ),
]

/** How a user joins by what the log has, and what two memberships make of a packet. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-joining", layer: "messaging", flags: {} }, () => [
  ...joining(),
  ...logged(),
  ...verdicts(),
  ...told(),
])
