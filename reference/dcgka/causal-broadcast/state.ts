/**
 * The state of the broadcast, digests, and what may still be acknowledged.
 *
 * @module
 */
import { Effect } from "effect"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { bytes, encodeWire, listOf, nullable, record, table, uint, unlimited, type ValueOf } from "../../../spec/conventions/encoding.ts"
import { GroupId, Key, MemberId, Seq, UserId } from "../../../spec/conventions/identifiers.ts"
import { labels } from "../../../spec/conventions/labels.ts"
import { Chain, Item, type Last, maximumItems, noDigest, Open, remembered } from "../../../spec/dcgka/causal-broadcast.ts"
import type { Knowledge } from "../../../spec/dcgka/group-membership.ts"
import type { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { bytesOf, memberIdOf, withEntry } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { trace } from "../../crypto/trace.ts"
import { knowledgeOf, positionOf } from "../group-membership.ts"
import * as KeyAgreement from "../key-agreement.ts"

const SentEnvelope = record("sent-envelope", { first: Seq, last: Seq, previous: Key, digest: Key, signingKey: Key })

const Signer = record("signer", {
  signingKey: Key,
  digest: Key,
  last: uint(0, 0xffffffff),
  recent: listOf(SentEnvelope, 0, remembered),
})
export type Signer = ValueOf<typeof Signer>

const Queued = record("queued", { item: Item, digest: Key, secretKey: nullable(Key) })

const Needed = record("needed", { sender: MemberId, seq: Seq })
export type Needed = ValueOf<typeof Needed>

/**
 * An envelope that is held, with the numbers of its first and last message. `makes` is the member that it would make, if it is an add. `needs` are the messages after which it comes. `bundle` says for whose
 * bundle it waits, and what had changed for it when it was tried. `withheld` has the digests of its messages, when it waits for an acknowledgement of the last one. `tried` says with which envelope at the end
 * of its run it was tried in vain, and how long the history was.
 */
const Held = record("held", {
  envelope: bytes(0, 1 << 20),
  digest: Key,
  group: GroupId,
  sender: MemberId,
  seq: Seq,
  last: Seq,
  makes: nullable(MemberId),
  needs: listOf(Needed, 0, unlimited),
  bundle: nullable(record("awaited-bundle", { user: UserId, changes: uint() })),
  withheld: nullable(record("withheld-until-shown", { digests: listOf(Key, 0, maximumItems) })),
  tried: nullable(record("tried-with", { end: Key, changes: uint() })),
})
export type Held = ValueOf<typeof Held>

/** The state of a member without the keyring, as it is kept. */
export const BroadcastState = record("broadcast-state", {
  agreement: KeyAgreement.GroupState,
  signingKey: nullable(Key),
  queue: listOf(Queued, 0, unlimited),
  signers: table(MemberId, Signer),
  open: listOf(Open, 0, unlimited),
  unconfirmed: listOf(MemberId, 0, unlimited),
  held: listOf(Held, 0, unlimited),
  chain: nullable(Chain),
})
export type BroadcastState = ValueOf<typeof BroadcastState>

/** What a step works on: the state of a member, and the keyring of its user. */
export interface Broadcaster {
  readonly state: BroadcastState
  readonly keyring: KeyAgreement.Keyring
}

/** The state before joining. */
export const notJoined: BroadcastState = {
  agreement: KeyAgreement.notJoined,
  signingKey: null,
  queue: [],
  signers: {},
  open: [],
  unconfirmed: [],
  held: [],
  chain: null,
}

/** The state of key agreement with the keyring. */
export const agreementOf = ({ state, keyring }: Broadcaster): KeyAgreement.State => ({ ...keyring, ...state.agreement })

/** The broadcaster after a step of key agreement. */
export const withAgreement = ({ state }: Broadcaster, after: KeyAgreement.State): Broadcaster => {
  const { state: agreement, keyring } = KeyAgreement.parted(after)
  return { state: { ...state, agreement }, keyring }
}

/** Whether a message states the cut of its sender: it acknowledges nothing, and there is something before it. */
export const statesCut = (control: ControlMessage): boolean => !KeyAgreement.isAcknowledgement(control) && control.type !== "create"

/** Whether a message brings a seed, and with it a signing key. */
export const bringsKey = ({ type }: ControlMessage): boolean => type === "create" || type === "update" || type === "remove"

/** The digest of the message `sender` last sent, or that we know of. */
export const lastDigest = ({ signers }: BroadcastState, sender: string): Uint8Array => signers[sender]?.digest ?? noDigest

/** The open message that `control` acknowledges. */
export const acknowledgedOpen = ({ open }: BroadcastState, control: ControlMessage): Open | undefined =>
  KeyAgreement.isAcknowledgement(control) ? open.find(({ sender, seq }) => sender === control.ofSender && seq === control.ofSeq) : undefined

/** The digest of a message. */
export const digestOf = Effect.fnUntraced(function* (previous: Uint8Array, acknowledged: Uint8Array | null, item: Item) {
  const digest = (yield* Crypto).sha256(encodeCbor([labels.broadcastMessage, previous, acknowledged, encodeWire(Item, item)]))
  yield* trace("causal-broadcast.digest", digest)
  return digest
})

/** What the sender of a message of ours, or of an add by which we join, knew of the history before it; that message has been recorded, if it is a change. */
export const knownBefore = ({ agreement: { history } }: BroadcastState, { sender, seq }: ControlMessage): Knowledge => {
  const position = positionOf(history, sender, seq)
  return position === -1 ? knowledgeOf(history, sender)! : { length: position, unknown: history.entries[position]!.unknown }
}

/** The signer of one of whom we have no message. */
export const newSigner = (signingKey: Uint8Array): Signer => ({ signingKey, digest: noDigest, last: 0, recent: [] })

/** The cut of `member`, who knows `known` of the history. */
export const cutOf = Effect.fnUntraced(function* ({ agreement, signers, open }: BroadcastState, member: string, known: Knowledge) {
  // causal-broadcast.cut.1
  const history = yield* KeyAgreement.historyDigest(agreement, known)
  // causal-broadcast.cut.2
  const toTake = Map.groupBy(
    open.filter(({ awaited }) => awaited.includes(member)),
    ({ sender }) => sender,
  )
  // Of a sender, what was last before the first message that the member has still to take; without one, what the signer says.
  const lastTaken = (of: string): Last => {
    const { last, signingKey } = signers[of]!
    const [first] = toTake.get(of) ?? []
    return first?.before ?? { seq: last, signingKey }
  }
  const taken = Object.keys(signers)
    .sort()
    .map((of) => ({ of, ...lastTaken(of) }))
  const ends = taken.filter(({ seq }) => seq > 0).map(({ of, seq, signingKey }) => [bytesOf(of), seq, signingKey])
  // causal-broadcast.cut.3
  return (yield* Crypto).sha256(encodeCbor([labels.cut, history, ends]))
})

/** The cut of `member` as of its last message. */
export const currentCut = (state: BroadcastState, member: string) => cutOf(state, member, knowledgeOf(state.agreement.history, member)!)

/** The digests of the messages of an envelope, or undefined when one acknowledges a message that is not open. */
export const digestsOf = Effect.fnUntraced(function* (state: BroadcastState, previous: Uint8Array, items: ReadonlyArray<Item>) {
  const digests: Array<Uint8Array> = []
  for (const item of items) {
    const acknowledged = acknowledgedOpen(state, item.control)
    if (KeyAgreement.isAcknowledgement(item.control) && acknowledged === undefined) return undefined
    digests.push(yield* digestOf(digests.at(-1) ?? previous, acknowledged?.digest ?? null, item))
  }
  return digests
})

/** What a member confirms to a new one with its add-ack numbered `seq`: the digest of the add, that of its message before, its signing key and its cut. */
export const confirmationOf = Effect.fnUntraced(function* (
  { group, sender, seq }: Pick<ControlMessage, "group" | "sender" | "seq">,
  add: Uint8Array,
  previous: Uint8Array,
  signingKey: Uint8Array,
  cut: Uint8Array,
) {
  return (yield* Crypto).sha256(encodeCbor([labels.confirmation, bytesOf(group), bytesOf(sender), seq, add, previous, signingKey, cut]))
})

/** What the signature of an envelope covers. */
export const signedContent = (lastDigest: Uint8Array): Uint8Array => encodeCbor([labels.envelope, lastDigest])

/** The last envelopes of a member, with one more. */
export const withRecent = (recent: Signer["recent"], envelope: Signer["recent"][number]): Signer["recent"] =>
  [...recent, envelope].slice(-remembered)

const opened = (
  { agreement, open }: BroadcastState,
  { sender, seq }: ControlMessage,
  digest: Uint8Array,
  before: Last,
): ReadonlyArray<Open> => {
  const awaited = KeyAgreement.acknowledgers(agreement, sender)
  return [...open, { sender, seq, digest, before, awaited }]
}

const without = (open: ReadonlyArray<Open>, member: string, ofSender: string, ofSeq: number): ReadonlyArray<Open> =>
  open.map((one) => {
    const isAcknowledged = one.sender === ofSender && one.seq <= ofSeq
    return isAcknowledged ? { ...one, awaited: one.awaited.filter((awaited) => awaited !== member) } : one
  })

/** Notes a message that was processed or sent, which `signingKey` follows: it opens, or it acknowledges. `signer` is that of its sender before it. */
export const note = Effect.fnUntraced(function* (
  state: BroadcastState,
  control: ControlMessage,
  digest: Uint8Array,
  signingKey: Uint8Array,
  signer: Signer,
) {
  const isAcknowledgement = KeyAgreement.isAcknowledgement(control)
  // causal-broadcast.note.1
  let open = isAcknowledgement
    ? without(state.open, control.sender, control.ofSender, control.ofSeq)
    : opened(state, control, digest, { seq: signer.last, signingKey: signer.signingKey })
  // causal-broadcast.note.2
  if (control.type === "add") {
    const added = yield* memberIdOf(control.group, control.user, control.sender, control.seq)
    const hasAdder = (one: Open) => one.awaited.includes(control.sender) && !one.awaited.includes(added)
    open = open.map((one) => (hasAdder(one) ? { ...one, awaited: [...one.awaited, added].sort() } : one))
  }
  // causal-broadcast.note.3
  const after: Signer = { ...signer, digest, signingKey, last: isAcknowledgement ? signer.last : control.seq }
  const signers = withEntry(state.signers, control.sender, after)
  // causal-broadcast.note.4
  return { ...state, signers, open: open.filter(({ awaited }) => awaited.length > 0) }
})
