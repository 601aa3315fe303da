/**
 * Which mutants are played.
 *
 * @module
 */
import type { Mutant } from "./mutants.ts"

/** A stream of numbers from 0 up to 1 that a seed decides (mulberry32). */
const randomFrom = (seed: number) => {
  let state = seed | 0
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const shuffled = <A>(list: ReadonlyArray<A>, random: () => number): ReadonlyArray<A> =>
  list
    .map((one) => [random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one)

/** So many mutants, of each part and operator in turn, so that the rare ones are among them. */
export const sampled = (mutants: ReadonlyArray<Mutant>, size: number, seed: number): ReadonlyArray<Mutant> => {
  const random = randomFrom(seed)
  const strata = Map.groupBy(mutants, ({ part, operator }) => `${part} ${operator}`)
  const lists = [...strata].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, list]) => shuffled(list, random))
  const most = Math.max(0, ...lists.map(({ length }) => length))
  const chosen = Array.from({ length: most }, (_, at) => lists.flatMap((list) => list[at] ?? [])).flat()
  return chosen.slice(0, size)
}
