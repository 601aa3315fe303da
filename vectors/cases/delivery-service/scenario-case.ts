/**
 * Scenarios as cases: a schedule is played in a world, which is checked against the properties, and then each operation is called by its method.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { violations, violationsAtRest } from "../../../reference/delivery-service/simulation/properties.ts"
import { type Move, nothingPlayed, type Played, play } from "../../../reference/delivery-service/simulation/schedule.ts"
import { type Call, emptyWorld, handleOf, settledWorld, type World } from "../../../reference/delivery-service/simulation/world.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import type { MethodName } from "../../../spec/methods.ts"
import { type Author, aCase, type Case, type OutputOf, type ParamsOf, withoutTraces } from "../author.ts"
import { authorPrimitives } from "../primitives.ts"

/** What a scenario is. `faulty` gives for each faulty user whom each of its faces is seen by. */
export interface Scenario {
  readonly title: string
  readonly clauses: ReadonlyArray<Clause>
  readonly members?: ReadonlyArray<string>
  /** That of murmur; full mesh when nothing is said. */
  readonly sampleSize?: number
  readonly faulty?: Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>>
  readonly schedule: ReadonlyArray<Move>
  /** Whether the scenario ends with nothing left to do for anybody; it does when nothing is said. */
  readonly unfinished?: true
  /** Whether the case has intermediate values: each message in bytes, and what is hashed and signed. */
  readonly traced?: true
  readonly claims: (told: ScenarioOutcome) => void
}

/** What a scenario has come to. */
export class ScenarioOutcome {
  readonly world: World
  readonly played: Played
  readonly #author: Author

  constructor(author: Author, world: World, played: Played) {
    this.#author = author
    this.world = world
    this.played = played
  }

  claim(holds: boolean, sentence: string): void {
    this.#author.claim(holds, sentence)
  }

  /** What a user was told: `P:p` for a proposal and `C1:c` for the commit of epoch 1, by the names of the schedule, or else the type and epoch. */
  events(handle: string): string {
    const nameOf = (ref: string) => [...this.played.names].find(([, known]) => known === ref)?.[0] ?? "?"
    const { events } = this.world.processes.find((one) => handleOf(one) === handle)!
    const say = (event: (typeof events)[number]) => {
      if (event.type === "proposal") return `P:${nameOf(event.ref)}`
      return event.type === "commit" ? `C${event.epoch}:${nameOf(event.ref)}` : `${event.type} ${event.epoch}`
    }
    return events.map(say).join(" ")
  }

  shows(handle: string): OutputOf<"delivery-service.shows"> {
    return this.#author.accepts("delivery-service.shows", { on: handle })
  }

  /** All of these users were told the same. */
  all(handles: string | ReadonlyArray<string>, events: string): void {
    for (const handle of handles) this.claim(this.events(handle) === events, `${handle} is told ${events}, and not ${this.events(handle)}`)
  }

  /** By what the last epoch was decided. */
  evidence(handle: string): string | null {
    return this.shows(handle).evidence
  }

  /** The refs of the set that was decided last, by the names of the schedule. */
  decided(handle: string): string {
    const { state } = this.world.processes.find((one) => handleOf(one) === handle)!
    const refs = state?.past.at(-1)?.decide.refs ?? []
    return [...this.played.names]
      .filter(([, ref]) => refs.includes(ref))
      .map(([name]) => name)
      .sort()
      .join()
  }

  /** The verdicts of the last calls of this user, as `accepted` or the clause. */
  verdicts(handle: string, count: number): string {
    const own = this.world.calls!.filter(({ params }) => params.on === handle).slice(-count)
    return own.map(({ verdict }) => (verdict === "accepted" ? verdict : "clause" in verdict ? verdict.clause : verdict._tag)).join(" ")
  }

  sent(kind: string): number {
    return this.world.sent.get(kind) ?? 0
  }

  /** The verdict of the last call. */
  last(): Call["verdict"] {
    return this.world.calls!.at(-1)!.verdict
  }
}

/** Calls what was recorded, and claims the same verdicts. */
const replay = (author: Author, calls: ReadonlyArray<Call>): void => {
  for (const { method, params, verdict } of calls) {
    const name = method as "delivery-service.receive"
    const given = params as ParamsOf<"delivery-service.receive">
    if (verdict === "accepted") author.accepts(name, given)
    else if (verdict._tag === "Ignored") author.ignores(name, given)
    else if (verdict._tag === "Refused") author.refuses({ id: verdict.clause } as Clause, name, given)
    else throw new Error(`${method}: ${JSON.stringify(verdict)}`)
  }
}

/** A settled group, recorded. */
const recorded = (members: ReadonlyArray<string>, faulty: Scenario["faulty"] = {}, sampleSize = 0): World =>
  settledWorld(members, new Map(Object.entries(faulty)), emptyWorld(authorPrimitives, true, sampleSize))

/** A scenario as a case. */
export const scenarioCase = (
  id: string,
  { title, clauses, members = ["A", "B", "C", "D"], faulty, sampleSize, schedule, unfinished, traced, claims }: Scenario,
): Case => {
  const written = aCase(`delivery-service/${id}`, { title, clauses }, (author) => {
    const world = recorded(members, faulty, sampleSize)
    const played = nothingPlayed()
    const found = new Set<string>()
    const verified = new Set<unknown>()
    for (const move of schedule) {
      play(world, [move], played)
      for (const violation of violations(world, verified)) found.add(violation)
    }
    if (unfinished !== true) for (const violation of violationsAtRest(world)) found.add(violation)
    author.claim(found.size === 0, `no violation: ${[...found].join(", ")}`)
    author.claim(played.refused.length === 0, `no operation is refused: ${JSON.stringify(played.refused)}`)
    replay(author, world.calls!)
    claims(new ScenarioOutcome(author, world, played))
  })
  return traced === true ? written : withoutTraces(written)
}

/** Puts a message in, given in JSON; gives its digest. */
export const put = (author: Author, message: string): string =>
  author.accepts("delivery-service.put" satisfies MethodName, { message }).digest

/** The bytes of a message, in hex. */
export const hexOfMessage = (message: DeliveryMessage): string => Hex.encode(encodeWire(DeliveryMessage, message))

/** Plays and replays a schedule. */
export const after = (author: Author, schedule: ReadonlyArray<Move>, members: ReadonlyArray<string> = ["A", "B", "C", "D"]): World => {
  const world = recorded(members)
  play(world, schedule)
  replay(author, world.calls!)
  return world
}
