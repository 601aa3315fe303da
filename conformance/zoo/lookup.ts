/**
 * The zoo's cheat: a peer that computes nothing, and looks every answer up in the published vectors. `node conformance/zoo/lookup.ts <set> <layer>…` is the
 * peer. It passes every published case, and no challenge.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { BadParams, type Method, serve } from "../protocol/serve.ts"
import { MANIFEST_PATH, readManifest, type Step, sha256Of, type VectorFile } from "../protocol/vectors.ts"

const [folder = "", ...layers] = process.argv.slice(2)

const read = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), "utf8"))

/** What was asked since the last reset, and what is answered then. */
const answers = new Map<string, Step["expect"]>()

/** All that was asked so far, in few bytes. */
const keyOf = (sofar: string, method: string, params: unknown): string => sha256Of(JSON.stringify([sofar, method, params]))

const methods = new Set<string>()

for (const { path, layer } of readManifest(read(MANIFEST_PATH)).files) {
  if (layer === null || !layers.includes(layer)) continue
  for (const { steps } of (read(path) as VectorFile).cases) {
    let asked = ""
    for (const { method, params, expect } of steps) {
      asked = keyOf(asked, method, params)
      methods.add(method)
      answers.set(asked, expect)
    }
  }
}

let asked = ""

const lookUp =
  (method: string): Method =>
  (params) => {
    asked = keyOf(asked, method, params)
    const answer = answers.get(asked)
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

await serve({
  hello: () => hello,
  reset: () => {
    asked = ""
    return { verdict: "accepted", output: {} }
  },
  ...Object.fromEntries([...methods].map((method) => [method, lookUp(method)])),
})
