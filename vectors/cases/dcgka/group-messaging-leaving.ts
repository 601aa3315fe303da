import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { type Case, caseFile, fork, twins } from "../author.ts"
import { first, hexOf } from "../people.ts"
import { copyOf, memberOf, Talk, talking } from "./talk.ts"

const abc = first(3)
const abcd = first(4)

/** The users of those that a create has made, in the order of their member identifiers. */
const inOrder = (talk: Talk, users: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...users].sort((a, b) => (memberOf(talk, a, null, 0) < memberOf(talk, b, null, 0) ? -1 : 1))

const leaving = (): ReadonlyArray<Case> => [
  talking(
    "leave",
    { title: "A user leaves: one of the others removes it, and no other", clauses: [clauses["leave-carried-out"]] },
    abcd,
    (talk) => {
      talk.leave("carol")
      const others = ["alice", "bob", "dave"]
      const [remover] = inOrder(talk, others)
      for (const user of others) {
        const { packets } = talk.receive(user, talk.next(user)!)
        talk.author.claim(packets.length === (user === remover ? 1 : 0), `${remover} removes Carol`)
        talk.heard(user, ...(user === remover ? ["user-removed carol"] : []), "leaving carol")
      }
      talk.settle(abcd)
      talk.heard("carol", "left")
      talk.agree(others)
      talk.author.accepts("messenger.forget", { on: "carol", group: talk.group })
    },
  ),
  talking(
    "leave-remover-gone",
    { title: "Who would remove the one that leaves has been removed: the next one does it", clauses: [clauses["leave-carried-out"]] },
    abcd,
    (talk) => {
      const [gone, next, ...rest] = inOrder(talk, ["alice", "bob", "dave"]) as [string, string, string]
      talk.leave("carol")
      for (const user of [next, ...rest]) talk.receive(user, talk.next(user)!)
      talk.remove(rest[0]!, gone)
      const { packets } = talk.receive(next, talk.next(next, rest)!)
      talk.author.claim(packets.length === 1, "an answer and a removal")
      talk.flood(abcd)
      talk.agree([next, ...rest].sort())
      for (const user of ["carol", gone]) talk.author.gives("messenger.users", { on: user, group: talk.group }, { users: [] })
    },
  ),
  talking(
    "leave-at-once",
    {
      title: "Two users leave at once, and the third, which has the largest member identifier, remains",
      clauses: [clauses["leave-carried-out"]],
    },
    abc,
    (talk) => {
      const [one, other, last] = inOrder(talk, abc) as [string, string, string]
      talk.leave(one)
      talk.leave(other)
      talk.flood(abc)
      talk.agree([last])
      for (const user of [one, other]) talk.author.gives("messenger.users", { on: user, group: talk.group }, { users: [] })
    },
  ),
  talking(
    "leave-and-forget",
    { title: "Who leaves forgets the group at once, and is added again", clauses: [clauses["leave-carried-out"], clauses["forget-left"]] },
    abc,
    (talk) => {
      talk.acquaint(abc)
      talk.leave("carol")
      talk.author.accepts("messenger.forget", { on: "carol", group: talk.group })
      talk.settle(["alice", "bob"], abc)
      talk.agree(["alice", "bob"])
      talk.add("alice", "carol")
      talk.flood(abc)
      talk.agree(abc)
      talk.say("carol", "back again")
      talk.settle(abc)
      talk.read("bob", "carol: back again")
    },
  ),
  talking(
    "leaver-writes",
    { title: "What a member writes after it has said that it leaves", clauses: [clauses["leaver-silent"]] },
    abc,
    (talk) => {
      const twin = copyOf(talk, "carol")
      const send = (text: string) =>
        talk.author.accepts("messenger.send", { on: twin, group: talk.group, payload: hexOf(text) }).packets.at(-1)!
      talk.say("carol", "before")
      talk.leave("carol")
      send("in place of before")
      send("in place of the wish")
      const after = send("afterwards")
      talk.settle(["alice"], abc)
      talk.read("alice", "carol: before")
      talk.receive("alice", after)
      talk.heard("alice")
    },
  ),
  ...twins("group-messaging/leaving", clauses.leaving, "Writing in a group after leaving it", (author) => {
    const talk = Talk.settled(author, abc)
    talk.leave("carol")
    return fork("messenger.send", { on: "bob", group: talk.group, payload: hexOf("hello") }, { on: "carol" })
  }),
  ...twins("group-messaging/leaving-twice", clauses.leaving, "Leaving a group twice", (author) => {
    const talk = Talk.settled(author, abc)
    talk.leave("carol")
    return fork("messenger.leave", { on: "bob", group: talk.group }, { on: "carol" })
  }),
  ...twins("group-messaging/leave-member", clauses.member, "Leaving a group that one is not in", (author) => {
    const talk = Talk.settled(author, abc, ["dave"])
    return fork("messenger.leave", { on: "bob", group: talk.group }, { on: "dave" })
  }),
]

const restoring = (): ReadonlyArray<Case> => [
  talking(
    "restored",
    { title: "A user restores a backup: it is in no group any more, and is added again", clauses: [clauses.restored] },
    abc,
    (talk) => {
      const { author, group } = talk
      const backup = copyOf(talk, "carol")
      talk.say("carol", "not in the backup")
      talk.update("carol")
      talk.settle(abc)
      talk.heard("bob", "carol: not in the backup")
      const { events } = author.accepts("messenger.restore", { on: backup })
      author.claim(JSON.stringify(events) === JSON.stringify([{ type: "left", group }]), "Carol's backup has left")
      author.gives("messenger.users", { on: backup, group }, { users: [] })
      author.refuses(clauses.member, "messenger.send", { on: backup, group, payload: hexOf("as if nothing had happened") })
      author.accepts("messenger.rotate", { on: backup, expires: 2_000_000_000 })
      talk.replace("carol", backup)
      for (const user of ["alice", "bob"]) {
        talk.meet(user, backup)
        talk.meet(backup, user)
        talk.meet(backup, user)
      }
      talk.remove("alice", "carol")
      talk.add("alice", "carol")
      talk.flood(["alice", "bob", backup])
      author.gives("messenger.users", { on: backup, group }, { users: [...abc] })
      talk.say(backup, "here again")
      talk.flood(["alice", "bob", backup])
      talk.heard("bob", "user-removed carol", "user-added carol", "carol: here again")
    },
  ),
  talking(
    "restored-invitation",
    { title: "An addition to which the backup could answer comes after it was restored", clauses: [clauses.restored] },
    abc,
    (talk) => {
      const { author, group } = talk
      const backup = copyOf(talk, "dave")
      const [packet] = talk.add("alice", "dave").packets
      author.accepts("messenger.restore", { on: backup })
      talk.meet(backup, "alice")
      const { verdict } = author.answers("messenger.receive", { on: backup, packet: packet! })
      author.claim(verdict === "refused", "the prekeys are gone")
      author.gives("messenger.users", { on: backup, group }, { users: [] })
      talk.settle(abcd)
      talk.agree(abcd)
    },
    { outsiders: ["dave"] },
  ),
]

/** Leaving a group, and restoring a backup. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-leaving", layer: "messaging", flags: {} }, () => [
  ...leaving(),
  ...restoring(),
])
