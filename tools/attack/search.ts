/**
 * The search: all scenarios within bounds, each violation made as small as it can be, and told once.
 *
 * @module
 */
import { lies } from "./catalogue.ts"
import { checked, type Violation } from "./checks.ts"
import { fieldLies } from "./fields.ts"
import { type Base, begin, end, type Move, type Played, play, playAll, type Scenario, type Step, type Telling } from "./scenario.ts"
import type { Lie } from "./telling.ts"

/** A violation, with the smallest scenario for it that was found. */
export interface Finding extends Violation {
  readonly scenario: Scenario
}

/** What a search did. */
export interface Counts {
  scenarios: number
  impossible: number
  refused: number
  violations: number
  checks: number
}

const move = (by: string, does: Move["does"], user?: string): Move => ({ by, does, ...(user === undefined ? {} : { user }) })

/** What honest people, mallory as such among them, do around a lie. */
export const moves: ReadonlyArray<Move> = [
  move("alice", "update"),
  move("bob", "update"),
  move("dave", "update"),
  move("mallory", "update"),
  move("mallory", "add", "erin"),
  move("alice", "add", "dave"),
  move("bob", "add", "dave"),
  move("alice", "remove", "mallory"),
  move("bob", "remove", "mallory"),
  move("dave", "remove", "mallory"),
  move("alice", "remove", "bob"),
  move("alice", "remove", "zed"),
  move("dave", "add", "zed"),
]

/** The bounds of a search. */
export interface Bounds {
  readonly base: Base
  /** How many honest moves come before the first lie, and after the last. */
  readonly before: number
  readonly after: number
  /** How many lies follow each other. Between two there is nothing. */
  readonly lies: number
  /** Whether the lies may overtake what was sent just before them. */
  readonly racing: boolean
  /** Whether lies in every field of mallory's messages are told too. */
  readonly fields?: boolean
  /** Only lies with one of these texts in their names; all, when there are none. */
  readonly only?: ReadonlyArray<string>
}

const key = ({ kind, scenario }: Finding): string => {
  const told = scenario.steps.flatMap((step) => ("lie" in step ? [step.lie] : []))
  return [kind, ...new Set(told)].join(" | ")
}

const isViolated = (scenario: Scenario, kind: string): Violation | undefined =>
  playAll(scenario).violations.find((one) => one.kind === kind)

/** The same violation with as few steps as leaving out single ones gets. */
const shrunk = (finding: Finding): Finding => {
  let smallest = finding
  for (let at = smallest.scenario.steps.length - 1; at >= 0; at--) {
    const { base, steps } = smallest.scenario
    const scenario = { base, steps: steps.filter((_, index) => index !== at) }
    const violation = isViolated(scenario, finding.kind)
    if (violation !== undefined) smallest = { ...violation, scenario }
  }
  return smallest
}

/** Collects findings, each kind of them with each set of lies once, by its smallest scenario. */
export class Findings {
  readonly all = new Map<string, Finding>()
  readonly counts: Counts = { scenarios: 0, impossible: 0, refused: 0, violations: 0, checks: 0 }
  readonly #raw = new Set<string>()
  readonly #before = checked.count
  readonly #most: number

  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most
  }

  /** Whether no more are wanted. */
  get isFull(): boolean {
    return this.all.size >= this.#most
  }

  /** Takes what a scenario came to. */
  take(base: Base, { steps, violations }: Played): void {
    if (this.isFull) return
    this.counts.scenarios++
    this.counts.checks = checked.count - this.#before
    if (violations.length > 0) this.counts.violations++
    for (const kind of new Set(violations.map((one) => one.kind))) {
      const finding: Finding = { ...violations.find((one) => one.kind === kind)!, scenario: { base, steps } }
      if (this.#raw.has(key(finding))) continue
      this.#raw.add(key(finding))
      const small = shrunk(finding)
      const known = this.all.get(key(small))
      if (known === undefined || known.scenario.steps.length > small.scenario.steps.length) this.all.set(key(small), small)
    }
  }
}

const sequences = (length: number): ReadonlyArray<ReadonlyArray<Move>> =>
  length === 0
    ? [[]]
    : sequences(length - 1).flatMap((rest) => [rest, ...(rest.length === length - 1 ? moves.map((one) => [...rest, one]) : [])])

/** Plays what may follow, for as long as nothing is found. */
const follow = (played: Played, step: Step, then: (after: Played) => void) => {
  const after = play(played, step)
  if (after.steps !== played.steps) then(after)
}

/** All scenarios within bounds. `tick` is called for each beginning of them. */
export const search = (bounds: Bounds, findings: Findings, tick: (title: string) => void = () => {}): void => {
  const { base, only = [] } = bounds
  const isAsked = ({ id }: Lie) => only.length === 0 || only.some((text) => id.includes(text))
  const tellable = ({ world }: Played) => [...lies, ...(bounds.fields === true ? fieldLies(world) : [])].filter(isAsked)
  const finish = (played: Played) => findings.take(base, end(played))
  const after = (played: Played, left: number): void => {
    if (findings.isFull) return
    finish(played)
    if (left === 0 || played.violations.length > 0) return
    for (const one of moves) follow(played, one, (next) => after(next, left - 1))
  }
  const tell = (played: Played, racing: boolean, left: number): void => {
    for (const { id } of tellable(played)) {
      if (findings.isFull) return
      const next = play(played, racing ? { lie: id, racing } : { lie: id })
      if (next.effect === "none") {
        findings.counts.impossible++
        continue
      }
      if (next.effect === "refused") findings.counts.refused++
      // What all refuse changes nothing: whatever follows is as if it had not been said.
      const isOver = next.effect === "refused" || next.violations.length > 0
      if (isOver || left === 1) after(next, isOver ? 0 : bounds.after)
      else {
        finish(next)
        tell(next, false, left - 1)
      }
    }
  }
  for (const before of sequences(bounds.before)) {
    if (findings.isFull) return
    tick(before.map(({ by, does, user }) => [by, does, user ?? ""].join(" ")).join(", "))
    const settled = before.reduce<Played>((played, step) => play(played, step), begin(base))
    if (settled.steps.length < before.length) continue
    tell(settled, false, bounds.lies)
    if (!bounds.racing || before.length === 0) continue
    const racing: Telling = { lie: "", racing: true }
    const underway = before.reduce<Played>(
      (played, step, index) => play(played, step, index === before.length - 1 ? racing : undefined),
      begin(base),
    )
    tell(underway, true, bounds.lies)
  }
}

/** How many beginnings of scenarios `search` goes through. */
export const beginnings = ({ before }: Bounds): number => sequences(before).length

/** What the network does with what comes for bob, while alice updates and speaks. */
const storms = (count: number): ReadonlyArray<Scenario> =>
  (["gives", "gives in reverse", "gives applications first and the first envelope last", "gives applications last"] as const).map(
    (network) => ({
      base: "member",
      steps: [
        { to: "bob", network: "keeps back" },
        ...Array.from({ length: count }, () => [move("alice", "update"), move("alice", "say")]).flat(),
        { to: "bob", network },
      ],
    }),
  )

/** Scenarios in which nobody lies, and the network keeps back and changes the order. */
export const searchOrders = (counts: ReadonlyArray<number>, findings: Findings): void => {
  for (const scenario of counts.flatMap(storms)) findings.take(scenario.base, playAll(scenario))
}
