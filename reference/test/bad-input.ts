/**
 * What the tests of bad input share: how a step is done and its answer checked, and what is done to bytes.
 *
 * Whatever comes, the answer is a verdict that names a check of some chapter and holds no secret; nothing is thrown; and the state is what it was, byte for
 * byte, unless the verdict is *accepted*.
 *
 * @module
 */
import { type Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import fc from "fast-check"
import { assert } from "vitest"
import { chapters } from "../../spec/contents.ts"
import { decodeWire, encodeWire, maximumLength, type Wire } from "../../spec/conventions/encoding.ts"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import type { Crypto } from "../crypto/crypto.ts"
import type { Randomness } from "../crypto/randomness.ts"
import { runStep } from "../simulation/network.ts"

/** How often a property is tried, at least. */
export const RUNS = 1000

/** Tries a property on inputs that are the same every time. */
export const property = <T>(seed: number, arbitrary: fc.Arbitrary<T>, check: (value: T) => void, runs = RUNS) =>
  fc.assert(fc.property(arbitrary, check), { seed, numRuns: runs })

/** The clauses that a verdict may name. */
export const checks: ReadonlySet<string> = new Set(
  chapters.flatMap(({ clauses }) => Object.values(clauses)).flatMap(({ id, kind }) => (kind === "check" ? [id] : [])),
)

const isMissing = (one: object): boolean => ["message", "bundle", "join"].includes(Object.keys(one).join())

const assertVerdict = (verdict: NotAccepted) => {
  if (verdict._tag === "Refused" || verdict._tag === "Malformed") assert.isTrue(checks.has(verdict.clause), `${verdict.clause} is no check`)
  else if (verdict._tag === "Waiting") assert.isTrue(verdict.missing.length > 0 && verdict.missing.every(isMissing))
  else assert.strictEqual(verdict.reason, "duplicate")
}

const isSecret = (name: string, bytes: Uint8Array) => bytes.length >= 16 && !/public|signingKey|agreementKey|Prekey$|signature/.test(name)

/** The byte strings in a value that nobody else must see: all of 16 bytes or more, but public keys and signatures. */
const secretsIn = (value: unknown, name = ""): ReadonlyArray<Uint8Array> => {
  if (value instanceof Uint8Array) return isSecret(name, value) ? [value] : []
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => secretsIn(one, Array.isArray(value) ? name : key))
}

/** Fails when a text contains a secret, in hex or as a list of numbers. */
export const assertSilent = (text: string, secrets: ReadonlyArray<Uint8Array>) => {
  // Nearly no text has so much hex or so many numbers that a secret could stand there.
  if (!/[0-9a-f]{32}|(\d+,){15}/.test(text)) return
  const isTold = secrets.some((secret) => secret.length >= 16 && (text.includes(Hex.encode(secret)) || text.includes(secret.join())))
  assert.isFalse(isTold, "a secret in a verdict")
}

/** Fails when two states differ. */
export const assertSame = (actual: Uint8Array, expected: Uint8Array) =>
  assert.isTrue(Buffer.from(actual).equals(expected), "the state has changed")

/** What a step found: the seed of its randomness, the state in bytes (now, and as it was at first), and the secrets in it. */
export interface Before {
  readonly seed: Uint8Array
  readonly bytes: () => Uint8Array
  readonly saved: Uint8Array
  readonly secrets: ReadonlyArray<Uint8Array>
}

/** What a step finds in `values`, whose bytes are `bytes`. */
export const beforeOf = (seed: Uint8Array, bytes: () => Uint8Array, ...values: ReadonlyArray<unknown>): Before => ({
  seed,
  bytes,
  saved: bytes(),
  secrets: values.flatMap((value) => secretsIn(value)),
})

