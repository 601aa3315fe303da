/**
 * The zoo's cheat: a peer that computes nothing, and looks every answer up in the published vectors. `node conformance/zoo/lookup.ts <set> <layer>…` is the
 * peer. It passes every published case, and no challenge.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { BadParams, type Method, serve } from "../protocol/serve.ts"
import { MANIFEST_PATH, readManifest, readVectorFile, type Step } from "../protocol/vectors.ts"

const [folder = "", ...layers] = process.argv.slice(2)

const read = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), "utf8"))

/** What was asked since the last reset, and what is answered then. */
const answers = new Map<string, Step["expect"]>()

const keyOf = (asked: ReadonlyArray<unknown>): string => JSON.stringify(asked)

for (const { path, layer } of readManifest(read(MANIFEST_PATH)).files) {
  if (layer === null || !layers.includes(layer)) continue
  for (const { steps } of readVectorFile(read(path)).cases) {
    const calls = steps.map(({ method, params }) => [method, params])
    for (const [index, { expect }] of steps.entries()) answers.set(keyOf(calls.slice(0, index + 1)), expect)
  }
}

let asked: Array<readonly [string, unknown]> = []

const lookUp =
  (method: string): Method =>
  (params) => {
    asked.push([method, params])
    const answer = answers.get(keyOf(asked))
    if (answer?.verdict === "no-call") throw new BadParams("no call")
    return answer ?? { verdict: "accepted", output: {} }
  }

const hello = {
  protocol: "conclave-peer/1",
  name: "lookup",
  version: "1",
  language: "TypeScript",
  suites: [1],
  layers,
  options: ["randomness"],
}

const methods = new Set([...answers.keys()].map((key) => JSON.parse(key).at(-1)[0] as string))

await serve({
  hello: () => hello,
  reset: () => {
    asked = []
    return { verdict: "accepted", output: {} }
  },
  ...Object.fromEntries([...methods].map((method) => [method, lookUp(method)])),
})
