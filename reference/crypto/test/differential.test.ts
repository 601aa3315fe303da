/**
 * Random inputs, the same in every run. Curves: noble against OpenSSL, provider against provider. Hash, HKDF and cipher are noble's in
 * both providers, so there OpenSSL is called directly as the second implementation.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { noblePrimitives as noble } from "../providers/noble.ts"
import { nodePrimitives as node } from "../providers/node.ts"
import { providers } from "./providers.ts"
import { seeded, withFlippedBit } from "./seeded.ts"
import { hex, hexOrUndefined } from "./vectors.ts"

const RUNS = 250

const times = (run: (index: number) => void): void => {
  for (let index = 0; index < RUNS; index++) run(index)
}

describe("provider against provider", () => {
  it("Ed25519: the same public keys and signatures", () => {
    const random = seeded("ed25519 sign")
    times(() => {
      const [secretKey, message] = [random.bytes(32), random.bytes(random.integer(300))]
      assert.strictEqual(hex(node.ed25519PublicKey(secretKey)), hex(noble.ed25519PublicKey(secretKey)))
      assert.strictEqual(hex(node.ed25519Sign(secretKey, message)), hex(noble.ed25519Sign(secretKey, message)))
    })
  })

  it("Ed25519: each verifies what the other signed, and refuses it with any bit changed", () => {
    const random = seeded("ed25519 verify")
    times((index) => {
      const [signer, verifier] = index % 2 === 0 ? [noble, node] : [node, noble]
      const [secretKey, message] = [random.bytes(32), random.bytes(1 + random.integer(300))]
      const publicKey = signer.ed25519PublicKey(secretKey)
      const signature = signer.ed25519Sign(secretKey, message)
      assert.isTrue(verifier.ed25519Verify(publicKey, message, signature))
      for (const { primitives } of providers) {
        assert.isFalse(primitives.ed25519Verify(withFlippedBit(random, publicKey), message, signature))
        assert.isFalse(primitives.ed25519Verify(publicKey, withFlippedBit(random, message), signature))
        assert.isFalse(primitives.ed25519Verify(publicKey, message, withFlippedBit(random, signature)))
      }
    })
  })

  it("Ed25519: the same verdict on bytes that are no key and no signature", () => {
    const random = seeded("ed25519 garbage")
    times(() => {
      const [publicKey, message, signature] = [random.bytes(32), random.bytes(10), random.bytes(64)]
      // A small S gets most of them past the range check and to the equation.
      signature[63] = signature[63]! & 0x0f
      assert.isFalse(noble.ed25519Verify(publicKey, message, signature))
      assert.isFalse(node.ed25519Verify(publicKey, message, signature))
    })
  })

  it("X25519: the same public keys and shared secrets, also for points on the twist", () => {
    const random = seeded("x25519")
    times(() => {
      const [secretKey, publicKey] = [random.bytes(32), random.bytes(32)]
      assert.strictEqual(hex(node.x25519PublicKey(secretKey)), hex(noble.x25519PublicKey(secretKey)))
      assert.strictEqual(hexOrUndefined(node.x25519(secretKey, publicKey)), hexOrUndefined(noble.x25519(secretKey, publicKey)))
    })
  })
})

describe.each(providers)("$name against OpenSSL", ({ primitives }) => {
  it("SHA-256", () => {
    const random = seeded("sha256")
    times((index) => {
      const data = random.bytes(index)
      assert.strictEqual(hex(primitives.sha256(data)), createHash("sha256").update(data).digest("hex"))
    })
  })

  it("HKDF", () => {
    const random = seeded("hkdf")
    times(() => {
      const [salt, key, info] = [random.bytes(random.integer(100)), random.bytes(random.integer(100)), random.bytes(random.integer(100))]
      const length = 1 + random.integer(500)
      const expected = new Uint8Array(hkdfSync("sha256", key, salt, info, length))
      assert.strictEqual(hexOrUndefined(primitives.hkdfExpand(primitives.hkdfExtract(salt, key), info, length)), hex(expected))
    })
  })

  it("ChaCha20-Poly1305", () => {
    const random = seeded("aead")
    times((index) => {
      const [key, nonce, associatedData] = [random.bytes(32), random.bytes(12), random.bytes(random.integer(60))]
      const plaintext = random.bytes(index)
      const sealed = primitives.aeadSeal(key, nonce, associatedData, plaintext)
      assert.strictEqual(hex(sealed), hex(openSslSeal(key, nonce, associatedData, plaintext)))
      assert.strictEqual(hex(openSslOpen(key, nonce, associatedData, sealed)), hex(plaintext))
      assert.strictEqual(hexOrUndefined(primitives.aeadOpen(key, nonce, associatedData, sealed)), hex(plaintext))
    })
  })

  it("ChaCha20-Poly1305: a changed bit anywhere, and nothing opens", () => {
    const random = seeded("aead changed")
    times(() => {
      const [key, nonce, associatedData] = [random.bytes(32), random.bytes(12), random.bytes(1 + random.integer(60))]
      const sealed = primitives.aeadSeal(key, nonce, associatedData, random.bytes(random.integer(200)))
      assert.isUndefined(primitives.aeadOpen(withFlippedBit(random, key), nonce, associatedData, sealed))
      assert.isUndefined(primitives.aeadOpen(key, withFlippedBit(random, nonce), associatedData, sealed))
      assert.isUndefined(primitives.aeadOpen(key, nonce, withFlippedBit(random, associatedData), sealed))
      assert.isUndefined(primitives.aeadOpen(key, nonce, associatedData, withFlippedBit(random, sealed)))
      assert.isUndefined(primitives.aeadOpen(key, nonce, associatedData, sealed.subarray(0, random.integer(sealed.length))))
    })
  })
})

const openSslSeal = (key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array => {
  const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 })
  cipher.setAAD(associatedData, { plaintextLength: plaintext.length })
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

const openSslOpen = (key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Uint8Array => {
  const decipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 })
  decipher.setAAD(associatedData, { plaintextLength: sealed.length - 16 })
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
}
