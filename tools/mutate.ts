/**
 * `npm run mutate`: makes mutants of the reference by machine, and of the wire types and limits of the chapters that it uses, and looks which
 * the vectors do not tell from it. Only the vectors judge. Prints the survivors that are not among the accepted ones, and the score; fails
 * when there are such survivors.
 *
 * - `-- --sample n`: so many of them, of each part and operator in turn (all); `--seed s`: which (1);
 * - `-- --part dcgka`, `--file name`: only of this part, or of files whose path has this in it; `--operator name`: only by this operator;
 * - `-- --shard i/n`: the i-th of n equal parts (1/1), for as many processes;
 * - `-- --budget s`: so many seconds of CPU time for the cases of one mutant (10). A survivor says how many were not played;
 * - `-- --write`: writes the score to `tools/mutate/score.json`;
 * - `-- --compare`: fails only where a part is below the goals that stand there;
 * - `-- --accepted`: plays those too that are accepted, and says which of them a case kills after all;
 * - `-- --results file`: adds a line to it for each mutant, which says how it fared. What it says already is not played again, as long as it
 *   holds: the sources are the same but for comments, and so is the case that has killed the mutant. Otherwise that case is played first. Of
 *   a survivor only those cases are played that are new, or for which its time was not enough;
 * - `-- --merge file...`: plays nothing, and gives the score of what these files say. Fails when a mutant is in none of them;
 * - `-- --apart`: other mutants, by operators against which no case was written, and which the score does not count;
 * - `-- --list`: says how many mutants there are.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { SingleBar } from "cli-progress"
import { loadVectors } from "../conformance/runner/load.ts"
import { allSources, importsAmong, loadedFiles } from "./mutate/loading.ts"
import { isMutated, type Mutant, mutantsApart, mutantsOf } from "./mutate/mutants.ts"
import { reachOf } from "./mutate/reach.ts"
import { type Results, readLines, resultsOf } from "./mutate/results.ts"
import { measureReach, type Outcome, play } from "./mutate/run.ts"
import { sampled } from "./mutate/sample.ts"
import { type Accepted, isUndecided, keyOf, percent, type Score, scoreOf, shown, survivorsOf, tooLow } from "./mutate/score.ts"
import { root } from "./sources.ts"

const SCORE = join(import.meta.dirname, "mutate", "score.json")

const readJson = <A>(file: string): A => JSON.parse(readFileSync(file, "utf8")) as A

const options = {
  sample: { type: "string" },
  seed: { type: "string", default: "1" },
  part: { type: "string" },
  file: { type: "string", default: "" },
  operator: { type: "string" },
  shard: { type: "string", default: "1/1" },
  budget: { type: "string", default: "10" },
  results: { type: "string" },
  accepted: { type: "boolean", default: false },
  merge: { type: "boolean", default: false },
  write: { type: "boolean", default: false },
  compare: { type: "boolean", default: false },
  apart: { type: "boolean", default: false },
  list: { type: "boolean", default: false },
} as const

/** A bar on a terminal; elsewhere nothing. */
const progressOf = (total: number) => {
  if (!process.stderr.isTTY) return { told: () => {}, stop: () => {} }
  const bar = new SingleBar({
    format: "{bar} {value}/{total}  {killed} killed, {survived} survived  {eta_formatted} left  {file}",
    barsize: 24,
  })
  const counts = { killed: 0, survived: 0 }
  bar.start(total, 0, { ...counts, file: "" })
  return {
    told: ({ fate, file }: Outcome) => {
      if (fate !== "not loaded") counts[fate]++
      bar.increment(1, { ...counts, file })
    },
    stop: () => bar.stop(),
  }
}

const tableOf = (score: Score): string =>
  [
    ...Object.entries(score.parts).map(
      ([part, { guards, all, accepted, undecided }]) =>
        `${part}: ${percent(all)}, guards ${percent(guards)}, ${accepted} accepted, ${undecided} undecided`,
    ),
    ...Object.entries(score.operators).map(([operator, tally]) => `  ${operator}: ${percent(tally)}`),
    "",
  ].join("\n")

const accepted = readJson<ReadonlyArray<Accepted>>(join(import.meta.dirname, "mutate", "accepted.json"))

const acceptedKeys = new Set(accepted.map(keyOf))

const isAccepted = (mutant: Mutant): boolean => acceptedKeys.has(keyOf(mutant))

