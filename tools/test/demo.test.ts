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

  it("mpenc shows a liar, and ends with one session and one who has left", async () => {
    const lines = await linesOf("mpenc.ts")
    expect(lines.filter((line) => line.includes("(extensions.order-inconsistent)"))).toHaveLength(1)
    expect(lines.filter((line) => line.includes("or the server does (extensions.order-disputed)")).length).toBeGreaterThanOrEqual(2)
    const end = lines.slice(-4)
    for (const name of ["Alice", "Bob", "Carol"])
      expect(end.join("\n")).toMatch(new RegExp(`${name} +joined +in a session of Alice, Bob, Carol `))
    expect(new Set(end.slice(0, 3).map((line) => line.slice(-8))).size).toBe(1)
    expect(end[3]).toMatch(/Dave +parted +in no session/)
  })
})
