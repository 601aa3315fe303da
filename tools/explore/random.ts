/**
 * Long random runs: operations of anybody at any time, partitions that come and go, members who learn late that they were added, users who are added again. What fails is made smaller.
 *
 * @module
 */
import { isDue, isPresent, type Local, seenBy } from "../../reference/simulation/locals.ts"
import type { Base } from "../../reference/simulation/scenarios.ts"
import { act, deliver, type Line, type Sent, type Start, settle, type World, waysTo } from "../../reference/simulation/world.ts"
import { checked } from "./checks.ts"
import { baseWorld, checkEnd, type Finding, findingIn, type Run, replay } from "./replay.ts"

/** Numbers from 0 on, below what is asked: a linear congruential generator of 48 bits. */
export const numbersFrom = (seed: number) => {
  let state = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n
  return (below: number): number => {
    state = (state * 0x5deece66dn + 0xbn) & 0xffffffffffffn
    return Number((state >> 16n) % BigInt(below))
  }
}

export type Numbers = ReturnType<typeof numbersFrom>

export const pick = <A>(numbers: Numbers, from: ReadonlyArray<A>): A | undefined =>
  from.length === 0 ? undefined : from[numbers(from.length)]

const randomStart = (numbers: Numbers, world: World, users: ReadonlyArray<string>): readonly [Start, string | undefined] | undefined => {
  const local = pick(numbers, Object.values(world.locals).filter(isPresent))
  if (local === undefined) return undefined
  const kind = pick(numbers, ["update", "add", "add", "remove"] as const)!
  const start: Start = kind === "update" ? { by: local.name, kind } : { by: local.name, kind, user: pick(numbers, users)! }
  const way = pick(numbers, waysTo(local, start))
  return way === undefined ? undefined : [start, way.member]
}

/** Who cannot reach whom at the moment, and who is not reached at all. */
interface Weather {
  readonly side: (local: Local) => number
  readonly isLate: (local: Local) => boolean
}

const weatherOf = (numbers: Numbers): Weather => {
  const split = numbers(3) > 0
  const shift = numbers(8)
  const late = numbers(4)
  return {
    side: ({ name }) => (split ? (((name.codePointAt(0) ?? 0) >> (shift % 4)) + name.length) % 2 : 0),
    isLate: ({ name, state }) => state.me === null && (name.length + shift) % 4 < late,
  }
}

const lists = new WeakMap<ReadonlyArray<Sent>, ReadonlyMap<string, ReadonlyArray<Sent>>>()

/** The messages of each sender, which are without gaps. */
const bySender = ({ sent }: World): ReadonlyMap<string, ReadonlyArray<Sent>> => {
  const grouped = lists.get(sent) ?? Map.groupBy(sent, ({ message }) => message.sender)
  lists.set(sent, grouped)
  return grouped
}

/** Of each sender the message that a local can handle next. */
const dueFor = (world: World, local: Local): ReadonlyArray<Sent> =>
  [...bySender(world)].flatMap(([sender, list]) => {
    const index = seenBy(local, sender) + 1 - list[0]!.message.seq
    const next = local.state.me === null ? list.find(({ message }) => isDue(local, message)) : list[index]
    return next !== undefined && isDue(local, next.message) ? [next] : []
  })

const randomDelivery = (numbers: Numbers, world: World, { side, isLate }: Weather): World | undefined => {
  const locals = Object.values(world.locals)
  const first = numbers(locals.length)
  for (let index = 0; index < locals.length; index++) {
    const local = locals[(first + index) % locals.length]!
    if (isLate(local)) continue
    const reachable = dueFor(world, local).filter(({ message }) => side(world.locals[message.by]!) === side(local))
    const sent = pick(numbers, reachable)
    if (sent !== undefined) return deliver(world, local.name, sent)
  }
  return undefined
}

/** What a random run did. */
export interface RandomCounts {
  operations: number
  deliveries: number
  checks: number
}

const play = (numbers: Numbers, from: World, base: Base, counts: RandomCounts, operations: number) => {
  const everybody = [...from.lab.people.keys()].slice(0, base.members + base.outsiders)
  let world = from
  while (counts.operations < operations) {
    const weather = weatherOf(numbers)
    for (let burst = 1 + numbers(3); burst > 0; burst--) {
      const start = randomStart(numbers, world, everybody)
      if (start === undefined) continue
      world = act(world, ...start)
      counts.operations++
    }
    for (let patience = numbers(100); patience > 0; patience--) world = randomDelivery(numbers, world, weather) ?? world
  }
  const end = settle(world)
  checkEnd(end)
}

/** A random run of `operations` operations, in a group of `members` with two outsiders. */
export const randomRun = (
  seed: number,
  members: number,
  operations: number,
): { readonly run: Run; readonly finding: Finding | undefined; readonly counts: RandomCounts } => {
  const base: Base = { name: `random ${seed}`, members, removed: 0, outsiders: 2 }
  const counts: RandomCounts = { operations: 0, deliveries: 0, checks: 0 }
  const before = checked.count
  const world = baseWorld(base)
  const from = world.lab.count.deliveries
  const finding = findingIn(base, `seed ${seed}`, () => play(numbersFrom(seed), world, base, counts, operations))
  counts.deliveries = world.lab.count.deliveries - from
  counts.checks = checked.count - before
  return { run: { base, steps: finding?.schedule ?? [] }, finding, counts }
}

const without = (steps: ReadonlyArray<Line>, from: number, count: number) => [...steps.slice(0, from), ...steps.slice(from + count)]

/** The smallest failing run found by leaving out ever smaller parts, and outsiders (delta debugging). Any violation counts. */
export const shrunk = (run: Run, finding: Finding): Finding => {
  let best = finding
  const tries = (steps: ReadonlyArray<Line>, base: Base): boolean => {
    const found = replay({ base, steps })
    if (found === undefined) return false
    // What is delivered at the end anyway need not be among the steps.
    const schedule = found.schedule.length < steps.length ? found.schedule : steps
    best = { base, scenario: finding.scenario, says: found.says, schedule }
    return true
  }
  for (let size = best.schedule.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.schedule.length; ) {
      if (!tries(without(best.schedule, from, size), best.base)) from += size
    }
  }
  for (let outsiders = run.base.outsiders - 1; outsiders >= 0; outsiders--) tries(best.schedule, { ...run.base, outsiders })
  return best
}
