/**
 * `npm run explore:mpenc-attacks`: one lie of a member, or of the server, at each point of small mpENC sessions. Prints a line for each scenario and liar, and what was found; fails when something was.
 *
 * - `--scenario name`, `--liar name`: only this scenario, only this liar.
 * - `--every n`: only every n-th lie.
 * - `--mutant name`: with one of the zoo's faults put into the reference.
 * - `--most n`: stop at n findings (10).
 *
 * @module
 */
import { parseArgs } from "node:util"
import { applyMutant } from "../conformance/zoo/mutate.ts"

const { values } = parseArgs({
  options: {
    scenario: { type: "string" },
    liar: { type: "string" },
    every: { type: "string", default: "1" },
    mutant: { type: "string" },
    most: { type: "string", default: "10" },
  },
})

if (values.mutant !== undefined) applyMutant(values.mutant)

// Loaded only now, so that the fault is in place.
const { liarsIn, liesIn, scenarios } = await import("../reference/simulation/dishonest/search.ts")

const print = (text: string) => process.stdout.write(`${text}\n`)

let lies = 0
let found = 0
search: for (const scenario of scenarios.filter(({ name }) => values.scenario === undefined || name === values.scenario)) {
  for (const liar of liarsIn(scenario).filter((name) => values.liar === undefined || name === values.liar)) {
    const begun = performance.now()
    const all = liesIn(scenario, liar).filter((_, index) => index % Number(values.every) === 0)
    let here = 0
    for (const { point, what, judged } of all) {
      lies += 1
      const says = judged()
      if (says === undefined) continue
      print(`  ${scenario.name}, ${liar}, point ${point}: ${what}\n    ${says}`)
      here += 1
      found += 1
      if (found >= Number(values.most)) break search
    }
    print(`${scenario.name}; ${liar} lies: ${all.length} lies, ${here} findings, ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  }
}
print(`${lies} lies, ${found} findings`)
process.exitCode = found === 0 ? 0 : 1
