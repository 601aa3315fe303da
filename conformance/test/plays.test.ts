/** Plays: the reference in all seats, adapters that go wrong, and what a report says of it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { sampleOf } from "../../reference/simulation/sample.ts"
import { chapters } from "../../spec/contents.ts"
import { observationMethods, observationOptions } from "../../spec/dcgka/observations.ts"
import { mlsObservationOptions } from "../../spec/delivery-service/observations.ts"
import { mpencObservationOptions, span } from "../../spec/mpenc/observations.ts"
import { readSends } from "../protocol/plays.ts"
import { findingsOf, matrixOf, playsText } from "../reports/plays.ts"
import { conclave } from "../runner/cli/cli.ts"
import { exitCode } from "../runner/errors.ts"
import { PeerUnavailable } from "../runner/peer.ts"
import { referencePeer } from "../runner/places.ts"
import type { Arrangement } from "../runner/plays/assignments.ts"
import { loadPlays, selectPlays, sizesOf } from "../runner/plays/files.ts"
import { SPAN } from "../runner/plays/mpenc.ts"
import { playOptions } from "../runner/plays/play.ts"
import { playPlays } from "../runner/plays/run.ts"

const set = loadPlays(join(import.meta.dirname, "..", "..", "vectors"))

const hostile = (...way: ReadonlyArray<string>): ReadonlyArray<string> => [
  process.execPath,
  join(import.meta.dirname, "..", "zoo", "hostile-adapter.ts"),
  ...way,
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
    const plays = ["histories/*", "messages/*", "changed/*", "pairs/3r/**"]
    const { results } = await play({ reference: referencePeer() }, plays)
    expect(results.filter(({ status }) => status !== "passed")).toEqual([])
    expect(results).toHaveLength(selectPlays(set.plays, plays, []).length)
  })

  it("passes plays of mpENC", async () => {
    const { results } = await play({ reference: referencePeer() }, ["mpenc/histories/*", "mpenc/one/*", "mpenc-changed/*"])
    expect(results.filter(({ status }) => status !== "passed")).toEqual([])
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
  it.each(
    sampleOf(
      [
        ["dies", "the adapter ended with exit code 3"],
        ["talks-nonsense", "the adapter answered a result that is not one of the protocol"],
        ["fails-inside", "cannot add d: answered the JSON-RPC error -32603"],
        ["claims-what-it-lacks", 'cannot add d: answers "refused" (own: this user was here before)'],
        ["has-no-secrets", "has no new secret by its message"],
      ],
      2,
    ),
  )("%s: is told of, and comes back in the next play", async (way, says) => {
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

  it("claims-copies: fails the plays that need them", async () => {
    const { results } = await play({ wrong: hostile("claims-copies") }, ["histories/an-update-heals"])
    expect(results[0]?.divergences[0]?.says).toBe("cannot be copied: answered the JSON-RPC error -32601: no such method")
  })

  it.each(
    sampleOf(
      [
        [
          "opens-for-anybody",
          "messages/newcomer-and-earlier-ones~refused",
          "application-messages.chain",
          "opens m1 of a, which is not for it",
        ],
        [
          "opens-for-anybody",
          "messages/removed-opens-nothing-later~refused",
          "application-messages.chain",
          "opens m1 of a, which is not for it",
        ],
        ["opens-for-anybody", "messages/thief-after-an-update~refused", "application-messages.chain", "opens m1 of a, which is not for it"],
        ["opens-for-anybody", "messages/before-its-chain~refused", "application-messages.chain", "opens m2 of a, which is not for it"],
        ["opens-any-number-of-times", "messages/once~refused", "application-messages.key-used-once", "opens m1 of a, which it has had"],
        ["opens-other-texts", "messages/to-all", "application-messages.chain-of-secret", "finds another text in m1"],
        [
          "claims-messages",
          "messages/to-all",
          "application-messages.chain-of-secret",
          "cannot seal m1: answered the JSON-RPC error -32601: no such method",
        ],
        ["takes-anything", "changed/update~refused", "channel.opens", "takes 2, which was changed on the way (direct-bit)"],
        ["takes-anything", "changed/for-all~refused", "encoding.shape", "takes 2, which was changed on the way (cut)"],
        [
          "opens-for-anybody",
          "changed/message-of-another-group~refused",
          "application-messages.chain",
          "opens m1 of x, which is not for it",
        ],
      ],
      4,
    ),
  )("%s: fails %s", async (way, id, clause, says) => {
    const { results } = await play({ wrong: hostile(way) }, [id])
    expect(results[0]?.divergences[0]).toMatchObject({ clause, says })
  })

  it("fails-on-what-it-refuses, is-harmed: what was changed on the way does harm", async () => {
    const says = async (way: string) => (await play({ wrong: hostile(way) }, ["changed/update~refused"])).results[0]?.divergences[0]?.says
    expect(await says("fails-on-what-it-refuses")).toContain("goes wrong inside on 2, which was changed on the way (direct-bit)")
    expect(await says("is-harmed")).toBe('does not take 2: answers "refused" (own: went wrong before)')
  })

  it.each(
    sampleOf(["sends-long-cards", "sends-a-long-message", "sends-a-long-direct", "sends-an-empty-message", "sends-an-empty-direct"], 3),
  )("%s, of 16 MiB or of no byte: that is no fault", async (way) => {
    const { results } = await play({ odd: hostile(way) }, ["pairs/2/alice-update+bob-update/1"])
    expect(results).toMatchObject([{ status: "passed" }])
  })

  it("writes-too-much: is told of", async () => {
    const { results } = await play({ wrong: hostile("writes-too-much") }, ["pairs/2/alice-update+bob-update/1"])
    expect(results[0]?.divergences[0]?.says).toBe("the adapter sent a line of more than 41943040 bytes")
  })
})

interface Note {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly result: unknown
  readonly program: { readonly argv: ReadonlyArray<string>; readonly env: Readonly<Record<string, string>> }
}

/** All texts in a value of JSON, by the key that they have. */
const textsIn = (value: unknown, key = ""): ReadonlyArray<readonly [key: string, text: string]> => {
  if (typeof value === "string") return [[key, value]]
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, one]) => textsIn(one, Array.isArray(value) ? key : name))
}

