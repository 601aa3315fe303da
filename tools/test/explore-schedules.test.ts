/**
 * The reduction that exploration rests on, held against all interleavings: every delivery of every message, answers one by one, in every order.
 */
import { describe, expect, it } from "vitest"
import { isDue } from "../../reference/simulation/locals.ts"
import { type BaseName, bases, classes, labFor, nameOf, worldOf } from "../../reference/simulation/scenarios.ts"
import { ordersOf, schedules, started } from "../../reference/simulation/schedules.ts"
import { toyPrimitives } from "../../reference/simulation/toy-primitives.ts"
import { deliver, type World } from "../../reference/simulation/world.ts"
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
