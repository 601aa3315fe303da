/**
 * A group and its network, in memory and without a clock: users, messages on their way, timers. Nothing happens but what a schedule says (`schedule.ts`).
 *
 * A faulty user is several copies of a correct one, each of which is seen by some users only; together with messages put in by hand that gives whatever its keys can sign.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import type { NotAccepted } from "../../../spec/conventions/verdicts.ts"
import { type Delivery, DeliveryMessage, type Early } from "../../../spec/delivery-service/delivery-service.ts"
import type { Outside } from "../../../spec/delivery-service/tree-kem.ts"
import { Crypto, type Primitives } from "../../crypto/crypto.ts"
import { noblePrimitives } from "../../crypto/providers/noble.ts"
import { labelledDraw, Randomness } from "../../crypto/randomness.ts"
import {
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

/** A user, or a copy of a faulty one. */
export interface Process {
  readonly user: string
  readonly copy: number
  readonly isFaulty: boolean
  /** Whether a user sees what it sends. */
  readonly sees: (user: string) => boolean
  readonly seed: Uint8Array
  readonly outside: Outside
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

/** Everything. `now` is in delay bounds; `held` says which links are cut; `sent` counts messages by type. */
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
  /** Every call of an operation, as a method of the conformance protocol; null when they are not recorded. */
  readonly calls: Array<Call> | null
  isCut: (from: string, to: string) => boolean
  now: number
}

type Step<A> = Effect.Effect<A, NotAccepted, Crypto | Randomness>

/** Runs a step as one process. */
export const runAs = <A>(world: World, seed: Uint8Array, step: Step<A>): Result.Result<A, NotAccepted> => {
  const { primitives } = world
  const draw = (label: string, length: number) => labelledDraw(primitives, seed, label, length)
  return Effect.runSync(Effect.result(step).pipe(Effect.provideService(Crypto, primitives), Effect.provideService(Randomness, { draw })))
}

/** The handle of a process: its user, and for copies after the first an apostrophe and a number. */
export const handleOf = ({ user, copy }: Pick<Process, "user" | "copy">): string => (copy === 0 ? user : `${user}'${copy}`)

const note = (world: World, method: string, params: () => Call["params"], result: Result.Result<unknown, NotAccepted>): void => {
  world.calls?.push({ method, params: params(), verdict: Result.isSuccess(result) ? "accepted" : result.failure })
}

/** The digest by which a message is named. */
const digestOf = (message: DeliveryMessage): string => Hex.encode(noblePrimitives.sha256(encodeWire(DeliveryMessage, message)))

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
  calls: isRecorded ? [] : null,
  isCut: () => false,
  now: 0,
})

/** A user comes into being; a faulty one with several copies, of which each is seen by the users given. */
export const appear = (world: World, user: string, copies: ReadonlyArray<ReadonlyArray<string>> | null = null): Process => {
  const seed = labelledDraw(world.primitives, new Uint8Array(32), `user ${user}`, 32)
  const appeared = runAs(world, seed, init("symbolic", user, 0))
  const outside = must(appeared)
  const sides = copies ?? [null]
  const made = sides.map(
    (side, copy): Process => ({
      user,
      copy,
      isFaulty: copies !== null,
      sees: (other) => side === null || side.includes(other),
      seed,
      outside,
      events: [],
      early: [],
      state: null,
      isDown: false,
    }),
  )
  for (const process of made) note(world, "delivery.appear", () => ({ on: handleOf(process), user, seed: Hex.encode(seed) }), appeared)
  world.processes.push(...made)
  return made[0]!
}

/** The first process of a user. */
export const processOf = (world: World, user: string): Process => {
  const process = world.processes.find((one) => one.user === user)
  if (process === undefined) throw new Error(`nobody is called ${user}`)
  return process
}

const kindOf = (message: DeliveryMessage): string =>
  message.type === "agreement" || message.type === "gossiping" ? message.message.type : message.type

/** Puts a message on its way. */
export const launch = (world: World, from: Process, to: Process, message: DeliveryMessage): void => {
  const count = world.counters.get(from) ?? 0
  world.counters.set(from, count + 1)
  world.flights.push({ id: `${handleOf(from)}>${handleOf(to)}#${count}`, from, to, message })
  const kind = kindOf(message)
  world.sent.set(kind, (world.sent.get(kind) ?? 0) + 1)
}

/** Takes over what a process has done. */
const take = (world: World, process: Process, { state, send, events, timers }: Delivered): void => {
  process.state = state
  process.events.push(...events)
  for (const { to, message } of send) {
    const receivers = world.processes.filter((one) => to.includes(one.user) && one.user !== process.user)
    for (const receiver of receivers) if (process.sees(receiver.user)) launch(world, process, receiver, message)
  }
  for (const { name, delay } of timers) world.timers.push({ of: process, name, at: world.now + delay })
}

