import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { sealBase } from "../../../reference/crypto/hpke.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import { type Cbor, decodeCbor, encodeCbor } from "../../../spec/conventions/cbor.ts"
import { decodeWire, encodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { labels } from "../../../spec/conventions/labels.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses as keyBundles } from "../../../spec/dcgka/key-bundles.ts"
import { ChannelMessage, ChannelPlaintext, clauses, maximumPayload } from "../../../spec/dcgka/two-party-messaging.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { appear, filled, flipped, hexOf, meet, repeated } from "../people.ts"

const group = filled(0x11, 16)
const members = { alice: filled(0xa1, 16), bob: filled(0xb0, 16) } as const
export type Person = keyof typeof members
export const peerOf = (person: Person): Person => (person === "alice" ? "bob" : "alice")
const outer = hexOf("outer")

const openChannel = (author: Author, me: Person) => {
  const peer = peerOf(me)
  author.accepts("channel.open", { on: me, group, me: members[me], peer: members[peer], peerUser: peer })
}

/** Alice and Bob with a bundle of each other, and an open channel. */
export const acquainted = (author: Author) => {
  appear(author, "alice")
  appear(author, "bob")
  meet(author, "alice", "bob")
  meet(author, "bob", "alice")
  openChannel(author, "alice")
  openChannel(author, "bob")
}

export const send = (author: Author, on: Person, text: string) =>
  author.accepts("channel.send", { on, payload: hexOf(text), outer }).message

export const receive = (author: Author, on: Person, message: string, text: string) =>
  author.gives("channel.receive", { on, message, outer }, { payload: hexOf(text) })

const sendAndReceive = (author: Author, from: Person, text: string) => receive(author, peerOf(from), send(author, from, text), text)

const drawn = (person: Person, label: string) => labelledDraw(nodePrimitives, bytesOf(repeated(person)), label, 32)

// Who saves a secret key of X25519 with its bits already set has other first and last bytes.
const withoutEnds = (name: string, value: Uint8Array) => ({ name, value: Hex.encode(value.slice(1, -1)) })

/** The secret key that a person made for itself, or for its peer, with a message. */
const secretKey = (by: Person, which: string) =>
  withoutEnds(`the secret key ${which} of ${by}`, drawn(by, `channel/${members[by]}/${members[peerOf(by)]}/${which}`))

const ourContext = { group, me: members.alice as string, peer: members.bob as string }

const zeros = () => new Uint8Array(32)

/** A message of kind 2 from Alice after her first one, with any plaintext, and if so asked for another context, or under a key that is agreed on otherwise. */
const crafted = (plaintext: Uint8Array, context = ourContext, agreeing: Partial<typeof nodePrimitives> = {}): string => {
  const direction = [labels.channel, bytesOf(context.group), bytesOf(context.me), bytesOf(context.peer)]
  const peerSecretKey = drawn("alice", `channel/${members.alice}/${members.bob}/1/peer`)
  const sealed = sealBase(
    { ...nodePrimitives, ...agreeing },
    {
      recipientPublicKey: nodePrimitives.x25519PublicKey(peerSecretKey),
      ephemeralSecretKey: drawn("alice", "crafted"),
      info: encodeCbor(direction),
      associatedData: encodeCbor([...direction, 2, 0, bytesOf(outer)]),
      plaintext,
    },
  )
  return Hex.encode(encodeWire(ChannelMessage, { type: "to-sender-key", ...sealed! }))
}

const plaintextOf = (changes: Partial<{ index: number; publicKey: Uint8Array }>) =>
  encodeWire(ChannelPlaintext, {
    payload: bytesOf(hexOf("crafted")),
    secretKey: bytesOf(repeated("secret key")),
    index: 2,
    publicKey: nodePrimitives.x25519PublicKey(bytesOf(repeated("public key"))),
    ...changes,
  })

/** A twin in which Bob receives: `right` is what Alice sends, `wrong` is made of it. */
const receives = (
  id: string,
  title: string,
  clause: Parameters<typeof twins>[1],
  prepare: (author: Author) => string,
  wrong: (message: string, author: Author) => Partial<{ message: string; outer: string }>,
): ReadonlyArray<Case> =>
  twins(`channel/${id}`, clause, title, (author) => {
    acquainted(author)
    const message = prepare(author)
    return fork("channel.receive", { on: "bob", message, outer }, wrong(message, author))
  })

const firstMessage = (author: Author) => send(author, "alice", "hello")
const secondMessage = (author: Author) => {
  sendAndReceive(author, "alice", "one")
  return send(author, "alice", "two")
}
const answeredMessage = (author: Author) => {
  sendAndReceive(author, "alice", "one")
  sendAndReceive(author, "bob", "two")
  return send(author, "alice", "three")
}

const positives = (): ReadonlyArray<Case> => [
  aCase(
    "channel/first-contact",
    { title: "The first message, sealed with a key bundle", clauses: [clauses["first-contact-once"], clauses["peer-user"]] },
    (author) => {
      acquainted(author)
      sendAndReceive(author, "alice", "hello bob")
    },
  ),
  aCase(
    "channel/key-made-by-sender",
    {
      title: "Two messages in one direction: the second is sealed to the key that the first brought",
      clauses: [clauses["key-choice"], clauses["two-new-keys"]],
      flags: ["2SM-1"],
    },
    (author) => {
      acquainted(author)
      sendAndReceive(author, "alice", "one")
      sendAndReceive(author, "alice", "two")
      sendAndReceive(author, "alice", "three")
    },
  ),
  aCase(
    "channel/key-made-by-recipient",
    {
      title: "An answer is sealed to the key that the peer made for itself",
      clauses: [clauses["key-choice"], clauses["two-new-keys"]],
      flags: ["2SM-1"],
    },
    (author) => {
      acquainted(author)
      for (const [index, from] of (["alice", "bob", "alice", "bob"] as const).entries()) sendAndReceive(author, from, `message ${index}`)
    },
  ),
  aCase("channel/empty-payload", { title: "A payload of no bytes, and one of 1,000", clauses: [clauses.plaintext] }, (author) => {
    acquainted(author)
    sendAndReceive(author, "alice", "")
    sendAndReceive(author, "alice", "x".repeat(1000))
  }),
  aCase(
    "channel/key-deleted",
    {
      title: "A key opens one message: replays of all three kinds are refused",
      clauses: [clauses["key-deleted"], clauses["first-contact-once"], clauses["key-held"]],
      twin: "channel/key-made-by-recipient",
    },
    (author) => {
      acquainted(author)
      const first = send(author, "alice", "one")
      receive(author, "bob", first, "one")
      author.refuses(clauses["first-contact-once"], "channel.receive", { on: "bob", message: first, outer })
      const second = send(author, "alice", "two")
      receive(author, "bob", second, "two")
      author.refuses(clauses.opens, "channel.receive", { on: "bob", message: second, outer })
      sendAndReceive(author, "bob", "three")
      const fourth = send(author, "alice", "four")
      receive(author, "bob", fourth, "four")
      author.refuses(clauses["key-held"], "channel.receive", { on: "bob", message: fourth, outer })
      sendAndReceive(author, "alice", "five")
    },
  ),
  aCase(
    "channel/kept",
    {
      title: "What a saved state has of a channel: the keys to which messages can come, and none that has opened one",
      clauses: [clauses["key-deleted"], keyBundles["one-time"]],
    },
    (author) => {
      acquainted(author)
      sendAndReceive(author, "bob", "one")
      author.keeps("bob", [secretKey("bob", "1/own")], [secretKey("bob", "1/peer")])
      author.keeps("alice", [secretKey("bob", "1/peer")], [withoutEnds("alice's one-time prekey", drawn("alice", "prekey/1"))])
      sendAndReceive(author, "alice", "two")
      author.keeps("bob", [secretKey("alice", "1/peer")], [secretKey("bob", "1/own")])
      sendAndReceive(author, "alice", "three")
      author.keeps("bob", [secretKey("alice", "2/peer")], [secretKey("alice", "1/peer")])
    },
  ),
  aCase(
    "channel/lower-keys-deleted",
    {
      title: "A message to a key of ours deletes the keys before it as well",
      clauses: [clauses["key-deleted"], clauses["key-held"]],
      twin: "channel/key-made-by-recipient",
    },
    (author) => {
      acquainted(author)
      sendAndReceive(author, "bob", "one")
      const toFirst = send(author, "alice", "to the key of one")
      sendAndReceive(author, "bob", "two")
      const toSecond = send(author, "alice", "to the key of two")
      receive(author, "bob", toSecond, "to the key of two")
      author.refuses(clauses["key-held"], "channel.receive", { on: "bob", message: toFirst, outer })
    },
  ),
  aCase(
    "channel/waits-for-bundle",
    { title: "A first contact waits for a bundle of the peer, on both sides", clauses: [keyBundles.once] },
    (author) => {
      appear(author, "alice")
      appear(author, "bob")
      openChannel(author, "alice")
      openChannel(author, "bob")
      author.waits({ bundle: "bob" }, "channel.send", { on: "alice", payload: "", outer })
      meet(author, "alice", "bob")
      const message = send(author, "alice", "hello")
      author.waits({ bundle: "alice" }, "channel.receive", { on: "bob", message, outer })
      meet(author, "bob", "alice")
      receive(author, "bob", message, "hello")
    },
  ),
]

const negatives = (): ReadonlyArray<Case> => [
  ...twins("channel/first-contact-once", clauses["first-contact-once"], "A second first contact", (author) => {
    acquainted(author)
    meet(author, "alice", "bob")
    sendAndReceive(author, "alice", "one")
    const right = send(author, "alice", "two")
    openChannel(author, "alice")
    const again = send(author, "alice", "one again")
    return fork("channel.receive", { on: "bob", message: right, outer }, { message: again })
  }),
  ...twins("channel/peer-user", clauses["peer-user"], "A first contact of another user, who is known", (author) => {
    acquainted(author)
    appear(author, "carol")
    meet(author, "carol", "bob")
    meet(author, "bob", "carol")
    author.accepts("channel.open", { on: "carol", group, me: members.alice, peer: members.bob, peerUser: "bob" })
    const message = send(author, "alice", "hello")
    const wrong = author.accepts("channel.send", { on: "carol", payload: hexOf("hello"), outer }).message
    return fork("channel.receive", { on: "bob", message, outer }, { message: wrong })
  }),
  ...receives("key-held-recipient", "A key of ours that we never made", clauses["key-held"], answeredMessage, (message) => {
    // The index is the third byte: array, kind, index.
    return { message: message.replace(/^840101/, "840102") }
  }),
  ...receives("key-held-sender", "The key of a message that was never received", clauses["key-held"], firstMessage, (_, author) => {
    return { message: send(author, "alice", "two") }
  }),
  ...receives("opens-flipped", "A message with a bit of the ciphertext flipped", clauses.opens, secondMessage, (message) => ({
    message: flipped(message, -20),
  })),
  ...receives("opens-encapsulated", "A message with a bit of the encapsulated key flipped", clauses.opens, answeredMessage, (message) => ({
    message: flipped(message, 8),
  })),
  ...receives("opens-outer", "A message with another outer message", clauses.opens, secondMessage, () => ({ outer: hexOf("Outer") })),
  ...receives("opens-order", "A message before the one sent before it", clauses.opens, secondMessage, (_, author) => ({
    message: send(author, "alice", "three"),
  })),
  ...receives("opens-zero", "A message whose encapsulated key is of small order", clauses.opens, secondMessage, () => ({
    message: Hex.encode(
      encodeWire(ChannelMessage, { type: "to-sender-key", encapsulatedKey: new Uint8Array(32), ciphertext: new Uint8Array(16) }),
    ),
  })),
  ...receives(
    "opens-zero-sealed",
    "A message whose encapsulated key is of small order, sealed under the key that follows from the result of zeros",
    clauses.opens,
    secondMessage,
    () => ({ message: crafted(plaintextOf({}), ourContext, { x25519: zeros, x25519PublicKey: zeros }) }),
  ),
  ...receives("plaintext", "A message that seals something else than a channel plaintext", clauses.plaintext, secondMessage, () => ({
    message: crafted(bytesOf(hexOf("no plaintext"))),
  })),
  ...twins(
    "channel/plaintext-first-contact",
    clauses.plaintext,
    "A first contact that seals something else than a channel plaintext",
    (author) => {
      acquainted(author)
      meet(author, "alice", "bob")
      const direction = [labels.channel, bytesOf(group), bytesOf(members.alice), bytesOf(members.bob)]
      const sealed = author.accepts("first-contact.initiate", {
        on: "alice",
        user: "bob",
        ephemeralSecretKey: repeated("crafted"),
        context: Hex.encode(encodeCbor(direction)),
        associatedData: Hex.encode(encodeCbor([...direction, 0, 0, bytesOf(outer)])),
        plaintext: hexOf("no plaintext"),
      })
      const { ephemeralKey, signedPrekeyId, oneTimePrekeyId, ciphertext } = sealed
      const keys = { ephemeralKey: bytesOf(ephemeralKey), signedPrekeyId, oneTimePrekeyId, ciphertext: bytesOf(ciphertext) }
      const wrong = Hex.encode(encodeWire(ChannelMessage, { type: "first-contact", user: "alice", ...keys }))
      return fork("channel.receive", { on: "bob", message: send(author, "alice", "hello"), outer }, { message: wrong })
    },
  ),
  ...receives("index-rises", "A message whose key index is that of the one before", clauses["index-rises"], secondMessage, () => ({
    message: crafted(plaintextOf({ index: 1 })),
  })),
  ...bound("group", "another group", { group: filled(0x12, 16) }),
  ...bound("sender", "another sender", { me: filled(0xa2, 16) }),
  ...bound("recipient", "another recipient", { peer: filled(0xb1, 16) }),
  aCase(
    "channel/peer-key-used",
    { title: "A crafted but correct message, and an answer to the key in it", clauses: [clauses["peer-key-zero"], clauses["index-rises"]] },
    (author) => {
      acquainted(author)
      sendAndReceive(author, "alice", "one")
      author.accepts("channel.receive", { on: "bob", message: crafted(plaintextOf({})), outer })
      author.accepts("channel.send", { on: "bob", payload: "", outer })
    },
  ),
  ...receives("peer-key", "A message that brings a public key of small order", clauses["peer-key-zero"], secondMessage, () => ({
    message: crafted(plaintextOf({ publicKey: new Uint8Array(32) })),
  })),
]

/** What is made for a channel that differs in one identifier does not open. */
function bound(name: string, title: string, changed: Partial<typeof ourContext>): ReadonlyArray<Case> {
  const write = (author: Author) => {
    acquainted(author)
    sendAndReceive(author, "alice", "one")
    const right = send(author, "alice", "two")
    return fork(
      "channel.receive",
      { on: "bob", message: right, outer },
      { message: crafted(plaintextOf({}), { ...ourContext, ...changed }) },
    )
  }
  return twins(`channel/bound-${name}`, clauses.opens, `A message made for ${title}`, write, [clauses["bound-context"]])
}

/** Bob, who has no contact with Alice, and a first contact by which she names another user. */
const misnamed = (author: Author, isKnown: boolean): string => {
  appear(author, "alice")
  appear(author, "bob")
  meet(author, "alice", "bob")
  if (isKnown) meet(author, "bob", "alice")
  openChannel(author, "alice")
  openChannel(author, "bob")
  return send(author, "alice", "hello")
}

const changedContact = (message: string, changes: { readonly user?: string; readonly oneTimePrekeyId?: number }): string => {
  const first = Result.getOrThrow(decodeWire(ChannelMessage, bytesOf(message)))
  return Hex.encode(encodeWire(ChannelMessage, { ...first, ...changes } as typeof first))
}

const orders = (): ReadonlyArray<Case> => [
  aCase(
    "channel/order-of-checks",
    {
      title:
        "Of a first contact: whether it is the first, the user that it names, whether there is a contact, whether its prekeys are held",
      clauses: [verdicts["order-of-checks"]],
      twin: "channel/first-contact",
    },
    (author) => {
      const message = misnamed(author, false)
      author.refuses(clauses["peer-user"], "channel.receive", { on: "bob", message: changedContact(message, { user: "mallory" }), outer })
      const unheld = changedContact(message, { oneTimePrekeyId: 77 })
      author.waits({ bundle: "alice" }, "channel.receive", { on: "bob", message: unheld, outer })
      author.waits({ bundle: "alice" }, "channel.receive", { on: "bob", message, outer })
      meet(author, "bob", "alice")
      author.refuses(keyBundles["prekey-held"], "channel.receive", { on: "bob", message: unheld, outer })
      author.refuses(suite["aead-opens"], "channel.receive", { on: "bob", message, outer: hexOf("another") })
      receive(author, "bob", message, "hello")
      author.refuses(clauses["first-contact-once"], "channel.receive", {
        on: "bob",
        message: changedContact(message, { user: "mallory" }),
        outer,
      })
      author.refuses(clauses["first-contact-once"], "channel.receive", { on: "bob", message, outer })
    },
  ),
  aCase(
    "channel/plaintext-order",
    {
      title: "The index in a message is looked at before the public key in it",
      clauses: [verdicts["order-of-checks"]],
      twin: "channel/index-rises",
    },
    (author) => {
      acquainted(author)
      sendAndReceive(author, "alice", "one")
      const message = crafted(plaintextOf({ index: 1, publicKey: new Uint8Array(32) }))
      author.refuses(clauses["index-rises"], "channel.receive", { on: "bob", message, outer })
      author.refuses(clauses["peer-key-zero"], "channel.receive", {
        on: "bob",
        message: crafted(plaintextOf({ index: 2, publicKey: new Uint8Array(32) })),
        outer,
      })
    },
  ),
]

/** The layer "channel". */
export default caseFile(
  {
    part: "dcgka",
    chapter: "two-party-messaging",
    layer: "channel",
    flags: {
      "2SM-1": {
        note: "Figure 2 of ePrint 2020/1281, read literally, picks the wrong key: it compares who made the key without changing the point of view.",
        effect: "A port that does so opens no message at all, or only those that cross.",
      },
    },
  },
  () => [...positives(), ...negatives(), ...orders()],
)

/** The payload that is too long, in a file of its own, because it is large. */
export const limits = caseFile({ part: "dcgka", chapter: "two-party-messaging-limits", layer: "channel", flags: {} }, () => [
  ...twins("channel/payload-length", clauses["payload-length"], "A payload over the limit", (author) => {
    acquainted(author)
    return fork("channel.send", { on: "alice", payload: "", outer }, { payload: "00".repeat(maximumPayload + 1) })
  }),
  aCase(
    "channel/payload-length-reached",
    {
      title: "A payload of exactly 1,047,552 bytes is within the limit, and then needs a bundle",
      clauses: [clauses["payload-length"]],
      twin: "channel/payload-length",
    },
    (author) => {
      appear(author, "alice")
      openChannel(author, "alice")
      author.waits({ bundle: "bob" }, "channel.send", { on: "alice", payload: "00".repeat(maximumPayload), outer })
      author.refuses(clauses["payload-length"], "channel.send", { on: "alice", payload: "00".repeat(maximumPayload + 1), outer })
    },
  ),
  aCase(
    "channel/ciphertext-length",
    {
      title: "A message with a ciphertext of 1,048,064 bytes names a key that is not held, and one that is a byte longer is none",
      clauses: [encoding.shape],
    },
    (author) => {
      appear(author, "alice")
      openChannel(author, "alice")
      const short = { index: 1, encapsulatedKey: new Uint8Array(32), ciphertext: new Uint8Array(16) }
      const whole = decodeCbor(encodeWire(ChannelMessage, { type: "to-recipient-key", ...short })) as ReadonlyArray<Cbor>
      const message = (length: number) => Hex.encode(encodeCbor(whole.with(-1, new Uint8Array(length))))
      author.refuses(clauses["key-held"], "channel.receive", { on: "alice", message: message((1 << 20) - 512), outer })
      author.refuses(encoding.shape, "channel.receive", { on: "alice", message: message((1 << 20) - 511), outer })
    },
  ),
])
