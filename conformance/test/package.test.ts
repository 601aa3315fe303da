/** What is published: made twice it is the same, it runs where there is nothing but Node, and a changed byte is found. */
import { spawnSync } from "node:child_process"
import { createHash, generateKeyPairSync } from "node:crypto"
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import path from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import type * as declared from "../package/index.d.ts"
import type { run } from "../runner/run.ts"
import { whole } from "./fixtures.ts"

const root = path.join(import.meta.dirname, "..", "..")

// The declarations that are published are written by hand: the program must fit them.
const fits = (program: typeof run): typeof declared.run => program

const folder = path.join(root, "node_modules", ".cache", `conclave-package-${process.pid}`)
const installed = path.join(folder, "node_modules")
const bin = path.join(installed, "conclave-conformance", "bin", "conclave.cjs")
const keyFile = path.join(folder, "public.pem")

const conclave = (...args: ReadonlyArray<string>) => spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: "utf8" })

const packages = (out: string): string => {
  const made = spawnSync(
    process.execPath,
    [path.join(root, "tools", "package.ts"), "--out", out, "--key", path.join(folder, "private.pem")],
    { encoding: "utf8" },
  )
  if (made.status !== 0) throw new Error(made.stderr)
  return readdirSync(out)
    .sort()
    .map((name) =>
      createHash("sha256")
        .update(readFileSync(path.join(out, name)))
        .digest("hex"),
    )
    .join()
}

let first: string

const tarballs = (): ReadonlyArray<string> => readdirSync(path.join(folder, "a")).map((name) => path.join(folder, "a", name))

/** The lines of the script of a composite action, as bash gets them. */
const scriptOf = (action: string): string => {
  const [, block = ""] = /\n {6}run: \|\n((?: {8}.*\n|\n)+)/u.exec(action) ?? []
  return block.replaceAll(/^ {8}/gmu, "")
}

