/**
 * Two-party messaging (2SM): chapter "two-party-messaging".
 *
 * @module
 */
import { Effect } from "effect"
import { encodeCbor } from "../../spec/conventions/cbor.ts"
import { decodeWire, encodeWire, type ValueOf } from "../../spec/conventions/encoding.ts"
import { labels } from "../../spec/conventions/labels.ts"
import { refuse, Waiting } from "../../spec/conventions/verdicts.ts"
import type { KeyStore } from "../../spec/dcgka/key-bundles.ts"
import {
  type Channel,
  ChannelMessage,
  ChannelPlaintext,
  clauses,
  maximumPayload,
  type PeerKey,
} from "../../spec/dcgka/two-party-messaging.ts"
import { bytesOf, decodeMessage } from "../conventions.ts"
import { Crypto } from "../crypto/crypto.ts"
import { openBase, sealBase } from "../crypto/hpke.ts"
import { Randomness } from "../crypto/randomness.ts"
import { hasSmallOrder } from "../crypto/small-order.ts"
import { trace } from "../crypto/trace.ts"
import { type Contacts, contactOf, initiate, respond, type Sealing, take } from "./key-bundles.ts"

/** A user's own keys and what it knows of others: what a channel needs beside its own state. */
export interface Keyring {
  readonly keys: KeyStore
  readonly contacts: Contacts
}

/** A new channel of `me` with `peer`, in `group`. */
export const open = (group: string, me: string, peer: string, peerUser: string): Channel => ({
  // channel.open.1
  group,
  me,
  peer,
  peerUser,
  ownKeys: [],
  nextIndex: 1,
  receivedKey: null,
  peerIndex: 0,
  peerKey: null,
})

const sealing = (channel: Channel, sender: string, recipient: string, kind: number, index: number, outer: Uint8Array): Sealing => {
  const direction = [labels.channel, bytesOf(channel.group), bytesOf(sender), bytesOf(recipient)]
  return { context: encodeCbor(direction), associatedData: encodeCbor([...direction, kind, index, outer]) }
}

const sealFirstContact = Effect.fnUntraced(function* (
  channel: Channel,
  keyring: Keyring,
  ephemeralSecretKey: Uint8Array,
  outer: Uint8Array,
  plaintext: Uint8Array,
) {
  const { contacts, bundle } = yield* take(keyring.contacts, channel.peerUser)
  const context = sealing(channel, channel.me, channel.peer, 0, 0, outer)
  const { ephemeralKey, ciphertext } = yield* initiate(keyring.keys, bundle, ephemeralSecretKey, context, plaintext)
  const { signedPrekeyId, oneTimePrekeyId } = bundle
  const message: ChannelMessage = {
    type: "first-contact",
    user: keyring.keys.user,
    ephemeralKey,
    signedPrekeyId,
    oneTimePrekeyId,
    ciphertext,
  }
  return { message, contacts }
})

const sealToKey = Effect.fnUntraced(function* (
  channel: Channel,
  peerKey: ValueOf<typeof PeerKey>,
  ephemeralSecretKey: Uint8Array,
  outer: Uint8Array,
  plaintext: Uint8Array,
) {
  const kind = peerKey.madeByPeer === 1 ? 1 : 2
  const { context, associatedData } = sealing(channel, channel.me, channel.peer, kind, peerKey.index, outer)
  const recipient = { recipientPublicKey: peerKey.publicKey, ephemeralSecretKey, info: context, associatedData, plaintext }
  // The key is our own, or was found not to be of small order when it was received.
  const sealed = sealBase(yield* Crypto, recipient)!
  const message: ChannelMessage =
    kind === 1 ? { type: "to-recipient-key", index: peerKey.index, ...sealed } : { type: "to-sender-key", ...sealed }
  return message
})

/**
 * Sends `payload`, bound to `outer`. `mark` is the number of the message in the layer above.
 *
 * Verdicts: waiting for a bundle, when this is the first contact and there is none; refused, when the payload is too long.
 */
export const send = Effect.fnUntraced(function* (channel: Channel, keyring: Keyring, payload: Uint8Array, outer: Uint8Array, mark = 0) {
  const crypto = yield* Crypto
  const { draw } = yield* Randomness
  // channel.send.1
  if (payload.length > maximumPayload) return yield* refuse(clauses["payload-length"], `${payload.length} bytes`)
  const index = channel.nextIndex
  const label = `channel/${channel.me}/${channel.peer}/${index}`
  // channel.send.2
  const secretKey = draw(`${label}/own`, 32)
  const secretKeyForPeer = draw(`${label}/peer`, 32)
  // channel.send.3
  const publicKey = crypto.x25519PublicKey(secretKey)
  const plaintext = encodeWire(ChannelPlaintext, { payload, secretKey: secretKeyForPeer, index, publicKey })
  yield* trace("channel.plaintext", plaintext)
  // channel.send.4
  const ephemeralSecretKey = draw(`${label}/ephemeral`, 32)
  const sealed =
    channel.peerKey === null
      ? // channel.send.5
        yield* sealFirstContact(channel, keyring, ephemeralSecretKey, outer, plaintext)
      : // channel.send.6
        {
          message: yield* sealToKey(channel, channel.peerKey, ephemeralSecretKey, outer, plaintext),
          contacts: keyring.contacts,
        }
  // channel.send.7
  const next: Channel = {
    ...channel,
    ownKeys: [...channel.ownKeys, { index, mark, secretKey }],
    nextIndex: index + 1,
    peerKey: { madeByPeer: 0, index: 0, publicKey: crypto.x25519PublicKey(secretKeyForPeer) },
  }
  const after: Keyring = { keys: keyring.keys, contacts: sealed.contacts }
  return { channel: next, keyring: after, message: encodeWire(ChannelMessage, sealed.message) }
})

