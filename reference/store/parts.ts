/**
 * A state in parts, each of which has a row of its own: every entry of a table, and every element of a list that may become long, again without the parts in it. States share what a step leaves as it was, so what has changed is told by
 * identity: where a value is the same object as before, neither it nor anything in it has changed.
 *
 * @module
 */
// biome-ignore-all lint/suspicious/noExplicitAny: of which types the parts are is known only to their wire types.
import { type Cbor, decodeCbor, encodeCbor } from "../../spec/conventions/cbor.ts"
import type { Parts, Wire } from "../../spec/conventions/encoding.ts"

/** A list that never has more elements is kept in one piece. */
const longestWhole = 64

/** What has a row for each entry. */
type Divided = Extract<Parts, { of: "table" | "list" }>

/** The key of an entry of a table, or the number of an element of a list: numbers rise, and an element keeps its own. */
type Place = string | number

/** A part as it was written: its value, its row, and by their paths in the value the tables and lists whose entries have rows. */
export interface Part<A = unknown> {
  readonly value: A
  readonly id: number
  readonly collections: ReadonlyMap<string, Collection>
}

/** The entries are those that are in the rows now: writing changes them. */
interface Collection {
  readonly value: unknown
  readonly places: ReadonlyArray<Place>
  readonly entries: Map<Place, Part>
}

/** Where rows are written. */
export interface Rows {
  readonly newId: () => number
  readonly put: (id: number, bytes: Uint8Array) => void
  readonly remove: (id: number) => void
}

const isDivided = (parts: Parts | undefined): parts is Divided =>
  parts?.of === "table" || (parts?.of === "list" && parts.maximum > longestWhole)

interface Found {
  readonly path: string
  readonly divided: Divided
  readonly value: any
}

/** A value without what has rows of its own, which is `found`. */
const contentOf = (wire: Wire<any>, value: any, path: string, found: Array<Found>): Cbor => {
  const { parts } = wire
  if (isDivided(parts)) {
    found.push({ path, divided: parts, value })
    return null
  }
  if (parts?.of === "nullable") return value === null ? null : [contentOf(parts.item, value, path, found)]
  if (parts?.of === "record") {
    return Object.entries(parts.fields).map(([name, field], index) => contentOf(field, value[name], `${path}.${index}`, found))
  }
  const content = wire.encode(value)
  if (content === undefined) throw new TypeError(`a value that is not of the type ${wire.cddl}`)
  return content
}

/** The value with this content, and with the tables and lists that `collected` gives. */
const valueFrom = (wire: Wire<any>, content: any, path: string, collected: (path: string, divided: Divided) => unknown): unknown => {
  const { parts } = wire
  if (isDivided(parts)) return collected(path, parts)
  if (parts?.of === "nullable") return content === null ? null : valueFrom(parts.item, content[0], path, collected)
  if (parts?.of === "record") {
    const fields = Object.entries(parts.fields)
    return Object.fromEntries(fields.map(([name, field], index) => [name, valueFrom(field, content[index], `${path}.${index}`, collected)]))
  }
  return wire.decode(content)
}

/** How many elements at the beginning of both lists are the same. */
const countSame = (a: ReadonlyArray<unknown>, b: ReadonlyArray<unknown>): number => {
  const most = Math.min(a.length, b.length)
  let count = 0
  while (count < most && a[count] === b[count]) count++
  return count
}

/** The elements of a list with their numbers: those that were in it before, with these numbers, keep theirs, if they still rise. */
const numbered = (
  list: ReadonlyArray<unknown>,
  before: ReadonlyArray<unknown>,
  numbersBefore: ReadonlyArray<number>,
): ReadonlyArray<number> => {
  const first = countSame(list, before)
  const known = new Map(before.slice(first).map((element, index) => [element, numbersBefore[first + index]!]))
  const numbers = numbersBefore.slice(0, first)
  let last = numbers.at(-1) ?? -1
  for (const element of list.slice(first)) {
    const number = known.get(element) ?? -1
    last = number > last ? number : last + 1
    numbers.push(last)
  }
  return numbers
}

