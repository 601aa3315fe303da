/** The exchange of ephemeral keys: what an acknowledgement is bound to. */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import { assert, describe, it } from "vitest"
import { compareNames, sorted } from "../../../spec/mpenc/records.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { seeded } from "../../crypto/test/seeded.ts"
import { acknowledge, complete, verify } from "../aske.ts"

const run = <A, E>(effect: Effect.Effect<A, E, Crypto>) =>
  Effect.runSync(Effect.result(Effect.provideService(effect, Crypto, nodePrimitives)))

const accepted = <A, E>(effect: Effect.Effect<A, E, Crypto>): A => Result.getOrThrow(run(effect))

const random = seeded("aske")

const members = ["alice", "bob", "carol"]
const identities = members.map(() => random.bytes(32))
const nonces = members.map(() => random.bytes(32))
const publicKeys = members.map(() => nodePrimitives.ed25519PublicKey(random.bytes(32)))

describe("an acknowledgement", () => {
  const exchange = accepted(complete(members, nonces, publicKeys))
  const signature = accepted(acknowledge(exchange, "bob", identities[1]!))
  const identityKey = nodePrimitives.ed25519PublicKey(identities[1]!)

  it("is bound to all nonces and all members, and to the member's own ephemeral key", () => {
    assert.isTrue(Result.isSuccess(run(verify(exchange, "bob", identityKey, signature))))
    const others = [
      ...nonces.map((_, index) => complete(members, nonces.with(index, random.bytes(32)), publicKeys)),
      ...members.map((_, index) => complete(members.with(index, "mallory"), nonces, publicKeys)),
      complete(members, nonces, publicKeys.with(1, publicKeys[0]!)),
    ]
    for (const other of others) assert.isTrue(Result.isFailure(run(verify(accepted(other), "bob", identityKey, signature))))
  })

  it("is not made by who has somebody else's identity key (key-compromise impersonation)", () => {
    for (const secretKey of [identities[0]!, identities[2]!]) {
      const forged = accepted(acknowledge(exchange, "bob", secretKey))
      assert.isTrue(Result.isFailure(run(verify(exchange, "bob", identityKey, forged))))
    }
  })
})

describe("the order of names", () => {
  it("is that of their UTF-8 bytes, which is that of their code points", () => {
    const names = ["a", "ab", "b", "é", "～", "\u{ffff}", "🙂", "\u{10ffff}"]
    assert.deepEqual(sorted(names.toReversed()), names)
    for (const a of names) {
      for (const b of names) {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b))
        assert.equal(Math.sign(compareNames(a, b)), expected, `${Hex.encode(Buffer.from(a))} and ${Hex.encode(Buffer.from(b))}`)
      }
    }
  })
})
