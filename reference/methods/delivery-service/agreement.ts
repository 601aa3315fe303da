/**
 * The methods of the chapters from "cooperation" to "delivery-service".
 *
 * @module
 */
import { Effect, Result, Schema } from "effect"
import { encodeWire, type Wire } from "../../../spec/conventions/encoding.ts"
import type { agreementMethods } from "../../../spec/delivery-service/agreement-methods.ts"
import { CascadeMessage, CommitValue, SetValue } from "../../../spec/delivery-service/cascade.ts"
import { Certificate, Electorate, Statement } from "../../../spec/delivery-service/cooperation.ts"
import { DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { Proposal, Vote } from "../../../spec/delivery-service/global-consensus.ts"
import { Endorse, Retract } from "../../../spec/delivery-service/restrained-consensus.ts"
import { decodeMessage } from "../../conventions.ts"
import { answerable, BrokenCall, type MethodsOf, type Part } from "../call.ts"
import { type CooperationHandles, cooperation, stateOfCooperation } from "./cooperation.ts"
import { type DeliverySession, delivery, stateOfUser } from "./delivery.ts"
import { simulation } from "./simulation.ts"
import { cascade, globalConsensus, restrainedConsensus, type StageHandles, statesOfStages } from "./stages.ts"

type AgreementMethods = MethodsOf<typeof agreementMethods>

const wireTypes = {
  statement: Statement,
  certificate: Certificate,
  electorate: Electorate,
  endorse: Endorse,
  retract: Retract,
  proposal: Proposal,
  vote: Vote,
  "commit-value": CommitValue,
  "set-value": SetValue,
  "cascade-message": CascadeMessage,
  "delivery-message": DeliveryMessage,
}

// The value stands for whatever the wire type decodes to, which no type says here.
const wireOf = (type: keyof typeof wireTypes): Wire<unknown> => wireTypes[type] as unknown as Wire<unknown>

const encoding = {
  "agreement.decode": Effect.fnUntraced(function* ({ type, bytes }) {
    const wire = wireOf(type)
    return { value: Schema.encodeSync(wire.json)(yield* decodeMessage(wire, bytes)) as Schema.Json }
  }),
  "agreement.encode": ({ type, value }) =>
    Effect.sync(() => {
      const wire = wireOf(type)
      const decoded = Schema.decodeUnknownResult(wire.json, { onExcessProperty: "error" })(value)
      if (Result.isFailure(decoded)) throw new BrokenCall(`value is no ${type}`)
      return { bytes: answerable(encodeWire(wire, decoded.success)) }
    }),
} satisfies Partial<AgreementMethods>

/** These methods, with no handles yet. */
export const agreement = (): Part => {
  const cooperations: CooperationHandles = new Map()
  const users: DeliverySession = { handles: new Map(), messages: new Map() }
  const stages: StageHandles = { restrained: new Map(), consensus: new Map(), cascade: new Map() }
  const implementation: AgreementMethods = {
    ...encoding,
    ...cooperation(cooperations),
    ...restrainedConsensus(stages),
    ...globalConsensus(stages),
    ...cascade(stages),
    ...delivery(users),
    ...simulation,
  }
  return {
    methods: implementation,
    reset: () => {
      for (const handles of [cooperations, ...Object.values(stages), users.handles, users.messages]) handles.clear()
    },
    seedOf: (on) => users.handles.get(on)?.seed,
    stateOf: (on) => {
      const states = [...(stateOfCooperation(cooperations, on) ?? []), ...statesOfStages(stages, on), ...stateOfUser(users, on)]
      return states.length === 0 ? undefined : states
    },
  }
}
