/**
 * The reference behind the methods by which it is tested: from JSON to a verdict in JSON. Generating vectors and the reference peer both use it.
 *
 * @module
 */
import { concatBytes } from "@noble/hashes/utils.js"
import { Effect, Result, Schema } from "effect"
import { Hex } from "effect/encoding"
import { maximumDepth, Name } from "../spec/conventions/methods.ts"
import type { NotAccepted } from "../spec/conventions/verdicts.ts"
import { type MethodName, methods } from "../spec/methods.ts"
import { Crypto, type Primitives } from "./crypto/crypto.ts"
import { Randomness, seeded } from "./crypto/randomness.ts"
import { Trace } from "./crypto/trace.ts"
import { BrokenCall, type Part, type Step } from "./methods/call.ts"
import { applicationMessages, messaging } from "./methods/dcgka/messaging.ts"
import { dcgka } from "./methods/dcgka.ts"
import { agreement } from "./methods/delivery-service/agreement.ts"
import { deliveryService } from "./methods/delivery-service.ts"
import { mpenc } from "./methods/mpenc.ts"
import { mpencSession } from "./methods/mpenc-session.ts"

export { BrokenCall } from "./methods/call.ts"

/** The intermediate values of a call, whatever its verdict. */
interface Traced {
  readonly trace?: ReadonlyArray<{ name: string; value: string }>
}

/** A verdict as it goes over the wire. */
export type WireVerdict =
  | ({ readonly verdict: "accepted"; readonly output: unknown } & Traced)
  | ({ readonly verdict: "refused"; readonly clause: string; readonly detail: string } & Traced)
  | ({ readonly verdict: "malformed"; readonly clause: string; readonly where: string } & Traced)
  | ({ readonly verdict: "waiting"; readonly missing: ReadonlyArray<unknown> } & Traced)
  | ({ readonly verdict: "ignored"; readonly reason: string } & Traced)

/** What the parameters of any method may have: the handle, and the seed of a new one. */
interface AnyParams {
  readonly on?: string
  readonly seed?: Uint8Array
}

// For methods that draw nothing.
const noSeed = new Uint8Array(32)

/** What a peer answers when a step is not accepted. */
export const toWire = (verdict: NotAccepted): WireVerdict => {
  switch (verdict._tag) {
    case "Refused":
      return { verdict: "refused", clause: verdict.clause, detail: verdict.detail }
    case "Malformed":
      return { verdict: "malformed", clause: verdict.clause, where: verdict.where }
    case "Waiting":
      return { verdict: "waiting", missing: verdict.missing }
    case "Ignored":
      return { verdict: "ignored", reason: verdict.reason }
  }
}

/** Whether a value that stands in `depth` others is nowhere nested too deep, and has whole numbers only. */
const isPlain = (value: unknown, depth: number): boolean => {
  if (typeof value === "number") return Number.isSafeInteger(value) && !Object.is(value, -0)
  if (typeof value !== "object" || value === null) return true
  return depth < maximumDepth && Object.values(value).every((inner) => isPlain(inner, depth + 1))
}

/** The parameters that `input` stands for. */
const paramsOf = <A>(name: string, params: Schema.Codec<A>, input: unknown): A => {
  const decoded = isPlain(input, 0) ? Schema.decodeUnknownResult(params, { onExcessProperty: "error" })(input) : undefined
  if (decoded === undefined || Result.isFailure(decoded)) throw new BrokenCall(`wrong parameters of ${name}`)
  return decoded.success
}

const OfHandle = Schema.Struct({ on: Name })

/** A digest of everything that the handles of this name hold; of nothing when there is none. */
const fingerprint = (parts: ReadonlyArray<Part>, on: string, sha256: Primitives["sha256"]): Uint8Array =>
  sha256(concatBytes(...parts.flatMap(({ stateOf }) => stateOf(on) ?? []).map(sha256)))

/** A session of a peer: its handles, and calls on them. Throws `BrokenCall` for what is no call of a method. Methods of MLS answer only to `callLater`, because its library is asynchronous; all others to both. */
export interface Session {
  readonly call: (name: string, params: unknown) => WireVerdict
  readonly callLater: (name: string, params: unknown) => Promise<WireVerdict>
  readonly reset: () => void
  /** Whether there is such a handle or not. */
  readonly fingerprint: (params: unknown) => WireVerdict
  /** All that is kept of a handle. */
  readonly state: (params: unknown) => WireVerdict
}

/** What a call does, and how its result is put as a verdict. */
interface Call {
  readonly effect: Effect.Effect<Result.Result<unknown, NotAccepted>>
  readonly verdict: (result: Result.Result<unknown, NotAccepted>) => WireVerdict
}

/** A new session with these primitives. */
export const session = (provider: Primitives): Session => {
  const parts = [dcgka(), applicationMessages(), messaging(), mpenc(), mpencSession(), deliveryService(), agreement()]
  const implementation = Object.assign({}, ...parts.map((part) => part.methods)) as Readonly<
    Record<string, (params: unknown) => Step<unknown>>
  >
  const prepare = (name: string, input: unknown): Call => {
    if (!Object.hasOwn(implementation, name)) throw new BrokenCall(`no method ${name}`)
    const { params, output } = methods[name as MethodName]
    const given = paramsOf(name, params as Schema.Codec<AnyParams>, input)
    const ofHandle = parts.find((part) => Object.hasOwn(part.methods, name))?.seedOf(given.on ?? "")
    const seed = given.seed ?? ofHandle ?? noSeed
    const trace: Array<{ name: string; value: string }> = []
    const effect = Effect.result(implementation[name]!(given)).pipe(
      Effect.provideService(Trace, (label, value) => trace.push({ name: label, value: Hex.encode(value) })),
      Effect.provideService(Crypto, provider),
      Effect.provideService(Randomness, seeded(provider, seed)),
    )
    const verdict = (result: Result.Result<unknown, NotAccepted>): WireVerdict => {
      const traced = trace.length === 0 ? {} : { trace }
      if (Result.isFailure(result)) return { ...toWire(result.failure), ...traced }
      const encoded = Schema.encodeUnknownSync(output as Schema.Codec<unknown>)(result.success)
      return { verdict: "accepted", output: encoded, ...traced }
    }
    return { effect, verdict }
  }
  return {
    reset: () => {
      for (const part of parts) part.reset()
    },
    fingerprint: (input) => {
      const { on } = paramsOf("fingerprint", OfHandle, input)
      return { verdict: "accepted", output: { fingerprint: Hex.encode(fingerprint(parts, on, provider.sha256)) } }
    },
    state: (input) => {
      const { on } = paramsOf("state", OfHandle, input)
      return { verdict: "accepted", output: { state: Hex.encode(concatBytes(...parts.flatMap(({ stateOf }) => stateOf(on) ?? []))) } }
    },
    call: (name, input) => {
      const { effect, verdict } = prepare(name, input)
      return verdict(Effect.runSync(effect))
    },
    callLater: async (name, input) => {
      const { effect, verdict } = prepare(name, input)
      return verdict(await Effect.runPromise(effect))
    },
  }
}
