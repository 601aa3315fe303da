/**
 * The security game: nothing that the chapter "security-game" calls safe can be derived; the limits of figure 4 are found; and each of a list of leaks is found, in the smallest trace that shows it.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { nodePrimitives } from "../../reference/crypto/providers/node.ts"
import { sampleOf } from "../../reference/simulation/sample.ts"
import { toyPrimitives } from "../../reference/simulation/toy-primitives.ts"
import { type GameCounts, noGame } from "../game/challenges.ts"
import { interleavings, playChannel } from "../game/channels.ts"
import { playContact } from "../game/contacts.ts"
import { playConversation, playLost, playStored } from "../game/conversations.ts"
import { playAll } from "../game/explored.ts"
import { leaks } from "../game/leaks.ts"
import { playMpenc, playPublished, playRatchet } from "../game/mpenc.ts"
import { playTreeKem } from "../game/tree-kem.ts"

describe("key agreement", () => {
  it.each(["2", "3r"] as const)("gives nothing that is safe to who takes two states (two members start something, group %s)", (base) => {
    const counts = noGame()
    expect(playAll({ base, starters: 2, further: false, taken: 2 }, counts, 1)).toEqual([])
    // Not in vain: what is not safe is mostly there.
    const unsafe = Object.values(counts.challenges.unsafe)
    const sum = (of: "challenges" | "derivable") => unsafe.reduce((all, tally) => all + tally[of], 0)
    expect(sum("derivable")).toBeGreaterThan(sum("challenges") / 2)
  })

  it("has the limit of figure 4: two who are corrupted, and update at once", () => {
    const counts = noGame()
    const only = "alice: update | bob: update"
    playAll({ base: "3", starters: 2, further: false, taken: 2, only }, counts, 1)
    expect(counts.limits.get("dcgka.concurrent-updates")?.says).toMatch(/which is safe, follows from the state of/)
    expect(counts.challenges.safe.ack?.derivable).toBeGreaterThan(0)
  })
})

describe("one update", () => {
  it("is opened by a state to which it is under way, and its acknowledgement by one that awaits it", () => {
    const counts = noGame()
    playAll({ base: "2", starters: 1, further: false, taken: 1, only: "alice: update" }, counts, 1)
    expect(counts.limits.get("dcgka.under-way")?.says).toMatch(/which is unsafe, follows from the state of bob/)
    expect(counts.limits.get("dcgka.never-acknowledged")?.says).toMatch(/which is unsafe, follows from the state of alice/)
  })
})

describe("a first contact", () => {
  it.each([toyPrimitives, nodePrimitives])(
    "is known, and is made in whose name, as the chapter says of every set of keys and of states",
    (primitives) => {
      const counts = noGame()
      playContact(primitives, counts)
      expect(counts.corruptions).toBe(128 + 16)
      expect(counts.limits.has("dcgka.prekeys-stolen")).toBe(true)
    },
  )
})

/** What is derivable of what is not safe: all of it, or so much of it. */
const derivedOf = ({ challenges }: GameCounts, type: string): number => {
  const { derivable, challenges: made } = challenges.unsafe[type]!
  return derivable / made
}

describe("mpENC", () => {
  it("gives each group secret and each signing key to whom the chapter says, and to nobody else", () => {
    const counts = noGame()
    for (const seed of [0, 1]) playMpenc(nodePrimitives, seed, 8, counts)
    expect(derivedOf(counts, "group-secret")).toBe(1)
    expect(derivedOf(counts, "voice")).toBe(1)
    expect([...counts.limits.keys()].sort()).toEqual(["mpenc.no-healing", "mpenc.weak-forward-secrecy"])
  })

  it("with the ratchet has no key of an acknowledged message in its chains, and all of them in the whole state", () => {
    const counts = noGame()
    playRatchet(nodePrimitives, counts)
    expect(counts.challenges.dominated["message-from-chains"]?.challenges).toBeGreaterThan(20)
    expect(derivedOf(counts, "message-from-state")).toBe(1)
  })

  it("lets everybody sign as who has published its key, and nobody before", () => {
    const counts = noGame()
    playPublished(nodePrimitives, counts)
    expect(counts.challenges.dominated["forgery-before"]).toEqual({ challenges: 1, derivable: 0 })
    expect(derivedOf(counts, "forgery-after")).toBe(1)
    expect(counts.voices).toBe(2)
  })
})

