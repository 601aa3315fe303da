/** Two operations begun at once by two of three members, with somebody who writes, enters or leaves meanwhile, in every order in which the server can take what is asked. */
import { describe, expect, it } from "vitest"
import { pass } from "../../simulation/interleavings.ts"
import { isWhole, sampleOf } from "../../simulation/sample.ts"
import { agrees, alarms, misled, ordersOf, pairs, single } from "../../simulation/two-operations.ts"
import { membersOf } from "../session.ts"

describe("two operations at once, in every order", () => {
  const counted = { worlds: 0, ends: 0 }

  it.each(sampleOf(pairs, 3))("Ann: %s; Ben: %s", (ann, ben) => {
    for (const [what, happenings] of Object.entries(single)) {
      const { worlds, ends } = ordersOf([ann, ben], what, happenings)
      counted.worlds += worlds
      counted.ends += ends.length
      for (const end of ends) {
        expect(agrees(end), `${ann}, ${ben}, ${what}`).toBe(true)
        expect(alarms(end), `${ann}, ${ben}, ${what}`).toEqual([])
        expect(misled(end), `${ann}, ${ben}, ${what}`).toEqual([])
      }
      // One of them is followed until everything that was begun by itself is over.
      const later = pass(ends.at(-1)!, 40_000)
      const members = membersOf(later.sessions.ann!)
      expect(agrees(later), `${ann}, ${ben}, ${what}, later`).toBe(true)
      expect(alarms(later), `${ann}, ${ben}, ${what}, later`).toEqual([])
      for (const member of members) expect([...membersOf(later.sessions[member]!)].sort()).toEqual([...members].sort())
    }
  })

  it.runIf(isWhole)("are all tried", () => {
    expect(counted).toEqual({ worlds: 3597, ends: 674 })
  })
})
