import { Result } from "effect"
import { bytesOf } from "../../../reference/conventions.ts"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as bundles, KeyBundle } from "../../../spec/dcgka/key-bundles.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { expires, first, now, repeated } from "../people.ts"
import { identity, kindsOf, publicKeyOf, secretKeyOf } from "./broadcast-group.ts"
import { resigned } from "./key-bundles.ts"
import { copyOf, MessengerGroup, memberOf, messengerCase } from "./messenger-group.ts"

const abc = first(3)

const states = (): ReadonlyArray<Case> => [
  messengerCase(
    "leaver-without-a-message-before",
    {
      title: "Carol leaves with the first message of her chain: what comes after it is no event, also after a refusal",
      clauses: [clauses["leaver-silent"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const members = ["alice", "bob"].map((user) => ({ user, member: memberOf(messengers, user, null, 0) }))
      const reader = members.sort((a, b) => (a.member < b.member ? 1 : -1))[0]!.user
      const thief = copyOf(messengers, "carol")
      const leave = messengers.leave("carol").packets
      messengers.say(thief, "before")
      const after = messengers.say(thief, "after").packets.at(-1)!
      for (const packet of leave) messengers.receive(reader, packet)
      messengers.heard(reader, "leaving carol")
      author.refuses(clauses["no-such-user"], "messenger.remove", { on: reader, group, user: "dave" })
      messengers.receive(reader, after)
      messengers.heard(reader)
    },
    { delay: abc, heal: true },
  ),
  messengerCase(
    "retried-with-delay",
    {
      title: "Bob, who delays answers, has what he held for want of a bundle when he tries again: his answer is delayed, too",
      clauses: [clauses.coalesced, clauses.retried],
    },
    abc,
    (messengers) => {
      messengers.flush("bob")
      messengers.meet("alice", "dave")
      messengers.receive("bob", messengers.add("alice", "dave").packets[0]!)
      messengers.meet("bob", "dave")
      const { packets, events } = messengers.retry("bob")
      messengers.author.claim(packets.length === 0 && events.length === 1, "Dave is there, and nothing is sent")
      messengers.author.claim(messengers.flush("bob").packets.map(kindsOf).join() === "add-ack", "the answer")
    },
    { strangers: ["dave"], delay: ["bob"] },
  ),
]

const awaited = (): ReadonlyArray<Case> => [
  messengerCase(
    "as-many-bundles-as-before",
    {
      title:
        "Bob waits for a bundle of Dave's, gets two and uses one in another group: with as many taken as kept he tries again what has waited for the first",
      clauses: [clauses.retried],
    },
    first(2),
    (messengers) => {
      messengers.meet("alice", "dave")
      messengers.receive("bob", messengers.add("alice", "dave").packets[0]!)
      for (let count = 0; count < 2; count++) messengers.meet("bob", "dave")
      messengers.author.accepts("messenger.create", { on: "bob", users: ["dave"] })
      messengers.retry("bob")
      messengers.heard("bob", "user-added dave")
    },
    { strangers: ["dave"] },
  ),
]

const restored = (): ReadonlyArray<Case> => [
  messengerCase(
    "restored-after-being-added-again",
    {
      title: "Carol was removed and added again, and restores a backup: she has left the group",
      clauses: [clauses.restored],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      messengers.acquaint(abc)
      messengers.remove("alice", "carol")
      messengers.settle(abc)
      messengers.add("alice", "carol")
      messengers.settle(abc)
      author.gives("messenger.restore", { on: "carol" }, { events: [{ type: "left", group }] })
      const { memberships } = author.accepts("messenger.memberships", { on: "carol", group })
      author.claim(memberships.map(({ removed }) => removed).join() === "true,true", "both of her memberships have ended")
    },
  ),
  aCase(
    "group-messaging/restored-without-prekeys",
    {
      title: "Who restores a backup has deleted the secret keys of all prekeys, and publishes nothing before there is a new signed prekey",
      clauses: [clauses.restored],
    },
    (author) => {
      new MessengerGroup(author, ["alice"])
      author.accepts("messenger.publish", { on: "alice" })
      const [signed, oneTime] = [0, 1].map((id) => secretKeyOf("alice", `prekey/${id}`))
      author.keeps("alice", [signed!, oneTime!], [])
      author.gives("messenger.restore", { on: "alice" }, { events: [] })
      author.keeps("alice", [], [signed!, oneTime!])
      author.refuses(bundles["signed-prekey"], "messenger.publish", { on: "alice" })
      author.accepts("messenger.rotate", { on: "alice", expires })
      author.accepts("messenger.publish", { on: "alice" })
    },
  ),
]

const learned = (): ReadonlyArray<Case> => [
  aCase(
    "group-messaging/own-agreement-key",
    {
      title: "A bundle of our own user with our agreement key and the signing key of somebody else, who has signed it",
      clauses: [clauses["own-identity"]],
      twin: "group-messaging/own-identity",
    },
    (author) => {
      new MessengerGroup(author, ["alice"])
      const { bundle } = author.accepts("messenger.publish", { on: "alice" })
      const mixed = resigned(bundle, { signingKey: publicKeyOf("mallory", identity) }, "mallory")
      author.refuses(clauses["own-identity"], "messenger.learn", { on: "alice", bundle: mixed, now })
      author.gives("messenger.learn", { on: "alice", bundle, now }, {})
    },
  ),
]

const owned = (): ReadonlyArray<Case> =>
  ([1, 0] as const).map((last) =>
    aCase(
      `group-messaging/own-bundles-until-${last}`,
      {
        title: `Alice's signed prekey expires at the time ${last}: ${last > 0 ? "two bundles are made for herself" : "none is, and no number of a prekey is used up"}`,
        clauses: [clauses["one-voice"]],
      },
      (author) => {
        author.accepts("messenger.generate", { on: "alice", user: "alice", seed: repeated("alice"), delay: false, heal: false })
        author.accepts("messenger.rotate", { on: "alice", expires: last })
        const publish = () => {
          const { bundle } = author.accepts("messenger.publish", { on: "alice" })
          return Result.getOrThrow(decodeWire(KeyBundle, bytesOf(bundle))).oneTimePrekeyId
        }
        const before = publish()
        author.accepts("messenger.create", { on: "alice", users: [] })
        author.claim(publish() === before + (last > 0 ? 3 : 1), "so many were made meanwhile")
      },
    ),
  )

/** What is kept from step to step: who leaves, what waits, who we are. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-states", layer: "messaging", flags: {} }, () => [
  ...states(),
  ...awaited(),
  ...restored(),
  ...learned(),
  ...owned(),
])
