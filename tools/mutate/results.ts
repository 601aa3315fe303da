/**
 * Results of earlier runs: a line of JSON for each mutant that was played, in files that can be gone on with, and added up.
 *
 * @module
 */
import { createHash } from "node:crypto"
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import type { VectorSet } from "../../conformance/runner/load.ts"
import { type Node, parse, type Source, walk } from "../sources.ts"
import { importsAmong } from "./loading.ts"
import { type Mutant, ofAllParts, partOf } from "./mutants.ts"
import type { Outcome } from "./run.ts"
import { keyOf } from "./score.ts"

/** How a mutant fared, and of what that is true. */
export type Line = Outcome & {
  /** All that the part of the mutant consists of, but for what is only read by people. */
  readonly sources: string
  /** What is changed, and where, which is what tells it from all others. */
  readonly program: string
  /** What judged: the case that has killed it, or the set of vectors. */
  readonly judge: string
}

/** What a set of vectors was: by case, a digest of it. */
export interface Judged {
  readonly vectors: string
  readonly cases: Readonly<Record<string, string>>
}

const digestOf = (...texts: ReadonlyArray<string>): string =>
  texts
    .reduce((hash, text) => hash.update(`${text.length}\n${text}`), createHash("sha256"))
    .digest("hex")
    .slice(0, 16)

/** A source without what is only read by people, so that a word in a chapter leaves results as they are. */
interface Code {
  readonly text: string
  /** Where in it stands what stands at an offset of the source. */
  readonly at: (offset: number) => number
}

/** The text that a node is, if it is nothing else. */
const textOf = (node: Node): string | undefined => {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined
  if (node.type !== "BinaryExpression" || node.operator !== "+") return undefined
  const [left, right] = [textOf(node.left as Node), textOf(node.right as Node)]
  return left === undefined || right === undefined ? undefined : left + right
}

/** Sentences of a chapter: its clauses and steps. */
const sentencesOf = ({ program }: ReturnType<typeof parse>): ReadonlyArray<Node> => {
  const found: Array<Node> = []
  walk(program, (node) => {
    if (node.start >= (found.at(-1)?.end ?? 0) && / .* .* /.test(textOf(node) ?? "")) found.push(node)
  })
  return found
}

const codeOf = (source: Source): Code => {
  const parsed = parse(source)
  // With the line that a comment has for itself.
  const comments = parsed.comments.map(({ start, end }) => ({
    start: start - /\n?[ \t]*$/.exec(source.text.slice(0, start))![0].length,
    end,
  }))
  const gaps: Array<{ readonly start: number; readonly end: number }> = []
  for (const one of [...comments, ...(source.path.startsWith("spec/") ? sentencesOf(parsed) : [])].sort((a, b) => a.start - b.start)) {
    if (one.start >= (gaps.at(-1)?.end ?? 0)) gaps.push(one)
  }
  const pieces = [...gaps, { start: source.text.length, end: 0 }].map(({ start }, index) =>
    source.text.slice(gaps[index - 1]?.end ?? 0, start),
  )
  return {
    text: pieces.join(""),
    at: (offset) => gaps.reduce((at, { start, end }) => at - Math.max(0, Math.min(offset, end) - start), offset),
  }
}

