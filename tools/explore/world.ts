/**
 * A group under exploration, as an immutable value: the state of each actor, what was sent, and what each has handled. Every delivery is checked.
 *
 * @module
 */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import { controlOf, memberId, runStep, type Sent, type Step, sentOf } from "../../reference/simulation/network.ts"
import { causalOrder, members, memberView, type Operation } from "../../spec/dcgka/group-membership.ts"
import type { ControlMessage } from "../../spec/dcgka/key-agreement.ts"

/** A check that did not hold, and the schedule that led there. */
export class Violation extends Error {
  readonly schedule: ReadonlyArray<string>
  constructor(says: string, schedule: ReadonlyArray<string>) {
    super(says)
    this.schedule = schedule
  }
}

/** One actor: a user in one state. */
export interface Actor {
  readonly user: string
  readonly seed: Uint8Array
  readonly state: KeyAgreement.State
  /** Names of the messages handled, its own included, in order. */
  readonly handled: ReadonlyArray<string>
  /** Every secret that went through its hands, as hex. */
  readonly known: ReadonlySet<string>
}

/** A message on its way, with its name and its control message decoded. */
export interface Message extends Sent {
  readonly name: string
  readonly by: string
  readonly control: ControlMessage
  /** What its sender knew of the group: the view of this message. */
  readonly view: ReadonlyArray<string>
}

/** One step of a ratchet, as its owner took it. */
export interface RatchetStep {
  readonly message: string
  readonly member: string
  readonly state: string
  readonly input: string
  readonly updateSecret: string
  readonly next: string
}

/** Everything, at one moment. */
export interface World {
  readonly actors: Readonly<Record<string, Actor>>
  readonly sent: ReadonlyArray<Message>
  readonly history: ReadonlyArray<Operation>
  readonly steps: ReadonlyArray<RatchetStep>
  readonly schedule: ReadonlyArray<string>
  /** Whether the one further operation has been done. */
  readonly followed: boolean
}

/** The operation that a control message is, if it is recorded. */
const operationOf = (control: ControlMessage, history: ReadonlyArray<Operation>): Operation | undefined => {
  const { sender, seq } = control
  if (control.type === "create") {
    const created = control.users.map((user) => memberId(control.group, user, null, 0))
    return { type: "create", sender, seq, members: created.sort() }
  }
  if (control.type === "remove") return { type: "remove", sender, seq, member: control.member }
  if (control.type === "add") return { type: "add", sender, seq, member: memberId(control.group, control.user, sender, seq) }
  if (control.type !== "ack" && control.type !== "add-ack") return undefined
  const { ofSender, ofSeq } = control
  const isRecorded = history.some((one) => one.sender === ofSender && one.seq === ofSeq)
  return isRecorded ? { type: "ack", sender, seq, ofSender, ofSeq } : undefined
}

const withMessage = (world: World, by: string, sent: Sent): World => {
  const control = controlOf(sent.outgoing)
  const operation = operationOf(control, world.history)
  const history = operation === undefined ? world.history : [...world.history, operation]
  const view = memberView(history, sent.sender, sent.seq)
  const message: Message = { ...sent, name: `${by} ${sent.seq} ${control.type}`, by, control, view }
  // Nothing is ever encrypted to one who is not a member in the sender's own view.
  const outsider = sent.outgoing.directs.find(({ to }) => !view.includes(to))
  if (outsider !== undefined) throw new Violation(`${message.name} is encrypted to ${outsider.to}, who is no member`, world.schedule)
  return { ...world, history, sent: [...world.sent, message] }
}

interface Traced {
  readonly values: ReadonlyArray<readonly [string, string]>
}

const secretsOf = (state: KeyAgreement.State): ReadonlyArray<string> =>
  [...Object.values(state.ratchets), ...state.memberSecrets.map(({ secret }) => secret)].map((secret) => Hex.encode(secret))

const stepsOf = (member: string | null, message: string, { values }: Traced): ReadonlyArray<RatchetStep> => {
  const of = (name: string) => values.filter(([label]) => label === `ratchet.${name} ${member}`).map(([, value]) => value)
  const [states, inputs, secrets, nexts] = [of("state"), of("input"), of("update-secret"), of("next")]
  return states.map((state, index) => ({
    message,
    member: member ?? "",
    state,
    input: inputs[index]!,
    updateSecret: secrets[index]!,
    next: nexts[index]!,
  }))
}

const run = <A>(actor: Actor, step: Step<A>) => {
  const values: Array<readonly [string, string]> = []
  const result = runStep(actor.seed, step, (name, value) => values.push([name, Hex.encode(value)]))
  return { result, values }
}

