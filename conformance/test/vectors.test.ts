/** The vector set: its manifest, and what counts as corrupt. */
import { rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { type FileText, manifestOf, sha256Of } from "../protocol/vectors.ts"
import { VectorsCorrupt } from "../runner/errors.ts"
import { loadVectors } from "../runner/load.ts"
import { temporaryDirectory, toyFiles, toyIds, writeVectors } from "./fixtures.ts"

const corruption = (directory: string): VectorsCorrupt => {
  try {
    loadVectors(directory).checkAll()
  } catch (error) {
    if (error instanceof VectorsCorrupt) return error
    throw error
  }
  throw new Error("the set was loaded")
}

/** The toy set with another first case in its last file. */
const withLottery = (change: Readonly<Record<string, unknown>>): ReadonlyArray<FileText> =>
  toyFiles.map(({ path: file, text }) => {
    if (file !== "toy/lottery.json") return { path: file, text }
    const { cases, ...rest } = JSON.parse(text)
    return { path: file, text: JSON.stringify({ ...rest, cases: [{ ...cases[0], ...change }] }) }
  })

const replaceIn = (directory: string, file: string, text: string): void => writeFileSync(path.join(directory, file), text)

describe("manifestOf", () => {
  it("lists each file with its digest, layer and ids, and has the digest of the set", () => {
    const manifest = manifestOf(toyFiles, "0.1.0")
    expect(manifest.files.map(({ path: file, layer }) => [file, layer])).toEqual([
      ["clauses.json", null],
      ["toy/arithmetic.json", "arithmetic"],
      ["toy/counter.json", "counter"],
      ["toy/lottery.json", "lottery"],
    ])
    expect(manifest.files.flatMap(({ cases }) => cases.map(({ id }) => id))).toEqual(toyIds)
    const lines = toyFiles.map(({ path: file, text }) => `${sha256Of(text)}  ${file}\n`).join("")
    expect(manifest.sha256).toBe(sha256Of(lines))
  })

  it.for([
    ["an id that occurs twice", withLottery({ id: "counter/grows" }), "counter/grows occurs twice"],
    ["an id that a glob could read otherwise", withLottery({ id: "lottery/*" }), '["id"]'],
    ["an unknown key", withLottery({ tvin: "counter/grows" }), '["tvin"]'],
    ["a case without steps", withLottery({ steps: [] }), '["steps"]'],
    ["no clauses.json", toyFiles.slice(1), "clauses.json is missing"],
  ] as const)("refuses %s", ([, files, says]) => {
    expect(() => manifestOf(files, "0.1.0")).toThrow(says)
  })
})

describe("loadVectors", () => {
  it("gives the cases in manifest order, with their layer", () => {
    const { cases, clauses } = loadVectors(writeVectors())
    expect(cases.map(({ id }) => id)).toEqual(toyIds)
    expect(cases.at(-1)).toMatchObject({ layer: "lottery", part: "toy", chapter: "lottery" })
    expect(clauses()).toHaveLength(5)
  })

  it("names the file of which one byte has changed", () => {
    const directory = writeVectors()
    const text = toyFiles[1]?.text ?? ""
    replaceIn(directory, "toy/arithmetic.json", text.replace('"value": 26', '"value": 27'))
    expect(corruption(directory)).toMatchObject({ file: "toy/arithmetic.json", message: expect.stringContaining("SHA-256") })
  })

  it("names a file that is missing", () => {
    const directory = writeVectors()
    rmSync(path.join(directory, "toy/counter.json"))
    expect(corruption(directory)).toMatchObject({ file: "toy/counter.json", message: "toy/counter.json: cannot be read (ENOENT)" })
  })

  it("names a file that the manifest does not list", () => {
    const directory = writeVectors()
    replaceIn(directory, "toy/extra.json", "{}")
    expect(corruption(directory)).toMatchObject({ file: "toy/extra.json" })
  })
})

const withManifest = (change: (manifest: ReturnType<typeof manifestOf>) => unknown): string => {
  const directory = writeVectors()
  replaceIn(directory, "manifest.json", JSON.stringify(change(manifestOf(toyFiles, "0.1.0"))))
  return directory
}

describe("a manifest that is wrong", () => {
  it.for([
    ["is missing", undefined],
    ["is not JSON", "{"],
    ["has unknown keys", JSON.stringify({ ...manifestOf(toyFiles, "0.1.0"), extra: 1 })],
    ["has the wrong digest of the set", JSON.stringify({ ...manifestOf(toyFiles, "0.1.0"), sha256: "0".repeat(64) })],
  ] as const)("names the manifest when it %s", ([, text]) => {
    const directory = writeVectors()
    if (text === undefined) rmSync(path.join(directory, "manifest.json"))
    else replaceIn(directory, "manifest.json", text)
    expect(corruption(directory).file).toBe("manifest.json")
  })

  it("names the file whose ids or layer are not those of the manifest", () => {
    const relabelledCases = manifestOf(toyFiles, "0.1.0")
      .files.at(-1)!
      .cases.map((each) => ({ ...each, title: "Another title" }))
    const relabelled = (key: "cases" | "layer", value: unknown) =>
      withManifest(({ files, ...rest }) => ({
        ...rest,
        files: files.map((each) => (each.path === "toy/lottery.json" ? { ...each, [key]: value } : each)),
      }))
    expect(corruption(relabelled("cases", relabelledCases)).message).toBe("toy/lottery.json: its cases are not those of the manifest")
    expect(corruption(relabelled("layer", "other")).message).toBe("toy/lottery.json: its layer is lottery, the manifest says other")
  })

  it("follows no path out of the set", () => {
    const directory = withManifest(({ files, ...rest }) => ({ ...rest, files: [...files, { ...files[1], path: "../secret.json" }] }))
    expect(corruption(directory).file).toBe("manifest.json")
  })

  it("names the manifest of a directory that is not there", () => {
    expect(corruption(path.join(temporaryDirectory(), "nowhere")).file).toBe("manifest.json")
  })
})
