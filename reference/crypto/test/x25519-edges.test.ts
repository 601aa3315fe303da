/** The u-coordinates that X25519 implementations treat differently: of small order, not canonical, with the top bit set. */
import { assert, describe, it } from "@effect/vitest"
import { ed25519 } from "@noble/curves/ed25519.js"
import { numberToBytesLE } from "@noble/curves/utils.js"
import { hasSmallOrder } from "../small-order.ts"
import { providers } from "./providers.ts"
import { seeded } from "./seeded.ts"
import { hexOrUndefined } from "./vectors.ts"

const { Fp } = ed25519.Point
const FIELD_PRIME = Fp.ORDER
const TOP_BIT = 2n ** 255n

const encodeU = (u: bigint): Uint8Array => numberToBytesLE(u, 32)

const pointOfOrder8 = ed25519.Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")

// RFC 7748 section 4.1: u = (1 + y) / (1 - y).
const toMontgomery = (y: bigint): bigint => Fp.div(Fp.add(1n, y), Fp.sub(1n, y))
const order8 = [toMontgomery(pointOfOrder8.y), toMontgomery(Fp.neg(pointOfOrder8.y))]

// On the curve: 0 (order 2), 1 (order 4) and two of order 8; on its twist: 0 and p - 1. Then what equals them modulo p.
const smallOrder = [0n, 1n, FIELD_PRIME - 1n, ...order8, FIELD_PRIME, FIELD_PRIME + 1n]
const smallOrderWithTopBit = smallOrder.map((u) => u + TOP_BIT)

// p + 2 to 2^255 - 1: RFC 7748 section 5 has them accepted and reduced.
const nonCanonical = Array.from({ length: 17 }, (_, index) => FIELD_PRIME + 2n + BigInt(index))

const random = seeded("x25519-edges")
const secretKeys = Array.from({ length: 4 }, () => random.bytes(32))
const publicKeys = Array.from({ length: 10 }, () => random.bytes(32))

const withByte = (key: Uint8Array, at: number, change: (byte: number) => number): Uint8Array =>
  key.map((byte, index) => (index === at ? change(byte) : byte))

describe.each(providers)("X25519 edges on $name", ({ primitives: { x25519, x25519PublicKey } }) => {
  it.each([...smallOrder, ...smallOrderWithTopBit])("u = %d is of small order: no shared secret", (u) => {
    for (const secretKey of secretKeys) assert.isUndefined(x25519(secretKey, encodeU(u)))
  })

  it.each(nonCanonical)("u = %d is taken modulo p", (u) => {
    for (const secretKey of secretKeys) {
      const shared = x25519(secretKey, encodeU(u))
      assert.isDefined(shared)
      assert.deepStrictEqual(shared, x25519(secretKey, encodeU(u - FIELD_PRIME)))
    }
  })

  it.each(publicKeys)("the top bit of a public key is ignored", (publicKey) => {
    for (const secretKey of secretKeys) {
      const clear = x25519(
        secretKey,
        withByte(publicKey, 31, (byte) => byte & 0x7f),
      )
      assert.isDefined(clear)
      assert.deepStrictEqual(
        x25519(
          secretKey,
          withByte(publicKey, 31, (byte) => byte | 0x80),
        ),
        clear,
      )
    }
  })

  it.each(secretKeys)("the bits of a secret key that decodeScalar25519 sets and clears are ignored", (secretKey) => {
    const changed = withByte(
      withByte(secretKey, 0, (byte) => byte ^ 0x07),
      31,
      (byte) => byte ^ 0xc0,
    )
    assert.deepStrictEqual(x25519PublicKey(changed), x25519PublicKey(secretKey))
    assert.deepStrictEqual(x25519(changed, publicKeys[0]!), x25519(secretKey, publicKeys[0]!))
  })

  it.each([0, 31, 33, 44, 64])("a public key of %i bytes gives no shared secret", (length) => {
    assert.isUndefined(x25519(secretKeys[0]!, new Uint8Array(length).fill(9)))
  })

  it.each([0x00, 0xff])("a secret key of bytes %i is as good as any", (byte) => {
    const secretKey = new Uint8Array(32).fill(byte)
    assert.deepStrictEqual(x25519(secretKey, encodeU(9n)), x25519PublicKey(secretKey))
  })
})

describe("small order, told by the bytes", () => {
  const every = [...smallOrder, ...smallOrderWithTopBit, ...nonCanonical, ...nonCanonical.map((u) => u + TOP_BIT), 2n, 9n].map(encodeU)

  it.each([...every, ...publicKeys])("is what Diffie-Hellman finds: %#", (publicKey) => {
    for (const { primitives } of providers) {
      assert.strictEqual(hasSmallOrder(publicKey), primitives.x25519(secretKeys[0]!, publicKey) === undefined)
    }
  })
})

describe("the providers agree", () => {
  const every = [...smallOrder, ...smallOrderWithTopBit, ...nonCanonical, ...nonCanonical.map((u) => u + TOP_BIT), 2n, 9n].map(encodeU)

  it.each([...every, ...publicKeys])("on u %#", (publicKey) => {
    for (const secretKey of secretKeys) {
      const [first, ...others] = providers.map(({ primitives }) => hexOrUndefined(primitives.x25519(secretKey, publicKey)))
      for (const other of others) assert.strictEqual(other, first)
    }
  })
})
