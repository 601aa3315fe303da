/**
 * Each fault, leak and mutant finds the text that it replaces. What seeds one would say so too, but only after minutes.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { mutants } from "../../conformance/zoo/mutants.ts"
import { faults as lies } from "../attack/faults.ts"
import { faults as losses } from "../explore/faults.ts"
import { leaks } from "../game/leaks.ts"
import { root } from "../sources.ts"

describe.each([
  ["explorer", losses],
  ["search for attacks", lies],
  ["game", leaks],
  ["zoo", mutants.map((mutant) => ({ name: mutant.name, edits: [mutant] }))],
])("the faults of the %s", (_, faults) => {
  it("replace texts that stand in the reference exactly once", () => {
    const lost = faults.flatMap(({ name, edits }) =>
      edits
        .filter(({ file, replace }) => readFileSync(join(root, "reference", file), "utf8").split(replace).length !== 2)
        .map(({ file }) => `${name}: ${file}`),
    )
    expect(lost).toEqual([])
  })
})