const remove = ({ id, collections }: Part, rows: Rows): void => {
  rows.remove(id)
  for (const { entries } of collections.values()) for (const part of entries.values()) remove(part, rows)
}

const writeCollection = ({ path, divided, value }: Found, id: number, before: Collection | undefined, rows: Rows): Collection => {
  if (before?.value === value) return before!
  const entries = before?.entries ?? new Map<Place, Part>()
  const isTable = divided.of === "table"
  const places: ReadonlyArray<Place> = isTable
    ? Object.keys(value)
    : numbered(
        value,
        (before?.value as ReadonlyArray<unknown> | undefined) ?? [],
        (before?.places as ReadonlyArray<number> | undefined) ?? [],
      )
  const keyOf = (place: Place) => (isTable ? divided.key.encode(place as string)! : place)
  for (const [index, place] of places.entries()) {
    const entry = value[isTable ? place : index]
    const part = entries.get(place)
    if (part === undefined || part.value !== entry)
      entries.set(
        place,
        write(divided.item, entry, () => [id, path, keyOf(place)], part, rows),
      )
  }
  if (entries.size > places.length) {
    const left = new Set(places)
    for (const [place, part] of entries) {
      if (left.has(place)) continue
      remove(part, rows)
      entries.delete(place)
    }
  }
  return { value, places, entries }
}

/** Writes what is not as `before`: `head` says where the row belongs. */
const write = (wire: Wire<any>, value: unknown, head: () => ReadonlyArray<Cbor>, before: Part | undefined, rows: Rows): Part => {
  const found: Array<Found> = []
  const content = contentOf(wire, value, "", found)
  const id = before?.id ?? rows.newId()
  rows.put(id, encodeCbor([...head(), content]))
  const known = before?.collections
  const collections = new Map(found.map((one) => [one.path, writeCollection(one, id, known?.get(one.path), rows)]))
  for (const [path, { entries }] of known ?? []) {
    if (!collections.has(path)) for (const part of entries.values()) remove(part, rows)
  }
  return { value, id, collections }
}

/** Writes a state: all of it, or what has changed since `before`, which is of no use afterwards. */
export const writeState = <A>(wire: Wire<A>, value: A, before: Part | undefined, rows: Rows): Part<A> =>
  write(wire, value, () => [], before, rows) as Part<A>

interface Read {
  readonly id: number
  readonly key: any
  readonly content: Cbor
}

/** The state that `rows` hold. Throws when they hold none. */
export const readState = <A>(wire: Wire<A>, rows: Iterable<readonly [id: number, bytes: Uint8Array]>): Part<A> => {
  const roots: Array<Read> = []
  const byParent = new Map<string, Array<Read>>()
  for (const [id, bytes] of rows) {
    const [parent, path, key, content] = decodeCbor(bytes) as ReadonlyArray<Cbor>
    if (path === undefined) roots.push({ id, key: null, content: parent! })
    else {
      const of = `${parent}${path}`
      const siblings = byParent.get(of)
      if (siblings === undefined) byParent.set(of, [{ id, key, content: content! }])
      else siblings.push({ id, key, content: content! })
    }
  }
  const part = (one: Wire<any>, { id, content }: Read): Part => {
    const collections = new Map<string, Collection>()
    const value = valueFrom(one, content, "", (path, divided) => {
      const entries = (byParent.get(`${id}${path}`) ?? [])
        .map((row): readonly [Place, Part] => [divided.of === "table" ? divided.key.decode(row.key)! : row.key, part(divided.item, row)])
        .sort(([a], [b]) => (a < b ? -1 : 1))
      const values = entries.map(([place, { value: entry }]) => [place, entry] as const)
      const collected = divided.of === "table" ? Object.fromEntries(values) : values.map(([, entry]) => entry)
      collections.set(path, { value: collected, places: entries.map(([place]) => place), entries: new Map(entries) })
      return collected
    })
    return { value, id, collections }
  }
  if (roots.length !== 1) throw new Error(`rows of ${roots.length} states`)
  return part(wire, roots[0]!) as Part<A>
}
