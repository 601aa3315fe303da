/**
 * Both providers give the same bytes, in everything: the vectors are generated with the native primitives, and are answered here with noble's.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readManifest, readVectorFile } from "../../conformance/protocol/vectors.ts"
import { noblePrimitives } from "../crypto/providers/noble.ts"
import { session } from "../methods.ts"
import { rememberingPrimitives } from "../simulation/remembering-primitives.ts"
import { sampleOf, seedOfTheDay } from "../simulation/sample.ts"

const root = join(import.meta.dirname, "..", "..", "vectors")
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), "utf8"))
const paths = readManifest(read("manifest.json"))
  .files.filter(({ layer }) => layer !== null)
  .map(({ path }) => path)

/** The answer without words for people, and without a trace where the vectors have none. */
const comparable = ({ detail: _, where: __, trace, ...verdict }: Record<string, unknown>, wanted: object) =>
  "trace" in wanted ? { ...verdict, trace } : verdict

/** All cases of a small file, and some four of a large one, from all over it. */
const chosen = <A>(cases: ReadonlyArray<A>): ReadonlyArray<A> => sampleOf(cases, Math.ceil(cases.length / 4))

// The same people with the same keys do the same in nearly all cases, and noble's curves are slow.
const primitives = rememberingPrimitives(noblePrimitives)

describe(`the vectors with noble's primitives, cases drawn by the seed ${seedOfTheDay}`, () => {
  it.each(paths)("%s", async (path) => {
    for (const { id, steps } of chosen(readVectorFile(read(path)).cases)) {
      const { callLater } = session(primitives)
      for (const { method, params, expect: wanted } of steps) {
        if (wanted.verdict === "no-call") {
          await expect((async () => callLater(method, params))(), `${id}, ${method}`).rejects.toThrow()
          continue
        }
        // What is kept is compared with the bytes of a state that both make alike.
        if (wanted.verdict === "keeps") continue
        const answer = (await callLater(method, params)) as unknown as Record<string, unknown>
        expect(comparable(answer, wanted), `${id}, ${method}`).toEqual(wanted)
      }
    }
  })
})
