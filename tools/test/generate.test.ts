/** Generation: what is committed is what it writes, and it writes the same each time. */
import { describe, expect, it } from "vitest"
import { generate, stale } from "../generate.ts"

describe("generation", async () => {
  const files = await generate()

  it("gives what is in vectors/", () => {
    expect(stale(files)).toEqual([])
  })

  it("gives the same bytes again", async () => {
    expect(await generate()).toEqual(files)
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
