/** The types for other languages compile, where there is a compiler. */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { methods } from "../../spec/methods.ts"
import { typeFiles } from "../port-types.ts"

const folder = mkdtempSync(join(tmpdir(), "conclave-types-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const has = (program: string, ...args: ReadonlyArray<string>): boolean => spawnSync(program, args).status === 0

const written = (name: string, text: string): string => {
  const file = join(folder, name)
  mkdirSync(join(file, ".."), { recursive: true })
  writeFileSync(file, text)
  return file
}

const run = (program: string, ...args: ReadonlyArray<string>) => execFileSync(program, args, { cwd: folder, encoding: "utf8" })

// The names of serde without what it does: the types are what is compiled, and its sources need a network.
const SERDE = ["Serialize", "Deserialize"]
  .map(
    (name) =>
      `#[proc_macro_derive(${name}, attributes(serde))] pub fn ${name.toLowerCase()}(_: TokenStream) -> TokenStream { TokenStream::new() }`,
  )
  .join("\n")

describe("types for other languages", { timeout: 120_000 }, () => {
  let texts: ReadonlyMap<string, string>
  beforeAll(async () => {
    texts = new Map((await typeFiles()).map(({ path, text }) => [path, text]))
  })

  it("have a type for what is sent, what is answered, and each method", () => {
    for (const text of texts.values()) {
      for (const name of ["Request", "Reply", "Hello", "Verdict", "Manifest", "Report", "KnownFailures", "Seal"]) {
        expect(text).toMatch(new RegExp(`(type|struct|interface|enum) ${name}\\b`, "u"))
      }
      expect(Object.keys(methods).filter((name) => !text.includes(name))).toEqual([])
    }
  })

  it("compile in Go", ({ skip }) => {
    if (!has("go", "version")) skip()
    written("go/conclave.go", texts.get("conclave.go")!)
    written("go/go.mod", "module conclave\n\ngo 1.21\n")
    expect(run("go", "-C", "go", "vet", ".")).toBe("")
  })

  it("compile in Rust", ({ skip }) => {
    if (!has("rustc", "--version")) skip()
    const serde = written("serde.rs", `extern crate proc_macro; use proc_macro::TokenStream;\n${SERDE}\n`)
    const json = written("serde_json.rs", "#[derive(Debug, Clone)] pub struct Value;\n")
    run("rustc", "--crate-type", "proc-macro", "--crate-name", "serde", serde)
    run("rustc", "--crate-type", "rlib", "--crate-name", "serde_json", json)
    const file = written("conclave.rs", texts.get("conclave.rs")!)
    run(
      "rustc",
      "--edition",
      "2021",
      "--crate-type",
      "lib",
      "--emit",
      "metadata",
      "-L",
      folder,
      "--extern",
      "serde",
      "--extern",
      "serde_json",
      file,
    )
  })

  it("compile in TypeScript", () => {
    const file = written("conclave.ts", texts.get("conclave.ts")!)
    const tsc = join(import.meta.dirname, "..", "..", "node_modules", ".bin", "tsc")
    expect(run(tsc, "--noEmit", "--strict", "--ignoreConfig", file)).toBe("")
  })
})
