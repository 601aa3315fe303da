/**
 * Foreign text: what a peer wrote may be huge, and may hold what a terminal, an editor or a reader would obey.
 *
 * @module
 */

// Control characters, all formatting characters (marks that turn the direction of writing, invisible ones, the byte order mark), line and
// paragraph separators, and halves of surrogate pairs.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029\p{Cs}]/gu

const UNPRINTABLE_BUT_NEWLINE = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029\p{Cs}]/gu

const escaped = (character: string): string =>
  [...Array(character.length).keys()].map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")

/**
 * A text without its past: V8 keeps the whole of a text alive as long as a slice of it lives, and a peer's line has megabytes.
 */
export const copied = (text: string): string => Buffer.from(text, "utf16le").toString("utf16le")

/** Text that is safe to print on one line, cut after `limit` characters. */
export const printable = (text: string, limit: number): string => {
  const safe = text.slice(0, limit).replace(UNPRINTABLE, escaped)
  return copied(text.length > limit ? `${safe}… (${text.length} characters)` : safe)
}

/** Text of several lines that is safe to print, for what a peer writes to standard error. */
export const printableLines = (text: string): string => text.replaceAll("\r\n", "\n").replace(UNPRINTABLE_BUT_NEWLINE, escaped)

/** JSON that holds nothing but what can be printed: the same value, with all else written as an escape. */
export const printableJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(UNPRINTABLE_BUT_NEWLINE, escaped)

const LONG_HEX = /(?<=")[0-9a-f]{41,}(?=")/giu

const shortHex = (hex: string): string => `${hex.slice(0, 32)}…(${hex.length / 2} bytes)`

/** A JSON value on one line, with long hex shortened to its first 16 bytes and its length. */
export const oneLine = (value: unknown, limit: number): string => printable(JSON.stringify(value).replace(LONG_HEX, shortHex), limit)

const nonBlank = (text: string): ReadonlyArray<string> =>
  text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== "")

/** The first and the last lines of some output: the cause of an error stands in one language at its head, in another at its end. */
export const headAndTail = (text: string, each: number): ReadonlyArray<string> => {
  const lines = nonBlank(text)
  if (lines.length <= 2 * each + 1) return lines
  return [...lines.slice(0, each), `… ${lines.length - 2 * each} lines …`, ...lines.slice(-each)]
}
