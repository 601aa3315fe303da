/** The programs run under Node itself as well as under tsx, and installing needs no particular registry. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { root } from "../sources.ts"

const run = (...args: ReadonlyArray<string>) =>
  execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })

describe("a program that loads every room", () => {
  it("says the same under Node's own type stripping as under tsx", () => {
    const table = run("tools/coverage.ts")
    expect(table).toContain("all ")
    expect(run("--import", "tsx", "tools/coverage.ts")).toBe(table)
  })
})

/** Every value in a JSON document, with the key that it has. */
const entriesIn = (value: unknown): ReadonlyArray<readonly [key: string, value: unknown]> =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[key, inner] as const, ...entriesIn(inner)])
    : []

const addressesIn = (lockfile: unknown): ReadonlyArray<string> => {
  const withoutFunding = JSON.parse(JSON.stringify(lockfile, (key, value) => (key === "funding" ? undefined : value)))
  return entriesIn(withoutFunding)
    .filter(([key, value]) => key === "resolved" || (typeof value === "string" && /https?:\/\//.test(value)))
    .map(([key]) => key)
}

describe("the lockfile", () => {
  const lockfile = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))

  it("has a digest of every package and the address of none", () => {
    const packages = Object.entries<{ readonly integrity?: string }>(lockfile.packages).filter(([path]) => path !== "")
    expect(packages.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([])
    expect(addressesIn(lockfile)).toEqual([])
    expect(
      addressesIn({ packages: { a: { resolved: "a.tgz", funding: "https://a.example" }, b: { version: "http://b.example" } } }),
    ).toEqual(["resolved", "version"])
  })
})

describe("the README", () => {
  it.runIf(existsSync(join(root, "README.md")))("names no registry", () => {
    expect(readFileSync(join(root, "README.md"), "utf8")).not.toMatch(/registry\.|--registry|verdaccio|artifactory/i)
  })
})
