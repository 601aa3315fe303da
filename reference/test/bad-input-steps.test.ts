/**
 * Every step that takes input from outside, on input that is not what it should be: damaged, crafted, repeated, early, from another group, for somebody else,
 * or sealed by a peer that does not keep to the steps. What every answer has to be stands in `bad-input.ts`; and the honest message is accepted afterwards, with
 * the same result as if nothing had happened.
 *
 * States are immutable, so scenarios are played once, and every delivery in them is offered bad input again and again.
 *
 * @module
 */
import { Effect, Result } from "effect"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { encodeCbor } from "../../spec/conventions/cbor.ts"
import { decodeWire, encodeWire, record, table } from "../../spec/conventions/encoding.ts"
import { UserId } from "../../spec/conventions/identifiers.ts"
import { labels } from "../../spec/conventions/labels.ts"
import { Contact, KeyBundle, KeyStore } from "../../spec/dcgka/key-bundles.ts"
import { Channel, ChannelMessage, ChannelPlaintext } from "../../spec/dcgka/two-party-messaging.ts"
import { bytesOf } from "../conventions.ts"
import { sealBase } from "../crypto/hpke.ts"
import { nodePrimitives } from "../crypto/providers/node.ts"
import * as KeyBundles from "../dcgka/key-bundles.ts"
import * as Channels from "../dcgka/two-party-messaging.ts"
import { type Actor, accepted, acquainted, actor, runStep, seedOf } from "../simulation/network.ts"
import {
  altered,
  assertSame,
  type Before,
  beforeOf,
  damage,
  flipped,
  keyBytes,
  nameOf,
  offer,
  oversized,
  partly,
  property,
  RUNS,
  Tally,
} from "./bad-input.ts"

const now = 1_000_000_000
const Contacts = table(UserId, Contact)

