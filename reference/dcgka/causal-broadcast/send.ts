/**
 * Operations of our own, the queue, and sealing envelopes.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { decodeWire, encodeWire, maximumLength } from "../../../spec/conventions/encoding.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { Attachment, type Chain, clauses, Envelope, Item, maximumItems, noDigest } from "../../../spec/dcgka/causal-broadcast.ts"
import { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { withEntry } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { Randomness } from "../../crypto/randomness.ts"
import * as KeyAgreement from "../key-agreement.ts"
import {
  acknowledgedOpen,
  agreementOf,
  type Broadcaster,
  bringsKey,
  cutOf,
  digestOf,
  knownBefore,
  lastDigest,
  newSigner,
  note,
  signedContent,
  statesCut,
  withAgreement,
  withRecent,
} from "./state.ts"

/** Takes note of what we have written, which our next message states. */
export const write = ({ state, keyring }: Broadcaster, chain: Chain): Broadcaster => {
  // causal-broadcast.write.1
  return { state: { ...state, chain }, keyring }
}

const noSignature = new Uint8Array(64)

/** Puts a message of ours, as key agreement made it, into the queue. */
export const send = Effect.fnUntraced(function* (before: Broadcaster, outgoing: KeyAgreement.Outgoing) {
  const crypto = yield* Crypto
  const { state, keyring } = before
  // Our own encoding decodes.
  const control = Result.getOrThrow(decodeWire(ControlMessage, outgoing.control))
  const { sender, seq } = control
  // causal-broadcast.send.1
  const { chain } = state
  // causal-broadcast.send.2
  const secretKey = bringsKey(control) ? (yield* Randomness).draw(`signing/${sender}/${seq}`, 32) : null
  const signingKey = secretKey === null ? null : crypto.ed25519PublicKey(secretKey)
  // causal-broadcast.send.3
  const cut = statesCut(control) ? yield* cutOf(state, sender, knownBefore(state, control)) : null
  const directs = Object.fromEntries(outgoing.directs.map(({ to, message }) => [to, message]))
  const item: Item = { control, signingKey, cut, chain, directs }
  // causal-broadcast.send.4
  const digest = yield* digestOf(lastDigest(state, sender), acknowledgedOpen(state, control)?.digest ?? null, item)
  // causal-broadcast.send.5
  const { length } = encodeWire(Envelope, envelopeOf([item], noSignature))
  if (length > maximumLength) return yield* refuse(clauses.size, `${length} bytes`)
  // causal-broadcast.send.6
  const own = state.signers[sender] ?? newSigner(crypto.ed25519PublicKey(keyring.keys.signingSecretKey))
  const queued = { ...state, chain: null, queue: [...state.queue, { item, digest, secretKey }] }
  return { state: yield* note(queued, control, digest, signingKey ?? own.signingKey, own), keyring }
})

type Operation<R> = (
  state: KeyAgreement.State,
) => Effect.Effect<
  { readonly state: KeyAgreement.State; readonly outgoing: KeyAgreement.Outgoing; readonly updateSecret: Uint8Array },
  R,
  Crypto | Randomness
>

const operate = Effect.fnUntraced(function* <R>(before: Broadcaster, operation: Operation<R>) {
  // causal-broadcast.operate.1
  const done = yield* operation(agreementOf(before))
  const after = yield* send(withAgreement(before, done.state), done.outgoing)
  return { after, seq: after.state.agreement.seen[after.state.agreement.me!]!, updateSecret: done.updateSecret }
})

/** Creates a group with `users`. Gives the number of the message, and our new update secret. */
export const create = (before: Broadcaster, users: ReadonlyArray<string>) => operate(before, (state) => KeyAgreement.create(state, users))

/** Updates. */
export const update = (before: Broadcaster) => operate(before, KeyAgreement.update)

/** Removes `member`. */
export const remove = (before: Broadcaster, member: string) => operate(before, (state) => KeyAgreement.remove(state, member))

/** Adds `user`. */
export const add = (before: Broadcaster, user: string) => {
  // causal-broadcast.operate.2
  const { signers, open } = before.state
  const attached = Object.entries(signers).map(([member, { signingKey, digest, last }]) => [member, { signingKey, digest, last }] as const)
  const attachment = encodeWire(Attachment, { signers: Object.fromEntries(attached), open })
  return operate(before, (state) => KeyAgreement.add(state, user, attachment))
}

const envelopeOf = (items: ReadonlyArray<Item>, signature: Uint8Array): Envelope => ({ type: "envelope", items, signature })

/** How many messages at the front of the queue go into the next envelope. */
const countNext = (items: ReadonlyArray<Item>): number => {
  if (items[0]!.control.type === "add") return 1
  const add = items.findIndex(({ control }) => control.type === "add")
  const remove = items.findIndex(({ control }) => control.type === "remove")
  // An answer may be to what nobody can process but those who know of the removal.
  const answer = items.findIndex(({ control }, index) => remove !== -1 && index > remove && KeyAgreement.isAcknowledgement(control))
  const end = Math.min(add === -1 ? items.length : add, answer === -1 ? items.length : answer)
  const most = Math.min(end, maximumItems)
  if (most === 1) return 1
  let length = encodeWire(Envelope, envelopeOf(items.slice(0, 1), noSignature)).length
  for (let count = 1; count < most; count++) {
    // A list of 24 items has one more byte in front of it than one of 23, and one of 256 another one.
    length += encodeWire(Item, items[count]!).length + (count === 23 || count === 255 ? 1 : 0)
    if (length > maximumLength) return count
  }
  return most
}

/** Signs the next envelope, in bytes and as what they stand for; null when the queue is empty. */
export const flush = Effect.fnUntraced(function* ({ state, keyring }: Broadcaster) {
  const crypto = yield* Crypto
  const { queue, agreement, signers } = state
  // causal-broadcast.flush.1
  const first = queue[0]
  if (first === undefined) return { after: { state, keyring }, envelope: null, signed: null }
  // causal-broadcast.flush.2
  const taken = queue.slice(0, countNext(queue.map(({ item }) => item)))
  const last = taken.at(-1)!
  // causal-broadcast.flush.3
  const secretKey = state.signingKey ?? keyring.keys.signingSecretKey
  const signature = crypto.ed25519Sign(secretKey, signedContent(last.digest))
  const signed = envelopeOf(
    taken.map(({ item }) => item),
    signature,
  )
  const next = taken.findLast((one) => one.secretKey !== null)?.secretKey ?? state.signingKey
  const me = agreement.me!
  const own = signers[me]!
  const sent = {
    first: first.item.control.seq,
    last: last.item.control.seq,
    previous: own.recent.at(-1)?.digest ?? noDigest,
    digest: last.digest,
    signingKey: crypto.ed25519PublicKey(secretKey),
  }
  const signer = { ...own, recent: withRecent(own.recent, sent) }
  const after = { ...state, signingKey: next, queue: queue.slice(taken.length), signers: withEntry(signers, me, signer) }
  return { after: { state: after, keyring }, envelope: encodeWire(Envelope, signed), signed }
})
