/**
 * Global consensus in random orders, with timers that end too early at first, and with a faulty voter that has two faces, or floods some of the others. Shows global-consensus.agreement and global-consensus.exposed.
 */
import { describe, expect, it } from "vitest"
import {
  type ConsensusDecision,
  type GlobalConsensus,
  type Proposal,
  roundSteps,
  type Vote,
} from "../../../spec/delivery-service/global-consensus.ts"
import { admit, type Consented, coveredBy, open, type RoundTimer, receive, timeout, verifyDecision } from "../global-consensus.ts"
import { electorateOf, refOf, secretOf } from "../simulation/cooperation.ts"
import { acceptedWith, quickPrimitives } from "../simulation/quick-signatures.ts"
import { streamOf } from "../simulation/random.ts"

interface Actor {
  readonly leaf: number
  readonly sees: (to: number) => boolean
  readonly isFaulty: boolean
  state: GlobalConsensus
}

/** A decision is handed on, as the cascade does. */
type Decided = { readonly type: "decision"; readonly decision: ConsensusDecision }

interface Arena {
  readonly actors: ReadonlyArray<Actor>
  readonly flights: Array<{ readonly to: Actor; readonly message: Proposal | Vote | Decided }>
  readonly timers: Array<RoundTimer & { readonly actor: Actor; readonly at: number }>
  readonly precommitted: Map<string, string>
  now: number
}

const take = (arena: Arena, actor: Actor, { state, send, timers }: Consented): void => {
  const { decision } = state
  if (decision !== null && actor.state.decision === null && !actor.isFaulty)
    for (const to of arena.actors) arena.flights.push({ to, message: { type: "decision", decision } })
  actor.state = state
  for (const to of arena.actors) {
    if (to.leaf === actor.leaf || !actor.sees(to.leaf)) continue
    for (const message of send) arena.flights.push({ to, message })
  }
  for (const timer of timers) arena.timers.push({ ...timer, actor, at: arena.now + 3 + timer.round })
  for (const message of actor.isFaulty ? [] : send) {
    if (message.type !== "precommit" || message.voter !== actor.leaf) continue
    const key = `${actor.leaf} ${message.round}`
    expect(arena.precommitted.get(key) ?? message.ref, "one PRECOMMIT a round").toBe(message.ref)
    arena.precommitted.set(key, message.ref ?? "")
  }
}

/** Two votes of each kind in the first rounds that are good for nothing, so that no other of them is held. */
const rubbish = ({ leaf, state: { electorate } }: Actor): ReadonlyArray<Vote> =>
  [0, 1, 2, 3].flatMap((round) =>
    (["prevote", "precommit"] as const).flatMap((type) =>
      [7, 8].map((value) => {
        const { group, epoch } = electorate
        const unsigned = { type, group, epoch, round, voter: leaf, ref: refOf(value), signature: new Uint8Array(64) } as const
        return { ...unsigned, signature: quickPrimitives.ed25519Sign(secretOf(leaf), coveredBy(unsigned)) }
      }),
    ),
  )

const play = (n: number, t: number, faces: number, seed: string, isFlood = false): Arena => {
  const random = streamOf(seed, `${n} ${t} ${faces}`)
  const electorate = electorateOf(n, t)
  const actors = electorate.voters.flatMap(({ leaf }): ReadonlyArray<Actor> => {
    const state = acceptedWith(open(electorate, leaf))
    if (leaf >= t) return [{ leaf, sees: () => true, isFaulty: false, state }]
    const side = electorate.voters.map(() => random.below(2))
    return Array.from({ length: faces }, (_, face) => ({ leaf, sees: (to) => side[to] === face, isFaulty: true, state }))
  })
  const arena: Arena = { actors, flights: [], timers: [], precommitted: new Map(), now: 0 }
  // Everybody finds both values admissible, in any order.
  for (const actor of actors) {
    const begin = random.below(2)
    for (const value of [begin, 1 - begin]) take(arena, actor, acceptedWith(admit(actor.state, secretOf(actor.leaf), refOf(value))))
  }
  const correct = actors.filter(({ isFaulty }) => !isFaulty)
  for (const faulty of isFlood ? actors.filter(({ isFaulty }) => isFaulty) : [])
    for (const to of correct.filter((_, index) => index % 2 === 0))
      for (const message of rubbish(faulty)) arena.flights.unshift({ to, message })
  for (let count = 0; correct.some(({ state }) => state.decision === null); count++) {
    expect(count, `no end: ${n} ${t} ${faces} ${seed}`).toBeLessThan(20_000)
    const isHasty = count < 300 && random.below(6) === 0
    const { flights, timers } = arena
    if (timers.length > 0 && (flights.length === 0 || isHasty)) {
      const timer = flights.length === 0 ? timers.reduce((first, one) => (one.at < first.at ? one : first)) : random.pick(timers)
      timers.splice(timers.indexOf(timer), 1)
      arena.now = Math.max(arena.now, timer.at)
      take(arena, timer.actor, acceptedWith(timeout(timer.actor.state, secretOf(timer.actor.leaf), timer.kind, timer.round)))
      continue
    }
    const [{ to, message }] = flights.splice(random.below(flights.length), 1) as [Arena["flights"][number]]
    if (message.type === "decision") {
      acceptedWith(verifyDecision(electorate, message.decision))
      to.state = { ...to.state, decision: to.state.decision ?? message.decision }
      continue
    }
    take(arena, to, acceptedWith(receive(to.state, secretOf(to.leaf), message)))
  }
  const decided = correct.map(({ state }) => state.decision!)
  expect(new Set(decided.map(({ ref }) => ref)).size).toBe(1)
  for (const decision of decided) acceptedWith(verifyDecision(electorate, decision))
  return arena
}

describe("random runs", () => {
  it.each([
    [1, 0, 1],
    [2, 0, 10],
    [3, 0, 10],
    [4, 1, 30],
    [5, 1, 15],
    [7, 2, 6],
    [10, 3, 1],
  ])("of %i voters with %i faulty end, and all decide the same", (n, t, runs) => {
    for (let run = 0; run < runs; run++) {
      for (const faces of [0, 1, 2]) play(n, t, faces, String(run))
      if (t > 0) play(n, t, 1, String(run), true)
    }
  })

  it("need more than one round sometimes", () => {
    const rounds = Array.from({ length: 20 }, (_, run) => play(4, 1, 2, `rounds ${run}`).actors.map(({ state }) => state.round))
    expect(Math.max(...rounds.flat())).toBeGreaterThan(0)
    expect(roundSteps.outside).toBe(0)
  })
})
