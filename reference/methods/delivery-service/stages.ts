/**
 * The methods of the chapters "restrained-consensus", "global-consensus" and "cascade".
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import type { agreementMethods } from "../../../spec/delivery-service/agreement-methods.ts"
import { Cascade, CascadeMessage, choice } from "../../../spec/delivery-service/cascade.ts"
import { GlobalConsensus, proposerOf } from "../../../spec/delivery-service/global-consensus.ts"
import { RestrainedConsensus } from "../../../spec/delivery-service/restrained-consensus.ts"
import { decodeMessage } from "../../conventions.ts"
import type { Crypto } from "../../crypto/crypto.ts"
import { trace } from "../../crypto/trace.ts"
import * as Cascades from "../../delivery-service/cascade.ts"
import * as Consensus from "../../delivery-service/global-consensus.ts"
import * as Restrained from "../../delivery-service/restrained-consensus.ts"
import { BrokenCall, handleIn, type MethodsOf } from "../call.ts"

/** A state of one voter, with the secret half of its leaf signature key. */
interface Handle<S> {
  readonly secretKey: Uint8Array
  state: S
}

/** The handles of a session, by name. */
export interface StageHandles {
  readonly restrained: Map<string, Handle<RestrainedConsensus>>
  readonly consensus: Map<string, Handle<GlobalConsensus>>
  readonly cascade: Map<string, Handle<Cascade>>
}

/** What a handle holds, in bytes. */
export const statesOfStages = ({ restrained, consensus, cascade }: StageHandles, on: string): ReadonlyArray<Uint8Array> => {
  const bytes: Array<Uint8Array> = []
  const [one, two, three] = [restrained.get(on), consensus.get(on), cascade.get(on)]
  if (one !== undefined) bytes.push(encodeWire(RestrainedConsensus, one.state))
  if (two !== undefined) bytes.push(encodeWire(GlobalConsensus, two.state))
  if (three !== undefined) bytes.push(encodeWire(Cascade, three.state))
  return bytes
}

type All = MethodsOf<typeof agreementMethods>
type Named<Prefix extends string> = Pick<All, Extract<keyof All, `${Prefix}.${string}`>>

/** Does a step on a handle, and keeps the state that it gives. */
const step = <S, R extends { readonly state: S }, E>(handle: Handle<S>, operation: (handle: Handle<S>) => Effect.Effect<R, E, Crypto>) =>
  Effect.map(operation(handle), (result) => {
    handle.state = result.state
    return result
  })

/** The methods of restrained consensus. */
export const restrainedConsensus = ({ restrained: handles }: StageHandles): Named<"restrained-consensus"> => {
  const on = <E>(name: string, operation: (handle: Handle<RestrainedConsensus>) => Effect.Effect<Restrained.Restrained, E, Crypto>) =>
    Effect.map(step(handleIn(handles, name), operation), ({ state, send }) => ({ send, phase: state.phase, outcome: state.outcome }))
  return {
    "restrained-consensus.open": ({ on: name, electorate, me, secretKey, authors }) =>
      Effect.map(Restrained.open(electorate, me), (opened) => {
        const state = authors.reduce((now, { ref, author }) => Restrained.knowAuthor(now, ref, author), opened)
        handles.set(name, { secretKey, state })
        return {}
      }),
    "restrained-consensus.begin": ({ on: name, values, certificates }) =>
      on(name, ({ state, secretKey }) => Restrained.begin(state, secretKey, values, certificates)),
    "restrained-consensus.endorse": ({ on: name, message }) =>
      on(name, ({ state, secretKey }) => Restrained.receiveEndorse(state, secretKey, message)),
    "restrained-consensus.retract": ({ on: name, message }) => on(name, ({ state }) => Restrained.receiveRetract(state, message)),
    "restrained-consensus.timeout": ({ on: name }) =>
      on(name, ({ state }) => Effect.succeed({ state: Restrained.timeout(state), send: [] })),
  }
}

