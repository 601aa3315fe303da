/**
 * What all methods have in common: their types, and what is checked of parameters.
 *
 * @module
 */
import { Effect } from "effect"
import { clauses as suite } from "../../spec/conventions/suite.ts"
import { type NotAccepted, refuse } from "../../spec/conventions/verdicts.ts"
import type { MethodName, methods } from "../../spec/dcgka/methods.ts"
import type { Crypto } from "../crypto/crypto.ts"
import type { Randomness } from "../crypto/randomness.ts"

/** A call that is no call of a method: a wrong parameter, or a handle that does not exist. */
export class BrokenCall extends Error {}

/** The parameters and the output of a method, decoded. */
export type Params<M extends MethodName> = (typeof methods)[M]["params"]["Type"]
type Output<M extends MethodName> = (typeof methods)[M]["output"]["Type"]

/** What a method does. */
export type Step<A> = Effect.Effect<A, NotAccepted, Crypto | Randomness>

/** Methods by name. */
export type Methods = { readonly [M in MethodName]: (params: Params<M>) => Step<Output<M>> }

/** Refuses values of another length (suite.length). */
export const ofLength = (length: number, ...values: ReadonlyArray<Uint8Array>) =>
  values.every((value) => value.length === length) ? Effect.void : Effect.fail(refuse(suite.length, `${length} bytes expected`))

/** The value of a primitive, or the refusal that its clause demands. */
export const orRefuse = <A>(value: A | undefined, clause: (typeof suite)[keyof typeof suite]) =>
  value === undefined ? Effect.fail(refuse(clause, "the primitive refuses")) : Effect.succeed(value)
