/**
 * Plays of concurrency: whatever two members start at once, in the orders of the concurrency matrix.
 *
 * @module
 */
import type { Play, PlayFile } from "../../../conformance/protocol/plays.ts"
import { type BaseName, bases } from "../../../reference/simulation/scenarios.ts"
import type { Start, World } from "../../../reference/simulation/world.ts"
import { clauses as membership } from "../../../spec/dcgka/group-membership.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { type Ends, endsOf, foundersCast, openingOf, stageOf } from "./from-schedules.ts"

/** What is started at once, in words. */
export const sentence = (starts: ReadonlyArray<Start>): string =>
  starts.map(({ by, kind, user }) => `${by} ${kind}s${user === undefined ? "" : ` ${user}`}`).join(", ")

const shown = ({ steps, messages }: Pick<Play, "steps" | "messages">): ReadonlyArray<string> => {
  const verbs = new Set(steps.map(([, verb]) => verb))
  const forwards = Object.entries(messages).some(([name, { to }]) => name.includes(">") && to !== undefined)
  const rekeys = Object.keys(messages).some((name) => name.endsWith("+"))
  return [
    membership.members,
    ...(verbs.has("update") || verbs.has("remove") ? [clauses.recipients] : []),
    ...(forwards ? [clauses.forward] : []),
    ...(rekeys ? [clauses.rekey] : []),
  ].map(({ id }) => id)
}

const playOf = (base: BaseName, { id, starts }: Ends, end: World, number: number, prefix: string): Play => {
  const { stage, cast } = stageOf(bases[base], end, { listening: prefix === "outside" })
  const scene = stage.scene()
  return {
    id: `${prefix}/${id}/${number}`,
    title: `At once: ${sentence(starts)}`,
    clauses: shown(scene),
    needs: stage.needs(),
    ...scene,
    cast,
    end: stage.end(),
  }
}

const fileOf = (set: string, base: BaseName, plays: ReadonlyArray<Play>): PlayFile => {
  const opening = openingOf(bases[base], foundersCast(bases[base])).scene()
  return { format: "conclave-plays/1", part: "dcgka", set, opening, plays }
}

/** All pairs of a base: for each vector of orders one play, answers early and late by turns. */
const pairsOf = (base: BaseName): PlayFile => {
  const plays = endsOf(base, 2).flatMap((each) => {
    const [early, late] = [each.ends("eager"), each.ends("lazy")]
    return early.map((end, index) => playOf(base, each, index % 2 === 0 ? end : (late[index] ?? end), index + 1, "pairs"))
  })
  return fileOf(`pairs-${base}`, base, plays)
}

const hasOutsiders = ({ steps }: Play): boolean => steps.some(([, verb]) => verb === "overhears")

/** All pairs of a base by which somebody is removed, who learns of it last. */
const outsideOf = (base: BaseName): PlayFile => {
  const plays = endsOf(base, 2).flatMap((each) =>
    each.ends("lazy").map((end, index) => ({
      ...playOf(base, each, end, index + 1, "outside"),
      title: `At once: ${sentence(each.starts)}. Those who are removed hear everything else first`,
    })),
  )
  return fileOf(`outside-${base}`, base, plays.filter(hasOutsiders))
}

/** The files of plays of concurrency. */
export const concurrencyPlays = (): ReadonlyArray<PlayFile> => [...(["2", "3", "3r", "4r"] as const).map(pairsOf), outsideOf("3")]
