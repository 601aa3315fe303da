/**
 * Messages of a subsession, with its keys and the options of the session.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { type IndexedPacket, ratchetVersion } from "../../../spec/mpenc/extensions.ts"
import type { Membership } from "../../../spec/mpenc/greeting.ts"
import { type Body, type CipherParameters, clauses } from "../../../spec/mpenc/messages.ts"
import { protocolVersion } from "../../../spec/mpenc/records.ts"
import type { Kind } from "../../../spec/mpenc/transcript.ts"
import { decodeIndexed, readIndexed, sealIndexed, verifyIndexed } from "../extensions/indexed.ts"
import * as Ratchet from "../extensions/ratchet.ts"
import * as Messages from "../messages.ts"
import { decodePacket } from "../records.ts"
import type { Options, Subsession } from "./state.ts"

/** The keys of a subsession. */
type Keyed = Pick<Subsession, "membership" | "ratchet">

const parametersOf = ({ cipherKeyBytes, padding }: Options): CipherParameters => ({ cipherKeyBytes, padding: padding === 1 })

/** The protocol version of the packets of a session with these options. */
export const versionOf = ({ ratchet }: Options): number => (ratchet === 1 ? ratchetVersion : protocolVersion)

/** The packet that a text is in a session with these options. */
export const decodeIn = Effect.fnUntraced(function* (options: Options, text: string) {
  const indexed = options.ratchet === 1 ? yield* decodeIndexed(text) : null
  return indexed === null ? yield* decodePacket(text, versionOf(options)) : { ...indexed, type: "data" as const }
})

/** The keys of a new subsession: its membership, or, with the ratchet, its chains and its hash in the place of the group key. */
export const keysOf = Effect.fnUntraced(function* (membership: Membership, options: Options) {
  const whole: Keyed = { membership, ratchet: null }
  if (options.ratchet === 0) return whole
  const { agreement } = membership
  const chains = yield* Ratchet.begin(agreement.groupKey!, agreement.members)
  const hash = yield* hashOf(whole)
  // extensions.ratchet-begin.2
  const ratcheted: Keyed = { membership: { ...membership, agreement: { ...agreement, groupKey: null } }, ratchet: { hash, chains } }
  return ratcheted
})

/** The subsession hash. */
export const hashOf = ({ membership, ratchet }: Keyed) =>
  ratchet === null ? Messages.subsessionHash(Messages.readingKeysOf(membership)) : Effect.succeed(ratchet.hash)

/** The hint of a subsession. */
export const ownHint = (subsession: Keyed) => Effect.map(hashOf(subsession), (hash) => hash[0]!)

/** Seals a message of our own, with the key that is next. Gives the ratchet after it, too. */
export const seal = Effect.fnUntraced(function* (
  { membership, ratchet }: Keyed,
  me: string,
  options: Options,
  parents: ReadonlyArray<string>,
  body: Body,
  iv: Uint8Array,
) {
  const { ephemeralSecretKey } = membership
  const parameters = parametersOf(options)
  if (ratchet === null) {
    const keys = Messages.readingKeysOf(membership)
    return { ratchet, ...(yield* Messages.seal(keys, ephemeralSecretKey, parents, body, iv, parameters)) }
  }
  const { index } = ratchet.chains.chains[me]!
  // extensions.ratchet-seal.1
  const { state, key } = yield* Ratchet.messageKey(ratchet.chains, me, index)
  const keys = { hash: ratchet.hash, messageKey: key, index }
  const sealed = yield* sealIndexed(keys, ephemeralSecretKey, parents, body, iv, parameters)
  return { ratchet: { ...ratchet, chains: Ratchet.forget(state, me, index) }, ...sealed }
})

/** A packet that its author has signed in a subsession: what it says, or the packet, when that takes a message key to read. */
export interface Signed {
  readonly id: string
  readonly author: string
  readonly content: { readonly parents: ReadonlyArray<string>; readonly body: Body } | null
  readonly indexed: IndexedPacket | null
}

const verified = Effect.fnUntraced(function* (subsession: Keyed, options: Options, author: string, text: string) {
  const { ratchet, membership } = subsession
  if (ratchet === null) {
    const { id, parents, body } = yield* Messages.open(Messages.readingKeysOf(membership), author, text, parametersOf(options))
    const signed: Signed = { id, author, content: { parents, body }, indexed: null }
    return signed
  }
  const indexed = (yield* decodeIndexed(text))!
  const { members, publicKeys } = membership.exchange
  const signed: Signed = {
    id: yield* verifyIndexed({ members, publicKeys, hash: ratchet.hash }, author, indexed),
    author,
    content: null,
    indexed,
  }
  return signed
})

const elsewhere: ReadonlyArray<string> = [clauses.hint.id, clauses.author.id, clauses.signature.id]

/** Verifies a packet, which its author or somebody else has sent; null when it is not of this subsession. */
export const open = Effect.fnUntraced(function* (subsession: Keyed, options: Options, sender: string, text: string) {
  const { members } = subsession.membership.exchange
  // session.open.1
  for (const author of [sender, ...members.filter((member) => member !== sender)]) {
    const opened = yield* Effect.result(verified(subsession, options, author, text))
    if (Result.isSuccess(opened)) return opened.success
    // session.open.2
    const isElsewhere = opened.failure._tag === "Refused" && elsewhere.includes(opened.failure.clause)
    if (!isElsewhere) return yield* opened.failure
    if ("clause" in opened.failure && opened.failure.clause === clauses.hint.id) return null
  }
  return null
})

/** What a packet says, and the ratchet after it was read. */
export const read = Effect.fnUntraced(function* ({ ratchet }: Keyed, options: Options, { author, content, indexed }: Signed) {
  if (ratchet === null) return { ratchet, ...content! }
  // extensions.ratchet-open.4
  const { state, key } = yield* Ratchet.messageKey(ratchet.chains, author, indexed!.index)
  return { ratchet: { ...ratchet, chains: state }, ...(yield* readIndexed(key, indexed!, parametersOf(options))) }
})

/** The ratchet without the key of a message that is fully acknowledged. */
export const forget = Effect.fnUntraced(function* (ratchet: Keyed["ratchet"], author: string, packet: Uint8Array) {
  if (ratchet === null) return ratchet
  const { index } = (yield* decodeIndexed(textOf(packet)))!
  // extensions.ratchet-open.7
  return { ...ratchet, chains: Ratchet.forget(ratchet.chains, author, index) }
})

/** Whether a message that has `earlier` messages of its author before it has another index. */
export const hasWrongIndex = Effect.fnUntraced(function* ({ ratchet }: Keyed, packet: Uint8Array, earlier: number) {
  return ratchet !== null && (yield* decodeIndexed(textOf(packet)))!.index !== earlier
})

/** What the transcript calls a message with this body. */
export const kindOf = (body: Body): Kind => {
  if (body.type === "consistency") return body.close ? "fin" : "consistency"
  if (body.type === "acknowledgement") return "ack"
  return body.type === "order-acknowledgement" ? "order-ack" : body.type
}

/** The text of a packet that is kept. */
export const textOf = (packet: Uint8Array): string => new TextDecoder().decode(packet)

/** The hint of a data packet. */
export const hintOf = Effect.fnUntraced(function* (options: Options, packet: Uint8Array) {
  const decoded = yield* Effect.result(decodeIn(options, textOf(packet)))
  return Result.isSuccess(decoded) && decoded.success.type === "data" ? decoded.success.hint[0]! : 0
})
