/**
 * Enumerates scenarios (what members start at once), and for each all schedules.
 *
 * Two deliveries to different actors commute, and neither can take the other's turn away. So schedules are explored up to this equivalence, by sleep sets
 * (Godefroid): each order of operations at each actor is taken once. Answers are delivered as soon as they can be: that their place does not matter is checked apart,
 * for each actor and each order of operations at it, by trying all places.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import { checkQuiescence } from "./quiescence.ts"
import { deliver, isAnswer, type Message, operate, Violation, type World, withAnswers } from "./world.ts"

/** What an actor can start: an update, or the addition or removal of a user. */
export interface Start {
  readonly by: string
  readonly kind: "update" | "add" | "remove"
  readonly user?: string
}

const memberOf = (state: KeyAgreement.State, user: string | undefined) =>
  KeyAgreement.ourView(state).find((member) => state.users[member] === user)

const start = (world: World, { by, kind, user }: Start): World =>
  operate(world, by, (state) => {
    if (kind === "update") return KeyAgreement.update(state)
    return kind === "add" ? KeyAgreement.add(state, user!) : KeyAgreement.remove(state, memberOf(state, user)!)
  })

const canStart = (world: World, { by, kind, user }: Start): boolean => {
  const { state } = world.actors[by]!
  if (state.me === null || state.removed === 1) return false
  if (kind === "update") return true
  const member = memberOf(state, user)
  return kind === "add" ? member === undefined && user !== by : member !== undefined && member !== state.me
}

/** What was explored. */
export interface Counts {
  scenarios: number
  schedules: number
  states: number
  deliveries: number
}

/** Counts, all zero. */
export const noCounts = (): Counts => ({ scenarios: 0, schedules: 0, states: 0, deliveries: 0 })

const usersOf = (world: World) => [...new Set(Object.values(world.actors).map(({ user }) => user))]

/** Everything that `name` could start in `world`. */
const startsOf = (world: World, name: string): ReadonlyArray<Start> => {
  const others = usersOf(world).filter((user) => user !== world.actors[name]!.user)
  const all: ReadonlyArray<Start> = [
    { by: name, kind: "update" },
    ...others.flatMap(
      (user): ReadonlyArray<Start> => [
        { by: name, kind: "add", user },
        { by: name, kind: "remove", user },
      ],
    ),
  ]
  return all.filter((one) => canStart(world, one))
}

