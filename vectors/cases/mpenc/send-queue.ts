import { clauses } from "../../../spec/mpenc/send-queue.ts"
import { type Author, aCase, type Case, caseFile, fork, type OutputOf, twins } from "../author.ts"
import { filled } from "../people.ts"
import { begun, SessionChannel } from "./session-channel.ts"

export type Notice = OutputOf<"session.receive">["notices"][number]

/** The program on top of a session: it tells the queue what the session tells, and sends what the queue gives. */
class Program {
  readonly #author: Author
  readonly #channel: SessionChannel
  readonly #name: string
  #told = 0

  constructor(author: Author, channel: SessionChannel, name: string, sendLater: 0 | 1 = 0) {
    this.#author = author
    this.#channel = channel
    this.#name = name
    author.accepts("send-queue.begin", { on: name, me: name, sendLater })
    this.note()
  }

  #send(texts: ReadonlyArray<string>) {
    for (const text of texts) this.#channel.want(this.#name, { type: "send", text })
    if (texts.length > 0) this.note()
  }

  /** The queue sees all that the session has told meanwhile. */
  note() {
    const notices = this.#channel.notices.filter(([to]) => to === this.#name).map(([, notice]) => notice)
    const fresh = notices.slice(this.#told)
    this.#told = notices.length
    if (fresh.length > 0) this.#send(this.#author.accepts("send-queue.note", { on: this.#name, notices: fresh }).send)
  }

  write(text: string) {
    this.#send(this.#author.accepts("send-queue.write", { on: this.#name, text }).send)
  }

  sendByHand(number: number) {
    this.#send(this.#author.accepts("send-queue.send-by-hand", { on: this.#name, number }).send)
  }

  get texts() {
    return this.#author.accepts("send-queue.look", { on: this.#name }).texts
  }
}

const isData = (text: string): boolean => text.startsWith("?mpENC:ABI")

/** The server loses the messages of `name` from now on. */
const silence = (channel: SessionChannel, name: string) => {
  channel.tamper = (event, to) => (event.type === "packet" && event.sender === name && to !== name && isData(event.text) ? [] : [event])
}

const heal = (channel: SessionChannel) => {
  channel.tamper = (event) => [event]
}

const read = (channel: SessionChannel, name: string): ReadonlyArray<string> =>
  channel.told(name, "message").map((notice) => (notice.type === "message" ? notice.text : ""))

/** Alice's messages are lost; two refreshes later their subsession has ended, and the others can hear her again. */
const failed = (
  author: Author,
  channel: SessionChannel,
  program: Program,
  texts: ReadonlyArray<string>,
  meanwhile: () => void = () => {},
) => {
  silence(channel, "alice")
  for (const text of texts) program.write(text)
  author.claim(
    program.texts.every(({ state }) => state === "sent"),
    "all are sent",
  )
  channel.want("bob", { type: "refresh" })
  program.note()
  heal(channel)
  meanwhile()
  channel.want("bob", { type: "refresh" })
  program.note()
}

