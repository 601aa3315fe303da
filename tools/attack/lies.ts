/**
 * How messages are made that are not as they should be: all that knows how the reference makes them. It is the reference that makes them here too, with its state or its output changed, and they are signed with
 * keys that the attacker has.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { memberIdOf } from "../../reference/conventions.ts"
import { Crypto } from "../../reference/crypto/crypto.ts"
import * as Application from "../../reference/dcgka/application-messages.ts"
import { send } from "../../reference/dcgka/causal-broadcast/send.ts"
import {
  agreementOf,
  currentCut,
  digestOf,
  lastDigest,
  newSigner,
  signedContent,
  statesCut,
  withAgreement,
} from "../../reference/dcgka/causal-broadcast/state.ts"
import * as Broadcast from "../../reference/dcgka/causal-broadcast.ts"
import * as Messaging from "../../reference/dcgka/group-messaging.ts"
import { answer } from "../../reference/dcgka/key-agreement/acknowledgement.ts"
import { recordControl } from "../../reference/dcgka/key-agreement/record.ts"
import type { Joined } from "../../reference/dcgka/key-agreement/state.ts"
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import { memberSecret } from "../../reference/dcgka/ratchet.ts"
import * as Channels from "../../reference/dcgka/two-party-messaging.ts"
import type { Step } from "../../reference/simulation/network.ts"
import { decodeWire, encodeWire } from "../../spec/conventions/encoding.ts"
import { Attachment, Envelope, type Item, noDigest } from "../../spec/dcgka/causal-broadcast.ts"
import { ControlMessage, Welcome } from "../../spec/dcgka/key-agreement.ts"
import { ChannelPlaintext } from "../../spec/dcgka/two-party-messaging.ts"
import { type Draw, type Hands, must, primitives, run } from "./running.ts"
import type { Messenger } from "./world.ts"

type KeyOperation = (
  state: KeyAgreement.State,
) => Step<{ state: KeyAgreement.State; outgoing: KeyAgreement.Outgoing; updateSecret?: Uint8Array | undefined }>

/** A liar at work: a messenger of its own, its seed, and the group. What it does gives a new messenger, and packets. */
export interface Liar {
  readonly messenger: Messenger
  readonly seed: Uint8Array
  readonly group: string
}

/** What a lie comes to. */
export interface Told {
  readonly messenger: Messenger
  readonly packets: ReadonlyArray<Uint8Array>
  /** What went through the liar's hands, seeds that it made up included. */
  readonly hands: Hands
}

/** Of what was made without secrets. */
export const nothing: Hands = { traced: [], sealed: [], seeds: [], seals: [] }

const together = (a: Hands, b: Hands): Hands => ({
  traced: [...a.traced, ...b.traced],
  sealed: [...a.sealed, ...b.sealed],
  seeds: [...a.seeds, ...b.seeds],
  seals: [...a.seals, ...b.seals],
})

/** What is changed of a message before it is sealed and signed. Undefined for a payload: the direct message is left out. */
export interface Twist {
  readonly draw?: Draw
  /** The state that the message is made with, when it is not that of the liar. */
  readonly state?: (state: KeyAgreement.GroupState) => KeyAgreement.GroupState
  readonly control?: (control: ControlMessage) => ControlMessage
  readonly payload?: (to: string, payload: Uint8Array) => Uint8Array | undefined
  /** Direct messages, already sealed, changed. */
  readonly direct?: (to: string, sealed: Uint8Array) => Uint8Array
  /** Members who get a direct message with the first payload that they should not, with their users. */
  readonly extra?: Readonly<Record<string, string>>
}

/** The membership as which a liar lies. */
export const membershipOf = ({ messenger, group }: Liar) =>
  messenger.groups[group]?.memberships.find(({ broadcast }) => broadcast.agreement.removed === 0)

/** Whether the liar has a membership that it has not been told to be over. */
export const isMember = (liar: Liar): boolean => typeof membershipOf(liar)?.broadcast.agreement.me === "string"

export const stateOf = (liar: Liar) => membershipOf(liar)!.broadcast

/** The member that a liar is. */
export const meOf = (liar: Liar): string => stateOf(liar).agreement.me!

/** The number of a member's last message, as the liar has it. */
export const lastOf = (liar: Liar, member: string): number => stateOf(liar).agreement.seen[member] ?? 0

