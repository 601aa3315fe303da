/**
 * A group and its network, in memory and without a clock: processes, messages on their way, timers. Nothing happens but what a schedule says (`schedule.ts`): chapter "simulation".
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import { type Cbor, encodeCbor } from "../../../spec/conventions/cbor.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import type { NotAccepted } from "../../../spec/conventions/verdicts.ts"
import { agreementLabels as labels } from "../../../spec/delivery-service/agreement-labels.ts"
import type { Electorate } from "../../../spec/delivery-service/cooperation.ts"
import { type Delivery, DeliveryMessage, type Early, statuses } from "../../../spec/delivery-service/delivery-service.ts"
import type { Outside } from "../../../spec/delivery-service/tree-kem.ts"
import { bytesOf } from "../../conventions.ts"
import { Crypto, type Primitives } from "../../crypto/crypto.ts"
import { noblePrimitives } from "../../crypto/providers/noble.ts"
import { labelledDraw, Randomness } from "../../crypto/randomness.ts"
import {
  comeBack,
  commit as commitOf,
  type Delivered,
  type DeliveryEvent,
  found,
  join,
  type Proposing,
  propose,
  receive,
  receiveEarly,
  resume,
  timeout,
} from "../delivery-service.ts"
import { init } from "../tree-kem.ts"
import { quickPrimitives } from "./quick-signatures.ts"

/** A user, or a face of a faulty one. */
export interface Process {
  readonly user: string
  readonly face: number
  readonly isFaulty: boolean
  /** Whether a user sees what it sends. */
  readonly sees: (user: string) => boolean
  readonly seed: Uint8Array
  /** Its key package: the last one that it has made. */
  outside: Outside
  /** How many key packages it has made to come back with. */
  returns: number
  /** What it was told, in order. */
  readonly events: Array<DeliveryEvent>
  /** What was kept before its welcome. */
  early: Early
  state: Delivery | null
  isDown: boolean
}

/** A message on its way. Its id is `from>to#n`, n counting what `from` sends. */
export interface Flight {
  readonly id: string
  readonly from: Process
  readonly to: Process
  readonly message: DeliveryMessage
}

/** A call of an operation: the method, its parameters in JSON, and the verdict. */
export interface Call {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly verdict: "accepted" | NotAccepted
}

/** A timer that has begun. */
export interface RunningTimer {
  readonly of: Process
  readonly name: string
  readonly at: number
}

/** Everything. `now` is in delay bounds; `isCut` says which links are cut; `sent` counts messages by kind; `made` says who has made what, by its ref; `leaves` who was on which leaf in which epoch, `electorates` who voted in it. */
export interface World {
  readonly group: string
  readonly primitives: Primitives
  readonly sampleSize: number
  readonly processes: Array<Process>
  readonly flights: Array<Flight>
  readonly timers: Array<RunningTimer>
  readonly sent: Map<string, number>
  readonly counters: Map<Process, number>
  readonly answers: Array<string>
  readonly made: Map<string, Process>
  /** By user the key package that was made last. */
  readonly keyPackages: Map<string, Uint8Array>
  readonly leaves: Map<string, string>
  readonly electorates: Map<number, Electorate>
  /** Every call of an operation, as a method of the conformance protocol; null when they are not recorded. */
  readonly calls: Array<Call> | null
  /** Every message that was put on its way, when calls are recorded. */
  readonly messages: Array<DeliveryMessage>
  /** What was entered in the trace; undefined when nobody asks for it. */
  entries?: Array<Uint8Array>
  isCut: (from: string, to: string) => boolean
  now: number
  trace: Uint8Array
}

type Step<A> = Effect.Effect<A, NotAccepted, Crypto | Randomness>

/** Runs a step as one process. */
export const runAs = <A>(world: World, seed: Uint8Array, step: Step<A>): Result.Result<A, NotAccepted> => {
  const { primitives } = world
  const draw = (label: string, length: number) => labelledDraw(primitives, seed, label, length)
  return Effect.runSync(Effect.result(step).pipe(Effect.provideService(Crypto, primitives), Effect.provideService(Randomness, { draw })))
}

/** The handle of a process: its user, and for faces after the first an apostrophe and a number. */
export const handleOf = ({ user, face }: Pick<Process, "user" | "face">): string => (face === 0 ? user : `${user}'${face}`)

/** What is no schedule: it names somebody or something that does not exist. */
export class NoSchedule extends Error {}

const enterInTrace = (world: World, ...entry: ReadonlyArray<Cbor>): void => {
  world.entries?.push(encodeCbor(entry))
  world.trace = noblePrimitives.sha256(encodeCbor([labels.trace, world.trace, ...entry]))
}