/** Does a step, and checks its answer. */
export const offer = <A>(before: Before, step: Effect.Effect<A, NotAccepted, Crypto | Randomness>): Result.Result<A, NotAccepted> => {
  const computed: Array<Uint8Array> = []
  const result = runStep(before.seed, step, (_name, value) => void computed.push(value))
  assertSame(before.bytes(), before.saved)
  if (Result.isSuccess(result)) return result
  assertVerdict(result.failure)
  assertSilent(`${JSON.stringify(result.failure)} ${result.failure.message} ${result.failure}`, [...before.secrets, ...computed])
  return result
}

/** The clause that a verdict names, or its tag. */
export const nameOf = (result: Result.Result<unknown, NotAccepted>): string =>
  Result.isSuccess(result) ? "accepted" : "clause" in result.failure ? result.failure.clause : result.failure._tag

/** How often each verdict was given, so that a property which reaches nothing is noticed. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(result: Result.Result<unknown, NotAccepted>) {
    const name = nameOf(result)
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  assertIncludes(...names: ReadonlyArray<string>) {
    for (const name of names) assert.isTrue(this.#counts.has(name), `${name} was never given, but ${[...this.#counts].join(" ")}`)
  }
}

/** A way to spoil bytes; some ways take a part of other bytes. */
export type Damage = (bytes: Uint8Array, other: Uint8Array) => Uint8Array

const fraction = fc.nat(0xffff).map((part) => part / 0x10000)

const at = (where: number, length: number): number => Math.floor(where * (length + 1))

/** One to three bits flipped. */
export const flipped: fc.Arbitrary<Damage> = fc
  .array(fc.tuple(fraction, fc.nat(7)), { minLength: 1, maxLength: 3 })
  .map((flips) => (bytes) => {
    const damaged = Uint8Array.from(bytes)
    for (const [where, bit] of flips) damaged[at(where, bytes.length - 1)]! ^= 1 << bit
    return damaged
  })

const truncated: fc.Arbitrary<Damage> = fraction.map((where) => (bytes) => bytes.subarray(0, at(where, bytes.length - 1)))

const spliced: fc.Arbitrary<Damage> = fc.tuple(fraction, fraction).map(
  ([mine, others]) =>
    (bytes, other) =>
      Uint8Array.from([...bytes.subarray(0, at(mine, bytes.length)), ...other.subarray(at(others, other.length))]),
)

const extended: fc.Arbitrary<Damage> = fc
  .uint8Array({ minLength: 1, maxLength: 9 })
  .map((more) => (bytes) => Uint8Array.from([...bytes, ...more]))

const replaced: fc.Arbitrary<Damage> = fc.uint8Array({ maxLength: 300 }).map((random) => () => random)

const excessive = new Uint8Array(maximumLength + 3)

/** More than 1 MiB that begins with a message. The bytes are good until the next such damage. */
export const oversized: fc.Arbitrary<Damage> = fc.integer({ min: 1, max: 3 }).map((excess) => (bytes) => {
  excessive.set(bytes)
  return excessive.subarray(0, maximumLength + excess)
})

/** Any damage but too great a length. */
export const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 5, arbitrary: flipped },
  { weight: 3, arbitrary: truncated },
  { weight: 3, arbitrary: spliced },
  { weight: 1, arbitrary: extended },
  { weight: 1, arbitrary: replaced },
)

/** A message with other values in those of the `changes` that are fields of it: what cannot be told from honest by its form. */
export const altered = <A extends object>(wire: Wire<A>, bytes: Uint8Array, changes: object): Uint8Array => {
  const value = Result.getOrThrow(decodeWire(wire, bytes))
  const fitting = Object.entries(changes).filter(([field]) => Object.hasOwn(value, field))
  return encodeWire(wire, { ...value, ...Object.fromEntries(fitting) })
}

/** Some of the fields. */
export const partly = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> => fc.record(fields, { requiredKeys: [] })

/** A point of small order, other than those with a short name. */
const smallOrder = Uint8Array.from(Buffer.from("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", "hex"))

/** 32 bytes: random ones, and such as are no good key. */
export const keyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.constantFrom(0, 1, 0xff).map((byte) => new Uint8Array(32).fill(byte)),
  fc.constant(smallOrder),
)
