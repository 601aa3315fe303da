/** A clone has the same bytes everywhere, whatever Git is told about the ends of lines. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, symlinkSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { sha256Of } from "../protocol/vectors.ts"
import { temporaryDirectory, whole } from "./fixtures.ts"

const root = path.join(import.meta.dirname, "..", "..")

describe.runIf(whole && existsSync(path.join(root, ".git")))("a clone with core.autocrlf", { timeout: 240_000 }, () => {
  it("has no other ends of lines, and its vectors are whole", () => {
    const clone = path.join(temporaryDirectory(), "clone")
    const git = (...args: ReadonlyArray<string>) =>
      execFileSync("git", args, { encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "ignore"] })
    git("clone", "--quiet", "--shared", "--config", "core.autocrlf=true", root, clone)
    const lines = git("-C", clone, "ls-files", "--eol").trimEnd().split("\n")
    expect(lines.length).toBeGreaterThan(400)
    expect(lines.filter((line) => /\bw\/(crlf|mixed)/u.test(line))).toEqual([])
    symlinkSync(path.join(root, "node_modules"), path.join(clone, "node_modules"))
    const program = path.join(clone, "conformance", "conclave.ts")
    const peer = path.join(clone, "conformance", "peers", "reference.ts")
    const run = execFileSync(process.execPath, [program, "run", "--layer", "ratchet", "--", "node", peer], { cwd: clone, encoding: "utf8" })
    expect(run).toMatch(/\n[1-9][0-9]* passed, 0 failed, 0 skipped\n$/u)
    // Not only of the files that were read.
    const manifest = JSON.parse(readFileSync(path.join(clone, "vectors", "manifest.json"), "utf8"))
    const changed = manifest.files.filter(
      (file: { path: string; sha256: string }) => sha256Of(readFileSync(path.join(clone, "vectors", file.path))) !== file.sha256,
    )
    expect(changed).toEqual([])
  })
})
