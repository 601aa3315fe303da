import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { type Case, caseFile } from "../author.ts"
import { first } from "../people.ts"
import { kindsOf } from "./broadcast-group.ts"
import { inOrder, type MessengerGroup, memberOf, messengerCase } from "./messenger-group.ts"

const abc = first(3)
const abcd = first(4)

const concurrent = (): ReadonlyArray<Case> => [
  messengerCase(
    "partition",
    { title: "A group is cut in two, goes on in both, and comes together", clauses: [clauses["one-event"], agreement.rekey] },
    abcd,
    (messengers) => {
      messengers.add("alice", "erin")
      messengers.say("alice", "over here")
      messengers.settle(["alice", "bob", "erin"])
      messengers.remove("carol", "bob")
      messengers.say("dave", "over there")
      messengers.settle(["carol", "dave"])
      messengers.flood([...abcd, "erin"])
      messengers.agree(["alice", "carol", "dave", "erin"])
      messengers.say("erin", "together")
      messengers.flood([...abcd, "erin"])
      messengers.read("alice", "dave: over there", "erin: together")
      messengers.read("bob", "alice: over here")
      messengers.read("carol", "alice: over here", "dave: over there", "erin: together")
      messengers.read("dave", "alice: over here", "erin: together")
      messengers.read("erin", "alice: over here")
    },
    { outsiders: ["erin"] },
  ),
  messengerCase(
    "mutual-removal",
    { title: "Two remove each other, and each of the others hears one of them first", clauses: [clauses.former] },
    abcd,
    (messengers) => {
      messengers.remove("alice", "bob")
      messengers.remove("bob", "alice")
      messengers.reorder("dave", (packets) => [...packets].reverse())
      messengers.flood(abcd)
      messengers.agree(["carol", "dave"])
      messengers.heard("alice", "user-removed bob", "left")
      messengers.say("carol", "peace")
      messengers.flood(abcd)
      messengers.read("dave", "carol: peace")
      messengers.read("bob")
    },
  ),
  messengerCase(
    "removal-of-the-adder",
    { title: "The adder is removed by one that does not know of the addition", clauses: [agreement["cancelled-addition"]] },
    abc,
    (messengers) => {
      messengers.add("alice", "dave")
      messengers.say("alice", "hello dave")
      messengers.settle(["alice", "dave"])
      messengers.remove("bob", "alice")
      messengers.flood(abcd)
      messengers.agree(["bob", "carol"])
      messengers.heard(
        "dave",
        "joined",
        "user-added bob",
        "user-added dave",
        "user-added alice",
        "user-added carol",
        "alice: hello dave",
        "left",
      )
    },
    { outsiders: ["dave"] },
  ),
  messengerCase(
    "transitive-additions",
    { title: "A removed member's addition adds another", clauses: [agreement["cancelled-addition"]] },
    abc,
    (messengers) => {
      messengers.add("alice", "dave")
      messengers.settle(["alice", "dave"])
      messengers.add("dave", "erin")
      messengers.settle(["alice", "dave", "erin"])
      messengers.remove("bob", "alice")
      messengers.flood([...abcd, "erin"])
      messengers.agree(["bob", "carol"])
      for (const user of ["alice", "dave", "erin"])
        messengers.author.gives("messenger.users", { on: user, group: messengers.group }, { users: [] })
    },
    { outsiders: ["dave", "erin"] },
  ),
]

/** A case in which operations are done at once, and after settling `updates` of the group's packets were updates that heal. */
const healing = (
  id: string,
  title: string,
  operations: (messengers: MessengerGroup) => void,
  remaining: ReadonlyArray<string>,
  order?: (messengers: MessengerGroup) => void,
): Case =>
  messengerCase(
    `heal-${id}`,
    { title, clauses: [clauses.heal] },
    abcd,
    (messengers) => {
      operations(messengers)
      order?.(messengers)
      messengers.flood(abcd)
      messengers.agree(remaining)
      messengers.say(remaining[0]!, "healed")
      messengers.flood(abcd)
      messengers.read(remaining[1]!, `${remaining[0]}: healed`)
    },
    { heal: true },
  )

