import { memberId } from "../../../reference/simulation/network.ts"
import { clauses, type Welcome, type WelcomeChange } from "../../../spec/dcgka/key-agreement.ts"
import { clauses as channel } from "../../../spec/dcgka/two-party-messaging.ts"
import { aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, first, meet } from "../people.ts"
import { creationOf } from "./history-digest.ts"
import { KeyAgreementGroup } from "./key-agreement-group.ts"
import {
  addOfDave,
  givenToDave,
  settledTwins,
  settledWelcome,
  unsettledTwins,
  welcomeHex,
  withChanges,
  withKnown,
  withUnknown,
} from "./welcome.ts"

const nobody = filled(0xee, 16)

const history = clauses["welcome-history"]

const withCreate = (fields: Partial<Extract<WelcomeChange, { type: "welcome-create" }>>) =>
  withChanges(([create, ...others]) => [{ change: { ...create!.change, ...fields } as WelcomeChange, unknown: [] }, ...others])

const bobsCreate = (group: KeyAgreementGroup): WelcomeChange => {
  const { group: _, ...created } = creationOf(["bob"])
  return { type: "welcome-create", sender: group.member("bob"), seq: 1, ...created }
}

const removalByBob = (seq: number) =>
  withChanges(([create, add], group) => [
    create!,
    { change: { type: "remove", sender: group.member("bob"), seq, member: nobody }, unknown: [] },
    add!,
  ])

const refusedChanges = (): ReadonlyArray<Case> => [
  ...settledTwins({
    id: "no-create",
    title: "A welcome whose history does not begin with a create",
    clause: history,
    change: withChanges((changes) => changes.slice(1)),
  }),
  ...settledTwins({
    id: "two-creates",
    title: "A welcome whose history has two creates",
    clause: history,
    change: withChanges((changes, group) => [changes[0]!, { change: bobsCreate(group), unknown: [] }, changes[1]!]),
  }),
  ...settledTwins({
    id: "without-add",
    title: "A welcome without the addition of its reader",
    clause: history,
    change: withChanges((changes) => changes.slice(0, 1)),
  }),
  ...settledTwins({
    id: "other-add",
    title: "A welcome that ends with the addition of somebody else",
    clause: history,
    change: withChanges((changes, group) => [
      changes[0]!,
      { change: { type: "welcome-add", sender: group.member("alice"), seq: 2, user: "erin" }, unknown: [] },
    ]),
  }),
  ...settledTwins({
    id: "other-creator",
    title: "A welcome in which its sender is made of another user",
    clause: history,
    change: withCreate({ users: ["carol", "bob"] }),
  }),
  ...settledTwins({
    id: "other-nonce",
    title: "A welcome with another create than the one that made the group's identifier",
    clause: history,
    change: withCreate({ nonce: new Uint8Array(16) }),
  }),
  ...settledTwins({
    id: "other-signing-key",
    title: "A welcome whose create has another signing key",
    clause: history,
    change: withCreate({ signingKey: new Uint8Array(32).fill(8) }),
  }),
  ...settledTwins({
    id: "other-ratchet",
    title: "A welcome with another ratchet than its adder's",
    clause: clauses.commitment,
    change: (welcome) => ({ ...welcome, ratchet: new Uint8Array(32).fill(5) }),
  }),
  ...settledTwins({
    id: "other-history",
    title: "A welcome with a change that its adder has not made, or not known of",
    clause: clauses["add-history"],
    change: (welcome, group) => ({ ...removalByBob(2)(welcome, group), seen: { ...welcome.seen, [group.member("bob")]: 2 } }),
  }),
  ...settledTwins({
    id: "first-number",
    title: "A welcome in which the first message of somebody else than the creator is a change",
    clause: history,
    change: removalByBob(1),
  }),
  ...settledTwins({
    id: "other-initial-members",
    title: "A welcome whose create names one more user",
    clause: history,
    change: withCreate({ users: ["alice", "bob", "zed"] }),
  }),
  ...settledTwins({
    id: "create-number",
    title: "A welcome whose create has the number 2",
    clause: history,
    change: withCreate({ seq: 2 }),
    seq: 3,
  }),
  ...settledTwins({
    id: "not-last",
    title: "A welcome in which the addition of its reader is not the last change",
    clause: history,
    change: (welcome, group) => ({
      ...welcome,
      changes: [...welcome.changes, { change: { type: "remove", sender: group.member("bob"), seq: 2, member: nobody }, unknown: [] }],
      seen: { ...welcome.seen, [group.member("bob")]: 2 },
    }),
  }),
  ...settledTwins({
    id: "create-order",
    title: "A welcome whose create does not begin with its sender's user",
    clause: history,
    change: withCreate({ users: ["bob", "alice"] }),
  }),
  ...settledTwins({
    id: "create-twice",
    title: "A welcome whose create names a user twice",
    clause: history,
    change: withCreate({ users: ["alice", "bob", "bob"] }),
  }),
  ...settledTwins({
    id: "cancelled",
    title: "A welcome with a removal of the adder before its addition, which makes nobody a member",
    clause: history,
    change: (welcome, group) => ({
      ...welcome,
      changes: [
        welcome.changes[0]!,
        { change: { type: "remove", sender: group.member("bob"), seq: 2, member: group.member("alice") }, unknown: [] },
        welcome.changes[1]!,
      ],
      seen: { ...welcome.seen, [group.member("bob")]: 2 },
    }),
  }),
  ...unsettledTwins({
    id: "unknown-order",
    title: "A welcome with a change whose unknown positions do not ascend",
    clause: history,
    change: withUnknown(3, [2, 1]),
  }),
  ...unsettledTwins({
    id: "unknown-repeated",
    title: "A welcome with a change that does not know one position twice",
    clause: history,
    change: withUnknown(3, [1, 2, 2]),
  }),
  ...unsettledTwins({
    id: "unknown-itself",
    title: "A welcome with a change that does not know itself",
    clause: history,
    change: withUnknown(3, [1, 2, 3]),
  }),
  ...unsettledTwins({
    id: "numbers",
    title: "A welcome in which a member sends two changes with one number",
    clause: history,
    change: withChanges((changes) =>
      changes.map((entry, at) => (at === 4 ? { ...entry, change: { ...entry.change, seq: 2 } as WelcomeChange } : entry)),
    ),
  }),
  ...unsettledTwins({
    id: "unknown-own",
    title: "A welcome with a change whose sender does not know its own change before",
    clause: history,
    change: withUnknown(2, [1]),
  }),
  ...unsettledTwins({
    id: "not-closed",
    title: "A welcome with a change that knows another, but not what is before that one",
    clause: history,
    change: withUnknown(3, [1]),
  }),
  ...unsettledTwins({
    id: "not-closed-behind",
    title: "The same, where the latest change known does not know of it either",
    clause: history,
    change: withUnknown(4, [1]),
  }),
  ...unsettledTwins({
    id: "unknown-to-adder",
    title: "A welcome with a change that the adder did not know when it added its reader",
    clause: history,
    right: withUnknown(4, [2]),
    change: withUnknown(5, [2]),
  }),
]

