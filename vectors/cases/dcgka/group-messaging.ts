import { clauses as broadcast } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { expires, first, now, repeated } from "../people.ts"
import { copyOf, memberOf, Talk, talking, twoAdditions } from "./talk.ts"

const abc = first(3)
const abcd = first(4)

const simple = (): ReadonlyArray<Case> => [
  talking(
    "events",
    { title: "A group is created, grows and shrinks", clauses: [clauses["one-event"]] },
    ["alice"],
    (talk) => {
      talk.add("alice", "bob")
      talk.heard("alice", "user-added bob")
      talk.settle(["alice", "bob"])
      talk.heard("bob", "joined", "user-added bob", "user-added alice")
      talk.say("bob", "hello")
      talk.add("bob", "carol")
      talk.settle(abc)
      talk.heard("alice", "bob: hello", "user-added carol")
      talk.remove("alice", "bob")
      talk.settle(abc)
      talk.heard("bob", "user-added carol", "left")
      talk.heard("carol", "joined", "user-added bob", "user-added alice", "user-added carol", "user-removed bob")
      talk.agree(["alice", "carol"])
      talk.say("carol", "just us")
      talk.settle(abc)
      talk.read("alice", "carol: just us")
      talk.read("bob")
    },
    { outsiders: ["bob", "carol"] },
  ),
  talking("duplicates", { title: "Every packet comes twice, later ones first", clauses: [clauses["one-event"]] }, abc, (talk) => {
    talk.update("alice")
    talk.say("alice", "one")
    talk.say("alice", "two")
    talk.say("bob", "three")
    for (const user of abc) {
      talk.reorder(user, (packets) => [...packets].reverse())
      const packets = talk.waitingFor(user)
      for (const _ of packets) talk.receive(user, talk.next(user)!)
      for (const packet of packets) talk.author.ignores("messenger.receive", { on: user, packet })
    }
    talk.settle(abc)
    talk.read("alice", "bob: three")
    talk.read("bob", "alice: one", "alice: two")
    talk.read("carol", "alice: one", "alice: two", "bob: three")
  }),
  talking(
    "bundle-missing",
    { title: "An addition waits for a key bundle, and is tried again when it has been learned", clauses: [clauses.retried] },
    abc,
    (talk) => {
      talk.author.accepts("messenger.generate", { on: "dave", user: "dave", seed: "dd".repeat(32), delay: false, heal: false })
      talk.author.accepts("messenger.rotate", { on: "dave", expires: 2 * now })
      for (const user of abc) talk.meet("dave", user)
      talk.meet("alice", "dave")
      const packet = talk.add("alice", "dave").packets[0]!
      const { missing, packets } = talk.receive("bob", packet)
      talk.author.claim(JSON.stringify(missing) === '[{"bundle":"dave"}]' && packets.length === 0, "Bob needs a bundle")
      talk.author.ignores("messenger.receive", { on: "bob", packet })
      talk.author.claim(talk.retry("bob", [{ bundle: "dave" }]).packets.length === 0, "Bob needs it still")
      for (const user of ["bob", "carol"]) talk.meet(user, "dave")
      talk.author.claim(talk.retry("bob").packets.length === 1, "Bob acknowledges the addition")
      talk.author.ignores("messenger.receive", { on: "bob", packet })
      talk.flood([...abc, "dave"])
      talk.agree(abcd)
    },
  ),
  talking(
    "held-after-own-removal",
    {
      title: "Dave adds Erin, whom Alice cannot contact: when Alice removes Dave, what she held is processed",
      clauses: [broadcast["held-retried"], clauses.retried],
    },
    abcd,
    (talk) => {
      for (const user of ["bob", "carol", "dave"]) talk.meet(user, "erin")
      talk.add("dave", "erin")
      talk.settle(["bob", "carol"], ["bob", "carol", "dave"])
      talk.say("bob", "do you hear me")
      const packets = talk.waitingFor("alice")
      for (const packet of packets) talk.receive("alice", packet)
      talk.heard("alice")
      talk.remove("alice", "dave")
      talk.heard("alice", "user-removed dave", "bob: do you hear me")
      talk.flood(["alice", "bob", "carol"])
      talk.agree(abc)
      talk.say("carol", "and me")
      talk.settle(["alice"], abc)
      talk.read("alice", "carol: and me")
    },
    { strangers: ["erin"] },
  ),
  talking(
    "held-forgotten",
    { title: "What a group holds is dropped, and has to come again", clauses: [broadcast["held-retried"]] },
    abc,
    (talk) => {
      const [early] = talk.update("alice").packets
      const late = talk.update("alice").packets.concat(talk.say("alice", "hello").packets)
      for (const packet of late) talk.receive("bob", packet)
      talk.author.accepts("messenger.forget-held", { on: "bob", group: talk.group })
      talk.receive("bob", early!)
      talk.read("bob")
      for (const packet of late) talk.receive("bob", packet)
      talk.read("bob", "alice: hello")
      talk.author.accepts("messenger.forget-held", { on: "bob", group: "00".repeat(16) })
    },
  ),
  talking("removed-writes", { title: "A removed member that does not know it yet", clauses: [clauses.former] }, abc, (talk) => {
    talk.remove("alice", "carol")
    talk.settle(["alice", "bob"])
    talk.say("carol", "I was here")
    talk.settle(["alice", "bob"], abc)
    talk.heard("alice", "user-removed carol", "former carol: I was here")
    talk.update("alice")
    talk.settle(["alice", "bob"])
    talk.say("carol", "and still am")
    talk.settle(["alice", "bob"], abc)
    talk.heard("bob", "user-removed carol", "former carol: I was here", "former carol: and still am")
    talk.say("bob", "without you")
    talk.flood(abc)
    talk.heard("carol", "left")
    talk.author.refuses(clauses.member, "messenger.send", { on: "carol", group: talk.group, payload: "" })
  }),
  talking(
    "removed-operates",
    { title: "A removed member that does not know it yet adds and updates", clauses: [clauses.former, agreement["own-ack-first"]] },
    abc,
    (talk) => {
      talk.listen("dave")
      talk.remove("alice", "carol")
      talk.add("carol", "dave")
      talk.update("carol")
      talk.say("carol", "welcome dave")
      talk.settle(["dave"], ["carol"])
      talk.flood(abcd)
      talk.agree(["alice", "bob"])
      talk.heard(
        "dave",
        "joined",
        "user-added bob",
        "user-added dave",
        "user-added alice",
        "user-added carol",
        "carol: welcome dave",
        "left",
      )
    },
    { outsiders: ["dave"] },
  ),
]

