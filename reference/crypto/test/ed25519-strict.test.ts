/**
 * Where Ed25519 verifiers disagree in practice (clause suite.ed25519-strict). The signatures are made with noble's Point class, so that
 * each breaks one rule only: a verifier without that rule accepts it, and `zip215` (noble's lenient verification) shows that.
 */
import { assert, describe, it } from "@effect/vitest"
import { ed25519 } from "@noble/curves/ed25519.js"
import { bytesToNumberLE, concatBytes, numberToBytesLE } from "@noble/curves/utils.js"
import { sha512 } from "@noble/hashes/sha2.js"
import { isSmallOrder, passesStrictChecks } from "../strict-ed25519.ts"
import { providers } from "./providers.ts"
import { seeded } from "./seeded.ts"
import { bytes, hex } from "./vectors.ts"

const { Point } = ed25519

const FIELD_PRIME = Point.Fp.ORDER
const GROUP_ORDER = Point.Fn.ORDER
const SIGN_BIT = 2n ** 255n

const random = seeded("ed25519-strict")
const randomScalar = (): bigint => Point.Fn.create(bytesToNumberLE(random.bytes(32)))

// A point of order 8 generates all eight points of small order.
const pointOfOrder8 = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
const smallOrderPoints = Array.from({ length: 8 }, (_, multiple) => pointOfOrder8.multiplyUnsafe(BigInt(multiple)))

const encodeY = (y: bigint, sign: bigint): Uint8Array => numberToBytesLE(y + sign * SIGN_BIT, 32)

interface Encoding {
  readonly name: string
  readonly encoded: Uint8Array
}

const canonicalSmallOrder: ReadonlyArray<Encoding> = smallOrderPoints.map((point, multiple) => ({
  name: `${multiple} times the point of order 8`,
  encoded: point.toBytes(),
}))

// The six other encodings that a lenient decoder reads as one of the eight.
const nonCanonicalSmallOrder: ReadonlyArray<Encoding> = [
  { name: "y = p", encoded: encodeY(FIELD_PRIME, 0n) },
  { name: "y = p, sign bit", encoded: encodeY(FIELD_PRIME, 1n) },
  { name: "y = p + 1", encoded: encodeY(FIELD_PRIME + 1n, 0n) },
  { name: "y = p + 1, sign bit", encoded: encodeY(FIELD_PRIME + 1n, 1n) },
  { name: "y = 1, x = 0 with sign bit", encoded: encodeY(1n, 1n) },
  { name: "y = p - 1, x = 0 with sign bit", encoded: encodeY(FIELD_PRIME - 1n, 1n) },
]

