/**
 * Accepting an envelope: is it in order, who has signed it, and what comes of its messages.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { Ignored, refuse, Waiting } from "../../../spec/conventions/verdicts.ts"
import { Attachment, type Chain, clauses, Envelope, type Item, noDigest, type Open } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as agreement, ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { decodeMessage, memberIdOf, sameBytes, withEntry } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { additionOf, knowledgeOf, knows, removalsOf } from "../group-membership.ts"
import * as KeyAgreement from "../key-agreement.ts"
import { contactOf } from "../key-bundles.ts"
import { isConsistent } from "./attachment.ts"
import { send } from "./send.ts"
import {
  acknowledgedOpen,
  agreementOf,
  type Broadcaster,
  type BroadcastState,
  bringsKey,
  confirmationOf,
  currentCut,
  cutOf,
  digestsOf,
  knownBefore,
  lastDigest,
  newSigner,
  note,
  signedContent,
  statesCut,
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
  /** What its sender has written since its message before. */
  readonly chain: Chain | null
}

export interface Accepted {
  readonly after: Broadcaster
  readonly taken: ReadonlyArray<Taken>
}

/** As if we had not been removed: so what follows is judged as others judge it. */
export const lookingOn = (present: Broadcaster): Broadcaster => {
  const { state, keyring } = present
  return state.agreement.removed === 0 ? present : { state: { ...state, agreement: { ...state.agreement, removed: 0 } }, keyring }
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
  const statesAll = items.every(({ control, cut }) => statesCut(control) === (cut !== null))
  if (!statesAll) return yield* refuse(clauses.cut, `${sender} ${seq} states none, or states one with what does not`)
  // causal-broadcast.accept.5
  const isAlone = items.length === 1 || controls.every(({ type }) => type !== "add")
  if (!isAlone) return yield* refuse(clauses["add-alone"], `${sender} ${seq}`)
})

const isAwaited = (state: BroadcastState, { control }: Item): boolean =>
  !KeyAgreement.isAcknowledgement(control) || acknowledgedOpen(state, control)?.awaited.includes(control.sender) === true

const isValid = Effect.fnUntraced(function* (envelope: Envelope, signingKey: Uint8Array, digest: Uint8Array) {
  return (yield* Crypto).ed25519Verify(signingKey, signedContent(digest), envelope.signature)
})

const verified = Effect.fnUntraced(function* (envelope: Envelope, signingKey: Uint8Array, digest: Uint8Array) {
  if (yield* isValid(envelope, signingKey, digest)) return
  return yield* refuse(clauses.signature, `envelope of ${envelope.items[0]!.control.sender}`)
})

/** The add-ack of our addition in an envelope of one who has not confirmed what our welcome says of it, with its position. */
const arrivalIn = (before: Broadcaster, { items }: Envelope) => {
  const { state } = before
  const agreement = agreementOf(before)
  const { me } = agreement
  const index = items.findIndex(
    ({ control, directs }) =>
      control.type === "add-ack" &&
      KeyAgreement.addedBy(agreement, { sender: control.ofSender, seq: control.ofSeq }) === me &&
      Object.hasOwn(directs, me!) &&
      state.unconfirmed.includes(control.sender),
  )
  return index === -1 ? undefined : { index, item: items[index]! }
}

/** Refuses an envelope that we cannot verify, but whose sender confirms to us something else than our welcome says. Gives whether it confirms what the welcome says. */
const confirm = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope, expected: Expected) {
  // causal-broadcast.confirm.1
  const arrival = arrivalIn(before, envelope)
  if (arrival === undefined || (expected !== undefined && arrival.index > 0)) return false
  const { control, directs } = arrival.item
  const { group, me } = before.state.agreement
  const joined: KeyAgreement.Joined = { ...agreementOf(before), group: group!, me: me! }
  // causal-broadcast.confirm.2
  const opened = KeyAgreement.receiveIntroduction(joined, control.sender, directs[me!]!, encodeWire(ControlMessage, control))
  const introduction = yield* Effect.result(opened)
  if (Result.isFailure(introduction)) return false
  // causal-broadcast.confirm.3
  const wanted = expected === undefined ? undefined : yield* expectedOf(before.state, control, expected.signingKey)
  if (wanted === undefined || !sameBytes(introduction.success.confirmation, wanted)) return yield* contradicted(before.state, control)
  return true
})

