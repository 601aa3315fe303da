/**
 * What a decision costs: messages, bytes and message delays until the last member has been told of the commit, in groups of several sizes without faulty members.
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { fetch, openServer, submit } from "../centralized-delivery-service.ts"
import { streamOf } from "./random.ts"
import {
  arrive,
  commitIn,
  emptyWorld,
  endTimer as endIn,
  type Flight,
  nextTimer,
  type Process,
  processOf,
  proposeIn,
  settledWorld,
  type World,
} from "./world.ts"

/** What was counted. `delays` is the longest chain of messages before the last member was told. */
export interface Cost {
  readonly messages: number
  readonly bytes: number
  readonly delays: number
}

/** A world whose messages are counted: what each process has heard is so many messages deep. */
interface Count {
  readonly world: World
  readonly depths: Map<Process, number>
  readonly depthOf: Map<Flight, number>
  readonly lengths: WeakMap<DeliveryMessage, number>
  messages: number
  bytes: number
  delays: number
}

const begin = (n: number): Count => {
  const users = Array.from({ length: n }, (_, index) => `u${String(index).padStart(2, "0")}`)
  const world = settledWorld(users, new Map(), emptyWorld())
  return { world, depths: new Map(), depthOf: new Map(), lengths: new WeakMap(), messages: 0, bytes: 0, delays: 0 }
}

const lengthOf = ({ lengths }: Count, message: DeliveryMessage): number => {
  const length = lengths.get(message) ?? encodeWire(DeliveryMessage, message).length
  lengths.set(message, length)
  return length
}

/** Does something as one process, and counts what it sends. */
const counted = (count: Count, process: Process, does: () => void): void => {
  const { flights } = count.world
  const [before, epoch] = [flights.length, process.state!.tree.epoch]
  does()
  for (const flight of flights.slice(before)) {
    count.depthOf.set(flight, (count.depths.get(process) ?? 0) + 1)
    count.messages++
    count.bytes += lengthOf(count, flight.message)
  }
  if (process.state!.tree.epoch > epoch) count.delays = Math.max(count.delays, count.depths.get(process) ?? 0)
}

const deliver = (count: Count, flight: Flight): void => {
  const { to } = flight
  count.depths.set(to, Math.max(count.depths.get(to) ?? 0, count.depthOf.get(flight)!))
  counted(count, to, () => arrive(count.world, flight))
}

/** Ends the next timer; gives whether there is one. */
const endTimer = (count: Count, isEnded: (name: string) => boolean = () => true): boolean => {
  const { world } = count
  const timer = nextTimer(world)
  if (timer === undefined || !isEnded(timer.name)) return false
  counted(count, timer.of, () => endIn(world, timer))
  return true
}

/** Everything arrives in the order in which it was sent, as if all messages took the same time. */
const inStep = (count: Count): void => {
  const { flights } = count.world
  for (;;) {
    const flight = flights.shift()
    if (flight !== undefined) deliver(count, flight)
    else if (!endTimer(count)) return
  }
}

const isOfGlobalConsensus = (name: string) => /propose|prevote|precommit/.test(name)

/** Everything arrives in random order, and all timers but those of global consensus are over at once: the network is slower than anybody thought. */
const impatient = (count: Count, seed: string): void => {
  const { flights } = count.world
  const random = streamOf(seed, "costs")
  for (;;) {
    if (endTimer(count, (name) => !isOfGlobalConsensus(name))) continue
    if (flights.length > 0) deliver(count, flights.splice(random.below(flights.length), 1)[0]!)
    else if (!endTimer(count)) return
  }
}

const commits = (count: Count, committers: number): void => {
  for (let index = 1; index <= committers; index++) {
    const committer = count.world.processes[index]!
    counted(count, committer, () => commitIn(count.world, committer, null))
  }
}

/** Lets half of the members hear of the first commit first, and the other half of the second. */
const contend = ({ world }: Count): void => {
  const { flights, processes } = world
  const isLate = ({ from, to }: Flight) => processes.indexOf(to) < processes.length / 2 !== (from === processes[1])
  const late = flights.filter(isLate)
  flights.splice(0, flights.length, ...flights.filter((flight) => !isLate(flight)), ...late)
}

const costOf = ({ messages, bytes, delays }: Count): Cost => ({ messages, bytes, delays })

/** A proposal, in full mesh. */
export const costOfProposal = (n: number): Cost => {
  const count = begin(n)
  const proposer = processOf(count.world, "u00")
  counted(count, proposer, () => proposeIn(count.world, proposer, { type: "update" }))
  inStep(count)
  return { ...costOf(count), delays: 1 }
}

/** One commit, or two at once of which each is the first to half of the members, in step. */
export const costOfCommits = (n: number, committers: 1 | 2): Cost => {
  const count = begin(n)
  commits(count, committers)
  if (committers === 2) contend(count)
  inStep(count)
  return costOf(count)
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** Two commits at once that global consensus has to settle: the median of so many random runs in which it does. */
export const costOfFallback = (n: number, runs: number): Cost => {
  const found: Array<Cost> = []
  for (let seed = 0; found.length < runs; seed++) {
    const count = begin(n)
    commits(count, 2)
    impatient(count, `${n}/${seed}`)
    if (count.world.sent.has("precommit")) found.push(costOf(count))
  }
  const of = (pick: (cost: Cost) => number) => median(found.map(pick))
  return { messages: of(({ messages }) => messages), bytes: of(({ bytes }) => bytes), delays: of(({ delays }) => delays) }
}

/** So many proposals or commits at once by the ordering server. */
export const costOfServer = (n: number, submitted: number): Cost => {
  const message = new Uint8Array(300)
  let server = openServer("66".repeat(16))
  for (let member = 0; member < n; member++) server = Effect.runSync(Effect.orDie(fetch(server, member, { ...server, number: 1 }))).server
  let messages = 0
  for (let index = 0; index < submitted; index++) {
    const done = Effect.runSync(Effect.orDie(submit(server, { group: server.group, message })))
    server = done.server
    messages += 1 + done.sends.length
  }
  return { messages, bytes: messages * message.length, delays: 2 }
}
