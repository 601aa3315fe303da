/** What a release says about its vectors, and what keeps it from being one. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { manifestOf, manifestTextOf, type SetNotes } from "../../conformance/protocol/vectors.ts"
import { releaseNotes } from "../release.ts"

const toy = join(import.meta.dirname, "..", "..", "conformance", "toy")

const none = { version: "1.1.0", gone: [], disputed: [], changed: [] }

const setOf = (change: (text: string) => string, version: string, notes: SetNotes = {}): string => {
  const folder = mkdtempSync(join(tmpdir(), "conclave-release-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const files = ["clauses.json", "toy/toy.json"].map((path) => ({ path, text: change(readFileSync(join(toy, path), "utf8")) }))
  for (const { path, text } of [...files, { path: "manifest.json", text: manifestTextOf(manifestOf(files, version, notes)) }]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const same = (text: string): string => text

const changed = (text: string): string => text.replace('"value": 42', '"value": 43')

const renamed = (text: string): string => text.replaceAll('"toy/double"', '"toy/doubled"')

describe("a release", () => {
  it("is all new when it is the first", () => {
    expect(releaseNotes(undefined, toy, none)).toMatchObject({ faults: [], text: expect.stringContaining("The first release.") })
  })

  it("says of each case that has changed why", () => {
    const [last, now] = [setOf(same, "1.0.0"), setOf(changed, "1.1.0")]
    expect(releaseNotes(last, now, none).faults).toEqual([expect.stringContaining("has changed, and vectors/notes.json does not say why")])
    const why = { ...none, changed: [{ ids: ["toy/"], why: "the sum was wrong" }] }
    expect(releaseNotes(last, now, why)).toMatchObject({ faults: [], text: expect.stringContaining(": the sum was wrong") })
  })

  it("leaves a tombstone for an id that is gone", () => {
    const last = setOf(same, "1.0.0")
    expect(releaseNotes(last, setOf(renamed, "1.1.0"), none).faults).toEqual(["toy/double is gone, and the manifest does not say why"])
    const told = releaseNotes(last, setOf(renamed, "1.1.0", { gone: [{ id: "toy/double", why: "it is called twice now" }] }), none)
    expect(told).toMatchObject({ faults: [], text: expect.stringContaining("`toy/double`: it is called twice now") })
    expect(told.text).toContain("## Added (1)\n\n- `toy/doubled`")
  })

  it("does not change cases under the same version", () => {
    const why = { ...none, changed: [{ ids: ["toy/"], why: "the sum was wrong" }] }
    expect(releaseNotes(setOf(same, "1.0.0"), setOf(changed, "1.0.0"), why).faults).toEqual([
      "both are version 1.0.0, and their cases differ",
    ])
  })
})
