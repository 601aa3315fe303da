/**
 * The cascade in random orders, with timers that end too early, and with up to t faulty voters that have two faces. Shows cascade.agreement and cascade.termination.
 */
import { describe, expect, it } from "vitest"
import { verifyDecide } from "../cascade.ts"
import { commitIn, correctIn, decisionOf, deliverIn, elapseIn, type Hall, hallOf, proposeIn } from "../simulation/cascade.ts"
import { acceptedWith } from "../simulation/quick-signatures.ts"
import { type Stream, streamOf } from "../simulation/random.ts"

type Fault = "silent" | "two faces" | "one sided"

interface Setting {
  readonly n: number
  readonly t: number
  readonly proposers: number
  readonly fault: Fault
  /** Out of a hundred steps so many end a timer before its time. */
  readonly haste: number
  readonly seed: string
}

const copiesFor = ({ n, t, fault }: Setting, random: Stream) => {
  const faulty = Array.from({ length: t }, (_, index) => (index * 2 + 1) % n)
  const all = Array.from({ length: n }, (_, leaf) => leaf)
  const split = () => {
    const side = all.map(() => random.below(2))
    return [all.filter((leaf) => side[leaf] === 0), all.filter((leaf) => side[leaf] === 1)]
  }
  const sides = { silent: () => [], "two faces": split, "one sided": () => [split()[0]!] }
  return new Map(faulty.map((leaf) => [leaf, sides[fault]()]))
}

const agree = (hall: Hall, setting: Setting) => {
  const decided = correctIn(hall).map(decisionOf)
  expect(new Set(decided.filter((one) => one !== undefined).map(({ ref }) => ref)).size, JSON.stringify(setting)).toBeLessThanOrEqual(1)
}

const step = (hall: Hall, random: Stream, haste: number): void => {
  const early = hall.timers.length > 0 && (hall.flights.length === 0 || random.below(100) < haste)
  if (!early) {
    deliverIn(hall, hall.flights.splice(random.below(hall.flights.length), 1)[0]!)
    return
  }
  const next = hall.timers.reduce((first, one) => (one.at < first.at ? one : first))
  const timer = haste > 0 && hall.flights.length > 0 ? random.pick(hall.timers) : next
  hall.timers.splice(hall.timers.indexOf(timer), 1)
  hall.now = Math.max(hall.now, timer.at)
  elapseIn(hall, timer)
}

const play = (setting: Setting): Hall => {
  const { n, t, proposers, seed } = setting
  const random = streamOf(seed, JSON.stringify(setting))
  const hall = hallOf(n, t, copiesFor(setting, random))
  const correct = correctIn(hall)
  for (const [index, actor] of correct.slice(0, proposers).entries()) proposeIn(hall, actor, commitIn(hall, actor.leaf, 0, index % 2))
  const faulty = hall.actors.filter(({ isFaulty }) => isFaulty)
  for (const [index, actor] of faulty.entries()) proposeIn(hall, actor, commitIn(hall, actor.leaf, index, 3))
  for (let count = 0; hall.flights.length + hall.timers.length > 0; count++) {
    if (correct.every(({ state }) => state.decision !== null) && hall.flights.length === 0) break
    expect(count, `no end: ${JSON.stringify(setting)}`).toBeLessThan(60_000)
    step(hall, random, count < 2000 ? setting.haste : 0)
    agree(hall, setting)
  }
  for (const { state } of correct) {
    expect(state.decision, JSON.stringify(setting)).not.toBeNull()
    acceptedWith(verifyDecide(hall.electorate, state.decision!))
  }
  return hall
}

const sizes: ReadonlyArray<readonly [n: number, t: number, runs: number, hastes: ReadonlyArray<number>]> = [
  [1, 0, 1, [0]],
  [2, 0, 8, [0, 10, 40]],
  [3, 0, 5, [0, 10, 40]],
  [4, 1, 3, [0, 10, 40]],
  [5, 1, 2, [0, 40]],
  [6, 1, 2, [0]],
  [7, 2, 1, [0]],
  [10, 3, 1, [0]],
]

describe("random runs", () => {
  it("of 20 voters with 6 faulty end, and all decide the same", () => {
    play({ n: 20, t: 6, proposers: 1, fault: "silent", haste: 0, seed: "twenty" })
    play({ n: 20, t: 6, proposers: 2, fault: "silent", haste: 0, seed: "twenty" })
  })

  it.each(sizes)("of %i voters with %i faulty end, and all decide the same", (n, t, runs, hastes) => {
    for (let run = 0; run < runs; run++) {
      for (const proposers of [1, 2, 3].filter((count) => count <= n - t && (n < 10 || count < 3))) {
        for (const fault of ["silent", "two faces", "one sided"] as const) {
          for (const haste of hastes) play({ n, t, proposers, fault, haste, seed: String(run) })
        }
      }
    }
  })
})
