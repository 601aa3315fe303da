/**
 * Makes a release: compares the vectors with those of the last one, builds both packages twice and compares the bytes, and writes what has changed and why.
 * `npm run release -- [--last folder-or-tarball] [--key private.pem] [--out dist]`. Of the first release everything is new.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { createPrivateKey, sign } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { parseArgs } from "node:util"
import { sha256Of } from "../conformance/protocol/vectors.ts"
import { type Changes, changesBetween } from "../conformance/runner/changes.ts"
import { loadManifest } from "../conformance/runner/load.ts"
import { SIGNATURE, SUMS } from "../conformance/runner/verify.ts"
import { makePackages } from "./package.ts"
import { readNotes } from "./vector-notes.ts"

const vectors = join(import.meta.dirname, "..", "vectors")

/** Why a case was changed: of the first note whose ids are its own, or begin it. */
const whyOf = (id: string, notes: ReturnType<typeof readNotes>): string | undefined =>
  notes.changed.find(({ ids }) => ids.some((one) => one === id || (one.endsWith("/") && id.startsWith(one))))?.why

/** What a release says of its vectors, and what keeps it from being one. */
export interface ReleaseNotes {
  readonly text: string
  readonly faults: ReadonlyArray<string>
}

const listed = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : [`## ${title} (${lines.length})`, "", ...lines.map((line) => `- ${line}`), ""]

/** What has changed from the vectors of the last release, and why. Without a last release all is new. */
export const releaseNotes = (last: string | undefined, now: string, notes: ReturnType<typeof readNotes>): ReleaseNotes => {
  const { version, sha256, files } = loadManifest(now)
  const ids = files.flatMap(({ cases }) => cases.map(({ id }) => id))
  const first: Changes = { added: ids, changed: [], removed: [], faults: [] }
  const { added, changed, removed, faults } = last === undefined ? first : changesBetween(last, now)
  const reasons = changed.map((id) => ({ id, why: whyOf(id, notes) }))
  const unexplained = reasons
    .filter(({ why }) => why === undefined)
    .map(({ id }) => `${id} has changed, and vectors/notes.json does not say why`)
  const text = [
    `# Vectors ${version}`,
    "",
    `${ids.length} cases, ${sha256}.`,
    "",
    ...(last === undefined ? ["The first release.", ""] : []),
    ...listed(
      "Changed",
      reasons.map(({ id, why }) => `\`${id}\`: ${why}`),
    ),
    ...listed(
      "Removed",
      removed.map((line) => line.replace(/^([^:]+):/u, "`$1`:")),
    ),
    ...(last === undefined
      ? []
      : listed(
          "Added",
          added.map((id) => `\`${id}\``),
        )),
  ].join("\n")
  return { text, faults: [...faults, ...unexplained] }
}

const unpacked = (tarball: string, folder: string): string => {
  const run = spawnSync("tar", ["-xzf", tarball, "-C", folder], { encoding: "utf8" })
  if (run.status !== 0) throw new Error(`${tarball}: ${run.stderr}`)
  return join(folder, "package")
}

const sumsOf = (files: ReadonlyArray<string>): string =>
  files.map((file) => `${sha256Of(readFileSync(file))}  ${basename(file)}\n`).join("")

/** Builds twice, and compares. Throws Error when the bytes differ. */
const built = async (out: string, key: string | undefined, scratch: string): Promise<ReadonlyArray<string>> => {
  const files = await makePackages(out, key)
  const again = await makePackages(join(scratch, "again"), key)
  if (sumsOf(files) !== sumsOf(again)) throw new Error("built twice, and the bytes differ")
  return files
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { out: { type: "string", default: "dist" }, key: { type: "string" }, last: { type: "string" } } })
  const { out, key, last } = values
  const scratch = mkdtempSync(join(tmpdir(), "conclave-release-"))
  try {
    const before = last === undefined || statSync(last).isDirectory() ? last : unpacked(last, scratch)
    const { text, faults } = releaseNotes(before, vectors, readNotes(vectors))
    if (faults.length > 0) throw new Error(`no release:\n${faults.map((fault) => `  ${fault}\n`).join("")}`)
    mkdirSync(out, { recursive: true })
    const notes = join(out, "CHANGES.md")
    writeFileSync(notes, text)
    const sums = sumsOf([...(await built(out, key, scratch)), notes])
    writeFileSync(join(out, SUMS), sums)
    if (key !== undefined)
      writeFileSync(join(out, SIGNATURE), `${sign(null, Buffer.from(sums), createPrivateKey(readFileSync(key))).toString("base64")}\n`)
    process.stdout.write(`${sums}built twice: the same bytes${key === undefined ? "; not signed: there is no --key" : "; signed"}\n`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

if (import.meta.main) await main()