/** All ways for each of `names` to start something at once. */
export const combinations = (world: World, names: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<Start>> =>
  names.reduce<ReadonlyArray<ReadonlyArray<Start>>>(
    (sofar, name) => sofar.flatMap((starts) => startsOf(world, name).map((one) => [...starts, one])),
    [[]],
  )

/** Every operation that anybody might do at some later point. */
export const followUps = (world: World): ReadonlyArray<Start> => {
  const names = Object.keys(world.actors)
  return names.flatMap((by) => [
    { by, kind: "update" as const },
    ...usersOf(world)
      .filter((user) => user !== world.actors[by]!.user)
      .flatMap((user) => [
        { by, kind: "add" as const, user },
        { by, kind: "remove" as const, user },
      ]),
  ])
}

/** All choices of `count` of `names`, in order. */
export const choices = (names: ReadonlyArray<string>, count: number): ReadonlyArray<ReadonlyArray<string>> =>
  count === 0 ? [[]] : names.flatMap((name, index) => choices(names.slice(index + 1), count - 1).map((rest) => [name, ...rest]))

interface Transition {
  readonly actor: string
  readonly key: string
  readonly world: World
}

const transitionsOf = (world: World, followUp: Start | undefined, counts: Counts): ReadonlyArray<Transition> => {
  const operations = world.sent.filter((message) => !isAnswer(message))
  const deliveries = Object.keys(world.actors).flatMap((actor) =>
    operations.flatMap((message): ReadonlyArray<Transition> => {
      const next = deliver(world, actor, message)
      if (next === undefined) return []
      counts.deliveries++
      return [{ actor, key: `${actor} < ${message.name}`, world: next }]
    }),
  )
  if (followUp === undefined || world.followed || !canStart(world, followUp)) return deliveries
  return [...deliveries, { actor: followUp.by, key: "follow-up", world: { ...start(world, followUp), followed: true } }]
}

const explore = (world: World, followUp: Start | undefined, asleep: ReadonlySet<string>, counts: Counts, each: (leaf: World) => void) => {
  counts.states++
  const transitions = transitionsOf(world, followUp, counts)
  if (transitions.length === 0) {
    counts.schedules++
    checkQuiescence(world)
    each(world)
    return
  }
  const sleeping = new Set(asleep)
  for (const { actor, key, world: next } of transitions) {
    const name = `${actor}|${key}`
    if (sleeping.has(name)) continue
    const kept = new Set([...sleeping].filter((one) => !one.startsWith(`${actor}|`)))
    explore(withAnswers(next), followUp, kept, counts, each)
    sleeping.add(name)
  }
}

/** What an actor agrees on with itself, however answers were placed: everything but its channels, which depend on the order of sending and receiving. */
const essenceOf = ({ state }: World["actors"][string]): string =>
  JSON.stringify([
    KeyAgreement.ourView(state),
    Object.entries(state.ratchets)
      .sort()
      .map(([member, ratchet]) => [member, Hex.encode(ratchet)]),
    state.memberSecrets.map(({ sender, seq, member, secret }) => `${sender} ${seq} ${member} ${Hex.encode(secret)}`).sort(),
    Object.entries(state.seen).sort(),
  ])

// In the leaf the actor had sent by then what is answered; here it has not yet, so that the answer cannot be there either.
const answersUnsent = (world: World, name: string, { control }: Message): boolean => {
  const { me, seen } = world.actors[name]!.state
  return (control.type === "ack" || control.type === "add-ack") && control.ofSender === me && control.ofSeq > (seen[me] ?? 0)
}

/** Tries all places for the answers in what one actor handles; its operations stay in the order that `leaf` has them in. */
const placeAnswers = (started: World, leaf: World, name: string, counts: Counts) => {
  const own = new Map(leaf.sent.map((message) => [message.name, message]))
  const operations = leaf.actors[name]!.handled.slice(started.actors[name]!.handled.length)
    .map((one) => own.get(one)!)
    .filter((message) => !isAnswer(message) && message.by !== name)
  const answers = leaf.sent.filter((message) => isAnswer(message) && message.by !== name)
  const seen = new Map<string, string>()
  const place = (world: World) => {
    const { handled } = world.actors[name]!
    const key = [...handled].sort().join()
    const essence = essenceOf(world.actors[name]!)
    const before = seen.get(key)
    if (before !== undefined) {
      if (before !== essence) throw new Violation(`${name} depends on the order of answers`, world.schedule)
      return
    }
    seen.set(key, essence)
    counts.states++
    const next = operations.find((message) => !handled.includes(message.name))
    for (const message of [...(next === undefined ? [] : [next]), ...answers]) {
      if (answersUnsent(world, name, message)) continue
      const after = deliver(world, name, message)
      if (after === undefined) continue
      counts.deliveries++
      place(after)
    }
  }
  place({ ...started, sent: leaf.sent, history: leaf.history })
}

/** Explores one scenario: all schedules of what was started, and optionally of one further operation at any later point. */
export const exploreScenario = (base: World, starts: ReadonlyArray<Start>, followUp: Start | undefined, counts: Counts) => {
  counts.scenarios++
  const started = starts.reduce(start, base)
  const placed = new Set<string>()
  explore(withAnswers(started), followUp, new Set(), counts, (leaf) => {
    // What the actor did later is no answer, and is not replayed there.
    if (followUp !== undefined) return
    for (const name of Object.keys(leaf.actors)) {
      const order = leaf.actors[name]!.handled.filter((one) => !/ (ack|add-ack)$/u.test(one)).join()
      const key = `${name} ${order}`
      if (placed.has(key)) continue
      placed.add(key)
      placeAnswers(started, leaf, name, counts)
    }
  })
}

const words = ({ by, kind, user }: Start) => `${by}: ${kind}${user === undefined ? "" : ` ${user}`}`

/** Names a scenario. */
export const nameOf = (starts: ReadonlyArray<Start>, followUp: Start | undefined): string =>
  [...starts.map(words), ...(followUp === undefined ? [] : [`later ${words(followUp)}`])].join(" | ")
