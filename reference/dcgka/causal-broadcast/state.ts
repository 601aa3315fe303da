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
import { Chain, Item, maximumItems, noDigest, Open, remembered } from "../../../spec/dcgka/causal-broadcast.ts"
import type { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { bytesOf, memberIdOf } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as KeyAgreement from "../key-agreement.ts"

const SentEnvelope = record("sent-envelope", { first: Seq, last: Seq, previous: Key, digest: Key, signingKey: Key })

const Signer = record("signer", { signingKey: Key, digest: Key, recent: listOf(SentEnvelope, 0, remembered) })
type Signer = ValueOf<typeof Signer>

const Queued = record("queued", { item: Item, digest: Key, secretKey: nullable(Key) })

const Needed = record("needed", { sender: MemberId, seq: Seq })
export type Needed = ValueOf<typeof Needed>

/**
 * An envelope that is held. `needs` are the messages after which it comes. `bundle` says for whose bundle it waits, and what had changed for it when it was tried. `withheld` is its last message and the
 * digests of its messages, when it waits for an acknowledgement of that one. `tried` says with which withheld envelope it was tried in vain, and how long the history was.
 */
const Held = record("held", {
  envelope: bytes(0, 1 << 20),
  digest: Key,
  group: GroupId,
  sender: MemberId,
  seq: Seq,
  needs: listOf(Needed, 0, unlimited),
  bundle: nullable(record("awaited-bundle", { user: UserId, changes: uint() })),
  withheld: nullable(record("withheld-until-shown", { last: Seq, digests: listOf(Key, 0, maximumItems) })),
  tried: nullable(record("tried-with", { withheld: Key, changes: uint() })),
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

/** Whether a message brings a seed, and with it a signing key. */
export const bringsKey = ({ type }: ControlMessage): boolean => type === "create" || type === "update" || type === "remove"

/** The digest of the message `sender` last sent, or that we know of. */
export const lastDigest = ({ signers }: BroadcastState, sender: string): Uint8Array => signers[sender]?.digest ?? noDigest

/** The open message that `control` acknowledges. */
export const acknowledgedOpen = ({ open }: BroadcastState, control: ControlMessage): Open | undefined =>
  KeyAgreement.isAcknowledgement(control) ? open.find(({ sender, seq }) => sender === control.ofSender && seq === control.ofSeq) : undefined

/** The digest of a message. */
export const digestOf = Effect.fnUntraced(function* (previous: Uint8Array, acknowledged: Uint8Array | null, item: Item) {
  return (yield* Crypto).sha256(encodeCbor([labels.broadcastMessage, previous, acknowledged, encodeWire(Item, item)]))
})

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

/** What a member confirms to a new one with its add-ack numbered `seq`: its signing key and the digest of its message before. */
export const confirmationOf = Effect.fnUntraced(function* (
  { group, sender, seq }: Pick<ControlMessage, "group" | "sender" | "seq">,
  previous: Uint8Array,
  signingKey: Uint8Array,
) {
  return (yield* Crypto).sha256(encodeCbor([labels.confirmation, bytesOf(group), bytesOf(sender), seq, previous, signingKey]))
})

/** What the signature of an envelope covers. */
export const signedContent = (lastDigest: Uint8Array): Uint8Array => encodeCbor([labels.envelope, lastDigest])

/** The last envelopes of a member, with one more. */
export const withRecent = (recent: Signer["recent"], envelope: Signer["recent"][number]): Signer["recent"] =>
  [...recent, envelope].slice(-remembered)

const opened = ({ agreement, open }: BroadcastState, { sender, seq }: ControlMessage, digest: Uint8Array): ReadonlyArray<Open> => {
  const awaited = KeyAgreement.acknowledgers(agreement, sender)
  return awaited.length === 0 ? open : [...open, { sender, seq, digest, awaited }]
}

const without = (open: ReadonlyArray<Open>, member: string, ofSender: string, ofSeq: number): ReadonlyArray<Open> =>
  open.map((one) => {
    const isAcknowledged = one.sender === ofSender && one.seq <= ofSeq
    return isAcknowledged ? { ...one, awaited: one.awaited.filter((awaited) => awaited !== member) } : one
  })

/** Notes a message that was processed or sent: it opens, or it acknowledges. */
export const note = Effect.fnUntraced(function* (state: BroadcastState, control: ControlMessage, digest: Uint8Array) {
  // causal-broadcast.note.1
  let open = KeyAgreement.isAcknowledgement(control)
    ? without(state.open, control.sender, control.ofSender, control.ofSeq)
    : opened(state, control, digest)
  // causal-broadcast.note.2
  if (control.type === "add") {
    const added = yield* memberIdOf(control.group, control.user, control.sender, control.seq)
    const hasAdder = (one: Open) => one.awaited.includes(control.sender) && !one.awaited.includes(added)
    open = open.map((one) => (hasAdder(one) ? { ...one, awaited: [...one.awaited, added].sort() } : one))
  }
  // causal-broadcast.note.3
  return { ...state, open: open.filter(({ awaited }) => awaited.length > 0) }
})
