/**
 * Data packets of a session with the ratchet: chapter "extensions".
 *
 * @module
 */
import { concatBytes } from "@noble/hashes/utils.js"
import { Effect } from "effect"
import { malformed } from "../../../spec/conventions/verdicts.ts"
import { clauses, extensionRecords, type IndexedPacket, ratchetVersion } from "../../../spec/mpenc/extensions.ts"
import type { Body, CipherParameters } from "../../../spec/mpenc/messages.ts"
import { recordTypes } from "../../../spec/mpenc/records.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { decodeBody, encodeContent, splitContent } from "../messages/content.ts"
import { applyCipher, checkAuthor, identify, signedBytes, type VerifyingKeys } from "../messages.ts"
import { encodeRecords } from "../records/tlv.ts"
import { armoured } from "../records.ts"
import { hasTypes, isRecord, messageType, recordsOf } from "./packets.ts"

const { SIDKEY_HINT, MESSAGE_SIGNATURE, PROTOCOL_VERSION, MESSAGE_TYPE, MESSAGE_IV, MESSAGE_PAYLOAD } = recordTypes
const { MESSAGE_INDEX } = extensionRecords

const version = { type: PROTOCOL_VERSION.type, value: Uint8Array.of(ratchetVersion) }

const uint32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

const layout = [SIDKEY_HINT, MESSAGE_SIGNATURE, PROTOCOL_VERSION, MESSAGE_TYPE, MESSAGE_INDEX, MESSAGE_IV, MESSAGE_PAYLOAD]

/** The data packet with an index that a text is; null when it is something else. */
export const decodeIndexed = Effect.fnUntraced(function* (text: string) {
  const records = yield* recordsOf(text)
  const isData = records[0]?.type === SIDKEY_HINT.type && isRecord(records[2], version) && isRecord(records[3], messageType(3))
  // extensions.ratchet-open.1
  if (!isData || records[1]!.type !== MESSAGE_SIGNATURE.type) return null
  const types = layout.map(({ type }) => type)
  const lengths = records.map(({ value }) => value.length)
  // extensions.ratchet-open.2
  const isForm = hasTypes(records, types) && lengths.slice(0, -1).join() === "1,64,1,1,4,12"
  if (!isForm) return yield* malformed(clauses["data-form"], "data packet")
  const [hint, signature, , , index, iv, payload] = records.map(({ value }) => value)
  const packet: IndexedPacket = {
    hint: hint!,
    signature: signature!,
    index: new DataView(index!.buffer, index!.byteOffset).getUint32(0),
    iv: iv!,
    payload: payload!,
  }
  return packet
})

/** The signed part of a data packet with an index. */
const signedPart = ({ index, iv, payload }: Omit<IndexedPacket, "hint" | "signature">) =>
  encodeRecords([
    version,
    messageType(3),
    { type: MESSAGE_INDEX.type, value: uint32(index) },
    { type: MESSAGE_IV.type, value: iv },
    { type: MESSAGE_PAYLOAD.type, value: payload },
  ])

/**
 * Seals a message by a message key. Gives the packet's text and the message's identifier.
 *
 * Verdicts: refused, by messages.parents, messages.body and messages.size.
 */
export const sealIndexed = Effect.fnUntraced(function* (
  { hash, messageKey, index }: { readonly hash: Uint8Array; readonly messageKey: Uint8Array; readonly index: number },
  ephemeralSecretKey: Uint8Array,
  parents: ReadonlyArray<string>,
  body: Body,
  iv: Uint8Array,
  parameters: CipherParameters,
) {
  const { ed25519Sign } = yield* Crypto
  // extensions.ratchet-seal.2
  const payload = applyCipher(messageKey, parameters, iv, yield* encodeContent({ parents, body }, parameters.padding))
  const signed = yield* signedPart({ index, iv, payload })
  const signature = ed25519Sign(ephemeralSecretKey, signedBytes(hash, signed))
  const head = yield* encodeRecords([
    { type: SIDKEY_HINT.type, value: hash.slice(0, 1) },
    { type: MESSAGE_SIGNATURE.type, value: signature },
  ])
  return { text: armoured(concatBytes(head, signed)), id: yield* identify(signature, signed) }
})

/** The identifier of the message that a packet is, if `author` wrote it in the subsession. Verdicts: refused, by messages.hint, messages.author and messages.signature. */
export const verifyIndexed = Effect.fnUntraced(function* (keys: VerifyingKeys, author: string, packet: IndexedPacket) {
  const signed = yield* signedPart(packet)
  // extensions.ratchet-open.3
  yield* checkAuthor(keys, author, packet, signed)
  return yield* identify(packet.signature, signed)
})

/** What a packet says. Verdicts: those of the steps 5 to 9 of messages.open. */
export const readIndexed = Effect.fnUntraced(function* (
  messageKey: Uint8Array,
  { iv, payload }: IndexedPacket,
  parameters: Pick<CipherParameters, "cipherKeyBytes">,
) {
  const { parents, value } = yield* splitContent(applyCipher(messageKey, parameters, iv, payload))
  return { parents, body: yield* decodeBody(value) }
})