const heals = (): ReadonlyArray<Case> => [
  healing(
    "pair",
    "Two update at once",
    (messengers) => {
      messengers.update("alice")
      messengers.update("bob")
    },
    abcd,
  ),
  healing(
    "triple",
    "Three update at once",
    (messengers) => {
      messengers.update("alice")
      messengers.update("bob")
      messengers.update("carol")
    },
    abcd,
  ),
  healing(
    "sequence",
    "Two update one after the other: nothing to heal",
    (messengers) => {
      messengers.update("alice")
      messengers.settle(abcd)
      messengers.update("bob")
    },
    abcd,
  ),
  healing(
    "removal",
    "One updates, one removes",
    (messengers) => {
      messengers.update("alice")
      messengers.remove("bob", "dave")
    },
    abc,
  ),
  healing(
    "two-removals",
    "Two remove one each",
    (messengers) => {
      messengers.remove("alice", "carol")
      messengers.remove("bob", "dave")
    },
    ["alice", "bob"],
  ),
  healing(
    "removed-remover",
    "One who is being removed removes another: neither removal follows the other",
    (messengers) => {
      messengers.remove("alice", "carol")
      messengers.remove("carol", "dave")
    },
    ["alice", "bob"],
    (messengers) => {
      messengers.settle(["bob"], ["alice"])
      messengers.settle(["bob"], ["carol"])
    },
  ),
  healing(
    "mutual-removal",
    "Two remove each other: the smallest of the others heals",
    (messengers) => {
      messengers.remove("alice", "bob")
      messengers.remove("bob", "alice")
    },
    ["carol", "dave"],
    (messengers) => messengers.reorder("dave", (packets) => [...packets].reverse()),
  ),
  healing(
    "nothing-after-an-addition",
    "One updates, one adds: an addition is not to be healed, so nobody updates",
    (messengers) => {
      messengers.remove("alice", "dave")
      messengers.settle(abc)
      messengers.acquaint(abcd)
      messengers.update("alice")
      messengers.settle(abc)
      messengers.add("bob", "dave")
      messengers.settle(abcd)
    },
    abcd,
  ),
  healing(
    "rekey",
    "An addition and an update at once: the rekey of the new member follows the update",
    (messengers) => {
      messengers.remove("alice", "dave")
      messengers.settle(abc)
      messengers.acquaint(abcd)
      messengers.add("alice", "dave")
      messengers.update("bob")
    },
    abcd,
  ),
]

/** Whether one of the envelopes has an update. */
const updates = (packets: ReadonlyArray<string>): boolean => packets.some((packet) => kindsOf(packet).includes("update"))

/** One updates, and one who has answered that updates, too, and is removed by a third one, who has neither. */
const removedMeanwhile = (messengers: MessengerGroup) => {
  const [updater, remover, former] = inOrder(messengers, abcd) as [string, string, string]
  const give = (to: string, packet: string) => messengers.author.accepts("messenger.receive", { on: to, packet }).packets
  const before = messengers.update(updater).packets[0]!
  const answers = give(former, before)
  const update = messengers.update(former).packets[0]!
  const removal = messengers.remove(remover, former).packets[0]!
  return { updater, remover, give, before, answers, update, removal }
}

