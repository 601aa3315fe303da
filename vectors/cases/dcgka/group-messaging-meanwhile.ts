import { Result } from "effect"
import { bytesOf } from "../../../reference/conventions.ts"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import type { ApplicationMessage } from "../../../spec/dcgka/application-messages.ts"
import { clauses, Packet } from "../../../spec/dcgka/group-messaging.ts"
import { KeyBundle, clauses as keyBundles } from "../../../spec/dcgka/key-bundles.ts"
import { type Case, caseFile } from "../author.ts"
import { expires, now, repeated } from "../people.ts"
import { resigned } from "./key-bundles.ts"
import { copyOf, type EventJson, type MessengerGroup, memberOf, messengerCase } from "./messenger-group.ts"

const memberships = (): ReadonlyArray<Case> => [
  messengerCase(
    "made-as-the-first-is-removed",
    {
      title:
        "In one step Dave's membership takes a second addition of Dave and its own removal: he speaks as the second, has neither left nor joined, and still leaves",
      clauses: [clauses["same-addition"], clauses["member-changed"], clauses.leaving],
    },
    ["alice", "bob", "carol"],
    (messengers) => {
      messengers.add("alice", "dave")
      messengers.receive("dave", messengers.next("dave", ["alice"])!)
      messengers.update("bob")
      messengers.add("bob", "dave")
      for (const from of ["bob", "alice"]) messengers.receive("carol", messengers.next("carol", [from])!)
      messengers.remove("carol", "dave")
      // Carol's messages and Bob's addition come after Bob's update.
      messengers.reorder("dave", ([update, ...others]) => [...others, update!])
      for (const _ of messengers.waitingFor("dave").slice(1)) messengers.receive("dave", messengers.next("dave")!)
      messengers.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "user-added carol")
      messengers.leave("dave")
      messengers.receive("dave", messengers.next("dave")!)
      messengers.heard("dave", "member-changed")
      const { group, author } = messengers
      author.refuses(clauses.leaving, "messenger.update", { on: "dave", group })
      const [first, second] = [
        memberOf(messengers, "dave", memberOf(messengers, "alice", null, 0), 2),
        memberOf(messengers, "dave", memberOf(messengers, "bob", null, 0), 3),
      ]
      author.gives(
        "messenger.memberships",
        { on: "dave", group },
        {
          memberships: [
            { member: first, removed: true },
            { member: second, removed: false },
          ],
        },
      )
    },
    { outsiders: ["dave"] },
  ),
]

const leaving = (): ReadonlyArray<Case> => [
  messengerCase(
    "leaver-known-to-each-membership",
    {
      title:
        "Both memberships of Dave open Carol's wish to leave, which is told once: what she writes later is no event either for the one that is left",
      clauses: [clauses["leaver-silent"], clauses["one-event"]],
    },
    ["alice", "bob", "carol"],
    (messengers) => {
      for (const by of ["alice", "bob"]) messengers.add(by, "dave")
      for (const user of ["dave", "carol"]) {
        for (const from of ["alice", "bob"]) messengers.receive(user, messengers.next(user, [from])!)
      }
      const thief = copyOf(messengers, "carol")
      messengers.leave("carol")
      for (let packet = messengers.next("dave", ["carol"]); packet !== undefined; packet = messengers.next("dave", ["carol"])) {
        messengers.receive("dave", packet)
      }
      messengers.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "user-added carol", "leaving carol")
      const later = ["a", "b"].map((text) => messengers.say(thief, text).packets.at(-1)!)
      // Alice does not know of the second membership.
      messengers.remove("alice", "dave")
      messengers.receive("dave", messengers.next("dave", ["alice"])!)
      messengers.heard("dave", "member-changed")
      messengers.receive("dave", later[1]!)
      messengers.heard("dave")
    },
    { outsiders: ["dave"] },
  ),
]

