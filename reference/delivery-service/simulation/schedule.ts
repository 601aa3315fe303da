/**
 * Schedules as data: what happens in a world, move by move. A move that stands for several deliveries is written back as these, so that a run can be played again.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { noblePrimitives } from "../../crypto/providers/noble.ts"
import { streamOf } from "./random.ts"
import {
  appear,
  arrive,
  commitIn,
  elapse,
  type Flight,
  handleOf,
  isFree,
  launch,
  nextTimer,
  type Process,
  processOf,
  proposeIn,
  type RunningTimer,
  resumeIn,
  type World,
} from "./world.ts"

/** Which messages a move is about; all, when nothing is said. Kinds are those of `World.sent`. */
export interface Which {
  readonly to?: ReadonlyArray<string>
  readonly from?: ReadonlyArray<string>
  readonly kinds?: ReadonlyArray<string>
}

/** One move. Users are named by their handles. */
export type Move =
  | { readonly propose: "update" | "add" | "remove"; readonly by: string; readonly who?: string; readonly as: string }
  | { readonly commit: ReadonlyArray<string> | null; readonly by: string; readonly as: string }
  | { readonly deliver: string }
  | { readonly drop: string }
  /** Delivers such messages that are on their way now, and leaves them there. */
  | ({ readonly repeat: true } & Which)
  /** Delivers such messages until there are none, in the order in which they were sent, in the reverse order, or in that of a seed. */
  | ({ readonly drain: "fifo" | "lifo" | `seed ${string}`; readonly most?: number } & Which)
  /** Delivers such messages that are on their way now, and none that these cause. */
  | ({ readonly wave: true } & Which)
  | ({ readonly lose: true } & Which)
  /** Ends the timers that end first, in turn with draining, until nothing is left to happen, or this many. */
  | { readonly settle: number }
  /** As many moves in the order of a seed: of a hundred so many end a timer before its time. */
  | { readonly chaos: string; readonly haste: number; readonly most: number }
  | { readonly end: string; readonly of: string }
  | { readonly down: string }
  | { readonly up: string }
  | { readonly resume: string }
  | { readonly cut: ReadonlyArray<ReadonlyArray<string>> }
  | { readonly heal: true }
  | { readonly appear: string }
  /** Puts a message on its way that somebody could have sent, in hex or made when its turn comes. */
  | { readonly inject: string | ((world: World, played: Played) => DeliveryMessage); readonly from: string; readonly to: string }

/** What a schedule has done: the names that it gave to proposals and commits, with their refs, and each single move. */
export interface Played {
  readonly names: Map<string, string>
  readonly moves: Array<Move>
}

const byHandle = (world: World, handle: string): Process => {
  const process = world.processes.find((one) => handleOf(one) === handle)
  if (process === undefined) throw new Error(`nobody is called ${handle}`)
  return process
}

const kindOf = ({ message }: Flight): string =>
  message.type === "agreement" || message.type === "gossiping" ? message.message.type : message.type

const isMeant = ({ to, from, kinds }: Which, flight: Flight): boolean =>
  (to === undefined || to.includes(handleOf(flight.to))) &&
  (from === undefined || from.includes(handleOf(flight.from))) &&
  (kinds === undefined || kinds.includes(kindOf(flight)))

const flightOf = (world: World, id: string): Flight => {
  const flight = world.flights.find((one) => one.id === id)
  if (flight === undefined) throw new Error(`no message ${id} is on its way`)
  return flight
}

const deliverOne = (world: World, played: Played, flight: Flight): void => {
  world.flights.splice(world.flights.indexOf(flight), 1)
  played.moves.push({ deliver: flight.id })
  arrive(world, flight)
}

const drainAll = (world: World, played: Played, move: Extract<Move, { readonly drain: string }>): void => {
  const random = move.drain.startsWith("seed ") ? streamOf(move.drain.slice(5), "drain") : undefined
  for (let count = 0; count < (move.most ?? Number.POSITIVE_INFINITY); count++) {
    const free = world.flights.filter((flight) => isFree(world, flight) && isMeant(move, flight))
    if (free.length === 0) return
    const index = random?.below(free.length) ?? (move.drain === "lifo" ? free.length - 1 : 0)
    deliverOne(world, played, free[index]!)
  }
}

const endTimer = (world: World, played: Played, timer: RunningTimer): void => {
  world.timers.splice(world.timers.indexOf(timer), 1)
  world.now = Math.max(world.now, timer.at)
  played.moves.push({ end: timer.name, of: handleOf(timer.of) })
  elapse(world, timer)
}

const settleAll = (world: World, played: Played, most: number): void => {
  for (let ended = 0; ; ended++) {
    drainAll(world, played, { drain: "fifo" })
    const timer = nextTimer(world)
    if (timer === undefined || ended >= most) return
    endTimer(world, played, timer)
  }
}