const prepared = (): ReadonlyArray<Case> => [
  aCase(
    "group-messaging/prekey-of-the-past",
    { title: "One whose signed prekey has expired at the time 0 goes on without key bundles of its own", clauses: [clauses["one-voice"]] },
    (author) => {
      const talk = new Talk(author, ["bob"])
      author.accepts("messenger.generate", { on: "alice", user: "alice", seed: repeated("alice"), delay: false, heal: false })
      author.accepts("messenger.rotate", { on: "alice", expires: 0 })
      talk.meet("alice", "bob")
      author.accepts("messenger.rotate", { on: "alice", expires })
      talk.meet("bob", "alice")
      author.accepts("messenger.rotate", { on: "alice", expires: 0 })
      talk.create("alice", ["bob"])
      talk.settle(["alice", "bob"])
      talk.agree(["alice", "bob"])
    },
  ),
]

const delayed = (): ReadonlyArray<Case> => [
  talking(
    "coalesced",
    { title: "Delayed answers leave together, before the message that comes next", clauses: [clauses.coalesced] },
    abc,
    (talk) => {
      talk.update("alice")
      talk.update("alice")
      talk.update("carol")
      talk.settle(["alice", "carol"])
      while (talk.waitingFor("bob").length > 0) talk.receive("bob", talk.next("bob")!)
      const { packets } = talk.say("bob", "hello")
      talk.author.claim(packets.length === 2, "one envelope and one message")
      talk.settle(abc)
      talk.read("alice", "bob: hello")
      talk.read("carol", "bob: hello")
    },
    { delay: ["bob"] },
  ),
  talking(
    "flushed",
    { title: "Delayed answers leave when they are flushed", clauses: [clauses.coalesced] },
    abc,
    (talk) => {
      talk.update("alice")
      talk.update("carol")
      talk.settle(abc)
      const { packets } = talk.flush("bob")
      talk.author.claim(packets.length === 1, "one envelope")
      talk.author.claim(talk.flush("bob").packets.length === 0, "nothing is left")
      talk.settle(abc)
      talk.agree(abc)
    },
    { delay: ["bob"] },
  ),
  talking(
    "delayed-retiring",
    { title: "One that delays is added twice", clauses: [clauses.coalesced, clauses["one-voice"]] },
    abc,
    (talk) => {
      twoAdditions(talk)
      talk.settle(abcd)
      talk.author.gives("messenger.users", { on: "dave", group: talk.group }, { users: [...abcd] })
      talk.flush("dave")
      talk.settle(abcd)
      talk.agree(abcd)
      talk.say("dave", "here")
      talk.settle(abcd)
      talk.read("alice", "bob: from bob", "dave: here")
    },
    { outsiders: ["dave"], delay: ["dave"] },
  ),
]

