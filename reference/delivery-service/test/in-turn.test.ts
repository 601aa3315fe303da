/** Faulty authors that act in turn: however they do, t + k correct members stay that are not stuck, and the stuck come back. */
import { describe, expect, it } from "vitest"
import { statuses } from "../../../spec/delivery-service/delivery-service.ts"
import { violations } from "../simulation/properties.ts"
import { type Stream, streamOf } from "../simulation/random.ts"
import { play } from "../simulation/schedule.ts"
import { unreadable } from "../simulation/unreadable.ts"
import { comeBackIn, commitIn, launch, type Process, processOf, proposeIn, settledWorld, type World } from "../simulation/world.ts"

const correct = ["A", "B", "C", "D", "E"]
const faulty = ["F", "G"]

const isActive = ({ state }: Process): boolean => state?.status === statuses.active

const those = (world: World, is: (process: Process) => boolean): ReadonlyArray<Process> =>
  correct.map((user) => processOf(world, user)).filter(is)

/** A faulty author, with the help of the other one, makes as many stuck as it can find. */
const attack = (world: World, random: Stream): void => {
  const [author, helper] = random.below(2) === 0 ? faulty : faulty.toReversed()
  const victims = correct.filter(() => random.below(2) === 0)
  const lie = unreadable(world, processOf(world, author!), victims, processOf(world, helper!))
  if (lie === undefined) return
  for (const to of correct) launch(world, processOf(world, author!), processOf(world, to), lie)
  play(world, [{ settle: 100 }])
}

/** A correct member that is not stuck brings back all that are; gives whether an epoch has ended and nobody is stuck. */
const mend = (world: World): boolean => {
  const [author] = those(world, isActive)
  if (author === undefined) return false
  const stuck = those(world, (process) => !isActive(process))
  const refs = stuck.flatMap((process) => {
    comeBackIn(world, process)
    const { leaf } = author.state!.tree.members.find(({ user }) => user === process.user)!
    const { keyPackage } = process.outside
    return [proposeIn(world, author, { type: "remove", leaf })!, proposeIn(world, author, { type: "add", keyPackage })!]
  })
  play(world, [{ settle: 100 }])
  const { epoch } = author.state!.tree
  commitIn(world, author, refs)
  play(world, [{ settle: 100 }])
  return author.state!.tree.epoch > epoch && those(world, isActive).length === correct.length
}

describe("of seven members two are faulty, and act in turn", () => {
  it.each(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"])("run %s", (seed) => {
    const random = streamOf(seed, "in turn")
    const world = settledWorld([...correct, ...faulty], new Map(faulty.map((user) => [user, [[]]] as const)))
    for (let turn = 0; turn < 6; turn++) {
      for (let attacks = random.below(3); attacks >= 0; attacks--) attack(world, random)
      expect(violations(world)).toEqual([])
      expect(those(world, isActive).length).toBeGreaterThanOrEqual(3)
      // What was tried before may take effect in place of the first commit.
      expect(mend(world) || mend(world)).toBe(true)
    }
  })
})
