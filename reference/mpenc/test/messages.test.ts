/** Messages: the cipher against another implementation, padding of all lengths, and every change of a packet. */
import { createCipheriv } from "node:crypto"
import { Effect, Result } from "effect"
import { Base64, Hex } from "effect/encoding"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import type { Body, ReadingKeys } from "../../../spec/mpenc/messages.ts"
import { bytesOf } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { seeded, withFlippedBit } from "../../crypto/test/seeded.ts"
import { aesCtr } from "../messages/cipher.ts"
import { decodeBody, encodeContent } from "../messages/content.ts"
import { open, seal } from "../messages.ts"
import { armoured } from "../records.ts"

const run = <A, E>(effect: Effect.Effect<A, E, Crypto>) =>
  Effect.runSync(Effect.result(Effect.provideService(effect, Crypto, nodePrimitives)))

const accepted = <A, E>(effect: Effect.Effect<A, E, Crypto>): A => Result.getOrThrow(run(effect))

const random = seeded("messages")

describe("the cipher", () => {
  it("is AES in counter mode (NIST SP 800-38A, sections F.5.1 and F.5.5, the first block)", () => {
    // The standard's first counter is f0f1..ff; ours ends in four zero bytes. So what is compared is the block cipher, through node.
    const plain = bytesOf("6bc1bee22e409f96e93d7e117393172a")
    const counter = bytesOf("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    for (const [key, expected] of [
      ["2b7e151628aed2a6abf7158809cf4f3c", "874d6191b620e3261bef6864990db6ce"],
      ["603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "601ec313775789a5b7a7f504bbf3d228"],
    ] as const) {
      const cipher = createCipheriv(`aes-${key.length * 4}-ctr`, bytesOf(key), counter)
      assert.equal(cipher.update(plain).toString("hex"), expected)
    }
  })

  it.each([16, 32])("is the one of node with keys of %i bytes", (length) => {
    for (const size of [0, 1, 15, 16, 17, 128, 4095, 32768, 65535]) {
      const [key, iv, data] = [random.bytes(length), random.bytes(12), random.bytes(size)]
      const cipher = createCipheriv(`aes-${length * 8}-ctr`, key, Buffer.concat([iv, Buffer.alloc(4)]))
      assert.equal(Hex.encode(aesCtr(key, iv, data)), cipher.update(data).toString("hex"))
    }
  })
})

describe("padding", () => {
  it("hides the low bits of the length: all lengths of one class give one size", () => {
    const sizes = new Map<number, number>()
    for (let length = 1; length < 3000; length++) {
      const body: Body = { type: "payload", text: "x".repeat(length) }
      sizes.set(length + 11, accepted(encodeContent({ parents: [], body }, true)).length)
    }
    for (const [length, size] of sizes) assert.isTrue(size >= length && (size === 128 || size / 2 < length), `${length} gives ${size}`)
    assert.deepEqual([...new Set(sizes.values())], [128, 256, 512, 1024, 2048, 4096])
  })
})

const secretKeys = { alice: random.bytes(32), bob: random.bytes(32) }

const keys: ReadingKeys = {
  members: ["alice", "bob"],
  publicKeys: [nodePrimitives.ed25519PublicKey(secretKeys.alice), nodePrimitives.ed25519PublicKey(secretKeys.bob)],
  sessionId: random.bytes(32),
  groupKey: random.bytes(32),
}

const parameters = { cipherKeyBytes: 16, padding: true } as const

const sealed = (body: Body, parents: ReadonlyArray<string> = []) =>
  accepted(seal(keys, secretKeys.alice, parents, body, random.bytes(12), parameters))

const tlv = (text: string) => Result.getOrThrow(Base64.decode(text.slice(7, -1)))

describe("a packet", () => {
  it("is refused with any byte changed, the hint too", () => {
    const bytes = tlv(sealed({ type: "payload", text: "hello" }).text)
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes)
      changed[at] = changed[at]! ^ 0x40
      assert.isTrue(Result.isFailure(run(open(keys, "alice", armoured(changed), parameters))), `byte ${at}`)
    }
  })

  it("is refused from another sender, and in another subsession with the same ephemeral keys and hint", () => {
    const { text } = sealed({ type: "payload", text: "hello" })
    const clauseOf = (result: ReturnType<typeof run>) =>
      Result.isFailure(result) ? (result.failure as { clause: string }).clause : "accepted"
    assert.equal(clauseOf(run(open(keys, "bob", text, parameters))), "messages.signature")
    const hintOf = ({ sessionId, groupKey }: ReadingKeys) => nodePrimitives.sha256(Uint8Array.of(...sessionId, ...groupKey))[0]
    let other = keys
    while (other === keys || hintOf(other) !== hintOf(keys)) other = { ...keys, groupKey: random.bytes(32) }
    assert.equal(clauseOf(run(open(other, "alice", text, parameters))), "messages.signature")
    assert.equal(
      clauseOf(run(open({ ...other, groupKey: keys.groupKey, sessionId: other.groupKey }, "alice", text, parameters))),
      "messages.hint",
    )
  })

  it("of somebody who has the group key, but not the author's ephemeral key, is refused", () => {
    const { text } = accepted(seal(keys, secretKeys.bob, [], { type: "payload", text: "I am Alice" }, random.bytes(12), parameters))
    assert.isTrue(Result.isFailure(run(open(keys, "alice", text, parameters))))
    assert.isTrue(Result.isSuccess(run(open(keys, "bob", text, parameters))))
  })

  it("comes back as it was, whatever its text and parents", () => {
    const property = (text: string, parents: ReadonlyArray<string>) => {
      const body: Body = { type: "payload", text }
      const { text: packet, id } = sealed(body, parents)
      const expected = { id, author: "alice", readers: ["bob"], parents: parents.toSorted(), body }
      assert.deepEqual(accepted(open(keys, "alice", packet, parameters)), expected)
    }
    const id = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => Hex.encode(bytes))
    const text = fc.string({ minLength: 1, maxLength: 300, unit: "binary" })
    fc.assert(fc.property(text, fc.uniqueArray(id, { maxLength: 5 }), property), { seed: 1, numRuns: 100 })
  })

  it("of noise, under right keys, gives a verdict", () => {
    const { text } = sealed({ type: "consistency", close: true })
    for (let count = 0; count < 200; count++) run(open(keys, "alice", armoured(withFlippedBit(random, tlv(text))), parameters))
  })
})

describe("a body", () => {
  it("of any bytes gives a verdict, and what is read has one form", () => {
    const array = fc.array(fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.integer()), { maxLength: 3 })
    const values = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.integer({ min: 0, max: 6 }), array)
        .map(([kind, value]) => Uint8Array.of(kind, ...new TextEncoder().encode(JSON.stringify(value)))),
    )
    const property = (value: Uint8Array) => {
      const body = run(decodeBody(value))
      if (Result.isSuccess(body)) assert.isTrue(value[0]! <= 4)
    }
    fc.assert(fc.property(values, property), { seed: 1, numRuns: 500 })
  })

  it("that nests deeply is refused", () => {
    const deep = Uint8Array.of(0, ...new TextEncoder().encode("[".repeat(30000) + "]".repeat(30000)))
    assert.isTrue(Result.isFailure(run(decodeBody(deep))))
  })
})
