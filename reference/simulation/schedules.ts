/**
 * All schedules of a world, up to an equivalence.
 *
 * - Steps of different members commute, and none takes away another's turn. So schedules are taken once for each vector of **orders**: for each member the order of what it handles and
 *   does, answers (acks and add-acks) left out. This is the reduction by sleep sets (Godefroid).
 * - Where answers fall changes nothing that a member sends, but the keys that its channels choose and what a welcome covers. So they are placed in two ways only: as late as possible
 *   (`lazy`: an answer is handled when something has to wait for it, or at the end), and as early as possible (`eager`). Exploration holds this against all places that the
 *   delivery rules allow, for each member by itself.
 * - The updates by which members rekey are operations. Where they are many, `World.rekeys` has them placed like answers, so that the orders are those of what was started.
 *
 * @module
 */
import { forgetOthers } from "./locals.ts"
import { act, deliverOperation, isPlaced, type Start, settle, type World, waysTo, withAnswers } from "./world.ts"

/** Where answers are placed. */
export type Placement = "lazy" | "eager"

interface Transition {
  readonly name: string
  readonly key: string
  readonly world: World
}

const followUps = (world: World, followUp: Start): ReadonlyArray<Transition> =>
  Object.values(world.locals)
    .filter(({ user }) => user === followUp.by)
    .flatMap((local) =>
      waysTo(local, followUp).map(({ member }) => ({
        name: local.name,
        key: `further ${member}`,
        world: { ...act(world, { ...followUp, by: local.name }, member), followed: true },
      })),
    )

const transitionsOf = (world: World, followUp: Start | undefined): ReadonlyArray<Transition> => {
  const operations = world.sent.filter(({ message }) => !isPlaced(world, message))
  const deliveries = Object.keys(world.locals).flatMap((name) =>
    operations.flatMap((sent): ReadonlyArray<Transition> => {
      const next = deliverOperation(world, name, sent)
      return next === undefined ? [] : [{ name, key: String(sent.message.id), world: next }]
    }),
  )
  return followUp === undefined || world.followed ? deliveries : [...deliveries, ...followUps(world, followUp)]
}

const placed = (world: World, placement: Placement) => (placement === "eager" ? withAnswers(world) : world)

const explore = (
  world: World,
  followUp: Start | undefined,
  placement: Placement,
  asleep: ReadonlySet<string>,
  leaf: (leaf: World) => void,
) => {
  const transitions = transitionsOf(world, followUp)
  if (transitions.length === 0) return leaf(settle(world))
  const sleeping = new Set(asleep)
  for (const { name, key, world: next } of transitions) {
    const own = `${name}|${key}`
    if (sleeping.has(own)) continue
    const kept = new Set([...sleeping].filter((one) => !one.startsWith(`${name}|`)))
    explore(placed(next, placement), followUp, placement, kept, leaf)
    forgetOthers(world.lab, Object.values(world.locals))
    sleeping.add(own)
  }
}

/** The world in which all of `starts` have been done at once. */
export const started = (base: World, starts: ReadonlyArray<Start>): World =>
  starts.reduce((world, start) => {
    const [way] = waysTo(world.locals[start.by]!, start)
    return act(world, start, way?.member)
  }, base)

/**
 * Calls `leaf` with the end of each schedule of what was started at once and, when there is a follow-up, of one further operation at any later point. In some of the ends nobody could
 * do the follow-up.
 */
export const schedules = (
  base: World,
  starts: ReadonlyArray<Start>,
  followUp: Start | undefined,
  placement: Placement,
  leaf: (leaf: World) => void,
): void => explore(placed(started(base, starts), placement), followUp, placement, new Set(), leaf)

/** For each local the order of the operations that it handled and did in a world, since `base`. */
export const ordersOf = (world: World, base: World): Readonly<Record<string, ReadonlyArray<string>>> =>
  Object.fromEntries(
    Object.values(world.locals).map((local) => {
      const order: Array<string> = []
      for (let at = local; at.parent !== undefined && at !== base.locals[local.name]; at = at.parent) {
        if (at.cause === undefined) order.push(at.emitted[0]!.name)
        else if (!isPlaced(world, at.cause)) order.push(at.cause.name)
      }
      return [local.name, order.reverse()] as const
    }),
  )
