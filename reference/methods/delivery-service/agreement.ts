/**
 * The methods of the chapters from "cooperation" to "delivery-service".
 *
 * @module
 */
import { Effect, Result, Schema } from "effect"
import { encodeWire, type Wire } from "../../../spec/conventions/encoding.ts"
import type { agreementMethods } from "../../../spec/delivery-service/agreement-methods.ts"
import { Certificate, Electorate, Statement } from "../../../spec/delivery-service/cooperation.ts"
import { decodeMessage } from "../../conventions.ts"
import { BrokenCall, type MethodsOf, type Part } from "../call.ts"
import { type CooperationHandles, cooperation, stateOfCooperation } from "./cooperation.ts"

type AgreementMethods = MethodsOf<typeof agreementMethods>

const wireTypes = { statement: Statement, certificate: Certificate, electorate: Electorate }

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
      return { bytes: encodeWire(wire, decoded.success) }
    }),
} satisfies Partial<AgreementMethods>

/** These methods, with no handles yet. */
export const agreement = (): Part => {
  const cooperations: CooperationHandles = new Map()
  const implementation: AgreementMethods = { ...encoding, ...cooperation(cooperations) }
  return {
    methods: implementation,
    reset: () => cooperations.clear(),
    seedOf: () => undefined,
    stateOf: (on) => stateOfCooperation(cooperations, on),
  }
}
