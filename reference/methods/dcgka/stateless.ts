/**
 * The methods that need no handle: encoding, primitives, ratchet, membership.
 *
 * @module
 */
import { Effect, Result, Schema } from "effect"
import { encodeWire, type Wire } from "../../../spec/conventions/encoding.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { ApplicationMessage } from "../../../spec/dcgka/application-messages.ts"
import { Attachment, Envelope, Item, Notes } from "../../../spec/dcgka/causal-broadcast.ts"
import { Content, Event, Packet } from "../../../spec/dcgka/group-messaging.ts"
import { ControlMessage, Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { KeyBundle } from "../../../spec/dcgka/key-bundles.ts"
import { ChannelMessage, ChannelPlaintext } from "../../../spec/dcgka/two-party-messaging.ts"
import { decodeMessage, groupIdOf, memberIdOf } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { openBase, sealBase } from "../../crypto/hpke.ts"
import { labelledDraw } from "../../crypto/randomness.ts"
import { digestOf } from "../../dcgka/causal-broadcast.ts"
import * as Membership from "../../dcgka/group-membership.ts"
import * as Ratchet from "../../dcgka/ratchet.ts"
import { answerable, BrokenCall, type Methods, ofLength, orRefuse, type Params } from "../call.ts"

const wireTypes = {
  "key-bundle": KeyBundle,
  "channel-message": ChannelMessage,
  "channel-plaintext": ChannelPlaintext,
  "control-message": ControlMessage,
  welcome: Welcome,
  envelope: Envelope,
  item: Item,
  attachment: Attachment,
  notes: Notes,
  "application-message": ApplicationMessage,
  packet: Packet,
  content: Content,
  event: Event,
} satisfies Readonly<Record<Params<"encoding.decode">["type"], unknown>>

// The value stands for whatever the wire type decodes to, which no type says here.
const wireOf = (type: keyof typeof wireTypes): Wire<unknown> => wireTypes[type] as unknown as Wire<unknown>

const encoding = {
  "encoding.decode": Effect.fnUntraced(function* ({ type, bytes }) {
    const wire = wireOf(type)
    return { value: Schema.encodeSync(wire.json)(yield* decodeMessage(wire, bytes)) as Schema.Json }
  }),
  "encoding.encode": ({ type, value }) =>
    Effect.sync(() => {
      const wire = wireOf(type)
      const decoded = Schema.decodeUnknownResult(wire.json, { onExcessProperty: "error" })(value)
      if (Result.isFailure(decoded)) throw new BrokenCall(`value is no ${type}`)
      return { bytes: answerable(encodeWire(wire, decoded.success)) }
    }),
  "identifiers.group": Effect.fnUntraced(function* ({ signingKey, users, nonce }) {
    yield* ofLength(32, signingKey)
    yield* ofLength(16, nonce)
    return { group: yield* groupIdOf(signingKey, users, nonce) }
  }),
  "identifiers.member": ({ group, user, adder, seq }) => Effect.map(memberIdOf(group, user, adder, seq), (member) => ({ member })),
} satisfies Partial<Methods>

const primitives = {
  "primitives.sha256": ({ data }) => Effect.map(Crypto, (crypto) => ({ digest: crypto.sha256(data) })),
  "primitives.hkdf": Effect.fnUntraced(function* ({ salt, input, info, length }) {
    const crypto = yield* Crypto
    return { output: yield* orRefuse(crypto.hkdfExpand(crypto.hkdfExtract(salt, input), info, length), suite["hkdf-length"]) }
  }),
  "primitives.x25519-public": Effect.fnUntraced(function* ({ secretKey }) {
    yield* ofLength(32, secretKey)
    return { publicKey: (yield* Crypto).x25519PublicKey(secretKey) }
  }),
  "primitives.x25519": Effect.fnUntraced(function* ({ secretKey, publicKey }) {
    yield* ofLength(32, secretKey, publicKey)
    return { sharedSecret: yield* orRefuse((yield* Crypto).x25519(secretKey, publicKey), suite["x25519-zero"]) }
  }),
  "primitives.ed25519-public": Effect.fnUntraced(function* ({ secretKey }) {
    yield* ofLength(32, secretKey)
    return { publicKey: (yield* Crypto).ed25519PublicKey(secretKey) }
  }),
  "primitives.ed25519-sign": Effect.fnUntraced(function* ({ secretKey, message }) {
    yield* ofLength(32, secretKey)
    return { signature: (yield* Crypto).ed25519Sign(secretKey, message) }
  }),
  "primitives.ed25519-verify": Effect.fnUntraced(function* ({ publicKey, message, signature }) {
    yield* ofLength(32, publicKey)
    yield* ofLength(64, signature)
    const valid = (yield* Crypto).ed25519Verify(publicKey, message, signature)
    if (!valid) return yield* refuse(suite["ed25519-strict"], "not valid")
    return {}
  }),
  "primitives.aead-seal": Effect.fnUntraced(function* ({ key, nonce, associatedData, plaintext }) {
    yield* ofLength(32, key)
    yield* ofLength(12, nonce)
    return { ciphertext: (yield* Crypto).aeadSeal(key, nonce, associatedData, plaintext) }
  }),
  "primitives.aead-open": Effect.fnUntraced(function* ({ key, nonce, associatedData, ciphertext }) {
    yield* ofLength(32, key)
    yield* ofLength(12, nonce)
    return { plaintext: yield* orRefuse((yield* Crypto).aeadOpen(key, nonce, associatedData, ciphertext), suite["aead-opens"]) }
  }),
  "primitives.hpke-seal": Effect.fnUntraced(function* (params) {
    yield* ofLength(32, params.recipientPublicKey, params.ephemeralSecretKey)
    return yield* orRefuse(sealBase(yield* Crypto, params), suite["x25519-zero"])
  }),
  "primitives.hpke-open": Effect.fnUntraced(function* (params) {
    yield* ofLength(32, params.recipientSecretKey, params.encapsulatedKey)
    return { plaintext: yield* orRefuse(openBase(yield* Crypto, params), suite["hpke-opens"]) }
  }),
  "primitives.draw": Effect.fnUntraced(function* ({ seed, label, length }) {
    yield* ofLength(32, seed)
    if (length > 255 * 32) return yield* refuse(suite["hkdf-length"], `${length} bytes`)
    return { bytes: labelledDraw(yield* Crypto, seed, label, length) }
  }),
} satisfies Partial<Methods>

const ratchet = {
  "ratchet.member-secret": Effect.fnUntraced(function* ({ seed, group, sender, seq, member }) {
    return { secret: yield* Ratchet.memberSecret(seed, group, { sender, seq }, member) }
  }),
  "ratchet.update": Effect.fnUntraced(function* ({ state, input, group, member }) {
    return yield* Ratchet.updateRatchet(state, input, group, member)
  }),
} satisfies Partial<Methods>

const historyOf = Effect.fnUntraced(function* (operations: Params<"membership.members">["operations"]) {
  let history = Membership.emptyHistory
  for (const operation of operations) history = yield* Membership.append(history, operation)
  return history
})

const viewAsOf = Effect.fnUntraced(function* ({ operations, member, seq }: Params<"membership.view">) {
  let history = Membership.emptyHistory
  let view: ReadonlyArray<string> = []
  for (const operation of operations) {
    history = yield* Membership.append(history, operation)
    const isAsOf = operation.sender === member && operation.seq <= seq
    if (isAsOf) view = Membership.viewOf(history, member)
  }
  return { members: view }
})

const membership = {
  "membership.members": ({ operations }) => Effect.map(historyOf(operations), (history) => ({ members: Membership.members(history) })),
  "membership.view": viewAsOf,
  "membership.kept": ({ operations }) =>
    Effect.map(historyOf(operations), ({ entries, senders }) => ({
      unknown: entries.map(({ unknown }) => unknown),
      known: Object.fromEntries(Object.entries(senders).map(([sender, { knowledge }]) => [sender, knowledge])),
    })),
} satisfies Partial<Methods>

const broadcast = {
  "broadcast.digest": Effect.fnUntraced(function* ({ previous, acknowledged, item }) {
    yield* ofLength(32, previous, ...(acknowledged === null ? [] : [acknowledged]))
    return { digest: yield* digestOf(previous, acknowledged, yield* decodeMessage(Item, item)) }
  }),
} satisfies Partial<Methods>

/** All of them. */
export const stateless = { ...encoding, ...primitives, ...ratchet, ...membership, ...broadcast }
