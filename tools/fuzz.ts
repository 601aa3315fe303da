/**
 * `npm run fuzz`: calls every method of the reference with wrong parameters, in the middle of the vectors' cases. Prints what breaks a promise, each kind once, and fails when something does.
 *
 * - `-- --calls n`: so many calls (500,000);
 * - `-- --seed n`: the seed of the first play (0); the others have those after it. A finding names the seed of its play;
 * - `-- --shard i/n`: the i-th of n equal parts of it (1/1), for as many processes;
 * - `-- --method name`: plays of this method only.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { nodePrimitives } from "../reference/crypto/providers/node.ts"
import { type MethodName, methods } from "../spec/methods.ts"
import { type Counts, type Finding, materialFrom, play } from "./fuzz/plays.ts"
import { rememberingPrimitives } from "./fuzz/remembering.ts"

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "500000" },
    seed: { type: "string", default: "0" },
    shard: { type: "string", default: "1/1" },
    method: { type: "string" },
  },
})
const vectors = join(import.meta.dirname, "..", "vectors")
const material = materialFrom((path) => readFileSync(join(vectors, path), "utf8"))

const counts: Counts = new Map()
const kinds = new Map<string, { readonly first: Finding; count: number }>()
const kindOf = ({ method, says }: Finding) => `${method} ${says.slice(0, 120)}`

const total = (of: "accepted" | "notAccepted" | "broken") => [...counts.values()].reduce((sum, count) => sum + count[of], 0)
const summary = () => {
  const calls = total("accepted") + total("notAccepted") + total("broken")
  return {
    calls,
    says: `${calls} calls of ${counts.size} methods, ${total("accepted")} accepted, ${total("broken")} broken, ${kinds.size} kinds of findings`,
  }
}

const method = values.method as MethodName | undefined
if (method !== undefined && !Object.hasOwn(methods, method)) throw new Error(`no method ${method}`)
const [shard, shards] = values.shard.split("/").map(Number)
if (shard === undefined || shards === undefined || !(1 <= shard && shard <= shards)) throw new Error(`no shard ${values.shard}`)
const primitives = rememberingPrimitives(nodePrimitives)
const wanted = Math.ceil(Number(values.calls) / shards)
let next = 0
for (let seed = Number(values.seed) + shard - 1; summary().calls < wanted; seed += shards) {
  for (const finding of await play(material, primitives, seed, counts, { calls: 25, method })) {
    const known = kinds.get(kindOf(finding))
    if (known !== undefined) known.count++
    else {
      kinds.set(kindOf(finding), { first: finding, count: 1 })
      process.stdout.write(`seed ${finding.seed}: ${finding.method} ${finding.says}\n  ${JSON.stringify(finding.params).slice(0, 600)}\n`)
    }
  }
  if (summary().calls >= next) {
    process.stderr.write(`${summary().says}, seed ${seed}\n`)
    next += 10_000
  }
}
process.stdout.write(`${summary().says}\n`)
for (const [kind, { count }] of kinds) process.stdout.write(`${count} x ${kind}\n`)
process.exitCode = kinds.size === 0 ? 0 : 1