const withActor = (world: World, name: string, actor: Actor, state: KeyAgreement.State, handled: string, traced: Traced): World => {
  const known = new Set([...actor.known, ...secretsOf(state), ...traced.values.map(([, value]) => value)])
  const after: Actor = { ...actor, state, handled: [...actor.handled, handled], known }
  return {
    ...world,
    actors: { ...world.actors, [name]: after },
    steps: [...world.steps, ...stepsOf(state.me, handled, traced)],
    schedule: [...world.schedule, `${name} handles ${handled}`],
  }
}

type Operate = (state: KeyAgreement.State) => Step<{ state: KeyAgreement.State; outgoing: KeyAgreement.Outgoing; updateSecret: Uint8Array }>

/** An actor does an operation of its own. */
export const operate = (world: World, name: string, operation: Operate): World => {
  const actor = world.actors[name]!
  const { result, values } = run(actor, operation(actor.state))
  if (Result.isFailure(result)) throw new Violation(`${name} cannot operate: ${JSON.stringify(result.failure)}`, world.schedule)
  const { state, outgoing, updateSecret } = result.success
  const sent = sentOf(outgoing, updateSecret)
  const own = `${name} ${sent.seq} ${controlOf(outgoing).type}`
  return withMessage(withActor(world, name, actor, state, own, { values }), name, sent)
}

/** The member that `user` becomes by a create or an add, or null when the message is neither, or for others. */
const memberMadeBy = (control: ControlMessage, user: string): string | null => {
  if (control.type === "add") return control.user === user ? memberId(control.group, user, control.sender, control.seq) : null
  return control.type === "create" ? memberId(control.group, user, null, 0) : null
}

const addressOf = (world: World, actor: Actor, { control }: Message): string | null => {
  if (actor.state.me !== null) return actor.state.me
  const member = memberMadeBy(control, actor.user)
  // One addition makes one member.
  return member !== null && Object.values(world.actors).some(({ state }) => state.me === member) ? null : member
}

const sameSecret = (a: Uint8Array | undefined, b: Uint8Array | undefined) =>
  a === undefined || b === undefined ? a === b : Hex.encode(a) === Hex.encode(b)

/** The win clauses of appendix A for one delivery: who should take the secret does, nobody else does, and who has to answer answers. */
const check = (world: World, name: string, message: Message, processed: KeyAgreement.Processed) => {
  const { me, removed } = processed.state
  const isOperation = message.control.type !== "ack" && message.control.type !== "add-ack"
  if (removed === 1) {
    if (processed.senderSecret !== undefined) throw new Violation(`${name} takes a secret from its own removal`, world.schedule)
    return
  }
  const expected = message.view.includes(me!) ? message.secret : undefined
  if (!sameSecret(processed.senderSecret, expected)) {
    const has = processed.senderSecret === undefined ? "no secret" : "a wrong secret"
    throw new Violation(`${name} takes ${has} from ${message.name}`, world.schedule)
  }
  if (isOperation !== (processed.response !== undefined)) {
    throw new Violation(`${name} ${isOperation ? "does not answer" : "answers"} ${message.name}`, world.schedule)
  }
}

/** Delivers a message, if it can be delivered; undefined when it has to wait, or is not for this actor. */
export const deliver = (world: World, name: string, message: Message): World | undefined => {
  const actor = world.actors[name]!
  if (actor.state.removed === 1 || message.by === name || actor.handled.includes(message.name)) return undefined
  const address = addressOf(world, actor, message)
  if (address === null) return undefined
  const direct = message.outgoing.directs.find(({ to }) => to === address)?.message ?? null
  const { result, values } = run(actor, KeyAgreement.process(actor.state, message.outgoing.control, direct))
  if (Result.isFailure(result)) {
    if (result.failure._tag === "Waiting" || result.failure._tag === "Ignored") return undefined
    throw new Violation(`${name} refuses ${message.name}: ${JSON.stringify(result.failure)}`, world.schedule)
  }
  const processed = result.success
  let after = withActor(world, name, actor, processed.state, message.name, { values })
  check(after, name, message, processed)
  const { response, rekey, ownSecret } = processed
  if (response !== undefined) after = withMessage(after, name, sentOf(response, rekey === undefined ? ownSecret : undefined))
  if (rekey !== undefined) after = withMessage(after, name, sentOf(rekey, ownSecret))
  return after
}

/** Whether a message is an answer. Answers of different members commute, and are delivered as soon as they can be. */
export const isAnswer = ({ control }: Message): boolean => control.type === "ack" || control.type === "add-ack"

/** The world after all answers have been delivered that can be. */
export const withAnswers = (world: World): World => {
  let after = world
  for (let again = true; again; ) {
    again = false
    for (const name of Object.keys(after.actors)) {
      for (const message of after.sent.filter(isAnswer)) {
        const next = deliver(after, name, message)
        if (next === undefined) continue
        after = next
        again = true
      }
    }
  }
  return after
}

/** The members after everything that was sent. */
export const membersOf = (world: World): ReadonlyArray<string> => members(world.history, causalOrder(world.history))
