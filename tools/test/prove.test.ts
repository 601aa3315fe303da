/** What `npm run prove` relies on and can be seen without Coq: which files are built, and that each fault still changes something. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { anywhere, faults } from "../prove/faults.ts"
import { root } from "../sources.ts"

const folder = join(root, "spec/proofs")
const textOf = (name: string) => readFileSync(join(folder, name), "utf8")
const built = textOf("_CoqProject")
  .split("\n")
  .filter((line) => line.endsWith(".v"))

describe("proofs", () => {
  it("are all built, but what extracts the peer", () => {
    const present = readdirSync(folder).filter((name) => name.endsWith(".v"))
    expect([...built, "Extract.v"].sort()).toEqual(present.sort())
  })

  it("are of files that come after what they import", () => {
    for (const [at, name] of built.entries()) {
      const imported = [...textOf(name).matchAll(/^From Conclave Require (?:Import )?([^.]*)\./gm)].flatMap(([, names]) =>
        names!.split(" "),
      )
      for (const one of imported) expect(built.slice(0, at)).toContain(`${one}.v`)
    }
  })

  it.each(faults)("have the place of the fault: $name", ({ file, from, to, stops }) => {
    expect([...textOf(`${file}.v`).matchAll(anywhere(from))]).toHaveLength(1)
    expect(from).not.toBe(to)
    expect(built).toContain(`${stops}.v`)
  })
})
