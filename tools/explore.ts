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
 * - `--shard i/n`: of each set the i-th of n parts, from 1: as many processes or machines as there are parts can take one each. A part is every n-th class of scenarios.
 * - `--results file`: writes each class, when it is done, as a line at the end of the file. A class that stands there already, of the same sources, is not explored again: so a run that was interrupted goes on.
 * - `--merge file`: explores nothing, but adds up results, and fails when a class is missing that the set has. May be repeated.
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
    shard: { type: "string", default: "1/1" },
    results: { type: "string" },
    merge: { type: "string", multiple: true },
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
const { classesIn, exploreAll, noCounts, scenariosIn } = await import("./explore/all.ts")
const { addResult, merge, readResults, sourcesDigest } = await import("./explore/results.ts")
const { boundsOf, deep, titleOf, usual } = await import("./explore/sets.ts")
const { readRun, replay } = await import("./explore/replay.ts")
const { randomRun, shrunk } = await import("./explore/random.ts")
const { nodePrimitives } = await import("../reference/crypto/providers/node.ts")

type Bounds = (typeof usual)[number]
type Finding = ReturnType<typeof exploreAll>[number]
type Counts = ReturnType<typeof noCounts>

const [shard = 0, shards = 0] = values.shard.split("/").map(Number)
if (!(1 <= shard && shard <= shards)) throw new Error(`no shard ${values.shard}`)

const faulty = [values.mutant, values.fault].filter((name) => name !== undefined)
// Results are of the sources as they are, and of whole classes.
if (values.results !== undefined && (faulty.length > 0 || values.scenario !== undefined)) throw new Error("no results are kept of this")

const print = (text: string) => process.stdout.write(`${text}\n`)

const printFinding = ({ scenario, says, schedule }: Finding) => {
  print(`  ${scenario}\n    ${says}`)
  for (const line of schedule) print(`      ${JSON.stringify(line)}`)
}

const printCounts = (set: string, { scenarios, classes, schedules, states, deliveries, checks }: Counts, violations: number) =>
  print(
    `${set}: ${scenarios} scenarios of ${classes} classes, ${schedules} schedules, ${states} states, ${deliveries} deliveries, ${checks} checks, ${violations} violations`,
  )

/** What results of bounds are results of. */
const setOf = (bounds: Bounds) => {
  const how = [...(values.raw ? [", not up to renaming"] : []), ...(values.real ? [", with real primitives"] : [])]
  return { set: `${titleOf(bounds)}${how.join("")}`, sources: sourcesDigest(), of: classesIn(bounds) }
}

/** What has been explored before: its classes are left out. */
const doneIn = (file: string, { set, sources }: ReturnType<typeof setOf>): ReadonlySet<number> =>
  new Set(
    readResults(file)
      .filter((line) => line.set === set && line.sources === sources)
      .map((line) => line.class),
  )

const explored = (within: Bounds): ReadonlyArray<Finding> => {
  const counts = noCounts()
  const file = values.results
  const of = file === undefined ? undefined : setOf(within)
  const done = file === undefined || of === undefined ? new Set<number>() : doneIn(file, of)
  const bounds: Bounds = { ...within, part: (number) => number % shards === shard - 1 && !done.has(number) }
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: `${titleOf(bounds)} {bar} {value}/{total} {scenario}`, stream: process.stderr })
    : undefined
  bar?.start(scenariosIn(bounds), 0, { scenario: "" })
  const findings = exploreAll(
    bounds,
    counts,
    Number(values.most),
    (scenario) => bar?.increment({ scenario }),
    (one) => {
      if (file !== undefined && of !== undefined) addResult(file, of, one)
    },
  )
  bar?.stop()
  printCounts(titleOf(bounds), counts, findings.length)
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

/** Adds up results; gives whether all is there, and nothing was found. */
const merged = (files: ReadonlyArray<string>): boolean => {
  const sets = merge(files.flatMap(readResults))
  for (const { set, sources, counts, violations, missing } of sets) {
    printCounts(`${set} (sources ${sources})`, counts, violations)
    if (missing.length > 0) print(`  classes that are missing: ${missing.join(", ")}`)
  }
  return sets.length > 0 && sets.every(({ violations, missing }) => violations === 0 && missing.length === 0)
}

const explore = (): ReadonlyArray<Finding> =>
  values.replay !== undefined ? replayed(values.replay) : values.random !== undefined ? randomRuns() : exploreSets()

const findings = values.merge !== undefined ? [] : explore()
const isWhole = values.merge === undefined || merged(values.merge)
const [first] = findings
if (values.save !== undefined && first !== undefined) writeFileSync(values.save, `${JSON.stringify(first, null, 1)}\n`)
process.exitCode = findings.length === 0 && isWhole ? 0 : 1
