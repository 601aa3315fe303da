/**
 * The state of a member, and the small operations on it that several messages share.
 *
 * @module
 */
import { Effect } from "effect"
import { listOf, nullable, record, table, uint, unlimited, type ValueOf } from "../../../spec/conventions/encoding.ts"
import { GroupId, GroupNonce, Key, MemberId, Seq, UserId } from "../../../spec/conventions/identifiers.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { Knowledge } from "../../../spec/dcgka/group-membership.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { Contact, KeyStore } from "../../../spec/dcgka/key-bundles.ts"
import { emptyRatchet } from "../../../spec/dcgka/ratchet.ts"
import { Channel } from "../../../spec/dcgka/two-party-messaging.ts"
import { withEntry } from "../../conventions.ts"
import { emptyHistory, History, members } from "../group-membership.ts"
import { updateRatchet } from "../ratchet.ts"
import * as Channels from "../two-party-messaging.ts"

/** A member secret that is kept until `member` acknowledges the message (`sender`, `seq`). */
export const KeptSecret = record("kept-secret", { sender: MemberId, seq: Seq, member: MemberId, secret: Key })

/** An update whose acknowledgements are not all there: what its sender knew, and whose acknowledgement is to come, in ascending order. */
export const OpenUpdate = record("open-update", {
  sender: MemberId,
  seq: Seq,
  known: Knowledge,
  awaited: listOf(MemberId, 1, unlimited),
})
export type OpenUpdate = ValueOf<typeof OpenUpdate>

/** By what a group's identifier was made: its creator's signing key, and the nonce. */
const Origin = record("origin", { signingKey: Key, nonce: GroupNonce })

const keyring = { keys: KeyStore, contacts: table(UserId, Contact) }

const ofGroup = {
  group: nullable(GroupId),
  me: nullable(MemberId),
  removed: uint(0, 1),
  origin: nullable(Origin),
  users: table(MemberId, UserId),
  history: History,
  digests: listOf(Key, 0, unlimited),
  seen: table(MemberId, Seq),
  updates: listOf(OpenUpdate, 0, unlimited),
  ratchets: table(MemberId, Key),
  memberSecrets: listOf(KeptSecret, 0, unlimited),
  channels: table(MemberId, Channel),
}

/** A user's own keys and what it knows of others. One keyring serves all groups of the user. */
export const Keyring = record("keyring", keyring)
export type Keyring = ValueOf<typeof Keyring>

/** The state of a member without the keyring, or of a user before it has joined (`group` and `me` are null). `removed` is 1 when it has been removed. */
export const GroupState = record("group-state", ofGroup)
export type GroupState = ValueOf<typeof GroupState>

/** What a step works on: the state of a member, with the keyring of its user. */
export const State = record("key-agreement-state", { ...keyring, ...ofGroup })
export type State = ValueOf<typeof State>

/** The state and the keyring apart, as they are kept. */
export const parted = ({ keys, contacts, ...state }: State): { readonly state: GroupState; readonly keyring: Keyring } => ({
  state,
  keyring: { keys, contacts },
})

/** The state of one who has joined. */
export type Joined = State & { readonly group: string; readonly me: string }

/** A direct message: the bytes of a channel message for one member. */
export interface Direct {
  readonly to: string
  readonly message: Uint8Array
}

/** What an operation sends: the bytes of a control message, and direct messages in ascending order of their members. */
export interface Outgoing {
  readonly control: Uint8Array
  readonly directs: ReadonlyArray<Direct>
}

/** The direct messages that came with a control message: for which members, in ascending order, and the one for us. */
export interface Directs {
  readonly recipients: ReadonlyArray<string>
  readonly own: Uint8Array | null
}

/** The direct messages that were sent with a control message, as `member` gets them; null is one who has not joined and has no name yet. */
export const directsFor = (directs: ReadonlyArray<Direct>, member: string | null): Directs => ({
  recipients: directs.map(({ to }) => to).sort(),
  own: directs.find(({ to }) => to === member)?.message ?? null,
})

/** Names a control message. */
export interface MessageRef {
  readonly sender: string
  readonly seq: number
}

/** The state of a user who has not joined a group. */
export const initial = (keys: KeyStore): State => ({ keys, contacts: {}, ...notJoined })

