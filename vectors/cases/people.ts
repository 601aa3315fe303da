/**
 * The people of the cases. Their names, seeds and groups are made up, and look it: a seed is the user's name repeated.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import type { Author } from "./author.ts"

/** Users, in the order in which cases bring them in. */
export const everybody = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"] as const

/** The first `count` of them. */
export const first = (count: number): ReadonlyArray<string> => everybody.slice(0, count)

/** When key bundles of cases expire, and what time it is in them: 2033-05-18 and 2001-09-09. */
export const expires = 2_000_000_000
export const now = 1_000_000_000

/** 32 bytes that repeat a text. */
export const repeated = (text: string): string => Hex.encode(new TextEncoder().encode(text.repeat(32).slice(0, 32)))

/** `length` bytes, all `byte`. */
export const filled = (byte: number, length: number): string => Hex.encode(new Uint8Array(length).fill(byte))

/** The hex of a text. */
export const hexOf = (text: string): string => Hex.encode(new TextEncoder().encode(text))

/** `hex` with the bits `mask` of its byte `index` flipped; negative indexes count from the end. */
export const flipped = (hex: string, index: number, mask = 1): string => {
  const at = index < 0 ? hex.length / 2 + index : index
  const byte = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16) ^ mask
  return hex.slice(0, 2 * at) + byte.toString(16).padStart(2, "0") + hex.slice(2 * at + 2)
}

/** Makes a handle of a user, with identity keys and a signed prekey. */
export const appearAs = (author: Author, handle: string, user: string) => {
  const keys = author.accepts("keys.generate", { on: handle, user, seed: repeated(user) })
  author.accepts("keys.rotate", { on: handle, expires })
  return keys
}

/** Makes a handle of the user's name, with identity keys and a signed prekey. */
export const appear = (author: Author, user: string) => appearAs(author, user, user)

/** `one` takes in a fresh key bundle of `other`. */
export const meet = (author: Author, one: string, other: string): string => {
  const { bundle } = author.accepts("keys.publish", { on: other })
  author.accepts("keys.learn", { on: one, bundle, now })
  return bundle
}
