/**
 * Runs of the reference that look for what must not be: random ones of cooperation with a faulty voter, and schedules of the whole made for a fault each. With a fault put into the reference, the property that it breaks is found.
 *
 * @module
 */
import {
  deliverIn,
  electorateOf,
  forged,
  proposeIn,
  type Room,
  refOf,
  relaxIn,
  roomOf,
} from "../../../reference/delivery-service/simulation/cooperation.ts"
import {
  violations as roomViolations,
  violationsAtRest as roomViolationsAtRest,
} from "../../../reference/delivery-service/simulation/cooperation-properties.ts"
import { violations, violationsAtRest } from "../../../reference/delivery-service/simulation/properties.ts"
import { type Stream, streamOf } from "../../../reference/delivery-service/simulation/random.ts"
import { type Move, play } from "../../../reference/delivery-service/simulation/schedule.ts"
import { settledWorld } from "../../../reference/delivery-service/simulation/world.ts"
import { custody, early } from "../../../vectors/cases/delivery-service/schedules.ts"

/** The liar signs what it likes, or passes on a part of what others have signed. */
const lie = (room: Room, random: Stream): void => {
  const heard = [...room.states.values()].flatMap(({ statements }) => statements)
  if (random.below(2) === 0 && heard.length > 0) {
    const some = heard.filter(() => random.below(2) === 0)
    room.flying.push({ to: random.below(3), statements: some, contents: [refOf(0), refOf(1)] })
    return
  }
  const chain = Array.from({ length: 1 + random.below(4) }, (_, seq) =>
    forged(room.electorate, 3, seq, random.pick(["witness", "ready"]), refOf(random.below(2))),
  )
  room.flying.push({ to: random.below(3), statements: chain, contents: [refOf(0), refOf(1)] })
}

/** One random run of four voters, of whom the last lies, and two values; the first violation. */
const cooperate = (seed: number): string | undefined => {
  const random = streamOf(String(seed), "cooperate")
  const room = roomOf(electorateOf(4, 1), [3])
  const unique = new Set<string>()
  proposeIn(room, 0, refOf(0))
  proposeIn(room, 1, refOf(1))
  for (let lies = 20; room.flying.length > 0; ) {
    if (lies > 0 && random.below(2) === 0) {
      lie(room, random)
      lies--
    }
    deliverIn(room, room.flying.splice(random.below(room.flying.length), 1)[0]!)
    const [found] = roomViolations(room, unique)
    if (found !== undefined) return `P11, P12 or P14: ${found}`
  }
  for (const leaf of room.states.keys()) relaxIn(room, leaf)
  while (room.flying.length > 0) deliverIn(room, room.flying.shift()!)
  const [found] = roomViolationsAtRest(room, true)
  return found === undefined ? undefined : `P13: ${found}`
}

interface Attempt {
  readonly members?: ReadonlyArray<string>
  readonly faulty?: Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>>
  readonly schedule: ReadonlyArray<Move>
}

/** A commit of a proposal that B never gets, and another one that is decided. */
const stale: Attempt = {
  faulty: { D: [["B"]] },
  schedule: [
    { propose: "remove", by: "D", who: "C", as: "p" },
    { commit: ["p"], by: "D", as: "cD" },
    { drain: "fifo", to: ["B"], kinds: ["bundle"] },
    { lose: true, kinds: ["fetch", "murmur-gossip"] },
    { commit: [], by: "A", as: "cA" },
    { settle: 50 },
  ],
}

/** Two of two commit. */
const two: Attempt = {
  members: ["A", "B"],
  schedule: [{ commit: [], by: "A", as: "cA" }, { commit: [], by: "B", as: "cB" }, { drain: "fifo" }],
}

const attempted = ({ members = ["A", "B", "C", "D"], faulty = {}, schedule }: Attempt): string | undefined => {
  const world = settledWorld(members, new Map(Object.entries(faulty)))
  play(world, schedule)
  return violations(world)[0] ?? violationsAtRest(world)[0]
}

/** The first violation that is found, if any. */
export const findViolation = (runs: number): string | undefined => {
  for (const attempt of [custody, early, stale, two]) {
    const found = attempted(attempt)
    if (found !== undefined) return found
  }
  for (let seed = 0; seed < runs; seed++) {
    const found = cooperate(seed)
    if (found !== undefined) return found
  }
  return undefined
}
