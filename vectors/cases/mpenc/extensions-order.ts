import { clauses } from "../../../spec/mpenc/extensions.ts"
import { clauses as serverOrder } from "../../../spec/mpenc/server-order.ts"
import { clauses as session } from "../../../spec/mpenc/session.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled } from "../people.ts"
import { altering, insiderOf } from "./insider.ts"
import { begun, type Options, SessionChannel } from "./session-channel.ts"

export const warnings = (channel: SessionChannel, name: string): string =>
  channel
    .told(name, "security")
    .map((notice) => (notice.type === "security" ? `${notice.clause} ${notice.member}` : ""))
    .join()

export const disputed = (member: string): string => `${clauses["order-disputed"].id} ${member}`

const inconsistent = (member: string): string => `${clauses["order-inconsistent"].id} ${member}`

const isMessage = (text: string): boolean => text.startsWith("?mpENC:ABI")

/** Alice has a session with `others`, in which the sessions of `liars` say nothing: what comes in their names is written by the case. */
export const withLiars = (author: Author, others: ReadonlyArray<string>, liars: ReadonlyArray<string>, options: Partial<Options> = {}) => {
  const channel = new SessionChannel(author, ["alice", ...others], { orderAcknowledgements: 1, ...options })
  channel.tamper = (event) => (event.type === "packet" && liars.includes(event.sender) && isMessage(event.text) ? [] : [event])
  for (const name of channel.names) channel.enter(name)
  channel.want("alice", { type: "include", members: others })
  const last = channel.packets.findLast(({ text }) => !isMessage(text))!
  const { id } = author.accepts("server-order.packet-id", { ...last, channel: channel.members })
  const written = new Map<string, string>()
  let byte = 0
  /** Shows `to` an order acknowledgement by `liar`; gives whether it was accepted. */
  const claims = (liar: string, packetId: string, chainHash: string, to = "alice"): boolean => {
    const { groupKey, sessionId, ephemeralSecretKey } = insiderOf(liar, channel.packets)
    const before = written.get(liar)
    byte += 1
    const sealed = author.accepts("messages.seal", {
      ...{ sessionId, groupKey, ephemeralSecretKey, parents: before === undefined ? [] : [before] },
      body: { type: "order-acknowledgement", packetId, chainHash },
      iv: filled(byte, 12),
      cipherKeyBytes: 16,
      padding: true,
    })
    written.set(liar, sealed.id)
    return channel.show(to, SessionChannel.packet(liar, sealed.text))
  }
  return { channel, id, claims }
}

const goesOn = (author: Author, channel: SessionChannel, name: string) => {
  author.claim(channel.look(name).state === "joined", `${name} is in the session still`)
  channel.want(name, { type: "send", text: "still here" })
}

