import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses as extensions } from "../../../spec/mpenc/extensions.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { filled, flipped } from "../people.ts"
import { disputed, warnings, withLiars } from "./extensions-order.ts"
import { altering, insiderOf } from "./insider.ts"
import { begun, SessionChannel } from "./session-channel.ts"

/** Does what is due for one; what comes of it is left to the channel. */
const tick = (author: Author, channel: SessionChannel, name: string) => {
  const stepped = author.accepts("session.tick", { on: name, now: channel.now })
  channel.do(name, stepped)
  return stepped
}

/** A data packet of a subsession that nobody here is in. */
const strange = (author: Author, byte: number): string => {
  const packet = { type: "data" as const, hint: filled(byte, 1), signature: filled(1, 64), iv: filled(2, 12), payload: "00" }
  return author.accepts("mpenc-records.encode", { packet }).text
}

/** Alice plans to include Dave, whom the channel does not let in. */
const planning = (author: Author): SessionChannel => {
  const channel = begun(author, ["bob", "carol"], ["dave"])
  channel.want("alice", { type: "include", members: ["dave"] }, false)
  channel.lose("alice", "let-in")
  return channel
}

const stagesOf = (channel: SessionChannel, name: string): string =>
  channel
    .told(name, "operation")
    .map((notice) => (notice.type === "operation" ? `${notice.stage} +${notice.include.join()}-${notice.exclude.join()}` : ""))
    .join(" ")

const ofPlans: ReadonlyArray<Case> = [
  aCase(
    "session/present-while-proposing",
    {
      title: "Carol enters while Alice's proposal to include Bob has not come back: Alice is told of both, and plans nothing",
      clauses: [clauses["new-members"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "carol"], { autoInclude: 1 })
      channel.enter("alice")
      for (const name of ["bob", "carol"]) channel.enter(name, false)
      const present = channel.told("alice", "present").map((notice) => (notice.type === "present" ? notice.members.join() : ""))
      author.claim(present.join(" ") === "bob bob,carol", "she is told of both")
      channel.settle()
      author.claim(stagesOf(channel, "alice") === "proposed +bob- started +bob- succeeded +bob-", "and no plan has failed")
    },
  ),
  aCase(
    "session/plans-and-is-excluded",
    {
      title: "Alice has a plan, and Bob excludes her: the plan fails when she leaves or its time is over, and she is told",
      clauses: [clauses["left-channel"]],
    },
    (author) => {
      const channel = planning(author)
      channel.want("bob", { type: "exclude", members: ["alice"] })
      author.claim(!stagesOf(channel, "alice").includes("failed"), "the plan stands")
      channel.run(40_000)
      author.claim(stagesOf(channel, "alice").includes("failed +dave-"), "and has failed")
    },
  ),
  aCase(
    "session/plans-past-a-failure",
    {
      title: "Alice has a plan, and an operation of Bob fails: the plan stands, and is proposed when Dave enters",
      clauses: [clauses["no-operation"]],
    },
    (author) => {
      const channel = planning(author)
      channel.want("bob", { type: "exclude", members: ["carol"] }, false)
      channel.step("bob")
      channel.lose("alice", "send")
      channel.want("alice", { type: "abort" })
      author.claim(stagesOf(channel, "alice").includes("failed +-carol"), "Bob's operation has failed")
      channel.enter("dave")
      author.claim(channel.look("alice").members.includes("dave"), "Dave is included")
    },
  ),
]

