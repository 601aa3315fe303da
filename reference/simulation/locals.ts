/**
 * Members for exploration, each by itself: a **local** is one member's state as it was reached by one sequence of what it handled and did. It never changes; what follows from it is
 * found by the next message, so that no step is ever taken twice.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { Context, Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import { decodeWire } from "../../spec/conventions/encoding.ts"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import type { Operation } from "../../spec/dcgka/group-membership.ts"
import { ControlMessage } from "../../spec/dcgka/key-agreement.ts"
import type { Contact, KeyStore } from "../../spec/dcgka/key-bundles.ts"
import { memberIdOf } from "../conventions.ts"
import { Crypto, type Primitives } from "../crypto/crypto.ts"
import { labelledDraw, Randomness } from "../crypto/randomness.ts"
import { Trace } from "../crypto/trace.ts"
import * as KeyAgreement from "../dcgka/key-agreement.ts"
import * as KeyBundles from "../dcgka/key-bundles.ts"
import type { Step } from "./network.ts"

/** A check that did not hold. The schedule that led there is added by those who know it. */
export class Violation extends Error {}

/** A control message with all that went along, as one value for one content: the same bytes after the same messages are the same message. */
export interface Message {
  readonly id: number
  /** The local name of its sender, its number and its kind. */
  readonly name: string
  readonly by: string
  readonly sender: string
  readonly seq: number
  readonly control: ControlMessage
  readonly outgoing: KeyAgreement.Outgoing
  /** The update secret that its sender took from it, as hex. */
  readonly secret: string | undefined
  /** The message of the same sender before it, and the message that it answers. */
  readonly previous: Message | undefined
  readonly of: Message | undefined
  /** The operation that it is, if it is recorded. */
  readonly operation: Operation | undefined
  /** The users of the members that it makes. */
  readonly makes: Readonly<Record<string, string>>
  /** Whether it is an ack or an add-ack. */
  readonly isAnswer: boolean
  /** Whether it is an update that had to follow an ack. */
  readonly isRekey: boolean
}

/** A named intermediate value. */
export interface Traced {
  readonly name: string
  readonly value: Uint8Array
}

/** One member's state, as reached by one sequence. */
export interface Local {
  readonly id: number
  readonly name: string
  readonly user: string
  readonly member: string
  readonly seed: Uint8Array
  readonly state: KeyAgreement.State
  readonly parent: Local | undefined
  /** What was handled last; undefined when it was an operation of its own. */
  readonly cause: Message | undefined
  /** What was sent in this step, and the last message sent so far. */
  readonly emitted: ReadonlyArray<Message>
  readonly last: Message | undefined
  readonly traced: ReadonlyArray<Traced>
  /** What follows, by the message handled or the operation done. */
  readonly next: Map<string, Local>
}

/** Looks at each delivery when it is made. Throws a `Violation`. */
export type Check = (before: Local, message: Message, processed: KeyAgreement.Processed, after: Local) => void

/** Says, after so many locals have been made since something was forgotten, whether what is remembered takes too much memory. */
export type IsCrowded = (since: number) => boolean

/** How many locals are remembered at most, where nothing is known of the memory that there is. */
const remembered = 300_000

/** Everything that locals share. */
export interface Lab {
  readonly primitives: Primitives
  readonly people: ReadonlyMap<string, { readonly seed: Uint8Array; readonly keys: KeyStore }>
  /** Every user as a contact, with all of its bundles. */
  readonly contacts: Readonly<Record<string, Contact>>
  /** Which part of the bundles each member has. */
  readonly slots: Map<string, number>
  readonly messages: Map<string, Message>
  readonly count: { locals: number; deliveries: number; messages: number; forgotten: number }
  readonly check: Check
  readonly isCrowded: IsCrowded
}

const bundlesEach = 4
const slotsInAll = 40

/** Runs a step with the randomness of `seed`, and gives what it traced. */
const run = <A>(lab: Pick<Lab, "primitives">, seed: Uint8Array, step: Step<A>, traced?: Array<Traced>): Result.Result<A, NotAccepted> => {
  const { primitives } = lab
  const draw = (label: string, length: number) => labelledDraw(primitives, seed, label, length)
  const context = Context.make(Crypto, primitives).pipe(Context.add(Randomness, { draw }))
  const provided =
    traced === undefined ? context : context.pipe(Context.add(Trace, (name: string, value: Uint8Array) => traced.push({ name, value })))
  return Effect.runSync(Effect.provideContext(Effect.result(step), provided))
}

const must = <A>(lab: Pick<Lab, "primitives">, seed: Uint8Array, step: Step<A>): A => {
  const result = run(lab, seed, step)
  if (Result.isFailure(result)) throw new Violation(`not accepted: ${JSON.stringify(result.failure)}`)
  return result.success
}

