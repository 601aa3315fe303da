/**
 * Receiving envelopes.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { Ignored, type Missing, refuse, Waiting } from "../../../spec/conventions/verdicts.ts"
import { Attachment, clauses, Envelope, type Item, noDigest, type Open } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as agreement, ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { decodeMessage, eachOnce, memberIdOf, sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as KeyAgreement from "../key-agreement.ts"
import { contactOf } from "../key-bundles.ts"
import { hold, isDue, missingOf, withMissing, withoutRepetitions } from "./held.ts"
import { send } from "./send.ts"
import {
  acknowledgedOpen,
  agreementOf,
  type Broadcaster,
  type BroadcastState,
  bringsKey,
  digestOf,
  type Held,
  isAcknowledgement,
  lastDigest,
  note,
  signedContent,
  withAgreement,
  withRecent,
} from "./state.ts"

/** What processing one message gave: the new update secrets, each with the member and the number of the message that it belongs to. */
export interface Taken {
  readonly control: ControlMessage
  readonly digest: Uint8Array
  /** The sender's public signing key from here on. */
  readonly signingKey: Uint8Array
  /** The open messages that the sender had not acknowledged before this one: those that are concurrent with it. */
  readonly unseen: ReadonlyArray<Pick<Open, "sender" | "seq">>
  readonly secrets: ReadonlyArray<{ readonly member: string; readonly seq: number; readonly secret: Uint8Array }>
}

interface Accepted {
  readonly after: Broadcaster
  readonly taken: ReadonlyArray<Taken>
}

interface Received extends Accepted {
  /** What envelopes that are held wait for. */
  readonly missing: ReadonlyArray<Missing>
}

const checkForm = Effect.fnUntraced(function* (items: ReadonlyArray<Item>) {
  const controls = items.map(({ control }) => control)
  const { group, sender, seq } = controls[0]!
  // causal-broadcast.accept.2
  const follows = controls.every((one, index) => one.group === group && one.sender === sender && one.seq === seq + index)
  if (!follows) return yield* refuse(clauses["one-sender"], `${items.length} messages from ${sender} ${seq}`)
  // causal-broadcast.accept.3
  const hasKeys = items.every(({ control, signingKey }) => bringsKey(control) === (signingKey !== null))
  if (!hasKeys) return yield* refuse(clauses["signing-key"], `${sender} ${seq}`)
  // causal-broadcast.accept.4
  const isAlone = items.length === 1 || controls.every(({ type }) => type !== "add")
  if (!isAlone) return yield* refuse(clauses["add-alone"], `${sender} ${seq}`)
})

/** The digests of the messages of an envelope, or undefined when one acknowledges a message that is not open. */
const digestsOf = Effect.fnUntraced(function* (state: BroadcastState, previous: Uint8Array, items: ReadonlyArray<Item>) {
  const digests: Array<Uint8Array> = []
  for (const item of items) {
    const acknowledged = acknowledgedOpen(state, item.control)
    if (isAcknowledgement(item.control) && acknowledged === undefined) return undefined
    digests.push(yield* digestOf(digests.at(-1) ?? previous, acknowledged?.digest ?? null, item))
  }
  return digests
})

const isAwaited = (state: BroadcastState, { control }: Item): boolean =>
  !isAcknowledgement(control) || acknowledgedOpen(state, control)?.awaited.includes(control.sender) === true

const verified = Effect.fnUntraced(function* (envelope: Envelope, signingKey: Uint8Array, digest: Uint8Array) {
  // causal-broadcast.accept.9
  const isValid = (yield* Crypto).ed25519Verify(signingKey, signedContent(digest), envelope.signature)
  if (!isValid) return yield* refuse(clauses.signature, `envelope of ${envelope.items[0]!.control.sender}`)
})