const leavers = (): ReadonlyArray<Case> => [
  messengerCase(
    "leaver-with-two-memberships",
    {
      title:
        "Erin, who is a member twice, leaves with one membership: both are removed, though the other has the smallest identifier of all",
      clauses: [clauses["leave-carried-out"]],
    },
    ["alice", "bob"],
    (messengers) => {
      for (const by of ["alice", "bob"]) messengers.add(by, "erin")
      for (const from of ["alice", "bob"]) messengers.receive("erin", messengers.next("erin", [from])!)
      messengers.settle(["alice", "bob"])
      const [alice, bob] = ["alice", "bob"].map((user) => memberOf(messengers, user, null, 0)) as [string, string]
      const second = memberOf(messengers, "erin", bob, 2)
      messengers.author.claim(second < alice && second < bob, "Erin's second membership has the smallest identifier")
      messengers.leave("erin")
      messengers.settle(["alice", "bob"], ["alice", "bob", "erin"])
      messengers.agree(["alice", "bob"])
      messengers.settle(["erin"], ["alice", "bob"])
      messengers.agree(["alice", "bob"])
      messengers.author.gives("messenger.users", { on: "erin", group: messengers.group }, { users: [] })
    },
    { outsiders: ["erin"] },
  ),
  messengerCase(
    "leaver-removed-in-parts",
    {
      title:
        "Bob, who is a member twice, leaves: Erin cannot remove his first membership for want of a bundle for the second; she removes the second all the same, and then the first",
      clauses: [clauses["leave-carried-out"]],
    },
    ["carol", "dave"],
    (messengers) => {
      for (const [one, other] of [
        ["carol", "erin"],
        ["dave", "erin"],
        ["bob", "erin"],
        ["bob", "erin"],
        ["erin", "carol"],
        ["erin", "dave"],
        ["erin", "bob"],
      ] as const)
        messengers.meet(one, other)
      messengers.listen("erin")
      for (const by of ["carol", "dave"]) messengers.add(by, "bob")
      const [carol, dave] = ["carol", "dave"].map((user) => memberOf(messengers, user, null, 0)) as [string, string]
      const [first, second] = [carol, dave].map((adder) => memberOf(messengers, "bob", adder, 2)) as [string, string]
      const erin = memberOf(messengers, "erin", carol, 4)
      messengers.author.claim(first < second && erin < carol && erin < dave, "Erin is the smallest of those who stay")
      for (const from of ["carol", "dave"]) messengers.receive("bob", messengers.next("bob", [from])!)
      messengers.settle(["carol", "dave"])
      messengers.add("carol", "erin")
      messengers.settle(["carol", "dave"])
      const give = (user: string, from: string, isGiven = (_: string) => true) => {
        for (let packet = messengers.next(user, [from]); packet !== undefined; packet = messengers.next(user, [from])) {
          if (isGiven(packet)) messengers.receive(user, packet)
        }
      }
      give("bob", "carol")
      for (const from of ["dave", "carol"]) give("erin", from)
      messengers.leave("bob")
      messengers.author.accepts("messenger.retire", { on: "erin", now: expires })
      give("erin", "bob", (packet) => senderOf(packet) === first)
      messengers.heard(
        "erin",
        "joined",
        "user-added bob",
        "user-added dave",
        "user-added erin",
        "user-added carol",
        "user-removed bob",
        "leaving bob",
      )
      messengers.author.gives("messenger.users", { on: "erin", group: messengers.group }, { users: ["carol", "dave", "erin"] })
    },
    { outsiders: ["bob"], strangers: ["erin"] },
  ),
]

const bundles = (): ReadonlyArray<Case> => [
  messengerCase(
    "bundle-used-meanwhile",
    {
      title: "Dave cannot join for want of a bundle of Alice's; one that has come, and that he has used elsewhere, makes that due again",
      clauses: [clauses.retried],
    },
    ["alice", "bob"],
    (messengers) => {
      for (const [one, other] of [
        ["alice", "dave"],
        ["bob", "dave"],
        ["dave", "bob"],
      ] as const)
        messengers.meet(one, other)
      messengers.add("alice", "dave")
      const { missing } = messengers.receive("dave", messengers.next("dave", ["alice"])!)
      messengers.author.claim(JSON.stringify(missing) === '[{"bundle":"alice"}]', "Dave lacks a bundle of Alice's")
      messengers.meet("dave", "alice")
      messengers.author.accepts("messenger.create", { on: "dave", users: ["alice"] })
      messengers.retry("dave")
      messengers.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice")
    },
    { strangers: ["dave"] },
  ),
]

const joins = (): ReadonlyArray<Case> => [
  messengerCase(
    "joins-beside-a-repetition",
    {
      title: "A message comes again when an add could make Dave a member, for which a bundle has come: it is a repetition, and retry joins",
      clauses: [clauses.retried],
    },
    ["alice", "bob"],
    (messengers) => {
      const { author, group } = messengers
      for (const [one, other] of [
        ["alice", "dave"],
        ["bob", "dave"],
        ["dave", "bob"],
      ] as const)
        messengers.meet(one, other)
      messengers.add("alice", "dave")
      messengers.say("alice", "hello")
      const packets = messengers.waitingFor("dave")
      for (const packet of packets) messengers.receive("dave", packet)
      messengers.meet("dave", "alice")
      author.ignores("messenger.receive", { on: "dave", packet: packets[1]! })
      author.gives("messenger.memberships", { on: "dave", group }, { memberships: [] })
      messengers.retry("dave")
      messengers.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "alice: hello")
    },
    { strangers: ["dave"] },
  ),
]

