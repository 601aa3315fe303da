import { Effect } from "effect"
import * as definition from "../../../spec/dcgka/group-membership.ts"
import type { Operation } from "../../../spec/dcgka/group-membership.ts"

const names = ["a", "b", "c", "d"]

export interface Event {
  readonly author: number
  readonly target: number
  readonly known: number
  readonly operation: Operation
}
export interface Outline {
  readonly users: number
  readonly initial: number
  readonly events: ReadonlyArray<Event>
}
const bits = (set: number) => { const r = []; for (let i = 0; set >> i; i++) if ((set >> i) & 1) r.push(i); return r }

export const begin = (users: number, initial: number): Outline => ({
  users, initial,
  events: [{ author: 0, target: -1, known: 0, operation: { type: "create", sender: "a", seq: 1, members: names.slice(0, initial) } }],
})
export const viewer = ({ events }: Outline) => {
  const index = new Map(events.map(({ operation }, i) => [operation, i]))
  const before = (a: Operation, b: Operation) => ((events[index.get(b)!]!.known >> index.get(a)!) & 1) === 1
  const memo = new Map<number, ReadonlyArray<string>>()
  return (set: number) => {
    const found = memo.get(set) ?? definition.members(bits(set).map((i) => events[i]!.operation), before)
    memo.set(set, found)
    return found
  }
}
export const extensions = function* (o: Outline): Generator<Outline> {
  const view = viewer(o)
  const { events } = o
  for (let set = 1; set < 1 << events.length; set++) {
    if (!bits(set).every((i) => (events[i]!.known & ~set) === 0)) continue
    const members = view(set)
    for (let author = 0; author < o.users; author++) {
      if (!members.includes(names[author]!)) continue
      if (events.some((e, i) => e.author === author && !((set >> i) & 1))) continue
      for (let target = 0; target < o.users; target++) {
        if (target === author) continue
        const type = members.includes(names[target]!) ? "remove" : "add"
        const operation: Operation = { type, sender: names[author]!, seq: 1, member: names[target]! }
        yield { ...o, events: [...events, { author, target, known: set, operation }] }
      }
    }
  }
}
const permutations = (list: number[]): number[][] => list.length < 2 ? [list] : list.flatMap((x) => permutations(list.filter((y) => y !== x)).map((rest) => [x, ...rest]))
const cache = new Map<string, number[][]>()
const renamings = (users: number, initial: number) => {
  const k = `${users} ${initial}`
  let r = cache.get(k)
  if (!r) {
    const all = [...Array(users).keys()]
    const ins = permutations(all.slice(1, initial)), outs = permutations(all.slice(initial))
    r = ins.flatMap((i) => outs.map((o) => [0, ...i, ...o]))
    cache.set(k, r)
  }
  return r
}
export const keyOf = (o: Outline): string => {
  const { users, events } = o
  const clocks = events.map((e) => { const c = new Array(users).fill(0); for (const i of bits(e.known)) c[events[i]!.author]++; return c })
  let best: string | undefined
  // ren[p] = original user at position p
  for (const ren of renamings(users, o.initial)) {
    const inv: number[] = []; ren.forEach((x, p) => (inv[x] = p))
    let key = String.fromCharCode(65 + o.initial)
    for (const user of ren) {
      key += "|"
      events.forEach((e, i) => {
        if (e.author !== user || i === 0) return
        key += e.operation.type === "add" ? "+" : "-"
        key += inv[e.target]
        for (const u of ren) key += clocks[i]![u]
      })
    }
    if (best === undefined || key < best) best = key
  }
  return best!
}
for (const users of [3, 4]) for (let initial = 1; initial <= users; initial++) {
  let level = [begin(users, initial)]
  const counts = []
  for (let depth = 1; depth <= (users === 3 ? 5 : 4); depth++) {
    const t = Date.now()
    const seen = new Set<string>()
    const next: Outline[] = []
    let raw = 0
    for (const o of level) for (const e of extensions(o)) { raw++; const k = keyOf(e); if (!seen.has(k)) { seen.add(k); next.push(e) } }
    counts.push([depth, next.length, raw, Date.now() - t])
    level = next
  }
  console.log(users, initial, JSON.stringify(counts))
}
