/**
 * Which cases of a set are run.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import picomatch from "picomatch"
import { messageOf, NothingSelected, UsageError } from "./errors.ts"
import type { ListedCase } from "./load.ts"
import { nearest } from "./nearest.ts"

/** What was asked for. Within one list any term may match; the lists must all match. An empty list asks for nothing in particular. */
export interface Selection {
  /** Globs over ids: `*` stays within a part between slashes, `**` does not. `@file` is a file of globs, one a line. */
  readonly select: ReadonlyArray<string>
  /** Globs of what is left out. */
  readonly exclude: ReadonlyArray<string>
  readonly layers: ReadonlyArray<string>
  readonly clauses: ReadonlyArray<string>
  readonly flags: ReadonlyArray<string>
  readonly levels: ReadonlyArray<string>
  readonly parts: ReadonlyArray<string>
  /** Exact ids, such as those that failed last; `undefined` for all. */
  readonly ids: ReadonlyArray<string> | undefined
  /** `i/n`: the i-th of n shares. */
  readonly shard: string | undefined
}

/** Nothing in particular: all cases. */
export const everything: Selection = {
  select: [],
  exclude: [],
  layers: [],
  clauses: [],
  flags: [],
  levels: [],
  parts: [],
  ids: undefined,
  shard: undefined,
}

type Test = (vector: ListedCase) => boolean

interface Kind {
  readonly flag: string
  /** The names that there are, of one case. */
  readonly namesOf: (vector: ListedCase) => ReadonlyArray<string>
}

const kinds = {
  select: { flag: "--select", namesOf: ({ id }) => [id] },
  exclude: { flag: "--exclude", namesOf: ({ id }) => [id] },
  layers: { flag: "--layer", namesOf: ({ layer }) => [layer] },
  clauses: { flag: "--clause", namesOf: ({ clauses }) => clauses },
  flags: { flag: "--flag", namesOf: ({ flags = [] }) => flags },
  levels: { flag: "--level", namesOf: ({ level }) => [level] },
  parts: { flag: "--part", namesOf: ({ part }) => [part] },
} as const satisfies Record<string, Kind>

const LISTED = 40

const hintOf = (cases: ReadonlyArray<ListedCase>, { flag, namesOf }: Kind, term: string): string => {
  const names = [...new Set(cases.flatMap(namesOf))]
  // Of a glob its parts between slashes are names.
  const globbed = flag === "--select" || flag === "--exclude"
  const heads = globbed ? [...new Set(names.map((id) => id.split("/")[0]!))] : []
  const [head = "", ...rest] = term.split("/")
  const meant = globbed && rest.length > 0 && !heads.includes(head) ? nearest(head, heads) : undefined
  const close = meant === undefined ? nearest(term, names) : [meant, ...rest].join("/")
  if (close !== undefined) return `; did you mean ${close}?`
  return names.length <= LISTED ? `; there are: ${names.join(", ")}` : ""
}

const anyOf = (cases: ReadonlyArray<ListedCase>, kind: Kind, terms: ReadonlyArray<string>, testFor: (term: string) => Test): Test => {
  const tests = terms.map((term) => {
    const test = testFor(term)
    // A term that matches nothing is a typing error that would otherwise pass as a green run.
    if (!cases.some(test)) throw new NothingSelected(`no case matches ${kind.flag} ${term}${hintOf(cases, kind, term)}`)
    return test
  })
  return (vector) => tests.some((test) => test(vector))
}

const linesOf = (file: string): ReadonlyArray<string> => {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"))
  } catch (error) {
    throw new UsageError(`@${file}: ${messageOf(error)}`)
  }
}

const globbing = (glob: string): Test => {
  const matches = picomatch(glob)
  return ({ id }) => matches(id) || id === glob
}

const sharing = (shard: string): ((index: number) => boolean) => {
  const [, share = "", shares = ""] = /^([0-9]+)\/([0-9]+)$/u.exec(shard) ?? []
  const [i, n] = [Number(share), Number(shares)]
  if (!(i >= 1 && i <= n)) throw new UsageError(`--shard ${shard}: expected i/n with 1 <= i <= n`)
  return (index) => index % n === i - 1
}

/**
 * The selected cases, in the order of the set.
 *
 * @throws NothingSelected when nothing is left, or when a glob, layer, clause, flag, level or part matches no case at all
 */
export const selectCases = (cases: ReadonlyArray<ListedCase>, asked: Partial<Selection>): ReadonlyArray<ListedCase> => {
  const { ids, shard, exclude, select, layers, clauses, flags, levels, parts } = { ...everything, ...asked }
  const named = { layers, clauses, flags, levels, parts }
  const expanded = (terms: ReadonlyArray<string>) => terms.flatMap((term) => (term.startsWith("@") ? linesOf(term.slice(1)) : [term]))
  const tests: Array<Test> = []
  if (select.length > 0) tests.push(anyOf(cases, kinds.select, expanded(select), globbing))
  if (exclude.length > 0) {
    const excluded = anyOf(cases, kinds.exclude, expanded(exclude), globbing)
    tests.push((vector) => !excluded(vector))
  }
  for (const [key, terms] of Object.entries(named) as ReadonlyArray<[keyof typeof named, ReadonlyArray<string>]>) {
    const kind: Kind = kinds[key]
    if (terms.length > 0) tests.push(anyOf(cases, kind, terms, (term) => (vector) => kind.namesOf(vector).includes(term)))
  }
  if (ids !== undefined) {
    const wanted = new Set(ids)
    tests.push(({ id }) => wanted.has(id))
  }
  const selected = cases.filter((vector) => tests.every((test) => test(vector)))
  const shared = shard === undefined ? selected : selected.filter((_, index) => sharing(shard)(index))
  if (shared.length === 0) throw new NothingSelected("no case is selected")
  return shared
}

/** What was asked for, as a report states it: by flag, without the flags that were not used. */
export const askedOf = (asked: Partial<Selection>): Readonly<Record<string, ReadonlyArray<string>>> => {
  const lists = (Object.keys(kinds) as ReadonlyArray<keyof typeof kinds>).map(
    (key) => [kinds[key].flag.slice(2), asked[key] ?? []] as const,
  )
  return Object.fromEntries([
    ...lists.filter(([, terms]) => terms.length > 0),
    ...(asked.ids === undefined ? [] : [["last-failed", asked.ids] as const]),
    ...(asked.shard === undefined ? [] : [["shard", [asked.shard]] as const]),
  ])
}
