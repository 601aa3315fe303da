/**
 * Leaf 1 of a group, and what is gossiped to it: for the cases of the chapter "murmur".
 *
 * @module
 */
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { session } from "../../../reference/methods.ts"
import type { MethodName } from "../../../spec/methods.ts"
import type { Author, OutputOf, ParamsOf } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { group } from "./tree.ts"

const scratch = session(nodePrimitives)

const call = <M extends MethodName>(method: M, params: ParamsOf<M>): OutputOf<M> => {
  const verdict = scratch.call(method, params)
  if (verdict.verdict !== "accepted") throw new Error(`${method}: ${JSON.stringify(verdict)}`)
  return verdict.output as OutputOf<M>
}

const signature = filled(0, 64)

/** A proposal as far as gossip goes: it is told whether it is valid. */
export const proposal = (epoch: number, author: number, number = 0, of = group): string => {
  const nonce = number.toString(16).padStart(64, "0")
  return call("tree-kem.encode", {
    type: "symbolic-proposal",
    value: { type: "symbolic-remove", group: of, epoch, author, nonce, leaf: 0, signature },
  }).bytes
}

/** A proposal in a GOSSIP. */
export const gossip = (bytes: string): string => call("murmur.encode", { value: { type: "murmur-gossip", proposal: bytes } }).bytes

/** A SUBSCRIBE. */
export const subscribe = (epoch: number, of = group): string =>
  call("murmur.encode", { value: { type: "murmur-subscribe", group: of, epoch } }).bytes

/** The leaves of n members. */
export const range = (n: number): ReadonlyArray<number> => Array.from({ length: n }, (_, leaf) => leaf)

/** Leaf 1 of n members in epoch 5. */
export const opened = (author: Author, n: number, sampleSize = 0) =>
  author.accepts("murmur.open", { on: "one", seed: repeated("one"), group, epoch: 5, me: 1, members: range(n), sampleSize })

/** Leaf 1 accepts a message. */
export const receive = (author: Author, from: number, message: string, valid = true) =>
  author.accepts("murmur.receive", { on: "one", from, message, valid })
