import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { type Case, caseFile, fork, twins } from "../author.ts"
import { first, hexOf } from "../people.ts"
import { copyOf, inOrder, MessengerGroup, messengerCase } from "./messenger-group.ts"

const abc = first(3)
const abcd = first(4)

const leaving = (): ReadonlyArray<Case> => [
  messengerCase(
    "leaver-wrote-in-an-earlier-chain",
    {
      title: "What Carol has written with a higher index, but in an earlier chain than her wish to leave, was before it: it is an event",
      clauses: [clauses["leaver-silent"]],
    },
    abc,
    (messengers) => {
      const reader = inOrder(messengers, ["alice", "bob"])[1]!
      const messages = ["one", "two"].map((text) => messengers.say("carol", text).packets.at(-1)!)
      const update = messengers.update("carol").packets[0]!
      for (const packet of [update, messengers.leave("carol").packets.at(-1)!, messages[1]!]) messengers.receive(reader, packet)
      messengers.heard(reader, "chain-uncompared carol 2", "leaving carol", "carol: two")
    },
  ),
  messengerCase(
    "leave",
    { title: "A user leaves: one of the others removes it, and no other", clauses: [clauses["leave-carried-out"]] },
    abcd,
    (messengers) => {
      messengers.leave("carol")
      const others = ["alice", "bob", "dave"]
      const [remover] = inOrder(messengers, others)
      for (const user of others) {
        const { packets } = messengers.receive(user, messengers.next(user)!)
        messengers.author.claim(packets.length === (user === remover ? 1 : 0), `${remover} removes Carol`)
        messengers.heard(user, ...(user === remover ? ["user-removed carol"] : []), "leaving carol")
      }
      messengers.settle(abcd)
      messengers.heard("carol", "left")
      messengers.agree(others)
      messengers.author.accepts("messenger.forget", { on: "carol", group: messengers.group })
    },
  ),
  messengerCase(
    "leave-remover-gone",
    { title: "Who would remove the one that leaves has been removed: the next one does it", clauses: [clauses["leave-carried-out"]] },
    abcd,
    (messengers) => {
      const [gone, next, ...rest] = inOrder(messengers, ["alice", "bob", "dave"]) as [string, string, string]
      messengers.leave("carol")
      for (const user of [next, ...rest]) messengers.receive(user, messengers.next(user)!)
      messengers.remove(rest[0]!, gone)
      const { packets } = messengers.receive(next, messengers.next(next, rest)!)
      messengers.author.claim(packets.length === 1, "an answer and a removal")
      messengers.flood(abcd)
      messengers.agree([next, ...rest].sort())
      for (const user of ["carol", gone]) messengers.author.gives("messenger.users", { on: user, group: messengers.group }, { users: [] })
    },
  ),
  messengerCase(
    "leave-at-once",
    {
      title: "Two users leave at once, and the third, which has the largest member identifier, remains",
      clauses: [clauses["leave-carried-out"]],
    },
    abc,
    (messengers) => {
      const [one, other, last] = inOrder(messengers, abc) as [string, string, string]
      messengers.leave(one)
      messengers.leave(other)
      messengers.flood(abc)
      messengers.agree([last])
      for (const user of [one, other]) messengers.author.gives("messenger.users", { on: user, group: messengers.group }, { users: [] })
    },
  ),
  messengerCase(
    "leave-and-forget",
    { title: "Who leaves forgets the group at once, and is added again", clauses: [clauses["leave-carried-out"], clauses["forget-left"]] },
    abc,
    (messengers) => {
      messengers.acquaint(abc)
      messengers.leave("carol")
      messengers.author.accepts("messenger.forget", { on: "carol", group: messengers.group })
      messengers.settle(["alice", "bob"], abc)
      messengers.agree(["alice", "bob"])
      messengers.add("alice", "carol")
      messengers.flood(abc)
      messengers.agree(abc)
      messengers.say("carol", "back again")
      messengers.settle(abc)
      messengers.read("bob", "carol: back again")
    },
  ),
  messengerCase(
    "leaver-writes",
    { title: "What a member writes after it has said that it leaves", clauses: [clauses["leaver-silent"]] },
    abc,
    (messengers) => {
      const twin = copyOf(messengers, "carol")
      const send = (text: string) =>
        messengers.author.accepts("messenger.send", { on: twin, group: messengers.group, payload: hexOf(text) }).packets.at(-1)!
      messengers.say("carol", "before")
      messengers.leave("carol")
      send("in place of before")
      send("in place of the wish")
      const after = send("afterwards")
      messengers.settle(["alice"], abc)
      messengers.read("alice", "carol: before")
      messengers.receive("alice", after)
      messengers.heard("alice")
    },
  ),
  ...twins("group-messaging/leaving", clauses.leaving, "Writing in a group after leaving it", (author) => {
    const messengers = MessengerGroup.settled(author, abc)
    messengers.leave("carol")
    return fork("messenger.send", { on: "bob", group: messengers.group, payload: hexOf("hello") }, { on: "carol" })
  }),
  ...twins("group-messaging/leaving-twice", clauses.leaving, "Leaving a group twice", (author) => {
    const messengers = MessengerGroup.settled(author, abc)
    messengers.leave("carol")
    return fork("messenger.leave", { on: "bob", group: messengers.group }, { on: "carol" })
  }),
  ...twins("group-messaging/leave-member", clauses.member, "Leaving a group that one is not in", (author) => {
    const messengers = MessengerGroup.settled(author, abc, ["dave"])
    return fork("messenger.leave", { on: "bob", group: messengers.group }, { on: "dave" })
  }),
]