const ofOperations: ReadonlyArray<Case> = [
  aCase(
    "session/newcomer-left-alone",
    {
      title:
        "A newcomer is left alone by an operation, and stays: until 85 s after it came, nobody is told of packets that wait, and then again",
      clauses: [clauses["waiting-packets"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], ["carol"], { stayAlone: 1 })
      channel.enter("carol")
      channel.want("alice", { type: "include", members: ["carol"] })
      channel.now = 1_000
      channel.members = ["carol"]
      author.claim(channel.show("carol", { type: "leave", members: ["alice", "bob"] }), "both of the others leave")
      channel.settle()
      author.claim(channel.look("carol").members.join() === "carol", "Carol is alone, and the subsession before has not ended")
      channel.show("carol", { type: "enter", members: ["mallory"] })
      const waits = (byte: number) =>
        author.claim(channel.show("carol", SessionChannel.packet("mallory", strange(author, byte))), "it waits")
      waits(0x11)
      channel.now = 6_000
      tick(author, channel, "carol")
      channel.now = 80_000
      waits(0x12)
      channel.now = 85_000
      waits(0x13)
      author.claim(channel.told("carol", "not-decrypted").length === 0, "she was a newcomer until now")
      channel.now = 90_000
      tick(author, channel, "carol")
      author.claim(channel.told("carol", "not-decrypted").length === 1, "and is told of the last one")
    },
  ),
  aCase(
    "session/kicked-by-the-end-of-another",
    {
      title:
        "An operation succeeds, and Carol is asked to be kicked, in vain; 2.5 s later the subsession before it ends, which had a FIN of its own: she is asked to be kicked again",
      clauses: [clauses.excluded],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      const people = ["alice", "bob"]
      channel.ignored.add("carol")
      const kicks: Array<number> = []
      const takeAll = () => {
        do {
          if (channel.waiting.some(([who, { type }]) => who === "alice" && type === "kick")) kicks.push(channel.now)
          for (const name of people) channel.lose(name, "kick")
        } while (channel.step())
      }
      const run = (until: number) => {
        for (channel.now += 500; channel.now <= until; channel.now += 500) {
          for (const name of people) tick(author, channel, name)
          takeAll()
        }
        channel.now = until
      }
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      takeAll()
      channel.now = 1_000
      channel.want("bob", { type: "refresh" }, false)
      const [refresh] = channel.lose("bob", "send")
      channel.want("alice", { type: "part" }, false)
      takeAll()
      run(4_000)
      author.claim(kicks.length === 0 && channel.told("alice", "ended").length === 0, "nothing has ended")
      channel.broadcast("bob", refresh!)
      takeAll()
      author.claim(kicks.join() === "4000", "Alice asks to kick her, since another operation has succeeded")
      run(8_500)
      author.claim(channel.told("alice", "ended").length === 2, "the subsession before has ended")
      author.claim(kicks.length === 2 && kicks[1]! < 9_000, "and she asks again less than 5 s after that")
    },
  ),
]

const ofKicks: ReadonlyArray<Case> = [
  aCase(
    "session/waits-by-two-senders",
    {
      title: "A packet that nothing opens comes from Bob, from Carol, and from Bob again: it waits twice, and the third is ignored",
      clauses: [clauses["waiting-packets"]],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      const text = strange(author, 0x11)
      for (const sender of ["bob", "carol"]) author.claim(channel.show("alice", SessionChannel.packet(sender, text)), "it waits")
      author.ignores("session.receive", { on: "alice", event: SessionChannel.packet("bob", text), now: channel.now })
      channel.run(5_000, ["alice"])
      const told = channel.told("alice", "not-decrypted").map((notice) => (notice.type === "not-decrypted" ? notice.sender : ""))
      author.claim(told.join() === "bob,carol", "Alice is told of both")
    },
  ),
  aCase(
    "session/kicked-in-the-order-of-leaving",
    {
      title:
        "Dave was excluded and then Carol, and neither has left, as Alice sees it: when Bob includes both, she asks to kick Dave and Carol, in this order",
      clauses: [clauses.strangers],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol", "dave"])
      const takeAll = () => {
        do for (const name of channel.names) channel.lose(name, "kick")
        while (channel.step())
      }
      for (const member of ["dave", "carol"]) {
        channel.want("alice", { type: "exclude", members: [member] }, false)
        takeAll()
      }
      const both = ["carol", "dave"]
      for (const type of ["leave", "enter"] as const)
        author.claim(channel.show("bob", { type, members: both }), "Bob sees them leave and enter")
      channel.want("bob", { type: "include", members: both }, false)
      channel.step("bob")
      const kicks = channel.waiting.flatMap(([who, request]) =>
        who === "alice" && request.type === "kick" ? [request.members.join()] : [],
      )
      author.claim(kicks.join(" ") === "dave,carol", "in the order in which they were excluded")
    },
  ),
]

/** Alice and Bob come together, and what Bob writes is signed by the case. */
const withInsider = (author: Author, ratchet: 0 | 1) => {
  const channel = new SessionChannel(author, ["alice", "bob"], { ratchet })
  for (const name of channel.names) channel.enter(name)
  channel.want("alice", { type: "include", members: ["bob"] }, false)
  channel.step("alice")
  channel.step("bob")
  return { channel, insider: insiderOf("bob", channel.packets, ratchet + 1) }
}

/** A message with an index, by the keys of an insider. */
const indexed = (
  author: Author,
  insider: ReturnType<typeof insiderOf>,
  name: string,
  index: number,
  parents: ReadonlyArray<string> = [],
) => {
  author.accepts("extensions.ratchet-begin", { on: "insider", groupKey: insider.groupKey, members: [name] })
  let key = ""
  for (const at of index > 64 ? [64, index] : [index])
    key = author.accepts("extensions.ratchet-key", { on: "insider", author: name, index: at }).key
  return author.accepts("extensions.seal", {
    ...{ hash: insider.hash, messageKey: key, index, ephemeralSecretKey: insider.ephemeralSecretKey, parents },
    ...{ body: { type: "payload" as const, text: "forged" }, iv: filled(index, 12), cipherKeyBytes: 16 as const, padding: true },
  })
}

