/**
 * Symbolic groups for the cases of the chapter "tree-kem" and of those that deliver its messages.
 *
 * @module
 */
import type { Schema } from "effect"
import { Hex } from "effect/encoding"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import { session } from "../../../reference/methods.ts"
import { type Cbor, encodeCbor } from "../../../spec/conventions/cbor.ts"
import type { MethodName } from "../../../spec/methods.ts"
import type { Author, OutputOf, ParamsOf } from "../author.ts"
import { filled, repeated } from "../people.ts"

/** The group of the cases. */
export const group = filled(0x77, 16)

type SymbolicType = ParamsOf<"tree-kem.sign">["type"]
type Value = Readonly<Record<string, unknown>>

const scratch = session(nodePrimitives)

const call = <M extends MethodName>(method: M, params: ParamsOf<M>): OutputOf<M> => {
  const verdict = scratch.call(method, params)
  if (verdict.verdict !== "accepted") throw new Error(`${method}: ${JSON.stringify(verdict)}`)
  return verdict.output as OutputOf<M>
}

/** The fields of symbolic messages that cases look at. */
interface Said {
  readonly references: ReadonlyArray<string>
  readonly key: string | null
  readonly confirmation: string
  readonly keyPackage: Value
  readonly keyPackages: ReadonlyArray<Value>
}

/** The signature secret key of a user's key package. */
export const secretOf = (user: string, number = 0): string =>
  Hex.encode(labelledDraw(nodePrimitives, Uint8Array.from(Buffer.from(repeated(user), "hex")), `tree-kem/init/${number}`, 32))

/** What a symbolic message says. */
export const said = (type: ParamsOf<"tree-kem.decode">["type"], bytes: string): Said =>
  call("tree-kem.decode", { type, bytes }).value as unknown as Said

/** A symbolic message that says something else, signed by a user. */
export const altered = (type: SymbolicType, bytes: string, change: Value, signer: string): string =>
  call("tree-kem.sign", { type, value: { ...said(type, bytes), ...change } as Schema.Json, secretKey: secretOf(signer) }).bytes

/** A symbolic message that says something else under the signature of what it said. */
export const forged = (type: ParamsOf<"tree-kem.encode">["type"], bytes: string, change: Value): string =>
  call("tree-kem.encode", { type, value: { ...said(type, bytes), ...change } as Schema.Json }).bytes

/** The reference of a symbolic proposal. */
export const referenceOf = (proposal: string): string => call("tree-kem.read-proposal", { proposal }).ref

/** A SHA-256 of a CBOR array, as the chapter has them. */
export const digest = (...values: ReadonlyArray<Cbor>): string => Hex.encode(nodePrimitives.sha256(encodeCbor(values)))

/** Makes a handle of the user's name; gives its key package. */
export const appear = (author: Author, user: string, number = 0): string =>
  author.accepts("tree-kem.init", { on: user, seed: repeated(user), backEnd: "symbolic", user, number }).keyPackage

/** All of them admit a proposal. */
export const admitted = (author: Author, users: ReadonlyArray<string>, proposal: string): string => {
  for (const on of users) author.accepts("tree-kem.admit", { on, proposal })
  return proposal
}

/** The first of the users founds a group, adds the others, and all are in epoch 1. Gives their key packages. */
export const grown = (author: Author, users: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [founder, ...others] = users as [string, ...Array<string>]
  const keyPackages = users.map((user) => appear(author, user))
  author.accepts("tree-kem.found", { on: founder, group })
  for (const keyPackage of keyPackages.slice(1)) {
    admitted(author, [founder], author.accepts("tree-kem.propose-add", { on: founder, keyPackage }).proposal)
  }
  const { welcome } = author.accepts("tree-kem.commit", { on: founder, references: null })
  author.accepts("tree-kem.adopt", { on: founder })
  for (const on of others) author.accepts("tree-kem.join", { on, welcome: welcome! })
  return keyPackages
}

type Shown = OutputOf<"tree-kem.adopt">

/** Claims that all of them show the same group, each on its own leaf. */
export const agree = (author: Author, views: ReadonlyArray<Shown>): void => {
  const [first] = views
  const shared = ({ group, epoch, members, groupKey, authenticator }: Shown) =>
    JSON.stringify([group, epoch, members, groupKey, authenticator])
  const same = (view: Shown) => shared(view) === shared(first!)
  author.claim(views.every(same), "all share group, epoch, members, key and authenticator")
  author.claim(new Set(views.map(({ me }) => me)).size === views.length, "each has a leaf of its own")
}
