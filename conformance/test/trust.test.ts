/** A green run means something: it cannot be had by looking answers up, nor by a fingerprint that never changes, nor past a strict reader. */
import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { parseStrict } from "../protocol/strict-json.ts"
import { digestOf, manifestOf, manifestTextOf, readVectorFile } from "../protocol/vectors.ts"
import { init, languages } from "../runner/init.ts"
import { loadVectors } from "../runner/load.ts"
import { referencePeer } from "../runner/places.ts"
import { run } from "../runner/run.ts"
import { conclave, temporaryDirectory, writeVectors } from "./fixtures.ts"

const root = path.join(import.meta.dirname, "..", "..")

const vectors = path.join(root, "vectors")

const LOOKUP = path.join(root, "conformance", "zoo", "lookup.ts")

describe("challenges", { timeout: 240_000 }, () => {
  const lookup = [process.execPath, LOOKUP, vectors, "ratchet"]
  const options = { vectors, layers: ["ratchet"] }
  const results = ({ cases }: Awaited<ReturnType<typeof run>>): string => JSON.stringify(cases.map(({ result }) => result))

  it("fail a peer that passes all that is published by looking it up, and not the reference; are made again by their seed, and are others by another", async () => {
    const oracle = referencePeer()
    const published = await run({ ...options, command: lookup })
    expect(published.outcome.exitCode).toBe(0)
    const challenged = (command: ReadonlyArray<string>, seed: string) => run({ ...options, command, challenge: { seed, oracle } })
    const looked = await challenged(lookup, "one")
    expect(looked.totals.passed).toBe(0)
    const reference = await challenged(oracle, "one")
    expect(reference.outcome.exitCode).toBe(0)
    expect(reference.totals.passed).toBe(looked.totals.failed)
    expect(reference.challenge).toBe("one")
    expect(results(await challenged(lookup, "one"))).toBe(results(looked))
    expect(results(await challenged(lookup, "two"))).not.toBe(results(looked))
  })
})

describe("strict JSON", () => {
  it.for([
    ['{"a":1,"a":2}', 'the key "a" stands twice'],
    ['{"a":{"b":1,"\\u0062":2}}', 'the key "b" stands twice'],
    ["[1.0]", "the number 1.0 is not written as a whole number"],
    ["[1e3]", "not written as a whole number"],
    ["[-0]", "not written as a whole number"],
    ["[9007199254740992]", "beyond 2^53 - 1"],
    ["[".repeat(1_000_000), "nested deeper than 256"],
    ['"unfinished', "JSON"],
  ] as const)("refuses %s", ([text, says]) => {
    expect(() => parseStrict(text)).toThrow(says)
  })

  it.for([
    '{"a":[0,-5,9007199254740991],"b":"\\"a\\":1.5"}',
    '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
    `"${"x".repeat(15_000_000)}"`,
    '"\\\\"',
  ])("reads what JSON.parse reads", (text) => {
    expect(parseStrict(text)).toEqual(JSON.parse(text))
  })
})

describe("ids", () => {
  it("carry a digest of what is asked and wanted, and nothing else", () => {
    const { cases } = readVectorFile(JSON.parse(readFileSync(path.join(root, "conformance", "toy", "toy", "toy.json"), "utf8")))
    const [first] = cases
    if (first === undefined) throw new Error("there is no case")
    const sorted = { ...first, steps: first.steps.map(({ expect: wanted, params, method }) => ({ expect: wanted, params, method })) }
    expect(digestOf(sorted)).toBe(digestOf(first))
    expect(digestOf({ ...first, title: "Another title" } as typeof first)).toBe(digestOf(first))
    expect(digestOf({ steps: first.steps.slice(1) })).not.toBe(digestOf(first))
  })

  it("that are gone never stand for another case", () => {
    const files = ["clauses.json", "toy/toy.json"].map((file) => ({
      path: file,
      text: readFileSync(path.join(root, "conformance", "toy", file), "utf8"),
    }))
    expect(() => manifestOf(files, "1.0.0", { gone: [{ id: "toy/double", why: "renamed" }] })).toThrow("toy/double occurs twice")
    expect(loadVectors(writeVectors(files, { gone: [{ id: "toy/triple", why: "it was wrong" }] })).cases).toHaveLength(9)
    expect(readFileSync(path.join(root, "conformance", "toy", "manifest.json"), "utf8")).toBe(
      manifestTextOf(manifestOf(files, "1.0.0", { layers: ["toy"] })),
    )
  })
})

const has = (program: string, ...args: ReadonlyArray<string>): boolean => {
  try {
    execFileSync(program, args, { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** What is needed to build a skeleton; that of Rust needs the network. */
const buildable: Readonly<Record<string, () => boolean>> = {
  python: () => has("python3", "--version"),
  typescript: () => true,
  go: () => has("go", "version"),
  java: () => has("javac", "-version"),
  c: () => has("sh", "-c", "echo '#include <cjson/cJSON.h>' | cc -E -"),
  rust: () => process.env.CONCLAVE_TEST_RUST !== undefined && has("cargo", "--version"),
}

describe("skeletons", { timeout: 240_000 }, () => {
  const skeletons = path.join(root, "conformance", "skeletons")

  it.for(languages().map((language) => [language] as const))("%s is short, and green as it is printed", async ([language], { skip }) => {
    for (const name of readdirSync(path.join(skeletons, language), { recursive: true, encoding: "utf8" }).filter((file) =>
      /\.\w+$/u.test(file),
    )) {
      expect(readFileSync(path.join(skeletons, language, name), "utf8").split("\n").length).toBeLessThanOrEqual(121)
    }
    if (!buildable[language]?.()) skip()
    const folder = path.join(temporaryDirectory(), "port")
    init(language, folder)
    const [build = "", peer = ""] = readFileSync(path.join(skeletons, language, "HOW"), "utf8").split("\n")
    if (build !== "") execFileSync("sh", ["-c", build], { cwd: folder, stdio: "ignore" })
    const command = peer.replace(/^node /u, `${process.execPath} `)
    const { stdout } = await conclave.runIn(folder, "run", "--toy", "--", ...command.split(" "))
    expect(stdout).toContain("\n9 passed, 0 failed, 0 skipped\n")
  })
})
