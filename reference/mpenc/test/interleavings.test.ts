/** Two operations begun at once, with people who come, go and write meanwhile, in every order in which the server can take what is asked. */
import { describe, expect, it } from "vitest"
import type { UserAction } from "../../../spec/mpenc/session.ts"
import { membersOf } from "../session.ts"
import { choices, choose, drain, enters, type Happening, pass, type World, want, worldOf } from "./interleavings.ts"

const names = ["ann", "ben", "cas", "dan"]

/** Ann, Ben and Cas have a session; Dan is in the channel. */
const begun = (): World => {
  let world = names.reduce(enters, worldOf(names))
  world = drain(want(world, "ann", { type: "include", members: ["ben", "cas"] }))
  expect(world.sessions.cas!.current).not.toBeNull()
  return { ...world, notices: [], refused: [] }
}

const operations: Readonly<Record<string, UserAction>> = {
  refresh: { type: "refresh" },
  "include dan": { type: "include", members: ["dan"] },
  "exclude cas": { type: "exclude", members: ["cas"] },
}

const meanwhile: Readonly<Record<string, ReadonlyArray<Happening>>> = {
  "cas writes": [{ who: "cas", wants: { type: "send", text: "hello" } }],
  "cas leaves": [{ leaves: "cas" }],
  "dan leaves": [{ leaves: "dan" }],
  "dan leaves and comes back": [{ leaves: "dan" }, { enters: "dan" }],
  "cas leaves and comes back": [{ leaves: "cas" }, { enters: "cas" }],
}

const keyOf = (world: World, name: string) => Buffer.from(world.sessions[name]!.membership?.agreement.groupKey ?? []).toString("hex")

const lineOf = (world: World, name: string) => world.sessions[name]!.order.line.map(({ chainHash }) => chainHash)

/**
 * Who takes part in an operation that the others have refused: a newcomer that left and came back while the proposal with an old parent was on its way. It notices after a while, and enters again.
 */
const misled = (world: World): ReadonlyArray<string> => {
  const known = world.sessions.ann!.order.line.map(({ id }) => id)
  return world.members.filter((name) => {
    const { order, membership } = world.sessions[name]!
    return membership === null && order.refusedParents === null && order.initials.some(({ id }) => !known.includes(id))
  })
}

/** All who are synced and in the channel have one line, as far as each knows it; and those who have the same final packet have the same key. */
const agrees = (world: World): boolean => {
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

const alarms = (world: World) =>
  world.notices.filter(([, { type }]) => type === "security" || type === "not-decrypted" || type === "not-accepted" || type === "expired")

/** Goes every way for the first `depth` choices, and one way on from there. */
const explore = (world: World, depth: number, visit: (end: World) => void): void => {
  const open = choices(world)
  if (depth === 0 || open.length === 0) visit(drain(world))
  else for (const name of open) explore(choose(world, name), open.length > 1 ? depth - 1 : depth, visit)
}

describe("two operations at once, in every order", () => {
  const start = begun()
  const pairs = Object.keys(operations).flatMap((a, index) =>
    Object.keys(operations)
      .slice(index)
      .map((b) => [a, b] as const),
  )
  let ends = 0
  let settled = 0
  let lost = 0

  it.each(pairs)("Ann: %s; Ben: %s", (a, b) => {
    for (const [what, happenings] of Object.entries(meanwhile)) {
      const both = want(want({ ...start, happenings }, "ann", operations[a]!), "ben", operations[b]!)
      explore(both, 3, (end) => {
        ends += 1
        if (!agrees(end)) expect.fail(`no agreement: ${a}, ${b}, ${what}`)
        expect(alarms(end), `${a}, ${b}, ${what}`).toEqual([])
        // Some of them are followed until everything that was begun by itself is over.
        const isMisled = misled(end).length > 0
        lost += isMisled ? 1 : 0
        if (isMisled ? lost > 2 : ends % 60 !== 0) return
        settled += 1
        const after = pass(end, isMisled ? 120_000 : 40_000)
        expect(misled(after)).toEqual([])
        expect(agrees(after), `${a}, ${b}, ${what}, later`).toBe(true)
        // Who was misled is told that it cannot read what it sees.
        const alarmed = alarms(after).filter(([name]) => !isMisled || name !== "dan")
        expect(alarmed, `${a}, ${b}, ${what}, later`).toEqual([])
        const members = membersOf(after.sessions.ann!)
        expect(after.members, `${a}, ${b}, ${what}, later`).toEqual(expect.arrayContaining([...members]))
        for (const member of members) expect([...membersOf(after.sessions[member]!)].sort()).toEqual([...members].sort())
      })
    }
  })

  it("are all tried", () => {
    expect({ ends, settled, lost }).toEqual({ ends: 1180, settled: 21, lost: 4 })
  })
})
