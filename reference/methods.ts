/**
 * The reference behind the methods by which it is tested: from JSON to a verdict in JSON. Generating vectors and the reference peer both use it.
 *
 * @module
 */
import { Effect, Layer, Result, Schema } from "effect"
import { Hex } from "effect/encoding"
import { encodeWire, type Wire } from "../spec/conventions/encoding.ts"
import { clauses as suite } from "../spec/conventions/suite.ts"
import { type NotAccepted, refuse } from "../spec/conventions/verdicts.ts"
import { ControlMessage, Welcome } from "../spec/dcgka/key-agreement.ts"
import { KeyBundle } from "../spec/dcgka/key-bundles.ts"
import { type MethodName, methods } from "../spec/dcgka/methods.ts"
import { Channel, ChannelMessage, ChannelPlaintext } from "../spec/dcgka/two-party-messaging.ts"
import { decodeMessage, memberIdOf } from "./conventions.ts"
import { Crypto, type Primitives } from "./crypto/crypto.ts"
import { openBase, sealBase } from "./crypto/hpke.ts"
import { injected, labelledDraw, type Randomness } from "./crypto/randomness.ts"
import { Trace } from "./crypto/trace.ts"
import * as Membership from "./dcgka/group-membership.ts"
import * as KeyAgreement from "./dcgka/key-agreement.ts"
import * as KeyBundles from "./dcgka/key-bundles.ts"
import * as Ratchet from "./dcgka/ratchet.ts"
import * as Channels from "./dcgka/two-party-messaging.ts"

/** A verdict as it goes over the wire. */
export type WireVerdict =
  | { readonly verdict: "accepted"; readonly output: unknown; readonly trace?: ReadonlyArray<{ name: string; value: string }> }
  | { readonly verdict: "refused"; readonly clause: string; readonly detail: string }
  | { readonly verdict: "malformed"; readonly clause: string; readonly where: string }
  | { readonly verdict: "waiting"; readonly missing: ReadonlyArray<unknown> }
  | { readonly verdict: "ignored"; readonly reason: string }

/** A call that is no call of a method: a wrong parameter, or a handle that does not exist. */
export class BrokenCall extends Error {}

interface Handle {
  readonly seed: Uint8Array
  state: KeyAgreement.State
  channel: Channel | null
}

type Params<M extends MethodName> = (typeof methods)[M]["params"]["Type"]
type Output<M extends MethodName> = (typeof methods)[M]["output"]["Type"]
type Step<A> = Effect.Effect<A, NotAccepted, Crypto | Randomness>
type Implementation = { readonly [M in MethodName]: (params: Params<M>) => Step<Output<M>> }

const wireTypes: Readonly<Record<string, Wire<any>>> = {
  "key-bundle": KeyBundle,
  "channel-message": ChannelMessage,
  "channel-plaintext": ChannelPlaintext,
  "control-message": ControlMessage,
  welcome: Welcome,
}

const anySeed = new Uint8Array(32)

const ofLength = (length: number, ...values: ReadonlyArray<Uint8Array>) =>
  values.every((value) => value.length === length) ? Effect.void : Effect.fail(refuse(suite.length, `${length} bytes expected`))

const orRefuse = <A>(value: A | undefined, clause: (typeof suite)[keyof typeof suite]) =>
  value === undefined ? Effect.fail(refuse(clause, "the primitive refuses")) : Effect.succeed(value)

const encoding = {
  "encoding.decode": Effect.fnUntraced(function* ({ type, bytes }) {
    const wire = wireTypes[type]!
    return { value: Schema.encodeSync(wire.json)(yield* decodeMessage(wire, bytes)) as Schema.Json }
  }),
  "encoding.encode": ({ type, value }) =>
    Effect.sync(() => {
      const wire = wireTypes[type]!
      const decoded = Schema.decodeUnknownResult(wire.json, { onExcessProperty: "error" })(value)
      if (Result.isFailure(decoded)) throw new BrokenCall(`value is no ${type}`)
      return { bytes: encodeWire(wire, decoded.success) }
    }),
  "identifiers.member": ({ group, user, adder, seq }) => Effect.map(memberIdOf(group, user, adder, seq), (member) => ({ member })),
} satisfies Partial<Implementation>

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
} satisfies Partial<Implementation>

const ratchet = {
  "ratchet.member-secret": Effect.fnUntraced(function* ({ seed, group, sender, seq, member }) {
    yield* ofLength(32, seed)
    return { secret: yield* Ratchet.memberSecret(seed, group, { sender, seq }, member) }
  }),
  "ratchet.update": Effect.fnUntraced(function* ({ state, input, group, member }) {
    yield* ofLength(32, state)
    return yield* Ratchet.updateRatchet(state, input, group, member)
  }),
} satisfies Partial<Implementation>