/** How mutants have fared that need not be played, and those that have to be. */
const sortedOut = (mutants: ReadonlyArray<Mutant>, results: Results, options: { readonly merge: boolean; readonly accepted: boolean }) => {
  const found = mutants.map((mutant) => {
    const outcome = results.known(mutant)
    const goesOn = outcome !== undefined && isUndecided(outcome) && !options.merge
    return { mutant, outcome: goesOn ? undefined : outcome }
  })
  const known = found.flatMap(({ mutant, outcome }): ReadonlyArray<Outcome> => {
    if (outcome !== undefined) return [outcome]
    return isAccepted(mutant) && !options.accepted ? [{ ...mutant, fate: "survived", left: 0, cases: 0 }] : []
  })
  const isOpen = ({ mutant, outcome }: (typeof found)[number]) => outcome === undefined && (options.accepted || !isAccepted(mutant))
  return { known, open: found.filter(isOpen).map(({ mutant }) => mutant) }
}

/** Prints what was found, and says whether it is enough. */
const tell = (
  outcomes: ReadonlyArray<Outcome>,
  score: Score,
  before: Score,
  options: { readonly write: boolean; readonly compare: boolean },
) => {
  for (const one of outcomes.filter((outcome) => outcome.fate === "killed" && isAccepted(outcome))) {
    process.stdout.write(`accepted, but killed: ${one.file}:${one.line} ${one.operator}: ${one.change}\n`)
  }
  const survivors = survivorsOf(outcomes, accepted)
  for (const one of survivors) process.stdout.write(`${shown(one)}\n`)
  process.stdout.write(tableOf(score))
  if (options.write) writeFileSync(SCORE, `${JSON.stringify(score, null, 2)}\n`)
  const low = options.compare ? tooLow(score, before) : []
  for (const line of low) process.stdout.write(`${line}\n`)
  return (options.compare ? low : survivors).length === 0
}

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.apart && values.write) throw new Error("the score does not count what is kept apart")
  const sources = allSources()
  const imports = importsAmong(sources)
  const loaded = loadedFiles(imports)
  const mutated = sources.filter(({ path }) => loaded.has(path) && isMutated(path))
  const isWanted = ({ part, file, operator }: Mutant) =>
    part === (values.part ?? part) && file.includes(values.file) && operator === (values.operator ?? operator)
  const all = mutated.flatMap(values.apart ? mutantsApart : mutantsOf)
  if (values.list) {
    for (const [operator, list] of Map.groupBy(all, (one) => one.operator)) process.stdout.write(`${list.length} ${operator}\n`)
    process.stdout.write(`${all.length} mutants in ${mutated.length} files\n`)
    return
  }
  const vectors = loadVectors(join(root, "vectors"))
  const reached = await measureReach(
    sources,
    vectors.cases.map(({ id }) => id),
  )
  const reach = reachOf(sources, reached)
  const differing = all.filter((one) => !reach.isUnused(one))
  const [shard = 1, shards = 1] = values.shard.split("/").map(Number)
  const chosen = sampled(differing.filter(isWanted), Number(values.sample ?? differing.length), Number(values.seed))
  // Sorted first: else each shard would have mutants by its own few operators.
  const sorted = chosen.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
  const mutants = sorted.filter((_, at) => at % shards === shard - 1)
  const files = values.merge ? positionals : values.results === undefined ? [] : [values.results]
  const budget = 1000 * Number(values.budget)
  const results = resultsOf(
    files.flatMap(readLines),
    sources.filter(({ path }) => loaded.has(path)),
    vectors,
  )
  const { known, open } = sortedOut(mutants, results, values)
  const progress = progressOf(values.merge ? 0 : open.length)
  const told = (outcome: Outcome): void => {
    progress.told(outcome)
    if (values.results !== undefined) results.add(values.results, outcome)
  }
  const times = new Map(reached.map(({ id, milliseconds }) => [id, milliseconds]))
  const { killer, survived } = results
  const played = values.merge ? [] : await play({ mutants: open, imports, reach, times, budget, killer, survived, told })
  progress.stop()
  const outcomes = [...known, ...played]
  if (outcomes.length < mutants.length) process.stdout.write(`${mutants.length - outcomes.length} mutants were not played\n`)
  const before = readJson<Score>(SCORE)
  const score = scoreOf(outcomes, accepted, {
    goals: before.goals,
    run: { mutants: outcomes.length, of: differing.length, seed: Number(values.seed) },
  })
  const isEnough = tell(outcomes, score, before, values)
  process.exitCode = isEnough && outcomes.length === mutants.length ? 0 : 1
}

if (import.meta.main) await main()
