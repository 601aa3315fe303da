/**
 * Cooperation alone, in memory: members that exchange bundles of statements in any order that a test chooses, and faulty ones that sign what they like.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import type { Cooperation, Electorate, Statement } from "../../../spec/delivery-service/cooperation.ts"
import { signedBytes } from "../cooperation/settle.ts"
import { type Acceptance, type Cooperated, learn, open, propose, receive, relax, validate } from "../cooperation.ts"
import { acceptedWith, quickPrimitives } from "./quick-signatures.ts"

/** The secret half of the leaf signature key of a voter. */
export const secretOf = (leaf: number): Uint8Array => new Uint8Array(32).fill(leaf + 1)

/** The value with this number: its ref is the number, repeated. */
export const refOf = (number: number): string => Hex.encode(new Uint8Array(32).fill(number + 1))

/** Those who vote when there are `n` members with `t` faulty ones. */
export const electorateOf = (n: number, t: number, k = 1, fastPath = 0): Electorate => ({
  group: "11".repeat(16),
  epoch: 0,
  voters: Array.from({ length: n }, (_, leaf) => ({ leaf, key: quickPrimitives.ed25519PublicKey(secretOf(leaf)) })),
  faults: t,
  sensitivity: k,
  fastPath,
})

/** What is on its way: statements, and the values whose content goes with them. */
export interface Bundle {
  readonly to: number
  readonly statements: ReadonlyArray<Statement>
  readonly contents: ReadonlyArray<string>
}

/** Members that run cooperation. */
export interface Room {
  readonly electorate: Electorate
  readonly states: Map<number, Cooperation>
  readonly accepted: Map<number, Array<Acceptance>>
  readonly flying: Array<Bundle>
  /** Which members find which values valid. */
  readonly isValid: (leaf: number, value: string) => boolean
}

/** A room of the members that are not `faulty`. */
export const roomOf = (electorate: Electorate, faulty: ReadonlyArray<number>, isValid: Room["isValid"] = () => true): Room => {
  const correct = electorate.voters.map(({ leaf }) => leaf).filter((leaf) => !faulty.includes(leaf))
  return {
    electorate,
    states: new Map(correct.map((leaf) => [leaf, acceptedWith(open(electorate, 1, leaf))])),
    accepted: new Map(correct.map((leaf) => [leaf, []])),
    flying: [],
    isValid,
  }
}

/** Sends to everybody else. */
export const broadcast = (room: Room, from: number, statements: ReadonlyArray<Statement>, contents: ReadonlyArray<string>): void => {
  for (const to of room.states.keys()) if (to !== from) room.flying.push({ to, statements, contents })
}

const take = (room: Room, leaf: number, { state, signed, accepted }: Cooperated): void => {
  room.states.set(leaf, state)
  room.accepted.get(leaf)!.push(...accepted)
  if (signed.length > 0) broadcast(room, leaf, state.statements, state.known)
}

/** A correct member proposes. */
export const proposeIn = (room: Room, leaf: number, value: string): void =>
  take(room, leaf, acceptedWith(propose(room.states.get(leaf)!, secretOf(leaf), value)))

/** A correct member stops waiting for θ. */
export const relaxIn = (room: Room, leaf: number): void => take(room, leaf, acceptedWith(relax(room.states.get(leaf)!, secretOf(leaf))))

/** Delivers a bundle: its statements, then the contents that are new, of which each is found valid or not. */
export const deliverIn = (room: Room, { to, statements, contents }: Bundle): void => {
  take(room, to, acceptedWith(receive(room.states.get(to)!, secretOf(to), statements)))
  for (const value of contents) {
    const state = room.states.get(to)!
    if (state.known.includes(value)) continue
    const step = room.isValid(to, value) ? validate : learn
    take(room, to, acceptedWith(step(state, secretOf(to), value)))
  }
}

/** Signs any statement in the name of a faulty member. */
export const forged = (electorate: Electorate, leaf: number, seq: number, type: Statement["type"], ref: string): Statement => {
  const statement = { type, signer: leaf, seq, ref }
  const state = { electorate, instance: 1 } as Cooperation
  return { ...statement, signature: quickPrimitives.ed25519Sign(secretOf(leaf), signedBytes(state, statement)) }
}
