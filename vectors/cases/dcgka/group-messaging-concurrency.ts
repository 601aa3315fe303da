import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { type Case, caseFile } from "../author.ts"
import { first } from "../people.ts"
import { kindsOf } from "./broadcast-group.ts"
import { memberOf, type Talk, talking } from "./talk.ts"

const abc = first(3)
const abcd = first(4)

const concurrent = (): ReadonlyArray<Case> => [
  talking(
    "partition",
    { title: "A group is cut in two, goes on in both, and comes together", clauses: [clauses["one-event"], agreement.rekey] },
    abcd,
    (talk) => {
      talk.add("alice", "erin")
      talk.say("alice", "over here")
      talk.settle(["alice", "bob", "erin"])
      talk.remove("carol", "bob")
      talk.say("dave", "over there")
      talk.settle(["carol", "dave"])
      talk.flood([...abcd, "erin"])
      talk.agree(["alice", "carol", "dave", "erin"])
      talk.say("erin", "together")
      talk.flood([...abcd, "erin"])
      talk.read("alice", "dave: over there", "erin: together")
      talk.read("bob", "alice: over here")
      talk.read("carol", "alice: over here", "dave: over there", "erin: together")
      talk.read("dave", "alice: over here", "erin: together")
      talk.read("erin", "alice: over here")
    },
    { outsiders: ["erin"] },
  ),
  talking(
    "mutual-removal",
    { title: "Two remove each other, and each of the others hears one of them first", clauses: [clauses.former] },
    abcd,
    (talk) => {
      talk.remove("alice", "bob")
      talk.remove("bob", "alice")
      talk.reorder("dave", (packets) => [...packets].reverse())
      talk.flood(abcd)
      talk.agree(["carol", "dave"])
      talk.heard("alice", "user-removed bob", "left")
      talk.say("carol", "peace")
      talk.flood(abcd)
      talk.read("dave", "carol: peace")
      talk.read("bob")
    },
  ),
  talking(
    "removal-of-the-adder",
    { title: "The adder is removed by one that does not know of the addition", clauses: [agreement["cancelled-addition"]] },
    abc,
    (talk) => {
      talk.add("alice", "dave")
      talk.say("alice", "hello dave")
      talk.settle(["alice", "dave"])
      talk.remove("bob", "alice")
      talk.flood(abcd)
      talk.agree(["bob", "carol"])
      talk.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "user-added carol", "alice: hello dave", "left")
    },
    { outsiders: ["dave"] },
  ),
  talking(
    "transitive-additions",
    { title: "A removed member's addition adds another", clauses: [agreement["cancelled-addition"]] },
    abc,
    (talk) => {
      talk.add("alice", "dave")
      talk.settle(["alice", "dave"])
      talk.add("dave", "erin")
      talk.settle(["alice", "dave", "erin"])
      talk.remove("bob", "alice")
      talk.flood([...abcd, "erin"])
      talk.agree(["bob", "carol"])
      for (const user of ["alice", "dave", "erin"]) talk.author.gives("messenger.users", { on: user, group: talk.group }, { users: [] })
    },
    { outsiders: ["dave", "erin"] },
  ),
]

/** A case in which operations are done at once, and after settling `updates` of the group's packets were updates that heal. */
const healing = (
  id: string,
  title: string,
  operations: (talk: Talk) => void,
  remaining: ReadonlyArray<string>,
  order?: (talk: Talk) => void,
): Case =>
  talking(
    `heal-${id}`,
    { title, clauses: [clauses.heal] },
    abcd,
    (talk) => {
      operations(talk)
      order?.(talk)
      talk.flood(abcd)
      talk.agree(remaining)
      talk.say(remaining[0]!, "healed")
      talk.flood(abcd)
      talk.read(remaining[1]!, `${remaining[0]}: healed`)
    },
    { heal: true },
  )

const heals = (): ReadonlyArray<Case> => [
  healing(
    "pair",
    "Two update at once",
    (talk) => {
      talk.update("alice")
      talk.update("bob")
    },
    abcd,
  ),
  healing(
    "triple",
    "Three update at once",
    (talk) => {
      talk.update("alice")
      talk.update("bob")
      talk.update("carol")
    },
    abcd,
  ),
  healing(
    "sequence",
    "Two update one after the other: nothing to heal",
    (talk) => {
      talk.update("alice")
      talk.settle(abcd)
      talk.update("bob")
    },
    abcd,
  ),
  healing(
    "removal",
    "One updates, one removes",
    (talk) => {
      talk.update("alice")
      talk.remove("bob", "dave")
    },
    abc,
  ),
  healing(
    "two-removals",
    "Two remove one each",
    (talk) => {
      talk.remove("alice", "carol")
      talk.remove("bob", "dave")
    },
    ["alice", "bob"],
  ),
  healing(
    "removed-remover",
    "One who is being removed removes another: neither removal follows the other",
    (talk) => {
      talk.remove("alice", "carol")
      talk.remove("carol", "dave")
    },
    ["alice", "bob"],
    (talk) => {
      talk.settle(["bob"], ["alice"])
      talk.settle(["bob"], ["carol"])
    },
  ),
  healing(
    "mutual-removal",
    "Two remove each other: the smallest of the others heals",
    (talk) => {
      talk.remove("alice", "bob")
      talk.remove("bob", "alice")
    },
    ["carol", "dave"],
    (talk) => talk.reorder("dave", (packets) => [...packets].reverse()),
  ),
  healing(
    "nothing-after-an-addition",
    "One updates, one adds: an addition is not to be healed, so nobody updates",
    (talk) => {
      talk.remove("alice", "dave")
      talk.settle(abc)
      talk.acquaint(abcd)
      talk.update("alice")
      talk.settle(abc)
      talk.add("bob", "dave")
      talk.settle(abcd)
    },
    abcd,
  ),
  healing(
    "rekey",
    "An addition and an update at once: the rekey of the new member follows the update",
    (talk) => {
      talk.remove("alice", "dave")
      talk.settle(abc)
      talk.acquaint(abcd)
      talk.add("alice", "dave")
      talk.update("bob")
    },
    abcd,
  ),
]

const delayed = (): ReadonlyArray<Case> => [
  talking(
    "heal-delayed",
    { title: "One that delays heals what it has heard, and sends it when it is flushed", clauses: [clauses.heal, clauses.coalesced] },
    abc,
    (talk) => {
      talk.update("alice")
      talk.update("bob")
      const [healer, other] = ["alice", "bob"].sort((a, b) => (memberOf(talk, a, null, 0) < memberOf(talk, b, null, 0) ? -1 : 1))
      const received = talk.waitingFor(healer!).map((packet) => talk.receive(healer!, packet))
      talk.author.claim(
        received.every(({ packets }) => packets.length === 0),
        "the healer delays",
      )
      for (const _ of received) talk.next(healer!)
      const { packets } = talk.flush(healer!)
      talk.author.claim(
        kindsOf(packets[0]!) === "ack,update" && packets.length === 1,
        "one envelope, with its answer and the update that heals",
      )
      talk.flood(abc)
      talk.flush(other!)
      talk.flood(abc)
      talk.flush(healer!)
      talk.author.claim(talk.flush(healer!).packets.length === 0, "nothing is left to heal")
    },
    { delay: ["alice", "bob"], heal: true },
  ),
]

/** What happens at once. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-concurrency", layer: "messaging", flags: {} }, () => [
  ...concurrent(),
  ...heals(),
  ...delayed(),
])
