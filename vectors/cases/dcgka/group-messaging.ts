import { clauses as broadcast } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { expires, first, now, repeated } from "../people.ts"
import { copyOf, MessengerGroup, memberOf, messengerCase, twoAdditions } from "./messenger-group.ts"

const abc = first(3)
const abcd = first(4)

const simple = (): ReadonlyArray<Case> => [
  messengerCase(
    "events",
    { title: "A group is created, grows and shrinks", clauses: [clauses["one-event"]] },
    ["alice"],
    (messengers) => {
      messengers.add("alice", "bob")
      messengers.heard("alice", "user-added bob")
      messengers.settle(["alice", "bob"])
      messengers.heard("bob", "joined", "user-added bob", "user-added alice")
      messengers.say("bob", "hello")
      messengers.add("bob", "carol")
      messengers.settle(abc)
      messengers.heard("alice", "bob: hello", "user-added carol")
      messengers.remove("alice", "bob")
      messengers.settle(abc)
      messengers.heard("bob", "user-added carol", "left")
      messengers.heard("carol", "joined", "user-added bob", "user-added alice", "user-added carol", "user-removed bob")
      messengers.agree(["alice", "carol"])
      messengers.say("carol", "just us")
      messengers.settle(abc)
      messengers.read("alice", "carol: just us")
      messengers.read("bob")
    },
    { outsiders: ["bob", "carol"] },
  ),
  messengerCase(
    "duplicates",
    { title: "Every packet comes twice, later ones first", clauses: [clauses["one-event"]] },
    abc,
    (messengers) => {
      messengers.update("alice")
      messengers.say("alice", "one")
      messengers.say("alice", "two")
      messengers.say("bob", "three")
      for (const user of abc) {
        messengers.reorder(user, (packets) => [...packets].reverse())
        const packets = messengers.waitingFor(user)
        for (const _ of packets) messengers.receive(user, messengers.next(user)!)
        for (const packet of packets) messengers.author.ignores("messenger.receive", { on: user, packet })
      }
      messengers.settle(abc)
      messengers.read("alice", "bob: three")
      messengers.read("bob", "alice: one", "alice: two")
      messengers.read("carol", "alice: one", "alice: two", "bob: three")
    },
  ),
  messengerCase(
    "bundle-missing",
    { title: "An addition waits for a key bundle, and is tried again when it has been learned", clauses: [clauses.retried] },
    abc,
    (messengers) => {
      messengers.author.accepts("messenger.generate", { on: "dave", user: "dave", seed: "dd".repeat(32), delay: false, heal: false })
      messengers.author.accepts("messenger.rotate", { on: "dave", expires: 2 * now })
      for (const user of abc) messengers.meet("dave", user)
      messengers.meet("alice", "dave")
      const packet = messengers.add("alice", "dave").packets[0]!
      const { missing, packets } = messengers.receive("bob", packet)
      messengers.author.claim(JSON.stringify(missing) === '[{"bundle":"dave"}]' && packets.length === 0, "Bob needs a bundle")
      messengers.author.ignores("messenger.receive", { on: "bob", packet })
      messengers.author.claim(messengers.retry("bob", [{ bundle: "dave" }]).packets.length === 0, "Bob needs it still")
      for (const user of ["bob", "carol"]) messengers.meet(user, "dave")
      messengers.author.claim(messengers.retry("bob").packets.length === 1, "Bob acknowledges the addition")
      messengers.author.ignores("messenger.receive", { on: "bob", packet })
      messengers.flood([...abc, "dave"])
      messengers.agree(abcd)
    },
  ),
  messengerCase(
    "held-after-own-removal",
    {
      title: "Dave adds Erin, whom Alice cannot contact: when Alice removes Dave, what she held is processed",
      clauses: [broadcast["held-retried"], clauses.retried],
    },
    abcd,
    (messengers) => {
      for (const user of ["bob", "carol", "dave"]) messengers.meet(user, "erin")
      messengers.add("dave", "erin")
      messengers.settle(["bob", "carol"], ["bob", "carol", "dave"])
      messengers.say("bob", "do you hear me")
      const packets = messengers.waitingFor("alice")
      for (const packet of packets) messengers.receive("alice", packet)
      messengers.heard("alice")
      messengers.remove("alice", "dave")
      messengers.heard("alice", "user-removed dave", "bob: do you hear me")
      messengers.flood(["alice", "bob", "carol"])
      messengers.agree(abc)
      messengers.say("carol", "and me")
      messengers.settle(["alice"], abc)
      messengers.read("alice", "carol: and me")
    },
    { strangers: ["erin"] },
  ),
  messengerCase(
    "held-forgotten",
    { title: "What a group holds is dropped, and has to come again", clauses: [broadcast["held-retried"]] },
    abc,
    (messengers) => {
      const [early] = messengers.update("alice").packets
      const late = messengers.update("alice").packets.concat(messengers.say("alice", "hello").packets)
      for (const packet of late) messengers.receive("bob", packet)
      messengers.author.accepts("messenger.forget-held", { on: "bob", group: messengers.group })
      messengers.receive("bob", early!)
      messengers.read("bob")
      for (const packet of late) messengers.receive("bob", packet)
      messengers.read("bob", "alice: hello")
      messengers.author.accepts("messenger.forget-held", { on: "bob", group: "00".repeat(16) })
    },
  ),
  messengerCase("removed-writes", { title: "A removed member that does not know it yet", clauses: [clauses.former] }, abc, (messengers) => {
    messengers.remove("alice", "carol")
    messengers.settle(["alice", "bob"])
    messengers.say("carol", "I was here")
    messengers.settle(["alice", "bob"], abc)
    messengers.heard("alice", "user-removed carol", "former carol: I was here")
    messengers.update("alice")
    messengers.settle(["alice", "bob"])
    messengers.say("carol", "and still am")
    messengers.settle(["alice", "bob"], abc)
    messengers.heard("bob", "user-removed carol", "former carol: I was here", "former carol: and still am")
    messengers.say("bob", "without you")
    messengers.flood(abc)
    messengers.heard("carol", "left")
    messengers.author.refuses(clauses.member, "messenger.send", { on: "carol", group: messengers.group, payload: "" })
  }),
  messengerCase(
    "removed-operates",
    { title: "A removed member that does not know it yet adds and updates", clauses: [clauses.former, agreement["own-ack-first"]] },
    abc,
    (messengers) => {
      messengers.listen("dave")
      messengers.remove("alice", "carol")
      messengers.add("carol", "dave")
      messengers.update("carol")
      messengers.say("carol", "welcome dave")
      messengers.settle(["dave"], ["carol"])
      messengers.flood(abcd)
      messengers.agree(["alice", "bob"])
      messengers.heard(
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
      const messengers = new MessengerGroup(author, ["bob"])
      author.accepts("messenger.generate", { on: "alice", user: "alice", seed: repeated("alice"), delay: false, heal: false })
      author.accepts("messenger.rotate", { on: "alice", expires: 0 })
      messengers.meet("alice", "bob")
      author.accepts("messenger.rotate", { on: "alice", expires })
      messengers.meet("bob", "alice")
      author.accepts("messenger.rotate", { on: "alice", expires: 0 })
      messengers.create("alice", ["bob"])
      messengers.settle(["alice", "bob"])
      messengers.agree(["alice", "bob"])
    },
  ),
]

const delayed = (): ReadonlyArray<Case> => [
  messengerCase(
    "coalesced",
    { title: "Delayed answers leave together, before the message that comes next", clauses: [clauses.coalesced] },
    abc,
    (messengers) => {
      messengers.update("alice")
      messengers.update("alice")
      messengers.update("carol")
      messengers.settle(["alice", "carol"])
      while (messengers.waitingFor("bob").length > 0) messengers.receive("bob", messengers.next("bob")!)
      const { packets } = messengers.say("bob", "hello")
      messengers.author.claim(packets.length === 2, "one envelope and one message")
      messengers.settle(abc)
      messengers.read("alice", "bob: hello")
      messengers.read("carol", "bob: hello")
    },
    { delay: ["bob"] },
  ),
  messengerCase(
    "flushed",
    { title: "Delayed answers leave when they are flushed", clauses: [clauses.coalesced] },
    abc,
    (messengers) => {
      messengers.update("alice")
      messengers.update("carol")
      messengers.settle(abc)
      const { packets } = messengers.flush("bob")
      messengers.author.claim(packets.length === 1, "one envelope")
      messengers.author.claim(messengers.flush("bob").packets.length === 0, "nothing is left")
      messengers.settle(abc)
      messengers.agree(abc)
    },
    { delay: ["bob"] },
  ),
  messengerCase(
    "delayed-retiring",
    { title: "One that delays is added twice", clauses: [clauses.coalesced, clauses["one-voice"]] },
    abc,
    (messengers) => {
      twoAdditions(messengers)
      messengers.settle(abcd)
      messengers.author.gives("messenger.users", { on: "dave", group: messengers.group }, { users: [...abcd] })
      messengers.flush("dave")
      messengers.settle(abcd)
      messengers.agree(abcd)
      messengers.say("dave", "here")
      messengers.settle(abcd)
      messengers.read("alice", "bob: from bob", "dave: here")
    },
    { outsiders: ["dave"], delay: ["dave"] },
  ),
]

const compared = (): ReadonlyArray<Case> => [
  messengerCase("notes", { title: "Notes that agree are no event", clauses: [clauses["notes-compared"]] }, abc, (messengers) => {
    messengers.update("bob")
    messengers.settle(abc)
    messengers.compare("alice")
    messengers.settle(abc)
    messengers.heard("bob")
    const { content } = messengers.author.accepts("messenger.notes", { on: "alice", group: messengers.group })
    messengers.author.gives("messenger.check", { on: "bob", group: messengers.group, content }, { differ: [], behind: [] })
  }),
  messengerCase(
    "equivocation",
    { title: "Alice acknowledges one update to Bob and another to Carol, with one number", clauses: [clauses["notes-compared"]] },
    abc,
    (messengers) => {
      const twin = copyOf(messengers, "alice")
      const ofBob = messengers.update("bob").packets[0]!
      const ofCarol = messengers.update("carol").packets[0]!
      const toBob = messengers.author.accepts("messenger.receive", { on: "alice", packet: ofBob }).packets[0]!
      const toCarol = messengers.author.accepts("messenger.receive", { on: twin, packet: ofCarol }).packets[0]!
      messengers.settle(["bob", "carol"])
      messengers.receive("bob", toBob)
      messengers.receive("carol", toCarol)
      messengers.compare("bob")
      messengers.compare("carol")
      messengers.settle(["bob", "carol"])
      messengers.heard("carol", "equivocation bob")
      messengers.heard("bob", "equivocation carol")
    },
  ),
  messengerCase(
    "split",
    { title: "Alice updates for Bob and removes him for Carol: notes have to come on another way", clauses: [clauses["notes-compared"]] },
    abcd,
    (messengers) => {
      const twin = copyOf(messengers, "alice")
      const toBob = messengers.update("alice").packets[0]!
      const toCarol = messengers.author.accepts("messenger.remove", { on: twin, group: messengers.group, user: "dave" }).packets[0]!
      const fromBob = messengers.receive("bob", toBob).packets[0]!
      messengers.receive("carol", toCarol)
      const answer = messengers.author.answers("messenger.receive", { on: "carol", packet: fromBob })
      messengers.author.claim(answer.verdict === "refused", "Carol refuses what Bob acknowledges")
      const { content } = messengers.author.accepts("messenger.notes", { on: "bob", group: messengers.group })
      const { differ } = messengers.author.accepts("messenger.check", { on: "carol", group: messengers.group, content })
      const alice = memberOf(messengers, "alice", null, 0)
      messengers.author.claim(differ.join() === alice, "Alice is to blame")
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
