/**
 * The packets of the chapter "extensions": aborts and published keys.
 *
 * @module
 */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect, Result } from "effect"
import { Base64, Hex } from "effect/encoding"
import { malformed } from "../../../spec/conventions/verdicts.ts"
import {
  type AbortReason,
  abortReasons,
  abortType,
  clauses,
  extensionLabels,
  extensionRecords,
  publishedKeyType,
} from "../../../spec/mpenc/extensions.ts"
import { greetingContext } from "../../../spec/mpenc/greeting.ts"
import { maximumText, protocolVersion, recordTypes } from "../../../spec/mpenc/records.ts"
import { bytesOf } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nameOf } from "../records/greeting.ts"
import { decodeRecords, encodeRecords, type TlvRecord } from "../records/tlv.ts"
import { armoured } from "../records.ts"

/** An abort, as it was sent. `signed` is what MESSAGE_SIGNATURE covers. */
export interface Abort {
  readonly type: "abort"
  readonly signature: Uint8Array
  readonly signed: Uint8Array
  readonly source: string
  readonly members: ReadonlyArray<string>
  readonly operation: string
  readonly reason: AbortReason
  readonly sessionSignature: Uint8Array
}

/** A published key. */
export interface PublishedKey {
  readonly type: "published-key"
  readonly source: string
  readonly secretKey: Uint8Array
  readonly hashes: ReadonlyArray<Uint8Array>
}

const { PROTOCOL_VERSION, MESSAGE_TYPE, MESSAGE_SIGNATURE, GREET_TYPE, SOURCE, DEST, MEMBER, SESSION_SIGNATURE } = recordTypes
const { PREV_PI, ABORT_REASON, SIGNING_KEY, SUBSESSION_HASH } = extensionRecords

const reasons = Object.keys(abortReasons) as ReadonlyArray<AbortReason>

const version = { type: PROTOCOL_VERSION.type, value: Uint8Array.of(protocolVersion) }

export const messageType = (type: number): TlvRecord => ({ type: MESSAGE_TYPE.type, value: Uint8Array.of(type) })

const ofName = ({ type }: { readonly type: number }, name: string): TlvRecord => ({ type, value: utf8ToBytes(name) })

const greetAbort: TlvRecord = { type: GREET_TYPE.type, value: Uint8Array.of(abortType >> 8, abortType & 0xff) }

/** The records in the armour of a text; none when it has no such armour, or is too long. */
export const recordsOf = Effect.fnUntraced(function* (text: string) {
  if (text.length > maximumText) return []
  const bytes = Base64.decode(text.slice("?mpENC:".length, -1))
  if (Result.isFailure(bytes) || armoured(bytes.success) !== text) return []
  const records = yield* Effect.result(decodeRecords(bytes.success))
  return Result.isSuccess(records) ? records.success : []
})

export const isRecord = (record: TlvRecord | undefined, { type, value }: TlvRecord): boolean =>
  record !== undefined && record.type === type && Hex.encode(record.value) === Hex.encode(value)

export const hasTypes = (records: ReadonlyArray<TlvRecord>, types: ReadonlyArray<number>): boolean =>
  records.length === types.length && types.every((type, index) => records[index]!.type === type)

const readAbort = Effect.fnUntraced(function* (records: ReadonlyArray<TlvRecord>) {
  const wrong = malformed(clauses["abort-form"], "abort")
  const members = records.slice(6, -3)
  const head = [MESSAGE_SIGNATURE, PROTOCOL_VERSION, MESSAGE_TYPE, GREET_TYPE, SOURCE, DEST].map(({ type }) => type)
  const types = [...head, ...members.map(() => MEMBER.type), PREV_PI.type, ABORT_REASON.type, SESSION_SIGNATURE.type]
  // extensions.receive-abort.1
  if (!hasTypes(records, types) || members.length === 0) return yield* wrong
  const [signature, sentVersion, , , source, destination] = records.map(({ value }) => value)
  const [operation, reason, sessionSignature] = records.slice(-3).map(({ value }) => value)
  const lengths = [signature!.length, operation!.length, reason!.length, sessionSignature!.length, destination!.length]
  const name = reasons.find((one) => abortReasons[one] === reason![0])
  const isWrong = lengths.join() !== "64,32,1,64,0" || name === undefined || !isRecord(version, { type: version.type, value: sentVersion! })
  if (isWrong) return yield* wrong
  const abort: Abort = {
    type: "abort",
    signature: signature!,
    signed: yield* encodeRecords(records.slice(1)),
    source: yield* nameOf(source!),
    members: yield* Effect.forEach(members, ({ value }) => nameOf(value)),
    operation: Hex.encode(operation!),
    reason: name,
    sessionSignature: sessionSignature!,
  }
  return abort
})