describe("key bundles", () => {
  const alice = actor("alice", 4)
  const bob = actor("bob", 4)
  const otherAlice = accepted(
    seedOf("another alice"),
    Effect.flatMap(KeyBundles.generate("alice"), (keys) => KeyBundles.rotate(keys, 2 * now)),
  )
  const impostor = accepted(seedOf("another alice"), KeyBundles.publish(otherAlice)).bundle
  const contacts = accepted(bob.actor.seed, KeyBundles.learn({}, alice.bundles[0]!, now))
  const before = beforeOf(bob.actor.seed, () => encodeWire(Contacts, contacts), bob.actor.state)
  const bundles = [...alice.bundles, ...bob.bundles, impostor]
  const bundle = fc.constantFrom(...bundles)

  /** A bundle with other contents, signed with a key of the one who changed it. */
  const resigned = (bytes: Uint8Array, changes: object, signer: Uint8Array): Uint8Array => {
    const { signature: _, ...content } = { ...Result.getOrThrow(decodeWire(KeyBundle, bytes)), ...changes }
    const signed = { ...content, signingKey: nodePrimitives.ed25519PublicKey(signer) }
    const covered = encodeCbor([labels.keyBundle, ...Object.values(signed)])
    return encodeWire(KeyBundle, { ...signed, signature: nodePrimitives.ed25519Sign(signer, covered) })
  }

  const changes = partly({
    suite: fc.nat(255),
    user: fc.constantFrom("alice", "bob", "carol"),
    agreementKey: keyBytes,
    signedPrekeyId: fc.nat(5),
    signedPrekey: keyBytes,
    oneTimePrekeyId: fc.nat(5),
    oneTimePrekey: keyBytes,
    expires: fc.constantFrom(0, now, now + 1, Number.MAX_SAFE_INTEGER),
  })
  const signer = fc.constantFrom(alice.actor.state.keys.signingSecretKey, bob.actor.state.keys.signingSecretKey, seedOf("mallory"))
  const badBundle = fc.oneof(
    fc.tuple(bundle, bundle, damage).map(([bytes, other, apply]) => apply(bytes, other)),
    fc.tuple(bundle, changes, signer).map(([bytes, changed, key]) => resigned(bytes, changed, key)),
    fc.tuple(bundle, changes).map(([bytes, changed]) => altered(KeyBundle, bytes, changed)),
    fc.tuple(bundle, fc.record({ signingKey: keyBytes })).map(([bytes, changed]) => altered(KeyBundle, bytes, changed)),
    bundle,
  )
  const time = fc.constantFrom(0, now, 2 * now - 1, 2 * now, Number.MAX_SAFE_INTEGER)

  it("key-bundles.verify", () => {
    const tally = new Tally()
    property(1, fc.tuple(badBundle, time), ([bytes, when]) => tally.add(offer(before, KeyBundles.verify(bytes, when))), 2 * RUNS)
    tally.assertIncludes(
      "accepted",
      "encoding.canonical",
      "encoding.shape",
      "key-bundles.suite",
      "key-bundles.signature",
      "key-bundles.valid",
    )
    assert.isTrue(Result.isSuccess(offer(before, KeyBundles.verify(alice.bundles[1]!, now))))
  })

  it("key-bundles.learn", () => {
    const tally = new Tally()
    property(
      2,
      fc.tuple(badBundle, time),
      ([bytes, when]) => {
        const result = offer(before, KeyBundles.learn(contacts, bytes, when))
        if (Result.isSuccess(result)) encodeWire(Contacts, result.success)
        tally.add(result)
      },
      2 * RUNS,
    )
    tally.assertIncludes("accepted", "key-bundles.same-identity", "Ignored")
    assert.isTrue(Result.isSuccess(offer(before, KeyBundles.learn(contacts, alice.bundles[1]!, now))))
  })

  it("oversized bundles", () => {
    property(3, fc.tuple(bundle, oversized), ([bytes, apply]) => {
      const result = offer(before, KeyBundles.learn(contacts, apply(bytes, bytes), now))
      assert.strictEqual(nameOf(result), "encoding.limit")
    })
  })

  it("key-bundles.respond", () => {
    const { keys } = alice.actor.state
    const sealing = { context: new Uint8Array([1]), associatedData: new Uint8Array([2]) }
    const known = Result.getOrThrow(decodeWire(KeyBundle, alice.bundles[2]!))
    const { signedPrekeyId, oneTimePrekeyId } = known
    const sealed = accepted(
      bob.actor.seed,
      KeyBundles.initiate(bob.actor.state.keys, known, seedOf("ephemeral"), sealing, seedOf("plaintext")),
    )
    const honest = { ...sealed, signedPrekeyId, oneTimePrekeyId }
    const initiator = nodePrimitives.x25519PublicKey(bob.actor.state.keys.agreementSecretKey)
    const store = beforeOf(alice.actor.seed, () => encodeWire(KeyStore, keys), keys, seedOf("plaintext"))
    const respond = (key: Uint8Array, header: KeyBundles.FirstContactHeader, made: KeyBundles.Sealing) => {
      const result = offer(store, KeyBundles.respond(keys, key, header, made))
      if (Result.isSuccess(result)) encodeWire(KeyStore, result.success.keys)
      return result
    }
    const header = partly({
      ephemeralKey: keyBytes,
      signedPrekeyId: fc.constantFrom(0, 0, 0, 1, 9),
      oneTimePrekeyId: fc.constantFrom(oneTimePrekeyId, oneTimePrekeyId, 1, 9),
      ciphertext: fc.oneof(
        flipped.map((apply) => apply(honest.ciphertext, honest.ciphertext)),
        fc.uint8Array({ minLength: 16, maxLength: 90 }),
      ),
    })
    const bytes = fc.uint8Array({ maxLength: 40 })
    const tally = new Tally()
    property(
      4,
      fc.tuple(header, fc.option(keyBytes, { freq: 1 }), partly({ context: bytes, associatedData: bytes })),
      ([changed, key, made]) => {
        tally.add(respond(key ?? initiator, { ...honest, ...changed } as KeyBundles.FirstContactHeader, { ...sealing, ...made }))
      },
      2 * RUNS,
    )
    tally.assertIncludes("key-bundles.prekey-held", "key-bundles.agreement-zero", "suite.aead-opens")
    const answer = Result.getOrThrow(respond(initiator, honest, sealing))
    assertSame(answer.plaintext, seedOf("plaintext"))
    const again = runStep(alice.actor.seed, KeyBundles.respond(answer.keys, initiator, honest, sealing))
    assert.strictEqual(nameOf(again), "key-bundles.prekey-held")
  })
})

