/**
 * The state of a session, and the turn in which one step changes it.
 *
 * @module
 */
import { bytes, listOf, nullable, record, table, uint, type ValueOf } from "../../../spec/conventions/encoding.ts"
import { Key } from "../../../spec/conventions/identifiers.ts"
import { SenderChains } from "../../../spec/mpenc/extensions.ts"
import { Greeting, Identities, Membership } from "../../../spec/mpenc/greeting.ts"
import { Liveness, Milliseconds } from "../../../spec/mpenc/liveness.ts"
import { CipherKeyBytes } from "../../../spec/mpenc/messages.ts"
import type { Notice, Request } from "../../../spec/mpenc/notices.ts"
import { MemberName, MessageId, PacketId } from "../../../spec/mpenc/records.ts"
import { ServerOrder } from "../../../spec/mpenc/server-order.ts"
import { maximumForeign } from "../../../spec/mpenc/session.ts"
import { Log } from "../../../spec/mpenc/transcript.ts"
import type { Crypto } from "../../crypto/crypto.ts"
import type { Randomness } from "../../crypto/randomness.ts"
import { running } from "../server-order.ts"
import { Transcript } from "../transcript.ts"

const Members = listOf(MemberName, 0, 1 << 18)
const PacketText = bytes(0, 1 << 20)

/** A subsession: its keys, its messages, and the packets that may have to be resent. */
export const Subsession = record("subsession", {
  membership: Membership,
  transcript: Transcript,
  liveness: Liveness,
  packets: table(MessageId, PacketText),
  ratchet: nullable(record("subsession-ratchet", { hash: Key, chains: SenderChains })),
})
export type Subsession = ValueOf<typeof Subsession>

const Change = { include: Members, exclude: Members }

/** Choices of the application. */
export const Options = record("session-options", {
  autoInclude: uint(0, 1),
  stayAlone: uint(0, 1),
  repeatLists: uint(0, 1),
  cipherKeyBytes: CipherKeyBytes,
  padding: uint(0, 1),
  orderAcknowledgements: uint(0, 1),
  publishKey: uint(0, 1),
  direct: uint(0, 1),
  ratchet: uint(0, 1),
})
export type Options = ValueOf<typeof Options>

const Draws = record("session-draws", { previousFinal: uint(), shares: uint(), iv: uint(), rejoin: uint() })

/** A session. */
export const Session = record("session", {
  me: MemberName,
  identities: Identities,
  options: Options,
  draws: Draws,
  channel: nullable(Members),
  seniors: Members,
  order: ServerOrder,
  membership: nullable(Membership),
  greeting: nullable(Greeting),
  proposal: nullable(record("session-proposal", { greeting: Greeting, text: PacketText, at: Milliseconds, told: uint(0, 1), ...Change })),
  withdrawn: listOf(PacketText, 0, 1 << 10),
  plan: nullable(record("session-plan", { at: Milliseconds, ...Change })),
  current: nullable(Subsession),
  previous: nullable(Subsession),
  log: Log,
  splice: nullable(record("session-splice", { latest: listOf(MessageId, 0, 1 << 18), at: Milliseconds, told: uint(0, 1) })),
  waiting: listOf(record("waiting-packet", { sender: MemberName, text: PacketText, at: Milliseconds, told: uint(0, 1) }), 0, 1 << 20),
  foreign: listOf(uint(0, 255), 0, maximumForeign),
  toExclude: Members,
  toKick: Members,
  kickedAt: nullable(Milliseconds),
  joining: nullable(Milliseconds),
  rejoin: nullable(Milliseconds),
  expelled: nullable(record("session-expelled", { operation: PacketId, at: Milliseconds, targets: uint() })),
  leaving: nullable(Milliseconds),
  departing: uint(0, 1),
  started: nullable(record("session-started", { at: Milliseconds, asked: nullable(Milliseconds), refused: listOf(PacketId, 0, 1 << 20) })),
  quiet: nullable(Milliseconds),
  ordering: nullable(record("session-ordering", { id: PacketId, at: Milliseconds, told: uint(0, 1) })),
  claims: listOf(record("order-claim", { author: MemberName, id: PacketId, chainHash: PacketId, at: Milliseconds }), 0, 1 << 20),
  disputing: Members,
  distrusted: uint(0, 1),
  toEnd: uint(0, 1),
  published: listOf(Key, 0, 1 << 20),
  hashes: listOf(Key, 0, 1 << 20),
})
export type Session = ValueOf<typeof Session>

/** The services that steps of a session ask for. */
export type Services = Crypto | Randomness

/** One step: the session as it is so far, and what it asks of the channel and tells the user. A step that fails is forgotten with its turn. */
export interface Turn {
  session: Session
  readonly now: number
  readonly requests: Array<Request>
  readonly notices: Array<Notice>
}

/** Changes the session of a turn. */
export const update = (turn: Turn, change: Partial<Session>): void => {
  turn.session = { ...turn.session, ...change }
}

/** The channel, of one who is in it; empty otherwise. */
export const channelOf = ({ channel }: Session): ReadonlyArray<string> => channel ?? []

/** The members of our session, ourselves among them. */
export const membersOf = ({ me, membership }: Session): ReadonlyArray<string> =>
  // session.shown.5
  membership?.agreement.members ?? [me]

/** Those of `names` that are not in `others`. */
export const without = (names: ReadonlyArray<string>, others: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.filter((name) => !others.includes(name))

/** `names`, and those of `more` that are not among them. */
export const union = (names: ReadonlyArray<string>, more: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set([...names, ...more])]

/** Asks the channel to kick these; all kicks of one step are one request, in the place of the first of them. */
export const kick = ({ requests }: Turn, members: ReadonlyArray<string>): void => {
  // session.kick.1
  const at = requests.findIndex(({ type }) => type === "kick")
  const first = requests[at]
  if (first?.type === "kick") requests[at] = { type: "kick", members: union(first.members, members) }
  else if (members.length > 0) requests.push({ type: "kick", members })
}

/** Whether no operation runs, and none has excluded us. */
export const isIdle = ({ order, expelled }: Session): boolean => running(order) === null && expelled === null

/** Whether the current subsession is there, and we are not parting from it. */
export const isJoined = ({ current }: Session): boolean => current?.liveness.phase === "joined"

/** Whether a subsession has ended. */
export const hasEnded = ({ liveness: { phase } }: Subsession): boolean => phase === "parted" || phase === "part-failed"

/** Notes the hints of subsessions that are not ours. */
export const noteForeign = (turn: Turn, hints: ReadonlyArray<number>): void => {
  for (const hint of hints) {
    // session.note-foreign.1
    const all = [...turn.session.foreign.filter((one) => one !== hint), hint]
    update(turn, { foreign: all.slice(-maximumForeign) })
  }
}

/** Whether a member comes into the line by the operation that is running. */
export const isNewcomer = ({ greeting }: Session, member: string): boolean => {
  const initial = greeting?.initial ?? null
  return initial !== null && initial.members.indexOf(member) >= initial.settled
}
