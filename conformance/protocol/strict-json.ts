/**
 * JSON as strictly as `conclave-peer/1` wants it. `JSON.parse` takes the last of two equal keys, rounds what has more than 53 bits, and
 * exhausts the stack on what nests deep; two implementations would then read one line differently.
 *
 * No Effect here: a peer starts for every run, and must start fast.
 *
 * @module
 */

/** How deep a line may nest. Deeper values would exhaust the stack of whoever compares or prints them. */
const MAX_DEPTH = 256

const NUMBER = /-?[0-9][0-9.eE+-]*/uy

const WHOLE = /^(0|-?[1-9][0-9]*)$/u

const numberAt = (text: string, at: number): string => {
  NUMBER.lastIndex = at
  return NUMBER.exec(text)?.[0] ?? ""
}

// No pattern: one that knows escapes exhausts its stack on a text of megabytes.
const stringAt = (text: string, at: number): string => {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text[end - 1 - escapes] === "\\") escapes++
    if (escapes % 2 === 0) return text.slice(at, end + 1)
  }
  return ""
}

const checkNumber = (number: string): void => {
  if (!WHOLE.test(number)) throw new Error(`the number ${number.slice(0, 40)} is not written as a whole number`)
  if (!Number.isSafeInteger(Number(number))) throw new Error(`the number ${number.slice(0, 40)} is beyond 2^53 - 1`)
}

/** The keys of each object that is open, outermost first; an open array has none. */
type Open = Array<Set<string> | undefined>

const checkString = (text: string, string: string, after: number, open: Open): void => {
  const keys = open.at(-1)
  let next = after
  while (" \t\r\n".includes(text[next] ?? "?")) next++
  if (keys === undefined || text[next] !== ":") return
  const key: string = string.includes("\\") ? JSON.parse(string) : string.slice(1, -1)
  if (keys.has(key)) throw new Error(`the key ${JSON.stringify(key.slice(0, 100))} stands twice in one object`)
  keys.add(key)
}

// Only what JSON.parse lets through is looked for; whether it is JSON at all is left to JSON.parse.
const check = (text: string): void => {
  const open: Open = []
  for (let at = 0; at < text.length; ) {
    const character = text[at]!
    if (character === '"') {
      const string = stringAt(text, at)
      if (string === "") return
      at += string.length
      checkString(text, string, at, open)
      continue
    }
    if (character === "-" || (character >= "0" && character <= "9")) {
      const number = numberAt(text, at)
      if (number === "") return
      checkNumber(number)
      at += number.length
      continue
    }
    if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : undefined)
      if (open.length > MAX_DEPTH) throw new Error(`nested deeper than ${MAX_DEPTH}`)
    }
    if (character === "}" || character === "]") open.pop()
    at++
  }
}

/**
 * Parses JSON in which no key stands twice in one object, every number is written as a whole number of at most 2^53 - 1, and nothing
 * nests deeper than {@link MAX_DEPTH}.
 *
 * @throws Error saying what is wrong
 */
export const parseStrict = (text: string): unknown => {
  check(text)
  return JSON.parse(text)
}
