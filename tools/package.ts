/**
 * Makes the two packages that are published: the runner, one bundled program without dependencies, with the reference as a peer; and the vectors, with
 * sums and, if there is a key, a signature. `node tools/package.ts [--out folder] [--key private.pem] [--check]`; with `--check` all is made twice and
 * compared.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { createPrivateKey, sign } from "node:crypto"
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative, resolve } from "node:path"
import { parseArgs } from "node:util"
import { gzipSync } from "node:zlib"
import { build, type Metafile } from "esbuild"
import { MANIFEST_PATH, readManifest, sha256Of } from "../conformance/protocol/vectors.ts"
import { schemaNames, schemaOf } from "../conformance/runner/schemas.ts"
import { SIGNATURE, SUMS } from "../conformance/runner/verify.ts"
import pack from "../package.json" with { type: "json" }
import { typeFiles } from "./port-types.ts"

const root = join(import.meta.dirname, "..")

const copy = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(join(root, from), to, { recursive: true })
}

const write = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const json = (file: string, value: unknown): void => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)

// Of CommonJS modules in the bundle, what they require at run time is resolved from here.
const banner = `import { createRequire as conclaveRequire } from "node:module"; const require = conclaveRequire(import.meta.url);`

/** The packages of whose text something stands in a bundle. */
const packagesIn = ({ inputs }: Metafile): ReadonlyArray<string> =>
  Object.keys(inputs).flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//u.exec(file)?.[1] ?? [])

const bundle = async (entry: string, outfile: string): Promise<ReadonlyArray<string>> => {
  const { metafile } = await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    minify: true,
    // Errors are told apart by their class.
    keepNames: true,
    platform: "node",
    format: "esm",
    target: "node22.12",
    define: { "import.meta.main": "true" },
    banner: { js: banner },
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    absWorkingDir: root,
  })
  return packagesIn(metafile)
}

/** The licences of what is bundled, as they ask for. */
const licences = (packages: ReadonlyArray<string>): string => {
  const texts = [...new Set(packages)].sort().map((name) => {
    const folder = join(root, "node_modules", name)
    const file = readdirSync(folder).find((each) => /^licen[cs]e(\.|$)/iu.test(each))
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string; license: string }
    return `${name} ${version} (${license})\n\n${file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim()}\n`
  })
  return texts.join(`\n${"-".repeat(80)}\n\n`)
}

const shared = { version: pack.version, license: pack.license }

const runnerPackage = {
  name: "conclave-conformance",
  ...shared,
  description: "Checks implementations of decentralized group key agreement over standard input and output",
  type: "module",
  engines: { node: ">=22.12" },
  bin: { conclave: "bin/conclave.cjs", "conclave-reference": "dist/reference.mjs" },
  exports: {
    ".": { types: "./dist/index.d.ts", default: "./dist/index.mjs" },
    "./serve": { types: "./dist/serve.d.ts", default: "./dist/serve.mjs" },
    "./package.json": "./package.json",
  },
  // Their form is told by their manifest; their version is their own.
  peerDependencies: { "conclave-vectors": "*" },
  peerDependenciesMeta: { "conclave-vectors": { optional: true } },
}

const entries = {
  "conclave.ts": "conclave.mjs",
  "index.ts": "index.mjs",
  "peers/reference.ts": "reference.mjs",
  "protocol/serve.ts": "serve.mjs",
}

const makeRunner = async (folder: string): Promise<void> => {
  mkdirSync(join(folder, "bin"), { recursive: true })
  const bundled: Array<string> = []
  for (const [entry, file] of Object.entries(entries)) bundled.push(...(await bundle(`conformance/${entry}`, join(folder, "dist", file))))
  writeFileSync(join(folder, "LICENSES.txt"), licences(bundled))
  const reference = join(folder, "dist", "reference.mjs")
  writeFileSync(reference, `#!/usr/bin/env node\n${readFileSync(reference, "utf8")}`)
  copy("conformance/package/conclave.cjs", join(folder, "bin", "conclave.cjs"))
  for (const name of ["index.d.ts", "serve.d.ts"]) copy(`conformance/package/${name}`, join(folder, "dist", name))
  for (const name of ["toy", "skeletons"]) copy(`conformance/${name}`, join(folder, name))
  // What the page links to lies in the package of the vectors.
  write(
    join(folder, "README.md"),
    readFileSync(join(root, "conformance/README.md"), "utf8").replaceAll("](../spec/", "](../conclave-vectors/spec/"),
  )
  copy("LICENSE", join(folder, "LICENSE"))
  for (const program of [join(folder, "bin", "conclave.cjs"), reference]) chmodSync(program, 0o755)
  json(join(folder, "package.json"), runnerPackage)
}

