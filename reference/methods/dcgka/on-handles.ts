/**
 * The methods on handles: key bundles, channel, key agreement.
 *
 * @module
 */
import { Effect } from "effect"
import type { Channel } from "../../../spec/dcgka/two-party-messaging.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as Broadcast from "../../dcgka/causal-broadcast.ts"
import * as KeyAgreement from "../../dcgka/key-agreement.ts"
import * as KeyBundles from "../../dcgka/key-bundles.ts"
import * as Channels from "../../dcgka/two-party-messaging.ts"
import { BrokenCall, handleIn, type Methods, ofLength, type Step } from "../call.ts"
import { broadcast } from "./broadcast.ts"
import type { Handle, Handles } from "./handles.ts"

const setKeys = (handle: Handle, keys: KeyAgreement.State["keys"]) => {
  handle.state = { ...handle.state, keys }
}

const channelOf = (handle: Handle): Channel => {
  if (handle.channel === null) throw new BrokenCall("no channel is open")
  return handle.channel
}

const keys = (handles: Handles) =>
  ({
    "keys.generate": Effect.fnUntraced(function* ({ on, user, seed }) {
      yield* ofLength(32, seed)
      const crypto = yield* Crypto
      const keys = yield* KeyBundles.generate(user)
      handles.set(on, { seed, state: KeyAgreement.initial(keys), channel: null, broadcast: Broadcast.notJoined })
      return { signingKey: crypto.ed25519PublicKey(keys.signingSecretKey), agreementKey: crypto.x25519PublicKey(keys.agreementSecretKey) }
    }),
    "keys.rotate": Effect.fnUntraced(function* ({ on, expires }) {
      const handle = handleIn(handles, on)
      setKeys(handle, yield* KeyBundles.rotate(handle.state.keys, expires))
      return {}
    }),
    "keys.publish": Effect.fnUntraced(function* ({ on }) {
      const handle = handleIn(handles, on)
      const { keys, bundle } = yield* KeyBundles.publish(handle.state.keys)
      setKeys(handle, keys)
      return { bundle }
    }),
    "keys.verify": ({ bundle, now }) => Effect.map(KeyBundles.verify(bundle, now), ({ user }) => ({ user })),
    "keys.learn": Effect.fnUntraced(function* ({ on, bundle, now }) {
      const handle = handleIn(handles, on)
      handle.state = { ...handle.state, contacts: yield* KeyBundles.learn(handle.state.contacts, bundle, now) }
      return {}
    }),
    "keys.retire": ({ on, now }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        const { keys, contacts } = handle.state
        handle.state = { ...handle.state, keys: KeyBundles.retire(keys, now), contacts: KeyBundles.retireBundles(contacts, now) }
        return {}
      }),
  }) satisfies Partial<Methods>

const firstContact = (handles: Handles) =>
  ({
    "first-contact.initiate": Effect.fnUntraced(function* ({ on, user, ephemeralSecretKey, context, associatedData, plaintext }) {
      yield* ofLength(32, ephemeralSecretKey)
      const handle = handleIn(handles, on)
      const { contacts, bundle } = yield* KeyBundles.take(handle.state.contacts, user)
      const { signedPrekeyId, oneTimePrekeyId } = bundle
      const sealing = { context, associatedData }
      const sealed = yield* KeyBundles.initiate(handle.state.keys, bundle, ephemeralSecretKey, sealing, plaintext)
      handle.state = { ...handle.state, contacts }
      return { ...sealed, signedPrekeyId, oneTimePrekeyId }
    }),
    "first-contact.respond": Effect.fnUntraced(function* ({ on, agreementKey, context, associatedData, ...header }) {
      yield* ofLength(32, agreementKey, header.ephemeralKey)
      const handle = handleIn(handles, on)
      const { keys, plaintext } = yield* KeyBundles.respond(handle.state.keys, agreementKey, header, { context, associatedData })
      setKeys(handle, keys)
      return { plaintext }
    }),
  }) satisfies Partial<Methods>

const channel = (handles: Handles) =>
  ({
    "channel.open": ({ on, group, me, peer, peerUser }) =>
      Effect.sync(() => {
        handleIn(handles, on).channel = Channels.open(group, me, peer, peerUser)
        return {}
      }),
    "channel.send": Effect.fnUntraced(function* ({ on, payload, outer }) {
      const handle = handleIn(handles, on)
      const { channel, keyring, message } = yield* Channels.send(channelOf(handle), handle.state, payload, outer)
      handle.channel = channel
      handle.state = { ...handle.state, ...keyring }
      return { message }
    }),
    "channel.receive": Effect.fnUntraced(function* ({ on, message, outer }) {
      const handle = handleIn(handles, on)
      const { channel, keyring, payload } = yield* Channels.receive(channelOf(handle), handle.state, message, outer)
      handle.channel = channel
      handle.state = { ...handle.state, keys: keyring.keys }
      return { payload }
    }),
  }) satisfies Partial<Methods>

type Operation = (
  state: KeyAgreement.State,
) => Step<{ state: KeyAgreement.State; outgoing: KeyAgreement.Outgoing; updateSecret: Uint8Array }>

const operate = (handle: Handle, operation: Operation) =>
  Effect.map(operation(handle.state), ({ state, outgoing, updateSecret }) => {
    handle.state = state
    return { ...outgoing, updateSecret }
  })

const group = (handles: Handles) =>
  ({
    "group.create": ({ on, users }) => operate(handleIn(handles, on), (state) => KeyAgreement.create(state, users)),
    "group.update": ({ on }) => operate(handleIn(handles, on), (state) => KeyAgreement.update(state)),
    "group.remove": ({ on, member }) => operate(handleIn(handles, on), (state) => KeyAgreement.remove(state, member)),
    "group.add": ({ on, user, attachment }) => operate(handleIn(handles, on), (state) => KeyAgreement.add(state, user, attachment)),
    "group.process": Effect.fnUntraced(function* ({ on, control, recipients, direct }) {
      const handle = handleIn(handles, on)
      const processed = yield* KeyAgreement.process(handle.state, control, { recipients: [...recipients].sort(), own: direct })
      const { state, response = null, rekey = null, senderSecret = null, ownSecret = null, attachment = null } = processed
      handle.state = state
      return { response, rekey, senderSecret, ownSecret, removed: state.removed === 1, attachment }
    }),
    "group.members": ({ on }) =>
      Effect.sync(() => {
        const { state } = handleIn(handles, on)
        return { members: KeyAgreement.ourView(state).map((member) => ({ member, user: state.users[member]! })) }
      }),
  }) satisfies Partial<Methods>

/** All of them, over the handles of one session. */
export const onHandles = (handles: Handles) => ({
  ...keys(handles),
  ...firstContact(handles),
  ...channel(handles),
  ...group(handles),
  ...broadcast(handles),
})