const note = (world: World, method: string, params: () => Call["params"], result: Result.Result<unknown, NotAccepted>): void => {
  world.calls?.push({ method, params: params(), verdict: Result.isSuccess(result) ? "accepted" : result.failure })
}

// A message goes to many.
const digests = new WeakMap<DeliveryMessage, Uint8Array>()

/** The digest by which a message is named. */
const digestOf = (message: DeliveryMessage): Uint8Array => {
  const digest = digests.get(message) ?? noblePrimitives.sha256(encodeWire(DeliveryMessage, message))
  digests.set(message, digest)
  return digest
}

const must = <A>(result: Result.Result<A, NotAccepted>): A => {
  if (Result.isFailure(result)) throw new Error(`not accepted: ${JSON.stringify(result.failure)}`)
  return result.success
}

/** A world with nobody in it. */
export const emptyWorld = (primitives: Primitives = quickPrimitives, isRecorded = false, sampleSize = 0): World => ({
  group: "66".repeat(16),
  primitives,
  sampleSize,
  processes: [],
  flights: [],
  timers: [],
  sent: new Map(),
  counters: new Map(),
  answers: [],
  made: new Map(),
  keyPackages: new Map(),
  leaves: new Map(),
  electorates: new Map(),
  calls: isRecorded ? [] : null,
  messages: [],
  isCut: () => false,
  now: 0,
  trace: new Uint8Array(32),
})

/** How many key packages these processes of a user have. */
const packagesOf = (processes: ReadonlyArray<Process>): number => processes.reduce((sum, { returns }) => sum + 1 + returns, 0)

/** A user comes into being; a faulty one with several faces, of which each is seen by the users given. */
export const appear = (world: World, user: string, faces: ReadonlyArray<ReadonlyArray<string>> | null = null): Process => {
  const former = world.processes.filter((one) => one.user === user)
  if (former.some(({ state }) => state?.status !== statuses.removed)) throw new NoSchedule(`${user} appears again`)
  const seed = labelledDraw(world.primitives, new Uint8Array(32), `user ${user}`, 32)
  const number = packagesOf(former)
  const appeared = runAs(world, seed, init("symbolic", user, number))
  const outside = must(appeared)
  const sides = faces ?? [null]
  const made = sides.map(
    (side, face): Process => ({
      user,
      face: former.length + face,
      isFaulty: faces !== null,
      sees: (other) => side === null || side.includes(other),
      seed,
      outside,
      returns: 0,
      events: [],
      early: [],
      state: null,
      isDown: false,
    }),
  )
  for (const process of made)
    note(
      world,
      "delivery-service.appear",
      () => ({ on: handleOf(process), user, seed: Hex.encode(seed), backEnd: "symbolic", number }),
      appeared,
    )
  world.processes.push(...made)
  world.keyPackages.set(user, outside.keyPackage)
  return made[0]!
}

/** The first process of a user; of one that has appeared again, the last. */
export const processOf = (world: World, user: string): Process => {
  const all = world.processes.filter((one) => one.user === user)
  const process = all.find(({ isFaulty }) => isFaulty) ?? all.at(-1)
  if (process === undefined) throw new NoSchedule(`nobody is called ${user}`)
  return process
}

/** The key package that a user has made last. */
export const keyPackageOf = (world: World, user: string): Uint8Array => {
  const found = world.keyPackages.get(user)
  if (found === undefined) throw new NoSchedule(`nobody is called ${user}`)
  return found
}

/** The kind of a message: of one that is wrapped, that of what is in it. */
export const kindOf = (message: DeliveryMessage): string =>
  message.type === "agreement" || message.type === "gossiping" ? message.message.type : message.type

/** Puts a message on its way. */
export const launch = (world: World, from: Process, to: Process, message: DeliveryMessage): void => {
  const count = world.counters.get(from) ?? 0
  world.counters.set(from, count + 1)
  const id = `${handleOf(from)}>${handleOf(to)}#${count}`
  world.flights.push({ id, from, to, message })
  if (world.calls !== null) world.messages.push(message)
  enterInTrace(world, "sent", id, digestOf(message))
  const kind = kindOf(message)
  world.sent.set(kind, (world.sent.get(kind) ?? 0) + 1)
}

const tell = (world: World, process: Process, event: DeliveryEvent): void => {
  const [author, ref] = "ref" in event ? [event.author, bytesOf(event.ref)] : [null, null]
  process.events.push(event)
  enterInTrace(world, "told", handleOf(process), event.type, event.epoch, author, ref)
}

