/**
 * Who sits where: each user of a play in one of the seats.
 *
 * @module
 */
import type { ListedPlay } from "./files.ts"
import type { Seat } from "./seats.ts"

/** How seats are filled: everybody in one seat, two seats that take turns, all seats that do, or every arrangement of all seats. */
export const arrangements = ["one", "pairs", "turns", "all"] as const
export type Arrangement = (typeof arrangements)[number]

/** Some seats, and which of them each user of a play gets, in the order in which the play names its users. */
export interface Assignment {
  readonly name: string
  readonly seats: ReadonlyArray<Seat>
  /** Seats by user; undefined when the play has fewer users than it takes to tell this assignment from another. */
  readonly of: (users: ReadonlyArray<string>) => ReadonlyMap<string, Seat> | undefined
}

const usersOf = ({ cast }: Pick<ListedPlay, "cast">): ReadonlyArray<string> => [...new Set(Object.values(cast))]

/** The seats of a play's users by an assignment. */
export const seatsFor = (play: ListedPlay, { of }: Assignment): ReadonlyMap<string, Seat> | undefined => of(usersOf(play))

const inTurn = (seats: ReadonlyArray<Seat>): Assignment => ({
  name: seats.map(({ name }) => name).join("+"),
  seats,
  of: (users) => new Map(users.map((user, index) => [user, seats[index % seats.length]!])),
})

const digits = (number: number, base: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, place) => Math.floor(number / base ** place) % base)

/** The most users of whom every arrangement is tried; those after them sit with the first. */
const MOST = 4

const everyArrangement = (seats: ReadonlyArray<Seat>): ReadonlyArray<Assignment> =>
  Array.from({ length: seats.length ** MOST }, (_, number) => digits(number, seats.length, MOST)).map((places) => ({
    name: places.map((place) => seats[place]!.name).join("+"),
    seats: [...new Set(places.map((place) => seats[place]!))],
    of: (users) => {
      const taken = new Map(users.map((user, index) => [user, seats[places[index] ?? 0]!]))
      // Of the arrangements that differ only by seats that nobody sits in, the first is played; those of one seat are played anyhow.
      const differs = places.slice(users.length).every((place) => place === 0)
      return differs && new Set(taken.values()).size > 1 ? taken : undefined
    },
  }))

/** Seats whose programs write the same bytes, which is how members in them can talk to each other. */
const compatible = (seats: ReadonlyArray<Seat>): ReadonlyArray<ReadonlyArray<Seat>> => [
  ...Map.groupBy(seats, ({ hello }) => hello.wire).values(),
]

/** The assignments of an arrangement. Each seat is played by itself first, unless that is not wanted. */
export const assignmentsOf = (seats: ReadonlyArray<Seat>, arrangement: Arrangement, onlyMixed = false): ReadonlyArray<Assignment> => {
  const alone = onlyMixed ? [] : seats.map((seat) => ({ ...inTurn([seat]), name: seat.name }))
  if (arrangement === "one") return alone
  const mixed = compatible(seats).flatMap((group) => {
    if (group.length < 2) return []
    if (arrangement === "turns") return [inTurn(group)]
    if (arrangement === "all") return everyArrangement(group).filter((one) => one.seats.length > 1)
    return group.flatMap((one) => group.filter((other) => other !== one).map((other) => inTurn([one, other])))
  })
  return [...alone, ...mixed]
}
