/**
 * Randomness in use: clause randomness.fresh-draws, which no vector can show.
 */
import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import { describe, expect, it, vi } from "vitest"
import { Randomness } from "../randomness.ts"

vi.mock("node:crypto", async (original) => {
  const module = await original<typeof import("node:crypto")>()
  return { ...module, randomBytes: vi.fn(module.randomBytes) }
})

const draws = (labels: ReadonlyArray<string>) =>
  Effect.runSync(
    Effect.provide(
      Effect.map(Randomness, ({ draw }) => labels.map((label) => Buffer.from(draw(label, 32)).toString("hex"))),
      Randomness.system,
    ),
  )

describe("randomness.fresh-draws", () => {
  it("draws from the system's secure source", () => {
    const [drawn] = draws(["seed"])
    const [source] = vi.mocked(randomBytes).mock.results
    expect(Buffer.from(source?.value as unknown as Uint8Array).toString("hex")).toBe(drawn)
  })

  it("never draws the same twice, also for one label", () => {
    const labels = Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? "seed" : `seed ${index}`))
    expect(new Set(draws(labels)).size).toBe(labels.length)
  })
})