const scenarios: ReadonlyArray<Case> = [
  aCase(
    "send-queue/again",
    {
      title:
        "Three texts are lost, and their subsession ends: they are sent again in the next one, in order, and forgotten when they are acknowledged",
      clauses: [clauses.remembered, clauses.again],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      const program = new Program(author, channel, "alice")
      failed(author, channel, program, ["one", "two", "three"])
      author.claim(read(channel, "bob").join() === "one,two,three", "Bob reads them once, in order")
      author.claim(
        program.texts.map(({ number, state }) => `${number} ${state}`).join() === "1 sent,2 sent,3 sent",
        "they are on their way",
      )
      channel.run(30_000)
      program.note()
      author.claim(program.texts.length === 0, "and forgotten")
    },
  ),
  aCase(
    "send-queue/acknowledged",
    { title: "A text that is acknowledged is forgotten, and a refresh changes nothing", clauses: [clauses.remembered] },
    (author) => {
      const channel = begun(author, ["bob"])
      const program = new Program(author, channel, "alice")
      program.write("one")
      channel.want("bob", { type: "send", text: "thanks" })
      program.note()
      author.claim(program.texts.length === 0, "forgotten")
      channel.want("bob", { type: "refresh" })
      program.note()
      author.claim(read(channel, "bob").join() === "one,thanks", "and not sent again")
    },
  ),
  aCase(
    "send-queue/other-members",
    {
      title: "The members have changed: the text is not sent again by itself, but by hand, to those of now",
      clauses: [clauses["not-again"], clauses["by-hand"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      const program = new Program(author, channel, "alice")
      silence(channel, "alice")
      program.write("for Bob and Carol")
      channel.want("bob", { type: "exclude", members: ["carol"] })
      program.note()
      heal(channel)
      channel.want("bob", { type: "refresh" })
      program.note()
      author.claim(
        program.texts.map(({ state }) => state).join() === "failed" && read(channel, "bob").length === 0,
        "it has failed, and stays",
      )
      program.sendByHand(1)
      author.claim(read(channel, "bob").join() === "for Bob and Carol", "Bob reads it")
      author.claim(program.texts.map(({ members }) => members.join()).join(";") === "alice,bob", "and it is for those of now")
    },
  ),
  aCase(
    "send-queue/other-parents",
    { title: "Somebody has written meanwhile: the text is not sent again by itself", clauses: [clauses["not-again"]] },
    (author) => {
      const channel = begun(author, ["bob"])
      const program = new Program(author, channel, "alice")
      failed(author, channel, program, ["yes"], () => {
        channel.want("bob", { type: "send", text: "shall we leave?" })
        program.note()
      })
      author.claim(read(channel, "bob").join() === "shall we leave?", "Bob does not read an answer to a question that Alice had not read")
      author.claim(program.texts.map(({ state }) => state).join() === "failed", "it stays")
      author.accepts("send-queue.drop", { on: "alice", number: 1 })
      author.claim(program.texts.length === 0, "until the user drops it")
    },
  ),
  aCase(
    "send-queue/left",
    {
      title: "The channel is left and joined again with the same people: what has failed is sent again",
      clauses: [clauses.again, clauses.remembered],
    },
    (author) => {
      const channel = begun(author, ["bob"])
      const program = new Program(author, channel, "alice")
      silence(channel, "alice")
      program.write("one")
      channel.leave("alice")
      program.note()
      author.claim(program.texts.map(({ state }) => state).join() === "failed", "it has failed")
      heal(channel)
      channel.run(90_000)
      for (const name of ["bob", "alice"]) channel.want(name, { type: "join" })
      channel.want("bob", { type: "include", members: ["alice"] })
      program.note()
      author.claim(read(channel, "bob").join() === "one", "Bob reads it")
    },
  ),
  ...([0, 1] as const).map((sendLater) =>
    aCase(
      `send-queue/outside-${sendLater === 1 ? "sent-later" : "kept"}`,
      {
        title: `A text is typed outside of a session, ${sendLater === 1 ? "with" : "without"} the option sendLater`,
        clauses: [clauses.later, clauses["by-hand"]],
      },
      (author) => {
        const channel = new SessionChannel(author, ["alice", "bob"])
        const program = new Program(author, channel, "alice", sendLater)
        program.write("early")
        program.write("and late")
        for (const name of ["alice", "bob"]) channel.enter(name)
        channel.want("alice", { type: "include", members: ["bob"] })
        program.note()
        author.claim(read(channel, "bob").join() === (sendLater === 1 ? "early,and late" : ""), "sent if the option says so")
        if (sendLater === 1) return
        program.sendByHand(2)
        author.claim(read(channel, "bob").join() === "and late", "and otherwise by hand")
        author.claim(program.texts.map(({ number, state }) => `${number} ${state}`).join() === "1 unsent,2 sent", "under its number")
      },
    ),
  ),
]

/** A message whose words are its name. */
export const message = (name: string, author: string, positions: ReadonlyArray<number>): Notice => ({
  type: "message",
  id: filled(name.charCodeAt(0), 20),
  author,
  text: name,
  members: ["alice", "bob", "carol"],
  positions,
  marked: false,
  isEarlier: false,
})

/** A membership, after which these are the members. */
export const membership = (members: ReadonlyArray<string>): Notice => ({
  type: "membership",
  remain: members,
  include: [],
  exclude: [],
  parents: [],
})

/** Alice begins with Bob and Carol. */
export const begin = (author: Author) => {
  author.accepts("send-queue.begin", { on: "alice", me: "alice", sendLater: 0 })
  author.accepts("send-queue.note", { on: "alice", notices: [membership(["alice", "carol", "bob"])] })
}

const values: ReadonlyArray<Case> = [
  aCase(
    "send-queue/logical-parents",
    { title: "Logical parents: own messages are skipped, and those before others", clauses: [clauses.remembered] },
    (author) => {
      begin(author)
      const notes: ReadonlyArray<readonly [Notice, string]> = [
        [message("a", "alice", []), ""],
        [message("b", "bob", [1]), "b"],
        [message("c", "carol", [2]), "b,c"],
        [message("d", "alice", [1, 2]), "b,c"],
        [message("e", "alice", [1]), "b,c"],
        [message("f", "carol", [1]), "f"],
        [message("g", "bob", [5]), "f,g"],
        [message("h", "bob", [1, 2]), "h"],
      ]
      for (const [notice, expected] of notes) {
        author.accepts("send-queue.note", { on: "alice", notices: [notice] })
        const { parents } = author.accepts("send-queue.look", { on: "alice" })
        const names = expected === "" ? [] : expected.split(",").map((name) => filled(name.charCodeAt(0), 20))
        author.claim(parents.join() === names.join(), `they are ${expected}`)
      }
    },
  ),
  aCase(
    "send-queue/same-words",
    {
      title: "The same words twice, of which the first fails: both are sent again, in order",
      clauses: [clauses.again, clauses.remembered],
    },
    (author) => {
      begin(author)
      const words = (id: string): Notice => ({ ...(message(id, "alice", []) as Extract<Notice, { type: "message" }>), text: "hm" })
      for (const id of ["a", "b"]) {
        author.gives("send-queue.write", { on: "alice", text: "hm" }, { send: ["hm"] })
        author.gives("send-queue.note", { on: "alice", notices: [words(id)] }, { send: [] })
      }
      const early: Notice = { type: "not-acknowledged", id: filled(0x61, 20), by: ["bob"], last: false }
      author.gives("send-queue.note", { on: "alice", notices: [early] }, { send: [] })
      author.gives("send-queue.note", { on: "alice", notices: [{ ...early, last: true }] }, { send: ["hm", "hm"] })
    },
  ),
  aCase(
    "send-queue/same-words-unsent",
    { title: "The same words are typed twice before any of them has come: the first are sent first", clauses: [clauses.remembered] },
    (author) => {
      begin(author)
      for (let count = 0; count < 2; count++) author.gives("send-queue.write", { on: "alice", text: "hm" }, { send: ["hm"] })
      const words: Notice = { ...(message("a", "alice", []) as Extract<Notice, { type: "message" }>), text: "hm" }
      author.gives("send-queue.note", { on: "alice", notices: [words] }, { send: [] })
      const { texts } = author.accepts("send-queue.look", { on: "alice" })
      author.claim(texts.map(({ state }) => state).join() === "sent,unsent", "the first are")
    },
  ),
  aCase(
    "send-queue/sorted",
    {
      title: "The logical members are sorted, whoever remained and was included; the logical parents too, however they came",
      clauses: [clauses.remembered],
    },
    (author) => {
      author.accepts("send-queue.begin", { on: "alice", me: "alice", sendLater: 0 })
      const notice: Notice = { ...(membership(["carol", "alice"]) as Extract<Notice, { type: "membership" }>), include: ["bob"] }
      author.accepts("send-queue.note", { on: "alice", notices: [notice, message("f", "carol", []), message("b", "bob", [])] })
      author.accepts("send-queue.write", { on: "alice", text: "x" })
      const [text] = author.accepts("send-queue.look", { on: "alice" }).texts
      author.claim(text!.members.join() === "alice,bob,carol", "the members ascend")
      author.claim(text!.parents.join() === [filled(0x62, 20), filled(0x66, 20)].join(), "and the parents")
    },
  ),
  aCase(
    "send-queue/once-and-in-order",
    {
      title: "A text that has failed and one typed later outside of a session, which are sent in one step: each once, in their order",
      clauses: [clauses.again, clauses.later],
    },
    (author) => {
      author.accepts("send-queue.begin", { on: "alice", me: "alice", sendLater: 1 })
      author.accepts("send-queue.note", { on: "alice", notices: [membership(["alice", "bob"])] })
      author.gives("send-queue.write", { on: "alice", text: "a" }, { send: ["a"] })
      author.accepts("send-queue.note", { on: "alice", notices: [message("a", "alice", [])] })
      const lost: Notice = { type: "not-acknowledged", id: filled(0x61, 20), by: ["bob"], last: true }
      author.gives("send-queue.note", { on: "alice", notices: [lost, membership(["alice"])] }, { send: [] })
      author.gives("send-queue.write", { on: "alice", text: "later" }, { send: [] })
      author.gives("send-queue.note", { on: "alice", notices: [membership(["bob", "alice"])] }, { send: ["a", "later"] })
      const { texts } = author.accepts("send-queue.look", { on: "alice" })
      author.claim(
        texts.every(({ state, id }) => state === "unsent" && id === null),
        "neither is a message yet",
      )
    },
  ),
  ...(["send-queue.send-by-hand", "send-queue.drop"] as const).flatMap((method) =>
    (["sent", "unknown"] as const).flatMap((what) =>
      twins(
        `send-queue/${method === "send-queue.drop" ? "drop" : "by-hand"}-${what}`,
        clauses.unfinished,
        what === "sent" ? "A text that is under way is named" : "A text is named that is not there",
        (author) => {
          author.accepts("send-queue.begin", { on: "alice", me: "alice", sendLater: 0 })
          author.accepts("send-queue.write", { on: "alice", text: "outside" })
          author.accepts("send-queue.note", { on: "alice", notices: [membership(["alice", "bob"])] })
          author.accepts("send-queue.write", { on: "alice", text: "a" })
          author.accepts("send-queue.note", { on: "alice", notices: [message("a", "alice", [])] })
          return fork(method, { on: "alice", number: 1 }, { number: what === "sent" ? 2 : 3 })
        },
      ),
    ),
  ),
]

/** The layer "send-queue". */
export default caseFile({ part: "mpenc", chapter: "send-queue", layer: "send-queue", flags: {} }, () => [...values, ...scenarios])
