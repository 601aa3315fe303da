/**
 * The state of a member and a welcome do not grow with what all have acknowledged, and by no more than they have to otherwise.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import { type Actor, acquainted, deliver, memberId, operate, type Sent } from "../../reference/simulation/network.ts"
import { afterGuests, creatorOf, groupsOf, stateBytes, statesOf, welcomeBytes } from "../sizes.ts"
import { root } from "../sources.ts"

const settle = (sent: Sent, actors: ReadonlyArray<Actor>) => {
  const answers = actors
    .filter(({ state }) => state.me !== sent.sender)
    .map((one) => {
      const group = actors[0]!.state.group!
      return Result.getOrThrow(deliver(one, sent, one.state.me ?? memberId(group, one.user, null, 0))).response!
    })
  for (const answer of answers) for (const one of actors) if (one.state.me !== answer.sender) Result.getOrThrow(deliver(one, answer))
}

/** The states of all in a settled group of four after so many updates of each, all acknowledged. */
const afterUpdates = (rounds: number): ReadonlyArray<number> => {
  const actors = acquainted(["alice", "bob", "carol", "dave"], 2)
  settle(
    operate(actors[0]!, (state) => KeyAgreement.create(state, ["bob", "carol", "dave"])),
    actors,
  )
  for (let round = 0; round < rounds; round++) for (const one of actors) settle(operate(one, KeyAgreement.update), actors)
  return actors.map(stateBytes)
}

describe("the state of a member", () => {
  it("does not grow with updates that all have acknowledged, but for larger numbers", () => {
    const [early, late] = [afterUpdates(2), afterUpdates(12)]
    // Every number of a message or a key is one of these: by member last seen, last recorded, and three of a channel.
    for (const [index, bytes] of late.entries()) expect(bytes - early[index]!).toBeLessThanOrEqual(4 * 5 * 2)
  })

  it("grows with each update and each member that has not acknowledged it by a secret, a key, and their names", () => {
    const one = creatorOf(8)
    const settled = stateBytes(one)
    for (let update = 1; update <= 4; update++) {
      operate(one, KeyAgreement.update)
      expect(stateBytes(one)).toBeLessThanOrEqual(settled + update * (24 + 7 * 140))
    }
  })
})

describe("what a messenger has of a group", () => {
  it("is beside key agreement at most what the chapter causal-broadcast says, and the chains", () => {
    const unacknowledged = [0, 1, 4, 8]
    const [groups, agreements] = [groupsOf(8, unacknowledged), statesOf(8, unacknowledged)]
    for (const [index, updates] of unacknowledged.entries()) {
      // 25 for the chains' numbers and the frontier.
      expect(groups[index]! - agreements[index]!).toBeLessThanOrEqual(600 * 8 + updates * (120 + 17 * 7 + 25))
    }
  })
})

describe("a guest that has come and gone", () => {
  it("leaves at most what the chapter causal-broadcast says", () => {
    const [none, few, more] = afterGuests(3, [0, 2, 12]) as [number, number, number]
    expect((more - few) / 10).toBeLessThanOrEqual(900)
    // The first channel with a member is not dropped either, and numbers grow.
    expect((few - none) / 2).toBeLessThanOrEqual(1300)
  })
})

describe("the tables of the README", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8")
  const row = (cells: ReadonlyArray<number>) => `| ${cells.join(" | ")} |`

  it.each([2, 8])("have what a group of %i has", (size) => {
    expect(readme).toContain(row([size, ...statesOf(size, [0, 1, 8, 32])]))
    expect(readme).toContain(row([size, ...groupsOf(size, [0, 1, 8, 32])]))
    expect(readme).toContain(row([size, ...[0, 10, 100, 1000].map((changes) => welcomeBytes(size, changes))]))
  })

  it("have what guests leave in a group of 2", () => {
    expect(readme).toContain(row([2, ...afterGuests(2, [0, 1, 10])]))
  })
})

describe("a welcome", () => {
  it.each([2, 8, 32])("to a settled group of %i has 50 bytes for each change and each member that ever was, and 260 more", (size) => {
    for (const changes of [0, 10, 40]) {
      const members = size + 1 + Math.ceil(changes / 2)
      expect(welcomeBytes(size, changes)).toBeLessThanOrEqual(260 + 50 * (changes + members))
    }
  })
})
