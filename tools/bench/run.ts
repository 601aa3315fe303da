/**
 * One run of the benchmark: everything for one size of group in one process, in random order, round by round.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
// biome-ignore lint/correctness/noUnresolvedImports: a module of node that the linter does not know
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { Crypto, type Primitives } from "../../reference/crypto/crypto.ts"
import { noblePrimitives } from "../../reference/crypto/providers/noble.ts"
import { nodePrimitives } from "../../reference/crypto/providers/node.ts"
import { Randomness } from "../../reference/crypto/randomness.ts"
import type { Messenger } from "../../reference/dcgka/group-messaging.ts"
import { handle } from "../../reference/store/durable.ts"
import { createStore, settings } from "../../reference/store/sqlite.ts"
import { floors } from "./floors.ts"
import { type Done, decisions, sessions } from "./groups.ts"
import { agreement, type Level, messenger } from "./levels.ts"
import { actual, cpuOf, ownCalls, type Part, type Task } from "./measure.ts"
import { mls } from "./mls.ts"
import { type Measured, type PastOf, scenario } from "./scenario.ts"

/** CPU milliseconds: the median, and the quartiles. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** What was measured. `own` are the calls of the primitives alone, where there are steps around them; `ratio` says how much more the steps need: the median of the rounds. */
export interface Row {
  readonly name: string
  readonly provider: string
  readonly n: number
  /** How many operations the group has had before, and of which kind, where that is what is compared. */
  readonly history: number
  readonly past?: PastOf
  readonly operation: string
  readonly who: string
  readonly cpu: Spread
  readonly own?: Spread
  readonly ratio?: number
}

/** What a run is to measure. */
export interface Settings {
  readonly sizes: ReadonlyArray<number>
  /** Past operations, in groups of these sizes; each beside none. */
  readonly histories: ReadonlyArray<{ readonly n: number; readonly past: PastOf; readonly operations: ReadonlyArray<number> }>
  /** Members of sessions of mpENC. */
  readonly sessions: ReadonlyArray<number>
  /** Members that decide on a commit by the delivery service. */
  readonly decisions: ReadonlyArray<number>
  readonly rounds: number
  readonly providers: ReadonlyArray<"node" | "noble">
  readonly peers: boolean
}

/** Noble shows nothing in larger groups but that its curves are slow. */
const mostWithNoble = 32

/** In larger groups others are not measured, and a run has few rounds. */
export const usualSize = 128
const roundsOfLarge = 3

type Place = Omit<Row, "cpu" | "own" | "ratio">

interface Entry {
  readonly place: Place
  readonly count: number
  readonly task: Task
  readonly own?: Task
  readonly cpu: Array<number>
  readonly ofOwn: Array<number>
}

const entryOf = (place: Place, task: Task, own?: Task, count = 1): Entry => ({
  place,
  count,
  task,
  ...(own === undefined ? {} : { own }),
  cpu: [],
  ofOwn: [],
})

const random = { draw: (_label: string, length: number) => crypto.getRandomValues(new Uint8Array(length)) }

/** The steps on a messenger in a store that is open: each is committed, or all together. */
const stored = (primitives: Primitives, { state, steps }: Part<Messenger>, together: boolean): Task => ({
  prepare: () => {
    const folder = mkdtempSync(join(tmpdir(), "conclave-bench-"))
    const store = createStore(join(folder, "store"), structuredClone(state))
    // The first commit on a new file reads most of it.
    Effect.runSync(handle(store, [(messenger) => Effect.succeed({ messenger, packets: [], events: [] })]))
    const done = steps.map((step) => (now: Messenger) => Effect.map(step(now), (after) => ({ messenger: after, packets: [], events: [] })))
    const handled = (together ? [done] : done.map((one) => [one])).map((some) =>
      handle(store, some).pipe(Effect.provideService(Crypto, primitives), Effect.provideService(Randomness, random)),
    )
    return () => {
      for (const one of handled) Effect.runSync(one)
      store.close()
      rmSync(folder, { recursive: true })
    }
  },
})

const commits = 20

/** The least that a durable step costs: a commit of one row. */
const bareCommit: Task = {
  prepare: () => {
    const folder = mkdtempSync(join(tmpdir(), "conclave-bench-"))
    const database = new DatabaseSync(join(folder, "store"))
    database.exec(`${settings} CREATE TABLE counted (id INTEGER PRIMARY KEY, times INTEGER); INSERT INTO counted VALUES (0, 0)`)
    return () => {
      for (let done = 0; done < commits; done++) database.exec("UPDATE counted SET times = times + 1")
      database.close()
      rmSync(folder, { recursive: true })
    }
  },
}

const isStored = ({ operation, who }: Pick<Measured<unknown>, "operation" | "who">) =>
  (operation === "message" || operation === "update") && (who === "one recipient" || who === "all acks, sender")

/** The same part done by a member in operation: what it did in its group before it, of a long history the last of it, is done again each time. */
const runningEntries = <S>(primitives: Primitives, part: Measured<S>, place: Place): ReadonlyArray<Entry> => {
  const { past, count } = part
  if (place.provider !== "node" || place.n > usualSize || past.steps.length === 0) return []
  const name = `${place.name}, running`
  return [entryOf({ ...place, name }, actual(primitives, part, past), ownCalls(primitives, part, past), count)]
}

