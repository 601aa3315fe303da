/** A handful of challenges; `npm run challenges` has a thousand for the reference and a hundred for the lookup. */
import { describe, expect, it } from "vitest"
import { referencePeer } from "../../conformance/runner/places.ts"
import { whole } from "../../conformance/test/fixtures.ts"
import { challenge, lookupPeer } from "../challenges.ts"

describe("challenges", { timeout: 120_000 }, () => {
  const seeds = ["one", "two", "three"]

  it("are passed by the reference", async () => {
    const fared = await challenge(referencePeer(), seeds, 5)
    expect(fared.map(({ failed }) => failed)).toEqual([[], [], []])
  })

  // To look everything up it reads everything.
  it.runIf(whole)("are failed by a peer that looks its answers up", async () => {
    const fared = await challenge(lookupPeer(), seeds, 5)
    expect(fared.filter(({ failed }) => failed.length === 0)).toEqual([])
  })
})
