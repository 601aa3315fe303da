/** Random runs, with their traces. That they hold what must hold is checked where they are checked all the time: reference/delivery-service/test/delivery-service-runs.test.ts. */
import { Hex } from "effect/encoding"
import { runOf, type Setting, type Trouble } from "../../../reference/delivery-service/simulation/runs.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses as cascade } from "../../../spec/delivery-service/cascade.ts"
import { DeliveryMessage, clauses as delivery } from "../../../spec/delivery-service/delivery-service.ts"
import { clauses, type Move } from "../../../spec/delivery-service/simulation.ts"
import { aCase, type Case, caseFile, withoutTraces } from "../author.ts"
import { emptyBundle } from "./schedules.ts"

/** How many members, how many of them in trouble, over how many epochs, how many runs are cases, and how many are held by digests (tools/delivery-random.ts). */
export const sizes: ReadonlyArray<{
  readonly n: number
  readonly t: number
  readonly epochs: number
  readonly cases: number
  readonly held: number
}> = [
  { n: 1, t: 0, epochs: 3, cases: 1, held: 100 },
  { n: 2, t: 0, epochs: 3, cases: 2, held: 200 },
  { n: 3, t: 0, epochs: 3, cases: 2, held: 200 },
  { n: 4, t: 1, epochs: 3, cases: 3, held: 100 },
  { n: 5, t: 1, epochs: 2, cases: 1, held: 50 },
  { n: 6, t: 1, epochs: 1, cases: 1, held: 30 },
  { n: 7, t: 2, epochs: 1, cases: 1, held: 20 },
  { n: 10, t: 3, epochs: 1, cases: 1, held: 4 },
]

/** What can go wrong in a group of which `t` may be in trouble. */
export const troublesOf = (n: number, t: number): ReadonlyArray<Trouble> => {
  const all = ["silent", "two faces", "away", "changes"] as const
  if (t > 0) return all
  return n === 1 ? ["silent"] : ["silent", "changes"]
}

const sizeOf = ({ n, t }: Setting) => `${n}${t === 0 ? "" : `-${t}`}`

/** The name of a run, but for its seed. */
export const classOf = (setting: Setting): string => `simulation/${sizeOf(setting)}/${setting.trouble.replace(" ", "-")}`

/** A run as a case. */
export const random = (setting: Setting): Case => {
  const { n, t, trouble, epochs, seed } = setting
  const shows: ReadonlyArray<Clause> = [clauses.trace, delivery.properties, cascade.agreement, cascade.termination]
  return aCase(
    `${classOf(setting)}/${seed}`,
    { title: `Members: ${n}, in trouble: ${t} (${trouble}), epochs: ${epochs}, seed ${seed}`, clauses: shows },
    (author) => {
      const run = runOf(setting)
      const { processes } = author.accepts("simulation.play", run)
      const faulty = run.faulty.map(({ user }) => user)
      const correct = processes.filter(({ handle, status }) => status === "active" && !faulty.includes(handle.split("'")[0]!))
      author.claim(new Set(correct.map(({ authenticator }) => authenticator)).size === 1, "one authenticator")
      author.claim(
        correct.every(({ epoch }) => epoch === epochs + 1),
        "all epochs have ended",
      )
    },
  )
}

const randomRuns = (): ReadonlyArray<Case> =>
  sizes.flatMap(({ n, t, epochs, cases }) =>
    // A large group that changes takes seconds.
    troublesOf(n, t)
      .filter((trouble) => n < 10 || trouble === "two faces")
      .flatMap((trouble) => Array.from({ length: cases }, (_, seed) => random({ n, t, trouble, epochs, seed: String(seed) }))),
  )

const numbers = (): Case =>
  aCase(
    "simulation/numbers",
    { title: "Numbers of two streams, below limits of which some pass numbers over", clauses: [clauses.numbers] },
    (author) => {
      const limits = [2, 6, 100, 1000, 1 << 16, 4_294_967_296, 3_000_000_000, 3_000_000_000, 3_000_000_000, 3_000_000_000, 1, 7, 52]
      for (const [seed, name] of [
        ["seed", "drain"],
        ["", "chaos"],
      ] as const)
        author.accepts("simulation.numbers", { seed, name, limits })
    },
  )

/** A bundle of epoch 1 with nothing in it. */
const empty = Hex.encode(encodeWire(DeliveryMessage, emptyBundle({ group: "66".repeat(16) }, 1)))

const timers: ReadonlyArray<Move> = [
  { propose: "update", by: "A", as: "p" },
  { drain: "fifo", to: ["B"] },
  { lose: true },
  { commit: ["p"], by: "B", as: "c" },
  { drain: "fifo", kinds: ["bundle"], to: ["C", "D"] },
  { down: "A" },
  { down: "B" },
  { settle: 6 },
  { up: "A" },
  { up: "B" },
  { resume: "A" },
  { resume: "B" },
  { settle: 50 },
]

