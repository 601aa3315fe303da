/**
 * Long random runs: moves and lies of any kind in any order.
 *
 * @module
 */
import { chooser } from "../../reference/simulation/conversation.ts"
import { lies } from "./catalogue.ts"
import { begin, end, type Played, play, type Step } from "./scenario.ts"
import { type Findings, moves } from "./search.ts"

const weathers: ReadonlyArray<Step> = ["alice", "bob"].flatMap((to) =>
  (["keeps back", "gives", "gives in reverse"] as const).map((network) => ({ to, network })),
)

/** A run of `length` steps, the same for the same seed. What it finds is made smaller. */
export const randomRun = (seed: number, length: number, findings: Findings): Played => {
  const choose = chooser(seed)
  const pick = <A>(from: ReadonlyArray<A>): A => from[choose(from.length)]!
  const base = choose(6) === 0 ? "contact" : "member"
  const next = (): Step => {
    const kind = choose(10)
    if (kind === 0) return pick(weathers)
    if (kind < 4) return { lie: pick(lies).id, ...(choose(4) === 0 ? { racing: true } : {}) }
    return kind < 6 ? { by: pick(["alice", "bob", "dave"]), does: "say" } : pick(moves)
  }
  const steps = Array.from({ length }, next)
  const played = end(steps.reduce((before, step, index) => play(before, step, steps[index + 1]), begin(base)))
  findings.take(base, played)
  return played
}
