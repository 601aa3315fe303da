/**
 * Runs as data: a base, and step by step who does or handles what. So a failing one can be kept, made smaller and played again.
 *
 * A step that is not possible is left out: when something is taken out of a run, what depended on it goes with it.
 *
 * @module
 */
import { Schema } from "effect"
import { isDue, Violation } from "../../reference/simulation/locals.ts"
import { type Base, labFor, worldOf } from "../../reference/simulation/scenarios.ts"
import { toyPrimitives } from "../../reference/simulation/toy-primitives.ts"
import { act, deliver, Failure, inWorld, type Line, settle, unplayed, type World, waysTo } from "../../reference/simulation/world.ts"
import { checkDelivery, checkQuiescence } from "./checks.ts"
import { checkSecrecy } from "./secrecy.ts"

const BaseData = Schema.Struct({ name: Schema.String, members: Schema.Int, removed: Schema.Literals([0, 1]), outsiders: Schema.Int })

const LineData = Schema.Union([
  Schema.Struct({
    by: Schema.String,
    does: Schema.Literals(["update", "add", "remove"]),
    user: Schema.optionalKey(Schema.String),
    member: Schema.optionalKey(Schema.String),
  }),
  Schema.Struct({ to: Schema.String, from: Schema.String, message: Schema.String }),
])

/** A base, and the steps from it. Everything that was sent is delivered at the end. */
export interface Run {
  readonly base: Base
  readonly steps: ReadonlyArray<Line>
}

/** A scenario that fails, with the schedule. */
export interface Finding {
  readonly base: Base
  readonly scenario: string
  readonly says: string
  readonly schedule: ReadonlyArray<Line>
}

const Saved = Schema.Struct({ base: BaseData, scenario: Schema.String, says: Schema.String, schedule: Schema.Array(LineData) })

/** The run of a finding that was saved as JSON. Throws when it is none. */
export const readRun = (text: string): Run => {
  const { base, schedule } = Schema.decodeUnknownSync(Saved, { onExcessProperty: "error" })(JSON.parse(text))
  return { base, steps: schedule }
}

const worlds = new Map<string, World>()

/** The settled group of a base, with the toy primitives and all checks. It is made once, and nothing that was played in it is left. */
export const baseWorld = (base: Base): World => {
  const key = `${base.members} ${base.removed} ${base.outsiders}`
  const world = worlds.get(key) ?? worldOf(base, labFor(base, toyPrimitives, checkDelivery))
  worlds.set(key, world)
  return unplayed(world)
}

const done = (world: World, line: Line): World => {
  if ("does" in line) {
    const isKnown = line.user === undefined || world.lab.people.has(line.user)
    const local = isKnown ? world.locals[line.by] : undefined
    const start = { by: line.by, kind: line.does, ...(line.user === undefined ? {} : { user: line.user }) }
    const ways = local === undefined ? [] : waysTo(local, start)
    const way = ways.find(({ member }) => member === line.member) ?? ways[0]
    return way === undefined ? world : act(world, start, way.member)
  }
  const local = world.locals[line.to]
  const due = local === undefined ? undefined : world.sent.find(({ message }) => message.by === line.from && isDue(local, message))
  return due === undefined ? world : deliver(world, line.to, due)
}

/** All checks of a world in which everything has been delivered that can be. */
export const checkEnd = (world: World): void =>
  inWorld(world, undefined, () => {
    checkQuiescence(world)
    checkSecrecy(world)
  })

/** What goes wrong in `act`, as a finding. */
export const findingIn = (base: Base, scenario: string, act: () => void): Finding | undefined => {
  try {
    act()
    return undefined
  } catch (error) {
    if (error instanceof Failure) return { base, scenario, says: error.message, schedule: error.schedule }
    if (error instanceof Violation) return { base, scenario, says: error.message, schedule: [] }
    throw error
  }
}

/** Plays a run; gives what goes wrong, with the steps until then. */
export const replay = ({ base, steps }: Run): Finding | undefined =>
  findingIn(base, "replay", () => checkEnd(settle(steps.reduce(done, baseWorld(base)))))
