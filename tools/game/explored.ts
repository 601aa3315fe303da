/**
 * Games over all schedules within bounds.
 *
 * @module
 */
import { type BaseName, bases, classes, followUps, labFor, nameOf, worldOf } from "../../reference/simulation/scenarios.ts"
import { schedules } from "../../reference/simulation/schedules.ts"
import { toyPrimitives } from "../../reference/simulation/toy-primitives.ts"
import { inWorld, unplayed } from "../../reference/simulation/world.ts"
import { type Finding, findingIn } from "../explore/replay.ts"
import { type GameCounts, gameOn } from "./challenges.ts"
import { Knowledge } from "./knowledge.ts"

/** One set of scenarios: a group, how many start something at once, whether one further operation follows, and how many states are taken at most. */
export interface GameBounds {
  readonly base: BaseName
  readonly starters: number
  readonly further: boolean
  readonly taken: 1 | 2
}

/** Plays all scenarios within the bounds; stops at `most` findings. */
export const playAll = (
  { base: name, starters, further, taken }: GameBounds,
  counts: GameCounts,
  most: number,
  progress: (scenario: string) => void = () => {},
): ReadonlyArray<Finding> => {
  const base = bases[name]
  const findings: Array<Finding> = []
  for (const { starts } of classes(base, starters)) {
    for (const followUp of further ? followUps(base) : [undefined]) {
      // What is known is of one scenario: it is forgotten with it.
      const knowledge = new Knowledge(toyPrimitives)
      const game = gameOn(knowledge, counts)
      const world = { ...unplayed(worldOf(base, labFor(base, knowledge.primitives, game.note))), rekeys: "placed" as const }
      progress(nameOf(starts, followUp))
      const finding = findingIn(base, nameOf(starts, followUp), () =>
        schedules(world, starts, followUp, "lazy", (leaf) => inWorld(leaf, undefined, () => game.play(leaf, world, taken))),
      )
      if (finding !== undefined) findings.push(finding)
      if (findings.length >= most) return findings
    }
  }
  return findings
}