const known = (): ReadonlyArray<Case> => [
  messengerCase(
    "heal-nothing-of-the-added",
    {
      title: "Carol, whom others have added, updates after an update of one who knew of that: nothing is to be healed",
      clauses: [clauses.heal],
    },
    ["alice", "bob"],
    (messengers) => {
      messengers.add("alice", "carol")
      messengers.settle(abc)
      const carol = memberOf(messengers, "carol", memberOf(messengers, "alice", null, 0), 2)
      const smaller = ["alice", "bob"].find((user) => memberOf(messengers, user, null, 0) < carol)
      messengers.author.claim(smaller !== undefined, "one of the others is smaller than Carol")
      messengers.update(smaller!)
      messengers.settle(abc)
      messengers.update("carol")
      const { packets } = messengers.receive(smaller!, messengers.next(smaller!)!)
      messengers.author.claim(packets.length === 1 && !updates(packets), "an answer and nothing more")
    },
    { outsiders: ["carol"], heal: true },
  ),
  messengerCase(
    "heal-after-an-unknown-removal",
    {
      title:
        "One who was removed updates after an update of one who did not know of that: of what is to be healed the removal alone is left, and its sender heals",
      clauses: [clauses.heal],
    },
    abcd,
    (messengers) => {
      const { author } = messengers
      const { updater, remover, give, before, answers, update } = removedMeanwhile(messengers)
      for (const packet of [...answers, update]) give(updater, packet)
      const [shows] = author.steps.flatMap(({ method, params, expect }) =>
        method === "messenger.receive" && params.on === updater && params.packet === update && "output" in expect
          ? (expect.output as { readonly packets: ReadonlyArray<string> }).packets
          : [],
      )
      for (const packet of [before, ...answers, update]) author.claim(!updates(give(remover, packet)), "the remover does not heal yet")
      author.claim(updates(give(remover, shows!)), "the remover heals")
    },
    { heal: true },
  ),
  messengerCase(
    "heal-by-what-came-with-it",
    {
      title:
        "The same, where the one who did not know has acknowledged the removal since, by what comes with it in one step: its update is to be healed, too, and it heals",
      clauses: [clauses.heal],
    },
    abcd,
    (messengers) => {
      const { author } = messengers
      const { updater, remover, give, before, answers, update, removal } = removedMeanwhile(messengers)
      for (const packet of answers) give(updater, packet)
      const [shows] = give(updater, update)
      const [knows] = give(updater, removal)
      for (const packet of [before, ...answers, update, knows!])
        author.claim(!updates(give(remover, packet)), "the remover does not heal yet")
      author.claim(!updates(give(remover, shows!)), "nor now, since the updater has to")
    },
    { heal: true },
  ),
  messengerCase(
    "heal-after-a-rekey",
    {
      title: "Dave has sent a rekey after an update that did not know of him: with an update beside the rekey there is something to heal",
      clauses: [clauses.heal],
    },
    abc,
    (messengers) => {
      const addition = messengers.add("alice", "dave").packets[0]!
      const dave = memberOf(messengers, "dave", memberOf(messengers, "alice", null, 0), 2)
      const [updater, larger] = inOrder(messengers, ["bob", "carol"]) as [string, string]
      messengers.author.claim(dave < memberOf(messengers, larger, null, 0), "Dave is smaller than one of the others")
      const [update] = messengers.update(updater).packets
      const answers = [update!, addition].flatMap((packet) => messengers.receive(larger, packet).packets)
      messengers.receive("dave", addition)
      const rekey = messengers.receive("dave", update!).packets
      messengers.author.claim(updates(rekey), "Dave sends a rekey")
      const [second] = messengers.update(larger).packets
      for (const packet of answers) messengers.receive("dave", packet)
      messengers.author.claim(updates(messengers.receive("dave", second!).packets), "Dave heals")
    },
    { outsiders: ["dave"], heal: true },
  ),
  messengerCase(
    "heal-nothing-beside-an-addition",
    {
      title: "An update comes after another one, and beside an addition that has the number of that one: nothing is to be healed",
      clauses: [clauses.heal],
    },
    abc,
    (messengers) => {
      const [first, second, third] = inOrder(messengers, abc) as [string, string, string]
      // Who has created the group has no answer to the create: its numbers are one less.
      const creator = "alice"
      if (first === creator || second === creator) messengers.update(creator)
      messengers.settle(abc)
      const [adder, updater] = [second, third]
      const update = messengers.update(first).packets[0]!
      const addition = messengers.add(adder, "dave").packets[0]!
      for (const packet of messengers.receive(updater, update).packets) messengers.receive(first, packet)
      const later = messengers.update(updater).packets[0]!
      messengers.receive(first, addition)
      messengers.author.claim(!updates(messengers.receive(first, later).packets), "an answer and nothing more")
    },
    { outsiders: ["dave"], heal: true },
  ),
  messengerCase(
    "heal-not-by-who-adds",
    {
      title: "One that delays its answer to an update adds somebody before it: what is to be healed is not its own message",
      clauses: [clauses.heal, clauses.coalesced],
    },
    abc,
    (messengers) => {
      const [adder, one, other] = inOrder(messengers, abc) as [string, string, string]
      const [update, beside] = [one, other].map((user) => messengers.update(user).packets[0]!) as [string, string]
      messengers.receive(adder, update)
      messengers.add(adder, "dave")
      messengers.receive(adder, beside)
      messengers.author.claim(!updates(messengers.flush(adder).packets), "who has added is not the healer")
    },
    { outsiders: ["dave"], heal: true, delay: abc },
  ),
]

const delayed = (): ReadonlyArray<Case> => [
  messengerCase(
    "heal-delayed",
    { title: "One that delays heals what it has heard, and sends it when it is flushed", clauses: [clauses.heal, clauses.coalesced] },
    abc,
    (messengers) => {
      messengers.update("alice")
      messengers.update("bob")
      const [healer, other] = inOrder(messengers, ["alice", "bob"])
      const received = messengers.waitingFor(healer!).map((packet) => messengers.receive(healer!, packet))
      messengers.author.claim(
        received.every(({ packets }) => packets.length === 0),
        "the healer delays",
      )
      for (const _ of received) messengers.next(healer!)
      const { packets } = messengers.flush(healer!)
      messengers.author.claim(
        kindsOf(packets[0]!) === "ack,update" && packets.length === 1,
        "one envelope, with its answer and the update that heals",
      )
      messengers.flood(abc)
      messengers.flush(other!)
      messengers.flood(abc)
      messengers.flush(healer!)
      messengers.author.claim(messengers.flush(healer!).packets.length === 0, "nothing is left to heal")
    },
    { delay: ["alice", "bob"], heal: true },
  ),
]

/** What happens at once. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-concurrency", layer: "messaging", flags: {} }, () => [
  ...concurrent(),
  ...heals(),
  ...known(),
  ...delayed(),
])