/** The members in the view of a liar, with their users. */
export const membersOf = (liar: Liar): Readonly<Record<string, string>> => {
  const { agreement } = stateOf(liar)
  return Object.fromEntries(KeyAgreement.ourView(agreement).map((member) => [member, agreement.users[member]!]))
}

/** The member in the view of the liar that is of this user. */
export const memberOfUser = (liar: Liar, user: string): string | undefined =>
  Object.entries(membersOf(liar)).find(([, one]) => one === user)?.[0]

/** The member that an add numbered `seq` of the liar makes of a user. */
export const memberMade = (liar: Liar, user: string, adder: string | null, seq: number): string =>
  must(liar.seed, memberIdOf(liar.group, user, adder, seq))

const controlIn = (outgoing: KeyAgreement.Outgoing): ControlMessage => Result.getOrThrow(decodeWire(ControlMessage, outgoing.control))

const placed = (
  liar: Liar,
  broadcast: Broadcast.BroadcastState,
  keyring: Messenger["keyring"],
  own?: { readonly seq: number; readonly secret: Uint8Array },
): Messenger => {
  const { messenger, group } = liar
  const before = membershipOf(liar)!
  const place = { group, sender: broadcast.agreement.me! }
  const application =
    own === undefined ? before.application : must(liar.seed, Application.beginOwn(before.application, place, own.seq, own.secret))
  const known = messenger.groups[group]!
  const memberships = known.memberships.map((one) => (one === before ? { ...one, broadcast, application } : one))
  return { ...messenger, keyring, groups: { ...messenger.groups, [group]: { ...known, memberships } } }
}

/** An operation of key agreement, told with a twist, in an envelope of its own. Undefined when it is not possible. */
export const tell = (liar: Liar, operation: KeyOperation, twist: Twist = {}): Told | undefined => {
  const broadcaster: Broadcast.Broadcaster = { state: stateOf(liar), keyring: liar.messenger.keyring }
  const truly = agreementOf(broadcaster) as Joined
  const before: Joined = twist.state === undefined ? truly : { ...truly, ...(twist.state(truly) as Joined) }
  const ran = run(liar.seed, operation(before), twist.draw)
  if (ran.result === undefined || Result.isFailure(ran.result)) return undefined
  const { outgoing, updateSecret } = ran.result.success
  const done = ran.result.success.state as Joined
  // What was said otherwise for the time of the message is remembered as it was.
  const state: Joined = { ...done, users: { ...done.users, ...truly.users } }
  const truth = controlIn(outgoing)
  const changed = twist.control?.(truth) ?? truth
  const control = encodeWire(ControlMessage, changed)
  const plain = new Map(
    ran.hands.sealed.map(({ to, plaintext }) => [to, Result.getOrThrow(decodeWire(ChannelPlaintext, plaintext)).payload]),
  )
  const keyring = { keys: before.keys, contacts: before.contacts }
  const seeds = [...ran.hands.seeds]
  const seal = (to: string, user: string, payload: Uint8Array) => {
    const channel = before.channels[to] ?? Channels.open(state.group, state.me, to, user)
    if (payload.length === 32) seeds.push({ sender: truth.sender, seq: truth.seq, seed: payload })
    return must(liar.seed, Channels.send(channel, keyring, payload, control), twist.draw).message
  }
  const sealed = [...plain].flatMap(([to, payload]) => {
    const told = twist.payload === undefined ? payload : twist.payload(to, payload)
    return told === undefined ? [] : [{ to, message: seal(to, state.users[to]!, told) }]
  })
  const first = [...plain.values()][0] ?? new Uint8Array(32)
  const extra = Object.entries(twist.extra ?? {}).map(([to, user]) => ({ to, message: seal(to, user, first) }))
  const directs = [...sealed, ...extra]
    .map(({ to, message }) => ({ to, message: twist.direct?.(to, message) ?? message }))
    .sort((a, b) => (a.to < b.to ? -1 : 1))
  const told = must(liar.seed, Effect.flatMap(send(withAgreement(broadcaster, state), { control, directs }), Broadcast.flush), twist.draw)
  const own = updateSecret === undefined ? undefined : { seq: truth.seq, secret: updateSecret }
  return {
    messenger: placed(liar, told.after.state, told.after.keyring, own),
    packets: [told.envelope!],
    hands: { ...ran.hands, sealed: [], seeds },
  }
}