const restoring = (): ReadonlyArray<Case> => [
  messengerCase(
    "restored",
    { title: "A user restores a backup: it is in no group any more, and is added again", clauses: [clauses.restored] },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const backup = copyOf(messengers, "carol")
      messengers.say("carol", "not in the backup")
      messengers.update("carol")
      messengers.settle(abc)
      messengers.heard("bob", "carol: not in the backup")
      const { events } = author.accepts("messenger.restore", { on: backup })
      author.claim(JSON.stringify(events) === JSON.stringify([{ type: "left", group }]), "Carol's backup has left")
      author.gives("messenger.users", { on: backup, group }, { users: [] })
      author.refuses(clauses.member, "messenger.send", { on: backup, group, payload: hexOf("as if nothing had happened") })
      author.accepts("messenger.rotate", { on: backup, expires: 2_000_000_000 })
      messengers.replace("carol", backup)
      for (const user of ["alice", "bob"]) {
        messengers.meet(user, backup)
        messengers.meet(backup, user)
        messengers.meet(backup, user)
      }
      messengers.remove("alice", "carol")
      messengers.add("alice", "carol")
      messengers.flood(["alice", "bob", backup])
      author.gives("messenger.users", { on: backup, group }, { users: [...abc] })
      messengers.say(backup, "here again")
      messengers.flood(["alice", "bob", backup])
      messengers.heard("bob", "user-removed carol", "user-added carol", "carol: here again")
    },
  ),
  messengerCase(
    "restored-invitation",
    { title: "An addition to which the backup could answer comes after it was restored", clauses: [clauses.restored] },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const backup = copyOf(messengers, "dave")
      const [packet] = messengers.add("alice", "dave").packets
      author.accepts("messenger.restore", { on: backup })
      messengers.meet(backup, "alice")
      const { verdict } = author.answers("messenger.receive", { on: backup, packet: packet! })
      author.claim(verdict === "refused", "the prekeys are gone")
      author.gives("messenger.users", { on: backup, group }, { users: [] })
      messengers.settle(abcd)
      messengers.agree(abcd)
    },
    { outsiders: ["dave"] },
  ),
]

/** Leaving a group, and restoring a backup. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-leaving", layer: "messaging", flags: {} }, () => [
  ...leaving(),
  ...restoring(),
])