const withKeys = (notes: ReadonlyArray<Note>, ...keys: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(notes.flatMap(({ result }) => textsIn(result).flatMap(([key, text]) => (keys.includes(key) ? [text] : []))))

interface Direct {
  readonly user: string
  readonly direct: string
}

const directsIn = (result: unknown): ReadonlyArray<Direct> => {
  const { output } = result as { readonly output?: { readonly sent?: ReadonlyArray<{ readonly directs: ReadonlyArray<Direct> }> } }
  return output?.sent?.flatMap(({ directs }) => directs) ?? []
}

/** Nobody is copied in the plays that are noted. */
const isCalled = (method: string): boolean => method !== "member.copy"

describe("what an adapter sees", async () => {
  const folder = mkdtempSync(join(tmpdir(), "conclave-plays-"))
  const files = ["one", "other"].map((name) => join(folder, name))
  const [one, other] = files.map((file) => hostile("takes-notes", file))
  const noted = [S1, PAIR, "pairs/2/alice-add-carol+bob-add-dave/1", "messages/to-all"]
  const { results } = await play({ one: one!, other: other! }, noted, "pairs")
  const notes = files.map((file) =>
    readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Note),
  )
  rmSync(folder, { recursive: true })
  const told = notes.flat().filter(({ method }) => method !== "hello")

  it("is nothing but the methods of the chapter, with names of its users and what adapters have given", () => {
    expect(results.every(({ status }) => status === "passed")).toBe(true)
    expect(new Set(told.map(({ method }) => method))).toEqual(new Set([...Object.keys(observationMethods), "reset"].filter(isCalled)))
    const users = new Set(set.plays.flatMap(({ cast }) => Object.values(cast)))
    const given = withKeys(notes.flat(), "card", "message", "direct", "member", "me")
    const strange = told.flatMap(({ params }) =>
      textsIn(params).filter(([, text]) => !/^([a-z]|message m[0-9]+)$/u.test(text) && !users.has(text) && !given.has(text)),
    )
    expect(strange).toEqual([])
  })

  it("is not what is expected, nor which play it is", () => {
    const heard = JSON.stringify(notes.flat().map(({ method, params, program }) => ({ method, params, program })))
    const { id, title } = set.plays.find((one) => one.id === PAIR)!
    for (const text of [id, title, "pairs/", "histories/", "printed", "apart"]) expect(heard).not.toContain(text)
    // All plays are told of by one digest, before the first.
    const greetings = notes.flat().filter(({ method }) => method === "hello")
    expect(new Set(greetings.map(({ params }) => JSON.stringify(params))).size).toBe(1)
    // Two plays of one opening are told alike until they part.
    const begun = told.filter(({ method }) => method === "member.create").map(({ params }) => JSON.stringify(params))
    expect(new Set(begun).size).toBeLessThan(begun.length)
  })

  it("is no secret of any member, nor what is for members who sit elsewhere", () => {
    const secrets = withKeys(notes.flat(), "secret")
    expect(secrets.size).toBeGreaterThan(10)
    expect(told.flatMap(({ params }) => textsIn(params)).filter(([, text]) => secrets.has(text))).toEqual([])
    const userOf = new Map(notes.flat().flatMap(({ result }) => directsIn(result).map(({ direct, user }) => [direct, user])))
    for (const own of notes) {
      let here = new Set<unknown>()
      for (const { method, params } of own) {
        if (method === "reset") here = new Set()
        if (method === "user.appear") here.add(params.user)
        if (method === "member.process" && params.direct !== null) expect(here).toContain(userOf.get(String(params.direct)))
      }
    }
  })
})

describe("what is said", () => {
  it("of options and clauses is what the chapters have", () => {
    expect(playOptions).toEqual([...new Set([...observationOptions, ...mlsObservationOptions, ...mpencObservationOptions])])
    expect(SPAN).toBe(span)
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