const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()

const writeSums = (folder: string, key: string | undefined): void => {
  const lines = filesBelow(folder).map((file) => `${sha256Of(readFileSync(join(folder, file)))}  ${file}\n`)
  writeFileSync(join(folder, SUMS), lines.join(""))
  if (key === undefined) return
  const signature = sign(null, Buffer.from(lines.join("")), createPrivateKey(readFileSync(key)))
  writeFileSync(join(folder, SIGNATURE), `${signature.toString("base64")}\n`)
}

const makeVectors = async (folder: string, key: string | undefined): Promise<void> => {
  const manifest = readManifest(JSON.parse(readFileSync(join(root, "vectors", MANIFEST_PATH), "utf8")))
  copy(`vectors/${MANIFEST_PATH}`, join(folder, MANIFEST_PATH))
  for (const { path } of manifest.files) {
    const to = join(folder, `${path}.gz`)
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, gzipSync(readFileSync(join(root, "vectors", path)), { level: 9 }))
  }
  for (const name of readdirSync(join(root, "vectors", "plays"))) {
    mkdirSync(join(folder, "plays"), { recursive: true })
    writeFileSync(join(folder, "plays", `${name}.gz`), gzipSync(readFileSync(join(root, "vectors", "plays", name)), { level: 9 }))
  }
  copy("vectors/schema", join(folder, "schema"))
  copy("vectors/wrong-peers.md", join(folder, "wrong-peers.md"))
  for (const name of schemaNames) write(join(folder, "schema", "runner", `${name}.json`), schemaOf(name)!)
  for (const { path, text } of await typeFiles()) write(join(folder, "schema", "types", path), text)
  // The text that a port is written from.
  for (const part of readdirSync(join(root, "spec")).filter((name) => name !== "test")) copy(`spec/${part}`, join(folder, "spec", part))
  copy("vectors/README.md", join(folder, "README.md"))
  copy("LICENSE", join(folder, "LICENSE"))
  json(join(folder, "package.json"), {
    name: "conclave-vectors",
    ...shared,
    version: manifest.version,
    description: "Test vectors of decentralized group key agreement",
    exports: { "./*": "./*" },
  })
  writeSums(folder, key)
}

const packed = (folder: string, out: string): string => {
  const npm = process.env.npm_execpath
  const args = ["pack", "--silent", "--pack-destination", resolve(out), "--ignore-scripts"]
  const run = npm === undefined ? spawnSync("npm", args, { cwd: folder }) : spawnSync(process.execPath, [npm, ...args], { cwd: folder })
  if (run.status !== 0) throw new Error(`npm pack: ${run.stderr}`)
  return join(out, String(run.stdout).trim().split("\n").at(-1)!)
}

/** Makes both packages as tarballs in a folder, and gives their names. */
export const makePackages = async (out: string, key?: string): Promise<ReadonlyArray<string>> => {
  const folder = mkdtempSync(join(tmpdir(), "conclave-package-"))
  try {
    mkdirSync(out, { recursive: true })
    await makeRunner(join(folder, "runner"))
    await makeVectors(join(folder, "vectors"), key)
    return [packed(join(folder, "runner"), out), packed(join(folder, "vectors"), out)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const digestsOf = (files: ReadonlyArray<string>): ReadonlyArray<string> => files.map((file) => sha256Of(readFileSync(file)))

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { out: { type: "string", default: "dist" }, key: { type: "string" }, check: { type: "boolean" } },
  })
  const files = await makePackages(values.out, values.key)
  for (const [index, file] of files.entries()) {
    process.stdout.write(`${digestsOf(files)[index]}  ${relative(".", file)}  ${(statSync(file).size / 1e6).toFixed(1)} MB\n`)
  }
  if (values.key === undefined) process.stdout.write("not signed: there is no --key\n")
  if (!values.check) return
  const again = mkdtempSync(join(tmpdir(), "conclave-again-"))
  const same = digestsOf(await makePackages(again, values.key)).join() === digestsOf(files).join()
  rmSync(again, { recursive: true, force: true })
  process.stdout.write(same ? "made twice: the same bytes\n" : "made twice: the bytes differ\n")
  if (!same) process.exitCode = 1
}

if (import.meta.main) await main()