const chaos = (world: World, played: Played, move: Extract<Move, { readonly chaos: string }>): void => {
  const random = streamOf(move.chaos, "chaos")
  for (let count = 0; count < move.most; count++) {
    const free = world.flights.filter((flight) => isFree(world, flight))
    const next = nextTimer(world)
    if (free.length === 0 && next === undefined) return
    if (next !== undefined && (free.length === 0 || random.below(100) < move.haste)) endTimer(world, played, random.pick(world.timers))
    else deliverOne(world, played, random.pick(free))
  }
}

const refOf = ({ state, events }: Process, type: "proposal" | "commit"): string => {
  const told = events.findLast((event) => event.type === type)
  return (type === "commit" ? state?.own?.ref : undefined) ?? (told !== undefined && "ref" in told ? told.ref : "")
}

const operate = (world: World, played: Played, move: Extract<Move, { readonly by: string }>): void => {
  const process = byHandle(world, move.by)
  played.moves.push(move)
  if ("commit" in move) {
    const refs = move.commit?.map((name) => played.names.get(name) ?? name) ?? null
    if (!commitIn(world, process, refs)) throw new Error(`${move.by} may not commit: ${world.answers.at(-1)}`)
    played.names.set(move.as, refOf(process, "commit"))
    return
  }
  const who = move.who === undefined ? undefined : processOf(world, move.who)
  const leaf = process.state?.tree.members.find(({ user }) => user === move.who)?.leaf ?? 0xffff
  const proposing = {
    update: { type: "update" },
    add: { type: "add", keyPackage: who?.outside.keyPackage },
    remove: { type: "remove", leaf },
  }
  const may = proposeIn(world, process, proposing[move.propose] as Parameters<typeof proposeIn>[2])
  if (!may) throw new Error(`${move.by} may not propose: ${world.answers.at(-1)}`)
  played.names.set(move.as, refOf(process, "proposal"))
  played.names.set(move.as, refOf(process, "proposal"))
}

const injected = (world: World, played: Played, move: Extract<Move, { readonly inject: unknown }>): void => {
  if (typeof move.inject === "string") throw new Error("a message in hex is put in by the vectors only")
  const message = move.inject(world, played)
  const bytes = Hex.encode(encodeWire(DeliveryMessage, message))
  played.moves.push({ ...move, inject: bytes })
  world.calls?.push({ method: "delivery.put", params: { message: bytes }, verdict: "accepted" })
  launch(world, byHandle(world, move.from), byHandle(world, move.to), message)
}

/** Several deliveries: gives whether the move was one. */
const deliveries = (world: World, played: Played, move: Move): boolean => {
  if ("drain" in move) drainAll(world, played, move)
  else if ("chaos" in move) chaos(world, played, move)
  else if ("settle" in move) settleAll(world, played, move.settle)
  else if ("deliver" in move) deliverOne(world, played, flightOf(world, move.deliver))
  else if ("wave" in move) {
    for (const flight of world.flights.filter((one) => isFree(world, one) && isMeant(move, one))) deliverOne(world, played, flight)
  } else return false
  return true
}

const network = (world: World, move: Move): void => {
  if ("repeat" in move) for (const flight of world.flights.filter((one) => isMeant(move, one))) arrive(world, flight)
  else if ("drop" in move) world.flights.splice(world.flights.indexOf(flightOf(world, move.drop)), 1)
  else if ("lose" in move) world.flights.splice(0, world.flights.length, ...world.flights.filter((one) => !isMeant(move, one)))
  else if ("end" in move) elapse(world, { of: byHandle(world, move.of), name: move.end })
  else if ("down" in move) byHandle(world, move.down).isDown = true
  else if ("up" in move) byHandle(world, move.up).isDown = false
  else if ("resume" in move) resumeIn(world, byHandle(world, move.resume))
  else if ("appear" in move) appear(world, move.appear)
  else if ("heal" in move) world.isCut = () => false
  else if ("cut" in move)
    world.isCut = (from, to) => move.cut.findIndex((side) => side.includes(from)) !== move.cut.findIndex((side) => side.includes(to))
}

/** Plays a schedule. */
export const play = (world: World, schedule: ReadonlyArray<Move>, played: Played = { names: new Map(), moves: [] }): Played => {
  for (const move of schedule) {
    if ("by" in move) operate(world, played, move)
    else if ("inject" in move) injected(world, played, move)
    else if (!deliveries(world, played, move)) {
      played.moves.push(move)
      network(world, move)
    }
  }
  return played
}

/** A digest of all that the users of a world were told and of all that was sent, by which two runs are compared. */
export const traceHash = (world: World): string => {
  const told = world.processes.map((process) => ({ of: handleOf(process), events: process.events, sent: world.counters.get(process) ?? 0 }))
  return Hex.encode(noblePrimitives.sha256(new TextEncoder().encode(JSON.stringify(told))))
}
