/**
 * `npm run explore:mpenc-attacks`: one lie of a member, or of the server, at each point of small mpENC sessions. Prints a line for each scenario and liar, and what was found; fails when something was.
 *
 * - `--scenario name`, `--liar name`: only this scenario, only this liar.
 * - `--point n`, `--what text`: only lies at this point, only those whose description has this text.
 * - `--every n`: only every n-th lie.
 * - `--shard i/n`: only the i-th of n parts, from 1.
 * - `--random n`: n runs with up to three lies at random points, with the seeds from `--seed` (0) on, in the place of all that.
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
    point: { type: "string" },
    what: { type: "string", default: "" },
    every: { type: "string", default: "1" },
    shard: { type: "string", default: "1/1" },
    random: { type: "string", default: "0" },
    seed: { type: "string", default: "0" },
    mutant: { type: "string" },
    most: { type: "string", default: "10" },
  },
})

if (values.mutant !== undefined) applyMutant(values.mutant)

// Loaded only now, so that the fault is in place.
const { liarsIn, scenarios } = await import("../reference/simulation/dishonest/scenarios.ts")
const { liesIn, randomRun } = await import("../reference/simulation/dishonest/search.ts")

const print = (text: string) => process.stdout.write(`${text}\n`)

const [shard, shards] = values.shard.split("/").map(Number) as [number, number]

let lies = 0
let found = 0
const isSearched = ({ name }: { readonly name: string }) =>
  values.random === "0" && (values.scenario === undefined || name === values.scenario)

for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.random) && found < Number(values.most); seed++) {
  const { scenario, liar, what, says } = randomRun(seed)
  lies += 1
  if (says === undefined) continue
  print(`  seed ${seed}: ${scenario}, ${liar}: ${what}\n    ${says}`)
  found += 1
}

search: for (const scenario of scenarios.filter(isSearched)) {
  for (const liar of liarsIn(scenario).filter((name) => values.liar === undefined || name === values.liar)) {
    const begun = performance.now()
    const only = values.point === undefined ? null : Number(values.point)
    const described = liesIn(scenario, liar, only).filter(({ what }) => what.includes(values.what))
    const all = described.filter((_, index) => index % Number(values.every) === 0 && (index / Number(values.every)) % shards === shard - 1)
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
print(`${lies} ${values.random === "0" ? "lies" : "runs"}, ${found} findings`)
process.exitCode = found === 0 ? 0 : 1
