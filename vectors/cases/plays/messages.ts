/**
 * Plays of application messages of dcgka: what members open of what others seal, in named histories, and before, at and after what two members start at
 * once. What an author claims of the histories stands beside; it has to be what the definitions give.
 *
 * @module
 */
import type { Play, PlayFile, PlayStep } from "../../../conformance/protocol/plays.ts"
import { type BaseName, bases } from "../../../reference/simulation/scenarios.ts"
import { clauses } from "../../../spec/dcgka/application-messages.ts"
import { endsOf, foundersCast, openingOf, stageOf } from "./from-schedules.ts"
import { type History, orderly } from "./messages-order.ts"
import { removals } from "./messages-removals.ts"
import { sentence } from "./pairs.ts"
import { Stage } from "./stage.ts"

const users = { a: "alice", b: "bob", c: "carol", d: "dave", e: "erin", f: "frank" } as const

const openedOf = (steps: ReadonlyArray<PlayStep>): Readonly<Record<string, string>> => {
  const pairs = steps.flatMap(([by, verb, ...names]) => (verb === "opens" ? names.map((name) => ({ by, name: String(name) })) : []))
  const byName = Map.groupBy(pairs, ({ name }) => name)
  const numberOf = (name: string) => Number(name.slice(1))
  return Object.fromEntries(
    [...byName]
      .sort(([one], [other]) => numberOf(one) - numberOf(other))
      .map(([name, all]) => [
        name,
        all
          .map(({ by }) => by)
          .sort()
          .join(""),
      ]),
  )
}

const playOf = ({ id, title, clauses: shown, founders = "abc", cast = "abc", again = {}, play, opened }: History): Play => {
  const known: Readonly<Record<string, string>> = users
  const all = Object.fromEntries([...[...cast].map((one) => [one, one]), ...Object.entries(again)].map(([one, of]) => [one!, known[of!]!]))
  const stage = play(new Stage(all).creates(founders[0]!, founders.slice(1)).settles(founders))
  const scene = stage.scene()
  const seen = openedOf(scene.steps)
  if (JSON.stringify(seen) !== JSON.stringify(opened))
    throw new Error(`${id}: opened ${JSON.stringify(seen)}, which its author does not claim`)
  return { id: `messages/${id}`, title, clauses: shown.map((one) => one.id), needs: stage.needs(), ...scene, end: stage.end() }
}

/**
 * What two start at once, one play for each class: everybody seals before, those who start something seal right after it, everybody seals at the end.
 * Each message is offered as soon as somebody can open it, and at the end to all who must not.
 */
const pairsOf = (base: BaseName, prefix: "at-once" | "outside"): ReadonlyArray<Play> =>
  endsOf(base, 2).flatMap(({ id, starts, ends }) => {
    const end = ends("lazy")[0]!
    const { stage, cast } = stageOf(bases[base], end, { listening: prefix === "outside", sealing: true })
    const scene = stage.scene()
    const play = {
      id: `messages-3/${prefix}/${id.replace(`${base}/`, "")}`,
      title: `At once: ${sentence(starts)}. Messages before, between and afterwards`,
      clauses: [clauses["chain-of-secret"].id, clauses.chain.id],
      needs: stage.needs(),
      ...scene,
      cast,
      end: stage.end(),
    }
    return prefix === "outside" && !scene.steps.some(([, verb]) => verb === "overhears") ? [] : [play]
  })

/** The files of plays of application messages. */
export const messagePlays = (): ReadonlyArray<PlayFile> => [
  {
    format: "conclave-plays/1",
    part: "dcgka",
    set: "messages",
    opening: { cast: {}, steps: [], messages: {} },
    plays: [...orderly, ...removals].map(playOf),
  },
  {
    format: "conclave-plays/1",
    part: "dcgka",
    set: "messages-3",
    opening: openingOf(bases["3"], foundersCast(bases["3"])).scene(),
    plays: [...pairsOf("3", "at-once"), ...pairsOf("3", "outside")],
  },
]
