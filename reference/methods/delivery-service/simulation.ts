/**
 * The methods of the chapter "simulation".
 *
 * @module
 */
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import type { agreementMethods } from "../../../spec/delivery-service/agreement-methods.ts"
import type { Run } from "../../../spec/delivery-service/simulation.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { trace } from "../../crypto/trace.ts"
import { streamOf } from "../../delivery-service/simulation/random.ts"
import { groupOf } from "../../delivery-service/simulation/runs.ts"
import { nothingPlayed, play } from "../../delivery-service/simulation/schedule.ts"
import { handleOf, NoSchedule, type Process, type World } from "../../delivery-service/simulation/world.ts"
import { BrokenCall, type MethodsOf } from "../call.ts"

type Methods = Pick<MethodsOf<typeof agreementMethods>, Extract<keyof typeof agreementMethods, `simulation.${string}`>>

const statusNames = ["active", "removed", "stuck"] as const

const shown = ({ counters }: World, process: Process) => ({
  handle: handleOf(process),
  status: process.state === null ? ("outside" as const) : statusNames[process.state.status]!,
  epoch: process.state?.tree.epoch ?? null,
  authenticator: process.state?.tree.authenticator ?? null,
  told: process.events.length,
  sent: counters.get(process) ?? 0,
})

/** Throws `BrokenCall` for what is no schedule. */
const attempt = <A>(make: () => A): A => {
  try {
    return make()
  } catch (error) {
    if (error instanceof NoSchedule) throw new BrokenCall(error.message)
    throw error
  }
}

const playAll = (run: Run, crypto: Parameters<typeof groupOf>[1]) => {
  const world = groupOf(run, crypto)
  world.entries = []
  const played = nothingPlayed()
  const traces = run.schedule.map((move) => {
    play(world, [move], played)
    // simulation.play.2
    return world.trace
  })
  const output = { traces: traces.map((trace) => Hex.encode(trace)), processes: world.processes.map((one) => shown(world, one)) }
  return { output, entries: world.entries }
}

/** The methods. */
export const simulation: Methods = {
  "simulation.numbers": ({ seed, name, limits }) =>
    Effect.sync(() => {
      const random = streamOf(seed, name)
      return { numbers: limits.map((limit) => random.below(limit)) }
    }),
  "simulation.play": (run) =>
    Effect.flatMap(Crypto, (crypto) => {
      const [founder] = run.members
      if (founder === undefined || run.faulty.some(({ user }) => user === founder || !run.members.includes(user)))
        throw new BrokenCall("faulty users are members other than the first")
      const { output, entries } = attempt(() => playAll(run, crypto))
      return Effect.as(
        Effect.forEach(entries, (entry) => trace("simulation.entry", entry), { discard: true }),
        output,
      )
    }),
}