/** The signing key by which the first message of an envelope is expected to be its sender's next; nothing, if it cannot be. */
type Expected = { readonly signingKey: Uint8Array } | undefined

/** What the sender of an add-ack of our addition confirms to us, by all that we have. */
const expectedOf = Effect.fnUntraced(function* (state: BroadcastState, control: ControlMessage, signingKey: Uint8Array) {
  const { digest: add } = acknowledgedOpen(state, control)!
  return yield* confirmationOf(control, add, lastDigest(state, control.sender), signingKey, yield* currentCut(state, control.sender))
})

const adderOf = ({ agreement: { history, me } }: Pick<BroadcastState, "agreement">): string | undefined =>
  me === null ? undefined : additionOf(history, me)?.sender

const contradicted = (state: Pick<BroadcastState, "agreement">, { sender }: ControlMessage) =>
  refuse(clauses.confirmation, `${adderOf(state)} has said of ${sender} what ${sender} denies`)

/** Whether an envelope that has been counted brings more than acknowledgements where our welcome has counted only these. */
const countsOtherwise = ({ signers, unconfirmed }: BroadcastState, { items }: Envelope): boolean => {
  const { sender } = items[0]!.control
  const isLater = ({ control }: Item) => !KeyAgreement.isAcknowledgement(control) && control.seq > signers[sender]!.last
  return unconfirmed.includes(sender) && items.some(isLater)
}

/** An envelope that begins with a message that we have. */
const compare = Effect.fnUntraced(function* (state: BroadcastState, envelope: Envelope) {
  const { sender, seq } = envelope.items[0]!.control
  // causal-broadcast.compare.1
  const before = state.signers[sender]?.recent.find(({ first }) => first === seq)
  // causal-broadcast.compare.2
  if (before === undefined && countsOtherwise(state, envelope))
    return yield* unconfirmed(state, sender, `${seq} is counted as an acknowledgement`)
  if (before === undefined) return yield* new Ignored({ reason: "duplicate" })
  // causal-broadcast.compare.3
  const digests = yield* digestsOf(state, before.previous, envelope.items)
  const digest = digests?.at(-1)
  if (digest === undefined || sameBytes(digest, before.digest)) return yield* new Ignored({ reason: "duplicate" })
  // causal-broadcast.compare.4
  yield* verified(envelope, before.signingKey, digest)
  return yield* refuse(clauses.equivocation, `${sender} ${seq}`)
})

const isCounted = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope) {
  yield* confirm(before, envelope, undefined)
  return yield* compare(before.state, envelope)
})

const checkOrder = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope) {
  let state = agreementOf(before)
  // causal-broadcast.accept.7
  for (const { control } of envelope.items) {
    // Only the first can be ignored: the others come after it.
    yield* KeyAgreement.checkOrder(state, control).pipe(Effect.catchTag("Ignored", () => isCounted(before, envelope)))
    state = { ...state, seen: withEntry(state.seen, control.sender, control.seq) }
  }
})

const identityKey = (keyring: KeyAgreement.Keyring, user: string) => {
  const contact = contactOf(keyring.contacts, user)
  return contact === undefined ? Effect.fail(new Waiting({ missing: [{ bundle: user }] })) : Effect.succeed(contact.signingKey)
}

const signingKeyOf = Effect.fnUntraced(function* ({ state, keyring }: Broadcaster, sender: string) {
  // causal-broadcast.accept.8
  const user = state.agreement.users[sender]
  if (user === undefined) return yield* refuse(agreement["sender-member"], `${sender} is unknown`)
  return state.signers[sender]?.signingKey ?? (yield* identityKey(keyring, user))
})

/** What we confirm to a new member whose addition, with the digest `add`, is the next message that we answer. */
const ownConfirmation = Effect.fnUntraced(function* ({ state }: Broadcaster, add: Uint8Array) {
  const { group, me, seen } = state.agreement
  if (group === null || me === null) return undefined
  // Whoever has joined has answered.
  const { signingKey, digest } = state.signers[me]!
  const head = { group, sender: me, seq: seen[me]! + 1 }
  return yield* confirmationOf(head, add, digest, signingKey, yield* currentCut(state, me))
})