/** The state before joining, without a keyring. */
export const notJoined: GroupState = {
  group: null,
  me: null,
  removed: 0,
  origin: null,
  users: {},
  history: emptyHistory,
  digests: [],
  seen: {},
  updates: [],
  ratchets: {},
  memberSecrets: [],
  channels: {},
}

/** Our next sequence number. */
export const nextSeq = (state: Joined): number => (state.seen[state.me] ?? 0) + 1

/** The members after everything that we have in the history. */
export const ourView = (state: Pick<State, "history">): ReadonlyArray<string> => members(state.history)

/** The member secret kept for `member` and the message, if there is one. */
export const keptSecret = (state: Joined, message: MessageRef, member: string): Uint8Array | undefined =>
  state.memberSecrets.find((one) => isKeptFor(one, message, member))?.secret

/** The state without the member secret kept for `member` and the message. */
export const dropSecret = (state: Joined, message: MessageRef, member: string): Joined => ({
  ...state,
  memberSecrets: state.memberSecrets.filter((one) => !isKeptFor(one, message, member)),
})

const isKeptFor = (one: ValueOf<typeof KeptSecret>, message: MessageRef, member: string) =>
  one.sender === message.sender && one.seq === message.seq && one.member === member

/** Notes the message as the last one seen of its sender. */
export const noteSeen = (state: Joined, message: MessageRef): Joined => ({
  ...state,
  seen: withEntry(state.seen, message.sender, message.seq),
})

/** Feeds `input` to the ratchet of `member`; gives its update secret. */
export const feedRatchet = Effect.fnUntraced(function* (state: Joined, member: string, input: Uint8Array) {
  const { updateSecret, next } = yield* updateRatchet(state.ratchets[member] ?? emptyRatchet, input, state.group, member)
  return { state: { ...state, ratchets: withEntry(state.ratchets, member, next) }, updateSecret }
})

const channelWith = (state: Joined, peer: string): Channel =>
  state.channels[peer] ?? Channels.open(state.group, state.me, peer, state.users[peer] ?? "")

/** The state when `member` has acknowledged our message numbered `seq`, and so has processed all before it. */
export const processedBy = (state: Joined, member: string, seq: number): Joined => {
  const channel = state.channels[member]
  if (channel === undefined) return state
  return { ...state, channels: withEntry(state.channels, member, Channels.processed(channel, seq)) }
}

/** Sends `payload` to each of `recipients`, in direct messages of the control message with the bytes `control`. */
export const sendDirects = Effect.fnUntraced(function* (
  state: Joined,
  recipients: ReadonlyArray<string>,
  payload: Uint8Array,
  control: Uint8Array,
) {
  const directs: Array<Direct> = []
  const channels: Record<string, Channel> = Object.assign({}, state.channels)
  let { contacts } = state
  for (const recipient of recipients) {
    const { keys, seen, me } = state
    const sent = yield* Channels.send(channelWith(state, recipient), { keys, contacts }, payload, control, seen[me]!)
    channels[recipient] = sent.channel
    contacts = sent.keyring.contacts
    directs.push({ to: recipient, message: sent.message })
  }
  return { state: { ...state, contacts, channels }, directs }
})

/** Receives a direct message of `member`, which came with the control message with the bytes `control`. */
export const receiveDirect = Effect.fnUntraced(function* (state: Joined, member: string, direct: Uint8Array, control: Uint8Array) {
  const { keys, contacts } = state
  const received = yield* Channels.receive(channelWith(state, member), { keys, contacts }, direct, control)
  const channels = withEntry(state.channels, member, received.channel)
  return { state: { ...state, keys: received.keyring.keys, channels }, payload: received.payload }
})

/** Receives a direct message that carries a secret of `length` bytes. */
export const receiveSecret = Effect.fnUntraced(function* (
  state: Joined,
  member: string,
  direct: Uint8Array,
  control: Uint8Array,
  length = 32,
) {
  const received = yield* receiveDirect(state, member, direct, control)
  if (received.payload.length !== length) return yield* refuse(clauses["secret-length"], `${received.payload.length} bytes`)
  return { state: received.state, secret: received.payload }
})
