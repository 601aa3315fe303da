/**
 * Messages of a subsession, with its keys and the options of the session.
 *
 * @module
 */
import { Effect, Result } from "effect"
import type { Membership } from "../../../spec/mpenc/greeting.ts"
import { type Body, type CipherParameters, clauses } from "../../../spec/mpenc/messages.ts"
import type { Kind } from "../../../spec/mpenc/transcript.ts"
import * as Messages from "../messages.ts"
import { decodePacket } from "../records.ts"

/** The parameters of the cipher, in the options of a session. */
export interface CipherOptions {
  readonly cipherKeyBytes: 16 | 32
  readonly padding: number
}

const parametersOf = ({ cipherKeyBytes, padding }: CipherOptions): CipherParameters => ({ cipherKeyBytes, padding: padding === 1 })

/** Seals a message of our own. */
export const seal = (membership: Membership, options: CipherOptions, parents: ReadonlyArray<string>, body: Body, iv: Uint8Array) =>
  Messages.seal(Messages.readingKeysOf(membership), membership.ephemeralSecretKey, parents, body, iv, parametersOf(options))

const elsewhere: ReadonlyArray<string> = [clauses.kind.id, clauses.hint.id, clauses.author.id, clauses.signature.id]

/** Opens a message, which its author or somebody else has sent; null when it is not of this subsession. */
export const open = Effect.fnUntraced(function* (membership: Membership, options: CipherOptions, sender: string, text: string) {
  const keys = Messages.readingKeysOf(membership)
  for (const author of [sender, ...keys.members.filter((member) => member !== sender)]) {
    const opened = yield* Effect.result(Messages.open(keys, author, text, parametersOf(options)))
    if (Result.isSuccess(opened)) return opened.success
    const isElsewhere = opened.failure._tag === "Refused" && elsewhere.includes(opened.failure.clause)
    if (!isElsewhere) return yield* opened.failure
    if ("clause" in opened.failure && opened.failure.clause === clauses.hint.id) return null
  }
  return null
})

/** What the transcript calls a message with this body. */
export const kindOf = (body: Body): Kind => {
  if (body.type === "consistency") return body.close ? "fin" : "consistency"
  if (body.type === "acknowledgement") return "ack"
  return body.type === "order-acknowledgement" ? "order-ack" : body.type
}

/** The hint of a data packet. */
export const hintOf = Effect.fnUntraced(function* (packet: Uint8Array) {
  const decoded = yield* Effect.result(decodePacket(new TextDecoder().decode(packet)))
  return Result.isSuccess(decoded) && decoded.success.type === "data" ? decoded.success.hint[0]! : 0
})

/** The subsession hash. */
export const hashOf = (membership: Membership) => Messages.subsessionHash(Messages.readingKeysOf(membership))

/** The hint of a subsession. */
export const ownHint = (membership: Membership) => Effect.map(hashOf(membership), (hash) => hash[0]!)
