/**
 * The second half of the weaver: makes the pages of a book. It has the book only, and opens no source of the project.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { highlighter } from "./code.ts"
import type { Page } from "./html.ts"
import { fileOf } from "./layout.ts"
import { Index } from "./names.ts"
import { Prose } from "./prose.ts"
import type { Book } from "./schema.ts"
import { chapterPage, type Loom } from "./write-chapters.ts"
import { homePage, partPages } from "./write-home.ts"
import { casePages, clausePages, codePages, errataPage, methodPages, mutantPages, promisePages, wirePage } from "./write-lists.ts"
import { matrixPage } from "./write-matrix.ts"
import { playPages } from "./write-play.ts"
import { printPages } from "./write-print.ts"
import { proofPage } from "./write-proofs.ts"
import { protocolPage } from "./write-protocol.ts"
import { runPages } from "./write-runs.ts"

/** A file of the book. */
export interface BookFile {
  readonly path: string
  readonly text: string
}

const pagesOf = (loom: Loom): ReadonlyArray<Page> => [
  homePage(loom),
  ...partPages(loom),
  ...loom.book.chapters.map((chapter) => chapterPage(loom, chapter)),
  ...clausePages(loom),
  ...promisePages(loom),
  errataPage(loom),
  ...casePages(loom),
  ...runPages(loom),
  ...mutantPages(loom),
  ...methodPages(loom),
  wirePage(loom),
  ...codePages(loom),
  ...playPages(loom),
  proofPage(loom),
  protocolPage(loom),
  matrixPage(loom),
  ...printPages(loom),
]

const longest = 90

/** A script that assigns: it can be loaded from a disk, too. */
const idsScript = ({ all }: Index): string => {
  const rows = all.map(({ id, kind, to, says, also }) => [
    ...[id, kind, to, says.length > longest ? `${says.slice(0, longest)}…` : says],
    ...(also === undefined ? [] : [also]),
  ])
  return `window.conclaveIds=${JSON.stringify(rows)}\n`
}

const asset = (path: string): BookFile => ({ path, text: readFileSync(join(import.meta.dirname, "assets", path), "utf8") })

/** The files of a book. */
export const write = async (book: Book): Promise<ReadonlyArray<BookFile>> => {
  const index = new Index(book)
  const highlight = await highlighter()
  const lines = new Map<string, ReadonlyArray<string>>()
  const linesOf = (path: string): ReadonlyArray<string> => {
    const known = lines.get(path)
    if (known !== undefined) return known
    const coloured = highlight(book.files.find((file) => file.path === path)!.text.trimEnd())
    lines.set(path, coloured)
    return coloured
  }
  const loom: Loom = { book, prose: new Prose(index, highlight), linesOf }
  const pages = pagesOf(loom).map((page) => ({ path: page.path, text: fileOf(book, page) }))
  return [
    ...pages,
    ...["book.css", "book.js", "ask.js", "play.js", "case.js", "runs.js"].map(asset),
    { path: "ids.js", text: idsScript(index) },
  ]
}
