/**
 * The small mpENC sessions in which somebody lies.
 *
 * @module
 */
import type { UserAction } from "../../../spec/mpenc/notices.ts"
import type { Options } from "../../mpenc/session.ts"
import { drain, enters, pass, type World, want, worldOf } from "../interleavings.ts"

/** Who lies: a member, or the server. */
export type Liar = string

/** The server, among liars. */
export const server: Liar = "the server"

/** All people. */
export const people = ["ann", "ben", "cas", "dan"]

/** What the honest ones do. */
export interface Scenario {
  readonly name: string
  /** Who is in the channel; the first three have a session unless it begins only. */
  readonly present: ReadonlyArray<string>
  readonly isBegun: boolean
  readonly wishes: ReadonlyArray<readonly [who: string, wish: UserAction]>
}

const include = (...members: ReadonlyArray<string>): UserAction => ({ type: "include", members })
const exclude = (...members: ReadonlyArray<string>): UserAction => ({ type: "exclude", members })
const send = (text: string): UserAction => ({ type: "send", text })

const three = people.slice(0, 3)

/** What is searched. */
export const scenarios: ReadonlyArray<Scenario> = [
  { name: "ann starts with ben and cas", present: three, isBegun: false, wishes: [["ann", include("ben", "cas")]] },
  {
    name: "all write",
    present: three,
    isBegun: true,
    wishes: [
      ["ann", send("one")],
      ["ben", send("two")],
      ["cas", send("three")],
    ],
  },
  {
    name: "ann makes a new key",
    present: three,
    isBegun: true,
    wishes: [
      ["ann", { type: "refresh" }],
      ["ben", send("two")],
    ],
  },
  {
    name: "ann includes dan",
    present: people,
    isBegun: true,
    wishes: [
      ["ann", include("dan")],
      ["ben", send("two")],
    ],
  },
  {
    name: "ann excludes cas",
    present: three,
    isBegun: true,
    wishes: [
      ["ann", exclude("cas")],
      ["ben", send("two")],
    ],
  },
  {
    name: "ann excludes ben",
    present: three,
    isBegun: true,
    wishes: [
      ["ann", exclude("ben")],
      ["cas", send("three")],
    ],
  },
  {
    name: "ann and ben make a new key at once",
    present: three,
    isBegun: true,
    wishes: [
      ["ann", { type: "refresh" }],
      ["ben", { type: "refresh" }],
    ],
  },
  {
    name: "ben parts",
    present: three,
    isBegun: true,
    wishes: [
      ["ben", { type: "part" }],
      ["ann", send("one")],
    ],
  },
]

/** The world in which the honest ones have just said what they want. */
export const begin = ({ present, isBegun, wishes }: Scenario, options: Options): World => {
  const there = present.slice(0, 3).reduce(enters, worldOf(people, options))
  const inside = isBegun ? pass(drain(want(there, "ann", include("ben", "cas"))), 3_000) : there
  const all = present.slice(3).reduce(enters, inside)
  const start: World = { ...all, notices: [], refused: [] }
  return wishes.reduce((world, [who, wish]) => want(world, who, wish), start)
}

/** Who can lie in a scenario. */
export const liarsIn = ({ present }: Scenario): ReadonlyArray<Liar> => [...present, server]
