/**
 * Plays by a seed: who does what, and who takes what when, is drawn. The same seed gives the same play, in all times and places.
 *
 * @module
 */
import type { Play, PlayFile } from "../../../conformance/protocol/plays.ts"
import { type BaseName, bases, classes, usersOf } from "../../../reference/simulation/scenarios.ts"
import type { Start } from "../../../reference/simulation/world.ts"
import { clauses as membership } from "../../../spec/dcgka/group-membership.ts"
import { foundersCast, openingOf } from "./from-schedules.ts"
import { Stage } from "./stage.ts"

/** Gives a whole number below `count`. */
export type Draw = (count: number) => number

/** The generator of Park and Miller, which every language computes alike. */
export const drawing = (seed: number): Draw => {
  let state = (seed % 2_147_483_646) + 1
  const next = (): number => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  // The first numbers from neighbouring seeds are neighbours too.
  for (let skipped = 0; skipped < 3; skipped++) next()
  return (count) => Math.floor(next() * count)
}

const letters = "abcdefghijklmnopqrstuvwxyz"

/** Who can take what. */
const dueOf = (stage: Stage, handles: ReadonlyArray<string>, inOrder: boolean): ReadonlyArray<readonly [to: string, name: string]> =>
  handles.flatMap((to) => stage.due(to, inOrder).map((name) => [to, name] as const))

/** Everything is taken that can be, in an order that is drawn: any, or with `inOrder` a causal one. */
const settle = (stage: Stage, handles: ReadonlyArray<string>, inOrder: boolean, draw: Draw): void => {
  for (let due = dueOf(stage, handles, inOrder); due.length > 0; due = dueOf(stage, handles, inOrder)) {
    stage.takes(...due[draw(due.length)]!)
  }
}

const sentence = (starts: ReadonlyArray<Start>): string =>
  starts.map(({ by, kind, user }) => `${by} ${kind}s${user === undefined ? "" : ` ${user}`}`).join(", ")

const tripleOf = (base: BaseName, starts: ReadonlyArray<Start>, seed: number): Play => {
  const users = usersOf(bases[base])
  const cast: Record<string, string> = { ...foundersCast(bases[base]) }
  const made = starts.map(({ kind, user }) => {
    if (user === undefined) return ""
    const letter = letters[users.indexOf(user)]!
    const handle = kind === "add" && cast[letter] !== undefined ? letters[users.length + Object.keys(cast).length]! : letter
    cast[handle] = user
    return handle
  })
  const stage = openingOf(bases[base], cast)
  stage.scene()
  for (const [index, { by, kind }] of starts.entries()) {
    const handle = letters[users.indexOf(by)]!
    if (kind === "update") stage.updates(handle)
    else if (kind === "add") stage.adds(handle, made[index]!)
    else stage.removes(handle, made[index]!)
  }
  settle(stage, Object.keys(cast).sort(), seed % 2 === 0, drawing(seed))
  const slug = starts.map(({ by, kind, user }) => [by, kind, user].filter((part) => part !== undefined).join("-")).join("+")
  return {
    id: `triples/${base}/${slug}`,
    title: `At once: ${sentence(starts)}. What follows is taken in an order that is drawn`,
    clauses: [membership.members.id],
    needs: stage.needs(),
    ...stage.scene(),
    end: stage.end(),
  }
}

/** One play for each class of what three members of a base start at once. */
export const triples = (base: BaseName): PlayFile => ({
  format: "conclave-plays/1",
  part: "dcgka",
  set: `triples-${base}`,
  opening: openingOf(bases[base], foundersCast(bases[base])).scene(),
  plays: classes(bases[base], 3).map(({ starts }, index) => tripleOf(base, starts, index + 1)),
})

const operate = (stage: Stage, by: string, outsiders: Array<string>, draw: Draw): void => {
  const others = stage.present(by).filter((one) => one !== by)
  const kind = draw(outsiders.length > 0 ? 4 : 3)
  if (kind === 3) stage.adds(by, outsiders.shift()!)
  else if (kind === 2 && others.length > 1) stage.removes(by, others[draw(others.length)]!)
  else stage.updates(by)
}

/** The users of random plays, of whom some found the group. */
const users = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]

/** Somebody seals now and then, and somebody gets one of the application messages, the last ones mostly. */
const write = (stage: Stage, handles: ReadonlyArray<string>, draw: Draw): void => {
  const by = handles[draw(handles.length)]!
  if (draw(3) === 0 && stage.present(by).length > 0) stage.seals(by)
  const to = handles[draw(handles.length)]!
  const recent = stage.sealed.slice(-6)
  if (recent.length > 0 && stage.hasEntered(to)) stage.gets(to, recent[draw(recent.length)]!)
}

/**
 * A play by its seed: three or more found the group, and do so many operations while what is sent is on its way. With `writing`, they seal application
 * messages all the while, and in the end everybody gets those that it has not opened.
 */
export const randomPlay = (seed: number, operations = 5, mostFounders = 5, writing = false): Play => {
  const draw = drawing(seed)
  const founders = [...letters.slice(0, 3 + draw(mostFounders - 2))]
  const outsiders = [...letters.slice(founders.length, Math.min(founders.length + 3, users.length))]
  const cast = Object.fromEntries([...founders, ...outsiders].map((handle, index) => [handle, users[index]!]))
  const stage = new Stage(cast).creates("a", founders.slice(1).join("")).settles(founders.join(""))
  const handles = Object.keys(cast)
  const inOrder = seed % 2 === 0
  for (let left = operations; left > 0; ) {
    const due = dueOf(stage, handles, inOrder)
    const able = handles.filter((handle) => stage.present(handle).length > 0)
    if (able.length === 0) break
    if (writing) write(stage, handles, draw)
    if (due.length > 0 && draw(3) > 0) stage.takes(...due[draw(due.length)]!)
    else {
      operate(stage, able[draw(able.length)]!, outsiders, draw)
      left--
    }
  }
  settle(stage, handles, inOrder, draw)
  if (writing) {
    for (const handle of handles) if (stage.present(handle).length > 0) stage.seals(handle)
    for (const handle of handles) if (stage.hasEntered(handle)) stage.reads(handle)
  }
  return {
    id: `random/${seed}`,
    title: `${founders.length} members and ${operations} operations, drawn from the seed ${seed}`,
    clauses: [membership.members.id],
    needs: stage.needs(),
    ...stage.scene(),
    end: stage.end(),
  }
}

/** A few plays by seeds, of those that any number could be made of. */
export const randomPlays = (count: number): PlayFile => ({
  format: "conclave-plays/1",
  part: "dcgka",
  set: "random",
  opening: { cast: {}, steps: [], messages: {} },
  plays: Array.from({ length: count }, (_, index) => randomPlay(index + 1)),
})
