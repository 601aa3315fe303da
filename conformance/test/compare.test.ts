/** What counts as a wrong answer, and where it is said to diverge. */
import { describe, expect, it } from "vitest"
import type { Answer, ExpectedVerdict, Json } from "../protocol/messages.ts"
import { firstDifference, wrongAnswer } from "../runner/compare.ts"

describe("firstDifference", () => {
  it.for<[Json, Json]>([
    [
      { a: 1, b: [2, null] },
      { b: [2, null], a: 1 },
    ],
    [1.0, 1],
    [[], []],
    ["", ""],
    [JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}')],
  ])("%j equals %j", ([wanted, got]) => {
    expect(firstDifference(wanted, got, "output")).toBeUndefined()
  })

  it.for<[Json, Json, string]>([
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, "output.a.b[1]"],
    [{ a: [1] }, { a: [1, 2] }, "output.a[1]"],
    [{ a: [1, 2] }, { a: [1] }, "output.a[1]"],
    [{ a: 1 }, {}, "output.a"],
    [{}, { "odd key": 1 }, 'output["odd key"]'],
    [[], {}, "output"],
    [null, {}, "output"],
    [null, false, "output"],
    ["1", 1, "output"],
    [{}, { constructor: 1 }, "output.constructor"],
    [{ toString: 1 }, {}, "output.toString"],
    [JSON.parse('{"__proto__":1}'), {}, "output.__proto__"],
  ])("%j and %j differ first at %s", ([wanted, got, at]) => {
    expect(firstDifference(wanted, got, "output")?.at).toBe(at)
  })
})

const trace = (...values: ReadonlyArray<[string, string]>) => values.map(([name, value]) => ({ name, value }))

describe("wrongAnswer", () => {
  it.for<[ExpectedVerdict, Answer]>([
    [
      { verdict: "accepted", output: { a: 1 }, trace: trace(["x", "00"]) },
      { verdict: "accepted", output: { a: 1 } },
    ],
    [
      { verdict: "accepted", output: {}, trace: trace(["x", "00"]) },
      { verdict: "accepted", output: {}, trace: trace(["x", "01"]) },
    ],
    [
      { verdict: "refused", clause: "a.b" },
      { verdict: "refused", clause: "a.b", detail: { anything: true } },
    ],
    [
      { verdict: "malformed", clause: "a.b" },
      { verdict: "malformed", clause: "a.b", where: "$.x" },
    ],
    [
      { verdict: "waiting", missing: [{ sender: "a", sequence: 1 }] },
      { verdict: "waiting", missing: [{ sequence: 1, sender: "a" }] },
    ],
    [
      { verdict: "ignored", reason: "duplicate" },
      { verdict: "ignored", reason: "duplicate" },
    ],
  ])("%j is met by %j", ([wanted, got]) => {
    expect(wrongAnswer(wanted, got)).toBeUndefined()
  })

  it.for<[ExpectedVerdict, Answer, string]>([
    [{ verdict: "refused", clause: "a.b" }, { verdict: "malformed", clause: "a.b" }, 'answered "malformed" where "refused" was wanted'],
    [{ verdict: "refused", clause: "a.b" }, { verdict: "refused", clause: "a.c" }, 'answered "refused" for another clause'],
    [{ verdict: "ignored", reason: "duplicate" }, { verdict: "accepted", output: {} }, 'answered "accepted" where "ignored" was wanted'],
    [
      { verdict: "waiting", missing: ["a"] },
      { verdict: "waiting", missing: [] },
      'answered "waiting" with another list of what is missing',
    ],
  ])("%j is not met by %j", ([wanted, got, message]) => {
    expect(wrongAnswer(wanted, got)?.message).toBe(message)
  })

  it("names the first intermediate value, in the wanted order, that was reported with another value", () => {
    const wanted = trace(["dh", "00"], ["secret", "01"], ["key", "02"], ["key", "03"])
    const divergenceOf = (got: ReturnType<typeof trace>) =>
      wrongAnswer({ verdict: "accepted", output: 1, trace: wanted }, { verdict: "accepted", output: 2, trace: got })?.divergence
    expect(divergenceOf(trace(["key", "ff"], ["secret", "ff"], ["other", "ff"]))).toEqual({ at: "secret", wanted: "01", got: "ff" })
    expect(divergenceOf(trace(["key", "02"], ["key", "04"]))).toEqual({ at: "key", wanted: "03", got: "04" })
    expect(divergenceOf(wanted)).toEqual({ at: "output", wanted: 1, got: 2 })
  })
})