const person = (lab: Pick<Lab, "primitives">, user: string) => {
  const seed = labelledDraw(lab.primitives, new Uint8Array(32), `explore ${user}`, 32)
  let keys = must(lab, seed, KeyBundles.rotate(must(lab, seed, KeyBundles.generate(user)), 2_000_000_000) as Step<KeyStore>)
  let contacts: KeyBundles.Contacts = {}
  for (let index = 0; index < bundlesEach * slotsInAll; index++) {
    const published = must(lab, seed, KeyBundles.publish(keys))
    keys = published.keys
    contacts = must(lab, seed, KeyBundles.learn(contacts, published.bundle, 1_000_000_000))
  }
  return { seed, keys, contact: contacts[user]! }
}

/** Users who can all contact each other. */
export const labOf = (
  primitives: Primitives,
  users: ReadonlyArray<string>,
  check: Check,
  isCrowded: IsCrowded = (since) => since >= remembered,
): Lab => {
  const made = users.map((user) => [user, person({ primitives }, user)] as const)
  return {
    primitives,
    people: new Map(made),
    contacts: Object.fromEntries(made.map(([user, { contact }]) => [user, contact])),
    slots: new Map(),
    messages: new Map(),
    count: { locals: 0, deliveries: 0, messages: 0, forgotten: 0 },
    check,
    isCrowded,
  }
}

// No two members take the same bundle of a user, so each has a part of its own.
const slotOf = ({ slots }: Lab, name: string): number => {
  const slot = slots.get(name) ?? slots.size
  if (slot >= slotsInAll) throw new Error(`more than ${slotsInAll} members`)
  slots.set(name, slot)
  return slot
}

/** A member before it has joined. */
export const newcomer = (lab: Lab, name: string, user: string, member: string): Local => {
  const { seed, keys } = lab.people.get(user)!
  const from = bundlesEach * slotOf(lab, name)
  const part = Object.entries(lab.contacts).map(([one, contact]) => [
    one,
    { ...contact, bundles: contact.bundles.slice(from, from + bundlesEach) },
  ])
  const state = { ...KeyAgreement.initial(keys), contacts: Object.fromEntries(part) }
  const id = ++lab.count.locals
  return {
    id,
    name,
    user,
    member,
    seed,
    state,
    parent: undefined,
    cause: undefined,
    emitted: [],
    last: undefined,
    traced: [],
    next: new Map(),
  }
}

/** The member made of `user` by the add of `adder` numbered `seq`, or by the create when there is no adder. */
export const memberOf = (lab: Pick<Lab, "primitives">, group: string, user: string, adder: string | null, seq: number): string =>
  Effect.runSync(Effect.provideService(memberIdOf(group, user, adder, seq), Crypto, lab.primitives))

const madeBy = (lab: Lab, control: ControlMessage): Readonly<Record<string, string>> => {
  const { group, sender, seq } = control
  if (control.type === "add") return { [memberOf(lab, group, control.user, sender, seq)]: control.user }
  if (control.type !== "create") return {}
  return Object.fromEntries(control.users.map((user) => [memberOf(lab, group, user, null, 0), user]))
}

/** The operation of the chapter "group-membership" that a control message is, if it is one. `made` are the members that it makes, `of` is the message that it acknowledges. */
export const operationOf = (
  control: ControlMessage,
  made: ReadonlyArray<string>,
  of: Pick<Message, "operation"> | undefined,
): Operation | undefined => {
  const { sender, seq } = control
  if (control.type === "create") return { type: "create", sender, seq, members: [...made].sort() }
  if (control.type === "remove") return { type: "remove", sender, seq, member: control.member }
  if (control.type === "add") return { type: "add", sender, seq, member: made[0]! }
  if (control.type === "update" || of?.operation === undefined) return undefined
  return { type: "ack", sender, seq, ofSender: control.ofSender, ofSeq: control.ofSeq }
}

const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Hex.encode(bytes))

const utf8 = new TextEncoder()

const messageOf = (
  lab: Lab,
  local: Pick<Local, "name" | "last">,
  outgoing: KeyAgreement.Outgoing,
  secret: Uint8Array | undefined,
  of: Message | undefined,
  isRekey = false,
): Message => {
  const parts = [outgoing.control, ...outgoing.directs.map(({ message }) => message)].map((part) => Hex.encode(part))
  // The text of all messages that there are would take more memory than the messages.
  const key = Hex.encode(sha256(utf8.encode([local.last?.id, of?.id, ...outgoing.directs.map(({ to }) => to), ...parts].join())))
  const known = lab.messages.get(key)
  if (known !== undefined) return known
  const control = Result.getOrThrow(decodeWire(ControlMessage, outgoing.control))
  const { sender, seq, type } = control
  const makes = madeBy(lab, control)
  const message: Message = {
    id: ++lab.count.messages,
    name: `${local.name} ${seq} ${type}`,
    by: local.name,
    sender,
    seq,
    control,
    outgoing,
    secret: hex(secret),
    previous: local.last,
    of,
    operation: operationOf(control, Object.keys(makes), of),
    makes,
    isAnswer: "ofSeq" in control,
    isRekey,
  }
  lab.messages.set(key, message)
  return message
}