/** The channel when the peer has processed all our messages up to `mark`: it seals to the key of the last of them, or to a later one. */
export const processed = (channel: Channel, mark: number): Channel => {
  // channel.processed.1
  const last = channel.ownKeys.findLast((key) => key.mark <= mark)?.index ?? 0
  return { ...channel, ownKeys: channel.ownKeys.filter(({ index }) => index >= last) }
}

const openFirstContact = Effect.fnUntraced(function* (
  channel: Channel,
  keyring: Keyring,
  message: Extract<ChannelMessage, { type: "first-contact" }>,
  outer: Uint8Array,
) {
  // channel.receive.2
  if (channel.peerIndex > 0) return yield* refuse(clauses["first-contact-once"], `from ${channel.peer}`)
  // channel.receive.3
  if (message.user !== channel.peerUser) return yield* refuse(clauses["peer-user"], `${message.user} is not ${channel.peerUser}`)
  // channel.receive.4
  const contact = contactOf(keyring.contacts, channel.peerUser)
  if (contact === undefined) return yield* new Waiting({ missing: [{ bundle: channel.peerUser }] })
  const context = sealing(channel, channel.peer, channel.me, 0, 0, outer)
  const { keys, plaintext } = yield* respond(keyring.keys, contact.agreementKey, message, context)
  return { plaintext, keyring: { ...keyring, keys } }
})

const openWithKey = Effect.fnUntraced(function* (
  channel: Channel,
  message: Exclude<ChannelMessage, { type: "first-contact" }>,
  outer: Uint8Array,
) {
  const [kind, index] = message.type === "to-recipient-key" ? [1, message.index] : [2, 0]
  // channel.receive.5
  // channel.receive.6
  const secretKey = kind === 1 ? channel.ownKeys.find((key) => key.index === index)?.secretKey : channel.receivedKey
  if (secretKey === undefined || secretKey === null) return yield* refuse(clauses["key-held"], `kind ${kind}, index ${index}`)
  const { context, associatedData } = sealing(channel, channel.peer, channel.me, kind, index, outer)
  const { encapsulatedKey, ciphertext } = message
  const opening = { recipientSecretKey: secretKey, encapsulatedKey, info: context, associatedData, ciphertext }
  const plaintext = openBase(yield* Crypto, opening)
  if (plaintext === undefined) return yield* refuse(clauses.opens, `kind ${kind}, index ${index}`)
  return plaintext
})

/**
 * Receives what the peer sent, bound to `outer`, and gives its payload.
 *
 * Verdicts: those of the steps channel.receive.
 */
export const receive = Effect.fnUntraced(function* (channel: Channel, keyring: Keyring, bytes: Uint8Array, outer: Uint8Array) {
  // channel.receive.1
  const message = yield* decodeMessage(ChannelMessage, bytes)
  const opened =
    message.type === "first-contact"
      ? yield* openFirstContact(channel, keyring, message, outer)
      : { plaintext: yield* openWithKey(channel, message, outer), keyring }
  yield* trace("channel.plaintext", opened.plaintext)
  // channel.receive.7
  const decoded = decodeWire(ChannelPlaintext, opened.plaintext)
  if (decoded._tag === "Failure") return yield* refuse(clauses.plaintext, decoded.failure.where)
  const { payload, secretKey, index, publicKey } = decoded.success
  // channel.receive.8
  if (index <= channel.peerIndex) return yield* refuse(clauses["index-rises"], `${index} after ${channel.peerIndex}`)
  // channel.receive.9
  if (hasSmallOrder(publicKey)) return yield* refuse(clauses["peer-key-zero"], "the peer's new key is of small order")
  // channel.receive.10
  const used = message.type === "to-recipient-key" ? message.index : -1
  const ownKeys = channel.ownKeys.filter((key) => key.index > used)
  // channel.receive.11
  const next: Channel = {
    ...channel,
    ownKeys,
    receivedKey: secretKey,
    peerIndex: index,
    peerKey: { madeByPeer: 1, index, publicKey },
  }
  return { channel: next, keyring: opened.keyring, payload }
})
