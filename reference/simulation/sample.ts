/**
 * Samples of what takes too long to be done whole in each run of the tests: others every day, so that in time all of it is done. What one day has found is repeated by its seed:
 * `CONCLAVE_SEED=2026-01-31`. `vitest --mode whole` takes no sample but everything.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"

/** The seed by which samples are drawn: the day. */
export const seedOfTheDay = process.env.CONCLAVE_SEED ?? new Date().toISOString().slice(0, 10)

/** Whether everything is done, and not a sample. */
export const isWhole = process.env.MODE === "whole"

/** Whether what has this number is in the sample: one in so many is. */
export const isDrawn = (number: number, oneIn: number): boolean => {
  const [first, second] = sha256(utf8ToBytes(`${seedOfTheDay} ${number}`))
  return isWhole || ((first! << 8) | second!) % oneIn === 0
}

const [ofTheDay] = sha256(utf8ToBytes(seedOfTheDay))

/** The sample of a table: every so manieth row, beginning with another every day. */
export const sampleOf = <const A>(rows: ReadonlyArray<A>, oneIn: number): ReadonlyArray<A> =>
  rows.filter((_, index) => isWhole || (index + ofTheDay!) % oneIn === 0)