const processItem = Effect.fnUntraced(function* (before: Broadcaster, { control, directs }: Item, digest: Uint8Array) {
  // causal-broadcast.take.1
  // causal-broadcast.take.2
  const { me, keys } = agreementOf(before)
  const [adder, seq] = control.type === "add" ? [control.sender, control.seq] : [null, 0]
  const address = me ?? (yield* memberIdOf(control.group, keys.user, adder, seq))
  const all = Object.entries(directs).map(([to, message]) => ({ to, message }))
  const confirmation = control.type === "add" ? yield* ownConfirmation(before, digest) : undefined
  const bytes = encodeWire(ControlMessage, control)
  return yield* KeyAgreement.processDecoded(agreementOf(before), control, bytes, KeyAgreement.directsFor(all, address), confirmation)
})

const secretsOf = (control: ControlMessage, processed: KeyAgreement.Processed): Taken["secrets"] => {
  const { senderSecret, ownSecret, state } = processed
  const ofSender = senderSecret === undefined ? [] : [{ member: control.sender, seq: control.seq, secret: senderSecret }]
  // The secret is that of the last message made: of the rekey, if there is one.
  return ownSecret === undefined ? ofSender : [...ofSender, { member: state.me!, seq: state.seen[state.me!]!, secret: ownSecret }]
}

/** The broadcaster after key agreement has processed a message, when its sender confirms what our welcome says of it. */
const confirmed = Effect.fnUntraced(function* (before: Broadcaster, control: ControlMessage, processed: KeyAgreement.Processed) {
  const after = withAgreement(before, processed.state)
  if (processed.confirmation === undefined) return after
  // causal-broadcast.take.4
  if (!isInView(before.state, control.sender)) return after
  const { signingKey } = before.state.signers[control.sender]!
  const expected = yield* expectedOf(before.state, control, signingKey)
  if (!sameBytes(processed.confirmation, expected)) return yield* contradicted(before.state, control)
  const unconfirmed = after.state.unconfirmed.filter((member) => member !== control.sender)
  return { ...after, state: { ...after.state, unconfirmed } }
})

/** The state in which also the member is unconfirmed that one who is unconfirmed has added. */
const withUnconfirmed = (state: BroadcastState, control: ControlMessage): BroadcastState => {
  // causal-broadcast.take.6
  const isByOne = control.type === "add" && state.unconfirmed.includes(control.sender)
  const added = isByOne ? KeyAgreement.addedBy(state.agreement, control) : undefined
  return added === undefined ? state : { ...state, unconfirmed: [...state.unconfirmed, added].sort() }
}

const isInView = ({ agreement }: BroadcastState, member: string): boolean => KeyAgreement.ourView(agreement).includes(member)

/** Refuses a message that states another cut than its sender's. */
const checkCut = Effect.fnUntraced(function* ({ state }: Broadcaster, { control, cut }: Item) {
  // causal-broadcast.take.3
  if (cut === null || !isInView(state, control.sender)) return
  const isIt = sameBytes(cut, yield* currentCut(state, control.sender))
  if (!isIt) return yield* refuse(clauses.cut, `${control.sender} ${control.seq}`)
})

/** One message of an envelope that has been verified, from what key agreement made of it. */
const takeItem = Effect.fnUntraced(function* (before: Broadcaster, item: Item, digest: Uint8Array, processed: KeyAgreement.Processed) {
  const { control, chain } = item
  yield* checkCut(before, item)
  const { state, keyring } = yield* confirmed(before, control, processed)
  const signer = state.signers[control.sender]!
  const signingKey = item.signingKey ?? signer.signingKey
  // causal-broadcast.take.5
  // causal-broadcast.take.7
  // causal-broadcast.take.8
  let after: Broadcaster = { state: withUnconfirmed(yield* note(state, control, digest, signingKey, signer), control), keyring }
  // causal-broadcast.take.9
  for (const outgoing of [processed.response, processed.rekey]) if (outgoing !== undefined) after = yield* send(after, outgoing)
  const unseen = state.open.filter(({ awaited }) => awaited.includes(control.sender)).map(({ sender, seq }) => ({ sender, seq }))
  const secrets = secretsOf(control, processed)
  const taken: Taken = { control, digest, signingKey, unseen, secrets, chain }
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
    const isOut = after.state.agreement.removed === 1
    const present = lookingOn(after)
    // An add by which we have joined is alone.
    const processed = first ?? (yield* processItem(present, item, digests[index]!))
    const one = yield* takeItem(present, item, digests[index]!, processed)
    after = one.after
    if (!isOut) taken.push(one.taken)
  }
  // causal-broadcast.take.10
  const signer = after.state.signers[sender]!
  const sent = { first: seq, last: items.at(-1)!.control.seq, previous, digest: digests.at(-1)!, signingKey: verifiedBy }
  const signers = withEntry(after.state.signers, sender, { ...signer, recent: withRecent(signer.recent, sent) })
  const result: Accepted = { after: { ...after, state: { ...after.state, signers } }, taken }
  return result
})

