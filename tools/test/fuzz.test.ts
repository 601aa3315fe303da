/** Wrong calls of every method, in the middle of the vectors' cases. `npm run fuzz` makes many more. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { nodePrimitives } from "../../reference/crypto/providers/node.ts"
import { methods } from "../../spec/methods.ts"
import { type Counts, materialFrom, play } from "../fuzz/plays.ts"
import { rememberingPrimitives } from "../fuzz/remembering.ts"
import { root } from "../sources.ts"

it("breaks no promise", async () => {
  const material = materialFrom((path) => readFileSync(join(root, "vectors", path), "utf8"))
  const primitives = rememberingPrimitives(nodePrimitives)
  const counts: Counts = new Map()
  const findings = []
  for (const seed of Object.keys(methods).keys()) findings.push(...(await play(material, primitives, seed, counts, { calls: 10 })))
  expect(findings).toEqual([])
  expect([...counts.keys()].sort()).toEqual([...Object.keys(methods), "state"].sort())
  // Calls that are all broken would show nothing.
  const gotThrough = [...counts.values()].filter(({ accepted, notAccepted }) => accepted + notAccepted > 0)
  expect(gotThrough.length).toBeGreaterThan(0.9 * counts.size)
})