/** An envelope that begins with a message that we have. */
const compare = Effect.fnUntraced(function* (state: BroadcastState, envelope: Envelope) {
  const { sender, seq } = envelope.items[0]!.control
  // causal-broadcast.compare.1
  const before = state.signers[sender]?.recent.find(({ first }) => first === seq)
  if (before === undefined) return yield* new Ignored({ reason: "duplicate" })
  // causal-broadcast.compare.2
  const digests = yield* digestsOf(state, before.previous, envelope.items)
  const digest = digests?.at(-1)
  if (digest === undefined || sameBytes(digest, before.digest)) return yield* new Ignored({ reason: "duplicate" })
  // causal-broadcast.compare.3
  yield* verified(envelope, before.signingKey, digest)
  return yield* refuse(clauses.equivocation, `${sender} ${seq}`)
})

const checkOrder = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope) {
  const first = envelope.items[0]!.control
  let state = agreementOf(before)
  // causal-broadcast.accept.6
  for (const { control } of envelope.items) {
    yield* KeyAgreement.checkOrder(state, control).pipe(
      Effect.catchTag("Ignored", (verdict) => (control === first ? compare(before.state, envelope) : Effect.fail(verdict))),
    )
    state = { ...state, seen: { ...state.seen, [control.sender]: control.seq } }
  }
})

const identityKey = (keyring: KeyAgreement.Keyring, user: string) => {
  const contact = contactOf(keyring.contacts, user)
  return contact === undefined ? Effect.fail(new Waiting({ missing: [{ bundle: user }] })) : Effect.succeed(contact.signingKey)
}

const signingKeyOf = Effect.fnUntraced(function* ({ state, keyring }: Broadcaster, sender: string) {
  // causal-broadcast.accept.7
  const user = state.agreement.users[sender]
  if (user === undefined) return yield* refuse(agreement["sender-member"], `${sender} is unknown`)
  return state.signers[sender]?.signingKey ?? (yield* identityKey(keyring, user))
})

const processItem = Effect.fnUntraced(function* (before: Broadcaster, { control, directs }: Item) {
  // causal-broadcast.take.1
  const { me, keys } = agreementOf(before)
  const [adder, seq] = control.type === "add" ? [control.sender, control.seq] : [null, 0]
  const address = me ?? (yield* memberIdOf(control.group, keys.user, adder, seq))
  const direct = Object.hasOwn(directs, address) ? directs[address]! : null
  return yield* KeyAgreement.process(agreementOf(before), encodeWire(ControlMessage, control), direct)
})

const secretsOf = (control: ControlMessage, processed: KeyAgreement.Processed): Taken["secrets"] => {
  const { senderSecret, ownSecret, state } = processed
  const ofSender = senderSecret === undefined ? [] : [{ member: control.sender, seq: control.seq, secret: senderSecret }]
  // The secret is that of the last message made: of the rekey, if there is one.
  return ownSecret === undefined ? ofSender : [...ofSender, { member: state.me!, seq: state.seen[state.me!]!, secret: ownSecret }]
}

/** One message of an envelope that has been verified, from what key agreement made of it. */
const takeItem = Effect.fnUntraced(function* (before: Broadcaster, item: Item, digest: Uint8Array, processed: KeyAgreement.Processed) {
  const { control, signingKey } = item
  const { state, keyring } = withAgreement(before, processed.state)
  // causal-broadcast.take.2
  const noted = yield* note(state, control, digest)
  const known = noted.signers[control.sender]
  const signer = { recent: known?.recent ?? [], signingKey: signingKey ?? known!.signingKey, digest }
  let after: Broadcaster = { state: { ...noted, signers: { ...noted.signers, [control.sender]: signer } }, keyring }
  // causal-broadcast.take.3
  for (const outgoing of [processed.response, processed.rekey]) if (outgoing !== undefined) after = yield* send(after, outgoing)
  const unseen = state.open.filter(({ awaited }) => awaited.includes(control.sender)).map(({ sender, seq }) => ({ sender, seq }))
  const taken: Taken = { control, digest, signingKey: signer.signingKey, unseen, secrets: secretsOf(control, processed) }
  return { after, taken }
})

