/**
 * Scenarios: what honest people do and which lies are told, step by step; and playing them. What is not possible is left out, so that anything can be taken out of a scenario.
 *
 * @module
 */
import * as Messaging from "../../reference/dcgka/group-messaging.ts"
import { lies } from "./catalogue.ts"
import { check, checkAtLast, isClosed, look, type Violation } from "./checks.ts"
import { fieldLies } from "./fields.ts"
import type { Lie } from "./telling.ts"
import { alive, type Person, Threw, usersOf, World } from "./world.ts"

/** What an honest person does. */
export interface Move {
  readonly by: string
  readonly does: "update" | "add" | "remove" | "say" | "leave"
  readonly user?: string
}

/** A lie. One that is racing overtakes what the move before it has sent. */
export interface Telling {
  readonly lie: string
  readonly racing?: boolean
}

/** What comes for a person is kept back, or given to it in some order. */
export interface Weather {
  readonly to: string
  readonly network:
    | "keeps back"
    | "gives"
    | "gives in reverse"
    | "gives applications first and the first envelope last"
    | "gives applications last"
}

export type Step = Move | Telling | Weather

/** Who is in the group at first. */
export type Base = "member" | "contact" | "founder" | "former"

/** A base, and what happens. */
export interface Scenario {
  readonly base: Base
  readonly steps: ReadonlyArray<Step>
}

const users = ["alice", "bob", "dave", "erin", "mallory", "zed"]
const dishonest = ["mallory", "zed"]

const bases = new Map<Base, World>()

/** Alice's group with bob, and mallory when it is a member, settled; with mallory removed again; or no group, for mallory to make one. Everybody is in contact with everybody. */
export const baseOf = (base: Base): World => {
  const known = bases.get(base)
  if (known !== undefined) return known.fork()
  const world = new World(users, dishonest)
  for (const one of users) for (const other of users) if (one !== other) world.meet(one, other, 3)
  if (base !== "founder") {
    world.act("alice", base, (messenger) => Messaging.create(messenger, base === "contact" ? ["bob"] : ["bob", "mallory"]))
    world.group = Object.keys(world.person("alice").messenger.groups)[0]!
    world.settle()
  }
  if (base === "former") {
    world.act("alice", "remove mallory", (messenger) => Messaging.remove(messenger, world.group, "mallory"))
    world.settle()
  }
  bases.set(base, world)
  return world.fork()
}

const byName = new Map<string, Lie>(lies.map((lie) => [lie.id, lie]))

const lieNamed = (world: World, id: string): Lie | undefined => byName.get(id) ?? fieldLies(world).find((lie) => lie.id === id)

const move = (world: World, { by, does, user }: Move): boolean => {
  const { group } = world
  const person = world.person(by)
  if (alive(person, group).length === 0 || (user !== undefined && user === by)) return false
  switch (does) {
    case "say":
      return world.say(by)
    case "leave":
      return world.act(by, does, (messenger) => Messaging.leave(messenger, group))
    case "update":
      return world.act(by, does, (messenger) => Messaging.update(messenger, group))
    case "add":
      return world.act(by, `${does} ${user}`, (messenger) => Messaging.add(messenger, group, user!))
    case "remove":
      return (
        usersOf(person, group).includes(user!) && world.act(by, `${does} ${user}`, (messenger) => Messaging.remove(messenger, group, user!))
      )
  }
}

const isApplication = ({ is }: Person["inbox"][number]) => is.startsWith("application")

const weather = (world: World, { to, network }: Weather): boolean => {
  const { inbox } = world.person(to)
  if (network === "keeps back") world.change(to, { cutOff: true })
  else {
    const [first, ...rest] = inbox.filter((packet) => !isApplication(packet))
    const late = [...inbox.filter(isApplication), ...rest, ...(first === undefined ? [] : [first])]
    const orders = {
      gives: inbox,
      "gives in reverse": inbox.toReversed(),
      "gives applications first and the first envelope last": late,
      "gives applications last": [...inbox.filter((packet) => !isApplication(packet)), ...inbox.filter(isApplication)],
    }
    const ordered = orders[network]
    world.change(to, { cutOff: false, inbox: ordered })
  }
  return true
}

/** Only violations of these kinds are looked for; all, when there are none. */
export const looksFor = { kinds: [] as ReadonlyArray<string> }

