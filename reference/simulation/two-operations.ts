/**
 * Two operations that two of three members begin at once, with what can happen meanwhile, in every order in which the server can take it; and what has to be true in the end.
 *
 * @module
 */
import type { UserAction } from "../../spec/mpenc/notices.ts"
import { defaults, membersOf } from "../mpenc/session.ts"
import { drain, enters, everyOrder, type Happening, type World, want, worldOf } from "./interleavings.ts"

const names = ["ann", "ben", "cas", "dan"]

/** Ann, Ben and Cas have a session. */
const begun = (): World => {
  const channel = names.slice(0, 3).reduce(enters, worldOf(names, { ...defaults, orderAcknowledgements: 0 }))
  return { ...drain(want(channel, "ann", { type: "include", members: ["ben", "cas"] })), notices: [], refused: [] }
}

const three = begun()

const operations: Readonly<Record<string, UserAction>> = {
  refresh: { type: "refresh" },
  "include dan": { type: "include", members: ["dan"] },
  "exclude cas": { type: "exclude", members: ["cas"] },
}

/** Which two operations begin: Ann's and Ben's. */
export const pairs: ReadonlyArray<readonly [ann: string, ben: string]> = Object.keys(operations).flatMap((ann, index) =>
  Object.keys(operations)
    .slice(index)
    .map((ben) => [ann, ben] as const),
)

const writes: Happening = { who: "cas", wants: { type: "send", text: "hello" } }

/** One thing that happens meanwhile: a message, somebody who enters, somebody who leaves. */
export const single: Readonly<Record<string, ReadonlyArray<Happening>>> = {
  "cas writes": [writes],
  "cas leaves": [{ leaves: "cas" }],
  "dan enters": [{ enters: "dan" }],
  "dan leaves": [{ leaves: "dan" }],
}

/** Two things that happen meanwhile, the first before the second. */
export const double: Readonly<Record<string, ReadonlyArray<Happening>>> = {
  "cas writes, dan leaves": [writes, { leaves: "dan" }],
  "cas leaves and comes back": [{ leaves: "cas" }, { enters: "cas" }],
  "dan leaves and comes back": [{ leaves: "dan" }, { enters: "dan" }],
}

/** All orders of Ann's operation, Ben's, what follows from them, and what happens meanwhile. Dan is in the channel, unless it is he who enters. */
export const ordersOf = ([ann, ben]: readonly [string, string], what: string, happenings: ReadonlyArray<Happening>) => {
  const start = what === "dan enters" ? three : enters(three, "dan")
  return everyOrder(want(want({ ...start, happenings }, "ann", operations[ann]!), "ben", operations[ben]!))
}

const keyOf = (world: World, name: string) => Buffer.from(world.sessions[name]!.membership?.agreement.groupKey ?? []).toString("hex")

const lineOf = (world: World, name: string) => world.sessions[name]!.order.line.map(({ chainHash }) => chainHash)

/**
 * Who takes part in an operation that the others have refused: a newcomer that left and came back while the proposal with an old parent was on its way. It notices after a while, and enters again.
 */
export const misled = (world: World): ReadonlyArray<string> => {
  const known = world.sessions.ann!.order.line.map(({ id }) => id)
  return world.members.filter((name) => {
    const { order, membership } = world.sessions[name]!
    return membership === null && order.refusedParents === null && order.initials.some(({ id }) => !known.includes(id))
  })
}

/** All who are synced and in the channel have one line, as far as each knows it; and those who have the same final packet have the same members and the same key. */
export const agrees = (world: World): boolean => {
  const lost = misled(world)
  const synced = world.members.filter((name) => world.sessions[name]!.order.refusedParents === null && !lost.includes(name))
  const lines = synced.map((name) => lineOf(world, name))
  const longest = lines.reduce((a, b) => (b.length > a.length ? b : a), [])
  const inSession = synced.filter((name) => world.sessions[name]!.expelled === null && membersOf(world.sessions[name]!).includes("ann"))
  return (
    lines.every((line) => longest.join().includes(line.join())) &&
    new Set(inSession.map((name) => keyOf(world, name))).size <= 1 &&
    new Set(inSession.map((name) => [...membersOf(world.sessions[name]!)].sort().join())).size <= 1
  )
}

/** Warnings: there is no reason for any. Of who was misled, that it cannot read what it sees is no false one. */
export const alarms = (world: World, excepted: ReadonlyArray<string> = []) =>
  world.notices.filter(
    ([name, { type }]) => !excepted.includes(name) && ["security", "not-decrypted", "not-accepted", "expired"].includes(type),
  )
