import { Effect, Layer, Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { node } from "../../../reference/crypto/providers/node.ts"
import { injected } from "../../../reference/crypto/randomness.ts"
import { seal } from "../../../reference/dcgka/application-messages.ts"
import * as Messaging from "../../../reference/dcgka/group-messaging.ts"
import * as KeyBundles from "../../../reference/dcgka/key-bundles.ts"
import { memberId } from "../../../reference/simulation/network.ts"
import { decodeWire, encodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { ApplicationMessage, clauses as application } from "../../../spec/dcgka/application-messages.ts"
import { clauses as broadcast, Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses } from "../../../spec/dcgka/group-messaging.ts"
import type { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { ChannelMessage } from "../../../spec/dcgka/two-party-messaging.ts"
import { aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { expires, filled, first, flipped, hexOf, now, repeated } from "../people.ts"
import { itemsOf } from "./broadcast-group.ts"
import { MessengerGroup, memberOf, messengerCase } from "./messenger-group.ts"

const ab = first(2)
const abc = first(3)

/** An application message that nobody wrote, which waits for a control message that never comes. */
const junk = (group: string, seq: number, sender = filled(0xee, 16)): string => {
  const place = { type: "application-message", group, sender, seq, index: 0 } as const
  return Hex.encode(
    encodeWire(ApplicationMessage, { ...place, guard: new Uint8Array(8), ciphertext: new Uint8Array(16), signature: new Uint8Array(64) }),
  )
}

/** An envelope that nobody has signed, which waits for a message that never comes. */
const unsigned = (group: string, sender: string, seq: number, length = 0): string => {
  const key = new Uint8Array(32)
  const control = { type: "update", group, sender, seq, commitment: key } as const
  const directs = length === 0 ? {} : { [filled(1, 16)]: new Uint8Array(length) }
  const items = [{ control, signingKey: key, cut: key, chain: null, directs }]
  return Hex.encode(encodeWire(Envelope, { type: "envelope", items, signature: new Uint8Array(64) }))
}

/** What Alice, who has Bob's bundle and creates a group with him, would have sent as her first message with this content. */
const firstMessage = (bundle: string, content: string): string => {
  const sent = Effect.gen(function* () {
    const keys = yield* Effect.flatMap(KeyBundles.generate("alice"), (generated) => KeyBundles.rotate(generated, expires))
    const knowing = yield* Messaging.learn(Messaging.messenger(keys, { delay: 0, heal: 0 }), bytesOf(bundle), now)
    const { messenger, group } = yield* Messaging.create(knowing, ["bob"])
    const { broadcast, application: chains } = messenger.groups[group]!.memberships[0]!
    const sealed = yield* seal(chains, { group, sender: broadcast.agreement.me! }, broadcast.signingKey!, bytesOf(content))
    return Hex.encode(sealed.message)
  })
  return Effect.runSync(Effect.provide(sent, Layer.provideMerge(injected(bytesOf(repeated("alice"))), node)))
}

/** What `user`, who has Bob's bundle and creates a group with him, sends. */
const invitation = (bundle: string, user: string): string => {
  const sent = Effect.gen(function* () {
    const keys = yield* Effect.flatMap(KeyBundles.generate(user), (generated) => KeyBundles.rotate(generated, expires))
    const knowing = yield* Messaging.learn(Messaging.messenger(keys, { delay: 0, heal: 0 }), bytesOf(bundle), now)
    const { packets } = yield* Messaging.create(knowing, ["bob"])
    return Hex.encode(packets[0]!)
  })
  return Effect.runSync(Effect.provide(sent, Layer.provideMerge(injected(bytesOf(repeated(user))), node)))
}

/** An envelope that nobody has signed, with one message. */
const unsignedItem = (control: ControlMessage, directs: Readonly<Record<string, Uint8Array>> = {}): string => {
  const cut = control.type === "create" || control.type === "ack" ? null : new Uint8Array(32)
  const items = [{ control, signingKey: null, cut, chain: null, directs }]
  return Hex.encode(encodeWire(Envelope, { type: "envelope", items, signature: new Uint8Array(64) }))
}

const stranger = filled(0xee, 16)

/** An add of a user to a group that its sender is not in, with a first contact of a stranger, in whose ciphertext are so many bytes more. */
const additionOf = (user: string, bundle: string, group: string, seq: number, more = 0): string => {
  const [direct] = Object.values(itemsOf(invitation(bundle, "stranger"))[0]!.directs)
  const first = Result.getOrThrow(decodeWire(ChannelMessage, direct!))
  const ciphertext = Uint8Array.from([...first.ciphertext, ...new Uint8Array(more)])
  return unsignedItem(
    { type: "add", group, sender: stranger, seq, user, history: new Uint8Array(32), commitment: new Uint8Array(32) },
    { [memberId(group, user, stranger, seq)]: encodeWire(ChannelMessage, { ...first, ciphertext }) },
  )
}

const refusals = (): ReadonlyArray<Case> => [
  ...twins("group-messaging/member", clauses.member, "Sending to a group that one is not in", (author) => {
    const { group } = MessengerGroup.settled(author, ab, ["carol"])
    return fork("messenger.send", { on: "alice", group, payload: hexOf("hello") }, { on: "carol" })
  }),
  ...twins("group-messaging/member-removed", clauses.member, "Updating after removal", (author) => {
    const messengers = MessengerGroup.settled(author, abc)
    messengers.remove("alice", "carol")
    messengers.settle(abc)
    return fork("messenger.update", { on: "bob", group: messengers.group }, { on: "carol" })
  }),
  ...twins("group-messaging/no-such-user", clauses["no-such-user"], "Removing a user who is not in the group", (author) => {
    const { group } = MessengerGroup.settled(author, abc)
    return fork("messenger.remove", { on: "alice", group, user: "bob" }, { user: "dave" })
  }),
  ...twins("group-messaging/new-group", clauses["new-group"], "A source of randomness that draws the same group again", (author) => {
    const messengers = MessengerGroup.settled(author, ab)
    for (const [one, other] of [ab, ab.toReversed()]) messengers.meet(one!, other!)
    return fork("messenger.create", { on: "bob", users: ["alice"] }, { on: "alice", users: ["bob"] })
  }),
  ...twins("group-messaging/no-such-group", clauses["no-such-group"], "Trying again in a group that is not known", (author) => {
    const { group } = MessengerGroup.settled(author, ab, ["carol"])
    return fork("messenger.retry", { on: "bob", group }, { on: "carol" })
  }),
  ...twins("group-messaging/own-identity", clauses["own-identity"], "A key bundle of our own user with keys of somebody else", (author) => {
    const messengers = new MessengerGroup(author, ab)
    author.accepts("keys.generate", { on: "mallory", user: "alice", seed: repeated("mallory") })
    author.accepts("keys.rotate", { on: "mallory", expires })
    const { bundle } = author.accepts("keys.publish", { on: "mallory" })
    messengers.meet("bob", "alice")
    const own = author.accepts("messenger.publish", { on: "alice" }).bundle
    return fork("messenger.learn", { on: "alice", bundle: own, now }, { bundle })
  }),
  ...twins("group-messaging/check-member", clauses.member, "Checking notes in a group that one is not in", (author) => {
    const { group } = MessengerGroup.settled(author, ab, ["carol"])
    const { content } = author.accepts("messenger.notes", { on: "bob", group })
    return fork("messenger.check", { on: "alice", group, content }, { on: "carol" })
  }),
  ...twins("group-messaging/check-data", encoding.shape, "A payload where notes are to be checked", (author) => {
    const { group } = MessengerGroup.settled(author, ab)
    const { content } = author.accepts("messenger.notes", { on: "bob", group })
    const data = author.accepts("encoding.encode", { type: "content", value: { type: "data", payload: hexOf("hello") } }).bytes
    return fork("messenger.check", { on: "alice", group, content }, { content: data })
  }),
  ...twins("group-messaging/forget-left", clauses["forget-left"], "Forgetting a group that one is in", (author) => {
    const messengers = MessengerGroup.settled(author, abc)
    messengers.remove("alice", "carol")
    messengers.settle(abc)
    return fork("messenger.forget", { on: "carol", group: messengers.group }, { on: "bob" })
  }),
  ...twins("group-messaging/content", clauses.content, "A member seals what is no content", (author) => {
    const messengers = new MessengerGroup(author, ab)
    const { bundle } = author.accepts("messenger.publish", { on: "bob" })
    author.accepts("messenger.learn", { on: "alice", bundle, now })
    messengers.meet("bob", "alice")
    messengers.create("alice", ["bob"])
    messengers.receive("bob", messengers.next("bob")!)
    const data = author.accepts("encoding.encode", { type: "content", value: { type: "data", payload: hexOf("hello") } }).bytes
    const right = { on: "bob", packet: firstMessage(bundle, data) }
    return fork("messenger.receive", right, { packet: firstMessage(bundle, "8207f6") })
  }),
  aCase(
    "group-messaging/content-in-the-log",
    {
      title: "What is no content comes before the create of the group: that it is refused is an event of the step in which Bob joins",
      clauses: [clauses.content, clauses["loss-told"], clauses["log-replayed"]],
      twin: "group-messaging/content",
    },
    (author) => {
      const messengers = new MessengerGroup(author, ab)
      const { bundle } = author.accepts("messenger.publish", { on: "bob" })
      author.accepts("messenger.learn", { on: "alice", bundle, now })
      messengers.meet("bob", "alice")
      messengers.create("alice", ["bob"])
      messengers.receive("bob", firstMessage(bundle, "8207f6"))
      messengers.receive("bob", messengers.next("bob")!)
      messengers.heard("bob", "joined", "user-added bob", "user-added alice", "message-refused alice")
    },
  ),
  ...twins("group-messaging/signature", application.signature, "A message that was changed on its way", (author) => {
    const messengers = MessengerGroup.settled(author, ab)
    const packet = messengers.say("alice", "hello").packets[0]!
    return fork("messenger.receive", { on: "bob", packet }, { packet: flipped(packet, -1) })
  }),
]

const limited = (): ReadonlyArray<Case> => [
  messengerCase(
    "log-of-a-larger-share",
    {
      title:
        "More than 256 envelopes come in Carol's name, the last one larger: the log loses the oldest of them, and no older one of Alice's, who has a smaller share",
      clauses: [clauses["log-shares"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const carol = memberOf(messengers, "carol", null, 0)
      const update = messengers.update("alice").packets[0]!
      const mine = (seq: number) => ({ on: "bob", packet: unsigned(group, carol, seq) })
      author.accepts("messenger.receive", { on: "bob", packet: update })
      for (let seq = 3; seq < 260; seq++) author.accepts("messenger.receive", mine(seq))
      author.accepts("messenger.receive", { on: "bob", packet: unsigned(group, carol, 260, 10_000) })
      author.accepts("messenger.receive", { on: "bob", packet: messengers.remove("alice", "bob").packets[0]! })
      author.gives("messenger.users", { on: "bob", group }, { users: [] })
      author.ignores("messenger.receive", { on: "bob", packet: update })
      // With the create, two answers to it, the update and Bob's answer six are lost, Carol's own answer first; three more for the large one, and one for the removal.
      for (const seq of [12, 259]) author.ignores("messenger.receive", mine(seq))
      for (const seq of [3, 11]) author.gives("messenger.receive", mine(seq), { packets: [], events: [], missing: [] })
    },
  ),
  messengerCase(
    "log-of-a-withheld",
    {
      title:
        "Carol is removed, an update of hers is withheld, and 64 envelopes of nobody come: in the log it counts with those, and is lost as the oldest",
      clauses: [clauses["log-shares"], broadcast.withheld],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const update = { on: "bob", packet: messengers.update("carol").packets[0]! }
      messengers.receive("bob", messengers.remove("alice", "carol").packets[0]!)
      const nobodys = (seq: number) => ({ on: "bob", packet: unsigned(group, stranger, seq) })
      const { missing } = author.accepts("messenger.receive", update)
      author.claim(JSON.stringify(missing).includes("acknowledgement"), "it waits for an acknowledgement")
      for (let seq = 2; seq <= 65; seq++) author.accepts("messenger.receive", nobodys(seq))
      author.accepts("messenger.receive", { on: "bob", packet: messengers.remove("alice", "bob").packets[0]! })
      author.gives("messenger.users", { on: "bob", group }, { users: [] })
      // With Carol's answer to the create there were 66 of 4,096 bytes in the strangers' share, which is for 64.
      for (const seq of [2, 65]) author.ignores("messenger.receive", nobodys(seq))
      author.gives("messenger.receive", update, { packets: [], events: [], missing: [] })
    },
  ),
  ...twins("group-messaging/strangers", clauses.strangers, "Packets of 65 groups that one is not in", (author) => {
    const messengers = new MessengerGroup(author, ab)
    messengers.acquaint(ab)
    for (let count = 0; count < 64; count++) author.accepts("messenger.receive", { on: "bob", packet: junk(filled(count, 16), 1) })
    // A group that one is added to needs no place among those.
    const packet = messengers.create("alice", ["bob"]).packets[0]!
    return fork("messenger.receive", { on: "bob", packet }, { packet: junk(filled(64, 16), 1) })
  }),
  aCase(
    "group-messaging/log-limit",
    {
      title: "A log keeps 256 short packets: with one more, the oldest goes, but not the one by which one would join",
      clauses: [clauses["log-replayed"], clauses["invitations-kept"]],
    },
    (author) => {
      const messengers = new MessengerGroup(author, [...ab, "dave", "erin"])
      messengers.acquaint(ab)
      for (const user of ["dave", "erin"]) messengers.meet("alice", user)
      const sent = [...messengers.create("alice", ["bob", "dave", "erin"]).packets, ...messengers.say("alice", "hello").packets]
      for (const on of ["dave", "erin"]) {
        for (const packet of sent) author.accepts("messenger.receive", { on, packet })
        const others = on === "dave" ? 254 : 255
        for (let seq = 1; seq <= others; seq++) author.accepts("messenger.receive", { on, packet: junk(messengers.group, seq) })
        messengers.meet(on, "alice")
        messengers.retry(on)
        author.gives("messenger.users", { on, group: messengers.group }, { users: ["alice", "bob", "dave", "erin"] })
      }
      messengers.read("dave", "alice: hello")
      messengers.read("erin")
    },
  ),
  aCase(
    "group-messaging/invitation-crowded-out",
    {
      title:
        "An invitation that waits for a bundle goes from the log when 256 later ones wait too, and not for what makes Bob no member; it has to come again, and a long one takes the place of three",
      clauses: [clauses["invitations-kept"]],
    },
    (author) => {
      const messengers = new MessengerGroup(author, ab)
      const { bundle } = author.accepts("messenger.publish", { on: "bob" })
      messengers.meet("alice", "bob")
      const create = messengers.create("alice", ["bob"]).packets[0]!
      author.accepts("messenger.receive", { on: "bob", packet: create })
      const adds = (seq: number, length = 0) => ({ on: "bob", packet: additionOf("bob", bundle, messengers.group, seq, length) })
      for (let seq = 1; seq <= 255; seq++) author.accepts("messenger.receive", adds(seq))
      const { control } = itemsOf(create)[0]!
      const { group } = messengers
      const ofOthers = [
        unsignedItem({ ...control, users: ["alice", "carol"] } as typeof control),
        additionOf("carol", bundle, group, 1),
        unsignedItem({ type: "ack", group, sender: stranger, seq: 1, ofSender: control.sender, ofSeq: 1 }),
      ]
      // None of them is kept: so none is known when it comes again.
      for (const packet of [...ofOthers, ...ofOthers]) author.accepts("messenger.receive", { on: "bob", packet })
      author.ignores("messenger.receive", { on: "bob", packet: create })
      author.accepts("messenger.receive", adds(256))
      messengers.meet("bob", "alice")
      messengers.retry("bob", [{ bundle: "stranger" }])
      author.accepts("messenger.receive", adds(257, 9000))
      author.accepts("messenger.receive", adds(2))
      author.accepts("messenger.receive", { on: "bob", packet: create })
      author.gives("messenger.users", { on: "bob", group: messengers.group }, { users: [...ab] })
    },
  ),
  aCase(
    "group-messaging/strangers-forged",
    {
      title: "What is wrong with an invitation is said before there is no room for its group",
      clauses: [broadcast.signature],
    },
    (author) => {
      const messengers = new MessengerGroup(author, ab)
      messengers.acquaint(ab)
      for (let count = 0; count < 64; count++) author.accepts("messenger.receive", { on: "bob", packet: junk(filled(count, 16), 1) })
      const packet = messengers.create("alice", ["bob"]).packets[0]!
      author.refuses(broadcast.signature, "messenger.receive", { on: "bob", packet: flipped(packet, -1) })
    },
  ),
  aCase(
    "group-messaging/strangers-invited",
    {
      title: "An invitation by somebody unknown takes the place of a group that has none, and waits where all have one",
      clauses: [clauses["invitations-kept"]],
    },
    (author) => {
      const messengers = new MessengerGroup(author, ab)
      const { bundle } = author.accepts("messenger.publish", { on: "bob" })
      for (let count = 0; count < 64; count++) author.accepts("messenger.receive", { on: "bob", packet: junk(filled(count, 16), 1) })
      messengers.meet("alice", "bob")
      const packet = messengers.create("alice", ["bob"]).packets[0]!
      const { missing } = messengers.receive("bob", packet)
      author.claim(JSON.stringify(missing) === JSON.stringify([{ bundle: "alice" }]), "Bob has to get a bundle of Alice")
      author.accepts("messenger.receive", { on: "bob", packet: junk(messengers.group, 1) })
      author.refuses(clauses.strangers, "messenger.receive", { on: "bob", packet: junk(filled(0, 16), 1) })
      author.accepts("messenger.receive", { on: "bob", packet: junk(filled(1, 16), 2) })
      for (let count = 1; count < 64; count++) {
        author.accepts("messenger.receive", { on: "bob", packet: invitation(bundle, `stranger-${count}`) })
      }
      // With an invitation in its log a group stays, whatever else is there.
      author.accepts("messenger.receive", { on: "bob", packet: junk(messengers.group, 2) })
      author.waits({ bundle: "stranger-64" }, "messenger.receive", { on: "bob", packet: invitation(bundle, "stranger-64") })
      messengers.meet("bob", "alice")
      messengers.retry("bob")
      author.gives("messenger.users", { on: "bob", group: messengers.group }, { users: [...ab] })
      author.accepts("messenger.receive", { on: "bob", packet: invitation(bundle, "stranger-64") })
    },
  ),
  ...twins(
    "group-messaging/held-limit",
    clauses["held-limit"],
    "65 messages that wait in the name of one who is not in the group",
    (author) => {
      const messengers = MessengerGroup.settled(author, ab)
      for (let seq = 1; seq <= 64; seq++) author.accepts("messenger.receive", { on: "bob", packet: junk(messengers.group, seq) })
      messengers.update("alice")
      messengers.say("alice", "hello")
      messengers.next("bob")
      // A member's share is another one.
      return fork("messenger.receive", { on: "bob", packet: messengers.next("bob")! }, { packet: junk(messengers.group, 65) })
    },
    [clauses["held-shares"]],
  ),
  ...twins(
    "group-messaging/held-shares",
    clauses["held-limit"],
    "1,025 messages that wait in Alice's name: then Carol's takes the place of the newest of them",
    (author) => {
      const messengers = MessengerGroup.settled(author, abc)
      const alice = memberOf(messengers, "alice", null, 0)
      for (let seq = 101; seq <= 1124; seq++) author.accepts("messenger.receive", { on: "bob", packet: junk(messengers.group, seq, alice) })
      messengers.reorder("bob", () => [])
      messengers.update("carol")
      messengers.say("carol", "hello")
      const update = messengers.next("bob")!
      const message = messengers.next("bob")!
      author.accepts("messenger.receive", { on: "bob", packet: message })
      // There is room for one more only if something was dropped.
      author.ignores("messenger.receive", { on: "bob", packet: junk(messengers.group, 101, alice) })
      messengers.receive("bob", update)
      messengers.heard("bob", "carol: hello")
      author.accepts("messenger.receive", { on: "bob", packet: junk(messengers.group, 1124, alice) })
      return fork(
        "messenger.receive",
        { on: "bob", packet: junk(messengers.group, 9, memberOf(messengers, "carol", null, 0)) },
        { packet: junk(messengers.group, 1125, alice) },
      )
    },
    [clauses["held-shares"]],
  ),
  messengerCase(
    "share-of-the-removed",
    {
      title: "70 messages wait in Carol's name when she is removed: there is room for 64, and that the newest are dropped is an event",
      clauses: [clauses["held-limit"], clauses["held-shares"], clauses["loss-told"]],
    },
    abc,
    (messengers) => {
      const carol = memberOf(messengers, "carol", null, 0)
      const waiting = (seq: number) => ({ on: "bob", packet: junk(messengers.group, seq, carol) })
      for (let seq = 101; seq <= 170; seq++) messengers.author.accepts("messenger.receive", waiting(seq))
      messengers.remove("alice", "carol")
      messengers.receive("bob", messengers.next("bob")!)
      messengers.heard("bob", "user-removed carol", ...Array.from({ length: 6 }, () => "message-refused carol"))
      messengers.author.refuses(clauses["held-limit"], "messenger.receive", waiting(170))
      messengers.author.ignores("messenger.receive", waiting(164))
    },
  ),
  messengerCase(
    "share-of-the-removed-and-of-nobody",
    {
      title:
        "Carol is removed, and what waits in her name counts with what waits in that of nobody, which is newer and is lost: it has no user",
      clauses: [clauses["held-limit"], clauses["loss-told"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const [carol, nobody] = [memberOf(messengers, "carol", null, 0), filled(0xee, 16)]
      for (let seq = 101; seq <= 163; seq++) author.accepts("messenger.receive", { on: "bob", packet: junk(group, seq, carol) })
      for (const seq of [1, 2]) author.accepts("messenger.receive", { on: "bob", packet: junk(group, seq) })
      const { events } = messengers.receive("bob", messengers.remove("alice", "carol").packets[0]!)
      const lost = { type: "message-refused", group, user: null, member: nobody, seq: 2, index: 0, clause: clauses["held-limit"].id }
      author.claim(JSON.stringify(events[1]) === JSON.stringify(lost) && events.length === 2, "the newest is lost, of nobody")
    },
  ),
]

/** What messengers refuse. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-refusals", layer: "messaging", flags: {} }, refusals)

/** What messengers refuse because there is too much of it. */
export const limits = caseFile({ part: "dcgka", chapter: "group-messaging-limits", layer: "messaging", flags: {} }, limited)
