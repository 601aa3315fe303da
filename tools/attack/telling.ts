/**
 * How a lie is told: by which account, from which of its states, to whom.
 *
 * @module
 */
import { isMember, type Liar, memberOfUser, type Told, type Welcomed } from "./lies.ts"
import { alive, type World } from "./world.ts"

/** One lie. `tell` changes the world, and is false when the attacker cannot tell it there. */
export interface Lie {
  readonly id: string
  readonly tell: (world: World) => boolean
}

/** The account as which the attacker lies: a member, or a former one from its state of before its removal. */
export const liarOf = (world: World, user: string): Liar | undefined => {
  const { seed, messenger } = world.person(user)
  const now: Liar = { messenger, seed, group: world.group }
  if (isMember(now)) return now
  const former = world.formers[user]
  return former === undefined ? undefined : { ...now, messenger: former }
}

/** Keeps a messenger of an account where `liarOf` takes it from. */
export const keep = (world: World, user: string, messenger: Liar["messenger"]) => {
  const { seed, messenger: now } = world.person(user)
  if (isMember({ messenger: now, seed, group: world.group })) world.change(user, { messenger })
  else world.formers = { ...world.formers, [user]: messenger }
}

export const put = (world: World, user: string, told: Told, to?: ReadonlyArray<string>): true => {
  world.witness(user, told.hands)
  world.send(user, told.packets, { ...(to === undefined ? {} : { to }), first: world.racing })
  return true
}

/** A lie of the member mallory that goes to everybody. */
export const lie = (id: string, make: (liar: Liar, world: World) => Told | undefined): Lie => ({
  id,
  tell: (world) => {
    const liar = liarOf(world, "mallory")
    const told = liar === undefined ? undefined : make(liar, world)
    if (told === undefined) return false
    keep(world, "mallory", told.messenger)
    return put(world, "mallory", told)
  },
})

/** Two things told by one state to different people. Mallory goes on as if it had told all the first. */
export const twoFaced = (
  id: string,
  first: (liar: Liar) => Told | undefined,
  second: (liar: Liar) => Told | undefined,
  others: ReadonlyArray<string>,
): Lie => ({
  id,
  tell: (world) => {
    const liar = liarOf(world, "mallory")
    const [one, other] = liar === undefined ? [] : [first(liar), second(liar)]
    if (one === undefined || other === undefined) return false
    keep(world, "mallory", one.messenger)
    const faces = [one, other].map(({ packets }, index) =>
      packets.map((_, at) => world.sent.length + at + (index === 0 ? other.packets.length : 0)),
    )
    const present = world.honest.filter((person) => alive(person, world.group).length > 0).map(({ user }) => user)
    world.faces = [...world.faces, { packets: faces, present }]
    put(world, "mallory", other, others)
    const rest = Object.keys(world.people).filter((user) => !others.includes(user))
    return put(world, "mallory", one, rest)
  },
})

/** A seed, a welcome, and whatever else it is taken for. */
export const otherSeed = new Uint8Array(32).fill(7)

/** Other randomness than that of the account. */
export const otherwise = (label: string, length: number) =>
  label.startsWith("seed/") || label.startsWith("signing/") ? new Uint8Array(length).fill(label.length + 1) : undefined

/** What is told of the member of a user, when there is one. */
export const withMember = (user: string, make: (liar: Liar, member: string) => Told | undefined) => (liar: Liar) => {
  const member = memberOfUser(liar, user)
  return member === undefined || user === "mallory" ? undefined : make(liar, member)
}

/** The truth. */
export const same = (welcomed: Welcomed) => welcomed
