/** Plays: the reference in all seats, adapters that go wrong, and what a report says of it. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { chapters } from "../../spec/contents.ts"
import { observationOptions } from "../../spec/dcgka/observations.ts"
import { mlsObservationOptions } from "../../spec/delivery-service/observations.ts"
import { readSends } from "../protocol/plays.ts"
import { findingsOf, matrixOf, playsText } from "../reports/plays.ts"
import { conclave } from "../runner/cli/cli.ts"
import { exitCode } from "../runner/errors.ts"
import { PeerUnavailable } from "../runner/peer.ts"
import { referencePeer } from "../runner/places.ts"
import type { Arrangement } from "../runner/plays/assignments.ts"
import { loadPlays, selectPlays, sizesOf } from "../runner/plays/files.ts"
import { playOptions } from "../runner/plays/play.ts"
import { playPlays } from "../runner/plays/run.ts"

const set = loadPlays(join(import.meta.dirname, "..", "..", "vectors"))

const hostile = (way: string): ReadonlyArray<string> => [
  process.execPath,
  join(import.meta.dirname, "..", "zoo", "hostile-adapter.ts"),
  way,
]

const play = (
  seats: Readonly<Record<string, ReadonlyArray<string>>>,
  globs: ReadonlyArray<string>,
  assign: Arrangement = "one",
  timeout = 20_000,
) =>
  playPlays({
    seats: Object.entries(seats).map(([name, command]) => ({ name, command })),
    plays: selectPlays(set.plays, globs, []),
    vectors: { version: "0", sha256: set.sha256 },
    assign,
    timeout,
  })

const [S1, PAIR] = ["histories/s1-rekey-after-a-removal", "pairs/2/alice-update+bob-add-carol/1"]

describe("the reference", () => {
  it("passes plays, with randomness of its own", async () => {
    const plays = ["histories/*", "pairs/3r/**"]
    const { results } = await play({ reference: referencePeer() }, plays)
    expect(results.filter(({ status }) => status !== "passed")).toEqual([])
    expect(results).toHaveLength(selectPlays(set.plays, plays, []).length)
  })

  it("passes them in every arrangement of two seats", async () => {
    const { results } = await play({ one: referencePeer(), other: referencePeer() }, [S1, PAIR], "all")
    expect(results.filter(({ status }) => status !== "passed")).toEqual([])
    // Of four users, every one of 2^4 arrangements but those of one seat, which come first; of three, 2^3.
    expect(results.map(({ play: id }) => id === S1).filter((isS1) => isS1)).toHaveLength(2 + 14)
    expect(results).toHaveLength(2 * 2 + 14 + 6)
  })
})

describe("an adapter that goes wrong", () => {
  it.each([
    ["dies", "the adapter ended with exit code 3"],
    ["talks-nonsense", "the adapter answered a result that is not one of the protocol"],
    ["fails-inside", "cannot add d: answered the JSON-RPC error -32603"],
    ["claims-what-it-lacks", 'cannot add d: answers "refused" (own: this user was here before)'],
    ["has-no-secrets", "has no new secret by its message"],
  ])("%s: is told of, and comes back in the next play", async (way, says) => {
    const { results } = await play({ wrong: hostile(way) }, ["histories/settled", "histories/loss-and-retransmission"])
    expect(results).toHaveLength(2)
    expect(results.find(({ play: id }) => id === "histories/settled")?.status).toBe("failed")
    expect(results.flatMap(({ divergences }) => divergences.map((one) => one.says)).some((one) => one.includes(says))).toBe(true)
    // There is no addition in this play; nor does any member update but at the end.
    if (way !== "has-no-secrets") expect(results.find(({ play: id }) => id.endsWith("retransmission"))?.status).toBe("passed")
  })

  it("hangs: is given up after the timeout", async () => {
    const { results } = await play({ wrong: hostile("hangs") }, ["histories/settled"], "one", 5000)
    expect(results[0]?.divergences[0]?.says).toBe("the adapter gave no answer within 5000 ms")
  })

  it("dies: the play goes on for those who sit elsewhere", async () => {
    const seats = { good: referencePeer(), wrong: hostile("dies") }
    const { results } = await play(seats, ["histories/partition-and-merge"], "pairs")
    const mixed = results.find(({ assignment }) => assignment === "good+wrong")
    // The one who adds in the other half is in the wrong seat. What the first half does is looked at all the same.
    expect(mixed?.divergences[0]).toMatchObject({ seat: "wrong", says: "the adapter ended with exit code 3" })
    expect(mixed?.divergences.filter(({ seat }) => seat === "good").map(({ says }) => says)).toEqual([])
  })

  it.each([
    ["claims-what-there-is-not", "the peer declares the option teleportation"],
    ["speaks-otherwise", "the adapter speaks conclave-plays/9"],
  ])("%s: is not played with", async (way, says) => {
    const started = play({ wrong: hostile(way) }, [S1])
    await expect(started).rejects.toThrow(PeerUnavailable)
    await expect(started).rejects.toThrow(says)
  })

  it.each(["sends-long-cards", "sends-short-messages"])("%s: that is no fault", async (way) => {
    const { results } = await play({ odd: hostile(way) }, ["pairs/2/alice-update+bob-update/1"])
    expect(results).toMatchObject([{ status: "passed" }])
  })
})

describe("what is said", () => {
  it("of options and clauses is what the chapters have", () => {
    expect(playOptions).toEqual([...new Set<string>([...observationOptions, ...mlsObservationOptions])])
    const known = new Set(chapters.flatMap((chapter) => Object.values(chapter.clauses).map(({ id }) => id)))
    expect(set.plays.flatMap(({ clauses }) => clauses).filter((id) => !known.has(id))).toEqual([])
    expect(readSends({ sent: [{ message: "", directs: [{ member: "", user: "", direct: "" }], secret: "" }] }).sent).toHaveLength(1)
  })

  it("of failures names the smallest play, and who diverged first", async () => {
    const report = await play({ wrong: hostile("has-no-secrets") }, ["histories/settled", S1])
    const [finding, ...others] = findingsOf(report.results, sizesOf(set.plays))
    expect(others).toEqual([])
    expect(finding).toMatchObject({ clause: "key-agreement.recipients", count: 2, divergence: { seat: "wrong" } })
    expect(matrixOf(report)).toEqual([
      ["", "histories", "skipped"],
      ["wrong", "0 of 2", "0"],
    ])
    expect(playsText(report, sizesOf(set.plays))).toContain("0 passed, 2 failed, 0 skipped")
  })

  it("by the command line is an exit code", async () => {
    expect(await conclave(["plays", "--list", "--select", S1])).toBe(exitCode.passed)
    expect(await conclave(["plays", "--select", "nothing/**", "--seat", "x=reference"])).toBe(exitCode.nothingSelected)
    expect(await conclave(["plays"])).toBe(exitCode.usage)
    expect(await conclave(["plays", "--seat", "x"])).toBe(exitCode.usage)
    expect(await conclave(["plays", "--seat", "x=reference", "--seat", "x=reference"])).toBe(exitCode.usage)
    expect(await conclave(["plays", "--seat", 'x=["/no/such/program"]'])).toBe(exitCode.peerLost)
    expect(await conclave(["plays", "--select", S1, "--seat", "x=reference"])).toBe(exitCode.passed)
  })
})
