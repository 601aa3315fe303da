/**
 * Server order: chapter "server-order".
 *
 * @module
 */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import { Ignored, refuse } from "../../spec/conventions/verdicts.ts"
import { type GreetingPacket, sorted } from "../../spec/mpenc/records.ts"
import {
  chainTypes,
  classOf,
  clauses,
  type PacketClass,
  type ServerOrder,
  type Summary,
  serverName,
} from "../../spec/mpenc/server-order.ts"
import { bytesOf } from "../conventions.ts"
import { Crypto } from "../crypto/crypto.ts"
import { trace } from "../crypto/trace.ts"

const lineFeed = Uint8Array.of(0x0a)

const packetIdOf = Effect.fnUntraced(function* (sender: string, others: ReadonlyArray<string>, text: Uint8Array) {
  const { sha256 } = yield* Crypto
  const names = utf8ToBytes(`${sender}\n${sorted(others).join("\n")}`)
  const id = sha256(concatBytes(names, lineFeed, lineFeed, text))
  yield* trace("server-order.packet-id", id)
  return Hex.encode(id)
})

/** The packet id of a text that `sender` sent while the channel had the members `channel`, with or without the sender. */
export const packetId = (sender: string, channel: ReadonlyArray<string>, text: string) =>
  packetIdOf(
    sender,
    channel.filter((member) => member !== sender),
    utf8ToBytes(text),
  )

/** The id of the departure of `leavers` during the operation that `initial` began, with `channel` left. */
export const departureId = (initial: string, leavers: ReadonlyArray<string>, channel: ReadonlyArray<string>) => {
  const text = concatBytes(Uint8Array.of(0xff), utf8ToBytes("leave "), bytesOf(initial), lineFeed, utf8ToBytes(sorted(leavers).join(",")))
  return packetIdOf(serverName, channel, text)
}

/** The first chain hash: of a session that begins with `previousFinal`. */
export const firstChainHash = Effect.fnUntraced(function* (previousFinal: string) {
  return Hex.encode((yield* Crypto).sha256(concatBytes(bytesOf(previousFinal), Uint8Array.of(0xff))))
})

/** The chain hash after a packet or departure. */
export const nextChainHash = Effect.fnUntraced(function* (previous: string, id: string, type: keyof typeof chainTypes) {
  const hash = (yield* Crypto).sha256(concatBytes(bytesOf(previous), bytesOf(id), Uint8Array.from(chainTypes[type])))
  yield* trace("server-order.chain-hash", hash)
  return Hex.encode(hash)
})

/** The class of a greeting packet, and its summary if it is initial. */
export const peek = (packet: GreetingPacket, id: string): { class: PacketClass; summary: Summary | null } => {
  // server-order.peek.1
  const kind = classOf(packet)
  const { metadata } = packet
  if (metadata === null) return { class: kind, summary: null }
  // server-order.peek.2
  const said = { ...metadata, author: packet.source }
  return { class: kind, summary: { id, metadata: said, ends: kind === "initial" ? null : id, targets: packet.members } }
}

/** One who has entered a channel, and does not know the line. */
export const unsynced: ServerOrder = { refusedParents: [], line: [], initials: [], finals: [] }

const syncedWith = (previousFinal: string, chainHash: string): ServerOrder => ({
  refusedParents: null,
  line: [{ id: previousFinal, chainHash, unconfirmed: [] }],
  initials: [],
  finals: [previousFinal],
})

/** The first member of a session, with 32 random bytes. */
export const begin = Effect.fnUntraced(function* (previousFinal: string) {
  // server-order.begin.1
  return syncedWith(previousFinal, yield* firstChainHash(previousFinal))
})

/** The initial packet of the operation that is running, if one is. */
export const running = ({ refusedParents, initials, finals }: ServerOrder): Summary | null =>
  refusedParents === null && initials.length === finals.length ? initials.at(-1)! : null

/** Whether we know the line. */
export const isSynced = ({ refusedParents }: ServerOrder): boolean => refusedParents === null

/** The last final packet and the last chain hash: what the next initial packet names. Of one who is synced. */
export const tip = ({ line, finals }: ServerOrder) => ({ previousFinal: finals.at(-1)!, chainHash: line.at(-1)!.chainHash })

