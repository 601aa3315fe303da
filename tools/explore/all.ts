/**
 * All scenarios within bounds.
 *
 * @module
 */
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import { acquainted } from "../../reference/simulation/network.ts"
import { type Counts, choices, combinations, exploreScenario, followUps, nameOf, noCounts, type Start } from "./enumerate.ts"
import { type Actor, deliver, operate, Violation, type World, withAnswers } from "./world.ts"

const users = ["alice", "bob", "carol", "dave", "erin", "frank"]

/** The state with four of the key bundles of each contact, so that two states of one user do not use one bundle twice. */
const withBundles = (state: KeyAgreement.State, from: number): KeyAgreement.State => {
  const part = Object.entries(state.contacts).map(([user, contact]) => [
    user,
    { ...contact, bundles: contact.bundles.slice(from, from + 4) },
  ])
  return { ...state, contacts: Object.fromEntries(part) }
}

/** A settled group of the first `size` users; the others are outsiders, and everybody has key bundles of everybody. Each user is two actors, so that it can become a member a second time. */
const settled = (size: number, outsiders: number): World => {
  const all = users.slice(0, size + outsiders)
  const actors = Object.fromEntries(
    acquainted(all, 8).flatMap(({ user, seed, state }): ReadonlyArray<readonly [string, Actor]> => {
      const one = (from: number): Actor => ({ user, seed, state: withBundles(state, from), handled: [], known: new Set<string>() })
      return [
        [user, one(0)],
        [`${user}-2`, one(4)],
      ]
    }),
  )
  const empty: World = { actors, sent: [], history: [], steps: [], schedule: [], followed: false }
  const created = operate(empty, all[0]!, (state) => KeyAgreement.create(state, all.slice(1, size)))
  const joined = all.slice(1, size).reduce((world, name) => withAnswers(deliver(world, name, created.sent[0]!) ?? world), created)
  // Everybody has handled everything so far, and a welcome covers it.
  return { ...joined, sent: [], schedule: [] }
}

/** One set of scenarios: `starters` of `size` members start at once, with `outsiders` around; `further` more operations follow. */
export interface Bounds {
  readonly size: number
  readonly outsiders: number
  readonly starters: number
  readonly further: 0 | 1
  /** The one scenario to explore, by its name. */
  readonly only?: string | undefined
}

/** A scenario that fails, with the shortest schedule found. */
export interface Finding {
  readonly scenario: string
  readonly says: string
  readonly schedule: ReadonlyArray<string>
}

interface Scenario {
  readonly starts: ReadonlyArray<Start>
  readonly followUp: Start | undefined
}

const scenariosOf = (base: World, { size, starters, further, only }: Bounds): ReadonlyArray<Scenario> =>
  allScenarios(base, { size, starters, further }).filter(({ starts, followUp }) => only === undefined || nameOf(starts, followUp) === only)

const allScenarios = (base: World, { size, starters, further }: Pick<Bounds, "size" | "starters" | "further">): ReadonlyArray<Scenario> =>
  choices(users.slice(0, size), starters).flatMap((names) =>
    combinations(base, names).flatMap((starts) =>
      (further === 0 ? [undefined] : followUps(base)).map((followUp): Scenario => ({ starts, followUp })),
    ),
  )

/** How many scenarios there are within the bounds. */
export const scenariosIn = (bounds: Bounds): number => scenariosOf(settled(bounds.size, bounds.outsiders), bounds).length

const findingOf = (base: World, { starts, followUp }: Scenario, counts: Counts): Finding | undefined => {
  try {
    exploreScenario(base, starts, followUp, counts)
    return undefined
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    return { scenario: nameOf(starts, followUp), says: error.message, schedule: error.schedule }
  }
}

// A fault may show before anything starts.
const settledOrFinding = ({ size, outsiders }: Bounds): World | Finding => {
  try {
    return settled(size, outsiders)
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    return { scenario: "settling", says: error.message, schedule: error.schedule }
  }
}

/** Explores all scenarios within the bounds; stops at `most` findings. */
export const exploreAll = (
  bounds: Bounds,
  counts: Counts,
  most: number,
  progress: (scenario: string) => void = () => {},
): ReadonlyArray<Finding> => {
  const base = settledOrFinding(bounds)
  if ("says" in base) return [base]
  const findings: Array<Finding> = []
  for (const scenario of scenariosOf(base, bounds)) {
    progress(nameOf(scenario.starts, scenario.followUp))
    const finding = findingOf(base, scenario, counts)
    if (finding !== undefined) findings.push(finding)
    if (findings.length >= most) break
  }
  return findings
}

export { noCounts }