/** Takes an envelope that has been verified; `first` is what key agreement made of its first message, when it has processed it already. */
const take = Effect.fnUntraced(function* (
  before: Broadcaster,
  { items }: Envelope,
  digests: ReadonlyArray<Uint8Array>,
  verifiedBy: Uint8Array,
  first?: KeyAgreement.Processed,
) {
  const { sender, seq } = items[0]!.control
  const previous = lastDigest(before.state, sender)
  let after = before
  const taken: Array<Taken> = []
  for (const [index, item] of items.entries()) {
    if (after.state.agreement.removed === 1) break
    const processed = (index === 0 ? first : undefined) ?? (yield* processItem(after, item))
    const one = yield* takeItem(after, item, digests[index]!, processed)
    after = one.after
    taken.push(one.taken)
  }
  // causal-broadcast.take.4
  const signer = after.state.signers[sender]!
  const sent = { first: seq, last: items.at(-1)!.control.seq, previous, digest: digests.at(-1)!, signingKey: verifiedBy }
  const signers = { ...after.state.signers, [sender]: { ...signer, recent: withRecent(signer.recent, sent) } }
  const result: Accepted = { after: { ...after, state: { ...after.state, signers } }, taken }
  return result
})

/** The current signer of a member, before its first envelope: what the envelope has to be verified by. */
const withSigner = ({ state, keyring }: Broadcaster, sender: string, signingKey: Uint8Array): Broadcaster => {
  const signer = state.signers[sender] ?? { signingKey, digest: noDigest, recent: [] }
  return { state: { ...state, signers: { ...state.signers, [sender]: signer } }, keyring }
}

/** Whether what came with a welcome names exactly the members of whom the welcome counts messages, and open messages of theirs. */
const isConsistent = ({ me, seen, users }: KeyAgreement.State, { signers, open }: Attachment, add: ControlMessage): boolean => {
  const counted = Object.keys(seen).filter((member) => member !== me)
  const hasAll = counted.length === Object.keys(signers).length && counted.every((member) => Object.hasOwn(signers, member))
  const mayAwait = (member: string, sender: string) => Object.hasOwn(users, member) && member !== me && member !== sender
  const isOpen = ({ sender, seq, awaited }: Open) =>
    counted.includes(sender) &&
    (sender === add.sender ? seq < add.seq : seq <= seen[sender]!) &&
    awaited.every((member, index) => mayAwait(member, sender) && (index === 0 || awaited[index - 1]! < member))
  const refs = new Set(open.map(({ sender, seq }) => `${sender} ${seq}`))
  return hasAll && refs.size === open.length && open.every(isOpen)
}

const joinByAdd = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope) {
  const item = envelope.items[0]!
  const { sender } = item.control
  // causal-broadcast.join.2
  const processed = yield* processItem(before, item)
  const attachment = yield* decodeMessage(Attachment, processed.attachment!)
  if (!isConsistent(processed.state, attachment, item.control)) return yield* refuse(clauses.attachment, `from ${sender}`)
  const { signers, open } = attachment
  const attached = signers[sender]!
  const known = Object.entries(signers).map(([member, signer]) => [member, { ...signer, recent: [] }] as const)
  const joining = { ...before, state: { ...before.state, signers: Object.fromEntries(known), open } }
  const digests = (yield* digestsOf(joining.state, attached.digest, envelope.items))!
  yield* verified(envelope, attached.signingKey, digests[0]!)
  return yield* take(joining, envelope, digests, attached.signingKey, processed)
})

const join = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope) {
  const { control } = envelope.items[0]!
  if (control.type === "create") {
    // causal-broadcast.join.1
    const signingKey = yield* identityKey(before.keyring, control.users[0]!)
    return yield* verifyAndTake(before, envelope, signingKey)
  }
  if (control.type === "add" && control.user === before.keyring.keys.user) return yield* joinByAdd(before, envelope)
  // causal-broadcast.join.3
  return yield* new Waiting({ missing: [{ join: control.group }] })
})

const verifyAndTake = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope, signingKey: Uint8Array) {
  const { sender } = envelope.items[0]!.control
  // causal-broadcast.accept.8
  const digests = yield* digestsOf(before.state, lastDigest(before.state, sender), envelope.items)
  const mayAcknowledge = envelope.items.every((item) => isAwaited(before.state, item))
  if (digests === undefined || !mayAcknowledge) return yield* refuse(clauses.acknowledges, `${sender} acknowledges what it may not`)
  yield* verified(envelope, signingKey, digests.at(-1)!)
  // causal-broadcast.accept.10
  return yield* take(withSigner(before, sender, signingKey), envelope, digests, signingKey)
})

