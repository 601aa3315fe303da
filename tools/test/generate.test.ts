/** Generation: what is committed, which another run has written, is what it writes; and files that are written again in the same process are the same. */
import { describe, expect, it } from "vitest"
import { isDrawn, seedOfTheDay } from "../../reference/simulation/sample.ts"
import { caseFiles } from "../../vectors/cases/index.ts"
import { fileTextOf, generate, stale } from "../generate.ts"

describe("generation", async () => {
  const files = await generate()

  it("gives what is in vectors/", () => {
    expect(stale(files)).toEqual([])
  })

  it(`gives the same bytes again, in files drawn by the seed ${seedOfTheDay}`, async () => {
    const known = new Map(files.map(({ path, text }) => [path, text]))
    for (const write of caseFiles.filter((_, index) => isDrawn(index, 8))) {
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
