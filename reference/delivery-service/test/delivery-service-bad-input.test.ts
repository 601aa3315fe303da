/**
 * Whatever comes in, a member answers with a verdict, and after anything but acceptance its state is what it was; and a state can be saved and loaded at any point.
 */
import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { Delivery, DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { decodeMessage } from "../../conventions.ts"
import { receive } from "../delivery-service.ts"
import { violationsAtRest } from "../simulation/properties.ts"
import { streamOf } from "../simulation/random.ts"
import { play } from "../simulation/schedule.ts"
import { arrive, isFree, runAs, settledWorld, type World } from "../simulation/world.ts"

const busy = (): World => {
  const world = settledWorld(["A", "B", "C", "D"])
  play(world, [
    { propose: "update", by: "C", as: "p" },
    { drain: "fifo" },
    { commit: ["p"], by: "A", as: "cA" },
    { commit: [], by: "B", as: "cB" },
    { drain: "seed busy", most: 25 },
  ])
  return world
}

const saved = (world: World): void => {
  for (const process of world.processes) {
    if (process.state !== null)
      process.state = Result.getOrThrow(Result.mapError(decodeWire(Delivery, encodeWire(Delivery, process.state)), JSON.stringify))
  }
}

describe("bytes that were changed on the way", () => {
  it("are malformed, refused, ignored, or harmless, and never an exception", () => {
    const world = busy()
    const random = streamOf("flips", "flips")
    const verdicts = new Set<string>()
    for (let count = 0; count < 400; count++) {
      const { to, from, message } = random.pick(world.flights)
      const bytes = encodeWire(DeliveryMessage, message)
      const at = random.below(bytes.length)
      bytes[at] = bytes[at]! ^ (1 << random.below(8))
      const before = encodeWire(Delivery, to.state!)
      const { state } = to
      const taken = Effect.flatMap(decodeMessage(DeliveryMessage, bytes), (changed) => receive(state!, from.user, changed))
      const result = runAs(world, to.seed, taken)
      verdicts.add(Result.isSuccess(result) ? "accepted" : result.failure._tag)
      expect(encodeWire(Delivery, to.state!)).toEqual(before)
    }
    expect([...verdicts].sort()).toEqual(expect.arrayContaining(["Malformed", "Refused"]))
  })

  it("do not disturb a run when they are thrown in", () => {
    const world = busy()
    const random = streamOf("thrown", "in")
    for (let count = 0; count < 60; count++) {
      const flight = random.pick(world.flights)
      const bytes = encodeWire(DeliveryMessage, flight.message)
      bytes[random.below(bytes.length)]! ^= 1
      const decoded = decodeWire(DeliveryMessage, bytes)
      if (Result.isSuccess(decoded)) arrive(world, { ...flight, message: decoded.success })
    }
    play(world, [{ settle: 100 }])
    expect(violationsAtRest(world)).toEqual([])
    expect(world.processes.every(({ state }) => state?.tree.epoch === 2)).toBe(true)
  })
})

describe("a state", () => {
  it("can be saved and loaded after each step", () => {
    const [plain, reloaded] = [busy(), busy()]
    play(plain, [{ drain: "fifo" }])
    for (
      let flight = reloaded.flights.find((one) => isFree(reloaded, one));
      flight !== undefined;
      flight = reloaded.flights.find((one) => isFree(reloaded, one))
    ) {
      saved(reloaded)
      reloaded.flights.splice(reloaded.flights.indexOf(flight), 1)
      arrive(reloaded, flight)
    }
    expect(reloaded.trace).toEqual(plain.trace)
  })
})
