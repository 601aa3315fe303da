/**
 * All scenarios within bounds, each with all its schedules and all checks.
 *
 * @module
 */
import type { Primitives } from "../../reference/crypto/crypto.ts"

import { type BaseName, bases, classes, combinations, followUps, labFor, nameOf, worldOf } from "../../reference/simulation/scenarios.ts"
import { type Placement, schedules } from "../../reference/simulation/schedules.ts"
import { toyPrimitives } from "../../reference/simulation/toy-primitives.ts"
import { inWorld, type Start, unplayed, type World } from "../../reference/simulation/world.ts"
import { checkDelivery, checked, checkQuiescence } from "./checks.ts"
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
  /** The one scenario to explore, by its name. */
  readonly only?: string | undefined
  readonly primitives?: Primitives
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

interface Scenario {
  readonly starts: ReadonlyArray<Start>
  readonly followUp: Start | undefined
}

/** The scenarios within bounds, together those that start in the same way. */
const groupsOf = ({ base, starters, further, raw, only }: Bounds): ReadonlyArray<ReadonlyArray<Scenario>> => {
  const starts = raw === true ? combinations(bases[base], starters) : classes(bases[base], starters).map((one) => one.starts)
  const later = further ? followUps(bases[base]) : [undefined]
  return starts
    .map((one) =>
      later
        .map((followUp) => ({ starts: one, followUp }))
        .filter((each) => only === undefined || nameOf(each.starts, each.followUp) === only),
    )
    .filter((group) => group.length > 0)
}

/** How many scenarios there are within the bounds. */
export const scenariosIn = (bounds: Bounds): number => groupsOf(bounds).flat().length

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

/** Scenarios that start in the same way share what was explored, until it is this many states of members: then it is forgotten, because there is not memory for all. */
const kept = 300_000

const runFrom = (base: World, bounds: Bounds, counts: Counts): Run => ({
  bounds,
  base: { ...unplayed(base), rekeys: bounds.rekeys ?? "ordered" },
  counts,
  places: places(),
})

/** Explores all scenarios within the bounds; stops at `most` findings. */
export const exploreAll = (
  bounds: Bounds,
  counts: Counts,
  most: number,
  progress: (scenario: string) => void = () => {},
): ReadonlyArray<Finding> => {
  const lab = labFor(bases[bounds.base], bounds.primitives ?? toyPrimitives, checkDelivery)
  const before = checked.count
  const findings: Array<Finding> = []
  let base: World | undefined
  const settling = findingIn(bases[bounds.base], "settling", () => {
    base = worldOf(bases[bounds.base], lab)
  })
  if (settling !== undefined || base === undefined) return settling === undefined ? [] : [settling]
  const count = (finding: Finding | undefined) => finding !== undefined && findings.push(finding)
  for (const group of groupsOf(bounds)) {
    counts.classes++
    let run = runFrom(base, bounds, counts)
    let from = lab.count.locals
    for (const scenario of group) {
      const name = nameOf(scenario.starts, scenario.followUp)
      progress(name)
      count(findingIn(bases[bounds.base], name, () => exploreScenario(run, scenario)))
      if (findings.length >= most) break
      if (lab.count.locals - from < kept) continue
      counts.states += lab.count.locals - from
      from = lab.count.locals
      run = runFrom(base, bounds, counts)
    }
    counts.states += lab.count.locals - from
    if (findings.length >= most) break
  }
  counts.deliveries += lab.count.deliveries
  counts.checks += checked.count - before
  return findings
}
