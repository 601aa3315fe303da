/**
 * Plays mutants, one after the other, and says how each fared. Only the vectors judge.
 *
 * @module
 */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Worker } from "node:worker_threads"
import { root, type Source } from "../sources.ts"
import { type Imports, importsAmong, loadedFiles } from "./loading.ts"
import { isNoted, type Mutant } from "./mutants.ts"
import type { Reach } from "./reach.ts"
import type { Fate, Given, Reached, Request } from "./worker.ts"

/** A mutant, and how it fared. `cases` is the number of those that could see it; `unplayed` are those for which its time was not enough. */
export type Outcome = Mutant & Fate & { readonly cases: number; readonly unplayed?: ReadonlyArray<string> }

/** What is run. */
export interface Run {
  readonly mutants: ReadonlyArray<Mutant>
  readonly imports: Imports
  readonly reach: Reach
  readonly times: ReadonlyMap<string, number>
  /** Milliseconds of CPU time for the cases of one mutant. */
  readonly budget: number
  /** A case that has killed the mutant before, which is then tried first. */
  readonly killer?: (mutant: Mutant) => string | undefined
  /** Cases that it is known to survive, which are left out. */
  readonly survived?: (mutant: Mutant) => (id: string) => boolean
  readonly told: (outcome: Outcome) => void
}

/** A thread is replaced after so many mutants: what was loaded is never given back. */
const LIFETIME = 100

const LARGEST_HEAP = 1800

/** Milliseconds of CPU time that a mutant may take to load, and a case beside thirty times what it takes. */
const PATIENCE = 4000

/** Milliseconds after which whoever does nothing at all is taken to wait for ever. */
const IDLE = 120_000

interface Thread {
  /** @param most how much CPU time the case with this number may take; a negative one is no case, but loading */
  readonly ask: (request: Request, most: (playing: number) => number) => Promise<unknown>
  readonly end: () => Promise<unknown>
}

/** CPU time of the process: whoever asks only waits, so it is the thread's. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const startThread = (imports: Imports): Thread => {
  const playing = new Int32Array(new SharedArrayBuffer(4))
  const at = () => Atomics.load(playing, 0)
  Atomics.store(playing, 0, -1)
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: { playing, imports } satisfies Given,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    resourceLimits: { maxOldGenerationSizeMb: LARGEST_HEAP },
  })
  const ask: Thread["ask"] = (request, most) =>
    new Promise((resolve, reject) => {
      let since = { at: at(), cpu: cpu(), began: performance.now() }
      const stop = () => {
        clearInterval(watch)
        worker.off("message", answered).off("error", crashed)
      }
      const failed = (why: string) => {
        stop()
        reject(Object.assign(new Error(why), { at: at() }))
      }
      const watch = setInterval(() => {
        if (since.at !== at()) since = { at: at(), cpu: cpu(), began: performance.now() }
        if (cpu() - since.cpu > most(since.at) || performance.now() - since.began > Math.max(IDLE, 100 * most(since.at))) failed("timeout")
      }, 200)
      const answered = (answer: unknown) => {
        stop()
        resolve(answer)
      }
      const crashed = (error: Error) => failed(`crash: ${error.message}`)
      worker.once("message", answered).once("error", crashed)
      worker.postMessage(request)
    })
  return { ask, end: () => worker.terminate() }
}

/** What the cases reach, kept from one run to the next as long as neither the reference nor the vectors change. */
export const measureReach = async (sources: ReadonlyArray<Source>, cases: ReadonlyArray<string>): Promise<ReadonlyArray<Reached>> => {
  const hash = createHash("sha256").update(readFileSync(join(root, "vectors", "manifest.json")))
  const imports = importsAmong(sources)
  const loaded = loadedFiles(imports)
  const noted = sources.map(({ path }) => path).filter(isNoted)
  hash.update(noted.join("\n"))
  for (const { path, text } of sources.filter((source) => loaded.has(source.path))) hash.update(`${path}\n${text}\n`)
  hash.update(readFileSync(join(import.meta.dirname, "instrument.ts"))).update(cases.join("\n"))
  const file = join(root, "node_modules", ".cache", "conclave-mutate", `${hash.digest("hex").slice(0, 16)}.json`)
  if (existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, "utf8")) as ReadonlyArray<{ id: string; bits: string; milliseconds: number }>
    return kept.map((one) => ({ ...one, bits: Buffer.from(one.bits, "base64") }))
  }
  const thread = startThread(imports)
  const reached = (await thread.ask({ ask: "reach", cases }, () => Number.POSITIVE_INFINITY)) as ReadonlyArray<Reached>
  await thread.end()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(reached.map((one) => ({ ...one, bits: Buffer.from(one.bits).toString("base64") }))))
  return reached
}

