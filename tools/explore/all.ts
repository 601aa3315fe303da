/**
 * All scenarios within bounds, each with all its schedules and all checks.
 *
 * @module
 */
import type { Primitives } from "../../reference/crypto/crypto.ts"
import { forgetMessages, type IsCrowded } from "../../reference/simulation/locals.ts"
import { type BaseName, bases, classes, combinations, followUps, labFor, nameOf, worldOf } from "../../reference/simulation/scenarios.ts"
import { type Placement, schedules } from "../../reference/simulation/schedules.ts"
import { toyPrimitives } from "../../reference/simulation/toy-primitives.ts"
import { inWorld, type Start, unplayed, type World } from "../../reference/simulation/world.ts"
import { checkDelivery, checked, checkQuiescence } from "./checks.ts"
import { isCrowded } from "./memory.ts"
import { type Places, placeAnswers, places } from "./places.ts"
import { type Finding, findingIn } from "./replay.ts"
import { checkSecrecy } from "./secrecy.ts"

/** One set of scenarios. */
export interface Bounds {
  readonly base: BaseName
  /** How many members start something at once. */
  readonly starters: number
  /** Whether one further operation follows, of anybody at any later point. */
  readonly further: boolean
  /** All combinations, not only one of each class. */
  readonly raw?: boolean
  /** Where answers are placed: at all places, for each member by itself, or as late and as early as possible only. */
  readonly placing?: "all" | "extremes"
  /** Whether rekeys are tried in every order, or placed as answers are. */
  readonly rekeys?: "ordered" | "placed"
  /** The classes to explore, by their numbers: those of combinations that start in the same way up to renaming. All, when nothing is said. */
  readonly part?: ((number: number) => boolean) | undefined
  /** The one scenario to explore, by its name. */
  readonly only?: string | undefined
  readonly primitives?: Primitives
  /** When what was explored is forgotten: when it takes too much memory, if nothing is said. */
  readonly isCrowded?: IsCrowded
}

/** What was explored. */
export interface Counts {
  scenarios: number
  classes: number
  /** Vectors of orders, one for each schedule up to the equivalence. */
  schedules: number
  /** Different states of a member. */
  states: number
  /** Steps of the reference. */
  deliveries: number
  checks: number
}

/** Counts, all zero. */
export const noCounts = (): Counts => ({ scenarios: 0, classes: 0, schedules: 0, states: 0, deliveries: 0, checks: 0 })

/** What was explored in one class, and what was found in it. */
export interface Explored {
  readonly class: number
  readonly counts: Counts
  readonly findings: ReadonlyArray<Finding>
}

/** Adds counts to others. */
export const addCounts = (to: Counts, counts: Counts): void => {
  for (const [name, count] of Object.entries(counts)) to[name as keyof Counts] += count
}

interface Scenario {
  readonly starts: ReadonlyArray<Start>
  readonly followUp: Start | undefined
}

/** A class: the scenarios that start in the same way. */
interface Group {
  readonly number: number
  readonly scenarios: ReadonlyArray<Scenario>
}

const startsOf = ({ base, starters, raw }: Bounds) =>
  raw === true ? combinations(bases[base], starters) : classes(bases[base], starters).map((one) => one.starts)

/** How many classes there are within the bounds, in all parts. */
export const classesIn = (bounds: Bounds): number => startsOf(bounds).length

/** The classes within bounds that are to be explored. */
const groupsOf = (bounds: Bounds): ReadonlyArray<Group> => {
  const { base, further, only, part = () => true } = bounds
  const later = further ? followUps(bases[base]) : [undefined]
  const isMeant = ({ starts, followUp }: Scenario) => only === undefined || nameOf(starts, followUp) === only
  return startsOf(bounds)
    .map((starts, number) => ({ number, scenarios: later.map((followUp) => ({ starts, followUp })).filter(isMeant) }))
    .filter(({ number, scenarios }) => scenarios.length > 0 && part(number))
}

/** How many scenarios there are within the bounds. */
export const scenariosIn = (bounds: Bounds): number => groupsOf(bounds).flatMap(({ scenarios }) => scenarios).length

interface Run {
  readonly bounds: Bounds
  readonly base: World
  readonly counts: Counts
  readonly places: Places
}

// A welcome covers what its sender has handled: the one thing that the place of answers decides.
const placementsOf = ({ starts, followUp }: Scenario): ReadonlyArray<Placement> =>
  [...starts, followUp].some((one) => one?.kind === "add") || followUp !== undefined ? ["lazy", "eager"] : ["lazy"]

const exploreScenario = ({ bounds, base, counts, places }: Run, scenario: Scenario) => {
  counts.scenarios++
  for (const placement of placementsOf(scenario)) {
    schedules(base, scenario.starts, scenario.followUp, placement, (leaf) => {
      if (placement === "lazy") counts.schedules++
      inWorld(leaf, undefined, () => {
        checkQuiescence(leaf)
        checkSecrecy(leaf)
        const isPlaced = placement === "lazy" || scenario.followUp?.kind === "add"
        if (bounds.placing !== "extremes" && isPlaced) placeAnswers(places, leaf, base)
      })
    })
  }
}

const runFrom = (base: World, bounds: Bounds, counts: Counts): Run => {
  forgetMessages(base.lab)
  return { bounds, base: { ...unplayed(base), rekeys: bounds.rekeys ?? "ordered" }, counts, places: places(base.lab) }
}

const exploreClass = (
  world: World,
  bounds: Bounds,
  { number, scenarios }: Group,
  most: number,
  progress: (scenario: string) => void,
): Explored => {
  const base = bases[bounds.base]
  const counts = { ...noCounts(), classes: 1 }
  const findings: Array<Finding> = []
  const { count } = world.lab
  const [locals, deliveries, checks] = [count.locals, count.deliveries, checked.count]
  let run = runFrom(world, bounds, counts)
  let from = locals
  for (const scenario of scenarios) {
    const name = nameOf(scenario.starts, scenario.followUp)
    progress(name)
    const finding = findingIn(base, name, () => exploreScenario(run, scenario))
    if (finding !== undefined) findings.push(finding)
    if (findings.length >= most) break
    // The scenarios of a class share what was explored, as long as there is memory for it.
    if (!world.lab.isCrowded(count.locals - from)) continue
    from = count.locals
    run = runFrom(world, bounds, counts)
  }
  counts.states = count.locals - locals
  counts.deliveries = count.deliveries - deliveries
  counts.checks = checked.count - checks
  return { class: number, counts, findings }
}

/** Explores all scenarios within the bounds, and tells of each class when it is done; stops at `most` findings. */
export const exploreAll = (
  bounds: Bounds,
  counts: Counts,
  most: number,
  progress: (scenario: string) => void = () => {},
  tell: (explored: Explored) => void = () => {},
): ReadonlyArray<Finding> => {
  const lab = labFor(bases[bounds.base], bounds.primitives ?? toyPrimitives, checkDelivery, bounds.isCrowded ?? isCrowded)
  const findings: Array<Finding> = []
  let world: World | undefined
  const settling = findingIn(bases[bounds.base], "settling", () => {
    world = worldOf(bases[bounds.base], lab)
  })
  if (settling !== undefined || world === undefined) return settling === undefined ? [] : [settling]
  for (const group of groupsOf(bounds)) {
    const explored = exploreClass(world, bounds, group, most - findings.length, progress)
    addCounts(counts, explored.counts)
    findings.push(...explored.findings)
    if (findings.length >= most) break
    tell(explored)
  }
  return findings
}