const moves: ReadonlyArray<Move> = [
  { appear: "E" },
  { propose: "add", by: "A", who: "E", as: "e" },
  { propose: "remove", by: "B", who: "D", as: "d" },
  { propose: "update", by: "C", as: "u" },
  { drop: "A>D#0" },
  { deliver: "A>B#1" },
  { repeat: true, from: ["B"], to: ["A"] },
  { wave: true, kinds: ["murmur-gossip"] },
  { drain: "lifo", most: 5 },
  { drain: "seed any" },
  { cut: [["A", "B"], ["C"]] },
  { commit: null, by: "A", as: "one" },
  { commit: null, by: "A", as: "refused" },
  { commit: ["u"], by: "B", as: "two" },
  { inject: empty, from: "D", to: "C" },
  { drain: "fifo" },
  { end: "1/relax/1", of: "A" },
  { heal: true },
  { chaos: "all of it", haste: 20, most: 60 },
  { settle: 100 },
]

const byHand = (id: string, title: string, schedule: ReadonlyArray<Move>): Case =>
  aCase(`simulation/${id}`, { title, clauses: [clauses.trace] }, (author) => {
    const members = ["A", "B", "C", "D"]
    const { processes } = author.accepts("simulation.play", { members, faulty: [], sampleSize: 0, schedule })
    author.claim(processes[0]!.epoch === 2, "an epoch has ended")
  })

/** A timer of A is ended while A is down, and again when it is up; then C is removed, and a timer of it is ended. */
const endings: ReadonlyArray<Move> = [
  { propose: "remove", by: "A", who: "C", as: "c" },
  { drain: "fifo" },
  { cut: [["D"], ["A", "B", "C"]] },
  { commit: ["c"], by: "A", as: "one" },
  { commit: [], by: "B", as: "two" },
  { drain: "fifo" },
  { down: "A" },
  { end: "1/conflict", of: "A" },
  { heal: true },
  { drain: "fifo", to: ["D"] },
  { up: "A" },
  { end: "1/conflict", of: "A" },
  { end: "1/conflict", of: "A" },
  { settle: 50 },
  { end: "1/relax/1", of: "C" },
  { appear: "E" },
  { end: "1/relax/1", of: "E" },
]

const agreed = ["bundle", "endorse", "set-proposal", "prevote", "precommit", "decide"] as const

/** C has decided, and waits for a proposal that it does not get: the timers that it had begun before end one after the other. */
const waiting: ReadonlyArray<Move> = [
  { propose: "update", by: "A", as: "p" },
  { propose: "update", by: "B", as: "q" },
  { drain: "fifo", to: ["A", "B", "D"] },
  { lose: true, to: ["C"] },
  { commit: ["q"], by: "A", as: "cA" },
  { commit: ["p"], by: "B", as: "cB" },
  ...Array.from(
    { length: 8 },
    (): ReadonlyArray<Move> => [
      { wave: true, kinds: agreed },
      { lose: true, kinds: ["fetch"], from: ["C"] },
    ],
  ).flat(),
  { cut: [["C"], ["A", "B", "D"]] },
  { settle: 10 },
  { heal: true },
  { settle: 50 },
]

/** D, who shows itself in two ways, is removed, and appears again. */
const facesAgain: ReadonlyArray<Move> = [
  { propose: "remove", by: "A", who: "D", as: "d" },
  { drain: "fifo" },
  { commit: ["d"], by: "A", as: "one" },
  { settle: 50 },
  { appear: "D" },
  { propose: "add", by: "B", who: "D", as: "again" },
  { drain: "fifo" },
  { commit: ["again"], by: "C", as: "two" },
  { settle: 50 },
]

const faced = (): Case =>
  aCase(
    "simulation/faces-again",
    { title: "A user with two faces is removed, and appears again, with its third key package", clauses: [clauses.trace] },
    (author) => {
      const faulty = [{ user: "D", faces: [["A", "B"], ["C"]] }]
      const run = { members: ["A", "B", "C", "D"], faulty, sampleSize: 0, schedule: facesAgain }
      const { processes } = author.accepts("simulation.play", run)
      author.claim(processes.find(({ handle }) => handle === "D'2")?.status === "active", "D is a member again")
    },
  )

/** All runs. */
export default caseFile({ part: "delivery-service", chapter: "simulation", layer: "simulation", flags: {} }, () => [
  numbers(),
  byHand("timers", "Timers that are set to the same time, of those who are up", timers),
  byHand("moves", "Every move", moves),
  byHand("endings", "Timers that are ended while their process is down, is removed, or is no member yet", endings),
  byHand("decided-and-waiting", "Who has decided waits for a proposal, and its timers of the epoch end", waiting),
  faced(),
  ...randomRuns().map(withoutTraces),
])