/** How many of the cases that have killed mutants of the same file are tried first. */
const NEIGHBOURS = 25

/** The cases for a mutant: those first that have killed it before, or its neighbours. */
const learning = ({ reach, times, killer }: Run) => {
  const killers = new Map<string, Array<{ readonly line: number; readonly by: string }>>()
  return {
    casesFor: (mutant: Mutant): ReadonlyArray<string> => {
      const cases = reach.casesFor(mutant)
      const able = new Set(cases)
      const known = (killers.get(mutant.file) ?? []).toSorted((a, b) => Math.abs(a.line - mutant.line) - Math.abs(b.line - mutant.line))
      const near = [...new Set(known.map(({ by }) => by))].filter((id) => able.has(id)).slice(0, NEIGHBOURS)
      const quickest = near.toSorted((a, b) => (times.get(a) ?? 0) - (times.get(b) ?? 0))
      const first = [killer?.(mutant)].filter((id) => id !== undefined && able.has(id)) as ReadonlyArray<string>
      return [...new Set([...first, ...quickest, ...cases])]
    },
    learn: ({ file, line }: Mutant, by: string): void => {
      killers.set(file, [...(killers.get(file) ?? []), { line, by }])
    },
  }
}

const fateOf = async (
  thread: Thread,
  { times, budget }: Run,
  { file, edits }: Mutant,
  cases: ReadonlyArray<string>,
): Promise<Fate & { readonly isGone?: true }> => {
  const most = (at: number) => PATIENCE + 30 * (times.get(cases[at] ?? "") ?? 0)
  try {
    return (await thread.ask({ ask: "play", file, edits, cases, budget }, most)) as Fate
  } catch (error) {
    const { message, at } = error as Error & { readonly at: number }
    const by = cases[at]
    return by === undefined ? { fate: "not loaded", how: message, isGone: true } : { fate: "killed", by, how: message, isGone: true }
  }
}

/** Plays all mutants. */
export const play = async (run: Run): Promise<ReadonlyArray<Outcome>> => {
  const { casesFor, learn } = learning(run)
  const outcomes: Array<Outcome> = []
  let thread: Thread | undefined
  let played = 0
  for (const mutant of run.mutants) {
    const all = casesFor(mutant)
    const isKnown = run.survived?.(mutant) ?? (() => false)
    const cases = all.filter((id) => !isKnown(id))
    let fate: Fate = { fate: "survived", left: 0 }
    if (cases.length > 0) {
      thread ??= startThread(run.imports)
      const { isGone, ...found } = await fateOf(thread, run, mutant, cases)
      fate = found
      if (found.fate === "killed") learn(mutant, found.by)
      if (isGone || ++played % LIFETIME === 0) {
        await thread.end()
        thread = undefined
      }
    }
    const unplayed = fate.fate === "survived" && fate.left > 0 ? { unplayed: cases.slice(-fate.left) } : {}
    const outcome = { ...mutant, ...fate, ...unplayed, cases: all.length }
    outcomes.push(outcome)
    run.told(outcome)
  }
  await thread?.end()
  return outcomes
}
