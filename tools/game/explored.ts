/**
 * Games over all schedules within bounds.
 *
 * @module
 */
import { type BaseName, bases, classes, followUps, labFor, nameOf, worldOf } from "../../reference/simulation/scenarios.ts"
import { schedules } from "../../reference/simulation/schedules.ts"
import { toyPrimitives } from "../../reference/simulation/toy-primitives.ts"
import { inWorld, type Start, unplayed } from "../../reference/simulation/world.ts"
import { type Finding, findingIn } from "../explore/replay.ts"
import { ExploredGame, type GameCounts } from "./challenges.ts"
import { Knowledge } from "./knowledge.ts"

/** One set of scenarios: a group, how many start something at once, whether one further operation follows, and how many states are taken at most. */
export interface GameBounds {
  readonly base: BaseName
  readonly starters: number
  readonly further: boolean
  readonly taken: 1 | 2
  /** The one scenario to play, by its name. */
  readonly only?: string | undefined
}

interface Scenario {
  readonly name: string
  readonly starts: ReadonlyArray<Start>
  readonly followUp: Start | undefined
}

const scenariosIn = ({ base, starters, further, only }: GameBounds): ReadonlyArray<Scenario> =>
  classes(bases[base], starters)
    .flatMap(({ starts }) =>
      (further ? followUps(bases[base]) : [undefined]).map((followUp) => ({ name: nameOf(starts, followUp), starts, followUp })),
    )
    .filter(({ name }) => only === undefined || name === only)

/** How many scenarios there are within the bounds. */
export const countScenarios = (bounds: GameBounds): number => scenariosIn(bounds).length

/** Plays all scenarios within the bounds; stops at `most` findings. */
export const playAll = (
  bounds: GameBounds,
  counts: GameCounts,
  most: number,
  progress: (scenario: string) => void = () => {},
): ReadonlyArray<Finding> => {
  const base = bases[bounds.base]
  const findings: Array<Finding> = []
  for (const { name, starts, followUp } of scenariosIn(bounds)) {
    // What is known is of one scenario: it is forgotten with it.
    const knowledge = new Knowledge(toyPrimitives)
    const game = new ExploredGame(knowledge, counts)
    progress(name)
    const finding = findingIn(base, name, () => {
      const world = { ...unplayed(worldOf(base, labFor(base, knowledge.primitives, game.note))), rekeys: "placed" as const }
      schedules(world, starts, followUp, "lazy", (leaf) => inWorld(leaf, undefined, () => game.play(leaf, world, bounds.taken)))
    })
    if (finding !== undefined) findings.push(finding)
    if (findings.length >= most) return findings
  }
  return findings
}