const decode = (bytes: Uint8Array) =>
  // causal-broadcast.accept.1
  decodeMessage(Envelope, bytes)

const accept = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope) {
  yield* checkForm(envelope.items)
  // causal-broadcast.accept.5
  if (before.state.agreement.group === null) return yield* join(before, envelope)
  yield* checkOrder(before, envelope)
  const signingKey = yield* signingKeyOf(before, envelope.items[0]!.control.sender)
  return yield* verifyAndTake(before, envelope, signingKey)
})

const withoutHeld = ({ state, keyring }: Broadcaster, held: Held): Broadcaster => ({
  state: { ...state, held: state.held.filter((one) => one !== held) },
  keyring,
})

const waitingFor = (before: Broadcaster, held: Held, missing: ReadonlyArray<Missing>): Broadcaster => {
  const again = withMissing(before, held, missing)
  return { ...before, state: { ...before.state, held: before.state.held.map((one) => (one === held ? again : one)) } }
}

const withoutKeys = (state: BroadcastState): BroadcastState => ({
  ...state,
  held: [],
  queue: [],
  signingKey: null,
  signers: {},
  open: [],
})

/** The state as after our removal: for one that must not be used any more. */
export const abandon = (state: BroadcastState): BroadcastState => withoutKeys({ ...state, agreement: KeyAgreement.leave(state.agreement) })

/** Tries what is held and due, from the first, until nothing more is accepted. Also to be done after an operation of our own, and when a key bundle has been learned. Gives what was processed, and what is still waited for. */
export const retry = Effect.fnUntraced(function* (before: Broadcaster) {
  let current = withoutRepetitions(before)
  const taken: Array<Taken> = []
  for (let index = 0; index < current.state.held.length; ) {
    const held = current.state.held[index]!
    if (!isDue(current, held)) {
      index++
      continue
    }
    // causal-broadcast.retry.3
    const result = yield* Effect.result(accept(current, yield* decode(held.envelope)))
    if (Result.isSuccess(result)) {
      current = withoutRepetitions(withoutHeld(result.success.after, held))
      taken.push(...result.success.taken)
      index = 0
    } else if (result.failure._tag === "Waiting") {
      current = waitingFor(current, held, result.failure.missing)
      index++
    } else current = withoutHeld(current, held)
  }
  // causal-broadcast.retry.5
  const after = current.state.agreement.removed === 1 ? { ...current, state: withoutKeys(current.state) } : current
  // causal-broadcast.retry.4
  const missing = eachOnce(after.state.held.map((held) => missingOf(after, held)))
  const result: Received = { after, taken, missing }
  return result
})

/** Forgets what is held. */
export const forget = ({ state, keyring }: Broadcaster): Broadcaster => {
  // causal-broadcast.forget.1
  return { state: { ...state, held: [] }, keyring }
}

/**
 * Receives an envelope. Gives what was processed, of it and of what was held, and what is missing: for this one when it has to be held, otherwise for those that are still held.
 *
 * Verdicts: those of the steps causal-broadcast.receive and accept, and of key agreement.
 */
export const receive = Effect.fnUntraced(function* (before: Broadcaster, bytes: Uint8Array) {
  const envelope = yield* decode(bytes)
  // causal-broadcast.receive.1
  const accepted = yield* Effect.result(accept(before, envelope))
  if (Result.isFailure(accepted)) {
    if (accepted.failure._tag !== "Waiting") return yield* accepted.failure
    const { missing } = accepted.failure
    // causal-broadcast.receive.6
    const held: Received = { after: yield* hold(before, envelope, bytes, missing), taken: [], missing }
    return held
  }
  // causal-broadcast.receive.7
  const { after, taken, missing } = yield* retry(accepted.success.after)
  const result: Received = { after, taken: [...accepted.success.taken, ...taken], missing }
  return result
})
