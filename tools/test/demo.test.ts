/** Every demonstration plays to its end, and says the same each time. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const folder = join(import.meta.dirname, "..", "demo")

const linesOf = async (file: string): Promise<ReadonlyArray<string>> => {
  const { play } = (await import(join(folder, file))) as { readonly play: (print: (line: string) => void) => void }
  const lines: Array<string> = []
  play((line) => lines.push(line))
  return lines
}

describe("demonstrations", () => {
  it.each(readdirSync(folder))("%s plays the same twice", async (file) => {
    const lines = await linesOf(file)
    expect(lines.length).toBeGreaterThan(30)
    expect(await linesOf(file)).toEqual(lines)
  })

  it("dcgka ends with one group, and nothing undelivered", async () => {
    const lines = await linesOf("dcgka.ts")
    expect(lines).toContain("  In the eyes of alice, carol, dave, erin, frank, the group is: alice, carol, dave, erin, frank")
    expect(lines.at(-1)).toMatch(/Undelivered: 0\.$/)
  })
})