const messageOf = (author: Author, channel: SessionChannel, name: string): string => {
  const told = channel.told(name, "message").at(-1)
  return told?.type === "message" ? told.id : author.disagree(`${name} reads it`)
}

const ofRatchets: ReadonlyArray<Case> = [
  aCase(
    "extensions/tried-in-vain",
    {
      title:
        "A packet with the index 50 waits for the operation, and is refused when it is tried again: no key that was derived for it is kept, so that 100 is too far ahead after 0",
      clauses: [clauses["waiting-packets"], extensions["ratchet-index"], extensions["message-index"]],
    },
    (author) => {
      const { channel, insider } = withInsider(author, 1)
      const shown = (index: number, parents: ReadonlyArray<string> = []) =>
        SessionChannel.packet("bob", indexed(author, insider, "bob", index, parents).text)
      author.claim(channel.show("alice", shown(50)), "it waits")
      channel.settle()
      author.claim(channel.look("alice").state === "joined" && channel.told("alice", "security").length === 0, "nobody is told")
      channel.want("bob", { type: "send", text: "hello" })
      const first = messageOf(author, channel, "alice")
      const { now } = channel
      author.refuses(extensions["ratchet-index"], "session.receive", { on: "alice", event: shown(100, [first]), now })
      author.refuses(extensions["message-index"], "session.receive", { on: "alice", event: shown(60, [first]), now })
      author.refuses(extensions["ratchet-index"], "session.receive", { on: "alice", event: shown(100, [first]), now })
    },
  ),
  aCase(
    "extensions/index-before-own-message",
    {
      title:
        "A message in our own name with an index that is too far ahead: the key is looked for first; with the next index, it is not ours",
      clauses: [extensions["ratchet-index"], clauses["own-message"], verdicts["order-of-checks"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], [], { ratchet: 1 })
      const insider = insiderOf("bob", channel.packets, 2)
      const shown = (index: number) => SessionChannel.packet("bob", indexed(author, insider, "bob", index).text)
      author.refuses(extensions["ratchet-index"], "session.receive", { on: "bob", event: shown(65), now: channel.now })
      author.refuses(clauses["own-message"], "session.receive", { on: "bob", event: shown(0), now: channel.now })
    },
  ),
]

const publishes = (text: string): boolean => text.startsWith("?mpENC:AAEAAQEAAgABBQ")

const ofLies: ReadonlyArray<Case> = [
  aCase(
    "extensions/deceived-later",
    {
      title: "A deceitful packet comes, and again 6 s later, when the server still keeps Alice's abort: she is told twice, and aborts once",
      clauses: [extensions["abort-verification"]],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "carol"])
      for (const name of channel.names) channel.enter(name)
      altering(author, channel, "carol", "start-downflow", ({ sessionSignature }) => ({ sessionSignature: flipped(sessionSignature!, 40) }))
      const alter = channel.tamper
      const held: Array<Parameters<SessionChannel["show"]>[1]> = []
      channel.tamper = (event, to) => {
        const shown = alter(event, to)
        if (to !== "alice" || shown.every((one) => one === event)) return shown
        held.push(...shown)
        return []
      }
      channel.want("alice", { type: "include", members: ["bob", "carol"] }, false)
      while (held.length === 0 && channel.step());
      const aborts = [0, 6_000].map((now) => {
        channel.now = now
        channel.lose("alice", "send")
        author.claim(channel.show("alice", held[0]!), "it is a lie")
        return channel.lose("alice", "send").length
      })
      author.claim(aborts.join() === "1,0" && channel.told("alice", "security").length === 2, "she aborts once, and is told twice")
    },
  ),
]