/** The operations of key agreement. */
export const operations = {
  update: KeyAgreement.update as KeyOperation,
  remove:
    (member: string): KeyOperation =>
    (state) =>
      KeyAgreement.remove(state, member),
  acknowledge:
    (of: { readonly sender: string; readonly seq: number }): KeyOperation =>
    (state) =>
      Effect.map(answer(state as Joined, of), ({ state: after, head }) => ({
        state: after,
        outgoing: { control: encodeWire(ControlMessage, { type: "ack", ...head }), directs: [] },
      })),
}

/** A welcome and what goes with it. */
export interface Welcomed {
  readonly welcome: Welcome
  readonly attachment: Attachment
}

/** An add with a welcome that is not as it should be. */
export const addWith = (liar: Liar, user: string, lie: (welcomed: Welcomed) => Welcomed, twist: Twist = {}): Told | undefined => {
  const { signers, open } = stateOf(liar)
  const attached = Object.entries(signers).map(([member, { signingKey, digest, last }]) => [member, { signingKey, digest, last }] as const)
  const attachment = encodeWire(Attachment, { signers: Object.fromEntries(attached), open })
  const payload = (_to: string, bytes: Uint8Array) => {
    const welcome = Result.getOrThrow(decodeWire(Welcome, bytes))
    const told = lie({ welcome, attachment: Result.getOrThrow(decodeWire(Attachment, welcome.attachment)) })
    return encodeWire(Welcome, { ...told.welcome, attachment: encodeWire(Attachment, told.attachment) })
  }
  return tell(liar, (state) => KeyAgreement.add(state, user, attachment), { payload, ...twist })
}

/** An add of a user who is a member already, by a state in which that user has another name. */
export const addAgain = (liar: Liar, user: string): Told | undefined => {
  const renamed = (users: KeyAgreement.GroupState["users"], from: string, to: string) =>
    Object.fromEntries(Object.entries(users).map(([member, one]) => [member, one === from ? to : one]))
  const trulyNamed = (change: Welcome["changes"][number]["change"]) => {
    if (change.type === "welcome-create") return { ...change, users: change.users.map((one) => (one === forgotten ? user : one)) }
    return change.type === "welcome-add" && change.user === forgotten ? { ...change, user } : change
  }
  const named = ({ welcome, attachment }: Welcomed): Welcomed => ({
    attachment,
    welcome: { ...welcome, changes: welcome.changes.map(({ change, unknown }) => ({ change: trulyNamed(change), unknown })) },
  })
  return addWith(liar, user, named, { state: (state) => ({ ...state, users: renamed(state.users, user, forgotten) }) })
}

const forgotten = "somebody"

/**
 * A liar who never was a member, with a membership that it makes up: that of another, as far as it is public, with the liar added by one of the members. `seq` is its own last number.
 */
export const pretending = (
  victim: Messenger,
  by: string,
  { messenger, seed, group }: Liar,
  seqFor: (member: string) => number,
): Liar | undefined => {
  const membership = membershipOf({ messenger: victim, seed, group })
  if (membership === undefined) return undefined
  const { user } = messenger.keyring.keys
  const { agreement, signers } = membership.broadcast
  const adder = KeyAgreement.ourView(agreement).find((member) => agreement.users[member] === by)
  if (adder === undefined) return undefined
  const seq = (agreement.seen[adder] ?? 0) + 1
  const me = must(seed, memberIdOf(group, user, adder, seq))
  const known = { ...messenger.keyring, ...agreement } as Joined
  const add = { type: "add", group, sender: adder, seq, user, history: otherDigest } as ControlMessage
  const ack: ControlMessage = { type: "ack", group, sender: me, seq: 1, ofSender: adder, ofSeq: seq }
  const added = must(
    seed,
    Effect.flatMap(recordControl(known, add), (state) => recordControl(state, ack)),
  )
  const { state } = KeyAgreement.parted({
    ...added,
    me,
    seen: { ...agreement.seen, [adder]: seq, [me]: seqFor(me) },
    channels: {},
    memberSecrets: [],
    ratchets: {},
    updates: [],
  })
  const signingKey = primitives().ed25519PublicKey(messenger.keyring.keys.signingSecretKey)
  const broadcast = {
    ...membership.broadcast,
    agreement: state,
    signingKey: null,
    signers: { ...signers, [me]: { ...newSigner(signingKey), digest: otherDigest } },
    open: [],
    queue: [],
  }
  const groups = { [group]: { ...victim.groups[group]!, memberships: [{ ...membership, broadcast }] } }
  return { messenger: { ...messenger, groups }, seed, group }
}

