/** Plays of MLS groups: ts-mls in all seats, and adapters that go wrong, each of which is found. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { sampleOf } from "../../reference/simulation/sample.ts"
import { mlsObservationMethods, mlsObservationOptions } from "../../spec/delivery-service/observations.ts"
import { readMls } from "../protocol/plays.ts"
import { loadPlays, selectPlays } from "../runner/plays/files.ts"
import { playOptions } from "../runner/plays/play.ts"
import { playPlays } from "../runner/plays/run.ts"

const set = loadPlays(join(import.meta.dirname, "..", "..", "vectors"))

const tsMls = [process.execPath, join(import.meta.dirname, "..", "peers", "ts-mls.ts")]

const hostile = (way: string): ReadonlyArray<string> => [process.execPath, join(import.meta.dirname, "..", "zoo", "hostile-mls.ts"), way]

const play = (seats: Readonly<Record<string, ReadonlyArray<string>>>, globs: ReadonlyArray<string>, assign: "one" | "turns" = "one") =>
  playPlays({
    seats: Object.entries(seats).map(([name, command]) => ({ name, command })),
    plays: selectPlays(set.plays, globs, []),
    vectors: { version: "0", sha256: set.sha256 },
    assign,
    onlyMixed: assign === "turns",
    timeout: 20_000,
  })

describe("ts-mls", () => {
  it("passes plays, with randomness of its own", async () => {
    const { results } = await play({ tsMls }, [
      "mls/*",
      "mls-changed/*",
      "mls-pairs/b-remove-c+a-update/*",
      "mls-competing/a-update+c-update/*",
    ])
    expect(results.filter(({ status }) => status !== "passed")).toEqual([])
  })

  it("passes thirty epochs with members in three processes", async () => {
    const { results } = await play({ one: tsMls, two: tsMls, three: tsMls }, ["mls-epochs/1"], "turns")
    expect(results).toMatchObject([{ assignment: "one+two+three", status: "passed" }])
  })
})

describe("an adapter that goes wrong is found, where a right one passes", () => {
  it.each(
    sampleOf(
      [
        ["same-authenticator", "mls/empty-commit", "tree-kem.same-key"],
        ["own-authenticator", "mls/empty-commit", "tree-kem.same-key"],
        ["own-export", "mls/empty-commit", "tree-kem.same-key"],
        ["other-leaves", "mls/empty-commit", "tree-kem.lowest-leaf"],
        ["epochs-from-one", "mls/empty-commit", "tree-kem.same-key"],
        ["takes-any-commit", "mls/former-commit~refused", "tree-kem.epoch"],
        ["takes-any-commit", "mls/proposal-not-admitted~refused", "tree-kem.known"],
        ["takes-any-proposal", "mls/former-proposal~refused", "tree-kem.epoch"],
        ["takes-any-welcome", "mls/welcome-of-another~refused", "tree-kem.welcome"],
        ["takes-any-commit", "mls-changed/commit~refused", "tree-kem.decrypts"],
        ["takes-any-proposal", "mls-changed/proposals~refused", "tree-kem.signature"],
        ["takes-any-proposal", "mls-changed/another-group~refused", "tree-kem.group"],
        ["takes-any-welcome", "mls-changed/welcome~refused", "tree-kem.welcome"],
        ["opens-any-message", "mls-changed/message~refused", "tree-kem.same-key"],
        ["opens-any-message", "mls/messages", "tree-kem.same-key"],
        ["never-removed", "mls/removed-follows-nobody", "tree-kem.removes-member"],
        ["commits-nothing", "mls/empty-commit", "tree-kem.same-key"],
        ["commits-no-updates", "mls/thief-before-an-update", "tree-kem.key-update"],
        ["welcomes-nobody", "mls/additions-only", "tree-kem.welcome"],
      ],
      4,
    ),
  )("%s in %s", async (way, id, clause) => {
    const { results } = await play({ wrong: hostile(way) }, [id])
    expect(results[0]!.divergences[0]?.clause).toBe(clause)
  })
})

describe("what is said", () => {
  it("of options and methods is what the chapter has", () => {
    expect(playOptions.filter((option) => (mlsObservationOptions as ReadonlyArray<string>).includes(option))).toHaveLength(4)
    const { "mls.view": view } = mlsObservationMethods
    expect(Object.keys(view.output.fields).sort()).toEqual(["authenticator", "epoch", "exported", "me", "members"])
    const nobody = { me: null, epoch: null, members: [], authenticator: null, exported: null }
    expect(readMls.view(nobody)).toEqual(nobody)
  })
})
