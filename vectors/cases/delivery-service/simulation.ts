/** Random runs, with their traces. That they hold what must hold is checked where they are checked all the time: reference/delivery-service/test/delivery-service-runs.test.ts. */
import { runOf, type Setting, type Trouble } from "../../../reference/delivery-service/simulation/runs.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as cascade } from "../../../spec/delivery-service/cascade.ts"
import { clauses as delivery } from "../../../spec/delivery-service/delivery-service.ts"
import { clauses } from "../../../spec/delivery-service/simulation.ts"
import { aCase, type Case, caseFile } from "../author.ts"

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

/** All runs. */
export default caseFile({ part: "delivery-service", chapter: "simulation", layer: "simulation", flags: {} }, () => [
  numbers(),
  ...randomRuns(),
])