const historyOf = Effect.fnUntraced(function* (operations: Params<"membership.members">["operations"]) {
  let history: Membership.History = []
  for (const operation of operations) history = yield* Membership.append(history, operation)
  return history
})

const membership = {
  "membership.members": ({ operations }) => Effect.map(historyOf(operations), (history) => ({ members: Membership.members(history) })),
  "membership.view": ({ operations, member, seq }) =>
    Effect.map(historyOf(operations), (history) => ({ members: Membership.memberView(history, member, seq) })),
} satisfies Partial<Implementation>

/** The methods on handles, over the handles of one session. */
const onHandles = (handles: Map<string, Handle>) => {
  const handleOf = (name: string): Handle => {
    const handle = handles.get(name)
    if (handle === undefined) throw new BrokenCall(`no handle ${name}`)
    return handle
  }
  const setKeys = (handle: Handle, keys: KeyAgreement.State["keys"]) => {
    handle.state = { ...handle.state, keys }
  }
  const channelOf = (handle: Handle): Channel => {
    if (handle.channel === null) throw new BrokenCall("no channel is open")
    return handle.channel
  }
  const operate = (
    on: string,
    operation: (
      state: KeyAgreement.State,
    ) => Step<{ state: KeyAgreement.State; outgoing: KeyAgreement.Outgoing; updateSecret: Uint8Array }>,
  ) =>
    Effect.suspend(() => {
      const handle = handleOf(on)
      return Effect.map(operation(handle.state), ({ state, outgoing, updateSecret }) => {
        handle.state = state
        return { ...outgoing, updateSecret }
      })
    })
  return {
    "keys.generate": Effect.fnUntraced(function* ({ on, user, seed }) {
      yield* ofLength(32, seed)
      const crypto = yield* Crypto
      const keys = yield* KeyBundles.generate(user)
      handles.set(on, { seed, state: KeyAgreement.initial(keys), channel: null })
      return { signingKey: crypto.ed25519PublicKey(keys.signingSecretKey), agreementKey: crypto.x25519PublicKey(keys.agreementSecretKey) }
    }),
    "keys.rotate": Effect.fnUntraced(function* ({ on, expires }) {
      const handle = handleOf(on)
      setKeys(handle, yield* KeyBundles.rotate(handle.state.keys, expires))
      return {}
    }),
    "keys.publish": Effect.fnUntraced(function* ({ on }) {
      const handle = handleOf(on)
      const { keys, bundle } = yield* KeyBundles.publish(handle.state.keys)
      setKeys(handle, keys)
      return { bundle }
    }),
    "keys.verify": ({ bundle, now }) => Effect.map(KeyBundles.verify(bundle, now), ({ user }) => ({ user })),
    "keys.learn": Effect.fnUntraced(function* ({ on, bundle, now }) {
      const handle = handleOf(on)
      const { keys, contacts } = handle.state
      handle.state = { ...handle.state, contacts: yield* KeyBundles.learn(keys.user, contacts, bundle, now) }
      return {}
    }),
    "keys.retire": ({ on, now }) =>
      Effect.sync(() => {
        const handle = handleOf(on)
        const { keys, contacts } = handle.state
        handle.state = { ...handle.state, keys: KeyBundles.retire(keys, now), contacts: KeyBundles.retireBundles(contacts, now) }
        return {}
      }),
    "first-contact.initiate": Effect.fnUntraced(function* ({ on, user, ephemeralSecretKey, context, associatedData, plaintext }) {
      yield* ofLength(32, ephemeralSecretKey)
      const handle = handleOf(on)
      const { contacts, bundle } = yield* KeyBundles.take(handle.state.contacts, user)
      const { signedPrekeyId, oneTimePrekeyId } = bundle
      const sealing = { context, associatedData }
      const sealed = yield* KeyBundles.initiate(handle.state.keys, bundle, ephemeralSecretKey, sealing, plaintext)
      handle.state = { ...handle.state, contacts }
      return { ...sealed, signedPrekeyId, oneTimePrekeyId }
    }),
    "first-contact.respond": Effect.fnUntraced(function* ({ on, agreementKey, context, associatedData, ...header }) {
      yield* ofLength(32, agreementKey, header.ephemeralKey)
      const handle = handleOf(on)
      const { keys, plaintext } = yield* KeyBundles.respond(handle.state.keys, agreementKey, header, { context, associatedData })
      setKeys(handle, keys)
      return { plaintext }
    }),
    "channel.open": ({ on, group, me, peer, peerUser }) =>
      Effect.sync(() => {
        handleOf(on).channel = Channels.open(group, me, peer, peerUser)
        return {}
      }),
    "channel.send": Effect.fnUntraced(function* ({ on, payload, outer }) {
      const handle = handleOf(on)
      const { channel, keyring, message } = yield* Channels.send(channelOf(handle), handle.state, payload, outer)
      handle.channel = channel
      handle.state = { ...handle.state, ...keyring }
      return { message }
    }),
    "channel.receive": Effect.fnUntraced(function* ({ on, message, outer }) {
      const handle = handleOf(on)
      const { channel, keyring, payload } = yield* Channels.receive(channelOf(handle), handle.state, message, outer)
      handle.channel = channel
      handle.state = { ...handle.state, keys: keyring.keys }
      return { payload }
    }),
    "group.create": ({ on, users }) => operate(on, (state) => KeyAgreement.create(state, users)),
    "group.update": ({ on }) => operate(on, (state) => KeyAgreement.update(state)),
    "group.remove": ({ on, member }) => operate(on, (state) => KeyAgreement.remove(state, member)),
    "group.add": ({ on, user }) => operate(on, (state) => KeyAgreement.add(state, user)),
    "group.process": Effect.fnUntraced(function* ({ on, control, direct }) {
      const handle = handleOf(on)
      const { state, response, senderSecret, ownSecret } = yield* KeyAgreement.process(handle.state, control, direct)
      handle.state = state
      const removed = state.removed === 1
      return { response: response ?? null, senderSecret: senderSecret ?? null, ownSecret: ownSecret ?? null, removed }
    }),
    "group.members": ({ on }) =>
      Effect.sync(() => {
        const { state } = handleOf(on)
        return { members: KeyAgreement.ourView(state).map((member) => ({ member, user: state.users[member]! })) }
      }),
  } satisfies Partial<Implementation>
}