/** A channel and its user's keys, and the message that comes next. */
interface Arrival {
  readonly channel: Channel
  readonly keyring: Channels.Keyring
  readonly message: Uint8Array
  readonly outer: Uint8Array
  readonly before: Before
}

const ChannelState = record("channel-state", { channel: Channel, keys: KeyStore, contacts: Contacts })

const channelGroup = "11".repeat(16)
const ends = { alice: "a1".repeat(16), bob: "b0".repeat(16) }

/** Plays messages between alice and bob: a letter in upper case sends, one in lower case receives the next one for it. */
const channelRun = (group: string, script: string) => {
  const [alice, bob] = acquainted(["alice", "bob"], 2)
  const side = (one: Actor, me: keyof typeof ends, peer: keyof typeof ends) => ({
    one,
    channel: Channels.open(group, ends[me], ends[peer], peer),
    keyring: one.state as Channels.Keyring,
    inbox: [] as Array<{ message: Uint8Array; outer: Uint8Array }>,
  })
  const sides = { a: side(alice!, "alice", "bob"), b: side(bob!, "bob", "alice") }
  const arrivals: Array<Arrival> = []
  for (const [index, letter] of [...script].entries()) {
    const name = letter.toLowerCase() as "a" | "b"
    const self = sides[name]
    const { channel, keyring, one } = self
    if (letter === name) {
      const { message, outer } = self.inbox.shift()!
      const { keys, contacts } = keyring
      const before = beforeOf(one.seed, () => encodeWire(ChannelState, { channel, keys, contacts }), channel, keys)
      arrivals.push({ channel, keyring, message, outer, before })
      Object.assign(self, accepted(one.seed, Channels.receive(channel, keyring, message, outer)))
    } else {
      const outer = new Uint8Array(8).fill(index)
      const sent = accepted(one.seed, Channels.send(channel, keyring, seedOf(`payload ${index}`), outer))
      Object.assign(self, sent)
      sides[name === "a" ? "b" : "a"].inbox.push({ message: sent.message, outer })
    }
  }
  return arrivals
}

