/**
 * The distributed delivery service with members in several libraries of MLS.
 *
 * @module
 */
import { nodePrimitives } from "../../reference/crypto/providers/node.ts"
import { runWithBackEnds } from "../../reference/delivery-service/simulation/mls-run.ts"
import { backEndOn } from "../../reference/delivery-service/tree-kem/library.ts"
import { addBackEnd, type BackEndName } from "../../reference/delivery-service/tree-kem.ts"
import type { Implementation } from "./list.ts"
import { type RunningLibrary, startLibrary } from "./mls-library.ts"
import type { DeliveryRun } from "./table.ts"

/** Of the ten founders, so many say nothing or have two faces. */
const faulty = 3

/** Runs so many epochs, with the users on these in turn. Throws when correct members disagree. */
export const deliver = async (seats: ReadonlyArray<Implementation>, epochs: number): Promise<DeliveryRun> => {
  const running: Array<RunningLibrary> = []
  const backEnds: Array<BackEndName> = []
  try {
    for (const { name, command } of seats) {
      const started = await startLibrary(command)
      // What cannot serve so is the reference's own library.
      if (started === undefined) {
        backEnds.push("mls")
        continue
      }
      running.push(started)
      const backEnd = `on${name.replaceAll("-", "")}` as const
      addBackEnd(backEnd, backEndOn(backEnd, started.library))
      backEnds.push(backEnd)
    }
    const done = await runWithBackEnds(nodePrimitives, "thirty epochs", epochs, (number) => backEnds[number % backEnds.length]!)
    const sizes = done.map(({ members }) => members)
    const sum = (of: (epoch: (typeof done)[number]) => number) => done.reduce((all, one) => all + of(one), 0)
    return {
      epochs: done.length,
      members: [Math.min(...sizes), Math.max(...sizes)],
      faulty,
      commits: sum(({ commits }) => commits),
      proposals: sum(({ proposals }) => proposals.length),
      messages: sum(({ messages }) => messages),
      fewest: backEnds.map((backEnd) => Math.min(...done.map((epoch) => epoch.backEnds.filter((one) => one === backEnd).length))),
    }
  } finally {
    for (const one of running) await one.close()
  }
}
