/**
 * `npm run explore`: all schedules of what members start at once, within bounds. tools/explore/enumerate.ts says what is enumerated, and up to which equivalence;
 * tools/explore/world.ts and quiescence.ts what is checked.
 *
 * - `--bounds 3,2,2,0`: a settled group of 3 with 2 outsiders, 2 members who start something at once, and 0 or 1 further operations of anybody at any later point. May be
 *   repeated; without it, the bounds in `usual` are explored.
 * - `--scenario name`: only the scenario with this name, as it is printed.
 * - `--mutant name`: with one of the zoo's faults put into the reference.
 * - `--most n`: stop at n findings.
 *
 * Exit code 0 when nothing was found, 1 otherwise.
 *
 * @module
 */
import { parseArgs } from "node:util"
import { SingleBar } from "cli-progress"
import { applyMutant } from "../conformance/zoo/mutate.ts"

const usual = ["2,2,2,0", "3,2,2,0", "2,1,2,1"]

const { values } = parseArgs({
  options: {
    bounds: { type: "string", multiple: true },
    mutant: { type: "string" },
    scenario: { type: "string" },
    most: { type: "string", default: "10" },
  },
})

if (values.mutant !== undefined) applyMutant(values.mutant)

// Loaded only now, so that the mutant is in place.
const { exploreAll, noCounts, scenariosIn } = await import("./explore/all.ts")

const boundsOf = (text: string) => {
  const [size, outsiders, starters, further] = text.split(",").map(Number) as [number, number, number, number]
  return { size, outsiders, starters, further: further === 1 ? (1 as const) : (0 as const), only: values.scenario }
}

let found = 0
for (const text of values.bounds ?? usual) {
  const bounds = boundsOf(text)
  const counts = noCounts()
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: `${text} {bar} {value}/{total} {scenario}`, stream: process.stderr })
    : undefined
  bar?.start(bar === undefined ? 0 : scenariosIn(bounds), 0, { scenario: "" })
  const findings = exploreAll(bounds, counts, Number(values.most), (scenario) => bar?.increment({ scenario }))
  bar?.stop()
  const { scenarios, schedules, states, deliveries } = counts
  process.stdout.write(
    `${bounds.size} members, ${bounds.outsiders} outsiders, ${bounds.starters} start, ${bounds.further} further: ` +
      `${scenarios} scenarios, ${schedules} schedules, ${states} states, ${deliveries} deliveries checked, ${findings.length} violations\n`,
  )
  for (const { scenario, says, schedule } of findings)
    process.stdout.write(`  ${scenario}\n    ${says}\n${schedule.map((line) => `      ${line}\n`).join("")}`)
  found += findings.length
}
process.exitCode = found === 0 ? 0 : 1
