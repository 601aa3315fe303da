/**
 * Foreign text in one line: what a peer wrote may be huge, and may hold what a terminal would obey.
 *
 * @module
 */

// Control characters (C0, DEL, C1), line and paragraph separators, and the marks that turn the direction of writing.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** Text that is safe to print on one line, cut after `limit` characters. */
export const printable = (text: string, limit: number): string => {
  const safe = text.slice(0, limit).replace(UNPRINTABLE, escaped)
  return text.length > limit ? `${safe}… (${text.length} characters)` : safe
}

const LONG_HEX = /(?<=")[0-9a-f]{41,}(?=")/gu

const shortHex = (hex: string): string => `${hex.slice(0, 32)}…(${hex.length / 2} bytes)`

/** A JSON value on one line, with long hex shortened to its first 16 bytes and its length. */
export const oneLine = (value: unknown, limit: number): string => printable(JSON.stringify(value).replace(LONG_HEX, shortHex), limit)

/** The last line of some output that is not blank, or `undefined`. */
export const lastLine = (text: string): string | undefined =>
  text
    .split("\n")
    .map((line) => line.trim())
    .findLast((line) => line !== "")
