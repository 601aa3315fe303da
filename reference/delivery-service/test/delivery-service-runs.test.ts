/**
 * Groups over several epochs, in random orders, with members that are away and faulty ones that have two faces. Shows delivery-service.properties.
 */
import { describe, expect, it } from "vitest"
import { violations, violationsAtRest } from "../simulation/properties.ts"
import { type Stream, streamOf } from "../simulation/random.ts"
import { type Move, play, traceHash } from "../simulation/schedule.ts"
import { arrive, correctMembers, elapse, emptyWorld, handleOf, isFree, nextTimer, settledWorld, type World } from "../simulation/world.ts"

const names = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]

interface Setting {
  readonly n: number
  readonly faults: number
  readonly kind: "silent" | "two faces"
  readonly epochs: number
  readonly seed: string
}

const worldOf = ({ n, faults, kind }: Setting, random: Stream): World => {
  const users = names.slice(0, n)
  const faulty = users.slice(n - faults)
  const split = () => {
    const side = users.map(() => random.below(2))
    return [0, 1].map((which) => users.filter((_, index) => side[index] === which))
  }
  return settledWorld(users, new Map(faulty.map((user) => [user, kind === "silent" ? [[]] : split()])))
}

const step = (world: World, random: Stream, hasty: boolean): boolean => {
  const free = world.flights.filter((flight) => isFree(world, flight))
  const timer = nextTimer(world)
  if (timer !== undefined && (free.length === 0 || (hasty && random.below(40) === 0))) {
    world.timers.splice(world.timers.indexOf(timer), 1)
    world.now = Math.max(world.now, timer.at)
    elapse(world, timer)
    return true
  }
  if (free.length === 0) return false
  const flight = random.pick(free)
  world.flights.splice(world.flights.indexOf(flight), 1)
  arrive(world, flight)
  return true
}

const operations = (world: World, random: Stream, epoch: number): ReadonlyArray<Move> => {
  const members = world.processes.filter(({ state }) => state !== null && state.status === 0)
  const moves: Array<Move> = members
    .filter(() => random.below(3) === 0)
    .map((one, index) => ({ propose: "update", by: handleOf(one), as: `p${epoch}${index}` }))
  return moves
}

const commits = (world: World, random: Stream, epoch: number): ReadonlyArray<Move> => {
  const members = world.processes.filter(({ state }) => state !== null && state.status === 0 && state.own === null)
  const first = correctMembers(world).filter(({ state }) => state.own === null)[0]
  const some = members.filter((one) => one === first || random.below(3) === 0)
  return some.map((one, index) => ({ commit: null, by: handleOf(one), as: `c${epoch}${index}` }))
}

const playEpochs = (setting: Setting): World => {
  const random = streamOf(setting.seed, JSON.stringify(setting))
  const world = worldOf(setting, random)
  const verified = new Set<unknown>()
  for (let epoch = 0; epoch < setting.epochs; epoch++) {
    play(world, operations(world, random, epoch))
    for (let count = 0; count < 40; count++) step(world, random, false)
    play(world, commits(world, random, epoch))
    for (let count = 0; step(world, random, count < 400); count++) {
      expect(count, `no end: ${JSON.stringify(setting)}`).toBeLessThan(30_000)
      if (count % 25 === 0) expect(violations(world, verified), JSON.stringify(setting)).toEqual([])
      // What the faulty do after all correct members are through matters to nobody.
      if (
        world.flights.length === 0 &&
        correctMembers(world).every(({ state }) => state.own === null && state.cascade.commits.length === 0)
      )
        break
    }
    expect(violationsAtRest(world), JSON.stringify(setting)).toEqual([])
  }
  const reached = correctMembers(world).map(({ state }) => state.tree.epoch)
  expect(Math.min(...reached), JSON.stringify(setting)).toBeGreaterThanOrEqual(setting.epochs)
  return world
}

describe("random runs", () => {
  it.each([
    [1, 0, 3, 2],
    [2, 0, 3, 8],
    [3, 0, 3, 6],
    [4, 0, 3, 4],
    [4, 1, 3, 8],
    [5, 1, 2, 3],
    [6, 1, 1, 2],
    [7, 2, 2, 2],
    [10, 3, 1, 1],
  ])("of %i members with %i faulty over %i epochs", (n, faults, epochs, runs) => {
    for (let run = 0; run < runs; run++)
      for (const kind of ["silent", "two faces"] as const) playEpochs({ n, faults, kind, epochs, seed: String(run) })
  })
})

describe("a schedule", () => {
  const schedule: ReadonlyArray<Move> = [
    { propose: "update", by: "A", as: "p" },
    { drain: "seed one" },
    { commit: ["p"], by: "B", as: "cB" },
    { commit: ["p"], by: "C", as: "cC" },
    { drain: "seed two" },
    { settle: 50 },
  ]

  it("gives the same when it is played again move by move", () => {
    const once = settledWorld(["A", "B", "C", "D"])
    const { moves } = play(once, schedule)
    const again = settledWorld(["A", "B", "C", "D"])
    play(again, moves)
    expect(traceHash(again)).toBe(traceHash(once))
    expect(moves.length).toBeGreaterThan(50)
  })

  it("gives something else when it is another one", () => {
    const hashes = ["one", "two"].map((seed) => {
      const world = settledWorld(["A", "B", "C", "D"], new Map(), emptyWorld())
      play(world, [{ propose: "update", by: "A", as: "p" }, { commit: null, by: seed === "one" ? "A" : "B", as: "c" }, { settle: 50 }])
      return traceHash(world)
    })
    expect(hashes[0]).not.toBe(hashes[1])
  })
})
