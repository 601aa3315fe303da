/**
 * Clauses key-agreement.wipe and key-agreement.delete-used. What is deleted is gone: the encoded state is searched for every secret that it had before, and for those that only passed through.
 */
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import { describe, expect, it } from "vitest"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { Trace } from "../../crypto/trace.ts"
import { type Actor, accepted, acquainted, deliver, operate, type Sent } from "../../simulation/network.ts"
import * as KeyAgreement from "../key-agreement.ts"

const group = () => {
  const [alice, bob, carol] = acquainted(["alice", "bob", "carol"], 3) as [Actor, Actor, Actor]
  const created = operate(alice, (state) => KeyAgreement.create(state, ["bob", "carol"]))
  settle(created, [alice, bob, carol])
  return { alice, bob, carol }
}

const deliverTo = (one: Actor, sent: Sent): Sent | undefined => {
  const user = one.state.me ?? sent.outgoing.directs[one.user === "bob" ? 0 : 1]?.to
  for (const to of [user, ...sent.outgoing.directs.map((direct) => direct.to)]) {
    const result = deliver(one, sent, to ?? null)
    if (result._tag === "Success") return result.success.response
  }
  throw new Error(`${one.user} does not accept ${sent.sender} ${sent.seq}`)
}

const settle = (sent: Sent, actors: ReadonlyArray<Actor>) => {
  const others = actors.filter((one) => one.state.me !== sent.sender)
  const answers = others.map((one) => deliverTo(one, sent)).filter((answer) => answer !== undefined)
  for (const answer of answers) for (const one of actors) if (one.state.me !== answer.sender) deliverTo(one, answer)
}

const encoded = (one: Actor) => Hex.encode(encodeWire(KeyAgreement.State, one.state))

/** Every secret of the group that a state holds, as hex. The user's own keys are not among them. */
const secretsOf = ({ state }: Actor): ReadonlyArray<string> =>
  [
    ...Object.values(state.ratchets),
    ...state.memberSecrets.map(({ secret }) => secret),
    ...Object.values(state.channels).flatMap(({ ownKeys, receivedKey }) => [
      ...ownKeys.map(({ secretKey }) => secretKey),
      ...(receivedKey === null ? [] : [receivedKey]),
    ]),
  ].map((secret) => Hex.encode(secret))

describe("key-agreement.wipe", () => {
  it("leaves no secret of the group in the state of a removed member", () => {
    const { alice, bob } = group()
    const update = operate(alice, (state) => KeyAgreement.update(state))
    deliverTo(bob, update)
    const held = secretsOf(bob)
    expect(held.length).toBe(5)
    const removal = operate(alice, (state) => KeyAgreement.remove(state, bob.state.me!))
    deliverTo(bob, removal)
    expect(bob.state.removed).toBe(1)
    expect(secretsOf(bob)).toEqual([])
    for (const secret of held) expect(encoded(bob).includes(secret)).toBe(false)
    expect(bob.state.history.entries.length).toBeGreaterThan(0)
  })
})

describe("key-agreement.delete-used", () => {
  it("keeps neither the seed, nor a used member secret, nor a used key, nor a ratchet state that was replaced", () => {
    const { alice, bob } = group()
    const traced: Array<readonly [string, string]> = []
    const note = (name: string, value: Uint8Array) => traced.push([name, Hex.encode(value)])
    const update = operate(alice, (state) => Effect.provideService(KeyAgreement.update(state), Trace, note))
    const [ratchetBefore] = [Hex.encode(bob.state.ratchets[bob.state.me!]!)]
    const keyBefore = Hex.encode(bob.state.channels[alice.state.me!]!.receivedKey ?? new Uint8Array(32).fill(1))
    const directs = KeyAgreement.directsFor(update.outgoing.directs, bob.state.me)
    const step = Effect.provideService(KeyAgreement.process(bob.state, update.outgoing.control, directs), Trace, note)
    bob.state = accepted(bob.seed, step).state
    const seeds = traced.filter(([name]) => name === "key-agreement.seed").map(([, value]) => value)
    expect(new Set(seeds).size).toBe(1)
    const own = traced.find(([name]) => name === `ratchet.member-secret ${bob.state.me}`)![1]
    for (const secret of [seeds[0]!, own, ratchetBefore!, keyBefore]) expect(encoded(bob).includes(secret)).toBe(false)
    expect(encoded(alice).includes(seeds[0]!)).toBe(false)
    // Carol has not acknowledged yet: her member secret has to be there.
    const [carols] = bob.state.memberSecrets
    expect(carols?.sender).toBe(alice.state.me)
  })
})