const sought = (violations: ReadonlyArray<Violation>): ReadonlyArray<Violation> =>
  looksFor.kinds.length === 0 ? violations : violations.filter(({ kind }) => looksFor.kinds.includes(kind))

/** A world in the middle of a scenario, with what was found so far. */
export interface Played {
  readonly world: World
  readonly steps: ReadonlyArray<Step>
  readonly violations: ReadonlyArray<Violation>
  /** Of the last step, if it was a lie: whether somebody honest took something of it, and whether it was possible at all. */
  readonly effect: "none" | "refused" | "taken"
}

const heaviest = (
  costs: ReadonlyArray<{ readonly hkdf: number; readonly verify: number; readonly agree: number; readonly decoded: number }>,
) => ({
  hkdf: Math.max(0, ...costs.map(({ hkdf }) => hkdf)),
  verify: Math.max(0, ...costs.map(({ verify }) => verify)),
  agree: Math.max(0, ...costs.map(({ agree }) => agree)),
  decoded: Math.max(0, ...costs.map(({ decoded }) => decoded)),
})

/** What an update of bob's costs alice, beside what it costs in a world in which nobody has lied. */
const costOfUpdate = (world: World) => {
  const twin = world.fork()
  if (!move(twin, { by: "bob", does: "update" })) return undefined
  const packet = twin.sent.at(-1)!
  return twin.give("alice", packet).cost
}

/** What the most costly honest packet may cost, ten times; and what any may. */
const most = { hkdf: 400, verify: 20, agree: 200, decoded: 60_000 }

const checkCost = (before: World, after: World): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = []
  const known = new Set(before.sent.map(({ id }) => id))
  const lies = after.honest.flatMap(({ verdicts }) =>
    verdicts.filter(({ packet, present }) => present && !packet.honest && !known.has(packet.id)).map(({ cost }) => cost),
  )
  const [twin, honest] = [costOfUpdate(before), costOfUpdate(after)]
  const all = { lie: heaviest(lies), "an honest update after it": honest ?? heaviest([]) }
  for (const [what, cost] of Object.entries(all)) {
    for (const key of ["hkdf", "verify", "agree", "decoded"] as const) {
      const allowed = Math.max(most[key], 10 * (twin?.[key] ?? 0))
      if (cost[key] > allowed)
        violations.push({ kind: "work", says: `${what} costs ${cost[key]} ${key}, where an honest update costs ${twin?.[key]}` })
    }
  }
  return violations
}

const checkClosed = (before: World, after: World, packets: number): ReadonlyArray<Violation> => {
  if (!isClosed(before)) return []
  const [was, is] = [look(before), look(after)]
  const sent = after.sent.slice(before.sent.length)
  // It may be logged and held, but is kept once; beside it stands what it needs, which is shorter than half of it.
  const bytes = sent.reduce((sum, packet) => sum + 1.5 * packet.bytes.length + 400, 0)
  const violations: Array<Violation> = []
  for (const [user, { view, size }] of was) {
    const now = is.get(user)
    if (view === "" || now === undefined) continue
    if (now.view !== view) violations.push({ kind: "closed-view", says: `${user} saw ${view}, and sees ${now.view || "nobody"}` })
    if (now.size > size + bytes) violations.push({ kind: "closed-growth", says: `${user} grew by ${now.size - size} bytes` })
  }
  if (packets > 0) violations.push({ kind: "closed-packets", says: `${packets} packets answer it` })
  return violations
}

const effectOf = (before: World, after: World): Played["effect"] => {
  const known = new Set(before.sent.map(({ id }) => id))
  const fresh = after.sent.filter(({ honest, id }) => !honest && !known.has(id))
  const isTaken = after.honest.some(({ user, verdicts }) =>
    verdicts.some(({ packet, says }) => fresh.includes(packet) && says === "accepted" && alive(after.person(user), after.group).length > 0),
  )
  return isTaken || fresh.length === 0 ? "taken" : "refused"
}

/** Takes note of bob's healing: everybody has what he has sent since his state was stolen, an update among it. */
const noteHealing = (world: World, step: Step) => {
  if ("does" in step && step.by === "bob" && step.does === "update" && world.notebook.stolen !== undefined) {
    const healing = world.sent.findLast(({ by, is }) => by === "bob" && is.includes("update "))?.id
    world.notebook = { ...world.notebook, healed: true, healing: world.notebook.healing ?? healing }
  }
}