const extend = Effect.fnUntraced(function* (
  state: ServerOrder,
  id: string,
  type: keyof typeof chainTypes,
  unconfirmed: ReadonlyArray<string>,
) {
  const chainHash = yield* nextChainHash(state.line.at(-1)!.chainHash, id, type)
  const extended: ServerOrder = { ...state, line: [...state.line, { id, chainHash, unconfirmed }] }
  return extended
})

/** What offering a packet gave. */
export interface Offered {
  readonly state: ServerOrder
  readonly initial: boolean
  readonly final: boolean
}

const sync = Effect.fnUntraced(function* (state: ServerOrder, me: string, { metadata, targets }: Summary) {
  if (state.refusedParents === null) return state
  // server-order.offer.2
  if (metadata === null) return yield* refuse(clauses.synced, "no initial packet")
  const { previousFinal, chainHash } = metadata
  const isOurs = targets.includes(me) && !state.refusedParents.includes(previousFinal)
  // server-order.offer.4
  if (isOurs) return syncedWith(previousFinal, chainHash)
  // server-order.offer.3
  return { ...state, refusedParents: [...new Set([...state.refusedParents, previousFinal])] }
})

const checkEnds = Effect.fnUntraced(function* (state: ServerOrder, ends: string | null) {
  // server-order.offer.8
  const operation = running(state)
  if (operation === null) return yield* refuse(clauses.running, "no operation is running")
  if (ends !== operation.id) return yield* refuse(clauses["same-operation"], `${ends} is not running`)
})

const accept = Effect.fnUntraced(function* (before: ServerOrder, summary: Summary) {
  const { id, metadata, ends, targets } = summary
  let state = before
  // server-order.offer.5
  if (state.line.some((packet) => packet.id === id)) return yield* new Ignored({ reason: "duplicate" })
  if (metadata !== null) {
    // server-order.offer.6
    if (running(state) !== null) return yield* refuse(clauses.idle, "an operation is running")
    if (metadata.previousFinal !== state.finals.at(-1)) return yield* refuse(clauses.parent, metadata.previousFinal)
    // server-order.offer.7
    if (metadata.chainHash !== state.line.at(-1)!.chainHash) return yield* refuse(clauses["same-chain"], metadata.author)
    state = { ...state, initials: [...state.initials, summary] }
  } else yield* checkEnds(state, ends)
  // server-order.offer.9
  if (ends !== null) state = { ...state, finals: [...state.finals, id] }
  // server-order.offer.10
  const type = metadata === null ? "final" : ends === null ? "initial" : "both"
  const offered: Offered = { state: yield* extend(state, id, type, targets), initial: metadata !== null, final: ends !== null }
  return offered
})

/** Offers a packet that counts, which came while the channel had the members `channel`. */
export const offer = Effect.fnUntraced(function* (before: ServerOrder, me: string, summary: Summary, channel: ReadonlyArray<string>) {
  // server-order.offer.1
  const absent = summary.metadata === null ? undefined : summary.targets.find((target) => !channel.includes(target))
  if (absent !== undefined) return yield* refuse(clauses["target-present"], absent)
  const state = yield* sync(before, me, summary)
  const noted: Offered = { state, initial: false, final: false }
  if (state.refusedParents !== null) return noted
  const accepted: Offered = yield* accept(state, summary)
  return accepted
})

/** Takes note that `leavers` have left the channel, in which `channel` are left. `session` are the members of the session. */
export const depart = Effect.fnUntraced(function* (
  state: ServerOrder,
  leavers: ReadonlyArray<string>,
  channel: ReadonlyArray<string>,
  session: ReadonlyArray<string>,
) {
  // server-order.depart.1
  const operation = running(state)
  const unchanged: Offered = { state, initial: false, final: false }
  if (operation === null || !leavers.some((leaver) => operation.targets.includes(leaver))) return unchanged
  // server-order.depart.2
  const id = yield* departureId(operation.id, leavers, channel)
  // server-order.depart.3
  const unconfirmed = session.filter((member) => !leavers.includes(member))
  const extended = yield* extend({ ...state, finals: [...state.finals, id] }, id, "leave", unconfirmed)
  const failed: Offered = { state: extended, initial: false, final: true }
  return failed
})
