/** What a decision costs a member, counted in primitives: each signature is verified once, however often it comes. */
import { describe, expect, it } from "vitest"
import type { Primitives } from "../../crypto/crypto.ts"
import { quickPrimitives } from "../simulation/quick-signatures.ts"
import { streamOf } from "../simulation/random.ts"
import { arrive, commitIn, endTimer, nextTimer, type Process, settledWorld, type World } from "../simulation/world.ts"

interface Counted {
  readonly world: World
  /** Who acts, what was hashed, and by member how often each signature was verified. */
  readonly work: { acting: string; hashed: number; readonly verified: Map<string, number> }
}

/** A group of `n` whose first `committers` commit at once. */
const committed = (n: number, committers: number): Counted => {
  const users = Array.from({ length: n }, (_, index) => `u${String(index).padStart(2, "0")}`)
  const work = { acting: "", hashed: 0, verified: new Map<string, number>() }
  const counting: Primitives = {
    ...quickPrimitives,
    ed25519Verify: (...inputs) => {
      const name = [work.acting, ...inputs.map((bytes) => Buffer.from(bytes).toString("hex"))].join()
      work.verified.set(name, 1 + (work.verified.get(name) ?? 0))
      return quickPrimitives.ed25519Verify(...inputs)
    },
    sha256: (data) => {
      work.hashed++
      return quickPrimitives.sha256(data)
    },
  }
  const counted: Counted = { world: { ...settledWorld(users), primitives: counting }, work }
  for (const process of counted.world.processes.slice(1, 1 + committers)) as(counted, process, () => commitIn(counted.world, process, null))
  return counted
}

const as = (counted: Counted, { user }: Process, does: () => void): void => {
  counted.work.acting = user
  does()
}

const isOfGlobalConsensus = (name: string) => /propose|prevote|precommit/.test(name)

/** Delivers everything in the order in which it was sent; with a seed, in a random one, and the timers before global consensus end at once. */
const settle = (counted: Counted, seed?: string): void => {
  const { world } = counted
  const random = seed === undefined ? undefined : streamOf(seed, "work")
  for (;;) {
    const timer = nextTimer(world)
    const isDue = timer !== undefined && (world.flights.length === 0 || (random !== undefined && !isOfGlobalConsensus(timer.name)))
    if (isDue) as(counted, timer.of, () => endTimer(world, timer))
    else if (world.flights.length === 0) return
    else {
      const flight = world.flights.splice(random?.below(world.flights.length) ?? 0, 1)[0]!
      as(counted, flight.to, () => arrive(world, flight))
    }
  }
}

const twice = ({ work: { verified } }: Counted) => [...verified].filter(([, count]) => count > 1)

const isDecided = ({ world: { processes } }: Counted) =>
  processes.every(({ state }) => state?.tree.epoch === processes[0]!.state!.tree.epoch)

describe.each([4, 10, 20])("a decision of %i members", (n) => {
  it("on one commit verifies each signature once: two statements of each at most, and the commit", () => {
    const counted = committed(n, 1)
    settle(counted)
    expect(isDecided(counted)).toBe(true)
    expect(twice(counted)).toEqual([])
    expect(counted.work.verified.size).toBeLessThan(2 * n * n)
    // The commit and its digests: as a value, in the head of the DECIDE, and in the tree.
    expect(counted.work.hashed).toBeLessThan(8 * n)
  })

  it("on two commits verifies each signature once", () => {
    const counted = committed(n, 2)
    settle(counted)
    expect(isDecided(counted)).toBe(true)
    expect(twice(counted)).toEqual([])
    expect(counted.work.hashed).toBeLessThan(20 * n)
  })
})

describe("a decision that takes long", () => {
  it("verifies each signature once, those of votes too", () => {
    let voted = 0
    for (let seed = 0; seed < 20; seed++) {
      const counted = committed(4, 2)
      settle(counted, `${seed}`)
      expect(isDecided(counted)).toBe(true)
      if (counted.world.sent.has("precommit")) voted++
      expect(twice(counted)).toEqual([])
    }
    expect(voted).toBeGreaterThan(0)
  })
})
