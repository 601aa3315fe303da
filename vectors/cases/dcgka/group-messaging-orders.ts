import { clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses as application } from "../../../spec/dcgka/application-messages.ts"
import { clauses, maximumData } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as keyBundles } from "../../../spec/dcgka/key-bundles.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { expires, filled, first, hexOf } from "../people.ts"
import { memberOf, Talk, talking } from "./talk.ts"

const ab = first(2)
const abcd = first(4)

const cases = (): ReadonlyArray<Case> => [
  talking(
    "held-twice",
    { title: "An application message that waits for its chain is held once", clauses: [clauses["held-shares"]] },
    ab,
    (talk) => {
      const { author } = talk
      talk.update("alice")
      talk.say("alice", "hello")
      const update = talk.next("bob")!
      const message = talk.next("bob")!
      talk.receive("bob", message)
      author.ignores("messenger.receive", { on: "bob", packet: message })
      talk.receive("bob", update)
      talk.heard("bob", "alice: hello")
      author.ignores("messenger.receive", { on: "bob", packet: message })
    },
  ),
  talking(
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
      const talk = new Talk(author, ab)
      talk.meet("alice", "bob")
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
  talking(
    "heal-own-addition",
    {
      title: "An addition of our own takes nothing from the frontier: an update after ours, beside the addition, heals all",
      clauses: [clauses.heal],
    },
    ab,
    (talk) => {
      const [one, two] = ab.toSorted((a, b) => (memberOf(talk, a, null, 0) < memberOf(talk, b, null, 0) ? -1 : 1)) as [string, string]
      talk.update(one)
      talk.settle(ab)
      talk.add(one, "carol")
      talk.update(two)
      const { packets } = talk.receive(one, talk.next(one, [two])!)
      talk.author.claim(packets.length === 1, "the update is acknowledged, and nobody has to heal")
      talk.settle([...ab, "carol"])
      talk.agree([...ab, "carol"])
    },
    { outsiders: ["carol"], heal: true },
  ),
  talking(
    "heal-put-off",
    {
      title: "The healer lacks a bundle of a member: the step is accepted, the bundle is missing, and the update comes when it is there",
      clauses: [clauses.heal],
    },
    abcd,
    (talk) => {
      const { author, group } = talk
      const rest = ["carol", "dave"]
      for (const on of rest) author.accepts("messenger.retire", { on, now: expires })
      const [healer, other] = rest.toSorted((a, b) => (memberOf(talk, a, null, 0) < memberOf(talk, b, null, 0) ? -1 : 1)) as [
        string,
        string,
      ]
      talk.remove("alice", "bob")
      talk.remove("bob", "alice")
      talk.receive(healer, talk.next(healer, ["alice"])!)
      talk.receive(other, talk.next(other, ["bob"])!)
      talk.flood(rest)
      author.gives("messenger.users", { on: healer, group }, { users: rest })
      const before = talk.retry(healer, [{ bundle: other }])
      talk.meet(healer, other)
      const healed = talk.retry(healer)
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
      const talk = new Talk(author, ["alice"])
      const elsewhere = { on: "alice", group: filled(0, 16) }
      author.refuses(application["payload-length"], "messenger.send", { ...elsewhere, payload: "00".repeat(maximumData + 1) })
      author.refuses(clauses.member, "messenger.send", { ...elsewhere, payload: "00".repeat(maximumData) })
      talk.create("alice", [])
      author.accepts("messenger.send", { on: "alice", group: talk.group, payload: hexOf("to nobody") })
    },
  ),
])
