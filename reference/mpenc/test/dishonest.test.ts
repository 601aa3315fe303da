/** Lies of a member or of the server, a sample of all that `npm run explore:mpenc-attacks` tries: whatever one of them does, the honest agree, or are told whose doing it is. */
import { describe, expect, it } from "vitest"
import { liarsIn, scenarios } from "../../simulation/dishonest/scenarios.ts"
import { liesIn, pointsIn, randomRun } from "../../simulation/dishonest/search.ts"
import { sampleOf } from "../../simulation/sample.ts"

const pairs = scenarios.flatMap((scenario) => liarsIn(scenario).map((liar) => [liar, scenario.name, scenario] as const))

/** So many lies of each liar in each scenario, at one point of it. */
const sample = 3

describe("one lie", () => {
  let at = 0

  it.each(sampleOf(pairs, 2))("of %s, in the scenario: %s", (liar, _, scenario) => {
    // Another point for each liar.
    at += 1
    const all = liesIn(scenario, liar, (2 * at) % pointsIn(scenario))
    const stride = Math.max(1, Math.floor(all.length / sample))
    const tried = all.filter((_one, index) => index % stride === 0)
    expect(tried.length).toBeGreaterThanOrEqual(Math.min(sample, all.length))
    for (const { point, what, judged } of tried) expect(judged(), `point ${point}: ${what}`).toBeUndefined()
  })
})

describe("up to three lies at random points", () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])("with the seed %i", (seed) => {
    const { scenario, liar, what, says } = randomRun(seed)
    expect(says, `${scenario}, ${liar}: ${what}`).toBeUndefined()
  })
})
