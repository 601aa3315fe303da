import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { type Case, caseFile } from "../author.ts"
import { memberOf, messengerCase } from "./messenger-group.ts"

const memberships = (): ReadonlyArray<Case> => [
  messengerCase(
    "made-as-the-first-is-removed",
    {
      title:
        "In one step Dave's membership takes a second addition of Dave and its own removal: he speaks as the second, has neither left nor joined, and still leaves",
      clauses: [clauses["same-addition"], clauses["member-changed"]],
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
      const [first, second] = [memberOf(messengers, "dave", memberOf(messengers, "alice", null, 0), 2), memberOf(messengers, "dave", memberOf(messengers, "bob", null, 0), 3)]
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

/** What several rules come to at once. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-corners", layer: "messaging", flags: {} }, () => [...memberships()])
