/** The page for auditors of mpENC names what there is, and leaves nothing out. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "..", "..")
const read = (...path: ReadonlyArray<string>): string => readFileSync(join(root, ...path), "utf8")

const page = read("docs", "mpenc-audit.md")

/** The rows of the tables: their cells. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| --"))
  .map((line) =>
    line
      .slice(1, -1)
      .split(" | ")
      .map((cell) => cell.trim()),
  )
  .filter(([first]) => first !== "#" && first !== "rule")

const namesIn = (cell: string): ReadonlyArray<string> => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)

const files = readdirSync(join(root, "vectors", "mpenc")).map(
  (file) => JSON.parse(read("vectors", "mpenc", file)) as { readonly cases: ReadonlyArray<{ readonly id: string }> },
)
const cases = new Set(files.flatMap((file) => file.cases.map(({ id }) => id)))

describe("the page for auditors", () => {
  it("has a row for each security property and each situation", () => {
    const numbered = (letter: string, count: number) => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)
    const first = rows.map(([cell]) => cell!).filter((cell) => /^[SD]\d+$/.test(cell))
    expect(first).toEqual([...numbered("S", 28), ...numbered("D", 7)])
  })

  it("has a row for each rule of the chapter", () => {
    const table = read("spec", "mpenc", "session.ts").split("| rule | when | what we do |")[1]!.split("\n *\n")[0]!
    const rules = [...table.matchAll(/\* \| ([A-Za-z, ]+) \|/g)].flatMap(([, names]) => names!.split(", "))
    expect(rules.length).toBeGreaterThan(14)
    expect(rows.map(([cell]) => cell!).filter((cell) => !/^[SD]\d+$/.test(cell))).toEqual(rules)
  })

  it.each(rows.map((row) => [row[0]!, row] as const))("%s names cases and tests that there are", (first, row) => {
    const names = row.slice(1).flatMap(namesIn)
    expect(names.length, first).toBeGreaterThan(0)
    for (const name of names) {
      const [file, title] = name.split(".test.ts: ")
      if (title === undefined) expect(cases.has(name), name).toBe(true)
      else expect(read("reference", "mpenc", "test", `${file}.test.ts`), name).toContain(`"${title}"`)
    }
  })
})