const refusedKnowledge = (): ReadonlyArray<Case> => [
  ...unsettledTwins({
    id: "known-silent",
    title: "A welcome with what a member knows that has sent nothing",
    clause: history,
    change: withKnown("frank", 3),
  }),
  ...unsettledTwins({
    id: "known-add",
    title: "A welcome in which somebody else than the adder knows the addition",
    clause: history,
    change: withKnown("erin", 6, [1, 2]),
  }),
  ...unsettledTwins({
    id: "known-all",
    title: "A welcome that says of a member that it knows everything, which need not be said",
    clause: history,
    change: withKnown("erin", 5),
  }),
  ...unsettledTwins({
    id: "known-order",
    title: "A welcome with unknown positions of a member that do not ascend",
    clause: history,
    change: withKnown("erin", 4, [2, 1]),
  }),
  ...unsettledTwins({
    id: "known-last",
    title: "A welcome in which the last change that a member is said to know is among those unknown to it",
    clause: history,
    change: withKnown("erin", 5, [1, 2, 4]),
  }),
  ...unsettledTwins({
    id: "known-length",
    title: "A welcome in which a member knows the add, and misses a change before it",
    clause: history,
    change: withKnown("carol", 6, [3]),
  }),
  ...unsettledTwins({
    id: "known-after-last",
    title: "A welcome in which a member whose last message is a change knows what it did not know when it made that change",
    clause: history,
    change: withKnown("bob", 4),
  }),
  ...unsettledTwins({
    id: "known-after-last-untold",
    title: "A welcome that does not say what a member knows whose last message is a change, with others after it that it did not know",
    clause: history,
    change: (welcome, group) => {
      const { [group.member("bob")]: _, ...known } = welcome.known
      return { ...welcome, known }
    },
  }),
  ...unsettledTwins({
    id: "of-nobody",
    title: "A welcome that counts messages of one whom no change brings in, and says what it knows, is taken, but not without the count",
    clause: history,
    right: (welcome) => ({
      ...welcome,
      seen: { ...welcome.seen, [nobody]: 1 },
      known: { ...welcome.known, [nobody]: { length: 1, unknown: [] } },
    }),
    change: (welcome) => {
      const { [nobody]: _, ...seen } = welcome.seen
      return { ...welcome, seen }
    },
  }),
  ...unsettledTwins({
    id: "known-own",
    title: "A welcome in which a member does not know a change of its own",
    clause: history,
    change: withKnown("bob", 2),
  }),
  ...unsettledTwins({
    id: "known-not-closed",
    title: "A welcome in which a member knows a change, but not what is before it",
    clause: history,
    change: withKnown("carol", 3, [1]),
  }),
]