const fullChallenge = (encodedR: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint =>
  bytesToNumberLE(sha512(concatBytes(encodedR, publicKey, message)))

const challenge = (encodedR: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint =>
  Point.Fn.create(fullChallenge(encodedR, publicKey, message))

interface SignedMessage {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

interface Signer {
  readonly publicKey: Uint8Array
  readonly secretScalar: bigint
  /** Which challenges will do: a message is sought whose challenge satisfies it. */
  readonly wanted?: (full: bigint, reduced: bigint) => boolean
  /** The encoding of R to sign with, and its discrete logarithm up to small order. */
  readonly encodedR?: Uint8Array
  readonly r?: bigint
}

// RFC 8032 section 5.1.6 for a scalar, a public key and an R that need not fit one another.
const signAs = ({ publicKey, secretScalar, wanted = () => true, ...given }: Signer): SignedMessage => {
  const r = given.r ?? randomScalar()
  const encodedR = given.encodedR ?? Point.BASE.multiply(r).toBytes()
  for (;;) {
    const message = random.bytes(20)
    const k = challenge(encodedR, publicKey, message)
    if (!wanted(fullChallenge(encodedR, publicKey, message), k)) continue
    const s = Point.Fn.create(r + k * secretScalar)
    return { publicKey, message, signature: concatBytes(encodedR, numberToBytesLE(s, 32)) }
  }
}

const secretScalar = randomScalar()
const publicPoint = Point.BASE.multiply(secretScalar)
const publicKey = publicPoint.toBytes()
const honest = signAs({ publicKey, secretScalar })
const encodedR = honest.signature.subarray(0, 32)
const scalarS = bytesToNumberLE(honest.signature.subarray(32))

const withS = (s: bigint): SignedMessage => ({ ...honest, signature: concatBytes(encodedR, numberToBytesLE(s, 32)) })
const withR = (encoded: Uint8Array): SignedMessage => ({ ...honest, signature: concatBytes(encoded, honest.signature.subarray(32)) })

const isLenientlyValid = ({ publicKey, message, signature }: SignedMessage): boolean =>
  ed25519.verify(signature, message, publicKey, { zip215: true })

interface EdgeCase extends SignedMessage {
  readonly name: string
  readonly valid: boolean
  /** What the lenient verifier says; left out where it has no say (lengths). */
  readonly lenientlyValid?: boolean
}

// With 8 | k, [k]A is the identity: even the equation without the cofactor holds, and only the check of the key refuses.
const smallOrderKeys: ReadonlyArray<EdgeCase> = [...canonicalSmallOrder, ...nonCanonicalSmallOrder].map(({ name, encoded }) => ({
  name: `small-order public key: ${name}`,
  ...signAs({ publicKey: encoded, secretScalar: 0n, wanted: (_, k) => k % 8n === 0n }),
  valid: false,
  lenientlyValid: true,
}))

const nonCanonicalKeys: ReadonlyArray<EdgeCase> = Array.from({ length: 19 }, (_, offset) => FIELD_PRIME + BigInt(offset)).flatMap((y) =>
  [0n, 1n].map((sign) => ({
    ...honest,
    name: `public key with y = p + ${y - FIELD_PRIME}, sign ${sign}`,
    publicKey: encodeY(y, sign),
    valid: false,
  })),
)

const scalars: ReadonlyArray<EdgeCase> = [
  { name: "S = 0", ...withS(0n), valid: false },
  { name: "S = L - 1", ...withS(GROUP_ORDER - 1n), valid: false },
  { name: "S = L", ...withS(GROUP_ORDER), valid: false },
  { name: "S = 2^256 - 1", ...withS(2n ** 256n - 1n), valid: false },
  { name: "S with its top bit set", ...withS(scalarS + SIGN_BIT), valid: false },
  // S + nL solves the equation for every n; these fit in 32 bytes for any S.
  ...Array.from({ length: 14 }, (_, index) => BigInt(index + 1)).map((n) => ({
    name: `S + ${n}L`,
    ...withS(scalarS + n * GROUP_ORDER),
    valid: false,
  })),
]

const mixedOrderKey = publicPoint.add(pointOfOrder8).toBytes()
const mixedOrder = (wanted: (full: bigint, reduced: bigint) => boolean): SignedMessage =>
  signAs({ publicKey: mixedOrderKey, secretScalar, wanted })

const mixedOrderKeys: ReadonlyArray<EdgeCase> = [
  ...Array.from({ length: 7 }, (_, index) => BigInt(index + 1)).map((remainder) => ({
    name: `mixed-order public key, k = ${remainder} mod 8: valid with the cofactor only`,
    ...mixedOrder((_, k) => k % 8n === remainder),
    valid: false,
    lenientlyValid: true,
  })),
  {
    name: "mixed-order public key, k = 0 mod 8: valid without the cofactor too",
    ...mixedOrder((_, k) => k % 8n === 0n),
    valid: true,
    lenientlyValid: true,
  },
  {
    name: "mixed-order public key: k mod L is a multiple of 8, k is not; the reduced one counts",
    ...mixedOrder((full, k) => k % 8n === 0n && full % 8n !== 0n),
    valid: true,
    lenientlyValid: true,
  },
  {
    name: "mixed-order public key: k is a multiple of 8, k mod L is not; the reduced one counts",
    ...mixedOrder((full, k) => k % 8n !== 0n && full % 8n === 0n),
    valid: false,
    lenientlyValid: true,
  },
]

// The rule says nothing about R but the equation. Node itself refuses these, depending on its version.
const smallOrderR: ReadonlyArray<EdgeCase> = [
  {
    name: "R is the identity, and the equation holds",
    ...signAs({ publicKey, secretScalar, r: 0n, encodedR: Point.ZERO.toBytes() }),
    valid: false,
    lenientlyValid: true,
  },
  ...canonicalSmallOrder.map(({ name, encoded }, multiple) => ({
    name: `R is ${name}, and the equation holds by a mixed-order public key`,
    ...signAs({
      publicKey: mixedOrderKey,
      secretScalar,
      r: 0n,
      encodedR: encoded,
      wanted: (_, k) => (k + BigInt(multiple)) % 8n === 0n,
    }),
    valid: false,
    lenientlyValid: true,
  })),
  ...canonicalSmallOrder.slice(1).map(({ name, encoded }) => ({
    name: `R is ${name}: valid with the cofactor only`,
    ...signAs({ publicKey, secretScalar, r: 0n, encodedR: encoded }),
    valid: false,
    lenientlyValid: true,
  })),
  ...nonCanonicalSmallOrder.map(({ name, encoded }) => ({
    name: `R not canonical: ${name}`,
    ...signAs({ publicKey, secretScalar, r: 0n, encodedR: encoded }),
    valid: false,
    lenientlyValid: true,
  })),
]

const isOnCurve = (encoded: Uint8Array): boolean => ed25519.utils.isValidPublicKey(encoded, true)
const notOnCurve = Array.from({ length: 40 }, (_, y) => encodeY(BigInt(y), 0n)).filter((encoded) => !isOnCurve(encoded))

const offCurve: ReadonlyArray<EdgeCase> = notOnCurve.flatMap((encoded) => [
  { name: `public key not on the curve: ${hex(encoded)}`, ...honest, publicKey: encoded, valid: false, lenientlyValid: false },
  { name: `R not on the curve: ${hex(encoded)}`, ...withR(encoded), valid: false, lenientlyValid: false },
])

const resized = (value: Uint8Array, length: number): Uint8Array => {
  const copy = new Uint8Array(length)
  copy.set(value.subarray(0, length))
  return copy
}

const lengths: ReadonlyArray<EdgeCase> = [
  ...[0, 32, 63, 65, 128].map((length) => ({
    ...honest,
    name: `signature of ${length} bytes`,
    signature: resized(honest.signature, length),
    valid: false,
  })),
  ...[0, 31, 33, 64].map((length) => ({
    ...honest,
    name: `public key of ${length} bytes`,
    publicKey: resized(publicKey, length),
    valid: false,
  })),
  // OpenSSL imports a key as DER, where other bytes could change what the prefix announces.
  {
    ...honest,
    name: "public key as SubjectPublicKeyInfo",
    publicKey: concatBytes(bytes("302a300506032b6570032100"), publicKey),
    valid: false,
  },
]

const negations: ReadonlyArray<EdgeCase> = [
  { name: "the public key's sign bit changed", ...honest, publicKey: publicPoint.negate().toBytes(), valid: false, lenientlyValid: false },
  { name: "R's sign bit changed", ...withR(Point.fromBytes(encodedR).negate().toBytes()), valid: false, lenientlyValid: false },
  { name: "S negated", ...withS(GROUP_ORDER - scalarS), valid: false, lenientlyValid: false },
]

const edgeCases: ReadonlyArray<EdgeCase> = [
  { name: "an honest signature", ...honest, valid: true, lenientlyValid: true },
  ...smallOrderKeys,
  ...nonCanonicalKeys,
  ...scalars,
  ...mixedOrderKeys,
  ...smallOrderR,
  ...offCurve,
  ...lengths,
  ...negations,
]

// Where a provider or its library would refuse anyway, only this shows that the shared checks do.
describe("the checks on bytes", () => {
  it.each(nonCanonicalKeys)("$name does not pass", (edge) => assert.isFalse(passesStrictChecks(edge.publicKey, edge.signature)))
  it.each(scalars.slice(2))("$name does not pass", (edge) => assert.isFalse(passesStrictChecks(edge.publicKey, edge.signature)))
  it.each(smallOrderKeys)("$name does not pass", (edge) => assert.isFalse(passesStrictChecks(edge.publicKey, edge.signature)))
  it.each(mixedOrderKeys)("$name: not for the checks to decide", (edge) =>
    assert.isTrue(passesStrictChecks(edge.publicKey, edge.signature)),
  )

  it.each(canonicalSmallOrder)("$name is of small order", ({ encoded }) => assert.isTrue(isSmallOrder(encoded)))
  it("the base point and a mixed-order point are not", () => {
    assert.isFalse(isSmallOrder(Point.BASE.toBytes()))
    assert.isFalse(isSmallOrder(mixedOrderKey))
  })
})

describe("the edge cases themselves", () => {
  it("the eight points are distinct and of small order", () => {
    assert.strictEqual(new Set(smallOrderPoints.map((point) => point.toHex())).size, 8)
    assert.isTrue(smallOrderPoints.every((point) => point.isSmallOrder()))
  })

  it("the six other encodings decode leniently to points of small order, and strictly not at all", () => {
    for (const { encoded } of nonCanonicalSmallOrder) {
      assert.isTrue(Point.fromBytes(encoded, true).isSmallOrder())
      assert.throws(() => Point.fromBytes(encoded))
    }
  })

  const judgedLeniently = edgeCases.filter(({ lenientlyValid }) => lenientlyValid !== undefined)

  it.each(judgedLeniently)("lenient verification of $name: $lenientlyValid", (edge) => {
    assert.strictEqual(isLenientlyValid(edge), edge.lenientlyValid)
  })
})

describe.each(providers)("strict Ed25519 on $name", ({ primitives }) => {
  it.each(edgeCases)("$name: $valid", ({ publicKey, message, signature, valid }) => {
    assert.strictEqual(primitives.ed25519Verify(publicKey, message, signature), valid)
  })
})
