/**
 * Randomness in use: clause randomness.fresh-draws, which no vector can show.
 */
import { Effect } from "effect"
import { describe, expect, it, vi } from "vitest"
import { Randomness } from "../randomness.ts"

const draws = (labels: ReadonlyArray<string>) =>
  Effect.runSync(
    Effect.provide(
      Effect.map(Randomness, ({ draw }) => labels.map((label) => Buffer.from(draw(label, 32)).toString("hex"))),
      Randomness.system,
    ),
  )

describe("randomness.fresh-draws", () => {
  it("draws from the system's secure source", () => {
    const source = vi.spyOn(globalThis.crypto, "getRandomValues")
    const [drawn] = draws(["seed"])
    const [filled] = source.mock.results
    source.mockRestore()
    expect(Buffer.from(filled?.value as unknown as Uint8Array).toString("hex")).toBe(drawn)
  })

  it("never draws the same twice, also for one label", () => {
    const labels = Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? "seed" : `seed ${index}`))
    expect(new Set(draws(labels)).size).toBe(labels.length)
  })
})