/** Takes over what a process has done. */
const take = (world: World, process: Process, { state, send, events, timers }: Delivered): void => {
  process.state = state
  for (const { leaf, user } of state.tree.members) world.leaves.set(`${state.tree.epoch}/${leaf}`, user)
  world.electorates.set(state.tree.epoch, state.cascade.electorate)
  for (const event of events) tell(world, process, event)
  for (const { to, message } of send) {
    const receivers = world.processes.filter((one) => to.includes(one.user) && one.user !== process.user)
    for (const receiver of receivers) if (process.sees(receiver.user)) launch(world, process, receiver, message)
  }
  for (const { name, delay } of timers) {
    world.timers.push({ of: process, name, at: world.now + delay })
    enterInTrace(world, "begun", handleOf(process), name, world.now + delay)
  }
}

/** What is done with the state of a member, and as which method. */
interface Action {
  readonly method: string
  readonly params: () => Readonly<Record<string, unknown>>
  readonly step: (state: Delivery) => Step<Delivered>
}

const act = (world: World, process: Process, { method, params, step }: Action): Result.Result<Delivered, NotAccepted> => {
  if (process.state === null) throw new NoSchedule(`${process.user} is no member`)
  const result = runAs(world, process.seed, step(process.state))
  note(world, method, () => ({ on: handleOf(process), ...params() }), result)
  if (Result.isSuccess(result)) take(world, process, result.success)
  else world.answers.push(`${process.user}: ${JSON.stringify(result.failure)}`)
  return result
}

/** Founds the group. */
const foundIn = (world: World, process: Process): void => {
  const { group, sampleSize } = world
  const result = runAs(world, process.seed, found(process.outside, group, sampleSize))
  note(world, "delivery-service.found", () => ({ on: handleOf(process), group, sampleSize }), result)
  take(world, process, must(result))
}

const proposingJson = (proposing: Proposing): unknown =>
  proposing.type === "add" ? { type: "add", keyPackage: Hex.encode(proposing.keyPackage) } : proposing

/** A member proposes. Gives the ref of the proposal, if it may. */
export const proposeIn = (world: World, process: Process, proposing: Proposing): string | undefined => {
  const params = () => ({ proposing: proposingJson(proposing) })
  const result = act(world, process, { method: "delivery-service.propose", params, step: (state) => propose(state, proposing) })
  const [told] = Result.isSuccess(result) ? result.success.events : []
  if (told?.type !== "proposal") return undefined
  world.made.set(told.ref, process)
  return told.ref
}

/** A member commits. Gives the ref of the commit, if it may. */
export const commitIn = (world: World, process: Process, references: ReadonlyArray<string> | null): string | undefined => {
  const params = () => ({ references })
  const result = act(world, process, { method: "delivery-service.commit", params, step: (state) => commitOf(state, references) })
  if (Result.isFailure(result)) return undefined
  // Who decides alone has begun the next epoch.
  const told = result.success.events.find(({ type }) => type === "commit")
  const ref = result.success.state.own.at(-1)?.ref ?? (told !== undefined && "ref" in told ? told.ref : "")
  world.made.set(ref, process)
  return ref
}

/** A member that was away asks what it has missed. */
export const resumeIn = (world: World, process: Process): void => {
  act(world, process, { method: "delivery-service.resume", params: () => ({}), step: (state) => Effect.succeed(resume(state)) })
}

/** A stuck process makes a key package to come back with. */
export const comeBackIn = (world: World, process: Process): void => {
  const { state } = process
  if (state === null) throw new NoSchedule(`${process.user} is no member`)
  const number = packagesOf(world.processes.filter(({ user }) => user === process.user))
  const result = runAs(world, process.seed, comeBack(state, number))
  note(world, "delivery-service.come-back", () => ({ on: handleOf(process), number }), result)
  if (Result.isFailure(result)) {
    world.answers.push(`${process.user}: ${JSON.stringify(result.failure)}`)
    return
  }
  process.state = result.success.state
  process.outside = result.success.state.returning
  world.keyPackages.set(process.user, process.outside.keyPackage)
  process.returns++
}

const wait = (world: World, process: Process, from: string, message: DeliveryMessage): void => {
  const result = runAs(world, process.seed, receiveEarly(process.early, from, message))
  note(world, "delivery-service.receive-early", () => ({ on: handleOf(process), from, message: Hex.encode(digestOf(message)) }), result)
  if (Result.isSuccess(result)) process.early = result.success
}

const enter = (world: World, process: Process, welcome: Uint8Array): void => {
  const { sampleSize } = world
  const result = runAs(world, process.seed, join(process.outside, welcome, sampleSize, process.early))
  note(world, "delivery-service.join", () => ({ on: handleOf(process), welcome: Hex.encode(welcome), sampleSize }), result)
  if (Result.isSuccess(result)) take(world, process, result.success)
}