/** The current signer of a member, before its first envelope: what the envelope has to be verified by. */
const withSigner = ({ state, keyring }: Broadcaster, sender: string, signingKey: Uint8Array): Broadcaster => {
  if (Object.hasOwn(state.signers, sender)) return { state, keyring }
  return { state: { ...state, signers: withEntry(state.signers, sender, newSigner(signingKey)) }, keyring }
}

const joinByAdd = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope) {
  const item = envelope.items[0]!
  const { sender } = item.control
  // causal-broadcast.join.2
  // causal-broadcast.join.3
  const processed = yield* processItem(before, item, noDigest)
  const attachment = yield* decodeMessage(Attachment, processed.attachment!)
  if (!isConsistent(processed.state, attachment, item.control)) return yield* refuse(clauses.attachment, `from ${sender}`)
  const { signers, open } = attachment
  const attached = signers[sender]!
  const known = Object.entries(signers).map(([member, signer]) => [member, { ...signer, recent: [] }] as const)
  const { me, users } = processed.state
  const unconfirmed = Object.keys(users).filter((member) => member !== sender && member !== me)
  const joining = { ...before, state: { ...before.state, signers: Object.fromEntries(known), open, unconfirmed: unconfirmed.sort() } }
  const digests = (yield* digestsOf(joining.state, attached.digest, envelope.items))!
  yield* verified(envelope, attached.signingKey, digests[0]!)
  // causal-broadcast.join.4
  const after = withAgreement(joining, processed.state).state
  const isCut = sameBytes(item.cut!, yield* cutOf(after, sender, knownBefore(after, item.control)))
  if (!isCut) return yield* refuse(clauses.cut, `${sender} says to us what it does not say to all`)
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
  // causal-broadcast.join.5
  return yield* new Waiting({ missing: [{ join: control.group }] })
})

/** Whether a member that an envelope removes may have left by it, because it did not know some removal of `former` that we know. */
export const mayHaveLeft = (state: BroadcastState, { items }: Envelope, former: string): boolean => {
  const { history } = state.agreement
  const isUnaware = (member: string) => {
    const known = knowledgeOf(history, member)
    return removalsOf(history, former).some((at) => known === undefined || !knows(known, at))
  }
  // Whether one leaves whom we do not have as a member makes no difference.
  const view = KeyAgreement.ourView(state.agreement)
  return items.some(({ control }) => control.type === "remove" && view.includes(control.member) && isUnaware(control.member))
}

/** Whether we know that the sender was removed, and nobody can have left by the envelope without knowing it too. */
const isWithheld = (state: BroadcastState, envelope: Envelope): boolean => {
  const { sender } = envelope.items[0]!.control
  const isChange = envelope.items.some(({ control }) => !KeyAgreement.isAcknowledgement(control))
  return isChange && removalsOf(state.agreement.history, sender).length > 0 && !mayHaveLeft(state, envelope, sender)
}

/** Whether one who is unconfirmed confirms with an envelope, which we cannot verify, what our welcome says. */
const confirmedBy = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope, signingKey: Uint8Array) {
  const { state } = before
  const { sender } = envelope.items[0]!.control
  const hasSent = knowledgeOf(state.agreement.history, sender) !== undefined
  if (!isInView(state, sender) || !hasSent) return false
  return yield* confirm(before, envelope, { signingKey })
})

