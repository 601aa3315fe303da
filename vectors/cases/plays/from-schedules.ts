/**
 * Schedules of the exploration as plays: the same enumeration as that of the concurrency matrix.
 *
 * @module
 */
import { isPresent } from "../../../reference/simulation/locals.ts"
import { type Base, type BaseName, bases, classes, foundersOf, labFor, usersOf, worldOf } from "../../../reference/simulation/scenarios.ts"
import { ordersOf, type Placement, schedules } from "../../../reference/simulation/schedules.ts"
import { toyPrimitives } from "../../../reference/simulation/toy-primitives.ts"
import { type Line, type Start, scheduleOf, unplayed, type World } from "../../../reference/simulation/world.ts"
import { classId } from "../dcgka/concurrency.ts"
import { Stage } from "./stage.ts"

/** The letters of the members, by their names in the exploration: users first, in their order, then those who are added a second time. */
const castOf = (base: Base, end: World): ReadonlyMap<string, string> => {
  const letters = [..."abcdefghijklmnopqrstuvwxyz"]
  const users = usersOf(base)
  const cast = new Map<string, string>()
  const taken = new Set<string>()
  for (const { name, user } of Object.values(end.locals)) {
    const letter = letters[users.indexOf(user)]!
    cast.set(name, taken.has(letter) ? letters[users.length + taken.size]! : letter)
    taken.add(cast.get(name)!)
  }
  return cast
}

/** A stage on which the group of a base stands, everything answered. */
export const openingOf = (base: Base, cast: Readonly<Record<string, string>>): Stage => {
  const founders = "abcdefgh".slice(0, foundersOf(base).length)
  const stage = new Stage(cast).creates("a", founders.slice(1)).settles(founders)
  return base.removed === 0 ? stage : stage.removes("a", founders.at(-1)!).takes(founders.at(-1)!, "2").settles(founders.slice(0, -1))
}

/** The cast of a base before anybody is added. */
export const foundersCast = (base: Base): Readonly<Record<string, string>> =>
  Object.fromEntries(foundersOf(base).map((user, index) => ["abcdefgh"[index]!, user]))

const act = (stage: Stage, cast: ReadonlyMap<string, string>, end: World, line: Extract<Line, { readonly by: string }>) => {
  const by = cast.get(line.by)!
  if (line.does === "update") return stage.updates(by)
  if (line.does === "remove") {
    const removed = Object.values(end.locals).find(({ member }) => member === line.member)!
    return stage.removes(by, cast.get(removed.name)!)
  }
  const added = Object.values(end.locals).find(
    ({ name }) => name.startsWith(`${line.user}/${line.by}`) && !stage.hasEntered(cast.get(name)!),
  )
  return stage.adds(by, cast.get(added!.name)!)
}

/** A play while it is written, and its cast. */
interface Staged {
  readonly stage: Stage
  readonly cast: Readonly<Record<string, string>>
}

/** What is special in a play that is made from a schedule. */
export interface Special {
  /** Those who are removed learn of it last, and get everything else before. */
  readonly listening?: boolean
  /** Everybody seals before, those who start something seal right after it, and everybody seals at the end; all open at once what they can. */
  readonly sealing?: boolean
}

/** The stage of a play that goes as the end of a schedule went, from its base on. */
export const stageOf = (base: Base, end: World, { listening = false, sealing = false }: Special = {}): Staged => {
  const cast = castOf(base, end)
  const users = Object.fromEntries(Object.values(end.locals).map(({ name, user }) => [cast.get(name)!, user]))
  const stage = openingOf(base, users)
  stage.scene()
  const unaware = new Set<string>()
  const take = (to: string, name: string) => {
    if (!listening || stage.staysAfter(to, name)) stage.takes(to, name)
    else unaware.add(to)
    if (sealing) stage.opens(to, ...stage.readable(to))
  }
  const handles = [...cast.values()].sort()
  const allSeal = () => {
    for (const handle of handles) if (stage.present(handle).length > 0 && !unaware.has(handle)) stage.seals(handle)
    for (const handle of handles) if (stage.hasEntered(handle)) stage.reads(handle)
  }
  if (sealing) allSeal()
  for (const line of scheduleOf(end)) {
    if ("by" in line) {
      act(stage, cast, end, line)
      if (sealing) stage.seals(cast.get(line.by)!)
    } else take(cast.get(line.to)!, stage.nameOf(cast.get(line.from)!, Number(line.message.split(" ")[1])))
  }
  for (const handle of unaware) {
    stage.catchesUp(handle)
    if (sealing) stage.opens(handle, ...stage.readable(handle))
    stage.listens(handle)
  }
  if (sealing) allSeal()
  const present = Object.values(end.locals).filter(isPresent)
  if (
    stage.end().members !==
    present
      .map(({ name }) => cast.get(name)!)
      .sort()
      .join("")
  )
    throw new Error("the definitions have other members")
  return { stage, cast: users }
}

/** One class of things that members start at once, with the ends of its schedules, one for each vector of orders. */
export interface Ends {
  readonly id: string
  readonly starts: ReadonlyArray<Start>
  readonly ends: (placement: Placement) => ReadonlyArray<World>
}

/** The classes of a base, each with its ends. */
export const endsOf = (name: BaseName, starters: number): ReadonlyArray<Ends> => {
  const base = bases[name]
  let world: World | undefined
  const fresh = () => {
    world ??= worldOf(
      base,
      labFor(base, toyPrimitives, () => {}),
    )
    return unplayed({ ...world, rekeys: starters > 2 ? "placed" : "ordered" })
  }
  return classes(base, starters).map(({ starts }) => ({
    id: classId(name, starts).replace("concurrency/", ""),
    starts,
    ends: (placement) => {
      const found = new Map<string, World>()
      const from = fresh()
      schedules(from, starts, undefined, placement, (end) => found.set(JSON.stringify(ordersOf(end, from)), end))
      return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, end]) => end)
    },
  }))
}
