import { Hex } from "effect/encoding"
import { memberId } from "../../../reference/simulation/network.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses, Welcome, type WelcomeOperation } from "../../../spec/dcgka/key-agreement.ts"
import { clauses as channel } from "../../../spec/dcgka/two-party-messaging.ts"
import { aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, first, meet } from "../people.ts"
import { controlHex, Group } from "./group.ts"

const nobody = filled(0xee, 16)

type History = ReadonlyArray<WelcomeOperation>

/** The welcome with which Alice adds Dave to a settled group of Alice and Bob. */
const honestWelcome = (group: Group, seq = 2) => {
  const [alice, bob] = [group.member("alice"), group.member("bob")]
  const history: History = [
    { type: "welcome-create", sender: alice, seq: 1, users: ["alice", "bob"] },
    { type: "ack", sender: bob, seq: 1, ofSender: alice, ofSeq: 1 },
    { type: "welcome-add", sender: alice, seq, user: "dave" },
  ]
  return {
    history,
    seen: { [alice]: seq, [bob]: 1 } as Record<string, number>,
    ratchet: new Uint8Array(32).fill(6),
    attachment: new Uint8Array(),
  }
}

/** Dave is welcomed by a crafted welcome: an honest one, and one that `change` has changed. */
const welcomed = (
  id: string,
  title: string,
  clause: Parameters<typeof twins>[1],
  change: (welcome: Welcome, group: Group) => Welcome | string,
  seq = 2,
): ReadonlyArray<Case> =>
  twins(`key-agreement/welcome-${id}`, clause, title, (author) => {
    const group = new Group(author, ["alice", "bob", "dave"])
    for (const _ of [1, 2]) group.introduce("alice", "dave")
    for (const user of ["alice", "bob"]) group.members.set(user, memberId(group.id, user, null, 0))
    group.members.set("dave", memberId(group.id, "dave", group.member("alice"), seq))
    const control = controlHex({ type: "add", group: group.id, sender: group.member("alice"), seq, user: "dave" })
    const bytes = (welcome: Welcome | string) => (typeof welcome === "string" ? welcome : Hex.encode(encodeWire(Welcome, welcome)))
    const honest = honestWelcome(group, seq)
    const right = { on: "dave", control, direct: group.crafted("alice", "dave", bytes(honest), control) }
    return fork("group.process", right, { direct: group.crafted("alice", "dave", bytes(change(honest, group)), control) })
  })

const withHistory =
  (change: (history: History, group: Group) => History) =>
  (welcome: Welcome, group: Group): Welcome => ({
    ...welcome,
    history: change(welcome.history, group),
  })

