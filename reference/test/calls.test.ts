/** What is a call and what is none: numbers, depth, and the parameters of `fingerprint` (chapter "methods" of the conventions). */
import { describe, expect, it } from "vitest"
import { nodePrimitives } from "../crypto/providers/node.ts"
import { BrokenCall, session } from "../methods.ts"

const { call, fingerprint } = session(nodePrimitives)

const nested = (open: string, close: string, depth: number): unknown => JSON.parse(`${open.repeat(depth)}0${close.repeat(depth)}`)

describe("a call", () => {
  it("has whole numbers only, and never -0", () => {
    const begin = (sendLater: number) => () => call("send-queue.begin", { on: "queue", me: "alice", sendLater })
    for (const number of [-0, 0.5, 2 ** 53, 1e308]) expect(begin(number)).toThrow(BrokenCall)
    expect(() => call("encoding.encode", { type: "content", value: { deep: [-0] } })).toThrow(BrokenCall)
    expect(begin(0)()).toMatchObject({ verdict: "accepted" })
    expect(fingerprint({ on: "queue" })).toMatchObject({ verdict: "accepted" })
  })

  it("gives no value whose bytes are too long for an answer", () => {
    const value = "00".repeat(65_000)
    const records = (count: number) => Array.from({ length: count }, () => ({ type: 1, value }))
    expect(call("mpenc-records.encode-records", { records: records(30) })).toMatchObject({ verdict: "accepted" })
    expect(() => call("mpenc-records.encode-records", { records: records(40) })).toThrow(BrokenCall)
  })

  it("asks for the fingerprint of one handle, which need not exist", () => {
    for (const params of [{}, { on: 5 }, { on: {} }, { on: "" }, { on: "alice", more: 0 }, null, []])
      expect(() => fingerprint(params)).toThrow(BrokenCall)
    expect(fingerprint({ on: "nobody" })).toMatchObject({ verdict: "accepted" })
  })

  it.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
    ["both", '[{"a":', "}]"],
  ])("is told from none by its depth at once: %s", (_, open, close) => {
    const params = { type: "content", value: nested(open, close, 1_000_000) }
    const from = performance.now()
    for (const name of ["encoding.encode", "primitives.draw", "messenger.compare"] as const)
      expect(() => call(name, params)).toThrow(BrokenCall)
    expect(() => fingerprint(params)).toThrow(BrokenCall)
    expect(performance.now() - from).toBeLessThan(1000)
  })
})
