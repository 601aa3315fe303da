/**
 * Signature key exchange: chapter "aske".
 *
 * @module
 */
import { concatBytes } from "@noble/hashes/utils.js"
import { Effect } from "effect"
import { refuse } from "../../spec/conventions/verdicts.ts"
import { authenticatorContext, clauses, type Exchange } from "../../spec/mpenc/aske.ts"
import { compareNames } from "../../spec/mpenc/records.ts"
import { Crypto } from "../crypto/crypto.ts"
import { trace } from "../crypto/trace.ts"

const utf8 = new TextEncoder()

/** The exchange that complete lists make, with its session id. */
export const complete = Effect.fnUntraced(function* (
  members: ReadonlyArray<string>,
  nonces: ReadonlyArray<Uint8Array>,
  publicKeys: ReadonlyArray<Uint8Array>,
) {
  const crypto = yield* Crypto
  const areComplete = nonces.length === members.length && publicKeys.length === members.length
  // aske.complete.1
  if (new Set(members).size !== members.length || !areComplete) return yield* refuse(clauses.members, `${members.length} members`)
  // aske.complete.2
  const sorted = members.map((member, index) => ({ member, nonce: nonces[index]! })).sort((a, b) => compareNames(a.member, b.member))
  const names = sorted.map(({ member }) => utf8.encode(member))
  const sessionId = crypto.sha256(concatBytes(...names, ...sorted.map(({ nonce }) => nonce)))
  yield* trace("aske.session-id", sessionId)
  const exchange: Exchange = { members, nonces, publicKeys, sessionId }
  return exchange
})

/** What a member signs the hash of. */
export const authenticator = Effect.fnUntraced(function* (exchange: Exchange, member: string) {
  const index = exchange.members.indexOf(member)
  // aske.authenticator.1
  if (index < 0) return yield* refuse(clauses.member, member)
  // aske.authenticator.2
  const parts = [utf8.encode(authenticatorContext), utf8.encode(member), exchange.publicKeys[index]!, exchange.nonces[index]!]
  const message = concatBytes(...parts, exchange.sessionId)
  yield* trace("aske.authenticator", message)
  return message
})

/** Our acknowledgement: 64 bytes. */
export const acknowledge = Effect.fnUntraced(function* (exchange: Exchange, me: string, identitySecretKey: Uint8Array) {
  const crypto = yield* Crypto
  // aske.acknowledge.1
  const message = yield* authenticator(exchange, me)
  return crypto.ed25519Sign(identitySecretKey, crypto.sha256(message))
})

/** Refuses what is not the acknowledgement of a member with this identity key. */
export const verify = Effect.fnUntraced(function* (exchange: Exchange, member: string, identityKey: Uint8Array, signature: Uint8Array) {
  const crypto = yield* Crypto
  // aske.verify.1
  const message = yield* authenticator(exchange, member)
  const isValid = crypto.ed25519Verify(identityKey, crypto.sha256(message), signature)
  if (!isValid) return yield* refuse(clauses.acknowledgement, `of ${member}`)
})