describe("the packages", { timeout: 240_000 }, () => {
  beforeAll(() => {
    mkdirSync(folder, { recursive: true })
    const { privateKey, publicKey } = generateKeyPairSync("ed25519")
    writeFileSync(path.join(folder, "private.pem"), privateKey.export({ format: "pem", type: "pkcs8" }))
    writeFileSync(keyFile, publicKey.export({ format: "pem", type: "spki" }))
    first = packages(path.join(folder, "a"))
    writeFileSync(path.join(folder, "package.json"), "{}")
    const done = spawnSync("npm", ["install", "--offline", "--no-audit", "--no-fund", ...tarballs()], { cwd: folder, encoding: "utf8" })
    if (done.status !== 0) throw new Error(done.stderr)
    return () => rmSync(folder, { recursive: true, force: true })
  })

  it.runIf(whole)("are the same when they are made again", () => {
    expect(packages(path.join(folder, "b"))).toBe(first)
  })

  it("are small", () => {
    const size = (name: string): number =>
      readdirSync(path.join(installed, name), { recursive: true, encoding: "utf8" })
        .map((file) => statSync(path.join(installed, name, file)))
        .reduce((sum, { size }) => sum + size, 0)
    expect(size("conclave-vectors")).toBeLessThan(40e6)
    expect(size("conclave-conformance")).toBeLessThan(6e6)
    expect(readdirSync(installed).filter((name) => !name.startsWith("."))).toEqual(["conclave-conformance", "conclave-vectors"])
  })

  it("are all that a new peer needs: init, doctor, run", () => {
    expect(conclave("init", "--lang", "python").status).toBe(0)
    expect(conclave("init", "--lang", "python").stderr).toContain("peer.py is there already")
    expect(conclave("init", "--lang", "pyton").stderr).toContain("did you mean python?")
    expect(conclave("doctor", "--toy", "--", "python3", "peer.py").stdout).toContain("all is well")
    expect(conclave("run", "--toy", "--", "python3", "peer.py").stdout).toContain("9 passed, 0 failed, 0 skipped\n")
  })

  it("have the reference as a peer, and challenges", () => {
    const reference = path.join(installed, ".bin", "conclave-reference")
    const { stdout, status } = conclave("run", "--layer", "ratchet", "--challenge", "1", "--", reference)
    expect(stdout).toContain("8 passed, 0 failed, 0 skipped\n")
    expect(status).toBe(0)
  })

  it("list and write down a case without having all cases in memory", () => {
    const megabytesOf = (...args: ReadonlyArray<string>): number => {
      const script = `process.on("exit",()=>console.error(process.resourceUsage().maxRSS));process.argv.splice(1,1);require(process.argv[1])`
      const { stderr } = spawnSync(process.execPath, ["-e", script, "-", bin, ...args], { cwd: folder, encoding: "utf8" })
      return Number(stderr.trim().split("\n").at(-1)) / 1024
    }
    for (const args of [["list"], ["repro", "ratchet/steps", "--out", "repro"]]) expect(megabytesOf(...args)).toBeLessThan(110)
  })

  it("are verified offline, with sums and signature, and a changed byte is found", () => {
    const good = conclave("verify", "--key", keyFile)
    expect(good.stdout).toContain("signed with the key ")
    expect(good.status).toBe(0)
    appendFileSync(path.join(installed, "conclave-vectors", "README.md"), " ")
    const changed = conclave("verify")
    expect(changed.stderr).toContain("README.md: is not what SHA256SUMS says")
    expect(changed.status).toBe(6)
    appendFileSync(path.join(installed, "conclave-vectors", "SHA256SUMS"), "\n")
    const other = generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" })
    writeFileSync(path.join(folder, "other.pem"), other)
    expect(conclave("verify", "--key", path.join(folder, "other.pem")).status).toBe(6)
  })

  it("are what the action runs, with arguments that no shell reads", () => {
    const action = readFileSync(path.join(root, "action.yml"), "utf8")
    const script = scriptOf(action)
    expect(script).not.toMatch(/\beval\b|\$\{\{|\bsh -c\b/u)
    const [temporary, output] = [path.join(folder, "runner temp"), path.join(folder, "output")]
    const marker = path.join(folder, "obeyed")
    const seen = path.join(folder, "seen.json")
    writeFileSync(
      path.join(folder, "shown peer.mjs"),
      `import{writeFileSync}from"node:fs";writeFileSync(${JSON.stringify(seen)},JSON.stringify(process.argv.slice(2)));await import(${JSON.stringify(path.join(root, "conformance/skeletons/typescript/peer.ts"))})`,
    )
    const said = [`$(touch ${marker})`, "`touch x`", "a  b", "*", "; exit 7", "'\""]
    const done = spawnSync("bash", ["-e", "-o", "pipefail", "-c", script], {
      cwd: folder,
      encoding: "utf8",
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        npm_config_offline: "true",
        RUNNER_TEMP: temporary,
        GITHUB_OUTPUT: output,
        CONCLAVE_COMMAND: [process.execPath, path.join(folder, "shown peer.mjs"), ...said].join("\n"),
        CONCLAVE_ARGUMENTS: "--toy\n\n--jobs=2\n",
        CONCLAVE_PACKAGE: tarballs().join("\n"),
        CONCLAVE_REPORTS: "the reports",
      },
    })
    expect(done.stdout).toContain("9 passed, 0 failed, 0 skipped")
    expect(JSON.parse(readFileSync(seen, "utf8"))).toEqual(said)
    expect(existsSync(marker)).toBe(false)
    expect(readFileSync(output, "utf8")).toBe("exit-code=0\n")
    expect(JSON.parse(readFileSync(path.join(folder, "the reports", "report.json"), "utf8")).totals.passed).toBe(9)
  })

  it.runIf(whole)("are what the container has, as far as can be seen without one", () => {
    const lines = readFileSync(path.join(root, "Dockerfile"), "utf8").split("\n")
    const the = (name: string): string => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? ""
    expect(the("FROM")).toMatch(/^node:(2[4-9]|[3-9]\d)-slim$/u)
    expect(JSON.parse(the("ENTRYPOINT"))).toEqual(["conclave"])
    expect(the("COPY")).toBe("dist/*.tgz /tmp/")
    // Everything but the packages stays outside.
    expect(readFileSync(path.join(root, ".dockerignore"), "utf8").trim().split("\n")).toEqual(["*", "!dist"])
    const place = path.join(folder, "container")
    mkdirSync(path.join(place, "tmp"), { recursive: true })
    for (const file of tarballs()) copyFileSync(file, path.join(place, "tmp", path.basename(file)))
    const command = the("RUN").replaceAll("/tmp/", `${place}/tmp/`)
    const built = spawnSync("sh", ["-c", command], {
      encoding: "utf8",
      env: { ...process.env, npm_config_prefix: path.join(place, "usr") },
    })
    expect(built.status).toBe(0)
    const done = spawnSync(path.join(place, "usr", "bin", "conclave"), JSON.parse(the("CMD")), { encoding: "utf8" })
    expect(done.stdout).toContain("Usage: conclave")
  })

  it("say which Node they need on an older one", () => {
    const script = `Object.defineProperty(process.versions,"node",{value:"18.20.0"});process.argv.splice(1,1);require(process.argv[1])`
    const { stderr, status } = spawnSync(process.execPath, ["-e", script, "-", bin, "list"], { encoding: "utf8" })
    expect(stderr).toMatch(/^conclave needs Node 22\.12 or newer; this is 18\.20\.0 \(.*\)\n$/u)
    expect(status).toBe(2)
    const older = (process.env.PATH ?? "")
      .split(path.delimiter)
      .map((place) => path.join(place, "node"))
      .find((file) => existsSync(file) && /^v(1\d|20|21)\./u.test(spawnSync(file, ["--version"], { encoding: "utf8" }).stdout))
    if (older === undefined) return
    expect(spawnSync(older, [bin, "list"], { encoding: "utf8" }).stderr).toMatch(/^conclave needs Node 22\.12 or newer; this is .*\n$/u)
  })

  it("declare what the program does", () => {
    expect(fits).toBeTypeOf("function")
  })
})
