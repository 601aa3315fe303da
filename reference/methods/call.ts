/**
 * What all methods have in common: their types, and what is checked of parameters.
 *
 * @module
 */

import type { Schema } from "effect"
import { Effect } from "effect"
import { longestBytes } from "../../spec/conventions/methods.ts"
import { clauses as suite } from "../../spec/conventions/suite.ts"
import { type NotAccepted, refuse } from "../../spec/conventions/verdicts.ts"
import type { MethodName, methods } from "../../spec/methods.ts"
import type { Crypto } from "../crypto/crypto.ts"
import type { Randomness } from "../crypto/randomness.ts"

/** A call that is no call of a method: a wrong parameter, or a handle that does not exist. */
export class BrokenCall extends Error {}

/** The parameters of a method, decoded. */
export type Params<M extends MethodName> = (typeof methods)[M]["params"]["Type"]

/** What a method does. */
export type Step<A> = Effect.Effect<A, NotAccepted, Crypto | Randomness>

/** All of the methods of a part, by name. */
export type MethodsOf<M extends Readonly<Record<string, { params: Schema.Top; output: Schema.Top }>>> = {
  readonly [N in keyof M]: (params: M[N]["params"]["Type"]) => Step<M[N]["output"]["Type"]>
}

/** Any methods, by name. */
export type Methods = MethodsOf<typeof methods>

/** The methods of a part, over the handles of one session. */
export interface Part {
  readonly methods: Partial<Methods>
  /** Forgets all handles. */
  readonly reset: () => void
  /** The seed of a handle's draws, if there is such a handle. */
  readonly seedOf: (on: string) => Uint8Array | undefined
  /** Everything that a handle holds, in bytes, if there is such a handle. */
  readonly stateOf: (on: string) => ReadonlyArray<Uint8Array> | undefined
}

/** The handle with this name. Throws `BrokenCall` when there is none. */
export const handleIn = <H>(handles: ReadonlyMap<string, H>, name: string): H => {
  const handle = handles.get(name)
  if (handle === undefined) throw new BrokenCall(`no handle ${name}`)
  return handle
}

/** The bytes of a value that a call gave: no call gives a value whose bytes are too long for an answer. */
export const answerable = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length > longestBytes) throw new BrokenCall(`a value of ${bytes.length} bytes`)
  return bytes
}

/** Refuses values of another length (suite.length). */
export const ofLength = (length: number, ...values: ReadonlyArray<Uint8Array>) =>
  values.every((value) => value.length === length) ? Effect.void : Effect.fail(refuse(suite.length, `${length} bytes expected`))

/** The value of a primitive, or the refusal that its clause demands. */
export const orRefuse = <A>(value: A | undefined, clause: (typeof suite)[keyof typeof suite]) =>
  value === undefined ? Effect.fail(refuse(clause, "the primitive refuses")) : Effect.succeed(value)
