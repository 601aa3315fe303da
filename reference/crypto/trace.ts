/**
 * The `Trace` of intermediate values, for conformance runs only: it lets the runner say which value of a wrong answer was the first to differ. By default it goes nowhere.
 *
 * @module
 */
import { Context, Effect } from "effect"

/** Takes a named intermediate value. Names begin with the chapter. The values are secrets: only vectors' toy secrets may be traced. */
export const Trace = Context.Reference<(name: string, value: Uint8Array) => void>("conclave/Trace", { defaultValue: () => () => {} })

/** Reports intermediate values, in their order. */
export const traceAll = (named: ReadonlyArray<readonly [name: string, value: Uint8Array]>): Effect.Effect<void> =>
  Effect.map(Trace, (report) => {
    for (const [name, value] of named) report(name, value)
  })

/** Reports one intermediate value. */
export const trace = (name: string, value: Uint8Array): Effect.Effect<void> => Effect.map(Trace, (report) => report(name, value))
