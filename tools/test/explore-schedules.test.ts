/**
 * The reduction that exploration rests on, held against all interleavings: every delivery of every message, answers one by one, in every order.
 */
import { describe, expect, it } from "vitest"
import { isDue } from "../../reference/simulation/locals.ts"
import { type BaseName, bases, classes, labFor, nameOf, worldOf } from "../../reference/simulation/scenarios.ts"
import { ordersOf, schedules, started } from "../../reference/simulation/schedules.ts"
import { toyPrimitives } from "../../reference/simulation/toy-primitives.ts"
import { deliver, type Start, unplayed, type World } from "../../reference/simulation/world.ts"
import { checkDelivery } from "../explore/checks.ts"
import { checkEnd } from "../explore/replay.ts"

const locals = (world: World) => Object.values(world.locals)

/** Calls `leaf` with every end, by whatever interleaving; what leads to the same locals is followed once. */
const interleavings = (from: World, leaf: (end: World) => void): number => {
  const seen = new Set<string>()
  const visit = (world: World) => {
    const key = locals(world)
      .map(({ id }) => id)
      .join()
    if (seen.has(key)) return
    seen.add(key)
    const due = locals(world).flatMap((local) =>
      world.sent.filter(({ message }) => isDue(local, message)).map((sent) => [local.name, sent] as const),
    )
    for (const [name, sent] of due) visit(deliver(world, name, sent))
    if (due.length === 0) leaf(world)
  }
  visit(from)
  return seen.size
}

const scenarios: ReadonlyArray<readonly [BaseName, string]> = [
  ["2", "alice: update | bob: update"],
  ["2", "alice: update | bob: remove alice"],
  ["2", "alice: remove bob | bob: remove alice"],
  ["2", "alice: remove bob | bob: add carol"],
  ["3", "alice: update | bob: update"],
  ["3", "alice: update | bob: remove carol"],
  ["3", "alice: remove bob | bob: remove alice"],
  ["3r", "alice: update | bob: remove alice"],
]

describe("schedules", () => {
  it.each(scenarios)("of base %s, %s, reach the orders that all interleavings reach", (name, scenario) => {
    const base = worldOf(bases[name], labFor(bases[name], toyPrimitives, checkDelivery))
    const { starts } = classes(bases[name], 2).find((one) => nameOf(one.starts) === scenario)!
    const [all, reduced] = [new Set<string>(), [] as string[]]
    const states = interleavings(started(base, starts), (end) => {
      checkEnd(end)
      all.add(JSON.stringify(ordersOf(end, base)))
    })
    schedules(base, starts, undefined, "lazy", (end) => reduced.push(JSON.stringify(ordersOf(end, base))))
    expect(new Set(reduced)).toEqual(all)
    // Each vector of orders is explored once.
    expect(reduced).toHaveLength(all.size)
    expect(states).toBeGreaterThan(reduced.length)
  })
})

/**
 * How many vectors of orders there are by an independent model of the protocol, in which a removed member never handles its own removal, and a user added twice is one member. So here the
 * place of the own removal does not count, and a class in which two add one user counts twice: that user handles either addition first.
 */
const counted: ReadonlyArray<readonly [BaseName, vectors: number]> = [
  ["2", 11],
  ["3", 49],
  ["3r", 18],
  ["4r", 74],
]

const vectorsOf = (world: World, starts: ReadonlyArray<Start>): number => {
  const ends: Array<World> = []
  schedules(world, starts, undefined, "lazy", (end) => ends.push(end))
  const orders = ends.map((end) => ordersOf(end, world))
  const goneIn = (end: World) => locals(end).filter(({ name, state }) => state.removed === 1 && world.locals[name]?.state.removed !== 1)
  const longest = (name: string) => Math.max(...orders.map((order) => order[name]?.length ?? 0))
  const last = ends.map((end, index) => {
    const gone = new Set(goneIn(end).map(({ name }) => name))
    const isLast = [...gone].every((name) => orders[index]![name]!.length === longest(name))
    return isLast
      ? [JSON.stringify(Object.entries(orders[index]!).map(([name, order]) => [name, gone.has(name) ? order.slice(0, -1) : order]))]
      : []
  })
  const added = starts.filter(({ kind }) => kind === "add").map(({ user }) => user)
  return new Set(last.flat()).size * (new Set(added).size < added.length ? 2 : 1)
}

describe("vectors of orders", () => {
  it.each(counted)("of pairs of base %s are %i, as counted by an independent model", (name, vectors) => {
    const base = worldOf(bases[name], labFor(bases[name], toyPrimitives, checkDelivery))
    const counts = classes(bases[name], 2).map(({ starts }) => vectorsOf(unplayed(base), starts))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(vectors)
  })
})
