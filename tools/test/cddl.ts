/**
 * CDDL, read by the grammar of RFC 8610, and a matcher for the part of it that the wire types need: choices, ranges, `.size`, `.regexp`, and arrays with occurrences.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import apg from "apg-js"

/** A phrase of CDDL: the rule of the grammar that it fits, its text, and the phrases in it. */
interface Phrase {
  readonly rule: string
  readonly text: string
  readonly parts: ReadonlyArray<Phrase>
}

const { apgApi, apgLib } = apg

const kept = ["rule", "typename", "type", "type1", "type2", "rangeop", "ctlop", "group", "grpchoice", "grpent", "occur", "value", "id"]

const grammar = (() => {
  // The library wants the line ends that the ABNF of RFC 5234 has.
  const api = new apgApi(readFileSync(join(import.meta.dirname, "cddl.abnf"), "utf8").replaceAll("\n", "\r\n"))
  api.generate()
  if (api.errors.length > 0) throw new Error(api.errorsToAscii())
  return api.toObject()
})()

/** The tree of phrases in a text. Throws, with the place, when it is not CDDL. */
export const parseCddl = (text: string): ReadonlyArray<Phrase> => {
  const top: Array<Phrase> = []
  const open: Array<Array<Phrase>> = [top]
  const parser = new apgLib.parser()
  parser.ast = new apgLib.ast()
  const characters = Array.from(text, (character) => character.codePointAt(0)!)
  for (const rule of kept) {
    parser.ast.callbacks[rule] = (state, _, index, length) => {
      if (state === apgLib.ids.SEM_PRE) {
        const parts: Array<Phrase> = []
        open.at(-1)!.push({ rule, text: String.fromCodePoint(...characters.slice(index, index + length)), parts })
        open.push(parts)
      } else open.pop()
      return apgLib.ids.SEM_OK
    }
  }
  const { success, maxMatched } = parser.parse(grammar, "cddl", characters)
  if (!success) throw new Error(`not CDDL from line ${text.slice(0, maxMatched).split("\n").length}`)
  parser.ast.translate()
  return top
}

const part = (phrase: Phrase, ...rules: ReadonlyArray<string>): Phrase | undefined => phrase.parts.find(({ rule }) => rules.includes(rule))

/** The rules of a text, by name. Throws when it is not CDDL, or when a name has two rules. */
export const rulesOf = (text: string): ReadonlyMap<string, Phrase> => {
  const rules = new Map<string, Phrase>()
  for (const rule of parseCddl(text)) {
    const name = part(rule, "typename")!.text
    if (rules.has(name)) throw new Error(`two rules ${name}`)
    rules.set(name, part(rule, "type")!)
  }
  return rules
}

/** The names that a phrase refers to. */
export const namesIn = (phrase: Phrase): ReadonlyArray<string> => [
  ...(phrase.rule === "type2" && part(phrase, "typename") !== undefined ? [part(phrase, "typename")!.text] : []),
  ...phrase.parts.flatMap(namesIn),
]

const prelude: Readonly<Record<string, (value: unknown) => boolean>> = {
  bstr: (value) => value instanceof Uint8Array,
  tstr: (value) => typeof value === "string",
  null: (value) => value === null,
}

/** Names that CDDL itself defines, as far as the matcher knows them. */
export const preludeNames = Object.keys(prelude)

/** A matcher of values against the rules of a text. */
export const matcher = (rules: ReadonlyMap<string, Phrase>): ((name: string, value: unknown) => boolean) => {
  const matchesName = (name: string, value: unknown): boolean => {
    const rule = rules.get(name)
    if (rule !== undefined) return matches(rule, value)
    const builtIn = prelude[name]
    if (builtIn === undefined) throw new Error(`no rule ${name}`)
    return builtIn(value)
  }

  const matches = (type: Phrase, value: unknown): boolean => type.parts.some((choice) => matchesType1(choice, value))

  const matchesType1 = (type1: Phrase, value: unknown): boolean => {
    const [first, operator, second] = type1.parts
    if (operator === undefined) return matchesType2(first!, value)
    if (operator.rule === "rangeop") {
      return (
        operator.text === ".." &&
        typeof value === "number" &&
        Number.isInteger(value) &&
        Number(first!.text) <= value &&
        value <= Number(second!.text)
      )
    }
    return matchesType2(first!, value) && matchesControl(operator.text, second!, value)
  }

  const matchesControl = (operator: string, argument: Phrase, value: unknown): boolean => {
    if (operator === ".size" && value instanceof Uint8Array) return matchesType2(argument, value.length)
    if (operator === ".regexp" && typeof value === "string") return new RegExp(`^(?:${JSON.parse(argument.text)})$`, "u").test(value)
    throw new Error(`no ${operator} of such a value`)
  }

  const matchesType2 = (type2: Phrase, value: unknown): boolean => {
    const [inner] = type2.parts
    if (inner?.rule === "typename") return matchesName(inner.text, value)
    if (inner?.rule === "value") return value === JSON.parse(inner.text)
    if (inner?.rule === "type") return matches(inner, value)
    if (inner?.rule === "group" && type2.text.startsWith("["))
      return Array.isArray(value) && inner.parts.some((choice) => matchesAll(choice, value))
    throw new Error(`no matcher for ${type2.text}`)
  }

  const matchesAll = (choice: Phrase, values: ReadonlyArray<unknown>): boolean => {
    let index = 0
    for (const entry of choice.parts) {
      const { minimum, maximum } = occurrence(part(entry, "occur")?.text)
      let count = 0
      while (count < maximum && index < values.length && matches(part(entry, "type")!, values[index])) {
        count++
        index++
      }
      if (count < minimum) return false
    }
    return index === values.length
  }

  return matchesName
}

const occurrence = (text = "1*1") => {
  if (!text.includes("*")) return { minimum: text === "+" ? 1 : 0, maximum: text === "?" ? 1 : Number.POSITIVE_INFINITY }
  const [minimum, maximum] = text.split("*")
  return { minimum: Number(minimum), maximum: maximum === "" ? Number.POSITIVE_INFINITY : Number(maximum) }
}