const operations = (): ReadonlyArray<Case> => [
  messengerCase(
    "writes-in-what-an-operation-releases",
    {
      title:
        "Bob's removal of an adder lets him take what was held, which gives him a later update secret than the removal: he writes in that chain",
      clauses: [clauses.retried],
    },
    ["alice", "bob", "carol"],
    (messengers) => {
      for (const one of ["alice", "carol"]) {
        messengers.meet(one, "dave")
        messengers.meet("dave", one)
      }
      messengers.add("alice", "dave")
      messengers.receive("carol", messengers.next("carol", ["alice"])!)
      for (const from of ["alice", "carol"]) messengers.receive("bob", messengers.next("bob", [from])!)
      const { packets } = messengers.remove("bob", "alice")
      const said = decodeWire(Packet, bytesOf(messengers.say("bob", "hello").packets.at(-1)!))
      const { seq } = Result.getOrThrow(said) as ApplicationMessage
      messengers.author.claim(packets.length === 2 && seq === 3, "Bob has removed Alice, and answered her addition after that")
    },
    { strangers: ["dave"] },
  ),
  messengerCase(
    "retry-prepares",
    { title: "Before retry two bundles of our own user are kept, as before any operation", clauses: [clauses["one-voice"]] },
    ["alice", "bob"],
    (messengers) => {
      const publish = () => {
        const { bundle } = messengers.author.accepts("messenger.publish", { on: "alice" })
        return Result.getOrThrow(decodeWire(KeyBundle, bytesOf(bundle))).oneTimePrekeyId
      }
      const before = publish()
      messengers.author.accepts("messenger.retire", { on: "alice", now: expires })
      messengers.retry("alice")
      messengers.author.claim(publish() === before + 3, "Alice has published two for herself")
    },
  ),
  messengerCase(
    "own-user-known-otherwise",
    {
      title:
        "A bundle of our own user with other keys is refused by the identity that we have taken in of ourselves, and without that by our own keys",
      clauses: [clauses["own-identity"], keyBundles["same-identity"]],
    },
    ["alice", "bob"],
    (messengers) => {
      const { author } = messengers
      author.accepts("messenger.generate", { on: "mallory", user: "alice", seed: repeated("mallory"), delay: false, heal: false })
      author.accepts("messenger.rotate", { on: "mallory", expires })
      const { bundle } = author.accepts("messenger.publish", { on: "mallory" })
      author.refuses(keyBundles["same-identity"], "messenger.learn", { on: "alice", bundle, now })
      author.accepts("messenger.generate", { on: "alice-anew", user: "alice", seed: repeated("alice"), delay: false, heal: false })
      author.refuses(clauses["own-identity"], "messenger.learn", { on: "alice-anew", bundle, now })
      const own = author.accepts("messenger.publish", { on: "alice" }).bundle
      const { agreementKey } = Result.getOrThrow(decodeWire(KeyBundle, bytesOf(own)))
      const mixed = resigned(bundle, { agreementKey }, "mallory")
      author.refuses(clauses["own-identity"], "messenger.learn", { on: "alice-anew", bundle: mixed, now })
    },
  ),
  messengerCase(
    "restored-without-own-bundles",
    {
      title: "Who restores a backup has no bundles of its own user either: two are made before the next operation",
      clauses: [clauses.restored],
    },
    ["alice", "bob"],
    (messengers) => {
      const { author } = messengers
      const publish = () => {
        const { bundle } = author.accepts("messenger.publish", { on: "alice" })
        return Result.getOrThrow(decodeWire(KeyBundle, bytesOf(bundle))).oneTimePrekeyId
      }
      author.accepts("messenger.restore", { on: "alice" })
      author.accepts("messenger.rotate", { on: "alice", expires })
      const before = publish()
      author.accepts("messenger.create", { on: "alice", users: [] })
      author.claim(publish() === before + 3, "Alice has published two for herself")
    },
  ),
]

