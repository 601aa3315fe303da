/**
 * The methods by which the part mpenc is tested, called with what its vectors call them with, and something changed in it.
 *
 * Each call gives a verdict that names a check of some chapter, or throws `BrokenCall`, and nothing else. Unless the verdict is *accepted*, all handles are as they were.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { type Case, MANIFEST_PATH, readManifest, readVectorFile, type Step } from "../../conformance/protocol/vectors.ts"
import { methods } from "../../spec/methods.ts"
import { nodePrimitives } from "../crypto/providers/node.ts"
import { BrokenCall, session } from "../methods.ts"
import { checks, property } from "./bad-input.ts"

const vectors = join(import.meta.dirname, "..", "..", "vectors")

const read = (path: string): unknown => JSON.parse(readFileSync(join(vectors, path), "utf8"))

const files = readManifest(read(MANIFEST_PATH)).files.filter(({ path }) => path.startsWith("mpenc/") && !path.includes("limits"))

const cases: ReadonlyArray<Case> = files.flatMap(({ path }) => readVectorFile(read(path)).cases)

/** A call of a case, after the steps before it. */
interface Sample {
  readonly before: ReadonlyArray<Step>
  readonly step: Step
}

/** How many samples of a method are taken: those that need the fewest steps before them. */
const samplesOfAMethod = 12

const samples = new Map<string, ReadonlyArray<Sample>>()
for (const { steps: all } of cases) {
  // A saved state is no call of a session, and what is wanted to be no call is none.
  const steps = all.filter(({ method, expect }) => method !== "state" && expect.verdict !== "no-call")
  for (const [index, step] of steps.entries()) {
    const found = [...(samples.get(step.method) ?? []), { before: steps.slice(0, index), step }]
    samples.set(step.method, found.toSorted((a, b) => a.before.length - b.before.length).slice(0, samplesOfAMethod))
  }
}

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    -1,
    -0,
    0,
    1,
    0.5,
    2 ** 53,
    "",
    "0",
    "00",
    "AB",
    "\ud800",
    "alice",
    "__proto__",
    "constructor",
    [],
    {},
    [[]],
  ),
  fc.jsonValue({ maxDepth: 2 }),
)

const texts: fc.Arbitrary<(text: string) => string> = fc.oneof(
  fc.nat().map((at) => (text: string) => {
    const index = at % Math.max(1, text.length)
    const changed = /[0-9a-f]/.test(text[index] ?? "") ? (Number.parseInt(text[index]!, 16) ^ 1).toString(16) : "x"
    return text.slice(0, index) + changed + text.slice(index + 1)
  }),
  fc.nat().map((at) => (text: string) => text.slice(0, at % Math.max(1, text.length))),
  fc.nat(3).map((count) => (text: string) => text + text.slice(0, 2 * count)),
  fc.constant((text: string) => text.toUpperCase()),
)

const lists: fc.Arbitrary<(list: ReadonlyArray<unknown>) => ReadonlyArray<unknown>> = fc.oneof(
  fc.nat().map((at) => (list: ReadonlyArray<unknown>) => list.toSpliced(at % Math.max(1, list.length), 1)),
  fc.nat().map((at) => (list: ReadonlyArray<unknown>) => [...list, ...list.slice(at % Math.max(1, list.length)).slice(0, 1)]),
  fc.constant((list: ReadonlyArray<unknown>) => list.toReversed()),
)

type Change = (value: unknown) => unknown

const here: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 3,
    arbitrary: texts.map(
      (change): Change =>
        (value) =>
          typeof value === "string" ? change(value) : value,
    ),
  },
  {
    weight: 3,
    arbitrary: lists.map(
      (change): Change =>
        (value) =>
          Array.isArray(value) ? change(value) : value,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: -2, max: 2 }).map(
      (by): Change =>
        (value) =>
          typeof value === "number" ? value + by : value,
    ),
  },
  {
    weight: 1,
    arbitrary: junk.map(
      (other): Change =>
        () =>
          other,
    ),
  },
)

/** A change somewhere in a value: each number of `path` chooses what is gone into. */
const changedAt = (value: unknown, path: ReadonlyArray<number>, change: Change): unknown => {
  const [choice, ...rest] = path
  if (typeof value !== "object" || value === null || choice === undefined) return change(value)
  const keys = Object.keys(value)
  if (keys.length === 0) return change(value)
  const key = keys[choice % keys.length]!
  const changed = changedAt((value as Record<string, unknown>)[key], rest, change)
  return Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed }
}

const mutation = fc.tuple(fc.nat(samplesOfAMethod - 1), fc.array(fc.nat(50), { minLength: 1, maxLength: 4 }), here)

const names = [...samples.keys()].filter((name) => Object.hasOwn(methods, name))

/** Plays a case up to a call, and makes the call with something changed in it. */
const attempt = ({ before, step }: Sample, path: ReadonlyArray<number>, change: Change): void => {
  const peer = session(nodePrimitives)
  for (const { method, params } of before) peer.call(method, params)
  const params = changedAt(step.params, path, change)
  const handles = [...new Set([...before, step].flatMap(({ params }) => (params.on === undefined ? [] : [String(params.on)])))]
  const states = handles.map((on) => JSON.stringify(peer.fingerprint({ on })))
  const unchanged = () =>
    assert.deepEqual(
      handles.map((on) => JSON.stringify(peer.fingerprint({ on }))),
      states,
    )
  try {
    const answer = peer.call(step.method, params)
    if (answer.verdict === "accepted") return
    if (answer.verdict === "refused" || answer.verdict === "malformed") assert.isTrue(checks.has(answer.clause), answer.clause)
  } catch (error) {
    if (!(error instanceof BrokenCall)) throw error
  }
  unchanged()
}

describe.for(names)("%s", (name) => {
  it("gives a verdict whatever is changed in its parameters", () => {
    const all = samples.get(name)!
    const isQuick = all.every(({ before }) => before.length < 4)
    property(1, mutation, ([which, path, change]) => attempt(all[which % all.length]!, path, change), isQuick ? 200 : 60)
  })
})