const compared = (): ReadonlyArray<Case> => [
  talking("notes", { title: "Notes that agree are no event", clauses: [clauses["notes-compared"]] }, abc, (talk) => {
    talk.update("bob")
    talk.settle(abc)
    talk.compare("alice")
    talk.settle(abc)
    talk.heard("bob")
    const { content } = talk.author.accepts("messenger.notes", { on: "alice", group: talk.group })
    talk.author.gives("messenger.check", { on: "bob", group: talk.group, content }, { differ: [], behind: [] })
  }),
  talking(
    "equivocation",
    { title: "Alice acknowledges one update to Bob and another to Carol, with one number", clauses: [clauses["notes-compared"]] },
    abc,
    (talk) => {
      const twin = copyOf(talk, "alice")
      const ofBob = talk.update("bob").packets[0]!
      const ofCarol = talk.update("carol").packets[0]!
      const toBob = talk.author.accepts("messenger.receive", { on: "alice", packet: ofBob }).packets[0]!
      const toCarol = talk.author.accepts("messenger.receive", { on: twin, packet: ofCarol }).packets[0]!
      talk.settle(["bob", "carol"])
      talk.receive("bob", toBob)
      talk.receive("carol", toCarol)
      talk.compare("bob")
      talk.compare("carol")
      talk.settle(["bob", "carol"])
      talk.heard("carol", "equivocation bob")
      talk.heard("bob", "equivocation carol")
    },
  ),
  talking(
    "split",
    { title: "Alice updates for Bob and removes him for Carol: notes have to come on another way", clauses: [clauses["notes-compared"]] },
    abcd,
    (talk) => {
      const twin = copyOf(talk, "alice")
      const toBob = talk.update("alice").packets[0]!
      const toCarol = talk.author.accepts("messenger.remove", { on: twin, group: talk.group, user: "dave" }).packets[0]!
      const fromBob = talk.receive("bob", toBob).packets[0]!
      talk.receive("carol", toCarol)
      const answer = talk.author.answers("messenger.receive", { on: "carol", packet: fromBob })
      talk.author.claim(answer.verdict === "refused", "Carol refuses what Bob acknowledges")
      const { content } = talk.author.accepts("messenger.notes", { on: "bob", group: talk.group })
      const { differ } = talk.author.accepts("messenger.check", { on: "carol", group: talk.group, content })
      const alice = memberOf(talk, "alice", null, 0)
      talk.author.claim(differ.join() === alice, "Alice is to blame")
    },
  ),
]

/** What groups of messengers do. */
export default caseFile({ part: "dcgka", chapter: "group-messaging", layer: "messaging", flags: {} }, () => [
  ...simple(),
  ...prepared(),
  ...delayed(),
  ...compared(),
])