/** The lines of a file; none, when it does not exist. */
export const readLines = (file: string): ReadonlyArray<Line | Judged> =>
  (existsSync(file) ? readFileSync(file, "utf8") : "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line | Judged)

/** What is kept between runs, for one state of the sources and of the vectors. */
export interface Results {
  /** How the mutant fared, if that was found before and still holds. */
  readonly known: (mutant: Mutant) => Outcome | undefined
  /** The case that has killed it, before something was changed. */
  readonly killer: (mutant: Mutant) => string | undefined
  /** The cases of today that it has survived already. */
  readonly survived: (mutant: Mutant) => (id: string) => boolean
  /** Writes an outcome at the end of a file. */
  readonly add: (file: string, outcome: Outcome) => void
}

/** By part, a digest of its files, of what they import, and of what belongs to no part. What stands in another part alone does not change how a mutant fares. */
const statesOf = (loaded: ReadonlyArray<Source>, codes: ReadonlyMap<string, Code>): ReadonlyMap<string, string> => {
  const imports = importsAmong(loaded)
  const stateOf = (part: string): string => {
    const used = new Set([...codes.keys()].filter((path) => part === ofAllParts || [part, ofAllParts].includes(partOf(path))))
    // What is added while this goes on is visited, too. Files of no part import those of all.
    for (const path of used) if (partOf(path) !== ofAllParts) for (const imported of imports.get(path) ?? []) used.add(imported)
    return digestOf(...[...codes].filter(([path]) => used.has(path)).flatMap(([path, { text }]) => [path, text]))
  }
  return new Map([...new Set([ofAllParts, ...[...codes.keys()].map(partOf)])].map((part) => [part, stateOf(part)]))
}

/** What lines of earlier runs say of the mutants of these sources. */
export const resultsOf = (lines: ReadonlyArray<Line | Judged>, loaded: ReadonlyArray<Source>, vectors: VectorSet): Results => {
  const codes = new Map(loaded.map((source) => [source.path, codeOf(source)]))
  const states = statesOf(loaded, codes)
  const cases = new Map(vectors.cases.map((one) => [one.id, one]))
  const digests = new Map<string, string>()
  const digestOfCase = (id: string): string => {
    if (!digests.has(id)) digests.set(id, digestOf(JSON.stringify(cases.has(id) ? vectors.stepsOf(cases.get(id)!) : null)))
    return digests.get(id)!
  }
  const judgeOf = (outcome: Outcome): string => (outcome.fate === "killed" ? digestOfCase(outcome.by) : vectors.sha256)
  const programOf = ({ file, edits }: Mutant): string => {
    const { at } = codes.get(file)!
    return digestOf(file, ...edits.flatMap(({ start, end, by }) => [String(at(start)), String(at(end)), by]))
  }
  const outcomes = lines.filter((line) => "program" in line)
  const judged = new Map(lines.filter((line) => "vectors" in line).map((line) => [line.vectors, line.cases]))
  const programs = new Map(outcomes.map((line) => [`${line.sources} ${line.program}`, line]))
  const killers = new Map(outcomes.flatMap((line) => (line.fate === "killed" ? [[keyOf(line), line.by] as const] : [])))
  const lineOf = (mutant: Mutant): Line | undefined => programs.get(`${states.get(mutant.part)!} ${programOf(mutant)}`)
  return {
    known: (mutant) => {
      const line = lineOf(mutant)
      if (line === undefined || line.judge !== judgeOf(line)) return undefined
      const { sources: _sources, program: _program, judge: _judge, ...outcome } = line
      return outcome
    },
    killer: (mutant) => killers.get(keyOf(mutant)),
    survived: (mutant) => {
      const line = lineOf(mutant)
      const before = line?.fate === "survived" ? judged.get(line.judge) : undefined
      if (before === undefined) return () => false
      const unplayed = new Set(line?.fate === "survived" ? line.unplayed : [])
      return (id) => before[id] === digestOfCase(id) && !unplayed.has(id)
    },
    add: (file, outcome) => {
      if (!judged.has(vectors.sha256)) {
        judged.set(vectors.sha256, Object.fromEntries([...cases.keys()].map((id) => [id, digestOfCase(id)])))
        appendFileSync(file, `${JSON.stringify({ vectors: vectors.sha256, cases: judged.get(vectors.sha256)! } satisfies Judged)}\n`)
      }
      const line: Line = { ...outcome, sources: states.get(outcome.part)!, program: programOf(outcome), judge: judgeOf(outcome) }
      appendFileSync(file, `${JSON.stringify(line)}\n`)
    },
  }
}
