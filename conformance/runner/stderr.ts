/**
 * What is kept of a peer's standard error: its beginning and its end. In one language an exception says what it is first, in another last.
 *
 * @module
 */

/** How much is kept of each end. */
const KEPT_BYTES = 4096

/** See {@link keeper}. */
export interface Keeper {
  readonly take: (chunk: Uint8Array) => void
  readonly text: () => string
}

/** Keeps the beginning and the end of a stream. */
export const keeper = (): Keeper => {
  let head: Buffer = Buffer.alloc(0)
  let tail: Buffer = Buffer.alloc(0)
  let left = 0
  const take = (chunk: Uint8Array): void => {
    const room = KEPT_BYTES - head.length
    if (room > 0) head = Buffer.concat([head, chunk.subarray(0, room)])
    const rest = chunk.subarray(Math.max(0, room))
    if (rest.length === 0) return
    const all = Buffer.concat([tail, rest.subarray(-KEPT_BYTES)])
    // Copied: a view would keep the whole of it.
    tail = Buffer.from(all.subarray(-KEPT_BYTES))
    left += rest.length
  }
  const text = (): string => {
    const missing = left - tail.length
    return missing > 0 ? `${head}\n… ${missing} bytes …\n${tail}` : `${head}${tail}`
  }
  return { take, text }
}
