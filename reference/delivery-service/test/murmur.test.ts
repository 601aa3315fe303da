/** Gossip in groups with dishonest members who are silent: murmur.totality, measured against ε and its bound; and what is delivered, once. */
import { createHash } from "node:crypto"
import { Effect, Layer, Result } from "effect"
import { describe, expect, it } from "vitest"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { type Murmur, totality, totalityBound, usualSampleSize } from "../../../spec/delivery-service/murmur.ts"
import { SymbolicRemove } from "../../../spec/delivery-service/tree-kem.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { Randomness } from "../../crypto/randomness.ts"
import { seeded } from "../../crypto/test/seeded.ts"
import * as Murmurs from "../murmur.ts"

const group = "44".repeat(16)

const proposal = encodeWire(SymbolicRemove, {
  type: "symbolic-remove",
  group,
  epoch: 0,
  author: 0,
  nonce: new Uint8Array(32),
  leaf: 1,
  signature: new Uint8Array(64),
})

const run = <A, E, R>(seed: string, effect: Effect.Effect<A, E, R>): Result.Result<A, E> => {
  const draw = (label: string, length: number) =>
    new Uint8Array(createHash("sha256").update(`${seed}/${label}`).digest()).subarray(0, length)
  const layer = Layer.merge(Layer.succeed(Randomness, { draw }), Layer.succeed(Crypto, nodePrimitives))
  return Effect.runSync(Effect.result(effect).pipe(Effect.provide(layer)) as Effect.Effect<Result.Result<A, E>>)
}

interface Network {
  readonly states: Array<Murmur>
  readonly flying: Array<{ readonly from: number } & Murmurs.Addressed>
  readonly delivered: Array<number>
}

const take = (network: Network, at: number, result: Result.Result<Murmurs.Murmured, unknown>) => {
  if (Result.isFailure(result)) return
  const { state, sends, delivered } = result.success
  network.states[at] = state
  if (delivered !== null) network.delivered[at]! += 1
  for (const send of sends) network.flying.push({ from: at, ...send })
}

/** Everything that is on its way arrives, in random order; the members from `honest` on are silent. */
const settle = (network: Network, honest: number, order: ReturnType<typeof seeded>) => {
  while (network.flying.length > 0) {
    const at = order.integer(network.flying.length)
    const { from, to, message } = network.flying[at]!
    network.flying[at] = network.flying.at(-1)!
    network.flying.pop()
    if (to >= honest) continue
    const state = network.states[to]!
    const isSubscription = message.type === "murmur-subscribe"
    const step = isSubscription ? Murmurs.receiveSubscribe(state, from, message) : Murmurs.receiveGossip(state, message.proposal, true)
    take(network, to, run("", step))
  }
}

/** One group of n members, `honest` of whom are so, and one proposal of the first. Gives how often each honest member delivered it. */
const trial = (seed: string, n: number, honest: number, sampleSize: number): ReadonlyArray<number> => {
  const order = seeded(seed)
  const members = Array.from({ length: n }, (_, leaf) => leaf)
  const network: Network = { states: [], flying: [], delivered: members.map(() => 0) }
  for (const me of members.slice(0, honest)) {
    take(network, me, run(`${seed}/${me}`, Murmurs.open({ group, epoch: 0, me, members }, sampleSize)))
  }
  settle(network, honest, order)
  take(network, 0, run("", Murmurs.dispatch(network.states[0]!, proposal)))
  settle(network, honest, order)
  return network.delivered.slice(0, honest)
}

const standardDeviation = (epsilon: number, trials: number) => Math.sqrt((epsilon * (1 - epsilon)) / trials)

describe("murmur.totality", () => {
  it.each([
    { n: 4, honest: 3, sampleSize: 4, trials: 800 },
    { n: 10, honest: 7, sampleSize: 4, trials: 500 },
    { n: 10, honest: 7, sampleSize: 3, trials: 600 },
    { n: 20, honest: 14, sampleSize: 5, trials: 200 },
  ])("of $n members, $honest of them honest, sample size $sampleSize", ({ n, honest, sampleSize, trials }) => {
    let failed = 0
    for (let index = 0; index < trials; index++) {
      const delivered = trial(`${n}/${sampleSize}/${index}`, n, honest, sampleSize)
      expect(Math.max(...delivered)).toBe(1)
      if (delivered.includes(0)) failed++
    }
    const [epsilon, bound] = [totality(n, honest, sampleSize), totalityBound(n, honest, sampleSize)]
    const tolerance = 3 * standardDeviation(epsilon, trials)
    expect(Math.abs(failed / trials - epsilon)).toBeLessThan(tolerance)
    expect(failed / trials).toBeLessThan(bound + tolerance)
    expect(epsilon).toBeLessThanOrEqual(bound)
  })

  it.each([1, 2, 5, 32])("in full mesh everybody of %i delivers once, whoever is silent", (n) => {
    expect(usualSampleSize(n)).toBe(0)
    expect(trial(`full/${n}`, n, Math.ceil(n / 2), 0)).toEqual(Array.from({ length: Math.ceil(n / 2) }, () => 1))
  })

  it("is at least 1 - 1e-6 with the usual sample size, up to a thousand members", () => {
    for (const n of [33, 34, 35, 50, 100, 200, 500, 1000]) {
      expect(totalityBound(n, n - Math.floor((n - 1) / 3), usualSampleSize(n)), `${n}`).toBeLessThan(1e-6)
    }
  })
})

describe("the sample", () => {
  it("has the Poisson mean and variance, and is uniform", () => {
    const [trials, n, sampleSize] = [3000, 10, 6]
    const counts: Array<number> = []
    const places = new Array<number>(n).fill(0)
    for (let index = 0; index < trials; index++) {
      const picks = Result.getOrThrow(run(`sample/${index}`, Murmurs.picks(group, 0, n, sampleSize)))
      counts.push(picks.length)
      for (const place of picks) places[place]! += 1
    }
    const mean = counts.reduce((sum, count) => sum + count) / trials
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / trials
    expect(Math.abs(mean - sampleSize)).toBeLessThan(0.15)
    expect(Math.abs(variance - sampleSize)).toBeLessThan(0.5)
    for (const place of places) expect(Math.abs(place / (trials * sampleSize) - 1 / n)).toBeLessThan(0.01)
  })
})
