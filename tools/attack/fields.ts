/**
 * Lies in every field: a message of mallory's with one thing changed in its control message, in what goes along with it, or in a welcome; signed with mallory's key.
 *
 * @module
 */
import { addWith, exchanged, type Liar, memberOfUser, membersOf, operations, type Told, type Twist, tell } from "./lies.ts"
import { type Mutation, mutations, type Names } from "./mutations.ts"
import { keep, type Lie, liarOf, put, same } from "./telling.ts"
import type { World } from "./world.ts"

type Making = (liar: Liar, twist: Twist) => Told | undefined

/** The messages whose fields are lied about, by what they are. */
const makings: Readonly<Record<string, (liar: Liar) => Making | undefined>> = {
  "an update": () => (liar, twist) => tell(liar, operations.update, twist),
  "a removal of bob": (liar) => {
    const bob = memberOfUser(liar, "bob")
    return bob === undefined ? undefined : (one, twist) => tell(one, operations.remove(bob), twist)
  },
  "an addition of dave": () => (liar, twist) => addWith(liar, "dave", same, twist),
  "an acknowledgement": (liar) => {
    const alice = memberOfUser(liar, "alice")
    return alice === undefined
      ? undefined
      : (one, twist) =>
          tell(
            one,
            operations.acknowledge({
              sender: alice,
              seq: one.messenger.groups[one.group]!.memberships[0]!.broadcast.agreement.seen[alice] ?? 1,
            }),
            twist,
          )
  },
}

/** What can be put into a message cannot always be encoded; then it is no lie that can be told. */
const possible = (make: () => Told | undefined): Told | undefined => {
  try {
    return make()
  } catch {
    return undefined
  }
}

const asLie = (id: string, make: (liar: Liar) => Told | undefined): Lie => ({
  id,
  tell: (world) => {
    const liar = liarOf(world, "mallory")
    const told = liar === undefined ? undefined : possible(() => make(liar))
    if (told === undefined) return false
    keep(world, "mallory", told.messenger)
    return put(world, "mallory", told)
  },
})

/** A value that a message has, taken from one that is told truly, and the message with another in its place. */
interface Field {
  readonly of: (liar: Liar, making: Making) => unknown
  readonly told: (liar: Liar, making: Making, value: unknown) => Told | undefined
}

const fields: Readonly<Record<string, Field>> = {
  control: {
    of: (liar, making) => {
      let seen: unknown
      making(liar, {
        control: (control) => {
          seen = control
          return control
        },
      })
      return seen
    },
    told: (liar, making, value) => making(liar, { control: () => value as never }),
  },
  item: {
    of: (liar, making) => {
      let seen: unknown
      const told = making(liar, {})
      if (told !== undefined)
        exchanged(liar, told, (item) => {
          const { control: _, ...rest } = item
          seen = rest
          return item
        })
      return seen
    },
    told: (liar, making, value) => {
      const told = making(liar, {})
      return told === undefined ? undefined : exchanged(liar, told, (item) => ({ ...item, ...(value as object) }))
    },
  },
}

const welcomed: Readonly<Record<string, Field>> = {
  welcome: {
    of: (liar) => {
      let seen: unknown
      addWith(liar, "dave", (all) => {
        const { attachment: _, ...rest } = all.welcome
        seen = rest
        return all
      })
      return seen
    },
    told: (liar, _, value) =>
      addWith(liar, "dave", ({ welcome, attachment }) => ({ welcome: { ...welcome, ...(value as object) }, attachment })),
  },
  attachment: {
    of: (liar) => {
      let seen: unknown
      addWith(liar, "dave", (all) => {
        seen = all.attachment
        return all
      })
      return seen
    },
    told: (liar, _, value) => addWith(liar, "dave", ({ welcome }) => ({ welcome, attachment: value as never })),
  },
}

const valueIn = (liar: Liar, field: Field, making: Making): unknown => {
  let value: unknown
  possible(() => {
    value = field.of(liar, making)
    return undefined
  })
  return value
}

const liesAbout = (liar: Liar, what: string, name: string, field: Field, making: Making, names: Names): ReadonlyArray<Lie> => {
  const value = valueIn(liar, field, making)
  if (value === undefined) return []
  return mutations(value, names).map(({ says, value: changed }: Mutation) =>
    asLie(`${what}, ${name}${/^[.[]/.test(says) ? "" : " "}${says}`, (one) => field.told(one, making, changed)),
  )
}

const namesFor = (liar: Liar): Names => ({ members: Object.keys(membersOf(liar)), users: ["bob", "zed", "dave"] })

const fieldsOf = (what: string): ReadonlyArray<readonly [string, Field]> =>
  Object.entries(what === "an addition of dave" ? { ...fields, ...welcomed } : fields)

/** A lie of mallory's with one to three things changed, as chosen; undefined when it comes to none. */
export const chosenLie = (world: World, choose: (count: number) => number): Lie | undefined => {
  const pick = <A>(from: ReadonlyArray<A>): A => from[choose(from.length)]!
  const liar = liarOf(world, "mallory")
  const [what, makingFor] = pick(Object.entries(makings))
  const making = liar === undefined ? undefined : makingFor(liar)
  if (liar === undefined || making === undefined) return undefined
  const [name, field] = pick(fieldsOf(what))
  const changes: Array<string> = []
  let value = valueIn(liar, field, making)
  for (let left = 1 + choose(3); left > 0 && value !== undefined; left--) {
    const all = mutations(value, namesFor(liar))
    if (all.length === 0) break
    const chosen = pick(all)
    changes.push(chosen.says)
    value = chosen.value
  }
  return changes.length === 0 ? undefined : asLie(`${what}, ${name}: ${changes.join(", ")}`, (one) => field.told(one, making, value))
}

/** All lies in single fields that mallory can tell now. */
export const fieldLies = (world: World): ReadonlyArray<Lie> => {
  const liar = liarOf(world, "mallory")
  if (liar === undefined) return []
  const names = namesFor(liar)
  return Object.entries(makings).flatMap(([what, makingFor]) => {
    const making = makingFor(liar)
    if (making === undefined) return []
    return fieldsOf(what).flatMap(([name, field]) => liesAbout(liar, what, name, field, making, names))
  })
}