const liars: ReadonlyArray<Case> = [
  aCase(
    "extensions/one-accuser",
    {
      title:
        "Bob names another chain hash for a packet that all have, twice: Alice is told once that Bob disputes the order, goes on, and excludes him",
      clauses: [clauses["order-disputed"], clauses["order-inconsistent"]],
    },
    (author) => {
      const { channel, id, claims } = withLiars(author, ["bob", "carol"], ["bob"])
      author.claim(claims("bob", id, channel.look("alice").chainHash!), "the right one")
      author.claim(warnings(channel, "alice") === "", "is no reason for a warning")
      author.claim(claims("bob", id, filled(2, 32)) && claims("bob", id, filled(3, 32)), "two others")
      author.claim(warnings(channel, "alice") === disputed("bob"), "Alice is told of Bob, once")
      goesOn(author, channel, "alice")
      channel.tamper = (event) => [event]
      channel.want("alice", { type: "exclude", members: ["bob"] })
      author.claim(channel.look("carol").members.join() === "alice,carol", "Bob is out")
    },
  ),
  aCase(
    "extensions/two-accusers",
    {
      title: "Bob and Carol name another chain hash: the order is inconsistent; Alice proposes nothing any more, and ends the subsession",
      clauses: [clauses["order-inconsistent"], clauses["order-disputed"], session.synced],
    },
    (author) => {
      const { channel, id, claims } = withLiars(author, ["bob", "carol", "dave"], ["bob", "carol"])
      author.claim(claims("bob", id, filled(2, 32)), "the first")
      goesOn(author, channel, "alice")
      author.claim(claims("carol", id, filled(3, 32)), "the second, which need not name the same")
      author.claim(warnings(channel, "alice") === [disputed("bob"), disputed("carol"), inconsistent("carol")].join(), "both are named")
      author.claim(channel.look("alice").state === "parting", "the subsession ends")
      author.refuses(session.synced, "session.act", { on: "alice", action: { type: "exclude", members: ["bob"] }, now: channel.now })
    },
  ),
  aCase(
    "extensions/only-accuser",
    {
      title: "Of two members, the other one names another chain hash: nobody else can say who is right, and the subsession ends",
      clauses: [clauses["order-inconsistent"], clauses["order-disputed"]],
    },
    (author) => {
      const { channel, id, claims } = withLiars(author, ["bob"], ["bob"])
      author.claim(claims("bob", id, filled(2, 32)), "another one")
      author.claim(warnings(channel, "alice") === [disputed("bob"), inconsistent("bob")].join(), "Bob is named")
      author.claim(channel.look("alice").state === "parting", "the subsession ends")
    },
  ),
  aCase(
    "extensions/order-option",
    {
      title: "Without the option nobody looks at order acknowledgements: all others name another chain hash, and nothing happens",
      clauses: [clauses["order-option"], clauses["order-disputed"]],
    },
    (author) => {
      const { channel, id, claims } = withLiars(author, ["bob", "carol"], ["bob", "carol"], { orderAcknowledgements: 0 })
      for (const name of ["bob", "carol"]) {
        author.claim(claims(name, id, filled(2, 32)), "another chain hash")
        author.claim(claims(name, filled(3, 32), filled(2, 32)), "and another packet")
      }
      author.claim(warnings(channel, "alice") === "", "Alice is told of nobody")
      goesOn(author, channel, "alice")
      channel.run(30_000, ["alice"])
      author.claim(warnings(channel, "alice") === "", "nor later")
    },
  ),
  aCase(
    "extensions/unknown-packet",
    {
      title:
        "Bob names a packet that nobody has seen: 26 s after that he disputes the order, and not before; also long after the last operation",
      clauses: [clauses["order-disputed"]],
    },
    (author) => {
      const { channel, claims } = withLiars(author, ["bob", "carol"], ["bob"])
      channel.run(40_000, ["alice", "carol"])
      author.claim(claims("bob", filled(2, 32), filled(3, 32)), "a packet that is none")
      author.claim(channel.look("alice").at! <= 66_000, "it is looked at then")
      channel.run(65_999, ["alice", "carol"])
      author.claim(warnings(channel, "alice") === "", "it may come yet")
      channel.run(66_000, ["alice", "carol"])
      author.claim(warnings(channel, "alice") === disputed("bob"), "it has not")
      goesOn(author, channel, "alice")
    },
  ),
  aCase(
    "extensions/unknown-packets",
    {
      title: "Bob names six packets that nobody has seen: the last four are kept, and one is enough",
      clauses: [clauses["order-disputed"]],
    },
    (author) => {
      const { channel, claims } = withLiars(author, ["bob", "carol"], ["bob"])
      for (const at of [1, 2, 3, 4, 5, 6]) {
        channel.run(1_000 * at, ["alice", "carol"])
        author.claim(claims("bob", filled(at, 32), filled(9, 32)), `packet ${at}`)
      }
      channel.run(28_999, ["alice", "carol"])
      author.claim(warnings(channel, "alice") === "", "the first two are forgotten")
      channel.run(60_000, ["alice", "carol"])
      author.claim(warnings(channel, "alice") === disputed("bob"), "of Bob she is told once")
    },
  ),
]

/** The server shows Bob, and whoever else is named, somebody in the channel whom the others do not see. Then Alice makes a new key. */
const divided = (author: Author, others: ReadonlyArray<string>, apart: ReadonlyArray<string>): SessionChannel => {
  const channel = begun(author, others, [], { orderAcknowledgements: 1 })
  for (const name of apart) author.claim(channel.show(name, { type: "enter", members: ["mallory"] }), `${name} sees Mallory`)
  channel.want("alice", { type: "refresh" })
  author.claim(channel.look(apart[0]!).chainHash !== channel.look("alice").chainHash, "the lines differ")
  channel.run(30_000)
  return channel
}

