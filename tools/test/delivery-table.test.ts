/** The table of scenarios, faults and properties names only what there is. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { faults, scenariosText } from "../explore/delivery-service/table.ts"
import { caseFiles } from "./vectors.ts"

const root = join(import.meta.dirname, "..", "..")

const files = caseFiles.map(({ content }) => content)

const without = (id: string) => files.map(({ cases }) => ({ cases: cases.filter((one) => one.id !== id) }))

describe("the table", () => {
  it("is that of the cases there are", () => {
    expect(scenariosText(files)).toBe(readFileSync(join(root, "vectors", "scenarios.md"), "utf8"))
  })

  it("stops when a case is missing", () => {
    expect(() => scenariosText(without("delivery-service/s25"))).toThrow("S25 has no case")
    expect(() => scenariosText(without("cooperation/fast-path"))).toThrow("S43 names cooperation/fast-path")
  })

  it("stops when a case is of no scenario", () => {
    expect(() => scenariosText([...files, { cases: [{ id: "delivery-service/s53" }] }])).toThrow("delivery-service/s53: of no scenario")
  })

  it("names the properties that tests find broken", () => {
    const spoilt = readFileSync(join(root, "reference/delivery-service/test/properties.test.ts"), "utf8")
    for (let number = 1; number <= 19; number++) expect(spoilt).toMatch(new RegExp(`["(]P${number}[":]`))
    const found = readFileSync(join(root, "tools/test/delivery-mutants.test.ts"), "utf8")
    for (const [mutant, property] of faults) expect(found).toMatch(new RegExp(`"${mutant}", .*${property}`))
  })
})
