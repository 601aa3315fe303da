import { clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses as application } from "../../../spec/dcgka/application-messages.ts"
import { clauses, maximumData } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as keyBundles } from "../../../spec/dcgka/key-bundles.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { expires, filled, first, hexOf } from "../people.ts"
import { inOrder, MessengerGroup, messengerCase } from "./messenger-group.ts"

const ab = first(2)
const abcd = first(4)

const cases = (): ReadonlyArray<Case> => [
  messengerCase(
    "held-twice",
    { title: "An application message that waits for its chain is held once", clauses: [clauses["held-shares"]] },
    ab,
    (messengers) => {
      const { author } = messengers
      messengers.update("alice")
      messengers.say("alice", "hello")
      const update = messengers.next("bob")!
      const message = messengers.next("bob")!
      messengers.receive("bob", message)
      author.ignores("messenger.receive", { on: "bob", packet: message })
      messengers.receive("bob", update)
      messengers.heard("bob", "alice: hello")
      author.ignores("messenger.receive", { on: "bob", packet: message })
    },
  ),
  messengerCase(
    "check-order",
    {
      title: "Notes are decoded before it is asked whether one is in the group",
      clauses: [verdicts["order-of-checks"]],
      twin: "group-messaging/member",
    },
    ab,
    ({ author, group }) => {
      const { content } = author.accepts("messenger.notes", { on: "bob", group })
      const elsewhere = { on: "alice", group: filled(0, 16) }
      author.refuses(encoding.canonical, "messenger.check", { ...elsewhere, content: "ff" })
      author.refuses(encoding.shape, "messenger.check", { ...elsewhere, content: "8102" })
      author.refuses(clauses.member, "messenger.check", { ...elsewhere, content })
      author.accepts("messenger.check", { on: "alice", group, content })
    },
  ),
  aCase(
    "group-messaging/retire",
    { title: "A messenger deletes what has expired, and waits for other bundles then", clauses: [keyBundles.retire] },
    (author) => {
      const messengers = new MessengerGroup(author, ab)
      messengers.meet("alice", "bob")
      author.accepts("messenger.retire", { on: "alice", now: expires - 1 })
      author.accepts("messenger.retire", { on: "alice", now: expires })
      author.waits({ bundle: "bob" }, "messenger.create", { on: "alice", users: ["bob"] })
      author.accepts("messenger.rotate", { on: "bob", expires: expires + 1 })
      const { bundle } = author.accepts("messenger.publish", { on: "bob" })
      author.refuses(keyBundles.valid, "messenger.learn", { on: "alice", bundle, now: expires + 1 })
      author.accepts("messenger.learn", { on: "alice", bundle, now: expires })
      author.accepts("messenger.create", { on: "alice", users: ["bob"] })
    },
  ),
  messengerCase(
    "heal-own-addition",
    {
      title: "An addition of our own takes nothing from the frontier: an update after ours, beside the addition, heals all",
      clauses: [clauses.heal],
    },
    ab,
    (messengers) => {
      const [one, two] = inOrder(messengers, ab) as [string, string]
      messengers.update(one)
      messengers.settle(ab)
      messengers.add(one, "carol")
      messengers.update(two)
      const { packets } = messengers.receive(one, messengers.next(one, [two])!)
      messengers.author.claim(packets.length === 1, "the update is acknowledged, and nobody has to heal")
      messengers.settle([...ab, "carol"])
      messengers.agree([...ab, "carol"])
    },
    { outsiders: ["carol"], heal: true },
  ),
  messengerCase(
    "heal-put-off",
    {
      title: "The healer lacks a bundle of a member: the step is accepted, the bundle is missing, and the update comes when it is there",
      clauses: [clauses.heal],
    },
    abcd,
    (messengers) => {
      const { author, group } = messengers
      const rest = ["carol", "dave"]
      for (const on of rest) author.accepts("messenger.retire", { on, now: expires })
      const [healer, other] = inOrder(messengers, rest) as [string, string]
      messengers.remove("alice", "bob")
      messengers.remove("bob", "alice")
      messengers.receive(healer, messengers.next(healer, ["alice"])!)
      messengers.receive(other, messengers.next(other, ["bob"])!)
      messengers.flood(rest)
      author.gives("messenger.users", { on: healer, group }, { users: rest })
      const before = messengers.retry(healer, [{ bundle: other }])
      messengers.meet(healer, other)
      const healed = messengers.retry(healer)
      author.claim(before.packets.length === 0 && healed.packets.length === 1, "the update is sent when the bundle is there")
    },
    { heal: true },
  ),
]

/** What comes before what, twice, and what is put off. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-orders", layer: "messaging", flags: {} }, cases)

/** The payload that is too long, in a file of its own, because it is large. */
export const limits = caseFile({ part: "dcgka", chapter: "group-messaging-payload", layer: "messaging", flags: {} }, () => [
  aCase(
    "group-messaging/payload-length",
    {
      title: "A payload of 1,047,536 bytes is within the limit, and one of a byte more is refused before it is asked for the group",
      clauses: [application["payload-length"], verdicts["order-of-checks"]],
      twin: "group-messaging/held-twice",
    },
    (author) => {
      const messengers = new MessengerGroup(author, ["alice"])
      const elsewhere = { on: "alice", group: filled(0, 16) }
      author.refuses(application["payload-length"], "messenger.send", { ...elsewhere, payload: "00".repeat(maximumData + 1) })
      author.refuses(clauses.member, "messenger.send", { ...elsewhere, payload: "00".repeat(maximumData) })
      messengers.create("alice", [])
      author.accepts("messenger.send", { on: "alice", group: messengers.group, payload: hexOf("to nobody") })
    },
  ),
])
