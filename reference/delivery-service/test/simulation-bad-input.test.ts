/** What is no schedule is no call, and never another exception. */
import { describe, expect, it } from "vitest"
import type { Run } from "../../../spec/delivery-service/simulation.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { BrokenCall, session } from "../../methods.ts"

const { call } = session(nodePrimitives)

const right: Run = { members: ["A", "B"], faulty: [], sampleSize: 0, schedule: [{ commit: null, by: "A", as: "c" }, { settle: 9 }] }

const wrong: ReadonlyArray<readonly [what: string, change: Partial<Run>]> = [
  ["nobody", { members: [] }],
  ["one user twice", { members: ["A", "B", "A"] }],
  ["a faulty founder", { faulty: [{ user: "A", faces: [[]] }] }],
  ["a faulty outsider", { faulty: [{ user: "X", faces: [[]] }] }],
  ["an unknown handle", { schedule: [{ down: "X" }] }],
  ["a face that nobody has", { schedule: [{ commit: null, by: "B'1", as: "c" }] }],
  ["a message that is not on its way", { schedule: [{ deliver: "A>B#0" }] }],
  ["another that is not", { schedule: [{ drop: "A>B#7" }] }],
  ["an operation of somebody outside", { schedule: [{ appear: "C" }, { propose: "update", by: "C", as: "p" }] }],
  ["a resumption of somebody outside", { schedule: [{ appear: "C" }, { resume: "C" }] }],
  ["somebody who appears again", { schedule: [{ appear: "B" }] }],
  ["an addition of nobody", { schedule: [{ propose: "add", by: "A", as: "p" }] }],
  ["what is no message", { schedule: [{ inject: "00", from: "A", to: "B" }] }],
]

describe("simulation.play", () => {
  it("plays a schedule", () => {
    expect(call("simulation.play", right)).toMatchObject({ verdict: "accepted" })
  })

  it.each(wrong)("with %s is no call", (_what, change) => {
    expect(() => call("simulation.play", { ...right, ...change })).toThrow(BrokenCall)
  })

  it("takes what is refused as having done nothing", () => {
    const refused: Run["schedule"] = [
      { appear: "X" },
      { propose: "remove", by: "A", who: "X", as: "p" },
      { commit: ["p"], by: "A", as: "c" },
      { end: "7/relax/1", of: "A" },
    ]
    const { output } = call("simulation.play", { ...right, schedule: refused }) as unknown as {
      readonly output: { processes: ReadonlyArray<{ sent: number }> }
    }
    expect(output.processes.map(({ sent }) => sent)).toEqual([0, 0, 0])
  })

  it("draws no number below 0, nor one of more than 32 bits", () => {
    for (const limit of [0, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])
      expect(() => call("simulation.numbers", { seed: "s", name: "n", limits: [limit] })).toThrow(BrokenCall)
  })
})
