/**
 * What is measured of whole groups: a session of mpENC, and a decision of the delivery service. Everybody is in one process, and the CPU time is that of all members together.
 *
 * @module
 */
import type { Primitives } from "../../reference/crypto/crypto.ts"
import {
  arrive,
  commitIn,
  emptyWorld,
  endTimer,
  nextTimer,
  settledWorld,
  type World,
} from "../../reference/delivery-service/simulation/world.ts"
import { type GroupChannel, groupChannel, pass, want } from "../../reference/simulation/group-channel.ts"
import type { UserAction } from "../../spec/mpenc/notices.ts"
import { callsOf, type Task } from "./measure.ts"

/** Something that a group does, with the calls of the primitives in it. */
export interface Done {
  readonly operation: string
  readonly task: Task
  readonly own: Task
}

/** What a group does from a state, of which `copy` makes one with these primitives for each time. */
const done = <S>(primitives: Primitives, operation: string, copy: (primitives: Primitives) => S, act: (state: S) => void): Done => ({
  operation,
  task: {
    prepare: () => {
      const state = copy(primitives)
      return () => act(state)
    },
  },
  own: callsOf(primitives, (recording) => {
    const state = copy(recording)
    return () => act(state)
  }),
})

const copyOf = ({ fate, grants, listen, primitives: _, ...state }: GroupChannel, primitives: Primitives): GroupChannel => ({
  ...structuredClone(state),
  fate,
  grants,
  listen,
  primitives,
})

/** Until everything has been acknowledged, and half of that time. */
const [settled, sent] = [30_000, 200]

const act = (name: string, action: UserAction, span: number) => (channel: GroupChannel) => {
  const verdict = want(channel, name, action)
  if (verdict !== null) throw new Error(`not accepted: ${JSON.stringify(verdict)}`)
  pass(channel, span)
}

/** A session of `n` people: its start, a message, a refresh, the exclusion of one, and its inclusion again. */
export const sessions = (primitives: Primitives, n: number): ReadonlyArray<Done> => {
  const names = Array.from({ length: n }, (_, index) => `user-${String(index).padStart(2, "0")}`)
  const [first, last] = [names[0]!, names.at(-1)!]
  const channel = groupChannel(names, { primitives })
  for (const name of names) act(name, { type: "join" }, sent)(channel)
  pass(channel, settled)
  const message: UserAction = { type: "send", text: "a message of the usual length" }
  const steps: ReadonlyArray<readonly [operation: string, action: UserAction, span: number]> = [
    ["start", { type: "include", members: names.slice(1) }, settled],
    ["message", message, sent],
    ["message and what follows", message, settled],
    ["refresh", { type: "refresh" }, settled],
    ...(n === 2 ? [] : [["exclude", { type: "exclude", members: [last] }, settled] as const]),
    ...(n === 2 ? [] : [["include", { type: "include", members: [last] }, settled] as const]),
  ]
  return steps.map(([operation, action, span]) => {
    const before = copyOf(channel, primitives)
    // Who was excluded has to come back.
    if (operation === "include" && !before.members.includes(last)) act(last, { type: "join" }, sent)(before)
    const does = act(first, action, span)
    const one = done(primitives, operation, (used) => copyOf(before, used), does)
    if (operation !== "message") does(channel)
    return one
  })
}

/** One commits, and everything arrives in the order in which it was sent. */
const decide = (world: World): void => {
  commitIn(world, world.processes[1]!, null)
  for (;;) {
    const flight = world.flights.shift()
    const timer = flight === undefined ? nextTimer(world) : undefined
    if (flight !== undefined) arrive(world, flight)
    else if (timer !== undefined) endTimer(world, timer)
    else return
  }
}

/** A decision on a commit in a group of `n`. */
export const decisions = (primitives: Primitives, n: number): ReadonlyArray<Done> => {
  const users = Array.from({ length: n }, (_, index) => `user-${String(index).padStart(2, "0")}`)
  // A world has functions in it, and is made anew instead of copied.
  const made = (used: Primitives): World => ({ ...settledWorld(users, new Map(), emptyWorld(primitives)), primitives: used })
  return [done(primitives, "commit", made, decide)]
}
