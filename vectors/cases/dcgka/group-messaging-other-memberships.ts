import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { ApplicationMessage } from "../../../spec/dcgka/application-messages.ts"
import { clauses, Packet } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { KeyBundle } from "../../../spec/dcgka/key-bundles.ts"
import { type Case, caseFile, fork, twins } from "../author.ts"
import { expires, filled } from "../people.ts"
import { copyOf, MessengerGroup, memberOf, messengerCase } from "./messenger-group.ts"

const abc = ["alice", "bob", "carol"] as const

const leaving = (): ReadonlyArray<Case> => [
  messengerCase(
    "leaver-twice",
    {
      title: "Bob says that he leaves, and a copy of him does so later: what is between the two is no event, whenever it comes",
      clauses: [clauses["leaver-silent"]],
    },
    ["alice", "bob"],
    (messengers) => {
      const copy = copyOf(messengers, "bob")
      const [first] = messengers.leave("bob").packets.slice(-1)
      const later = ["one", "two"].map((text) => messengers.say(copy, text).packets.at(-1)!)
      const [second] = messengers.leave(copy).packets.slice(-1)
      for (const packet of [first!, second!, later[1]!]) messengers.receive("alice", packet)
      messengers.heard("alice", "user-removed bob", "leaving bob")
    },
  ),
  messengerCase(
    "leaver-removed-for-the-other",
    {
      title:
        "Alice leaves: of those who stay Frank's other membership has the smallest identifier, so he removes her, as the one as which he speaks",
      clauses: [clauses["leave-carried-out"]],
    },
    abc,
    (messengers) => {
      const adders = ["bob", "carol"] as const
      for (const by of adders) messengers.add(by, "frank")
      const members = adders.map((user) => memberOf(messengers, user, null, 0))
      const made = adders.map((by, index) => ({ by, member: memberOf(messengers, "frank", members[index]!, 2) }))
      const [smaller, larger] = made.sort((a, b) => (a.member < b.member ? -1 : 1))
      messengers.author.claim(
        members.every((member) => smaller!.member < member),
        "one of Frank's members is the smallest",
      )
      for (const { by } of [larger!, smaller!]) messengers.receive("frank", messengers.next("frank", [by])!)
      for (const from of adders) messengers.receive("alice", messengers.next("alice", [from])!)
      messengers.leave("alice")
      const sent: Array<string> = []
      for (let packet = messengers.next("frank", ["alice"]); packet !== undefined; packet = messengers.next("frank", ["alice"])) {
        sent.push(...messengers.receive("frank", packet).packets)
      }
      const removals = sent.flatMap(removalsIn)
      messengers.author.claim(removals.join() === larger!.member, "Frank removes Alice as the member as which he speaks")
    },
    { outsiders: ["frank"] },
  ),
]

const removing = (): ReadonlyArray<Case> => [
  messengerCase(
    "removes-its-own-user",
    {
      title:
        "Dave, who is a member twice, removes Dave: that is refused, and neither of the two is removed; and so where he is a member once",
      clauses: [agreement["remove-other"]],
      twin: "key-agreement/remove-oneself",
    },
    ["alice", "bob"],
    (messengers) => {
      const { author, group } = messengers
      const removesDave = () => author.refuses(agreement["remove-other"], "messenger.remove", { on: "dave", group, user: "dave" })
      for (const by of ["alice", "bob"]) messengers.add(by, "dave")
      messengers.receive("dave", messengers.next("dave", ["alice"])!)
      removesDave()
      messengers.receive("dave", messengers.next("dave", ["bob"])!)
      author.claim(author.accepts("messenger.memberships", { on: "dave", group }).memberships.length === 2, "he is a member twice")
      removesDave()
    },
    { outsiders: ["dave"] },
  ),
]

