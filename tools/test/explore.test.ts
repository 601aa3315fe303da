/**
 * The explorer finds nothing in the reference, and finds each of a list of faults put into it, each in the smallest scenario that shows it.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { mutants } from "../../conformance/zoo/mutants.ts"
import { nodePrimitives } from "../../reference/crypto/providers/node.ts"
import { sampleOf } from "../../reference/simulation/sample.ts"
import { type BaseName, bases, classes, combinations, followUps } from "../../reference/simulation/scenarios.ts"
import { toyPrimitives } from "../../reference/simulation/toy-primitives.ts"
import { exploreAll, noCounts } from "../explore/all.ts"
import { faults } from "../explore/faults.ts"
import { randomRun } from "../explore/random.ts"
import { merge, readResults } from "../explore/results.ts"
import { boundsOf } from "../explore/sets.ts"

const program = join(import.meta.dirname, "..", "explore.ts")

const explorer = (...args: ReadonlyArray<string>) => spawnSync(process.execPath, [program, ...args], { encoding: "utf8" })

describe("scenarios", () => {
  // Counted independently, by a symbolic model of the protocol that shares no code with this one.
  const expected: ReadonlyArray<readonly [BaseName, starters: number, all: number, classes: number]> = [
    ["2", 2, 16, 10],
    ["3", 2, 75, 28],
    ["4", 2, 216, 34],
    ["3r", 2, 16, 16],
    ["4r", 2, 75, 40],
    ["3", 3, 125, 43],
    ["4r", 3, 125, 70],
    ["4", 3, 864, 113],
  ]

  it.each(expected)("of the base %s, %i starting, are %i of %i classes", (base, starters, all, count) => {
    const found = classes(bases[base], starters)
    expect(combinations(bases[base], starters)).toHaveLength(all)
    expect(found).toHaveLength(count)
    expect(found.reduce((sum, { size }) => sum + size, 0)).toBe(all)
  })

  it("are followed by one operation of anybody", () => {
    expect(followUps(bases["3"])).toHaveLength(45)
    expect(followUps(bases["3r"])).toHaveLength(28)
  })
})

describe("the reference", () => {
  it.each([
    ["2,2,0", 10, 10],
    ["3,2,0", 28, 56],
    ["3r,2,0", 16, 16],
  ])("passes %s", (text, scenarios, schedules) => {
    const counts = noCounts()
    expect(exploreAll(boundsOf(text)!, counts, 1)).toEqual([])
    expect(counts).toMatchObject({ scenarios, schedules })
    expect(counts.checks).toBeGreaterThan(counts.deliveries)
  })

  it.each([
    "alice: add dave | bob: remove carol | later dave: add erin",
    "alice: add dave | bob: remove alice | later bob: add alice",
    "alice: add dave | bob: add dave | later carol: remove dave",
  ])("passes %s", (only) => {
    const counts = noCounts()
    expect(exploreAll({ ...boundsOf("3,2,1,brief")!, only }, counts, 1)).toEqual([])
    expect(counts.scenarios).toBe(1)
  })

  it("passes the class that stands for others in each of its names", () => {
    const counts = noCounts()
    expect(exploreAll({ ...boundsOf("2,2,0")!, raw: true }, counts, 1)).toEqual([])
    expect(counts.scenarios).toBe(16)
  })

  it.each([1, 2])("passes a random run (seed %i)", (seed) => {
    const { finding, counts } = randomRun(seed, 5, 16)
    expect(finding).toBeUndefined()
    expect(counts.operations).toBeGreaterThanOrEqual(16)
  })
})

describe("parts", () => {
  it("are merged to what the whole run gives, and a part that is missing is missed", () => {
    const folder = mkdtempSync(join(tmpdir(), "explore-"))
    try {
      const [first, second] = ["first", "second"].map((name) => join(folder, name)) as [string, string]
      const part = (shard: string, file: string) => explorer("--bounds", "2,2,0", "--shard", shard, "--results", file)
      expect(part("1/2", first).status).toBe(0)
      expect(part("2/2", second).status).toBe(0)
      const counts = noCounts()
      exploreAll(boundsOf("2,2,0")!, counts, 1)
      expect(merge([first, second].flatMap(readResults))).toMatchObject([{ counts, violations: 0, missing: [] }])
      const half = explorer("--merge", first)
      expect(half.stdout).toContain("classes that are missing: 1, 3, 5, 7, 9\n")
      expect(half.status).toBe(1)
      // What was done is not done again.
      expect(part("1/1", first).stdout).toContain("5 scenarios of 5 classes")
      expect(merge(readResults(first))).toMatchObject([{ counts, violations: 0, missing: [] }])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe("what was forgotten", () => {
  type Primitives = typeof toyPrimitives

  /** What is found when so many locals are too many to be remembered, and from what all secrets were derived: from the same in the same states. */
  const explored = (most: number, bounds: string, only: string, others: Partial<Primitives> = {}) => {
    const derived = new Set<string>()
    const hkdfExpand: Primitives["hkdfExpand"] = (key, info, length) => {
      derived.add(`${key} ${info}`)
      return toyPrimitives.hkdfExpand(key, info, length)
    }
    const counts = noCounts()
    const primitives = { ...toyPrimitives, hkdfExpand, ...others }
    const findings = exploreAll({ ...boundsOf(bounds)!, only, primitives, isCrowded: (since) => since >= most }, counts, 1)
    return { findings, schedules: counts.schedules, deliveries: counts.deliveries, derived }
  }

  const [everything, little] = [Number.POSITIVE_INFINITY, 20]

  it.each([
    ["3,2,0", "alice: remove bob | bob: add dave"],
    ["2,2,1", "alice: add carol | bob: update | later bob: remove alice"],
  ])("is explored again, and the same is found (%s: %s)", (bounds, only) => {
    const [once, again] = [explored(everything, bounds, only), explored(little, bounds, only)]
    expect(once.findings).toEqual([])
    expect(once.schedules).toBeGreaterThan(0)
    expect(again.deliveries).toBeGreaterThan(once.deliveries)
    expect({ ...again, deliveries: 0 }).toEqual({ ...once, deliveries: 0 })
  })

  it("is explored again to the same violation", () => {
    const aeadOpen: Primitives["aeadOpen"] = (key, nonce, associatedData, ciphertext) =>
      ciphertext.at(-1)! % 32 === 2 ? undefined : toyPrimitives.aeadOpen(key, nonce, associatedData, ciphertext)
    const [once, again] = [everything, little].map(
      (most) => explored(most, "2,2,1", "alice: add carol | bob: update | later bob: remove alice", { aeadOpen }).findings,
    )
    expect(once).toHaveLength(1)
    expect(again).toEqual(once)
  })
})