const levelEntries = <S, P>(
  level: Level<S, P>,
  provider: "node" | "noble",
  n: number,
  history: number,
  past?: PastOf,
): ReadonlyArray<Entry> => {
  const primitives = { node: nodePrimitives, noble: noblePrimitives }[provider]
  // The group is made by the faster provider, whatever is measured.
  return scenario(level, nodePrimitives, n, history, past).flatMap((part) => {
    const { operation, who, count } = part
    const place = { name: level.name, provider, n, history, ...(past === undefined ? {} : { past }), operation, who }
    const own = ownCalls(primitives, part)
    const inMemory = [entryOf(place, actual(primitives, part), own, count), ...runningEntries(primitives, part, place)]
    if (level.name !== messenger.name || provider !== "node" || !isStored(part)) return inMemory
    const inStore = (name: string, together: boolean) =>
      entryOf({ ...place, name }, stored(primitives, part as unknown as Part<Messenger>, together), own, count)
    const one = inStore("messenger in a store", false)
    return part.steps.length === 1 ? [...inMemory, one] : [...inMemory, one, inStore("messenger in a store, one commit", true)]
  })
}

// The create is long past.
const historyEntries = (n: number, past: PastOf, operations: ReadonlyArray<number>): ReadonlyArray<Entry> =>
  operations
    .flatMap((history) => [...levelEntries(agreement, "node", n, history, past), ...levelEntries(messenger, "node", n, history, past)])
    .filter(({ place }) => place.operation !== "create")

const entriesOf = async (n: number, { providers, peers }: Settings): Promise<ReadonlyArray<Entry>> => {
  const history = 0
  const own = providers
    .filter((provider) => provider === "node" || n <= mostWithNoble)
    .flatMap((provider) => [...levelEntries(agreement, provider, n, history), ...levelEntries(messenger, provider, n, history)])
  const bare = floors(nodePrimitives, n).map((floor) => ({ ...floor, provider: "node" }))
  const others = peers && n <= usualSize ? (await mls(n)).map((floor) => ({ ...floor, provider: "web" })) : []
  return [
    ...own,
    entryOf({ name: "bare floor", provider: "node", n, history, operation: "commit", who: "the store" }, bareCommit, undefined, commits),
    ...[...bare, ...others].map(({ name, provider, operation, who, task }) =>
      entryOf({ name, provider, n, history, operation, who }, task),
    ),
  ]
}

const shuffled = <A>(list: ReadonlyArray<A>): ReadonlyArray<A> =>
  list
    .map((one) => [Math.random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one)

/** The median of some values, and the quartiles. */
export const spreadOf = (values: ReadonlyArray<number>): Spread => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!
  return { median: at(0.5), low: at(0.25), high: at(0.75) }
}

const rowOf = ({ place, own, cpu, ofOwn }: Entry): Row => {
  const spread = spreadOf(cpu)
  if (own === undefined) return { ...place, cpu: spread }
  // Both of a round were measured one after the other, under the same load.
  const ratios = spreadOf(cpu.map((value, round) => value / ofOwn[round]!))
  return { ...place, cpu: spread, own: spreadOf(ofOwn), ratio: ratios.median }
}

const groupEntries = (name: string, n: number, does: (primitives: Primitives, n: number) => ReadonlyArray<Done>): ReadonlyArray<Entry> =>
  does(nodePrimitives, n).map(({ operation, task, own }) =>
    entryOf({ name, provider: "node", n, history: 0, operation, who: "all members" }, task, own),
  )

const measured = async (entries: ReadonlyArray<Entry>, rounds: number): Promise<ReadonlyArray<Row>> => {
  // The first round warms up, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const entry of shuffled(entries)) {
      const cpu = (await cpuOf(entry.task)) / entry.count
      const ofOwn = entry.own === undefined ? 0 : (await cpuOf(entry.own)) / entry.count
      if (round === 0) continue
      entry.cpu.push(cpu)
      entry.ofOwn.push(ofOwn)
    }
  }
  return entries.map(rowOf)
}

/** Measures everything. `progress` is told what is done next. */
export const bench = async (settings: Settings, progress: (what: string) => void): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  for (const n of settings.sizes) {
    progress(`${n} members`)
    const rounds = n > usualSize ? Math.min(settings.rounds, roundsOfLarge) : settings.rounds
    rows.push(...(await measured(await entriesOf(n, settings), rounds)))
  }
  for (const { n, past, operations } of settings.histories) {
    progress(`${n} members after ${operations.join(", ")} ${past}`)
    rows.push(...(await measured(historyEntries(n, past, [0, ...operations]), settings.rounds)))
  }
  for (const n of settings.sessions) {
    progress(`mpENC, ${n} members`)
    rows.push(...(await measured(groupEntries("mpENC", n, sessions), Math.min(settings.rounds, roundsOfLarge))))
  }
  for (const n of settings.decisions) {
    progress(`delivery service, ${n} members`)
    rows.push(...(await measured(groupEntries("delivery service", n, decisions), Math.min(settings.rounds, roundsOfLarge))))
  }
  return rows
}