/** The methods of global consensus. */
export const globalConsensus = ({ consensus: handles }: StageHandles): Named<"global-consensus"> => {
  const on = <E>(name: string, operation: (handle: Handle<GlobalConsensus>) => Effect.Effect<Consensus.Consented, E, Crypto>) =>
    Effect.flatMap(step(handleIn(handles, name), operation), ({ state, send, timers }) => {
      const { round, step: roundStep, decision, me } = state
      const own = send.filter((message) => (message.type === "proposal" ? message.proposer : message.voter) === me)
      const traced = Effect.forEach(own, (message) => trace(`global-consensus.${message.type}-input`, Consensus.coveredBy(message)), {
        discard: true,
      })
      return Effect.as(traced, { send, timers, round, step: roundStep, decision })
    })
  return {
    "global-consensus.proposer": ({ electorate, round }) => Effect.succeed({ proposer: proposerOf(electorate, round) }),
    "global-consensus.verify": ({ electorate, decision }) => Effect.as(Consensus.verifyDecision(electorate, decision), {}),
    "global-consensus.open": ({ on: name, electorate, me, secretKey }) =>
      Effect.map(Consensus.open(electorate, me), (state) => {
        handles.set(name, { secretKey, state })
        return {}
      }),
    "global-consensus.admit": ({ on: name, ref }) => on(name, ({ state, secretKey }) => Consensus.admit(state, secretKey, ref)),
    "global-consensus.receive": ({ on: name, message }) => on(name, ({ state, secretKey }) => Consensus.receive(state, secretKey, message)),
    "global-consensus.timeout": ({ on: name, kind, round }) =>
      on(name, ({ state, secretKey }) => Consensus.timeout(state, secretKey, kind, round)),
  }
}

/** The methods of the cascade. */
export const cascade = ({ cascade: handles }: StageHandles): Named<"cascade"> => {
  const on = <E>(name: string, operation: (handle: Handle<Cascade>) => Effect.Effect<Cascades.Cascaded, E, Crypto>) =>
    Effect.map(step(handleIn(handles, name), operation), ({ state, send, judge, timers }) => ({
      send: send.map(({ to, message }) => ({ to, message: encodeWire(CascadeMessage, message) })),
      judge: judge.map(({ ref }) => ref),
      timers,
      decision: state.decision === null ? null : Cascades.chosenOf(state.decision).ref,
    }))
  return {
    "cascade.commit": ({ electorate, secretKey, ...value }) => Cascades.signCommit(electorate, secretKey, value),
    "cascade.set": ({ electorate, refs }) => Effect.map(Cascades.setRef(electorate, refs), (ref) => ({ ref })),
    "cascade.choice": ({ set }) =>
      Effect.sync(() => {
        if (set.length === 0) throw new BrokenCall("an empty set")
        return { ref: choice(set).ref }
      }),
    "cascade.verify-decide": ({ electorate, decide }) =>
      Effect.map(Cascades.verifyDecide(electorate, decide), () => ({ ref: Cascades.chosenOf(decide).ref })),
    "cascade.open": ({ on: name, electorate, me, secretKey }) =>
      Effect.map(Cascades.open(electorate, me), (state) => {
        handles.set(name, { secretKey, state })
        return {}
      }),
    "cascade.propose": ({ on: name, value }) =>
      on(
        name,
        Effect.fnUntraced(function* ({ state, secretKey }) {
          const ref = yield* Cascades.commitRef(state.electorate, value)
          return yield* Cascades.propose(state, secretKey, { ref, value })
        }),
      ),
    "cascade.validate": ({ on: name, ref }) => on(name, ({ state, secretKey }) => Cascades.validate(state, secretKey, ref)),
    "cascade.receive": ({ on: name, from, message }) =>
      on(
        name,
        Effect.fnUntraced(function* ({ state, secretKey }) {
          return yield* Cascades.receive(state, secretKey, from, yield* decodeMessage(CascadeMessage, message))
        }),
      ),
    "cascade.timeout": ({ on: name, name: timer }) => on(name, ({ state, secretKey }) => Cascades.timeout(state, secretKey, timer)),
  }
}
