/**
 * The score: how many of the mutants that differ from the reference the vectors tell from it.
 *
 * @module
 */
import type { Mutant } from "./mutants.ts"
import type { Outcome } from "./run.ts"

/** A survivor that no case can kill, and why: it is the same program, or what differs is not seen by methods, or is not asked of a port. */
export interface Accepted extends Pick<Mutant, "file" | "in" | "operator" | "change"> {
  readonly because: "equivalent" | "unobservable" | "outside"
  readonly why: string
}

/** How many were killed, of how many that are not accepted. */
export type Tally = readonly [killed: number, of: number]

/** The figures of a run, by part; `operators` by operator. Those that some case was not played against are undecided, and in no tally. */
export interface Score {
  readonly goals: { readonly guards: number; readonly all: number }
  readonly run: { readonly mutants: number; readonly of: number; readonly seed: number }
  readonly parts: Readonly<
    Record<string, { readonly guards: Tally; readonly all: Tally; readonly accepted: number; readonly undecided: number }>
  >
  readonly operators: Readonly<Record<string, Tally>>
  /** Survivors that are not accepted, as they are shown. */
  readonly survivors: ReadonlyArray<string>
}

/** What tells a mutant from others, wherever its line has gone. */
export const keyOf = ({ file, in: name, operator, change }: Pick<Mutant, "file" | "in" | "operator" | "change">): string =>
  JSON.stringify([file, name, operator, change])

/** The survivors that are not accepted. */
export const survivorsOf = (outcomes: ReadonlyArray<Outcome>, accepted: ReadonlyArray<Accepted>): ReadonlyArray<Outcome> => {
  const keys = new Set(accepted.map(keyOf))
  return outcomes.filter((one) => one.fate === "survived" && !keys.has(keyOf(one)))
}

/** Whether it has survived all that its budget was enough for, but not all cases that can see it. */
export const isUndecided = (one: Outcome): boolean => one.fate === "survived" && one.left > 0

/** A mutant on one line. */
export const shown = (one: Outcome): string => {
  const played = one.cases === 0 ? "no case runs it" : `${one.cases} cases`
  const left = one.fate === "survived" && one.left > 0 ? `, ${one.left} of them not played` : ""
  return `${one.file}:${one.line} ${one.operator}: ${one.change} (${played}${left})`
}

const tallyOf = (outcomes: ReadonlyArray<Outcome>, survivors: ReadonlySet<Outcome>): Tally => {
  const killed = outcomes.filter(({ fate }) => fate === "killed").length
  return [killed, killed + outcomes.filter((one) => survivors.has(one) && !isUndecided(one)).length]
}

const grouped = <A>(
  outcomes: ReadonlyArray<Outcome>,
  by: "part" | "operator",
  of: (group: ReadonlyArray<Outcome>) => A,
): Readonly<Record<string, A>> => {
  const names = [...new Set(outcomes.map((one) => one[by]))].sort()
  return Object.fromEntries(names.map((name) => [name, of(outcomes.filter((one) => one[by] === name))]))
}

/** The score of a run. */
export const scoreOf = (
  outcomes: ReadonlyArray<Outcome>,
  accepted: ReadonlyArray<Accepted>,
  { goals, run }: Pick<Score, "goals" | "run">,
): Score => {
  const list = survivorsOf(outcomes, accepted)
  const survivors = new Set(list)
  const survived = outcomes.filter(({ fate }) => fate === "survived")
  return {
    goals,
    run,
    parts: grouped(outcomes, "part", (of) => ({
      guards: tallyOf(
        of.filter(({ operator }) => operator === "guard removed"),
        survivors,
      ),
      all: tallyOf(of, survivors),
      accepted: survived.filter((one) => of.includes(one) && !survivors.has(one)).length,
      undecided: of.filter((one) => survivors.has(one) && isUndecided(one)).length,
    })),
    operators: grouped(outcomes, "operator", (of) => tallyOf(of, survivors)),
    survivors: list.map(shown),
  }
}

const rate = ([killed, of]: Tally): number => (of === 0 ? 1 : killed / of)

/** A tally as people read it. */
export const percent = (tally: Tally): string => `${tally[0]} of ${tally[1]} (${(100 * rate(tally)).toFixed(1)} %)`

/** The parts whose score is too low, one a line. Who is undecided may be a survivor. */
export const tooLow = ({ parts }: Score, { goals }: Pick<Score, "goals">): ReadonlyArray<string> =>
  Object.entries(parts).flatMap(([part, { guards, all, undecided }]) => {
    const least: Tally = [all[0], all[1] + undecided]
    return [
      ...(rate(guards) < goals.guards ? [`${part}: guards ${percent(guards)}, wanted ${100 * goals.guards} %`] : []),
      ...(rate(least) < goals.all ? [`${part}: at least ${percent(least)}, wanted ${100 * goals.all} %`] : []),
    ]
  })
