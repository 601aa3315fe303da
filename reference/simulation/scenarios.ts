/**
 * The scenarios of exploration: from a settled group several members start something at once, and optionally somebody does one thing more at any later point. Classes of scenarios are
 * taken up to renaming of the members other than the creator, and of the outsiders.
 *
 * @module
 */
import type { Primitives } from "../crypto/crypto.ts"
import { type Check, type IsCrowded, type Lab, labOf } from "./locals.ts"
import { act, createdBy, type Start, settled, type World, waysTo } from "./world.ts"

/** Everybody, in the order in which they come in. */
const users = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "kim", "leo"]

/**
 * A settled group: `members` members, created by the first. When `removed` is 1, there was one more, whom the creator has removed, and who may be added again. `outsiders` were never in it.
 */
export interface Base {
  readonly name: string
  readonly members: number
  readonly removed: 0 | 1
  readonly outsiders: number
}

/** The bases, by name. `2`, `3` and `4` have two outsiders; `3r` and `4r` are groups of three and four of whom one was removed, with one and two outsiders, the removed one apart. */
export const bases = {
  "2": { name: "2", members: 2, removed: 0, outsiders: 2 },
  "3": { name: "3", members: 3, removed: 0, outsiders: 2 },
  "4": { name: "4", members: 4, removed: 0, outsiders: 2 },
  "3r": { name: "3r", members: 2, removed: 1, outsiders: 1 },
  "4r": { name: "4r", members: 3, removed: 1, outsiders: 1 },
} as const satisfies Record<string, Base>
export type BaseName = keyof typeof bases

const membersOf = ({ members }: Base) => users.slice(0, members)
const removedOf = ({ members, removed }: Base) => users.slice(members, members + removed)
const outsidersOf = ({ members, removed, outsiders }: Base) => users.slice(members + removed, members + removed + outsiders)

/** Those with whom the group of a base was created. */
export const foundersOf = (base: Base): ReadonlyArray<string> => [...membersOf(base), ...removedOf(base)]

/** All users of a base. */
export const usersOf = (base: Base): ReadonlyArray<string> => [...membersOf(base), ...removedOf(base), ...outsidersOf(base)]

/** The users of a base, each with all bundles that exploration can need. */
export const labFor = (base: Base, primitives: Primitives, check: Check, isCrowded?: IsCrowded): Lab =>
  labOf(primitives, usersOf(base), check, isCrowded)

/** The settled group of a base. */
export const worldOf = (base: Base, lab: Lab): World => {
  const created = createdBy(lab, foundersOf(base))
  const creator = users[0]!
  const [gone] = removedOf(base)
  if (gone === undefined) return created
  const removal: Start = { by: creator, kind: "remove", user: gone }
  return settled(act(created, removal, waysTo(created.locals[creator]!, removal)[0]!.member))
}

/** Everything that a member of a base can start. */
const startsOf = (base: Base, by: string): ReadonlyArray<Start> => [
  { by, kind: "update" },
  ...usersOf(base)
    .filter((user) => user !== by)
    .map((user): Start => ({ by, kind: membersOf(base).includes(user) ? "remove" : "add", user })),
]

/** All ways for `count` members of a base to start something at once. */
export const combinations = (base: Base, count: number): ReadonlyArray<ReadonlyArray<Start>> =>
  choices(membersOf(base), count).flatMap((names) =>
    names.reduce<ReadonlyArray<ReadonlyArray<Start>>>(
      (sofar, name) => sofar.flatMap((starts) => startsOf(base, name).map((one) => [...starts, one])),
      [[]],
    ),
  )

const choices = (names: ReadonlyArray<string>, count: number): ReadonlyArray<ReadonlyArray<string>> =>
  count === 0 ? [[]] : names.flatMap((name, index) => choices(names.slice(index + 1), count - 1).map((rest) => [name, ...rest]))

const permutations = (names: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> =>
  names.length === 0 ? [[]] : names.flatMap((name) => permutations(names.filter((one) => one !== name)).map((rest) => [name, ...rest]))

const renamings = (base: Base): ReadonlyArray<ReadonlyMap<string, string>> => {
  const [creator, ...others] = membersOf(base)
  const fixed = [creator!, ...removedOf(base)]
  return permutations(others).flatMap((members) =>
    permutations(outsidersOf(base)).map(
      (outsiders) =>
        new Map([
          ...fixed.map((name) => [name, name] as const),
          ...others.map((name, index) => [name, members[index]!] as const),
          ...outsidersOf(base).map((name, index) => [name, outsiders[index]!] as const),
        ]),
    ),
  )
}

const words = ({ by, kind, user }: Start) => `${by}: ${kind}${user === undefined ? "" : ` ${user}`}`

/** Names what is started at once, and the follow-up. */
export const nameOf = (starts: ReadonlyArray<Start>, followUp?: Start): string =>
  [...starts.map(words), ...(followUp === undefined ? [] : [`later ${words(followUp)}`])].join(" | ")

const renamed = (starts: ReadonlyArray<Start>, renaming: ReadonlyMap<string, string>): string =>
  starts
    .map(({ by, kind, user }) => words({ by: renaming.get(by)!, kind, ...(user === undefined ? {} : { user: renaming.get(user)! }) }))
    .sort()
    .join()

/** One of each class of combinations: the first in order, and how many are of its class. */
export const classes = (base: Base, count: number): ReadonlyArray<{ readonly starts: ReadonlyArray<Start>; readonly size: number }> => {
  const found = new Map<string, { starts: ReadonlyArray<Start>; size: number }>()
  const all = renamings(base)
  for (const starts of combinations(base, count)) {
    const [key] = all.map((renaming) => renamed(starts, renaming)).sort()
    const known = found.get(key!)
    if (known === undefined) found.set(key!, { starts, size: 1 })
    else known.size++
  }
  return [...found.values()]
}

/** Every operation that any user might do at some later point. */
export const followUps = (base: Base): ReadonlyArray<Start> =>
  usersOf(base).flatMap((by): ReadonlyArray<Start> => {
    const others = usersOf(base).filter((user) => user !== by)
    return [
      { by, kind: "update" },
      ...others.flatMap(
        (user): ReadonlyArray<Start> => [
          { by, kind: "add", user },
          { by, kind: "remove", user },
        ],
      ),
    ]
  })
