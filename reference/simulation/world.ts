/**
 * A group under exploration, as a value that never changes: a local for each member, and what was sent.
 *
 * @module
 */
import * as KeyAgreement from "../dcgka/key-agreement.ts"
import { handle, isDue, isPresent, type Lab, type Local, type Message, memberOf, newcomer, operate, seenBy, Violation } from "./locals.ts"

/** What a member can start: an update, or the addition or removal of a user. `by` is a user, in a world the name of one of its members. */
export interface Start {
  readonly by: string
  readonly kind: "update" | "add" | "remove"
  readonly user?: string
}

/** By local name: the highest number of a message of it that was sent before. */
export type Clock = Readonly<Record<string, number>>

/** A message that was sent, and what really was sent before it. */
export interface Sent {
  readonly message: Message
  readonly clock: Clock
}

/** One line of a schedule. */
export type Line =
  | { readonly by: string; readonly does: "update" | "add" | "remove"; readonly user?: string; readonly member?: string }
  | { readonly to: string; readonly from: string; readonly message: string }

interface Schedule {
  readonly line: Line
  readonly before: Schedule | undefined
}

/** Everything, at one moment. */
export interface World {
  readonly lab: Lab
  readonly locals: Readonly<Record<string, Local>>
  readonly clocks: Readonly<Record<string, Clock>>
  readonly sent: ReadonlyArray<Sent>
  readonly schedule: Schedule | undefined
  /** Whether the one further operation has been done. */
  readonly followed: boolean
  /** Whether the updates by which members rekey are operations like others, or are placed as answers are. */
  readonly rekeys: "ordered" | "placed"
}

/** Whether a message is placed somewhere, in place of being tried in every order. */
export const isPlaced = ({ rekeys }: World, { isAnswer, isRekey }: Message): boolean => isAnswer || (isRekey && rekeys === "placed")

/** A violation, with the schedule that led to it. */
export class Failure extends Error {
  readonly schedule: ReadonlyArray<Line>
  constructor(says: string, schedule: ReadonlyArray<Line>) {
    super(says)
    this.schedule = schedule
  }
}

/** What was done and delivered, in order. */
export const scheduleOf = (world: Pick<World, "schedule">): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  for (let at = world.schedule; at !== undefined; at = at.before) lines.push(at.line)
  return lines.reverse()
}

/** Does something in a world; a violation gets the schedule. */
export const inWorld = <A>(world: Pick<World, "schedule">, line: Line | undefined, act: () => A): A => {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    throw new Failure(error.message, line === undefined ? scheduleOf(world) : [...scheduleOf(world), line])
  }
}

const merged = (a: Clock, b: Clock): Clock => {
  const result: Record<string, number> = { ...a }
  for (const [name, seq] of Object.entries(b)) if (seq > (result[name] ?? 0)) result[name] = seq
  return result
}

/** The names that locals made by a message have: the user, and by whom it was added. */
const nameOf = (message: Message, user: string): string =>
  message.control.type === "create" ? user : `${user}/${message.by}${message.seq}`

/** The world in which the local has taken a step. */
const stepped = (world: World, local: Local, clock: Clock, line?: Line): World => {
  const { lab } = world
  const locals: Record<string, Local> = { ...world.locals, [local.name]: local }
  const clocks: Record<string, Clock> = { ...world.clocks }
  // What sends nothing leaves the list as it is, so that others can remember what they made of it.
  const sent = local.emitted.length === 0 ? (world.sent as Array<Sent>) : [...world.sent]
  let own = clock
  for (const message of local.emitted) {
    own = { ...own, [local.name]: message.seq }
    sent.push({ message, clock: own })
    for (const [member, user] of Object.entries(message.makes)) {
      const name = nameOf(message, user)
      if (locals[name] !== undefined) continue
      locals[name] = newcomer(lab, name, user, member)
      clocks[name] = {}
    }
  }
  clocks[local.name] = own
  const schedule = line === undefined ? world.schedule : { line, before: world.schedule }
  return { ...world, locals, clocks, sent, schedule }
}

/** A local handles a message that is due. */
export const deliver = (world: World, name: string, { message, clock }: Sent): World => {
  const line = { to: name, from: message.by, message: message.name }
  const local = inWorld(world, line, () => handle(world.lab, world.locals[name]!, message, true))
  return stepped(world, local, merged(world.clocks[name]!, clock), line)
}

