import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses as broadcast, Envelope, type Item } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses, type Packet, Packet as PacketOf } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { clauses as bundles } from "../../../spec/dcgka/key-bundles.ts"
import { type Case, caseFile } from "../author.ts"
import { expires, filled } from "../people.ts"
import { secondLater } from "./group-messaging-memberships.ts"
import { copyOf, type EventJson, type MessengerGroup, memberOf, messengerCase } from "./messenger-group.ts"

const abc = ["alice", "bob", "carol"] as const

const decoded = (packet: string): Packet => Result.getOrThrow(decodeWire(PacketOf, bytesOf(packet)))

const itemsIn = (packet: string): ReadonlyArray<Item> => {
  const one = decoded(packet)
  return one.type === "envelope" ? one.items : []
}

const senderOf = (packet: string): string => {
  const one = decoded(packet)
  return one.type === "envelope" ? one.items[0]!.control.sender : one.sender
}

/** Whom packets remove. */
const removedBy = (packets: ReadonlyArray<string>): ReadonlyArray<string> =>
  packets.flatMap(itemsIn).flatMap(({ control }) => (control.type === "remove" ? [control.member] : []))

/** An envelope that nobody has signed. */
const forged = (control: Item["control"]): string => {
  const bringsKey = control.type === "create" || control.type === "update" || control.type === "remove"
  const statesCut = control.type === "add" || control.type === "update" || control.type === "remove"
  const [signingKey, cut] = [bringsKey, statesCut].map((has) => (has ? new Uint8Array(32) : null)) as [Item["signingKey"], Item["cut"]]
  const item: Item = { control, signingKey, cut, chain: null, directs: {} }
  return Hex.encode(encodeWire(Envelope, { type: "envelope", items: [item], signature: new Uint8Array(64) }))
}

const week = 604_800

const commitment = new Uint8Array(32)

/** The members made of `user` by those who have added it, each with its first message but one. */
const madeBy = (messengers: MessengerGroup, user: string, adders: ReadonlyArray<string>): ReadonlyArray<string> =>
  adders.map((by) => memberOf(messengers, user, memberOf(messengers, by, null, 0), 2))

/** Each of `adders` adds `user`, who gets the additions in this order. */
const addedBy = (messengers: MessengerGroup, user: string, adders: ReadonlyArray<string>): ReadonlyArray<string> => {
  for (const by of adders) messengers.add(by, user)
  for (const by of adders) messengers.receive(user, messengers.next(user, [by])!)
  return madeBy(messengers, user, adders)
}

const hasMemberships = (messengers: MessengerGroup, on: string, members: ReadonlyArray<string>): void => {
  const { memberships } = messengers.author.accepts("messenger.memberships", { on, group: messengers.group })
  messengers.author.claim(memberships.map(({ member }) => member).join() === members.join(), `${on} has these memberships`)
}

const refusals = (events: ReadonlyArray<unknown>): ReadonlyArray<EventJson> =>
  (events as ReadonlyArray<EventJson>).filter(({ type }) => type === "envelope-refused")

