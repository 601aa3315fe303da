/** The properties that are checked on every run, each found to be broken in a world that was spoilt for it. */
import { describe, expect, it } from "vitest"
import type { Decide } from "../../../spec/delivery-service/cascade.ts"
import type { Cooperation } from "../../../spec/delivery-service/cooperation.ts"
import type { Delivery } from "../../../spec/delivery-service/delivery-service.ts"
import type { DeliveryEvent } from "../delivery-service.ts"
import { violations, violationsAtRest } from "../simulation/properties.ts"
import { groupOf, isRepeatable, runOf } from "../simulation/runs.ts"
import { type Move, play } from "../simulation/schedule.ts"
import { type Process, processOf, settledWorld, type World } from "../simulation/world.ts"

const other = "ee".repeat(32)

const after = (...schedule: ReadonlyArray<Move>): World => {
  const world = settledWorld(["A", "B", "C", "D"])
  play(world, schedule)
  return world
}

const decided = () => after({ propose: "update", by: "B", as: "p" }, { drain: "fifo" }, { commit: ["p"], by: "A", as: "c" }, { settle: 50 })

/** A has decided, and nobody else has heard of it. */
const open = () =>
  after(
    { commit: [], by: "A", as: "c" },
    { drain: "fifo", kinds: ["bundle"], to: ["B", "C"] },
    { drain: "fifo", kinds: ["bundle"], to: ["A"] },
  )

const spoilState = (process: Process, change: (state: Delivery) => Partial<Delivery>): void => {
  process.state = { ...process.state!, ...change(process.state!) }
}

const spoilFirst = (process: Process, change: (first: Cooperation) => Partial<Cooperation>): void =>
  spoilState(process, ({ cascade }) => ({ cascade: { ...cascade, first: { ...cascade.first, ...change(cascade.first) } } }))

const commitOf = ({ events }: Process) => events.find(({ type }) => type === "commit") as Extract<DeliveryEvent, { ref: string }>

const decidedBy = (process: Process, round: number, ref: string): void =>
  spoilState(process, ({ cascade }) => ({
    cascade: { ...cascade, consensus: { ...cascade.consensus, decision: { ref, round, votes: [] } } },
  }))

const vote = (state: Delivery, round: number, ref: string) =>
  ({
    type: "precommit",
    group: state.tree.group,
    epoch: state.tree.epoch,
    round,
    voter: state.tree.me,
    ref,
    signature: new Uint8Array(64),
  }) as const

const precommits = (process: Process, rounds: readonly [number, number]): void =>
  spoilState(process, (state) => {
    const votes = rounds.map((round, index) => vote(state, round, `${index}${index}`.repeat(32)))
    return { cascade: { ...state.cascade, consensus: { ...state.cascade.consensus, votes } } }
  })

const withoutEvidence = (decide: Decide): Decide => ({ ...decide, refs: [other] })

/** How a world is spoilt, and the property that is broken by it. */
const spoils: ReadonlyArray<readonly [property: string, how: string, make: () => World, spoil: (world: World, b: Process) => void]> = [
  [
    "P1",
    "another commit is told of",
    decided,
    (_, { events }) => events.splice(0, events.length, ...events.map((one) => (one.type === "commit" ? { ...one, ref: other } : one))),
  ],
  ["P2", "an epoch is left out", decided, (_, b) => b.events.push({ ...commitOf(b), epoch: 3 })],
  ["P3", "its author has not made the commit", decided, (world, b) => world.made.delete(commitOf(b).ref)],
  ["P4", "a member stays behind", decided, (_, b) => spoilState(b, ({ tree }) => ({ tree: { ...tree, epoch: 1 } }))],
  ["P4", "a member is stuck for no reason", decided, (_, b) => spoilState(b, () => ({ status: 2 }))],
  ["P5", "its author has not made the proposal", decided, (world, b) => world.made.delete((b.events[0] as { ref: string }).ref)],
  [
    "P6",
    "a proposal does not arrive",
    () => after({ propose: "update", by: "A", as: "p" }, { lose: true, to: ["B"] }, { drain: "fifo", to: ["C"] }, { lose: true }),
    () => {},
  ],
  ["P7", "a proposal is told of twice", decided, (_, { events }) => events.unshift(events[0]!)],
  ["P8", "a proposal is not told of", decided, (_, { events }) => events.shift()],
  ["P9", "a proposal is told of after its epoch", decided, (_, { events }) => events.reverse()],
  ["P10", "keys differ", decided, (_, b) => spoilState(b, ({ tree }) => ({ tree: { ...tree, authenticator: new Uint8Array(32) } }))],
  [
    "P11",
    "a number is left out",
    open,
    (_, b) =>
      spoilFirst(b, ({ statements, me }) => ({
        statements: statements.map((one) => (one.signer === me ? { ...one, seq: one.seq + 1 } : one)),
      })),
  ],
  ["P12", "what is accepted was no candidate", open, (_, b) => spoilFirst(b, () => ({ accepted: [other], candidates: [] }))],
  ["P13", "others accept something else", () => after(), (_, b) => spoilFirst(b, () => ({ accepted: [other], candidates: [other] }))],
  [
    "P14",
    "something is accepted beside a unique certificate",
    open,
    (_, b) => spoilFirst(b, ({ accepted }) => ({ accepted: [...accepted, other], candidates: [...accepted, other] })),
  ],
  [
    "P15",
    "the evidence is of something else",
    decided,
    (_, b) => spoilState(b, ({ past }) => ({ past: past.map((one) => ({ ...one, decide: withoutEvidence(one.decide) })) })),
  ],
  [
    "P16",
    "global consensus decides two values",
    () => after(),
    (world, b) => [decidedBy(b, 0, other), decidedBy(processOf(world, "C"), 0, "dd".repeat(32))],
  ],
  ["P17", "two values are precommitted in a round", () => after(), (_, b) => precommits(b, [0, 0])],
  ["P17", "a value is precommitted against a lock", () => after(), (_, b) => precommits(b, [0, 1])],
  [
    "P18",
    "too many decisions are kept",
    decided,
    (_, b) => spoilState(b, ({ past }) => ({ past: Array.from({ length: 65 }, () => past[0]!) })),
  ],
]

describe("a spoilt world", () => {
  it.each(spoils)("%s: %s", (property, _how, make, spoil) => {
    const world = make()
    spoil(world, processOf(world, "B"))
    const found = [...violations(world), ...violationsAtRest(world)]
    expect(found.filter((one) => one.startsWith(`${property} `))).not.toEqual([])
  })

  it("is none before it is spoilt", () => {
    expect([...violationsAtRest(decided()), ...violations(open()), ...violationsAtRest(after())]).toEqual([])
  })

  it("P19: the run is another one when it is played again", () => {
    const run = runOf({ n: 3, t: 0, trouble: "silent", epochs: 1, seed: "again" })
    const world = groupOf(run)
    const played = play(world, run.schedule)
    expect(isRepeatable(run, { world, played })).toBe(true)
    played.moves.pop()
    expect(isRepeatable(run, { world, played })).toBe(false)
  })
})
