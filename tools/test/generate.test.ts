/** Generation: what is committed, which another run has written, is what it writes; and files that are written again in the same process are the same. `npm run check-vectors` looks at all. */
import { describe, expect, it } from "vitest"
import { sampleOf, seedOfTheDay } from "../../reference/simulation/sample.ts"
import type { CaseFile } from "../../vectors/cases/author.ts"
import { caseFiles } from "../../vectors/cases/index.ts"
import { fileTextOf, generated, stale } from "../generate.ts"
import { caseFiles as onDisk } from "./vectors.ts"

/** What is drawn, written anew, and the rest as it is on disk. */
const drawn = new Map<string, CaseFile>()
for (const write of sampleOf(caseFiles, 4)) {
  const file = await write()
  drawn.set(fileTextOf(file).path, file)
}
const isOnDisk = new Set(onDisk.map(({ path }) => path))
const added = [...drawn].filter(([path]) => !isOnDisk.has(path)).map(([, file]) => file)
const all = [...onDisk.map(({ path, content }) => drawn.get(path) ?? content), ...added] as ReadonlyArray<CaseFile>

describe("generation", () => {
  const files = generated(all)

  it(`gives what is in vectors/, in files of cases drawn by the seed ${seedOfTheDay}`, () => {
    expect(stale(files)).toEqual([])
  })

  it("gives the same bytes again", async () => {
    const known = new Map(files.map(({ path, text }) => [path, text]))
    for (const write of sampleOf(sampleOf(caseFiles, 4), 4)) {
      const { path, text } = fileTextOf(await write())
      expect(text).toBe(known.get(path))
    }
  })

  it("ends each file with a line feed, and writes no other white space at the ends of lines", () => {
    expect(files.filter(({ text }) => !text.endsWith("\n") || /[ \t\r]\n/.test(text)).map(({ path }) => path)).toEqual([])
  })

  it("reports a file in which a byte has changed, one that is missing and one too many", () => {
    const changed = files.map(({ path, text }) => ({ path, text: path === "clauses.json" ? text.replace("MUST", "MAY") : text }))
    expect(stale(changed)).toEqual(["clauses.json"])
    expect(stale([...files, { path: "dcgka/missing.json", text: "" }])).toEqual(["dcgka/missing.json"])
    expect(stale(files.filter(({ path }) => path !== "schema/wire.cddl"))).toEqual(["schema/wire.cddl"])
  })
})
