/**
 * The members of mpENC's cases, and their keys: a secret is a text repeated.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { everybody, hexOf } from "../people.ts"

/** The first `count` of the users, Alice first. */
export const people = (count: number): ReadonlyArray<string> => everybody.slice(0, count)

/** A secret of a member: its name, then what it is for. */
export const secretOf = (member: string, what: string): string => hexOf(`${member} ${what} `.repeat(32)).slice(0, 64)

/** The public key of an Ed25519 secret key. */
export const publicKeyOf = (secretKey: string): string => Hex.encode(nodePrimitives.ed25519PublicKey(bytesOf(secretKey)))

/** A signature with Ed25519 of the SHA-256 of a message. */
export const hashSignedBy = (secretKey: string, message: Uint8Array): string => signedBy(secretKey, nodePrimitives.sha256(message))

/** A signature with Ed25519. */
export const signedBy = (secretKey: string, message: Uint8Array): string =>
  Hex.encode(nodePrimitives.ed25519Sign(bytesOf(secretKey), message))