describe("TreeKEM", () => {
  it("gives no epoch that is safe to who takes two states", async () => {
    const counts = noGame()
    for (let seed = 0; seed < 12; seed++) await playTreeKem(toyPrimitives, seed, 8, counts)
    expect(derivedOf(counts, "epoch")).toBeGreaterThan(0.9)
    expect(counts.limits.has("delivery-service.never-renewed")).toBe(true)
  })
})

describe("a channel", () => {
  it("gives what is 2SM-safe to nobody, and everything else to whoever has the state", () => {
    const counts = noGame()
    for (const sends of [1, 2]) for (const steps of interleavings(sends)) playChannel(toyPrimitives, steps, counts)
    expect(counts.traces).toBe(286)
    expect(counts.challenges.dominated.channel).toMatchObject({ derivable: 0 })
    const { challenges, derivable } = counts.challenges.unsafe.channel!
    expect(derivable).toBe(challenges)
  })
})

describe("messengers", () => {
  it.each([0, 1])("give no message key that is safe, keep none that was used, and are not spoken for after an update (heal %i)", (heal) => {
    const counts = noGame()
    for (const seed of [0, 1])
      playConversation(toyPrimitives, ["alice", "bob", "carol", "dave"], { delay: seed % 2, heal }, seed, 12, counts)
    expect(counts.gone).toBeGreaterThan(1000)
    expect(counts.voices).toBeGreaterThan(1000)
    for (const of of ["voice-in-controls", "voice-in-chains"]) expect(derivedOf(counts, of)).toBe(1)
    const limit = counts.challenges.safe.application?.derivable ?? 0
    expect(limit > 0).toBe(heal === 0)
  })

  it("give what one member of a user has used to who takes the state of another that has not", () => {
    const counts = noGame()
    playConversation(toyPrimitives, ["alice", "bob", "carol", "dave"], { delay: 0, heal: 0 }, 10, 12, counts)
    expect(counts.limits.get("dcgka.used-by-another")?.says).toMatch(/^the state of dave/)
  })

  it("keep no key of a message that was told as lost", () => {
    playLost(toyPrimitives, noGame())
  })

  it("leave nothing in the file of a store", () => {
    const counts = noGame()
    playStored(toyPrimitives, 0, counts)
    expect(counts.gone).toBeGreaterThan(100)
  })
})

/** Each leak with the smallest game that finds it, and what is said of it. */
const found: ReadonlyArray<readonly [leak: string, game: string, says: string]> = [
  ["seed-kept", "--explored 2,2,0 --scenario alice: update | bob: update", "follows what it has used"],
  ["member-secret-kept", "--explored 2,2,0 --scenario alice: update | bob: update", "follows what it has used"],
  ["channel-key-kept", "--explored 2,2,0 --scenario alice: update | bob: update", "follows what it has used"],
  ["earlier-ratchet", "--explored 2,2,0 --scenario alice: add carol | bob: add carol", "which is processed"],
  ["forwards-to-the-removed", "--explored 3,2,0 --scenario alice: update | bob: remove alice", "which is dominated"],
  ["welcome-with-too-much", "--explored 3,2,1 --scenario alice: update | bob: update | later alice: add dave", "of dave at any time"],
  ["stale-update", "--explored 2,2,0 --scenario alice: update | bob: update", "which is dominated"],
  ["message-key-kept", "--conversations 1", "a key that it has used"],
  ["skipped-keys-beyond-their-window", "--lost", "the key of a lost message"],
  ["old-signing-key", "--conversations 1", "still speaks for"],
  ["prekey-kept", "--conversations 1", "a key that it has used"],
  ["secret-in-a-refusal", "--conversations 1 --seed 1", "a secret in its text"],
  ["store-without-deletion", "--stored", "a key that it has used"],
  ["key-for-the-peer-kept", "--channels 2", "follows from the state of a"],
  ["blanked-key-kept", "--tree-kem 4", "which is safe, follow from the state of"],
  ["contribution-not-fresh", "--mpenc 1", "group-secret that is safe follows"],
]

const program = join(import.meta.dirname, "..", "game.ts")

describe("leaks", () => {
  it.each(sampleOf(found, 3))("%s is found (%s)", (leak, game, says) => {
    const args = game.split(/ (?=--)|(?<=--\S+) /u)
    const { stdout, status } = spawnSync(process.execPath, [program, "--leak", leak, ...args], { encoding: "utf8" })
    expect(stdout).toContain(says)
    expect(status).toBe(1)
  })

  it("are all in this list", () => {
    expect(found.map(([leak]) => leak)).toEqual(leaks.map(({ name }) => name))
  })
})
