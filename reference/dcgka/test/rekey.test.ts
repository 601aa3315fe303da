/**
 * Erratum S1, acted out: a removed member goes on computing the ratchet of a member that was added concurrently with its removal, until that member rekeys.
 */
import { Hex } from "effect/encoding"
import { describe, expect, it } from "vitest"
import { addInput } from "../../../spec/dcgka/ratchet.ts"
import { type Actor, accepted, acquainted, controlOf, deliver, operate, type Sent } from "../../simulation/network.ts"
import * as KeyAgreement from "../key-agreement.ts"
import { updateRatchet } from "../ratchet.ts"

const to = (one: Actor, sent: Sent, member?: string) => {
  const result = deliver(one, sent, member ?? one.state.me)
  if (result._tag === "Failure") throw new Error(JSON.stringify(result.failure))
  return result.success
}

/** A creates {A, B, C}; A adds D; B concurrently removes C, who handles the addition first. D has joined. */
const scenario = () => {
  const [alice, bob, carol, dave] = acquainted(["alice", "bob", "carol", "dave"], 2) as [Actor, Actor, Actor, Actor]
  const created = operate(alice, (state) => KeyAgreement.create(state, ["bob", "carol"]))
  const members = created.outgoing.directs.map((direct) => direct.to)
  for (const one of [bob, carol]) {
    const joined = members.map((member) => deliver(one, created, member)).find((result) => result._tag === "Success")
    to(alice, joined!.success.response!)
  }
  const addition = operate(alice, (state) => KeyAgreement.add(state, "dave"))
  const removal = operate(bob, (state) => KeyAgreement.remove(state, carol.state.me!))
  const welcome = to(dave, addition, addition.outgoing.directs[0]!.to)
  to(carol, addition)
  to(carol, welcome.response!)
  return { alice, bob, carol, dave, removal }
}

describe("key-agreement.rekey", () => {
  it("is needed: until then the removed member knows the ratchet of the added one", () => {
    const { carol, dave } = scenario()
    expect(Hex.encode(carol.state.ratchets[dave.state.me!]!)).toBe(Hex.encode(dave.state.ratchets[dave.state.me!]!))
  })

  it("locks the removed member out", () => {
    const { carol, dave, removal } = scenario()
    const group = dave.state.group!
    const followed = carol.state.ratchets[dave.state.me!]!
    const { rekey, response } = to(dave, removal)
    expect(controlOf(response!.outgoing).type).toBe("ack")
    expect(controlOf(rekey!.outgoing).type).toBe("update")
    expect(rekey!.outgoing.directs.map((direct) => direct.to)).not.toContain(carol.state.me)
    const guess = accepted(carol.seed, updateRatchet(followed, addInput, group, dave.state.me!))
    const next = accepted(dave.seed, updateRatchet(dave.state.ratchets[dave.state.me!]!, addInput, group, dave.state.me!))
    expect(Hex.encode(next.updateSecret)).not.toBe(Hex.encode(guess.updateSecret))
    expect(Hex.encode(dave.state.ratchets[dave.state.me!]!)).not.toBe(Hex.encode(followed))
  })
})
