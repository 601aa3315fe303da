/**
 * Cooperation in random orders, with up to t faulty members. Shows cooperation.agreement and cooperation.no-witness-after-ready.
 */
import { describe, expect, it } from "vitest"
import { certify, isUnique, mayUnlock, verifyUnique } from "../cooperation.ts"
import { broadcast, deliverIn, electorateOf, forged, proposeIn, type Room, refOf, relaxIn, roomOf } from "../simulation/cooperation.ts"
import { uniqueValues, violations, violationsAtRest } from "../simulation/cooperation-properties.ts"
import { acceptedWith } from "../simulation/quick-signatures.ts"
import { type Stream, streamOf } from "../simulation/random.ts"

type Fault = "silent" | "both" | "forks"

interface Setting {
  readonly n: number
  readonly t: number
  readonly proposers: number
  readonly fault: Fault
  readonly seed: string
  readonly fastPath?: number
}

const misbehave = (room: Room, faulty: ReadonlyArray<number>, fault: Fault, values: number, random: Stream): void => {
  if (fault === "silent" || faulty.length === 0) return
  const leaf = random.pick(faulty)
  const to = random.pick([...room.states.keys()])
  const chain = Array.from({ length: 1 + random.below(3) }, (_, seq) =>
    forged(
      room.electorate,
      leaf,
      fault === "forks" ? random.below(2) : seq,
      random.pick(["witness", "ready"]),
      refOf(random.below(values + 1)),
    ),
  )
  room.flying.push({ to, statements: chain, contents: Array.from({ length: values + 1 }, (_, value) => refOf(value)) })
}

const drain = (room: Room, faulty: ReadonlyArray<number>, setting: Setting, random: Stream, check: () => void): void => {
  let evil = 12
  while (room.flying.length > 0) {
    if (evil > 0 && random.below(4) === 0) {
      misbehave(room, faulty, setting.fault, setting.proposers, random)
      evil--
    }
    const [bundle] = room.flying.splice(random.below(room.flying.length), 1)
    deliverIn(room, bundle!)
    check()
  }
}

const play = (setting: Setting): Room => {
  const { n, t, proposers, seed, fastPath = 0 } = setting
  const random = streamOf(seed, `${n} ${t} ${proposers} ${setting.fault}`)
  const faulty = Array.from({ length: t }, (_, index) => (index * 2) % n)
  const room = roomOf(electorateOf(n, t, 1, fastPath), faulty)
  const correct = [...room.states.keys()]
  const unique = new Set<string>()
  const check = () => expect(violations(room, unique), JSON.stringify(setting)).toEqual([])
  for (let value = 0; value < proposers; value++) proposeIn(room, correct[value % correct.length]!, refOf(value))
  drain(room, faulty, setting, random, check)
  for (const [leaf, state] of room.states) if (state.accepted.length === 0 && mayUnlock(state)) relaxIn(room, leaf)
  drain(room, faulty, setting, random, check)
  expect(violationsAtRest(room, true), JSON.stringify(setting)).toEqual([])
  return room
}

const sizes: ReadonlyArray<readonly [n: number, t: number, runs: number]> = [
  [1, 0, 2],
  [2, 0, 20],
  [3, 0, 20],
  [4, 1, 30],
  [5, 1, 15],
  [6, 1, 10],
  [7, 2, 8],
  [7, 1, 5],
  [10, 3, 2],
  [10, 1, 2],
  [20, 6, 1],
]

describe("random runs", () => {
  it.each(sizes)("of %i members with %i faulty: the same accepted, predicted, and at rest", (n, t, runs) => {
    for (let run = 0; run < runs; run++) {
      for (const proposers of [1, 2, 3].filter((count) => count <= n)) {
        for (const fault of ["silent", "both", "forks"] as const) play({ n, t, proposers, fault, seed: String(run) })
      }
    }
  })

  it("with the fast path", () => {
    for (let run = 0; run < 30; run++)
      for (const fault of ["silent", "both"] as const) play({ n: 6, t: 1, proposers: 2, fault, seed: String(run), fastPath: 1 })
  })

  it("of one proposer and no faulty member end with a unique certificate that everybody can verify", () => {
    for (const n of [1, 2, 3, 4, 7]) {
      const room = play({ n, t: Math.floor((n - 1) / 3), proposers: 1, fault: "silent", seed: "alone" })
      expect([...uniqueValues(room)]).toEqual([refOf(0)])
      for (const state of room.states.values()) {
        const certificate = certify(state, refOf(0))!
        expect(isUnique(room.electorate, certificate, refOf(0))).toBe(true)
        acceptedWith(verifyUnique(room.electorate, 1, certificate, refOf(0)))
      }
    }
  })
})

describe("a value that one member finds invalid for ever", () => {
  it("does not stop the others, once they relax", () => {
    const room = roomOf(electorateOf(4, 1), [], (leaf, value) => !(leaf === 3 && value === refOf(0)))
    proposeIn(room, 0, refOf(0))
    broadcast(room, 1, [], [])
    const random = streamOf("split", "split")
    drain(room, [], { n: 4, t: 1, proposers: 1, fault: "silent", seed: "" }, random, () => {})
    expect(violationsAtRest(room, true)).toEqual([])
  })
})