/** Bob is a member twice, and adds Dave, of whom Alice has no bundle; Carol takes that, and removes somebody. Alice holds it all. Gives Bob's members. */
const heldRemoval = (messengers: MessengerGroup, removed: string, before = () => {}): ReadonlyArray<string> => {
  for (const one of ["bob", "carol"]) messengers.meet(one, "dave")
  const [byAlice, byCarol] = ["alice", "carol"].map((adder) => memberOf(messengers, "bob", memberOf(messengers, adder, null, 0), 2)) as [
    string,
    string,
  ]
  for (const adder of ["alice", "carol"]) messengers.add(adder, "bob")
  // Bob speaks as the smaller of the two.
  for (const from of byAlice < byCarol ? ["alice", "carol"] : ["carol", "alice"]) {
    messengers.receive("bob", messengers.next("bob", [from])!)
  }
  messengers.settle(["alice", "carol"], ["alice", "carol", "bob"])
  before()
  messengers.add("bob", "dave")
  messengers.settle(["carol"], ["bob"])
  messengers.remove("carol", removed)
  messengers.author.claim(messengers.waitingFor("alice").length === 3, "Bob adds Dave; Carol answers that, and removes somebody")
  messengers.settle(["alice"], ["bob", "carol"])
  return [byAlice, byCarol].sort()
}

const removals = (): ReadonlyArray<Case> => [
  messengerCase(
    "removed-meanwhile",
    {
      title:
        "Alice holds Carol's removal of both Bobs for want of a bundle when she removes Bob: her removal of the first lets her take Carol's, and is all that she sends",
      clauses: [clauses.retried],
    },
    ["alice", "carol"],
    (messengers) => {
      const { author, group } = messengers
      const [first] = heldRemoval(messengers, "bob")
      const { missing, packets } = messengers.remove("alice", "bob")
      author.claim(missing.length === 0, "nothing is held any more")
      author.claim(packets.flatMap(removedBy).join() === first, "Alice removes the first of them alone")
      author.gives("messenger.users", { on: "alice", group }, { users: ["alice", "carol"] })
    },
    { outsiders: ["bob"], strangers: ["dave"] },
  ),
  messengerCase(
    "removed-while-removing",
    {
      title:
        "Alice holds her own removal by Carol for want of a bundle when she removes Bob: her removal of the first of two Bobs lets her take it, and she is out",
      clauses: [clauses.retried],
    },
    ["alice", "carol"],
    (messengers) => {
      heldRemoval(messengers, "alice")
      const { packets, events } = messengers.remove("alice", "bob")
      messengers.author.claim(packets.length === 0 && typesOf(events) === "left", "Alice is out, and says nothing")
    },
    { outsiders: ["bob"], strangers: ["dave"] },
  ),
  messengerCase(
    "leaver-removed-meanwhile",
    {
      title:
        "Alice holds Carol's removal of both Bobs when she is told that Bob leaves: her removal of the first lets her take Carol's, and nobody is left to remove",
      clauses: [clauses["leave-carried-out"], clauses.retried],
    },
    ["alice", "carol"],
    (messengers) => {
      const { author, group } = messengers
      let wish = ""
      const [first] = heldRemoval(messengers, "bob", () => {
        wish = author.accepts("messenger.leave", { on: copyOf(messengers, "bob"), group }).packets.at(-1)!
      })
      const [alice, carol] = ["alice", "carol"].map((user) => memberOf(messengers, user, null, 0)) as [string, string]
      author.claim(alice < carol, "Alice is the smaller of those who stay")
      const { missing, packets } = messengers.receive("alice", wish)
      author.claim(missing.length === 0, "nothing is held any more")
      author.claim(packets.flatMap(removedBy).join() === first, "Alice removes the first of them alone")
      author.gives("messenger.users", { on: "alice", group }, { users: ["alice", "carol"] })
    },
    { outsiders: ["bob"], strangers: ["dave"] },
  ),
]

const senderOf = (packet: string): string => {
  const decoded = Result.getOrThrow(decodeWire(Packet, bytesOf(packet)))
  return decoded.type === "envelope" ? decoded.items[0]!.control.sender : decoded.sender
}

const typesOf = (events: ReadonlyArray<unknown>): string => (events as ReadonlyArray<EventJson>).map(({ type }) => type).join()

/** Whom an envelope removes. */
const removedBy = (packet: string): ReadonlyArray<string> => {
  const decoded = Result.getOrThrow(decodeWire(Packet, bytesOf(packet)))
  if (decoded.type !== "envelope") return []
  return decoded.items.flatMap(({ control }) => (control.type === "remove" ? [control.member] : []))
}

/** What several rules come to at once. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-meanwhile", layer: "messaging", flags: {} }, () => [
  ...memberships(),
  ...leaving(),
  ...leavers(),
  ...bundles(),
  ...joins(),
  ...operations(),
  ...removals(),
])
