/**
 * What must hold when everything has been delivered that can be: nobody is stuck, all agree, and who was removed can follow nobody.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import { addInput, welcomeInput } from "../../spec/dcgka/ratchet.ts"
import { type Actor, membersOf, type RatchetStep, Violation, type World } from "./world.ts"

const constants = [addInput, welcomeInput].map((input) => Hex.encode(input))

const isPresent = ({ state }: Actor) => state.me !== null && state.removed === 0

const checkNobodyStuck = (world: World, present: ReadonlyArray<readonly [string, Actor]>) => {
  for (const [name, actor] of present) {
    const missing = world.sent.find(({ sender, seq }) => sender !== actor.state.me && seq > (actor.state.seen[sender] ?? 0))
    if (missing !== undefined) throw new Violation(`${name} is stuck: it never handles ${missing.name}`, world.schedule)
  }
}

const checkAgreement = (world: World, present: ReadonlyArray<readonly [string, Actor]>) => {
  const expected = membersOf(world)
  const ids = present.map(([, { state }]) => state.me!).sort()
  if (String(ids) !== String(expected)) throw new Violation(`present are ${ids}, members are ${expected}`, world.schedule)
  for (const [name, { state }] of present) {
    const view = KeyAgreement.ourView(state)
    if (String(view) !== String(expected)) throw new Violation(`${name} has the members ${view}, not ${expected}`, world.schedule)
    for (const [other, { state: theirs }] of present) {
      const [mine, own] = [state.ratchets[theirs.me!], theirs.ratchets[theirs.me!]]
      const isSame = mine !== undefined && own !== undefined && Hex.encode(mine) === Hex.encode(own)
      if (!isSame) throw new Violation(`${name} does not have the ratchet of ${other}`, world.schedule)
    }
  }
}

/** Everything that can be computed from `known` by steps of ratchets whose inputs are known too. */
const closure = (known: ReadonlySet<string>, steps: ReadonlyArray<RatchetStep>): ReadonlySet<string> => {
  const all = new Set(known)
  for (let size = -1; size !== all.size; ) {
    size = all.size
    for (const { state, input, updateSecret, next } of steps) {
      if (all.has(state) && (all.has(input) || constants.includes(input))) all.add(updateSecret).add(next)
    }
  }
  return all
}

/** A removed member that kept all it ever had derives no update secret of a message by whose sender it was no member. */
const checkRemovedAreLockedOut = (world: World) => {
  for (const [name, actor] of Object.entries(world.actors)) {
    if (actor.state.removed === 0) continue
    const all = closure(actor.known, world.steps)
    for (const { secret, view, name: message } of world.sent) {
      const isDerived = secret !== undefined && all.has(Hex.encode(secret))
      if (isDerived && !view.includes(actor.state.me!))
        throw new Violation(`${name}, removed, derives the secret of ${message}`, world.schedule)
    }
  }
}

/** All checks of a world in which nothing more can be delivered. */
export const checkQuiescence = (world: World): void => {
  const present = Object.entries(world.actors).filter(([, actor]) => isPresent(actor))
  checkNobodyStuck(world, present)
  checkAgreement(world, present)
  checkRemovedAreLockedOut(world)
}