const finishing = (): ReadonlyArray<Case> => [
  messengerCase(
    "three-that-answer",
    {
      title: "Dave has three memberships, which answer Alice's update and each other: all have sent before the first sends again",
      clauses: [clauses["one-voice"]],
    },
    abc,
    (messengers) => {
      const [one, two, three] = addedBy(messengers, "dave", abc)
      messengers.update("alice")
      const { packets } = messengers.receive("dave", messengers.next("dave", ["alice"])!)
      messengers.author.claim(packets.map(senderOf).join() === [one, two, three, one, two].join(), "the order is as said")
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "retires-when-the-others-have-answered",
    {
      title: "Carol has not acknowledged the addition of Dave, and has been removed: when Bob has, Dave retires his other membership",
      clauses: [clauses["one-voice"]],
    },
    abc,
    (messengers) => {
      const [, second] = addedBy(messengers, "dave", ["alice", "bob"])
      messengers.remove("alice", "carol")
      messengers.receive("dave", messengers.next("dave", ["alice"])!)
      messengers.receive("bob", messengers.next("bob", ["alice"])!)
      const { packets } = messengers.receive("dave", messengers.next("dave", ["bob"])!)
      messengers.author.claim(removedBy(packets).join() === second, "Dave removes his second member")
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "leaves-to-its-other-membership",
    {
      title: "Alice, who knows only one of Frank's two members, says that she leaves: he does not speak as that one, and removes nobody",
      clauses: [clauses["leave-carried-out"]],
    },
    abc,
    (messengers) => {
      const made = addedBy(messengers, "frank", ["bob", "carol"])
      const others = ["bob", "carol"].map((user) => memberOf(messengers, user, null, 0))
      messengers.author.claim(
        made.some((member) => others.every((other) => member < other)),
        "one of Frank's members is the smallest of those who stay",
      )
      messengers.receive("alice", messengers.next("alice", ["carol"])!)
      messengers.leave("alice")
      messengers.read("frank")
      const packets = [1, 2].flatMap(() => messengers.receive("frank", messengers.next("frank", ["alice"])!).packets)
      messengers.heard("frank", "leaving alice")
      messengers.author.claim(removedBy(packets).length === 0, "Frank removes nobody")
    },
    { outsiders: ["frank"] },
  ),
]

const comingBack = (): ReadonlyArray<Case> => [
  messengerCase(
    "own-leave-comes-back",
    {
      title: "What Dave has written as one member comes back, and his other membership opens it: his data is no event, his leave is one",
      clauses: [clauses["one-voice"]],
    },
    abc,
    (messengers) => {
      addedBy(messengers, "dave", ["alice", "bob"])
      messengers.read("dave")
      messengers.receive("dave", messengers.say("dave", "hello").packets.at(-1)!)
      messengers.heard("dave")
      messengers.receive("dave", messengers.leave("dave").packets.at(-1)!)
      messengers.heard("dave", "leaving dave")
    },
    { outsiders: ["dave"] },
  ),
]

const joining = (): ReadonlyArray<Case> => [
  messengerCase(
    "candidate-by-a-later-one",
    {
      title: "The membership that Dave joins takes an add of him that stands before its own in the log: by that he joins in the next step",
      clauses: [clauses["same-addition"], clauses["log-replayed"]],
    },
    abc,
    (messengers) => {
      for (const user of abc) for (let count = 0; count < 2; count++) messengers.meet(user, "dave")
      for (const user of ["bob", "carol"]) for (let count = 0; count < 2; count++) messengers.meet("dave", user)
      const [first] = messengers.add("alice", "dave").packets
      messengers.remove("alice", "dave")
      messengers.settle(["carol"], ["alice"])
      const again = messengers.add("carol", "dave").packets.at(-1)!
      const [concurrent] = messengers.add("bob", "dave").packets
      const { missing } = messengers.receive("dave", first!)
      messengers.author.claim(JSON.stringify(missing) === JSON.stringify([{ bundle: "alice" }]), "Dave does not know Alice")
      messengers.receive("dave", again)
      for (let count = 0; count < 2; count++) messengers.meet("dave", "alice")
      messengers.receive("dave", concurrent!)
      const carols = memberOf(messengers, "dave", senderOf(again), itemsIn(again)[0]!.control.seq)
      const [alices, bobs] = madeBy(messengers, "dave", ["alice", "bob"]) as [string, string]
      hasMemberships(messengers, "dave", [carols, bobs])
      messengers.author.accepts("messenger.retry", { on: "dave", group: messengers.group })
      hasMemberships(messengers, "dave", [carols, bobs, alices])
    },
    { strangers: ["dave"] },
  ),
  messengerCase(
    "joins-by-what-was-taken",
    {
      title: "Of two adds of Dave with one number, both in his log, a membership has taken the second: he joins by that one",
      clauses: [clauses["same-addition"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      addedBy(messengers, "dave", ["alice"])
      messengers.update("bob")
      const twin = copyOf(messengers, "bob")
      messengers.say(twin, "hello")
      const [another] = messengers.add(twin, "dave").packets
      messengers.add("bob", "dave")
      messengers.receive("dave", another!)
      author.accepts("messenger.forget-held", { on: "dave", group })
      messengers.receive("dave", messengers.next("dave", ["bob"])!)
      const { events } = messengers.receive("dave", messengers.next("dave", ["bob"])!)
      const bob = memberOf(messengers, "bob", null, 0)
      hasMemberships(messengers, "dave", [...madeBy(messengers, "dave", ["alice"]), memberOf(messengers, "dave", bob, 3)])
      const refused = refusals(events).map(({ member, clause }) => `${member} ${clause}`)
      author.claim(
        refused.join() === `${bob} ${broadcast.equivocation.id}`,
        "he refuses the first, and his memberships nothing of each other",
      )
    },
    { outsiders: ["dave"] },
  ),
]

const refusedLater = (): ReadonlyArray<Case> => [
  messengerCase(
    "refused-by-one-that-does-not-know",
    {
      title: "A new membership refuses a forged envelope of the log, of whose sender only a removed one knows the user: none is told",
      clauses: [clauses["refused-told"]],
    },
    abc,
    (messengers) => {
      const alice = memberOf(messengers, "alice", null, 0)
      messengers.add("alice", "erin")
      messengers.add("alice", "dave")
      messengers.remove("alice", "dave")
      for (let count = 0; count < 2; count++) messengers.receive("dave", messengers.next("dave", ["alice"])!)
      messengers.read("dave")
      const head = { group: messengers.group, sender: memberOf(messengers, "erin", alice, 2), seq: 1 }
      messengers.receive("dave", forged({ type: "ack", ...head, ofSender: alice, ofSeq: 1 }))
      messengers.add("bob", "dave")
      const { events } = messengers.receive("dave", messengers.next("dave", ["bob"])!)
      const [told, ...more] = refusals(events)
      messengers.author.claim(more.length === 0 && told?.user === null && told.clause === agreement["sender-member"].id, "no user is told")
    },
    { outsiders: ["dave", "erin"] },
  ),
  messengerCase(
    "refused-joining",
    {
      title: "A membership takes an add by which another one would be made, but the prekey in it is gone: the event names no user",
      clauses: [clauses["refused-told"], bundles["prekey-held"]],
    },
    abc,
    (messengers) => {
      const { author } = messengers
      addedBy(messengers, "dave", ["alice"])
      author.accepts("messenger.retire", { on: "dave", now: expires + week })
      author.accepts("messenger.rotate", { on: "dave", expires: expires + 2 * week })
      messengers.add("bob", "dave")
      const { events } = messengers.receive("dave", messengers.next("dave", ["bob"])!)
      const [told, ...more] = refusals(events)
      author.claim(more.length === 0 && told?.user === null && told.member === memberOf(messengers, "bob", null, 0), "no user is told")
    },
    { outsiders: ["dave"] },
  ),
]

/**
 * Dave's log is full of what strangers have sent, when Erin's answer, whose addition has not come, and one more packet are in it:
 * one goes. Then her addition comes, he gets his second membership, and Erin updates. Gives whether that one lacks her answer.
 */
const lacksTheAnswer = (messengers: MessengerGroup, before: ReadonlyArray<string>, strange: number, last: string): boolean => {
  const { author, group } = messengers
  const give = (packet: string) => author.accepts("messenger.receive", { on: "dave", packet })
  const forget = () => author.accepts("messenger.forget-held", { on: "dave", group })
  secondLater(messengers)
  for (let count = 0; count < 3; count++)
    for (const [one, other] of [
      ["dave", "erin"],
      ["erin", "dave"],
    ] as const)
      messengers.meet(one, other)
  for (const packet of before) give(packet)
  forget()
  const [addition] = messengers.add("alice", "erin").packets
  const [answer] = messengers.receive("erin", addition!).packets
  give(answer!)
  const sender = filled(0xee, 16)
  for (let seq = 2; seq < 65 - strange; seq++) give(forged({ type: "update", group, sender, seq, commitment }))
  forget()
  // So that the first membership does not lack it.
  give(answer!)
  give(last)
  give(addition!)
  for (let count = 0; count < 2; count++) messengers.meet("dave", "bob")
  author.accepts("messenger.retry", { on: "dave", group })
  const { missing } = give(messengers.update("erin").packets.at(-1)!)
  return JSON.stringify(missing).includes(senderOf(answer!))
}

const logging = (): ReadonlyArray<Case> => [
  messengerCase(
    "log-create-of-others",
    {
      title: "A create that does not name Dave stands in his full log: it makes no member, and is the first that goes",
      clauses: [clauses["invitations-kept"], clauses["log-shares"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const sender = filled(0xee, 16)
      const create = { type: "create", group, sender, seq: 90, users: ["mallory"], signingKey: commitment } as const
      const first = forged({ ...create, nonce: new Uint8Array(16), commitment })
      const last = forged({ type: "update", group, sender, seq: 91, commitment })
      author.claim(!lacksTheAnswer(messengers, [first], 1, last), "Erin's answer is in the log")
    },
    { outsiders: ["erin"], strangers: ["dave"] },
  ),
  messengerCase(
    "log-adds-not-held",
    {
      title: "An add that is in the log, and that no membership holds, gives whom it would make no share: it counts as a stranger",
      clauses: [clauses["log-shares"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const sender = memberOf(messengers, "alice", null, 0)
      const add = forged({ type: "add", group, sender, seq: 90, user: "dave", history: commitment, commitment })
      const last = forged({ type: "update", group, sender: memberOf(messengers, "dave", sender, 90), seq: 2, commitment })
      author.claim(lacksTheAnswer(messengers, [add], 0, last), "Erin's answer is lost")
    },
    { outsiders: ["erin"], strangers: ["dave"] },
  ),
]

/** What a reader could read in two ways. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-candidates", layer: "messaging", flags: {} }, () => [
  ...finishing(),
  ...comingBack(),
  ...joining(),
  ...refusedLater(),
  ...logging(),
])