const otherDigest = new Uint8Array(32).fill(5)

/** The creation of a group with a twist, in place of one that was told truly. */
export const createWith = (liar: Liar, users: ReadonlyArray<string>, twist: Twist): Told | undefined => {
  const done = run(liar.seed, Messaging.create(liar.messenger, users)).result
  if (done === undefined || Result.isFailure(done)) return undefined
  const { messenger, group } = done.success
  const known = messenger.groups[group]!
  const [made] = known.memberships
  // The state before, in the place of the one after.
  const unmade = { ...made!, broadcast: Broadcast.notJoined }
  const before = {
    ...messenger,
    keyring: { ...messenger.keyring, contacts: liar.messenger.keyring.contacts },
    groups: { ...messenger.groups, [group]: { ...known, memberships: [unmade] } },
  }
  return tell({ ...liar, messenger: before, group }, (state) => KeyAgreement.create(state, users), twist)
}

/** What a liar answers a packet with, from a state that has another ratchet of its own; it goes on with the right one. */
export const answerWithRatchet = (liar: Liar, packet: Uint8Array, ratchet: Uint8Array): Told | undefined => {
  const { messenger, group, seed } = liar
  const known = membershipOf(liar)!
  const at = messenger.groups[group]!.memberships.indexOf(known)
  const withRatchets = (
    from: Messenger,
    ratchets: KeyAgreement.GroupState["ratchets"],
    application?: Application.ApplicationState,
  ): Messenger => {
    const of = from.groups[group]!
    const one = of.memberships[at]!
    const agreement = { ...one.broadcast.agreement, ratchets }
    const changed = { ...one, ...(application === undefined ? {} : { application }), broadcast: { ...one.broadcast, agreement } }
    return { ...from, groups: { ...from.groups, [group]: { ...of, memberships: of.memberships.with(at, changed) } } }
  }
  const own = known.broadcast.agreement
  const lied = run(seed, Messaging.receive(withRatchets(messenger, { ...own.ratchets, [own.me!]: ratchet }), packet))
  const truly = run(seed, Messaging.receive(messenger, packet))
  if (lied.result === undefined || truly.result === undefined) return undefined
  if (Result.isFailure(lied.result) || Result.isFailure(truly.result)) return undefined
  const right = truly.result.success.messenger.groups[group]!.memberships[at]!
  const after = withRatchets(lied.result.success.messenger, right.broadcast.agreement.ratchets, right.application)
  return { messenger: after, packets: lied.result.success.packets, hands: together(lied.hands, truly.hands) }
}

/** What a liar answers a packet with, truly but for another ratchet than it commits to, for a member of this user. */
export const answerUncommitted = (liar: Liar, packet: Uint8Array, user: string, ratchet: Uint8Array): Told | undefined => {
  const { messenger, seed } = liar
  const { result, hands } = run(seed, Messaging.receive(messenger, packet))
  if (result === undefined || Result.isFailure(result)) return undefined
  const after: Liar = { ...liar, messenger: result.success.messenger }
  const to = memberOfUser(after, user)
  const sealed = hands.sealed.find((one) => one.to === to)
  if (to === undefined || sealed === undefined) return undefined
  const payload = new Uint8Array([...ratchet, ...payloadOf(sealed.plaintext).subarray(32)])
  const items = result.success.packets.flatMap((bytes) => Result.getOrThrow(decodeWire(Envelope, bytes)).items)
  const told = items.map((item) => {
    if (!Object.hasOwn(item.directs, to)) return item
    const channel = Channels.open(liar.group, meOf(liar), to, user)
    const outer = encodeWire(ControlMessage, item.control)
    const { message } = must(seed, Channels.send(channel, messenger.keyring, payload, outer, item.control.seq))
    return { ...item, directs: { ...item.directs, [to]: message } }
  })
  const { signingKey } = stateOf(liar)
  const before = {
    digest: lastDigest(stateOf(liar), meOf(liar)),
    secretKey: signingKey ?? messenger.keyring.keys.signingSecretKey,
  }
  return { messenger: after.messenger, packets: [signed(after, told, before)], hands }
}

/** Several things told by one messenger after another. */
export const inTurn = (liar: Liar, ...tells: ReadonlyArray<(liar: Liar) => Told | undefined>): Told | undefined => {
  let { messenger } = liar
  let hands = nothing
  const packets: Array<Uint8Array> = []
  for (const one of tells) {
    const told = one({ ...liar, messenger })
    if (told === undefined) return undefined
    messenger = told.messenger
    hands = together(hands, told.hands)
    packets.push(...told.packets)
  }
  return { messenger, packets, hands }
}

