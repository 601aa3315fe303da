/**
 * The deep set of the concurrency matrix: triples, and pairs beside passive members. It is too large to keep, so what is kept is `vectors/deep.json`: the digest of the cases of each class.
 *
 * - `node tools/explore-deep.ts` computes all digests and writes the file;
 * - `--check n` computes those of every n-th class, and fails when one differs;
 * - `--expand folder` writes vectors into a folder, with a manifest, for `conclave conformance run --vectors folder`; `--select text` takes only classes whose id has the text in it.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { Schema } from "effect"
import { CLAUSES_PATH, type FileText, MANIFEST_PATH, manifestOf, manifestTextOf, sha256Of } from "../conformance/protocol/vectors.ts"
import { type MatrixSet, matrixOf } from "../vectors/cases/dcgka/concurrency.ts"

const root = join(import.meta.dirname, "..", "vectors")
const file = join(root, "deep.json")

/** The sets of which only digests are kept. Where three start, rekeys are placed early and late. */
const sets: ReadonlyArray<MatrixSet> = [
  { base: "4", starters: 2, rekeys: "ordered" },
  { base: "3", starters: 3, rekeys: "placed" },
]

const Deep = Schema.Struct({
  format: Schema.Literal("conclave-deep/1"),
  classes: Schema.Array(Schema.Struct({ id: Schema.String, cases: Schema.Int, sha256: Schema.String })),
})
type Entry = (typeof Deep.Type)["classes"][number]

const text = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

const all = () => sets.flatMap(matrixOf)

const entryOf = ({ id, cases }: ReturnType<typeof all>[number]): Entry => {
  const made = cases()
  return { id, cases: made.length, sha256: sha256Of(text(made)) }
}

/** The digests that are kept. */
export const deepSet = (): typeof Deep.Type => Schema.decodeUnknownSync(Deep)(JSON.parse(readFileSync(file, "utf8")))

/** The ids of those classes, every `step`-th being computed again, whose digests are not those that are kept. */
export const changedClasses = (step: number): ReadonlyArray<string> => {
  const kept = deepSet().classes
  const classes = all()
  const missing = classes.filter(({ id }, index) => kept[index]?.id !== id).map(({ id }) => id)
  const changed = classes.filter((one, index) => index % step === 0 && entryOf(one).sha256 !== kept[index]?.sha256).map(({ id }) => id)
  return [...missing, ...changed]
}

const expand = (folder: string, select: string) => {
  const files = all()
    .filter(({ id }) => id.includes(select))
    .map(({ id, cases }): FileText => {
      const chapter = id.replaceAll("/", "-").replaceAll("+", "-and-")
      const content = { format: "conclave-vectors/1", part: "dcgka", chapter, layer: "key-agreement", flags: {}, cases: cases() }
      return { path: `dcgka/${chapter}.json`, text: text(content) }
    })
  const set = [{ path: CLAUSES_PATH, text: readFileSync(join(root, CLAUSES_PATH), "utf8") }, ...files]
  const { version } = JSON.parse(readFileSync(join(root, "..", "package.json"), "utf8")) as { version: string }
  for (const { path, text: content } of [...set, { path: MANIFEST_PATH, text: manifestTextOf(manifestOf(set, version)) }]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  process.stdout.write(`${files.length} classes\n`)
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { check: { type: "string" }, expand: { type: "string" }, select: { type: "string", default: "" } },
  })
  if (values.expand !== undefined) expand(values.expand, values.select)
  else if (values.check !== undefined) {
    const changed = changedClasses(Number(values.check))
    if (changed.length > 0) process.stderr.write(`Changed: ${changed.join(", ")}\n`)
    process.exitCode = changed.length === 0 ? 0 : 1
  } else {
    const classes = all().map((one) => {
      process.stderr.write(`${one.id}\n`)
      return entryOf(one)
    })
    writeFileSync(file, text({ format: "conclave-deep/1", classes }))
  }
}