/** What is done with the state of a member, and as which method. */
interface Action {
  readonly method: string
  readonly params: () => Readonly<Record<string, unknown>>
  readonly step: (state: Delivery) => Step<Delivered>
}

const act = (world: World, process: Process, { method, params, step }: Action): Result.Result<Delivered, NotAccepted> => {
  if (process.state === null) throw new Error(`${process.user} is no member`)
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
  note(world, "delivery.found", () => ({ on: handleOf(process), group, sampleSize }), result)
  take(world, process, must(result))
}

const proposingJson = (proposing: Proposing): unknown =>
  proposing.type === "add" ? { type: "add", keyPackage: Hex.encode(proposing.keyPackage) } : proposing

/** A member proposes. Gives whether it may. */
export const proposeIn = (world: World, process: Process, proposing: Proposing): boolean => {
  const params = () => ({ proposing: proposingJson(proposing) })
  return Result.isSuccess(act(world, process, { method: "delivery.propose", params, step: (state) => propose(state, proposing) }))
}

/** A member commits. Gives whether it may. */
export const commitIn = (world: World, process: Process, references: ReadonlyArray<string> | null): boolean =>
  Result.isSuccess(
    act(world, process, { method: "delivery.commit", params: () => ({ references }), step: (state) => commitOf(state, references) }),
  )

/** A member that was away asks what it has missed. */
export const resumeIn = (world: World, process: Process): void => {
  act(world, process, { method: "delivery.resume", params: () => ({}), step: (state) => Effect.succeed(resume(state)) })
}

const wait = (world: World, process: Process, from: string, message: DeliveryMessage): void => {
  const result = runAs(world, process.seed, receiveEarly(process.early, from, message))
  note(world, "delivery.receive-early", () => ({ on: handleOf(process), from, message: digestOf(message) }), result)
  if (Result.isSuccess(result)) process.early = result.success
}

const enter = (world: World, process: Process, welcome: Uint8Array): void => {
  const { sampleSize } = world
  const result = runAs(world, process.seed, join(process.outside, welcome, sampleSize, process.early))
  note(world, "delivery.join", () => ({ on: handleOf(process), welcome: Hex.encode(welcome), sampleSize }), result)
  if (Result.isSuccess(result)) take(world, process, result.success)
}

/** A message arrives. A user that is down does not get it. */
export const arrive = (world: World, { from, to, message }: Pick<Flight, "from" | "to" | "message">): void => {
  if (to.isDown) return
  if (to.state === null) {
    if (message.type === "welcoming") enter(world, to, message.welcome)
    else wait(world, to, from.user, message)
    return
  }
  const params = () => ({ from: from.user, message: digestOf(message) })
  act(world, to, { method: "delivery.receive", params, step: (state) => receive(state, from.user, message) })
}

/** A timer ends. */
export const elapse = (world: World, { of, name }: Pick<RunningTimer, "of" | "name">): void => {
  if (of.isDown || of.state === null) return
  act(world, of, { method: "delivery.timeout", params: () => ({ name }), step: (state) => timeout(state, name) })
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
    world.timers.splice(world.timers.indexOf(timer), 1)
    world.now = Math.max(world.now, timer.at)
    elapse(world, timer)
  }
}

/** The timer that ends next, of those that can still do something. */
export const nextTimer = (world: World): RunningTimer | undefined => {
  const isAlive = ({ of, name }: RunningTimer) =>
    !of.isDown && of.state !== null && of.state.status === 0 && Number(name.split("/")[0]) === of.state.tree.epoch
  const alive = world.timers.filter(isAlive)
  world.timers.splice(0, world.timers.length, ...alive)
  return alive.length === 0 ? undefined : alive.reduce((first, one) => (one.at < first.at ? one : first))
}

/**
 * A group of these users, all members: the first founds it and adds the others in its first epoch. `faulty` are those of them with several copies, not the first. What happened until then is forgotten.
 */
export const settledWorld = (
  users: ReadonlyArray<string>,
  faulty: ReadonlyMap<string, ReadonlyArray<ReadonlyArray<string>>> = new Map(),
  world: World = emptyWorld(),
): World => {
  for (const user of users) appear(world, user, faulty.get(user) ?? null)
  const founder = processOf(world, users[0]!)
  foundIn(world, founder)
  for (const user of users.slice(1)) {
    proposeIn(world, founder, { type: "add", keyPackage: processOf(world, user).outside.keyPackage })
  }
  commitIn(world, founder, null)
  drain(world)
  for (const process of world.processes) process.events.length = 0
  world.sent.clear()
  world.counters.clear()
  world.timers.length = 0
  world.now = 0
  return world
}

/** Correct users that are members, and neither removed nor stuck. */
export const correctMembers = (world: World): ReadonlyArray<Process & { readonly state: Delivery }> =>
  world.processes.filter(
    (one): one is Process & { readonly state: Delivery } => !one.isFaulty && one.state !== null && one.state.status === 0,
  )
