/**
 * Which cases can tell a mutant from the reference.
 *
 * @module
 */
import { basename } from "node:path"
import { type Node, parse, type Source, walk } from "../sources.ts"
import { instrumented, type Region, regionAt } from "./instrument.ts"
import { dependents, type Imports, importsAmong } from "./loading.ts"
import { declarationsOf, isNoted, type Mutant, ofAllParts } from "./mutants.ts"
import type { Reached } from "./worker.ts"

/** The places in the files where a name is used. */
type Uses = ReadonlyMap<string, ReadonlyArray<{ readonly file: string; readonly offset: number }>>

const isNamed = (node: Node): node is Node & { readonly name: string } => node.type === "Identifier" && typeof node.name === "string"

const usesIn = (sources: ReadonlyArray<Source>): Uses => {
  const uses = new Map<string, Array<{ readonly file: string; readonly offset: number }>>()
  for (const source of sources) {
    walk(parse(source).program.body, (node) => {
      if (!isNamed(node)) return
      const places = uses.get(node.name) ?? []
      places.push({ file: source.path, offset: node.start })
      uses.set(node.name, places)
    })
  }
  return uses
}

/** What is asked of the reach of cases. */
export interface Reach {
  /** The cases that can see the mutant, the nearest first. */
  readonly casesFor: (mutant: Mutant) => ReadonlyArray<string>
  /** Whether a chapter's definition is there for the proofs alone: nothing that is played calls it. */
  readonly isUnused: (mutant: Mutant) => boolean
}

/** The regions of all files, numbered as the threads number them. */
const regionsOf = (sources: ReadonlyArray<Source>): ReadonlyMap<string, ReadonlyArray<Region>> => {
  const regions = new Map<string, ReadonlyArray<Region>>()
  let count = 0
  for (const source of sources.filter(({ path }) => isNoted(path) || path.startsWith("reference/methods/"))) {
    const found = instrumented(source, count).regions
    regions.set(source.path, found)
    count += found.length
  }
  return regions
}

/** Where code that runs on loading is used: the regions that name what it declares, and those that name what is declared with that. */
const usedFrom = (
  imports: Imports,
  uses: Uses,
  regions: ReadonlyMap<string, ReadonlyArray<Region>>,
  sources: ReadonlyArray<Source>,
  runsOnLoading: (region: number) => boolean,
) => {
  const declarations = new Map(sources.map((source) => [source.path, declarationsOf(source)]))
  const declaredAt = (file: string, offset: number) => declarations.get(file)?.find(({ start, end }) => start <= offset && offset < end)
  const namesAt = (file: string, offset: number) => (declaredAt(file, offset)?.names ?? []).map((name) => ({ file, name }))
  return (file: string, offset: number): ReadonlyArray<ReadonlySet<number>> => {
    const seen = new Set<string>()
    const levels: Array<Set<number>> = []
    let next = namesAt(file, offset)
    while (next.length > 0) {
      const level = new Set<number>()
      const later: typeof next = []
      for (const one of next) {
        if (seen.has(`${one.file} ${one.name}`)) continue
        seen.add(`${one.file} ${one.name}`)
        const from = dependents(imports, one.file)
        for (const place of (uses.get(one.name) ?? []).filter((use) => from.has(use.file))) {
          const region = regionAt(regions.get(place.file) ?? [], place.offset)
          if (region !== undefined) level.add(region.number)
          if (region === undefined || runsOnLoading(region.number)) later.push(...namesAt(place.file, place.offset))
        }
      }
      levels.push(level)
      next = later
    }
    return levels
  }
}

/** Alternates between refusals and others: a mutant is more often seen by one of the two. */
const mixed = (cases: ReadonlyArray<Reached>): ReadonlyArray<string> => {
  const sorted = cases.toSorted((a, b) => a.milliseconds - b.milliseconds)
  const refused = sorted.filter(({ id }) => id.endsWith("~refused"))
  const others = sorted.filter(({ id }) => !id.endsWith("~refused"))
  return Array.from({ length: Math.max(refused.length, others.length) }, (_, at) => [others[at], refused[at]])
    .flat()
    .flatMap((one) => (one === undefined ? [] : [one.id]))
}

const aboutLimits = /limit|bound|encod|^no-calls/

const aboutConventions = /^(?:primitives|encoding)\//

/** What shows a limit or a wire type is in the cases that are about limits, and first in those of its chapter: these come first. What all parts use has layers of its own. */
const nearestFirst = ({ file, operator, part }: Mutant, ids: ReadonlyArray<string>): ReadonlyArray<string> => {
  const isFar = (id: string) => Number(!aboutConventions.test(id))
  if (part === ofAllParts) return ids.toSorted((a, b) => isFar(a) - isFar(b))
  if (operator !== "limit or wire type changed") return ids
  const chapter = basename(file, ".ts")
  const isOwn = (id: string) => id.includes(chapter)
  const rank = (id: string) => (aboutLimits.test(id) ? (isOwn(id) ? 0 : 1) : isOwn(id) ? 2 : 3)
  return ids.toSorted((a, b) => rank(a) - rank(b))
}

/** The declarations of a file of which some code runs. */
const usedNames = (source: Source, regions: ReadonlyArray<Region>, isReached: (number: number) => boolean): ReadonlySet<string> => {
  const isUsed = (from: { readonly start: number; readonly end: number }) =>
    regions.some(({ start, end, number }) => from.start <= start && end <= from.end && isReached(number))
  return new Set(
    declarationsOf(source)
      .filter(isUsed)
      .map(({ name }) => name),
  )
}

/** What can be told from what the cases reach. */
export const reachOf = (sources: ReadonlyArray<Source>, [loading, ...reached]: ReadonlyArray<Reached>): Reach => {
  const regions = regionsOf(sources)
  const has = ({ bits }: Reached, number: number): boolean => (bits[number >> 3]! & (1 << (number & 7))) !== 0
  const used = usedFrom(importsAmong(sources), usesIn(sources), regions, sources, (number) => has(loading!, number))
  const casesOf = (numbers: ReadonlySet<number>) => reached.filter((one) => [...numbers].some((number) => has(one, number)))
  const isReached = (number: number): boolean => has(loading!, number) || reached.some((one) => has(one, number))
  const names = new Map(sources.map((source) => [source.path, usedNames(source, regions.get(source.path) ?? [], isReached)]))
  return {
    casesFor: (mutant) => {
      const { file, at } = mutant
      const region = regionAt(regions.get(file) ?? [], at)
      const itself = region === undefined ? [] : [new Set([region.number])]
      // What runs when the reference is loaded shows wherever what it makes is used.
      const levels = region === undefined || has(loading!, region.number) ? [...itself, ...used(file, at)] : itself
      return nearestFirst(mutant, [...new Set(levels.flatMap((level) => mixed(casesOf(level))))])
    },
    isUnused: ({ file, at, in: name }) =>
      file.startsWith("spec/") && regionAt(regions.get(file) ?? [], at) !== undefined && !names.get(file)!.has(name),
  }
}