/** A message arrives. A user that is down does not get it. */
export const arrive = (world: World, { id, from, to, message }: Flight): void => {
  if (to.isDown) return
  enterInTrace(world, "delivered", id)
  if (to.state === null) {
    if (message.type === "welcoming") enter(world, to, message.welcome)
    else wait(world, to, from.user, message)
    return
  }
  const params = () => ({ from: from.user, message: Hex.encode(digestOf(message)) })
  act(world, to, { method: "delivery-service.receive", params, step: (state) => receive(state, from.user, message) })
}

/** A timer ends. */
const elapse = (world: World, { of, name }: Pick<RunningTimer, "of" | "name">): void => {
  enterInTrace(world, "ended", handleOf(of), name)
  act(world, of, { method: "delivery-service.timeout", params: () => ({ name }), step: (state) => timeout(state, name) })
}

/** Whether a message may be delivered now. */
export const isFree = (world: World, { from, to }: Flight): boolean => !world.isCut(from.user, to.user)

/** Delivers the messages that may be delivered, in the order in which they were sent, and when there are none, ends timers in the order of their times, at most `most` of them. */
const drain = (world: World, most = 200): boolean => {
  for (let ended = 0; ; ) {
    const index = world.flights.findIndex((flight) => isFree(world, flight))
    if (index >= 0) {
      arrive(world, world.flights.splice(index, 1)[0]!)
      continue
    }
    const timer = nextTimer(world)
    if (timer === undefined) return true
    if (ended++ >= most) return false
    endTimer(world, timer)
  }
}

/** The timers that may end, in the order in which they were begun. Those of past epochs are forgotten. */
export const readyTimers = (world: World): ReadonlyArray<RunningTimer> => {
  const isAlive = ({ of, name }: RunningTimer) =>
    of.state !== null && of.state.status !== statuses.removed && Number(name.split("/")[0]) === of.state.tree.epoch
  const alive = world.timers.filter(isAlive)
  world.timers.splice(0, world.timers.length, ...alive)
  return alive.filter(({ of }) => !of.isDown)
}

/** The timer that ends next. */
export const nextTimer = (world: World): RunningTimer | undefined => {
  const [first, ...rest] = readyTimers(world)
  return first === undefined ? undefined : rest.reduce((least, one) => (one.at < least.at ? one : least), first)
}

/** Ends a timer, the first of its name: it is not set any more, and its time has come. One that is not set ends too; while its process is down, none does. */
export const endTimer = (world: World, { of, name }: Pick<RunningTimer, "of" | "name">): void => {
  if (of.isDown || of.state === null) return
  const index = world.timers.findIndex((timer) => timer.of === of && timer.name === name)
  const [timer] = index < 0 ? [] : world.timers.splice(index, 1)
  world.now = Math.max(world.now, timer?.at ?? 0)
  elapse(world, { of, name })
}

/**
 * A group of these users, all members: the first founds it and adds the others in its first epoch. `faulty` are those of them with faces, not the first. What happened until then is forgotten.
 */
export const settledWorld = (
  users: ReadonlyArray<string>,
  faulty: ReadonlyMap<string, ReadonlyArray<ReadonlyArray<string>>> = new Map(),
  world: World = emptyWorld(),
): World => {
  for (const user of users) appear(world, user, faulty.get(user) ?? null)
  // simulation.settle.1
  const founder = processOf(world, users[0]!)
  foundIn(world, founder)
  for (const user of users.slice(1)) {
    proposeIn(world, founder, { type: "add", keyPackage: keyPackageOf(world, user) })
  }
  commitIn(world, founder, null)
  drain(world)
  for (const process of world.processes) process.events.length = 0
  world.sent.clear()
  world.messages.length = 0
  world.counters.clear()
  world.timers.length = 0
  world.made.clear()
  world.now = 0
  world.trace = new Uint8Array(32)
  return world
}

/** Correct users that are members and vote, also when they are stuck. */
export const correctVoters = (world: World): ReadonlyArray<Process & { readonly state: Delivery }> =>
  world.processes.filter(
    (one): one is Process & { readonly state: Delivery } => !one.isFaulty && one.state !== null && one.state.status !== statuses.removed,
  )

/** Correct users that are members, and neither removed nor stuck. */
export const correctMembers = (world: World): ReadonlyArray<Process & { readonly state: Delivery }> =>
  world.processes.filter(
    (one): one is Process & { readonly state: Delivery } => !one.isFaulty && one.state !== null && one.state.status === 0,
  )
