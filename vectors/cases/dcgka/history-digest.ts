/**
 * Group identifiers, digests of histories and cuts, computed for cases as the chapters say, without the reference's bookkeeping.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import { memberId } from "../../../reference/simulation/network.ts"
import { type Cbor, encodeCbor } from "../../../spec/conventions/cbor.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { groupIdInput } from "../../../spec/conventions/identifiers.ts"
import { labels } from "../../../spec/conventions/labels.ts"
import { Change } from "../../../spec/dcgka/group-membership.ts"
import type { Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { repeated } from "../people.ts"

/** What a create says of its group. */
export interface Creation {
  readonly group: string
  readonly users: ReadonlyArray<string>
  readonly signingKey: Uint8Array
  readonly nonce: Uint8Array
}

/** The group that is made of these. */
export const groupOf = (signingKey: Uint8Array, users: ReadonlyArray<string>, nonce: Uint8Array): string =>
  Hex.encode(nodePrimitives.sha256(encodeCbor(groupIdInput(signingKey, users, nonce))).subarray(0, 16))

/** The group that the first of `users` creates with the others, with the randomness that its handle has in these cases. */
export const creationOf = ([creator, ...others]: ReadonlyArray<string>): Creation => {
  const drawn = (label: string, length: number) => labelledDraw(nodePrimitives, bytesOf(repeated(creator!)), label, length)
  const users = [creator!, ...others.sort()]
  const signingKey = nodePrimitives.ed25519PublicKey(drawn("identity/signing", 32))
  const nonce = drawn("group", 16)
  return { group: groupOf(signingKey, users, nonce), users, signingKey, nonce }
}

const asChange = (group: string, { change }: Welcome["changes"][number]): Change => {
  const { sender, seq } = change
  if (change.type === "remove") return change
  if (change.type === "welcome-add") return { type: "add", sender, seq, member: memberId(group, change.user, sender, seq) }
  return { type: "create", sender, seq, members: change.users.map((user) => memberId(group, user, null, 0)).sort() }
}

/** The digest of a history that consists of these changes. */
export const historyDigest = (group: string, changes: Welcome["changes"]): Uint8Array => {
  const digests: Array<string> = []
  const unknownTo = changes.map(({ unknown }) => new Set(unknown))
  // Those at `positions` that none of the others comes after: mostly the last one does.
  const heads = (positions: ReadonlyArray<number>): ReadonlyArray<Cbor> =>
    positions
      .filter((one) => positions.findLast((later) => later > one && !unknownTo[later]!.has(one)) === undefined)
      .map((position) => digests[position]!)
      .sort()
      .map(bytesOf)
  const below = (length: number, unknown: ReadonlySet<number>) => [...Array(length).keys()].filter((at) => !unknown.has(at))
  for (const [at, entry] of changes.entries()) {
    const input = [labels.change, bytesOf(group), encodeWire(Change, asChange(group, entry)), [...heads(below(at, unknownTo[at]!))]]
    digests.push(Hex.encode(nodePrimitives.sha256(encodeCbor(input))))
  }
  return nodePrimitives.sha256(encodeCbor([labels.history, ...heads(below(changes.length, new Set()))]))
}

/** What is last of a member in a cut. */
export interface End {
  readonly member: string
  readonly seq: number
  readonly signingKey: Uint8Array
}

/** The cut of one who knows a history that consists of these changes. */
export const cutOf = (group: string, changes: Welcome["changes"], ends: ReadonlyArray<End>): Uint8Array => {
  const inOrder = [...ends].sort((a, b) => (a.member < b.member ? -1 : 1))
  const taken = inOrder.map(({ member, seq, signingKey }): Cbor => [bytesOf(member), seq, signingKey])
  return nodePrimitives.sha256(encodeCbor([labels.cut, historyDigest(group, changes), taken]))
}