const refusedWelcomes = (): ReadonlyArray<Case> => [
  ...welcomed(
    "no-create",
    "A welcome whose history does not begin with a create",
    clauses["welcome-history"],
    withHistory((history) => history.slice(1)),
  ),
  ...welcomed(
    "unknown-ack",
    "A welcome with an ack of what is not there",
    clauses["welcome-history"],
    withHistory((history, group) => [
      history[0]!,
      { type: "ack", sender: group.member("bob"), seq: 1, ofSender: group.member("alice"), ofSeq: 2 },
      history[2]!,
    ]),
  ),
  ...welcomed(
    "without-add",
    "A welcome without the addition of its reader",
    clauses["welcome-history"],
    withHistory((history) => history.slice(0, 2)),
  ),
  ...welcomed(
    "other-add",
    "A welcome that ends with the addition of somebody else",
    clauses["welcome-history"],
    withHistory((history, group) => [...history.slice(0, 2), { type: "welcome-add", sender: group.member("alice"), seq: 2, user: "erin" }]),
  ),
  ...welcomed(
    "other-creator",
    "A welcome in which its sender is made of another user",
    clauses["welcome-history"],
    withHistory((history, group) => [
      { type: "welcome-create", sender: group.member("alice"), seq: 1, users: ["carol", "bob"] },
      ...history.slice(1),
    ]),
  ),
  ...welcomed(
    "create-number",
    "A welcome whose create has the number 2",
    clauses["welcome-history"],
    withHistory((history, group) => [
      { ...history[0]!, seq: 2 } as WelcomeOperation,
      { type: "ack", sender: group.member("bob"), seq: 1, ofSender: group.member("alice"), ofSeq: 2 },
      history[2]!,
    ]),
    3,
  ),
  ...welcomed(
    "not-last",
    "A welcome in which the addition of its reader is not the last operation",
    clauses["welcome-history"],
    withHistory((history, group) => [
      ...history,
      { type: "ack", sender: group.member("bob"), seq: 2, ofSender: group.member("alice"), ofSeq: 2 },
    ]),
  ),
  ...twins(
    "key-agreement/welcome-impersonated",
    clauses["welcome-history"],
    "A welcome sent by another user than the one that its sender is made of",
    (author) => {
      const group = new Group(author, ["alice", "bob", "dave"])
      for (const user of ["alice", "bob"]) {
        group.introduce(user, "dave")
        group.members.set(user, memberId(group.id, user, null, 0))
      }
      group.members.set("dave", memberId(group.id, "dave", group.member("alice"), 2))
      const control = controlHex({ type: "add", group: group.id, sender: group.member("alice"), seq: 2, user: "dave" })
      const bytes = Hex.encode(encodeWire(Welcome, honestWelcome(group)))
      const right = { on: "dave", control, direct: group.crafted("alice", "dave", bytes, control) }
      // Bob seals as if he were Alice's member.
      group.members.set("bob", group.member("alice"))
      return fork("group.process", right, { direct: group.crafted("bob", "dave", bytes, control) })
    },
  ),
  ...welcomed(
    "create-order",
    "A welcome whose create does not begin with its sender's user",
    clauses["welcome-history"],
    withHistory((history) => [{ ...history[0]!, users: ["bob", "alice"] } as WelcomeOperation, ...history.slice(1)]),
  ),
  ...welcomed(
    "create-twice",
    "A welcome whose create names a user twice",
    clauses["welcome-history"],
    withHistory((history) => [{ ...history[0]!, users: ["alice", "bob", "bob"] } as WelcomeOperation, ...history.slice(1)]),
  ),
  ...welcomed(
    "long",
    "A welcome with 4,097 operations",
    clauses["welcome-history"],
    withHistory((history, group) => [
      ...history.slice(0, 2),
      ...Array.from(
        { length: 4094 },
        (_, index): WelcomeOperation => ({ type: "remove", sender: group.member("bob"), seq: index + 2, member: nobody }),
      ),
      history[2]!,
    ]),
  ),
  ...welcomed(
    "cancelled",
    "A welcome with a removal of the adder that it did not know, which cancels the addition",
    clauses["welcome-history"],
    withHistory((history, group) => [
      ...history.slice(0, 2),
      { type: "remove", sender: group.member("bob"), seq: 2, member: group.member("alice") },
      history[2]!,
    ]),
  ),
  ...welcomed("seen-low", "A welcome whose counts do not cover its history", clauses["welcome-seen"], (welcome, group) => ({
    ...welcome,
    seen: { [group.member("alice")]: 2 },
  })),
  ...welcomed(
    "seen-sender",
    "A welcome whose count for its sender is not the number of the add",
    clauses["welcome-seen"],
    (welcome, group) => ({
      ...welcome,
      seen: { ...welcome.seen, [group.member("alice")]: 3 },
    }),
  ),
  ...welcomed("seen-reader", "A welcome with a count for its reader", clauses["welcome-seen"], (welcome, group) => ({
    ...welcome,
    seen: { ...welcome.seen, [group.member("dave")]: 4294967295 },
  })),
  ...twins("key-agreement/welcome-missing", clauses["direct-missing"], "An addition of us without the welcome", (author) => {
    const group = Group.acquainted(author, first(3), ["dave"])
    const sent = group.add("alice", "dave")
    return group.fork(sent, "dave", { direct: null })
  }),
  ...twins("key-agreement/welcome-kind", channel["key-held"], "A welcome that is not a first contact", (author) => {
    const group = Group.acquainted(author, first(3), ["dave"])
    const sent = group.add("alice", "dave")
    const later = group.update("alice")
    return group.fork(sent, "dave", { direct: group.directOf(later, "bob") })
  }),
  aCase(
    "key-agreement/welcome-waits-for-bundle",
    { title: "A welcome waits until its reader knows the sender's user", clauses: [clauses["welcome-history"]] },
    (author) => {
      const group = Group.settled(author, ["alice", "bob"], ["dave"])
      meet(author, "alice", "dave")
      const sent = group.add("alice", "dave")
      const params = { on: "dave", control: sent.control, direct: group.directOf(sent, "dave") }
      author.waits({ bundle: "alice" }, "group.process", params)
      meet(author, "dave", "alice")
      author.accepts("group.process", params)
    },
  ),
]

/** What is refused of a welcome, and its twin that is accepted. */
export default caseFile({ part: "dcgka", chapter: "key-agreement-welcomes", layer: "key-agreement", flags: {} }, refusedWelcomes)