/** A local does an operation. `member` is whom it removes. */
export const act = (world: World, { by, kind, user }: Start, member?: string): World => {
  const line: Line = { by, does: kind, ...(user === undefined ? {} : { user }), ...(member === undefined ? {} : { member }) }
  const operation = (state: KeyAgreement.State) => {
    if (kind === "update") return KeyAgreement.update(state)
    return kind === "add" ? KeyAgreement.add(state, user!) : KeyAgreement.remove(state, member!)
  }
  const local = inWorld(world, line, () => operate(world.lab, world.locals[by]!, `${kind} ${user} ${member}`, operation))
  return stepped(world, local, world.clocks[by]!, line)
}

/** The operations by which a local can do what a start says: for a removal one for each member of the user. */
export const waysTo = (local: Local, { kind, user }: Start): ReadonlyArray<{ readonly member?: string }> => {
  if (!isPresent(local)) return []
  if (kind === "update") return [{}]
  const members = KeyAgreement.ourView(local.state).filter((member) => local.state.users[member] === user)
  if (kind === "remove") return members.filter((member) => member !== local.member).map((member) => ({ member }))
  return members.length === 0 && user !== local.user ? [{}] : []
}

/**
 * The answers that have to be handled before an operation can be, in order; undefined when an operation is missing, which has to come first.
 */
const answersBefore = (world: World, local: Local, { message }: Sent): ReadonlyArray<Sent> | undefined => {
  const from = seenBy(local, message.sender)
  const chain: Array<Sent> = []
  for (let one = message.previous; one !== undefined && one.seq > from; one = one.previous) {
    if (!isPlaced(world, one) || (one.of !== undefined && seenBy(local, one.of.sender) < one.of.seq)) return undefined
    chain.push(world.sent.find(({ message: candidate }) => candidate === one)!)
  }
  return chain.reverse()
}

/** The world in which a local has handled an operation, and no answers but those that have to come before it; undefined when it cannot yet. */
export const deliverOperation = (world: World, name: string, sent: Sent): World | undefined => {
  const local = world.locals[name]!
  const { message } = sent
  if (local.state.me === null || message.sender === local.member) return isDue(local, message) ? deliver(world, name, sent) : undefined
  if (local.state.removed === 1 || seenBy(local, message.sender) >= message.seq) return undefined
  const answers = answersBefore(world, local, sent)
  if (answers === undefined) return undefined
  const prepared = answers.reduce((before, answer) => deliver(before, name, answer), world)
  return deliver(prepared, name, sent)
}

// Each local takes them in one order that depends on nothing but what they are, so that as many ways as possible lead to one local.
const withPlacedOnce = (world: World): World => {
  const placed = world.sent.filter(({ message }) => isPlaced(world, message)).sort((a, b) => a.message.id - b.message.id)
  let after = world
  for (const name of Object.keys(world.locals)) {
    for (let due: Sent | undefined = placed[0]; due !== undefined; ) {
      const local = after.locals[name]!
      due = placed.find(({ message }) => isDue(local, message))
      if (due !== undefined) after = deliver(after, name, due)
    }
  }
  return after
}

/** The world after all answers that can be handled have been, and rekeys where they are placed likewise. */
export const withAnswers = (world: World): World => {
  const after = withPlacedOnce(world)
  return after.sent.length === world.sent.length ? after : withAnswers(after)
}

/** Delivers everything that can be, operations in the order in which they were sent. */
export const settle = (world: World): World => {
  let after = withAnswers(world)
  for (let again = true; again; ) {
    again = false
    for (const sent of after.sent) {
      if (isPlaced(after, sent.message)) continue
      for (const name of Object.keys(after.locals)) {
        if (!isDue(after.locals[name]!, sent.message)) continue
        after = withAnswers(deliver(after, name, sent))
        again = true
      }
    }
  }
  return after
}

/** A settled world: whatever was sent has been handled by all, and is forgotten; a welcome covers it. */
export const settled = (world: World): World => ({ ...settle(world), sent: [], schedule: undefined })

/** The group that the first of `users` creates with the others, settled. */
export const createdBy = (lab: Lab, users: ReadonlyArray<string>): World => {
  const [creator, ...others] = users as [string, ...Array<string>]
  const empty = { lab, clocks: {}, sent: [], schedule: undefined, followed: false, rekeys: "ordered" as const }
  const unnamed = newcomer(lab, creator, creator, "")
  const first = operate(lab, unnamed, "create", (state) => KeyAgreement.create(state, others))
  const control = first.emitted[0]!.control
  const local: Local = { ...first, member: memberOf(lab, control.group, creator, null, 0) }
  return settled(stepped({ ...empty, locals: { [creator]: local } }, local, {}))
}

/** A settled world, and nothing of what was tried in it. */
export const unplayed = (world: World): World => {
  const { messages, slots } = world.lab
  messages.clear()
  slots.clear()
  for (const local of Object.values(world.locals)) {
    slots.set(local.name, slots.size)
    local.next.clear()
  }
  return world
}