describe("channels", () => {
  const arrivals = channelRun(channelGroup, "ABabAbBaBaAAbbABbaABab")
  const foreign = channelRun("22".repeat(16), "ABabAb")
  const messages = [...arrivals, ...foreign].map(({ message }) => message)
  const outers = [...arrivals, ...foreign].map(({ outer }) => outer)
  const arrival = fc.constantFrom(...arrivals)
  const message = fc.constantFrom(...messages)
  const receive = ({ channel, keyring, before }: Arrival, bytes: Uint8Array, outer: Uint8Array) => {
    const result = offer(before, Channels.receive(channel, keyring, bytes, outer))
    if (Result.isSuccess(result)) {
      const { keys, contacts } = result.success.keyring
      encodeWire(ChannelState, { channel: result.success.channel, keys, contacts })
    }
    return result
  }
  const assertHonest = (one: Arrival) => assert.isTrue(Result.isSuccess(receive(one, one.message, one.outer)))
  const fields = partly({
    user: fc.constantFrom("alice", "bob", "carol"),
    ephemeralKey: keyBytes,
    encapsulatedKey: keyBytes,
    index: fc.nat(8),
    signedPrekeyId: fc.nat(6),
    oneTimePrekeyId: fc.nat(6),
    ciphertext: fc.uint8Array({ minLength: 16, maxLength: 200 }),
  })

  it("channel.receive, damaged", () => {
    const tally = new Tally()
    property(
      5,
      fc.tuple(arrival, message, damage),
      ([one, other, apply]) => tally.add(receive(one, apply(one.message, other), one.outer)),
      2 * RUNS,
    )
    tally.assertIncludes("encoding.canonical", "encoding.shape", "channel.opens", "suite.aead-opens")
    arrivals.forEach(assertHonest)
  })

  it("channel.receive, with other values in its fields", () => {
    const tally = new Tally()
    property(
      6,
      fc.tuple(arrival, fields),
      ([one, changed]) => tally.add(receive(one, altered(ChannelMessage, one.message, changed), one.outer)),
      2 * RUNS,
    )
    tally.assertIncludes("channel.key-held", "channel.opens", "channel.peer-user", "key-bundles.prekey-held", "key-bundles.agreement-zero")
    arrivals.forEach(assertHonest)
  })

  it("channel.receive, of the past, the future, the other direction, another group, or under another outer message", () => {
    const tally = new Tally()
    property(
      7,
      fc.tuple(arrival, message, fc.constantFrom(...outers), fc.boolean()),
      ([one, other, outer, isBound]) => {
        const from = arrivals.find((candidate) => candidate.message === other)
        const result = receive(one, other, isBound ? (from?.outer ?? outer) : outer)
        tally.add(result)
        if (Result.isSuccess(result)) assert.strictEqual(from?.channel.me, one.channel.me)
      },
      2 * RUNS,
    )
    tally.assertIncludes("accepted", "channel.first-contact-once", "channel.key-held", "channel.opens")
    arrivals.forEach(assertHonest)
  })

  it("channel.receive, of content that a peer should not seal", () => {
    const opened = arrivals.filter(
      ({ channel, message: bytes }) =>
        channel.peerKey !== null && Result.getOrThrow(decodeWire(ChannelMessage, bytes)).type === "to-sender-key",
    )
    assert.isAbove(opened.length, 2)
    const honest = encodeWire(ChannelPlaintext, {
      payload: seedOf("x"),
      secretKey: seedOf("y"),
      index: 50,
      publicKey: nodePrimitives.x25519PublicKey(seedOf("z")),
    })
    const plaintext = fc.oneof(
      fc
        .tuple(partly({ payload: fc.uint8Array({ maxLength: 70 }), index: fc.integer({ min: 1, max: 60 }), publicKey: keyBytes }))
        .map(([changed]) => altered(ChannelPlaintext, honest, changed)),
      damage.map((apply) => apply(honest, honest)),
      fc.uint8Array({ maxLength: 200 }),
    )
    const tally = new Tally()
    property(8, fc.tuple(fc.constantFrom(...opened), plaintext), ([one, bytes]) => {
      const direction = [labels.channel, bytesOf(one.channel.group), bytesOf(one.channel.peer), bytesOf(one.channel.me)]
      const sealed = sealBase(nodePrimitives, {
        recipientPublicKey: nodePrimitives.x25519PublicKey(one.channel.receivedKey!),
        ephemeralSecretKey: seedOf("ephemeral"),
        info: encodeCbor(direction),
        associatedData: encodeCbor([...direction, 2, 0, one.outer]),
        plaintext: bytes,
      })!
      tally.add(receive(one, encodeWire(ChannelMessage, { type: "to-sender-key", ...sealed }), one.outer))
    })
    tally.assertIncludes("accepted", "channel.plaintext", "channel.index-rises")
  })

  it("oversized messages", () => {
    property(9, fc.tuple(arrival, oversized), ([one, apply]) => {
      const result = receive(one, apply(one.message, one.message), one.outer)
      assert.strictEqual(nameOf(result), "encoding.limit")
    })
  })
})