/** An operation of a member. */
export type Operate = (state: KeyAgreement.State) => Step<{
  state: KeyAgreement.State
  outgoing: KeyAgreement.Outgoing
  updateSecret: Uint8Array
}>

/** The local after an operation of its own, which `key` names. */
export const operate = (lab: Lab, local: Local, key: string, operation: Operate): Local => {
  const known = local.next.get(key)
  if (known !== undefined) return known
  const traced: Array<Traced> = []
  const result = run(lab, local.seed, operation(local.state), traced)
  if (Result.isFailure(result)) throw new Violation(`${local.name} cannot do this: ${JSON.stringify(result.failure)}`)
  const { state, outgoing, updateSecret } = result.success
  const message = messageOf(lab, local, outgoing, updateSecret, undefined)
  const id = ++lab.count.locals
  const after: Local = { ...local, id, state, parent: local, cause: undefined, emitted: [message], last: message, traced, next: new Map() }
  local.next.set(key, after)
  return after
}

const emittedBy = (lab: Lab, local: Local, cause: Message, processed: KeyAgreement.Processed): ReadonlyArray<Message> => {
  const { response, rekey, ownSecret } = processed
  if (response === undefined) return []
  const answer = messageOf(lab, local, response, rekey === undefined ? ownSecret : undefined, cause)
  if (rekey === undefined) return [answer]
  return [answer, messageOf(lab, { name: local.name, last: answer }, rekey, ownSecret, undefined, true)]
}

/** The direct message in `message` for `member`. */
export const directFor = (message: Message, member: string): Uint8Array | null =>
  message.outgoing.directs.find(({ to }) => to === member)?.message ?? null

/**
 * The local after it has handled a message that `isDue`. Anything but acceptance is a violation.
 *
 * With `traced` intermediate values are kept.
 */
export const handle = (lab: Lab, local: Local, message: Message, isTraced: boolean): Local => {
  const key = String(message.id)
  const known = local.next.get(key)
  if (known !== undefined) return known
  lab.count.deliveries++
  const traced: Array<Traced> = []
  const directs = KeyAgreement.directsFor(message.outgoing.directs, local.member)
  const result = run(lab, local.seed, KeyAgreement.process(local.state, message.outgoing.control, directs), isTraced ? traced : undefined)
  if (Result.isFailure(result)) throw new Violation(`${local.name} does not accept ${message.name}: ${JSON.stringify(result.failure)}`)
  const { state } = result.success
  const emitted = emittedBy(lab, local, message, result.success)
  const last = emitted.at(-1) ?? local.last
  const id = ++lab.count.locals
  const after: Local = { ...local, id, state, parent: local, cause: message, emitted, last, traced, next: new Map() }
  lab.check(local, message, result.success, after)
  local.next.set(key, after)
  return after
}

/** Forgets, when what is remembered takes too much memory, what follows from these and what came before them: it is done again when it is needed again. */
export const forgetOthers = ({ count, isCrowded }: Lab, locals: ReadonlyArray<Local>): void => {
  if (!isCrowded(count.locals - count.forgotten)) return
  count.forgotten = count.locals
  for (const local of locals) for (let at: Local | undefined = local; at !== undefined; at = at.parent) at.next.clear()
}

/** Forgets all messages, and that locals were made: nothing but the settled group is used any more. */
export const forgetMessages = ({ count, messages }: Lab): void => {
  count.forgotten = count.locals
  messages.clear()
}

/** The number of the last message of `sender` that the local has handled or sent. */
export const seenBy = ({ state }: Local, sender: string): number => state.seen[sender] ?? 0

/** Whether a local has joined, and has not been removed. */
export const isPresent = ({ state }: Local): boolean => state.me !== null && state.removed === 0

/**
 * Whether the delivery rules let a local handle a message now: it is the next one of its sender, and what it answers has been handled. One who has
 * not joined handles nothing but what makes it a member.
 */
export const isDue = (local: Local, message: Message): boolean => {
  if (message.sender === local.member || local.state.removed === 1) return false
  if (local.state.me === null) return message.makes[local.member] !== undefined
  if (seenBy(local, message.sender) !== message.seq - 1) return false
  return message.of === undefined || seenBy(local, message.of.sender) >= message.of.seq
}
