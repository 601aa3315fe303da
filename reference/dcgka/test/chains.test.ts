/** Chains of application messages: honest ones are never said to differ, in whatever order they come, and a message costs little whatever it is. */
import { Effect, Result } from "effect"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { labels } from "../../../spec/conventions/labels.ts"
import { ApplicationMessage, clauses, maximumAhead, rememberedMessages } from "../../../spec/dcgka/application-messages.ts"
import { bytesOf, stateOf } from "../../conventions.ts"
import { Crypto, type Primitives } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { accepted, runStep } from "../../simulation/network.ts"
import * as Application from "../application-messages.ts"

const [group, alice, bob] = ["00".repeat(16), "11".repeat(16), "22".repeat(16)]
const secret = new Uint8Array(32).fill(1)
const signingSecretKey = new Uint8Array(32).fill(2)
const signingKey = nodePrimitives.ed25519PublicKey(signingSecretKey)

const begun = () => ({
  alice: accepted(secret, Application.beginOwn(Application.noChains, { group, sender: alice }, 1, secret)),
  bob: accepted(secret, Application.beginOther(Application.noChains, { group, sender: alice }, 1, secret, signingKey)).state,
})

const sealed = (count: number) => {
  let state = begun().alice
  const messages: Array<Uint8Array> = []
  let chain: ReturnType<typeof Application.end>["state"]["chains"][string][number]["ended"] = null
  for (let index = 0; index < count; index++) {
    const done = accepted(secret, Application.seal(state, { group, sender: alice }, signingSecretKey, Uint8Array.of(index)))
    state = done.state
    chain = done.chain
    messages.push(done.message)
  }
  return { messages, chain }
}

const open = (state: Application.ApplicationState, message: Uint8Array) => Application.open(state, { group, me: bob }, () => 9, message)

const nothing: Application.Told = { differ: [], lost: [], uncompared: [] }

describe("a chain", () => {
  it("is not said to differ, and is forgotten when it is complete, in whatever order its messages and its end come", () => {
    const count = rememberedMessages + 8
    const { messages, chain } = sealed(count)
    const order = fc.tuple(fc.integer({ min: 1, max: count }), fc.nat(count), fc.infiniteStream(fc.nat()))
    fc.assert(
      fc.property(order, ([length, endAfter, draws]) => {
        const { messages: sent, chain: stated } = length === count ? { messages, chain } : sealed(length)
        const left = [...sent]
        let state = begun().bob
        const end = (opened: number) => {
          const ended = Application.end(state, alice, 2, stated)
          assert.deepEqual(ended.told, { ...nothing, uncompared: [{ seq: 1, count: length - opened }] })
          state = ended.state
        }
        for (let opened = 0; left.length > 0; opened++) {
          if (opened === endAfter % length) end(opened)
          const [message] = left.splice(draws.next().value! % left.length, 1)
          const one = accepted(secret, open(state, message!))
          // More than are remembered may have come beyond a gap.
          const mayLack = left.length === 0 && length > rememberedMessages + 1
          assert.deepEqual(mayLack ? { ...one.told, uncompared: [] } : one.told, nothing)
          state = stateOf(Application.ApplicationState, encodeWire(Application.ApplicationState, one.state))
        }
        assert.deepEqual(state.chains[alice], [])
        assert.deepEqual(state.complete[alice], [{ seq: 1, length }])
      }),
      { numRuns: 30 },
    )
  })
})

/** How often primitives are called while a message is opened. */
const counted = (state: Application.ApplicationState, message: Uint8Array) => {
  const calls = { hkdfExpand: 0, ed25519Verify: 0, aeadOpen: 0 }
  const counting = (name: keyof typeof calls) => ({
    [name]: (...values: Array<never>) => {
      calls[name]++
      return (nodePrimitives[name] as (...values: Array<never>) => unknown)(...values)
    },
  })
  const primitives = { ...nodePrimitives, ...counting("hkdfExpand"), ...counting("ed25519Verify"), ...counting("aeadOpen") } as Primitives
  const result = Effect.runSync(Effect.result(open(state, message)).pipe(Effect.provideService(Crypto, primitives)))
  return { calls, clause: Result.isFailure(result) && result.failure._tag === "Refused" ? result.failure.clause : undefined }
}

/** A message with this index that Alice signs and that does not open. */
const rubbish = (index: number, key = signingSecretKey): Uint8Array => {
  const fields = { group, sender: alice, seq: 1, index, guard: new Uint8Array(8), ciphertext: new Uint8Array(16) }
  const context = [bytesOf(group), bytesOf(alice), 1]
  const commitment = nodePrimitives.hkdfExpand(secret, encodeCbor([labels.applicationCommitment, ...context]), 32)!
  const content = encodeCbor([labels.applicationSignature, ...context, index, commitment, fields.guard, fields.ciphertext])
  return encodeWire(ApplicationMessage, { type: "application-message", ...fields, signature: nodePrimitives.ed25519Sign(key, content) })
}

describe("what a message costs", () => {
  const { bob: state } = begun()

  it("one that its sender has signed and that does not open: one verification, 257 steps, and one opening at most", () => {
    assert.deepEqual(counted(state, rubbish(maximumAhead)), {
      calls: { hkdfExpand: maximumAhead + 1, ed25519Verify: 1, aeadOpen: 1 },
      clause: clauses.opens.id,
    })
    const { calls, clause } = counted(state, rubbish(maximumAhead + 1))
    assert.deepEqual(calls, { hkdfExpand: 0, ed25519Verify: 1, aeadOpen: 0 })
    assert.strictEqual(clause, clauses.ahead.id)
  })

  it("one that its sender has not signed: one verification", () => {
    const { calls, clause } = counted(state, rubbish(maximumAhead, secret))
    assert.deepEqual(calls, { hkdfExpand: 0, ed25519Verify: 1, aeadOpen: 0 })
    assert.strictEqual(clause, clauses.signature.id)
  })

  it("leaves no index that a state cannot hold", () => {
    const largest = Result.getOrThrow(decodeWire(ApplicationMessage, rubbish(0xfffffffe)))
    assert.isTrue(Result.isFailure(runStep(secret, open(state, encodeWire(ApplicationMessage, largest)))))
    const beyond = encodeWire(ApplicationMessage, largest).map((byte, at, all) => (byte === 0xfe && all[at - 1] === 0xff ? 0xff : byte))
    const verdict = runStep(secret, open(state, new Uint8Array(beyond)))
    assert.isTrue(Result.isFailure(verdict) && verdict.failure._tag === "Malformed")
  })
})
