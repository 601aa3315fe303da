import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses as broadcast, Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { clauses as keyBundles } from "../../../spec/dcgka/key-bundles.ts"
import { aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { expires, filled, first, flipped, hexOf, now } from "../people.ts"
import { itemsOf, kindsOf } from "./broadcast-group.ts"
import { resigned } from "./key-bundles.ts"
import { copyOf, type EventJson, MessengerGroup, memberOf, messengerCase, twoAdditions } from "./messenger-group.ts"

const abc = first(3)
const abcd = first(4)

/** The users that a create has named, in the order of their members. */
const inOrder = (messengers: MessengerGroup, users: ReadonlyArray<string>): ReadonlyArray<string> =>
  users.toSorted((a, b) => (memberOf(messengers, a, null, 0) < memberOf(messengers, b, null, 0) ? -1 : 1))

/** Who of Alice and Bob does not remove Carol when she leaves. */
const readerIn = (messengers: MessengerGroup): string => inOrder(messengers, ["alice", "bob"])[1]!

/** The packet of a step that `user` alone writes with a copy of the state of a member. */
const writes = ({ author, group }: MessengerGroup, on: string, text: string): string =>
  author.accepts("messenger.send", { on, group, payload: hexOf(text) }).packets.at(-1)!

const leaving = (): ReadonlyArray<Case> => [
  messengerCase(
    "leave-beside-another",
    {
      title: "Who would have to remove one that leaves, and could not yet, leaves too: it removes nobody any more",
      clauses: [clauses["leave-carried-out"], clauses.leaving],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const [next, last] = inOrder(messengers, ["bob", "carol"]) as [string, string]
      author.accepts("messenger.retire", { on: next, now: expires })
      messengers.leave("alice")
      const { packets, missing } = messengers.receive(next, messengers.next(next)!)
      author.claim(packets.length === 0 && JSON.stringify(missing) === JSON.stringify([{ bundle: last }]), "the removal is put off")
      messengers.meet(next, last)
      const left = messengers.leave(next)
      author.claim(left.packets.length === 1 && left.missing.length === 0, "nothing is sent but the wish to leave")
      author.gives("messenger.users", { on: next, group }, { users: [...abc] })
    },
  ),
  messengerCase(
    "leaver-heals",
    { title: "One that leaves is the healer: it heals all the same", clauses: [clauses.heal, clauses.leaving] },
    abc,
    (messengers) => {
      const [healer, other] = inOrder(messengers, ["alice", "bob"]) as [string, string]
      messengers.update(healer)
      messengers.update(other)
      messengers.leave(healer)
      const { packets } = messengers.receive(healer, messengers.next(healer, [other])!)
      messengers.author.claim(packets.map(kindsOf).join() === "ack,update", "an answer, and an update after both")
    },
    { heal: true },
  ),
  messengerCase(
    "leaver-retires",
    { title: "One that leaves with two memberships retires one of them all the same", clauses: [clauses["one-voice"], clauses.leaving] },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const alive = () =>
        author.accepts("messenger.memberships", { on: "dave", group }).memberships.filter(({ removed }) => !removed).length
      messengers.add("alice", "dave")
      messengers.add("bob", "dave")
      messengers.settle(abc)
      for (const user of ["alice", "bob"]) messengers.receive("dave", messengers.next("dave", [user])!)
      messengers.leave("dave")
      author.claim(alive() === 2, "there are two memberships")
      messengers.settle(["dave"], abc)
      author.claim(alive() === 1, "one of them has removed the other")
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "leaver-flushes",
    { title: "One that leaves and delays answers when it flushes", clauses: [clauses.leaving, clauses.coalesced] },
    abc,
    (messengers) => {
      messengers.leave("carol")
      messengers.update("alice")
      const { packets } = messengers.receive("carol", messengers.next("carol", ["alice"])!)
      messengers.author.claim(packets.length === 0, "the answer is delayed")
      messengers.author.claim(messengers.flush("carol").packets.map(kindsOf).join() === "ack", "the answer")
    },
    { delay: ["carol"] },
  ),
  ...twins("group-messaging/flush-member", clauses.member, "Flushing in a group that one is not in", (author) => {
    const messengers = MessengerGroup.settled(author, abc, ["dave"])
    return fork("messenger.flush", { on: "bob", group: messengers.group }, { on: "dave" })
  }),
  messengerCase(
    "leaver-acts",
    { title: "One that leaves adds, removes, updates and compares no more", clauses: [clauses.leaving], twin: "group-messaging/leaving" },
    abc,
    (messengers) => {
      const { author, group } = messengers
      messengers.leave("carol")
      const here = { on: "carol", group }
      author.refuses(clauses.leaving, "messenger.add", { ...here, user: "dave" })
      author.refuses(clauses.leaving, "messenger.remove", { ...here, user: "bob" })
      author.refuses(clauses.leaving, "messenger.update", here)
      author.refuses(clauses.leaving, "messenger.compare", here)
      author.accepts("messenger.notes", here)
      author.accepts("messenger.retry", here)
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "leaver-wrote-before",
    { title: "What a member has written before it said that it leaves comes after that", clauses: [clauses["leaver-silent"]] },
    abc,
    (messengers) => {
      const before = messengers.say("carol", "before").packets.at(-1)!
      const leave = messengers.leave("carol").packets.at(-1)!
      const reader = readerIn(messengers)
      for (const packet of [leave, before]) messengers.receive(reader, packet)
      messengers.heard(reader, "leaving carol", "carol: before")
    },
  ),
  messengerCase(
    "leaver-goes-on",
    {
      title: "Somebody has the state of a member that leaves, and writes after an answer of it, as the first message of a chain",
      clauses: [clauses["leaver-silent"]],
    },
    abc,
    (messengers) => {
      const { author } = messengers
      const thief = copyOf(messengers, "carol")
      const reader = readerIn(messengers)
      const leave = messengers.leave("carol").packets.at(-1)!
      const [update] = messengers.update(reader).packets
      const [answer] = messengers.receive("carol", update!).packets
      author.accepts("messenger.receive", { on: thief, packet: update! })
      const message = writes(messengers, thief, "I stay")
      for (const packet of [leave, answer!]) messengers.receive(reader, packet)
      messengers.heard(reader, "leaving carol")
      messengers.receive(reader, message)
      messengers.heard(reader)
    },
  ),
  messengerCase(
    "leaver-says-it-again",
    {
      title: "A member and somebody with its state both say that it leaves: what comes after the earlier of the two is no event",
      clauses: [clauses["leaver-silent"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const thief = copyOf(messengers, "carol")
      const [, second, third] = ["first", "second", "third"].map((text) => messengers.say("carol", text).packets.at(-1)!)
      const later = messengers.leave("carol").packets.at(-1)!
      const earlier = author.accepts("messenger.leave", { on: thief, group }).packets.at(-1)!
      const reader = readerIn(messengers)
      for (const packet of [second!, later, earlier, third!]) messengers.receive(reader, packet)
      messengers.heard(reader, "carol: second", "leaving carol", "leaving carol")
    },
  ),
  messengerCase(
    "leaver-to-one-membership",
    {
      title: "Only one of two memberships knows that Carol leaves: what somebody writes with her state is no event to it, nor to the other",
      clauses: [clauses["leaver-silent"], clauses["one-event"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const [one] = messengers.add("alice", "dave").packets
      const [other] = messengers.add("bob", "dave").packets
      const [answer] = messengers.receive("carol", one!).packets
      for (const packet of [one!, answer!]) messengers.receive("dave", packet)
      const thief = copyOf(messengers, "carol")
      messengers.receive("dave", messengers.leave("carol").packets.at(-1)!)
      messengers.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "user-added carol", "leaving carol")
      const [second] = messengers.receive("carol", other!).packets
      author.accepts("messenger.receive", { on: thief, packet: other! })
      for (const packet of [other!, second!]) messengers.receive("dave", packet)
      const { memberships } = author.accepts("messenger.memberships", { on: "dave", group })
      author.claim(memberships.length === 2, "Dave has two memberships")
      messengers.receive("dave", writes(messengers, thief, "I stay"))
      messengers.heard("dave")
    },
    { outsiders: ["dave"] },
  ),
]

const again = (): ReadonlyArray<Case> => [
  messengerCase(
    "left-and-added-again",
    { title: "One that has left, and has not forgotten the group, is added again: it leaves no more", clauses: [clauses.leaving] },
    abc,
    (messengers) => {
      messengers.acquaint(abc)
      messengers.leave("carol")
      messengers.flood(abc)
      messengers.agree(["alice", "bob"])
      messengers.add("alice", "carol")
      messengers.settle(abc)
      messengers.say("carol", "here again")
      messengers.settle(abc)
      messengers.read("bob", "carol: here again")
    },
  ),
  messengerCase(
    "leaves-as-a-second-member",
    {
      title: "One that leaves gets a second membership, by an addition that was on its way: it leaves all the same",
      clauses: [clauses.leaving],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      messengers.add("alice", "dave")
      messengers.add("bob", "dave")
      messengers.receive("dave", messengers.next("dave", ["alice"])!)
      messengers.leave("dave")
      messengers.receive("dave", messengers.next("dave", ["bob"])!)
      const { memberships } = author.accepts("messenger.memberships", { on: "dave", group })
      author.claim(memberships.length === 2, "Dave has two memberships")
      author.refuses(clauses.leaving, "messenger.send", { on: "dave", group, payload: hexOf("I stay") })
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "removed-in-order",
    { title: "A user with two members is removed: both are, in ascending order", clauses: [clauses["no-such-user"]] },
    abc,
    (messengers) => {
      messengers.add("alice", "dave")
      messengers.add("bob", "dave")
      messengers.settle(abc)
      const removed = messengers
        .remove("alice", "dave")
        .packets.flatMap(itemsOf)
        .flatMap(({ control }) => (control.type === "remove" ? [control.member] : []))
      messengers.author.claim(removed.length === 2 && removed[0]! < removed[1]!, "the smaller member first")
    },
    { outsiders: ["dave"] },
  ),
]

const events = (): ReadonlyArray<Case> => [
  messengerCase(
    "refused-alike",
    {
      title: "Two forged envelopes with one number are refused in one step by one clause: the events are equal, and one",
      clauses: [clauses["refused-told"]],
    },
    abc,
    (messengers) => {
      const [one] = messengers.update("alice").packets
      const [two] = messengers.update("alice").packets
      for (const byte of [-1, -2]) messengers.receive("bob", flipped(two!, byte))
      const { events } = messengers.receive("bob", one!)
      const told = (events as ReadonlyArray<EventJson>).filter(({ type }) => type === "envelope-refused")
      messengers.author.claim(told.length === 1 && told[0]!.clause === broadcast.signature.id, "one event")
    },
  ),
  messengerCase(
    "own-of-a-removed-membership",
    {
      title: "A message that Dave has written as a membership which is removed since comes back, and the other one opens it: no event",
      clauses: [clauses["one-voice"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      twoAdditions(messengers)
      messengers.settle(["alice", "bob", "dave"])
      const mine = messengers.say("dave", "mine").packets.at(-1)!
      const { memberships } = author.accepts("messenger.memberships", { on: "dave", group })
      const adder = memberOf(messengers, "alice", null, 0)
      messengers.remove("carol", memberOf(messengers, "dave", adder, 2) === memberships[0]!.member ? "alice" : "bob")
      messengers.flood(abcd)
      const after = author.accepts("messenger.memberships", { on: "dave", group }).memberships
      author.claim(after.map(({ removed }) => removed).join() === "true,false", "the second membership remains")
      messengers.read("dave", "alice: from alice", "bob: from bob")
      messengers.receive("dave", mine)
      messengers.heard("dave")
    },
    { outsiders: ["dave"] },
  ),
]

const without = (): ReadonlyArray<Case> => [
  ...twins("group-messaging/notes-member", clauses.member, "Notes of a group in which one has no membership", (author) => {
    const messengers = MessengerGroup.settled(author, abc, ["dave"])
    return fork("messenger.notes", { on: "bob", group: messengers.group }, { on: "dave" })
  }),
  messengerCase(
    "notes-after-removal",
    { title: "Who was removed has no notes, and compares none", clauses: [clauses.member] },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const { content } = author.accepts("messenger.notes", { on: "bob", group })
      messengers.remove("alice", "bob")
      messengers.settle(abc)
      author.refuses(clauses.member, "messenger.notes", { on: "bob", group })
      author.refuses(clauses.member, "messenger.check", { on: "bob", group, content })
      author.refuses(clauses.member, "messenger.flush", { on: "bob", group })
      author.accepts("messenger.retry", { on: "bob", group })
      author.gives("messenger.forget-held", { on: "bob", group: filled(1, 16) }, {})
      author.refuses(clauses["no-such-group"], "messenger.retry", { on: "bob", group: filled(1, 16) })
      author.gives("messenger.forget", { on: "bob", group: filled(1, 16) }, {})
    },
  ),
]

/** The update that a packet carries, with another commitment; the signature is of the right one. */
const otherUpdate = (packet: string): string => {
  const { items, signature } = Result.getOrThrow(decodeWire(Envelope, Buffer.from(packet, "hex")))
  const [item] = items as [(typeof items)[number]]
  const control = { ...item.control, commitment: new Uint8Array(32) } as typeof item.control
  return Hex.encode(encodeWire(Envelope, { type: "envelope", items: [{ ...item, control }], signature }))
}

const logged = (): ReadonlyArray<Case> => [
  messengerCase(
    "restored-log",
    {
      title: "Who restores a backup knows no more which additions a membership has taken, nor what was in the log, nor other groups",
      clauses: [clauses.restored],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      for (const user of abc) for (let count = 0; count < 2; count++) messengers.meet(user, "dave")
      for (const user of ["alice", "carol"]) messengers.meet("dave", user)
      const [one] = messengers.add("alice", "dave").packets
      const [other] = messengers.add("bob", "dave").packets
      messengers.receive("dave", one!)
      messengers.receive("dave", other!)
      const stranger = author.accepts("messenger.create", { on: "carol", users: ["alice"] })
      messengers.receive("dave", stranger.packets[0]!)
      const left = { on: "alice", group: author.accepts("messenger.create", { on: "alice", users: [] }).group }
      author.accepts("messenger.leave", left)
      author.gives("messenger.restore", { on: "dave" }, { events: [{ type: "left", group }] })
      author.gives("messenger.restore", { on: "dave" }, { events: [] })
      author.gives("messenger.receive", { on: "dave", packet: other! }, { packets: [], events: [], missing: [] })
      author.refuses(clauses["no-such-group"], "messenger.retry", { on: "dave", group: stranger.group })
    },
    { strangers: ["dave"] },
  ),
  messengerCase(
    "logged-after-removal",
    {
      title:
        "Carol was removed, and a message comes before the addition after which it was written: she reads it when she has joined again",
      clauses: [clauses["log-replayed"]],
    },
    abc,
    (messengers) => {
      messengers.acquaint(abc)
      messengers.remove("alice", "carol")
      messengers.settle(abc)
      const [addition] = messengers.add("alice", "carol").packets
      const message = messengers.say("alice", "welcome back").packets.at(-1)!
      for (const packet of [message, addition!]) messengers.receive("carol", packet)
      messengers.read("carol", "alice: welcome back")
    },
  ),
  messengerCase(
    "refused-and-ignored",
    {
      title: "One of two memberships would refuse what the other has by its welcome: it is ignored",
      clauses: [clauses["same-addition"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const [one] = messengers.add("alice", "dave").packets
      const [update] = messengers.update("carol").packets
      messengers.receive("bob", update!)
      const [other] = messengers.add("bob", "dave").packets.filter((packet) => kindsOf(packet) === "add")
      for (const packet of [one!, update!, ...messengers.waitingFor("dave")]) author.answers("messenger.receive", { on: "dave", packet })
      const { memberships } = author.accepts("messenger.memberships", { on: "dave", group })
      author.claim(other !== undefined && memberships.length === 2, "Dave has two memberships")
      author.ignores("messenger.receive", { on: "dave", packet: otherUpdate(update!) })
    },
    { outsiders: ["dave"] },
  ),
  aCase(
    "group-messaging/learn-order",
    {
      title: "A bundle of our own user with other keys: whether it is a bundle is looked at first, and then whose it is",
      clauses: [clauses["own-identity"], verdicts["order-of-checks"]],
      twin: "group-messaging/leaving",
    },
    (author) => {
      new MessengerGroup(author, ["alice"])
      const other = { on: "other", user: "alice", seed: filled(7, 32), delay: false, heal: false }
      const agreementKey = bytesOf(author.accepts("messenger.generate", other).agreementKey)
      author.accepts("messenger.rotate", { on: "other", expires })
      const { bundle } = author.accepts("messenger.publish", { on: "other" })
      author.refuses(keyBundles.signature, "messenger.learn", { on: "alice", bundle: flipped(bundle, -1), now })
      author.refuses(keyBundles.valid, "messenger.learn", { on: "alice", bundle, now: expires })
      for (const _ of [1, 2]) author.refuses(clauses["own-identity"], "messenger.learn", { on: "alice", bundle, now })
      const own = author.accepts("messenger.publish", { on: "alice" }).bundle
      const mixed = resigned(own, { agreementKey }, "alice")
      author.refuses(clauses["own-identity"], "messenger.learn", { on: "alice", bundle: mixed, now })
      author.accepts("messenger.create", { on: "alice", users: [] })
      author.refuses(keyBundles.valid, "messenger.learn", { on: "alice", bundle, now: expires })
    },
  ),
  aCase(
    "group-messaging/own-create",
    {
      title: "A create of our own comes to a messenger of ours that does not know it, as a copy from before: it would make a member",
      clauses: [agreement["own-message"]],
      twin: "group-messaging/leaving",
    },
    (author) => {
      const messengers = new MessengerGroup(author, ["alice", "bob"])
      messengers.meet("alice", "bob")
      const copy = copyOf(messengers, "alice")
      const [packet] = messengers.create("alice", ["bob"]).packets
      author.refuses(agreement["own-message"], "messenger.receive", { on: copy, packet: packet! })
    },
  ),
]

/** Who leaves, what is told once, and what is asked without a membership. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-edges", layer: "messaging", flags: {} }, () => [
  ...leaving(),
  ...again(),
  ...events(),
  ...without(),
  ...logged(),
])