const unconfirmed = (state: BroadcastState, sender: string, clause: string) =>
  refuse(clauses.unconfirmed, `${sender}, or ${adderOf(state)} about it: ${clause}`)

/** The member of whom an envelope says something against the word of our adder, if it is not as it should be: its sender, or that of a message that it acknowledges. */
const doubted = ({ unconfirmed }: BroadcastState, { items }: Envelope): string | undefined =>
  items
    .flatMap(({ control }) => [control.sender, ...(KeyAgreement.isAcknowledgement(control) ? [control.ofSender] : [])])
    .find((member) => unconfirmed.includes(member))

/** What is withheld and begins with the same message as an envelope. */
const twinOf = ({ held }: BroadcastState, { items }: Envelope) => {
  const { sender, seq } = items[0]!.control
  return held.find((one) => one.withheld !== null && one.sender === sender && one.seq === seq)?.withheld ?? undefined
}

/** The digests of the messages of an envelope that `signingKey` has signed. */
const verify = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope, signingKey: Uint8Array) {
  const { sender } = envelope.items[0]!.control
  // causal-broadcast.accept.9
  const mayAcknowledge = envelope.items.every((item) => isAwaited(before.state, item))
  if (!mayAcknowledge) return yield* refuse(clauses.acknowledges, `${sender} acknowledges what it may not`)
  const digests = (yield* digestsOf(before.state, lastDigest(before.state, sender), envelope.items))!
  // causal-broadcast.accept.10
  if (!(yield* isValid(envelope, signingKey, digests.at(-1)!))) {
    const isConfirmed = yield* confirmedBy(before, envelope, signingKey)
    const inDoubt = doubted(before.state, envelope)
    if (!isConfirmed && inDoubt !== undefined) return yield* unconfirmed(before.state, inDoubt, clauses.signature.id)
    return yield* refuse(clauses.signature, `envelope of ${sender}`)
  }
  return digests
})

const verifyAndTake = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope, signingKey: Uint8Array, isReleased = false) {
  const digests = yield* verify(before, envelope, signingKey)
  const { sender } = envelope.items[0]!.control
  // causal-broadcast.accept.11
  if (!isReleased && isWithheld(before.state, envelope)) {
    // causal-broadcast.accept.12
    const twin = twinOf(before.state, envelope)
    if (twin !== undefined && !sameBytes(twin.digests.at(-1) ?? noDigest, digests.at(-1)!)) {
      return yield* refuse(clauses.equivocation, `${sender} ${envelope.items[0]!.control.seq}`)
    }
    if (twin !== undefined) return yield* new Ignored({ reason: "duplicate" })
    // causal-broadcast.accept.13
    return yield* new Waiting({ missing: [{ acknowledgement: { sender, seq: envelope.items.at(-1)!.control.seq } }] })
  }
  // causal-broadcast.accept.14
  return yield* take(withSigner(before, sender, signingKey), envelope, digests, signingKey)
})

/** What is refused by these clauses is so whatever our welcome says. */
const judged: ReadonlyArray<string> = [
  clauses.confirmation,
  clauses.signature,
  clauses.unconfirmed,
  clauses.equivocation,
  agreement.commitment,
].map(({ id }) => id)

export const decode = (bytes: Uint8Array) =>
  // causal-broadcast.accept.1
  decodeMessage(Envelope, bytes)

export const accept = Effect.fnUntraced(function* (before: Broadcaster, envelope: Envelope, isReleased = false) {
  yield* checkForm(envelope.items)
  // causal-broadcast.accept.6
  if (before.state.agreement.group === null) return yield* join(before, envelope)
  yield* checkOrder(before, envelope)
  const { sender } = envelope.items[0]!.control
  const signingKey = yield* signingKeyOf(before, sender)
  const result = yield* Effect.result(verifyAndTake(before, envelope, signingKey, isReleased))
  if (Result.isSuccess(result)) return result.success
  const { failure } = result
  // causal-broadcast.accept.15
  const inDoubt = doubted(before.state, envelope)
  const isWord = failure._tag === "Refused" && !judged.includes(failure.clause)
  return yield* isWord && inDoubt !== undefined ? unconfirmed(before.state, inDoubt, failure.clause) : failure
})
