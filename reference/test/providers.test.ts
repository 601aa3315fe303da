/**
 * Both providers give the same bytes, in everything: the vectors are generated with the native primitives, and are answered here with noble's.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readManifest, readVectorFile } from "../../conformance/protocol/vectors.ts"
import { noblePrimitives } from "../crypto/providers/noble.ts"
import { session } from "../methods.ts"

const root = join(import.meta.dirname, "..", "..", "vectors")
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), "utf8"))
const paths = readManifest(read("manifest.json"))
  .files.filter(({ layer }) => layer !== null)
  .map(({ path }) => path)

const withoutWords = ({ detail: _, where: __, ...verdict }: Record<string, unknown>) => verdict

describe("the vectors with noble's primitives", () => {
  it.each(paths)("%s", async (path) => {
    for (const { id, steps } of readVectorFile(read(path)).cases) {
      const { callLater } = session(noblePrimitives)
      for (const { method, params, expect: wanted } of steps) {
        expect(withoutWords((await callLater(method, params)) as unknown as Record<string, unknown>), `${id}, ${method}`).toEqual(wanted)
      }
    }
  })
})