/** The items of several envelopes of the liar in one. `from` is the state before the first of them. */
export const inOneEnvelope = (from: Liar, { messenger, packets, hands }: Told): Told => {
  const items = packets.flatMap((bytes) => Result.getOrThrow(decodeWire(Envelope, bytes)).items)
  return { messenger, packets: [signed(from, items)], hands }
}

/** What was told, with the items of its envelopes changed after they were made, and signed again. `from` is the state before. */
export const exchanged = (from: Liar, { messenger, packets, hands }: Told, change: (item: Item) => Item): Told => {
  const items = packets.flatMap((bytes) => Result.getOrThrow(decodeWire(Envelope, bytes)).items)
  return { messenger, packets: [signed(from, items.map(change))], hands }
}

const acknowledgedIn = ({ open, signers }: Broadcast.BroadcastState, control: ControlMessage): Uint8Array | null => {
  if (!KeyAgreement.isAcknowledgement(control)) return null
  const kept = open.find(({ sender, seq }) => sender === control.ofSender && seq === control.ofSeq)
  return kept?.digest ?? signers[control.ofSender]?.digest ?? noDigest
}

/** An envelope with these items, as the next of the liar, or of another after a digest, signed with a secret key. */
export const signed = (
  liar: Liar,
  items: ReadonlyArray<Item>,
  after?: { readonly digest: Uint8Array; readonly secretKey: Uint8Array },
): Uint8Array => {
  const state = stateOf(liar)
  let digest = after?.digest ?? lastDigest(state, state.agreement.me!)
  for (const item of items) digest = must(liar.seed, digestOf(digest, acknowledgedIn(state, item.control), item))
  const secretKey = after?.secretKey ?? state.signingKey ?? liar.messenger.keyring.keys.signingSecretKey
  return encodeWire(Envelope, {
    type: "envelope",
    items: [...items],
    signature: primitives().ed25519Sign(secretKey, signedContent(digest)),
  })
}

/** The cut of the liar, where a message states one. */
export const cutFor = (liar: Liar, control: ControlMessage): Uint8Array | null =>
  statesCut(control) ? must(liar.seed, currentCut(stateOf(liar), meOf(liar))) : null

/** The cut of the liar, as it would be with these signers. */
export const cutWith = (liar: Liar, signers: Attachment["signers"]): Uint8Array => {
  const state = stateOf(liar)
  const told = Object.entries(signers).map(([member, signer]) => [member, { ...signer, recent: [] }] as const)
  return must(liar.seed, currentCut({ ...state, signers: Object.fromEntries(told) }, meOf(liar)))
}

/** An envelope with a control message that no step makes, with no direct message; the liar's own state is left as it is. */
export const raw = (
  liar: Liar,
  control: ControlMessage,
  signingKey: Uint8Array | null = null,
  directs: Readonly<Record<string, Uint8Array>> = {},
): Told => ({
  messenger: liar.messenger,
  packets: [signed(liar, [{ control, signingKey, cut: cutFor(liar, control), chain: stateOf(liar).chain, directs }])],
  hands: nothing,
})

/** What a control message of the liar begins with. */
export const headOf = (liar: Liar) => ({ group: liar.group, sender: meOf(liar), seq: lastOf(liar, meOf(liar)) + 1 })

/** A secret signing key of the attacker, and its public one. */
export const falseKey = (liar: Liar, name: string) => {
  const secretKey = primitives().hkdfExpand(liar.seed, new TextEncoder().encode(`false ${name}`), 32)!
  return { secretKey, publicKey: primitives().ed25519PublicKey(secretKey) }
}

/** The secrets of a seed for members, of a message. */
export const secretsOfSeed = (
  group: string,
  of: { readonly sender: string; readonly seq: number },
  seed: Uint8Array,
  members: Iterable<string>,
) =>
  [...members].map((member) =>
    Effect.runSync(Effect.provideService(memberSecret(seed, group, of, member), Crypto, primitives()).pipe(Effect.orDie)),
  )

/** The seed of a message that the liar was sent, from what it traced. */
export const payloadOf = (plaintext: Uint8Array): Uint8Array => Result.getOrThrow(decodeWire(ChannelPlaintext, plaintext)).payload