const withSeen =
  (change: (group: KeyAgreementGroup) => Welcome["seen"], keep = true) =>
  (welcome: Welcome, group: KeyAgreementGroup): Welcome => ({ ...welcome, seen: { ...(keep ? welcome.seen : {}), ...change(group) } })

const refusedCounts = (): ReadonlyArray<Case> => [
  ...unsettledTwins({
    id: "seen-low",
    title: "A welcome whose counts do not cover its history",
    clause: clauses["welcome-seen"],
    change: withSeen((group) => ({ [group.member("bob")]: 2 })),
  }),
  ...unsettledTwins({
    id: "seen-missing",
    title: "A welcome without a count for the sender of a change",
    clause: clauses["welcome-seen"],
    change: (welcome, group) => {
      const { [group.member("bob")]: _, ...seen } = welcome.seen
      return { ...welcome, seen }
    },
  }),
  ...settledTwins({
    id: "seen-sender",
    title: "A welcome whose count for its sender is not the number of the add",
    clause: clauses["welcome-seen"],
    change: withSeen((group) => ({ [group.member("alice")]: 3 })),
  }),
  ...settledTwins({
    id: "seen-reader",
    title: "A welcome with a count for its reader",
    clause: clauses["welcome-seen"],
    change: withSeen((group) => ({ [group.member("dave")]: 4294967295 })),
  }),
]

const others = (): ReadonlyArray<Case> => [
  ...twins(
    "key-agreement/welcome-impersonated",
    history,
    "A welcome sent by another user than the one that its sender is made of",
    (author) => {
      const group = new KeyAgreementGroup(author, ["alice", "bob", "dave"])
      for (const user of ["alice", "bob"]) group.introduce(user, "dave")
      group.found(["alice", "bob"])
      group.members.set("dave", memberId(group.id, "dave", group.member("alice"), 2))
      const welcome = settledWelcome(group, 2)
      const control = addOfDave(group, 2, welcome.changes)
      const bytes = welcomeHex(welcome)
      const right = givenToDave(group, control, group.crafted("alice", "dave", bytes, control))
      // Bob seals as if he were Alice's member.
      group.members.set("bob", group.member("alice"))
      return fork("group.process", right, { direct: group.crafted("bob", "dave", bytes, control) })
    },
  ),
  ...twins("key-agreement/welcome-missing", clauses.recipients, "An addition of us without the welcome", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    const sent = group.add("alice", "dave")
    return group.fork(sent, "dave", { direct: null })
  }),
  ...twins("key-agreement/welcome-kind", channel["key-held"], "A welcome that is not a first contact", (author) => {
    const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
    const sent = group.add("alice", "dave")
    const later = group.update("alice")
    return group.fork(sent, "dave", { direct: group.directOf(later, "bob") })
  }),
  aCase(
    "key-agreement/welcome-waits-for-bundle",
    { title: "A welcome waits until its reader knows the sender's user", clauses: [history] },
    (author) => {
      const group = KeyAgreementGroup.settled(author, ["alice", "bob"], ["dave"])
      meet(author, "alice", "dave")
      const sent = group.add("alice", "dave")
      const params = group.offer(sent, "dave")
      author.waits({ bundle: "alice" }, "group.process", params)
      meet(author, "dave", "alice")
      author.accepts("group.process", params)
    },
  ),
]

const refusedWelcomes = (): ReadonlyArray<Case> => [...refusedChanges(), ...refusedKnowledge(), ...refusedCounts(), ...others()]

/** What is refused of a welcome, and its twin that is accepted. */
export default caseFile({ part: "dcgka", chapter: "key-agreement-welcomes", layer: "key-agreement", flags: {} }, refusedWelcomes)