const servers: ReadonlyArray<Case> = [
  aCase(
    "extensions/order-inconsistent",
    {
      title:
        "A server shows one of three another membership of the channel: that one ends its subsession, the two others are told of it, and go on",
      clauses: [clauses["order-inconsistent"], clauses["order-disputed"], clauses["order-acknowledged"]],
    },
    (author) => {
      const channel = divided(author, ["bob", "carol"], ["bob"])
      author.claim(warnings(channel, "bob") === [disputed("alice"), disputed("carol"), inconsistent("carol")].join(), "Bob: both others")
      for (const name of ["alice", "carol"]) author.claim(warnings(channel, name) === disputed("bob"), `${name}: one other`)
      author.claim(channel.look("bob").state === "parting", "Bob's subsession ends")
      goesOn(author, channel, "alice")
      channel.run(150_000)
      author.claim(channel.members.includes("bob"), "he stays, for his user decides")
      channel.want("bob", { type: "part" })
      author.claim(!channel.members.includes("bob"), "and leaves when the user wants to")
    },
  ),
  aCase(
    "extensions/order-divided",
    {
      title: "A server shows two of four another membership of the channel: all four are warned, and end the subsession",
      clauses: [clauses["order-inconsistent"], clauses["order-disputed"]],
    },
    (author) => {
      const channel = divided(author, ["bob", "carol", "dave"], ["bob", "carol"])
      for (const name of channel.names) {
        author.claim(warnings(channel, name).includes(clauses["order-inconsistent"].id), `${name} is warned`)
        author.claim(channel.look(name).state === "parting", "and ends the subsession")
      }
    },
  ),
]

/** Alice's packet that includes Dave, as it is, and as she has changed it before she signed it. */
const including = (author: Author, change: { readonly chainHash: string } | { readonly previousFinal: string }) => {
  const channel = begun(author, ["bob", "carol"], ["dave"], { orderAcknowledgements: 1 })
  channel.enter("dave")
  const shown: Array<string> = []
  channel.want("alice", { type: "include", members: ["dave"] }, false)
  const [right] = channel.lose("alice", "send")
  altering(author, channel, "alice", "include-initial", ({ metadata }) => ({ metadata: { ...metadata!, ...change } }))
  for (const event of channel.tamper(SessionChannel.packet("alice", right!), "dave")) if (event.type === "packet") shown.push(event.text)
  channel.tamper = (event) => [event]
  return { channel, right: right!, wrong: shown[0]! }
}

const newcomers: ReadonlyArray<Case> = [
  ...twins(
    "extensions/included-by-another-chain",
    serverOrder["same-chain"],
    "A member includes Dave with a chain hash that is not theirs: it does not count",
    (author) => {
      const { channel, right, wrong } = including(author, { chainHash: filled(5, 32) })
      return fork(
        "session.receive",
        { on: "bob", event: SessionChannel.packet("alice", right), now: channel.now },
        { event: SessionChannel.packet("alice", wrong) },
      )
    },
  ),
  aCase(
    "extensions/newcomer-not-blamed",
    {
      title:
        "A member includes Dave with a false chain hash: nobody takes part, nobody is told anything of Dave, and he is included afterwards",
      clauses: [serverOrder["same-chain"], clauses["order-disputed"], clauses["abort-late"]],
    },
    (author) => {
      const { channel, wrong } = including(author, { chainHash: filled(5, 32) })
      for (const name of ["bob", "carol", "dave"]) channel.show(name, SessionChannel.packet("alice", wrong))
      channel.settle()
      channel.run(200_000, ["bob", "carol", "dave"])
      for (const name of ["bob", "carol"]) author.claim(warnings(channel, name) === "", `${name} is told of nobody`)
      author.claim(channel.look("dave").chainHash === null && channel.members.includes("dave"), "Dave has left and come again")
      channel.want("bob", { type: "include", members: ["dave"] }, false)
      channel.broadcast("bob", channel.lose("bob", "send")[0]!)
      channel.settle()
      author.claim(channel.look("dave").members.length === 4, "and is included by Bob")
    },
  ),
]

/** The layer "extensions": order acknowledgements, of liars and by lying servers. */
export default caseFile({ part: "mpenc", chapter: "extensions-order", layer: "extensions", flags: {} }, () => [
  ...liars,
  ...servers,
  ...newcomers,
])
