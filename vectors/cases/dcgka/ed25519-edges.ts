/**
 * Signatures on which verifiers in the field disagree, made from scalars: with public keys and Rs that have a component of small order.
 *
 * @module
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import { bytesToNumberLE, numberToBytesLE } from "@noble/curves/utils.js"
import { sha512 } from "@noble/hashes/sha2.js"
import { concatBytes } from "@noble/hashes/utils.js"
import { Hex } from "effect/encoding"
import { clauses } from "../../../spec/conventions/suite.ts"
import { aCase, type Case, fork, twins } from "../author.ts"

const { Point } = ed25519

/** A point of order 8. Its y is one of the two in RFC 8032's curve that all small-order lists name. */
const torsion = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")

const secret = 0x1234567890abcdefn
const publicPoint = Point.BASE.multiply(secret)
const identity = Point.ZERO

interface Signed {
  readonly publicKey: string
  readonly message: string
  readonly signature: string
}

/** Signs with the discrete logarithms `r` and `secretScalar`, whatever small-order parts `R` and `A` have; tries messages until the challenge k is as wanted. */
const sign = (
  A: typeof identity,
  secretScalar: bigint,
  R: typeof identity,
  r: bigint,
  wanted: (k: bigint, full: bigint) => boolean,
): Signed => {
  for (let attempt = 0; ; attempt++) {
    const message = new TextEncoder().encode(`message ${attempt}`)
    const full = bytesToNumberLE(sha512(concatBytes(R.toBytes(), A.toBytes(), message)))
    const k = full % Point.Fn.ORDER
    if (!wanted(k, full)) continue
    const s = numberToBytesLE((r + k * secretScalar) % Point.Fn.ORDER, 32)
    return { publicKey: Hex.encode(A.toBytes()), message: Hex.encode(message), signature: Hex.encode(concatBytes(R.toBytes(), s)) }
  }
}

const r = 0xfedcba9876543210n
const R = Point.BASE.multiply(r)
const honest = sign(publicPoint, secret, R, r, () => true)
const mixed = publicPoint.add(torsion)

const refused = (id: string, title: string, wrong: Signed): ReadonlyArray<Case> =>
  twins(`primitives/ed25519-${id}`, clauses["ed25519-strict"], title, () => fork("primitives.ed25519-verify", honest, wrong))

/** All of them. */
export const ed25519Edges = (): ReadonlyArray<Case> => [
  aCase(
    "primitives/ed25519-mixed-order-key",
    {
      title: "A public key with a component of order 8 is not refused for that, where the equation holds without the cofactor",
      clauses: [clauses["ed25519-strict"]],
    },
    (author) => {
      author.gives(
        "primitives.ed25519-verify",
        sign(mixed, secret, R, r, (k, full) => k % 8n === 0n && full % 8n === 0n),
        {},
      )
      // k is reduced modulo L before [k]A is computed: for such a key that is not the same.
      author.gives(
        "primitives.ed25519-verify",
        sign(mixed, secret, R, r, (k, full) => k % 8n === 0n && full % 8n !== 0n),
        {},
      )
    },
  ),
  ...refused(
    "cofactor-only",
    "A signature that is valid only when the equation is multiplied by the cofactor",
    sign(mixed, secret, R, r, (k) => k % 8n === 1n),
  ),
  ...refused(
    "challenge-not-reduced",
    "A signature that is valid only when k is not reduced modulo L",
    sign(mixed, secret, R, r, (k, full) => k % 8n !== 0n && full % 8n === 0n),
  ),
  ...refused(
    "small-order-key",
    "A public key of order 8 with an ordinary R, for which the equation holds",
    sign(torsion, 0n, R, r, (k) => k % 8n === 0n),
  ),
  ...refused(
    "identity-key",
    "The identity as public key, with an ordinary R, for which the equation holds",
    sign(identity, 0n, R, r, () => true),
  ),
  ...refused(
    "identity-r",
    "The identity as R under an ordinary public key, for which the equation holds",
    sign(publicPoint, secret, identity, 0n, () => true),
  ),
  ...refused(
    "small-order-r",
    "An R of order 8 under a public key of mixed order, for which the equation holds",
    sign(mixed, secret, torsion, 0n, (k) => k % 8n === 7n),
  ),
]