const forgetting = (): ReadonlyArray<Case> => [
  messengerCase(
    "forget-held-keeps-the-log",
    {
      title: "Carol was removed, and logs what comes: when what is held is dropped the log stays, and what comes again is a repetition",
      clauses: [clauses["log-replayed"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      messengers.remove("alice", "carol")
      messengers.receive("carol", messengers.next("carol", ["alice"])!)
      const [packet] = messengers.update("alice").packets as [string]
      author.accepts("messenger.receive", { on: "carol", packet })
      author.ignores("messenger.receive", { on: "carol", packet })
      author.accepts("messenger.forget-held", { on: "carol", group })
      author.ignores("messenger.receive", { on: "carol", packet })
    },
  ),
]

const sending = (): ReadonlyArray<Case> => [
  messengerCase(
    "sends-before-its-other-membership",
    {
      title:
        "Dave, who delays answers in two memberships, writes: the answers of the one that writes come before the message, those of the other after it",
      clauses: [clauses.coalesced],
    },
    ["alice", "bob"],
    (messengers) => {
      for (const by of ["alice", "bob"]) messengers.add(by, "dave")
      for (const from of ["alice", "bob"]) messengers.receive("dave", messengers.next("dave", [from])!)
      const [first, second] = ["alice", "bob"].map((by) => memberOf(messengers, "dave", memberOf(messengers, by, null, 0), 2))
      const { packets } = messengers.say("dave", "hello")
      messengers.author.claim(packets.map(senderOf).join() === [first, first, second].join(), "the order is as said")
      messengers.author.claim(decoded(packets[1]!).type === "application-message", "the message is the second")
    },
    { outsiders: ["dave"], delay: ["dave"] },
  ),
]

const healing = (): ReadonlyArray<Case> => [
  messengerCase(
    "rekey-heals",
    {
      title: "Dave rekeys after an update of Carol's that did not reach him: his rekey follows it, and he heals nothing",
      clauses: [clauses.heal],
    },
    abc,
    (messengers) => {
      messengers.add("alice", "dave")
      messengers.update("carol")
      const [alice, carol] = ["alice", "carol"].map((user) => memberOf(messengers, user, null, 0)) as [string, string]
      messengers.author.claim(memberOf(messengers, "dave", alice, 2) < carol, "Dave would be the healer")
      messengers.receive("dave", messengers.next("dave", ["alice"])!)
      const { packets } = messengers.receive("dave", messengers.next("dave", ["carol"])!)
      messengers.author.claim(packets.map(kindsOf).join(" ") === "ack,update", "Dave acknowledges and rekeys, and no more")
    },
    { outsiders: ["dave"], heal: true },
  ),
]

const opening = (): ReadonlyArray<Case> => [
  messengerCase(
    "former-when-it-is-opened",
    {
      title:
        "Carol's message waits for her update, and Alice's removal of her, too: when the update comes, the message is one of a former member",
      clauses: [clauses.former],
    },
    abc,
    (messengers) => {
      messengers.update("carol")
      messengers.receive("alice", messengers.next("alice", ["carol"])!)
      messengers.remove("alice", "carol")
      messengers.say("carol", "hello")
      const [update, message] = [messengers.next("bob", ["carol"])!, messengers.next("bob", ["carol"])!]
      messengers.receive("bob", message)
      for (let packet = messengers.next("bob", ["alice"]); packet !== undefined; packet = messengers.next("bob", ["alice"])) {
        messengers.receive("bob", packet)
      }
      messengers.receive("bob", update)
      messengers.heard("bob", "user-removed carol", "former carol: hello")
    },
  ),
  messengerCase(
    "no-bundles-for-a-message",
    {
      title: "An application message is opened without two bundles of our own user: none is published for it",
      clauses: [clauses["one-voice"]],
    },
    ["alice", "bob"],
    (messengers) => {
      const publish = () => {
        const { bundle } = messengers.author.accepts("messenger.publish", { on: "alice" })
        return Result.getOrThrow(decodeWire(KeyBundle, bytesOf(bundle))).oneTimePrekeyId
      }
      const { packets } = messengers.say("bob", "hello")
      const before = publish()
      messengers.author.accepts("messenger.retire", { on: "alice", now: expires })
      messengers.receive("alice", packets.at(-1)!)
      messengers.heard("alice", "bob: hello")
      messengers.author.claim(publish() === before + 1, "Alice has published none for herself")
    },
  ),
]

/** An application message that nobody has sealed. */
const junk = (group: string, sender: string, seq: number): string => {
  const sealed = { guard: new Uint8Array(8), ciphertext: new Uint8Array(16), signature: new Uint8Array(64) }
  return Hex.encode(encodeWire(ApplicationMessage, { type: "application-message", group, sender, seq, index: 0, ...sealed }))
}

const shares = (): ReadonlyArray<Case> =>
  twins(
    "group-messaging/held-newcomer",
    clauses["held-limit"],
    "Strangers fill their share of what waits: there is room for a message of Dave's, whom Carol adds, before her add can be processed",
    (author) => {
      const messengers = MessengerGroup.settled(author, abc, ["dave"])
      messengers.update("carol")
      messengers.add("carol", "dave")
      messengers.next("bob")
      messengers.receive("bob", messengers.next("bob")!)
      const dave = memberOf(messengers, "dave", memberOf(messengers, "carol", null, 0), 3)
      const give = (sender: string, seq: number) => ({ on: "bob", packet: junk(messengers.group, sender, seq) })
      for (let seq = 1; seq <= 64; seq++) author.accepts("messenger.receive", give(filled(0xee, 16), seq))
      return fork("messenger.receive", give(dave, 9), { packet: give(filled(0xee, 16), 65).packet })
    },
    [clauses["held-shares"]],
  )

const decoded = (packet: string): Packet => Result.getOrThrow(decodeWire(Packet, bytesOf(packet)))

const senderOf = (packet: string): string => {
  const one = decoded(packet)
  return one.type === "envelope" ? one.items[0]!.control.sender : one.sender
}

const kindsOf = (packet: string): string => {
  const one = decoded(packet)
  return one.type === "envelope" ? one.items.map(({ control }) => control.type).join() : one.type
}

/** Who removes somebody by a packet. */
const removalsIn = (packet: string): ReadonlyArray<string> => {
  const one = decoded(packet)
  return one.type === "envelope" ? one.items.flatMap(({ control }) => (control.type === "remove" ? [control.sender] : [])) : []
}

/** What is done with a further membership of the same user in view. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-other-memberships", layer: "messaging", flags: {} }, () => [
  ...leaving(),
  ...removing(),
  ...forgetting(),
  ...sending(),
  ...healing(),
  ...opening(),
  ...shares(),
])
