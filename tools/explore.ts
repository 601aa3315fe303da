/**
 * `npm run explore`: all schedules of what members start at once, within bounds. reference/simulation/scenarios.ts says what is enumerated, schedules.ts up to which equivalence;
 * tools/explore/checks.ts and secrecy.ts what is checked, and places.ts holds the equivalence.
 *
 * - `--deep`: what takes long. Without it, what takes some minutes.
 * - `--bounds 3,2,1`: a group as `bases` names it (`3`: three members and two outsiders, `3r`: three of whom one was removed), how many start something at once, and whether one
 *   further operation of anybody follows at any later point. `3,2,1,brief` places rekeys and answers early and late only. May be repeated.
 * - `--scenario name`: only the scenario with this name, as it is printed.
 * - `--raw`: all scenarios, not one of each class.
 * - `--real`: with real primitives, some five times as slow.
 * - `--mutant name`, `--fault name`: with one of the zoo's faults, or one of tools/explore/faults.ts, put into the reference.
 * - `--most n`: stop at n findings. `--save file`: save the first as a scenario that `--replay file` plays.
 * - `--random n`: n random long runs with the seeds from `--seed` (0) on, of `--operations` operations (60) by `--members` members (8); a failing run is shrunk.
 *
 * Exit code 0 when nothing was found, 1 otherwise.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { SingleBar } from "cli-progress"
import { applyMutant } from "../conformance/zoo/mutate.ts"
import { faults } from "./explore/faults.ts"
import { putIn } from "./faults.ts"

const { values } = parseArgs({
  options: {
    bounds: { type: "string", multiple: true },
    deep: { type: "boolean", default: false },
    raw: { type: "boolean", default: false },
    real: { type: "boolean", default: false },
    mutant: { type: "string" },
    fault: { type: "string" },
    scenario: { type: "string" },
    most: { type: "string", default: "10" },
    save: { type: "string" },
    replay: { type: "string" },
    random: { type: "string" },
    seed: { type: "string", default: "0" },
    operations: { type: "string", default: "60" },
    members: { type: "string", default: "8" },
  },
})

if (values.mutant !== undefined) applyMutant(values.mutant)
if (values.fault !== undefined) putIn(faults, values.fault)

// Loaded only now, so that the fault is in place.
const { exploreAll, noCounts, scenariosIn } = await import("./explore/all.ts")
const { boundsOf, deep, titleOf, usual } = await import("./explore/sets.ts")
const { readRun, replay } = await import("./explore/replay.ts")
const { randomRun, shrunk } = await import("./explore/random.ts")
const { nodePrimitives } = await import("../reference/crypto/providers/node.ts")

type Bounds = (typeof usual)[number]
type Finding = ReturnType<typeof exploreAll>[number]

const print = (text: string) => process.stdout.write(`${text}\n`)

const printFinding = ({ scenario, says, schedule }: Finding) => {
  print(`  ${scenario}\n    ${says}`)
  for (const line of schedule) print(`      ${JSON.stringify(line)}`)
}

const explored = (bounds: Bounds): ReadonlyArray<Finding> => {
  const counts = noCounts()
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: `${titleOf(bounds)} {bar} {value}/{total} {scenario}`, stream: process.stderr })
    : undefined
  bar?.start(scenariosIn(bounds), 0, { scenario: "" })
  const findings = exploreAll(bounds, counts, Number(values.most), (scenario) => bar?.increment({ scenario }))
  bar?.stop()
  const { scenarios, classes, schedules, states, deliveries, checks } = counts
  print(
    `${titleOf(bounds)}: ${scenarios} scenarios of ${classes} classes, ${schedules} schedules, ${states} states, ${deliveries} deliveries, ${checks} checks, ${findings.length} violations`,
  )
  findings.forEach(printFinding)
  return findings
}

const exploreSets = (): ReadonlyArray<Finding> => {
  const named = values.bounds?.map((text) => {
    const bounds = boundsOf(text)
    if (bounds === undefined) throw new Error(`no bounds: ${text}`)
    return bounds
  })
  const also = { raw: values.raw, only: values.scenario, ...(values.real ? { primitives: nodePrimitives } : {}) }
  return (named ?? (values.deep ? deep : usual)).flatMap((bounds) => explored({ ...bounds, ...also }))
}

const randomRuns = (): ReadonlyArray<Finding> => {
  const first = Number(values.seed)
  const findings: Array<Finding> = []
  for (let seed = first; seed < first + Number(values.random) && findings.length < Number(values.most); seed++) {
    const { run, finding, counts } = randomRun(seed, Number(values.members), Number(values.operations))
    print(
      `seed ${seed}: ${counts.operations} operations, ${counts.deliveries} deliveries, ${counts.checks} checks${finding === undefined ? "" : ", 1 violation"}`,
    )
    if (finding === undefined) continue
    const small = shrunk(run, finding)
    printFinding(small)
    findings.push(small)
  }
  return findings
}

const replayed = (file: string): ReadonlyArray<Finding> => {
  const finding = replay(readRun(readFileSync(file, "utf8")))
  if (finding === undefined) print("no violation")
  else printFinding(finding)
  return finding === undefined ? [] : [finding]
}

const findings = values.replay !== undefined ? replayed(values.replay) : values.random !== undefined ? randomRuns() : exploreSets()
const [first] = findings
if (values.save !== undefined && first !== undefined) writeFileSync(values.save, `${JSON.stringify(first, null, 1)}\n`)
process.exitCode = findings.length === 0 ? 0 : 1