describe("the toy primitives", () => {
  const explored = (primitives: typeof toyPrimitives, only?: string) => {
    const counts = noCounts()
    const findings = exploreAll({ ...boundsOf(only === undefined ? "2,2,0" : "3,2,0")!, primitives, only }, counts, 1)
    return { counts, findings }
  }

  it.each([undefined, "alice: update | bob: add dave", "alice: remove carol | bob: add dave"])(
    "lead to what the real ones lead to (%s)",
    (only) => {
      const [toy, real] = [explored(toyPrimitives, only), explored(nodePrimitives, only)]
      expect(toy).toEqual(real)
      expect(toy.findings).toEqual([])
    },
  )

  const [key, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const nonce = new Uint8Array(12)
  const text = new TextEncoder().encode("text")

  it("open what was sealed under the same key, nonce and associated data alone", () => {
    const { aeadOpen, aeadSeal } = toyPrimitives
    const sealed = aeadSeal(key, nonce, text, text)
    expect(aeadOpen(key, nonce, text, sealed)).toEqual(text)
    expect(aeadOpen(other, nonce, text, sealed)).toBeUndefined()
    expect(aeadOpen(key, nonce.with(0, 1), text, sealed)).toBeUndefined()
    expect(aeadOpen(key, nonce, key, sealed)).toBeUndefined()
    expect(aeadOpen(key, nonce, text, sealed.with(0, sealed[0]! ^ 1))).toBeUndefined()
    expect(aeadOpen(key, nonce, text, sealed.subarray(1))).toBeUndefined()
  })

  it("agree on a key, and verify signatures of their key and message alone", () => {
    const { ed25519PublicKey, ed25519Sign, ed25519Verify, x25519, x25519PublicKey } = toyPrimitives
    expect(x25519(key, x25519PublicKey(other))).toEqual(x25519(other, x25519PublicKey(key)))
    expect(x25519(key, x25519PublicKey(other))).not.toEqual(x25519(key, x25519PublicKey(key)))
    expect(x25519(key, new Uint8Array(32))).toBeUndefined()
    const signature = ed25519Sign(key, text)
    expect(ed25519Verify(ed25519PublicKey(key), text, signature)).toBe(true)
    expect(ed25519Verify(ed25519PublicKey(other), text, signature)).toBe(false)
    expect(ed25519Verify(ed25519PublicKey(key), key, signature)).toBe(false)
  })
})

/**
 * Each fault with the smallest scenario that shows it, and what is said of it. Erratum F5 (the order is judged within what a view has) shows where a view does not have the acks of others: once it has
 * everything before what it has (F4), the order within it is that of the whole history, and nothing differs. Of erratum F7 the part about acks shows nowhere: whoever has a member secret of the ack's sender
 * was a recipient, and no ack whose sender does not have us as a member can come after it.
 */
const seeded: ReadonlyArray<readonly [kind: "fault" | "mutant", name: string, bounds: string, scenario: string, says: string]> = [
  // F1
  ["mutant", "forwards-to-the-removed", "3,2,0", "alice: update | bob: remove alice", "who is no member"],
  // F2
  ["fault", "ack-not-recorded", "3,2,0", "alice: remove carol | bob: add dave", "who is no member"],
  // F3
  ["mutant", "ratchet-for-everybody", "2,2,0", "alice: remove bob | bob: add carol", "who is no member"],
  // F4
  ["fault", "view-of-one-level", "2,2,1", "alice: update | bob: remove alice | later bob: add alice", "does not accept"],
  // F5
  ["fault", "order-within-the-view", "2,2,1", "alice: update | bob: add carol | later alice: remove bob", "is no member as of"],
  // F6
  ["fault", "view-of-the-end", "2,2,1", "alice: add carol | bob: add carol | later alice: remove carol", "does not accept"],
  // F7
  ["mutant", "secret-without-view", "2,2,0", "alice: add carol | bob: add carol", "does not accept"],
  // S1
  ["mutant", "never-rekeys", "2,2,1", "alice: update | bob: add carol | later alice: add carol", "does not heal"],
  ["mutant", "never-rekeys", "3,2,1,brief", "alice: add dave | bob: remove carol | later alice: add erin", "derives the secret"],
  ["fault", "rekeys-after-removals-only", "2,2,1", "alice: update | bob: add carol | later alice: add carol", "does not heal"],
  // Forwarding
  ["mutant", "forwards-nothing", "2,2,0", "alice: update | bob: add carol", "does not accept"],
  ["mutant", "forwards-to-all", "2,2,0", "alice: update | bob: update", "does not accept"],
  // Deletion
  ["fault", "keeps-member-secrets", "2,2,0", "alice: update | bob: update", "used up"],
  ["fault", "keeps-one-time-prekeys", "2,2,0", "alice: update | bob: update", "keeps the one-time prekey"],
  ["mutant", "keeps-used-keys", "2,2,0", "alice: update | bob: update", "keeps the key"],
  ["mutant", "stays-after-removal", "2,2,0", "alice: update | bob: remove alice", "does not answer"],
  // Order, loss, membership
  ["fault", "ratchet-by-order", "2,2,0", "alice: update | bob: add carol", "a wrong secret"],
  ["fault", "loses-a-direct-message", "2,2,0", "alice: update | bob: add carol", "does not accept"],
  ["fault", "welcome-with-another-ratchet", "2,2,0", "alice: update | bob: add carol", "does not accept"],
  ["fault", "seed-in-the-own-name", "2,2,0", "alice: update | bob: add carol", "keeps secrets"],
  ["mutant", "weak-remove", "2,2,0", "alice: remove bob | bob: add carol", "who is no member"],
  ["mutant", "seed-for-the-removed", "2,2,0", "alice: update | bob: remove alice", "does not accept"],
  ["mutant", "no-add-ack-for-cancelled", "2,2,0", "alice: remove bob | bob: add carol", "no new secret"],
  ["mutant", "judges-removals-by-its-own-view", "3,2,0", "alice: remove carol | bob: remove carol", "does not accept"],
]

describe("seeded faults", () => {
  it.each(sampleOf(seeded, 3))("finds the %s %s in %s: %s", (kind, name, bounds, scenario, says) => {
    const run = explorer("--bounds", bounds, "--scenario", scenario, "--most", "1", `--${kind}`, name)
    expect(run.stdout).toContain("1 violations")
    expect(run.stdout).toContain(says)
    expect(run.status).toBe(1)
  })

  it("are all of those in the list", () => {
    expect(faults.filter(({ name }) => !seeded.some(([kind, one]) => kind === "fault" && one === name))).toEqual([])
    expect(seeded.filter(([kind, name]) => kind === "mutant" && !mutants.some((one) => one.name === name))).toEqual([])
  })
})

describe("a failing random run", () => {
  it("is made smaller, saved and played again", () => {
    const folder = mkdtempSync(join(tmpdir(), "explore-"))
    const file = join(folder, "run.json")
    try {
      const found = explorer("--random", "1", "--members", "4", "--operations", "8", "--mutant", "forwards-nothing", "--save", file)
      expect(found.status).toBe(1)
      const { schedule } = JSON.parse(readFileSync(file, "utf8")) as { schedule: ReadonlyArray<unknown> }
      expect(schedule.length).toBeLessThan(12)
      expect(explorer("--replay", file, "--mutant", "forwards-nothing").status).toBe(1)
      expect(explorer("--replay", file).status).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
