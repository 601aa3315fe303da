/**
 * Holds the equivalence that exploration rests on: wherever answers fall, a member sends the same, and ends in the same state.
 *
 * For each member of each end of a schedule: its operations stay in their order, and answers are put wherever the delivery rules let them be, in all combinations. What leads to the same set of handled
 * messages must lead to the same state, which is compared, and is explored once. What is compared leaves out what may differ: which key the next message on a channel is sealed to, and
 * how much a welcome covers.
 *
 * @module
 */
import { createHash } from "node:crypto"
import { Hex } from "effect/encoding"
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import { handle, isDue, type Lab, type Local, type Message, operate, Violation } from "../../reference/simulation/locals.ts"
import type { World } from "../../reference/simulation/world.ts"

/** A digest of a member's state up to what may differ. Of as many states as there are, the text would not fit into memory. */
const essenceOf = (local: Local): string => digestOf(essentials(local))

const essentials = ({ state }: Local): string => {
  const { ratchets, memberSecrets, seen, updates, channels, removed } = state
  if (removed === 1) return `removed ${KeyAgreement.ourView(state)}`
  const sorted = (table: Readonly<Record<string, unknown>>) => Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([
    KeyAgreement.ourView(state),
    sorted(ratchets).map(([member, ratchet]) => [member, Hex.encode(ratchet as Uint8Array)]),
    memberSecrets.map(({ sender, seq, member, secret }) => `${sender} ${seq} ${member} ${Hex.encode(secret)}`).sort(),
    sorted(seen),
    updates.map(({ sender, seq, awaited }) => `${sender} ${seq} ${awaited}`).sort(),
    sorted(channels).map(([member, channel]) => {
      const { ownKeys, nextIndex, peerIndex } = channel as KeyAgreement.State["channels"][string]
      return [member, ownKeys.map(({ index }) => index), nextIndex, peerIndex]
    }),
  ])
}

/** What is shared by all explorations of places that begin in one world. */
export interface Places {
  readonly roots: Map<string, Local>
  /** By what was handled, operations in their order: the one local, and its essence. */
  readonly merged: Map<string, { readonly local: Local; readonly essence: string }>
  /** What has been explored. */
  readonly done: Set<string>
  /** How many locals there were when the states that others are compared with were forgotten last. What has been explored is not forgotten. */
  forgotten: number
  states: number
  visits: number
}

export const places = (lab: Lab): Places => ({
  roots: new Map(),
  merged: new Map(),
  done: new Set(),
  forgotten: lab.count.locals,
  states: 0,
  visits: 0,
})

const digestOf = (text: string): string => createHash("sha256").update(text).digest("base64")

interface Track {
  readonly lab: Lab
  readonly places: Places
  /** The steps that are no answers, in order, as they were taken in the end at hand. */
  readonly operations: ReadonlyArray<Local>
  /** The answers, each with the number of own messages that were really sent before it was. */
  readonly answers: ReadonlyArray<{ readonly message: Message; readonly after: number }>
  readonly end: Local
  readonly prefix: string
}

const stepKey = (step: Local): string => (step.cause === undefined ? `own ${step.emitted[0]!.id}` : String(step.cause.id))

const repeat = (lab: Lab, local: Local, step: Local): Local => {
  if (step.cause !== undefined) return handle(lab, local, step.cause, false)
  const { control } = step.emitted[0]!
  return operate(lab, local, stepKey(step), (state) => {
    if (control.type === "add") return KeyAgreement.add(state, control.user)
    return control.type === "remove" ? KeyAgreement.remove(state, control.member) : KeyAgreement.update(state)
  })
}

const checkEmitted = (local: Local, step: Local) => {
  const meaning = ({ emitted }: Local) =>
    JSON.stringify(emitted.map(({ outgoing, secret }) => [Hex.encode(outgoing.control), outgoing.directs.map(({ to }) => to), secret]))
  if (meaning(local) !== meaning(step)) throw new Violation(`what ${local.name} sends depends on where answers fall`)
}

/** The one local for what was handled; the state must be the same by whatever way it was reached. */
const merge = ({ places, prefix, operations }: Track, local: Local, done: number, answers: ReadonlySet<Message>): Local => {
  const order = operations.slice(0, done).map(stepKey).join()
  const handled = [...answers].map(({ id }) => id).sort()
  const key = digestOf(`${prefix}|${order}|${handled}`)
  const essence = essenceOf(local)
  const known = places.merged.get(key)
  if (known === undefined) {
    places.states++
    places.merged.set(key, { local, essence })
    return local
  }
  if (known.local !== local && known.essence !== essence) throw new Violation(`the state of ${local.name} depends on where answers fall`)
  return known.local
}

const place = (track: Track, local: Local, done: number, handled: ReadonlySet<Message>, visited: Set<number>): void => {
  if (visited.has(local.id)) return
  visited.add(local.id)
  track.places.visits++
  const { lab, operations, answers, end } = track
  let isEnd = true
  const step = operations[done]
  if (step !== undefined && (step.cause === undefined || isDue(local, step.cause))) {
    isEnd = false
    const next = repeat(lab, local, step)
    checkEmitted(next, step)
    place(track, merge(track, next, done + 1, handled), done + 1, handled, visited)
  }
  for (const { message, after } of answers) {
    if (handled.has(message) || after > (local.last?.seq ?? 0) || !isDue(local, message)) continue
    isEnd = false
    const more = new Set(handled).add(message)
    place(track, merge(track, handle(lab, local, message, false), done, more), done, more, visited)
  }
  if (isEnd && essenceOf(local) !== essenceOf(end)) throw new Violation(`the end of ${local.name} depends on where answers fall`)
}

const trackOf = (places: Places, world: World, base: World, end: Local): Track => {
  const path: Array<Local> = []
  for (let at: Local = end; at.parent !== undefined && at !== base.locals[end.name]; at = at.parent) path.push(at)
  path.reverse()
  const clockOf = new Map(world.sent.map(({ message, clock }) => [message, clock[end.name] ?? 0]))
  const answers = world.sent
    .map(({ message }) => message)
    .filter((message) => message.isAnswer && message.sender !== end.member)
    .map((message) => ({ message, after: clockOf.get(message)! }))
  const operations = path.filter(({ cause }) => !cause?.isAnswer)
  return { lab: world.lab, places, operations, answers, end, prefix: end.name }
}

const rootOf = ({ roots }: Places, base: World, end: Local): Local => {
  const known = roots.get(end.name)
  if (known !== undefined) return known
  let first = end
  while (first.parent !== undefined && first !== base.locals[end.name]) first = first.parent
  // A tree of its own: here locals are merged, and those of schedules are not.
  const root: Local = { ...first, next: new Map() }
  roots.set(end.name, root)
  return root
}

/** Puts the answers that each member handles at the end of a schedule at all their places. */
export const placeAnswers = (places: Places, world: World, base: World): void => {
  for (const end of Object.values(world.locals)) {
    const track = trackOf(places, world, base, end)
    if (track.operations.length === 0) continue
    const answers = track.answers.map(({ message, after }) => `${message.id}>${after}`).sort()
    const key = digestOf(`${end.name}|${track.operations.map(stepKey)}|${answers}`)
    if (places.done.has(key)) continue
    places.done.add(key)
    const { count, isCrowded } = world.lab
    if (isCrowded(count.locals - places.forgotten)) {
      places.forgotten = count.locals
      places.merged.clear()
      places.roots.clear()
    }
    place(track, rootOf(places, base, end), 0, new Set(), new Set())
  }
}
