/**
 * Random runs: schedules of several epochs made from a seed, and runs that are checked all the time (P1 to P18), and played again (P19).
 *
 * @module
 */
import type { Move, Run } from "../../../spec/delivery-service/simulation.ts"
import type { Primitives } from "../../crypto/crypto.ts"
import { violations, violationsAtRest } from "./properties.ts"
import { quickPrimitives } from "./quick-signatures.ts"
import { type Stream, streamOf } from "./random.ts"
import { nothingPlayed, type Played, play } from "./schedule.ts"
import { emptyWorld, settledWorld, type World } from "./world.ts"

/** What goes wrong in a run: faulty users that are silent or have two faces; correct ones that are away, and come back; or nothing, while the group changes. */
export type Trouble = "silent" | "two faces" | "away" | "changes"

/** What a random run is made from. */
export interface Setting {
  readonly n: number
  /** Up to t of the members are in trouble. */
  readonly t: number
  readonly trouble: Trouble
  readonly epochs: number
  readonly seed: string
}

const nameOf = (index: number): string => (index < 26 ? String.fromCharCode(65 + index) : `U${index}`)

const facesFor = (users: ReadonlyArray<string>, trouble: Trouble, random: Stream): ReadonlyArray<ReadonlyArray<string>> => {
  if (trouble === "silent") return [[]]
  const side = users.map(() => random.below(2))
  return [0, 1].map((which) => users.filter((_, index) => side[index] === which))
}

/** Who is in a group during a run. */
interface Cast {
  /** Correct members. */
  readonly correct: Array<string>
  /** Handles of faulty ones that are seen by somebody. */
  readonly faulty: ReadonlyArray<string>
}

const proposals = ({ correct, faulty }: Cast, epoch: number, random: Stream): ReadonlyArray<Move> =>
  [...correct, ...faulty].filter(() => random.below(3) === 0).map((by, index) => ({ propose: "update", by, as: `p${epoch}.${index}` }))

/** The first of the correct members that are here commits, and any other handle with the probability of a third. */
const commits = ({ correct, faulty }: Cast, away: ReadonlyArray<string>, epoch: number, random: Stream): ReadonlyArray<Move> => {
  const here = correct.filter((user) => !away.includes(user))
  return [...here, ...faulty]
    .filter((by) => by === here[0] || random.below(3) === 0)
    .map((by, index) => ({ commit: null, by, as: `c${epoch}.${index}` }))
}

/** Somebody new is proposed, or a member other than the proposer is to be removed. */
const change = ({ correct }: Cast, epoch: number, random: Stream): ReadonlyArray<Move> => {
  const by = correct[random.below(correct.length)]!
  const others = correct.slice(1).filter((user) => user !== by)
  if (others.length > 1 && random.below(2) === 0) {
    const who = random.pick(others)
    correct.splice(correct.indexOf(who), 1)
    return [{ propose: "remove", by, who, as: `r${epoch}` }]
  }
  const who = `N${epoch}`
  return [{ appear: who }, { propose: "add", by, who, as: `a${epoch}` }]
}

const anEpoch = (cast: Cast, { t, trouble, seed }: Setting, epoch: number, random: Stream): ReadonlyArray<Move> => {
  const away = trouble === "away" ? cast.correct.filter(() => random.below(2) === 0).slice(0, t) : []
  const changed = trouble === "changes" ? change(cast, epoch, random) : []
  const moves: ReadonlyArray<Move> = [
    ...proposals(cast, epoch, random),
    ...changed,
    // A change that not all have heard of is not committed by all; so it is left out of some epochs, and made in a later one.
    trouble === "changes" ? { drain: "fifo" } : { drain: `seed ${seed} ${epoch}`, most: 40 },
    ...away.map((user): Move => ({ down: user })),
    ...commits(cast, away, epoch, random),
    { chaos: `${seed} ${epoch}`, haste: 2, most: 400 },
    { settle: 100 },
    ...away.flatMap((user): ReadonlyArray<Move> => [{ up: user }, { resume: user }]),
    ...(away.length > 0 ? [{ settle: 100 } as const] : []),
  ]
  const added = changed.find((move) => "appear" in move)
  if (added !== undefined) cast.correct.push(added.appear)
  return moves
}

/** The run of a setting. */
export const runOf = (setting: Setting): Run => {
  const { n, t, trouble, epochs, seed } = setting
  const random = streamOf(seed, `${n} ${t} ${trouble} ${epochs}`)
  const members = Array.from({ length: n }, (_, index) => nameOf(index))
  const isFaulty = trouble === "silent" || trouble === "two faces"
  const faulty = (isFaulty ? members.slice(n - t) : []).map((user) => ({ user, faces: facesFor(members, trouble, random) }))
  const seen = faulty.flatMap(({ user, faces }) =>
    faces.flatMap((face, index) => (face.length === 0 ? [] : [index === 0 ? user : `${user}'${index}`])),
  )
  const cast: Cast = { correct: members.slice(0, n - faulty.length), faulty: seen }
  const schedule = Array.from({ length: epochs }, (_, epoch) => anEpoch(cast, setting, epoch, random)).flat()
  return { members, faulty, sampleSize: 0, schedule }
}

/** The settled group of a run. */
export const groupOf = ({ members, faulty, sampleSize }: Run, primitives: Primitives = quickPrimitives): World =>
  settledWorld(members, new Map(faulty.map(({ user, faces }) => [user, faces])), emptyWorld(primitives, false, sampleSize))

/** What has come of a run: the violations, the world at its end, and what was played. */
export interface Checked {
  readonly found: ReadonlyArray<string>
  readonly world: World
  readonly played: Played
}

/** Whether what has been played gives the same trace when it is played again, move by move. */
export const isRepeatable = (run: Run, { world, played }: Omit<Checked, "found">): boolean => {
  const again = groupOf(run)
  play(again, played.moves)
  return String(again.trace) === String(world.trace)
}

/** Plays a run, and checks what must hold: after every 25 single moves, after each move, and at rest. Stops at the first violation. */
export const checkedRun = (run: Run): Checked => {
  const world = groupOf(run)
  const verified = new Set<unknown>()
  let found: ReadonlyArray<string> = []
  let single = 0
  const played = nothingPlayed(() => {
    if (++single % 25 === 0 && found.length === 0) found = violations(world, verified)
  })
  for (const move of run.schedule) {
    play(world, [move], played)
    if (found.length === 0) found = violations(world, verified)
    if (found.length > 0) return { found, world, played }
  }
  found = violationsAtRest(world)
  if (found.length === 0 && !isRepeatable(run, { world, played })) found = ["P19 the run is another one when it is played again"]
  return { found, world, played }
}
