/** Plays against faults of the reference: what an implementation that exists passes, or fails for the same reason, each fault fails. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { loadPlays, selectPlays } from "../../conformance/runner/plays/files.ts"
import { playPlays } from "../../conformance/runner/plays/run.ts"
import { sampleOf } from "../../reference/simulation/sample.ts"
import { Stage } from "../../vectors/cases/plays/stage.ts"
import { type Found, type FoundGroup, pageOf } from "../implementations/table.ts"
import { root } from "../sources.ts"

const set = loadPlays(join(root, "vectors"))

const found = JSON.parse(readFileSync(join(root, "docs", "implementations.json"), "utf8")) as ReadonlyArray<Found>
const groups = JSON.parse(readFileSync(join(root, "docs", "implementations-mls.json"), "utf8")) as ReadonlyArray<FoundGroup>
const p2panda = found.find(({ name }) => name === "p2panda")!

const passes = ({ failed, options }: Found, id: string): boolean =>
  !failed.includes(id) && set.plays.find((play) => play.id === id)!.needs.every((option) => options.includes(option))

const divergencesOf = async (program: string, fault: string, id: string) => {
  const { results } = await playPlays({
    seats: [{ name: "faulty", command: [process.execPath, join(root, program), fault] }],
    plays: selectPlays(set.plays, [id], []),
    vectors: { version: "0", sha256: set.sha256 },
    timeout: 20_000,
  })
  return results[0]!.divergences
}

const mutant = "conformance/zoo/mutant.ts"
const explored = "tools/faulty-adapter.ts"

describe("a fault of the reference fails a play that p2panda passes", () => {
  it.each(
    sampleOf(
      [
        [
          "F1",
          mutant,
          "forwards-to-the-removed",
          "pairs/3r/alice-remove-bob+bob-update/1",
          { clause: "key-agreement.own-ack-first", printed: "F1" },
        ],
        ["F2", mutant, "forgets-own-ack", "histories/f2-a-newcomer-has-the-removal-in-its-view", { member: "a" }],
        ["F4", explored, "view-of-one-level", "pairs/4r/alice-add-erin+bob-remove-carol/2", { member: "a" }],
        ["F5", explored, "order-within-the-view", "histories/settled", { clause: "key-agreement.recipients" }],
        ["F7", mutant, "secret-without-view", "pairs/2/alice-add-carol+bob-add-dave/1", { member: "c" }],
        ["no forward", mutant, "forwards-nothing", "pairs/3r/alice-add-dave+bob-update/1", { clause: "key-agreement.forward" }],
        ["forward to all", mutant, "forwards-to-all", "pairs/2/alice-remove-bob+bob-update/1", { clause: "key-agreement.nobody-outside" }],
      ],
      3,
    ),
  )("%s (%s %s)", async (_, program, fault, id, first) => {
    expect(passes(p2panda, id)).toBe(true)
    expect((await divergencesOf(program, fault, id))[0]).toMatchObject(first)
  })
})

describe("a fault in application messages fails a play", () => {
  it.each(
    sampleOf(
      [
        ["opens again", explored, "opens-again", "messages/once~refused", { clause: "application-messages.key-used-once" }],
        ["wrong generation", explored, "wrong-generation", "messages/in-any-order", { clause: "application-messages.chain-of-secret" }],
        ["last chain only", explored, "last-chain-only", "messages/after-its-chain", { clause: "application-messages.out-of-order" }],
        ["in order only", mutant, "in-order-only", "messages/in-any-order", { clause: "application-messages.out-of-order" }],
        [
          "a removed member opens",
          mutant,
          "goes-on-in-the-old-chain",
          "messages/removed-opens-nothing-later~refused",
          { member: "c", clause: "application-messages.chain" },
        ],
        [
          "a removed member opens what a newcomer seals",
          mutant,
          "never-rekeys",
          "messages/s1-removed-and-newcomer",
          { member: "c", printed: "S1" },
        ],
        ["a thief opens", mutant, "goes-on-in-the-old-chain", "messages/thief-after-an-update~refused", { member: "t" }],
      ],
      3,
    ),
  )("%s (%s %s)", async (_, program, fault, id, first) => {
    expect((await divergencesOf(program, fault, id))[0]).toMatchObject(first)
  })
})

describe("a fault that p2panda has too fails the same play, and is told by the same erratum", () => {
  it.each(
    sampleOf(
      [
        ["F3", mutant, "ratchet-for-everybody", "outside/3/alice-remove-bob+bob-add-dave/1"],
        ["S1", mutant, "never-rekeys", "outside/3/alice-remove-carol+bob-add-dave/1"],
        ["S1", explored, "rekeys-after-removals-only", "histories/s1-rekey-after-an-update"],
      ],
      3,
    ),
  )("%s (%s %s)", async (erratum, program, fault, id) => {
    expect(p2panda.failed).toContain(id)
    expect(p2panda.findings.map(({ printed }) => printed)).toContain(erratum)
    expect((await divergencesOf(program, fault, id))[0]).toMatchObject({ printed: erratum })
  })
})

describe("a fault of a session fails a play of mpENC", () => {
  it.each(
    sampleOf(
      [
        ["borrowed-contribution", "mpenc/at-once/ann-includes-dan+ben-refreshes", { says: "warns, and has no reason: not-decrypted" }],
        ["keeps-the-absent", "mpenc/at-once/ann-includes-dan+ben-refreshes+cas-leaves", { says: "warns, and has no reason: expired" }],
        ["stays-alone", "mpenc/histories/down-to-one", { clause: "session.excluded" }],
      ],
      3,
    ),
  )("%s", async (fault, id, first) => {
    expect((await divergencesOf(mutant, fault, id))[0]).toMatchObject(first)
  })
})

describe("docs/implementations.md", () => {
  it("is made of what was found, and of all plays that there are", () => {
    expect(readFileSync(join(root, "docs", "implementations.md"), "utf8")).toBe(pageOf(found, groups))
    for (const { sets } of found) {
      const played = Object.values(sets).map(({ passed, failed, skipped }) => passed + failed + skipped)
      const ofThem = set.plays.filter((play) => sets[play.set] !== undefined)
      expect(played.reduce((sum, count) => sum + count, 0)).toBe(ofThem.length)
      // Of a part, all sets.
      const parts = new Set(ofThem.map(({ part }) => part))
      expect(new Set(Object.keys(sets))).toEqual(new Set(set.plays.filter(({ part }) => parts.has(part)).map((play) => play.set)))
    }
  })

  it("has nothing against the reference", () => {
    expect(found.find(({ name }) => name === "reference")?.failed).toEqual([])
  })
})

describe("a play while it is written", () => {
  const group = () => new Stage({ a: "alice", b: "bob", c: "carol" }).creates("a", "bc").settles("abc")

  it("refuses what no member could do", () => {
    expect(() => group().takes("b", "1")).toThrow("b cannot take 1")
    expect(() => group().takes("b", "7")).toThrow("no message 7")
    expect(() => group().updates("a").updates("a").takes("b", "3")).toThrow("b cannot take 3")
    expect(() => group().creates("a", "b")).toThrow("a cannot create")
    expect(() => group().updates("a").overhears("b", "2")).toThrow("2 is for b")
    expect(() => group().updates("a").takesAgain("b", "2")).toThrow("b has not taken 2")
    expect(() => group().updates("a").takesEarly("b", "2")).toThrow("2 is not early for b")
    expect(() => group().updates("x")).toThrow("nobody is called x")
  })

  it("does not end before everything has been taken", () => {
    expect(() => group().updates("a").end()).toThrow("b has not taken 2")
    expect(group().updates("a").settles("abc").end()).toEqual({ members: "abc", apart: {} })
  })
})
