/**
 * Lines out of a byte stream, with a limit: the framing of `conclave-peer/1`, for both sides.
 *
 * No Effect here: a peer starts for every run, and must start fast.
 *
 * @module
 */

/** The longest line of the protocol, its newline not counted: 16 MiB. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024

/** The longest line of plays: what is opaque has room for 16 MiB in hex. */
export const MAX_PLAY_LINE_BYTES = 40 * 1024 * 1024

/** One line without its newline, or the news that a line is longer than the limit. */
export type Line = { readonly bytes: Uint8Array } | "too long"

/** See {@link lineSplitter}. */
export interface LineSplitter {
  /** Takes what has arrived and gives the lines that are complete by it, in order. */
  readonly push: (chunk: Uint8Array) => ReadonlyArray<Line>
  /** How many bytes of an unfinished line are held. */
  readonly held: () => number
}

const NEWLINE = 0x0a

/** From which size on a buffer is not kept for the next line. */
const LARGE = 256 * 1024

/**
 * A splitter that never holds more than `limit` bytes. It says `"too long"` as soon as a line passes the limit, once per line,
 * and throws away the rest of that line; the next line is read as usual.
 */
export const lineSplitter = (limit: number = MAX_LINE_BYTES): LineSplitter => {
  let buffer = new Uint8Array(0)
  let used = 0
  let discarding = false

  // Grown by copying, not kept as a list of chunks: a peer that writes byte by byte would cost an object for each byte.
  const hold = (part: Uint8Array): void => {
    if (used + part.length > buffer.length) {
      const larger = new Uint8Array(Math.min(limit, Math.max(2 * buffer.length, used + part.length)))
      larger.set(buffer.subarray(0, used))
      buffer = larger
    }
    buffer.set(part, used)
    used += part.length
  }

  const take = (part: Uint8Array, complete: boolean): Line | undefined => {
    if (discarding) {
      discarding = !complete
      return undefined
    }
    if (used + part.length > limit) {
      used = 0
      buffer = new Uint8Array(0)
      discarding = !complete
      return "too long"
    }
    hold(part)
    if (!complete) return undefined
    // A large buffer is given away instead of being copied: megabytes twice would be much for one line.
    const large = buffer.length > LARGE
    const bytes = large ? buffer.subarray(0, used) : buffer.slice(0, used)
    if (large) buffer = new Uint8Array(0)
    used = 0
    return { bytes }
  }

  const push = (chunk: Uint8Array): ReadonlyArray<Line> => {
    const lines: Array<Line> = []
    let start = 0
    while (start < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, start)
      const end = newline < 0 ? chunk.length : newline
      const line = take(chunk.subarray(start, end), newline >= 0)
      if (line !== undefined) lines.push(line)
      start = end + 1
    }
    return lines
  }

  return { push, held: () => used }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/**
 * The text of a line. Invalid UTF-8 throws; a byte order mark is kept, so that it is not JSON.
 *
 * @throws TypeError when the bytes are not UTF-8
 */
export const textOf = (bytes: Uint8Array): string => utf8.decode(bytes)
