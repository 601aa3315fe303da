/**
 * Whatever a caller gives: each method of mpenc, called in the middle of a case with a value at the edge in each place, gives a verdict or is no call, and what its handle holds afterwards can be encoded and looked at.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { BrokenCall, type Session, session } from "../../methods.ts"

interface Step {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly expect?: { readonly verdict: string }
}

const folder = join(import.meta.dirname, "..", "..", "..", "vectors", "mpenc")

const cases = readdirSync(folder).flatMap(
  (name) => (JSON.parse(readFileSync(join(folder, name), "utf8")) as { cases: ReadonlyArray<{ steps: ReadonlyArray<Step> }> }).cases,
)

/** By method the shortest ways to a call of it: what is done before, and the call. */
const ways = new Map<string, ReadonlyArray<ReadonlyArray<Step>>>()
for (const { steps: all } of cases) {
  // A saved state is no call of a session, and what is wanted to be no call is none.
  const steps = all.filter(({ method, expect }) => method !== "state" && expect?.verdict !== "no-call")
  for (const method of new Set(steps.map((step) => step.method))) {
    const way = steps.slice(0, steps.findIndex((step) => step.method === method) + 1)
    const shortest = [...(ways.get(method) ?? []), way].sort((a, b) => a.length - b.length)
    ways.set(method, shortest.slice(0, 2))
  }
}

const latest = Number.MAX_SAFE_INTEGER

/** Values that are right of their kind, or nearly, in the place of this one. */
const edges = (value: unknown): ReadonlyArray<unknown> => {
  if (typeof value === "number") return [-0, 0, 1, 255, 2 ** 32, 2 ** 52, 2 ** 52 + 1, latest - 1, latest, latest + 1, -1, 0.5]
  if (typeof value === "string") return ["", "00", "ff".repeat(32), "\u{1f600}", "__proto__", "\ud800", `${value}00`, value.slice(0, -2)]
  if (Array.isArray(value)) return [[], [...value, ...value], value.toReversed(), value.slice(1), ["__proto__"]]
  return [null, {}]
}

/** The value with one place changed, in all ways. */
const changes = (value: unknown): ReadonlyArray<unknown> => {
  const own = edges(value)
  if (Array.isArray(value)) return [...own, ...value.slice(0, 2).flatMap((one, at) => changes(one).map((other) => value.with(at, other)))]
  if (typeof value !== "object" || value === null) return own
  return [...own, ...Object.entries(value).flatMap(([key, one]) => changes(one).map((other) => ({ ...value, [key]: other })))]
}

/** What any handle can be asked. */
const looks = ["transcript.query", "server-order.state", "liveness.next", "session.look", "send-queue.look"]

const attempt = (peer: Session, { method, params }: Step): string => {
  try {
    return peer.call(method, params).verdict
  } catch (error) {
    if (error instanceof BrokenCall) return "no call"
    throw error
  }
}

describe("a value at the edge in the place of", () => {
  const count = { calls: 0, verdicts: 0 }

  it.each([...ways.keys()])("each parameter of %s", (method) => {
    for (const way of ways.get(method)!) {
      const begin = () => {
        const peer = session(nodePrimitives)
        for (const step of way.slice(0, -1)) peer.call(step.method, step.params)
        return peer
      }
      const { params } = way.at(-1)!
      let peer = begin()
      for (const [key, value] of Object.entries(params)) {
        if (key === "on" || key === "seed") continue
        for (const other of changes(value)) {
          const call = { method, params: { ...params, [key]: other } }
          const words = JSON.stringify(call).slice(0, 600)
          let verdict = ""
          expect(() => {
            verdict = attempt(peer, call)
          }, words).not.toThrow()
          count.calls += 1
          if (verdict === "no call") continue
          count.verdicts += 1
          const on = params.on as string | undefined
          if (on === undefined) continue
          expect(() => peer.fingerprint({ on }), words).not.toThrow()
          for (const look of looks) expect(() => attempt(peer, { method: look, params: { on } }), `${look} after ${words}`).not.toThrow()
          if (verdict === "accepted") peer = begin()
        }
      }
    }
  })

  it("is tried everywhere", () => {
    expect(count.calls).toBeGreaterThan(5_000)
    expect(count.verdicts).toBeGreaterThan(2_000)
  })
})
