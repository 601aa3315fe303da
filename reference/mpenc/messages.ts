/**
 * Messages: chapter "messages".
 *
 * @module
 */
import { concatBytes } from "@noble/hashes/utils.js"
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import { refuse } from "../../spec/conventions/verdicts.ts"
import type { Membership } from "../../spec/mpenc/greeting.ts"
import { type Body, type CipherParameters, clauses, contexts, type ReadingKeys } from "../../spec/mpenc/messages.ts"
import type { DataPacket, ErrorPacket } from "../../spec/mpenc/records.ts"
import { Crypto } from "../crypto/crypto.ts"
import { trace } from "../crypto/trace.ts"
import { aesCtr } from "./messages/cipher.ts"
import { decodeBody, encodeContent, splitContent } from "./messages/content.ts"
import { decodePacket, encodePacket, signedPart } from "./records.ts"

const ascii = new TextEncoder()

/** What a membership has for its messages. */
export const readingKeysOf = ({ agreement, exchange }: Membership): ReadingKeys => ({
  members: exchange.members,
  publicKeys: exchange.publicKeys,
  sessionId: exchange.sessionId,
  groupKey: agreement.groupKey!,
})

/** The subsession hash, whose first byte is the hint. 32 bytes. */
export const subsessionHash = Effect.fnUntraced(function* ({ sessionId, groupKey }: Pick<ReadingKeys, "sessionId" | "groupKey">) {
  const crypto = yield* Crypto
  return crypto.sha256(concatBytes(sessionId, groupKey))
})

/** The cipher, under the cipher key, which is the first bytes of `source`. Encrypting and decrypting are the same. */
export const applyCipher = (
  source: Uint8Array,
  { cipherKeyBytes }: Pick<CipherParameters, "cipherKeyBytes">,
  iv: Uint8Array,
  data: Uint8Array,
): Uint8Array => aesCtr(source.subarray(0, cipherKeyBytes), iv, data)

/** What the signature of a message covers, with the subsession hash and the signed part. */
export const signedBytes = (hash: Uint8Array, signed: Uint8Array): Uint8Array => concatBytes(ascii.encode(contexts.data), hash, signed)

/** The identifier of a message: 20 bytes in hex. */
export const identify = Effect.fnUntraced(function* (signature: Uint8Array, signed: Uint8Array) {
  const crypto = yield* Crypto
  return Hex.encode(crypto.sha256(concatBytes(signature, signed)).subarray(0, 20))
})

/** The identifier of the message that a packet is. */
export const messageId = Effect.fnUntraced(function* (packet: DataPacket) {
  return yield* identify(packet.signature, yield* signedPart(packet))
})

/**
 * Seals a message in a subsession. The IV has 12 bytes that were never used with the group key. Gives the packet's text and the message's identifier.
 *
 * Verdicts: refused, by messages.parents, messages.body and messages.size.
 */
export const seal = Effect.fnUntraced(function* (
  keys: ReadingKeys,
  ephemeralSecretKey: Uint8Array,
  parents: ReadonlyArray<string>,
  body: Body,
  iv: Uint8Array,
  parameters: CipherParameters,
) {
  const crypto = yield* Crypto
  const plaintext = yield* encodeContent({ parents, body }, parameters.padding)
  // messages.seal.4
  const payload = applyCipher(keys.groupKey, parameters, iv, plaintext)
  const hash = yield* subsessionHash(keys)
  // messages.seal.5
  const unsigned: DataPacket = { type: "data", hint: hash.slice(0, 1), signature: new Uint8Array(64), iv, payload }
  const signed = signedBytes(hash, yield* signedPart(unsigned))
  yield* trace("messages.signed", signed)
  const signature = crypto.ed25519Sign(ephemeralSecretKey, signed)
  const packet: DataPacket = { ...unsigned, signature }
  return { text: yield* encodePacket(packet), id: yield* messageId(packet) }
})

/** Who may have written in a subsession, and its hash. */
export type VerifyingKeys = Pick<ReadingKeys, "members" | "publicKeys"> & { readonly hash: Uint8Array }

/** Refuses a packet that is not of the author in the subsession. */
export const checkAuthor = Effect.fnUntraced(function* (
  { members, publicKeys, hash }: VerifyingKeys,
  author: string,
  { hint, signature }: Pick<DataPacket, "hint" | "signature">,
  signed: Uint8Array,
) {
  const crypto = yield* Crypto
  // messages.open.2
  if (hint[0] !== hash[0]) return yield* refuse(clauses.hint, `${hint[0]}`)
  // messages.open.3
  const key = publicKeys[members.indexOf(author)]
  if (key === undefined) return yield* refuse(clauses.author, author)
  // messages.open.4
  const bytes = signedBytes(hash, signed)
  yield* trace("messages.signed", bytes)
  const isValid = crypto.ed25519Verify(key, bytes, signature)
  if (!isValid) return yield* refuse(clauses.signature, `of ${author}`)
})

/** Decrypts the packet that came from a sender, up to the value of its MESSAGE_BODY. Verdicts: those of the steps 1 to 8 of messages.open. */
export const decrypt = Effect.fnUntraced(function* (keys: ReadingKeys, sender: string, text: string, parameters: CipherParameters) {
  // messages.open.1
  const packet = yield* decodePacket(text)
  if (packet.type !== "data") return yield* refuse(clauses.kind, packet.type)
  yield* checkAuthor({ ...keys, hash: yield* subsessionHash(keys) }, sender, packet, yield* signedPart(packet))
  const { parents, value } = yield* splitContent(applyCipher(keys.groupKey, parameters, packet.iv, packet.payload))
  return { id: yield* messageId(packet), parents, value }
})

/**
 * Opens the packet that came from a sender, in a subsession.
 *
 * Verdicts: those of the steps messages.open. A packet that is refused by messages.hint, messages.author or messages.signature does not belong to the subsession.
 */
export const open = Effect.fnUntraced(function* (keys: ReadingKeys, sender: string, text: string, parameters: CipherParameters) {
  const { id, parents, value } = yield* decrypt(keys, sender, text, parameters)
  const body = yield* decodeBody(value)
  // messages.open.10
  const readers = keys.members.filter((member) => member !== sender)
  return { id, author: sender, readers, parents, body }
})

const signedError = Effect.fnUntraced(function* (packet: ErrorPacket) {
  return concatBytes(ascii.encode(contexts.error), yield* signedPart(packet))
})

/** Signs an error. Gives its text. */
export const signError = Effect.fnUntraced(function* (packet: ErrorPacket, ephemeralSecretKey: Uint8Array) {
  const crypto = yield* Crypto
  // messages.sign-error.1
  return yield* encodePacket({ ...packet, signature: crypto.ed25519Sign(ephemeralSecretKey, yield* signedError(packet)) })
})

/** The error that a text is, when it is signed by this key. */
export const verifyError = Effect.fnUntraced(function* (text: string, publicKey: Uint8Array) {
  const crypto = yield* Crypto
  // messages.verify-error.1
  const packet = yield* decodePacket(text)
  if (packet.type !== "error") return yield* refuse(clauses.kind, packet.type)
  // messages.verify-error.2
  const isValid = packet.signature !== null && crypto.ed25519Verify(publicKey, yield* signedError(packet), packet.signature)
  if (!isValid) return yield* refuse(clauses.error, packet.source)
  return packet
})