const ofKeys: ReadonlyArray<Case> = [
  aCase(
    "extensions/own-key-published",
    {
      title: "Bob has published his key, and is in the channel still: a message by it in his own name is refused to him as to all others",
      clauses: [extensions["key-published"], clauses["own-message"], verdicts["order-of-checks"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], [], { publishKey: 1 })
      channel.want("bob", { type: "send", text: "hello" })
      const { groupKey, sessionId, ephemeralSecretKey } = insiderOf("bob", channel.packets)
      const seal = (byte: number) =>
        author.accepts("messages.seal", {
          ...{ sessionId, groupKey, ephemeralSecretKey, parents: [], body: { type: "payload" as const, text: "forged" } },
          ...{ iv: filled(byte, 12), cipherKeyBytes: 16 as const, padding: true },
        }).text
      const event = (byte: number) => ({ on: "bob", event: SessionChannel.packet("bob", seal(byte)), now: channel.now })
      author.refuses(clauses["own-message"], "session.receive", event(1))
      // The server lets Bob leave, and does not tell him.
      channel.tamper = (shown, to) => (shown.type === "left" && to === "bob" ? [] : [shown])
      channel.want("bob", { type: "part" })
      channel.run(20_000)
      author.claim(
        channel.packets.some(({ sender, text }) => sender === "bob" && publishes(text)),
        "he has published his key",
      )
      author.refuses(extensions["key-published"], "session.receive", event(2))
    },
  ),
  aCase(
    "extensions/key-by-the-channel",
    {
      title: "A member of a session whose messages go by another transport publishes its key: by the channel",
      clauses: [extensions["publish-safely"]],
    },
    (author) => {
      const channel = begun(author, ["bob"], [], { publishKey: 1, direct: 1 })
      channel.want("bob", { type: "part" })
      channel.run(20_000)
      author.claim(!channel.members.includes("bob"), "he has left")
      author.claim(
        channel.packets.some(({ sender, text }) => sender === "bob" && publishes(text)),
        "and the channel has got his key",
      )
    },
  ),
]

const ofOrders: ReadonlyArray<Case> = [
  aCase(
    "extensions/third-accuser",
    {
      title: "Two members have disputed the order, and then a third does: Alice is told of it too, and that the order is inconsistent once",
      clauses: [extensions["order-disputed"], extensions["order-inconsistent"]],
    },
    (author) => {
      const people = ["bob", "carol", "dave"]
      const { channel, id, claims } = withLiars(author, people, people)
      for (const name of people) author.claim(claims(name, id, filled(2, 32)), "another chain hash")
      const said = warnings(channel, "alice").split(",")
      author.claim(said.length === 4 && said.filter((one) => people.some((name) => one === disputed(name))).length === 3, "of all three")
    },
  ),
  aCase(
    "extensions/one-fin-is-enough",
    {
      title: "Bob has written one FIN in the subsession, and may not confirm the order in it: Alice is not told that he has not",
      clauses: [extensions["order-acknowledged"]],
    },
    (author) => {
      const { channel } = withLiars(author, ["bob", "carol"], ["bob"])
      const { groupKey, sessionId, ephemeralSecretKey } = insiderOf("bob", channel.packets)
      const { text } = author.accepts("messages.seal", {
        ...{ sessionId, groupKey, ephemeralSecretKey, parents: [], body: { type: "consistency" as const, close: true } },
        ...{ iv: filled(1, 12), cipherKeyBytes: 16 as const, padding: true },
      })
      for (const name of ["alice", "carol"]) author.claim(channel.show(name, SessionChannel.packet("bob", text)), "a FIN")
      channel.run(26_000, ["alice", "carol"])
      author.claim(channel.told("alice", "order-unconfirmed").length === 0, "all others have confirmed it")
    },
  ),
  aCase(
    "extensions/unconfirmed-after-a-fin",
    {
      title:
        "Bob has the option off, and Carol is away: after 26 s Alice is told that neither has confirmed the order, though Bob has ended the subsession before",
      clauses: [extensions["order-acknowledged"]],
    },
    (author) => {
      const channel = new SessionChannel(
        author,
        ["alice", "bob", "carol"],
        { orderAcknowledgements: 1 },
        { bob: { orderAcknowledgements: 0 } },
      )
      for (const name of channel.names) channel.enter(name)
      channel.want("alice", { type: "include", members: ["bob", "carol"] })
      channel.ignored.add("carol")
      channel.want("alice", { type: "refresh" })
      channel.run(26_000, ["alice", "bob"])
      author.claim(channel.told("alice", "ended").length === 0, "the subsession before has not ended, since Carol says nothing")
      const told = channel.told("alice", "order-unconfirmed")
      author.claim(
        told.length === 1 && told[0]?.type === "order-unconfirmed" && told[0].members.join() === "bob,carol",
        "she is told of both",
      )
    },
  ),
]

/** The layer "session": plans, newcomers and kicks. */
export default caseFile({ part: "mpenc", chapter: "session-plans", layer: "session", flags: {} }, () => [
  ...ofOperations,
  ...ofPlans,
  ...ofKicks,
])

/** Likewise the layer "extensions". */
export const extensionsDisputes = caseFile({ part: "mpenc", chapter: "extensions-disputes", layer: "extensions", flags: {} }, () => [
  ...ofRatchets,
  ...ofLies,
  ...ofKeys,
  ...ofOrders,
])
