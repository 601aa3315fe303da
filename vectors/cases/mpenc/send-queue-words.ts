import { clauses } from "../../../spec/mpenc/send-queue.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { filled } from "../people.ts"
import { begin, membership, message, type Notice } from "./send-queue.ts"

const cases = (): ReadonlyArray<Case> => [
  aCase(
    "send-queue/begun-late",
    {
      title: "A message stands below one that the queue has not seen, beside one that it has: what it has not seen is no log parent",
      clauses: [clauses.remembered],
    },
    (author) => {
      begin(author)
      author.accepts("send-queue.note", { on: "alice", notices: [message("b", "bob", [1]), message("c", "carol", [1, 7])] })
      const { parents } = author.accepts("send-queue.look", { on: "alice" })
      author.claim(parents.join() === filled(0x63, 20), "Carol's is the last")
    },
  ),
  aCase(
    "send-queue/drops-nothing",
    {
      title: "With sendLater a text that is not there is dropped: refused, and what was typed outside is sent later all the same",
      clauses: [clauses.unfinished],
    },
    (author) => {
      author.accepts("send-queue.begin", { on: "alice", me: "alice", sendLater: 1 })
      author.gives("send-queue.write", { on: "alice", text: "a" }, { send: [] })
      author.refuses(clauses.unfinished, "send-queue.drop", { on: "alice", number: 2 })
      author.gives("send-queue.note", { on: "alice", notices: [membership(["alice", "bob"])] }, { send: ["a"] })
    },
  ),
  aCase(
    "send-queue/others-words",
    {
      title: "Bob writes what Alice has typed, before hers is a message: hers is still on its way, and fails with the message that is hers",
      clauses: [clauses.remembered],
    },
    (author) => {
      begin(author)
      author.gives("send-queue.write", { on: "alice", text: "a" }, { send: ["a"] })
      author.accepts("send-queue.note", { on: "alice", notices: [{ ...message("b", "bob", []), text: "a" } as Notice] })
      const state = () => author.accepts("send-queue.look", { on: "alice" }).texts.map((text) => `${text.state} ${text.id}`)
      author.claim(state().join() === "unsent null", "Bob's message is not hers")
      author.accepts("send-queue.note", { on: "alice", notices: [message("a", "alice", [])] })
      author.claim(state().join() === `sent ${filled(0x61, 20)}`, "her own is")
    },
  ),
  aCase(
    "send-queue/later-only-outside",
    {
      title:
        "With the option sendLater the members change: a text that is on its way, and one that is sent, are not given to be sent; alone, neither is one that was typed outside",
      clauses: [clauses.later, clauses["not-again"]],
    },
    (author) => {
      const note = (notices: ReadonlyArray<Notice>, send: ReadonlyArray<string>) =>
        author.gives("send-queue.note", { on: "alice", notices }, { send })
      author.accepts("send-queue.begin", { on: "alice", me: "alice", sendLater: 1 })
      note([membership(["alice", "bob"])], [])
      author.gives("send-queue.write", { on: "alice", text: "a" }, { send: ["a"] })
      author.gives("send-queue.write", { on: "alice", text: "refused" }, { send: ["refused"] })
      note([message("a", "alice", [])], [])
      note([membership(["alice", "bob", "carol"])], [])
      author.claim(
        author.accepts("send-queue.look", { on: "alice" }).texts.every(({ members }) => members.join() === "alice,bob"),
        "they are for Bob alone",
      )
      note([membership(["alice"])], [])
      author.gives("send-queue.write", { on: "alice", text: "later" }, { send: [] })
      note([membership(["alice"])], [])
      note([membership(["alice", "carol"]), message("c", "carol", [1])], ["later"])
    },
  ),
  aCase(
    "send-queue/outside-and-sent",
    {
      title:
        "A text that was typed outside of a session is taken to be sent by a message with its words: it is not sent later, and when it fails, not outside of a session",
      clauses: [clauses.later, clauses.again],
    },
    (author) => {
      author.accepts("send-queue.begin", { on: "alice", me: "alice", sendLater: 1 })
      author.gives("send-queue.write", { on: "alice", text: "a" }, { send: [] })
      author.gives("send-queue.write", { on: "alice", text: "b" }, { send: [] })
      author.gives("send-queue.note", { on: "alice", notices: [message("a", "alice", []), message("b", "alice", [1])] }, { send: [] })
      const lost: Notice = { type: "not-acknowledged", id: filled(0x61, 20), by: ["bob"], last: true }
      author.gives("send-queue.note", { on: "alice", notices: [lost] }, { send: [] })
      author.gives("send-queue.note", { on: "alice", notices: [membership(["alice", "bob"])] }, { send: [] })
    },
  ),
  aCase(
    "send-queue/from-the-first-failed",
    {
      title: "Of three texts the second fails: it and the third are sent again, and the first is not",
      clauses: [clauses.again],
    },
    (author) => {
      begin(author)
      for (const text of ["a", "b", "c"]) {
        author.gives("send-queue.write", { on: "alice", text }, { send: [text] })
        author.gives("send-queue.note", { on: "alice", notices: [message(text, "alice", [])] }, { send: [] })
      }
      const lost: Notice = { type: "not-acknowledged", id: filled(0x62, 20), by: ["bob"], last: true }
      author.gives("send-queue.note", { on: "alice", notices: [lost] }, { send: ["b", "c"] })
    },
  ),
  aCase(
    "send-queue/as-many-others",
    {
      title: "A text fails when as many others are members, or as many other messages were seen last: it is not sent again by itself",
      clauses: [clauses["not-again"]],
    },
    (author) => {
      author.accepts("send-queue.begin", { on: "alice", me: "alice", sendLater: 0 })
      const note = (notices: ReadonlyArray<Notice>, send: ReadonlyArray<string>) =>
        author.gives("send-queue.note", { on: "alice", notices }, { send })
      note([membership(["alice", "bob"]), message("f", "bob", [])], [])
      author.gives("send-queue.write", { on: "alice", text: "a" }, { send: ["a"] })
      note([message("a", "alice", [1])], [])
      const lost: Notice = { type: "not-acknowledged", id: filled(0x61, 20), by: ["bob"], last: true }
      note([lost, membership(["alice", "carol"])], [])
      note([membership(["alice", "bob"]), message("g", "bob", [2])], [])
      author.claim(author.accepts("send-queue.look", { on: "alice" }).texts[0]?.state === "failed", "it stays")
    },
  ),
  aCase(
    "send-queue/words-of-other-members",
    {
      title: "A text was written for two, and is a message when there are three: it is sent by that message, whomever it was written for",
      clauses: [clauses.remembered],
    },
    (author) => {
      begin(author)
      author.gives("send-queue.write", { on: "alice", text: "a" }, { send: ["a"] })
      const notices = [membership(["alice", "bob", "carol", "dave"]), message("a", "alice", [])]
      author.accepts("send-queue.note", { on: "alice", notices })
      const [text] = author.accepts("send-queue.look", { on: "alice" }).texts
      author.claim(text?.state === "sent" && text.id === filled(0x61, 20), "it is sent")
    },
  ),
  aCase(
    "send-queue/later-then-again",
    {
      title: "Two memberships in one step: what is sent later for the first comes before what is sent again for the second",
      clauses: [clauses.later, clauses.again],
    },
    (author) => {
      author.accepts("send-queue.begin", { on: "alice", me: "alice", sendLater: 1 })
      author.accepts("send-queue.note", { on: "alice", notices: [membership(["alice", "bob", "carol"])] })
      author.gives("send-queue.write", { on: "alice", text: "a" }, { send: ["a"] })
      author.accepts("send-queue.note", { on: "alice", notices: [message("a", "alice", [])] })
      const lost: Notice = { type: "not-acknowledged", id: filled(0x61, 20), by: ["bob"], last: true }
      author.gives("send-queue.note", { on: "alice", notices: [lost, membership(["alice"])] }, { send: [] })
      author.gives("send-queue.write", { on: "alice", text: "later" }, { send: [] })
      const both = [membership(["alice", "bob"]), membership(["alice", "bob", "carol"])]
      author.gives("send-queue.note", { on: "alice", notices: both }, { send: ["later", "a"] })
    },
  ),
]

/** The layer "send-queue": what else readers could have read. */
export default caseFile({ part: "mpenc", chapter: "send-queue-words", layer: "send-queue", flags: {} }, cases)
