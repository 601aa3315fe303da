/**
 * The whole with real MLS groups: in every epoch all correct members agree. The first epochs of the run whose transcript the vectors have; `node tools/delivery-run.ts` does all thirty.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { runWithMls, type Transcript } from "../simulation/mls-run.ts"

const file = join(import.meta.dirname, "../../../vectors/cases/delivery-service/data/mls-run.json")
const committed = JSON.parse(readFileSync(file, "utf8")) as Transcript

describe("ten members and more, a third of them faulty", () => {
  it("agree in every epoch, and the run is the same each time", async () => {
    const { epochs, transcript } = await runWithMls(nodePrimitives, "thirty epochs", 5)
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5])
    expect(epochs.every(({ members }) => members >= 10)).toBe(true)
    const joiners = committed.joiners.filter(({ epoch }) => epoch <= 6)
    expect(transcript).toEqual({ ...committed, epochs: committed.epochs.slice(0, 5), joiners })
  })

  it("of other seeds agree too", async () => {
    const { epochs } = await runWithMls(nodePrimitives, "another seed", 2)
    expect(new Set(epochs.map(({ authenticator }) => authenticator)).size).toBe(2)
  })
})
