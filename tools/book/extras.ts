/**
 * What the book has besides its pages: the reference as a script, the vectors for it to run, and the index of the text search.
 *
 * @module
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { gzip } from "node:zlib"
import { build } from "esbuild"
import { close, createIndex } from "pagefind"
import { root } from "../sources.ts"
import type { Book } from "./schema.ts"

/** The reference with all that the pages ask of it, in one script for a worker. */
export const bundle = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [join(root, "tools/book/play/worker.ts")],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    logLevel: "error",
  })
  return outputFiles[0]!.text
}

const fonts: Readonly<Record<string, string>> = {
  "serif.woff2": "source-serif-4/files/source-serif-4-latin-wght-normal.woff2",
  "serif-italic.woff2": "source-serif-4/files/source-serif-4-latin-wght-italic.woff2",
  "sans.woff2": "source-sans-3/files/source-sans-3-latin-wght-normal.woff2",
  "mono.woff2": "source-code-pro/files/source-code-pro-latin-wght-normal.woff2",
  "LICENSE.txt": "source-serif-4/LICENSE",
}

const writeFonts = (folder: string): void => {
  mkdirSync(join(folder, "fonts"), { recursive: true })
  for (const [name, from] of Object.entries(fonts))
    copyFileSync(join(root, "node_modules/@fontsource-variable", from), join(folder, "fonts", name))
}

const vectors = async (folder: string, { cases }: Book): Promise<void> => {
  for (const path of new Set(cases.map(({ file }) => file))) {
    const text = JSON.stringify(JSON.parse(readFileSync(join(root, "vectors", path), "utf8")))
    const target = join(folder, "vectors", `${path}.gz`)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, await promisify(gzip)(text, { level: 6 }))
  }
}

const search = async (folder: string): Promise<void> => {
  const { index, errors } = await createIndex({ rootSelector: "main", excludeSelectors: ["figure.code", "pre", ".note"] })
  if (index === undefined) throw new Error(errors.join("; "))
  const added = await index.addDirectory({ path: folder, glob: "{*.html,{conventions,dcgka,mpenc,delivery-service,guarantees}/*.html}" })
  const written = await index.writeFiles({ outputPath: join(folder, "pagefind") })
  await close()
  const wrong = [...added.errors, ...written.errors]
  if (wrong.length > 0) throw new Error(wrong.join("; "))
}

/** Writes all of it into the folder of a book. */
export const writeExtras = async (folder: string, book: Book): Promise<void> => {
  writeFonts(folder)
  await Promise.all([bundle().then((text) => writeFileSync(join(folder, "reference.js"), text)), vectors(folder, book), search(folder)])
}
