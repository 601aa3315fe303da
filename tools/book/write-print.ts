/**
 * The print edition: one page for each part, with all its chapters in order.
 *
 * @module
 */
import { escaped, link, type Page } from "./html.ts"
import { partTitles } from "./layout.ts"
import { places } from "./names.ts"
import type { Chapter } from "./schema.ts"
import { chapterPage, type Loom } from "./write-chapters.ts"

const nameOf = ({ id }: Chapter): string => id.split("/").at(-1)!

/** The body of a chapter beside others: its ids begin with its name, and so do the links to them. */
const beside = (body: string, chapter: Chapter, others: ReadonlySet<string>): string =>
  body
    .replaceAll(/ id="([^"]*)"/g, (_, id: string) => ` id="${nameOf(chapter)}--${id}"`)
    .replaceAll(/ href="#([^"]*)"/g, (_, id: string) => ` href="#${nameOf(chapter)}--${id}"`)
    .replaceAll(/ href="([\w-]+)\.html(?:#([^"]*))?"/g, (all, name: string, id: string | undefined) => {
      if (!others.has(name)) return all.replace('href="', `href="../${chapter.part}/`)
      return ` href="#${id === undefined ? name : `${name}--${id}`}"`
    })

/** The page of each part. */
export const printPages = (loom: Loom): ReadonlyArray<Page> =>
  Object.entries(partTitles).flatMap(([part, title]) => {
    const chapters = loom.book.chapters.filter((chapter) => chapter.part === part)
    if (chapters.length === 0) return []
    const path = places.print(part)
    const names = new Set(chapters.map(nameOf))
    const bodies = chapters.map(
      (chapter) => `<article class="chapter" id="${nameOf(chapter)}">${beside(chapterPage(loom, chapter).body, chapter, names)}</article>`,
    )
    const items = chapters.map((chapter) => `<li><a href="#${nameOf(chapter)}">${escaped(chapter.title)}</a></li>`)
    const lead = `<p class="note">All chapters on one page, to be printed: version ${escaped(loom.book.version)}. ${link(path, places.part(part), "Chapter by chapter")}.</p>`
    return [{ path, title: `${title}, whole`, body: `<h1>${title}</h1>${lead}<ol>${items.join("\n")}</ol>${bodies.join("\n")}` }]
  })
