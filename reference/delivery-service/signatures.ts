/**
 * Signatures of voters. Statements, votes and commits come again and again, in BUNDLEs, in certificates and in a DECIDE: each is verified once.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import type { Electorate } from "../../spec/delivery-service/cooperation.ts"
import { remembering } from "../conventions.ts"
import type { Primitives } from "../crypto/crypto.ts"

/** How many signatures are remembered at most: a voter that lies can sign without end. */
const most = 1 << 14

/** The signatures of voters that have verified. */
const verified = remembering((_: Electorate): Set<string> => new Set())

/** Whether `signature` is that of the voter on a leaf over these bytes. */
export const isSignedBy = (
  { ed25519Verify }: Primitives,
  electorate: Electorate,
  leaf: number,
  covered: Uint8Array,
  signature: Uint8Array,
): boolean => {
  const known = verified(electorate)
  const name = `${leaf} ${Hex.encode(covered)} ${Hex.encode(signature)}`
  if (known.has(name)) return true
  const voter = electorate.voters.find((one) => one.leaf === leaf)
  if (voter === undefined || !ed25519Verify(voter.key, covered, signature)) return false
  if (known.size >= most) known.clear()
  known.add(name)
  return true
}