const readPublishedKey = Effect.fnUntraced(function* (records: ReadonlyArray<TlvRecord>) {
  const hashes = records.slice(4)
  const types = [PROTOCOL_VERSION, MESSAGE_TYPE, SOURCE, SIGNING_KEY].map(({ type }) => type)
  // extensions.receive-key.1
  const isForm = hasTypes(records, [...types, ...hashes.map(() => SUBSESSION_HASH.type)]) && isRecord(records[0], version)
  const areLong = isForm && records.slice(3).every(({ value }) => value.length === 32)
  if (!areLong) return yield* malformed(clauses["key-form"], "published key")
  const key: PublishedKey = {
    type: "published-key",
    source: yield* nameOf(records[2]!.value),
    secretKey: records[3]!.value,
    hashes: hashes.map(({ value }) => value),
  }
  return key
})

/** The abort or the published key that a text is; null when it is neither. */
export const decodeExtension = Effect.fnUntraced(function* (text: string) {
  const records = yield* recordsOf(text)
  if (isRecord(records[1], messageType(publishedKeyType))) return yield* readPublishedKey(records)
  const isAbort = isRecord(records[2], messageType(2)) && isRecord(records[3], greetAbort)
  return isAbort ? yield* readAbort(records) : null
})

const abortBytes = (source: string, operation: string, reason: AbortReason) =>
  concatBytes(utf8ToBytes(extensionLabels.abort), utf8ToBytes(source), bytesOf(operation), Uint8Array.of(abortReasons[reason]))

const greetingBytes = (signed: Uint8Array) => concatBytes(utf8ToBytes(greetingContext), signed)

/** The text of an abort of ours. */
export const encodeAbort = Effect.fnUntraced(function* (
  me: string,
  identitySecretKey: Uint8Array,
  members: ReadonlyArray<string>,
  operation: string,
  reason: AbortReason,
) {
  const { sha256, ed25519Sign } = yield* Crypto
  // extensions.send-abort.1
  const sessionSignature = ed25519Sign(identitySecretKey, sha256(abortBytes(me, operation, reason)))
  const signed = yield* encodeRecords([
    version,
    messageType(2),
    greetAbort,
    ofName(SOURCE, me),
    ofName(DEST, ""),
    ...members.map((member) => ofName(MEMBER, member)),
    { type: PREV_PI.type, value: bytesOf(operation) },
    { type: ABORT_REASON.type, value: Uint8Array.of(abortReasons[reason]) },
    { type: SESSION_SIGNATURE.type, value: sessionSignature },
  ])
  const signature = ed25519Sign(identitySecretKey, greetingBytes(signed))
  return armoured(concatBytes(yield* encodeRecords([{ type: MESSAGE_SIGNATURE.type, value: signature }]), signed))
})

/** Whether both signatures of an abort are by the identity key. */
export const isSignedBy = Effect.fnUntraced(function* (abort: Abort, identityKey: Uint8Array) {
  const { sha256, ed25519Verify } = yield* Crypto
  const digest = sha256(abortBytes(abort.source, abort.operation, abort.reason))
  return (
    ed25519Verify(identityKey, digest, abort.sessionSignature) && ed25519Verify(identityKey, greetingBytes(abort.signed), abort.signature)
  )
})

/** The text by which we publish our ephemeral secret key, with the subsession hashes it was used with. */
export const encodePublishedKey = Effect.fnUntraced(function* (me: string, secretKey: Uint8Array, hashes: ReadonlyArray<Uint8Array>) {
  const records = [
    version,
    messageType(publishedKeyType),
    ofName(SOURCE, me),
    { type: SIGNING_KEY.type, value: secretKey },
    ...hashes.map((value) => ({ type: SUBSESSION_HASH.type, value })),
  ]
  return armoured(yield* encodeRecords(records))
})
