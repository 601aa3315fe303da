/**
 * Every concurrency case: for each class of pairs of operations started at once, and each vector of orders in which the members can handle them, one case. The same enumeration as
 * that of exploration, so that what is explored and what is published are the same scenarios.
 *
 * @module
 */
import { type BaseName, bases, classes, labFor, worldOf } from "../../../reference/simulation/scenarios.ts"
import { ordersOf, schedules } from "../../../reference/simulation/schedules.ts"
import { toyPrimitives } from "../../../reference/simulation/toy-primitives.ts"
import { type Start, unplayed, type World } from "../../../reference/simulation/world.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as membership } from "../../../spec/dcgka/group-membership.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile, withoutTraces } from "../author.ts"
import { playSchedule } from "./concurrency-play.ts"

/** A set of the matrix: a base, and how many start something at once. */
export interface MatrixSet {
  readonly base: BaseName
  readonly starters: number
  /** Whether the updates by which members rekey are tried in every order, or placed early and late like answers. */
  readonly rekeys: World["rekeys"]
}

/** The sets whose cases are files. */
export const published: ReadonlyArray<MatrixSet> = (["2", "3", "3r", "4r"] as const).map((base) => ({
  base,
  starters: 2,
  rekeys: "ordered",
}))

const slug = ({ by, kind, user }: Start): string => [by, kind, user].filter((part) => part !== undefined).join("-")

/** The stable name of a class: its base, and what its representative starts. */
export const classId = (base: BaseName, starts: ReadonlyArray<Start>): string => `concurrency/${base}/${starts.map(slug).join("+")}`

const shown = (end: World): ReadonlyArray<Clause> => {
  const messages = end.sent.map(({ message }) => message)
  const types = new Set(messages.map(({ control }) => control.type))
  const forwards = types.has("forward")
  return [
    membership.members,
    membership.view,
    ...(types.has("update") || types.has("remove") ? [clauses.recipients] : []),
    ...(forwards ? [clauses.forward] : []),
    ...(messages.some(({ isRekey }) => isRekey) ? [clauses.rekey] : []),
  ]
}

const sentence = (starts: ReadonlyArray<Start>): string =>
  starts.map(({ by, kind, user }) => `${by} ${kind}s${user === undefined ? "" : ` ${user}`}`).join(", ")

const words = (orders: ReturnType<typeof ordersOf>): string =>
  Object.entries(orders)
    .filter(([, order]) => order.length > 1)
    .map(([name, order]) => `${name} (${order.join(", ")})`)
    .join("; ")

/** The ends of all schedules of a class, in the order of their vectors, answers late and early by turns. */
const endsOf = (world: World, starts: ReadonlyArray<Start>): ReadonlyArray<World> => {
  const found = { lazy: new Map<string, World>(), eager: new Map<string, World>() }
  for (const placement of ["lazy", "eager"] as const) {
    schedules(world, starts, undefined, placement, (end) => found[placement].set(JSON.stringify(ordersOf(end, world)), end))
  }
  return [...found.lazy]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, end], index) => (index % 2 === 0 ? end : (found.eager.get(key) ?? end)))
}

const casesOfClass = (base: BaseName, world: World, starts: ReadonlyArray<Start>): ReadonlyArray<Case> =>
  endsOf(world, starts).map((end, index) => {
    const title = `At once: ${sentence(starts)}. Orders: ${words(ordersOf(end, world))}`
    const about = { title, clauses: shown(end) }
    return withoutTraces(aCase(`${classId(base, starts)}/${index + 1}`, about, (author) => playSchedule(author, bases[base], end)))
  })

/** The cases of a set, class by class; each class is made when it is asked for. */
export const matrixOf = ({
  base,
  starters,
  rekeys,
}: MatrixSet): ReadonlyArray<{ readonly id: string; readonly cases: () => ReadonlyArray<Case> }> => {
  let world: World | undefined
  const fresh = () => {
    world ??= {
      ...worldOf(
        bases[base],
        labFor(bases[base], toyPrimitives, () => {}),
      ),
      rekeys,
    }
    return unplayed(world)
  }
  return classes(bases[base], starters).map(({ starts }) => ({
    id: classId(base, starts),
    cases: () => casesOfClass(base, fresh(), starts),
  }))
}

export default published.map((set) =>
  caseFile({ part: "dcgka", chapter: `concurrency-${set.base}`, layer: "key-agreement", flags: {} }, () =>
    matrixOf(set).flatMap(({ cases }) => cases()),
  ),
)
