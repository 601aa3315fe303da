/** The eight faults that the properties of the delivery service have to find, each by a property of its own. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect, it } from "vitest"
import { sampleOf } from "../../reference/simulation/sample.ts"

const run = promisify(execFile)
const program = join(import.meta.dirname, "..", "delivery-mutant.ts")

const found = async (...mutant: ReadonlyArray<string>): Promise<string> => (await run(process.execPath, [program, ...mutant])).stdout

it("finds nothing wrong in the reference", async () => {
  expect(await found()).toBe("no violation\n")
})

it.each(
  sampleOf(
    [
      ["M1", "witness-after-ready", /^P11/],
      ["M2", "counts-across-gaps", /^P11, P12 or P14: .* beside a unique certificate/],
      ["M3", "witness-quorum-2t", /^P11, P12 or P14: .* beside a unique certificate/],
      ["M4", "candidates-k-plus-1", /^P11, P12 or P14: .* no candidate/],
      ["M5", "believes-sets", /^P1 /],
      ["M6", "keeps-the-incomplete", /^P18 /],
      ["M7", "commit-last", /^P9 /],
      ["M8", "prototype-unlock-threshold", /^P4 /],
    ],
    3,
  ),
)("%s: %s", async (_name, mutant, says) => {
  expect(await found(mutant)).toMatch(says)
})