const toWire = (verdict: NotAccepted): WireVerdict => {
  switch (verdict._tag) {
    case "Refused":
      return { verdict: "refused", clause: verdict.clause, detail: verdict.detail }
    case "Malformed":
      return { verdict: "malformed", clause: verdict.clause, where: verdict.where }
    case "Waiting":
      return { verdict: "waiting", missing: verdict.missing }
    case "Ignored":
      return { verdict: "ignored", reason: verdict.reason }
  }
}

const fingerprint = (handle: Handle, sha256: Primitives["sha256"]): string => {
  const channel = handle.channel === null ? new Uint8Array() : encodeWire(Channel, handle.channel)
  return Hex.encode(sha256(Uint8Array.from([...sha256(encodeWire(KeyAgreement.State, handle.state)), ...sha256(channel)])))
}

/** A session of a peer: its handles, and calls on them. Throws `BrokenCall` for what is no call of a method. */
export interface Session {
  readonly call: (name: string, params: unknown) => WireVerdict
  readonly reset: () => void
  readonly fingerprint: (on: string) => WireVerdict
}

/** A new session with these primitives. */
export const session = (provider: Primitives): Session => {
  const handles = new Map<string, Handle>()
  const implementation: Implementation = { ...encoding, ...primitives, ...ratchet, ...membership, ...onHandles(handles) }
  const crypto = Layer.succeed(Crypto, provider)
  return {
    reset: () => handles.clear(),
    fingerprint: (on) => {
      const handle = handles.get(on)
      if (handle === undefined) return { verdict: "refused", clause: "methods.handle", detail: `no handle ${on}` }
      return { verdict: "accepted", output: { fingerprint: fingerprint(handle, provider.sha256) } }
    },
    call: (name, input) => {
      if (!Object.hasOwn(implementation, name)) throw new BrokenCall(`no method ${name}`)
      const { params, output } = methods[name as MethodName]
      const decoded = Schema.decodeUnknownResult(params as Schema.Codec<any>, { onExcessProperty: "error" })(input)
      if (Result.isFailure(decoded)) throw new BrokenCall(`wrong parameters of ${name}`)
      const seed: Uint8Array = decoded.success.seed ?? handles.get(decoded.success.on)?.seed ?? anySeed
      const trace: Array<{ name: string; value: string }> = []
      const step = (implementation[name as MethodName] as (params: unknown) => Step<unknown>)(decoded.success)
      const result = Effect.runSync(
        Effect.result(step).pipe(
          Effect.provideService(Trace, (label, value) => trace.push({ name: label, value: Hex.encode(value) })),
          Effect.provide(Layer.provideMerge(injected(seed), crypto)),
        ),
      )
      if (Result.isFailure(result)) return toWire(result.failure)
      const encoded = Schema.encodeUnknownSync(output as Schema.Codec<any>)(result.success)
      return { verdict: "accepted", output: encoded, ...(trace.length === 0 ? {} : { trace }) }
    },
  }
}
