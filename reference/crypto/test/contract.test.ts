import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Crypto } from "../crypto.ts"
import { noble, noblePrimitives } from "../providers/noble.ts"
import { node, nodePrimitives } from "../providers/node.ts"
import { providers } from "./providers.ts"
import { seeded } from "./seeded.ts"

const EMPTY = new Uint8Array(0)
const OWN_KEY = new Uint8Array(32).fill(7)
const NONCE = new Uint8Array(12)

const wrongLengths = [0, 31, 33, 64].map((length) => new Uint8Array(length).fill(7))

describe.each(providers)("the contract of Primitives on $name", ({ primitives }) => {
  it.each(wrongLengths)("a secret key of a wrong length throws ($length bytes)", (secretKey) => {
    assert.throws(() => primitives.x25519PublicKey(secretKey))
    assert.throws(() => primitives.x25519(secretKey, OWN_KEY))
    assert.throws(() => primitives.x25519(secretKey, EMPTY))
    assert.throws(() => primitives.ed25519PublicKey(secretKey))
    assert.throws(() => primitives.ed25519Sign(secretKey, EMPTY))
    assert.throws(() => primitives.aeadSeal(secretKey, NONCE, EMPTY, EMPTY))
    assert.throws(() => primitives.aeadOpen(secretKey, NONCE, EMPTY, EMPTY))
  })

  it.each([0, 11, 13, 24])("a nonce of a wrong length throws (%i bytes)", (length) => {
    assert.throws(() => primitives.aeadSeal(OWN_KEY, new Uint8Array(length), EMPTY, EMPTY))
    assert.throws(() => primitives.aeadOpen(OWN_KEY, new Uint8Array(length), EMPTY, new Uint8Array(16)))
  })

  it("HKDF-Expand gives up to 255 * 32 bytes and refuses more", () => {
    assert.lengthOf(primitives.hkdfExpand(OWN_KEY, EMPTY, 0)!, 0)
    assert.lengthOf(primitives.hkdfExpand(OWN_KEY, EMPTY, 255 * 32)!, 255 * 32)
    assert.isUndefined(primitives.hkdfExpand(OWN_KEY, EMPTY, 255 * 32 + 1))
  })

  it("HKDF-Extract takes an empty salt for 32 zero bytes", () => {
    assert.deepStrictEqual(primitives.hkdfExtract(EMPTY, OWN_KEY), primitives.hkdfExtract(new Uint8Array(32), OWN_KEY))
  })

  it.each([0, 1, 15])("a ciphertext shorter than the tag does not open (%i bytes)", (length) => {
    assert.isUndefined(primitives.aeadOpen(OWN_KEY, NONCE, EMPTY, new Uint8Array(length)))
  })

  it("answers are plain Uint8Arrays of the promised lengths, and no input changes", () => {
    const random = seeded("contract")
    const [secretKey, message, nonce] = [random.bytes(32), random.bytes(100), random.bytes(12)]
    const before = [secretKey, message, nonce].map((input) => Uint8Array.from(input))
    const sealed = primitives.aeadSeal(secretKey, nonce, message, message)
    const answers: ReadonlyArray<readonly [Uint8Array | undefined, number]> = [
      [primitives.sha256(message), 32],
      [primitives.hkdfExtract(message, secretKey), 32],
      [primitives.hkdfExpand(secretKey, message, 77), 77],
      [primitives.x25519PublicKey(secretKey), 32],
      [primitives.x25519(secretKey, primitives.x25519PublicKey(message.subarray(0, 32))), 32],
      [primitives.ed25519PublicKey(secretKey), 32],
      [primitives.ed25519Sign(secretKey, message), 64],
      [sealed, 116],
      [primitives.aeadOpen(secretKey, nonce, message, sealed), 100],
    ]
    for (const [answer, length] of answers) {
      assert.strictEqual(Object.getPrototypeOf(answer), Uint8Array.prototype)
      assert.lengthOf(answer!, length)
    }
    assert.deepStrictEqual([secretKey, message, nonce], before)
  })
})

describe("the layers", () => {
  it.effect("noble provides Crypto", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Crypto, noblePrimitives)
    }).pipe(Effect.provide(noble)),
  )

  it.effect("node provides Crypto", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Crypto, nodePrimitives)
    }).pipe(Effect.provide(node)),
  )
})
