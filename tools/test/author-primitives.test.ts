/** What the author's primitives remember is what they would compute. */
import { expect, it } from "vitest"
import { nodePrimitives } from "../../reference/crypto/providers/node.ts"
import { authorPrimitives } from "../../vectors/cases/primitives.ts"

const bytes = (length: number, first: number) => Uint8Array.from({ length }, (_, index) => (first + index) % 256)

const [secret, message, long] = [bytes(32, 7), bytes(100, 9), bytes(5000, 11)]

it.each([1, 2, 3])("gives the same as those that remember nothing (%i)", () => {
  const publicKey = nodePrimitives.ed25519PublicKey(secret)
  expect(authorPrimitives.ed25519PublicKey(secret)).toEqual(publicKey)
  expect(authorPrimitives.x25519PublicKey(secret)).toEqual(nodePrimitives.x25519PublicKey(secret))
  for (const text of [message, long]) {
    const signature = nodePrimitives.ed25519Sign(secret, text)
    expect(authorPrimitives.ed25519Sign(secret, text)).toEqual(signature)
    expect(authorPrimitives.ed25519Verify(publicKey, text, signature)).toBe(true)
    expect(authorPrimitives.ed25519Verify(publicKey, text, bytes(64, 1))).toBe(false)
  }
  expect(authorPrimitives.x25519(secret, nodePrimitives.x25519PublicKey(message.slice(0, 32)))).toEqual(
    nodePrimitives.x25519(secret, nodePrimitives.x25519PublicKey(message.slice(0, 32))),
  )
  expect(authorPrimitives.x25519(secret, new Uint8Array(32))).toBeUndefined()
})

it("remembers nothing of what is done with what it gave", () => {
  const given = authorPrimitives.ed25519PublicKey(secret)
  given.fill(0)
  expect(authorPrimitives.ed25519PublicKey(secret)).toEqual(nodePrimitives.ed25519PublicKey(secret))
})