const tellLie = (played: Played, step: Telling): Played => {
  const { world: before, steps } = played
  const world = before.fork()
  world.racing = step.racing === true
  if (lieNamed(world, step.lie)?.tell(world) !== true) return { ...played, effect: "none" }
  world.racing = false
  world.settle()
  const fresh = world.sent.slice(before.sent.length)
  const packets = fresh.filter(({ by, honest }) => honest && alive(before.person(by), before.group).length > 0).length
  const honest = world.honest.length
  const told = fresh.filter((packet) => !packet.honest).length
  const storm: ReadonlyArray<Violation> =
    step.racing !== true && packets > 2 * honest * Math.max(told, 1) ? [{ kind: "storm", says: `${packets} packets answer ${told}` }] : []
  const violations = step.racing === true ? [] : [...checkCost(before, world), ...checkClosed(before, world, packets), ...storm]
  return { world, steps: [...steps, step], violations: sought([...violations, ...check(world)]), effect: effectOf(before, world) }
}

/** Who leaves while all are reached is removed once. */
const checkLeaving = (before: World, after: World, step: Step): ReadonlyArray<Violation> => {
  if (!("does" in step) || step.does !== "leave" || Object.values(before.people).some(({ cutOff }) => cutOff)) return []
  const removals = after.sent.slice(before.sent.length).filter(({ honest, is }) => honest && is.includes("remove "))
  return removals.length > 1 ? [{ kind: "removed-twice", says: `${removals.length} remove ${step.by}, who leaves` }] : []
}

/** Plays one more step, and lets everything arrive, unless a lie comes that is to overtake it. */
const playOne = (played: Played, step: Step, next: Step | undefined): Played => {
  if ("lie" in step) return tellLie(played, step)
  const world = played.world.fork()
  const isDone = "does" in step ? move(world, step) : weather(world, step)
  if (!isDone) return { ...played, effect: "none" }
  noteHealing(world, step)
  const steps = [...played.steps, step]
  if (next !== undefined && "lie" in next && next.racing === true) return { world, steps, violations: [], effect: "taken" }
  world.settle()
  return { world, steps, violations: sought([...checkLeaving(played.world, world, step), ...check(world)]), effect: "taken" }
}

const guarded = (played: Played, step: Step, play: () => Played): Played => {
  try {
    return play()
  } catch (error) {
    if (!(error instanceof Threw)) throw error
    return { world: played.world, steps: [...played.steps, step], violations: [{ kind: "threw", says: error.message }], effect: "taken" }
  }
}

/** Plays one more step. A finding stays one. */
export const play = (played: Played, step: Step, next?: Step): Played =>
  played.violations.length > 0 ? played : guarded(played, step, () => playOne(played, step, next))

/** The beginning of a scenario. */
export const begin = (base: Base): Played => ({ world: baseOf(base), steps: [], violations: [], effect: "taken" })

/** What every scenario ends with: all speak, each of the honest updates, and all speak again. */
const finale = (from: World): ReadonlyArray<Violation> => {
  const before = from.fork()
  for (const { user } of before.honest) if (before.person(user).cutOff) before.change(user, { cutOff: false })
  before.settle()
  const world = before.gossiped().fork()
  const talk = () => {
    for (const { user } of world.honest) world.say(user)
    world.settle()
    return check(world)
  }
  const first = [...check(world), ...talk()]
  if (first.length > 0) return first
  for (const { user } of world.honest) {
    move(world, { by: user, does: "update" })
    world.settle()
  }
  return [...check(world), ...talk(), ...checkAtLast(world)]
}

/** The end of a scenario. */
export const end = (played: Played): Played => {
  if (played.violations.length > 0) return played
  return guarded(played, { by: "everybody", does: "say" }, () => ({ ...played, violations: sought(finale(played.world)) }))
}

/** A scenario from beginning to end. */
export const playAll = ({ base, steps }: Scenario): Played =>
  end(steps.reduce((played, step, index) => play(played, step, steps[index + 1]), begin(base)))

/** A step in words. */
export const inWords = (step: Step): string => {
  if ("lie" in step) return `mallory: ${step.lie}${step.racing === true ? ", before the last arrives" : ""}`
  if ("network" in step) return `the network ${step.network} what comes for ${step.to}`
  return `${step.by}: ${step.does}${step.user === undefined ? "" : ` ${step.user}`}`
}
