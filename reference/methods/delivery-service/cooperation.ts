/**
 * The methods of the chapter "cooperation".
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import type { agreementMethods } from "../../../spec/delivery-service/agreement-methods.ts"
import { Cooperation, clauses, thresholds, unlockThreshold, usualFaults } from "../../../spec/delivery-service/cooperation.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { trace } from "../../crypto/trace.ts"
import { signedBytes } from "../../delivery-service/cooperation/settle.ts"
import * as Cooperations from "../../delivery-service/cooperation.ts"
import { BrokenCall, type MethodsOf } from "../call.ts"

/** One voter: its cooperation, and the secret half of its leaf signature key. */
interface Handle {
  readonly secretKey: Uint8Array
  state: Cooperation
}

/** The handles of a session. */
export type CooperationHandles = Map<string, Handle>

const handleIn = (handles: CooperationHandles, name: string): Handle => {
  const handle = handles.get(name)
  if (handle === undefined) throw new BrokenCall(`no cooperation ${name}`)
  return handle
}

/** What a handle holds, in bytes. */
export const stateOfCooperation = (handles: CooperationHandles, on: string): ReadonlyArray<Uint8Array> | undefined => {
  const handle = handles.get(on)
  return handle === undefined ? undefined : [encodeWire(Cooperation, handle.state)]
}

type CooperationMethod = Extract<keyof typeof agreementMethods, `cooperation.${string}`>

type Methods = Pick<MethodsOf<typeof agreementMethods>, CooperationMethod>

const pure = {
  "cooperation.thresholds": ({ n, faults, sensitivity }) =>
    n < 3 * faults + sensitivity || sensitivity < 1
      ? Effect.fail(refuse(clauses.electorate, `${n} voters, t = ${faults}, k = ${sensitivity}`))
      : Effect.succeed({ usualFaults: usualFaults(n), ...thresholds(n, faults, sensitivity) }),
  "cooperation.unlock-threshold": ({ n, faults, values }) => Effect.succeed({ threshold: unlockThreshold(n, faults, Math.max(1, values)) }),
  "cooperation.sign": ({ electorate, instance, statement, secretKey }) =>
    Effect.map(Crypto, (crypto) => {
      const covered = signedBytes({ electorate, instance } as Cooperation, statement)
      return { statement: { ...statement, signature: crypto.ed25519Sign(secretKey, covered) } }
    }),
  "cooperation.verify": ({ electorate, instance, certificate, ref }) =>
    Effect.as(Cooperations.verify(electorate, instance, certificate, ref), {}),
  "cooperation.verify-unique": ({ electorate, instance, certificate, ref }) =>
    Effect.as(Cooperations.verifyUnique(electorate, instance, certificate, ref), {}),
} satisfies Partial<Methods>

/** The methods, over the handles of one session. */
export const cooperation = (handles: CooperationHandles): Methods => {
  const step = <E>(on: string, operation: (handle: Handle) => Effect.Effect<Cooperations.Cooperated, E, Crypto>) => {
    const handle = handleIn(handles, on)
    return Effect.flatMap(operation(handle), ({ state, signed, accepted }) => {
      handle.state = state
      const traced = Effect.forEach(signed, (one) => trace("cooperation.statement-input", signedBytes(state, one)), { discard: true })
      return Effect.as(traced, { signed, accepted })
    })
  }
  return {
    ...pure,
    "cooperation.open": ({ on, electorate, instance, me, secretKey }) =>
      Effect.map(Cooperations.open(electorate, instance, me), (state) => {
        handles.set(on, { secretKey, state })
        return {}
      }),
    "cooperation.propose": ({ on, ref }) => step(on, ({ state, secretKey }) => Cooperations.propose(state, secretKey, ref)),
    "cooperation.learn": ({ on, ref }) => step(on, ({ state, secretKey }) => Cooperations.learn(state, secretKey, ref)),
    "cooperation.validate": ({ on, ref }) => step(on, ({ state, secretKey }) => Cooperations.validate(state, secretKey, ref)),
    "cooperation.relax": ({ on }) => step(on, ({ state, secretKey }) => Cooperations.relax(state, secretKey)),
    "cooperation.receive": ({ on, statements }) => step(on, ({ state, secretKey }) => Cooperations.receive(state, secretKey, statements)),
    "cooperation.certify": ({ on, ref }) =>
      Effect.sync(() => {
        const { state } = handleIn(handles, on)
        const certificate = Cooperations.certify(state, ref)
        const unique = certificate !== undefined && Cooperations.isUnique(state.electorate, certificate, ref)
        return { certificate: certificate ?? null, unique }
      }),
    "cooperation.held": ({ on }) =>
      Effect.sync(() => {
        const { state } = handleIn(handles, on)
        const { statements, accepted, candidates } = state
        return { statements, mayUnlock: Cooperations.mayUnlock(state), accepted, candidates }
      }),
  }
}
