/**
 * A group in memory, for tests and exploration: users with seeded randomness, and a network that delivers in any order that the test chooses.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { decodeWire } from "../../spec/conventions/encoding.ts"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import { ControlMessage } from "../../spec/dcgka/key-agreement.ts"
import { memberIdOf } from "../conventions.ts"
import { Crypto, type Primitives } from "../crypto/crypto.ts"
import { noblePrimitives } from "../crypto/providers/noble.ts"
import { nodePrimitives } from "../crypto/providers/node.ts"
import { labelledDraw, Randomness, seeded } from "../crypto/randomness.ts"
import { Trace } from "../crypto/trace.ts"
import * as KeyAgreement from "../dcgka/key-agreement.ts"
import * as KeyBundles from "../dcgka/key-bundles.ts"

/** A step of the reference. */
export type Step<A> = Effect.Effect<A, NotAccepted, Crypto | Randomness>

/** Takes intermediate values. */
export type TraceTo = (name: string, value: Uint8Array) => void

let primitives = nodePrimitives

/** Does `body` with other primitives than those of Node. */
export const withPrimitives = <A>(others: Primitives, body: () => A): A => {
  const before = primitives
  primitives = others
  try {
    return body()
  } finally {
    primitives = before
  }
}

/** How a step is run, with the randomness of a seed. */
export type RunStep = <A>(seed: Uint8Array, step: Step<A>, traceTo?: TraceTo) => Result.Result<A, NotAccepted>

/** Runs steps on primitives. */
export const runOn =
  (those: Primitives): RunStep =>
  (seed, step, traceTo = () => {}) =>
    Effect.runSync(
      Effect.result(step).pipe(
        Effect.provideService(Trace, traceTo),
        Effect.provideService(Crypto, those),
        Effect.provideService(Randomness, seeded(those, seed)),
      ),
    )

/** Runs a step with the randomness of `seed`. */
export const runStep: RunStep = (seed, step, traceTo) => runOn(primitives)(seed, step, traceTo)

/** Runs a step that must be accepted. */
export const accepted = <A>(seed: Uint8Array, step: Step<A>, run: RunStep = runStep): A => {
  const result = run(seed, step)
  if (Result.isFailure(result)) throw new Error(`not accepted: ${JSON.stringify(result.failure)}`)
  return result.success
}

/** The seed of a user here: public, and obviously so. */
export const seedOf = (user: string): Uint8Array => labelledDraw(noblePrimitives, new Uint8Array(32), `test ${user}`, 32)

/** A control message on its way. */
export interface Sent {
  readonly sender: string
  readonly seq: number
  readonly outgoing: KeyAgreement.Outgoing
  /** The update secret that its sender took from it, if any. */
  readonly secret: Uint8Array | undefined
}

/** One member or invited user. */
export interface Actor {
  readonly user: string
  readonly seed: Uint8Array
  state: KeyAgreement.State
}

/** A new user who holds `bundles` key bundles' worth of prekeys. */
export const actor = (user: string, bundles: number): { actor: Actor; bundles: ReadonlyArray<Uint8Array> } => {
  const seed = seedOf(user)
  let keys = accepted(
    seed,
    Effect.flatMap(KeyBundles.generate(user), (generated) => KeyBundles.rotate(generated, 2_000_000_000)),
  )
  const published: Array<Uint8Array> = []
  for (let index = 0; index < bundles; index++) {
    const next = accepted(seed, KeyBundles.publish(keys))
    keys = next.keys
    published.push(next.bundle)
  }
  return { actor: { user, seed, state: KeyAgreement.initial(keys) }, bundles: published }
}

/** Users who all know each other: each has `each` key bundles of every one, itself included. */
export const acquainted = (users: ReadonlyArray<string>, each = 1): ReadonlyArray<Actor> => {
  const made = users.map((user) => actor(user, each * users.length))
  for (const [index, one] of made.entries()) {
    for (const { bundles } of made) {
      for (const bundle of bundles.slice(index * each, (index + 1) * each)) {
        const { state } = one.actor
        const contacts = accepted(one.actor.seed, KeyBundles.learn(state.contacts, bundle, 1_000_000_000))
        one.actor.state = { ...state, contacts }
      }
    }
  }
  return made.map(({ actor }) => actor)
}

/** The member made of `user` by the add of `adder` numbered `seq`, or by the create when there is no adder. */
export const memberId = (group: string, user: string, adder: string | null, seq: number): string =>
  Effect.runSync(Effect.provideService(memberIdOf(group, user, adder, seq), Crypto, primitives))

/** The control message in `outgoing`. */
export const controlOf = (outgoing: KeyAgreement.Outgoing): ControlMessage =>
  Result.getOrThrow(decodeWire(ControlMessage, outgoing.control))

/** What was sent, with the update secret that its sender took from it. */
const sentOf = (outgoing: KeyAgreement.Outgoing, secret: Uint8Array | undefined): Sent => {
  const { sender, seq } = controlOf(outgoing)
  return { sender, seq, outgoing, secret }
}

/** Does an operation of `one`; gives what it sends. */
export const operate = (
  one: Actor,
  operation: (state: KeyAgreement.State) => Step<{ state: KeyAgreement.State; outgoing: KeyAgreement.Outgoing; updateSecret: Uint8Array }>,
): Sent => {
  const done = accepted(one.seed, operation(one.state))
  one.state = done.state
  return sentOf(done.outgoing, done.updateSecret)
}

/** What delivering gave. */
export interface Delivered {
  readonly processed: KeyAgreement.Processed
  readonly response: Sent | undefined
  readonly rekey: Sent | undefined
}

/** Delivers a message to `one`; its state changes only when the message is accepted. */
export const deliver = (one: Actor, sent: Sent, to: string | null = one.state.me): Result.Result<Delivered, NotAccepted> => {
  const directs = KeyAgreement.directsFor(sent.outgoing.directs, to)
  const result = runStep(one.seed, KeyAgreement.process(one.state, sent.outgoing.control, directs))
  return Result.map(result, (processed) => {
    one.state = processed.state
    const { response, rekey, ownSecret } = processed
    return {
      processed,
      response: response && sentOf(response, rekey === undefined ? ownSecret : undefined),
      rekey: rekey && sentOf(rekey, ownSecret),
    }
  })
}
