/**
 * Schedules as data: what happens in a world, move by move (chapter "simulation"). A move that stands for several deliveries is written back as these: the expanded schedule.
 *
 * @module
 */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import type { Move as MoveData } from "../../../spec/delivery-service/simulation.ts"
import { bytesOf } from "../../conventions.ts"
import { streamOf } from "./random.ts"
import {
  appear,
  arrive,
  comeBackIn,
  commitIn,
  endTimer,
  type Flight,
  handleOf,
  isFree,
  keyPackageOf,
  kindOf,
  launch,
  NoSchedule,
  nextTimer,
  type Process,
  processOf,
  proposeIn,
  type RunningTimer,
  readyTimers,
  resumeIn,
  type World,
} from "./world.ts"

/** One move of the chapter "simulation", or a message that is made when its turn comes. */
export type Move =
  | MoveData
  | { readonly inject: (world: World, played: Played) => DeliveryMessage; readonly from: string; readonly to: string }

/** Which messages a move is about; all, when nothing is said. */
interface Which {
  readonly to?: ReadonlyArray<string>
  readonly from?: ReadonlyArray<string>
  readonly kinds?: ReadonlyArray<string>
}

/** What a schedule has done: the names that it gave to proposals and commits, with their refs, each single move, and the operations that were refused. */
export interface Played {
  readonly names: Map<string, string>
  readonly moves: Array<MoveData>
  readonly refused: Array<MoveData>
  /** Is told of each single move when it is done. */
  readonly after: () => void
}

/** Nothing done yet. */
export const nothingPlayed = (after: () => void = () => {}): Played => ({ names: new Map(), moves: [], refused: [], after })

const byHandle = (world: World, handle: string): Process => {
  const process = world.processes.find((one) => handleOf(one) === handle)
  if (process === undefined) throw new NoSchedule(`nobody is called ${handle}`)
  return process
}

const isMeant = ({ to, from, kinds }: Which, flight: Flight): boolean =>
  (to === undefined || to.includes(handleOf(flight.to))) &&
  (from === undefined || from.includes(handleOf(flight.from))) &&
  (kinds === undefined || kinds.includes(kindOf(flight.message)))

const flightOf = (world: World, id: string): Flight => {
  const flight = world.flights.find((one) => one.id === id)
  if (flight === undefined) throw new NoSchedule(`no message ${id} is on its way`)
  return flight
}

const deliverOne = (world: World, played: Played, flight: Flight): void => {
  world.flights.splice(world.flights.indexOf(flight), 1)
  played.moves.push({ deliver: flight.id })
  arrive(world, flight)
  played.after()
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

const end = (world: World, played: Played, timer: RunningTimer): void => {
  played.moves.push({ end: timer.name, of: handleOf(timer.of) })
  endTimer(world, timer)
  played.after()
}

const settleAll = (world: World, played: Played, most: number): void => {
  for (let ended = 0; ; ended++) {
    drainAll(world, played, { drain: "fifo" })
    const timer = nextTimer(world)
    if (timer === undefined || ended >= most) return
    end(world, played, timer)
  }
}

const chaos = (world: World, played: Played, move: Extract<Move, { readonly chaos: string }>): void => {
  const random = streamOf(move.chaos, "chaos")
  for (let count = 0; count < move.most; count++) {
    const free = world.flights.filter((flight) => isFree(world, flight))
    const timers = readyTimers(world)
    if (free.length === 0 && timers.length === 0) return
    if (timers.length > 0 && (free.length === 0 || random.below(100) < move.haste)) end(world, played, random.pick(timers))
    else deliverOne(world, played, random.pick(free))
  }
}

const proposed = (world: World, process: Process, { propose, who = "" }: Extract<Move, { readonly propose: string }>) => {
  if (propose === "update") return proposeIn(world, process, { type: "update" })
  if (propose === "add") return proposeIn(world, process, { type: "add", keyPackage: keyPackageOf(world, who) })
  const { user } = processOf(world, who)
  const leaf = process.state?.tree.members.find((member) => member.user === user)?.leaf ?? 0xffff
  return proposeIn(world, process, { type: "remove", leaf })
}

const committed = (world: World, { names }: Played, process: Process, proposals: ReadonlyArray<string> | null) => {
  const refs = proposals?.map((name) => names.get(name)) ?? null
  return refs?.includes(undefined) ? undefined : commitIn(world, process, refs as ReadonlyArray<string> | null)
}

const operate = (world: World, played: Played, move: Extract<Move, { readonly by: string }>): void => {
  const process = byHandle(world, move.by)
  played.moves.push(move)
  const ref = "commit" in move ? committed(world, played, process, move.commit) : proposed(world, process, move)
  if (ref === undefined) played.refused.push(move)
  else played.names.set(move.as, ref)
}

const injected = (world: World, played: Played, move: Extract<Move, { readonly inject: unknown }>): void => {
  const { from, to, inject } = move
  const made = typeof inject === "string" ? decodeWire(DeliveryMessage, bytesOf(inject)) : Result.succeed(inject(world, played))
  if (Result.isFailure(made)) throw new NoSchedule("no message of the delivery service")
  const bytes = Hex.encode(encodeWire(DeliveryMessage, made.success))
  played.moves.push({ from, to, inject: bytes })
  world.calls?.push({ method: "delivery-service.put", params: { message: bytes }, verdict: "accepted" })
  launch(world, byHandle(world, from), byHandle(world, to), made.success)
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
  else if ("end" in move) endTimer(world, { of: byHandle(world, move.of), name: move.end })
  else if ("down" in move) byHandle(world, move.down).isDown = true
  else if ("up" in move) byHandle(world, move.up).isDown = false
  else if ("return" in move) comeBackIn(world, byHandle(world, move.return))
  else if ("resume" in move) resumeIn(world, byHandle(world, move.resume))
  else if ("appear" in move) appear(world, move.appear)
  else if ("heal" in move) world.isCut = () => false
  else if ("cut" in move)
    world.isCut = (from, to) => move.cut.findIndex((side) => side.includes(from)) !== move.cut.findIndex((side) => side.includes(to))
}

/** Plays a schedule. Throws `NoSchedule`. */
export const play = (world: World, schedule: ReadonlyArray<Move>, played: Played = nothingPlayed()): Played => {
  // simulation.play.1
  for (const move of schedule) {
    if ("by" in move) operate(world, played, move)
    else if ("inject" in move) injected(world, played, move)
    else if (!deliveries(world, played, move)) {
      played.moves.push(move)
      network(world, move)
    }
    played.after()
  }
  return played
}
