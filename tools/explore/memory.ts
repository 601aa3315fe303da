/**
 * How much of what was explored is remembered: as much as there is memory for. What was forgotten is explored again when it is needed again, which takes time and finds the same.
 *
 * @module
 */
import { getHeapStatistics } from "node:v8"
import type { IsCrowded } from "../../reference/simulation/locals.ts"

/** Of the memory that the process may take (`--max-old-space-size`), what may be in use when something is remembered. */
const share = 0.5

/** What was forgotten is in use until it is collected: nothing more is forgotten before so many locals have been made, one for so many bytes that there may be. */
const bytesForEach = 200_000

/** Whether so much is remembered that it has to be forgotten. */
export const isCrowded: IsCrowded = (since) => {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
  return since > limit / bytesForEach && used > share * limit
}
